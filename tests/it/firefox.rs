//! Folders as Firefox Translations ships them: Marian's binary weights, SentencePiece vocabularies, a lexical shortlist.
//! The test writes one from the small random student of `parity/`, after the description in `models/ARCHITECTURE.md`.

use crate::damage;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use degist::decode::{DecodeOptions, decode};
use degist::model::{Precision, Shortlist};
use degist::{Model, hub, model};
use tempfile::TempDir;

fn student() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/student")
}

const SETTINGS: &str = "dec-cell: ssru\ndec-depth: 2\ndim-emb: 32\ndim-vocabs:\n  - 50\n  - 61\nenc-depth: 2\n\
    transformer-decoder-autoreg: rnn\ntransformer-dim-ffn: 64\ntransformer-ffn-activation: relu\n\
    transformer-heads: 4\ntransformer-postprocess: dan\ntype: transformer\n\0";

/// Marian's names for what the student calls otherwise, longest first.
const NAMES: [(&str, &str); 13] = [
    ("self_attn_layer_norm", "self_Wo_ln"),
    ("encoder_attn_layer_norm", "context_Wo_ln"),
    ("rnn_layer_norm", "rnn_ffn_ln"),
    ("final_layer_norm", "ffn_ffn_ln"),
    ("self_attn.", "self_"),
    ("encoder_attn.", "context_"),
    ("rnn.wf", "rnn_?f"),
    ("rnn.w", "rnn_?"),
    ("q_proj", "?q"),
    ("k_proj", "?k"),
    ("v_proj", "?v"),
    ("out_proj", "?o"),
    ("fc", "ffn_?"),
];

fn marian_name(name: &str) -> String {
    match name {
        "source_embedding.weight" => return "encoder_Wemb".into(),
        "target_embedding.weight" => return "decoder_Wemb".into(),
        "output.bias" => return "decoder_ff_logit_out_b".into(),
        // One for both sides.
        "embedding.weight" => return "Wemb".into(),
        _ => {}
    }
    let (path, kind) = name.rsplit_once('.').unwrap();
    let parts: Vec<&str> = path.splitn(4, '.').collect();
    let layer = parts[2].parse::<usize>().unwrap() + 1;
    let mut rest = parts[3].to_owned();
    for (student, marian) in NAMES {
        rest = rest.replace(student, marian);
    }
    let rest = match (rest.ends_with("_ln"), kind) {
        (true, "weight") => format!("{rest}_scale"),
        (true, _) => format!("{rest}_bias"),
        (false, "weight") => rest.replace('?', "W"),
        (false, _) => rest.replace('?', "b"),
    };
    format!("{}_l{layer}_{rest}", parts[0])
}

/// `model.bin`: matrices with one scale each, and where they are no embeddings, with their shapes turned round.
fn marian_file(tensors: &HashMap<String, Tensor>, settings: &str) -> Vec<u8> {
    let mut entries: Vec<(String, u64, Vec<i32>, Vec<u8>)> = vec![(
        "special:model.yml".into(),
        0x101,
        vec![settings.len() as i32],
        settings.as_bytes().to_vec(),
    )];
    for (name, tensor) in tensors {
        let values = tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap();
        let values = values.to_vec1::<f32>().unwrap();
        let name = marian_name(name);
        if let Ok((rows, columns)) = tensor.dims2() {
            let largest = values.iter().fold(0f32, |most, x| most.max(x.abs()));
            let multiplier = 127. / largest;
            let bytes = values.iter().map(|x| (x * multiplier).round() as i8 as u8);
            let mut data: Vec<u8> = bytes.collect();
            data.extend(multiplier.to_le_bytes());
            let shape = if name.ends_with("Wemb") {
                vec![rows as i32, columns as i32]
            } else {
                vec![columns as i32, rows as i32]
            };
            entries.push((name, 0x4101, shape, data));
        } else {
            let data = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            entries.push((name, 0x404, vec![1, values.len() as i32], data));
        }
    }
    let mut file = Vec::new();
    let number = |file: &mut Vec<u8>, number: usize| file.extend((number as u64).to_le_bytes());
    number(&mut file, 1);
    number(&mut file, entries.len());
    for (name, kind, shape, data) in &entries {
        for field in [name.len() + 1, *kind as usize, shape.len(), data.len()] {
            number(&mut file, field);
        }
    }
    for (name, ..) in &entries {
        file.extend(name.as_bytes());
        file.push(0);
    }
    for (_, _, shape, _) in &entries {
        file.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
    }
    number(&mut file, 3);
    file.extend([0; 3]);
    for (.., data) in &entries {
        file.extend(data);
    }
    file
}

