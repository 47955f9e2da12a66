//! Corpus BLEU (Papineni et al. 2002) with the smoothing of `mteval-v13a.pl`, "method 3" of Chen
//! and Cherry (2014), "A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU".

use std::iter::Sum;

use super::ngram::NgramOverlap;
use super::tokenize_13a::tokenize_13a;
use super::{EvalError, Score, statistics_per_segment};

/// The longest n-grams counted, in tokens.
const MAX_ORDER: usize = 4;

const SIGNATURE: &str = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp";

/// The counts that BLEU needs of a segment or, added up, of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BleuStatistics {
    /// Overlap of 13a tokens, orders 1 to 4.
    pub tokens: [NgramOverlap; MAX_ORDER],
}

impl BleuStatistics {
    /// Counts one hypothesis against its reference, both as plain, untokenized text.
    pub fn of_segment(hypothesis: &str, reference: &str) -> Self {
        let tokens = NgramOverlap::up_to_order(&tokenize_13a(hypothesis), &tokenize_13a(reference));
        Self { tokens }
    }

    /// The score of what has been counted.
    ///
    /// It means little for a single sentence: any shorter than four tokens scores 0. chrF is the
    /// one for sentences.
    pub fn bleu(&self) -> Score {
        Score {
            metric: "BLEU",
            value: 100.0 * self.brevity_penalty() * self.mean_precision(),
            signature: SIGNATURE.to_owned(),
        }
    }

    /// exp(1 − r/c) for a hypothesis of c tokens that is shorter than its reference of r, else 1.
    fn brevity_penalty(&self) -> f64 {
        let [unigrams, ..] = self.tokens;
        if unigrams.hypothesis >= unigrams.reference {
            return 1.0;
        }
        (1.0 - unigrams.reference as f64 / unigrams.hypothesis as f64).exp()
    }

    /// The geometric mean of the four precisions.
    fn mean_precision(&self) -> f64 {
        // Smoothing is for the longer orders; it must not reward a hypothesis that shares nothing.
        if self.tokens.iter().all(|order| order.matches == 0) {
            return 0.0;
        }
        let mut log_sum = 0.0;
        let mut smoothing = 1.0;
        for order in &self.tokens {
            if order.hypothesis == 0 {
                return 0.0;
            }
            // The k-th order without a match counts as 1/2^k of one.
            log_sum += if order.matches == 0 {
                smoothing *= 2.0;
                (1.0 / (smoothing * order.hypothesis as f64)).ln()
            } else {
                order.precision().ln()
            };
        }
        (log_sum / MAX_ORDER as f64).exp()
    }
}

impl Sum for BleuStatistics {
    fn sum<I: Iterator<Item = Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |mut total, segment| {
            for (total, order) in total.tokens.iter_mut().zip(segment.tokens) {
                *total += order;
            }
            total
        })
    }
}

/// Corpus BLEU of plain, untokenized lines.
///
/// # Errors
///
/// As [`statistics_per_segment`].
pub fn bleu(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
) -> Result<Score, EvalError> {
    let segments = statistics_per_segment(hypotheses, references, BleuStatistics::of_segment)?;
    Ok(segments.into_iter().sum::<BleuStatistics>().bleu())
}
