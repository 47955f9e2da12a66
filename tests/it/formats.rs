//! Files of every format: what is no words stays as it is, byte for byte, and markup stays on its words.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use degist::Document;
use degist::document::formats::{
    docx::DOCX, epub::EPUB, html::HTML, markdown::MARKDOWN, pdf::PDF, records::CSV, records::JSONL,
    records::TSV, subtitles::SRT, subtitles::VTT,
};
use degist::document::{BlockTarget, DocumentError, FileFormat};
use proptest::prelude::*;

use crate::util::{assert_expected, program, run, run_with};

/// The file with every block standing for itself.
pub fn rewritten(document: &Document) -> Vec<u8> {
    let targets: Vec<BlockTarget> = (document.blocks.iter())
        .map(|block| {
            let text = document.block_text(block).to_owned();
            let links = (0..text.split_whitespace().count() as u32)
                .map(Some)
                .collect();
            BlockTarget { text, links }
        })
        .collect();
    document.write(&targets).unwrap()
}

/// A file that is the same when nothing in it changes.
#[track_caller]
pub fn read_same(format: FileFormat, file: &str) -> Document {
    let document = format.read(file.as_bytes(), &[]).unwrap();
    assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), file);
    document
}

pub fn blocks(document: &Document) -> Vec<&str> {
    (document.blocks.iter())
        .map(|block| document.block_text(block))
        .collect()
}

fn read(format: FileFormat, file: &str) -> Document {
    format.read(file.as_bytes(), &[]).unwrap()
}

#[test]
fn what_is_not_translated_stays() {
    let cases: &[(FileFormat, &str, &[&str])] = &[
        (
            HTML,
            "<p>Ein <b>Haus</b>, ein <a href='x'>Baum</a>.</p>",
            &["Ein Haus, ein Baum."],
        ),
        (
            HTML,
            "<p>Ja<br>\nNein</p>\n<hr>\n<!-- Notiz --><p>So</p>",
            &["Ja", "Nein", "So"],
        ),
        (
            HTML,
            "<pre>Ein Baum</pre><script>a<b</script><style>p{}</style>",
            &[],
        ),
        (
            HTML,
            "<div translate=no>Ein <p>Haus</p></div><p>Da</p>",
            &["Da"],
        ),
        (
            HTML,
            "<p>Mit <code>x &lt; 1</code> geht es</p>",
            &["Mit x < 1 geht es"],
        ),
        (
            HTML,
            "<ul><li>Eins<li>Zwei</ul><table><td>Drei",
            &["Eins", "Zwei", "Drei"],
        ),
        (
            HTML,
            "<p><b>Fett <i>und schief</b> hier</i></p>",
            &["Fett und schief hier"],
        ),
        (
            HTML,
            "<p><i></i>Ein<img src=a> Bild<b></b></p>",
            &["Ein Bild"],
        ),
        (
            MARKDOWN,
            "# Ein *Titel*\n\nEin **Satz** mit `Code`.\n",
            &["Ein Titel", "Ein Satz mit Code."],
        ),
        (
            MARKDOWN,
            "---\nslug: Nein\n---\n\n```\nNein\n```\n\n- Ja\n",
            &["Ja"],
        ),
        (
            MARKDOWN,
            "| Eins | Zwei |\n|--|:-:|\n| Drei | 4 |\n",
            &["Eins", "Zwei", "Drei"],
        ),
        (
            MARKDOWN,
            "Ein [Link](a_b) und ![Bild](c) da[^1].\n\n[^1]: Fuß\n",
            &["Bild", "Ein Link und da.", "Fuß"],
        ),
        (
            MARKDOWN,
            "> Zitat\n\n1. Eins\n2. Zwei\n\n<div>Drei</div>\n",
            &["Zitat", "Eins", "Zwei", "Drei"],
        ),
        (
            SRT,
            "1\n00:00:01,000 --> 00:00:02,000\nEin <i>Satz</i>\n\n2\n00:00:03,000 --> 00:00:04,000\ngeht weiter.\n",
            &["Ein Satz geht weiter."],
        ),
        (
            VTT,
            "WEBVTT\n\nNOTE Nein\n\n00:01.000 --> 00:02.000 align:left\n- Ja!\n- Doch?\n",
            &["Ja!", "Doch?"],
        ),
        (
            JSONL,
            "{\"a\":1,\"text\":\"Ein \\\"Haus\\\"\\n\\nZwei\"}\n\n{\"text\":null}\n",
            &["Ein \"Haus\"", "Zwei"],
        ),
        (
            CSV,
            "id,text\r\n1,\"Ein, \"\"Haus\"\"\"\r\n2,\"Zwei\nZeilen hier\"\r\n",
            &["Ein, \"Haus\"", "Zwei", "Zeilen hier"],
        ),
        (TSV, "text\tid\nEin \"Haus\"\t1\n", &["Ein \"Haus\""]),
    ];
    for &(format, file, expected) in cases {
        let document = read(format, file);
        assert_eq!(blocks(&document), expected, "{file}");
        assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), file);
    }
}

