//! One paragraph of an OpenDocument file.

use quick_xml::events::{BytesStart, Event};

use super::{BlockReader, DEEPEST};
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::formats::runs::{self, COLUMN, Gap, Look, MOST_LOOKS, Piece};
use crate::document::formats::xml;

/// Spans and links in each other. Deeper ones stay as they are.
const DEEPEST_SPAN: usize = 32;

/// An element within the paragraph that is open while it is read.
enum Frame {
    /// A span, whose tags are part of the look of what is in it.
    Span { open: String, close: String },
    /// A link and the like.
    Element,
}

/// The content of a paragraph while it is read.
#[derive(Default)]
struct Content {
    pieces: Vec<Piece>,
    frames: Vec<Frame>,
    /// Bytes of looks so far.
    looks: usize,
    /// Beginnings of ranges, such as insertions: name and key, index of the piece, and frames that were open.
    ranges: Vec<(String, usize, usize)>,
}

impl<'f> BlockReader<'_, 'f> {
    /// Reads a paragraph, whose start tag was read.
    pub(super) fn read_paragraph(
        &mut self,
        kind: BlockKind,
        builder: &mut MarkupBuilder<'f>,
        level: usize,
    ) -> quick_xml::Result<()> {
        let begin = self.xml.position();
        let mut content = Content::default();
        let end = loop {
            let (start, prefix, event) = self.xml.next()?;
            match &event {
                Event::Start(tag) => {
                    self.start(start, prefix, tag, &mut content, builder, level)?;
                }
                Event::Empty(tag) => {
                    content.empty(prefix, tag, self.xml.since(start));
                }
                Event::End(_) => match content.frames.pop() {
                    None => break start,
                    Some(Frame::Span { .. }) => {}
                    Some(Frame::Element) => {
                        let raw = self.xml.since(start).to_owned();
                        content.close(raw);
                    }
                },
                Event::Text(_) | Event::GeneralRef(_) => {
                    let raw = self.xml.since(start);
                    content.text(&xml::unescaped(raw));
                }
                Event::CData(text) => content.text(text),
                Event::Eof => break start,
                _ => content.pieces.push(Piece::other(self.xml.since(start))),
            }
        };
        if content.looks > MOST_LOOKS {
            builder.forget_nested();
            return Ok(());
        }
        let pieces = content.pieces;
        let text: String = pieces.iter().map(Piece::text).collect();
        if kind == BlockKind::Cell && self.names.contains(&text) {
            return Ok(());
        }
        runs::write(pieces, kind, begin..end, builder);
        Ok(())
    }

    /// Reads an element within a paragraph, or its start tag.
    fn start(
        &mut self,
        start: usize,
        prefix: &str,
        tag: &BytesStart<'_>,
        content: &mut Content,
        builder: &mut MarkupBuilder<'f>,
        level: usize,
    ) -> quick_xml::Result<()> {
        let name = tag.local_name();
        let name = name.as_ref();
        match (prefix, name) {
            _ if content.frames.len() >= DEEPEST_SPAN => {
                let raw = self.xml.element(start, tag)?;
                content.other(raw, Gap::None);
            }
            ("text", "span") => content.frames.push(Frame::Span {
                open: self.xml.since(start).to_owned(),
                close: format!("</{}>", tag.name().into_inner()),
            }),
            ("text", "a" | "meta" | "meta-field") | ("", "content-control") => {
                let raw = self.xml.since(start).to_owned();
                content.pieces.push(Piece::Open(raw));
                content.frames.push(Frame::Element);
            }
            // Written like an empty element.
            ("text", "s" | "tab" | "line-break" | "soft-page-break") => {
                let raw = self.xml.element(start, tag)?;
                content.empty(prefix, tag, raw);
            }
            ("text", "note") | ("office", "annotation") | ("draw", _) | ("presentation", _)
                if level < DEEPEST
                    && name != "date-time"
                    && name != "header"
                    && name != "footer" =>
            {
                let mut inner = builder.within(start);
                self.read(&mut inner, level + 1)?;
                let raw = builder.nest(inner, self.xml.position());
                content.other(&raw, Gap::None);
            }
            // The sign or number before a paragraph, an anchor, a mark of an index.
            ("text", "number" | "note" | "script") | ("office" | "draw", _) => {
                let raw = self.xml.element(start, tag)?;
                content.other(raw, Gap::None);
            }
            // A field.
            ("text" | "presentation", _) => {
                let raw = self.xml.element(start, tag)?;
                let text = xml::text_of(raw);
                let raw = content.look().around(raw);
                content.pieces.push(Piece::Atom { text, raw });
            }
            _ => {
                let raw = self.xml.element(start, tag)?;
                content.other(raw, Gap::None);
            }
        }
        Ok(())
    }
}

