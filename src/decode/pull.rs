//! A pull towards hints: where the network looks at a word that has hints, the pieces of its candidates are made likelier.
//!
//! A small network that has never read a word trusts what it would have written without the hint too much. This is shallow
//! fusion with a list of phrases, as speech recognition has it for names, but only where attention says that the word's turn
//! has come.

use std::ops::Range;
use std::sync::Arc;

use super::Input;
use crate::model::{HintIds, Logits};

/// Attention on the hints of a word, 0 to 1, from which its candidates pull. Half of it is on the word itself, most often.
const ATTENDED: f32 = 0.15;
/// Attention on the hints and the word itself from which they do so, too: there the network reads a word by its letters.
const ATTENDED_TOGETHER: f32 = 0.75;

/// A word of the source with hints.
#[derive(Debug)]
struct Hinted {
    /// First and last place of its hints in the source.
    places: (usize, usize),
    /// Where the word itself stands, and the rest of a phrase in two parts.
    own: [Range<usize>; 2],
    /// Target ids of each candidate.
    candidates: Vec<Vec<u32>>,
    /// What is added to the logits of their pieces.
    pull: f32,
}

/// The hints of a source that a hypothesis has not used yet.
#[derive(Debug, Clone)]
pub(super) struct Pull {
    words: Arc<[Hinted]>,
    /// Whether each word has had one of its candidates written.
    used: Vec<bool>,
    /// Candidates that the last tokens begin: word, candidate, and how many tokens.
    begun: Vec<(usize, usize, usize)>,
    /// Words that the network looks at now.
    attended: Vec<usize>,
}

impl Pull {
    /// The hints of a source that pull; `None` if it has none.
    pub(super) fn new(hints: Option<HintIds>, input: &Input<'_>) -> Option<Self> {
        let hints = hints?;
        let mut words: Vec<Hinted> = Vec::new();
        for (place, &id) in input.ids.iter().enumerate() {
            let piece = hints.target(id);
            if id != hints.separator() && piece.is_none() {
                continue;
            }
            match words.last_mut().filter(|word| word.places.1 + 1 == place) {
                Some(word) => word.places.1 = place,
                None => words.push(Hinted {
                    places: (place, place),
                    candidates: Vec::new(),
                    own: (input.pulls.get(words.len())).map_or([0..0, 0..0], |word| {
                        [word.places.clone(), word.apart.clone()]
                    }),
                    pull: input.pulls.get(words.len()).map_or(0., |word| word.pull),
                }),
            }
            let word = words.last_mut()?;
            match piece {
                // Candidates begin with a separator.
                Some(piece) => word.candidates.last_mut()?.push(piece),
                None => word.candidates.push(Vec::new()),
            }
        }
        let pulls = words.iter().any(|word| word.pull > 0.);
        pulls.then(|| Self {
            used: vec![false; words.len()],
            begun: Vec::new(),
            attended: Vec::new(),
            words: words.into(),
        })
    }

    /// Takes the attention on the source at a step.
    pub(super) fn look(&mut self, attention: &[f32]) {
        let is_attended = |&word: &usize| {
            let (first, last) = self.words[word].places;
            let on = |places: Range<usize>| -> f32 {
                attention.get(places).unwrap_or_default().iter().sum()
            };
            let on_hints = on(first..last + 1);
            let own = self.words[word].own.iter().cloned().map(on);
            let together = on_hints + own.sum::<f32>();
            !self.used[word] && (on_hints >= ATTENDED || together >= ATTENDED_TOGETHER)
        };
        self.attended = (0..self.words.len()).filter(is_attended).collect();
    }

    /// The candidates that are pulled now: word, candidate, and how many of its tokens are written.
    fn open(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let firsts = (self.attended.iter())
            .flat_map(|&word| (0..self.words[word].candidates.len()).map(move |i| (word, i, 0)));
        self.begun.iter().copied().chain(firsts)
    }

    fn piece(&self, (word, candidate, written): (usize, usize, usize)) -> Option<u32> {
        self.words[word].candidates[candidate].get(written).copied()
    }

    /// The tokens that are pulled now, each with what is added to its logit.
    pub(super) fn tokens(&self) -> Vec<(u32, f32)> {
        let mut tokens: Vec<(u32, f32)> = Vec::new();
        for open in self.open() {
            let pull = self.words[open.0].pull;
            let Some(token) = self.piece(open) else {
                continue;
            };
            match tokens.iter_mut().find(|(other, _)| *other == token) {
                Some((_, most)) => *most = most.max(pull),
                None => tokens.push((token, pull)),
            }
        }
        tokens
    }

