//! Networks on candle behind one trait, with their vocabularies.

mod attention;
mod convert;
mod exp;
mod matrix;
mod quantised;
mod student;
mod vocabulary;
mod weights;

pub use convert::{ConvertError, convert};
pub(crate) use exp::exp;
pub use student::{StudentConfig, longest_target};
pub use vocabulary::{Token, Vocabulary};

use candle_core::Tensor;
use serde::Deserialize;

use crate::hub::ModelFiles;
use student::Student;
use weights::Weights;

/// A sequence-to-sequence network, as decoding sees it.
pub trait Seq2Seq: Send + Sync {
    /// Tokens of the longest source that [`Seq2Seq::encode`] takes, the end token included.
    fn max_source_tokens(&self) -> usize;

    /// The id that ends a source and a target.
    fn eos(&self) -> u32;

    /// Runs the encoder over a batch of sources, each ending in [`Seq2Seq::eos`].
    ///
    /// # Errors
    /// When a source is empty or too long.
    fn encode(&self, batch: &[&[u32]]) -> candle_core::Result<Memory>;

    /// Starts decoding: `beam` hypotheses for each source of `memory`.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn decoder(&self, memory: &Memory, beam: usize) -> candle_core::Result<Box<dyn Decoder + '_>>;
}

/// What the encoder made of a batch.
#[derive(Debug, Clone)]
pub struct Memory {
    /// `[sources, tokens of the longest, width]`; rows beyond a source's length mean nothing.
    pub states: Tensor,
    /// Tokens of each source.
    pub lengths: Vec<usize>,
}

/// The decoder of one batch, carried step by step. Row `i·beam + j` is hypothesis `j` of source `i`.
pub trait Decoder {
    /// Takes the token that each row wrote last (none at the first step) and gives the next logits
    /// `[rows, target vocabulary]`; tokens that must not be written are minus infinity.
    ///
    /// # Errors
    /// When the target outgrows the network's positions or a tensor operation fails.
    fn step(&mut self, previous: &[u32]) -> candle_core::Result<Tensor>;

    /// Which source tokens each row looked at in the last step: `[rows, source tokens]`, rows sum to one.
    ///
    /// # Errors
    /// Before the first step.
    fn attention(&self) -> candle_core::Result<Tensor>;

    /// Replaces each row's state by that of the row named here, within the same source.
    ///
    /// # Errors
    /// When a row does not exist.
    fn reorder(&mut self, rows: &[u32]) -> candle_core::Result<()>;

    /// Goes on with these sources only, in this order.
    ///
    /// # Errors
    /// When a source does not exist.
    fn keep(&mut self, sources: &[u32]) -> candle_core::Result<()>;
}

/// A network with the vocabularies of its two languages.
pub struct Model {
    /// Name or folder, for messages.
    pub name: String,
    /// The network.
    pub network: Box<dyn Seq2Seq>,
    /// Source text to ids.
    pub source: Vocabulary,
    /// Target ids to text.
    pub target: Vocabulary,
}

/// Why files did not make a model.
#[derive(Debug, thiserror::Error)]
#[error("the model {name} cannot be loaded: {file}: {problem}")]
pub struct ModelError {
    name: String,
    file: &'static str,
    problem: String,
}

/// What a candle error says, without the backtrace that it may carry.
fn message(error: &candle_core::Error) -> String {
    error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The part of `config.json` that chooses the network.
#[derive(Deserialize)]
struct Architecture {
    model_type: String,
}

impl Model {
    /// Builds the network that `config.json` names and fills in its weights.
    ///
    /// # Errors
    /// When a file is malformed, or the architecture is not one of those supported.
    pub fn load(files: &ModelFiles) -> Result<Self, ModelError> {
        let fail = |file: &'static str, problem: String| ModelError {
            name: files.name.clone(),
            file,
            problem,
        };
        let config = |error: serde_json::Error| fail("config.json", error.to_string());

        let architecture: Architecture = serde_json::from_slice(&files.config).map_err(config)?;
        let weights =
            Weights::open(&files.weights).map_err(|error| fail("weights", message(&error)))?;
        let (network, source_size, target_size, unknown) = match architecture.model_type.as_str() {
            "marian-student-ssru" => {
                let sizes: StudentConfig = serde_json::from_slice(&files.config).map_err(config)?;
                let (source, target) = (sizes.source_vocab_size, sizes.target_vocab_size);
                let unknown = sizes.unk_token_id;
                let student = Student::load(sizes, &weights)
                    .map_err(|error| fail("weights", message(&error)))?;
                (
                    Box::new(student) as Box<dyn Seq2Seq>,
                    source,
                    target,
                    unknown,
                )
            }
            other => {
                return Err(fail(
                    "config.json",
                    format!("the architecture {other} is not supported"),
                ));
            }
        };
        let vocabulary = |bytes, size, file| {
            Vocabulary::load(bytes, size, network.eos(), unknown)
                .map_err(|problem| fail(file, problem))
        };
        Ok(Self {
            name: files.name.clone(),
            source: vocabulary(
                &files.source_tokenizer,
                source_size,
                "source.tokenizer.json",
            )?,
            target: vocabulary(
                &files.target_tokenizer,
                target_size,
                "target.tokenizer.json",
            )?,
            network,
        })
    }
}
