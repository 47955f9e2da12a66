//! Extractive summaries: the sentences that carry an article are selected before anything is translated. [`abstractive`] ones
//! are checked against them.

pub mod abstractive;
mod draft;
mod faithful;
mod fit;
mod frame;
mod graph;
mod length;
mod methods;
#[cfg(feature = "llm")]
mod prompted;
mod rank;
mod seq2seq;
mod trim;
mod vectors;

pub use faithful::Doubt;
pub use fit::{Fitting, Pick};
pub use frame::{Line, Part, parts, without_label};
pub use length::Length;
pub use methods::{Method, UnknownMethod};
pub use trim::shorter;

use crate::document::words;
use crate::model::{Model, NetworkResult};
use crate::translate::{Source, Translation};
use methods::Relevance;

/// A sentence that may stand in a summary.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The German sentence.
    pub source: Source<'a>,
    /// Whether it is running text. Headings and list items say what an article is about, so they count towards its
    /// topic, but they are not chosen.
    pub prose: bool,
    /// Whether it stands around the text, as greetings and letterheads do. It is chosen if there is nothing else.
    pub frame: bool,
}

impl Candidate<'_> {
    /// Its German text.
    fn text(&self) -> &str {
        &self.source.text
    }

    /// The sentence shortened by [`shorter`]; `None` if nothing can be cut.
    fn shortened(&self) -> Option<Source<'static>> {
        shorter(&self.source)
    }

    /// The sentence as it is translated: shortened if `short`, and if anything can be cut.
    pub fn form(&self, short: bool) -> Source<'_> {
        let shortened = short.then(|| self.shortened()).flatten();
        shortened.unwrap_or_else(|| self.source.clone())
    }
}

/// The sentences that carry an article, and their English.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Indices of the sentences among all of the article, in reading order.
    pub chosen: Vec<usize>,
    /// The English of each of them.
    pub translations: Vec<Translation>,
}

impl Summary {
    /// English words, counted by white space.
    pub fn words(&self) -> usize {
        (self.translations.iter())
            .map(|translation| words::count(&translation.text))
            .sum()
    }
}

/// Fewest letters of a sentence in a summary.
const FEWEST_LETTERS: usize = 20;

/// The sentences that are extracted for a summary, before they are translated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extract {
    /// Sentences of the summary, best first; none if there is nothing to choose from.
    pub chosen: Vec<Scored>,
    /// Sentences that may replace them if their English is too long or too short, best first.
    pub spare: Vec<Scored>,
    /// English words that the summary should have.
    pub words: Option<usize>,
    /// Whether sentences are shortened by [`shorter`] before they are translated.
    pub trim: bool,
}

/// A sentence with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Its index among all sentences of the article.
    pub place: usize,
    /// Its score less its redundancy with those chosen before it.
    pub value: f32,
    /// Whether it refers to the sentence before it.
    pub leans: bool,
}

impl Extract {
    /// Exactly these sentences.
    pub fn of(places: impl IntoIterator<Item = usize>) -> Self {
        let scored = |place| Scored {
            place,
            value: 1.,
            leans: false,
        };
        Self {
            chosen: places.into_iter().map(scored).collect(),
            ..Self::default()
        }
    }

    /// Indices of the chosen sentences, in reading order.
    pub fn places(&self) -> Vec<usize> {
        let mut places: Vec<usize> = self.chosen.iter().map(|scored| scored.place).collect();
        places.sort_unstable();
        places
    }
}

/// Extracts the sentences of a summary.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn extract(
    model: &Model,
    candidates: &[Candidate<'_>],
    length: Length,
    method: Method,
) -> NetworkResult<Extract> {
    let mut open = eligible(candidates);
    // An article of headings and list items only, or of nothing but what stands around texts.
    for frame in [false, true] {
        if open.is_empty() {
            let is_open = |&i: &usize| {
                candidates[i].frame == frame && candidates[i].text().contains(char::is_alphabetic)
            };
            open = (0..candidates.len()).filter(is_open).collect();
        }
    }
    let words: Vec<usize> = open
        .iter()
        .map(|&i| words::count(candidates[i].text()))
        .collect();
    if length.takes_all(&words) {
        return Ok(Extract::of(open));
    }
    let texts: Vec<&str> = candidates.iter().map(Candidate::text).collect();
    let Relevance { scores, vectors } = (method.rank)(model, &texts)?;
    let pick = |i: usize| rank::Ranked {
        place: i,
        text: texts[i],
        vector: &vectors[i],
        weight: scores[i],
    };
    let ranked: Vec<rank::Ranked<'_>> = open.iter().map(|&i| pick(i)).collect();
    Ok(rank::select(&ranked, &words, length))
}

/// A text on one line: repeated paragraphs may be wrapped at other words.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Indices of the sentences that may stand in a summary; of a repeated sentence only the first.
fn eligible(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    (0..candidates.len())
        .filter(|&i| {
            let text = candidates[i].text().trim();
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            candidates[i].prose && letters >= FEWEST_LETTERS && seen.insert(on_one_line(text))
        })
        .collect()
}
