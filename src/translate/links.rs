//! Word alignment: the source word that each target word was made from.

use std::ops::Range;

use crate::decode::Hypothesis;
use crate::document::words;
use crate::model::{Token, Vocabulary};

/// Word alignment: for each target word the index of the source word that its tokens attended to most. Words are separated
/// by white space.
pub type Links = Vec<Option<u32>>;

/// Links of `target`, which is the text of `hypothesis` after small corrections. `source` are the tokens of `sentence`.
pub(super) fn links(
    hypothesis: &Hypothesis,
    sentence: &str,
    source: &[Token],
    vocabulary: &Vocabulary,
    target: &str,
) -> Links {
    let (written, ends) = vocabulary.decode_with_ends(&hypothesis.ids);
    let starts: Vec<usize> = words::spans(sentence).map(|word| word.start).collect();
    let places: Vec<Range<usize>> = (std::iter::once(&0).chain(&ends).zip(&ends))
        .map(|(&start, &end)| start..end)
        .collect();
    let of_word = |word: Range<usize>| {
        let first = places.partition_point(|place| place.end <= word.start);
        let tokens = (first..places.len()).take_while(|&i| places[i].start < word.end);
        tokens
            .filter_map(|i| Some((hypothesis.alignment.get(i)?, i)))
            .max_by(|(a, _), (b, _)| a.weight.total_cmp(&b.weight))
            .and_then(|(link, _)| word_of(&source[link.source], &starts))
            .map(|word| word as u32)
    };
    let written_links: Links = words::spans(&written).map(of_word).collect();
    carry(&written, &written_links, target)
}

/// The share of the words of `sentence` that some target token attended to most.
pub(super) fn coverage(hypothesis: &Hypothesis, sentence: &str, source: &[Token]) -> f32 {
    let starts: Vec<usize> = words::spans(sentence).map(|word| word.start).collect();
    let mut seen = vec![false; starts.len()];
    for link in &hypothesis.alignment {
        if let Some(word) = word_of(&source[link.source], &starts) {
            seen[word] = true;
        }
    }
    let covered = seen.iter().filter(|&&seen| seen).count();
    covered as f32 / seen.len().max(1) as f32
}

/// The index of the word that contains a token, of those that begin at `starts`; `None` for the end token.
fn word_of(token: &Token, starts: &[usize]) -> Option<usize> {
    let before = starts.partition_point(|&start| start < token.span.end);
    if token.span.is_empty() {
        None
    } else {
        before.checked_sub(1)
    }
}

/// Links of a text that is copied: each word to itself.
pub(super) fn same(text: &str) -> Links {
    (0..words::count(text) as u32).map(Some).collect()
}

/// The links of `before`, carried over to the words of `after`: one to one where the two begin and end alike, in proportion
/// between.
fn carry(before: &str, links: &Links, after: &str) -> Links {
    let word = |text: &str, range: &Range<usize>| -> String {
        let letters = text[range.clone()].chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let old: Vec<String> = words::spans(before)
        .map(|range| word(before, &range))
        .collect();
    let new: Vec<String> = words::spans(after)
        .map(|range| word(after, &range))
        .collect();
    let alike = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
        pairs.take_while(|(a, b)| a == b).count()
    };
    let head = alike(&mut old.iter().zip(&new));
    let tail = alike(&mut old[head..].iter().rev().zip(new[head..].iter().rev()));
    let (old_middle, new_middle) = (old.len() - head - tail, new.len() - head - tail);
    (0..new.len())
        .map(|i| {
            let from = if i < head {
                i
            } else if i >= new.len() - tail {
                i + old.len() - new.len()
            } else if old_middle == 0 {
                return None;
            } else {
                head + (i - head) * old_middle / new_middle
            };
            links[from]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_survive_small_changes() {
        let links: Links = [0, 2, 1, 3].map(Some).to_vec();
        assert_eq!(carry("a b c d.", &links, "A b c “d”."), links);
        let shorter: Links = [0, 2, 3].map(Some).to_vec();
        assert_eq!(carry("a b c d", &links, "a x d"), shorter);
        let longer: Links = vec![Some(0), Some(2), Some(2), Some(1), Some(3)];
        assert_eq!(carry("a b c d", &links, "a x y z d").len(), longer.len());
        assert_eq!(carry("", &Links::new(), "a"), [None]);
    }
}
