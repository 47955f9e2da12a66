//! German compounds: words of words, with elements that link them.
//!
//! The most probable parts are found from the end, each with what it costs (the negative logarithm of its probability). The
//! lexicon has the first and the last parts of compounds that the dictionary explains, with their meaning *there* and
//! their cost: `frage-`, `fragen-`, `-bogen`. Other words can be parts as well, for more, and so can unknown names be:
//! letter by letter, which the whole word must not cost.

use super::Lexicon;
use super::file::Entry;

/// Letters of the shortest compound.
const SHORTEST: usize = 7;
/// Letters of the shortest part that no compound of the dictionary has.
const SHORTEST_NEW: usize = 4;
/// Linking elements that may stand behind such a part.
const LINKS: [&str; 6] = ["", "s", "es", "n", "en", "er"];
/// The cost of such a part in nats, and the further cost of one of the shortest.
const NEW: f32 = 12.5;
const NEW_SHORT: f32 = 2.;
/// The cost of a linking element in nats.
const LINK: f32 = 0.7;
/// The cost of a letter of a name: a compound costs less than its letters.
const LETTER: f32 = 2.2;

/// A part, and what stands behind it.
struct Way {
    /// Of this part and all behind it.
    cost: f32,
    candidates: Vec<Vec<u32>>,
    /// Where the next part begins.
    next: usize,
}

impl Lexicon {
    /// Candidates of a compound that has no entry: those of its parts, one behind the other. The last part may have two.
    pub(super) fn compound(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        let lower = word.to_lowercase();
        let letters = lower.chars().count();
        let capital = word.starts_with(char::is_uppercase);
        if letters < SHORTEST {
            return None;
        }
        let mut ways: Vec<Option<Way>> = Vec::new();
        ways.resize_with(lower.len(), || None);
        for start in (0..lower.len())
            .rev()
            .filter(|&at| lower.is_char_boundary(at))
        {
            let last = if start > 0 {
                self.last(&lower[start..], capital)
            } else {
                None
            };
            ways[start] = self.first(&lower, start, &ways, last);
        }
        let enough = LETTER * letters as f32;
        ways[0].as_ref().filter(|way| way.cost < enough)?;
        let mut whole: Vec<Vec<u32>> = vec![Vec::new()];
        let mut at = 0;
        while at < lower.len() {
            let way = ways[at].as_ref()?;
            let before = whole[0].clone();
            whole[0].extend(way.candidates.first()?);
            if way.next == lower.len()
                && let Some(second) = way.candidates.get(1)
            {
                whole.push([&before, second.as_slice()].concat());
            }
            at = way.next;
        }
        Some(whole)
    }

    /// Whether an unknown word is no name: it begins as compounds do and ends as what is derived from verbs.
    pub(super) fn derived(&self, word: &str) -> bool {
        const ENDINGS: [&str; 9] = [
            "er", "ers", "ern", "erin", "erinnen", "ung", "ungen", "heit", "keit",
        ];
        const SHORTEST_LAST: usize = 6;
        let lower = word.to_lowercase();
        let mut found = false;
        if ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
            self.file.first_parts(&lower, |length, _, _| {
                found |= length >= SHORTEST_NEW && lower.len() - length >= SHORTEST_LAST;
            });
        }
        found
    }

    /// The rest of a word as its last part.
    fn last(&self, rest: &str, capital: bool) -> Option<Way> {
        let next = usize::MAX;
        if let Some((cost, candidates)) = self.file.part(&format!("-{rest}")) {
            return Some(Way {
                cost,
                candidates,
                next,
            });
        }
        if rest.chars().count() < SHORTEST_NEW {
            return None;
        }
        let noun = capitalised(rest);
        let forms = [noun.as_str(), rest];
        let known = forms.iter().find_map(|form| self.meaning(form));
        // Without their ending, nouns are no verbs.
        let own = forms[usize::from(!capital)];
        let candidates = known.or_else(|| self.ending(own))?;
        let cost = new_cost(rest);
        Some(Way {
            cost,
            candidates,
            next,
        })
    }

    /// The cheapest part that begins at a byte, be it a first one or the last.
    fn first(
        &self,
        lower: &str,
        start: usize,
        ways: &[Option<Way>],
        last: Option<Way>,
    ) -> Option<Way> {
        let mut best = last.map(|last| Way {
            next: lower.len(),
            ..last
        });
        let mut offer =
            |cost: f32, next: usize, candidates: &mut dyn FnMut() -> Option<Vec<Vec<u32>>>| {
                let Some(rest) = ways.get(next).and_then(Option::as_ref) else {
                    return;
                };
                let cost = cost + rest.cost;
                if best.as_ref().is_none_or(|best| cost < best.cost)
                    && let Some(candidates) = candidates()
                {
                    best = Some(Way {
                        cost,
                        candidates,
                        next,
                    });
                }
            };
        let text = &lower[start..];
        self.file.first_parts(text, |length, cost, list| {
            offer(cost, start + length, &mut || Some(list()));
        });
        for form in [text, &capitalised(text)] {
            self.file.beginnings(form, |length, number| {
                let Some(part) = form
                    .get(..length)
                    .filter(|part| part.chars().count() >= SHORTEST_NEW)
                else {
                    return;
                };
                // A capital can be longer than its small letter.
                let stem = start + length;
                let Some(rest) = lower.get(stem..) else {
                    return;
                };
                for link in LINKS.iter().filter(|link| rest.starts_with(**link)) {
                    if format!("{part}{link}").ends_with("ens") {
                        // Plurals have no `s`, and the `lebens-` of infinitives is known.
                        continue;
                    }
                    let link_cost = if link.is_empty() { 0. } else { LINK };
                    offer(
                        new_cost(part) + link_cost,
                        stem + link.len(),
                        &mut || match self.file.record(number)? {
                            Entry::Known { candidates, .. } if !candidates.is_empty() => {
                                Some(candidates)
                            }
                            _ => None,
                        },
                    );
                }
            });
        }
        best
    }

    /// The candidates of a form, if there are any.
    fn meaning(&self, form: &str) -> Option<Vec<Vec<u32>>> {
        match self.file.entry(form)? {
            Entry::Known { candidates, .. } if !candidates.is_empty() => Some(candidates),
            _ => None,
        }
    }
}

fn new_cost(part: &str) -> f32 {
    let short = part.chars().count() == SHORTEST_NEW;
    if short { NEW + NEW_SHORT } else { NEW }
}

/// With a capital at its beginning.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
