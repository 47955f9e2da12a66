//! One paragraph of a Word document.

use std::collections::HashMap;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::fields;
use super::pieces::{FieldPart, Gap, Look, ParagraphPiece, RunItem, end};
use super::reader::{WordReader, word_name};
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::formats::{line_break, xml};

pub(super) struct Paragraph {
    /// `w:`, or another prefix of the file for WordprocessingML, or none.
    prefix: String,
    items: Vec<RunItem>,
    kind: BlockKind,
    /// The byte before the end tag.
    end: usize,
}

/// An element within a paragraph that is open while it is read.
enum Wrapper {
    /// A link, an insertion, a tag.
    Simple,
    /// A content control, and where the end tag of its content begins, once that was read.
    Control(Option<usize>),
    /// The content of a content control.
    Content,
}

impl Paragraph {
    /// Reads a paragraph whose start tag was read. None if the file ends in it.
    pub(super) fn read(
        xml: &mut WordReader<'_>,
        tag: &BytesStart<'_>,
        in_cell: bool,
    ) -> quick_xml::Result<Option<Self>> {
        let mut paragraph = Self {
            prefix: prefix(tag),
            items: Vec::new(),
            kind: match in_cell {
                true => BlockKind::Cell,
                false => BlockKind::Paragraph,
            },
            end: 0,
        };
        let mut wrappers: Vec<Wrapper> = Vec::new();
        loop {
            let (start, is_word, event) = xml.next()?;
            match &event {
                Event::Start(tag) => {
                    paragraph.start(xml, start, word_name(is_word, tag), tag, &mut wrappers)?;
                }
                Event::Empty(tag) => match word_name(is_word, tag) {
                    // Marks of the spelling checker are for the German words.
                    "proofErr" => {}
                    name if is_properties(name) => {
                        paragraph.properties_of_wrapper(xml.since(start))
                    }
                    _ => paragraph.other(xml.since(start)),
                },
                Event::End(_) => match wrappers.pop() {
                    None => {
                        paragraph.end = start;
                        return Ok(Some(paragraph));
                    }
                    Some(Wrapper::Content) => {
                        if let Some(Wrapper::Control(end)) = wrappers.last_mut() {
                            *end = Some(start);
                        }
                    }
                    Some(Wrapper::Control(Some(start))) => paragraph.close(xml.since(start)),
                    Some(Wrapper::Control(None) | Wrapper::Simple) => {
                        paragraph.close(xml.since(start));
                    }
                },
                Event::Eof => return Ok(None),
                Event::Text(_) | Event::Comment(_) => {}
                _ => paragraph.other(xml.since(start)),
            }
        }
    }

    /// Reads an element within the paragraph, or its start tag.
    fn start(
        &mut self,
        xml: &mut WordReader<'_>,
        start: usize,
        name: &str,
        tag: &BytesStart<'_>,
        wrappers: &mut Vec<Wrapper>,
    ) -> quick_xml::Result<()> {
        match name {
            "pPr" => {
                let raw = xml.element(start, tag)?;
                self.kind = kind(raw, self.kind);
                self.other(raw);
            }
            "r" => self.read_run(xml, start, tag)?,
            "hyperlink" | "ins" | "moveTo" | "smartTag" | "fldSimple" | "customXml" | "dir"
            | "bdo" | "sdt" => {
                let is_kept = name == "fldSimple"
                    && !fields::is_translated(&xml::attribute(tag, "instr").unwrap_or_default());
                self.items.push(RunItem::Open {
                    raw: xml.since(start).to_owned(),
                    is_kept,
                });
                wrappers.push(match name {
                    "sdt" => Wrapper::Control(None),
                    _ => Wrapper::Simple,
                });
            }
            "sdtContent" if matches!(wrappers.last(), Some(Wrapper::Control(None))) => {
                self.properties_of_wrapper(xml.since(start));
                wrappers.push(Wrapper::Content);
            }
            name => {
                let raw = xml.element(start, tag)?;
                match is_properties(name) {
                    true => self.properties_of_wrapper(raw),
                    false => self.other(raw),
                }
            }
        }
        Ok(())
    }

