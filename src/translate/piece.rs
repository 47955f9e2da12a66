//! Pieces of sentences: what goes through the network at once, with what must arrive as it is held out of its hands.

use super::input::{self, HintSources, HintedWord, NetworkInput};
use super::spans::overlap;
use super::verbatim::{Finder, Rendering, Verbatim};
use super::{GivenHint, Translation, letters, links, mask, typography};
use crate::document::words;
use crate::model::{Model, NetworkResult, Token};

/// A part of a sentence that goes through the network at once.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Those of `text`, without hints.
    pub(super) tokens: Vec<Token>,
    /// Its tokens and hints, as the encoder gets them.
    pub(super) input: NetworkInput,
    pub(super) verbatims: Vec<Verbatim>,
    /// For each word of `text` the word of the source, where placeholders stand for several.
    pub(super) source_words: Option<Vec<u32>>,
    /// Where its hints are from.
    sources: HintSources,
    /// The hints of words that placeholders stand for.
    given: Vec<GivenHint>,
    /// Words of the source.
    pub(super) words: usize,
    /// Whether there are more things to keep than placeholders for them.
    pub(super) crowded: bool,
    /// Whether it is copied because nothing in it can be translated.
    pub(super) copied: bool,
    /// Whether tokens in its middle were left out, because it is longer than what the network takes.
    pub(super) cut: bool,
    /// Whether its sentence has tags, which go back by its links.
    pub(super) has_tags: bool,
    /// Whether it is a line in capitals; `text` has it in ordinary spelling.
    pub(super) capitals: bool,
    /// Whether white space follows before the next piece.
    pub(super) spaced: bool,
}

impl Piece {
    /// A piece with its `fixed` terms, without the white space at its ends.
    pub(super) fn new(
        model: &Model,
        text: &str,
        fixed: &[Verbatim],
        sources: &HintSources,
    ) -> NetworkResult<Self> {
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
        let hints = match copied || cut {
            true => Vec::new(),
            false => input::hints(model, &plain, sources, &verbatims)?,
        };
        Ok(Self {
            input: NetworkInput::new(model, &plain, &tokens, hints, limit),
            text: match (kept, copied) {
                (true, _) if text.starts_with(['„', '»', '«']) => {
                    typography::english_quotes(text, &unmasked)
                }
                (true, _) => unmasked,
                (false, true) => text.to_owned(),
                (false, false) => plain,
            },
            tokens,
            verbatims,
            source_words,
            sources: sources.clone(),
            given: Vec::new(),
            words,
            crowded,
            copied,
            cut,
            has_tags: false,
            capitals,
            spaced,
        })
    }

    /// The piece with placeholders for its numbers, dates and times too; `None` if there is none that has none.
    pub(super) fn strict(&self, model: &Model) -> NetworkResult<Option<Self>> {
        let mut verbatims = self.verbatims.clone();
        for verbatim in &mut verbatims {
            if let Rendering::Number { .. } | Rendering::Date { .. } | Rendering::Time { .. } =
                verbatim.target
            {
                verbatim.target = Rendering::Text(verbatim.written(""));
            }
        }
        self.masked(model, verbatims)
    }

    /// The piece with placeholders for words of it besides, each for its first candidate; `None` if there is room for none.
    pub(super) fn with_words_masked(
        &self,
        model: &Model,
        words: impl Iterator<Item = HintedWord>,
    ) -> NetworkResult<Option<Self>> {
        let mut verbatims = self.verbatims.clone();
        let mut given = self.given.clone();
        for word in words {
            let is_taken = verbatims
                .iter()
                .any(|other| overlap(&other.span, &word.span));
            if let Some(english) = word.candidates.first().filter(|_| !is_taken) {
                verbatims.push(Verbatim {
                    span: word.span.clone(),
                    target: Rendering::Text(english.clone()),
                });
                given.push(GivenHint {
                    used: Some(0),
                    ..word.given(&self.text, "")
                });
            }
        }
        if verbatims.len() == self.verbatims.len() {
            return Ok(None);
        }
        verbatims.sort_by_key(|verbatim| verbatim.span.start);
        let masked = self.masked(model, verbatims)?;
        Ok(masked.map(|piece| Self { given, ..piece }))
    }

    /// Whether a verbatim is the dictionary's word, which is written as others are.
    pub(super) fn is_insisted_on(&self, verbatim: &Verbatim) -> bool {
        self.insisted_on(verbatim).is_some()
    }

    /// The German word at the beginning, if a placeholder stands for it because of its hints.
    pub(super) fn first_insisted_on(&self) -> Option<&str> {
        let first = self
            .verbatims
            .first()
            .filter(|first| first.span.start == 0)?;
        Some(&self.insisted_on(first)?.source)
    }

    fn insisted_on(&self, verbatim: &Verbatim) -> Option<&GivenHint> {
        let written = verbatim.written("");
        (self.given.iter()).find(|hint| hint.candidates.first() == Some(&written))
    }

    /// The hints for its words, and which of them `target` has.
    pub(super) fn given(&self, target: &str) -> Vec<GivenHint> {
        let of_input = self.input.given(&self.text, target);
        [of_input, self.given.clone()].concat()
    }

    /// The piece with placeholders for those of `verbatims` that have a text; `None` if that is not possible.
    fn masked(&self, model: &Model, verbatims: Vec<Verbatim>) -> NetworkResult<Option<Self>> {
        let Some(masked) = mask::mask(&self.text, &verbatims, &model.placeholders) else {
            return Ok(None);
        };
        let tokens = input::tokenize(model, &masked.text)?;
        let limit = model.max_source_tokens();
        if tokens.len() > limit {
            return Ok(None);
        }
        let hints = input::hints(model, &masked.text, &self.sources, &masked.verbatims)?;
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
            sources: self.sources.clone(),
            given: self.given.clone(),
            ..*self
        }))
    }

    /// The piece with which the search insists on the hints of some of its words.
    pub(super) fn insisting(&self, words: &[HintedWord]) -> Self {
        Self {
            input: self.input.insisting(words),
            ..self.clone()
        }
    }

    /// The piece without hints for its words; `None` if it has none.
    pub(super) fn without_hints(&self, model: &Model) -> Option<Self> {
        let limit = model.max_source_tokens();
        let input = NetworkInput::new(model, &self.text, &self.tokens, Vec::new(), limit);
        (input != self.input).then(|| Self {
            input,
            ..self.clone()
        })
    }

    /// The piece itself as its translation.
    pub(super) fn copy(&self) -> Translation {
        Translation {
            links: links::same(&self.text),
            ..Translation::new(self.text.clone())
        }
    }

    /// Tokens that go through the network.
    pub(super) fn network_tokens(&self) -> usize {
        if self.copied { 0 } else { self.input.ids.len() }
    }

    pub(super) fn words(&self) -> usize {
        self.words
    }
}

pub(super) fn finder(model: &Model) -> Finder<'_> {
    Finder {
        unknown: model.source.unknown(),
        masked: model.placeholders.count() > 0,
        lexicon: model.lexicon.as_ref(),
    }
}

/// Whether there are more things in a text that must arrive as they are than the network has placeholders.
pub(super) fn is_crowded(model: &Model, text: &str, verbatims: &[Verbatim]) -> bool {
    let placeholders = model.placeholders.count();
    placeholders > 0 && mask::needed(text, verbatims) > placeholders
}
