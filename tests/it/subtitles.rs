//! Subtitles: times, numbers and tags stay; sentences end where a viewer sees them end.

use degist::Document;
use degist::document::FileFormat;
use degist::document::formats::subtitles::{ASS, SBV, SRT, TTML, VTT};

use crate::formats::{self, blocks, rewritten};
use crate::util::{case_text as text, written};

/// A file that shows its format, and is the same when nothing in it changes.
fn read(format: FileFormat, file: &str) -> Document {
    assert_eq!(FileFormat::by_content(file.as_bytes()), format);
    formats::read_same(format, file)
}

#[test]
fn each_cue_is_its_own_unless_a_sentence_runs_on() {
    assert_eq!(
        blocks(&read(SRT, &text("20-cue-ohne-punkt.srt"))),
        [
            "[Telefon klingelt]",
            "\"Kein Zutritt\" steht auf dem Schild."
        ]
    );
    assert_eq!(
        blocks(&read(SRT, &text("dialog.srt"))),
        [
            "Wo bist du gewesen?",
            "Zu Hause. Warum fragst du?",
            "Das war vor langer Zeit.",
            "[TÜR KNALLT]",
            "♪ Sah ein Knab ein Röslein stehn ♪",
            "(Musik spielt leise)",
            "MARIA: Ich komme gleich, warte auf mich!",
            "Polizei! Hände hoch!",
            "Ich habe gesagt, dass ich morgen nicht kommen ... ... kann, weil ich arbeiten muss.",
            "Ja.",
            "Untertitel: ARD Text im Auftrag von Funk (2017)",
        ]
    );
    let cue = |number: u32, from: u32, text: &str| {
        format!(
            "{number}\n00:00:{from:02},000 --> 00:00:{:02},500\n{text}\n\n",
            from + 1
        )
    };
    for (first, second, pause, together) in [
        ("Ich sah gestern den", "Mann im Park.", 0, true),
        ("Ich sah gestern den", "Mann im Park.", 4, false),
        ("Er kam um", "1984", 0, false),
        ("Ich gehe.", "dann komme ich", 0, false),
        ("Ich komme", "- Nein!", 0, false),
        ("Ich komme", "PETER: Nein!", 0, false),
        ("Ich komme", "[Lachen]", 0, false),
        ("<i>Ich komme", "nach Hause.</i>", 0, true),
    ] {
        let file = cue(1, 1, first) + &cue(2, 3 + pause, second);
        let document = read(SRT, &file);
        let is_one = document.blocks.len() == 1 && second != "1984";
        assert_eq!(
            is_one,
            together,
            "{first} / {second}: {:?}",
            blocks(&document)
        );
    }
    // A number stays in its cue.
    let file = cue(1, 1, "Es war im Jahr") + &cue(2, 2, "1984") + &cue(3, 3, "und es war kalt.");
    let document = read(SRT, &file);
    let english = written(
        &document,
        &[
            ("Es war im Jahr", "It was in"),
            ("und es war kalt.", "and it was cold."),
        ],
    );
    assert_eq!(
        english,
        file.replace("Es war im Jahr", "It was in")
            .replace("und es war kalt.", "and it was cold.")
    );
}

#[test]
fn a_blank_line_does_not_end_a_cue() {
    let document = read(SRT, &text("21-leerzeile-im-cue.srt"));
    let sentence = "Erste Zeile des Untertitels zweite Zeile nach einer Leerzeile.";
    assert_eq!(blocks(&document), [sentence, "Ein neuer Satz."]);
    let english = written(
        &document,
        &[(
            sentence,
            "First line of the subtitle second line after a blank line.",
        )],
    );
    assert!(english.contains("subtitle\n\nsecond"), "{english}");
    // Numbers of cues without a blank line before them, and names.
    let file = "1\n00:00:01,000 --> 00:00:02,000\nEins.\n2\n00:00:03,000 --> 00:00:04,000\nZwei.\n";
    assert_eq!(blocks(&read(SRT, file)), ["Eins.", "Zwei."]);
    let file = "WEBVTT\n\nNOTE Nein\n\nintro\n00:01.000 --> 00:02.000\nEins\n\nNOTE\nNein\n\nSTYLE\n::cue{}\n\nzwei\n00:09.000 --> 00:10.000\nZwei\n";
    assert_eq!(blocks(&read(VTT, file)), ["Eins", "Zwei"]);
}

#[test]
fn references_of_webvtt_are_signs() {
    let document = read(VTT, &text("22-entitaet.vtt"));
    let first = "Müller & Söhne: 5 < 7 \u{a0}und \u{200e}weiter";
    assert_eq!(blocks(&document), [first, "Hello und Wort"]);
    let english = written(
        &document,
        &[
            (first, "Müller & Sons: 5 < 7 and more"),
            ("Hello und Wort", "Hello and word"),
        ],
    );
    assert!(
        english.contains("\nMüller &amp; Sons: 5 &lt; 7 and more\n"),
        "{english}"
    );
    assert!(
        english.contains("<lang en>Hello</lang> and <ruby>word<rt>Erklärung</rt></ruby>"),
        "{english}"
    );
}