    fn other(&mut self, raw: &str) {
        let (raw, gap) = (raw.to_owned(), Gap::None);
        self.items.push(RunItem::Other { raw, gap });
    }

    fn close(&mut self, raw: &str) {
        self.items.push(RunItem::Close(raw.to_owned()));
    }

    /// Adds what stands before the runs of an element to its start tag.
    fn properties_of_wrapper(&mut self, more: &str) {
        match self.items.last_mut() {
            Some(RunItem::Open { raw, .. }) => raw.push_str(more),
            _ => self.other(more),
        }
    }

    /// Reads a run, whose start tag was read.
    fn read_run(
        &mut self,
        xml: &mut WordReader<'_>,
        start: usize,
        tag: &BytesStart<'_>,
    ) -> quick_xml::Result<()> {
        let open = xml.since(start).to_owned();
        let close = format!("</{}>", tag.name().into_inner());
        let mut look = Look {
            namespaces: namespaces(tag),
            properties: String::new(),
        };
        loop {
            let (start, is_word, event) = xml.next()?;
            let (tag, raw) = match &event {
                Event::Start(tag) => (tag, xml.element(start, tag)?),
                Event::Empty(tag) => (tag, xml.since(start)),
                Event::End(_) | Event::Eof => return Ok(()),
                _ => continue,
            };
            let run = || format!("{open}{}{raw}{close}", look.properties);
            match word_name(is_word, tag) {
                "rPr" => look.properties = without_proofing(raw),
                "t" => {
                    let text = xml::text_of(raw);
                    if !text.is_empty() {
                        let look = look.clone();
                        self.items.push(RunItem::Text { look, text });
                    }
                }
                "noBreakHyphen" => self.items.push(RunItem::Text {
                    look: look.clone(),
                    text: "-".into(),
                }),
                "softHyphen" | "lastRenderedPageBreak" => {}
                "br" | "cr" => self.items.push(RunItem::Other {
                    raw: run(),
                    gap: Gap::Line,
                }),
                "tab" => self.items.push(RunItem::Other {
                    raw: run(),
                    gap: Gap::Tab,
                }),
                "fldChar" => {
                    let part = match xml::attribute(tag, "fldCharType").as_deref() {
                        Some("begin") => FieldPart::Begin,
                        Some("separate") => FieldPart::Separator,
                        _ => FieldPart::End,
                    };
                    self.items.push(RunItem::Field(part, run()));
                }
                "instrText" => {
                    let part = FieldPart::Instruction(xml::text_of(raw));
                    self.items.push(RunItem::Field(part, run()));
                }
                _ => {
                    let run = run();
                    self.other(&run);
                }
            }
        }
    }

    /// Adds the paragraph, whose content begins at byte `start`, to the blocks of its file.
    pub(super) fn write(&mut self, start: usize, builder: &mut MarkupBuilder<'_>) {
        let place = start..self.end;
        let at = place.end..place.end;
        let prefix = self.prefix.as_str();
        let pieces = fields::join(std::mem::take(&mut self.items), prefix);
        if !pieces.iter().any(ParagraphPiece::has_words) {
            return;
        }
        builder.replace(place, "");
        for segment in segments(pieces) {
            write_segment(&merged(segment), prefix, self.kind, at.clone(), builder);
        }
    }
}

