//! Translates sentences: text to tokens, tokens through the network, and its output to corrected English, in order.

mod abbreviations;
mod addresses;
mod aligned;
mod attempt;
mod cache;
mod clock;
mod codes;
mod dates;
mod doubt;
mod example;
mod explain;
mod glossary;
mod input;
mod insist;
mod letters;
mod links;
mod mask;
mod memory;
mod misspelt;
mod names;
mod numerals;
mod phrases;
mod piece;
mod possessives;
mod prepared;
#[cfg(feature = "llm")]
pub mod prompted;
mod quotations;
mod restore;
mod sentences;
mod similar;
mod spans;
mod spelling;
mod symbols;
mod tags;
mod tbx;
mod tmx;
mod typography;
mod verbatim;

use std::borrow::Cow;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::decode::{self, DecodeOptions, Finish};
use crate::model::{Model, NetworkError, NetworkResult};
use crate::segment::{Example, Fixed, language};
pub use cache::{Cache, CacheError};
pub use doubt::Doubt;
pub use explain::{ExplainedPiece, Explanation, explain};
pub use glossary::{Glossary, GlossaryError, Term, not_honoured};
use input::{HintSources, NetworkInput};
pub use links::Links;
pub use memory::TranslationMemory;
use piece::Piece;
use prepared::Prepared;
pub use tmx::{ReferenceMemory, TmxError};

/// A sentence to translate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source<'a> {
    /// Its text. White space within it, line breaks included, counts as one space.
    pub text: Cow<'a, str>,
    /// Terms that the translation must contain; in order, not overlapping.
    pub fixed: Vec<Fixed>,
    /// A sentence like it whose translation is known: its wording is kept where both have the same words.
    pub example: Option<Example>,
    /// Whether it is no German: models that read nothing else copy it.
    pub is_foreign: bool,
}

impl<'a, T: AsRef<str>> From<&'a T> for Source<'a> {
    fn from(text: &'a T) -> Self {
        let text = text.as_ref();
        Self {
            text: Cow::Borrowed(text),
            fixed: Vec::new(),
            example: None,
            is_foreign: language::is_foreign(text),
        }
    }
}

/// The English translation of one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Translation {
    /// One line of text.
    pub text: String,
    /// Mean natural log-probability of its tokens; 0 for copied text.
    pub score: f32,
    /// The share of source words that its tokens attended to, 0 to 1; 1 for copied text.
    pub coverage: f32,
    /// Why the search ended.
    pub finish: Finish,
    /// What it lost.
    pub doubts: Vec<Doubt>,
    /// Whether it is a copy, as the source is no German.
    pub is_foreign: bool,
    /// Hints of dictionary, glossary and memory for words of the source.
    pub hints: Vec<GivenHint>,
    /// The word alignment, if [`DecodeOptions::alignment`] asks for it; else empty.
    pub links: Links,
}

impl Translation {
    /// A text that was not made by a network.
    pub fn new(text: String) -> Self {
        Self {
            text,
            score: 0.,
            coverage: 1.,
            finish: Finish::Complete,
            doubts: Vec::new(),
            is_foreign: false,
            hints: Vec::new(),
            links: Links::new(),
        }
    }
}

/// English that the network was given for a word of the source, to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenHint {
    /// The word or phrase.
    pub source: String,
    /// The candidates, the likeliest first.
    pub candidates: Vec<String>,
    /// Which of them is in the translation, perhaps inflected.
    pub used: Option<usize>,
}

/// Why sentences could not be translated.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    /// The network could not be run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The cache could not be read or written.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// Translates `sentences`. `progress` is called, from any thread, with the number of source words just finished.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn translate(
    model: &Model,
    sentences: &[Source<'_>],
    options: DecodeOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> NetworkResult<Vec<Translation>> {
    let prepared = (sentences.par_iter())
        .map(|sentence| Prepared::new(model, sentence, options.hints_below))
        .collect::<NetworkResult<Vec<Prepared>>>()?;
    let all: Vec<&Piece> = prepared
        .iter()
        .flat_map(|sentence| &sentence.pieces)
        .collect();
    let lengths: Vec<usize> = all.iter().map(|piece| piece.network_tokens()).collect();
    let mut parts = decode::for_each_batch(&lengths, |batch| {
        let pieces: Vec<&Piece> = batch.iter().map(|&i| all[i]).collect();
        let parts = translate_batch(model, &pieces, options)?;
        progress(pieces.iter().map(|piece| piece.words()).sum());
        Ok(parts)
    })?
    .into_iter();
    let translations = prepared.iter().map(|sentence| {
        let parts = parts.by_ref().take(sentence.pieces.len());
        sentence.translation(parts.collect(), options.alignment)
    });
    Ok(translations.collect())
}

/// Translates pieces of similar length as one batch.
fn translate_batch(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> NetworkResult<Vec<Translation>> {
    let open: Vec<&Piece> = (pieces.iter().copied())
        .filter(|piece| !piece.copied)
        .collect();
    let mut attempts = insist::best(model, &open, options)?.into_iter();
    let translations = pieces.iter().map(|&piece| {
        let attempt = match piece.copied {
            true => None,
            false => attempts.next(),
        };
        let Some((other, attempt)) = attempt else {
            return piece.copy();
        };
        let with_links = options.alignment || piece.has_tags;
        attempt.translation(
            other.as_ref().unwrap_or(piece),
            with_links.then_some(&model.target),
        )
    });
    Ok(translations.collect())
}

/// The bare output of the network for `sentences`: nothing is restored, and long sentences are not split.
///
/// # Errors
/// When a sentence is too long, or a tensor operation of the network fails.
pub fn raw<S: AsRef<str> + Sync>(
    model: &Model,
    sentences: &[S],
    options: DecodeOptions,
) -> NetworkResult<Vec<String>> {
    let sources = (sentences.par_iter())
        .map(|sentence| network_input(model, sentence.as_ref(), options.hints_below))
        .collect::<NetworkResult<Vec<NetworkInput>>>()?;
    let hypotheses = decode::decode(model, &sources, options)?;
    Ok(hypotheses
        .par_iter()
        .map(|hypothesis| model.target.decode(&hypothesis.ids))
        .collect())
}

/// The ids that the encoder gets of a text: its pieces in the punctuation of the training text, and hints behind the words
/// that the training text has less than `hints_below` times. Nothing is masked.
///
/// # Errors
/// When the text cannot be tokenized.
pub fn source_ids(model: &Model, text: &str, hints_below: u32) -> NetworkResult<Vec<u32>> {
    Ok(network_input(model, text, hints_below)?.ids)
}

fn network_input(model: &Model, text: &str, hints_below: u32) -> NetworkResult<NetworkInput> {
    let tokens = input::tokenize(model, text)?;
    let hints = input::hints(model, text, &HintSources::below(hints_below), &[])?;
    let limit = model.max_source_tokens();
    Ok(NetworkInput::new(model, text, &tokens, hints, limit))
}
