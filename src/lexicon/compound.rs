//! German compounds: words of words, with elements that link them.

use super::Lexicon;
use super::file::Entry;

/// Letters of the shortest part.
const SHORTEST: usize = 3;
/// Letters of the shortest compound.
const SHORTEST_WHOLE: usize = 8;
/// Parts at most.
const MOST: usize = 4;
/// What may stand behind a part that is not the last.
const LINKS: [&str; 7] = ["", "s", "es", "n", "en", "er", "e"];

/// A part, and what stands behind it.
struct Way {
    cost: f32,
    /// Candidates of the part.
    candidates: Vec<Vec<u32>>,
    /// Where the next part begins.
    next: usize,
    parts: usize,
}

impl Lexicon {
    /// Candidates of a compound that has no entry: those of its parts, one behind the other. The last part may have two.
    pub(super) fn compound(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        let lower = word.to_lowercase();
        if lower.chars().count() < SHORTEST_WHOLE {
            return None;
        }
        let end = lower.len();
        let mut ways: Vec<Option<Way>> = Vec::new();
        ways.resize_with(end, || None);
        for start in (0..end).rev().filter(|&at| lower.is_char_boundary(at)) {
            let mut best: Option<Way> = None;
            let capital = capitalised(&lower[start..]);
            for text in [&lower[start..], &capital] {
                self.file.beginnings(text.as_bytes(), |length, number| {
                    let Some(part) = text.get(..length) else {
                        return;
                    };
                    if part.chars().count() < SHORTEST || length == end {
                        return;
                    }
                    let stem = start + length;
                    let linked = LINKS.iter().filter_map(|link| {
                        let next = stem + link.len();
                        let fits =
                            lower[stem..].starts_with(link) && (next < end || link.is_empty());
                        let (cost, parts) = match ways.get(next) {
                            None => (0., 0),
                            Some(way) => (way.as_ref()?.cost, way.as_ref()?.parts),
                        };
                        let link_cost = if link.is_empty() { 0. } else { 0.3 };
                        (fits && parts < MOST).then_some((cost + link_cost, next, parts + 1))
                    });
                    let Some((cost, next, parts)) = linked.min_by(|a, b| a.0.total_cmp(&b.0))
                    else {
                        return;
                    };
                    let short = if part.chars().count() < SHORTEST + 1 {
                        2.
                    } else {
                        0.
                    };
                    if best
                        .as_ref()
                        .is_some_and(|best| best.cost <= cost + 1. + short)
                    {
                        return;
                    }
                    let Some(Entry::Known {
                        frequency,
                        candidates,
                    }) = self.file.found(number)
                    else {
                        return;
                    };
                    let often = (0.2 * (1. + frequency as f32).ln()).min(2.);
                    let cost = cost + 3. + short - often;
                    if !candidates.is_empty() && best.as_ref().is_none_or(|best| cost < best.cost) {
                        best = Some(Way {
                            cost,
                            candidates,
                            next,
                            parts,
                        });
                    }
                });
            }
            ways[start] = best;
        }
        let mut whole: Vec<Vec<u32>> = vec![Vec::new()];
        let mut at = 0;
        while at < end {
            let way = ways[at].as_ref()?;
            let first = whole[0].clone();
            whole[0].extend(way.candidates.first()?);
            if way.next == end
                && let Some(second) = way.candidates.get(1)
            {
                whole.push([&first, second.as_slice()].concat());
            }
            at = way.next;
        }
        Some(whole)
    }
}

/// With a capital at its beginning.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
