//! A document as a text whose blocks are translated.

use std::ops::Range;

use super::error::DocumentError;
use super::layout::Layout;
use super::markup::Mark;

/// A file as text, blocks to translate, and the layout around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The whole decoded text of a plain text; the readable text of a file of markup.
    pub text: String,
    /// In reading order. Text outside every block is layout: blank lines, indentation, bullets, line ends.
    pub blocks: Vec<Block>,
    /// The parts of the file around the blocks.
    pub layout: Layout,
    /// Byte sequences that are invalid in the file's encoding; each is U+FFFD in `text`.
    pub undecodable: usize,
    /// Bytes in a file of UTF-8 that were read as Windows-1252.
    pub mended: usize,
    /// Why parts of the file could not be read; they stay as they are.
    pub flaws: Vec<DocumentError>,
}

/// A part of a document that is read in one go: a paragraph, a title, a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Bytes of [`Document::text`]; never empty, never with white space at either end, never overlapping another
    /// block. A hard-wrapped paragraph has its line breaks and indentation inside.
    pub span: Range<usize>,
    /// The role of the block.
    pub kind: BlockKind,
    /// Inline markup in reading order: marks inside another mark follow it.
    pub marks: Vec<Mark>,
}

/// The role of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockKind {
    /// Prose, and any line that is nothing else.
    Paragraph,
    /// A title.
    Heading,
    /// The text after a bullet or a number; the marker is layout.
    ListItem,
    /// One cell of a table.
    Cell,
    /// Dates, authors, sources, web addresses: kept verbatim, never summarized.
    Metadata,
    /// Text in an attribute of a tag, such as the description of a picture.
    Attribute,
}

impl Document {
    /// The text with every block replaced and everything between blocks kept. With the blocks' own texts it is
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

    /// The text with every block replaced, as a plain text file. Blocks of markup stand between blank lines, cells and items
    /// of a list on lines of their own.
    ///
    /// # Panics
    /// When there is not exactly one replacement for each block.
    pub fn plain(&self, replacements: &[impl AsRef<str>]) -> String {
        if self.layout == Layout::Text {
            return self.render(replacements);
        }
        assert_eq!(
            self.blocks.len(),
            replacements.len(),
            "one replacement for each block"
        );
        let mut plain = String::with_capacity(self.text.len());
        let mut before: Option<BlockKind> = None;
        for (block, replacement) in self.blocks.iter().zip(replacements) {
            let is_list = matches!(block.kind, BlockKind::Cell | BlockKind::ListItem);
            plain.push_str(match before {
                None => "",
                Some(kind) if kind == block.kind && is_list => "\n",
                Some(_) => "\n\n",
            });
            plain.push_str(replacement.as_ref());
            before = Some(block.kind);
        }
        if before.is_some() {
            plain.push('\n');
        }
        plain
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
    pub(super) fn shifted(mut self, bytes: usize) -> Self {
        let shift = |span: &Range<usize>| span.start + bytes..span.end + bytes;
        self.span = shift(&self.span);
        for mark in &mut self.marks {
            mark.span = shift(&mark.span);
        }
        self
    }
}
