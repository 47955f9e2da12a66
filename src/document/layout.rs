//! The parts of a file that are not translated, and the translations that go between them.

use super::escape::Escape;

/// The parts of a file around its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Plain text: the document's text outside its blocks.
    Text,
    /// One file of markup.
    Markup {
        /// The bytes before each block, and those after the last.
        between: Vec<String>,
        /// Blocks that are written in a hole of the markup, such as the value of an attribute, instead.
        holes: Vec<usize>,
        /// The escaping of text in it.
        escape: Escape,
    },
    /// Values that are texts of their own, and the bytes around them.
    Values(Values),
    /// Several files of markup in a ZIP package.
    Package(Package),
}

/// A ZIP package and the places of its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The original file.
    pub(super) bytes: Vec<u8>,
    pub(super) parts: Vec<Part>,
}

/// A file of markup in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Index of its first block.
    pub(super) first_block: usize,
    /// The bytes before each block, and those after the last.
    pub(super) between: Vec<String>,
    /// Blocks that are written in a hole of the markup instead, counted from the first.
    pub(super) holes: Vec<usize>,
    /// Whether the bytes around the blocks are not all those of the file.
    pub(super) is_changed: bool,
}

/// The values of a file, in its order, and the bytes around them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    pub(super) values: Vec<Value>,
    /// The bytes after the last value.
    pub(super) rest: Vec<u8>,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The bytes of the file between the value before and this one.
    pub(super) before: Vec<u8>,
    /// What stands in the file while nothing in the value changes.
    pub(super) raw: Vec<u8>,
    /// Index of its first block.
    pub(super) first_block: usize,
    /// The text before each block of the value, and that after the last.
    pub(super) between: Vec<String>,
    /// Blocks that are written in a hole of the markup instead, counted from the first.
    pub(super) holes: Vec<usize>,
    pub(super) form: Form,
}

/// How a changed value is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// The escaping of its blocks in it: that of HTML, if it is HTML.
    pub(super) inner: Escape,
    /// The escaping of all of it in the file.
    pub(super) outer: Escape,
    /// What stands before it and after it, such as quotes.
    pub(super) around: (String, String),
    /// Whether it is a translation that is still to be made: it is written even if it is the source again, as names are.
    pub(super) fills: bool,
}

/// The translation of a block, with word alignments that say where inline markup goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockTarget {
    /// One line, or as many lines as the block has.
    pub text: String,
    /// For each word of `text`, the index of the source word of the block that it was made from; `None` if unknown.
    pub links: Vec<Option<u32>>,
}

impl AsRef<str> for BlockTarget {
    fn as_ref(&self) -> &str {
        &self.text
    }
}
