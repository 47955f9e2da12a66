//! Safetensors to 8-bit GGUF: matrices become Q8_0, vectors f32.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{DType, Device, Tensor, bail, safetensors};
use half::f16;

use super::weights::BLOCK;

/// Scales that are tried for each row, from that of its largest number to half of it.
const CANDIDATES: usize = 40;

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
/// machine. Matrices (rank 2) become Q8_0: blocks of 32 numbers along the input, each with an f16 scale, which here is the
/// same for all blocks of a row, so that products need only one. The rest becomes f32.
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
            let tensor = tensor.to_dtype(DType::F32)?;
            let quantised = if tensor.rank() == 2 {
                quantise_rows(&tensor)?
            } else {
                QTensor::quantize(&tensor, GgmlDType::F32)?
            };
            Ok((name.as_str(), quantised))
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

fn quantise_rows(matrix: &Tensor) -> candle_core::Result<QTensor> {
    let (rows, columns) = matrix.dims2()?;
    if !columns.is_multiple_of(BLOCK) {
        bail!("a matrix has rows of {columns} numbers, no multiple of {BLOCK}")
    }
    let mut data = Vec::with_capacity(rows * columns / BLOCK * (2 + BLOCK));
    for row in matrix.to_vec2::<f32>()? {
        let scale = best_scale(&row);
        let step = |x: &f32| (x / scale.to_f32()).round_ties_even().clamp(-127., 127.);
        for block in row.chunks_exact(BLOCK) {
            data.extend(scale.to_le_bytes());
            data.extend(block.iter().map(|x| step(x) as i8 as u8));
        }
    }
    let storage = QStorage::from_data(Cow::Owned(data), &Device::Cpu, GgmlDType::Q8_0)?;
    QTensor::new(storage, (rows, columns))
}

/// The scale that changes a row least (sum of squares): a few large numbers may be cut off so that the many small ones
/// keep their digits.
fn best_scale(row: &[f32]) -> f16 {
    let largest = row
        .iter()
        .fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let error = |scale: f16| -> f32 {
        let scale = scale.to_f32();
        let back = |x: &f32| (x / scale).round_ties_even().clamp(-127., 127.) * scale;
        row.iter().map(|x| (x - back(x)) * (x - back(x))).sum()
    };
    (0..CANDIDATES)
        .map(|i| f16::from_f32(largest / 127. * (1. - i as f32 / 2. / CANDIDATES as f32)))
        .filter(|scale| scale.to_f32() > 0.)
        .map(|scale| (error(scale), scale))
        .reduce(|best, other| if other.0 < best.0 { other } else { best })
        .map_or(f16::ONE, |(_, scale)| scale)
}
