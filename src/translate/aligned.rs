//! A translation with its token alignment, by which [`restore`](super::restore) and [`names`](super::names) correct it.

use std::ops::Range;

use super::spans::{find_free, overlap};
use super::verbatim::{self, Verbatim};
use crate::decode::{Hypothesis, Link};
use crate::model::Token;

/// Tokens inside a garbled span that may be aligned elsewhere.
const LONGEST_GAP: usize = 2;
/// Attention weight from which a word at the edge of a span belongs to it though it shares no letters with the source.
const SURE: f32 = 0.6;

/// A translation with the byte range and the source token of each of its tokens.
pub(super) struct AlignedTarget<'a> {
    /// The translation.
    pub(super) text: &'a str,
    sentence: &'a str,
    source: &'a [Token],
    links: &'a [Link],
    /// Bytes of `text` for each target token.
    places: Vec<Range<usize>>,
}

impl<'a> AlignedTarget<'a> {
    /// Aligns `text`, whose tokens end at the bytes `ends`, to the `source` tokens of `sentence`.
    pub(super) fn new(
        text: &'a str,
        ends: &[usize],
        hypothesis: &'a Hypothesis,
        sentence: &'a str,
        source: &'a [Token],
    ) -> Self {
        Self {
            text,
            sentence,
            source,
            links: &hypothesis.alignment,
            places: (std::iter::once(&0).chain(ends).zip(ends))
                .map(|(&start, &end)| start..end)
                .collect(),
        }
    }

    /// Rendering tokens aligned to `verbatim`.
    fn made_from(&self, verbatim: &Verbatim) -> Vec<usize> {
        (0..self.links.len())
            .filter(|&i| {
                let token = &self.source[self.links[i].source];
                overlap(&token.span, &verbatim.span)
            })
            .collect()
    }

    /// Replaces the digits that are aligned to a number. A number that became words is left alone, and so is one that
    /// left no trace: its neighbours do not tell in what form English would need it.
    pub(super) fn replace_number(
        &self,
        verbatim: &Verbatim,
        taken: &[Range<usize>],
    ) -> Option<(Range<usize>, String)> {
        let mut range = self
            .regrouped_number(verbatim, taken)
            .or_else(|| self.garbled_number(verbatim, taken))?;
        let written = verbatim.written(&self.text[range.end..]);
        if written.starts_with(verbatim::MINUS) {
            let before = &self.text[..range.start];
            range.start = before.trim_end_matches(verbatim::MINUS).len();
        }
        Some((range, written))
    }

    /// The same digits with the points and commas of German, or with others.
    fn regrouped_number(
        &self,
        verbatim: &Verbatim,
        taken: &[Range<usize>],
    ) -> Option<Range<usize>> {
        let digits = |text: &str| text.replace(|c: char| !c.is_ascii_digit(), "");
        let wanted = digits(&self.sentence[verbatim.span.clone()]);
        find_free(taken, |from| {
            let mut numbers = verbatim::numbers(&self.text[from..]);
            let found =
                numbers.find(|number| digits(&self.text[from..][number.clone()]) == wanted)?;
            Some(from + found.start..from + found.end)
        })
    }

