//! Documents of two languages: each paragraph is followed by its translation.

use std::io::{Cursor, Write};

use degist::document::formats::docx::DOCX;
use degist::document::formats::epub::EPUB;
use degist::document::formats::html::HTML;
use degist::document::{BlockTarget, Document, FileFormat, RecordOptions};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::office::parts;

fn read(format: FileFormat, bytes: &[u8]) -> Document {
    let options = RecordOptions {
        bilingual: true,
        ..RecordOptions::default()
    };
    format.read_with(bytes, &options).unwrap()
}

fn written(document: &Document, texts: &[(&str, &[u32])]) -> Vec<u8> {
    let targets: Vec<BlockTarget> = (texts.iter())
        .map(|(text, links)| BlockTarget {
            text: (*text).to_owned(),
            links: links.iter().copied().map(Some).collect(),
        })
        .collect();
    document.write(&targets).unwrap()
}

fn word(body: &str) -> Vec<u8> {
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    package.start_file("word/document.xml", options).unwrap();
    let xml = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    package.write_all(xml.as_bytes()).unwrap();
    package.finish().unwrap().into_inner()
}

#[test]
fn word_documents() {
    let bytes = word(
        "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>Ein Titel</w:t></w:r></w:p>\
         <w:p><w:r><w:t xml:space=\"preserve\">Das ist </w:t></w:r><w:r><w:rPr><w:b/><w:color w:val=\"FF0000\"/><w:sz w:val=\"20\"/></w:rPr><w:t>neu</w:t></w:r>\
         <w:r><w:footnoteReference w:id=\"2\"/></w:r><w:r><w:t>.</w:t></w:r></w:p><w:p><w:r><w:t>12</w:t></w:r></w:p>\
         <w:p><w:r><w:t>Name:</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t>Ort</w:t></w:r></w:p>",
    );
    let document = read(DOCX, &bytes);
    let texts: [(&str, &[u32]); 4] = [
        ("A title", &[]),
        ("This is new.", &[0, 1, 2]),
        ("Name:", &[]),
        ("Place", &[]),
    ];
    let xml =
        String::from_utf8(parts(&written(&document, &texts))["word/document.xml"].clone()).unwrap();
    let grey = "<w:color w:val=\"595959\"/>";
    for (what, count) in [
        ("Ein Titel", 1),
        ("A title", 1),
        ("<w:pStyle w:val=\"Heading1\"/>", 1),
        // Once, where the source has it.
        ("<w:footnoteReference w:id=\"2\"/>", 1),
        ("<w:r><w:br/></w:r>", 3),
        ("<w:p>", 4),
        ("<w:tab/>", 2),
        (
            &format!(
                "<w:rPr><w:b/>{grey}<w:sz w:val=\"20\"/><w:lang w:val=\"en-US\"/></w:rPr><w:t xml:space=\"preserve\">new</w:t>"
            ),
            1,
        ),
        (
            "<w:color w:val=\"FF0000\"/><w:sz w:val=\"20\"/></w:rPr><w:t xml:space=\"preserve\">neu</w:t>",
            1,
        ),
    ] {
        assert_eq!(xml.matches(what).count(), count, "{what}: {xml}");
    }
    let order = [
        "Das ist ", "<w:br/>", "This is ", "new", ">12<", "Name:", "Ort", "Name:", "Place",
    ];
    let mut rest = xml.as_str();
    for part in order {
        rest = &rest[rest.find(part).unwrap_or_else(|| panic!("{part}: {xml}")) + part.len()..];
    }
    is_well_formed(&xml);
}

fn is_well_formed(xml: &str) {
    let mut reader = Reader::from_str(xml);
    while reader.read_event().expect(xml) != Event::Eof {}
}

#[test]
fn pages() {
    let page = "<html lang=\"de\"><title>Ein Titel</title><body><h1 id=\"a\">Ein <b id=\"b\">Titel</b></h1>\
        <p>Ein Satz<sup><a href=\"#f\">1</a></sup> <img src=\"x\" alt=\"Bild\">hier.</p><select><option>Ja</option></select>\
        <textarea>Ein Text</textarea><ul><li>Brot</li></ul></body></html>";
    let document = read(HTML, page.as_bytes());
    let texts: [(&str, &[u32]); 3] = [
        ("A title", &[0, 1]),
        ("Here is a sentence.", &[2, 2, 0, 1]),
        ("Bread", &[]),
    ];
    let open = "<br/><span lang=\"en\" style=\"color:#595959\">";
    assert_eq!(
        String::from_utf8(written(&document, &texts)).unwrap(),
        page.replace(
            "Titel</b>",
            &format!("Titel</b>{open}A <b>title</b></span>")
        )
        .replace("hier.", &format!("hier.{open}Here is a sentence.</span>"))
        .replace("Brot", &format!("Brot{open}Bread</span>"))
    );
}

#[test]
fn books() {
    let bytes = std::fs::read("tests/fixtures/formats/buch.epub").unwrap();
    let document = read(EPUB, &bytes);
    let texts: Vec<(&str, &[u32])> = (document.blocks.iter())
        .map(|_| ("In English", &[0u32, 1] as &[u32]))
        .collect();
    assert!(!texts.is_empty());
    let (before, after) = (parts(&bytes), parts(&written(&document, &texts)));
    let mut changed = Vec::new();
    for (name, bytes) in &before {
        if after[name] != *bytes {
            let chapter = String::from_utf8(after[name].clone()).unwrap();
            is_well_formed(&chapter);
            assert!(chapter.contains("In English</span>"), "{chapter}");
            changed.push(name.as_str());
        }
    }
    // The list of contents and what the book says about itself have no place for two.
    assert_eq!(changed, ["EPUB/kapitel 1.xhtml", "EPUB/kapitel 2.xhtml"]);
}

#[test]
fn other_formats_say_so() {
    let options = RecordOptions {
        bilingual: true,
        ..RecordOptions::default()
    };
    let error = FileFormat::TEXT
        .read_with(b"Ja.", &options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("--bilingual"), "{error}");
}
