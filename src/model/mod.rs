//! Sequence-to-sequence networks behind one trait, with their vocabularies; on own kernels, or on candle's tensors.

pub mod architecture;
#[cfg(feature = "llm")]
pub mod causal;
mod convert;
mod device;
pub(crate) mod error;
mod files;
mod generation;
mod hints;
pub mod kernels;
mod networks;
mod opened;
mod shortlist;
mod tensors;
mod vocabulary;
mod weights;

pub use convert::{ConvertError, convert};
pub use device::Device;
pub use error::{ModelError, NetworkError, NetworkResult};
pub use files::{CausalFiles, ModelFiles, WEIGHTS_FORMATS, WeightsFile, WeightsFormat};
pub use generation::{EarlyStopping, Generation, longest_target};
pub use hints::{HintIds, Placeholders};
pub use kernels::cpu::Cpu;
pub use shortlist::Shortlist;
pub use vocabulary::{Token, Vocabulary};

use sha2::{Digest, Sha256};

use crate::lexicon::Lexicon;
use error::{bail, readable};
use opened::{Parts, Problem};

/// A sequence-to-sequence network, as decoding sees it.
pub trait Seq2Seq: Send + Sync {
    /// Tokens of the longest source that [`Seq2Seq::encode`] takes, the end token included.
    fn max_source_tokens(&self) -> usize;

    /// The id that ends a source and a target.
    fn eos(&self) -> u32;

    /// Search settings of the model's authors.
    fn generation(&self) -> &Generation;

    /// Runs the encoder over a batch of sources, each ending in [`Seq2Seq::eos`].
    ///
    /// # Errors
    /// When a source is empty or too long.
    fn encode(&self, batch: &[&[u32]]) -> NetworkResult<EncoderOutput>;

    /// Starts decoding: `beam` hypotheses for each source of `encoded`, of the whole target vocabulary or of those
    /// tokens that are listed for each source, ascending.
    ///
    /// # Errors
    /// When a listed token does not exist or a tensor operation fails.
    fn decoder(
        &self,
        encoded: &EncoderOutput,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
    ) -> NetworkResult<Box<dyn Decoder + '_>>;
}

/// The encoder's states for a batch of sources.
#[derive(Debug, Clone)]
pub struct EncoderOutput {
    /// `[tokens of all sources, width]`, source after source.
    pub states: Vec<f32>,
    /// Values of a state.
    pub width: usize,
    /// Tokens of each source.
    pub lengths: Vec<usize>,
}

/// Tokens of each source of a batch.
///
/// # Errors
/// When a source is empty or has more than `most`.
fn lengths(batch: &[&[u32]], most: usize) -> NetworkResult<Vec<usize>> {
    let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
    match lengths.iter().find(|&&length| length == 0 || length > most) {
        Some(length) => bail!("a source of {length} tokens: the model takes 1 to {most}"),
        None => Ok(lengths),
    }
}

/// The error of a target that outgrows the positions of its network.
fn too_long(tokens: usize) -> NetworkError {
    NetworkError::new(format!("a target of more than {tokens} tokens"))
}

/// The decoder of one batch, carried step by step. Row `i·beam + j` is hypothesis `j` of source `i`.
pub trait Decoder {
    /// Takes the token that each row wrote last (none at the first step) and computes the next logits.
    ///
    /// # Errors
    /// When the target outgrows the network's positions or a tensor operation fails.
    fn step(&mut self, previous: &[u32]) -> NetworkResult<()>;

    /// The logits of a row after the last step; minus infinity for tokens that are never generated.
    fn logits(&self, row: usize) -> Logits<'_>;

    /// Attention weights of a row on the tokens of its source in the last step; their sum is one.
    fn attention(&self, row: usize) -> &[f32];

    /// Replaces each row's state by that of the row named here, within the same source.
    fn reorder(&mut self, rows: &[u32]);

    /// Keeps only these sources, which are in ascending order.
    fn keep(&mut self, sources: &[u32]);
}

/// Output logits of one row.
#[derive(Debug, Clone, Copy)]
pub struct Logits<'a> {
    /// One for each token.
    pub values: &'a [f32],
    /// The tokens; those of the whole vocabulary if none.
    pub ids: Option<&'a [u32]>,
}

