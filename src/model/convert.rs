//! Safetensors or PyTorch's files to 8-bit GGUF: matrices become Q8_0, the rest f32.

use std::borrow::Cow;
use std::io::{self, Cursor};
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};
use half::f16;
use rayon::prelude::*;

use super::architecture;
use super::error::NetworkResult;
use super::files::WeightsFile;
use super::weights::{BLOCK, Weights};

/// Scales that are tried for each row, from that of its largest number to half of it.
const CANDIDATES: usize = 40;

/// Why a conversion failed; the message names the file.
#[derive(Debug, thiserror::Error)]
#[error("cannot convert {path}: {problem}")]
pub struct ConvertError {
    path: std::path::PathBuf,
    problem: String,
}

/// Tensors of these names stay in f32: small ones that are added to sums or rows, and a matrix of T5 whose inputs 8 bits do
/// not hold.
const FLOATS: [&str; 4] = [
    "hint.weight",
    "final_logits_bias",
    "relative_attention_bias",
    "DenseReluDense.wo",
];
/// Tensors of these names are left out: the network computes them.
const COMPUTED: &str = "embed_positions";
/// A matrix that files may keep under several names.
const SHARED: [&str; 3] = ["shared", "embed_tokens", "lm_head"];

/// Converts the `model.safetensors` or `pytorch_model.bin` of a model's folder to the bytes of its `model.gguf`.
///
/// The same input gives the same bytes: tensors are written in the order of their names, and nothing depends on the
/// machine. Matrices become Q8_0: blocks of 32 values along the input, each with an f16 scale, which here is the same for
/// all blocks of a row, so that products need only one. The rest becomes f32, and so do matrices whose rows are not a
/// multiple of 32.
///
/// # Errors
/// When a file cannot be read, is malformed, or is for a network that is not supported.
pub fn convert(folder: &Path) -> Result<Vec<u8>, ConvertError> {
    let fail = |name: &str, problem| ConvertError {
        path: folder.join(name),
        problem,
    };
    let read = |name: &str| std::fs::read(folder.join(name));
    let config = read("config.json").map_err(|error| fail("config.json", error.to_string()))?;
    let network =
        architecture::of_config(&config).map_err(|problem| fail("config.json", problem))?;
    let (name, file) = match read("model.safetensors") {
        Ok(bytes) => ("model.safetensors", WeightsFile::Safetensors(bytes.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = "pytorch_model.bin";
            let bytes = read(name).map_err(|error| {
                fail(
                    "model.safetensors",
                    format!("{error}; nor is there a {name}"),
                )
            })?;
            (name, WeightsFile::PyTorch(bytes.into()))
        }
        Err(error) => return Err(fail("model.safetensors", error.to_string())),
    };
    quantise(&file, network.model_type).map_err(|error| fail(name, error.to_string()))
}

fn quantise(file: &WeightsFile, network: &str) -> NetworkResult<Vec<u8>> {
    let weights = Weights::open(file)?;
    let mut shared: Vec<Tensor> = Vec::new();
    let mut quantised = Vec::new();
    for (name, shape) in weights.shapes()? {
        if name.contains(COMPUTED) {
            continue;
        }
        let tensor = Tensor::from_vec(weights.values(&name, &shape)?, shape, &Device::Cpu)?;
        let keeps = FLOATS.iter().any(|kept| name.contains(kept));
        let tensor = if tensor.rank() == 2 && !keeps && tensor.dim(1)?.is_multiple_of(BLOCK) {
            if SHARED.iter().any(|part| name.contains(part)) {
                if is_there(&shared, &tensor)? {
                    continue;
                }
                shared.push(tensor.clone());
            }
            quantise_rows(&tensor)?
        } else {
            QTensor::quantize(&tensor, GgmlDType::F32)?
        };
        quantised.push((name, tensor));
    }
    let tensors: Vec<_> = (quantised.iter())
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let network = Value::String(network.into());

    let mut file = Cursor::new(Vec::new());
    gguf_file::write(&mut file, &[("general.architecture", &network)], &tensors)?;
    Ok(file.into_inner())
}

/// Whether one of `tensors` is the same to the last digit.
fn is_there(tensors: &[Tensor], tensor: &Tensor) -> candle_core::Result<bool> {
    for other in tensors {
        if other.dims() == tensor.dims()
            && other.ne(tensor)?.flatten_all()?.max(0)?.to_scalar::<u8>()? == 0
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn quantise_rows(matrix: &Tensor) -> candle_core::Result<QTensor> {
    let (rows, columns) = matrix.dims2()?;
    let row_bytes = columns / BLOCK * (2 + BLOCK);
    let mut data = vec![0; rows * row_bytes];
    let values: Vec<f32> = matrix.flatten_all()?.to_vec1()?;
    let pairs = (data.par_chunks_exact_mut(row_bytes)).zip(values.par_chunks_exact(columns));
    pairs.for_each(|(data, row)| {
        let scale = best_scale(row);
        let step = |x: &f32| (x / scale.to_f32()).round_ties_even().clamp(-127., 127.);
        let blocks = row.chunks_exact(BLOCK);
        for (data, block) in data.chunks_exact_mut(2 + BLOCK).zip(blocks) {
            let (begin, bytes) = data.split_at_mut(2);
            begin.copy_from_slice(&scale.to_le_bytes());
            for (byte, x) in bytes.iter_mut().zip(block) {
                *byte = step(x) as i8 as u8;
            }
        }
    });
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
