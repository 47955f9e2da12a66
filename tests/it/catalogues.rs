//! Catalogues of messages: their texts become English, and keys, comments, placeholders and quoting stay.

use degist::document::formats::{
    android::ANDROID, json::JSON, po::PO, properties::PROPERTIES, strings::STRINGS, xliff::XLIFF,
};
use degist::document::{Document, DocumentError, FileFormat};

use crate::formats::{blocks, read_same as read, rewritten};
use crate::util::{case, case_text, run_with, written};

/// A catalogue whose translations are made from it: what is open in it is filled, and nothing else changes.
fn read_open(format: FileFormat, file: &str) -> Document {
    let document = format.read(file.as_bytes(), &[]).unwrap();
    let filled = String::from_utf8(rewritten(&document)).unwrap();
    let again = format.read(filled.as_bytes(), &[]).unwrap();
    assert_eq!(String::from_utf8(rewritten(&again)).unwrap(), filled);
    for line in file.lines().filter(|line| line.starts_with(['#', 'm'])) {
        let is_same = line.starts_with("msgstr") || filled.lines().any(|one| one == line);
        assert!(is_same, "{line} in {filled}");
    }
    document
}

fn read_case(format: FileFormat, name: &str) -> Document {
    let file = case_text(name);
    match format == PO || format == XLIFF {
        true => read_open(format, &file),
        false => read(format, &file),
    }
}

#[test]
fn json_catalogues() {
    let document = read_case(JSON, "28-i18n.json");
    assert_eq!(
        blocks(&document),
        ["Guten Tag", "Hallo {name}, willkommen!"]
    );
    assert_eq!(
        written(&document, &[("Guten Tag", "Good \"day\"")]),
        "{\n \"titel\": \"Good \\\"day\\\"\",\n \"gruss\": \"Hallo {name}, willkommen!\"\n}\n"
    );
    assert_eq!(blocks(&read_case(JSON, "i18n.json")).len(), 3);
    let nested = "{\"de\": {\"a\": [\"Ein Haus\", \"/start\", \"\", null], \"locale\": \"de-AT\", \"b\": {\"c\": \"Zwei\\nZeilen\"}}}";
    assert_eq!(blocks(&read(JSON, nested)), ["Ein Haus", "Zwei", "Zeilen"]);
    // What has more than texts is data.
    for data in [
        "{\"a\": \"Ein Haus\", \"b\": 1}",
        "{}",
        "[1, 2]",
        "{\"main\": \"index.js\"}",
    ] {
        let error = JSON.read(data.as_bytes(), &[]).unwrap_err();
        assert!(
            matches!(error, DocumentError::Unsupported { .. }),
            "{data}: {error}"
        );
    }
    let error = JSON.read(b"{\"a\": }", &[]).unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
    let run = run_with("translate", &["tests/fixtures/cases/i18n.json"], "");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.contains("__board__") && run.stdout.contains("%s"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("gelöscht"), "{}", run.stdout);
}

