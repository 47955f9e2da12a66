//! Placeholders in a target: each of the source's is written once, and no other.

use std::sync::Arc;

use crate::model::{Logits, Placeholders};

/// The placeholders that a target may and must still write.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenSigns {
    /// Target ids of all that the network has; empty if it has none.
    all: Arc<[u32]>,
    /// Target ids of those of the source that are not written yet.
    open: Vec<u32>,
}

impl OpenSigns {
    pub(super) fn new(placeholders: &Placeholders, source: &[u32]) -> Self {
        Self {
            all: Arc::clone(placeholders.targets()),
            open: placeholders.wanted(source).collect(),
        }
    }

    /// Whether `token` must not be written now: a placeholder that is not open, or the end while some are.
    pub(super) fn refuses(&self, token: u32, eos: u32) -> bool {
        match token == eos {
            true => !self.open.is_empty(),
            false => self.all.contains(&token) && !self.open.contains(&token),
        }
    }

    /// The place of the most probable open placeholder: what stands for an end that comes too early.
    pub(super) fn best_open(&self, logits: Logits<'_>) -> Option<usize> {
        let places = self.open.iter().filter_map(|&token| logits.place(token));
        places.max_by(|&a, &b| logits.values[a].total_cmp(&logits.values[b]))
    }

    /// Notes what was written.
    pub(super) fn write(&mut self, token: u32) {
        if let Some(place) = self.open.iter().position(|&open| open == token) {
            self.open.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_is_written_once_and_before_the_end() {
        let mut signs = OpenSigns {
            all: [7, 8, 9].into(),
            open: vec![7, 9],
        };
        assert!(signs.refuses(0, 0) && signs.refuses(8, 0));
        assert!(!signs.refuses(7, 0) && !signs.refuses(5, 0));
        let values = [0., 0., 0., 0., 0., 0., 0., 1., 5., 2.];
        let logits = Logits {
            values: &values,
            ids: None,
        };
        assert_eq!(signs.best_open(logits), Some(9));
        signs.write(9);
        assert!(signs.refuses(9, 0));
        signs.write(7);
        assert!(!signs.refuses(0, 0));
    }
}
