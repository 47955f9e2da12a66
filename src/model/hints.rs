//! Input ids that stand for no piece of the source: dictionary hints and placeholders. `models/ARCHITECTURE.md` describes
//! both; `config.json` says which of them a network was trained with.

use std::sync::Arc;

use super::Vocabulary;

/// Input ids behind the source vocabulary's, of a network that takes hints (Zhong & Chiang 2020, "Look It Up: Bilingual
/// Dictionaries Improve Neural Machine Translation", with target pieces in place of new words).
///
/// With `S` source and `T` target pieces: `S + t` is the target piece `t` as part of a hint, `S + T` begins a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HintIds {
    /// `S`.
    pub source_size: u32,
    /// `T`.
    pub target_size: u32,
}

impl HintIds {
    /// The id that stands before each candidate.
    pub fn separator(self) -> u32 {
        self.source_size + self.target_size
    }

    /// The id of a target piece in a hint.
    pub fn piece(self, target: u32) -> u32 {
        self.source_size + target
    }

    /// The target piece that an input id stands for; `None` for source pieces and the separator.
    pub fn target(self, id: u32) -> Option<u32> {
        id.checked_sub(self.source_size)
            .filter(|&target| target < self.target_size)
    }

    /// Separator and pieces of each candidate, as they follow the pieces of the word that they are for.
    pub fn ids<'a>(self, candidates: &'a [Vec<u32>]) -> impl Iterator<Item = u32> + 'a {
        candidates.iter().flat_map(move |pieces| {
            let pieces = pieces.iter().map(move |&piece| self.piece(piece));
            std::iter::once(self.separator()).chain(pieces)
        })
    }
}

/// Signs that a network carries over from source to target: U+E000 and those after it, for what must not be translated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholders {
    /// Source id of each sign, in their order.
    sources: Vec<u32>,
    /// Target id of each.
    targets: Arc<[u32]>,
}

impl Placeholders {
    /// The first sign.
    const FIRST: char = '\u{e000}';
    /// More signs than any network has.
    const MOST: usize = 64;

    /// Looks `count` signs up in both vocabularies.
    ///
    /// # Errors
    /// When a vocabulary lacks one, or there are impossibly many.
    pub(super) fn find(
        count: usize,
        source: &Vocabulary,
        target: &Vocabulary,
    ) -> Result<Self, String> {
        if count > Self::MOST {
            return Err(format!(
                "{count} placeholders; at most {} are possible",
                Self::MOST
            ));
        }
        let id = |vocabulary: &Vocabulary, sign: char| {
            let id = vocabulary.piece_id(sign.encode_utf8(&mut [0; 4]));
            id.ok_or_else(|| format!("the vocabulary lacks the placeholder U+{:04X}", sign as u32))
        };
        let ids = |vocabulary| (0..count).map(move |i| id(vocabulary, Self::sign(i)));
        Ok(Self {
            sources: ids(source).collect::<Result<_, _>>()?,
            targets: ids(target).collect::<Result<_, _>>()?,
        })
    }

    /// Placeholders with these ids.
    #[cfg(test)]
    pub(crate) fn of(sources: Vec<u32>, targets: Vec<u32>) -> Self {
        let targets = targets.into();
        Self { sources, targets }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sources.len()
    }

    /// The sign of a number.
    pub fn sign(number: usize) -> char {
        char::from_u32(Self::FIRST as u32 + number as u32).unwrap_or(Self::FIRST)
    }

    /// Target ids of all signs.
    pub fn targets(&self) -> &Arc<[u32]> {
        &self.targets
    }

    /// Target ids of the placeholders in a source.
    pub fn wanted<'a>(&'a self, source: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        source.iter().filter_map(|id| {
            let found = self.sources.iter().position(|sign| sign == id);
            found.map(|number| self.targets[number])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_hints_lie_behind_those_of_the_source() {
        let hints = HintIds {
            source_size: 50,
            target_size: 61,
        };
        let candidates = [vec![3, 60], vec![7]];
        let ids: Vec<u32> = hints.ids(&candidates).collect();
        assert_eq!(ids, [111, 53, 110, 111, 57]);
        let back: Vec<Option<u32>> = ids.iter().map(|&id| hints.target(id)).collect();
        assert_eq!(back, [None, Some(3), Some(60), None, Some(7)]);
        assert_eq!(hints.target(49), None);
    }
}
