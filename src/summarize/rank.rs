//! Ranks sentences and picks the best that say different things.

use super::length::Length;
use super::vectors::{Vector, cosine};

/// Weight of what a sentence repeats from those already chosen (maximal marginal relevance, Carbonell & Goldstein 1998).
const REDUNDANCY: f32 = 0.35;
/// News says what matters first: how much the first sentence gains over the last.
const POSITION: f32 = 0.3;
/// Sentences over which the gain of the first one falls to a third.
const POSITION_DECAY: f32 = 3.0;
/// What a sentence loses that leans on the one before it.
const DANGLING: f32 = 0.3;
/// What a short sentence loses at most.
const BREVITY: f32 = 0.2;
/// Words of a sentence that is not short.
const FULL_LENGTH: f32 = 12.;

/// First words that point back.
const POINTERS: [&str; 44] = [
    "aber",
    "allerdings",
    "also",
    "auch",
    "außerdem",
    "dabei",
    "dadurch",
    "dafür",
    "dagegen",
    "daher",
    "damit",
    "danach",
    "dann",
    "daran",
    "darauf",
    "darin",
    "darüber",
    "darum",
    "davon",
    "dazu",
    "demnach",
    "denn",
    "dennoch",
    "deren",
    "dessen",
    "deshalb",
    "dieser",
    "dieses",
    "diese",
    "dies",
    "doch",
    "er",
    "es",
    "ferner",
    "hierzu",
    "jedoch",
    "sie",
    "so",
    "somit",
    "trotzdem",
    "und",
    "zudem",
    "zugleich",
    "ihm",
];

/// A sentence that may be picked.
pub(super) struct Ranked<'a> {
    pub(super) text: &'a str,
    pub(super) vector: &'a Vector,
    /// How much it carries of the article, about 0 to 1.
    pub(super) weight: f32,
}

/// How much each sentence carries, with priors for place, length and independence.
fn scores(sentences: &[Ranked<'_>]) -> Vec<f32> {
    (sentences.iter().enumerate())
        .map(|(place, sentence)| {
            let words = sentence.text.split_whitespace().count() as f32;
            // Before the first sentence is nothing that it could lean on.
            let dangling = place > 0 && points_back(sentence.text);
            sentence.weight + POSITION * (-(place as f32) / POSITION_DECAY).exp()
                - BREVITY * (1. - words / FULL_LENGTH).max(0.)
                - if dangling { DANGLING } else { 0. }
        })
        .collect()
}

/// Whether a sentence cannot be understood without the one before it.
fn points_back(text: &str) -> bool {
    let first = text
        .split(|c: char| !c.is_alphabetic())
        .find(|word| !word.is_empty())
        .unwrap_or_default()
        .to_lowercase();
    POINTERS.contains(&first.as_str())
}

/// Picks sentences, best first, until the length is reached; each time the one whose score is highest after what it
/// shares with those already picked is taken off.
pub(super) fn select(sentences: &[Ranked<'_>], words: &[usize], length: Length) -> Vec<usize> {
    let scores = scores(sentences);
    let budget = length.budget(words);
    let mut chosen = Vec::new();
    let mut total = 0;
    // Largest likeness to a chosen sentence.
    let mut repeated = vec![0f32; scores.len()];
    let mut open: Vec<usize> = (0..scores.len()).collect();
    while !budget.is_spent(chosen.len(), total) {
        let value = |i: usize| scores[i] - REDUNDANCY * repeated[i];
        // The first of equals, so that nothing depends on the order of search.
        let best = open
            .iter()
            .copied()
            .filter(|&i| budget.takes(chosen.len(), total, words[i]))
            .reduce(|best, i| if value(i) > value(best) { i } else { best });
        let Some(best) = best else { break };
        chosen.push(best);
        total += words[best];
        open.retain(|&i| i != best);
        for &i in &open {
            repeated[i] = repeated[i].max(cosine(sentences[i].vector, sentences[best].vector));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_is_not_picked_twice() {
        let (one, other) = (vec![(0, 1.)], vec![(1, 1.)]);
        let sentence = |vector, weight| Ranked {
            text: "Zwölf Wörter sind genug, damit kein Satz als zu kurz gilt, hier.",
            vector,
            weight,
        };
        let sentences = [
            sentence(&one, 1.),
            sentence(&one, 0.9),
            sentence(&other, 0.8),
        ];
        let chosen = select(&sentences, &[12; 3], Length::Sentences(2));
        assert_eq!(chosen, [0, 2]);
    }

    #[test]
    fn sentences_that_point_back_lose() {
        assert!(points_back(
            "Demnach sieht sich nur ein kleiner Teil bedroht."
        ));
        assert!(points_back("„Er kam nicht.“"));
        assert!(!points_back("Klaba will 1000 Firmen zusammenführen."));
    }
}
