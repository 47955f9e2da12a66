//! Bytes to text, text to blocks that a reader reads, and blocks back into their file.
//!
//! Adding a format takes a file here with a [`Format`] in it and its lines in [`FileFormat`].
//!
//! ```
//! use degist::document::{FileFormat, Target};
//!
//! let document = FileFormat::Text.read("  * Guten Tag!\r\n".as_bytes(), &[])?;
//! let target = Target { text: "Good day!".into(), links: Vec::new() };
//! assert_eq!(document.write(&[target])?, b"  * Good day!\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binary;
mod encoding;
mod escape;
mod format;
mod formats;
mod ibm850;
mod layout;
mod markup;
mod project;
pub mod words;
mod wrap;

use std::ops::Range;

pub use encoding::{Decoded, decode};
pub use escape::Escape;
pub use format::FileFormat;
pub use formats::docx::Docx;
pub use formats::epub::Epub;
pub use formats::html::Html;
pub use formats::markdown::Markdown;
pub use formats::package::{Package, PackageError};
pub use formats::pdf::Pdf;
pub use formats::plain::date_in;
pub use formats::plain::{PlainText, read_text};
pub use formats::records::{Csv, JsonLines, json_fields};
pub use formats::subtitles::Subtitles;
pub use layout::{Layout, Target};
pub use markup::{Mark, Markup};
pub use wrap::rewrap;

/// What a file says, and the file around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The whole text as decoded, or what there is to read in a file of markup.
    pub text: String,
    /// In reading order. What no block covers is layout: blank lines, indentation, bullets, line ends.
    pub blocks: Vec<Block>,
    /// What stands around the blocks in the file.
    pub layout: Layout,
    /// Byte sequences of the file that were no text in its encoding; each is U+FFFD in `text`.
    pub undecodable: usize,
}

/// A part of a document that is read in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Bytes of [`Document::text`]; never empty, never with white space at either end, never overlapping another
    /// block. A paragraph that was wrapped by hand has its line breaks and indentation inside.
    pub span: Range<usize>,
    /// What the block is to its reader.
    pub kind: BlockKind,
    /// Markup in it, in reading order: what is inside other markup follows it.
    pub marks: Vec<Mark>,
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
    /// Finds the blocks of a file.
    ///
    /// # Errors
    /// When the bytes are not text, or not of this format. What has none or can have any structure is never refused: what
    /// is not understood in it is a paragraph or layout.
    fn read(&self, bytes: &[u8]) -> Result<Document, DocumentError>;
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
    /// A DOCX or EPUB file that cannot be opened.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A file of a package that is no XML.
    #[error("{file} in the package is malformed ({why}): save it again in its own program")]
    Xml {
        /// Its name in the package.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A line that is no JSON object.
    #[error("the record that begins “{record}” is no JSON object ({why}): correct or remove it")]
    Record {
        /// Its first characters.
        record: String,
        /// What is wrong.
        why: String,
    },
    /// No record has what is to be translated.
    #[error("no field is called {0}: name those to translate with --field")]
    NoField(String),
    /// A PDF file whose text cannot be had.
    #[error("the PDF file cannot be read: {0}")]
    Pdf(String),
}

impl Document {
    /// The text with every block replaced, what stands between them as it was. With the blocks' own texts it is
    /// [`Document::text`] again.
    ///
    /// # Panics
    /// When there is not exactly one replacement for each block.
    pub fn render(&self, replacements: &[impl AsRef<str>]) -> String {
        assert_eq!(
            self.blocks.len(),
            replacements.len(),
            "one replacement for each block"
        );
        let mut rendered = String::with_capacity(self.text.len());
        let mut end = 0;
        for (block, replacement) in self.blocks.iter().zip(replacements) {
            rendered.push_str(&self.text[end..block.span.start]);
            rendered.push_str(replacement.as_ref());
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

impl Block {
    /// A block without markup in it.
    pub fn new(span: Range<usize>, kind: BlockKind) -> Self {
        Self {
            span,
            kind,
            marks: Vec::new(),
        }
    }

    /// The block in a text that has `bytes` more before it.
    fn shifted(mut self, bytes: usize) -> Self {
        let shift = |span: &Range<usize>| span.start + bytes..span.end + bytes;
        self.span = shift(&self.span);
        for mark in &mut self.marks {
            mark.span = shift(&mark.span);
        }
        self
    }
}