    /// Other digits that are aligned to the number.
    fn garbled_number(&self, verbatim: &Verbatim, taken: &[Range<usize>]) -> Option<Range<usize>> {
        let is_digit = |c: char| c.is_ascii_digit();
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ':');
        self.made_from(verbatim).into_iter().find_map(|i| {
            let place = &self.places[i];
            let start = place.start + self.text[place.clone()].find(is_digit)?;
            let start = self.text[..start].trim_end_matches(is_number).len();
            let number = self.text[start..].trim_start_matches(['.', ',', ':']);
            let start = self.text.len() - number.len();
            let end = self.text.len() - number.trim_start_matches(is_number).len();
            // A point before a small letter is the rest of a broken decimal, not the end of the sentence.
            let goes_on = self.text[end..]
                .trim_start()
                .starts_with(char::is_lowercase);
            let digits = &self.text[start..end];
            let kept = if goes_on {
                digits
            } else {
                digits.trim_end_matches(['.', ',', ':'])
            };
            let range = start..start + kept.len();
            let free = !taken.iter().any(|other| overlap(other, &range));
            (free && !range.is_empty()).then_some(range)
        })
    }

    /// Replaces the words that are aligned to an address or a code.
    pub(super) fn replace_text(
        &self,
        verbatim: &Verbatim,
        taken: &[Range<usize>],
    ) -> Option<(Range<usize>, String)> {
        let mut tokens: Vec<usize> = self.made_from(verbatim);
        tokens.retain(|&i| !taken.iter().any(|other| overlap(other, &self.places[i])));
        let run = longest_run(&tokens, self.links)?;
        let (mut first, mut last) = (*run.first()?, *run.last()?);
        while first < last && !self.belongs(first, verbatim) {
            first += 1;
        }
        while first < last && !self.belongs(last, verbatim) {
            last -= 1;
        }
        let range = self.words(self.places[first].start..self.places[last].end, verbatim);
        if range.is_empty() || taken.iter().any(|other| overlap(other, &range)) {
            return None;
        }
        let written = verbatim.written(&self.text[range.end..]);
        Some((range, written))
    }

    /// Whether a word at the edge of a span is part of it, rather than a neighbour whose attention is one step late.
    fn belongs(&self, token: usize, verbatim: &Verbatim) -> bool {
        let text = self.text[self.places[token].clone()].trim().to_lowercase();
        let original = verbatim.written("").to_lowercase();
        text.is_empty()
            || !text.chars().all(char::is_alphabetic)
            || original.contains(&text)
            || self.links[token].weight >= SURE
    }

    /// Widens a range to whole words, without the punctuation around them.
    fn words(&self, range: Range<usize>, verbatim: &Verbatim) -> Range<usize> {
        let inner = self.trim(range);
        let start = self.text[..inner.start]
            .rfind(char::is_whitespace)
            .map_or(0, |at| {
                at + self.text[at..].chars().next().map_or(1, char::len_utf8)
            });
        let end = self.text[inner.end..]
            .find(char::is_whitespace)
            .map_or(self.text.len(), |at| inner.end + at);
        let original = verbatim.written("");
        let outside = |c: char| {
            matches!(
                c,
                '.' | ',' | ';' | ':' | '!' | '?' | '"' | '(' | ')' | '“' | '”' | '\''
            ) && !original.contains(c)
        };
        let word = &self.text[start..end];
        let opens = |c: char| matches!(c, '(' | '[' | '"' | '“') && outside(c);
        let skipped = word.len() - word.trim_start_matches(opens).len();
        let kept = word[skipped..].trim_end_matches(outside);
        let mut kept = kept.len();
        if kept == 0 {
            return inner;
        }
        // The full stop of the sentence is not the one inside an address.
        let word = &word[skipped..skipped + kept];
        if word.ends_with(['.', ',', '!', '?', ':', ';']) && !original.ends_with(&word[kept - 1..])
        {
            kept -= 1;
        }
        start + skipped..start + skipped + kept
    }

    /// Rendering tokens of which a part stands in `range`.
    pub(super) fn tokens_within(&self, range: &Range<usize>) -> Range<usize> {
        let start = self
            .places
            .partition_point(|place| place.end <= range.start);
        let end = self.places.partition_point(|place| place.start < range.end);
        start..end.max(start)
    }

    /// The source word that a target token is aligned to.
    pub(super) fn source_word(&self, token: usize) -> Option<String> {
        let span = &self.source[self.links.get(token)?.source].span;
        let is_letter = |c: char| c.is_alphabetic();
        let end = self.sentence.len()
            - self.sentence[span.end..]
                .trim_start_matches(is_letter)
                .len();
        let start = self.sentence[..end].trim_end_matches(is_letter).len();
        (start < end).then(|| self.sentence[start..end].to_owned())
    }

    /// Whether `word`, which is in the sentence, takes several pieces of the source vocabulary.
    pub(super) fn is_rare(&self, word: &str) -> bool {
        self.sentence.match_indices(word).any(|(start, _)| {
            let span = start..start + word.len();
            self.source
                .iter()
                .filter(|token| overlap(&token.span, &span))
                .count()
                > 1
        })
    }

    fn trim(&self, range: Range<usize>) -> Range<usize> {
        let text = &self.text[range.clone()];
        let start = range.start + text.len() - text.trim_start().len();
        start..start + text.trim().len()
    }

    /// The end of the word that the word before `verbatim` became.
    pub(super) fn end_of_word_before(&self, verbatim: &Verbatim) -> Option<usize> {
        let before = (self.source.iter())
            .rposition(|token| !token.span.is_empty() && token.span.end <= verbatim.span.start)?;
        let is_word = |i: &usize| self.text[self.places[*i].clone()].contains(char::is_alphabetic);
        let i = (0..self.links.len())
            .filter(|&i| self.links[i].source == before)
            .filter(is_word)
            .max_by(|&a, &b| self.links[a].weight.total_cmp(&self.links[b].weight))?;
        let rest = &self.text[self.places[i].end..];
        Some(self.text.len() - rest.trim_start_matches(char::is_alphabetic).len())
    }

    /// Inserts a token that no target token is aligned to, after the word that its left neighbour became.
    pub(super) fn insert(&self, verbatim: &Verbatim) -> (Range<usize>, String) {
        let before = self
            .source
            .iter()
            .rposition(|token| !token.span.is_empty() && token.span.end <= verbatim.span.start);
        let neighbour = before.and_then(|before| {
            (0..self.links.len())
                .filter(|&i| self.links[i].source == before)
                .max_by(|&a, &b| self.links[a].weight.total_cmp(&self.links[b].weight))
        });
        let written = verbatim.written("");
        match (before, neighbour) {
            (None, _) => (0..0, format!("{written} ")),
            (_, Some(i)) => {
                let end = self.words(self.places[i].clone(), verbatim).end;
                (end..end, format!(" {written}"))
            }
            (_, None) => {
                let end = self.text.trim_end_matches(['.', '!', '?', '"']).len();
                (end..end, format!(" {written}"))
            }
        }
    }
}

/// The run of tokens, with small gaps, that has the largest sum of attention weights.
fn longest_run<'t>(tokens: &'t [usize], links: &[Link]) -> Option<&'t [usize]> {
    tokens
        .chunk_by(|a, b| b - a <= LONGEST_GAP + 1)
        .max_by(|a, b| {
            let attention = |run: &[usize]| run.iter().map(|&i| links[i].weight).sum::<f32>();
            attention(a).total_cmp(&attention(b))
        })
}
