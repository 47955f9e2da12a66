//! From a model's name to its files: the embedded model, a folder, or the Hugging Face hub's cache, which [`pull`] fills.
//!
//! Nothing here uses the network but [`pull`] and [`search`].

pub mod cache;
mod http;
pub mod kinds;
mod names;
mod pull;
pub mod registry;
mod settings;

pub use http::Found;
pub use names::Repository;
pub use pull::{Event, Source, pull};
pub use settings::Settings;

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
///   `pytorch_model.bin`, and `tokenizer.json` or `spiece.model`;
/// - Marian's transformers as it has them: the same, but `source.spm`, `target.spm` and `vocab.json`.
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
    /// The ids of the pieces (`vocab.json`), where they are not their places in the vocabularies.
    pub piece_ids: Option<Cow<'static, [u8]>>,
    /// The same for the target (`target_vocab.json`), if it has its own.
    pub target_piece_ids: Option<Cow<'static, [u8]>>,
    /// The tensors.
    pub weights: WeightsFile,
    /// How targets are to be searched for (`generation_config.json`), if the authors say so.
    pub generation: Option<Cow<'static, [u8]>>,
    /// Which target tokens each source token may become, in Marian's binary format.
    pub shortlist: Option<Cow<'static, [u8]>>,
    /// What the user sets before every source, see [`crate::Model::prefix`].
    pub prefix: String,
}

impl ModelFiles {
    /// SHA-256 of all that makes the model, as 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let files = [
            self.config.as_deref().unwrap_or_default(),
            &self.source_vocabulary,
            &self.target_vocabulary,
            self.piece_ids.as_deref().unwrap_or_default(),
            self.target_piece_ids.as_deref().unwrap_or_default(),
            self.weights.bytes(),
            self.generation.as_deref().unwrap_or_default(),
            self.shortlist.as_deref().unwrap_or_default(),
            self.prefix.as_bytes(),
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
        "there is no model `{name}`: it is neither a model's name nor a folder\n\
         Run `degist models list` for the names, or give the path of a folder that holds config.json"
    )]
    Unknown {
        /// What the user asked for.
        name: String,
    },
    /// A model that was not pulled yet.
    #[error(
        "the model {name} is not on this computer\n\
         Run `degist models pull {name}` to fetch it; from then on it needs no network"
    )]
    NotInCache {
        /// What the user asked for.
        name: String,
    },
    /// A model that was not pulled yet, and cannot be.
    #[error(
        "the model {name} is not on this computer, and the network must not be used\n\
         Run `degist models pull {name}` without --offline and HF_HUB_OFFLINE"
    )]
    Offline {
        /// What the user asked for.
        name: String,
    },
    /// A revision that is no name.
    #[error("`{}` cannot be a revision: give a branch, a tag or a commit", revision.escape_debug())]
    Revision {
        /// What the user asked for.
        revision: String,
    },
    /// A repository without a model that can be used.
    #[error(
        "{name} has no weights that this program reads: \
         model.safetensors, pytorch_model.bin, model.gguf or model.*.bin"
    )]
    NoWeights {
        /// The model.
        name: String,
    },
    /// A network that the program does not have.
    #[error("{name} cannot be used: config.json: {problem}")]
    Unsupported {
        /// The model.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The hub says no.
    #[error("{url} answers {status}: {advice}")]
    Refused {
        /// What was asked for.
        url: String,
        /// As HTTP numbers them.
        status: u16,
        /// What to do.
        advice: &'static str,
    },
    /// The hub says nothing, or stopped.
    #[error(
        "{url}: {problem}\nCheck the network, HF_ENDPOINT and the proxy; what came is kept, and `pull` goes on there"
    )]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What happened.
        problem: String,
    },
    /// The hub says what cannot be understood or trusted.
    #[error("{url}: this is no answer of a Hugging Face hub: {problem}\nCheck HF_ENDPOINT")]
    Strange {
        /// What was asked for.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// A file came, but not the right one; it was thrown away.
    #[error(
        "{url} did not come whole: {problem}\nTry again; if it stays so, the hub's file is broken"
    )]
    Download {
        /// The file.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// A file of the cache that is not what it should be.
    #[error("{} is broken: {problem}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file of the cache that could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
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

/// Finds a model by name: [`EMBEDDED`], a folder, or in the cache a name of the [`registry`] or `owner/name`. The files of
/// the cache are checked. The network is not used.
///
/// # Errors
/// When there is no such model, or a file of its folder is missing, unreadable or broken.
pub fn find(name: &str) -> Result<ModelFiles, HubError> {
    if name == EMBEDDED {
        return Ok(embedded());
    }
    match folder(name, &Settings::from_environment(true))? {
        (folder, None) => open(&folder),
        (folder, Some(source)) => Ok(ModelFiles {
            name: source.name,
            ..open(&folder)?
        }),
    }
}

/// The folder of a model that is not in the program, and where on the hub it came from, if so.
///
/// # Errors
/// As for [`find`].
pub fn folder(name: &str, settings: &Settings) -> Result<(PathBuf, Option<Source>), HubError> {
    if Path::new(name).is_dir() {
        return Ok((name.into(), None));
    }
    let Some(source) = Source::named(name) else {
        return Err(HubError::Unknown { name: name.into() });
    };
    Ok((source.checked(settings)?, Some(source)))
}

/// Asks the hub for models with `word` in their names whose networks the program has, those first that most people take.
///
/// # Errors
/// When the network must not be used, or the hub cannot be reached or refuses.
pub fn search(word: &str, settings: &Settings) -> Result<Vec<Found>, HubError> {
    if settings.offline {
        return Err(HubError::Offline { name: word.into() });
    }
    let mut found = http::Hub::new(settings).search(word, 100)?;
    let usable = |tag: &String| kinds::ARCHITECTURES.contains(&tag.as_str());
    found.retain(|found| Repository::parse(&found.id).is_some() && found.tags.iter().any(usable));
    Ok(found)
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
        piece_ids: None,
        target_piece_ids: None,
        weights: WeightsFile::Gguf(file!("model.gguf")),
        generation: None,
        shortlist: Some(file!("lex.s2t.bin")),
        prefix: String::new(),
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
    let optional = |begin, end| {
        let name = files.first(&[(begin, end)]);
        name.map(|name| files.read(name)).transpose()
    };
    let shortlist = files.first(&[("lex.", ".s2t.bin"), ("lex.", "s2t.bin")]);
    Ok(ModelFiles {
        name: folder.display().to_string(),
        config,
        source_vocabulary: files.read(source)?,
        target_vocabulary: files.read(target)?,
        piece_ids: optional("vocab.", "json")?,
        target_piece_ids: optional("target_vocab.", "json")?,
        weights,
        generation: optional("generation_config", ".json")?,
        shortlist: shortlist.map(|name| files.read(name)).transpose()?,
        prefix: String::new(),
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
