//! Lengths of summaries.

/// A limit on the length of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Length {
    /// A fifth of the sentences, but 3 to 7.
    #[default]
    Usual,
    /// This many sentences.
    Sentences(usize),
    /// About this many English words; at least one sentence.
    Words(usize),
    /// This share of the words, 0 to 1; at least one sentence.
    Ratio(f32),
}

/// English words for each German one, between what WMT18 (1.07) and FLORES (1.00) have.
pub(super) const ENGLISH_WORDS: f32 = 1.04;

/// A limit in numbers of sentences or words, for one article.
pub(super) struct Budget {
    sentences: usize,
    words: usize,
}

impl Length {
    /// The limit for an article whose sentences have these numbers of words.
    pub(super) fn budget(self, words: &[usize]) -> Budget {
        let (sentences, words) = match self {
            Self::Usual => (
                (words.len() as f32 / 5.).round().clamp(3., 7.) as usize,
                usize::MAX,
            ),
            Self::Sentences(count) => (count, usize::MAX),
            Self::Words(count) => (usize::MAX, (count as f32 / ENGLISH_WORDS).round() as usize),
            Self::Ratio(ratio) => {
                let all: usize = words.iter().sum();
                (usize::MAX, (all as f32 * ratio).round() as usize)
            }
        };
        Budget { sentences, words }
    }

    /// Whether an article whose sentences have these numbers of words is no longer than its summary may be. The length of its
    /// English is known only later.
    pub(super) fn takes_all(self, words: &[usize]) -> bool {
        if self.english_words().is_some() {
            return false;
        }
        let budget = self.budget(words);
        words.len() <= budget.sentences && words.iter().sum::<usize>() <= budget.words
    }
}

/// Percent by which a summary may be longer or shorter than the words asked for.
pub(super) const TOLERANCE: usize = 15;

impl Length {
    /// English words that a summary should have, if the limit is one of words.
    pub fn english_words(self) -> Option<usize> {
        match self {
            Self::Words(words) => Some(words),
            _ => None,
        }
    }

    /// Whether a summary of `words` English words is as long as it should be.
    pub fn is_met(self, words: usize) -> bool {
        (self.english_words()).is_none_or(|wanted| is_near(words, wanted))
    }
}

/// Whether `words` is within the tolerance of `wanted`.
pub(super) fn is_near(words: usize, wanted: usize) -> bool {
    words.abs_diff(wanted) * 100 <= TOLERANCE * wanted
}

impl Budget {
    /// Whether a summary of `sentences` sentences and `words` words may take one more of `next` words. A budget of
    /// words is met as closely as whole sentences allow.
    pub(super) fn takes(&self, sentences: usize, words: usize, next: usize) -> bool {
        let closer = (words + next).abs_diff(self.words) < words.abs_diff(self.words);
        sentences < self.sentences && (words + next <= self.words || closer)
    }

    /// The words that a summary should have, if it is words that limit it.
    pub(super) fn exact_words(&self) -> Option<usize> {
        (self.words < usize::MAX).then_some(self.words)
    }

    /// Whether nothing more can be taken.
    pub(super) fn is_spent(&self, sentences: usize, words: usize) -> bool {
        sentences >= self.sentences || words >= self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_length_is_a_fifth_between_three_and_seven() {
        for (sentences, expected) in [(1, 3), (10, 3), (25, 5), (100, 7)] {
            assert_eq!(
                Length::Usual.budget(&vec![10; sentences]).sentences,
                expected
            );
        }
    }

    #[test]
    fn words_are_met_as_closely_as_sentences_allow() {
        let budget = Length::Words(52).budget(&[]);
        assert!(budget.takes(0, 0, 90), "one sentence at least");
        assert!(budget.takes(2, 40, 15), "55 is closer than 40");
        assert!(!budget.takes(2, 45, 15), "60 is not closer than 45");
    }
}
