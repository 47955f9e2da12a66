//! One paragraph of a Word document.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::pieces::{FieldPart, RunItem};
use super::{DEEPEST, fields, nested, word_name};
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::formats::runs::{self, Gap, Look, MOST_LOOKS};
use crate::document::formats::xml::{self, XmlReader};

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
    /// Reads a paragraph whose start tag was read, in text boxes of this `level`. None if the file ends in it.
    pub(super) fn read<'f>(
        xml: &mut XmlReader<'f>,
        tag: &BytesStart<'_>,
        in_cell: bool,
        builder: &mut MarkupBuilder<'f>,
        level: usize,
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
            let (start, prefix, event) = xml.next()?;
            match &event {
                Event::Start(tag) => match word_name(prefix, tag) {
                    "r" => paragraph.read_run(xml, start, tag, builder, level)?,
                    "" if level < DEEPEST => {
                        let raw = nested(xml, start, builder, level)?;
                        paragraph.other(&raw);
                    }
                    name => paragraph.start(xml, start, name, tag, &mut wrappers)?,
                },
                Event::Empty(tag) => match word_name(prefix, tag) {
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
        xml: &mut XmlReader<'_>,
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
    fn read_run<'f>(
        &mut self,
        xml: &mut XmlReader<'f>,
        start: usize,
        tag: &BytesStart<'_>,
        builder: &mut MarkupBuilder<'f>,
        level: usize,
    ) -> quick_xml::Result<()> {
        let open = xml.since(start).to_owned();
        let close = format!("</{}>", tag.name().into_inner());
        let (own, mut properties) = (namespaces(tag), String::new());
        let prefix = self.prefix.clone();
        let (run_start, items_before) = (start, self.items.len());
        // Bytes of properties that are written again and again.
        let mut repeated = 0usize;
        let look = |properties: &str| Look {
            begin: format!("<{prefix}r{own}>{properties}<{prefix}t xml:space=\"preserve\">"),
            end: format!("</{prefix}t></{prefix}r>"),
        };
        loop {
            let (start, namespace, event) = xml.next()?;
            let (tag, raw): (_, Cow<'_, str>) = match &event {
                Event::Start(tag) if holds_boxes(word_name(namespace, tag)) && level < DEEPEST => {
                    (tag, nested(xml, start, builder, level)?.into())
                }
                Event::Start(tag) => (tag, xml.element(start, tag)?.into()),
                Event::Empty(tag) => (tag, xml.since(start).into()),
                Event::End(_) | Event::Eof => {
                    if repeated > MOST_LOOKS {
                        self.items.truncate(items_before);
                        self.other(xml.since(run_start));
                    }
                    return Ok(());
                }
                _ => continue,
            };
            repeated = repeated.saturating_add(open.len() + properties.len());
            if repeated > MOST_LOOKS {
                continue;
            }
            let run = || format!("{open}{properties}{raw}{close}");
            match word_name(namespace, tag) {
                "rPr" => properties = without_proofing(&raw),
                "t" => {
                    let texts = runs::texts(&look(&properties), &xml::text_of(&raw));
                    self.items.extend(texts.into_iter().map(RunItem::from));
                }
                "noBreakHyphen" => self.items.push(RunItem::Text {
                    look: look(&properties),
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
                    let part = FieldPart::Instruction(xml::text_of(&raw));
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
    pub(super) fn write(self, start: usize, builder: &mut MarkupBuilder<'_>) {
        let place = start..self.end;
        runs::write(fields::join(self.items), self.kind, place, builder);
    }
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

/// Whether a text box may stand in an element of a run.
fn holds_boxes(name: &str) -> bool {
    matches!(name, "" | "drawing" | "pict" | "object")
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
pub(super) fn children(raw: &str, mut each: impl FnMut(&str, &BytesStart<'_>, &str)) {
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
