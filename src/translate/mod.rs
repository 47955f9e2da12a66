//! Translates sentences: text to tokens, tokens through the network, and its output to corrected English, in order.

mod aligned;
mod cache;
mod codes;
mod explain;
mod glossary;
mod input;
mod language;
mod letters;
mod links;
mod mask;
mod memory;
mod misspelt;
mod names;
mod numerals;
#[cfg(feature = "llm")]
pub mod prompted;
mod restore;
mod spans;
mod spelling;
mod symbols;
mod tbx;
mod tmx;
mod typography;
mod verbatim;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use rayon::prelude::*;
use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

use crate::decode::{self, DecodeOptions, Finish, Hypothesis};
use crate::document::words;
use crate::model::{Model, NetworkError, NetworkResult, Token, Vocabulary};
use crate::segment::{self, Fixed};
pub use cache::{Cache, CacheError};
pub use explain::{ExplainedPiece, Explanation, explain};
pub use glossary::{Glossary, GlossaryError, Term, not_honoured};
use input::NetworkInput;
pub use links::Links;
pub use memory::TranslationMemory;
use spelling::Respelt;
pub use tmx::{ReferenceMemory, TmxError};
use verbatim::{Finder, Rendering, Verbatim};

/// Tokens of the longest piece that is translated at once, if the model takes as many. The networks were trained on
/// sentences; what is much longer comes out better in parts.
const LONGEST_PIECE: usize = 160;

/// Hypotheses for a second try at a sentence whose first translation lost a number or did not come to an end.
const SECOND_BEAM: usize = 4;

/// An upper bound on the mean number of bytes of a token, in any text.
const MOST_BYTES_PER_TOKEN: usize = 24;

/// A sentence to translate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source<'a> {
    /// Its text. White space within it, line breaks included, counts as one space.
    pub text: Cow<'a, str>,
    /// Terms that the translation must contain; in order, not overlapping.
    pub fixed: Vec<Fixed>,
}

impl<'a, T: AsRef<str>> From<&'a T> for Source<'a> {
    fn from(text: &'a T) -> Self {
        Self {
            text: Cow::Borrowed(text.as_ref()),
            fixed: Vec::new(),
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
    /// Hints of dictionary and glossary for words of the source.
    pub hints: Vec<GivenHint>,
    /// The word alignment, if [`DecodeOptions::alignment`] asks for it; else empty.
    pub links: Links,
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

/// A part of a sentence that goes through the network at once.
struct Piece {
    text: String,
    /// Those of `text`, without hints.
    tokens: Vec<Token>,
    /// Its tokens and hints, as the encoder gets them.
    input: NetworkInput,
    verbatims: Vec<Verbatim>,
    /// For each word of `text` the word of the source, where placeholders stand for several.
    source_words: Option<Vec<u32>>,
    /// Words of the source.
    words: usize,
    /// Whether there are more things to keep than placeholders for them.
    crowded: bool,
    /// Whether it is copied because nothing in it can be translated.
    copied: bool,
    /// Whether tokens in its middle were left out, because it is longer than what the network takes.
    cut: bool,
    /// Whether it is a line in capitals; `text` has it in ordinary spelling.
    capitals: bool,
    /// Whether white space follows before the next piece.
    spaced: bool,
}

/// A sentence as it goes through the network.
struct Prepared {
    pieces: Vec<Piece>,
    /// For each word of the pieces the word of the sentence, where words were joined.
    words: Option<Vec<u32>>,
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
        sentence.with_own_words(join(parts.zip(&sentence.pieces).collect()))
    });
    Ok(translations.collect())
}

