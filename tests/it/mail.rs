//! E-mail and RTF, and texts that are damaged a little: what people read is read.

use degist::Document;
use degist::document::formats::mail::MAIL;
use degist::document::formats::rtf::RTF;
use degist::document::{DocumentError, FileFormat, decode};

use crate::formats::{blocks, rewritten};
use crate::util::{case, run_with, written};

/// A message that is the same when nothing in it changes.
fn read(bytes: &[u8]) -> Document {
    let document = MAIL.read(bytes, &[]).unwrap();
    assert!(rewritten(&document) == bytes, "it is not as it was");
    document
}

#[test]
fn subjects_and_parts_are_translated_and_attachments_stay() {
    let bytes = case("mail.eml");
    assert_eq!(FileFormat::by_content(&bytes), MAIL);
    let document = read(&bytes);
    assert_eq!(
        blocks(&document),
        [
            "Wartung der Heizung und Termin für nächste Woche",
            "Hallo Herr Muster,",
            "der Heizungsbauer kommt am nächsten Dienstag zwischen 8 und 10 Uhr. Bitte stellen Sie sicher, dass jemand die Tür öffnet.",
            "Mit freundlichen Grüßen",
            "A. Beispiel",
            "Hallo Herr Muster,",
            "der Heizungsbauer kommt am nächsten Dienstag zwischen 8 und 10 Uhr.",
            "Bitte stellen Sie sicher, dass jemand die Tür öffnet.",
        ]
    );
    let english = written(
        &document,
        &[
            (
                "Wartung der Heizung und Termin für nächste Woche",
                "Maintenance of the heating “next week”",
            ),
            ("Mit freundlichen Grüßen", "Kind regards"),
            (
                "Bitte stellen Sie sicher, dass jemand die Tür öffnet.",
                "Please see to it that somebody opens the door – all of the day.",
            ),
        ],
    );
    let original = String::from_utf8(bytes.clone()).unwrap();
    let attachment = |mail: &str| mail[mail.find("Content-Type: image/png").unwrap()..].to_owned();
    assert_eq!(attachment(&english), attachment(&original));
    for part in [
        "Subject: =?UTF-8?B?",
        "\nKind regards\n",
        "Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n\n<html><body><p>Hallo Herr Muster,</p>",
        " =E2=80=93 ",
    ] {
        assert!(english.contains(part), "{part} in {english}");
    }
    assert!(english.lines().all(|line| line.len() <= 78), "{english}");
    // What was written can be read.
    let again = MAIL.read(english.as_bytes(), &[]).unwrap();
    assert_eq!(blocks(&again)[0], "Maintenance of the heating “next week”");
    assert_eq!(
        blocks(&again)[7],
        "Please see to it that somebody opens the door – all of the day."
    );

    let document = read(&case("28-brief.eml"));
    assert_eq!(
        blocks(&document),
        [
            "Grüße aus Bonn",
            "Schöne Grüße aus Bonn. Wir kommen am Montag zurück."
        ]
    );
    let english = written(&document, &[("Grüße aus Bonn", "Greetings from Bonn")]);
    assert!(
        english.contains("\nSubject: Greetings from Bonn\nMIME"),
        "{english}"
    );
}

#[test]
fn signatures_quotes_and_encodings_stay() {
    let mail = "From: a@b.de\nMIME-Version: 1.0\nSubject: AW: Termin am Montag\nContent-Type: text/plain; charset=iso-8859-1\n\n\
        Hallo Jan,\n\ndas geht f\u{fc}r mich.\n\n> Kannst du am\n> Montag kommen?\n\n-- \nEva Sommer\nMusterweg 5\n";
    let latin: Vec<u8> = mail.chars().map(|c| c as u8).collect();
    let document = read(&latin);
    assert_eq!(
        blocks(&document),
        [
            "Termin am Montag",
            "Hallo Jan,",
            "das geht für mich.",
            "Kannst du am",
            "Montag kommen?"
        ]
    );
    let targets: Vec<_> = (document.blocks.iter())
        .map(|block| degist::document::BlockTarget {
            text: document
                .block_text(block)
                .replace("das geht für mich.", "it’s “für” me."),
            links: Vec::new(),
        })
        .collect();
    let english = document.write(&targets).unwrap();
    let expected = mail.replace("das geht f\u{fc}r mich.", "it's \"f\u{fc}r\" me.");
    assert_eq!(
        english,
        expected.chars().map(|c| c as u8).collect::<Vec<u8>>()
    );
    // A box of messages.
    let mbox = format!(
        "From a@b.de Mon Jan  1 00:00:00 2024\n{0}\nFrom a@b.de Mon Jan  1 00:00:00 2024\n{0}",
        mail.replace('\u{fc}', "ue")
    );
    let document = read(mbox.as_bytes());
    assert_eq!(document.blocks.len(), 10);
    let base64 = "From: a@b.de\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3V0ZW4gVGFnIQ==\r\n";
    let document = read(base64.as_bytes());
    assert_eq!(
        written(&document, &[("Guten Tag!", "Good day!")]),
        base64.replace("R3V0ZW4gVGFnIQ==", "R29vZCBkYXkh")
    );
    // Other character sets are left alone, and what is no mail is none.
    let other = base64.replace("utf-8", "koi8-r");
    assert_eq!(blocks(&read(other.as_bytes())), [""; 0]);
    for bytes in [b"" as &[u8], b"\n\n", b"\0\0", b"From \n", b"Kein Kopf"] {
        let _ = MAIL.read(bytes, &[]).map(|document| rewritten(&document));
    }
}

#[test]
fn rtf_becomes_text() {
    let document = RTF.read(&case("mini.rtf"), &[]).unwrap();
    assert_eq!(
        document.text.trim(),
        "Sehr geehrte Damen und Herren,\nvielen Dank für Ihre Nachricht."
    );
    assert!(matches!(
        RTF.read(b"x", &[]),
        Err(DocumentError::Malformed { .. })
    ));
    let run = run_with("translate", &["tests/fixtures/cases/mini.rtf"], "");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        !run.stdout.contains("\\par") && !run.stdout.contains("Arial"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_flaw_does_not_make_a_text_unreadable() {
    let nul = decode(&case("48-nul.txt")).unwrap();
    assert_eq!(nul.text, "Guten Tag.\n\nDas ist ein \u{fffd} Test.\n");
    assert_eq!(nul.replaced, 1);
    let mixed = decode(&case("50-gemischte-kodierung.txt")).unwrap();
    assert_eq!(mixed.text, "Die Bäume blühen.\nDie Häuser sind schön.\n");
    assert_eq!((mixed.replaced, mixed.mended), (0, 2));
    // More lines of the other encoding than of this one.
    let more = [
        case("50-gemischte-kodierung.txt"),
        b"F\xfcr die Stra\xdfe, \x84gro\xdf\x93\n".repeat(5),
    ]
    .concat();
    let more = decode(&more).unwrap().text;
    assert!(
        more.starts_with("Die Bäume") && more.ends_with("Für die Straße, „groß“\n"),
        "{more}"
    );
    assert!(decode(b"\0\0\0\0\0\0Kein Text\0\0\0\0").is_err());
    for (file, said) in [
        ("48-nul.txt", "U+FFFD"),
        ("50-gemischte-kodierung.txt", "Windows-1252"),
    ] {
        let run = run_with("translate", &[&format!("tests/fixtures/cases/{file}")], "");
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            run.stderr.starts_with("warning: ") && run.stderr.contains(said),
            "{}",
            run.stderr
        );
        assert!(!run.stdout.contains('\0'));
    }
}
