//! Attempts: one run of the search for a piece, and further ones where the translation lost something.

use rayon::prelude::*;

use super::doubt::{Doubt, doubts};
use super::input::NetworkInput;
use super::links::{self, Links};
use super::piece::Piece;
use super::{Translation, possessives, restore, typography};
use crate::decode::{self, DecodeOptions, Finish, Hypothesis};
use crate::lexicon;
use crate::model::{Model, NetworkResult, Vocabulary};

/// Hypotheses for a second try.
const SECOND_BEAM: usize = 4;

/// One hypothesis for a piece, with its verbatims restored.
pub(super) struct Attempt {
    pub(super) hypothesis: Hypothesis,
    pub(super) text: String,
    /// Numbers of the source that are missing.
    lost: usize,
    doubts: Vec<Doubt>,
}

/// Makes the piece that is tried instead of one whose attempt has faults, and the options for it; none if there is nothing
/// to change.
type Retry = fn(&Model, &Piece, &Attempt, DecodeOptions) -> NetworkResult<Option<Piece>>;

/// The options of a retry, from those of the first attempt.
type Width = fn(DecodeOptions) -> DecodeOptions;

/// What is tried, one after the other, where an attempt has faults.
const RETRIES: [(Retry, Width); 3] = [
    (as_it_is, wider),
    (with_numbers_masked, |options| options),
    (without_hints, wider),
];

