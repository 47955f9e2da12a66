//! One token more for one hypothesis, and the rows of a decoder that beam searches keep in step with their hypotheses.

use super::PartialHypothesis;
use crate::model::Logits;

/// One token more for one hypothesis.
pub(super) struct Extension {
    /// Its place in the beam.
    pub hypothesis: usize,
    pub token: u32,
    /// Of the whole hypothesis, this token included.
    pub log_probability: f32,
    /// What pulls have added, this token's included.
    pub pulled: f32,
}

impl Extension {
    /// What hypotheses of one length are compared by.
    pub fn score(&self) -> f32 {
        self.log_probability + self.pulled
    }
}

/// The `count` largest logits of tokens that are not refused, with these tokens; of equals the first.
pub(super) fn top_tokens(
    logits: Logits<'_>,
    count: usize,
    is_refused: impl Fn(u32) -> bool,
) -> Vec<(f32, u32)> {
    let mut best: Vec<(f32, u32)> = Vec::with_capacity(count + 1);
    for (place, &logit) in logits.values.iter().enumerate() {
        let worst = best.get(count - 1).map_or(f32::NEG_INFINITY, |best| best.0);
        if logit <= worst {
            continue;
        }
        let token = logits.token(place);
        if is_refused(token) {
            continue;
        }
        let place = best.partition_point(|&(other, _)| other >= logit);
        best.insert(place, (logit, token));
        best.truncate(count);
    }
    best
}

/// The rows that the `width` rows of source `source` go on from, by the parents of its hypotheses. Rows without a
/// hypothesis repeat the first; nothing reads them.
pub(super) fn parent_rows(
    source: usize,
    width: usize,
    parents: &[usize],
) -> impl Iterator<Item = u32> {
    (0..width).map(move |i| {
        let parent = parents.get(i).or(parents.first()).unwrap_or(&0);
        (source * width + parent) as u32
    })
}

/// The last tokens of the `width` rows of a source; those without a hypothesis repeat the first.
pub(super) fn last_tokens(
    alive: &[PartialHypothesis],
    width: usize,
    eos: u32,
) -> impl Iterator<Item = u32> {
    (0..width).map(move |i| {
        let hypothesis = alive.get(i).or(alive.first());
        let last = hypothesis.and_then(|hypothesis| hypothesis.ids.last());
        last.copied().unwrap_or(eos)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_come_first_and_the_refused_not_at_all() {
        let logits = Logits {
            values: &[1., 3., 2., 3., f32::NEG_INFINITY, 0.],
            ids: Some(&[10, 11, 12, 13, 14, 15]),
        };
        let top = |count, refused: u32| {
            let best = top_tokens(logits, count, |token| token == refused);
            best.iter().map(|&(_, token)| token).collect::<Vec<_>>()
        };
        assert_eq!(top(3, 0), [11, 13, 12]);
        assert_eq!(top(3, 11), [13, 12, 10]);
        // What must not be written is in no beam, however wide.
        assert_eq!(top(9, 0), [11, 13, 12, 10, 15]);
    }

    #[test]
    fn rows_without_a_hypothesis_repeat_the_first() {
        let rows = |parents: &[usize]| parent_rows(2, 4, parents).collect::<Vec<_>>();
        assert_eq!(rows(&[3, 1, 3, 0]), [11, 9, 11, 8]);
        assert_eq!(rows(&[2, 1]), [10, 9, 10, 10]);
        assert_eq!(rows(&[]), [8, 8, 8, 8]);
    }
}