/// Translates pieces of similar length as one batch. Those with faults are decoded again with a wider beam.
fn translate_batch(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> NetworkResult<Vec<Translation>> {
    let open: Vec<&Piece> = (pieces.iter().copied())
        .filter(|piece| !piece.copied)
        .collect();
    let mut attempts = attempts(model, &open, options)?;
    if options.width(model) < SECOND_BEAM {
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
    // What is lost still is masked too.
    let strict = (open.iter().zip(&attempts))
        .map(|(piece, attempt)| match attempt.lost {
            0 => Ok(None),
            _ => piece.strict(model, options.hints_below),
        })
        .collect::<NetworkResult<Vec<Option<Piece>>>>()?;
    let again: Vec<&Piece> = strict.iter().flatten().collect();
    let mut third = self::attempts(model, &again, options)?.into_iter();
    let attempts = (attempts.into_iter().zip(&strict)).map(|(attempt, strict)| {
        let better = strict
            .as_ref()
            .zip(strict.as_ref().and_then(|_| third.next()));
        match better.filter(|(_, third)| third.faults() < attempt.faults()) {
            Some((strict, third)) => (Some(strict), third),
            None => (None, attempt),
        }
    });
    let mut attempts = attempts.collect::<Vec<_>>().into_iter();
    let translations = pieces.iter().map(|&piece| {
        let (strict, attempt) = match piece.copied {
            true => (None, None),
            false => attempts
                .next()
                .map_or((None, None), |(strict, attempt)| (strict, Some(attempt))),
        };
        let piece = strict.unwrap_or(piece);
        piece.translation(attempt, options.alignment.then_some(&model.target))
    });
    Ok(translations.collect())
}

/// One hypothesis for a piece, with its verbatims restored.
struct Attempt {
    hypothesis: Hypothesis,
    text: String,
    /// Numbers of the source that are missing.
    lost: usize,
}

impl Attempt {
    fn faults(&self) -> usize {
        self.lost + usize::from(self.hypothesis.finish != Finish::Complete)
    }

    fn is_doubtful(&self) -> bool {
        self.faults() > 0
    }
}

fn attempts(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> NetworkResult<Vec<Attempt>> {
    let sources: Vec<Vec<u32>> = (pieces.iter())
        .map(|piece| piece.input.ids.clone())
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
            let hypothesis = piece.input.to_text(hypothesis);
            let (text, lost) = restore::restore(
                &hypothesis,
                &piece.verbatims,
                &piece.text,
                &piece.tokens,
                &model.target,
            );
            Attempt {
                hypothesis,
                text,
                lost,
            }
        });
    Ok(attempts.collect())
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
        .map(|sentence| source_ids(model, sentence.as_ref(), options.hints_below))
        .collect::<NetworkResult<Vec<Vec<u32>>>>()?;
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
    let tokens = input::tokenize(model, text)?;
    let hints = input::hints(model, text, hints_below, &[]);
    let limit = model.max_source_tokens();
    Ok(NetworkInput::new(model, text, &tokens, hints, limit).ids)
}

impl Prepared {
    /// Respells a sentence and splits it into pieces short enough for the network.
    fn new(model: &Model, sentence: &Source<'_>, hints_below: u32) -> NetworkResult<Self> {
        let text = one_line(&sentence.text);
        let mut fixed = fixed_in(sentence, &text);
        let is_data = fixed.is_empty() && codes::is_data(&text);
        let is_foreign = || model.reads_only_german() && language::is_foreign(&text);
        if is_data || fixed.is_empty() && is_foreign() {
            let mut piece = Piece::new(model, &text, &fixed, hints_below)?;
            let is_line = !sentence.text.contains(['\n', '\r']);
            piece.copied = true;
            piece.text = match is_data && is_line {
                true => sentence.text.trim().to_owned(),
                false => text,
            };
            return Ok(Self {
                pieces: vec![piece],
                words: None,
            });
        }
        let spared: Vec<Range<usize>> = fixed.iter().map(|fixed| fixed.span.clone()).collect();
        let knows = |form: &str| model.lexicon.as_ref().is_some_and(|all| all.knows(form));
        let known = model
            .lexicon
            .is_some()
            .then_some(&knows as &dyn Fn(&str) -> bool);
        let Some(respelt) = Respelt::new(&text, &spared, known) else {
            return Ok(Self {
                pieces: pieces(model, &text, &fixed, hints_below)?
                    .into_iter()
                    .map(|(_, piece)| piece)
                    .collect(),
                words: None,
            });
        };
        for fixed in &mut fixed {
            fixed.span = respelt.respelt(&fixed.span);
        }
        let mut pieces = pieces(model, &respelt.text, &fixed, hints_below)?;
        for (span, piece) in &mut pieces {
            if piece.copied {
                piece.text = text[respelt.original(span)].trim().to_owned();
            }
        }
        let words = respelt.word_origins(&text);
        let is_moved = words.iter().enumerate().any(|(i, &word)| i as u32 != word);
        Ok(Self {
            pieces: pieces.into_iter().map(|(_, piece)| piece).collect(),
            words: is_moved.then_some(words),
        })
    }

    /// A translation whose links lead to the words of the sentence as it was written.
    fn with_own_words(&self, mut translation: Translation) -> Translation {
        if let Some(words) = &self.words {
            for link in &mut translation.links {
                *link = link.and_then(|word| words.get(word as usize).copied());
            }
        }
        translation
    }
}

/// Splits a sentence into pieces short enough for the network, each with its span.
fn pieces(
    model: &Model,
    text: &str,
    fixed: &[Verbatim],
    hints_below: u32,
) -> NetworkResult<Vec<(Range<usize>, Piece)>> {
    let limit = model.max_source_tokens().min(LONGEST_PIECE);
    // The length in bytes is checked first: it rules out most texts that are too long without tokenizing them.
    let is_short = |text: &str| text.len() <= limit * MOST_BYTES_PER_TOKEN;
    let fits = |text: &str| {
        is_short(text)
            && input::tokenize(model, text.trim()).is_ok_and(|tokens| {
                let found = || finder(model).find(text.trim(), &tokens, vec![]);
                tokens.len() <= limit && !is_crowded(model, text.trim(), &found())
            })
    };
    let items = match model.placeholders.count() {
        0 => None,
        _ => symbols::items(text),
    };
    // A sentence whose translation is known is not split, however long.
    let is_known = |fixed: &Verbatim| fixed.span == (0..text.len());
    let is_one = is_short(text) && items.is_none();
    if is_one || fixed.iter().any(is_known) {
        let piece = Piece::new(model, text, fixed, hints_below)?;
        if piece.copied || piece.tokens.len() <= limit && !piece.crowded {
            return Ok(vec![(0..text.len(), piece)]);
        }
    }
    let mut glued = false;
    items
        .unwrap_or_else(|| segment::clauses(text, &fits))
        .into_iter()
        .map(|span| {
            let inside: Vec<Verbatim> = (fixed.iter())
                .filter(|fixed| span.start <= fixed.span.start && fixed.span.end <= span.end)
                .map(|fixed| Verbatim {
                    span: fixed.span.start - span.start..fixed.span.end - span.start,
                    ..fixed.clone()
                })
                .collect();
            let mut piece = Piece::new(model, &text[span.clone()], &inside, hints_below)?;
            // A part of a word: so many letters without a space are data.
            let goes_on = !piece.spaced && span.end < text.len();
            piece.copied |= (glued || goes_on) && !piece.text.contains(' ');
            glued = goes_on;
            Ok((span, piece))
        })
        .collect()
}

fn finder(model: &Model) -> Finder<'_> {
    Finder {
        unknown: model.source.unknown(),
        masked: model.placeholders.count() > 0,
        lexicon: model.lexicon.as_ref(),
    }
}