impl Logits<'_> {
    /// The token of a place among the values.
    pub fn token(&self, place: usize) -> u32 {
        self.ids.map_or(place as u32, |ids| ids[place])
    }

    /// The place of a token among the values, if it may be written.
    pub fn place(&self, token: u32) -> Option<usize> {
        match self.ids {
            Some(ids) => ids.binary_search(&token).ok(),
            None => Some(token as usize).filter(|&place| place < self.values.len()),
        }
    }
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
    /// Input ids of dictionary hints, if the network takes them.
    pub hints: Option<HintIds>,
    /// Signs that the network carries over; none in most.
    pub placeholders: Placeholders,
    /// The dictionary that hints come from, if there is one for the target vocabulary.
    pub lexicon: Option<Lexicon>,
    /// Lexical shortlist: the target tokens that a source may need.
    pub shortlist: Option<Shortlist>,
    /// Set before every source: how models of many languages are told the target language (`<2en>`, `>>eng<<`), and
    /// models of many tasks the task.
    pub prefix: Vec<u32>,
    /// The languages that it reads, by their ISO 639-1 codes; none if that is not known.
    pub languages: Vec<String>,
}

/// In how many bits a network computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// As is usual for the architecture: public models are made 8-bit, students stay as their files are.
    #[default]
    Usual,
    /// In f32, if the file is not quantised.
    Float,
    /// Matrices with 8 bits; on candle's tensors in f32 again, once rounded.
    EightBit,
}

impl Model {
    /// Builds the network that `config.json` names and fills in its weights.
    ///
    /// # Errors
    /// When a file is malformed, or the architecture is not one of those supported.
    pub fn load(files: &ModelFiles) -> Result<Self, ModelError> {
        Self::load_as(files, Precision::Usual, Device::Cpu)
    }

    /// As [`Model::load`], with matrices in another precision or on another device.
    ///
    /// # Errors
    /// As there; when the device is not to be had.
    pub fn load_as(
        files: &ModelFiles,
        precision: Precision,
        device: Device,
    ) -> Result<Self, ModelError> {
        let fail = |Problem { file, problem }| ModelError {
            name: files.name.clone(),
            file,
            problem: readable(&problem),
        };
        let Parts {
            network,
            source,
            target,
            hints,
            placeholders,
        } = architecture::build(files, precision, device).map_err(fail)?;
        let eos = network.eos();
        let shortlist = (files.shortlist.as_deref())
            .map(|bytes| Shortlist::read(bytes, source.size(), target.size(), eos))
            .transpose()
            .map_err(|problem| {
                let file = "shortlist";
                fail(Problem { file, problem })
            })?;
        let lexicon = (files.lexicon.clone().filter(|_| hints.is_some()))
            .map(|bytes| Lexicon::read(bytes, Sha256::digest(&files.target_vocabulary).into()))
            .transpose()
            .map_err(|error| {
                let (file, problem) = ("lexicon.bin", error.to_string());
                fail(Problem { file, problem })
            })?;
        let room = network.max_source_tokens() / 2;
        let prefix = prefix(&source, &files.prefix, room).map_err(|problem| {
            let file = "--prefix";
            fail(Problem { file, problem })
        })?;
        let shared = files.source_vocabulary == files.target_vocabulary;
        let shortlist = shortlist.map(|list| if shared { list.with_copies() } else { list });
        Ok(Self {
            name: files.name.clone(),
            network,
            source,
            target,
            hints,
            placeholders,
            lexicon,
            shortlist,
            prefix,
            languages: files.languages.clone(),
        })
    }

    /// Whether German is the only language that the model reads.
    pub fn reads_only_german(&self) -> bool {
        self.languages == ["de"]
    }

    /// The target tokens that a source may want, its hints and placeholders included, ascending; `None` without a shortlist.
    pub fn shortlist(&self, source: &[u32]) -> Option<Vec<u32>> {
        let hints = source.iter().filter_map(|&id| self.hints?.target(id));
        let others = hints.chain(self.placeholders.wanted(source));
        Some(self.shortlist.as_ref()?.tokens(source, others))
    }

    /// Tokens of the longest source, `</s>` included, that fits the network after the prefix.
    pub fn max_source_tokens(&self) -> usize {
        self.network.max_source_tokens() - self.prefix.len()
    }
}

/// The ids of what stands before every source: a token of this name, or the tokens of this text, `most` of them.
fn prefix(source: &Vocabulary, text: &str, most: usize) -> Result<Vec<u32>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(id) = source.piece_id(text) {
        return Ok(vec![id]);
    }
    let mut ids = source.encode(text).map_err(|error| error.to_string())?;
    ids.pop(); // the end of the sentence
    if ids.contains(&source.unknown()) {
        return Err(format!("the model's vocabulary does not have {text:?}"));
    }
    if ids.len() > most {
        let tokens = ids.len();
        return Err(format!(
            "it has {tokens} tokens; the model has room for {most}"
        ));
    }
    Ok(ids)
}