#[test]
fn catalogues_of_gettext() {
    let document = read_case(PO, "28-app.po");
    assert_eq!(blocks(&document), ["Datei %s nicht gefunden"]);
    let english = written(
        &document,
        &[("Datei %s nicht gefunden", "File %s not found")],
    );
    assert!(
        english.ends_with("msgid \"Datei %s nicht gefunden\"\nmsgstr \"File %s not found\"\n"),
        "{english}"
    );
    // A German catalogue becomes an English one.
    let document = PO.read(&case("mini.po"), &[]).unwrap();
    let again = String::from_utf8(rewritten(&document)).unwrap();
    let named = String::from_utf8(case("mini.po")).unwrap();
    assert_eq!(again, named.replace("Language: de", "Language: en"));
    assert_eq!(blocks(&document), ["Seite nicht gefunden, %s"]);
    let english = written(
        &document,
        &[("Seite nicht gefunden, %s", "Page \"not\" found, %s")],
    );
    assert!(
        english.contains("msgid \"Page not found\"\nmsgstr \"Page \\\"not\\\" found, %s\"\n"),
        "{english}"
    );

    let file = "# Ein Kommentar\r\nmsgctxt \"Menü\"\r\nmsgid \"\"\r\n\"Erste Zeile\\n\"\r\n\"zweite \"\r\n\"Zeile\"\r\nmsgstr \"\"\r\n\r\n\
        msgid \"Ein Haus\"\r\nmsgid_plural \"%d Häuser\"\r\nmsgstr[0] \"\"\r\nmsgstr[1] \"\"\r\n\r\n\
        #, fuzzy, c-format\r\nmsgid \"Ein Baum\"\r\nmsgstr \"A bush\"\r\n\r\n\
        msgid \"Fertig\"\r\nmsgstr \"Done\"\r\n\r\n#~ msgid \"Alt\"\r\n#~ msgstr \"\"\r\n";
    let document = read_open(PO, file);
    assert_eq!(
        blocks(&document),
        [
            "Erste Zeile",
            "zweite Zeile",
            "Ein Haus",
            "%d Häuser",
            "Ein Baum"
        ]
    );
    let english = [
        ("Erste Zeile", "First line"),
        ("zweite Zeile", "second line"),
        ("Ein Haus", "A house"),
        ("%d Häuser", "%d houses"),
        ("Ein Baum", "A tree"),
    ];
    let english = written(&document, &english);
    for part in [
        "msgstr \"\"\r\n\"First line\\n\"\r\n\"second line\"\r\n\r\n",
        "msgstr[0] \"A house\"\r\nmsgstr[1] \"%d houses\"\r\n",
        "#, fuzzy, c-format\r\nmsgid \"Ein Baum\"\r\nmsgstr \"A tree\"\r\n",
        "msgstr \"Done\"\r\n\r\n#~ msgid \"Alt\"\r\n#~ msgstr \"\"\r\n",
    ] {
        assert!(english.contains(part), "{part:?} in {english:?}");
    }
    let header =
        "msgid \"\"\nmsgstr \"\"\n\"Language: de_AT\\n\"\n\nmsgid \"a\"\nmsgstr \"Ein Haus\"\n";
    let document = PO.read(header.as_bytes(), &[]).unwrap();
    assert_eq!(
        written(&document, &[("Ein Haus", "A house")]),
        header.replace("de_AT", "en").replace("Ein Haus", "A house")
    );
    assert!(
        PO.read(b"msgid oh\n", &[])
            .unwrap_err()
            .to_string()
            .contains("line 1")
    );
}

