//! Picks the most relevant sentences that do not repeat each other (maximal marginal relevance).

use super::length::Length;
use super::vectors::{Vector, cosine};
use super::{Extract, Scored};
use crate::document::words;

/// Weight of what a sentence repeats from those already chosen (maximal marginal relevance, Carbonell & Goldstein 1998).
const REDUNDANCY: f32 = 0.35;
/// Bonus of the first sentence: news tells what matters first.
const POSITION: f32 = 0.45;
/// Sentences over which that bonus falls to a third.
const POSITION_DECAY: f32 = 3.0;
/// Penalty of a sentence that refers to the one before it, and the penalty if that is in the summary.
const DANGLING: f32 = 0.5;
const LEANING: f32 = 0.35;
/// Penalty of a sentence with half of a quotation.
const HALF_QUOTE: f32 = 0.5;
/// Largest penalty of a short sentence.
const BREVITY: f32 = 0.2;
/// Words from which a sentence is not short.
const FULL_LENGTH: f32 = 12.;

/// Spare sentences that may replace others to meet a length.
const MOST_EXCHANGES: usize = 100;
/// Deviations of less than one part in this many are near enough.
const NEAR: usize = 15;

/// First words that refer to the sentence before.
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
    /// Its index among all sentences of the article.
    pub(super) place: usize,
    pub(super) text: &'a str,
    pub(super) vector: &'a Vector,
    /// Its relevance to the article, about 0 to 1.
    pub(super) weight: f32,
}

