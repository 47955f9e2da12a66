//! Metrics: BLEU, chrF, chrF++ and TER of a translation against one reference per segment, ROUGE of a summary.
//!
//! The definitions are sacreBLEU's and `rouge-score`'s (Post 2018, "A Call for Clarity in Reporting BLEU Scores"), so a
//! score printed here may stand beside one from a paper that gives the same signature.
//!
//! Counting and scoring are apart. Each segment gives *statistics*, plain counts that are added over
//! a corpus; a score is computed once, from the sum. Resampling segments (paired bootstrap) is then
//! a matter of adding other selections of the same statistics:
//!
//! ```
//! use degist::eval::{BleuStatistics, statistics_per_segment};
//!
//! let hypotheses = ["The cat sat on the mat.", "It rained all day."];
//! let references = ["The cat sat on the mat.", "It rained the whole day."];
//! let segments = statistics_per_segment(&hypotheses, &references, BleuStatistics::of_segment)?;
//! let corpus: BleuStatistics = segments.iter().copied().sum();
//! let resampled: BleuStatistics = [0, 0].into_iter().map(|segment| segments[segment]).sum();
//! assert!(corpus.bleu().value < resampled.bleu().value);
//! # Ok::<(), degist::eval::EvalError>(())
//! ```

mod bleu;
mod chrf;
mod ngram;
mod rouge;
mod significance;
mod ter;
mod tokenize_13a;
mod whitespace;

use std::fmt;

pub use bleu::{BleuStatistics, bleu};
pub use chrf::{ChrfStatistics, chrf, chrf_plus_plus};
pub use ngram::NgramOverlap;
pub use rouge::{Rouge, rouge};
pub use significance::{Comparison, paired_bootstrap, spearman};
pub use ter::{TerStatistics, ter};
pub use tokenize_13a::tokenize_13a;

/// A metric's value together with what makes it comparable.
///
/// It is displayed as `BLEU 25.93  nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp`.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The metric's name as sacreBLEU prints it: `BLEU`, `chrF2`, `chrF2++`, `TER`.
    pub metric: &'static str,
    /// From 0 to 100, higher is better (but for TER), not rounded.
    pub value: f64,
    /// sacreBLEU's signature without its `version` field: the counting is our own.
    pub signature: String,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.2}  {}", self.metric, self.value, self.signature)
    }
}

/// Why a corpus cannot be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// Hypotheses and references do not pair up, so that every later pair would be a wrong one.
    #[error(
        "{hypotheses} hypothesis lines but {references} reference lines: each line needs exactly one reference"
    )]
    UnequalLines {
        /// Lines in the system's output.
        hypotheses: usize,
        /// Lines in the reference.
        references: usize,
    },
    /// No score is defined over nothing; a 0 would read as a bad translation.
    #[error("0 hypothesis lines and 0 reference lines: there is nothing to score")]
    NoLines,
}

/// Counts every segment of a corpus by `of_segment(hypothesis, reference)`, in order.
///
/// # Errors
///
/// [`EvalError::UnequalLines`] if there are not as many references as hypotheses,
/// [`EvalError::NoLines`] if there are none of either.
pub fn statistics_per_segment<S>(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
    of_segment: impl Fn(&str, &str) -> S,
) -> Result<Vec<S>, EvalError> {
    if hypotheses.len() != references.len() {
        return Err(EvalError::UnequalLines {
            hypotheses: hypotheses.len(),
            references: references.len(),
        });
    }
    if hypotheses.is_empty() {
        return Err(EvalError::NoLines);
    }
    Ok(hypotheses
        .iter()
        .zip(references)
        .map(|(hypothesis, reference)| of_segment(hypothesis.as_ref(), reference.as_ref()))
        .collect())
}
