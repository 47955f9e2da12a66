//! The real programs on real texts: each German text in `seeds/` and `tests/golden/` has its expected translation
//! (`NAME.translation`) and summary (`NAME.summary`) in `tests/golden/`; each file in `tests/golden/formats` has its
//! translation beside it.
//!
//! `DEGIST_BLESS=1 cargo test --test it golden::` writes them anew; read what `git diff` shows before you commit it.

use std::path::{Path, PathBuf};

use crate::util::{difference, program, root, run, texts};

/// Compares what a program writes of a file with the expected file.
fn compare(name: &str, text: &Path, expected: &Path) -> Option<String> {
    let run = run(program(name).arg("--quiet").arg(text));
    assert_eq!(run.code, 0, "{name} {}: {}", text.display(), run.stderr);
    assert_eq!(run.stderr, "");
    difference(&run.stdout, expected)
}

fn check(program: &str, kind: &str, text: &Path) -> Option<String> {
    let name = text.file_stem().unwrap().to_string_lossy();
    let expected = format!("tests/golden/{name}.{kind}");
    compare(program, text, Path::new(&expected))
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
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
fn translations_are_as_expected() {
    check_all("translate", "translation");
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
fn summaries_are_as_expected() {
    check_all("summarize", "summary");
}

/// A golden file holds on every CPU and for every number of threads. Kinds of CPU that this one is not are skipped.
#[test]
fn every_cpu_and_any_threads_write_the_same() {
    let text = root().join("tests/golden/nachricht.txt");
    let write = |cpu: &str, threads: &str| {
        let arguments = ["--quiet", "--format", "json", "--threads", threads];
        let mut translate = program("translate");
        let run = run(translate.args(arguments).arg(&text).env("DEGIST_CPU", cpu));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let expected = write("portable", "1");
    for cpu in degist::model::Cpu::available() {
        assert_eq!(write(cpu.name(), "2"), expected, "{}", cpu.name());
    }
    assert_eq!(write("", "3"), expected);
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
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
            compare("translate", file, Path::new(&expected))
        })
        .collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}
