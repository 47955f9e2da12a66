//! Encoder inputs: the pieces of a text, with the hints of a dictionary behind rare words.

use std::ops::Range;

use super::GivenHint;
use super::example::{self, Wording};
use super::glossary::find_inflected;
use super::spans::overlap;
use super::spelling::Respelt;
use super::verbatim::{Rendering, Verbatim};
use crate::decode::{Hypothesis, Input, PulledWord};
use crate::document::words;
use crate::lexicon::Hint;
use crate::model::{Model, NetworkResult, Token};

/// Where the hints of a sentence are from, besides the glossary's terms in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct HintSources {
    /// The dictionary has hints for words that the training text has less often.
    pub(super) below: u32,
    /// How an example renders its words.
    pub(super) wordings: Vec<Wording>,
}

impl HintSources {
    /// The dictionary alone.
    pub(super) fn below(below: u32) -> Self {
        let wordings = Vec::new();
        Self { below, wordings }
    }
}

/// Input ids of a text, the end of the sentence included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NetworkInput {
    pub(super) ids: Vec<u32>,
    /// The words that they are for, and how strongly the search is to hold on to them.
    pulls: Vec<PulledWord>,
    /// The same words with their hints.
    hints: Vec<HintedWord>,
    /// For each id the token of the text that it is, or that it is a hint for; empty where each id is a token.
    tokens: Vec<usize>,
}

/// A word of a text with hints.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HintedWord {
    /// Its bytes.
    pub(super) span: Range<usize>,
    pub(super) candidates: Vec<String>,
    /// Whether the dictionary or the glossary has the word itself.
    is_entry: bool,
    /// Whether the network has hardly ever read it.
    pub(super) is_rare: bool,
    /// Whether it is several words, whose English is not that of each.
    pub(super) is_phrase: bool,
    /// What belongs to it elsewhere in the text.
    apart: Option<Range<usize>>,
}

/// Words that the training text has more often are not rare.
const RARE: u32 = 10;
/// What is added to the logits of the candidates that are insisted on, in place of [`pull`].
const INSISTENCE: f32 = 10.;
/// And for each further word of a phrase's candidate.
const FURTHER: f32 = 2.;

impl NetworkInput {
    /// The ids of `tokens` with the `hints` for words of the same text, at most `limit` of them: hints for the most frequent
    /// words are left out first.
    pub(super) fn new(
        model: &Model,
        text: &str,
        tokens: &[Token],
        mut hints: Vec<Hint>,
        limit: usize,
    ) -> Self {
        let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
        let Some(hint_ids) = model.hints.filter(|_| !hints.is_empty()) else {
            return Self {
                ids,
                pulls: Vec::new(),
                hints: Vec::new(),
                tokens: Vec::new(),
            };
        };
        let length = |hint: &Hint| hint_ids.ids(&hint.candidates).count();
        let mut total = ids.len() + hints.iter().map(length).sum::<usize>();
        while total > limit
            && let Some(most_frequent) = (0..hints.len()).max_by_key(|&i| hints[i].frequency)
        {
            total -= length(&hints.remove(most_frequent));
        }
        let mut input = Self {
            pulls: Vec::with_capacity(hints.len()),
            hints: Vec::with_capacity(hints.len()),
            ids: Vec::with_capacity(total),
            tokens: Vec::with_capacity(total),
        };
        let mut next = 0;
        let mut take_until = |input: &mut Self, end: usize| {
            let before = |&&i: &&usize| tokens[i].span.start < end;
            let taken: Vec<usize> = (next..ids.len()).collect();
            for &i in taken.iter().take_while(before) {
                input.ids.push(ids[i]);
                input.tokens.push(i);
                next = i + 1;
            }
        };
        for hint in &hints {
            take_until(&mut input, chunk_end(text, hint.span.end));
            let candidates = hint
                .candidates
                .iter()
                .map(|pieces| model.target.decode(pieces));
            input.hints.push(HintedWord {
                span: hint.span.clone(),
                candidates: candidates.collect(),
                is_entry: hint.is_entry,
                is_rare: hint.frequency <= RARE,
                is_phrase: hint.is_entry
                    && (hint.apart.is_some() || text[hint.span.clone()].contains(' ')),
                apart: hint.apart.clone(),
            });
            let word = tokens.partition_point(|token| token.span.end <= hint.span.start);
            let places = |span: &Range<usize>| {
                let first = tokens.partition_point(|token| token.span.end <= span.start);
                let end = tokens.partition_point(|token| token.span.start < span.end);
                let place = |token: usize| input.tokens.iter().position(|&other| other == token);
                place(first).unwrap_or(0)..place(end - 1).map_or(0, |last| last + 1)
            };
            let pulled = PulledWord {
                places: places(&hint.span),
                apart: hint.apart.as_ref().map_or(0..0, places),
                pull: pull(hint.frequency),
            };
            input.pulls.push(pulled);
            for id in hint_ids.ids(&hint.candidates) {
                input.ids.push(id);
                input.tokens.push(word.min(tokens.len() - 1));
            }
        }
        take_until(&mut input, usize::MAX);
        input
    }

