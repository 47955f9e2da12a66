//! Tensors by name, from GGUF or safetensors, checked against the sizes that a network expects.

use std::io::Cursor;

use candle_core::quantized::gguf_file::Content;
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Result, Tensor, bail};

use super::matrix::Matrix;
use super::quantised::QuantisedMatrix;
use crate::hub::WeightsFile;

/// An opened file of tensors.
pub enum Weights<'a> {
    /// Quantised matrices and f32 vectors ([GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)).
    Gguf {
        /// The directory of the file.
        content: Content,
        /// The whole file.
        bytes: &'a [u8],
    },
    /// f16 or f32 tensors, computed in f32.
    Safetensors(SliceSafetensors<'a>),
}

impl<'a> Weights<'a> {
    /// Reads the directory of a weights file; the tensors follow when they are asked for.
    ///
    /// # Errors
    /// When the bytes are not such a file.
    pub fn open(file: &'a WeightsFile) -> Result<Self> {
        match file {
            WeightsFile::Gguf(bytes) => {
                let content = read_gguf_directory(bytes)?;
                Ok(Self::Gguf { content, bytes })
            }
            WeightsFile::Safetensors(bytes) => Ok(Self::Safetensors(SliceSafetensors::new(bytes)?)),
        }
    }

    /// A weight matrix `[rows, columns]` for products `x Wᵀ` and for embedding look-ups.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape, or ends outside the file.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        match self {
            Self::Gguf { .. } => {
                let tensor = self.quantised(name, &[rows, columns])?;
                QuantisedMatrix::new(&tensor).map(Matrix::Quantised)
            }
            Self::Safetensors(_) => Ok(Matrix::Float(self.plain(name, &[rows, columns])?)),
        }
    }

    /// A vector of `len` numbers in f32.
    ///
    /// # Errors
    /// As for [`Weights::matrix`].
    pub fn vector(&self, name: &str, len: usize) -> Result<Tensor> {
        match self {
            Self::Gguf { .. } => self.quantised(name, &[len])?.dequantize(&Device::Cpu),
            Self::Safetensors(_) => self.plain(name, &[len]),
        }
    }

    fn quantised(&self, name: &str, shape: &[usize]) -> Result<QTensor> {
        let Self::Gguf { content, bytes } = self else {
            bail!("{name} is not quantised")
        };
        let Some(info) = content.tensor_infos.get(name) else {
            bail!("the tensor {name} is missing")
        };
        expect_shape(name, info.shape.dims(), shape)?;
        // Checked here because the reader allocates before it reads.
        let elements: usize = shape.iter().product();
        let size = elements / info.ggml_dtype.block_size() * info.ggml_dtype.type_size();
        let end = content
            .tensor_data_offset
            .checked_add(info.offset)
            .and_then(|start| start.checked_add(size as u64));
        if end.is_none_or(|end| end > bytes.len() as u64) {
            bail!("the tensor {name} ends outside the file: the file is cut off")
        }
        content.tensor(&mut Cursor::new(bytes), name, &Device::Cpu)
    }

    fn plain(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let Self::Safetensors(tensors) = self else {
            bail!("{name} is quantised")
        };
        let tensor = tensors.load(name, &Device::Cpu)?;
        expect_shape(name, tensor.dims(), shape)?;
        tensor.to_dtype(DType::F32)
    }
}

fn expect_shape(name: &str, found: &[usize], expected: &[usize]) -> Result<()> {
    if found != expected {
        bail!("the tensor {name} has shape {found:?}, but config.json asks for {expected:?}")
    }
    Ok(())
}

/// Reads a GGUF directory; a custom alignment is refused because the reader divides by it unchecked, and no writer
/// of these models sets one.
fn read_gguf_directory(bytes: &[u8]) -> Result<Content> {
    let key = b"general.alignment";
    let header = &bytes[..bytes.len().min(1 << 20)];
    if header.windows(key.len()).any(|window| window == key) {
        bail!("the GGUF file sets general.alignment, which is not supported")
    }
    Content::read(&mut Cursor::new(bytes))
}

/// The quantised type of matrices in the project's own GGUF files: blocks of 32 with one f16 scale each.
pub const MATRIX_DTYPE: GgmlDType = GgmlDType::Q8_0;
