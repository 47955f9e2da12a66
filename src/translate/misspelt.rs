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

/// The misspelt names of a translation with their right spellings, outside the ranges that are `taken`.
pub(super) fn misspelt(
    aligned: &AlignedTarget<'_>,
    taken: &[Range<usize>],
) -> Vec<(Range<usize>, String)> {
    words(aligned.text)
        .filter(|word| !taken.iter().any(|other| overlap(other, word)))
        .filter_map(|word| Some((word.clone(), original(aligned, &word)?)))
        .collect()
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
    fn words_are_capitalised_and_not_short() {
        let text = "Then Rod saw Müller's house in Köln.";
        let words: Vec<&str> = words(text).map(|word| &text[word]).collect();
        assert_eq!(words, ["Then", "Müller", "Köln"]);
    }
}
