//! Blocks back into their file.

use super::Document;
use super::escape::Escape;
use super::project::write_marked;
use crate::document::formats::package::{Package, PackageError};

/// What a file is made of beside its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// What the document's text has outside its blocks.
    Text,
    /// Markup around the blocks.
    Markup {
        /// What stands before each block, and behind the last.
        between: Vec<String>,
        /// How words are written in it.
        escape: Escape,
    },
    /// Several files of markup in a ZIP package.
    Package(Package),
}

/// The words that stand for a block, and what each was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// One line, or lines where the block has lines.
    pub text: String,
    /// For each word, the index of a word of the block; none where that is not known.
    pub links: Vec<Option<u32>>,
}

impl Document {
    /// The file with every block replaced.
    ///
    /// # Errors
    /// When a package cannot be written.
    ///
    /// # Panics
    /// When there is not exactly one target for each block.
    pub fn write(&self, targets: &[Target]) -> Result<Vec<u8>, PackageError> {
        assert_eq!(
            self.blocks.len(),
            targets.len(),
            "one target for each block"
        );
        Ok(match &self.layout {
            Layout::Text => self.render(targets).into_bytes(),
            Layout::Markup { between, escape } => {
                self.write_markup(0, between, *escape, targets).into_bytes()
            }
            Layout::Package(package) => package.write(|part| {
                let first = part.first_block;
                self.write_markup(first, &part.between, Escape::Markup, &targets[first..])
            })?,
        })
    }

    /// One file of markup, whose blocks begin with `first`.
    fn write_markup(
        &self,
        first: usize,
        between: &[String],
        escape: Escape,
        targets: &[Target],
    ) -> String {
        let mut file = String::new();
        for (i, layout) in between.iter().enumerate() {
            file.push_str(layout);
            if i + 1 < between.len() {
                let block = &self.blocks[first + i];
                write_marked(&self.text, block, &targets[i], escape, &mut file);
            }
        }
        file
    }
}

impl AsRef<str> for Target {
    fn as_ref(&self) -> &str {
        &self.text
    }
}
