//! Documents back into files.

use std::collections::HashSet;

use super::block::{Block, BlockKind, Document};
use super::builder::fill_holes;
use super::error::PackageError;
use super::escape::Escape;
use super::formats::package;
use super::layout::{BlockTarget, Form, Layout, Part, Values};
use super::project::write_marked;
use super::words;

impl Document {
    /// The file with every block replaced.
    ///
    /// # Errors
    /// When a package cannot be written.
    ///
    /// # Panics
    /// When there is not exactly one target for each block.
    pub fn write(&self, targets: &[BlockTarget]) -> Result<Vec<u8>, PackageError> {
        assert_eq!(
            self.blocks.len(),
            targets.len(),
            "one target for each block"
        );
        Ok(match &self.layout {
            Layout::Text => self.render(targets).into_bytes(),
            Layout::Markup {
                between,
                holes,
                escape,
            } => {
                let file = MarkupWriter::new(self, between, holes, *escape, 0, targets);
                file.write().into_bytes()
            }
            Layout::Values(values) => self.write_values(values, targets),
            Layout::Package(package) => package::write(package, |part| {
                let Part {
                    between,
                    holes,
                    first_block,
                    ..
                } = part;
                let file =
                    MarkupWriter::new(self, between, holes, Escape::Markup, *first_block, targets);
                (part.is_changed || file.is_translated()).then(|| file.write())
            })?,
        })
    }

    /// A file of values: those that change are written anew, and nothing else.
    fn write_values(&self, values: &Values, targets: &[BlockTarget]) -> Vec<u8> {
        let mut file = Vec::new();
        for value in &values.values {
            file.extend_from_slice(&value.before);
            let first = value.first_block;
            let mut blocks = first..first + value.between.len().saturating_sub(1);
            let is_same = blocks.all(|i| targets[i].text == self.block_text(&self.blocks[i]));
            if is_same && !value.form.fills {
                file.extend_from_slice(&value.raw);
                continue;
            }
            let Form {
                inner,
                outer,
                around: (open, close),
                fills: _,
            } = &value.form;
            let text =
                MarkupWriter::new(self, &value.between, &value.holes, *inner, first, targets);
            file.extend_from_slice(open.as_bytes());
            outer.write_bytes(&text.write(), &mut file);
            file.extend_from_slice(close.as_bytes());
        }
        file.extend_from_slice(&values.rest);
        file
    }
}

/// Writes a file of markup.
struct MarkupWriter<'d> {
    text: &'d str,
    between: &'d [String],
    /// The block of each hole.
    holes: &'d [usize],
    escape: Escape,
    blocks: &'d [Block],
    targets: &'d [BlockTarget],
}

impl<'d> MarkupWriter<'d> {
    /// For the file whose blocks begin at index `first` of the document.
    fn new(
        document: &'d Document,
        between: &'d [String],
        holes: &'d [usize],
        escape: Escape,
        first: usize,
        targets: &'d [BlockTarget],
    ) -> Self {
        let blocks = first..first + between.len().saturating_sub(1);
        Self {
            text: &document.text,
            between,
            holes,
            escape,
            blocks: &document.blocks[blocks.clone()],
            targets: &targets[blocks],
        }
    }

    /// Whether a block is not as it was read.
    fn is_translated(&self) -> bool {
        (self.blocks.iter().zip(self.targets)).any(|(block, target)| {
            !target.links.is_empty() || self.text[block.span.clone()] != target.text
        })
    }

    fn write(&self) -> String {
        let in_holes: HashSet<usize> = self.holes.iter().copied().collect();
        let mut file = String::new();
        for (i, bytes) in self.between.iter().enumerate() {
            file.push_str(bytes);
            if i < self.blocks.len() && !in_holes.contains(&i) {
                self.block(i, &mut file);
            }
        }
        self.filled(file)
    }

    fn block(&self, i: usize, file: &mut String) {
        let (block, target) = (&self.blocks[i], &self.targets[i]);
        let source = &self.text[block.span.clone()];
        if block.marks.is_empty() || !target.links.is_empty() || target.text != source {
            return write_marked(self.text, block, target, self.escape, file);
        }
        // Its own words: each is made from itself.
        let itself = BlockTarget {
            text: source.to_owned(),
            links: (0..words::count(source) as u32).map(Some).collect(),
        };
        write_marked(self.text, block, &itself, self.escape, file);
    }

    /// The file with its holes filled, and those in what stands in them.
    fn filled(&self, file: String) -> String {
        if self.holes.is_empty() || !file.contains('\0') {
            return file;
        }
        fill_holes(&file, |hole, file| {
            let Some(block) = self.holes.get(hole).filter(|&&i| i < self.blocks.len()) else {
                return;
            };
            if self.blocks[*block].kind == BlockKind::Attribute {
                return self.attribute(&self.targets[*block].text, file);
            }
            let mut inner = String::new();
            self.block(*block, &mut inner);
            file.push_str(&self.filled(inner));
        })
    }

    /// Writes a text within the quotes that the file ends with.
    fn attribute(&self, text: &str, file: &mut String) {
        let (quote, reference) = match file.ends_with('\'') {
            true => ('\'', "&#39;"),
            false => ('"', "&quot;"),
        };
        let mut value = String::new();
        self.escape.write(text, &mut value);
        file.push_str(&value.replace(quote, reference));
    }
}