    /// What the hypothesis has been given for a candidate that it has begun: it loses that unless it goes on with it.
    pub(super) fn lent(&self) -> f32 {
        let pulls = self.begun.iter().map(|&(word, ..)| self.words[word].pull);
        pulls.fold(0., f32::max)
    }

    /// Notes what was written.
    pub(super) fn write(&mut self, token: u32) {
        let going_on: Vec<_> = (self.open())
            .filter(|&open| self.piece(open) == Some(token))
            .map(|(word, candidate, written)| (word, candidate, written + 1))
            .collect();
        self.begun.clear();
        self.attended.clear();
        for open in going_on {
            match self.piece(open) {
                Some(_) => self.begun.push(open),
                None => self.used[open.0] = true,
            }
        }
        self.begun.retain(|&(word, ..)| !self.used[word]);
    }
}

/// The best place of a row of logits, whose largest is at `best`, once some tokens are pulled.
pub(super) fn best_pulled(logits: Logits<'_>, best: usize, pulled: &[(u32, f32)]) -> usize {
    let of = |place: usize| {
        let token = logits.token(place);
        let pull = pulled.iter().find(|&&(other, _)| other == token);
        logits.values[place] + pull.map_or(0., |&(_, pull)| pull)
    };
    (pulled.iter())
        .filter_map(|&(token, _)| logits.place(token))
        .fold(best, |best, place| match of(place) > of(best) {
            true => place,
            false => best,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::PulledWord;

    const HINTS: HintIds = HintIds {
        source_size: 10,
        target_size: 5,
    };

    /// With a word at the beginning that is pulled.
    fn input(ids: &[u32]) -> Input<'_> {
        static WORDS: [PulledWord; 1] = [PulledWord {
            places: 0..1,
            apart: 0..0,
            pull: 1.5,
        }];
        Input {
            ids: ids.into(),
            pulls: &WORDS,
        }
    }

    #[test]
    fn candidates_pull_where_their_word_is_attended_to_until_one_is_written() {
        // A word, its candidates 1 2 and 3, another word, and the end.
        let source = [7, 15, 11, 12, 15, 13, 8, 0];
        let mut pull = Pull::new(Some(HINTS), &input(&source)).unwrap();
        let on_hints = [0., 0.1, 0.2, 0.1, 0., 0.1, 0.4, 0.1];
        let elsewhere = [0.5, 0., 0., 0., 0., 0.1, 0.4, 0.];
        let mut tokens = |written: Option<u32>, attention: &[f32]| -> Vec<u32> {
            written.into_iter().for_each(|token| pull.write(token));
            pull.look(attention);
            pull.tokens().into_iter().map(|(token, _)| token).collect()
        };
        assert_eq!(tokens(None, &elsewhere), [0; 0]);
        // A piece that a candidate begins with is no candidate where the network looks at another word.
        assert_eq!(tokens(Some(1), &elsewhere), [0; 0]);
        // One that it reads letter by letter.
        let on_word = [0.7, 0., 0.1, 0., 0., 0., 0.1, 0.05];
        assert_eq!(tokens(Some(4), &on_word), [1, 3]);
        assert_eq!(tokens(Some(4), &on_hints), [1, 3]);
        assert_eq!(tokens(Some(1), &elsewhere), [2]);
        assert_eq!(tokens(Some(2), &on_hints), [0; 0]);
        assert!(Pull::new(Some(HINTS), &input(&[7, 8, 0])).is_none());
        assert!(Pull::new(None, &input(&source)).is_none());
        let ids: Vec<u32> = source.to_vec();
        assert!(Pull::new(Some(HINTS), &Input::from(&ids)).is_none());
    }

    #[test]
    fn a_pulled_token_wins_where_it_is_near() {
        let logits = Logits {
            values: &[0., 2., 1., -3.],
            ids: None,
        };
        assert_eq!(best_pulled(logits, 1, &[(2, 1.5)]), 2);
        assert_eq!(best_pulled(logits, 1, &[(3, 1.5)]), 1);
        assert_eq!(best_pulled(logits, 1, &[(2, 1.5), (1, 1.5)]), 1);
        assert_eq!(best_pulled(logits, 1, &[]), 1);
    }
}