/// Adds a part of a paragraph to the blocks of its file, at the place of the paragraph.
fn write_segment(
    pieces: &[ParagraphPiece],
    prefix: &str,
    kind: BlockKind,
    at: Range<usize>,
    builder: &mut MarkupBuilder<'_>,
) {
    let raw = |pieces: &[ParagraphPiece]| -> String {
        pieces.iter().map(|piece| piece.written(prefix)).collect()
    };
    let Some((first, last)) = text_range(pieces) else {
        return builder.replace(at, &raw(pieces));
    };
    let look = base_look(pieces);
    let (run_end, base) = (end(prefix), look.begin(prefix));
    builder.replace(at.clone(), &format!("{}{base}", raw(&pieces[..first])));
    for piece in &pieces[first..=last] {
        match piece {
            ParagraphPiece::Text { look: own, text } if *own == look => {
                builder.words(text, at.clone())
            }
            ParagraphPiece::Text { look: own, text } => {
                // The space before emphasis is not emphasised.
                let lead = text.len() - text.trim_start().len();
                builder.words(&text[..lead], at.clone());
                builder.open(format!("{run_end}{}", own.begin(prefix)), at.clone());
                builder.words(&text[lead..], at.clone());
                builder.close(format!("{run_end}{base}"), at.clone());
            }
            ParagraphPiece::Other { raw, gap } => {
                let markup = format!("{run_end}{raw}{base}");
                match gap {
                    Gap::Line => builder.line_break(markup, at.clone()),
                    Gap::None | Gap::Tab => builder.point(markup, at.clone()),
                }
            }
            ParagraphPiece::Open(raw) => builder.open(format!("{run_end}{raw}{base}"), at.clone()),
            ParagraphPiece::Close(raw) => {
                builder.close(format!("{run_end}{raw}{base}"), at.clone())
            }
            ParagraphPiece::Atom { text, raw } => {
                builder.atom(text, format!("{run_end}{raw}{base}"), at.clone());
            }
        }
    }
    builder.end(kind);
    builder.replace(at, &format!("{run_end}{}", raw(&pieces[last + 1..])));
}

/// Parts a paragraph at the tabs and line breaks that end a segment. Those within an element, such as a link, end none.
fn segments(pieces: Vec<ParagraphPiece>) -> Vec<Vec<ParagraphPiece>> {
    let is_gap = |piece: &ParagraphPiece| {
        matches!(
            piece,
            ParagraphPiece::Other {
                gap: Gap::Tab | Gap::Line,
                ..
            }
        )
    };
    // The text between the gaps.
    let lines: Vec<String> = pieces
        .split(is_gap)
        .map(|line| line.iter().map(ParagraphPiece::text).collect())
        .collect();
    let mut lines = lines.iter().map(String::as_str);
    let mut line = lines.next().unwrap_or_default();
    let (mut segments, mut segment) = (Vec::new(), Vec::new());
    let mut depth = 0usize;
    for piece in pieces {
        let gap = match &piece {
            ParagraphPiece::Other { gap, .. } => *gap,
            ParagraphPiece::Open(_) => {
                depth += 1;
                Gap::None
            }
            ParagraphPiece::Close(_) => {
                depth = depth.saturating_sub(1);
                Gap::None
            }
            _ => Gap::None,
        };
        segment.push(piece);
        if gap == Gap::None {
            continue;
        }
        let next = lines.next().unwrap_or_default();
        let ends = gap == Gap::Tab || line_break::ends_segment(line, next);
        if ends && depth == 0 {
            segments.push(std::mem::take(&mut segment));
        }
        line = next;
    }
    segments.push(segment);
    segments
}

/// `w:`, or whatever the file calls it.
fn prefix(tag: &BytesStart<'_>) -> String {
    let prefix = tag.name().prefix();
    prefix.map_or(String::new(), |prefix| format!("{}:", prefix.into_inner()))
}

/// Declarations of namespaces in a tag, with a space before each.
fn namespaces(tag: &BytesStart<'_>) -> String {
    let mut all = tag.attributes();
    all.with_checks(false);
    all.filter_map(Result::ok)
        .filter(|attribute| attribute.key.as_namespace_binding().is_some())
        .map(|attribute| {
            let value = attribute.value.replace('"', "&quot;");
            format!(" {}=\"{value}\"", attribute.key.into_inner())
        })
        .collect()
}

/// Whether an element says something about the element that it stands first in.
fn is_properties(name: &str) -> bool {
    matches!(
        name,
        "sdtPr" | "sdtEndPr" | "sdtContent" | "smartTagPr" | "customXmlPr" | "fldData"
    )
}

