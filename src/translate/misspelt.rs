//! Names behind the network: where a capitalised word of the target is almost the source word that it is aligned to, the
//! spelling of the source is taken.

use std::ops::Range;

use super::aligned::AlignedTarget;
use super::names::capitalised;
use super::spans::overlap;

/// Least similarity of the two spellings: 1 - edits / letters of the longer one.
const ALIKE: f64 = 0.5;
/// Shorter words are left alone.
const SHORTEST: usize = 4;
/// Endings of words that English derives in its own way: "Indonesians" is right, "Indonesier" is not.
const ENGLISH_ENDINGS: [&str; 14] = [
    "ian", "ians", "ean", "eans", "ism", "ist", "ists", "ish", "ese", "ics", "ity", "ion", "ions",
    "logy",
];

/// The misspelt names of a translation with their right spellings, and letters that do not belong, outside the ranges that are
/// `taken`.
pub(super) fn misspelt(
    aligned: &AlignedTarget<'_>,
    sentence: &str,
    taken: &[Range<usize>],
) -> Vec<(Range<usize>, String)> {
    let names =
        words(aligned.text).filter_map(|word| Some((word.clone(), original(aligned, &word)?)));
    stutters(aligned.text, sentence)
        .map(|span| (span, String::new()))
        .chain(names)
        .filter(|(span, _)| !taken.iter().any(|other| overlap(other, span)))
        .collect()
}

/// Single letters, with the space behind them, in front of a word that begins with the same one: “H Hi” for “Hi”. Networks begin
/// words anew behind a quotation mark.
fn stutters<'t>(text: &'t str, sentence: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let is_word_of = |text: &str, letter: char| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| word.chars().eq([letter]))
    };
    text.match_indices(' ').filter_map(move |(space, _)| {
        let letter = text[..space].chars().next_back()?;
        let start = space - letter.len_utf8();
        let next = text[space + 1..].chars().next()?;
        let is_alone = text[..start]
            .chars()
            .next_back()
            .is_none_or(|c| matches!(c, ' ' | '“' | '‘' | '"' | '('));
        let is_same = letter.is_alphabetic() && letter.to_lowercase().eq(next.to_lowercase());
        let is_english = matches!(letter, 'a' | 'A' | 'I');
        (is_alone && is_same && !is_english && !is_word_of(sentence, letter))
            .then_some(start..space + 1)
    })
}

/// Capitalised words that are not short, without a genitive `'s`.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    capitalised(text).filter(|word| text[word.clone()].chars().count() >= SHORTEST)
}

/// The word of the source that `word` is a misspelling of.
fn original(aligned: &AlignedTarget<'_>, word: &Range<usize>) -> Option<String> {
    let text = &aligned.text[word.clone()];
    // The network knows how to spell a word that is one piece of the vocabulary.
    let tokens = aligned.tokens_within(word);
    if tokens.len() < 2 || ENGLISH_ENDINGS.iter().any(|ending| text.ends_with(ending)) {
        return None;
    }
    let (likeness, source) = tokens
        .filter_map(|token| aligned.source_word(token))
        .map(|source| (likeness(&source, text), source))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let is_name = source.starts_with(char::is_uppercase) && aligned.is_rare(&source);
    // German endings are not part of the name: "Guzmans" is "Guzman's", "Boisheimer" is "from Boisheim".
    let inflected = source
        .strip_prefix(text)
        .is_some_and(|ending| matches!(ending, "" | "s" | "es" | "n" | "en" | "er" | "e"));
    if likeness < ALIKE || !is_name || inflected {
        return None;
    }
    let genitive = aligned.text[word.end..].starts_with("'s");
    match source.strip_suffix('s') {
        Some(name) if genitive => Some(name.to_owned()),
        _ => Some(source),
    }
}

/// 1 - edits / letters of the longer word ([Levenshtein](https://en.wikipedia.org/wiki/Levenshtein_distance)), case
/// ignored.
fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_counts_edits() {
        assert_eq!(likeness("Klaba", "klaba"), 1.);
        assert_eq!(likeness("Klaba", "Kabaa"), 1. - 2. / 5.);
        assert_eq!(likeness("Haus", ""), 0.);
    }

    #[test]
    fn letters_that_begin_a_word_anew_are_told() {
        let found = |text, sentence| -> Vec<Range<usize>> { stutters(text, sentence).collect() };
        assert_eq!(found("He says “H Hi”", "Er sagt „Hallo“"), vec![11..13]);
        assert!(found("Plan B Berlin", "Plan B Berlin").is_empty());
        assert!(found("the year's sales", "der Umsatz").is_empty());
        assert!(found("A apple, I indeed, J. Jones", "Ein Apfel").is_empty());
    }

    #[test]
    fn words_are_capitalised_and_not_short() {
        let text = "Then Rod saw Müller's house in Köln.";
        let words: Vec<&str> = words(text).map(|word| &text[word]).collect();
        assert_eq!(words, ["Then", "Müller", "Köln"]);
    }
}
