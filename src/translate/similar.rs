//! Sentences of a translation memory that are like another one, found by their rarest words.

use std::collections::HashMap;

use crate::lexicon;

/// Percent of the words of the longer sentence that must be the same, in the same order.
const LEAST: usize = 60;
/// Words of the shortest sentence that is compared.
const SHORTEST: usize = 2;
/// Sentences that one is compared with at most, those with its rarest words first.
const MOST: usize = 500;

/// The words of sentences, and the sentences of words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// Words in small letters.
    numbers: HashMap<String, u32>,
    /// The words of each sentence.
    sentences: Vec<Vec<u32>>,
    /// The sentences that each word is in, in their order.
    places: Vec<Vec<u32>>,
}

impl Index {
    pub(super) fn new<'a>(sentences: impl IntoIterator<Item = &'a String>) -> Self {
        let mut index = Self::default();
        for (place, sentence) in (0..).zip(sentences) {
            let mut words = Vec::new();
            for word in words_of(sentence) {
                let next = index.numbers.len() as u32;
                let number = *index.numbers.entry(word).or_insert(next);
                if number == next {
                    index.places.push(Vec::new());
                }
                let places = &mut index.places[number as usize];
                if places.last() != Some(&place) {
                    places.push(place);
                }
                words.push(number);
            }
            index.sentences.push(words);
        }
        index
    }

    /// The place of the sentence that is most like another; of equals the first. `None` if none is like it.
    pub(super) fn most_similar(&self, sentence: &str) -> Option<usize> {
        if self.sentences.is_empty() {
            return None;
        }
        // What no sentence has is none of their numbers.
        let words: Vec<u32> = words_of(sentence)
            .map(|word| self.numbers.get(&word).copied().unwrap_or(u32::MAX))
            .collect();
        if words.len() < SHORTEST {
            return None;
        }
        let mut best = None;
        // How many words of how many are the same.
        let mut most = (LEAST, 100);
        for place in self.candidates(&words) {
            let likeness = likeness(&words, &self.sentences[place]);
            let (new, old) = (likeness.0 * most.1, most.0 * likeness.1);
            if new > old || new == old && best.is_none() {
                (best, most) = (Some(place), likeness);
            }
        }
        best
    }

    /// Sentences of about as many words that have one of the rarest words, in their order. One word more is looked up than
    /// may differ: what has none of them is not similar.
    fn candidates(&self, words: &[u32]) -> Vec<usize> {
        let least = (words.len() * LEAST).div_ceil(100);
        let lengths = least..=words.len() * 100 / LEAST;
        let places = |&word: &u32| {
            self.places
                .get(word as usize)
                .map_or(&[][..], Vec::as_slice)
        };
        let mut rarest: Vec<&[u32]> = words.iter().map(places).collect();
        rarest.sort_by_key(|places| places.len());
        rarest.truncate(words.len() - least + 1);
        let found = rarest.into_iter().flatten().map(|&place| place as usize);
        let mut found: Vec<usize> = found
            .filter(|&place| lengths.contains(&self.sentences[place].len()))
            .take(MOST)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// How many words of two sentences are the same, and how many the longer one has: normalised Levenshtein distance.
fn likeness<Word: PartialEq>(a: &Vec<Word>, b: &Vec<Word>) -> (usize, usize) {
    let longest = a.len().max(b.len());
    (longest - strsim::generic_levenshtein(a, b), longest)
}

fn words_of(sentence: &str) -> impl Iterator<Item = String> {
    lexicon::words(sentence).map(|word| sentence[word].to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(memory: &[&str], sentence: &str) -> Option<usize> {
        let sentences: Vec<String> = memory.iter().map(|&text| text.to_owned()).collect();
        Index::new(&sentences).most_similar(sentence)
    }

    #[test]
    fn three_words_of_five_in_order_are_similar() {
        let memory = [
            "Die Pumpe ist zu prüfen.",
            "Die Pumpe ist sofort zu prüfen und zu warten.",
            "Das Ventil ist zu prüfen.",
            "Ja.",
        ];
        assert_eq!(found(&memory, "Die Pumpe ist zu prüfen!"), Some(0));
        assert_eq!(found(&memory, "die Pumpen sind zu prüfen"), Some(0));
        assert_eq!(found(&memory, "Das alte Ventil ist zu prüfen."), Some(2));
        // Two of five, three of five in another order, and one that is all there in a longer one.
        assert_eq!(found(&memory, "Der Kessel war zu prüfen."), None);
        assert_eq!(found(&memory, "Zu prüfen ist die Pumpe."), None);
        assert_eq!(found(&memory, "Zu warten."), None);
        assert_eq!(found(&memory, "Ja."), None);
        assert_eq!(found(&memory, ""), None);
        assert_eq!(found(&[], "Ja, ja."), None);
    }

    #[test]
    fn the_index_misses_nothing_that_is_similar() {
        // Sentences of few different words, so that many are like each other.
        let mut state = 7_u32;
        let mut word = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ["ein", "Haus", "am", "See", "und", "Wald", "steht", "dort"][(state >> 29) as usize]
        };
        let mut sentence = |words: usize| (0..words).map(|_| word()).collect::<Vec<_>>().join(" ");
        let memory: Vec<String> = (0..300).map(|i| sentence(2 + i % 9)).collect();
        let index = Index::new(&memory);
        let mut similar = 0;
        for i in 0..300 {
            let asked = sentence(2 + i % 7);
            let words: Vec<String> = words_of(&asked).collect();
            let likeness = |other: &String| {
                let (same, longest) = likeness(&words, &words_of(other).collect());
                same as f64 / longest as f64
            };
            let best = memory.iter().map(likeness).fold(0., f64::max);
            let first = memory.iter().position(|other| likeness(other) == best);
            let found = index.most_similar(&asked);
            assert_eq!(found, first.filter(|_| best > 0.599), "{asked}");
            similar += usize::from(found.is_some());
        }
        assert!((30..270).contains(&similar), "{similar}");
    }
}
