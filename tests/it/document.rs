//! Bytes become text, text becomes blocks, and the layout comes back.

use std::fs;
use std::path::{Path, PathBuf};

use degist::document::{Block, BlockKind, Document, decode, read_text, rewrap};
use proptest::prelude::*;

fn fixtures(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/document")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("the fixtures can be listed").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no fixtures in {}", folder.display());
    paths
}

/// Fails with all differences at once: together they show which rule is wrong.
fn assert_none(differences: Vec<String>) {
    assert!(
        differences.is_empty(),
        "{} differ:\n\n{}",
        differences.len(),
        differences.join("\n")
    );
}

// Blocks. The expectation is the text itself with each block in braces behind the letter of its kind.

fn letter(kind: BlockKind) -> char {
    match kind {
        BlockKind::Paragraph => 'P',
        BlockKind::Heading => 'H',
        BlockKind::ListItem => 'L',
        BlockKind::Cell => 'C',
        BlockKind::Metadata => 'M',
        _ => '?',
    }
}

/// `{P Guten Tag!}` to `Guten Tag!`.
fn without_marks(marked: &str) -> String {
    let mut text = String::new();
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        rest = &after[2..];
        let (block, after) = rest.split_once('}').expect("an opened block is closed");
        text.push_str(block);
        rest = after;
    }
    text + rest
}

/// The inverse of [`without_marks`], with the blocks that were found.
fn with_marks(document: &Document) -> String {
    let marked: Vec<String> = (document.blocks.iter())
        .map(|block| format!("{{{} {}}}", letter(block.kind), document.block_text(block)))
        .collect();
    document.render(&marked)
}

fn difference(name: &str, marked: &str) -> Option<String> {
    let found = with_marks(&read_text(without_marks(marked)));
    (found != marked).then(|| format!("## {name}\n--- expected\n{marked}\n--- found\n{found}\n"))
}

#[test]
fn samples_have_the_blocks_that_a_reader_sees() {
    let differences = fixtures("blocks", "txt").into_iter().filter_map(|path| {
        let marked = fs::read_to_string(&path).expect("a fixture can be read");
        difference(&path.file_stem()?.to_string_lossy(), &marked)
    });
    assert_none(differences.collect());
}

#[test]
fn line_ends_do_not_change_the_blocks() {
    let differences = fixtures("blocks", "txt").into_iter().flat_map(|path| {
        let marked = fs::read_to_string(&path).expect("a fixture can be read");
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        ["\r\n", "\r"].map(|end| difference(&name, &marked.replace('\n', end)))
    });
    assert_none(differences.flatten().collect());
}

