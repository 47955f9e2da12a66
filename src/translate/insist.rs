//! Second tries at rare words.
//!
//! Where the network was not sure of what it wrote for a rare word, and that is nothing that the dictionary has for it, the
//! search insists on the hints: `Binsenwahrheit` is no "bellness". Where that is of no use, a placeholder stands for the noun.

use std::ops::Range;

use super::attempt::{self, Attempt, attempts};
use super::input::HintedWord;
use super::links;
use super::piece::Piece;
use super::spans::overlap;
use crate::decode::{DecodeOptions, Link};
use crate::document::words;
use crate::lexicon;
use crate::model::{Model, NetworkResult};

/// How much less probable a translation may be, in nats, for saying what the dictionary has for a word, for each nat of doubt;
/// and at most.
const LOSS: f32 = 12.;
const MOST_LOSS: f32 = 8.;
/// The same for a phrase, each of whose words the network may know well, and whose English it would not have thought of.
const PHRASE_LOSS: f32 = 14.;
const PHRASE_DOUBT: f32 = 1.;

/// The piece that is tried instead of one whose attempt has none of the hints of some words.
type Insistence = fn(&Model, &Piece, &[HintedWord]) -> NetworkResult<Option<Piece>>;

/// What is tried, one after the other, for words that the network doubted more than this: the mean of the negative
/// log-probabilities of the tokens that are aligned to a word.
const INSISTENCES: [(Insistence, f32); 2] = [(with_strong_hints, 0.3), (with_nouns_masked, 0.5)];

/// The best attempt at each piece, and the piece in the form that it was made from, if that is another; with what the
/// dictionary has, where that can be.
pub(super) fn best(
    model: &Model,
    pieces: &[&Piece],
    options: DecodeOptions,
) -> NetworkResult<Vec<(Option<Piece>, Attempt)>> {
    let mut best = attempt::best(model, pieces, options)?;
    for (insistence, least) in INSISTENCES {
        let mut again: Vec<(usize, Piece, f32)> = Vec::new();
        for (i, (other, attempt)) in best.iter().enumerate() {
            let piece = other.as_ref().unwrap_or(pieces[i]);
            let (words, doubt) = doubted(piece, attempt, least);
            if !words.is_empty()
                && let Some(piece) = insistence(model, piece, &words)?
            {
                again.push((i, piece, most_loss(&words, doubt)));
            }
        }
        let tried: Vec<&Piece> = again.iter().map(|(_, piece, _)| piece).collect();
        let tries = attempts(model, &tried, options)?;
        for ((i, piece, most_loss), attempt) in again.into_iter().zip(tries) {
            let (other, before) = &best[i];
            let unused = |piece: &Piece, of: &Attempt| piece.input.unused(&of.text).count();
            let was_unused = unused(other.as_ref().unwrap_or(pieces[i]), before);
            if attempt.faults() <= before.faults()
                && stammers(&attempt.text) <= stammers(&before.text)
                && marks(&attempt.text) >= marks(&before.text)
                && unused(&piece, &attempt) < was_unused
                && !leaves_rest(model, &piece, &attempt)
                && attempt.log_probability() > before.log_probability() - most_loss
            {
                best[i] = (Some(piece), attempt);
            }
        }
    }
    Ok(best)
}

/// Whether words of a phrase were translated besides the phrase as a whole, `cups crazy`, or it begins as no clause can go on:
/// `at the furious`.
fn leaves_rest(model: &Model, piece: &Piece, attempt: &Attempt) -> bool {
    const AUXILIARIES: [&str; 14] = [
        "am", "are", "be", "been", "did", "do", "does", "had", "has", "have", "is", "to", "was",
        "were",
    ];
    /// What an infinitive may stand behind, besides `n't`.
    const BEFORE_BE: [&str; 12] = [
        "can", "could", "may", "might", "must", "never", "not", "shall", "should", "to", "will",
        "would",
    ];
    const OPEN: [&str; 12] = [
        "a", "an", "at", "by", "for", "from", "in", "of", "on", "the", "with", "as",
    ];
    let text = &attempt.text;
    let mut phrases = piece.input.used_phrases(text).peekable();
    if phrases.peek().is_none() {
        return false;
    }
    let hypothesis = &attempt.hypothesis;
    let links = links::links(hypothesis, &piece.text, &piece.tokens, &model.target, text);
    let sources: Vec<Range<usize>> = words::spans(&piece.text).collect();
    phrases.any(|(phrase, english)| {
        let before = text[..english.start].split_whitespace().next_back();
        let before = before.unwrap_or_default();
        let opens = OPEN.contains(&before);
        let is_infinitive = BEFORE_BE.contains(&before) || before.ends_with("n't");
        let is_lone_be = text[english.clone()].starts_with("be ") && !is_infinitive;
        let is_rest = |(word, link): (Range<usize>, &Option<u32>)| {
            let source = link.and_then(|link| sources.get(link as usize));
            source.is_some_and(|source| phrase.has_part(source))
                && !overlap(&word, &english)
                && !AUXILIARIES.contains(&text[word].to_lowercase().as_str())
        };
        phrase.is_in_two_parts() && opens
            || is_lone_be
            || words::spans(text).zip(&links).any(is_rest)
    })
}

