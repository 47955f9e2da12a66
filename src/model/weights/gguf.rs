//! The project's own files: GGUF with Q8_0 matrices, the rest in f32.

use std::io::Cursor;
use std::sync::LazyLock;

use crate::model::error::{NetworkResult, bail};
use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Content;
use half::f16;
use regex::bytes::Regex;

use super::expect_shape;
use crate::model::kernels::quantised::QuantisedMatrix;

/// Numbers of a Q8_0 block, which is an f16 scale and then so many signed bytes.
pub const BLOCK: usize = 32;
const BLOCK_BYTES: usize = 2 + BLOCK;

/// Reads the directory of a GGUF file.
///
/// # Errors
/// When the bytes are not GGUF. A custom alignment is refused because candle's reader divides by it unchecked; nearly no
/// writer sets one. It is looked for in the whole file: lists before it may be long.
pub fn content(bytes: &[u8]) -> NetworkResult<Content> {
    static ALIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
        // The key, then `u32` as its type, then 32.
        Regex::new(r"(?s-u)general\.alignment(\x04\x00\x00\x00\x20\x00\x00\x00)?")
            .expect("the pattern is constant")
    });
    let mut settings = ALIGNMENT.captures_iter(bytes);
    if settings.any(|setting| setting.get(1).is_none()) {
        bail!("the GGUF file sets general.alignment, which is not supported")
    }
    Ok(Content::read(&mut Cursor::new(bytes))?)
}

/// A GGUF file, its directory read.
pub struct GgufFile<'a> {
    content: Content,
    bytes: &'a [u8],
}

impl<'a> GgufFile<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// As for [`content`].
    pub fn open(bytes: &'a [u8]) -> NetworkResult<Self> {
        let content = content(bytes)?;
        Ok(Self { content, bytes })
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// A Q8_0 matrix. Rows whose blocks have different scales are quantised anew with one scale.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape or type, or ends outside the file.
    pub fn matrix(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> NetworkResult<QuantisedMatrix> {
        let data = self.tensor(name, &[rows, columns], GgmlDType::Q8_0)?;
        let mut values = Vec::with_capacity(rows * columns);
        let mut scales = Vec::with_capacity(rows);
        for row in data.chunks_exact(columns / BLOCK * BLOCK_BYTES) {
            let blocks = row.as_chunks::<BLOCK_BYTES>().0;
            let scale = |block: &[u8; BLOCK_BYTES]| f16::from_le_bytes([block[0], block[1]]);
            if blocks.iter().all(|block| block[..2] == blocks[0][..2]) {
                scales.push(scale(&blocks[0]).to_f32());
                for block in blocks {
                    values.extend(block[2..].iter().map(|&byte| byte as i8));
                }
                continue;
            }
            let numbers = blocks.iter().flat_map(|block| {
                let scale = scale(block).to_f32();
                block[2..]
                    .iter()
                    .map(move |&byte| f32::from(byte as i8) * scale)
            });
            let largest = numbers.clone().fold(0f32, |most, x| most.max(x.abs()));
            scales.push(largest / 127.);
            values.extend(numbers.map(|x| (x * (127. / largest)).round_ties_even() as i8));
        }
        QuantisedMatrix::new(columns, values, scales)
    }

    /// Whether a tensor is there in Q8_0.
    pub fn is_quantised(&self, name: &str) -> bool {
        (self.content.tensor_infos.get(name)).is_some_and(|info| info.ggml_dtype == GgmlDType::Q8_0)
    }

    /// An f32 tensor.
    ///
    /// # Errors
    /// As for [`GgufFile::matrix`].
    pub fn values(&self, name: &str, shape: &[usize]) -> NetworkResult<Vec<f32>> {
        let data = self.tensor(name, shape, GgmlDType::F32)?;
        let numbers = data.as_chunks().0;
        Ok(numbers.iter().map(|&b| f32::from_le_bytes(b)).collect())
    }

    /// The bytes of a tensor.
    fn tensor(&self, name: &str, shape: &[usize], dtype: GgmlDType) -> NetworkResult<&'a [u8]> {
        let Some(info) = self.content.tensor_infos.get(name) else {
            bail!("the tensor {name} is missing")
        };
        expect_shape(name, info.shape.dims(), shape)?;
        if info.ggml_dtype != dtype {
            bail!(
                "the tensor {name} must be {dtype:?}, not {:?}",
                info.ggml_dtype
            )
        }
        let elements: usize = shape.iter().product();
        if dtype == GgmlDType::Q8_0 && !shape[1].is_multiple_of(BLOCK) {
            bail!("the rows of {name} are no multiple of {BLOCK}")
        }
        let size = elements / dtype.block_size() * dtype.type_size();
        let start = self.content.tensor_data_offset.checked_add(info.offset);
        let data = start
            .and_then(|start| usize::try_from(start).ok())
            .and_then(|start| self.bytes.get(start..start.checked_add(size)?));
        match data {
            Some(data) => Ok(data),
            None => bail!("the tensor {name} ends outside the file: the file is cut off"),
        }
    }
}
