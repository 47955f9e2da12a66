//! The file around a pickle: a zip archive since PyTorch 1.6, before that one file in which the storages follow.

use std::collections::HashMap;
use std::io::Cursor;

use half::{bf16, f16};

use super::pickle::{Dtype, PickleValue, StoredTensor, unpickle};
use crate::model::error::{NetworkError, NetworkResult, bail};
use crate::model::weights::expect_shape;

/// A file of tensors, its directory read.
pub struct PyTorchFile<'a> {
    tensors: HashMap<String, StoredTensor>,
    /// By the key of a storage: its data type and bytes.
    storages: HashMap<String, (Dtype, &'a [u8])>,
}

/// The begin of a file from before PyTorch 1.6: a pickled number.
const OLD: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

impl<'a> PyTorchFile<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// When the bytes are no such file, are cut off, or hold something else than tensors by their names.
    pub fn open(bytes: &'a [u8]) -> NetworkResult<Self> {
        if bytes.starts_with(OLD) {
            return Self::open_old(bytes);
        }
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            NetworkError::new(format!("it is no PyTorch file, or it is cut off: {error}"))
        })?;
        let broken = |error: zip::result::ZipError| NetworkError::new(error.to_string());
        let mut entries: HashMap<String, &[u8]> = HashMap::new();
        for i in 0..archive.len() {
            let entry = archive.by_index(i).map_err(broken)?;
            let name = entry.name().map_err(broken)?.into_owned();
            // PyTorch does not compress; so the bytes can be taken from where they stand.
            let data = (entry.compression() == zip::CompressionMethod::Stored)
                .then(|| Some((entry.data_start()?, entry.size())))
                .flatten();
            let data = data.and_then(|(start, size)| {
                let (start, size) = (usize::try_from(start).ok()?, usize::try_from(size).ok()?);
                bytes.get(start..start.checked_add(size)?)
            });
            match data {
                Some(data) => entries.insert(name, data),
                None => bail!("the entry {name} is compressed or cut off"),
            };
        }
        let directory = entries.iter().find_map(|(name, data)| {
            let folder = name.strip_suffix("data.pkl")?;
            Some((folder, *data))
        });
        let Some((folder, mut directory)) = directory else {
            bail!("it is an archive without data.pkl, no PyTorch file")
        };
        let tensors = dictionary(unpickle(&mut directory)?)?;
        let mut storages = HashMap::new();
        for tensor in tensors.values() {
            let storage = &tensor.storage;
            if let Some(data) = entries.get(&format!("{folder}data/{}", storage.key)) {
                storages.insert(storage.key.to_string(), (storage.dtype, *data));
            }
        }
        Ok(Self { tensors, storages })
    }

    /// A file from before PyTorch 1.6: pickles of a magic number, a version, facts about the machine, the dictionary,
    /// and the keys of the storages; then each storage, its length before it.
    fn open_old(bytes: &'a [u8]) -> NetworkResult<Self> {
        let mut rest = bytes;
        for _ in 0..3 {
            unpickle(&mut rest)?;
        }
        let tensors = dictionary(unpickle(&mut rest)?)?;
        let PickleValue::List(keys) = unpickle(&mut rest)? else {
            bail!("the list of storages is missing")
        };
        let known: HashMap<&str, Dtype> = (tensors.values())
            .map(|tensor| (&*tensor.storage.key, tensor.storage.dtype))
            .collect();
        let mut storages = HashMap::new();
        for key in keys.borrow().iter() {
            let Some(&dtype) = known.get(&**key) else {
                bail!("the storage {key} belongs to no tensor")
            };
            let data = rest.split_first_chunk::<8>().and_then(|(len, rest)| {
                let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
                rest.split_at_checked(len.checked_mul(dtype.bytes())?)
            });
            let Some((data, after)) = data else {
                bail!("the storage {key} ends outside the file: the file is cut off")
            };
            rest = after;
            storages.insert(key.to_string(), (dtype, data));
        }
        Ok(Self { tensors, storages })
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Names and shapes of the floating-point tensors.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let floats = (self.tensors.iter())
            .filter(|(_, tensor)| !matches!(tensor.storage.dtype, Dtype::Other(_)));
        floats
            .map(|(name, tensor)| (name.clone(), tensor.shape.clone()))
            .collect()
    }

    /// The values of a tensor, row by row.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape, is not f32, f16 or bf16, or ends outside the file.
    pub fn values(&self, name: &str, shape: &[usize]) -> NetworkResult<Vec<f32>> {
        let Some(tensor) = self.tensors.get(name) else {
            bail!("the tensor {name} is missing")
        };
        expect_shape(name, &tensor.shape, shape)?;
        let mut dense = 1usize;
        for (&size, &stride) in shape.iter().zip(&tensor.strides).rev() {
            if size > 1 && stride != dense {
                bail!("the tensor {name} does not stand row by row, which is not supported")
            }
            dense = dense.saturating_mul(size);
        }
        let data = self.storages.get(&*tensor.storage.key);
        let data = data.and_then(|&(dtype, data)| {
            let at = |index: usize| index.checked_mul(dtype.bytes());
            let end = tensor.offset.checked_add(dense)?;
            Some((dtype, data.get(at(tensor.offset)?..at(end)?)?))
        });
        let Some((dtype, data)) = data else {
            bail!("the tensor {name} ends outside the file: the file is cut off")
        };
        let halves = data.as_chunks::<2>().0.iter();
        Ok(match dtype {
            Dtype::F32 => (data.as_chunks().0.iter())
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
            Dtype::F16 => halves.map(|&x| f16::from_le_bytes(x).to_f32()).collect(),
            Dtype::Bf16 => halves.map(|&x| bf16::from_le_bytes(x).to_f32()).collect(),
            Dtype::Other(_) => bail!("the tensor {name} is not in f32, f16 or bf16"),
        })
    }
}

fn dictionary(value: PickleValue) -> NetworkResult<HashMap<String, StoredTensor>> {
    let PickleValue::Dictionary(items) = value else {
        bail!("it does not hold tensors by their names")
    };
    let items = items.borrow();
    Ok((items.iter())
        .map(|(name, tensor)| (name.to_string(), StoredTensor::clone(tensor)))
        .collect())
}
