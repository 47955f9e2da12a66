//! Whole sentences that make no sense word by word: proverbs, idioms, greetings. One table is the project's, one is the
//! dictionary Ding's.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Lines in the order of their bytes: German, which ends with a mark only where it is a question, a tab, English with its mark.
const SAYINGS: &str = include_str!("sayings.tsv");
/// The same, made by `models/train/sentences.py`.
#[cfg(feature = "gpl-lexicon")]
const SENTENCES: &str = include_str!("../../models/de-en-tiny/sentences.tsv");
#[cfg(not(feature = "gpl-lexicon"))]
const SENTENCES: &str = "";

/// What may stand around a sentence, and stays.
const AROUND: [char; 15] = [
    '"', '\'', '„', '“', '”', '‚', '‘', '’', '»', '«', '›', '‹', '(', ')', '…',
];
const MARKS: [char; 3] = ['.', '!', '…'];

/// The sentence that a text is, without its mark, and its English, with a mark if none follows that fits.
pub(super) fn sentence(text: &str) -> Option<(Range<usize>, String)> {
    let is_edge = |c: char| c.is_whitespace() || AROUND.contains(&c);
    let whole = text.trim_matches(is_edge);
    let bare = whole.trim_end_matches(MARKS);
    // A question keeps its mark.
    let is_question = bare.ends_with('?');
    let english = find(SAYINGS, bare).or_else(|| find(SENTENCES, bare))?;
    let start = bare.as_ptr().addr() - text.as_ptr().addr();
    let end = start + bare.len() - usize::from(is_question);
    let english = english.trim_end_matches(['.', '!', '?']);
    Some((start..end, english.to_owned()))
}

/// The sentences of several words that a text has in quotation marks.
pub(super) fn quoted(text: &str) -> Vec<(Range<usize>, String)> {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[„“\"»«](?<inside>[^„“”\"»«]* [^„“”\"»«]*)[“”\"«»]").expect("constant")
    });
    (QUOTED.captures_iter(text))
        .filter_map(|found| {
            let inside = found.name("inside")?;
            let (span, english) = sentence(inside.as_str())?;
            Some((
                inside.start() + span.start..inside.start() + span.end,
                english,
            ))
        })
        .collect()
}

/// The second cell of the line that has `key` in the first, of a table whose lines are in order.
fn find<'a>(table: &'a str, key: &str) -> Option<&'a str> {
    let (mut from, mut to) = (0, table.len());
    while from < to {
        let middle = (from + to) / 2;
        let bytes = table.as_bytes();
        let start = (bytes[from..middle].iter().rposition(|&b| b == b'\n'))
            .map_or(from, |at| from + at + 1);
        let end = (bytes[middle..to].iter().position(|&b| b == b'\n')).map_or(to, |at| middle + at);
        let (german, english) = table[start..end].split_once('\t')?;
        match german.cmp(key) {
            Ordering::Equal => return Some(english),
            Ordering::Less => from = end + 1,
            Ordering::Greater => to = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_table_is_found() {
        let table = "A\t1\nAb\t2\nB\t3\nBa b\t4\nÜ?\t5\n";
        for (key, value) in [
            ("A", "1"),
            ("Ab", "2"),
            ("B", "3"),
            ("Ba b", "4"),
            ("Ü?", "5"),
        ] {
            assert_eq!(find(table, key), Some(value), "{key}");
        }
        for key in ["", "0", "Aa", "Ba", "C", "Ü", "Üa"] {
            assert_eq!(find(table, key), None, "{key}");
        }
        assert_eq!(find("", "A"), None);
    }

    #[test]
    fn the_tables_are_in_order() {
        for table in [SAYINGS, SENTENCES] {
            let keys = || table.lines().map(|line| line.split('\t').next());
            assert!(table.lines().all(|line| line.split('\t').count() == 2));
            assert!(keys().zip(keys().skip(1)).all(|(one, next)| one < next));
            for line in table.lines() {
                let (german, english) = line.split_once('\t').unwrap();
                assert_eq!(find(table, german), Some(english));
                // A question stays one.
                assert_eq!(german.ends_with('?'), english.ends_with('?'), "{german}");
            }
        }
    }

    #[test]
    #[cfg(feature = "gpl-lexicon")]
    fn marks_and_quotes_stay() {
        for (text, expected) in [
            ("Aller Anfang ist schwer.", Some("Every beginning is hard.")),
            ("Aller Anfang ist schwer", Some("Every beginning is hard")),
            (
                "„Aller Anfang ist schwer!“",
                Some("„Every beginning is hard!“"),
            ),
            ("Ende gut, alles gut …", Some("All's well that ends well …")),
            ("Wie spät ist es?", Some("What time is it?")),
            ("Wie spät ist es", None),
            ("Aller Anfang ist schwer, sagt er.", None),
            ("?", None),
            ("", None),
        ] {
            let written = sentence(text).map(|(span, english)| {
                let mut text = text.to_owned();
                text.replace_range(span, &english);
                text
            });
            assert_eq!(written.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn quotations_may_be_sentences() {
        let text = "Nach dem Motto „Ohne Fleiß kein Preis“ und \"Wie geht's?\" sagte er „nein“.";
        let found: Vec<_> = quoted(text).into_iter().map(|found| found.1).collect();
        assert_eq!(found, ["No pain, no gain", "How are you"]);
    }
}
