//! The functions between the two products of a feed-forward block, the same to the last bit on every CPU.

use candle_core::cpu::erf::erf_f32;
use serde::Deserialize;

use super::cpu::{Cpu, for_each_cpu};
use super::exp::sigmoid;

/// A function of one number, by the names that `config.json` has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// `x · sigmoid(x)` (Ramachandran et al. 2017).
    #[serde(alias = "silu")]
    Swish,
    /// `x · Φ(x)` (Hendrycks and Gimpel 2016), with the exact Φ of the normal distribution.
    Gelu,
    /// GELU with a hyperbolic tangent for Φ.
    #[serde(rename = "gelu_new", alias = "gelu_pytorch_tanh")]
    GeluTanh,
}

impl Activation {
    /// The function for candle's tensors.
    pub fn on_tensors(self) -> candle_nn::Activation {
        match self {
            Self::Relu => candle_nn::Activation::Relu,
            Self::Swish => candle_nn::Activation::Silu,
            Self::Gelu => candle_nn::Activation::Gelu,
            Self::GeluTanh => candle_nn::Activation::NewGelu,
        }
    }

    /// Applies the function to `x`, in place.
    pub fn apply(self, cpu: Cpu, x: &mut [f32]) {
        match self {
            Self::Relu => relu(cpu, x),
            Self::Swish => swish(cpu, x),
            Self::Gelu => {
                for x in x {
                    *x = *x * 0.5 * (1. + erf_f32(*x * std::f32::consts::FRAC_1_SQRT_2));
                }
            }
            Self::GeluTanh => gelu_tanh(cpu, x),
        }
    }
}

for_each_cpu! {
    fn relu(x: &mut [f32]) {
        for x in x {
            *x = x.max(0.);
        }
    }
}

for_each_cpu! {
    fn swish(x: &mut [f32]) {
        for x in x {
            *x *= sigmoid(*x);
        }
    }
}

for_each_cpu! {
    /// `x / 2 · (1 + tanh u)` is `x · sigmoid(2 u)`.
    fn gelu_tanh(x: &mut [f32]) {
        /// `2 · √(2 / π)`.
        const TWICE: f32 = 1.595_769;
        for x in x {
            *x *= sigmoid(TWICE * (*x + 0.044715 * *x * *x * *x));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of PyTorch 2 for -3, -1, -0.25, 0, 0.5, 2.
    #[test]
    fn values_of_pytorch() {
        let expected: [(Activation, [f32; 6]); 4] = [
            (Activation::Relu, [0., 0., 0., 0., 0.5, 2.]),
            (Activation::Swish, SWISH),
            (Activation::Gelu, GELU),
            (Activation::GeluTanh, GELU_TANH),
        ];
        for (activation, expected) in expected {
            let mut x = [-3., -1., -0.25, 0., 0.5, 2.];
            activation.apply(Cpu::detect(), &mut x);
            for (found, expected) in x.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{activation:?}: {x:?}");
            }
        }
    }

    const SWISH: [f32; 6] = [
        -0.1422776,
        -0.2689414,
        -0.1094559,
        0.0000000,
        0.311_229_7,
        1.761_594,
    ];
    const GELU: [f32; 6] = [
        -0.0040502,
        -0.1586553,
        -0.1003234,
        0.0000000,
        0.3457312,
        1.954_499_7,
    ];
    const GELU_TANH: [f32; 6] = [
        -0.0036374,
        -0.158_808,
        -0.1003246,
        0.0000000,
        0.345_714,
        1.954_597_7,
    ];
}
