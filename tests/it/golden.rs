//! The real programs on real texts: each German text in `seeds/` and `tests/golden/` has its expected translation
//! (`NAME.translation`) and summary (`NAME.summary`) in `tests/golden/`; each file in `tests/golden/formats` has its
//! translation beside it.
//!
//! `DEGIST_BLESS=1 cargo test --test it golden::` writes them anew; read what `git diff` shows before you commit it.

use std::path::{Path, PathBuf};
use std::process::Command;

use similar::TextDiff;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The German texts, by name.
fn texts() -> Vec<PathBuf> {
    let mut texts: Vec<PathBuf> = ["seeds", "tests/golden"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    texts.sort();
    texts
}

fn run(program: &str, text: &Path) -> String {
    let output = Command::new(program)
        .arg("--quiet")
        .arg(text)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {}: {}",
        text.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn check(program: &str, kind: &str, text: &Path) -> Option<String> {
    let name = text.file_stem().unwrap().to_string_lossy();
    let path = root().join("tests/golden").join(format!("{name}.{kind}"));
    compare(program, text, &path)
}

/// Compares with the expected file, or writes it; gives a readable difference.
fn compare(program: &str, text: &Path, path: &Path) -> Option<String> {
    let name = path.file_name().unwrap().to_string_lossy();
    let found = run(program, text);
    if std::env::var_os("DEGIST_BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return None;
    }
    let expected =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (found != expected).then(|| {
        TextDiff::from_lines(&expected, &found)
            .unified_diff()
            .header(&format!("{name} expected"), "found")
            .to_string()
    })
}

fn check_all(program: &str, kind: &str) {
    let texts = texts();
    assert!(texts.len() >= 9, "the golden texts are missing");
    let differences: Vec<String> = texts
        .iter()
        .filter_map(|text| check(program, kind, text))
        .collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn translations_are_as_expected() {
    check_all(env!("CARGO_BIN_EXE_translate"), "translation");
}

#[test]
fn summaries_are_as_expected() {
    check_all(env!("CARGO_BIN_EXE_summarize"), "summary");
}

/// A golden file holds on every CPU and for every number of threads. Kinds of CPU that this one is not are skipped.
#[test]
fn every_cpu_and_any_threads_write_the_same() {
    let text = root().join("tests/golden/nachricht.txt");
    let write = |cpu: &str, threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_translate"))
            .args(["--quiet", "--format", "json", "--threads", threads])
            .arg(&text)
            .env("DEGIST_CPU", cpu)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = write("portable", "1");
    for cpu in degist::model::Cpu::available() {
        assert_eq!(write(cpu.name(), "2"), expected, "{}", cpu.name());
    }
    assert_eq!(write("", "3"), expected);
}

#[test]
fn formats_are_as_expected() {
    let folder = root().join("tests/golden/formats");
    let mut files: Vec<PathBuf> = (std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending != "translation")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 7, "the golden files are missing");
    let differences: Vec<String> = (files.iter())
        .filter_map(|file| {
            let mut expected = file.clone().into_os_string();
            expected.push(".translation");
            compare(env!("CARGO_BIN_EXE_translate"), file, Path::new(&expected))
        })
        .collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}
