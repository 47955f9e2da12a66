//! Ranks sentences and picks the best that say different things.

use super::length::Length;
use super::vectors::cosine;

/// Weight of what a sentence repeats from those already chosen (maximal marginal relevance, Carbonell & Goldstein 1998).
const REDUNDANCY: f32 = 0.35;
/// News says what matters first: how much the first sentence gains over the last.
const POSITION: f32 = 0.1;
/// Sentences over which the gain of the first one falls to a third.
const POSITION_DECAY: f32 = 2.0;
/// What a sentence loses that leans on the one before it.
const DANGLING: f32 = 0.15;
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

/// How much each sentence carries: nearness to the `topic`, with priors for place, length and independence.
pub(super) fn scores(texts: &[&str], vectors: &[&[f32]], topic: &[f32]) -> Vec<f32> {
    texts
        .iter()
        .zip(vectors)
        .enumerate()
        .map(|(place, (text, vector))| {
            let words = text.split_whitespace().count() as f32;
            cosine(vector, topic) + POSITION * (-(place as f32) / POSITION_DECAY).exp()
                - BREVITY * (1. - words / FULL_LENGTH).max(0.)
                - if points_back(text) { DANGLING } else { 0. }
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
pub(super) fn select(
    scores: &[f32],
    vectors: &[&[f32]],
    words: &[usize],
    length: Length,
) -> Vec<usize> {
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
            repeated[i] = repeated[i].max(cosine(vectors[i], vectors[best]));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_is_not_picked_twice() {
        let vectors: [&[f32]; 3] = [&[1., 0.], &[1., 0.], &[0., 1.]];
        let chosen = select(
            &[1., 0.9, 0.7],
            &vectors,
            &[10, 10, 10],
            Length::Sentences(2),
        );
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