/// Whether there are more things in a text that must arrive as they are than the network has placeholders.
fn is_crowded(model: &Model, text: &str, verbatims: &[Verbatim]) -> bool {
    let placeholders = model.placeholders.count();
    placeholders > 0 && mask::needed(text, verbatims) > placeholders
}

/// The fixed terms of a sentence with their spans in `text`, the same sentence on one line.
fn fixed_in(sentence: &Source<'_>, text: &str) -> Vec<Verbatim> {
    let mut from = 0;
    let find = |fixed: &Fixed| {
        let original = one_line(&sentence.text[fixed.span.clone()]);
        let start = from + text[from..].find(&original)?;
        from = start + original.len();
        Some(Verbatim {
            span: start..from,
            target: match (&fixed.target, fixed.exact) {
                (Some(target), false) => Rendering::Term(target.clone()),
                (Some(target), true) => Rendering::Text(target.clone()),
                (None, _) => Rendering::Text(original),
            },
        })
    };
    sentence.fixed.iter().filter_map(find).collect()
}

/// A sentence without the line breaks of its layout and without hyphens at their places.
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
    words::one_line(&joined)
}

impl Piece {
    /// A piece with its `fixed` terms, without the white space at its ends.
    fn new(model: &Model, text: &str, fixed: &[Verbatim], hints_below: u32) -> NetworkResult<Self> {
        let spaced = text.ends_with(' ');
        let lead = text.len() - text.trim_start().len();
        let text = text.trim();
        let fixed = fixed.iter().map(|fixed| Verbatim {
            span: fixed.span.start - lead..fixed.span.end - lead,
            ..fixed.clone()
        });
        let unknown = model.source.unknown();
        let tokens = input::tokenize(model, text)?;
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        let strange: usize = tokens
            .iter()
            .filter(|token| token.id == unknown)
            .map(|token| letters(&text[token.span.clone()]))
            .sum();
        // No letters, or mostly those of another script.
        let foreign = letters(text) == 0 || strange * 2 > letters(text);

        let (mut plain, mut words) = (text.to_owned(), Vec::new());
        let uncapitalised = match fixed.len() {
            0 => typography::uncapitalised(text),
            _ => None,
        };
        let capitals = uncapitalised.is_some();
        if let Some(uncapitalised) = uncapitalised {
            plain = uncapitalised;
        } else if fixed.len() > 0 {
            words = fixed.collect();
        } else if strange > 0 && !foreign {
            (plain, words) = letters::plain(text, &tokens, unknown);
        }
        let mut tokens = if plain == text {
            tokens
        } else {
            input::tokenize(model, &plain)?
        };
        let mut verbatims = finder(model).find(&plain, &tokens, words);
        let only_verbatim = verbatims.len() == 1 && verbatims[0].span == (0..plain.len());
        let whole = match verbatims.as_slice() {
            [only] if only_verbatim => match &only.target {
                Rendering::Text(target) => Some(target.clone()),
                _ => None,
            },
            _ => None,
        };
        let whole_is_given = whole.is_some();
        let mut unmasked = plain.clone();
        let words = words::count(&plain);
        let crowded = is_crowded(model, &plain, &verbatims);
        let mut source_words = None;
        if let Some(masked) = mask::mask(&plain, &verbatims, &model.placeholders) {
            unmasked = mask::fill(&masked);
            (plain, verbatims) = (masked.text, masked.verbatims);
            source_words = Some(masked.words);
            tokens = input::tokenize(model, &plain)?;
        }
        // A single character that normalises to a thousand must not stop the rest.
        let limit = model.max_source_tokens();
        let cut = tokens.len() > limit;
        if cut {
            tokens.drain(limit - 1..tokens.len() - 1);
        }
        if let Some(target) = whole {
            unmasked = target;
        }
        let kept = whole_is_given || letters(&plain) == 0 && source_words.is_some();
        let copied = foreign || kept || (only_verbatim && verbatims[0].written("") == unmasked);
        let spared: Vec<Range<usize>> =
            (verbatims.iter()).map(|found| found.span.clone()).collect();
        let hints = match copied || cut {
            true => Vec::new(),
            false => {
                let mut hints = input::hints(model, &plain, hints_below, &spared);
                hints.extend(input::term_hints(model, &verbatims)?);
                hints.sort_by_key(|hint| hint.span.start);
                hints
            }
        };
        Ok(Self {
            input: NetworkInput::new(model, &plain, &tokens, hints, limit),
            text: match (kept, copied) {
                (true, _) => unmasked,
                (false, true) => text.to_owned(),
                (false, false) => plain,
            },
            tokens,
            verbatims,
            source_words,
            words,
            crowded,
            copied,
            cut,
            capitals,
            spaced,
        })
    }
}

