//! Sentences in, sentences out, in order.

mod letters;
mod memory;
mod names;
mod restore;
mod typography;
mod verbatim;

use std::sync::LazyLock;

use rayon::prelude::*;
use regex::{Captures, Regex};

use crate::decode::{self, DecodeOptions, Finish};
use crate::model::{Model, Token};
use crate::segment;
pub use memory::Memory;
use verbatim::Verbatim;

/// Tokens of the longest piece that is translated at once, if the model takes as many. The networks were trained on
/// sentences; what is much longer comes out better in parts.
const LONGEST_PIECE: usize = 160;

/// Hypotheses for a second try at a sentence whose first translation lost a number or did not come to an end.
const SECOND_BEAM: usize = 4;

/// More bytes than a token has on average in any text.
const MOST_BYTES_PER_TOKEN: usize = 24;

/// The English of one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Translation {
    /// One line of text.
    pub text: String,
    /// Mean natural log-probability of its tokens; 0 for what was copied.
    pub score: f32,
    /// Whether the network came to an end by itself.
    pub finish: Finish,
}

/// A part of a sentence that goes through the network at once.
struct Piece {
    text: String,
    tokens: Vec<Token>,
    verbatims: Vec<Verbatim>,
    /// Nothing here that could be translated.
    copied: bool,
    /// A line in capitals; `text` has it in ordinary spelling.
    capitals: bool,
    /// Whether white space follows before the next piece.
    spaced: bool,
}

/// Translates `sentences`. White space within a sentence, line breaks included, counts as one space. `progress` hears,
/// from any thread, how many more source words are done.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn translate<S: AsRef<str> + Sync>(
    model: &Model,
    sentences: &[S],
    options: DecodeOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> candle_core::Result<Vec<Translation>> {
    let pieces: Vec<Vec<Piece>> = (sentences.par_iter())
        .map(|sentence| pieces(model, sentence.as_ref()))
        .collect();
    let all: Vec<&Piece> = pieces.iter().flatten().collect();
    let lengths: Vec<usize> = all.iter().map(|piece| piece.network_tokens()).collect();
    let mut parts = decode::for_each_batch(&lengths, |batch| {
        let pieces: Vec<&Piece> = batch.iter().map(|&i| all[i]).collect();
        let parts = translate_batch(model, &pieces, options)?;
        progress(pieces.iter().map(|piece| piece.words()).sum());
        Ok(parts)
    })?
    .into_iter();
    let translations = pieces.iter().map(|pieces| {
        let spaced = pieces.iter().map(|piece| piece.spaced);
        join(parts.by_ref().take(pieces.len()).zip(spaced).collect())
    });
    Ok(translations.collect())
}

