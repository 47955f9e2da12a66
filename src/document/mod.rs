//! Bytes to text, text to blocks that a reader reads, and blocks back into their layout.
//!
//! ```
//! use degist::document::{decode, read_text};
//!
//! let document = read_text(decode("  * Guten Tag!\r\n".as_bytes())?.text);
//! assert_eq!(document.render(&["Good day!".into()]), "  * Good day!\r\n");
//! # Ok::<(), degist::document::DocumentError>(())
//! ```

mod binary;
mod encoding;
mod ibm850;
mod line;
mod marker;
mod metadata;
mod paragraph;
mod table;
mod text;
mod wrap;

use std::ops::Range;

pub use encoding::{Decoded, decode};
pub use text::PlainText;
pub use wrap::rewrap;

/// A decoded text and the parts of it that a reader reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The whole text, as decoded.
    pub text: String,
    /// In reading order. What no block covers is layout: blank lines, indentation, bullets, line ends.
    pub blocks: Vec<Block>,
}

/// A part of a document that is read in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Bytes of [`Document::text`]; never empty, never with white space at either end, never overlapping another
    /// block. A paragraph that was wrapped by hand has its line breaks and indentation inside.
    pub span: Range<usize>,
    /// What the block is to its reader.
    pub kind: BlockKind,
}

/// What a block is to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockKind {
    /// Prose, and any line that is nothing else.
    Paragraph,
    /// A title.
    Heading,
    /// What follows a bullet or a number; the marker is layout.
    ListItem,
    /// One cell of a table.
    Cell,
    /// Dates, authors, sources, addresses of pages: kept verbatim, never summarized.
    Metadata,
}

/// How a file format marks what a reader reads.
pub trait Format {
    /// Finds the blocks of a text. Never fails: what is not understood is a paragraph or layout.
    fn read(&self, text: String) -> Document;
}

/// Why bytes are not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The bytes are known, or look, not to be text.
    #[error("this is {what}, which degist does not read; {advice}")]
    Binary {
        /// What the bytes look like, with its article.
        what: &'static str,
        /// What to do next.
        advice: &'static str,
    },
}

impl Document {
    /// The text with every block replaced, the layout as it was. With the blocks' own texts it is
    /// [`Document::text`] again.
    ///
    /// # Panics
    /// When there is not exactly one replacement for each block.
    pub fn render(&self, replacements: &[String]) -> String {
        assert_eq!(
            self.blocks.len(),
            replacements.len(),
            "one replacement for each block"
        );
        let mut rendered = String::with_capacity(self.text.len());
        let mut end = 0;
        for (block, replacement) in self.blocks.iter().zip(replacements) {
            rendered.push_str(&self.text[end..block.span.start]);
            rendered.push_str(replacement);
            end = block.span.end;
        }
        rendered.push_str(&self.text[end..]);
        rendered
    }

    /// The text of a block.
    pub fn block_text(&self, block: &Block) -> &str {
        &self.text[block.span.clone()]
    }
}

/// Reads a plain text.
pub fn read_text(text: String) -> Document {
    PlainText.read(text)
}
