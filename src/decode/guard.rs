//! A guard against repetition: neural decoders may repeat a few tokens until the greatest length.

/// Longest round that is looked for, in tokens.
const LONGEST_PERIOD: usize = 24;

/// Tokens of the longest loop that is left alone.
const LONGEST_LOOP: usize = 48;

/// Rejects tokens that would close more rounds of a loop than the source has.
#[derive(Debug, Clone)]
pub(super) struct RepetitionGuard {
    /// Most times that any run of tokens follows itself in the source.
    source_rounds: usize,
}

impl RepetitionGuard {
    pub(super) fn new(source: &[u32]) -> Self {
        let source_rounds = (1..=source.len())
            .flat_map(|end| (1..=LONGEST_PERIOD).map(move |period| rounds(&source[..end], period)))
            .max()
            .unwrap_or(1);
        Self { source_rounds }
    }

    /// Whether writing `token` after `ids` closes a round too many.
    pub(super) fn refuses(&self, ids: &[u32], token: u32) -> bool {
        (1..=LONGEST_PERIOD).any(|period| {
            // The cheap test first: most tokens differ from the one a period before.
            ids.len() >= period
                && ids[ids.len() - period] == token
                && rounds_with(ids, token, period) > self.allowed(period)
        })
    }

    /// Rounds of `period` tokens that are left alone. Networks stumble over a hard phrase a dozen times and go on; only
    /// what would fill a line is held to be a loop.
    fn allowed(&self, period: usize) -> usize {
        (LONGEST_LOOP / period).max(self.source_rounds + 1)
    }
}

/// Whether `ids` end in a loop, for a target that was cut off.
pub(super) fn ends_in_loop(ids: &[u32]) -> bool {
    (1..=LONGEST_PERIOD).any(|period| rounds(ids, period) >= 4)
}

/// Length of `ids` when all but the first round of the loop at its end is cut.
pub(super) fn one_round(ids: &[u32]) -> usize {
    let (period, rounds) = (1..=LONGEST_PERIOD.min(ids.len()))
        .map(|period| (period, rounds(ids, period)))
        .max_by_key(|&(period, rounds)| (period * (rounds - 1), std::cmp::Reverse(period)))
        .unwrap_or((1, 1));
    ids.len() - period * (rounds - 1)
}

/// How many times the last `period` tokens stand at the end of `ids`, one after the other.
fn rounds(ids: &[u32], period: usize) -> usize {
    if ids.len() < period {
        return 1;
    }
    let same = ids
        .iter()
        .rev()
        .zip(ids.iter().rev().skip(period))
        .take_while(|(a, b)| a == b)
        .count();
    same / period + 1
}

fn rounds_with(ids: &[u32], token: u32, period: usize) -> usize {
    let mut longer = ids.to_vec();
    longer.push(token);
    rounds(&longer, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stumble_is_left_alone_and_a_loop_is_not() {
        let guard = RepetitionGuard::new(&[5, 6, 7, 0]);
        let stumble: Vec<u32> = [12, 6, 34].repeat(13);
        assert!(!guard.refuses(&stumble, 12));
        let mut endless: Vec<u32> = [12, 6, 34].repeat(16);
        assert_eq!(endless.len(), LONGEST_LOOP);
        endless.extend([12, 6]);
        assert!(guard.refuses(&endless, 34));
        assert!(!guard.refuses(&endless, 35));
    }

    #[test]
    fn the_target_may_repeat_what_the_source_repeats() {
        let source: Vec<u32> = [8].repeat(100);
        let guard = RepetitionGuard::new(&source);
        assert!(!guard.refuses(&[9].repeat(100), 9));
        assert!(guard.refuses(&[9].repeat(101), 9));
    }

    #[test]
    fn one_round_of_a_loop_is_kept() {
        let ids = [1, 2, 3, 4, 5, 4, 5, 4, 5];
        assert_eq!(one_round(&ids), 5);
        assert_eq!(one_round(&[1, 2, 3]), 3);
        assert!(ends_in_loop(&[1, 2, 1, 2, 1, 2, 1, 2]));
        assert!(!ends_in_loop(&[1, 2, 1, 2, 1, 2]));
    }
}