/// Translates pieces of similar length together; what goes wrong is searched for again with more hypotheses.
fn translate_batch(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> candle_core::Result<Vec<Translation>> {
    let open: Vec<&Piece> = (pieces.iter().copied())
        .filter(|piece| !piece.copied)
        .collect();
    let mut attempts = attempts(model, &open, options)?;
    if options.beam < SECOND_BEAM {
        let again: Vec<usize> = (0..open.len())
            .filter(|&i| attempts[i].is_doubtful())
            .collect();
        let doubtful: Vec<&Piece> = again.iter().map(|&i| open[i]).collect();
        let options = DecodeOptions {
            beam: SECOND_BEAM,
            ..options
        };
        let second = self::attempts(model, &doubtful, options)?;
        for (i, second) in again.into_iter().zip(second) {
            if second.faults() < attempts[i].faults() {
                attempts[i] = second;
            }
        }
    }
    let mut attempts = attempts.into_iter();
    let translations = pieces.iter().map(|piece| {
        let attempt = if piece.copied { None } else { attempts.next() };
        piece.translation(attempt)
    });
    Ok(translations.collect())
}

/// What the network made of a piece in one go, with what must survive in it.
struct Attempt {
    text: String,
    score: f32,
    finish: Finish,
    /// Numbers that are gone.
    lost: usize,
}

impl Attempt {
    fn faults(&self) -> usize {
        self.lost + usize::from(self.finish != Finish::Complete)
    }

    fn is_doubtful(&self) -> bool {
        self.faults() > 0
    }
}

fn attempts(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> candle_core::Result<Vec<Attempt>> {
    let sources: Vec<Vec<u32>> = (pieces.iter())
        .map(|piece| piece.tokens.iter().map(|token| token.id).collect())
        .collect();
    let options = DecodeOptions {
        alignment: true,
        ..options
    };
    let hypotheses = decode::decode(model, &sources, options)?;
    let attempts = pieces
        .par_iter()
        .zip(hypotheses)
        .map(|(piece, hypothesis)| {
            let (text, lost) = restore::restore(
                &hypothesis,
                &piece.verbatims,
                &piece.text,
                &piece.tokens,
                &model.target,
            );
            Attempt {
                text,
                score: hypothesis.score,
                finish: hypothesis.finish,
                lost,
            }
        });
    Ok(attempts.collect())
}

/// What the network writes for `sentences`, untouched: no care for what must survive, no splitting of long sentences.
///
/// # Errors
/// When a sentence is too long, or a tensor operation of the network fails.
pub fn raw<S: AsRef<str> + Sync>(
    model: &Model,
    sentences: &[S],
    options: DecodeOptions,
) -> candle_core::Result<Vec<String>> {
    let sources: Vec<Vec<u32>> = (sentences.par_iter())
        .map(|sentence| model.source.encode(sentence.as_ref()))
        .collect();
    let hypotheses = decode::decode(model, &sources, options)?;
    Ok(hypotheses
        .par_iter()
        .map(|hypothesis| model.target.decode(&hypothesis.ids))
        .collect())
}

/// Splits a sentence into pieces that the network takes.
fn pieces(model: &Model, sentence: &str) -> Vec<Piece> {
    let text = one_line(sentence);
    let limit = model.network.max_source_tokens().min(LONGEST_PIECE);
    // The length in bytes is looked at first: it rules out most of what is too long without making tokens.
    let fits = |text: &str| {
        text.len() <= limit * MOST_BYTES_PER_TOKEN
            && model.source.encode(text.trim()).len() <= limit
    };
    if text.len() <= limit * MOST_BYTES_PER_TOKEN {
        let piece = Piece::new(model, &text);
        if piece.tokens.len() <= limit {
            return vec![piece];
        }
    }
    let mut glued = false;
    segment::clauses(&text, &fits)
        .into_iter()
        .map(|span| {
            let mut piece = Piece::new(model, &text[span.clone()]);
            // A part of a word: what goes on so long without a space is data.
            let goes_on = !piece.spaced && span.end < text.len();
            piece.copied |= (glued || goes_on) && !piece.text.contains(' ');
            glued = goes_on;
            piece
        })
        .collect()
}

/// A sentence without the line breaks of its layout, and without the hyphens that only they needed.
fn one_line(sentence: &str) -> String {
    static HYPHENATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(\p{L})-[ \t]*(?:\r\n|\n|\r)\s*(\p{Ll}+)").expect("the pattern is constant")
    });
    let joined = HYPHENATED.replace_all(sentence, |found: &Captures<'_>| {
        // "Vor- und Nachteile" keeps its hyphen.
        let gap = if ["und", "oder", "bzw", "sowie"].contains(&&found[2]) {
            "- "
        } else {
            ""
        };
        format!("{}{gap}{}", &found[1], &found[2])
    });
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Piece {
    fn new(model: &Model, text: &str) -> Self {
        let spaced = text.ends_with(' ');
        let text = text.trim();
        let unknown = model.source.unknown();
        let tokens = model.source.tokenize(text);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        let strange: usize = tokens
            .iter()
            .filter(|token| token.id == unknown)
            .map(|token| letters(&text[token.span.clone()]))
            .sum();
        // No letters, or mostly those of another script.
        let foreign = letters(text) == 0 || strange * 2 > letters(text);

        let (mut plain, mut words) = (text.to_owned(), Vec::new());
        let uncapitalised = typography::uncapitalised(text);
        let capitals = uncapitalised.is_some();
        if let Some(uncapitalised) = uncapitalised {
            plain = uncapitalised;
        } else if strange > 0 && !foreign {
            (plain, words) = letters::plain(text, &tokens, unknown);
        }
        let mut tokens = if plain == text {
            tokens
        } else {
            model.source.tokenize(&plain)
        };
        let verbatims = verbatim::find(&plain, &tokens, unknown, words);
        let only_verbatim = verbatims.len() == 1 && verbatims[0].span == (0..plain.len());
        // A single character that normalises to a thousand must not stop the rest.
        let limit = model.network.max_source_tokens();
        if tokens.len() > limit {
            tokens.drain(limit - 1..tokens.len() - 1);
        }
        let copied = foreign || only_verbatim;
        Self {
            text: if copied { text.to_owned() } else { plain },
            tokens,
            verbatims,
            copied,
            capitals,
            spaced,
        }
    }
}

impl Piece {
    /// Tokens that go through the network.
    fn network_tokens(&self) -> usize {
        if self.copied { 0 } else { self.tokens.len() }
    }

    fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }

    /// The translation of the piece: what the network made of it in English typography, or the piece itself where there is none.
    fn translation(&self, attempt: Option<Attempt>) -> Translation {
        match attempt {
            Some(attempt) => Translation {
                text: polish(self, &attempt.text),
                score: attempt.score,
                finish: attempt.finish,
            },
            None => Translation {
                text: self.text.clone(),
                score: 0.,
                finish: Finish::Complete,
            },
        }
    }
}

/// Target-side details that do not need the network.
fn polish(piece: &Piece, target: &str) -> String {
    let source = piece.text.as_str();
    let mut text = typography::english_quotes(source, target);
    text = typography::unescape(source, text);
    text = typography::end_like(source, text);
    let begins_verbatim =
        (piece.verbatims.iter()).any(|verbatim| text.starts_with(&verbatim.written("")));
    if !begins_verbatim {
        text = typography::begin_like(source, text);
    }
    if piece.capitals {
        text = text.to_uppercase();
    }
    text.trim().to_owned()
}

/// Puts the translated pieces of a sentence together; the worst end of a piece is that of the sentence.
fn join(mut parts: Vec<(Translation, bool)>) -> Translation {
    if parts.len() == 1 {
        return parts.remove(0).0;
    }
    let mut text = String::new();
    for (part, spaced) in &parts {
        text.push_str(&part.text);
        if *spaced {
            text.push(' ');
        }
    }
    let mut finishes = parts.iter().map(|(part, _)| part.finish);
    Translation {
        text: text.trim_end().to_owned(),
        score: parts.iter().map(|(part, _)| part.score).sum::<f32>() / parts.len().max(1) as f32,
        finish: finishes
            .find(|&finish| finish != Finish::Complete)
            .unwrap_or(Finish::Complete),
    }
}
