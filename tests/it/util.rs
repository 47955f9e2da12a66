//! The programs as the tests run them, and expected files.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use similar::TextDiff;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the program of this name is: `translate`, `summarize` or `degist`.
pub fn path(program: &str) -> &'static str {
    match program {
        "translate" => env!("CARGO_BIN_EXE_translate"),
        "summarize" => env!("CARGO_BIN_EXE_summarize"),
        "degist" => env!("CARGO_BIN_EXE_degist"),
        _ => panic!("there is no program {program}"),
    }
}

/// A program that the environment of the tests tells nothing. One that hangs is stopped.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(path(name));
    command
        .env_remove("DEGIST_MODEL")
        .env_remove("HF_HUB_OFFLINE")
        .timeout(Duration::from_secs(600));
    command
}

/// The end of a program.
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Runs a command to its end, which is never a panic or a signal.
pub fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let run = Run {
        stdout: String::from_utf8(output.stdout).expect("results are UTF-8"),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().expect("no signal"),
    };
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

/// Runs a program with these arguments and this standard input.
pub fn run_with(name: &str, arguments: &[&str], stdin: impl Into<Vec<u8>>) -> Run {
    run(program(name).args(arguments).write_stdin(stdin))
}

/// The translation of a text, which raises no warning.
pub fn translate(text: &str) -> String {
    let run = run_with("translate", &[], text);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

/// The German texts of `seeds/` and `tests/golden/`, in the order of their paths.
pub fn texts() -> Vec<PathBuf> {
    let mut texts: Vec<PathBuf> = ["seeds", "tests/golden"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    texts.sort();
    texts
}

/// Compares a text with the expected file at `path`, below the root, or writes that if `DEGIST_BLESS` is set. Returns a
/// readable difference.
pub fn difference(found: &str, path: &Path) -> Option<String> {
    let path = root().join(path);
    if std::env::var_os("DEGIST_BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return None;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (found != expected).then(|| {
        TextDiff::from_lines(expected.as_str(), found)
            .unified_diff()
            .header(&format!("{} expected", path.display()), "found")
            .to_string()
    })
}

/// Asserts that a text is as in the expected file at `path`, below the root.
pub fn assert_expected(found: &str, path: &str) {
    if let Some(difference) = difference(found, Path::new(path)) {
        panic!("\n{difference}");
    }
}

/// A small input of which somebody reported what came out.
pub fn case(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/fixtures/cases").join(name)).unwrap()
}

/// A small input that is text.
pub fn case_text(name: &str) -> String {
    String::from_utf8(case(name)).unwrap()
}

/// A package with these files.
pub fn package(files: &[(&str, &str)]) -> Vec<u8> {
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        package.start_file(*name, options).unwrap();
        package.write_all(text.as_bytes()).unwrap();
    }
    package.finish().unwrap().into_inner()
}

/// A document written back with other texts for some of its blocks, and with their own for the rest.
pub fn written(document: &degist::Document, english: &[(&str, &str)]) -> String {
    let mut used = 0;
    let targets: Vec<degist::document::BlockTarget> = (document.blocks.iter())
        .map(|block| {
            let german = document.block_text(block);
            let found = english.iter().find(|(from, _)| *from == german);
            used += usize::from(found.is_some());
            let text = found.map_or(german, |(_, to)| to).to_owned();
            let links = (0..text.split_whitespace().count() as u32)
                .map(Some)
                .collect();
            degist::document::BlockTarget { text, links }
        })
        .collect();
    assert!(used >= english.len(), "{english:?} in {:?}", document.text);
    String::from_utf8(document.write(&targets).unwrap()).unwrap()
}
