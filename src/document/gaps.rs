//! What stands between the blocks of a document.

use super::block::Document;
use super::layout::Layout;

impl Document {
    /// What stands before each block and is no part of the one before it, and what stands behind the last: markup, code,
    /// numbers of a table.
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Gaps(vec![String::new()]);
        match &self.layout {
            Layout::Text => {
                let mut end = 0;
                for block in &self.blocks {
                    gaps.add(&[&self.text[end..block.span.start], ""]);
                    end = block.span.end;
                }
                gaps.add(&[&self.text[end..]]);
            }
            Layout::Markup { between, .. } => gaps.add(between),
            Layout::Values(values) => {
                for value in &values.values {
                    gaps.add(&[String::from_utf8_lossy(&value.before)]);
                    gaps.add(&value.between);
                }
                gaps.add(&[String::from_utf8_lossy(&values.rest)]);
            }
            Layout::Package(package) => {
                for part in &package.parts {
                    gaps.add(&part.between);
                }
            }
        }
        gaps.0
    }
}

/// Gaps in the order of a file, the last of them still open.
struct Gaps(Vec<String>);

impl Gaps {
    /// Adds bytes between blocks: the first goes on with the gap that is open, and each other one is behind one more block.
    fn add<T: AsRef<str>>(&mut self, between: &[T]) {
        for (i, bytes) in between.iter().enumerate() {
            match self.0.last_mut().filter(|_| i == 0) {
                Some(open) => open.push_str(bytes.as_ref()),
                None => self.0.push(bytes.as_ref().to_owned()),
            }
        }
    }
}