/// The best attempt at each piece, and the piece in the form that it was made from, if that is another.
pub(super) fn best(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> NetworkResult<Vec<(Option<Piece>, Attempt)>> {
    let mut best: Vec<(Option<Piece>, Attempt)> = (attempts(model, pieces, options)?.into_iter())
        .map(|attempt| (None, attempt))
        .collect();
    for (retry, options_of) in RETRIES {
        let mut again: Vec<(usize, Piece)> = Vec::new();
        for (i, (_, attempt)) in best.iter().enumerate() {
            if attempt.faults() > 0
                && let Some(piece) = retry(model, pieces[i], attempt, options)?
            {
                again.push((i, piece));
            }
        }
        let tried: Vec<&Piece> = again.iter().map(|(_, piece)| piece).collect();
        let tries = attempts(model, &tried, options_of(options))?;
        for ((i, piece), attempt) in again.into_iter().zip(tries) {
            if attempt.faults() < best[i].1.faults() {
                best[i] = (Some(piece), attempt);
            }
        }
    }
    Ok(best)
}

/// One attempt at each piece.
pub(super) fn attempts(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> NetworkResult<Vec<Attempt>> {
    let sources: Vec<&NetworkInput> = pieces.iter().map(|piece| &piece.input).collect();
    let options = DecodeOptions {
        alignment: true,
        ..options
    };
    let hypotheses = decode::decode(model, &sources, options)?;
    let attempts = (pieces.par_iter().zip(hypotheses)).map(|(piece, hypothesis)| {
        let hypothesis = piece.input.to_text(hypothesis);
        let (text, lost) = restore::restore(
            &hypothesis,
            &piece.verbatims,
            &piece.text,
            &piece.tokens,
            &model.target,
        );
        Attempt {
            doubts: doubts(model, piece, &text, lost),
            hypothesis,
            text,
            lost,
        }
    });
    Ok(attempts.collect())
}

/// A wider search than the first.
fn wider(options: DecodeOptions) -> DecodeOptions {
    DecodeOptions {
        beam: SECOND_BEAM,
        ..options
    }
}

fn as_it_is(
    model: &Model,
    piece: &Piece,
    _: &Attempt,
    options: DecodeOptions,
) -> NetworkResult<Option<Piece>> {
    Ok((options.width(model) < SECOND_BEAM).then(|| piece.clone()))
}

fn with_numbers_masked(
    model: &Model,
    piece: &Piece,
    attempt: &Attempt,
    _: DecodeOptions,
) -> NetworkResult<Option<Piece>> {
    match attempt.lost {
        0 => Ok(None),
        _ => piece.strict(model),
    }
}

fn without_hints(
    model: &Model,
    piece: &Piece,
    _: &Attempt,
    _: DecodeOptions,
) -> NetworkResult<Option<Piece>> {
    Ok(piece.without_hints(model))
}

impl Attempt {
    /// Whether it has a word as it is spelt.
    pub(super) fn has(&self, word: &str) -> bool {
        lexicon::words(&self.text).any(|span| &self.text[span] == word)
    }

    /// Natural log-probability of all its tokens.
    pub(super) fn log_probability(&self) -> f32 {
        self.hypothesis.log_probabilities.iter().sum()
    }

    /// What is wrong with it, counted.
    pub(super) fn faults(&self) -> usize {
        let unfinished = usize::from(self.hypothesis.finish != Finish::Complete);
        let others = |doubt: &&Doubt| **doubt != Doubt::LostNumber;
        self.lost + unfinished + self.doubts.iter().filter(others).count()
    }

    /// The attempt in English typography, as the translation of the piece that it was made from. With links if there is a
    /// target vocabulary to find them by.
    pub(super) fn translation(self, piece: &Piece, target: Option<&Vocabulary>) -> Translation {
        let hypothesis = self.hypothesis;
        let text = polish(piece, &self.text);
        let links = target.map_or_else(Links::new, |target| {
            let mut links = links::links(&hypothesis, &piece.text, &piece.tokens, target, &text);
            if let Some(words) = &piece.source_words {
                for link in links.iter_mut().flatten() {
                    *link = words[*link as usize];
                }
            }
            links
        });
        Translation {
            hints: piece.given(&text),
            text,
            score: hypothesis.score,
            coverage: links::coverage(&hypothesis, &piece.text, &piece.tokens),
            finish: match hypothesis.finish {
                Finish::Complete if piece.cut => Finish::TooLong,
                finish => finish,
            },
            doubts: self.doubts,
            is_foreign: false,
            links,
        }
    }
}

/// Corrects quotation marks, character references, capitals and full stops in the target.
fn polish(piece: &Piece, target: &str) -> String {
    let source = piece.text.as_str();
    let mut text = typography::english_quotes(source, target);
    text = typography::unescape(source, text);
    text = possessives::possessed(source, text);
    text = typography::end_like(source, text);
    let begins_verbatim = (piece.verbatims.iter())
        .filter(|verbatim| !piece.is_insisted_on(verbatim))
        .any(|verbatim| text.starts_with(&verbatim.written("")));
    if !begins_verbatim {
        text = typography::begin_like(piece.first_insisted_on().unwrap_or(source), text);
    }
    if piece.capitals {
        text = text.to_uppercase();
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub;
    use crate::translate::input::HintSources;

    #[test]
    fn a_piece_that_was_cut_is_told_whatever_the_network_says() {
        let mut files = hub::embedded();
        let config = files.config.take().unwrap();
        let mut config: serde_json::Value = serde_json::from_slice(&config).unwrap();
        config["max_source_tokens"] = 2.into();
        files.config = Some(config.to_string().into_bytes().into());
        let model = Model::load(&files).unwrap();
        // One letter that cannot be divided, and more pieces than there is room for.
        for (text, cut) in [("ﬃ", true), ("a", false)] {
            let piece = Piece::new(&model, text, &[], &HintSources::default()).unwrap();
            assert_eq!(piece.cut, cut, "{text}");
            let complete = Attempt {
                hypothesis: Hypothesis {
                    ids: Vec::new(),
                    log_probabilities: Vec::new(),
                    score: 0.,
                    finish: Finish::Complete,
                    alignment: Vec::new(),
                },
                text: "x".into(),
                lost: 0,
                doubts: Vec::new(),
            };
            let finish = complete.translation(&piece, None).finish;
            assert_eq!(finish == Finish::TooLong, cut, "{text}");
        }
    }
}