#[test]
fn xliff_of_both_versions() {
    let document = read_case(XLIFF, "28-a.xlf");
    let english = written(&document, &[("Guten Tag", "Good day & night")]);
    assert!(
        english.contains(
            "<source>Guten Tag</source><target>Good day &amp; night</target></trans-unit></body>"
        ),
        "{english}"
    );
    let document = read_case(XLIFF, "mini.xlf");
    assert_eq!(
        blocks(&document),
        [
            "Dieser Wert sollte leer sein.",
            "Bitte mindestens {{ limit }} Zeichen eingeben."
        ]
    );
    let old = "<xliff version=\"1.2\"><file source-language=\"de-DE\"><body>\n\
        <trans-unit id=\"1\">\n  <source>Ein <g id=\"1\">Haus</g><x id=\"2\"/></source>\n</trans-unit>\n\
        <trans-unit id=\"2\"><source>Fertig</source><target state=\"final\">Done</target></trans-unit>\n\
        <trans-unit id=\"3\"><source>Offen</source><target xml:lang=\"en\" state=\"new\"/></trans-unit>\n\
        <trans-unit id=\"4\" translate=\"no\"><source>Nein</source></trans-unit>\n\
        <trans-unit id=\"5\"><source>Gleich</source><target>Gleich</target></trans-unit>\n\
        <trans-unit id=\"6\"><source>Da <ph id=\"1\">&lt;b&gt;</ph>ist es</source><alt-trans><source>So</source><target>x</target></alt-trans></trans-unit>\n\
        </body></file></xliff>";
    let document = read_open(XLIFF, old);
    assert_eq!(
        blocks(&document),
        ["Ein Haus", "Offen", "Gleich", "Da ist es"]
    );
    let english = written(
        &document,
        &[
            ("Ein Haus", "A house"),
            ("Offen", "Open"),
            ("Gleich", "Same"),
            ("Da ist es", "There it is"),
        ],
    );
    for part in [
        "</source>\n  <target>A <g id=\"1\">house</g><x id=\"2\"/></target>\n</trans-unit>",
        "<target xml:lang=\"en\" state=\"translated\">Open</target></trans-unit>",
        "<source>Gleich</source><target>Same</target></trans-unit>",
        "<target>There <ph id=\"1\">&lt;b&gt;</ph>it is</target><alt-trans>",
        "<target state=\"final\">Done</target>",
    ] {
        assert!(english.contains(part), "{part} in {english}");
    }
    let new = "<xliff xmlns=\"urn:oasis:names:tc:xliff:document:2.0\" version=\"2.0\" srcLang=\"de\" trgLang=\"en\"><file id=\"f\">\
        <unit id=\"1\"><segment state=\"initial\"><source>Ein <pc id=\"1\">Haus</pc></source><target></target></segment>\
        <ignorable><source> </source></ignorable><segment><source>Baum</source></segment></unit>\
        <unit id=\"2\" translate=\"no\"><segment><source>Nein</source></segment></unit></file></xliff>";
    let document = read_open(XLIFF, new);
    let english = written(&document, &[("Ein Haus", "A house"), ("Baum", "Tree")]);
    for part in [
        "<segment state=\"translated\"><source>Ein <pc id=\"1\">Haus</pc></source><target>A <pc id=\"1\">house</pc></target></segment>",
        "<segment><source>Baum</source><target>Tree</target></segment>",
    ] {
        assert!(english.contains(part), "{part} in {english}");
    }
    // What was written is XLIFF again, and nothing in it is open.
    let again = XLIFF.read(english.as_bytes(), &[]).unwrap();
    assert_eq!(blocks(&again), [""; 0]);
    assert_eq!(
        english.matches("<segment").count(),
        english.matches("</segment>").count()
    );
    let other = old.replace("de-DE", "fr");
    assert_eq!(blocks(&read(XLIFF, &other)), [""; 0]);
    assert!(
        XLIFF
            .read(b"<xliff><file>", &[])
            .is_ok_and(|document| document.blocks.is_empty())
    );
    assert!(XLIFF.read(b"<xliff></file>", &[]).is_err());
}

#[test]
fn properties_of_java() {
    let document = read_case(PROPERTIES, "28-app.properties");
    assert_eq!(blocks(&document), ["Guten Tag", "Die Datei {0} fehlt."]);
    let document = read_case(PROPERTIES, "mini.properties");
    assert_eq!(
        blocks(&document),
        ["Datei öffnen", "Datei speichern unter {0}"]
    );
    assert_eq!(
        written(
            &document,
            &[
                ("Datei öffnen", "Open – file"),
                ("Datei speichern unter {0}", "Don't save as {0}")
            ]
        ),
        "menu.open=Open \\u2013 file\nmenu.save=Don''t save as {0}\n"
    );
    let file = "! Nein = Nein\r\na : Eine lange \\\r\n    Zeile\r\nb\\ c=Schön\\nund gut\r\nd\r\n";
    let document = read(PROPERTIES, file);
    assert_eq!(blocks(&document), ["Eine lange Zeile", "Schön", "und gut"]);
    let english = written(
        &document,
        &[
            ("Eine lange Zeile", "A long line"),
            ("Schön", "Nice"),
            ("und gut", "and “good”"),
        ],
    );
    assert_eq!(
        english,
        "! Nein = Nein\r\na : A long line\r\nb\\ c=Nice\\nand “good”\r\nd\r\n"
    );
}

