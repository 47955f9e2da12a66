//! What a translation lost, as far as counting words and looking for numbers and names can tell.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::names::capitalised;
use super::piece::Piece;
use super::spans::overlap;
use crate::document::words;
use crate::model::Model;

/// Something that the source has and the translation has not: a reason to read it with care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// A number, a date or a time.
    LostNumber,
    /// A name.
    LostName,
    /// More than 40 % of the words.
    LostWords,
}

impl fmt::Display for Doubt {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::LostNumber => "a number is missing",
            Self::LostName => "a name is missing",
            Self::LostWords => "much of it is missing",
        })
    }
}

/// Shorter sentences may become a single word.
const FEWEST_WORDS: usize = 7;
/// Least share of the number of source words that a translation has.
const LEAST: f64 = 0.6;
/// Shorter names are abbreviations, or words of other languages.
const SHORTEST_NAME: usize = 4;
/// Least likeness of a name and of what became of it, 0 to 1: `Bayern` is `Bavaria`.
const LIKENESS: f64 = 0.4;

/// The doubts about `target` as a translation of `piece`, of whose numbers `lost` could not be placed.
pub(super) fn doubts(model: &Model, piece: &Piece, target: &str, lost: usize) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if lost > 0 {
        doubts.push(Doubt::LostNumber);
    }
    if is_name_lost(model, piece, target) {
        doubts.push(Doubt::LostName);
    }
    let (source, written) = (counted(&piece.text), counted(target));
    if source >= FEWEST_WORDS && (written as f64) < LEAST * source as f64 {
        doubts.push(Doubt::LostWords);
    }
    doubts
}

/// Words with letters or digits.
fn counted(text: &str) -> usize {
    words::spans(text)
        .filter(|word| text[word.clone()].contains(char::is_alphanumeric))
        .count()
}

/// Whether a word that the dictionary knows as a name only has nothing like it in the target.
fn is_name_lost(model: &Model, piece: &Piece, target: &str) -> bool {
    // The permissive dictionary has no English for many words that are no names.
    let tells_names = cfg!(feature = "gpl-lexicon");
    let Some(lexicon) = model.lexicon.as_ref().filter(|_| tells_names) else {
        return false;
    };
    let text = &piece.text;
    let held = |word: &Range<usize>| {
        (piece.verbatims.iter()).any(|verbatim| overlap(&verbatim.span, word))
    };
    let is_apart = |word: &Range<usize>| {
        !text[..word.start].ends_with('-') && !text[word.end..].starts_with('-')
    };
    let is_name =
        |word: &str| word.chars().count() >= SHORTEST_NAME && lexicon.stands_for_itself(word);
    let written: Vec<&str> = letters(target).collect();
    let is_there = |name: &str| {
        written.iter().any(|word| {
            word.starts_with(name) || strsim::normalized_levenshtein(word, name) >= LIKENESS
        })
    };
    capitalised(text)
        .filter(|word| is_apart(word) && is_name(&text[word.clone()]) && !held(word))
        .any(|word| !is_there(&text[word]))
}

fn letters(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub;
    use crate::translate::input::HintSources;

    #[test]
    #[cfg_attr(
        not(feature = "gpl-lexicon"),
        ignore = "names of the default dictionary"
    )]
    fn what_is_missing_is_told() {
        let model = Model::load(&hub::embedded()).unwrap();
        let told = |source: &str, target: &str, lost: usize| {
            let piece = Piece::new(&model, source, &[], &HintSources::default()).unwrap();
            doubts(&model, &piece, target, lost)
        };
        let source = "Gestern reiste der Minister mit seiner Frau nach Maryland.";
        let whole = "The minister travelled to Maryland with his wife yesterday.";
        assert_eq!(told(source, whole, 0), []);
        assert_eq!(told(source, whole, 1), [Doubt::LostNumber]);
        let nameless = "The minister travelled there with his wife yesterday.";
        assert_eq!(told(source, nameless, 0), [Doubt::LostName]);
        assert_eq!(told(source, "Maryland it is.", 0), [Doubt::LostWords]);
        assert_eq!(told("Guten Tag!", "Hello!", 0), []);
        // English has another name for it, and one with an ending.
        assert_eq!(
            told("Er kommt aus Bayern.", "He comes from Bavaria.", 0),
            []
        );
        assert_eq!(
            told(
                "Marylands Küste ist lang.",
                "The coast of Maryland is long.",
                0
            ),
            []
        );
    }
}
