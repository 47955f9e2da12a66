//! Extractive summaries: which sentences carry an article, chosen before anything is translated.

mod length;
mod rank;
mod vectors;

pub use length::Length;

use crate::model::Model;

/// A sentence that may be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its German text.
    pub text: &'a str,
    /// Whether it is running text. Headings and list items say what an article is about, so they count towards its
    /// topic, but they are not chosen.
    pub prose: bool,
}

/// Fewest letters of a sentence that can stand in a summary.
const FEWEST_LETTERS: usize = 20;

/// Chooses the sentences of a summary. Gives their indices in reading order; none if there is nothing to choose from.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn choose(
    model: &Model,
    candidates: &[Candidate<'_>],
    length: Length,
) -> candle_core::Result<Vec<usize>> {
    let mut open = eligible(candidates);
    if open.is_empty() {
        // An article of headings and list items only.
        open = (0..candidates.len())
            .filter(|&i| candidates[i].text.chars().any(char::is_alphabetic))
            .collect();
    }
    let words: Vec<usize> = open
        .iter()
        .map(|&i| candidates[i].text.split_whitespace().count())
        .collect();
    if length.takes_all(&words) {
        return Ok(open);
    }
    let texts: Vec<&str> = candidates.iter().map(|candidate| candidate.text).collect();
    let vectors = vectors::sentence_vectors(model, &texts)?;
    let topic = vectors::centroid(&vectors);
    let vectors: Vec<&[f32]> = open.iter().map(|&i| vectors[i].as_slice()).collect();
    let texts: Vec<&str> = open.iter().map(|&i| candidates[i].text).collect();

    let scores = rank::scores(&texts, &vectors, &topic);
    let mut chosen: Vec<usize> = rank::select(&scores, &vectors, &words, length)
        .into_iter()
        .map(|i| open[i])
        .collect();
    chosen.sort_unstable();
    Ok(chosen)
}

/// Indices of the sentences that could stand in a summary; of the same sentence only the first.
fn eligible(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    (0..candidates.len())
        .filter(|&i| {
            let text = candidates[i].text.trim();
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            candidates[i].prose && letters >= FEWEST_LETTERS && seen.insert(text)
        })
        .collect()
}
