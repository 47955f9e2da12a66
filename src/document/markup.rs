//! Markup inside a block, and a builder of documents from files of markup.

use std::ops::Range;

use super::escape::Escape;
use super::layout::Layout;
use super::{Block, BlockKind, Document, read_text};

/// Markup inside a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of [`Document::text`]; empty for what stands at a point.
    pub span: Range<usize>,
    /// What it is.
    pub markup: Markup,
}

/// What a [`Mark`] writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Markup {
    /// Stands around words.
    Around {
        /// Before the first.
        open: String,
        /// Behind the last.
        close: String,
        /// How many of the marks that follow are inside.
        inner: usize,
    },
    /// Stands for words that are not translated, such as code: written as it is in their place.
    Atom(String),
    /// Stands between words.
    Point(String),
    /// Stands between words instead of the white space there, such as a line break.
    Break(String),
}

/// Markup within markup deeper than this is not told apart: it stands at points.
const DEEPEST: usize = 32;

/// Builds a document from a file of markup, told of what is in it in the order of the file. White space within a block
/// counts as one space, as it does to readers of HTML and Markdown. What no block covers is layout.
#[derive(Debug)]
pub(super) struct Builder<'f> {
    file: &'f str,
    /// What of the file is in `between` or in a block.
    done: usize,
    text: String,
    blocks: Vec<Block>,
    /// What stands before each block, and now before the next.
    between: Vec<String>,
    open: Open,
}

/// A block that is being built.
#[derive(Debug, Default)]
struct Open {
    /// Bytes of the file, once there is anything.
    place: Option<Range<usize>>,
    text: String,
    marks: Vec<Mark>,
    /// Indices of marks that were not closed yet.
    around: Vec<usize>,
    /// White space was read but not written.
    space: bool,
}

impl<'f> Builder<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self {
            file,
            done: 0,
            text: String::new(),
            blocks: Vec::new(),
            between: vec![String::new()],
            open: Open::default(),
        }
    }

    /// Words, which stand at `place` of the file.
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

    /// The beginning of markup around words.
    pub(super) fn open(&mut self, markup: impl Into<String>, place: Range<usize>) {
        if self.open.around.len() >= DEEPEST {
            self.open.around.push(usize::MAX);
            return self.point(markup, place);
        }
        self.open.flush_space();
        self.open.around.push(self.open.marks.len());
        let open = markup.into();
        let (close, inner) = (String::new(), 0);
        self.open.mark(Markup::Around { open, close, inner }, place);
    }

    /// The end of the markup that was opened last. Without one, it is a point.
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

    /// How deep in markup the block is.
    pub(super) fn depth(&self) -> usize {
        self.open.around.len()
    }

    /// Markup at a point.
    pub(super) fn point(&mut self, markup: impl Into<String>, place: Range<usize>) {
        if self.open.space {
            self.open.flush_space();
        }
        self.open.mark(Markup::Point(markup.into()), place);
    }

    /// Markup instead of white space.
    pub(super) fn line_break(&mut self, markup: impl Into<String>, place: Range<usize>) {
        self.open.mark(Markup::Break(markup.into()), place);
        self.open.space = true;
    }

    /// Something that is read but not translated.
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

    /// Layout of the file at `place`, written differently. Ends the block before it.
    pub(super) fn replace(&mut self, place: Range<usize>, layout: &str) {
        self.end(BlockKind::Paragraph);
        let (done, file) = (self.done, self.file);
        let last = self.layout();
        last.push_str(&file[done..place.start.max(done)]);
        last.push_str(layout);
        self.done = place.end;
    }

    /// A plain text that stands at `place`, written with `escape`. Its own line breaks and indentation are kept.
    pub(super) fn plain(&mut self, text: String, place: Range<usize>, escape: Escape) {
        self.replace(place, "");
        let inner = read_text(text);
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

    /// What stands before the next block.
    fn layout(&mut self) -> &mut String {
        if self.between.is_empty() {
            self.between.push(String::new());
        }
        let last = self.between.len() - 1;
        &mut self.between[last]
    }

    /// Begins a block in the text.
    fn separate(&mut self) -> usize {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.len()
    }

    /// Whether nothing of a block was seen yet.
    pub(super) fn is_between(&self) -> bool {
        self.open.place.is_none()
    }

    /// The text of the block so far.
    pub(super) fn so_far(&self) -> &str {
        &self.open.text
    }

    /// Ends the block. One without words to translate is layout.
    pub(super) fn end(&mut self, kind: BlockKind) {
        let Open {
            place,
            mut text,
            mut marks,
            around,
            ..
        } = std::mem::take(&mut self.open);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        let of_atoms: usize = (marks.iter())
            .filter(|mark| matches!(mark.markup, Markup::Atom(_)))
            .map(|mark| letters(&text[mark.span.clone()]))
            .sum();
        let Some(place) = place.filter(|_| letters(&text) > of_atoms) else {
            return;
        };
        // What was never closed stands alone.
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
        self.blocks.push(Block {
            marks,
            ..Block::new(start..self.text.len(), kind)
        });
        let (done, file) = (self.done, self.file);
        self.layout().push_str(&file[done..place.start]);
        self.between.push(String::new());
        self.done = place.end;
    }

    /// The blocks of the file with their text, and what stands between them.
    pub(super) fn finish(mut self) -> (String, Vec<Block>, Vec<String>) {
        self.end(BlockKind::Paragraph);
        let (done, file) = (self.done, self.file);
        self.layout().push_str(&file[done..]);
        (self.text, self.blocks, self.between)
    }

    /// The document of the file alone.
    pub(super) fn document(self, escape: Escape) -> Document {
        let (text, blocks, between) = self.finish();
        Document {
            text,
            blocks,
            layout: Layout::Markup { between, escape },
            undecodable: 0,
        }
    }
}

impl Open {
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
