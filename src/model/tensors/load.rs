//! Weights as layers of candle tensors.

use crate::model::error::NetworkResult;
use candle_core::{Device, Tensor};
use candle_nn::{LayerNorm, Linear, RmsNorm};

use super::{Attention, EncoderTensors, FeedForwardTensors, Norm};
use crate::model::kernels::activation::Activation;
use crate::model::weights::Weights;

/// Loads weights to a device.
pub struct Loader<'a> {
    pub weights: &'a Weights<'a>,
    pub device: &'a Device,
}

impl Loader<'_> {
    /// A matrix `[rows, columns]` in f32, whatever the file has.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> NetworkResult<Tensor> {
        let floats = self.weights.matrix(name, rows, columns)?.floats();
        Ok(Tensor::from_vec(floats, (rows, columns), self.device)?)
    }

    /// A vector in f32.
    ///
    /// # Errors
    /// As for [`Weights::vector`].
    pub fn vector(&self, name: &str, len: usize) -> NetworkResult<Tensor> {
        self.to_device(self.weights.vector(name, len)?)
    }

    /// Moves a vector that is no tensor of the file to the device.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn to_device(&self, values: Vec<f32>) -> NetworkResult<Tensor> {
        let len = values.len();
        Ok(Tensor::from_vec(values, len, self.device)?)
    }

    /// `{path}.weight` `[output, input]` without a bias.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn product(&self, path: &str, output: usize, input: usize) -> NetworkResult<Linear> {
        let matrix = self.matrix(&format!("{path}.weight"), output, input)?;
        Ok(Linear::new(matrix, None))
    }

    /// `{path}.weight` `[output, input]` and `{path}.bias`.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn linear(&self, path: &str, output: usize, input: usize) -> NetworkResult<Linear> {
        let product = self.product(path, output, input)?;
        let bias = self.vector(&format!("{path}.bias"), output)?;
        Ok(Linear::new(product.weight().clone(), Some(bias)))
    }

    /// The post-norm `{path}.weight` and `{path}.bias`.
    ///
    /// # Errors
    /// As for [`Weights::vector`].
    pub fn post_norm(&self, path: &str, d: usize, eps: f64) -> NetworkResult<Norm> {
        let weight = self.vector(&format!("{path}.weight"), d)?;
        let bias = self.vector(&format!("{path}.bias"), d)?;
        Ok(Norm::Post(LayerNorm::new(weight, bias, eps)))
    }

    /// `{path}.weight`.
    ///
    /// # Errors
    /// As for [`Weights::vector`].
    pub fn rms_norm(&self, path: &str, d: usize, eps: f64) -> NetworkResult<RmsNorm> {
        let weight = self.vector(&format!("{path}.weight"), d)?;
        Ok(RmsNorm::new(weight, eps))
    }

    /// `{path}.q_proj`, `k_proj`, `v_proj` and `out_proj`, with biases.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn attention(&self, path: &str, heads: usize, d: usize) -> NetworkResult<Attention> {
        let part = |name: &str| self.linear(&format!("{path}.{name}"), d, d);
        Ok(Attention {
            heads,
            scale: ((d / heads) as f64).sqrt().recip(),
            query: part("q_proj")?,
            key: part("k_proj")?,
            value: part("v_proj")?,
            output: part("out_proj")?,
        })
    }

    /// `{path}.fc1` and `fc2`.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn feed_forward(
        &self,
        path: &str,
        (d, inner): (usize, usize),
        activation: Activation,
    ) -> NetworkResult<FeedForwardTensors> {
        Ok(FeedForwardTensors {
            input: self.linear(&format!("{path}.fc1"), inner, d)?,
            gated: None,
            activation: activation.on_tensors(),
            output: self.linear(&format!("{path}.fc2"), d, inner)?,
        })
    }

    /// A layer of a post-norm encoder, as Marian trains them.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn encoder_layer(
        &self,
        path: &str,
        sizes: (usize, usize),
        heads: usize,
        activation: Activation,
        eps: f64,
    ) -> NetworkResult<EncoderTensors> {
        let d = sizes.0;
        let norm = |name: &str| self.post_norm(&format!("{path}.{name}_layer_norm"), d, eps);
        Ok(EncoderTensors {
            attention: self.attention(&format!("{path}.self_attn"), heads, d)?,
            attention_norm: norm("self_attn")?,
            feed_forward: self.feed_forward(path, sizes, activation)?,
            feed_forward_norm: norm("final")?,
        })
    }
}
