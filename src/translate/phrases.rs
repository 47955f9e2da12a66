//! Phrases that have one English form where they stand alone: labels of forms, entries of menus, headings, formulas of letters.
//! A network cannot tell the "Anlage" of a letter from one that makes steel; whoever wrote it could.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::sentences::{quoted, sentence};

/// German, a tab, English; `#` begins a comment.
static PHRASES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    include_str!("phrases.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// The number of a heading: `§ 2 Vertragsschluss`, `1.2 Einleitung`.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:§ ?\d+[a-z]?\.?|\d+(?:\.\d+)*[.)]?|[IVX]+\.|\(?[a-z\d]\))[ \x{a0}]+")
        .expect("constant")
});

/// Bytes of the longest segment that is nothing but a phrase.
const LONGEST: usize = 80;

/// The beginning of a letter: `Sehr geehrte Frau Dr. Koch,`, `Lieber Peter!`, `Liebe Kolleginnen und Kollegen,`.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^[\s„“”»«\x22›‚]*
        (?<dear>Sehr\ (?:geehrte|verehrte)[rs]?|(?:Liebe|Werte|Geehrte|Verehrte)[rs]?)
        (?:\ (?<all>Damen\ und\ Herren|Herren\ und\ Damen)\b|\ (?<title>Frau|Herrn?)\b)?
        (?<name>(?:\ (?:und|von|van|der|den|dem|des|de|zu|im|in)\b|\ \p{Lu}[\p{L}\p{M}’'.:*_-]*)*)
        \ ?(?:[,!]|$)",
    )
    .expect("constant")
});

/// Another one is addressed: `, lieber Karl`.
static AND_DEAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:,| und) (?<dear>(?:sehr geehrte|liebe)[rs]?) \p{Lu}").expect("constant")
});

/// Words behind `Liebe` that make it a noun or a verb.
const NO_ADDRESS: [&str; 8] = [
    "Grüße", "Grüsse", "Gruß", "Gruss", "Zeit", "Deine", "Deinen", "Dich",
];

/// The phrases of a segment, which has nothing else or begins with them, and their English.
pub(super) fn phrases(text: &str) -> Vec<(Range<usize>, String)> {
    match label(text)
        .or_else(|| closing(text))
        .or_else(|| sentence(text))
        .or_else(|| opening(text))
    {
        Some(found) => vec![found],
        None => address(text).into_iter().chain(quoted(text)).collect(),
    }
}

/// The phrase that a segment is, or that stands in front of its colon (`Anlage: Vertrag`) or its number (`Anlage 2`), or
/// behind the number of a heading (`§ 2 Anlage`).
fn label(text: &str) -> Option<(Range<usize>, String)> {
    let is_edge = |c: char| c.is_whitespace() || ",.!:*…()[]>".contains(c);
    let head = text.split(':').next().unwrap_or(text);
    if head.len() > LONGEST {
        return None;
    }
    let whole = text.trim();
    let behind_number = NUMBERED
        .find(text)
        .map_or(&text[..0], |found| &text[found.end()..]);
    let numberless = head.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    // "k. A." and "(leer)" are in the table with their signs.
    [
        whole,
        whole.trim_matches(is_edge),
        head.trim_matches(is_edge),
        numberless.trim(),
        behind_number.trim_matches(is_edge),
    ]
    .into_iter()
    .find_map(|german| {
        let start = german.as_ptr().addr() - text.as_ptr().addr();
        Some((start..start + german.len(), english(german)?))
    })
}

/// The English of a phrase, in capitals if it is written so.
fn english(german: &str) -> Option<String> {
    if let Some(english) = PHRASES.get(german) {
        return Some((*english).to_owned());
    }
    let is_shouted = german.chars().filter(|c| c.is_uppercase()).count() > 1
        && !german.contains(char::is_lowercase);
    let found = PHRASES
        .iter()
        .find(|(phrase, _)| is_shouted && phrase.to_uppercase() == german)?;
    Some(found.1.to_uppercase())
}

/// Good wishes in front of whom or where they are from: `Liebe Grüße aus Rom`.
fn closing(text: &str) -> Option<(Range<usize>, String)> {
    let end = text.find(" Grüße ")? + " Grüße".len();
    let start = text.len() - text.trim_start().len();
    Some((start..end, english(text.get(start..end)?)?))
}

/// The beginning of a fairy tale (`Es war einmal ein König`), and what stands in front of who signs a letter or gets it.
fn opening(text: &str) -> Option<(Range<usize>, String)> {
    static TALE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?<once>Es war(?<many>en)? einmal) (?:eine?|zwei|drei|vier|sieben|zwölf)\b")
            .expect("constant")
    });
    // Abbreviations are in full by now.
    static SIGNED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:(?<proxy>im Auftrag|in Vertretung|i\. ?[AV]\.|ppa\.)|(?<signed>gez\.)|(?<to>zu Händen|z\. ?Hd\.)) \p{Lu}")
            .expect("constant")
    });
    if let Some(found) = TALE.captures(text) {
        let was = found.name("many").map_or("was", |_| "were");
        return Some((
            found.name("once")?.range(),
            format!("Once upon a time there {was}"),
        ));
    }
    let found = SIGNED.captures(text)?;
    let parts = [("proxy", "p.p."), ("signed", "signed"), ("to", "Attn")];
    (parts.into_iter())
        .find_map(|(name, english)| Some((found.name(name)?.range(), english.to_owned())))
}