#[test]
fn small_texts_have_the_blocks_that_a_reader_sees() {
    let cases = [
        ("nothing", ""),
        ("white space", " \t\r\n\u{A0}\n\u{C}\n"),
        ("no letters", "-----\n***\n12 | 34\n2016\n…\n"),
        ("no line end", "{P Guten Tag!}"),
        ("a single line is no title", "{P Guten Tag}\n"),
        (
            "indentation and trailing space",
            "\t {P Guten Tag!} \t\r\n\r\n  {P Auf Wiedersehen!}  ",
        ),
        ("no-break space", "\u{A0}{P Es sind 10\u{A0}km.}\u{A0}\n"),
        (
            "old Mac lines",
            "{H Titel}\r\r{P Ein Satz.}\r{P Noch ein Satz.}\r",
        ),
        ("end of file of DOS", "{P Guten Tag!}\r\n\u{1A}"),
        (
            "title and text",
            "{H Neues vom Tage}\n\n{P Heute war es warm.}\n",
        ),
        (
            "underlined title",
            "{H Was nun?}\n========\n{P Heute war es warm.}\n",
        ),
        (
            "sentences are no titles",
            "{P Es regnet.}\n\n{P Es schneit.}\n",
        ),
        (
            "bullets",
            "- {L Äpfel}\n* {L Birnen}\n• {L Quitten}\n– {L Nüsse}\n",
        ),
        (
            "numbers",
            "1. {L Äpfel}\n2) {L Birnen}\n(3) {L Quitten}\na) {L Nüsse}\n",
        ),
        (
            "boxes",
            "[x] {L Äpfel}\n[ ] {L Birnen}\n- [ ] {L Quitten}\n",
        ),
        (
            "a hyphen is no bullet",
            "{P -ung und -heit sind Endungen.}\n",
        ),
        ("quotes", "> {P Wer war das?}\n>> {P Ich nicht.}\n"),
        ("hyphenation", "{P Die Wirtschafts-\nlage ist gut.}\n"),
        (
            "a small letter goes on",
            "{P Er sah den Hund, der im Garten unter dem Baum lag,\nund lachte.}\n",
        ),
        (
            "lines that are too wide to be wrapped",
            "{P Der Minister, der seit Jahren für den Ausbau der Bahn wirbt, hat am Mittwoch in Berlin ein neues \
             Programm für den Norden des Landes vorgestellt}\n{P Kritiker halten es für zu teuer.}\n",
        ),
        (
            "an address within a sentence",
            "{P Mehr dazu finden Sie auf den Seiten der Stadt Köln unter\n\
             https://www.koeln.de/ein/sehr/langer/weg/zur/seite.html\n\
             und im Rathaus.}\n",
        ),
        (
            "a wide line and its rest",
            "{P Im Sommer reiste sie mit der Bahn nach Hamburg und traf dort\nFreunde.}\n",
        ),
    ];
    assert_none(
        cases
            .iter()
            .filter_map(|(name, marked)| difference(name, marked))
            .collect(),
    );
}

#[test]
fn metadata_is_told_from_prose() {
    let cases = [
        (" {M date 2018-10} {P Auf seiner Hausmesse hat das Unternehmen geredet.}\n"),
        ("{M date 2018} {P Auf seiner Hausmesse hat das Unternehmen geredet.}\n"),
        ("{M Datum: 2018-10-03} {P Auf seiner Hausmesse wurde geredet.}\n"),
        ("{M url https://example.org/a} {M id 4711} {P Es wurde geredet.}\n"),
        ("{M date 2018-10}\n{P Es wurde geredet.}\n"),
        ("{M Datum: 3.10.2018}\n{M Autor: Erika Mustermann}\n{M Quelle: dpa}\n\n{P Es regnet.}\n"),
        ("{M Stand: 12. Mai 2020}\n\n{P Es regnet.}\n"),
        ("{M STAND : 12. Mai 2020.}\n\n{P Es regnet.}\n"),
        ("{P Es regnet.}\n\n{M Veröffentlicht: gestern}\n"),
        ("{M Mittwoch, 3. Oktober 2018, 14:30 Uhr}\n\n{P Es regnet.}\n"),
        ("{M 2018-10-03T14:30:00Z}\n{P Es regnet.}\n"),
        ("{M https://www.example.org/a?b=c#d}\n{P Es regnet.}\n"),
        // What only begins like metadata.
        ("{H Montag}\n\n{P Es regnet.}\n"),
        ("{P Von den Bergen kommt der Wind.}\n"),
        ("{P Stand der Dinge ist, dass es regnet.}\n"),
        ("{P Stand 2018 war die Firma noch klein.}\n"),
        ("{P Date mit einem Unbekannten.}\n"),
        ("{P Quelle dieses Gerüchts ist Max: er erzählte es.}\n"),
        ("{P Autor: Das glaube ich nicht.}\n"),
        ("{P Am 3. Oktober 2018 hat es geregnet.}\n"),
        ("{P Es regnete.}\n{P Mai und Juni 2018}\n"),
        ("{P Der Vertrag endet nach langer Zeit nun doch am Mittwoch, dem\n3. Oktober 2018.}\n"),
        ("{P Es regnet. date 2018-10 Auf seiner Hausmesse.}\n"),
    ];
    assert_none(
        cases
            .iter()
            .filter_map(|marked| difference("metadata", marked))
            .collect(),
    );
}