/// The kind of a paragraph with these properties.
fn kind(properties: &str, kind: BlockKind) -> BlockKind {
    let (mut is_heading, mut is_item) = (false, false);
    children(properties, |name, tag, _| match name {
        "pStyle" => {
            let style = xml::attribute(tag, "val")
                .unwrap_or_default()
                .to_lowercase();
            let known = ["heading", "berschrift", "title", "titel", "subtitle"];
            is_heading |= known.iter().any(|name| style.contains(name));
        }
        "numPr" => is_item = true,
        _ => {}
    });
    match kind {
        _ if is_heading => BlockKind::Heading,
        BlockKind::Paragraph if is_item => BlockKind::ListItem,
        kind => kind,
    }
}

/// Calls `each` with the local name, the tag and the whole of every child of an element.
fn children(raw: &str, mut each: impl FnMut(&str, &BytesStart<'_>, &str)) {
    let mut xml = Reader::from_str(raw);
    let mut is_inside = false;
    loop {
        let start = xml.buffer_position() as usize;
        match xml.read_event() {
            Ok(Event::Start(_)) if !is_inside => is_inside = true,
            Ok(Event::Start(tag)) => {
                if xml.read_to_end(tag.name()).is_err() {
                    return;
                }
                let end = xml.buffer_position() as usize;
                each(tag.local_name().as_ref(), &tag, &raw[start..end]);
            }
            Ok(Event::Empty(tag)) if is_inside => {
                let end = xml.buffer_position() as usize;
                each(tag.local_name().as_ref(), &tag, &raw[start..end]);
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Run properties without the language and the marks of the spelling checker, which keep equal looks apart.
fn without_proofing(raw: &str) -> String {
    let (mut left, mut kept) = (String::new(), true);
    let mut all = String::new();
    children(raw, |name, _, child| {
        all.push_str(child);
        match name {
            "lang" | "noProof" => kept = false,
            _ => left.push_str(child),
        }
    });
    if left.is_empty() {
        return left;
    }
    if kept {
        return raw.to_owned();
    }
    let open = raw.find('>').map_or("", |end| &raw[..=end]);
    let close = raw.rfind("</").map_or("", |start| &raw[start..]);
    format!("{open}{left}{close}")
}

/// Joins what stands together without words between.
fn merged(pieces: Vec<ParagraphPiece>) -> Vec<ParagraphPiece> {
    let mut merged: Vec<ParagraphPiece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let piece = match piece {
            // Nothing in it is read.
            ParagraphPiece::Atom { text, raw } if text.trim().is_empty() => {
                ParagraphPiece::other(raw)
            }
            piece => piece,
        };
        match (merged.last_mut(), piece) {
            (
                Some(ParagraphPiece::Other {
                    raw,
                    gap: Gap::None,
                }),
                ParagraphPiece::Other {
                    raw: more,
                    gap: Gap::None,
                },
            ) => raw.push_str(&more),
            (_, piece) => merged.push(piece),
        }
    }
    merged
}

/// The first and the last piece of the block: those with text, and the elements around only some of it. None if there is
/// nothing to translate.
fn text_range(pieces: &[ParagraphPiece]) -> Option<(usize, usize)> {
    let is_text = |piece: &ParagraphPiece| {
        matches!(
            piece,
            ParagraphPiece::Text { .. } | ParagraphPiece::Atom { .. }
        )
    };
    if !pieces.iter().any(ParagraphPiece::has_words) {
        return None;
    }
    let mut first = pieces.iter().position(is_text)?;
    let mut last = pieces.iter().rposition(is_text)?;
    let mut opened = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            ParagraphPiece::Open(_) => opened.push(i),
            ParagraphPiece::Close(_) => {
                let open = opened.pop()?;
                if open < first && i > first {
                    first = open;
                }
                if open <= last && i > last {
                    last = i;
                }
            }
            _ => {}
        }
    }
    opened.is_empty().then_some((first, last))
}

/// The look of most of the text.
fn base_look(pieces: &[ParagraphPiece]) -> Look {
    let mut looks: HashMap<&Look, usize> = HashMap::new();
    for piece in pieces {
        if let ParagraphPiece::Text { look, text } = piece {
            *looks.entry(look).or_default() += text.len();
        }
    }
    let most = looks
        .into_iter()
        .max_by_key(|&(look, length)| (length, look));
    most.map_or_else(Look::default, |(look, _)| look.clone())
}