impl Piece {
    /// The piece with placeholders for its numbers, dates and times too; `None` if there is none that has none.
    fn strict(&self, model: &Model, hints_below: u32) -> NetworkResult<Option<Self>> {
        let mut verbatims = self.verbatims.clone();
        for verbatim in &mut verbatims {
            if let Rendering::Number { .. } | Rendering::Date { .. } | Rendering::Time { .. } =
                verbatim.target
            {
                verbatim.target = Rendering::Text(verbatim.written(""));
            }
        }
        let Some(masked) = mask::mask(&self.text, &verbatims, &model.placeholders) else {
            return Ok(None);
        };
        let tokens = input::tokenize(model, &masked.text)?;
        let limit = model.max_source_tokens();
        if tokens.len() > limit {
            return Ok(None);
        }
        let spared: Vec<Range<usize>> = (masked.verbatims.iter())
            .map(|found| found.span.clone())
            .collect();
        let mut hints = input::hints(model, &masked.text, hints_below, &spared);
        hints.extend(input::term_hints(model, &masked.verbatims)?);
        hints.sort_by_key(|hint| hint.span.start);
        let words = match &self.source_words {
            Some(words) => (masked.words.iter())
                .map(|&word| words[word as usize])
                .collect(),
            None => masked.words,
        };
        Ok(Some(Self {
            input: NetworkInput::new(model, &masked.text, &tokens, hints, limit),
            text: masked.text,
            tokens,
            verbatims: masked.verbatims,
            source_words: Some(words),
            ..*self
        }))
    }

