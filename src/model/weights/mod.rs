//! Tensors by name, from GGUF, safetensors, PyTorch's or Marian's format, checked against the sizes that a network expects.

mod gguf;
mod marian;
mod pytorch;

#[cfg(feature = "llm")]
pub use gguf::content as gguf_content;
pub use gguf::{BLOCK, GgufFile};
pub use marian::MarianFile;
pub use pytorch::PyTorchFile;

use std::collections::BTreeMap;

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device};

use crate::model::error::{NetworkResult, bail};
use crate::model::files::WeightsFile;
use crate::model::kernels::norm::{LayerNorm, RmsNorm};

use crate::model::kernels::matrix::{FloatMatrix, Linear, Matrix};

/// An opened file of tensors.
pub struct Weights<'a> {
    file: TensorFile<'a>,
    /// Whether floating-point matrices are quantised to 8 bits.
    pub quantise: bool,
}

enum TensorFile<'a> {
    /// Quantised matrices and f32 tensors ([GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)).
    Gguf(GgufFile<'a>),
    /// f16, bf16 or f32 tensors, computed in f32.
    Safetensors(SliceSafetensors<'a>),
    /// f32, f16 or bf16 tensors in PyTorch's format.
    PyTorch(PyTorchFile<'a>),
    /// A Firefox Translations model.
    Marian(MarianFile<'a>),
}

impl<'a> Weights<'a> {
    /// Reads the directory of a weights file; the tensors follow when they are asked for.
    ///
    /// # Errors
    /// When the bytes are not such a file.
    pub fn open(file: &'a WeightsFile) -> NetworkResult<Self> {
        let file = match file {
            WeightsFile::Gguf(bytes) => TensorFile::Gguf(GgufFile::open(bytes)?),
            WeightsFile::Safetensors(bytes) => {
                TensorFile::Safetensors(SliceSafetensors::new(bytes)?)
            }
            WeightsFile::PyTorch(bytes) => TensorFile::PyTorch(PyTorchFile::open(bytes)?),
            WeightsFile::Marian(bytes) => TensorFile::Marian(MarianFile::open(bytes)?),
        };
        Ok(Self {
            file,
            quantise: false,
        })
    }

    /// The file, if it is Marian's.
    pub fn marian(&self) -> Option<&MarianFile<'a>> {
        match &self.file {
            TensorFile::Marian(file) => Some(file),
            _ => None,
        }
    }

    /// Whether the file has a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        match &self.file {
            TensorFile::Safetensors(tensors) => tensors.get(name).is_ok(),
            TensorFile::PyTorch(file) => file.has(name),
            TensorFile::Gguf(file) => file.has(name),
            // By other names than those that are asked for.
            TensorFile::Marian(_) => false,
        }
    }

    /// Shapes of the floating-point tensors by their names, of a file that is not quantised.
    ///
    /// # Errors
    /// When the file is quantised.
    pub fn shapes(&self) -> NetworkResult<BTreeMap<String, Vec<usize>>> {
        match &self.file {
            TensorFile::Safetensors(tensors) => {
                let float = |dtype| DType::try_from(dtype).is_ok_and(|dtype| dtype.is_float());
                let floats =
                    (tensors.tensors().into_iter()).filter(|(_, view)| float(view.dtype()));
                Ok(floats
                    .map(|(name, view)| (name, view.shape().to_vec()))
                    .collect())
            }
            TensorFile::PyTorch(file) => Ok(file.shapes().into_iter().collect()),
            TensorFile::Gguf(_) | TensorFile::Marian(_) => bail!("the file is quantised"),
        }
    }

    /// The first of `names` that the file has; the first of all if it has none, so that its absence is said.
    pub fn first<'n>(&self, names: &[&'n str]) -> &'n str {
        (names.iter().find(|name| self.has(name))).unwrap_or(&names[0])
    }

    /// A weight matrix `[rows, columns]` for products `x Wᵀ` and for embedding look-ups.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape, holds values that are not finite, or ends outside the file.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> NetworkResult<Matrix> {
        let values = match &self.file {
            TensorFile::Gguf(file) if file.is_quantised(name) => {
                return file.matrix(name, rows, columns).map(Matrix::Quantised);
            }
            TensorFile::Marian(file) => {
                return file.matrix(name, rows, columns).map(Matrix::Quantised);
            }
            _ => self.values(name, &[rows, columns])?,
        };
        if values.iter().any(|x| !x.is_finite()) {
            bail!("the tensor {name} has numbers that are not finite")
        }
        let matrix = FloatMatrix::new(columns, values);
        if self.quantise {
            matrix.quantise()
        } else {
            Ok(Matrix::Float(matrix))
        }
    }

    /// A vector of `len` values in f32.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape, or ends outside the file.
    pub fn vector(&self, name: &str, len: usize) -> NetworkResult<Vec<f32>> {
        match &self.file {
            TensorFile::Marian(file) => file.vector(name, len),
            _ => self.values(name, &[len]),
        }
    }

    /// The values of a tensor of any shape that is not quantised.
    ///
    /// # Errors
    /// As for [`Weights::vector`]; when the tensor is quantised.
    pub fn values(&self, name: &str, shape: &[usize]) -> NetworkResult<Vec<f32>> {
        match &self.file {
            TensorFile::Safetensors(tensors) => {
                let tensor = tensors.load(name, &Device::Cpu)?;
                expect_shape(name, tensor.dims(), shape)?;
                Ok(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
            }
            TensorFile::PyTorch(file) => file.values(name, shape),
            TensorFile::Gguf(file) => file.values(name, shape),
            TensorFile::Marian(_) => bail!("{name} is not to be had from a quantised file"),
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
    ) -> NetworkResult<(Matrix, Vec<f32>)> {
        Ok((
            self.matrix(&format!("{path}.weight"), output, input)?,
            self.vector(&format!("{path}.bias"), output)?,
        ))
    }

    /// `{path}.weight` and `{path}.bias`, both `[d]`, of a layer normalisation.
    ///
    /// # Errors
    /// As for [`Weights::vector`].
    pub fn layer_norm(&self, path: &str, d: usize, eps: f64) -> NetworkResult<LayerNorm> {
        let weight = self.vector(&format!("{path}.weight"), d)?;
        let bias = self.vector(&format!("{path}.bias"), d)?;
        Ok(LayerNorm::new(weight, bias, eps as f32))
    }

    /// `{path}.weight` `[d]` of a root mean square normalisation.
    ///
    /// # Errors
    /// As for [`Weights::vector`].
    pub fn rms_norm(&self, path: &str, d: usize, eps: f64) -> NetworkResult<RmsNorm> {
        let weight = self.vector(&format!("{path}.weight"), d)?;
        Ok(RmsNorm::new(weight, eps as f32))
    }

    /// [`Weights::projection`] as a layer.
    ///
    /// # Errors
    /// As there.
    pub fn linear(&self, path: &str, output: usize, input: usize) -> NetworkResult<Linear> {
        let (matrix, bias) = self.projection(path, output, input)?;
        Ok(Linear::new(&matrix, &bias))
    }
}

fn expect_shape(name: &str, found: &[usize], expected: &[usize]) -> NetworkResult<()> {
    if found != expected {
        bail!("the tensor {name} has shape {found:?}, but the network asks for {expected:?}")
    }
    Ok(())
}
