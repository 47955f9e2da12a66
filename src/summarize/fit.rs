//! Fits summaries to a number of English words. How long the English of a sentence is, is known only after translation:
//! then sentences are exchanged, removed, added or shortened, and translated as needed, until the length is met.

use std::collections::{BTreeMap, HashSet};

use super::length::{ENGLISH_WORDS, is_near};
use super::{Candidate, Extract, Scored, Summary};
use crate::document::words;
use crate::translate::Translation;

/// Most rounds in which more sentences are translated, a few each time.
const MOST_ROUNDS: usize = 8;
/// Ranks on either side of the last chosen sentence that are weighed against each other: better ones are kept, worse ones
/// are not considered.
const MOST_WEIGHED: usize = 60;

/// Cost of each sentence added or removed, and of each unit of value lost.
const CHANGE: f32 = 1.;
const VALUE: f32 = 2.;
/// Cost of a sentence that refers to one that is missing.
const DANGLING: f32 = 1.;
/// Cost of shortening a sentence: the last resort.
const SHORTENING: f32 = 4.;
/// Cost of a deviation of 100 % from the wanted length, inside and outside of the tolerance.
const NEARNESS: f32 = 3.;
const OUTSIDE: f32 = 1e3;

/// A sentence to translate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pick {
    /// Its index among the candidates.
    pub place: usize,
    /// Whether it is shortened by [`shorter`](super::shorter).
    pub short: bool,
}

impl From<usize> for Pick {
    fn from(place: usize) -> Self {
        Self {
            place,
            short: false,
        }
    }
}

/// A summary that is being fitted to its length.
pub struct Fitting<'a> {
    candidates: &'a [Candidate<'a>],
    extract: &'a Extract,
    /// The summary as it is now.
    picks: Vec<Pick>,
    known: BTreeMap<Pick, Translation>,
    /// Candidates whose English repeats that of another.
    repeats: HashSet<usize>,
    rounds: usize,
}

/// A sentence to be weighed against others.
struct Weighed {
    /// The cost of adding it if it is not chosen, or of removing it if it is.
    change: f32,
    chosen: bool,
    /// The extra cost if it is taken and the sentence before it is not.
    dangles: f32,
    /// Whether the one weighed before it is its predecessor in the article.
    follows: bool,
    /// The forms in which it may be taken: each with its words and its cost.
    forms: Vec<(Pick, usize, f32)>,
}

/// One step of the dynamic programme: whether the sentence before was taken, and the form if this one is.
type Backpointer = (bool, Option<usize>);

