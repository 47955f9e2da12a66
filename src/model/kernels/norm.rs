//! Layer normalisation (Ba et al. 2016), with the sum of a residual connection before it, and root mean square
//! normalisation (Zhang and Sennrich 2019).

use super::cpu::{Cpu, LANES, for_each_cpu};

/// Weights of one normalisation.
pub struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    eps: f32,
}

impl LayerNorm {
    /// Takes weights and biases, both `[d]`, and what is added to the variance.
    pub fn new(weight: Vec<f32>, bias: Vec<f32>, eps: f32) -> Self {
        Self { weight, bias, eps }
    }

    /// `x = LN(x + y)` for each of the rows `[rows, d]`.
    pub fn add_and_normalise(&self, cpu: Cpu, x: &mut [f32], y: &[f32]) {
        add_and_normalise(cpu, x, y, &self.weight, &self.bias, self.eps);
    }
}

/// Weights of one root mean square normalisation: no mean is taken off, no bias is added.
pub struct RmsNorm {
    weight: Vec<f32>,
    eps: f32,
}

impl RmsNorm {
    /// Takes weights `[d]` and what is added to the mean square.
    pub fn new(weight: Vec<f32>, eps: f32) -> Self {
        Self { weight, eps }
    }

    /// The rows of `x` `[rows, d]`, normalised, to `out`.
    pub fn normalise(&self, cpu: Cpu, x: &[f32], out: &mut [f32]) {
        normalise(cpu, x, out, &self.weight, self.eps);
    }
}

for_each_cpu! {
    fn normalise(x: &[f32], out: &mut [f32], weight: &[f32], eps: f32) {
        let d = weight.len();
        for (x, out) in x.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
            let scale = 1. / (sum(x, |x| x * x) / d as f32 + eps).sqrt();
            for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
                *out = x * scale * weight;
            }
        }
    }
}

for_each_cpu! {
    fn add_and_normalise(x: &mut [f32], y: &[f32], weight: &[f32], bias: &[f32], eps: f32) {
        let d = weight.len();
        let bias = &bias[..d];
        for (x, y) in x.chunks_exact_mut(d).zip(y.chunks_exact(d)) {
            for (x, y) in x.iter_mut().zip(y) {
                *x += y;
            }
            let mean = sum(x, |x| x) / d as f32;
            let variance = sum(x, |x| (x - mean) * (x - mean)) / d as f32;
            let scale = 1. / (variance + eps).sqrt();
            for ((x, weight), bias) in x.iter_mut().zip(weight).zip(bias) {
                *x = (*x - mean) * scale * weight + bias;
            }
        }
    }
}

#[inline(always)]
fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0f32; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += term(x);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|&x| term(x)).sum::<f32>()
}