/// The relevance of each sentence with priors for position, length and completeness.
fn scores(sentences: &[Ranked<'_>]) -> Vec<f32> {
    (sentences.iter().enumerate())
        .map(|(place, sentence)| {
            let words = words::count(sentence.text) as f32;
            sentence.weight + POSITION * (-(place as f32) / POSITION_DECAY).exp()
                - BREVITY * (1. - words / FULL_LENGTH).max(0.)
                - if is_half_quote(sentence.text) {
                    HALF_QUOTE
                } else {
                    0.
                }
        })
        .collect()
}

/// Whether a quotation begins or ends in a sentence but does not do both.
fn is_half_quote(text: &str) -> bool {
    let count = |sign: char| text.chars().filter(|&c| c == sign).count();
    // German ends with the sign that English begins with.
    let curly = match count('„') {
        0 => count('“') != count('”'),
        begun => begun != count('“') + count('”'),
    };
    curly || count('»') != count('«') || !count('"').is_multiple_of(2)
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

/// Picks sentences, best first, until the length is reached: each time the one with the highest score less its redundancy
/// with those already picked. Where a number of English words is asked for, spare sentences are named too.
pub(super) fn select(sentences: &[Ranked<'_>], words: &[usize], length: Length) -> Extract {
    let scores = scores(sentences);
    let budget = length.budget(words);
    let mut chosen = Vec::new();
    let mut total = 0;
    // Largest similarity to a chosen sentence.
    let mut repeated = vec![0f32; scores.len()];
    let mut open: Vec<usize> = (0..scores.len()).collect();
    let leans: Vec<bool> = (sentences.iter())
        // The first sentence has no predecessor to refer to.
        .map(|sentence| sentence.place > 0 && points_back(sentence.text))
        .collect();
    while !budget.is_spent(chosen.len(), total) {
        let follows_chosen = |i: usize| {
            let mut places = chosen.iter().map(|&i: &usize| sentences[i].place);
            places.any(|place| place + 1 == sentences[i].place)
        };
        let value = |i: usize| {
            let loss = match leans[i] {
                true if follows_chosen(i) => LEANING,
                true => DANGLING,
                false => 0.,
            };
            scores[i] - REDUNDANCY * repeated[i] - loss
        };
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
    if let Some(wanted) = budget.exact_words() {
        // What is best of the rest is enough to choose from.
        open.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let few = &open[..open.len().min(MOST_EXCHANGES)];
        fit(&mut chosen, few, words, wanted);
    }
    let scored = |i: usize| Scored {
        place: sentences[i].place,
        value: scores[i] - REDUNDANCY * repeated[i],
        leans: leans[i],
    };
    let mut spare: Vec<Scored> = Vec::new();
    if length.english_words().is_some() {
        let others = (0..sentences.len()).filter(|i| !chosen.contains(i));
        spare = others.map(scored).collect();
        spare.sort_by(|a, b| b.value.total_cmp(&a.value));
        spare.truncate(chosen.len().max(MOST_EXCHANGES));
    }
    Extract {
        chosen: chosen.into_iter().map(scored).collect(),
        spare,
        words: length.english_words(),
        trim: false,
    }
}

/// Removes a sentence, adds one, or exchanges two, if that brings the summary nearer to `wanted` words. Of `others` the first
/// that fits is taken.
fn fit(chosen: &mut Vec<usize>, others: &[usize], words: &[usize], wanted: usize) {
    let total: usize = chosen.iter().map(|&i| words[i]).sum();
    if total.abs_diff(wanted) * NEAR <= wanted {
        return;
    }
    let mut best = (total.abs_diff(wanted), None, None);
    // The last chosen is the weakest.
    let out = (0..chosen.len()).rev().map(Some).chain([None]);
    for out in out {
        let rest = total - out.map_or(0, |out| words[chosen[out]]);
        for new in others.iter().copied().map(Some).chain([None]) {
            let sum = rest + new.map_or(0, |new| words[new]);
            let off = sum.abs_diff(wanted);
            let enough = best.0 * NEAR <= wanted;
            if off < best.0 && !enough && sum > 0 {
                best = (off, out, new);
            }
        }
    }
    let (_, out, new) = best;
    if let Some(out) = out {
        chosen.remove(out);
    }
    chosen.extend(new);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select_places(sentences: &[Ranked<'_>], count: usize) -> Vec<usize> {
        select(sentences, &[12; 3], Length::Sentences(count)).places()
    }

    #[test]
    fn the_same_thing_is_not_picked_twice() {
        let (one, other) = (vec![(0, 1.)], vec![(1, 1.)]);
        let sentence = |place, vector, weight| Ranked {
            place,
            text: "Zwölf Wörter sind genug, damit kein Satz als zu kurz gilt, hier.",
            vector,
            weight,
        };
        let sentences = [
            sentence(0, &one, 1.),
            sentence(1, &one, 0.9),
            sentence(2, &other, 0.8),
        ];
        assert_eq!(select_places(&sentences, 2), [0, 2]);
    }

    #[test]
    fn a_sentence_that_leans_follows_what_it_leans_on() {
        let (one, two, three) = (vec![(0, 1.)], vec![(1, 1.)], vec![(2, 1.)]);
        let sentence = |place, text, vector, weight| Ranked {
            place,
            text,
            vector,
            weight,
        };
        let whole = "Zwölf Wörter sind genug, damit kein Satz als zu kurz gilt, hier.";
        let leaning = "Dabei sind zwölf Wörter genug, damit kein Satz als zu kurz gilt.";
        let sentences = |first| {
            [
                sentence(5, whole, &one, first),
                sentence(6, leaning, &two, 1.2),
                sentence(9, whole, &three, 0.9),
            ]
        };
        assert_eq!(select_places(&sentences(0.1), 1), [9]);
        assert_eq!(select_places(&sentences(1.), 2), [5, 6]);
    }

    #[test]
    fn lengths_are_met_by_exchanges() {
        let words = [30, 30, 10, 22, 40];
        let mut chosen = vec![0, 1];
        fit(&mut chosen, &[2, 3, 4], &words, 52);
        assert_eq!(chosen, [0, 3]);
        fit(&mut chosen, &[1, 2, 4], &words, 51);
        assert_eq!(chosen, [0, 3], "near enough");
    }

    #[test]
    fn half_quotes_are_told() {
        for (text, is_half) in [
            ("„Er kommt.", true),
            ("Er kommt“, sagte sie.", true),
            ("„Er kommt“, sagte sie.", false),
            ("“Er kommt”, sagte sie.", false),
            ("Sie sagte: »Er kommt.", true),
            ("Sie sagte: \"Er kommt.", true),
            ("Er kommt.", false),
        ] {
            assert_eq!(is_half_quote(text), is_half, "{text}");
        }
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