#[test]
fn the_language_of_webvtt_is_told_and_the_rest_stays() {
    let file = text("style.vtt");
    let document = VTT.read(file.as_bytes(), &[]).unwrap();
    let again = String::from_utf8(rewritten(&document)).unwrap();
    assert_eq!(again, file.replace("Language: de", "Language: en"));
    assert_eq!(
        blocks(&document),
        [
            "Guten Morgen, liebe Zuschauer!",
            "Heute sprechen wir über wichtige Dinge.",
            "Das ist ein Karaoketext.",
            "Tom & Jerry sind <Freunde>."
        ]
    );
    let english = written(
        &document,
        &[(
            "Heute sprechen wir über wichtige Dinge.",
            "Today we talk about important things.",
        )],
    );
    assert!(english.contains("<c.gelb>Today"), "{english}");
    assert!(
        english.contains("STYLE\n::cue { color: white }\n\nNOTE Das ist ein Kommentar"),
        "{english}"
    );
}

#[test]
fn substation_alpha() {
    let document = read(ASS, &text("mini.ass"));
    assert_eq!(blocks(&document), ["Guten Morgen, wie geht es dir?"]);
    let english = written(
        &document,
        &[(
            "Guten Morgen, wie geht es dir?",
            "Good morning, how are you?",
        )],
    );
    assert!(
        english.ends_with(",,0,0,0,,Good morning,\\Nhow are you?\n"),
        "{english}"
    );
    let document = read(ASS, &text("28-film.ass"));
    let english = written(
        &document,
        &[("Guten Tag, mein Freund.", "Good day, my friend.")],
    );
    assert!(
        english.ends_with("{\\i1}Good day,{\\i0}\\Nmy friend.\n"),
        "{english}"
    );
    let file = "[Script Info]\r\nTitle: Nein\r\n\r\n[V4+ Styles]\r\nFormat: Name\r\nStyle: Nein\r\n\r\n[Events]\r\n\
        Format: Start, End, Name, Text\r\nDialogue: 0:00:01.00,0:00:02.00,Anna,Ich gehe heute, weil\r\n\
        Dialogue: 0:00:02.00,0:00:03.00,Anna,ich {\\b1}muss{\\b0}.\r\nComment: 0:00:02.00,0:00:03.00,Anna,Nein\r\n\
        Dialogue: 0:00:03.00,0:00:04.00,Anna,{\\p1}m 0 0 l 1 1{\\p0}\r\n\
        Dialogue: 0:00:04.00,0:00:05.00,Anna,Und ich\r\nDialogue: 0:00:05.00,0:00:06.00,Bert,ich auch\r\n";
    let document = read(ASS, file);
    assert_eq!(
        blocks(&document),
        ["Ich gehe heute, weil ich muss.", "Und ich", "ich auch"]
    );
    let english = written(
        &document,
        &[(
            "Ich gehe heute, weil ich muss.",
            "I go today, because I must.",
        )],
    );
    assert!(english.contains("Anna,I go today, because\r\nDialogue: 0:00:02.00,0:00:03.00,Anna,I {\\b1}must{\\b0}.\r\n"), "{english}");
}

#[test]
fn subviewer() {
    let file = "0:00:01.000,0:00:02.000\nGuten Tag,[br]mein Freund.\n\n0:00:02.000,0:00:03.000\nIch bin\nda.\n";
    let document = read(SBV, file);
    assert_eq!(
        blocks(&document),
        ["Guten Tag, mein Freund.", "Ich bin da."]
    );
    let english = written(
        &document,
        &[("Guten Tag, mein Freund.", "Good day, my friend.")],
    );
    assert!(english.contains("\nGood day,[br]my friend.\n"), "{english}");
}

#[test]
fn timed_text() {
    let file = "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" xml:lang=\"fr\"><head><styling><style id=\"a\"/></styling>\
        <metadata><title>Nein</title></metadata></head><body><div>\n\
        <p begin=\"00:00:01.000\" end=\"00:00:02.000\">Ich habe <span style=\"a\">Zeit</span>,<br/>weil</p>\n\
        <p begin=\"00:00:02.000\" end=\"00:00:03.000\">es Tom &amp; Anna gibt.</p>\n\
        <p begin=\"00:00:03.000\" end=\"00:00:04.000\"><span>- Ja.</span><br/>\n<span>- Nein.</span></p></div></body></tt>\n";
    let document = read(TTML, file);
    let first = "Ich habe Zeit, weil es Tom & Anna gibt.";
    assert_eq!(blocks(&document)[0], first);
    assert_eq!(document.blocks.len(), 3);
    let english = written(
        &document,
        &[(first, "I have time, because there's Tom & Anna.")],
    );
    assert!(
        english.contains(">I have <span style=\"a\">time</span>,<br/>because</p>\n"),
        "{english}"
    );
    assert!(english.contains("Tom &amp; Anna.</p>"), "{english}");
    let german = file.replace("\"fr\"", "\"de-DE\"");
    let again = String::from_utf8(rewritten(&TTML.read(german.as_bytes(), &[]).unwrap())).unwrap();
    assert_eq!(again, file.replace("\"fr\"", "\"en\""));
}
