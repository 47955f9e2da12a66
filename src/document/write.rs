//! Documents back into files.

use super::block::{Block, BlockKind, Document};
use super::builder::fill_holes;
use super::error::PackageError;
use super::escape::Escape;
use super::formats::package;
use super::layout::{BlockTarget, Form, Layout, Values};
use super::project::write_marked;

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
            Layout::Markup { between, escape } => {
                self.write_markup(0, between, *escape, targets).into_bytes()
            }
            Layout::Values(values) => self.write_values(values, targets),
            Layout::Package(package) => package::write(package, |part| {
                let first = part.first_block;
                self.write_markup(first, &part.between, Escape::Markup, &targets[first..])
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
            if blocks.all(|i| targets[i].text == self.block_text(&self.blocks[i])) {
                file.extend_from_slice(&value.raw);
                continue;
            }
            let Form {
                inner,
                outer,
                around: (open, close),
            } = &value.form;
            let text = self.write_markup(first, &value.between, *inner, &targets[first..]);
            let mut written = open.clone();
            outer.write(&text, &mut written);
            written.push_str(close);
            file.extend_from_slice(written.as_bytes());
        }
        file.extend_from_slice(&values.rest);
        file
    }

    /// One file of markup, whose blocks begin at index `first`.
    fn write_markup(
        &self,
        first: usize,
        between: &[String],
        escape: Escape,
        targets: &[BlockTarget],
    ) -> String {
        let blocks = &self.blocks[first..first + between.len().saturating_sub(1)];
        let is_attribute = |block: &Block| block.kind == BlockKind::Attribute;
        let mut file = String::new();
        for (i, layout) in between.iter().enumerate() {
            file.push_str(layout);
            if let Some(block) = blocks.get(i).filter(|block| !is_attribute(block)) {
                write_marked(&self.text, block, &targets[i], escape, &mut file);
            }
        }
        if !blocks.iter().any(is_attribute) {
            return file;
        }
        fill_holes(&file, |block, file| {
            let Some(target) = targets.get(block) else {
                return;
            };
            let (quote, reference) = match file.ends_with('\'') {
                true => ('\'', "&#39;"),
                false => ('"', "&quot;"),
            };
            let mut value = String::new();
            escape.write(&target.text, &mut value);
            file.push_str(&value.replace(quote, reference));
        })
    }
}