    /// The hints for words of `text`, and which of them `target` has.
    pub(super) fn given(&self, text: &str, target: &str) -> Vec<GivenHint> {
        let given = self.hints.iter().map(|word| word.given(text, target));
        given.collect()
    }

    /// The words that the dictionary or the glossary has, of whose hints `target` has none.
    pub(super) fn unused(&self, target: &str) -> impl Iterator<Item = &HintedWord> {
        let is_unused = |word: &&HintedWord| word.is_entry && word.used(target).is_none();
        self.hints.iter().filter(is_unused)
    }

    /// The phrases whose English `target` has, and where it is there.
    pub(super) fn used_phrases(
        &self,
        target: &str,
    ) -> impl Iterator<Item = (&HintedWord, Range<usize>)> {
        let phrases = self.hints.iter().filter(|word| word.is_phrase);
        phrases.filter_map(|word| {
            let mut found = word.candidates.iter();
            let english = found.find_map(|term| find_inflected(target, term))?;
            Some((word, english))
        })
    }

    /// The input with which the search insists on the hints of some `words` of it.
    pub(super) fn insisting(&self, words: &[HintedWord]) -> Self {
        let mut input = self.clone();
        for (pulled, word) in input.pulls.iter_mut().zip(&self.hints) {
            if words.contains(word) {
                pulled.pull = INSISTENCE + FURTHER * word.further_words() as f32;
            }
        }
        input
    }

    /// The alignment of a hypothesis for this input, to the tokens of the text.
    pub(super) fn to_text(&self, mut hypothesis: Hypothesis) -> Hypothesis {
        if !self.tokens.is_empty() {
            for link in &mut hypothesis.alignment {
                link.source = self.tokens[link.source];
            }
        }
        hypothesis
    }
}

impl HintedWord {
    /// As a hint for a word of `text`, whose translation is `target`.
    pub(super) fn given(&self, text: &str, target: &str) -> GivenHint {
        GivenHint {
            source: text[self.span.clone()].to_owned(),
            candidates: self.candidates.clone(),
            used: self.used(target),
        }
    }

    /// Whether something that belongs to it stands elsewhere.
    pub(super) fn is_in_two_parts(&self) -> bool {
        self.apart.is_some()
    }

    /// Whether some bytes are a part of it.
    pub(super) fn has_part(&self, span: &Range<usize>) -> bool {
        let parts = [Some(&self.span), self.apart.as_ref()];
        parts.into_iter().flatten().any(|part| overlap(part, span))
    }

    /// How many words the longest candidate of a phrase has besides the first.
    fn further_words(&self) -> usize {
        if !self.is_phrase {
            return 0;
        }
        let words = self.candidates.iter().map(|text| words::count(text));
        words.max().unwrap_or(1).saturating_sub(1)
    }

    /// Which of the candidates `target` has.
    fn used(&self, target: &str) -> Option<usize> {
        (self.candidates.iter()).position(|term| find_inflected(target, term).is_some())
    }
}