fn assert_invariants(text: &str) -> Result<(), TestCaseError> {
    let document = read_text(text.to_owned());
    prop_assert_eq!(&document.text, text);
    let own: Vec<String> = document
        .blocks
        .iter()
        .map(|block| document.block_text(block).to_owned())
        .collect();
    prop_assert_eq!(document.render(&own), text);
    let mut end = 0;
    for Block { span, .. } in &document.blocks {
        prop_assert!(
            end <= span.start && span.start < span.end,
            "{:?} after {}",
            span,
            end
        );
        end = span.end;
    }
    for block in &own {
        prop_assert_eq!(block.trim(), block);
        prop_assert!(
            block.contains(char::is_alphanumeric),
            "{:?} is not read",
            block
        );
    }
    // Letters are never layout, but in the markers of lists.
    let layout = document.render(&vec!["\n"; own.len()]);
    let word = layout
        .split_whitespace()
        .find(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    prop_assert_eq!(word, None);
    Ok(())
}

/// Lines of what plain texts are made of, in any order.
fn lines() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Haus",
        "und",
        "„Nein“,",
        "am",
        "3.",
        "Oktober",
        "2018",
        "date",
        "Datum:",
        "Wirtschafts-",
        "-",
        "–",
        "*",
        "1.",
        "a)",
        "[x]",
        ">",
        "|",
        "https://a.de",
        "Ende.",
        "Übermut",
        "im",
        "\u{A0}",
        "…",
        "====",
        "\t",
        "   ",
        "12",
    ]);
    let line = prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "));
    let end = prop::sample::select(vec![
        "\n", "\r\n", "\r", "\n\n", "\u{C}", "\u{2028}", " \n  ",
    ]);
    prop::collection::vec((line, end), 0..12).prop_map(|lines| {
        lines
            .into_iter()
            .flat_map(|(line, end)| [line, end.into()])
            .collect()
    })
}

proptest! {
    #[test]
    fn layout_comes_back_for_any_text(text in "\\PC*|[\\x00-\\x7F]*|(\\PC|[ \t\r\n])*") {
        assert_invariants(&text)?;
    }

    #[test]
    fn layout_comes_back_for_lines(text in lines()) {
        assert_invariants(&text)?;
    }
}

#[test]
fn texts_of_any_shape_are_read() {
    let cases = [
        (
            "one line of 10 MB",
            "Das ist ein Satz. ".repeat(10_000_000 / 18),
        ),
        ("one word of 10 MB", "a".repeat(10_000_000)),
        ("quotes only", "„".repeat(1_000_000)),
        ("tiny lines", "ab\n".repeat(100_000)),
        ("cells", "a|".repeat(1_000_000)),
        ("bullets", "- ".repeat(1_000_000)),
        ("quote signs", ">".repeat(1_000_000)),
        ("line feeds", "\n".repeat(10_000_000)),
        (
            "wrapped",
            "Der Hund und die Katze und der Esel und die Maus gehen in\n".repeat(50_000),
        ),
    ];
    for (name, text) in cases {
        let document = read_text(text);
        let own: Vec<String> = document
            .blocks
            .iter()
            .map(|block| document.block_text(block).to_owned())
            .collect();
        assert!(document.render(&own) == document.text, "{name}");
    }
}

#[test]
#[should_panic(expected = "one replacement for each block")]
fn rendering_wants_all_blocks() {
    read_text("Guten Tag!".into()).render(&[""; 0]);
}

// Encodings.

