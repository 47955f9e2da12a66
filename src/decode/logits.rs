//! Rows of logits: the largest, and how probable it is.
//!
//! Loops run over lanes so that the compiler makes vectors of them; lanes are joined in one fixed order, so the results
//! are the same on every CPU.

use candle_core::{Result, Tensor};

use crate::model::exp;

/// Numbers that are looked at side by side.
const LANES: usize = 16;

/// Calls `see` with each row of an f32 matrix on the CPU.
pub(super) fn for_each_row(matrix: &Tensor, mut see: impl FnMut(usize, &[f32])) -> Result<()> {
    let (_, columns) = matrix.dims2()?;
    let matrix = matrix.contiguous()?;
    let (storage, layout) = matrix.storage_and_layout();
    let candle_core::Storage::Cpu(storage) = &*storage else {
        candle_core::bail!("logits must be on the CPU")
    };
    let start = layout.start_offset();
    let values = &storage.as_slice::<f32>()?[start..start + layout.shape().elem_count()];
    for (row, values) in values.chunks_exact(columns).enumerate() {
        see(row, values);
    }
    Ok(())
}

/// The first of the largest logits; 0 when all are minus infinity.
pub(super) fn best(logits: &[f32]) -> u32 {
    let most = largest(logits);
    logits.iter().position(|&logit| logit == most).unwrap_or(0) as u32
}

/// As [`best`], leaving out the tokens that `refused` names.
pub(super) fn best_allowed(logits: &[f32], refused: impl Fn(u32) -> bool) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (token, &logit) in (0u32..).zip(logits) {
        if logit > best.1 && !refused(token) {
            best = (token, logit);
        }
    }
    best.0
}

/// `ln Σ exp(logits)`.
pub(super) fn log_sum_exp(logits: &[f32]) -> f32 {
    let most = largest(logits);
    let mut sums = [0f32; LANES];
    let chunks = logits.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|&x| exp(x - most)).sum();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += exp(x - most);
        }
    }
    most + (sums.iter().sum::<f32>() + rest).ln()
}

fn largest(values: &[f32]) -> f32 {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let mut most = [f32::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks
        .remainder()
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, greater);
    for chunk in chunks {
        for (most, &x) in most.iter_mut().zip(chunk) {
            *most = greater(*most, x);
        }
    }
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
        assert_eq!(best_allowed(&logits, |token| token == 20), 40);
    }
}