#[test]
fn strings_of_apple() {
    let file = "/* \"Nein\" = \"Nein\"; */\n\"key\" = \"Sagen Sie \\\"Ja\\\"\\nzu %@\";\n// \"a\" = \"Nein\";\nkey2 = \"Ein Haus\";\n";
    let document = read(STRINGS, file);
    assert_eq!(blocks(&document), ["Sagen Sie \"Ja\"", "zu %@", "Ein Haus"]);
    let english = written(
        &document,
        &[("Sagen Sie \"Ja\"", "Say \"yes\""), ("Ein Haus", "A house")],
    );
    assert_eq!(
        english,
        file.replace("Sagen Sie \\\"Ja\\\"", "Say \\\"yes\\\"")
            .replace("Ein Haus", "A house")
    );
    let wide: Vec<u8> = (format!("\u{feff}{file}").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(STRINGS.read(&wide, &[]).unwrap().blocks.len(), 3);
    assert!(
        STRINGS
            .read(b"\"a\" = \"b", &[])
            .unwrap_err()
            .to_string()
            .contains("line 1")
    );
}

#[test]
fn resources_of_android() {
    let file = "<?xml version=\"1.0\"?>\n<resources xmlns:xliff=\"urn:oasis:names:tc:xliff:document:1.2\">\n\
        <!-- Nein -->\n<string name=\"a\">Geht\\'s <b>gut</b>?</string>\n\
        <string name=\"b\" translatable=\"false\">Nein</string>\n<string name=\"c\">@string/a</string>\n\
        <plurals name=\"d\"><item quantity=\"one\">Ein Tag</item><item quantity=\"other\">%d Tage</item></plurals>\n\
        <string-array name=\"e\"><item>Eins &amp; zwei\\nDrei</item></string-array>\n\
        <integer-array name=\"f\"><item>Nein</item></integer-array>\n\
        <string name=\"g\"><![CDATA[Ein <a href=\"x\">Haus</a>]]></string>\n\
        <string name=\"h\">Hallo <xliff:g id=\"n\">%1$s</xliff:g>, guten Tag</string>\n</resources>\n";
    assert_eq!(FileFormat::by_content(file.as_bytes()), ANDROID);
    let document = read(ANDROID, file);
    assert_eq!(
        blocks(&document),
        [
            "Geht's gut?",
            "Ein Tag",
            "%d Tage",
            "Eins & zwei",
            "Drei",
            "Ein Haus",
            "Hallo %1$s, guten Tag"
        ]
    );
    let english = written(
        &document,
        &[
            ("Geht's gut?", "Isn't it?"),
            ("Eins & zwei", "One & two's"),
            ("Ein Haus", "A \"house\""),
            ("Hallo %1$s, guten Tag", "Hello %1$s, good day"),
        ],
    );
    for part in [
        "<string name=\"a\">Isn\\'t <b>it</b>?</string>",
        "<item>One &amp; two\\'s\\nDrei</item>",
        "<![CDATA[A <a href=\\\"x\\\">\\\"house\\\"</a>]]>",
        "Hello <xliff:g id=\"n\">%1$s</xliff:g>, good day",
        "<string name=\"b\" translatable=\"false\">Nein</string>",
    ] {
        assert!(english.contains(part), "{part} in {english}");
    }
}

#[test]
fn what_is_the_same_in_english_is_filled_in_too() {
    let file = "msgid \"\"\nmsgstr \"\"\n\"Language: en\\n\"\n\nmsgid \"Name\"\nmsgstr \"\"\n\nmsgid \"Datei\"\nmsgstr \"Datei\"\n\n\
        msgid \"Das Haus\"\nmsgstr \"The house\"\n";
    let document = read_open(PO, file);
    assert_eq!(blocks(&document), ["Name", "Datei"]);
    assert_eq!(
        written(&document, &[("Datei", "File")]),
        file.replace(
            "msgid \"Name\"\nmsgstr \"\"",
            "msgid \"Name\"\nmsgstr \"Name\""
        )
        .replace("msgstr \"Datei\"", "msgstr \"File\"")
    );
    let unit = |target: &str| {
        format!(
            "<xliff version=\"1.2\"><file source-language=\"de\"><body><trans-unit id=\"1\"><source>Name</source>{target}</trans-unit></body></file></xliff>"
        )
    };
    for (target, expected) in [
        ("", "<target>Name</target>"),
        ("<target/>", "<target>Name</target>"),
        ("<target></target>", "<target>Name</target>"),
        (
            "<target state=\"new\">Name</target>",
            "<target state=\"translated\">Name</target>",
        ),
        ("<target>Name</target>", "<target>Name</target>"),
        ("<target>Title</target>", "<target>Title</target>"),
    ] {
        let document = read_open(XLIFF, &unit(target));
        assert_eq!(
            String::from_utf8(rewritten(&document)).unwrap(),
            unit(expected),
            "{target}"
        );
    }
}

#[test]
fn arms_of_plurals_are_whole_sentences() {
    let message =
        "Sie haben {n, plural, =0 {keine Dateien} one {# Datei} other {# Dateien}} gelöscht.";
    let german = [
        "Sie haben keine Dateien gelöscht.",
        "Sie haben # Datei gelöscht.",
        "Sie haben # Dateien gelöscht.",
    ];
    let english = [
        (german[0], "You deleted no files."),
        (german[1], "You deleted # file."),
        (german[2], "You deleted # files."),
    ];
    let expected = "{n, plural, =0 {You deleted no files.} one {You deleted # file.} other {You deleted # files.}}";
    let po = format!("msgid \"{message}\"\nmsgstr \"\"\n");
    let unit = format!(
        "<xliff version=\"1.2\"><file source-language=\"de\"><body><trans-unit id=\"1\"><source>{message}</source></trans-unit></body></file></xliff>"
    );
    for (format, file, around) in [
        (
            JSON,
            format!("{{\"a\": \"{message}\"}}"),
            ["{\"a\": \"", "\"}"],
        ),
        (PROPERTIES, format!("a={message}\n"), ["a=", "\n"]),
        (
            STRINGS,
            format!("\"a\" = \"{message}\";\n"),
            ["\"a\" = \"", "\";\n"],
        ),
        (
            ANDROID,
            format!("<resources><string name=\"a\">{message}</string></resources>"),
            [">", "</string>"],
        ),
        (PO, po, ["msgstr \"", "\"\n"]),
        (XLIFF, unit, ["<target>", "</target>"]),
    ] {
        let document = format.read(file.as_bytes(), &[]).unwrap();
        assert_eq!(blocks(&document), german, "{format}");
        let written = written(&document, &english);
        let [before, after] = around;
        assert!(
            written.contains(&format!("{before}{expected}{after}")),
            "{format}: {written}"
        );
    }
    // Elements within arms.
    let angular = "<xliff version=\"1.2\"><file source-language=\"de\"><body><trans-unit id=\"1\">\
        <source>{N, plural, =1 {Eine Datei} other {<x id=\"N\"/> Dateien}}</source></trans-unit></body></file></xliff>";
    let document = read_open(XLIFF, angular);
    assert_eq!(blocks(&document), ["Eine Datei", "Dateien"]);
    let english = written(
        &document,
        &[("Eine Datei", "One file"), ("Dateien", "files")],
    );
    assert!(
        english.contains("<target>{N, plural, =1 {One file} other {<x id=\"N\"/> files}}</target>"),
        "{english}"
    );
    let run = run_with(
        "translate",
        &["--input-format", "json"],
        "{\"a\": \"{n, plural, one {# neue Nachricht} other {# neue Nachrichten}}\"}",
    );
    assert!(
        run.stdout.starts_with("{\"a\": \"{n, plural, one {# ")
            && run.stdout.matches('#').count() == 2,
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("neue"), "{}", run.stdout);
}
