//! Safetensors to 8-bit GGUF: matrices become Q8_0, vectors f32.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, safetensors};

use super::weights::MATRIX_DTYPE;

/// Why a conversion failed; the message names the file.
#[derive(Debug, thiserror::Error)]
#[error("cannot convert {path}: {problem}")]
pub struct ConvertError {
    path: std::path::PathBuf,
    problem: String,
}

/// Converts the `model.safetensors` of a model's folder to the bytes of its `model.gguf`.
///
/// The same input gives the same bytes: tensors are written in the order of their names, and nothing depends on the
/// machine. Matrices (rank 2) become Q8_0, blocks of 32 numbers along the input with one f16 scale; the rest f32.
///
/// # Errors
/// When the file cannot be read, is not safetensors, or has a matrix whose rows are not a multiple of 32.
pub fn convert(folder: &Path) -> Result<Vec<u8>, ConvertError> {
    let path = folder.join("model.safetensors");
    match quantise(&path) {
        Ok(gguf) => Ok(gguf),
        Err(error) => Err(ConvertError {
            path,
            problem: super::message(&error),
        }),
    }
}

fn quantise(path: &Path) -> candle_core::Result<Vec<u8>> {
    let tensors: BTreeMap<_, _> = safetensors::load_buffer(&std::fs::read(path)?, &Device::Cpu)?
        .into_iter()
        .collect();
    let quantised = tensors
        .iter()
        .map(|(name, tensor)| {
            let dtype = if tensor.rank() == 2 {
                MATRIX_DTYPE
            } else {
                GgmlDType::F32
            };
            let tensor = tensor.to_dtype(DType::F32)?;
            Ok((name.as_str(), QTensor::quantize(&tensor, dtype)?))
        })
        .collect::<candle_core::Result<Vec<_>>>()?;
    let tensors: Vec<_> = quantised
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let architecture = Value::String("marian-student-ssru".into());

    let mut file = Cursor::new(Vec::new());
    gguf_file::write(
        &mut file,
        &[("general.architecture", &architecture)],
        &tensors,
    )?;
    Ok(file.into_inner())
}
