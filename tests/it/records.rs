//! Fields of records: found by name, path and number, and all around them as it was.

use degist::document::formats::json::JSON;
use degist::document::formats::records::{CSV, JSONL, TSV};
use degist::document::{Document, DocumentError, FileFormat, RecordOptions};

use crate::formats::{blocks, rewritten};
use crate::util::{case, run_with, written};

fn options(fields: &[&str]) -> RecordOptions {
    RecordOptions {
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        ..RecordOptions::default()
    }
}

fn read(format: FileFormat, name: &str, fields: &[&str]) -> Document {
    let bytes = case(name);
    let document = format.read_with(&bytes, &options(fields)).unwrap();
    assert!(rewritten(&document) == bytes, "{name} is not as it was");
    document
}

#[test]
fn one_bad_line_is_one_error() {
    let document = read(JSONL, "49-eine-kaputte-zeile.jsonl", &[]);
    assert_eq!(document.flaws.len(), 1);
    let flaw = document.flaws[0].to_string();
    assert!(flaw.contains("kein json"), "{flaw}");
    assert_eq!(
        blocks(&document),
        [
            "Das Wetter ist schön 😀.",
            "Erster Satz.",
            "Zweiter Satz.",
            "Zeile eins.",
            "Zeile zwei.",
            "Tab fett {name}",
            "Doppelt",
            "Noch einmal",
            "Grosse Zahl",
        ]
    );
    // The others are done; that one is named and stays.
    let run = run_with(
        "translate",
        &["tests/fixtures/cases/49-eine-kaputte-zeile.jsonl"],
        "",
    );
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr.matches("kein json").count(), 1, "{}", run.stderr);
    assert!(run.stdout.contains("\nkein json\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("12345678901234567890,\"f\":1.0e10}"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("Nicht anfassen"), "{}", run.stdout);
    assert!(!run.stdout.contains("Zweiter Satz"), "{}", run.stdout);
    // Nothing is left of a file of bad lines.
    let error = JSONL.read(b"eins\nzwei\n", &[]).unwrap_err();
    assert!(matches!(error, DocumentError::Record { .. }), "{error}");
    let flawless = read(JSONL, "49b-liste-und-null.jsonl", &[]);
    assert_eq!(flawless.flaws, []);
}

#[test]
fn fields_are_found_by_path() {
    let name = "49b-liste-und-null.jsonl";
    assert_eq!(
        blocks(&read(JSONL, name, &["data.body"])),
        ["Verschachtelter Text."]
    );
    let both = read(JSONL, name, &["meta.text", "data.body"]);
    assert_eq!(blocks(&both), ["Nicht anfassen", "Verschachtelter Text."]);
    let all = ["title", "tags", "meta.beschreibung"];
    assert_eq!(
        blocks(&read(JSONL, "a.jsonl", &all)),
        ["Guten Morgen", "Tiere", "Hunde", "Ein Text über Hunde."]
    );
    for format in [JSONL, JSON] {
        let document = read(format, "array.json", &["text"]);
        assert_eq!(blocks(&document), ["Der Hund bellt.", "Die Katze miaut."]);
    }
    let error = JSONL
        .read_with(&case("a.jsonl"), &options(&["meta"]))
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("meta.beschreibung, tags, text, title"),
        "{said}"
    );
    let error = JSON
        .read_with(&case("array.json"), &options(&["body"]))
        .unwrap_err();
    assert!(error.to_string().ends_with("there are text"), "{error}");
}

#[test]
fn html_in_fields_keeps_its_tags() {
    for (format, name, open, close) in [
        (CSV, "29-html-im-feld.csv", "1,\"", "\"\n"),
        (JSONL, "29-html-im-feld.jsonl", "{\"text\":\"", "\"}\n"),
    ] {
        let document = read(format, name, &[]);
        let german = "Schöne Lampe\u{a0}für 20\u{a0}€ & mehr";
        assert_eq!(blocks(&document)[0], german);
        let english = written(&document, &[(german, "Nice lamp for \"20\" € & more")]);
        let quote = if format == CSV { "\"\"" } else { "\\\"" };
        let expected =
            format!("{open}<p>Nice <b>lamp</b> for {quote}20{quote} € &amp; more</p>{close}");
        assert!(english.contains(&expected), "{english}");
    }
    let text = FileFormat::TEXT
        .read(&case("30-entitaeten.txt"), &[])
        .unwrap();
    let german = "Schöne Grüße aus dem Garten & viel Glück!";
    assert_eq!(blocks(&text), [german]);
    assert!(rewritten(&text) == case("30-entitaeten.txt"));
    assert_eq!(
        written(&text, &[(german, "Greetings & luck!")]),
        "Greetings &amp; luck!\n"
    );
    let field = CSV
        .read(b"text\nGr&uuml;&szlig;e &amp; mehr\n", &[])
        .unwrap();
    assert_eq!(
        written(&field, &[("Grüße & mehr", "Greetings & more")]),
        "text\nGreetings &amp; more\n"
    );
    let markdown = read(JSONL, "29-html-im-feld.jsonl", &[]);
    assert_eq!(
        blocks(&markdown)[1..],
        [
            "**Fett** und [Link](https://x.de/a_b) mit `code`",
            "Zeile 1\\nZeile 2"
        ]
    );
    let lines = JSONL
        .read(
            b"{\"text\":\"Ein <b>Haus</b>\\n\\nZwei <i>B\\u00e4ume</i>\"}",
            &[],
        )
        .unwrap();
    assert_eq!(blocks(&lines), ["Ein Haus", "Zwei Bäume"]);
    assert_eq!(
        written(
            &lines,
            &[("Ein Haus", "A house"), ("Zwei Bäume", "Two trees")]
        ),
        "{\"text\":\"A <b>house</b>\\n\\nTwo <i>trees</i>\"}"
    );
}

