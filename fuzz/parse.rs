//! One input of the fuzzer, for all formats of the table; also run by `cargo test` over damaged files.
//!
//! The first byte is the format. The second one says what the others are: if it is even, the file; if it is odd, what stands
//! in a part of a real package of that format, so that the fuzzer need not find checksums.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use degist::document::{BlockTarget, FileFormat};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Reads a file of the format that the first byte stands for.
pub fn parse(data: &[u8]) {
    if let [format, rest @ ..] = data {
        let formats = FileFormat::all();
        parse_as(formats[usize::from(*format) % formats.len()], rest);
    }
}

/// Reads a file of one format and writes it with other texts. What can be read can be written, and that can be read again.
pub fn parse_as(format: FileFormat, data: &[u8]) {
    let [how, rest @ ..] = data else {
        return;
    };
    // Its library panics, which is caught but ends the fuzzer.
    if format.name == "pdf" {
        return;
    }
    static SAMPLES: LazyLock<Vec<Option<Vec<u8>>>> =
        LazyLock::new(|| FileFormat::all().iter().copied().map(sample).collect());
    let package = (FileFormat::all().iter().zip(&*SAMPLES))
        .find(|(one, _)| **one == format)
        .and_then(|(_, package)| package.as_deref());
    let bytes = match package.filter(|_| how % 2 == 1) {
        Some(package) => with_part(package, usize::from(how / 2), rest),
        None => rest.to_vec(),
    };
    check(format, &bytes);
}

/// The promise of a reader, for any bytes.
pub fn check(format: FileFormat, bytes: &[u8]) {
    let Ok(document) = format.read(bytes, &[]) else {
        return;
    };
    let mut end = 0;
    let targets: Vec<BlockTarget> = (document.blocks.iter())
        .map(|block| {
            assert!(end <= block.span.start && block.span.start < block.span.end);
            end = block.span.end;
            // Other words in another order.
            let text = document.block_text(block);
            let mut words: Vec<&str> = text.split_whitespace().collect();
            words.reverse();
            let links = (0..words.len() as u32).rev().map(Some).collect();
            let text = words.join(" x<&> ");
            BlockTarget { text, links }
        })
        .collect();
    if let Ok(written) = document.write(&targets)
        && is_package(bytes)
        && is_package(&written)
    {
        let again = format.read(&written, &[]);
        assert!(again.is_ok(), "{format}: {again:?}");
    }
}

fn is_package(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// A real file of a format that is a package.
pub fn sample(format: FileFormat) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR").trim_end_matches("/fuzz"));
    let files = |folder: &str| {
        std::fs::read_dir(root.join(folder))
            .into_iter()
            .flatten()
            .flatten()
    };
    let is_it = |path: &Path| FileFormat::by_name(path) == Some(format);
    let mut files: Vec<PathBuf> = (files("tests/fixtures/office")
        .chain(files("tests/fixtures/formats")))
    .map(|entry| entry.path())
    .filter(|path| is_it(path))
    .collect();
    files.sort();
    let bytes = std::fs::read(files.first()?).ok()?;
    is_package(&bytes).then_some(bytes)
}

/// The package with another XML part, chosen by its number.
pub fn with_part(package: &[u8], number: usize, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(package)).expect("a package");
    let mut parts = Vec::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        parts.push((file.name().expect("its name").into_owned(), bytes));
    }
    let is_xml =
        |name: &str| name.ends_with("ml") || name.ends_with(".rels") || name.ends_with(".opf");
    let xml: Vec<usize> = (0..parts.len()).filter(|&i| is_xml(&parts[i].0)).collect();
    if let Some(&part) = xml.get(number % xml.len().max(1)) {
        parts[part].1 = content.to_vec();
    }
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        out.start_file(name, options).expect("room");
        out.write_all(&bytes).expect("room");
    }
    out.finish().expect("room").into_inner()
}
