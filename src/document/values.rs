//! Files whose values are texts of their own: fields of records, messages of a catalogue, parts of a mail.
//!
//! A value that is not changed stays byte for byte, however it is written.

use std::ops::Range;

use super::block::{Block, Document};
use super::builder::MarkupFile;
use super::encoding::Decoded;
use super::error::DocumentError;
use super::escape::Escape;
use super::layout::{Form, Layout, Value, Values};

/// A value as a file of its own.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) file: MarkupFile,
    pub(super) form: Form,
}

impl Content {
    pub(super) fn new(file: MarkupFile, inner: Escape, outer: Escape) -> Self {
        let around = (String::new(), String::new());
        Self {
            file,
            form: Form {
                inner,
                outer,
                around,
                fills: false,
            },
        }
    }

    /// The same value between these signs.
    pub(super) fn between(mut self, open: impl Into<String>, close: impl Into<String>) -> Self {
        self.form.around = (open.into(), close.into());
        self
    }
}

/// Takes a file apart into values.
#[derive(Debug)]
pub(super) struct ValuesBuilder<'f> {
    file: &'f [u8],
    /// The byte up to which the file is in values or in `before`.
    done: usize,
    before: Vec<u8>,
    text: String,
    blocks: Vec<Block>,
    values: Vec<Value>,
    /// Parts of the file that cannot be read.
    pub(super) flaws: Vec<DocumentError>,
}

/// Flaws that are told of a file.
const MOST_FLAWS: usize = 100;

impl<'f> ValuesBuilder<'f> {
    pub(super) fn new(file: &'f [u8]) -> Self {
        Self {
            file,
            done: 0,
            before: Vec::new(),
            text: String::new(),
            blocks: Vec::new(),
            values: Vec::new(),
            flaws: Vec::new(),
        }
    }

    /// Adds the value that stands at `place`, behind all that were added before. A value without words is layout.
    pub(super) fn add(&mut self, place: Range<usize>, content: Content) {
        let MarkupFile {
            text,
            blocks,
            between,
            holes,
        } = content.file;
        if blocks.is_empty() || place.start < self.done {
            return;
        }
        self.layout_to(place.start);
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        let shift = self.text.len();
        self.text.push_str(&text);
        self.values.push(Value {
            before: std::mem::take(&mut self.before),
            raw: self.file[place.clone()].to_vec(),
            first_block: self.blocks.len(),
            between,
            holes,
            form: content.form,
        });
        (self.blocks).extend(blocks.into_iter().map(|block| block.shifted(shift)));
        self.done = place.end;
    }

    /// Writes `bytes` in the place of others.
    pub(super) fn replace(&mut self, place: Range<usize>, bytes: &str) {
        if place.start < self.done {
            return;
        }
        self.layout_to(place.start);
        self.before.extend_from_slice(bytes.as_bytes());
        self.done = place.end;
    }

    /// Notes a part of the file that cannot be read.
    pub(super) fn flaw(&mut self, flaw: DocumentError) {
        match self.flaws.len() {
            ..MOST_FLAWS => self.flaws.push(flaw),
            MOST_FLAWS => self.flaws.push(DocumentError::More),
            _ => {}
        }
    }

    /// Whether there is no value so far.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn layout_to(&mut self, end: usize) {
        self.before.extend_from_slice(&self.file[self.done..end]);
        self.done = end;
    }

    /// Ends the file, in which `undecodable` byte sequences were replaced.
    pub(super) fn finish(mut self, undecodable: usize) -> Document {
        self.layout_to(self.file.len());
        Document {
            text: self.text,
            blocks: self.blocks,
            layout: Layout::Values(Values {
                values: self.values,
                rest: self.before,
            }),
            undecodable,
            mended: 0,
            flaws: self.flaws,
        }
    }

    /// Ends a file of this text, and puts the byte order mark back that it had.
    pub(super) fn finish_decoded(self, decoded: &Decoded) -> Document {
        let mut document = self.finish(decoded.replaced);
        document.mended = decoded.mended;
        if decoded.had_bom
            && let Layout::Values(values) = &mut document.layout
        {
            let first = match values.values.first_mut() {
                Some(value) => &mut value.before,
                None => &mut values.rest,
            };
            first.splice(0..0, *b"\xEF\xBB\xBF");
        }
        document
    }
}