impl<'a> Fitting<'a> {
    /// Begins with the extract.
    pub fn new(candidates: &'a [Candidate<'a>], extract: &'a Extract) -> Self {
        let pick = |place: usize| Pick {
            place,
            short: extract.trim && candidates[place].shortened().is_some(),
        };
        Self {
            picks: extract.places().into_iter().map(pick).collect(),
            candidates,
            extract,
            known: BTreeMap::new(),
            repeats: HashSet::new(),
            rounds: 0,
        }
    }

    /// The sentences to translate next; none when the summary is as near to its length as it can be.
    pub fn missing(&mut self) -> Vec<Pick> {
        loop {
            let missing = self.unknown();
            if !missing.is_empty() {
                return missing;
            }
            self.drop_repeats();
            let words = self.picks.iter().map(|pick| self.words(*pick)).sum();
            let Some(wanted) = self.extract.words.filter(|&wanted| !is_near(words, wanted)) else {
                return Vec::new();
            };
            self.rounds += 1;
            let nearer = self.solve(wanted, self.rounds <= MOST_ROUNDS);
            if nearer == self.picks {
                return Vec::new();
            }
            self.picks = nearer;
        }
    }

    /// Takes the translations of the missing sentences.
    pub fn learn(&mut self, picks: &[Pick], translations: Vec<Translation>) {
        self.known.extend(picks.iter().copied().zip(translations));
    }

    /// Drops sentences whose English is the same as that of one before.
    fn drop_repeats(&mut self) {
        let mut said = HashSet::new();
        let (known, repeats) = (&self.known, &mut self.repeats);
        self.picks.retain(|pick| {
            let is_new = said.insert(known[pick].text.as_str());
            if !is_new {
                repeats.insert(pick.place);
            }
            is_new
        });
    }

    /// The summary, when nothing is missing any more.
    pub fn summary(mut self) -> Summary {
        let found =
            (self.picks.iter()).filter_map(|pick| Some((pick.place, self.known.remove(pick)?)));
        let (chosen, translations) = found.unzip();
        Summary {
            chosen,
            translations,
        }
    }

    fn unknown(&self) -> Vec<Pick> {
        let unknown = self
            .picks
            .iter()
            .filter(|pick| !self.known.contains_key(pick));
        unknown.copied().collect()
    }

    /// German words.
    fn german(&self, pick: Pick) -> usize {
        words::count(&self.candidates[pick.place].form(pick.short).text)
    }

    /// English words: counted if the translation is known, else estimated from the article's other sentences.
    fn words(&self, pick: Pick) -> usize {
        if let Some(known) = self.known.get(&pick) {
            return words::count(&known.text);
        }
        let all = |count: &dyn Fn((&Pick, &Translation)) -> usize| -> usize {
            self.known.iter().map(count).sum()
        };
        let english = all(&|(_, known)| words::count(&known.text));
        let german = all(&|(pick, _)| self.german(*pick));
        let rate = match german {
            0 => ENGLISH_WORDS,
            german => english as f32 / german as f32,
        };
        (self.german(pick) as f32 * rate).round() as usize
    }

    /// The sentences that come nearest to `wanted` words with the least change. Without `guess`, only those whose words are
    /// known.
    fn solve(&self, wanted: usize, guess: bool) -> Vec<Pick> {
        let Extract { chosen, spare, .. } = self.extract;
        let pick = |scored: &Scored, short| Pick {
            place: scored.place,
            short,
        };
        let is_known = |scored: &Scored| {
            [false, true].map(|short| self.known.contains_key(&pick(scored, short))) != [false; 2]
        };
        let is_open =
            |scored: &&Scored| !self.repeats.contains(&scored.place) && (guess || is_known(scored));
        let mut ranked: Vec<&Scored> = chosen.iter().filter(is_open).collect();
        let mut count = ranked.len();
        ranked.extend(spare.iter().filter(is_open));
        // Of a long summary only the end is weighed.
        if count > MOST_WEIGHED {
            let mut total = 0;
            let begun = ranked.iter().take_while(|scored| {
                total += self.words(pick(scored, false));
                total <= wanted
            });
            count = begun.count();
        }
        let kept = &ranked[..count.saturating_sub(MOST_WEIGHED)];
        let end = (count + MOST_WEIGHED).min(ranked.len());
        let mut open: Vec<(usize, &Scored)> =
            (kept.len()..end).map(|rank| (rank, ranked[rank])).collect();
        open.sort_by_key(|(_, scored)| scored.place);

        let kept_places: HashSet<usize> = kept.iter().map(|scored| scored.place).collect();
        let weakest = (ranked[..count].iter())
            .map(|scored| scored.value)
            .fold(f32::INFINITY, f32::min);
        let weighed = open.iter().enumerate().map(|(i, &(rank, scored))| {
            let before = scored.place.checked_sub(1);
            let is_chosen = rank < count;
            let loss = if is_chosen {
                scored.value - weakest
            } else {
                weakest - scored.value
            };
            let follows = i > 0 && Some(open[i - 1].1.place) == before;
            let stands = before.is_some_and(|before| kept_places.contains(&before));
            Weighed {
                change: CHANGE + VALUE * loss.clamp(0., 1.),
                chosen: is_chosen,
                dangles: if scored.leans && !stands {
                    DANGLING
                } else {
                    0.
                },
                follows,
                forms: self.forms(scored, guess),
            }
        });
        let weighed: Vec<Weighed> = weighed.collect();
        let kept: Vec<Pick> = (kept.iter())
            .map(|scored| {
                pick(
                    scored,
                    self.extract.trim && self.candidates[scored.place].shortened().is_some(),
                )
            })
            .collect();
        let rest = wanted.saturating_sub(kept.iter().map(|pick| self.words(*pick)).sum());
        let mut picks = cheapest(&weighed, rest, wanted, kept.is_empty());
        picks.extend(kept);
        picks.sort_unstable();
        picks
    }

    /// The forms in which a sentence may be taken.
    fn forms(&self, scored: &Scored, guess: bool) -> Vec<(Pick, usize, f32)> {
        let is_short = self.candidates[scored.place].shortened().is_some();
        let forms = match (self.extract.trim, is_short) {
            (_, false) => vec![(false, 0.)],
            (true, true) => vec![(true, 0.)],
            (false, true) => vec![(false, 0.), (true, SHORTENING)],
        };
        (forms.into_iter())
            .map(|(short, cost)| {
                let pick = Pick {
                    place: scored.place,
                    short,
                };
                (pick, self.words(pick), cost)
            })
            .filter(|(pick, ..)| guess || self.known.contains_key(pick))
            .collect()
    }
}