fn address(text: &str) -> Vec<(Range<usize>, String)> {
    let Some(found) = ADDRESS.captures(text) else {
        return Vec::new();
    };
    let (Some(dear), Some(name)) = (found.name("dear"), found.name("name")) else {
        return Vec::new();
    };
    let words = || name.as_str().split_whitespace();
    let first = if let Some(all) = found.name("all") {
        (dear.start()..all.end(), "Dear Sir or Madam".to_owned())
    } else if !name.as_str().trim_start().starts_with(char::is_uppercase)
        || words().any(|word| NO_ADDRESS.contains(&word))
    {
        return Vec::new();
    } else if let Some(english) = PHRASES.get(&text[dear.start()..name.end()]) {
        (dear.start()..name.end(), (*english).to_owned())
    } else if found.name("title").is_some() {
        let who = english_titles(text[dear.end()..name.end()].trim());
        (dear.start()..name.end(), format!("Dear {who}"))
    } else {
        // Who it is is for the network.
        (dear.range(), "Dear".to_owned())
    };
    let others = AND_DEAR
        .captures_iter(&text[first.0.end..])
        .filter_map(|found| found.name("dear"))
        .map(|dear| {
            let (start, end) = (first.0.end + dear.start(), first.0.end + dear.end());
            (start..end, "dear".to_owned())
        });
    let others: Vec<_> = others.collect();
    std::iter::once(first).chain(others).collect()
}

/// Names with their titles in English. A doctor is no Mr or Ms.
pub(super) fn english_titles(names: &str) -> String {
    let words: Vec<&str> = (names.split(' '))
        .map(|word| match word {
            "Frau" => "Ms",
            "Herr" | "Herrn" => "Mr",
            "Doktor" => "Dr.",
            "Professor" | "Professorin" => "Prof.",
            "und" => "and",
            word => word,
        })
        .collect();
    let has_title = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| matches!(*word, "Dr." | "Prof."))
    };
    let kept = (words.iter().enumerate())
        .filter(|(at, word)| !(matches!(**word, "Ms" | "Mr") && has_title(at + 1)))
        .map(|(_, word)| *word);
    kept.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with its phrases in English.
    fn written(text: &str) -> String {
        let mut written = text.to_owned();
        for (span, english) in phrases(text).into_iter().rev() {
            written.replace_range(span, &english);
        }
        written
    }

    #[test]
    fn labels_stand_alone_or_before_a_colon_or_a_number() {
        for (german, english) in [
            ("Anlage", "Enclosure"),
            ("Anlage 2", "Enclosure 2"),
            ("Anlage: Vertrag", "Enclosure: Vertrag"),
            ("ANLAGE", "ENCLOSURE"),
            ("Mit freundlichen Grüßen,", "Kind regards,"),
            ("k. A.", "n/a"),
            ("(leer)", "(empty)"),
            ("*Achtung!*", "*Caution!*"),
            ("§ 2 Anlage", "§ 2 Enclosure"),
            ("1.2 Anlage", "1.2 Enclosure"),
            ("2 Anlagen", "2 Enclosures"),
            ("Die Anlage", "Die Anlage"),
            ("Anlagen kosten Geld.", "Anlagen kosten Geld."),
            ("Er sagte: Danke", "Er sagte: Danke"),
            ("Viele Grüße aus Rom!", "Best wishes aus Rom!"),
            ("Die vielen Grüße aus Rom", "Die vielen Grüße aus Rom"),
            (
                "Es war einmal ein König",
                "Once upon a time there was ein König",
            ),
            (
                "Es waren einmal zwei Brüder",
                "Once upon a time there were zwei Brüder",
            ),
            ("Es war einmal besser", "Es war einmal besser"),
            ("im Auftrag Eva Koch", "p.p. Eva Koch"),
            ("gez. Hans Huber", "signed Hans Huber"),
            ("Im Auftrag Ihrer Bank", "Im Auftrag Ihrer Bank"),
            ("", ""),
        ] {
            assert_eq!(written(german), english, "{german}");
        }
    }

    #[test]
    fn letters_begin_politely() {
        for (german, english) in [
            ("Sehr geehrte Damen und Herren,", "Dear Sir or Madam,"),
            (
                "Sehr geehrte Damen und Herren, wir danken",
                "Dear Sir or Madam, wir danken",
            ),
            ("Sehr geehrte Frau Müller,", "Dear Ms Müller,"),
            ("Sehr geehrter Herr Dr. von Stein!", "Dear Dr. von Stein!"),
            (
                "Liebe Frau Meier und Herr Koch,",
                "Dear Ms Meier and Mr Koch,",
            ),
            ("Lieber Peter", "Dear Peter"),
            ("„Liebe Anna, wie geht es", "„Dear Anna, wie geht es"),
            ("Liebe Anna, lieber Karl,", "Dear Anna, dear Karl,"),
            ("Liebe Eltern, liebe Kinder,", "Dear parents, dear Kinder,"),
            ("Liebe Leserinnen und Leser,", "Dear readers,"),
            ("Liebe Eltern, wir laden", "Dear parents, wir laden"),
            ("Liebe Tierfreunde,", "Dear Tierfreunde,"),
            ("Sehr geehrter Kunde,", "Dear customer,"),
            ("Liebe macht viel aus.", "Liebe macht viel aus."),
            ("Lieber Tee als Kaffee!", "Lieber Tee als Kaffee!"),
            ("Liebe Deinen Nächsten!", "Liebe Deinen Nächsten!"),
            ("Liebe, Glaube, Hoffnung", "Liebe, Glaube, Hoffnung"),
            ("Werte und Normen", "Werte und Normen"),
        ] {
            assert_eq!(written(german), english, "{german}");
        }
    }

    #[test]
    fn the_table_has_each_phrase_once() {
        let lines: Vec<&str> = include_str!("phrases.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert!(lines.iter().all(|line| line.split('\t').count() == 2));
        assert_eq!(PHRASES.len(), lines.len());
    }
}
