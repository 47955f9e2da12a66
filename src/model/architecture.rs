//! Which network a model's files are for, and how it is built: one line for each.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::{NetworkError, NetworkResult};
use super::generation::Generation;
use super::networks::{marian, student, t5};
use super::tensors::{Loader, Network};
use super::weights::Weights;
use super::{Device, Precision, Seq2Seq, Vocabulary};
use crate::hub::{ModelFiles, WeightsFile};

/// `model_type` in `config.json`, the class that Hugging Face has for it, whether its matrices become 8-bit ones unless
/// the user wants otherwise, and what builds it.
type Architecture = (
    &'static str,
    &'static str,
    bool,
    fn(&Opened<'_>) -> Result<Parts, Problem>,
);

const ARCHITECTURES: [Architecture; 4] = [
    ("marian-student-ssru", "", false, student::build),
    ("marian", "MarianMTModel", true, marian::build),
    ("t5", "T5ForConditionalGeneration", true, t5::build),
    ("mt5", "MT5ForConditionalGeneration", true, t5::build),
];

/// What a model is made of.
pub struct Parts {
    pub network: Box<dyn Seq2Seq>,
    pub source: Vocabulary,
    pub target: Vocabulary,
}

/// Stands for a file where the device is what is wrong.
const DEVICE: &str = "--device";

/// What is wrong with one of a model's files.
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
    device: Option<candle_core::Device>,
}

/// The part of `config.json` that chooses the network.
#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    model_type: String,
    #[serde(default)]
    architectures: Option<Vec<String>>,
}

/// Builds what `config.json` names.
pub fn build(files: &ModelFiles, precision: Precision, device: Device) -> Result<Parts, Problem> {
    let device = device.open().map_err(|problem| Problem {
        file: DEVICE,
        problem: format!("{device}: {problem}"),
    })?;
    let weights = Weights::open(&files.weights).map_err(|error| Problem {
        file: files.weights.name(),
        problem: error.to_string(),
    })?;
    let mut opened = Opened {
        files,
        weights,
        device,
    };
    let (_, _, quantise, build) = match &files.weights {
        // Marian's files carry their own settings.
        WeightsFile::Marian(_) => ARCHITECTURES[0],
        _ => choose(&opened.config()?)?,
    };
    opened.weights.quantise = match precision {
        Precision::Usual => quantise && opened.device.is_none(),
        Precision::Float => false,
        Precision::EightBit => true,
    };
    build(&opened)
}

/// The name that the project has for the network of a `config.json`.
pub fn name(config: &[u8]) -> Result<&'static str, String> {
    let config = serde_json::from_slice(config).map_err(|error| error.to_string())?;
    choose(&config)
        .map(|found| found.0)
        .map_err(|problem| problem.problem)
}

fn choose(config: &Choice) -> Result<Architecture, Problem> {
    let class = config.architectures.iter().flatten().next();
    let by_type = |known: &&Architecture| known.0 == config.model_type;
    let by_class = |known: &&Architecture| Some(known.1) == class.map(String::as_str);
    let found = (ARCHITECTURES.iter().find(by_type)).or_else(|| {
        let unnamed = config.model_type.is_empty();
        ARCHITECTURES
            .iter()
            .find(|known| unnamed && by_class(known))
    });
    found.copied().ok_or_else(|| {
        let named = match config.model_type.as_str() {
            "" => class.map_or("without a name", String::as_str),
            name => name,
        };
        let known = ARCHITECTURES.map(|(name, ..)| name).join(", ");
        Problem {
            file: "config.json",
            problem: format!("the architecture {named} is not supported (these are: {known})"),
        }
    })
}

impl Opened<'_> {
    /// What `config.json` says.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let fail = |problem| Problem {
            file: "config.json",
            problem,
        };
        let Some(json) = &self.files.config else {
            return Err(fail("it is missing".into()));
        };
        serde_json::from_slice(json).map_err(|error| fail(error.to_string()))
    }

    /// What `generation_config.json` says, or `config.json` where there is none.
    pub fn generation(&self, eos: u32) -> Result<Generation, Problem> {
        let (file, json) = match (&self.files.generation, &self.files.config) {
            (Some(json), _) => ("generation_config.json", json),
            (None, Some(json)) => ("config.json", json),
            (None, None) => return Ok(Generation::default()),
        };
        Generation::read(json, eos).map_err(|problem| Problem { file, problem })
    }

    /// What is wrong with the weights.
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
        })
    }
}