/// How many quotation marks and brackets there are.
fn marks(text: &str) -> usize {
    let is_mark = |c: &char| "\"“”„«»()[]".contains(*c);
    text.chars().filter(is_mark).count()
}

/// How many words and pairs of words stand twice, one behind the other.
fn stammers(text: &str) -> usize {
    let words: Vec<String> = (lexicon::words(text))
        .map(|span| text[span].to_lowercase())
        .collect();
    let twice = |length: usize| {
        let is_twice = |both: &&[String]| both[..length] == both[length..];
        words.windows(2 * length).filter(is_twice).count()
    };
    twice(1) + twice(2)
}

fn most_loss(words: &[HintedWord], doubt: f32) -> f32 {
    match words.iter().any(|word| word.is_phrase) {
        true => PHRASE_LOSS,
        false => (LOSS * doubt).min(MOST_LOSS),
    }
}

/// The words of whose hints an attempt has none, as it has the German, or as they are rare and the network doubted them more
/// than the `least`; and the greatest doubt.
fn doubted(piece: &Piece, attempt: &Attempt, least: f32) -> (Vec<HintedWord>, f32) {
    let mut words = Vec::new();
    let mut most = 0f32;
    for word in piece.input.unused(&attempt.text) {
        let doubt = match attempt.has(&piece.text[word.span.clone()]) {
            true => f32::INFINITY,
            false if word.is_phrase && word.is_rare => PHRASE_DOUBT,
            false if word.is_rare => doubt(piece, attempt, &word.span),
            false => 0.,
        };
        if doubt > least {
            words.push(word.clone());
            most = most.max(doubt);
        }
    }
    (words, most)
}

/// The mean of the negative log-probabilities of the tokens that are aligned to some bytes of the piece; as much as can be if
/// there are none.
fn doubt(piece: &Piece, attempt: &Attempt, span: &Range<usize>) -> f32 {
    let hypothesis = &attempt.hypothesis;
    let tokens = hypothesis
        .alignment
        .iter()
        .zip(&hypothesis.log_probabilities);
    let is_aligned = |link: &Link| {
        let token = piece.tokens.get(link.source).map(|token| &token.span);
        token.is_some_and(|token| overlap(token, span))
    };
    let aligned: Vec<f32> = tokens
        .filter_map(|(link, probability)| is_aligned(link).then_some(-probability))
        .collect();
    match aligned.len() {
        0 => f32::INFINITY,
        count => aligned.iter().sum::<f32>() / count as f32,
    }
}

fn with_strong_hints(
    _: &Model,
    piece: &Piece,
    words: &[HintedWord],
) -> NetworkResult<Option<Piece>> {
    Ok(Some(piece.insisting(words)))
}

/// With placeholders for nouns of one word. What stands for itself is a name only perhaps.
fn with_nouns_masked(
    model: &Model,
    piece: &Piece,
    words: &[HintedWord],
) -> NetworkResult<Option<Piece>> {
    let is_noun = |word: &&HintedWord| {
        let german = &piece.text[word.span.clone()];
        german.starts_with(char::is_uppercase)
            && german.chars().all(char::is_alphabetic)
            && word
                .candidates
                .first()
                .is_some_and(|english| english != german)
    };
    piece.with_words_masked(model, words.iter().filter(is_noun).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_twice_are_counted() {
        assert_eq!(stammers("The jack jack jackhammers: The the end."), 2);
        assert_eq!(stammers("You make a make a mountain."), 1);
        assert_eq!(stammers("The rifle butts; rifle by rifle."), 0);
    }
}