#[test]
fn the_dialect_of_rows_is_kept() {
    let hammer = ("Ein schwerer Hammer", "A \"heavy\" hammer; steel");
    let document = read(CSV, "excel.csv", &["Beschreibung"]);
    assert_eq!(
        written(&document, &[hammer]),
        "Artikelnummer;Bezeichnung;Preis;Beschreibung\r\n\
         4711;Schraubenzieher;\"3,50\";\"Ein guter Schraubenzieher, mit Griff.\"\r\n\
         4712;Hammer;12,99;\"A \"\"heavy\"\" hammer; steel\"; \r\n"
    );
    // By number too, and the names of the columns are not translated.
    for fields in [&["4"] as &[&str], &["beschreibung"], &["Beschreibung"]] {
        let document = read(CSV, "excel2.csv", fields);
        assert_eq!(
            blocks(&document),
            [
                "Ein guter Schraubenzieher, mit Griff, rot, blau, grün.",
                "Ein schwerer Hammer, aus Stahl, für große Nägel."
            ]
        );
    }
    assert_eq!(
        blocks(&read(CSV, "31-formel.csv", &[])),
        ["Zeile eins\\nZeile zwei"]
    );
    assert_eq!(blocks(&read(CSV, "32-sep.csv", &[])), ["Guten Tag"]);
    assert_eq!(blocks(&read(CSV, "sep.csv", &[])), ["Der Hund bellt."]);
    assert_eq!(
        blocks(&read(CSV, "quoted.csv", &[])),
        [
            "Der Hund sagte: \"Wau, wau!\" und ging.",
            "Zwei Zeilen",
            "in einem Feld."
        ]
    );
    let marked = read(CSV, "33-bom.csv", &[]);
    assert_eq!(
        written(&marked, &[("Das kostet 5 Euro", "That is 5 euros")]),
        "\u{feff}id;text\r\n1;That is 5 euros\r\n"
    );
}

#[test]
fn the_dialect_can_be_given() {
    let of = |file: &str, options: RecordOptions| {
        let document = CSV.read_with(file.as_bytes(), &options).unwrap();
        assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), file);
        blocks(&document)
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let given = |delimiter, quote, header, field| RecordOptions {
        delimiter,
        quote,
        header,
        ..options(&[field])
    };
    let file = "text:nr\n'Ein: Haus':1\n";
    assert_eq!(
        of(file, given(Some(':'), Some('\''), None, "text")),
        ["Ein: Haus"]
    );
    let file = "a|b\n\"Haus\"|Baum\n";
    assert_eq!(
        of(file, given(Some('|'), Some('\0'), None, "a")),
        ["\"Haus\""]
    );
    let file = "Haus,Baum\nTier,Mensch\n";
    assert_eq!(of(file, given(None, None, Some(true), "1")), ["Tier"]);
    assert_eq!(
        of(file, given(None, None, Some(false), "1")),
        ["Haus", "Tier"]
    );
    assert_eq!(of(file, given(None, None, None, "2")), ["Baum", "Mensch"]);
    let tabs = TSV
        .read_with(b"a\tb\nHaus \"x\"\t1\n", &options(&["a"]))
        .unwrap();
    assert_eq!(blocks(&tabs), ["Haus \"x\""]);
    let error = CSV
        .read_with(&case("excel.csv"), &options(&["Text"]))
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with("there are Artikelnummer, Bezeichnung, Preis, Beschreibung"),
        "{said}"
    );
    let run = run_with("translate", &["--delimiter", "xy"], "");
    assert_eq!(run.code, 2);
    let arguments = [
        "--input-format",
        "csv",
        "--delimiter",
        "tab",
        "--header",
        "no",
        "--field",
        "2",
    ];
    let run = run_with("translate", &arguments, "1\tGuten Tag!\n");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "1\tGood day!\n"),
        "{}",
        run.stderr
    );
}
