//! Inline markup of a block.

use std::ops::Range;

/// Inline markup at a place of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the document's text; empty for markup between words.
    pub span: Range<usize>,
    /// The markup itself.
    pub markup: Markup,
}

/// Inline markup as it is written to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Markup {
    /// A pair of tags around words.
    Around {
        /// Before the first word.
        open: String,
        /// After the last word.
        close: String,
        /// The number of following marks that are inside.
        inner: usize,
    },
    /// Words that are not translated, such as code, as they are written.
    Atom(String),
    /// Markup between words, such as a picture.
    Point(String),
    /// Markup between words that replaces the white space there, such as a line break.
    Break(String),
}
