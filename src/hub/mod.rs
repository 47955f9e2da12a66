//! From a model's name to its files: the embedded model or a folder.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The name of the model inside the binary.
pub const EMBEDDED: &str = "de-en-tiny";

/// The files of one model, read but not yet understood.
///
/// A folder of this format holds `config.json`, `source.tokenizer.json`, `target.tokenizer.json` and either
/// `model.gguf` (8-bit) or `model.safetensors` (f16 or f32); the GGUF file is taken when both are there.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// What messages call the model: its name or its folder.
    pub name: String,
    /// `config.json`: architecture and sizes.
    pub config: Cow<'static, [u8]>,
    /// `source.tokenizer.json`, in the format of the `tokenizers` crate.
    pub source_tokenizer: Cow<'static, [u8]>,
    /// `target.tokenizer.json`, in the same format.
    pub target_tokenizer: Cow<'static, [u8]>,
    /// The tensors.
    pub weights: WeightsFile,
}

/// A file of tensors in one of the formats that the networks read.
#[derive(Debug, Clone)]
pub enum WeightsFile {
    /// GGUF, quantised (`model.gguf`).
    Gguf(Cow<'static, [u8]>),
    /// Safetensors, f16 or f32 (`model.safetensors`).
    Safetensors(Cow<'static, [u8]>),
}

/// Why a model's files could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// Neither a known name nor a folder.
    #[error(
        "there is no model `{name}`: it is neither the name of an embedded model (`{EMBEDDED}`) nor a folder\n\
         Run `degist models list` for the names, or give the path of a folder that holds config.json"
    )]
    Unknown {
        /// What the user asked for.
        name: String,
    },
    /// A folder without one of the files that make a model.
    #[error("{folder} is not a model folder: it has no {file}")]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The file that is not there.
        file: &'static str,
    },
    /// A file that could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Finds a model by name: [`EMBEDDED`], or else a folder.
///
/// # Errors
/// When there is no such model, or a file of its folder is missing or unreadable.
pub fn find(name: &str) -> Result<ModelFiles, HubError> {
    if name == EMBEDDED {
        return Ok(embedded());
    }
    let folder = Path::new(name);
    if !folder.is_dir() {
        return Err(HubError::Unknown { name: name.into() });
    }
    open(folder)
}

/// The German→English model that every binary carries.
pub fn embedded() -> ModelFiles {
    macro_rules! file {
        ($name:literal) => {
            Cow::Borrowed(include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/models/de-en-tiny/",
                $name
            )) as &[u8])
        };
    }
    ModelFiles {
        name: EMBEDDED.into(),
        config: file!("config.json"),
        source_tokenizer: file!("source.tokenizer.json"),
        target_tokenizer: file!("target.tokenizer.json"),
        weights: WeightsFile::Gguf(file!("model.gguf")),
    }
}

/// Reads the model in `folder`.
///
/// # Errors
/// When a file is missing or unreadable.
pub fn open(folder: &Path) -> Result<ModelFiles, HubError> {
    let read = |file: &'static str| {
        let path = folder.join(file);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(HubError::Missing {
                folder: folder.into(),
                file,
            }),
            Err(source) => Err(HubError::Read { path, source }),
        }
    };
    let weights = if folder.join("model.gguf").exists() {
        WeightsFile::Gguf(read("model.gguf")?)
    } else if folder.join("model.safetensors").exists() {
        WeightsFile::Safetensors(read("model.safetensors")?)
    } else {
        return Err(HubError::Missing {
            folder: folder.into(),
            file: "model.gguf or model.safetensors",
        });
    };
    Ok(ModelFiles {
        name: folder.display().to_string(),
        config: read("config.json")?,
        source_tokenizer: read("source.tokenizer.json")?,
        target_tokenizer: read("target.tokenizer.json")?,
        weights,
    })
}
