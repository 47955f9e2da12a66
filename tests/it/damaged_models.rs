//! Every file of a model, damaged in all ways: it is refused with a word about the file, or the network runs. Nothing panics,
//! and no size in a header decides how much memory is asked for.
//!
//! `PROPTEST_CASES=500000 cargo test --test it TEST` goes on for one (safetensors) to ten minutes (SentencePiece) on a
//! core.

use crate::damage::damaged;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use degist::model::{ModelFiles, WeightsFile};
use degist::{DecodeOptions, Model, hub};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// Loads the model and, if that works, writes a few words with it.
fn try_out(files: &ModelFiles) -> Result<(), TestCaseError> {
    match Model::load(files) {
        Err(error) => {
            let text = error.to_string();
            // The file must not be read aloud.
            prop_assert!(!text.contains(char::is_control), "{text:?}");
            prop_assert!(text.chars().count() < 450, "{text}");
        }
        Ok(model) => {
            // A tokenizer without what stands for unknown pieces says so when it meets one.
            let Ok(source) = model.source.encode("Ja, 12 Häuser!") else {
                return Ok(());
            };
            let sources = vec![source];
            // Damaged numbers may be no numbers; that is an error of a tensor operation.
            let _ = degist::decode::decode(&model, &sources, DecodeOptions::default());
        }
    }
    Ok(())
}

/// Damages the file that `change` puts back into the model.
fn damage_file(files: ModelFiles, file: Vec<u8>, change: fn(&mut ModelFiles, Cow<'static, [u8]>)) {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&damaged(file), |bytes| {
            let mut files = files.clone();
            change(&mut files, bytes.into());
            try_out(&files)
        })
        .unwrap();
}

fn files(name: &str) -> ModelFiles {
    hub::open(&folder(name)).unwrap()
}

/// Same weights, in the format that ships.
fn in_gguf() -> ModelFiles {
    let mut files = files("parity/student");
    let gguf = degist::model::convert(&folder("parity/student")).unwrap();
    files.weights = WeightsFile::Gguf(gguf.into());
    files
}

#[test]
fn safetensors() {
    let files = files("parity/student");
    let bytes = files.weights.bytes().to_vec();
    damage_file(files, bytes, |files, bytes| {
        files.weights = WeightsFile::Safetensors(bytes);
    });
}

#[test]
fn gguf() {
    let files = in_gguf();
    let bytes = files.weights.bytes().to_vec();
    damage_file(files, bytes, |files, bytes| {
        files.weights = WeightsFile::Gguf(bytes);
    });
}

#[test]
fn pytorch() {
    let files = files("fixtures/marian/opus");
    let bytes = files.weights.bytes().to_vec();
    damage_file(files, bytes, |files, bytes| {
        files.weights = WeightsFile::PyTorch(bytes);
    });
}

#[test]
fn configuration() {
    for name in [
        "parity/student",
        "fixtures/t5/writer",
        "fixtures/marian/big",
    ] {
        let files = files(name);
        let bytes = files.config.clone().unwrap().into_owned();
        damage_file(files, bytes, |files, bytes| files.config = Some(bytes));
    }
}

#[test]
fn generation_settings() {
    let files = files("fixtures/t5/writer");
    let bytes = files.generation.clone().unwrap().into_owned();
    damage_file(files, bytes, |files, bytes| files.generation = Some(bytes));
}

#[test]
fn tokenizers() {
    for name in ["parity/student", "fixtures/t5/writer"] {
        let files = files(name);
        let bytes = files.source_vocabulary.to_vec();
        damage_file(files, bytes, |files, bytes| files.source_vocabulary = bytes);
    }
}

#[test]
fn sentencepiece() {
    let files = files("fixtures/t5/mt5");
    let bytes = files.source_vocabulary.to_vec();
    damage_file(files, bytes, |files, bytes| {
        files.source_vocabulary = bytes.clone();
        files.target_vocabulary = bytes;
    });
}

#[test]
fn piece_ids() {
    let files = files("fixtures/marian/big");
    let bytes = files.piece_ids.clone().unwrap().into_owned();
    damage_file(files, bytes, |files, bytes| files.piece_ids = Some(bytes));
}

#[test]
fn shortlists() {
    let mut files = in_gguf();
    let lists: Vec<Vec<u32>> = (0..50).map(|id| vec![id % 61, 3, 40]).collect();
    let bytes = degist::model::Shortlist::new(&lists, 4, 0).write();
    files.shortlist = Some(bytes.clone().into());
    damage_file(files, bytes, |files, bytes| files.shortlist = Some(bytes));
}

/// Decoder-only models: the file is refused, or the network goes on with a prompt.
#[cfg(feature = "llm")]
#[test]
fn damaged_decoder_only_models() {
    use degist::model::causal::CausalModel;
    use degist::model::{CausalFiles, Device};

    for name in ["gemma3", "qwen2", "qwen3", "llama"] {
        let file = std::fs::read(folder(&format!("fixtures/causal/{name}.gguf"))).unwrap();
        let config = ProptestConfig {
            failure_persistence: None,
            cases: ProptestConfig::default().cases / 4,
            ..ProptestConfig::default()
        };
        TestRunner::new(config)
            .run(&damaged(file), |bytes| {
                let files = CausalFiles {
                    name: name.into(),
                    weights: bytes.into(),
                    tokenizer: None,
                    languages: Vec::new(),
                };
                match CausalModel::load(&files, Device::Cpu) {
                    Err(error) => {
                        let text = error.to_string();
                        prop_assert!(!text.contains(char::is_control), "{text:?}");
                        prop_assert!(text.chars().count() < 450, "{text}");
                    }
                    Ok(model) => {
                        let Ok(prompt) = model.prompt("Ja, 12 Häuser!") else {
                            return Ok(());
                        };
                        // Damaged numbers may be no numbers.
                        let _ = model.read(&prompt).map(|mut reading| reading.write(5));
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}
