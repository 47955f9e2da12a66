//! Builder of documents from files of markup.

mod nested;
mod pair;

use std::ops::Range;

use self::nested::Nested;
pub(super) use self::nested::fill_holes;
pub(super) use self::pair::Pair;
use self::pair::second;
use super::block::{Block, BlockKind, Document};
use super::escape::Escape;
use super::layout::Layout;
use super::markup::{Mark, Markup};

/// A file of markup, taken apart into blocks and the bytes between them.
#[derive(Debug)]
pub(super) struct MarkupFile {
    pub(super) text: String,
    /// Spans are bytes of `text`.
    pub(super) blocks: Vec<Block>,
    /// The bytes of the file before each block, and those after the last.
    pub(super) between: Vec<String>,
    /// Blocks that are written in a hole of the markup instead of between the bytes.
    pub(super) holes: Vec<usize>,
}

impl MarkupFile {
    /// The document of this file alone, in which `undecodable` byte sequences were replaced.
    pub(super) fn document(self, escape: Escape, undecodable: usize) -> Document {
        let Self {
            text,
            blocks,
            between,
            holes,
        } = self;
        Document {
            text,
            blocks,
            layout: Layout::Markup {
                between,
                holes,
                escape,
            },
            undecodable,
            mended: 0,
            flaws: Vec::new(),
        }
    }

    /// The file of a plain text.
    pub(super) fn of_text(document: Document) -> Self {
        let mut between = Vec::with_capacity(document.blocks.len() + 1);
        let mut end = 0;
        for block in &document.blocks {
            between.push(document.text[end..block.span.start].to_owned());
            end = block.span.end;
        }
        between.push(document.text[end..].to_owned());
        Self {
            text: document.text,
            blocks: document.blocks,
            between,
            holes: Vec::new(),
        }
    }

    /// Appends a file without attributes, and `between` before it.
    pub(super) fn append(&mut self, between: &str, other: Self) {
        if !self.text.is_empty() && !other.text.is_empty() {
            self.text.push_str("\n\n");
        }
        let shift = self.text.len();
        self.text.push_str(&other.text);
        (self.blocks).extend(other.blocks.into_iter().map(|block| block.shifted(shift)));
        let mut own = other.between.into_iter();
        if let Some(last) = self.between.last_mut() {
            last.push_str(between);
            last.push_str(&own.next().unwrap_or_default());
        }
        self.between.extend(own);
    }
}

/// Levels of nested inline markup. Deeper tags are written as unpaired points.
const DEEPEST: usize = 32;

/// Builds a [`MarkupFile`] from the events of a parser, in the order of the file. White space within a block counts as
/// one space, as in HTML and Markdown. Bytes outside every block are layout.
#[derive(Debug)]
pub(super) struct MarkupBuilder<'f> {
    file: &'f str,
    /// The byte up to which the file is in `between` or in a block.
    done: usize,
    text: String,
    blocks: Vec<Block>,
    /// The bytes before each block; the last of them before the next one.
    between: Vec<String>,
    open: OpenBlock,
    /// The block of each hole.
    holes: Vec<usize>,
    /// Holes of the builders that this one is within.
    outer_holes: usize,
    /// What stands within the open paragraph and follows it in the text.
    nested: Vec<Nested>,
    /// Whether holes were made since the last paragraph ended.
    has_nested: bool,
    /// How a translation is written, if its source stays.
    pair: Option<Pair>,
}

/// A block that is being built.
#[derive(Debug, Default)]
struct OpenBlock {
    /// Bytes of the file, once the block has any.
    place: Option<Range<usize>>,
    text: String,
    marks: Vec<Mark>,
    /// Places of the file at which markup is written differently.
    changed: Vec<(Range<usize>, String)>,
    /// Indices of marks that were not closed yet.
    around: Vec<usize>,
    /// White space was read but not written.
    space: bool,
}