#[test]
fn markup_follows_its_words() {
    let document = read(
        HTML,
        "<p>Er hat <b>das <i>rote</i> Auto</b> heute <u>gekauft</u>.</p>",
    );
    let links = [0, 5, 2, 3, 4, 1].map(Some).to_vec();
    let text = "He bought the red car today.".to_owned();
    let links = links.iter().map(|&link| match link {
        Some(5) => Some(6),
        Some(1) => Some(5),
        other => other,
    });
    let target = BlockTarget {
        text,
        links: links.collect(),
    };
    assert_eq!(
        String::from_utf8(document.write(&[target]).unwrap()).unwrap(),
        "<p>He <u>bought</u> <b>the <i>red</i> car</b> today.</p>"
    );
}

#[test]
fn words_that_look_like_markup_are_none() {
    let write = |format, file: &str, text: &str| {
        let target = BlockTarget {
            text: text.into(),
            links: Vec::new(),
        };
        String::from_utf8(read(format, file).write(&[target]).unwrap()).unwrap()
    };
    assert_eq!(
        write(HTML, "<p>x</p>", "a < b & c"),
        "<p>a &lt; b &amp; c</p>"
    );
    assert_eq!(
        write(MARKDOWN, "x\n", "# a *b* [c]"),
        "\\# a \\*b\\* \\[c\\]\n"
    );
    assert_eq!(
        write(JSONL, "{\"text\":\"x\"}", "\"a\"\\\n"),
        "{\"text\":\"\\\"a\\\"\\\\\\n\"}"
    );
    assert_eq!(
        write(CSV, "text\nx\n", "a, \"b\""),
        "text\n\"a, \"\"b\"\"\"\n"
    );
    assert_eq!(write(TSV, "text\nx\n", "a\tb"), "text\na b\n");
}

#[test]
fn attributes_that_people_read_are_translated() {
    let page = "<img alt=\"Ein Hund\" src=a.png><p>Das ist <abbr title='Gesellschaft mit beschränkter Haftung'>GmbH</abbr> \
        und <img alt=Haus> da.</p><input placeholder=\"Ihr Name\" value=\"Anna\"><input type=submit value=Los!>\
        <meta name=description content=\"Unser &quot;Haus&quot;\"><meta name=robots content=\"kein index\">\
        <a title=\"bild_1.png\" href=x>Mehr</a> <span translate=no title=Nein>Nein</span>";
    let document = read(HTML, page);
    assert_eq!(
        blocks(&document),
        [
            "Ein Hund",
            "Gesellschaft mit beschränkter Haftung",
            "Haus",
            "Das ist GmbH und da.",
            "Ihr Name",
            "Los!",
            "Unser \"Haus\"",
            "Mehr Nein",
        ]
    );
    let quoted = page
        .replace("=Haus>", "=\"Haus\">")
        .replace("=Los!>", "=\"Los!\">");
    assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), quoted);
    // A value stays a value, whatever is in it and wherever its tag goes.
    let document = read(HTML, "<p>Ein <i title='Gut'>Haus</i> da</p>");
    let targets = [
        ("isn't <\"good\">", &[] as &[u32]),
        ("there a house", &[2, 0, 1]),
    ];
    let targets = targets.map(|(text, links)| BlockTarget {
        text: text.into(),
        links: links.iter().copied().map(Some).collect(),
    });
    assert_eq!(
        String::from_utf8(document.write(&targets).unwrap()).unwrap(),
        "<p>there a <i title='isn&#39;t &lt;\"good\"&gt;'>house</i></p>"
    );
}