impl<'a> From<&'a NetworkInput> for Input<'a> {
    fn from(input: &'a NetworkInput) -> Self {
        Self {
            ids: (&input.ids).into(),
            pulls: &input.pulls,
        }
    }
}

impl<'a> From<&'a &NetworkInput> for Input<'a> {
    fn from(input: &'a &NetworkInput) -> Self {
        Self::from(*input)
    }
}

/// How strongly the search holds on to the hints of a word that the training text has so often, in natural logarithms: the
/// rarer the word, the less the network knows of it. Chosen by rare words in context, and by chrF and BLEU on WMT18 and FLORES.
fn pull(frequency: u32) -> f32 {
    /// For words that the network has never read.
    const MOST: f32 = 3.;
    /// The frequency at which it is half of that.
    const HALF: f32 = 15.;
    MOST / (1. + frequency as f32 / HALF)
}

/// Hints for the terms of a glossary that may be inflected.
fn term_hints(model: &Model, verbatims: &[Verbatim]) -> NetworkResult<Vec<Hint>> {
    let mut hints = Vec::new();
    for verbatim in verbatims {
        let (Some(_), Rendering::Term(term)) = (model.hints, &verbatim.target) else {
            continue;
        };
        hints.extend(model.target.candidate(term)?.map(|pieces| Hint {
            span: verbatim.span.clone(),
            frequency: 0,
            is_entry: true,
            apart: None,
            candidates: vec![pieces],
        }));
    }
    Ok(hints)
}

/// Where the run of characters without white space ends that the byte before `end` is in: hints stand behind it.
fn chunk_end(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    end + rest.find(char::is_whitespace).unwrap_or(rest.len())
}

/// The tokens of a text as the network knows it, with the bytes of the text as it stands.
pub(super) fn tokenize(model: &Model, text: &str) -> NetworkResult<Vec<Token>> {
    match plain(model, text) {
        None => model.source.tokenize(text),
        Some(plain) => {
            let mut tokens = model.source.tokenize(&plain.text)?;
            for token in &mut tokens {
                token.span = plain.original(&token.span);
            }
            Ok(tokens)
        }
    }
}

/// The hints for a text in its order. Words of a glossary's terms and other `verbatims` have those of the glossary or none;
/// others those of the example's wording, or of the dictionary if they are rare.
pub(super) fn hints(
    model: &Model,
    text: &str,
    sources: &HintSources,
    verbatims: &[Verbatim],
) -> NetworkResult<Vec<Hint>> {
    let is_given = |hint: &Hint| (verbatims.iter()).any(|found| overlap(&found.span, &hint.span));
    let mut hints = dictionary_hints(model, text, sources.below);
    let of_example = example::hints(text, &sources.wordings, &hints).into_iter();
    for hint in of_example.filter(|hint| !is_given(hint)) {
        hints.retain(|other| !overlap(&other.span, &hint.span));
        hints.push(hint);
    }
    hints.retain(|hint| !is_given(hint));
    hints.extend(term_hints(model, verbatims)?);
    hints.sort_by_key(|hint| hint.span.start);
    Ok(hints)
}

/// The dictionary's hints for the words of `text` that the training text has less than `threshold` times.
fn dictionary_hints(model: &Model, text: &str, threshold: u32) -> Vec<Hint> {
    let (Some(_), Some(lexicon)) = (model.hints, &model.lexicon) else {
        return Vec::new();
    };
    if threshold == 0 {
        return Vec::new();
    }
    match plain(model, text) {
        None => lexicon.hints(text, threshold),
        Some(plain) => {
            let mut hints = lexicon.hints(&plain.text, threshold);
            for hint in &mut hints {
                hint.span = plain.original(&hint.span);
            }
            hints
        }
    }
}

/// The text in the punctuation that the network was trained on; `None` if it is so already, or the network was trained on
/// text as it was.
fn plain(model: &Model, text: &str) -> Option<Respelt> {
    let one_form = model.hints.is_some() || model.placeholders.count() > 0;
    one_form.then(|| Respelt::punctuation(text)).flatten()
}