impl<'f> MarkupBuilder<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self::from(file, 0)
    }

    /// Builds a part of a file that begins at this byte; places are those of the whole file.
    pub(super) fn from(file: &'f str, start: usize) -> Self {
        Self {
            file,
            done: start,
            text: String::new(),
            blocks: Vec::new(),
            between: vec![String::new()],
            open: OpenBlock::default(),
            holes: Vec::new(),
            outer_holes: 0,
            nested: Vec::new(),
            has_nested: false,
            pair: None,
        }
    }

    /// A builder that leaves the source in the file, if there is a way to write both.
    pub(super) fn with_pair(self, pair: Option<Pair>) -> Self {
        Self { pair, ..self }
    }

    pub(super) fn pair(&self) -> Option<Pair> {
        self.pair
    }

    /// Adds words, which stand at `place` of the file.
    pub(super) fn words(&mut self, text: &str, place: Range<usize>) {
        if text.trim().is_empty() {
            self.open.space |= !text.is_empty();
            return;
        }
        let raw = &self.file[place.clone()];
        let start = place.start + (raw.len() - raw.trim_start().len());
        let end = place.end - (raw.len() - raw.trim_end().len());
        self.open.cover(start..end.max(start));
        for c in text.chars() {
            if c.is_whitespace() && c != '\u{a0}' {
                self.open.space = true;
                continue;
            }
            self.open.flush_space();
            self.open.text.push(c);
        }
    }

    /// Begins markup around words.
    pub(super) fn open(&mut self, markup: impl Into<String>, place: Range<usize>) {
        if self.open.around.len() >= DEEPEST {
            self.open.around.push(usize::MAX);
            return self.point(markup, place);
        }
        self.open.flush_space();
        self.open.around.push(self.open.marks.len());
        let open = markup.into();
        self.note_change(&open, &place);
        let (close, inner) = (String::new(), 0);
        self.open.mark(Markup::Around { open, close, inner }, place);
    }

    /// Ends the markup that was opened last. If none is open, it is a point.
    pub(super) fn close(&mut self, markup: impl Into<String>, place: Range<usize>) {
        let mark = match self.open.around.pop() {
            Some(mark) if mark != usize::MAX => mark,
            _ => return self.point(markup, place),
        };
        self.open.cover(place);
        let inside = self.open.marks.len() - mark - 1;
        let end = self.open.text.len();
        let mark = &mut self.open.marks[mark];
        mark.span.end = end;
        if let Markup::Around { close, inner, .. } = &mut mark.markup {
            *close = markup.into();
            *inner = inside;
        }
    }

    /// Levels of markup that are open in the block.
    pub(super) fn depth(&self) -> usize {
        self.open.around.len()
    }

    /// Adds markup between words.
    pub(super) fn point(&mut self, markup: impl Into<String>, place: Range<usize>) {
        if self.open.space {
            self.open.flush_space();
        }
        let markup = markup.into();
        self.note_change(&markup, &place);
        self.open.mark(Markup::Point(markup), place);
    }

    fn note_change(&mut self, markup: &str, place: &Range<usize>) {
        if !place.is_empty() && self.file[place.clone()] != *markup {
            self.open.changed.push((place.clone(), markup.to_owned()));
        }
    }

    /// Adds markup that replaces white space.
    pub(super) fn line_break(&mut self, markup: impl Into<String>, place: Range<usize>) {
        self.open.mark(Markup::Break(markup.into()), place);
        self.open.space = true;
    }

    /// Adds words that are read but not translated.
    pub(super) fn atom(&mut self, text: &str, markup: impl Into<String>, place: Range<usize>) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return self.point(markup, place);
        }
        self.open.flush_space();
        let start = self.open.text.len();
        self.open.text.push_str(&text);
        self.open.mark(Markup::Atom(markup.into()), place);
        if let Some(mark) = self.open.marks.last_mut() {
            mark.span.start = start;
        }
    }

    /// Replaces the layout at `place` of the file. Ends the block before it.
    pub(super) fn replace(&mut self, place: Range<usize>, layout: &str) {
        self.end(BlockKind::Paragraph);
        let (done, file) = (self.done, self.file);
        let last = self.layout();
        last.push_str(&file[done..place.start.max(done)]);
        last.push_str(layout);
        self.done = place.end;
    }

    /// Adds the blocks of a plain text that stands at `place`, written with `escape`. Its own line breaks and
    /// indentation are kept.
    pub(super) fn plain(&mut self, inner: Document, place: Range<usize>, escape: Escape) {
        self.replace(place, "");
        let mut end = 0;
        for block in inner.blocks {
            escape.write(&inner.text[end..block.span.start], self.layout());
            end = block.span.end;
            let start = self.separate();
            self.text.push_str(&inner.text[block.span]);
            self.blocks
                .push(Block::new(start..self.text.len(), block.kind));
            self.between.push(String::new());
        }
        escape.write(&inner.text[end..], self.layout());
    }

    /// Adds a text that stands in an attribute of a tag, as a block of its own. Returns its hole, which is written in the
    /// markup instead of the value.
    pub(super) fn attribute(&mut self, text: &str) -> String {
        let start = self.separate();
        self.text.push_str(text);
        let index = self.blocks.len();
        self.blocks
            .push(Block::new(start..self.text.len(), BlockKind::Attribute));
        self.between.push(String::new());
        self.has_nested = true;
        self.hole(index)
    }

    /// The bytes before the next block.
    fn layout(&mut self) -> &mut String {
        if self.between.is_empty() {
            self.between.push(String::new());
        }
        let last = self.between.len() - 1;
        &mut self.between[last]
    }

    /// Begins a block in the text; returns its first byte.
    fn separate(&mut self) -> usize {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.len()
    }

    /// Whether no block is open.
    pub(super) fn is_between(&self) -> bool {
        self.open.place.is_none()
    }

    /// The text of the open block so far.
    pub(super) fn so_far(&self) -> &str {
        &self.open.text
    }

    /// Ends the block, which stays as it is.
    pub(super) fn leave(&mut self) {
        self.open = OpenBlock::default();
    }

    /// Ends the block. A block without words to translate is layout.
    pub(super) fn end(&mut self, kind: BlockKind) {
        let OpenBlock {
            place,
            mut text,
            mut marks,
            changed,
            around,
            ..
        } = std::mem::take(&mut self.open);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        let of_atoms: usize = (marks.iter())
            .filter(|mark| matches!(mark.markup, Markup::Atom(_)))
            .map(|mark| letters(&text[mark.span.clone()]))
            .sum();
        let Some(place) = place.filter(|_| letters(&text) > of_atoms) else {
            for (place, markup) in changed {
                let (done, file) = (self.done, self.file);
                let layout = self.layout();
                layout.push_str(&file[done..place.start.max(done)]);
                layout.push_str(&markup);
                self.done = place.end;
            }
            return;
        };
        // Tags that were never closed are points.
        for unclosed in around.into_iter().filter(|&mark| mark != usize::MAX) {
            let mark = &mut marks[unclosed];
            if let Markup::Around { open, .. } = &mut mark.markup {
                mark.markup = Markup::Point(std::mem::take(open));
                mark.span.end = mark.span.start;
            }
        }
        text.truncate(text.trim_end().len());
        let start = self.separate();
        for mark in &mut marks {
            let inside = |at: usize| start + at.min(text.len());
            mark.span = inside(mark.span.start)..inside(mark.span.end.max(mark.span.start));
        }
        self.text.push_str(&text);
        if let Some(Pair::Inline { .. }) = self.pair {
            marks.iter_mut().for_each(|mark| second(&mut mark.markup));
        }
        self.blocks.push(Block {
            marks,
            ..Block::new(start..self.text.len(), kind)
        });
        let (done, file) = (self.done, self.file);
        self.layout().push_str(&file[done..place.start]);
        if let Some(Pair::Inline { open, .. }) = self.pair {
            self.layout().push_str(&file[place.clone()]);
            self.layout().push_str(open);
        }
        self.between.push(String::new());
        if let Some(Pair::Inline { close, .. }) = self.pair {
            self.layout().push_str(close);
        }
        self.done = place.end;
    }

    /// Ends the file.
    pub(super) fn finish(self) -> MarkupFile {
        let end = self.file.len();
        self.finish_at(end)
    }

    /// Ends a part of the file at this byte.
    pub(super) fn finish_at(mut self, end: usize) -> MarkupFile {
        self.end(BlockKind::Paragraph);
        self.end_nested();
        let (done, file) = (self.done, self.file);
        self.layout().push_str(&file[done..end.max(done)]);
        MarkupFile {
            text: self.text,
            blocks: self.blocks,
            between: self.between,
            holes: self.holes,
        }
    }
}

impl OpenBlock {
    fn flush_space(&mut self) {
        if !std::mem::take(&mut self.space) {
            return;
        }
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
            return;
        }
        // A space on either side of a picture: the second goes where the picture goes.
        let end = self.text.len();
        if let Some(mark) = self.marks.last_mut().filter(|mark| mark.span.start == end)
            && let Markup::Point(raw) = &mut mark.markup
        {
            raw.push(' ');
        }
    }

    fn cover(&mut self, place: Range<usize>) {
        let all = self.place.get_or_insert(place.clone());
        all.end = all.end.max(place.end);
    }

    fn mark(&mut self, markup: Markup, place: Range<usize>) {
        self.cover(place);
        let span = self.text.len()..self.text.len();
        self.marks.push(Mark { span, markup });
    }
}
