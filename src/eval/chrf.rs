//! chrF (Popović 2015) and chrF++ (Popović 2017): the F-score of character n-grams, for chrF++ of
//! words and pairs of words as well. Recall weighs twice as much as precision (β = 2).

use std::iter::Sum;

use super::ngram::NgramOverlap;
use super::whitespace::{is_whitespace, words};
use super::{EvalError, Score, statistics_per_segment};

/// The longest character n-grams counted.
const CHARACTER_ORDER: usize = 6;
/// The longest word n-grams counted, in words.
const WORD_ORDER: usize = 2;
const BETA: f64 = 2.0;

/// All that chrF and chrF++ need to know of a segment or, added up, of a corpus.
///
/// A sentence's score is that of its own statistics:
///
/// ```
/// use degist::eval::ChrfStatistics;
///
/// let score = ChrfStatistics::of_segment("Good morning!", "Good morning.").chrf();
/// assert!(score.value > 80.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChrfStatistics {
    /// Overlap of characters (Unicode scalar values) without whitespace, orders 1 to 6.
    pub characters: [NgramOverlap; CHARACTER_ORDER],
    /// Overlap of words, orders 1 and 2; only chrF++ looks at them.
    pub words: [NgramOverlap; WORD_ORDER],
}

impl ChrfStatistics {
    /// Counts one hypothesis against its reference, both as plain, untokenized text.
    pub fn of_segment(hypothesis: &str, reference: &str) -> Self {
        let characters = NgramOverlap::up_to_order(
            &characters_without_whitespace(hypothesis),
            &characters_without_whitespace(reference),
        );
        let words = NgramOverlap::up_to_order(
            &words_and_punctuation(hypothesis),
            &words_and_punctuation(reference),
        );
        Self {
            characters: characters.map(only_where_reference_has_any),
            words: words.map(only_where_reference_has_any),
        }
    }

    /// chrF: characters alone.
    pub fn chrf(&self) -> Score {
        Score {
            metric: "chrF2",
            value: 100.0 * f_score(&self.characters),
            signature: "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no".to_owned(),
        }
    }

    /// chrF++: characters and words.
    pub fn chrf_plus_plus(&self) -> Score {
        Score {
            metric: "chrF2++",
            value: 100.0 * f_score(self.characters.iter().chain(&self.words)),
            signature: "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no".to_owned(),
        }
    }
}

impl Sum for ChrfStatistics {
    fn sum<I: Iterator<Item = Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |mut total, segment| {
            for (total, order) in total.characters.iter_mut().zip(segment.characters) {
                *total += order;
            }
            for (total, order) in total.words.iter_mut().zip(segment.words) {
                *total += order;
            }
            total
        })
    }
}

/// Corpus chrF of plain, untokenized lines.
///
/// # Errors
///
/// As [`statistics_per_segment`].
pub fn chrf(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
) -> Result<Score, EvalError> {
    Ok(corpus_statistics(hypotheses, references)?.chrf())
}

/// Corpus chrF++ of plain, untokenized lines.
///
/// # Errors
///
/// As [`statistics_per_segment`].
pub fn chrf_plus_plus(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
) -> Result<Score, EvalError> {
    Ok(corpus_statistics(hypotheses, references)?.chrf_plus_plus())
}

fn corpus_statistics(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
) -> Result<ChrfStatistics, EvalError> {
    let segments = statistics_per_segment(hypotheses, references, ChrfStatistics::of_segment)?;
    Ok(segments.into_iter().sum())
}

/// (1 + β²)·P·R / (β²·P + R) with P and R the means of precision and recall over the orders that
/// both sides have n-grams of (sacreBLEU's "effective order", `eff:yes`).
fn f_score<'a>(orders: impl IntoIterator<Item = &'a NgramOverlap>) -> f64 {
    let mut precision = 0.0;
    let mut recall = 0.0;
    let mut effective_orders = 0.0;
    for order in orders {
        if order.hypothesis > 0 && order.reference > 0 {
            precision += order.precision();
            recall += order.recall();
            effective_orders += 1.0;
        }
    }
    if precision + recall == 0.0 {
        return 0.0;
    }
    precision /= effective_orders;
    recall /= effective_orders;
    let weight = BETA * BETA;
    (1.0 + weight) * precision * recall / (weight * precision + recall)
}

/// sacreBLEU leaves out a segment's hypothesis n-grams of an order that its reference is too short
/// for, so that a corpus is not charged for them.
fn only_where_reference_has_any(order: NgramOverlap) -> NgramOverlap {
    if order.reference == 0 {
        NgramOverlap::default()
    } else {
        order
    }
}

fn characters_without_whitespace(text: &str) -> Vec<char> {
    text.chars()
        .filter(|&character| !is_whitespace(character))
        .collect()
}

/// Words with one ASCII punctuation mark split off: the last character if it is one, else the
/// first. `(hi)` gives `(hi` and `)`, as in Popović's script.
fn words_and_punctuation(text: &str) -> Vec<&str> {
    let is_punctuation = |character: char| character.is_ascii_punctuation();
    let mut parts = Vec::new();
    for word in words(text) {
        let (first, last) = (
            word.strip_prefix(is_punctuation),
            word.strip_suffix(is_punctuation),
        );
        match (first, last) {
            // A lone mark is a word of its own.
            (Some(""), _) => parts.push(word),
            (_, Some(body)) => parts.extend([body, &word[body.len()..]]),
            (Some(body), None) => parts.extend([&word[..word.len() - body.len()], body]),
            (None, None) => parts.push(word),
        }
    }
    parts
}