#[test]
fn markup_stays_on_the_letters_it_was_on() {
    for (page, text, links, expected) in [
        (
            "<p>Sie enthält CO<sub>2</sub> und H<sub>2</sub>SO<sub>4</sub>.</p>",
            "It contains H2SO4 and CO2.",
            &[0u32, 1, 4, 3, 2][..],
            "<p>It contains H<sub>2</sub>SO<sub>4</sub> and CO<sub>2</sub>.</p>",
        ),
        (
            "<p>Gegründet<sup>2</sup> wurde sie früh.</p>",
            "It was founded2 early.",
            &[2, 1, 0, 3],
            "<p>It was founded<sup>2</sup> early.</p>",
        ),
        (
            "<p>Früh wurde sie gegründet.<sup><a href='#f1'>1</a></sup> Heute ist <a href='#f2'>*</a>sie groß.</p>",
            "It was founded early. Today it is big.",
            &[2, 1, 3, 0, 4, 6, 5, 7],
            "<p>It was founded early.<sup><a href='#f1'>1</a></sup> Today <a href='#f2'>*</a>it is big.</p>",
        ),
        (
            "<p><span class=initial>D</span>er Winter kam.</p>",
            "The winter came.",
            &[0, 1, 2],
            "<p><span class=initial>T</span>he winter came.</p>",
        ),
        (
            "<p>Der Bundes<b>tag</b> tagt.</p>",
            "The Bundestag meets.",
            &[0, 1, 2],
            "<p>The Bundes<b>tag</b> meets.</p>",
        ),
        (
            "<p>Das Ober<b>haupt</b> kam.</p>",
            "The head came.",
            &[0, 1, 2],
            "<p>The <b>head</b> came.</p>",
        ),
    ] {
        let document = read(HTML, page);
        let target = BlockTarget {
            text: text.into(),
            links: links.iter().copied().map(Some).collect(),
        };
        let written = document.write(&[target]).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), page);
    }
}

#[test]
fn controls_of_forms_are_translated_in_place() {
    let page = "<form><label>Ihr Name</label><button type=submit>Absenden</button><select><optgroup label=\"Länder\">\
        <option value=de>Deutschland<option>Österreich</select><textarea rows=2>Ihre Nachricht\n\nan uns &amp; alle</textarea></form>";
    let document = read(HTML, page);
    assert_eq!(
        blocks(&document),
        [
            "Ihr Name",
            "Absenden",
            "Länder",
            "Deutschland",
            "Österreich",
            "Ihre Nachricht",
            "an uns & alle",
        ]
    );
    assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), page);
}

#[test]
fn line_breaks_part_entries_and_not_sentences() {
    let lines = "Stadtwerke Bonn  \nHauptstraße 17\\\n53111 Bonn<br>\n\n> Hier ist die neue  \n> Brücke *ist  \n> Da*\n";
    let document = read(MARKDOWN, lines);
    assert_eq!(
        blocks(&document),
        [
            "Stadtwerke Bonn",
            "Hauptstraße 17",
            "53111 Bonn",
            "Hier ist die neue Brücke ist Da"
        ]
    );
    assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), lines);
    for (page, expected) in [
        (
            "<p>Stadtwerke Bonn<br>Hauptstraße 17<br/>53111 Bonn</p>",
            &["Stadtwerke Bonn", "Hauptstraße 17", "53111 Bonn"] as &[&str],
        ),
        (
            "<p>Sehr geehrte Frau Berg,<br><br>vielen Dank<br>für Ihren Brief.</p>",
            &["Sehr geehrte Frau Berg,", "vielen Dank für Ihren Brief."],
        ),
        (
            "<p><b>Montag: 9 Uhr<br><i>Dienstag</i>: 10 Uhr</b><br>&nbsp;<br>Mittwoch</p>",
            &["Montag: 9 Uhr", "Dienstag: 10 Uhr", "Mittwoch"],
        ),
    ] {
        let document = read(HTML, page);
        assert_eq!(blocks(&document), expected, "{page}");
        assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), page);
    }
}

#[test]
fn the_language_and_the_encoding_are_told() {
    let page = "<html xml:lang=\"de-AT\" lang='de'><meta charset=latin1><meta content='text/html; charset=iso-8859-1'><p lang=fr>Ja";
    let expected = "<html xml:lang=\"en\" lang='en'><meta charset=utf-8><meta content='text/html; charset=utf-8'><p lang=fr>Ja";
    assert_eq!(
        String::from_utf8(rewritten(&read(HTML, page))).unwrap(),
        expected
    );
}

