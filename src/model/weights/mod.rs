//! Tensors by name, from GGUF, safetensors or Marian's format, checked against the sizes that a network expects.

mod gguf;
mod marian;

pub use gguf::{BLOCK, GgufFile};
pub use marian::MarianFile;

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Result, Tensor, bail};

use super::matrix::{FloatMatrix, Linear, Matrix};
use crate::hub::WeightsFile;

/// An opened file of tensors.
pub enum Weights<'a> {
    /// Quantised matrices and f32 vectors ([GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)).
    Gguf(GgufFile<'a>),
    /// f16 or f32 tensors, computed in f32.
    Safetensors(SliceSafetensors<'a>),
    /// A Firefox Translations model.
    Marian(MarianFile<'a>),
}

impl<'a> Weights<'a> {
    /// Reads the directory of a weights file; the tensors follow when they are asked for.
    ///
    /// # Errors
    /// When the bytes are not such a file.
    pub fn open(file: &'a WeightsFile) -> Result<Self> {
        Ok(match file {
            WeightsFile::Gguf(bytes) => Self::Gguf(GgufFile::open(bytes)?),
            WeightsFile::Safetensors(bytes) => Self::Safetensors(SliceSafetensors::new(bytes)?),
            WeightsFile::Marian(bytes) => Self::Marian(MarianFile::open(bytes)?),
        })
    }

    /// A weight matrix `[rows, columns]` for products `x Wᵀ` and for embedding look-ups.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape, or ends outside the file.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        match self {
            Self::Gguf(file) => file.matrix(name, rows, columns).map(Matrix::Quantised),
            Self::Marian(file) => file.matrix(name, rows, columns).map(Matrix::Quantised),
            Self::Safetensors(tensors) => {
                let tensor = plain(tensors, name, &[rows, columns])?;
                FloatMatrix::new(&tensor).map(Matrix::Float)
            }
        }
    }

    /// A vector of `len` numbers in f32.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>> {
        match self {
            Self::Gguf(file) => file.vector(name, len),
            Self::Marian(file) => file.vector(name, len),
            Self::Safetensors(tensors) => plain(tensors, name, &[len])?.to_vec1(),
        }
    }

    /// `{path}.weight` `[output, input]` and `{path}.bias`.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn projection(
        &self,
        path: &str,
        output: usize,
        input: usize,
    ) -> Result<(Matrix, Vec<f32>)> {
        Ok((
            self.matrix(&format!("{path}.weight"), output, input)?,
            self.vector(&format!("{path}.bias"), output)?,
        ))
    }

    /// [`Weights::projection`] as a layer.
    ///
    /// # Errors
    /// As there.
    pub fn linear(&self, path: &str, output: usize, input: usize) -> Result<Linear> {
        let (matrix, bias) = self.projection(path, output, input)?;
        Linear::new(&matrix, &bias)
    }
}

fn plain(tensors: &SliceSafetensors<'_>, name: &str, shape: &[usize]) -> Result<Tensor> {
    let tensor = tensors.load(name, &Device::Cpu)?;
    expect_shape(name, tensor.dims(), shape)?;
    tensor.to_dtype(DType::F32)
}

fn expect_shape(name: &str, found: &[usize], expected: &[usize]) -> Result<()> {
    if found != expected {
        bail!("the tensor {name} has shape {found:?}, but the network asks for {expected:?}")
    }
    Ok(())
}
