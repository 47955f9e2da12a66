//! What stands within a paragraph and is no part of its text: notes, text boxes, values of attributes. In the markup of the
//! paragraph there are holes for them.

use std::collections::HashSet;

use super::{MarkupBuilder, MarkupFile};
use crate::document::block::Block;

/// Blocks within a paragraph, such as those of a note or a text box.
#[derive(Debug)]
pub(super) struct Nested {
    text: String,
    blocks: Vec<Block>,
    /// Indices of holes, and of the blocks that are written there.
    holes: Vec<(usize, usize)>,
}

impl MarkupBuilder<'_> {
    /// A builder for what stands within a paragraph from byte `start` on; see [`nest`](Self::nest).
    pub(in crate::document) fn within(&self, start: usize) -> Self {
        Self {
            done: start,
            outer_holes: self.outer_holes + self.holes.len(),
            pair: self.pair,
            ..Self::new(self.file)
        }
    }

    /// Ends what stands within a paragraph before byte `end`. Its blocks follow those of the paragraph. Returns its markup
    /// with holes for them.
    pub(in crate::document) fn nest(&mut self, inner: Self, end: usize) -> String {
        let MarkupFile {
            text,
            blocks,
            between,
            holes,
        } = inner.finish_at(end);
        let first = self.holes.len();
        let mut of_blocks: Vec<(usize, usize)> = (holes.iter().enumerate())
            .map(|(hole, &block)| (first + hole, block))
            .collect();
        self.holes.resize(first + holes.len(), usize::MAX);
        let is_elsewhere: HashSet<usize> = holes.into_iter().collect();
        let mut markup = String::new();
        for (i, bytes) in between.into_iter().enumerate() {
            markup.push_str(&bytes);
            if i < blocks.len() && !is_elsewhere.contains(&i) {
                of_blocks.push((self.holes.len(), i));
                markup.push_str(&self.hole(usize::MAX));
            }
        }
        self.has_nested |= !blocks.is_empty();
        self.nested.push(Nested {
            text,
            blocks,
            holes: of_blocks,
        });
        markup
    }

    /// Whether markup with holes was made since the last paragraph ended.
    pub(in crate::document) fn has_nested(&self) -> bool {
        self.has_nested
    }

    /// Leaves what stands within a paragraph as it is, with the paragraph.
    pub(in crate::document) fn forget_nested(&mut self) {
        self.has_nested = false;
        self.nested.clear();
    }

    /// Ends a paragraph: adds the blocks within it.
    pub(in crate::document) fn end_nested(&mut self) {
        self.has_nested = false;
        for nested in std::mem::take(&mut self.nested) {
            if nested.blocks.is_empty() {
                continue;
            }
            let (start, first) = (self.separate(), self.blocks.len());
            self.text.push_str(&nested.text);
            for block in nested.blocks {
                self.blocks.push(block.shifted(start));
                self.layout();
                self.between.push(String::new());
            }
            for (hole, block) in nested.holes {
                self.holes[hole] = first + block;
            }
        }
    }

    /// A new hole for a block, in the markup.
    pub(super) fn hole(&mut self, block: usize) -> String {
        let hole = self.outer_holes + self.holes.len();
        self.holes.push(block);
        format!("\0{hole}\0")
    }
}

/// Fills the holes in a file with what `fill` writes for them. No text has NULs, which holes are made of.
pub(in crate::document) fn fill_holes(
    file: &str,
    mut fill: impl FnMut(usize, &mut String),
) -> String {
    let mut filled = String::with_capacity(file.len());
    let mut parts = file.split('\0');
    filled.push_str(parts.next().unwrap_or_default());
    while let (Some(hole), Some(text)) = (parts.next(), parts.next()) {
        if let Ok(hole) = hole.parse() {
            fill(hole, &mut filled);
        }
        filled.push_str(text);
    }
    filled
}