/// A SentencePiece model with `size` pieces, as in the student's `tokenizer.json`.
fn sentencepiece(tokenizer: &Path) -> Vec<u8> {
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(tokenizer).unwrap()).unwrap();
    let mut file = Vec::new();
    for (id, piece) in json["model"]["vocab"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let text = piece[0].as_str().unwrap();
        let score = piece[1].as_f64().unwrap() as f32;
        let mut message = vec![0x0a, text.len() as u8];
        message.extend(text.as_bytes());
        message.push(0x15);
        message.extend(score.to_le_bytes());
        message.extend([0x18, if id == 1 { 2 } else { 1 }]);
        file.extend([0x0a, message.len() as u8]);
        file.extend(message);
    }
    file
}

fn folder(shortlist: Option<&Shortlist>) -> TempDir {
    let student = student();
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    let bytes = std::fs::read(student.join("model.safetensors")).unwrap();
    let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).unwrap();
    write(
        "model.deen.intgemm.alphas.bin",
        marian_file(&tensors, SETTINGS),
    );
    write(
        "srcvocab.deen.spm",
        sentencepiece(&student.join("source.tokenizer.json")),
    );
    write(
        "trgvocab.deen.spm",
        sentencepiece(&student.join("target.tokenizer.json")),
    );
    if let Some(shortlist) = shortlist {
        write("lex.50.50.deen.s2t.bin", shortlist.write());
    }
    folder
}

fn load(folder: &Path) -> Model {
    Model::load(&hub::open(folder).unwrap()).unwrap()
}

#[test]
fn damaged_weights_are_refused_or_work() {
    use proptest::prelude::*;
    let folder = folder(None);
    let files = hub::open(folder.path()).unwrap();
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let weights = damage::damaged(files.weights.bytes().to_vec());
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let tried = runner.run(&weights, |bytes| {
        let mut files = files.clone();
        files.weights = degist::model::WeightsFile::Marian(bytes.into());
        if let Ok(model) = Model::load(&files) {
            let _ = decode(&model, &[SOURCE.to_vec()], DecodeOptions::default());
        }
        Ok(())
    });
    tried.unwrap();
}

const SOURCE: [u32; 9] = [5, 17, 3, 44, 2, 30, 8, 21, 0];

#[test]
fn the_network_is_the_one_of_the_other_formats() {
    let folder = folder(None);
    let (firefox, exact) = (load(folder.path()), load(&student()));
    assert_alike(&firefox, &exact);
}

/// Two models whose networks are the same but for rounding.
fn assert_alike(a: &Model, b: &Model) {
    let states = |model: &Model| model.network.encode(&[&SOURCE]).unwrap().states;
    let (a_states, b_states) = (states(a), states(b));
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let cosine = product(&a_states, &b_states)
        / (product(&a_states, &a_states) * product(&b_states, &b_states)).sqrt();
    assert!(cosine > 0.99, "{cosine}");

    let logits = |model: &Model| {
        let memory = model.network.encode(&[&SOURCE]).unwrap();
        let mut decoder = model.network.decoder(&memory, 1, None).unwrap();
        decoder.step(&[]).unwrap();
        decoder.step(&[7]).unwrap();
        decoder.logits(0).values.to_vec()
    };
    let differences = logits(a)
        .into_iter()
        .zip(logits(b))
        .map(|(a, b)| if a == b { 0. } else { (a - b).abs() });
    let worst = differences.fold(0f32, f32::max);
    assert!(worst < 0.3, "{worst}");
}