#[test]
fn texts_decode_as_python_decodes_them() {
    let differences = fixtures("encodings", "bin").into_iter().filter_map(|path| {
        let expected =
            fs::read_to_string(path.with_extension("txt")).expect("a text for the bytes");
        let decoded = decode(&fs::read(&path).expect("a fixture can be read"));
        let is_same = decoded
            .as_ref()
            .is_ok_and(|decoded| decoded.text == expected && decoded.replaced == 0);
        (!is_same).then(|| format!("{}: {decoded:?}", path.display()))
    });
    assert_none(differences.collect());
}

#[test]
fn encodings_have_their_names() {
    let cases: &[(&[u8], &str, bool, usize, &str)] = &[
        (b"", "UTF-8", false, 0, ""),
        (b"Guten Tag", "UTF-8", false, 0, "Guten Tag"),
        (b"\xEF\xBB\xBFTag", "UTF-8", true, 0, "Tag"),
        (b"\xEF\xBB\xBF", "UTF-8", true, 0, ""),
        (b"\xFF\xFET\0a\0g\0", "UTF-16LE", true, 0, "Tag"),
        (b"\xFE\xFF\0T\0a\0g", "UTF-16BE", true, 0, "Tag"),
        (b"T\0a\0g\0", "UTF-16LE", false, 0, "Tag"),
        (b"\0T\0a\0g", "UTF-16BE", false, 0, "Tag"),
        (b"\xFF\xFET\0\x00\xD8g\0", "UTF-16LE", true, 1, "T\u{FFFD}g"),
        (b"\xFF\xFET\0a", "UTF-16LE", true, 1, "T\u{FFFD}"),
        (b"M\xFCller", "windows-1252", false, 0, "Müller"),
        (b"\x84Gru\xDF\x93", "windows-1252", false, 0, "„Gruß“"),
        (b"Gru\xDF", "windows-1252", false, 0, "Gruß"),
        (b"f\xFCr 5 \x80", "windows-1252", false, 0, "für 5 €"),
        (b"f\xFCr 5 \xA4", "ISO-8859-15", false, 0, "für 5 €"),
        (b"f\x81r M\x84nner", "IBM850", false, 0, "für Männer"),
        (b"f\x9Fr M\x8Anner", "macintosh", false, 0, "für Männer"),
        // Valid sequences outweigh broken ones, and the other way round.
        (
            b"f\xC3\xBCr M\xC3\xA4nner \x81",
            "UTF-8",
            false,
            1,
            "für Männer \u{FFFD}",
        ),
        (b"f\xC3\xBCr M\xC3", "UTF-8", false, 1, "für M\u{FFFD}"),
        (
            b"f\xFCr M\xE4nner \xC3\xA9",
            "windows-1252",
            false,
            0,
            "für Männer Ã©",
        ),
    ];
    let differences = cases
        .iter()
        .filter_map(|&(bytes, encoding, had_bom, replaced, text)| {
            let decoded = decode(bytes).expect("text");
            let found = (
                decoded.encoding,
                decoded.had_bom,
                decoded.replaced,
                decoded.text.as_str(),
            );
            (found != (encoding, had_bom, replaced, text))
                .then(|| format!("{bytes:?} is {found:?}"))
        });
    assert_none(differences.collect());
}

#[test]
fn what_is_no_text_is_refused_with_advice() {
    let noise: Vec<u8> = (0..4000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let cases: &[(&[u8], &str, &str)] = &[
        (b"%PDF-1.7\n%\xE2\xE3", "a PDF document", "--input-format"),
        (
            b"PK\x03\x04\x14\0\x06\0",
            "a ZIP archive or a document in one",
            "unpack",
        ),
        (
            b"{\\rtf1\\ansi Guten Tag}",
            "an RTF document",
            "--input-format",
        ),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0",
            "Office",
            "plain text",
        ),
        (
            b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR",
            "a PNG picture",
            "tesseract",
        ),
        (b"\xFF\xD8\xFF\xE0\0\x10JFIF", "a JPEG picture", "tesseract"),
        (b"\x1F\x8B\x08\0", "a gzip archive", "unpack"),
        (b"\x7FELF\x02\x01\x01\0", "a program", "leave it out"),
        (b"\xFF\xFE\0\0T\0\0\0", "UTF-32", "iconv"),
        (b"Guten\0Tag", "binary data", "leave it out"),
        (b"\x01\x02\x03\x04Tag", "binary data", "leave it out"),
        (&noise, "binary data", "leave it out"),
    ];
    for (bytes, what, advice) in cases {
        let message = decode(bytes).expect_err(what).to_string();
        assert!(
            message.contains(what) && message.contains(advice),
            "{message}"
        );
        assert!(message.lines().count() <= 2, "{message}");
    }
    // Colours of a terminal are text.
    assert!(decode(b"\x1B[31mGuten Tag\x1B[0m\n").is_ok());
}

