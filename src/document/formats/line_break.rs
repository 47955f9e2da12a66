//! Line breaks that end a sentence or an entry, against those inside running prose.

use crate::document::words;

/// Characters of a line of running prose at least; shorter lines are entries of addresses, lists and verse.
const LONG_LINE: usize = 45;

/// Words that do not end an entry.
#[rustfmt::skip]
const FUNCTION_WORDS: [&str; 61] = [
    "aber", "als", "am", "an", "auch", "auf", "aus", "bei", "beim", "bis", "das", "dass", "dem", "den", "der", "des",
    "die", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "für", "gegen", "hat", "haben", "ihr", "ihre",
    "im", "in", "ist", "kann", "mit", "nach", "nicht", "nur", "ob", "oder", "ohne", "sehr", "seit", "sich", "sind",
    "so", "sowie", "über", "um", "und", "unser", "unsere", "unter", "vom", "von", "vor", "wenn", "wie", "wir", "zu",
    "zum",
];

/// Beginnings of a line that greets.
const GREETINGS: [&str; 6] = ["Sehr geehrte", "Liebe", "Hallo", "Guten ", "Werte", "Moin"];

/// Whether a line break between these lines ends a segment. It does not inside a running sentence of prose: before a
/// small letter, after a long line without an end, and after a word that needs another.
pub(super) fn ends_segment(line: &str, next: &str) -> bool {
    let (line, next) = (line.trim(), next.trim_start());
    let is_closing = |c: char| "\"“”«»‘’'›‹)]*_".contains(c);
    let ending = line.trim_end_matches(is_closing);
    if ending.is_empty() || ending.ends_with(['.', '!', '?', '…', ':', ';']) {
        return true;
    }
    let next_word = next.split_whitespace().next().unwrap_or_default();
    if next_word.contains('@') || next_word.starts_with("www.") || next_word.contains("://") {
        return true;
    }
    let begins_word = |c: &char| !"„“\"»«‚‘'›‹([*_".contains(*c);
    let first = next.chars().find(begins_word);
    if first.is_none_or(|c| !c.is_alphanumeric()) {
        return true;
    }
    if first.is_some_and(char::is_lowercase) {
        let greets = GREETINGS.iter().any(|greeting| line.starts_with(greeting));
        return greets && ending.ends_with(',');
    }
    if ending.chars().count() >= LONG_LINE {
        return false;
    }
    let last_word = ending.split_whitespace().next_back().unwrap_or_default();
    let is_adjective = || {
        let endings = ["e", "en", "er", "es", "em"];
        let count = words::count(ending);
        count > 2 && endings.iter().any(|ending| last_word.ends_with(ending))
    };
    let needs_more = last_word.starts_with(char::is_lowercase)
        && (FUNCTION_WORDS.contains(&last_word) || is_adjective());
    !needs_more
}

#[cfg(test)]
mod tests {
    use super::ends_segment;

    #[test]
    fn entries_end_and_sentences_go_on() {
        for (line, next) in [
            ("Stadtwerke Bonn", "Hauptstraße 17"),
            ("Hauptstraße 17", "53111 Bonn"),
            ("53111 Bonn", "Telefon: 0228 4711"),
            ("Telefon: 0228 4711", "info@beispiel.de"),
            ("Öffnungszeiten:", "Montag bis Freitag: 9 bis 18 Uhr"),
            ("Sehr geehrte Frau Berg,", "vielen Dank für Ihren Brief."),
            ("Ist Ruh,", "In allen Wipfeln"),
            (
                "Das ist ein ganzer Satz, der hier zu Ende ist.",
                "Und noch einer.",
            ),
            ("Sonntag: geschlossen", "Montag: 9 Uhr"),
            ("Brot", "– und Butter"),
            ("", "Ein Wort"),
        ] {
            assert!(ends_segment(line, next), "{line} / {next}");
        }
        for (line, next) in [
            ("Die Stadt hat gestern", "eine neue Brücke eröffnet."),
            (
                "Die Stadt hat gestern eine neue",
                "Brücke über den Fluss eröffnet.",
            ),
            ("Wir haben geöffnet von", "9 bis 18 Uhr"),
            (
                "Wir treffen uns im Rathaus mit dem Leiter der",
                "Verwaltung.",
            ),
            (
                "Er sagte nach der Sitzung des Ausschusses den Reportern",
                "Unsinn.",
            ),
            ("die Ver-", "waltung"),
        ] {
            assert!(!ends_segment(line, next), "{line} / {next}");
        }
    }
}
