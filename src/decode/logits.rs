//! Rows of logits: the largest, and how probable it is.
//!
//! Loops run over lanes so that the compiler makes vectors of them; lanes are joined in one fixed order, so the results
//! are the same on every CPU.

use crate::model::kernels::cpu::{Cpu, LANES, for_each_cpu};
use crate::model::kernels::exp::exp;

/// Place of the first of the largest logits; 0 when all are minus infinity.
pub(super) fn best(logits: &[f32]) -> usize {
    first_largest(Cpu::detect(), logits)
}

/// As [`best`], leaving out the places that `refused` names.
pub(super) fn best_allowed(logits: &[f32], refused: impl Fn(usize) -> bool) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (place, &logit) in logits.iter().enumerate() {
        if logit > best.1 && !refused(place) {
            best = (place, logit);
        }
    }
    best.0
}

/// `ln Σ exp(logits)`.
pub(super) fn log_sum_exp(logits: &[f32]) -> f32 {
    let (most, sum) = exponentials(Cpu::detect(), logits);
    most + sum.ln()
}

for_each_cpu! {
    fn first_largest(logits: &[f32]) -> usize {
        let most = largest(logits);
        logits.iter().position(|&logit| logit == most).unwrap_or(0)
    }
}

for_each_cpu! {
    /// The largest logit, and the sum of the exponentials of all after it is taken off.
    fn exponentials(logits: &[f32]) -> (f32, f32) {
        let most = largest(logits);
        let mut sums = [0f32; LANES];
        let (chunks, rest) = logits.as_chunks::<LANES>();
        for chunk in chunks {
            for (sum, &x) in sums.iter_mut().zip(chunk) {
                *sum += exp(x - most);
            }
        }
        let rest: f32 = rest.iter().map(|&x| exp(x - most)).sum();
        (most, sums.iter().sum::<f32>() + rest)
    }
}

#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let mut most = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (most, &x) in most.iter_mut().zip(chunk) {
            *most = greater(*most, x);
        }
    }
    let rest = rest.iter().copied().fold(f32::NEG_INFINITY, greater);
    most.into_iter().fold(rest, greater)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_sum_exp_of_equal_logits_is_their_logarithm() {
        let sum = log_sum_exp(&[1.5; 1000]);
        assert!((sum - 1.5 - 1000f32.ln()).abs() < 1e-5, "{sum}");
    }

    #[test]
    fn the_first_of_equals_is_best() {
        let mut logits = [0f32; 50];
        logits[20] = 3.;
        logits[40] = 3.;
        assert_eq!(best(&logits), 20);
        assert_eq!(best_allowed(&logits, |place| place == 20), 40);
    }
}