/// A random network of the sizes that Firefox ships today (`base-memory`): 48 channels a head, four decoder layers, one
/// vocabulary for both sides. The project's kernels compute what candle's tensors do.
#[test]
fn the_larger_students_run() {
    const WIDTH: usize = 384;
    const INNER: usize = 1536;
    const PIECES: usize = 61;
    let mut random = 1u32;
    let mut tensor = |shape: &[usize], mean: f32, spread: f32| {
        let values = (0..shape.iter().product()).map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            mean + spread * (random as f32 / u32::MAX as f32 - 0.5)
        });
        let values: Vec<f32> = values.collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    };
    let mut tensors = HashMap::new();
    tensors.insert("embedding.weight".into(), tensor(&[PIECES, WIDTH], 0., 0.1));
    tensors.insert(
        "output.bias".into(),
        tensor(&[1, PIECES], 0., 0.1).flatten_all().unwrap(),
    );
    let squares = |path: &str, names: &str| -> Vec<String> {
        (names.split(' ').map(|name| format!("{path}.{name}"))).collect()
    };
    for (side, layers, recurrent, attention) in [
        ("encoder", 6, "", "self_attn"),
        ("decoder", 4, "rnn.w rnn.wf", "encoder_attn"),
    ] {
        for layer in 0..layers {
            let path = format!("{side}.layers.{layer}");
            let mut matrices = squares(
                &format!("{path}.{attention}"),
                "q_proj k_proj v_proj out_proj",
            );
            let mut norms = squares(&path, "final_layer_norm");
            norms.push(format!("{path}.{attention}_layer_norm"));
            if !recurrent.is_empty() {
                matrices.extend(squares(&path, recurrent));
                norms.push(format!("{path}.rnn_layer_norm"));
            }
            let mut layers: Vec<(String, usize, usize)> = (matrices.into_iter())
                .map(|name| (name, WIDTH, WIDTH))
                .collect();
            layers.push((format!("{path}.fc1"), INNER, WIDTH));
            layers.push((format!("{path}.fc2"), WIDTH, INNER));
            for (name, rows, columns) in layers {
                let spread = 3. / (columns as f32).sqrt();
                tensors.insert(
                    format!("{name}.weight"),
                    tensor(&[rows, columns], 0., spread),
                );
                if !name.ends_with("rnn.w") {
                    tensors.insert(format!("{name}.bias"), tensor(&[rows], 0., 0.1));
                }
            }
            for name in norms {
                tensors.insert(format!("{name}.weight"), tensor(&[WIDTH], 1., 0.2));
                tensors.insert(format!("{name}.bias"), tensor(&[WIDTH], 0., 0.2));
            }
        }
    }
    let settings = SETTINGS
        .replace("dec-depth: 2", "dec-depth: 4")
        .replace("dim-emb: 32", &format!("dim-emb: {WIDTH}"))
        .replace("enc-depth: 2", "enc-depth: 6")
        .replace("dim-ffn: 64", &format!("dim-ffn: {INNER}"))
        .replace("heads: 4", "heads: 8");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes| std::fs::write(folder.path().join(name), bytes).unwrap();
    write(
        "model.deen.intgemm.alphas.bin",
        marian_file(&tensors, &settings),
    );
    let vocabulary = sentencepiece(&student().join("target.tokenizer.json"));
    write("vocab.deen.spm", vocabulary);
    let files = hub::open(folder.path()).unwrap();
    let on = |device| Model::load_as(&files, Precision::Usual, device).unwrap();
    assert_alike(&on(model::Device::Cpu), &on(model::Device::Candle));
}

#[test]
fn vocabularies_are_those_of_the_other_formats() {
    let folder = folder(None);
    let (firefox, other) = (load(folder.path()), load(&student()));
    for id in 0..61 {
        assert_eq!(firefox.target.piece(id), other.target.piece(id));
    }
    let text: String = (2..50)
        .map(|id| other.source.piece(id).replace('▁', " "))
        .collect();
    assert_eq!(
        firefox.source.tokenize(&text).unwrap(),
        other.source.tokenize(&text).unwrap()
    );
}

#[test]
fn only_shortlisted_tokens_are_written() {
    let lists: Vec<Vec<u32>> = (0..50)
        .map(|id| if id == 3 { vec![40, 50] } else { vec![] })
        .collect();
    let folder = folder(Some(&Shortlist::new(&lists, 4, 0)));
    let model = load(folder.path());
    let write = |shortlist, beam| {
        let options = DecodeOptions {
            shortlist,
            beam,
            guard: false,
            ..DecodeOptions::default()
        };
        decode(&model, &[SOURCE.to_vec()], options).unwrap()[0]
            .ids
            .clone()
    };
    for beam in [1, 3] {
        let listed = write(true, beam);
        assert!(
            listed.iter().all(|id| [0, 2, 3, 40, 50].contains(id)),
            "{listed:?}"
        );
        assert_ne!(
            listed,
            write(false, beam),
            "the test wants a list that matters"
        );
    }
}

#[test]
fn files_that_are_cut_off_or_changed_are_named() {
    let lists = vec![vec![9]; 50];
    let good = folder(Some(&Shortlist::new(&lists, 4, 0)));
    let files: Vec<PathBuf> = (std::fs::read_dir(good.path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 4);
    for file in &files {
        let whole = std::fs::read(file).unwrap();
        for part in [0, 7, 15, 40, 100, whole.len() / 2, whole.len() - 1] {
            std::fs::write(file, &whole[..part.min(whole.len() - 1)]).unwrap();
            let error = Model::load(&hub::open(good.path()).unwrap()).err();
            let error = error
                .unwrap_or_else(|| panic!("{file:?} cut off at {part}"))
                .to_string();
            assert!(error.contains("cannot be loaded"), "{error}");
        }
        // Nonsense in every place must not panic; some of it is a valid model.
        for at in (0..whole.len()).step_by(whole.len() / 97 + 1) {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            std::fs::write(file, changed).unwrap();
            let _ = Model::load(&hub::open(good.path()).unwrap());
        }
        std::fs::write(file, whole).unwrap();
    }
    let list = good.path().join("lex.50.50.deen.s2t.bin");
    let mut bytes = std::fs::read(&list).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let last = bytes.len() - 12;
    bytes[last] ^= 1;
    std::fs::write(&list, bytes).unwrap();
    let error = Model::load(&hub::open(good.path()).unwrap()).err().unwrap();
    assert!(error.to_string().contains("damaged"), "{error}");
}
