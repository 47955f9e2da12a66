//! From a model's name to its files: the embedded model or a folder.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The name of the model inside the binary.
pub const EMBEDDED: &str = "de-en-tiny";

/// The files of one model, read but not yet understood.
///
/// Three kinds of folders hold them:
/// - the project's own: `config.json`, `model.gguf` (8-bit) or `model.safetensors` (f16 or f32), `source.spm` and
///   `target.spm` (or `source.tokenizer.json` and `target.tokenizer.json`), and perhaps a shortlist, `lex.s2t.bin`;
/// - Firefox Translations': `model.*.bin`, `vocab.*.spm` (or `srcvocab.*.spm` and `trgvocab.*.spm`), and perhaps
///   `lex.*.s2t.bin`;
/// - T5's and mT5's as the Hugging Face hub has them: `config.json`, `generation_config.json`, `model.safetensors` or
///   `pytorch_model.bin`, and `tokenizer.json` or `spiece.model`.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// What messages call the model: its name or its folder.
    pub name: String,
    /// `config.json`: architecture and sizes; Marian's files carry their own.
    pub config: Option<Cow<'static, [u8]>>,
    /// A SentencePiece model, or a `tokenizer.json` of the `tokenizers` crate.
    pub source_vocabulary: Cow<'static, [u8]>,
    /// The same for the target.
    pub target_vocabulary: Cow<'static, [u8]>,
    /// The tensors.
    pub weights: WeightsFile,
    /// How targets are to be searched for (`generation_config.json`), if the authors say so.
    pub generation: Option<Cow<'static, [u8]>>,
    /// Which target tokens each source token may become, in Marian's binary format.
    pub shortlist: Option<Cow<'static, [u8]>>,
}

impl ModelFiles {
    /// SHA-256 of all that makes the model, as 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let files = [
            self.config.as_deref().unwrap_or_default(),
            &self.source_vocabulary,
            &self.target_vocabulary,
            self.weights.bytes(),
            self.generation.as_deref().unwrap_or_default(),
            self.shortlist.as_deref().unwrap_or_default(),
        ];
        let mut hash = Sha256::new();
        for file in files {
            hash.update((file.len() as u64).to_le_bytes());
            hash.update(file);
        }
        let digits = hash.finalize();
        digits.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A file of tensors in one of the formats that the networks read.
#[derive(Debug, Clone)]
pub enum WeightsFile {
    /// GGUF, quantised (`model.gguf`).
    Gguf(Cow<'static, [u8]>),
    /// Safetensors, f16 or f32 (`model.safetensors`).
    Safetensors(Cow<'static, [u8]>),
    /// PyTorch's format, f32, f16 or bf16 (`pytorch_model.bin`).
    PyTorch(Cow<'static, [u8]>),
    /// Marian's format, quantised (`model.*.bin`).
    Marian(Cow<'static, [u8]>),
}

impl WeightsFile {
    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Gguf(bytes)
            | Self::Safetensors(bytes)
            | Self::PyTorch(bytes)
            | Self::Marian(bytes) => bytes,
        }
    }

    /// The name that such a file usually has, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gguf(_) => "model.gguf",
            Self::Safetensors(_) => "model.safetensors",
            Self::PyTorch(_) => "pytorch_model.bin",
            Self::Marian(_) => "model.*.bin",
        }
    }
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
    #[error("{} is not a model folder: it has no {file}", folder.display())]
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
        config: Some(file!("config.json")),
        source_vocabulary: file!("source.spm"),
        target_vocabulary: file!("target.spm"),
        weights: WeightsFile::Gguf(file!("model.gguf")),
        generation: None,
        shortlist: Some(file!("lex.s2t.bin")),
    }
}

/// Reads the model in `folder`. The first of several kinds of weights is taken: GGUF, safetensors, PyTorch's, Marian's.
///
/// # Errors
/// When a file is missing or unreadable.
pub fn open(folder: &Path) -> Result<ModelFiles, HubError> {
    let files = Folder::list(folder)?;
    let vocabulary = |side: &str, firefox: &str| {
        files.first(&[
            (&format!("{side}."), ".spm"),
            (&format!("{side}."), "tokenizer.json"),
            (firefox, ".spm"),
            ("vocab.", ".spm"),
            // One for both sides: T5 and mT5.
            ("tokenizer.", "json"),
            ("spiece.", "model"),
        ])
    };
    let weights = [
        ("model.", ".gguf"),
        ("model.", ".safetensors"),
        ("pytorch_model.", "bin"),
        ("model.", ".bin"),
    ];
    let Some(weights) = files.first(&weights) else {
        let kinds = "model.gguf, model.safetensors, pytorch_model.bin or model.*.bin";
        return Err(files.missing(kinds));
    };
    let bytes = files.read(weights)?;
    let (weights, config) = if weights.starts_with("model.") && weights.ends_with(".bin") {
        (WeightsFile::Marian(bytes), None)
    } else {
        let config =
            (files.first(&[("config", ".json")])).ok_or_else(|| files.missing("config.json"))?;
        let weights = if weights.ends_with(".gguf") {
            WeightsFile::Gguf(bytes)
        } else if weights.ends_with(".bin") {
            WeightsFile::PyTorch(bytes)
        } else {
            WeightsFile::Safetensors(bytes)
        };
        (weights, Some(files.read(config)?))
    };
    let source = vocabulary("source", "srcvocab.").ok_or_else(|| {
        files.missing(
            "source.spm, source.tokenizer.json, tokenizer.json, spiece.model or vocab.*.spm",
        )
    })?;
    let target = vocabulary("target", "trgvocab.").ok_or_else(|| {
        files.missing(
            "target.spm, target.tokenizer.json, tokenizer.json, spiece.model or vocab.*.spm",
        )
    })?;
    let generation = files.first(&[("generation_config", ".json")]);
    let shortlist = files.first(&[("lex.", ".s2t.bin"), ("lex.", "s2t.bin")]);
    Ok(ModelFiles {
        name: folder.display().to_string(),
        config,
        source_vocabulary: files.read(source)?,
        target_vocabulary: files.read(target)?,
        weights,
        generation: generation.map(|name| files.read(name)).transpose()?,
        shortlist: shortlist.map(|name| files.read(name)).transpose()?,
    })
}

/// The names of the files in a model's folder.
struct Folder<'a> {
    path: &'a Path,
    names: Vec<String>,
}

impl<'a> Folder<'a> {
    fn list(path: &'a Path) -> Result<Self, HubError> {
        let unreadable = |source| HubError::Read {
            path: path.into(),
            source,
        };
        let mut names = std::fs::read_dir(path)
            .map_err(unreadable)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable)?;
        names.sort();
        Ok(Self { path, names })
    }

    /// The first file whose name begins and ends as one of `patterns` says; earlier patterns come first.
    fn first(&self, patterns: &[(&str, &str)]) -> Option<&str> {
        patterns.iter().find_map(|(prefix, suffix)| {
            let mut names = self.names.iter().map(String::as_str);
            names.find(|name| {
                let fits = name.starts_with(prefix) && name.ends_with(suffix);
                fits && name.len() + 1 >= prefix.len() + suffix.len()
            })
        })
    }

    fn missing(&self, file: &'static str) -> HubError {
        HubError::Missing {
            folder: self.path.into(),
            file,
        }
    }

    fn read(&self, name: &str) -> Result<Cow<'static, [u8]>, HubError> {
        let path = self.path.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(source) => Err(HubError::Read { path, source }),
        }
    }
}
