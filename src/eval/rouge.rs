//! ROUGE-1, -2 and -L (Lin 2004) as Google's `rouge-score` computes them without a stemmer: words of `a` to `z` and
//! digits in small letters, the F-score of each summary, and their mean.

use super::ngram::NgramOverlap;
use super::{EvalError, Score, statistics_per_segment};

/// F-scores of one summary against its reference, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rouge {
    /// Single words.
    pub rouge_1: f64,
    /// Pairs of words.
    pub rouge_2: f64,
    /// The longest common subsequence of words.
    pub rouge_l: f64,
}

impl Rouge {
    /// Scores one summary.
    pub fn of_segment(hypothesis: &str, reference: &str) -> Self {
        let (hypothesis, reference) = (hypothesis.to_lowercase(), reference.to_lowercase());
        let (hypothesis, reference) = (words(&hypothesis), words(&reference));
        let [ones, twos]: [NgramOverlap; 2] = NgramOverlap::up_to_order(&hypothesis, &reference);
        let of =
            |overlap: NgramOverlap| f_score(overlap.matches, overlap.hypothesis, overlap.reference);
        let common = longest_common_subsequence(&hypothesis, &reference);
        Self {
            rouge_1: of(ones),
            rouge_2: of(twos),
            rouge_l: f_score(common, hypothesis.len() as u64, reference.len() as u64),
        }
    }
}

/// Mean ROUGE-1, -2 and -L of plain texts, times 100.
///
/// # Errors
///
/// As [`statistics_per_segment`].
pub fn rouge(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
) -> Result<[Score; 3], EvalError> {
    let segments = statistics_per_segment(hypotheses, references, Rouge::of_segment)?;
    let mean = |metric, of: &dyn Fn(&Rouge) -> f64| Score {
        metric,
        value: 100.0 * segments.iter().map(of).sum::<f64>() / segments.len() as f64,
        signature: "nrefs:1|stemmer:no|mean:f1".to_owned(),
    };
    Ok([
        mean("ROUGE-1", &|rouge| rouge.rouge_1),
        mean("ROUGE-2", &|rouge| rouge.rouge_2),
        mean("ROUGE-L", &|rouge| rouge.rouge_l),
    ])
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn f_score(matches: u64, hypothesis: u64, reference: u64) -> f64 {
    let precision = matches as f64 / hypothesis.max(1) as f64;
    let recall = matches as f64 / reference.max(1) as f64;
    match precision + recall {
        0.0 => 0.0,
        sum => 2.0 * precision * recall / sum,
    }
}

fn longest_common_subsequence(a: &[&str], b: &[&str]) -> u64 {
    let mut lengths = vec![0; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (j, other) in b.iter().enumerate() {
            let above = lengths[j + 1];
            lengths[j + 1] = match word == other {
                true => diagonal + 1,
                false => above.max(lengths[j]),
            };
            diagonal = above;
        }
    }
    lengths[b.len()]
}