proptest! {
    #[test]
    fn german_survives_each_encoding(
        text in "[A-Za-zÄÖÜäöüß]{4}äöü[A-Za-zÄÖÜäöüß ,.„“–\n]{0,80}",
    ) {
        let decoded = decode(text.as_bytes()).expect("text");
        prop_assert_eq!((decoded.text, decoded.encoding), (text.clone(), "UTF-8"));
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let decoded = decode(&[b"\xFF\xFE".as_slice(), &utf_16].concat()).expect("text");
        prop_assert_eq!((decoded.text, decoded.encoding), (text.clone(), "UTF-16LE"));
    }

    #[test]
    fn any_bytes_are_text_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(decoded) = decode(&bytes) {
            prop_assert!(decoded.replaced <= bytes.len());
            prop_assert!(decoded.replaced <= decoded.text.matches(char::REPLACEMENT_CHARACTER).count());
        }
    }
}

// Line breaks.

#[test]
fn line_breaks_go_to_the_same_place() {
    let cases = [
        ("eins zwei drei", "one two three", "one two three"),
        (
            "eins zwei\ndrei vier",
            "one two three four",
            "one two\nthree four",
        ),
        (
            "eins zwei\r\n   drei vier",
            "one two three four",
            "one two\r\n   three four",
        ),
        ("eins \t\n\tzwei", "one two", "one \t\n\ttwo"),
        (
            "a a a a a a\nb",
            "one two three four",
            "one two three\nfour",
        ),
        (
            "b\na a a a a a a a a a",
            "one two three four",
            "one\ntwo three four",
        ),
        ("eins\nzwei\ndrei", "one two", "one\ntwo\n"),
        ("eins\nzwei\ndrei", "one", "one\n\n"),
        ("eins\nzwei", "", "\n"),
        ("eins\n\nzwei", "one two", "one\n\ntwo"),
        ("10 km\nweit", "10\u{A0}km far", "10\u{A0}km\nfar"),
    ];
    for (source, translation, expected) in cases {
        assert_eq!(rewrap(source, translation), expected, "{source:?}");
    }
}

proptest! {
    #[test]
    fn rewrapping_keeps_breaks_and_words(
        source in "[a-zäöü]{1,9}((\n|\r\n|\r| |\n  |,|\u{A0})[a-zäöü]{0,9}){0,20}",
        translation in "[a-z]{0,9}( [a-z]{1,9}){0,20}",
    ) {
        let wrapped = rewrap(&source, &translation);
        let ends = |text: &str| text.matches(['\n', '\r']).map(str::to_owned).collect::<String>();
        prop_assert_eq!(ends(&wrapped), ends(&source));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&wrapped), words(&translation));
        let has_room = words(&translation).len() > ends(&source).len();
        if has_room && source.lines().all(|line| !line.trim().is_empty()) {
            prop_assert_eq!(wrapped.trim_end(), &wrapped, "no break is left over");
        }
    }

    #[test]
    fn rewrapping_takes_anything(source in any::<String>(), translation in any::<String>()) {
        rewrap(&source, &translation);
    }
}
