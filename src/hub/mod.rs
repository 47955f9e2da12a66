//! From a model's name to its files: the embedded model, a folder, or the Hugging Face hub's cache, which [`pull`] fills.
//!
//! Nothing here uses the network but [`pull`] and [`search`].

pub mod cache;
mod http;
mod model_folder;
mod names;
mod pull;
pub mod registry;
mod settings;

pub use http::SearchHit;
pub use model_folder::{open, open_causal};
pub use names::Repository;
pub use pull::{HubModel, PullEvent, pull};
pub use settings::HubSettings;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::model::{CausalFiles, ModelFiles, WeightsFile, architecture};

/// The name of the model inside the binary.
pub const EMBEDDED: &str = "de-en-tiny";

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
        /// The name that was asked for.
        name: String,
    },
    /// A model that was not pulled yet.
    #[error(
        "the model {name} is not on this computer\n\
         Run `degist models pull {name}` to fetch it; from then on it needs no network"
    )]
    NotInCache {
        /// The name that was asked for.
        name: String,
    },
    /// A model that was not pulled yet, and cannot be.
    #[error(
        "the model {name} is not on this computer, and the network must not be used\n\
         Run `degist models pull {name}` without --offline and HF_HUB_OFFLINE"
    )]
    Offline {
        /// The name that was asked for.
        name: String,
    },
    /// A revision that is no name.
    #[error("`{}` cannot be a revision: give a branch, a tag or a commit", revision.escape_debug())]
    Revision {
        /// The revision that was asked for.
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
    /// A repository of several models, or without the file that was asked for.
    #[error("{name} is not one file: choose `{repository}:FILE` among {files}")]
    ChooseFile {
        /// The model.
        name: String,
        /// Owner and name.
        repository: String,
        /// The GGUF files that it has.
        files: String,
    },
    /// A folder with several models.
    #[error("{} has several models; give the path of one: {files}", folder.display())]
    SeveralFiles {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        files: String,
    },
    /// A network that the program does not have.
    #[error("{name} cannot be used: config.json: {problem}")]
    Unsupported {
        /// The model.
        name: String,
        /// A message.
        problem: String,
    },
    /// The hub refuses a request.
    #[error("{url} answers {status}: {advice}")]
    Refused {
        /// The address that was asked.
        url: String,
        /// HTTP status code.
        status: u16,
        /// Advice to the user.
        advice: &'static str,
    },
    /// The hub does not answer, or a transfer broke off.
    #[error(
        "{url}: {problem}\nCheck the network, HF_ENDPOINT and the proxy; what came is kept, and `pull` goes on there"
    )]
    Unreachable {
        /// The address that was asked.
        url: String,
        /// A message.
        problem: String,
    },
    /// An answer of the hub is malformed or not trustworthy.
    #[error("{url}: this is no answer of a Hugging Face hub: {problem}\nCheck HF_ENDPOINT")]
    Strange {
        /// The address that was asked.
        url: String,
        /// A message.
        problem: String,
    },
    /// A downloaded file failed verification and was deleted.
    #[error(
        "{url} did not come whole: {problem}\nTry again; if it stays so, the hub's file is broken"
    )]
    Download {
        /// The file.
        url: String,
        /// A message.
        problem: String,
    },
    /// A file of the cache that fails verification.
    #[error("{} is broken: {problem}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// A message.
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
    match folder(name, &HubSettings::from_environment(true))? {
        (folder, None) => open(&folder),
        (folder, Some(source)) => {
            let files = open(&folder)?;
            Ok(ModelFiles {
                languages: (registry::entry(&source.name))
                    .map_or(files.languages, |entry| entry.source_languages()),
                name: source.name,
                ..files
            })
        }
    }
}

/// The files of a model of either kind.
#[derive(Debug, Clone)]
pub enum FoundModel {
    /// A sequence-to-sequence model.
    Seq2Seq(ModelFiles),
    /// A decoder-only model.
    Causal(CausalFiles),
}

/// Whether a name may be that of a decoder-only model: a GGUF file, a folder, or a name on the hub that is no other kind's.
pub fn may_be_causal(name: &str) -> bool {
    if name == EMBEDDED {
        return false;
    }
    let path = Path::new(name);
    match path.exists() {
        true => matches!(model_folder::causal_file(path), Ok(Some(_)) | Err(_)),
        false => HubModel::named(name).is_some_and(|model| model.file.is_some()),
    }
}

/// Finds a model of either kind by name: as [`find`], or the path of a GGUF file, or in the cache `owner/name:file.gguf`.
///
/// # Errors
/// As for [`find`]; when a folder has several GGUF files.
pub fn find_any(name: &str) -> Result<FoundModel, HubError> {
    if name == EMBEDDED {
        return Ok(FoundModel::Seq2Seq(embedded()));
    }
    let (path, source) = folder(name, &HubSettings::from_environment(true))?;
    let Some(file) = model_folder::causal_file(&path)? else {
        return Ok(FoundModel::Seq2Seq(find(name)?));
    };
    let files = model_folder::open_causal(&file)?;
    let Some(source) = source else {
        return Ok(FoundModel::Causal(files));
    };
    Ok(FoundModel::Causal(CausalFiles {
        languages: (registry::entry(&source.name))
            .map_or(files.languages, |entry| entry.source_languages()),
        name: source.name,
        ..files
    }))
}

/// The folder of a model that is not in the program, or its one file, and where on the hub it came from, if so.
///
/// # Errors
/// As for [`find`].
pub fn folder(name: &str, settings: &HubSettings) -> Result<(PathBuf, Option<HubModel>), HubError> {
    let path = Path::new(name);
    if path.is_dir() || (path.is_file() && model_folder::is_gguf(name)) {
        return Ok((name.into(), None));
    }
    let Some(source) = HubModel::named(name) else {
        return Err(HubError::Unknown { name: name.into() });
    };
    Ok((source.checked(settings)?, Some(source)))
}

/// Asks the hub for models with `word` in their names whose networks the program has, sorted by downloads.
///
/// # Errors
/// When the network must not be used, or the hub cannot be reached or refuses.
pub fn search(word: &str, settings: &HubSettings) -> Result<Vec<SearchHit>, HubError> {
    if settings.offline {
        return Err(HubError::Offline { name: word.into() });
    }
    let mut found = http::Hub::new(settings).search(word, 100)?;
    let usable = |tag: &String| architecture::of_type(tag).is_some();
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
    #[cfg(feature = "gpl-lexicon")]
    let lexicon = file!("lexicon.bin");
    #[cfg(not(feature = "gpl-lexicon"))]
    let lexicon = file!("lexicon-permissive.bin");
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
        lexicon: Some(lexicon),
        prefix: String::new(),
        languages: vec!["de".into()],
    }
}