/// The forms that together cost least, near `rest` words, by dynamic programming; the deviation counts relative to `wanted`.
/// At least one form if `not_empty`.
fn cheapest(weighed: &[Weighed], rest: usize, wanted: usize, not_empty: bool) -> Vec<Pick> {
    let all = weighed.iter().flat_map(|sentence| &sentence.forms);
    let longest = all.map(|(_, words, _)| *words).max().unwrap_or(0);
    // Nothing longer is better than the longest sentence alone, or as far off as nothing at all.
    let width = rest + rest.max(longest) + 1;
    // By words so far, and whether the last was taken: the least cost.
    let mut costs = vec![[f32::INFINITY; 2]; width];
    costs[0][0] = 0.;
    let mut ways: Vec<Vec<[Backpointer; 2]>> = Vec::with_capacity(weighed.len());
    for sentence in weighed {
        let (mut next, mut way) = (
            vec![[f32::INFINITY; 2]; width],
            vec![[(false, None); 2]; width],
        );
        for (words, costs) in costs.iter().enumerate() {
            for before in [false, true] {
                let cost = costs[usize::from(before)];
                if cost.is_infinite() {
                    continue;
                }
                let skipped = cost + if sentence.chosen { sentence.change } else { 0. };
                if skipped < next[words][0] {
                    next[words][0] = skipped;
                    way[words][0] = (before, None);
                }
                let stands = before && sentence.follows;
                let taken = cost
                    + if sentence.chosen { 0. } else { sentence.change }
                    + if stands { 0. } else { sentence.dangles };
                for (form, &(_, more, extra)) in sentence.forms.iter().enumerate() {
                    if words + more < width && taken + extra < next[words + more][1] {
                        next[words + more][1] = taken + extra;
                        way[words + more][1] = (before, Some(form));
                    }
                }
            }
        }
        costs = next;
        ways.push(way);
    }
    let off = |words: usize| {
        let off = words.abs_diff(rest) as f32 / wanted.max(1) as f32;
        match is_near(wanted + words.abs_diff(rest), wanted) {
            true => NEARNESS * off,
            false => OUTSIDE * (1. + off),
        }
    };
    let ends = (usize::from(not_empty)..width).flat_map(|words| [(words, 0), (words, 1)]);
    let best = ends.min_by(|a, b| {
        let cost = |&(words, taken): &(usize, usize)| costs[words][taken] + off(words);
        cost(a).total_cmp(&cost(b))
    });
    let Some((mut words, mut taken)) =
        best.filter(|&(words, taken)| costs[words][taken].is_finite())
    else {
        return Vec::new();
    };
    let mut picks = Vec::new();
    for (sentence, way) in weighed.iter().zip(&ways).rev() {
        let (before, form) = way[words][taken];
        if let Some((pick, more, _)) = form.map(|form| sentence.forms[form]) {
            picks.push(pick);
            words -= more;
        }
        taken = usize::from(before);
    }
    picks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(segment: usize, words: usize, chosen: bool) -> Weighed {
        Weighed {
            change: CHANGE,
            chosen,
            dangles: 0.,
            follows: segment > 0,
            forms: vec![(segment.into(), words, 0.)],
        }
    }

    fn taken(weighed: &[Weighed], wanted: usize) -> Vec<usize> {
        let mut picks = cheapest(weighed, wanted, wanted, true);
        picks.sort_unstable();
        picks.iter().map(|pick| pick.place).collect()
    }

    #[test]
    fn the_least_change_that_is_near() {
        let sentences = [
            sentence(0, 30, true),
            sentence(1, 30, true),
            sentence(2, 35, true),
            sentence(3, 12, false),
            sentence(4, 90, false),
        ];
        assert_eq!(taken(&sentences, 80), [0, 2, 3], "not 95");
        assert_eq!(taken(&sentences, 95), [0, 1, 2]);
        assert_eq!(taken(&sentences, 115), [0, 1, 2, 3]);
        // Nothing is within the tolerance: the nearest, but not nothing.
        assert_eq!(taken(&sentences, 5), [3]);
        assert_eq!(taken(&sentences[4..], 5), [4]);
        assert_eq!(taken(&sentences, 1000), [0, 1, 2, 3, 4]);
        assert!(taken(&[], 50).is_empty());
    }

    #[test]
    fn sentences_are_shortened_last_and_do_not_dangle() {
        let mut sentences = [
            sentence(0, 30, true),
            sentence(1, 30, true),
            sentence(2, 30, false),
        ];
        let short = Pick {
            place: 0,
            short: true,
        };
        sentences[0].forms.push((short, 16, SHORTENING));
        assert_eq!(taken(&sentences, 30).len(), 1);
        let picks = cheapest(&sentences, 46, 46, true);
        assert!(picks.contains(&short) && picks.len() == 2, "{picks:?}");
        // The third leans on the second.
        sentences[2].dangles = 5.;
        sentences[1].change = 3.;
        assert_eq!(taken(&sentences, 90), [0, 1, 2]);
        sentences[0].chosen = false;
        sentences[0].change = 2.;
        assert_eq!(taken(&sentences, 60), [1, 2]);
    }
}
