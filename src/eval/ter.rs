//! Translation edit rate (Snover et al. 2006): insertions, deletions, substitutions and shifts of words that make the
//! hypothesis the reference, per word of the reference. As sacreBLEU and Tercom compute it by default: words are what
//! stands between white space, in small letters.

use std::iter::Sum;

use super::whitespace::words;
use super::{EvalError, Score, statistics_per_segment};

const SIGNATURE: &str = "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no";

/// Words of a shift at most.
const LONGEST_SHIFT: usize = 10;
/// Words between where a shift begins on either side at most.
const FARTHEST_SHIFT: usize = 50;
/// Cells of the edit matrix on either side of its diagonal that are looked at.
const BEAM: usize = 25;
/// Shifts that are tried for a segment.
const MOST_SHIFTS: usize = 1000;

/// All that TER needs to know of a segment or, added up, of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerStatistics {
    /// Edits, a shift counted as one.
    pub edits: u64,
    /// Words of the reference.
    pub reference: u64,
}

impl TerStatistics {
    /// Counts one hypothesis against its reference, both as plain, untokenized text.
    pub fn of_segment(hypothesis: &str, reference: &str) -> Self {
        let (hypothesis, reference) = (hypothesis.to_lowercase(), reference.to_lowercase());
        let hypothesis: Vec<&str> = words(&hypothesis).collect();
        let reference: Vec<&str> = words(&reference).collect();
        Self {
            edits: edits(hypothesis, &reference) as u64,
            reference: reference.len() as u64,
        }
    }

    /// The score of what has been counted: lower is better, and it may be more than 100.
    pub fn ter(&self) -> Score {
        let rate = match (self.edits, self.reference) {
            (0, 0) => 0.0,
            (_, 0) => 1.0,
            (edits, reference) => edits as f64 / reference as f64,
        };
        Score {
            metric: "TER",
            value: 100.0 * rate,
            signature: SIGNATURE.to_owned(),
        }
    }
}

impl Sum for TerStatistics {
    fn sum<I: Iterator<Item = Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |total, segment| Self {
            edits: total.edits + segment.edits,
            reference: total.reference + segment.reference,
        })
    }
}

/// Corpus TER of plain, untokenized lines.
///
/// # Errors
///
/// As [`statistics_per_segment`].
pub fn ter(
    hypotheses: &[impl AsRef<str>],
    references: &[impl AsRef<str>],
) -> Result<Score, EvalError> {
    let segments = statistics_per_segment(hypotheses, references, TerStatistics::of_segment)?;
    Ok(segments.into_iter().sum::<TerStatistics>().ter())
}

/// Shifts that reduce the distance, the best first, and the distance that is left.
fn edits(mut hypothesis: Vec<&str>, reference: &[&str]) -> usize {
    if reference.is_empty() {
        return hypothesis.len();
    }
    let mut shifts = 0;
    let mut tried = 0;
    while let Some(shifted) = best_shift(&hypothesis, reference, &mut tried) {
        if tried >= MOST_SHIFTS {
            break;
        }
        hypothesis = shifted;
        shifts += 1;
    }
    shifts + distance(&hypothesis, reference).0
}

/// The edit at a cell of the matrix, on the way from the hypothesis to the reference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Replace,
    Delete,
    Insert,
}

/// The edit distance near the diagonal, and its edits in order.
fn distance(hypothesis: &[&str], reference: &[&str]) -> (usize, Vec<Edit>) {
    /// More than any distance, and room to count on.
    const FAR: usize = usize::MAX / 2;
    let (rows, columns) = (hypothesis.len(), reference.len());
    let ratio = match rows {
        0 => 1.0,
        rows => columns as f64 / rows as f64,
    };
    let beam = match (BEAM as f64) < ratio / 2.0 {
        true => (ratio / 2.0 + BEAM as f64).ceil() as usize,
        false => BEAM,
    };
    let mut matrix = vec![vec![(FAR, Edit::Insert); columns + 1]; rows + 1];
    for (j, cell) in matrix[0].iter_mut().enumerate() {
        *cell = (j, Edit::Insert);
    }
    for i in 1..=rows {
        let diagonal = (i as f64 * ratio).floor() as usize;
        let end = match i == rows {
            true => columns + 1,
            false => (columns + 1).min(diagonal + beam),
        };
        for j in diagonal.saturating_sub(beam)..end {
            let mut best = matrix[i][j];
            let mut consider = |cost: usize, edit: Edit| {
                if cost < best.0 {
                    best = (cost, edit);
                }
            };
            if j == 0 {
                best = (matrix[i - 1][0].0 + 1, Edit::Delete);
            } else {
                // In this order where costs are equal.
                match hypothesis[i - 1] == reference[j - 1] {
                    true => consider(matrix[i - 1][j - 1].0, Edit::Keep),
                    false => consider(matrix[i - 1][j - 1].0 + 1, Edit::Replace),
                }
                consider(matrix[i - 1][j].0 + 1, Edit::Delete);
                consider(matrix[i][j - 1].0 + 1, Edit::Insert);
            }
            matrix[i][j] = best;
        }
    }
    let mut edits = Vec::with_capacity(rows.max(columns));
    let (mut i, mut j) = (rows, columns);
    while i > 0 || j > 0 {
        let edit = match (i, j) {
            (0, _) => Edit::Insert,
            (_, 0) => Edit::Delete,
            _ => matrix[i][j].1,
        };
        edits.push(edit);
        i -= usize::from(edit != Edit::Insert);
        j -= usize::from(edit != Edit::Delete);
    }
    edits.reverse();
    (matrix[rows][columns].0, edits)
}

