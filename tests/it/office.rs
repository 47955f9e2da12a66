//! Documents of office programs: what is read of them, that everything else stays, and that they open again. The files in
//! `fixtures/office` are made by LibreOffice and by five libraries; `make_office.py` there has how.
#![allow(clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use degist::Document;
use degist::document::{BlockTarget, FileFormat};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::damage::damaged;
use crate::formats::{blocks, rewritten};
use crate::parse;
use crate::util::{assert_expected, root};

const FOLDER: &str = "tests/fixtures/office";

/// The office documents there, by name.
pub fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| FileFormat::by_name(path).is_some())
        .collect();
    files.sort();
    assert!(files.len() >= 11, "{files:?}");
    files
}

fn read(path: &Path) -> (Vec<u8>, Document) {
    let bytes = std::fs::read(path).unwrap();
    let format = FileFormat::by_name(path).unwrap();
    let document = (format.read(&bytes, &[])).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    (bytes, document)
}

/// The files of a package.
pub fn parts(package: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut file = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// A document whose blocks are all in capitals; markup stays on its words.
pub fn in_capitals(document: &Document) -> Vec<u8> {
    let targets: Vec<BlockTarget> = (document.blocks.iter())
        .map(|block| {
            let text = document.block_text(block).to_uppercase();
            let words = text.split_whitespace().count() as u32;
            let links = (0..words).map(Some).collect();
            BlockTarget { text, links }
        })
        .collect();
    document.write(&targets).unwrap()
}

#[test]
fn texts_of_real_files_are_read() {
    for path in files() {
        let (bytes, document) = read(&path);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            FileFormat::by_content(&bytes),
            FileFormat::by_name(&path).unwrap(),
            "{name}"
        );
        let mut found = String::new();
        for block in &document.blocks {
            let text = document.block_text(block);
            let marks = match block.marks.len() {
                0 => String::new(),
                marks => format!(" +{marks}"),
            };
            found += &format!("{:?}{marks}: {text}\n", block.kind);
        }
        assert_expected(&found, &format!("tests/golden/packages/{name}.blocks"));
    }
}

#[test]
fn own_texts_change_nothing() {
    for path in files() {
        let (bytes, document) = read(&path);
        let own: Vec<BlockTarget> = (document.blocks.iter())
            .map(|block| BlockTarget {
                text: document.block_text(block).to_owned(),
                links: Vec::new(),
            })
            .collect();
        let (before, after) = (parts(&bytes), parts(&document.write(&own).unwrap()));
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            after.keys().collect::<Vec<_>>()
        );
        for (name, bytes) in &before {
            if after[name] != *bytes {
                // But for the languages that the file declares.
                let [before, after] = [bytes, &after[name]]
                    .map(|bytes| without_languages(&String::from_utf8(bytes.clone()).unwrap()));
                assert_eq!(before, after, "{path:?}: {name}");
            }
        }
        // Blocks that are written anew are what they were.
        let format = FileFormat::by_name(&path).unwrap();
        let again = format.read(&rewritten(&document), &[]).unwrap();
        assert_eq!(blocks(&again), blocks(&document), "{path:?}");
    }
}

/// A part without what it says about languages.
fn without_languages(part: &str) -> String {
    let german = [
        ("fo:language=\"de\"", "fo:language=\"en\""),
        ("fo:country=\"DE\"", "fo:country=\"US\""),
        ("\"de-DE\"", "\"en-US\""),
        (">de-DE<", ">en-US<"),
    ];
    german
        .iter()
        .fold(part.to_owned(), |part, (german, english)| {
            part.replace(german, english)
        })
}

/// What a part has beside its texts: tags in order, without those of runs, which may be split, and texts without the
/// blocks.
fn skeleton(part: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(part).unwrap();
    let mut xml = Reader::from_str(text);
    let mut tags = Vec::new();
    loop {
        match xml
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {text}"))
        {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().into_inner();
                let runs = ["r", "t", "rPr", "span", "s"];
                let styles = [
                    "b", "sz", "color", "rFont", "family", "scheme", "val", "latin", "lang",
                    "rStyle",
                ];
                let local = name.rsplit(':').next().unwrap();
                if !runs.contains(&local) && !styles.contains(&local) {
                    // A value beside the text of a cell is left out.
                    let tag = tag.to_ascii_lowercase();
                    let kept = tag.split(" office:string-value").next().unwrap();
                    tags.push(kept.to_owned());
                }
            }
            Event::Eof => return tags,
            _ => {}
        }
    }
}

#[test]
fn only_texts_change() {
    for path in files() {
        let (bytes, document) = read(&path);
        let format = FileFormat::by_name(&path).unwrap();
        let result = in_capitals(&document);
        let again = format.read(&result, &[]).unwrap();
        let expected: Vec<String> = blocks(&document)
            .iter()
            .map(|block| block.to_uppercase())
            .collect();
        assert_eq!(blocks(&again), expected, "{path:?}");
        let (before, after) = (parts(&bytes), parts(&result));
        for (name, bytes) in &before {
            let after = &after[name];
            if !name.ends_with(".xml") && after != bytes {
                panic!("{path:?}: {name} is another");
            }
            if after != bytes {
                let before = without_languages(std::str::from_utf8(bytes).unwrap());
                assert_eq!(
                    skeleton(after),
                    skeleton(before.as_bytes()),
                    "{path:?}: {name}"
                );
            }
        }
    }
}

