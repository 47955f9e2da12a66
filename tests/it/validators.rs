//! Results before the eyes of other programs: what `xmllint` and `epubcheck` say of them, they said of the sources. Each is left
//! out where it is not installed.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use degist::document::FileFormat;
use degist::document::formats::android::ANDROID;
use degist::document::formats::epub::EPUB;
use degist::document::formats::subtitles::TTML;
use degist::document::formats::xliff::XLIFF;

use crate::office::{files, in_capitals, parts};
use crate::util::{case, root};

/// A program on the path.
fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        eprintln!("no {name}: install it to check the results with it");
    }
    found
}

/// A document of a format and the same with other texts.
fn pair(format: FileFormat, bytes: Vec<u8>) -> [Vec<u8>; 2] {
    let document = format.read(&bytes, &[]).unwrap();
    assert!(!document.blocks.is_empty(), "{format}");
    let written = in_capitals(&document);
    [bytes, written]
}

/// The lines that a program writes about files.
fn messages(program: &Path, arguments: &[&str], files: &[PathBuf]) -> Vec<String> {
    // Debian's epubcheck is an archive of Java, which kernels seldom know how to start.
    let mut command = match std::fs::read(program).unwrap().starts_with(b"PK") {
        true => {
            let mut java = Command::new("java");
            java.arg("-jar").arg(program);
            java
        }
        false => Command::new(program),
    };
    let output = command.args(arguments).args(files).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&all)
        .lines()
        .map(str::to_owned)
        .collect()
}

const STRINGS: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<resources xmlns:xliff=\"urn:oasis:names:tc:xliff:document:1.2\">\n\
    <string name=\"a\">Hallo <xliff:g id=\"n\">%1$s</xliff:g> &amp; <b>guten</b> Tag</string>\n\
    <string name=\"b\"><![CDATA[Ein <a href=\"x\">Haus</a>]]></string>\n\
    <plurals name=\"c\"><item quantity=\"one\">Ein Tag</item><item quantity=\"other\">%d Tage</item></plurals>\n</resources>\n";

const CUES: &str = "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" xml:lang=\"de\"><body><div>\n\
    <p begin=\"0s\" end=\"2s\">Ein Haus<br/>und <span>ein Baum &lt;hier&gt;</span></p>\n\
    <p begin=\"3s\" end=\"5s\">&#8211; Wer ist da?</p>\n</div></body></tt>\n";

#[test]
fn xml_is_as_well_formed_as_it_was() {
    let Some(xmllint) = installed("xmllint") else {
        return;
    };
    let mut pairs = vec![
        ("mini.xlf".to_owned(), pair(XLIFF, case("mini.xlf"))),
        ("a.xlf".to_owned(), pair(XLIFF, case("28-a.xlf"))),
        ("strings.xml".to_owned(), pair(ANDROID, STRINGS.into())),
        ("film.ttml".to_owned(), pair(TTML, CUES.into())),
    ];
    let packages = files().into_iter().chain(
        ["bruecke.docx", "buch.epub"].map(|name| root().join("tests/fixtures/formats").join(name)),
    );
    for path in packages {
        let format = FileFormat::by_name(&path).unwrap();
        let [before, after] = pair(format, std::fs::read(&path).unwrap());
        let (before, mut after) = (parts(&before), parts(&after));
        let is_xml = |name: &str| {
            name.ends_with("ml")
                || name.ends_with(".rels")
                || name.ends_with(".opf")
                || name.ends_with(".ncx")
        };
        for (name, was) in before.into_iter().filter(|(name, _)| is_xml(name)) {
            let is = after
                .remove(&name)
                .unwrap_or_else(|| panic!("{name} in {path:?}"));
            let file = path.file_name().unwrap().to_string_lossy();
            pairs.push((format!("{file}-{}", name.replace('/', "-")), [was, is]));
        }
    }
    assert!(pairs.len() > 100, "{}", pairs.len());
    let folder = tempfile::tempdir().unwrap();
    let [before, after] = ["before", "after"].map(|when| {
        let into = folder.path().join(when);
        std::fs::create_dir(&into).unwrap();
        let index = usize::from(when == "after");
        let paths: Vec<PathBuf> = (pairs.iter())
            .map(|(name, contents)| {
                let path = into.join(name);
                std::fs::write(&path, &contents[index]).unwrap();
                path
            })
            .collect();
        messages(&xmllint, &["--noout", "--nonet"], &paths)
    });
    assert!(after.len() <= before.len(), "{after:#?}");
    // It would say so.
    let broken = folder.path().join("broken.xml");
    std::fs::write(&broken, "<a><b></a>").unwrap();
    assert!(!messages(&xmllint, &["--noout"], &[broken]).is_empty());
}

#[test]
fn books_have_no_more_faults_than_they_had() {
    let Some(epubcheck) = installed("epubcheck") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(root().join("tests/fixtures/formats/buch.epub")).unwrap();
    let faults = pair(EPUB, bytes).map(|bytes| {
        let path = folder.path().join("buch.epub");
        std::fs::write(&path, bytes).unwrap();
        let lines = messages(&epubcheck, &[], &[path]);
        assert!(
            lines.iter().any(|line| line.starts_with("Messages:")),
            "{lines:?}"
        );
        lines
            .into_iter()
            .filter(|line| {
                ["ERROR", "WARNING", "FATAL"]
                    .iter()
                    .any(|kind| line.starts_with(kind))
            })
            .collect::<Vec<_>>()
    });
    assert!(faults[1].len() <= faults[0].len(), "{:#?}", faults[1]);
}
