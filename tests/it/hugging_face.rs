//! T5 v1.0, T5 v1.1, mT5 and Marian's transformers against Hugging Face transformers: small random models
//! (`fixtures/make_t5_models.py`, `make_marian_models.py`) and every token id of what it writes with them.

use std::path::{Path, PathBuf};

use degist::decode::{DecodeOptions, Hypothesis, decode};
use degist::model::{Device, Precision};
use degist::{Model, hub};
use serde_json::Value;

const MODELS: [&str; 6] = [
    "t5/v1_0",
    "t5/v1_1",
    "t5/mt5",
    "marian/opus",
    "marian/big",
    "marian/apart",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Own kernels and candle's tensors, which are to write the same.
const DEVICES: [Device; 2] = [Device::Cpu, Device::Candle];

fn model(name: &str) -> Model {
    model_on(Device::Cpu, name)
}

fn model_on(device: Device, name: &str) -> Model {
    let files = hub::open(&folder(name)).unwrap();
    Model::load_as(&files, Precision::Float, device).unwrap()
}

fn models() -> impl Iterator<Item = (Device, &'static str)> {
    DEVICES
        .into_iter()
        .flat_map(|device| MODELS.map(|name| (device, name)))
}

fn expected(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder(name).join("expected.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ids(value: &Value) -> Vec<u32> {
    serde_json::from_value(value.clone()).unwrap()
}

fn options(beam: usize) -> DecodeOptions {
    DecodeOptions {
        beam,
        guard: false,
        ..DecodeOptions::default()
    }
}

fn found(hypotheses: Vec<Hypothesis>) -> Vec<Vec<u32>> {
    hypotheses.into_iter().map(|found| found.ids).collect()
}

/// What a source may begin its target with.
fn first_logits(model: &Model, source: &[u32]) -> Vec<f32> {
    let memory = model.network.encode(&[source]).unwrap();
    let mut decoder = model.network.decoder(&memory, 1, None).unwrap();
    decoder.step(&[]).unwrap();
    decoder.logits(0).values.to_vec()
}

fn all_as_transformers(field: &str, beam: usize) {
    for (device, name) in models() {
        let (model, cases) = (model_on(device, name), expected(name));
        let sources: Vec<Vec<u32>> = cases.iter().map(|case| ids(&case["source_ids"])).collect();
        let targets: Vec<Vec<u32>> = cases.iter().map(|case| ids(&case[field])).collect();
        let together = found(decode(&model, &sources, options(beam)).unwrap());
        assert_eq!(together, targets, "{name} on {device}");
        for (source, target) in sources.iter().zip(&targets) {
            let alone = decode(&model, std::slice::from_ref(source), options(beam)).unwrap();
            assert_eq!(&found(alone)[0], target, "{name} on {device}, alone");
        }
    }
}

#[test]
fn texts_become_the_tokens_of_transformers() {
    for name in MODELS {
        let model = model(name);
        for case in expected(name) {
            let text = case["text"].as_str().unwrap();
            assert_eq!(
                model.source.encode(text).unwrap(),
                ids(&case["source_ids"]),
                "{name}: {text}"
            );
        }
    }
}

fn with_prefix(name: &str, prefix: &str) -> Result<Model, String> {
    let mut files = hub::open(&folder(name)).unwrap();
    files.prefix = prefix.into();
    Model::load_as(&files, Precision::Float, Device::Cpu).map_err(|error| error.to_string())
}

/// As models of many tasks and languages want it: the texts of the fixtures, what stands before them given apart.
#[test]
fn a_prefix_stands_before_every_source() {
    const TASK: &str = "summarize:";
    let options = DecodeOptions {
        alignment: true,
        ..options(1)
    };
    for name in ["t5/v1_0", "t5/v1_1", "t5/mt5"] {
        let model = with_prefix(name, TASK).unwrap();
        let mut tried = 0;
        for case in expected(name) {
            let Some(text) = case["text"].as_str().unwrap().strip_prefix(TASK) else {
                continue;
            };
            let source = model.source.encode(text.trim()).unwrap();
            let written = decode(&model, std::slice::from_ref(&source), options).unwrap();
            assert_eq!(written[0].ids, ids(&case["greedy"]), "{name}: {text}");
            let mut links = written[0].alignment.iter();
            assert!(links.all(|link| link.source < source.len()), "{name}");
            tried += 1;
        }
        assert!(tried > 2, "{name}");
    }
    // A token by its name, which no text is.
    let model = with_prefix("t5/v1_0", "<extra_id_7>").unwrap();
    let tokenizer = std::fs::read(folder("t5/v1_0").join("tokenizer.json")).unwrap();
    let tokenizer: Value = serde_json::from_slice(&tokenizer).unwrap();
    let mut added = tokenizer["added_tokens"].as_array().unwrap().iter();
    let known = added.find(|token| token["content"] == "<extra_id_7>");
    assert_eq!(
        model.prefix,
        [known.unwrap()["id"].as_u64().unwrap() as u32]
    );
    let error = with_prefix("marian/opus", ">>eng<<").err().unwrap();
    assert!(error.contains("does not have \">>eng<<\""), "{error}");
    let error = with_prefix("t5/v1_0", &"The city ".repeat(999))
        .err()
        .unwrap();
    assert!(error.contains("has room for"), "{error}");
}

/// What only the target's SentencePiece model has is in the vocabulary all the same.
#[test]
fn pieces_of_the_other_language_are_known() {
    let model = model("marian/opus");
    // The ids of transformers.
    for (text, ids) in [
        ("Das Y ist", vec![234, 174, 224, 41, 318, 0]),
        (
            "Das q, Y und YY",
            vec![234, 174, 224, 163, 2, 224, 41, 224, 192, 224, 1, 0],
        ),
        ("Y", vec![224, 41, 0]),
        ("xqx ”", vec![224, 203, 163, 203, 224, 222, 0]),
        ("Łódź Y", vec![224, 1, 74, 1, 224, 41, 0]),
    ] {
        assert_eq!(model.source.encode(text).unwrap(), ids, "{text}");
    }
}

#[test]
fn the_first_logits_are_those_of_transformers() {
    for (device, name) in models() {
        let model = model_on(device, name);
        for case in expected(name) {
            let Some(expected) = case["first_logits"].as_array() else {
                continue;
            };
            let logits = first_logits(&model, &ids(&case["source_ids"]));
            assert_eq!(logits.len(), expected.len());
            for (found, expected) in logits.iter().zip(expected) {
                let difference = (f64::from(*found) - expected.as_f64().unwrap()).abs();
                assert!(
                    difference < 2e-3,
                    "{name} on {device}: {found} and {expected}"
                );
            }
        }
    }
}

#[test]
fn converted_models_compute_the_same_but_for_rounding() {
    for name in MODELS {
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(folder(name)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("degist"))
            .args(["models", "convert"])
            .arg(copy.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
        let mut bytes = 0;
        for weights in ["model.safetensors", "pytorch_model.bin"] {
            let path = copy.path().join(weights);
            bytes += std::fs::metadata(&path).map_or(0, |file| file.len());
            let _ = std::fs::remove_file(path);
        }
        let gguf = std::fs::metadata(copy.path().join("model.gguf")).unwrap();
        assert!(
            gguf.len() < bytes,
            "{name}: {} bytes of {bytes}",
            gguf.len()
        );

        let [exact, rounded] = [Precision::Float, Precision::EightBit].map(|precision| {
            Model::load_as(&hub::open(&folder(name)).unwrap(), precision, Device::Cpu).unwrap()
        });
        let converted = Model::load(&hub::open(copy.path()).unwrap()).unwrap();
        // How far the logits of all cases are from those in f32.
        let off = |model: &Model| -> f32 {
            let of_case = |case: &Value| {
                let source = ids(&case["source_ids"]);
                let [exact, found] = [&exact, model].map(|model| first_logits(model, &source));
                let squares = exact.iter().zip(&found).map(|(a, b)| (a - b) * (a - b));
                squares.sum::<f32>()
            };
            expected(name).iter().map(of_case).sum::<f32>().sqrt()
        };
        let (rounded, converted) = (off(&rounded), off(&converted));
        assert!(
            converted < 1.5 * rounded + 0.01,
            "{name}: {converted}, loaded {rounded}"
        );
    }
}

#[test]
fn greedy_search_writes_what_transformers_writes() {
    all_as_transformers("greedy", 1);
}

#[test]
fn four_hypotheses_write_what_transformers_writes() {
    all_as_transformers("beam", 4);
}

#[test]
fn the_authors_say_how_many_hypotheses() {
    let model = model("marian/big"); // four
    let sources: Vec<Vec<u32>> = (expected("marian/big").iter())
        .map(|case| ids(&case["source_ids"]))
        .collect();
    let write = |beam| found(decode(&model, &sources, options(beam)).unwrap());
    assert_eq!(write(0), write(4));
    assert_ne!(write(0), write(1));
}

#[test]
fn targets_become_text() {
    let model = model("t5/v1_0");
    let text = "The city is building a new bridge.";
    let ids = model.source.encode(text).unwrap();
    assert_eq!(model.target.decode(&ids), text);
    // `<pad>`, a sentinel and what only fills up the matrix are no text.
    let last = (model.target.size() - 1) as u32;
    assert_eq!(model.target.decode(&[0, last, 399, 1]), "");
}

#[test]
fn targets_of_marian_become_text() {
    for name in ["marian/opus", "marian/big", "marian/apart"] {
        let model = model(name);
        for case in expected(name) {
            let text = model.target.decode(&ids(&case["greedy"]));
            // transformers takes the spaces between unknown pieces away.
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeezed(&text), squeezed(case["target"].as_str().unwrap()));
        }
    }
}

/// Copies a model, without the file `left_out`, and with `changes` in `config.json`.
fn spoiled(model: &str, left_out: &str, changes: &[(&str, Value)]) -> Result<Model, String> {
    spoiled_on(Device::Cpu, model, left_out, changes)
}

fn spoiled_on(
    device: Device,
    model: &str,
    left_out: &str,
    changes: &[(&str, Value)],
) -> Result<Model, String> {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder(model)).unwrap() {
        let name = file.unwrap().file_name();
        let mut bytes = std::fs::read(folder(model).join(&name)).unwrap();
        if name == left_out {
            continue;
        }
        if name == "config.json" {
            let mut config: Value = serde_json::from_slice(&bytes).unwrap();
            for (field, value) in changes {
                config[*field] = value.clone();
            }
            bytes = serde_json::to_vec(&config).unwrap();
        }
        std::fs::write(copy.path().join(name), bytes).unwrap();
    }
    let files = hub::open(copy.path()).map_err(|error| error.to_string())?;
    Model::load_as(&files, Precision::Usual, device).map_err(|error| error.to_string())
}

/// Each size alone is possible; together they would take 64 GB before any tensor is looked at.
#[test]
fn no_config_asks_for_more_memory_than_a_model_has() {
    let wide: Value = (1 << 20).into();
    for device in DEVICES {
        let marian = [
            ("d_model", wide.clone()),
            ("max_position_embeddings", (1 << 14).into()),
        ];
        let error = spoiled_on(device, "marian/apart", "", &marian).err();
        assert!(error.unwrap().contains("positions"), "{device}");
        let t5 = [
            ("num_heads", (1 << 10).into()),
            ("n_positions", (1 << 12).into()),
        ];
        let error = spoiled_on(device, "t5/v1_1", "", &t5).err();
        assert!(error.unwrap().contains("positions"), "{device}");
        let student = [
            ("d_model", wide.clone()),
            ("max_source_tokens", (1 << 14).into()),
        ];
        let error = spoiled_on(device, "../parity/student", "", &student).err();
        assert!(error.unwrap().contains("positions"), "{device}");
    }
}

#[test]
fn what_is_wrong_with_a_t5_folder_is_said() {
    let model = "t5/v1_1";
    assert!(spoiled(model, "", &[]).is_ok());
    let no = Value::Null;
    for (left_out, field, value, said) in [
        ("", "num_heads", 0.into(), "zero"),
        ("", "num_heads", 5.into(), "shape"),
        ("", "d_model", (1u64 << 40).into(), "million"),
        ("", "d_kv", 1000.into(), "shape"),
        ("", "num_layers", 3.into(), "block.2"),
        ("", "vocab_size", 100.into(), "shape"),
        ("", "vocab_size", 401.into(), "shape"),
        ("", "relative_attention_num_buckets", 3.into(), "buckets"),
        ("", "relative_attention_max_distance", 16.into(), "buckets"),
        ("", "feed_forward_proj", "gated-sine".into(), "gated-sine"),
        ("", "feed_forward_proj", "relu".into(), "wi.weight"),
        ("", "eos_token_id", 400.into(), "outside"),
        ("", "decoder_start_token_id", 4000.into(), "outside"),
        ("", "model_type", "t6".into(), "t6"),
        ("spiece.model", "x", no.clone(), "tokenizer"),
        ("model.safetensors", "x", no.clone(), "pytorch_model.bin"),
        ("config.json", "x", no, "config.json"),
    ] {
        let error = spoiled(model, left_out, &[(field, value)])
            .err()
            .expect(field);
        assert!(error.contains(said), "{left_out}{field}: {error}");
    }
}

#[test]
fn what_is_wrong_with_a_marian_folder_is_said() {
    let model = "marian/apart";
    assert!(spoiled(model, "", &[]).is_ok());
    let no = Value::Null;
    for (left_out, field, value, said) in [
        ("", "encoder_attention_heads", 0.into(), "zero"),
        ("", "decoder_attention_heads", 5.into(), "multiple"),
        ("", "d_model", (1u64 << 40).into(), "million"),
        ("", "d_model", 64.into(), "shape"),
        ("", "encoder_layers", 3.into(), "layers.2"),
        ("", "vocab_size", 299.into(), "shape"),
        ("", "vocab_size", 301.into(), "shape"),
        ("", "decoder_vocab_size", 133.into(), "outside"),
        ("", "decoder_ffn_dim", 65.into(), "shape"),
        ("", "activation_function", "sine".into(), "sine"),
        ("", "normalize_before", true.into(), "not supported"),
        ("", "max_position_embeddings", (1u64 << 40).into(), "16384"),
        ("", "pad_token_id", 4000.into(), "outside"),
        ("source.spm", "x", no.clone(), "source.spm"),
        ("vocab.json", "x", no.clone(), "vocab.json"),
        ("model.safetensors", "x", no.clone(), "pytorch_model.bin"),
        ("config.json", "x", no, "config.json"),
    ] {
        let error = spoiled(model, left_out, &[(field, value)])
            .err()
            .expect(field);
        assert!(error.contains(said), "{left_out}{field}: {error}");
    }
}

#[test]
fn marian_translates_files() {
    let translate = |model: &str, text: &str| {
        let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("translate"))
            .args(["--quiet", "--model"])
            .arg(folder(model))
            .write_stdin(text)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // Random weights write nonsense, but the layout stays, and nothing depends on neighbours.
    let first = translate("marian/opus", "Die Stadt baut eine neue Brücke.\n");
    let both = translate(
        "marian/opus",
        "Die Stadt baut eine neue Brücke.\n\n    Ja.\n",
    );
    assert!(both.starts_with(first.trim_end()), "{both}");
    assert!(both.contains("\n\n    "), "{both}");
}