/// LibreOffice, if it is installed.
fn libre_office() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("soffice"))
        .find(|program| program.is_file())
}

/// Whether an element may differ in files with the same text: dates are shown as the language wants them, and charts have
/// pictures of themselves.
fn is_unstable(name: &str) -> bool {
    matches!(name, "text:date" | "office:binary-data")
}

/// All text in flat files of LibreOffice.
fn flat_text(path: &Path) -> String {
    let file = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let begin = file.find("<office:body").unwrap();
    let end = file.rfind("</office:document>").unwrap();
    let mut xml = Reader::from_str(&file[begin..end]);
    let mut text = String::new();
    loop {
        match xml.read_event().unwrap() {
            Event::Text(words) => text.push_str(&words),
            Event::GeneralRef(_) => text.push('&'),
            Event::Start(tag) if is_unstable(tag.name().into_inner()) => {
                xml.read_to_end(tag.name()).unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn results_open_in_libre_office() {
    let Some(program) = libre_office() else {
        eprintln!("no LibreOffice: install one to open the results in it");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("flat");
    let kinds = [
        ("fodt", &["odt", "docx"] as &[&str]),
        ("fods", &["ods", "xlsx"]),
        ("fodp", &["odp", "pptx"]),
    ];
    for (flat, extensions) in kinds {
        let mut command = Command::new(&program);
        // A home of its own, so that it runs beside others.
        let home = format!(
            "-env:UserInstallation=file://{}",
            folder.path().join("home").display()
        );
        command.args([&home, "--headless", "--convert-to", flat, "--outdir"]);
        command.arg(&into);
        let mut pairs = Vec::new();
        for path in files() {
            let extension = path.extension().unwrap().to_str().unwrap();
            if !extensions.contains(&extension) {
                continue;
            }
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let (bytes, document) = read(&path);
            let names = ["before", "after"].map(|when| format!("{stem}-{extension}-{when}"));
            let contents = [bytes, in_capitals(&document)];
            for (name, content) in names.iter().zip(contents) {
                let file = folder.path().join(format!("{name}.{extension}"));
                std::fs::write(&file, content).unwrap();
                command.arg(file);
            }
            let texts: Vec<String> = blocks(&document).into_iter().map(str::to_owned).collect();
            pairs.push((names.map(|name| into.join(format!("{name}.{flat}"))), texts));
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        for ([before, after], texts) in pairs {
            let (was, is) = (flat_text(&before), flat_text(&after));
            assert_eq!(is.to_uppercase(), was.to_uppercase(), "{after:?}");
            // Headers and titles stand elsewhere. What LibreOffice does not take over is not missing.
            let [was, is] = [&before, &after].map(|path| std::fs::read_to_string(path).unwrap());
            let has = |file: &str, text: &str| {
                let letters = |word: &&str| word.chars().all(char::is_alphabetic);
                let mut words = text.split_whitespace().filter(letters);
                words.all(|word| file.contains(word))
            };
            let lost: Vec<_> = (texts.iter())
                .filter(|text| has(&was, text) && !has(&is, &text.to_uppercase()))
                .collect();
            assert!(lost.is_empty(), "{lost:?} in {after:?}");
        }
    }
}

/// What stands in a part of a package.
fn content(package: &[u8], number: usize) -> Option<Vec<u8>> {
    let marker = b"<degist-was-here/>";
    let marked = parts(&parse::with_part(package, number, marker));
    let (name, _) = marked
        .iter()
        .find(|(_, bytes)| bytes.as_slice() == marker)?;
    parts(package).remove(name)
}

#[test]
fn damaged_documents_are_refused_or_read() {
    for (index, format) in FileFormat::all().iter().enumerate() {
        let Some(package) = parse::sample(*format) else {
            continue;
        };
        let config = ProptestConfig {
            cases: 60,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let mut runner = TestRunner::new(config);
        let whole = runner.run(&damaged(package.clone()), |bytes| {
            parse::check(*format, &bytes);
            Ok(())
        });
        whole.unwrap_or_else(|error| panic!("{format}: {error}"));
        let mut seen = BTreeSet::new();
        for number in 0..40 {
            let Some(part) = content(&package, number).filter(|part| seen.insert(part.clone()))
            else {
                continue;
            };
            let config = ProptestConfig {
                cases: 12,
                failure_persistence: None,
                ..ProptestConfig::default()
            };
            let of_part = TestRunner::new(config).run(&damaged(part), |bytes| {
                let head = [index as u8, 2 * number as u8 + 1];
                parse::parse(&[&head, bytes.as_slice()].concat());
                Ok(())
            });
            of_part.unwrap_or_else(|error| panic!("{format}, part {number}: {error}"));
        }
    }
}
