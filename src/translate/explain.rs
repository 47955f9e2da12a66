//! How a translation came about: pieces, hints, scores and alignment, for people who want to know.

use super::insist;
use super::prepared::Prepared;
use super::{GivenHint, Source};
use crate::decode::DecodeOptions;
use crate::model::{Model, NetworkResult};

/// One part of a sentence on its way through the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The text as the network read it, with placeholders in it.
    pub source: String,
    /// Its pieces.
    pub pieces: Vec<String>,
    /// Hints of dictionary and glossary for its words.
    pub hints: Vec<GivenHint>,
    /// The pieces that the network wrote; none if the text was copied.
    pub target: Vec<ExplainedPiece>,
    /// Mean log-probability of a piece.
    pub score: f32,
    /// The translation.
    pub text: String,
}

/// A piece of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedPiece {
    /// Its text, `▁` for a space.
    pub piece: String,
    /// Natural log-probability, given what was written before.
    pub log_probability: f32,
    /// The source piece with the largest attention weight, and the weight.
    pub source: Option<(String, f32)>,
}

/// Translates a sentence and keeps what is seen on the way: one explanation for each part that goes through the network by
/// itself, of its best attempt.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn explain(
    model: &Model,
    sentence: &Source<'_>,
    options: DecodeOptions,
) -> NetworkResult<Vec<Explanation>> {
    let prepared = Prepared::new(model, sentence, options.hints_below)?;
    let explained = prepared.pieces.iter().map(|piece| {
        let (other, attempt) = match piece.copied {
            true => (None, None),
            false => (insist::best(model, &[piece], options)?.pop())
                .map_or((None, None), |(other, attempt)| (other, Some(attempt))),
        };
        let piece = other.as_ref().unwrap_or(piece);
        let tokens: Vec<String> = (piece.tokens.iter())
            .map(|token| model.source.piece(token.id).to_owned())
            .collect();
        let target = attempt.as_ref().map_or_else(Vec::new, |attempt| {
            let found = &attempt.hypothesis;
            let explained = found.ids.iter().enumerate().map(|(i, &id)| ExplainedPiece {
                piece: model.target.piece(id).to_owned(),
                log_probability: found.log_probabilities.get(i).copied().unwrap_or(f32::NAN),
                source: (found.alignment.get(i))
                    .map(|link| (tokens[link.source].clone(), link.weight)),
            });
            explained.collect()
        });
        let translation = match attempt {
            Some(attempt) => attempt.translation(piece, None),
            None => piece.copy(),
        };
        Ok(Explanation {
            source: piece.text.clone(),
            pieces: tokens,
            hints: translation.hints,
            target,
            score: translation.score,
            text: translation.text,
        })
    });
    explained.collect()
}