impl Content {
    /// The look of text here; none once there were too many.
    fn look(&mut self) -> Look {
        let mut look = Look::default();
        if self.looks > MOST_LOOKS {
            return look;
        }
        for frame in &self.frames {
            if let Frame::Span { open, close } = frame {
                look.begin.push_str(open);
                look.end.insert_str(0, close);
            }
        }
        self.looks += look.len();
        look
    }

    /// Adds text, in which white space counts as one space.
    fn text(&mut self, text: &str) {
        let mut words = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' if words.ends_with(' ') => {}
                ' ' | '\t' | '\n' | '\r' => words.push(' '),
                c => words.push(c),
            }
        }
        if !words.is_empty() {
            let (look, text) = (self.look(), words);
            self.pieces.push(Piece::Text { look, text });
        }
    }

    fn other(&mut self, raw: &str, gap: Gap) {
        let raw = self.look().around(raw);
        self.pieces.push(Piece::Other { raw, gap });
    }

    /// Ends an element, and the ranges that began in it.
    fn close(&mut self, raw: String) {
        self.pieces.push(Piece::Close(raw));
        let depth = self.frames.len();
        self.ranges.retain(|(.., frames)| *frames <= depth);
    }

    /// Adds an element without content.
    fn empty(&mut self, prefix: &str, tag: &BytesStart<'_>, raw: &str) {
        let name = tag.local_name();
        let name = name.as_ref();
        match (prefix, name) {
            ("text", "s") => {
                let spaces = xml::attribute(tag, "c").and_then(|count| count.parse().ok());
                match spaces.unwrap_or(1usize).saturating_add(1) >= COLUMN {
                    true => self.other(raw, Gap::Tab),
                    false => self.text(" "),
                }
            }
            ("text", "tab") => self.other(raw, Gap::Tab),
            ("text", "line-break") => self.other(raw, Gap::Line),
            // Where a page ended when the file was written.
            ("text", "soft-page-break") => {}
            ("text", "change-start" | "bookmark-start" | "reference-mark-start") => {
                let (at, frames) = (self.pieces.len(), self.frames.len());
                if self.ranges.len() < DEEPEST_SPAN {
                    self.ranges.push((range_key(name, tag), at, frames));
                }
                self.pieces.push(Piece::other(raw));
            }
            ("text", "change-end" | "bookmark-end" | "reference-mark-end") => {
                self.end_range(name, tag, raw)
            }
            _ => self.other(raw, Gap::None),
        }
    }

    /// Ends a range. If it holds only whole elements and ranges, it goes where its words go.
    fn end_range(&mut self, name: &str, tag: &BytesStart<'_>, raw: &str) {
        let key = range_key(name, tag);
        let is_innermost = (self.ranges.last())
            .is_some_and(|(last, _, frames)| *last == key && *frames == self.frames.len());
        if !is_innermost {
            self.ranges.retain(|(other, ..)| *other != key);
            self.pieces.push(Piece::other(raw));
            return;
        }
        let Some((_, at, _)) = self.ranges.pop() else {
            return;
        };
        if let Piece::Other { raw, .. } = &mut self.pieces[at] {
            self.pieces[at] = Piece::Open(std::mem::take(raw));
        }
        self.pieces.push(Piece::Close(raw.to_owned()));
    }
}

/// What the two ends of a range have in common.
fn range_key(name: &str, tag: &BytesStart<'_>) -> String {
    let kind = name.trim_end_matches("-start").trim_end_matches("-end");
    let key = xml::attribute(tag, "change-id").or_else(|| xml::attribute(tag, "name"));
    format!("{kind} {}", key.unwrap_or_default())
}
