//! Sentence boundaries against a table of hand-checked cases, and what must hold for any text.

use std::fmt::Write;

use degist::segment::{clauses, sentences};
use proptest::prelude::*;

#[test]
fn sentences_end_where_a_reader_says() {
    let table = include_str!("../segment/cases.txt");
    let cases = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut wrong = String::new();
    let mut count = 0;
    for case in cases {
        count += 1;
        let text = case.replace('|', "");
        let spans = sentences(&text).into_iter().map(|span| &text[span]);
        let found = spans.collect::<Vec<_>>().join("|");
        if found != case {
            writeln!(wrong, "expected {case}\n   found {found}").unwrap();
        }
    }
    assert!(count >= 80, "only {count} cases");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// At most `limit` words.
fn few_words(limit: usize) -> impl Fn(&str) -> bool {
    move |text| text.split_whitespace().count() <= limit
}

#[test]
fn long_sentences_are_split_between_clauses() {
    let text = "Der Bürgermeister eröffnete die Brücke, die seit Jahren geplant war, und dankte allen Beteiligten, \
        während der Regen auf die Zelte trommelte; danach gab es Kaffee und Kuchen für alle Gäste.";
    let found: Vec<&str> = clauses(text, &few_words(14))
        .into_iter()
        .map(|span| &text[span])
        .collect();
    assert_eq!(
        found,
        [
            "Der Bürgermeister eröffnete die Brücke, die seit Jahren geplant war, ",
            "und dankte allen Beteiligten, während der Regen auf die Zelte trommelte; ",
            "danach gab es Kaffee und Kuchen für alle Gäste."
        ]
    );
}

#[test]
fn what_fits_is_not_split() {
    let text = "Guten Tag, Welt.";
    assert_eq!(clauses(text, &|_| true).len(), 1);
}

#[test]
fn ten_megabytes_of_anything_end() {
    for piece in [
        "x",
        ". ",
        "„",
        "1.",
        "ä",
        "\n",
        "Guten Tag. ",
        "…",
        "z. B. ",
        "word ",
    ] {
        let text = piece.repeat(10_000_000 / piece.len());
        let spans = sentences(&text);
        assert_eq!(spans.last().unwrap().end, text.len(), "{piece:?}");
        let pieces = clauses(&text[..1_000_000 / piece.len() * piece.len()], &|text| {
            text.len() <= 500
        });
        assert!(pieces.iter().all(|span| span.len() <= 500), "{piece:?}");
    }
}

fn german() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "Der",
        "Hund",
        "bellt",
        "z.",
        "B.",
        "3.",
        "Oktober",
        "2018",
        "1,5",
        "Mio.",
        "Dr.",
        "„",
        "“",
        "»",
        "«",
        ".",
        "!",
        "?",
        "…",
        ",",
        ";",
        " ",
        "\n",
        "  ",
        "\u{a0}",
        "ß",
        "Ä",
        "(",
        ")",
        "http://a.de",
        "😀",
        "und",
        "\u{0}",
        "م",
    ]);
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

fn tiles(text: &str, spans: &[std::ops::Range<usize>]) -> bool {
    let mut end = 0;
    for span in spans {
        if span.start != end || span.is_empty() || !text.is_char_boundary(span.end) {
            return false;
        }
        end = span.end;
    }
    end == text.len()
}

proptest! {
    #[test]
    fn sentences_are_the_text(text in prop_oneof![german(), any::<String>()]) {
        prop_assert!(tiles(&text, &sentences(&text)));
    }

    #[test]
    fn clauses_are_the_text_and_fit(text in prop_oneof![german(), any::<String>()], limit in 4usize..80) {
        let spans = clauses(&text, &|text| text.len() <= limit);
        prop_assert!(tiles(&text, &spans));
        prop_assert!(spans.iter().all(|span| span.len() <= limit));
    }
}
