//! The table of networks: the one that a model's files are for is chosen and built by it.

use serde::Deserialize;

use super::files::{ModelFiles, WeightsFile};
use super::networks::{marian, student, t5};
pub use super::opened::Architecture;
use super::opened::{Opened, Parts, Problem};
use super::weights::Weights;
use super::{Device, Precision};

/// All networks: a new one is a file in `networks` and a line here.
pub const ARCHITECTURES: [&Architecture; 4] =
    [&student::STUDENT, &marian::MARIAN, &t5::T5, &t5::MT5];

/// Stands for a file where the device is what is wrong.
const DEVICE: &str = "--device";

/// The part of `config.json` that names the network.
#[derive(Deserialize)]
struct ConfigNames {
    #[serde(default)]
    model_type: String,
    #[serde(default)]
    architectures: Option<Vec<String>>,
}

/// Builds the network of a model's files.
///
/// # Errors
/// When a file is malformed, the program has no such network, or the device is not to be had.
pub(super) fn build(
    files: &ModelFiles,
    precision: Precision,
    device: Device,
) -> Result<Parts, Problem> {
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
    let architecture = match &files.weights {
        // Marian's files carry their own settings.
        WeightsFile::Marian(_) => &student::STUDENT,
        _ => of_config(opened.config_bytes()?).map_err(|problem| Problem {
            file: "config.json",
            problem,
        })?,
    };
    opened.weights.quantise = match precision {
        Precision::Usual => architecture.eight_bit && opened.device.is_none(),
        Precision::Float => false,
        Precision::EightBit => true,
    };
    (architecture.build)(&opened)
}

/// The network of this `model_type`.
pub fn of_type(model_type: &str) -> Option<&'static Architecture> {
    (ARCHITECTURES.into_iter()).find(|known| known.model_type == model_type)
}

/// The network that a `config.json` names by its `model_type`, or by its class if it has no type.
///
/// # Errors
/// A message, when it is no such file or the program has no such network.
pub fn of_config(json: &[u8]) -> Result<&'static Architecture, String> {
    let config: ConfigNames = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let classes = config.architectures.unwrap_or_default();
    let class = classes.first().map(String::as_str);
    let (found, name) = match (config.model_type.as_str(), class) {
        ("", None) => return Err("it names no model_type".into()),
        ("", class @ Some(name)) => {
            let mut all = ARCHITECTURES.into_iter();
            (all.find(|known| known.class == class), name)
        }
        (name, _) => (of_type(name), name),
    };
    found.ok_or_else(|| {
        let known = ARCHITECTURES.map(|known| known.model_type).join(", ");
        let name = name.escape_debug();
        format!("it is a `{name}` network, which is not supported (these are: {known})")
    })
}
