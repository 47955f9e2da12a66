//! A model on its way from its files to a network and two vocabularies.

use super::hints::{HintIds, Placeholders};
use serde::de::DeserializeOwned;

use super::error::{NetworkError, NetworkResult};
use super::files::ModelFiles;
use super::generation::Generation;
use super::tensors::{Loader, Network};
use super::weights::Weights;
use super::{Seq2Seq, Vocabulary};

/// A network that the program has.
#[derive(Debug)]
pub struct Architecture {
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// The class that Hugging Face transformers has for it (`architectures` in `config.json`); none for the project's own.
    pub class: Option<&'static str>,
    /// Whether its matrices are quantised to 8 bits unless the user wants otherwise.
    pub eight_bit: bool,
    /// Whether models of it write summaries.
    pub summarizes: bool,
    /// Makes the network and its vocabularies of the files.
    pub(super) build: fn(&Opened<'_>) -> Result<Parts, Problem>,
}

/// The parts of a model: a network and two vocabularies.
pub struct Parts {
    pub network: Box<dyn Seq2Seq>,
    pub source: Vocabulary,
    pub target: Vocabulary,
    /// Input ids of dictionary hints, if the network takes them.
    pub hints: Option<HintIds>,
    /// Signs that it carries over.
    pub placeholders: Placeholders,
}

/// A fault of one of a model's files.
#[derive(Debug)]
pub struct Problem {
    pub file: &'static str,
    pub problem: String,
}

/// A model's files, the weights opened.
pub struct Opened<'a> {
    pub files: &'a ModelFiles,
    pub weights: Weights<'a>,
    /// For candle's tensors; none for the project's own kernels.
    pub device: Option<candle_core::Device>,
}

impl Opened<'_> {
    /// Reads `config.json`.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(self.config_bytes()?).map_err(|error| Problem {
            file: "config.json",
            problem: error.to_string(),
        })
    }

    /// `config.json` itself.
    pub fn config_bytes(&self) -> Result<&[u8], Problem> {
        self.files.config.as_deref().ok_or_else(|| Problem {
            file: "config.json",
            problem: "it is missing".into(),
        })
    }

    /// Reads `generation_config.json`, or `config.json` where there is none.
    pub fn generation(&self, eos: u32) -> Result<Generation, Problem> {
        let (file, json) = match (&self.files.generation, &self.files.config) {
            (Some(json), _) => ("generation_config.json", json),
            (None, Some(json)) => ("config.json", json),
            (None, None) => return Ok(Generation::default()),
        };
        Generation::read(json, eos).map_err(|problem| Problem { file, problem })
    }

    /// The fault of the weights file that an error tells.
    pub fn in_weights(&self, error: &NetworkError) -> Problem {
        Problem {
            file: self.files.weights.name(),
            problem: error.to_string(),
        }
    }

    /// Builds the parts side by side: the network for the project's own kernels, or as candle tensors.
    pub fn build<N: Seq2Seq + 'static>(
        &self,
        on_kernels: impl FnOnce(&Weights<'_>) -> NetworkResult<N> + Send,
        on_tensors: impl FnOnce(&Loader<'_>) -> NetworkResult<Network> + Send,
        source: impl FnOnce() -> Result<Vocabulary, Problem> + Send,
        target: impl FnOnce() -> Result<Vocabulary, Problem> + Send,
    ) -> Result<Parts, Problem> {
        let source = || {
            let source = source()?;
            source.prepare();
            Ok(source)
        };
        let weights = &self.weights;
        let network = || -> NetworkResult<Box<dyn Seq2Seq>> {
            match &self.device {
                None => Ok(Box::new(on_kernels(weights)?)),
                Some(device) => Ok(Box::new(on_tensors(&Loader { weights, device })?)),
            }
        };
        let (source, (network, target)) = rayon::join(source, || (network(), target()));
        Ok(Parts {
            network: network.map_err(|error| self.in_weights(&error))?,
            source: source?,
            target: target?,
            hints: None,
            placeholders: Placeholders::default(),
        })
    }
}