#[test]
fn formats_are_told_by_name_and_content() {
    for (name, format) in [
        ("a/b.MD", Some(MARKDOWN)),
        ("b.htm", Some(HTML)),
        ("c", None),
        ("d.xyz", None),
        ("e.txt", Some(FileFormat::TEXT)),
    ] {
        assert_eq!(FileFormat::by_name(Path::new(name)), format, "{name}");
    }
    let docx = std::fs::read("tests/fixtures/formats/bruecke.docx").unwrap();
    let epub = std::fs::read("tests/fixtures/formats/buch.epub").unwrap();
    let pdf = std::fs::read("tests/fixtures/formats/brief.pdf").unwrap();
    for (bytes, format) in [
        (docx.as_slice(), DOCX),
        (&epub, EPUB),
        (&pdf, PDF),
        (b"\xEF\xBB\xBF <!DOCTYPE HTML>", HTML),
        (b"WEBVTT\n", VTT),
        (b"1\n00:00:01,000 --> 00:00:02,000\nJa", SRT),
        (b"1. Ein Punkt --> noch einer", FileFormat::TEXT),
        (b"", FileFormat::TEXT),
    ] {
        assert_eq!(FileFormat::by_content(bytes), format);
    }
}

#[test]
fn fields_are_named() {
    let fields = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    let csv = b"1,Ein Haus,Ja\n2,Ein Baum,Nein\n";
    let document = CSV.read(csv, &fields(&["2", "3"])).unwrap();
    assert_eq!(blocks(&document), ["Ein Haus", "Ja", "Ein Baum", "Nein"]);
    let named = JSONL.read(b"{\"a\":\"Ja\",\"b\":\"Nein\"}", &fields(&["b"]));
    assert_eq!(blocks(&named.unwrap()), ["Nein"]);
    for format in [CSV, JSONL] {
        let file: &[u8] = match format == CSV {
            true => b"a,b\nJa,Nein\n",
            false => b"{\"a\":\"Ja\"}\n",
        };
        let error = format.read(file, &fields(&["c"])).unwrap_err();
        let there = match format == CSV {
            true => vec!["a".to_owned(), "b".into()],
            false => vec!["a".into()],
        };
        let wanted = "c".into();
        assert_eq!(error, DocumentError::NoField { wanted, there });
    }
}

