//! Weight matrices in f32 or 8 bits, behind the three things that networks do with them.

use candle_core::{Result, Tensor};

use super::quantised::QuantisedMatrix;
use super::weights::Weights;

/// A weight matrix `[rows, columns]`.
pub enum Matrix {
    /// f32.
    Float(Tensor),
    /// 8-bit blocks.
    Quantised(QuantisedMatrix),
}

impl Matrix {
    /// Rows `ids`: ids of any shape give `[.., columns]`.
    ///
    /// # Errors
    /// When an id is not below the number of rows.
    pub fn embedding(&self, ids: &Tensor) -> Result<Tensor> {
        match self {
            Self::Float(matrix) => {
                let mut shape = ids.dims().to_vec();
                shape.push(matrix.dim(1)?);
                matrix.index_select(&ids.flatten_all()?, 0)?.reshape(shape)
            }
            Self::Quantised(matrix) => matrix.embedding(ids),
        }
    }

    /// `x Wᵀ + bias`, then `max(0, ·)` if asked: `[.., columns]` to `[.., rows]`.
    fn product(&self, x: &Tensor, bias: Option<&Bias>, relu: bool) -> Result<Tensor> {
        match self {
            Self::Float(matrix) => {
                // As one product of rank 2, whatever the rank of `x`.
                let columns = matrix.dim(1)?;
                let mut shape = x.dims().to_vec();
                shape.pop();
                shape.push(matrix.dim(0)?);
                let rows = x.reshape(((), columns))?;
                let mut y = rows.matmul(&matrix.t()?)?;
                if let Some(bias) = bias {
                    y = y.broadcast_add(&bias.tensor)?;
                }
                if relu {
                    y = y.relu()?;
                }
                y.reshape(shape)
            }
            Self::Quantised(matrix) => {
                matrix.forward(x, bias.map(|bias| bias.values.as_slice()), relu)
            }
        }
    }
}

/// A bias in the two forms that the products take.
struct Bias {
    tensor: Tensor,
    values: Vec<f32>,
}

/// `y = x Wᵀ + b`.
pub struct Linear {
    weight: Matrix,
    bias: Option<Bias>,
}

impl Linear {
    /// Takes `{path}.weight` and `{path}.bias`.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn load(weights: &Weights<'_>, path: &str, out: usize, input: usize) -> Result<Self> {
        let weight = weights.matrix(&format!("{path}.weight"), out, input)?;
        let bias = weights.vector(&format!("{path}.bias"), out)?;
        Self::new(weight, Some(bias))
    }

    /// Puts a matrix `[out, input]` and a bias `[out]` together.
    ///
    /// # Errors
    /// When the bias is not a vector of f32.
    pub fn new(weight: Matrix, bias: Option<Tensor>) -> Result<Self> {
        let bias = bias
            .map(|tensor| {
                let values = tensor.to_vec1()?;
                Ok::<_, candle_core::Error>(Bias { tensor, values })
            })
            .transpose()?;
        Ok(Self { weight, bias })
    }

    /// `[.., input]` to `[.., out]`.
    ///
    /// # Errors
    /// When the last dimension of `x` is not `input`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.weight.product(x, self.bias.as_ref(), false)
    }

    /// `max(0, ·)` of [`Linear::forward`].
    ///
    /// # Errors
    /// As there.
    pub fn forward_relu(&self, x: &Tensor) -> Result<Tensor> {
        self.weight.product(x, self.bias.as_ref(), true)
    }

    /// Rows of the matrix, for a matrix that also serves as an embedding.
    ///
    /// # Errors
    /// As for [`Matrix::embedding`].
    pub fn embedding(&self, ids: &Tensor) -> Result<Tensor> {
        self.weight.embedding(ids)
    }
}
