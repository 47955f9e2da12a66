//! T5 v1.0, T5 v1.1 and mT5 against Hugging Face transformers: small random models (`fixtures/make_t5_models.py`) and every
//! token id of what it writes with them.

use std::path::{Path, PathBuf};

use degist::decode::{DecodeOptions, Hypothesis, decode};
use degist::model::Precision;
use degist::{Model, hub};
use serde_json::Value;

const MODELS: [&str; 3] = ["v1_0", "v1_1", "mt5"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/t5")
        .join(name)
}

fn model(name: &str) -> Model {
    let files = hub::open(&folder(name)).unwrap();
    Model::load_as(&files, Precision::Float).unwrap()
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

fn all_as_transformers(field: &str, beam: usize) {
    for name in MODELS {
        let (model, cases) = (model(name), expected(name));
        let sources: Vec<Vec<u32>> = cases.iter().map(|case| ids(&case["source_ids"])).collect();
        let targets: Vec<Vec<u32>> = cases.iter().map(|case| ids(&case[field])).collect();
        let together = found(decode(&model, &sources, options(beam)).unwrap());
        assert_eq!(together, targets, "{name}");
        for (source, target) in sources.iter().zip(&targets) {
            let alone = decode(&model, std::slice::from_ref(source), options(beam)).unwrap();
            assert_eq!(&found(alone)[0], target, "{name}, alone");
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
                model.source.encode(text),
                ids(&case["source_ids"]),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn the_first_logits_are_those_of_transformers() {
    for name in MODELS {
        let model = model(name);
        for case in expected(name) {
            let Some(expected) = case["first_logits"].as_array() else {
                continue;
            };
            let source = ids(&case["source_ids"]);
            let memory = model.network.encode(&[&source]).unwrap();
            let mut decoder = model.network.decoder(&memory, 1, None).unwrap();
            decoder.step(&[]).unwrap();
            let logits = decoder.logits(0);
            assert_eq!(logits.values.len(), expected.len());
            for (found, expected) in logits.values.iter().zip(expected) {
                let difference = (f64::from(*found) - expected.as_f64().unwrap()).abs();
                assert!(difference < 2e-3, "{name}: {found} and {expected}");
            }
        }
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
fn targets_become_text() {
    let model = model("v1_0");
    let text = "The city is building a new bridge.";
    let ids = model.source.encode(text);
    assert_eq!(model.target.decode(&ids), text);
    // `<pad>`, a sentinel and what only fills up the matrix are no text.
    let last = (model.target.size() - 1) as u32;
    assert_eq!(model.target.decode(&[0, last, 399, 1]), "");
}

/// Copies a model, without the file `left_out`, and with `changes` in `config.json`.
fn spoiled(left_out: &str, changes: &[(&str, Value)]) -> Result<Model, String> {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder("v1_1")).unwrap() {
        let name = file.unwrap().file_name();
        let mut bytes = std::fs::read(folder("v1_1").join(&name)).unwrap();
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
    Model::load(&files).map_err(|error| error.to_string())
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    assert!(spoiled("", &[]).is_ok());
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
        let error = spoiled(left_out, &[(field, value)]).err().expect(field);
        assert!(error.contains(said), "{left_out}{field}: {error}");
    }
}