    /// Tokens that go through the network.
    fn network_tokens(&self) -> usize {
        if self.copied { 0 } else { self.input.ids.len() }
    }

    fn words(&self) -> usize {
        self.words
    }

    /// The translation of the piece: the attempt in English typography, or the piece itself if there is none. With links if
    /// there is a target vocabulary to find them by.
    fn translation(&self, attempt: Option<Attempt>, target: Option<&Vocabulary>) -> Translation {
        let Some(Attempt {
            hypothesis, text, ..
        }) = attempt
        else {
            return Translation {
                text: self.text.clone(),
                score: 0.,
                coverage: 1.,
                finish: Finish::Complete,
                hints: Vec::new(),
                links: links::same(&self.text),
            };
        };
        let text = polish(self, &text);
        let links = target.map_or_else(Links::new, |target| {
            let mut links = links::links(&hypothesis, &self.text, &self.tokens, target, &text);
            if let Some(words) = &self.source_words {
                for link in links.iter_mut().flatten() {
                    *link = words[*link as usize];
                }
            }
            links
        });
        Translation {
            hints: self.input.given(&self.text, &text),
            text,
            score: hypothesis.score,
            coverage: links::coverage(&hypothesis, &self.text, &self.tokens),
            finish: match hypothesis.finish {
                Finish::Complete if self.cut => Finish::TooLong,
                finish => finish,
            },
            links,
        }
    }
}

/// Corrects quotation marks, character references, capitals and full stops in the target.
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

/// Joins the translated pieces of a sentence. If a piece did not end properly, neither did the sentence.
fn join(mut parts: Vec<(Translation, &Piece)>) -> Translation {
    if parts.len() == 1 {
        return parts.remove(0).0;
    }
    let (mut text, mut links) = (String::new(), Links::new());
    let mut words_before = 0;
    for (part, piece) in &parts {
        if links.is_empty() || text.ends_with(' ') {
            links.extend(part.links.iter().map(|link| Some((*link)? + words_before)));
        }
        text.push_str(&part.text);
        if piece.spaced {
            text.push(' ');
            words_before += piece.words() as u32;
        }
    }
    let mut finishes = parts.iter().map(|(part, _)| part.finish);
    let mean = |of: &dyn Fn(&Translation) -> f32| {
        parts.iter().map(|(part, _)| of(part)).sum::<f32>() / parts.len().max(1) as f32
    };
    Translation {
        text: text.trim_end().to_owned(),
        score: mean(&|part| part.score),
        coverage: mean(&|part| part.coverage),
        finish: finishes
            .find(|&finish| finish != Finish::Complete)
            .unwrap_or(Finish::Complete),
        hints: (parts.iter())
            .flat_map(|(part, _)| part.hints.clone())
            .collect(),
        links,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub;

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
            let piece = Piece::new(&model, text, &[], 0).unwrap();
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
            };
            let finish = piece.translation(Some(complete), None).finish;
            assert_eq!(finish == Finish::TooLong, cut, "{text}");
        }
    }
}