/// The hypothesis after the shift that reduces the distance most, if one does. Of equals the longest, then the first to
/// begin, then the nearest to the beginning.
fn best_shift<'w>(
    hypothesis: &[&'w str],
    reference: &[&str],
    tried: &mut usize,
) -> Option<Vec<&'w str>> {
    let (before, edits) = distance(hypothesis, reference);
    let Alignment {
        of_reference,
        reference_wrong,
        hypothesis_wrong,
    } = Alignment::new(&edits);
    // Reduction, length, and the places with their signs turned, so that more is better.
    type Rank = (isize, usize, isize, isize);
    let mut best: Option<(Rank, Vec<&'w str>)> = None;
    'all: for start in 0..hypothesis.len() {
        for at in 0..reference.len() {
            if at.abs_diff(start) > FARTHEST_SHIFT {
                continue;
            }
            let pairs = hypothesis[start..].iter().zip(&reference[at..]);
            let common = pairs
                .take(LONGEST_SHIFT)
                .take_while(|(a, b)| a == b)
                .count();
            for length in 1..=common {
                let is_wrong = hypothesis_wrong[start..start + length].contains(&true)
                    && reference_wrong[at..at + length].contains(&true);
                let own = start as isize..(start + length) as isize;
                if is_wrong && !own.contains(&of_reference[at]) {
                    let mut previous = -1;
                    for place in at as isize - 1..(at + length) as isize {
                        // Before the first word, or behind the word that the reference's word before is made from.
                        let target = match usize::try_from(place) {
                            Err(_) => 0,
                            Ok(place) => match of_reference.get(place) {
                                Some(word) => word + 1,
                                None => break,
                            },
                        };
                        if target == previous {
                            continue;
                        }
                        previous = target;
                        let shifted = shift(hypothesis, start, length, target as usize);
                        let gain = before as isize - distance(&shifted, reference).0 as isize;
                        let rank = (gain, length, -(start as isize), -target);
                        *tried += 1;
                        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                            best = Some((rank, shifted));
                        }
                    }
                }
                if *tried >= MOST_SHIFTS {
                    break 'all;
                }
            }
        }
    }
    best.filter(|((gain, ..), _)| *gain > 0)
        .map(|(_, shifted)| shifted)
}

/// Which word of the hypothesis stands for each of the reference, and which words are wrong.
struct Alignment {
    /// For each word of the reference; −1 before the first of the hypothesis.
    of_reference: Vec<isize>,
    reference_wrong: Vec<bool>,
    hypothesis_wrong: Vec<bool>,
}

impl Alignment {
    fn new(edits: &[Edit]) -> Self {
        let mut alignment = Self {
            of_reference: Vec::new(),
            reference_wrong: Vec::new(),
            hypothesis_wrong: Vec::new(),
        };
        let mut word = -1;
        for &edit in edits {
            let is_wrong = edit != Edit::Keep;
            if edit != Edit::Insert {
                word += 1;
                alignment.hypothesis_wrong.push(is_wrong);
            }
            if edit != Edit::Delete {
                alignment.of_reference.push(word);
                alignment.reference_wrong.push(is_wrong);
            }
        }
        alignment
    }
}

/// The words with `length` of them, from `start` on, before what is at `target` now.
fn shift<'w>(words: &[&'w str], start: usize, length: usize, target: usize) -> Vec<&'w str> {
    let moved = &words[start..start + length];
    let rest = [&words[..start], &words[start + length..]].concat();
    let at = match target {
        target if target < start => target,
        target if target > start + length => target - length,
        // Within itself: as far behind its own place.
        target => target.min(rest.len()),
    };
    [&rest[..at], moved, &rest[at..]].concat()
}