/// A file of a package.
fn part(package: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn translated(file: &str, folder: &Path) -> Vec<u8> {
    let output = folder.join(Path::new(file).file_name().unwrap());
    let arguments = ["--quiet", file, "-o", output.to_str().unwrap()];
    let run = run_with("translate", &arguments, "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    std::fs::read(output).unwrap()
}

/// The text of each paragraph with the looks of its runs.
fn paragraphs(xml: &str) -> Vec<String> {
    (xml.split("<w:p>").skip(1))
        .map(|paragraph| {
            let paragraph = paragraph.split("</w:p>").next().unwrap();
            (paragraph.split("<w:r>").skip(1))
                .map(|run| {
                    let text = run
                        .split("<w:t")
                        .nth(1)
                        .and_then(|text| text.split('>').nth(1));
                    let text = text.unwrap_or_default().trim_end_matches("</w:t");
                    match () {
                        () if run.contains("<w:b/>") => format!("*{text}*"),
                        () if run.contains("<w:i/>") => format!("/{text}/"),
                        () => text.to_owned(),
                    }
                })
                .collect()
        })
        .collect()
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
fn word_documents_keep_their_looks() {
    let folder = tempfile::tempdir().unwrap();
    let package = translated("tests/fixtures/formats/bruecke.docx", folder.path());
    let document = part(&package, "word/document.xml");
    let paragraphs = paragraphs(&document);
    let looks = |sign: char| paragraphs[1].matches(sign).count();
    assert_eq!((looks('*'), looks('/')), (2, 2), "{}", paragraphs[1]);
    assert_eq!(paragraphs[6], "12345");
    let header = self::paragraphs(&part(&package, "word/header1.xml"));
    assert_expected(
        &(paragraphs.join("\n") + "\n" + &header.join("\n") + "\n"),
        "tests/golden/packages/bruecke.docx.txt",
    );
    assert_eq!(document.matches("fldCharType=\"begin\"").count(), 2);
    assert_eq!(document.matches("fldCharType=\"end\"").count(), 2);
    assert_eq!(document.matches("<w:br/>").count(), 1);
    assert_eq!(
        document.matches("<w:r>").count(),
        document.matches("</w:r>").count()
    );
    // All else is as it was, in the same order.
    let original = std::fs::read("tests/fixtures/formats/bruecke.docx").unwrap();
    let names = |package: &[u8]| -> Vec<String> {
        let archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
        archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect()
    };
    assert_eq!(names(&package), names(&original));
    assert_eq!(
        part(&package, "word/styles.xml"),
        part(&original, "word/styles.xml")
    );
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
fn books_are_english_throughout() {
    let folder = tempfile::tempdir().unwrap();
    let package = translated("tests/fixtures/formats/buch.epub", folder.path());
    let chapter = part(&package, "EPUB/kapitel 1.xhtml");
    assert!(chapter.contains("lang=\"en\" xml:lang=\"en\""), "{chapter}");
    let language = "<dc:language>en</dc:language>";
    assert!(part(&package, "EPUB/content.opf").contains(language));
    let mut parts = String::new();
    for name in ["kapitel 1.xhtml", "content.opf", "toc.ncx", "nav.xhtml"] {
        parts += &format!("=== {name}\n{}\n", part(&package, &format!("EPUB/{name}")));
    }
    assert_expected(&parts, "tests/golden/packages/buch.epub.txt");
    // Readers know a book by its first file, which must not be compressed.
    let first = &package[..64];
    assert!(
        first
            .windows(20)
            .any(|bytes| bytes == b"application/epub+zip")
    );
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
fn pdf_files_become_text() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::copy("tests/fixtures/formats/brief.pdf", input.join("brief.pdf")).unwrap();
    let mut translate = program("translate");
    let run = run(translate
        .arg(&input)
        .arg("-o")
        .arg(folder.path().join("out")));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = std::fs::read_to_string(folder.path().join("out/brief.pdf.txt")).unwrap();
    assert_expected(&text, "tests/golden/packages/brief.pdf.txt");
}

#[test]
fn bombs_are_refused() {
    // 600 MB of nothing in some kilobytes.
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    package.start_file("word/document.xml", options).unwrap();
    let nothing = vec![b' '; 1 << 20];
    for _ in 0..600 {
        package.write_all(&nothing).unwrap();
    }
    let bomb = package.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    let error = DOCX.read(&bomb, &[]).unwrap_err();
    assert!(error.to_string().contains("256 MB"), "{error}");
    // Entities that stand for entities are refused.
    let mut laughs = String::from("<!DOCTYPE w:document [<!ENTITY a0 \"ha\">");
    for i in 1..30 {
        laughs += &format!("<!ENTITY a{i} \"&a{0};&a{0};\">", i - 1);
    }
    laughs += "]><w:document><w:body><w:p><w:r><w:t>Ein Wort &a29;</w:t></w:r></w:p></w:body></w:document>";
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    package.start_file("word/document.xml", options).unwrap();
    package.write_all(laughs.as_bytes()).unwrap();
    let error = DOCX
        .read(&package.finish().unwrap().into_inner(), &[])
        .unwrap_err();
    assert!(error.to_string().contains("defines entities"), "{error}");
}

#[test]
fn damaged_packages_are_refused() {
    let docx = std::fs::read("tests/fixtures/formats/bruecke.docx").unwrap();
    for (bytes, said) in [
        (&docx[..docx.len() / 2], "damaged"),
        (b"PK\x03\x04" as &[u8], "damaged"),
        (b"", "damaged"),
    ] {
        let error = DOCX.read(bytes, &[]).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    let error = EPUB.read(&docx, &[]).unwrap_err();
    assert!(
        error.to_string().contains("META-INF/container.xml"),
        "{error}"
    );
    let error = PDF.read(b"%PDF-1.4\n\x00\x00", &[]).unwrap_err();
    assert!(error.to_string().contains("PDF"), "{error}");
}

/// What is not translated may stand twice in one word.
#[test]
fn the_same_atom_twice_in_a_word() {
    let page = "<code>Haus </code>steht<span class=notranslate>Haus </span>";
    let again = String::from_utf8(rewritten(&read(HTML, page))).unwrap();
    assert_eq!(again, page);
}

#[test]
fn deep_markup_ends() {
    for (open, close) in [
        ("<div>", "</div>"),
        ("<b>", "</b>"),
        ("<ul><li>", "</li></ul>"),
    ] {
        let page = format!("{}Ein Haus.{}", open.repeat(10_000), close.repeat(10_000));
        let document = read(HTML, &page);
        assert_eq!(blocks(&document), ["Ein Haus."]);
        assert!(rewritten(&document) == page.as_bytes());
    }
    for sign in ["> ", "*", "[", "- "] {
        let page = format!("{}Ein Haus", sign.repeat(10_000));
        rewritten(&read(MARKDOWN, &page));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the tags, each of them comes back once, and so do the words.
    #[test]
    fn soup_of_tags(pieces in prop::collection::vec(prop::sample::select(vec![
        "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<br>", "<div>", "</div>", "<li>", "<img src=x>", "<code>", "</code>",
        "<a href=\"y\">", "</a>", "Ein ", "Haus ", "steht", " hier. ", "&amp;", "<!-- x -->", "<script>", "</script>",
        "<td>", "\n", "&", "<span class=notranslate>", "</span>", "\u{a0}", "<img alt='Ein Bild'>", "<button>", "</button>",
        "<option>", "<input placeholder=Haus>",
    ]), 0..40)) {
        let page = pieces.concat();
        let document = read(HTML, &page);
        let again = String::from_utf8(rewritten(&document)).unwrap();
        let tags = |page: &str| -> Vec<String> {
            let tags = page.split('<').skip(1).map(|tag| tag.split('>').next().unwrap().to_owned());
            let mut tags: Vec<String> = tags.collect();
            tags.sort();
            tags
        };
        // A value gets quotes.
        let unquoted = again.replace("=\"Haus\">", "=Haus>");
        prop_assert_eq!(tags(&unquoted), tags(&page), "{}\n{}", page, again);
        let words = |page: &str| page.matches("Haus").count() + page.matches("steht").count();
        prop_assert_eq!(words(&again), words(&page), "{}\n{}", page, again);
    }

    /// No text makes a reader panic or, outside Markdown, lose a sign of it or of its layout: white space at most is other
    /// white space.
    #[test]
    fn any_text(text in "[ -~äöü\\n|#*_`<>\\[\\]()\"',;\\t\\\\{}:>-]{0,200}") {
        // A reference to a control character is no text once it is one.
        prop_assume!(!text.contains("&#"));
        let dense = |text: &str| text.split_whitespace().collect::<String>();
        for format in [HTML, MARKDOWN, SRT, VTT, JSONL, CSV, TSV, FileFormat::TEXT] {
            for file in [text.clone(), format!("text\n{text}")] {
                let Ok(document) = format.read(file.as_bytes(), &[]) else {
                    continue;
                };
                let again = String::from_utf8(rewritten(&document)).unwrap();
                // The same words are escaped in more places than they must be, and fields have quotes.
                if [SRT, VTT, JSONL, TSV, FileFormat::TEXT].contains(&format) {
                    prop_assert_eq!(dense(&again), dense(&file), "{:?}", format);
                }
                if format == MARKDOWN {
                    // Code that touches other code within a word may still take its letters.
                    continue;
                }
                let read_again = format.read(again.as_bytes(), &[]).unwrap();
                prop_assert_eq!(blocks(&read_again), blocks(&document), "{:?}\n{}\n{}", format, file, again);
                let written = String::from_utf8(rewritten(&read_again)).unwrap();
                prop_assert_eq!(written, again, "{:?}", format);
            }
        }
    }

    /// Any links, and none, give a file.
    #[test]
    fn any_links(links in prop::collection::vec(prop::option::of(0u32..12), 0..14)) {
        let document = read(
            HTML,
            "<p>Er <b>hat <i>das</i> rote<br> <u></u></b> Auto <code>x</code> <a>heute</a> <em>gekauft</em>!</p>",
        );
        let text = "He bought the red car x today! And so on it goes".to_owned();
        let page = String::from_utf8(document.write(&[BlockTarget { text, links }]).unwrap()).unwrap();
        let mut open = Vec::new();
        for tag in page.split('<').skip(1) {
            let name = tag.split('>').next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => prop_assert_eq!(open.pop(), Some(name), "{}", page),
                None if name != "br" => open.push(name),
                None => {}
            }
        }
        prop_assert!(open.is_empty());
        for tag in ["<b>", "<i>", "<br>", "<u>", "<code>", "<a>", "<em>"] {
            prop_assert_eq!(page.matches(tag).count(), 1, "{}", page);
        }
    }
}
