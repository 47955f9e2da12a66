//! DrawingML, the shapes and charts of office documents (ECMA-376): paragraphs of runs in shapes, tables, notes and titles.

use std::collections::HashSet;

use quick_xml::events::{BytesStart, Event};

use super::package::PackageReader;
use super::runs::{self, Gap, Look, Piece};
use super::xml::{self, XmlReader};
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::error::DocumentError;

/// Kinds of files with text that a slide, a sheet, or another of these names.
const KINDS: [&str; 9] = [
    "notesSlide",
    "drawing",
    "chart",
    "chartEx",
    "chartUserShapes",
    "diagramData",
    "diagramDrawing",
    "comments",
    "comment",
];

/// Adds the text of all drawings, charts and notes that `part` names, and those that they name.
pub(super) fn read_related(
    package: &mut PackageReader<'_>,
    part: &str,
    seen: &mut HashSet<String>,
) -> Result<(), DocumentError> {
    let mut parts = vec![part.to_owned()];
    while let Some(part) = parts.pop() {
        for related in package.related(&part)? {
            let is_new =
                KINDS.contains(&related.kind.as_str()) && seen.insert(related.name.clone());
            if is_new {
                package.read_part(&related.name, read_into)?;
                parts.push(related.name);
            }
        }
    }
    Ok(())
}

/// Adds the paragraphs of a file to its `builder`.
pub(super) fn read_into<'f>(
    file: &'f str,
    builder: &mut MarkupBuilder<'f>,
) -> quick_xml::Result<()> {
    let mut xml = XmlReader::new(file, prefix);
    let mut kind = BlockKind::Paragraph;
    let mut in_cache = false;
    loop {
        let (start, prefix, event) = xml.next()?;
        match &event {
            Event::Start(tag) => match (prefix, tag.local_name().as_ref()) {
                ("a", "p") => read_paragraph(&mut xml, builder, kind)?,
                ("a", "tc") => kind = BlockKind::Cell,
                ("p", "sp") => kind = BlockKind::Paragraph,
                ("p", "ph") => kind = kind_of(tag).unwrap_or(kind),
                ("p", "text") => xml::read_text(&mut xml, tag, builder, BlockKind::Paragraph)?,
                ("c", "strCache") => in_cache = true,
                ("c", "v") if in_cache => xml::read_text(&mut xml, tag, builder, BlockKind::Cell)?,
                (_, "cNvPr") => {
                    let place = start..xml.position();
                    xml::read_attributes(file, tag, place, &["descr", "title"], builder);
                }
                _ => {}
            },
            Event::Empty(tag) => match (prefix, tag.local_name().as_ref()) {
                ("p", "ph") => kind = kind_of(tag).unwrap_or(kind),
                (_, "cNvPr") => {
                    let place = start..xml.position();
                    xml::read_attributes(file, tag, place, &["descr", "title"], builder);
                }
                _ => {}
            },
            Event::End(tag) => match (prefix, tag.local_name().as_ref()) {
                ("a", "tc") | ("p", "sp") => kind = BlockKind::Paragraph,
                ("c", "strCache") => in_cache = false,
                _ => {}
            },
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The usual prefixes of the namespaces, transitional and strict.
fn prefix(namespace: &str) -> &'static str {
    match namespace {
        "http://schemas.openxmlformats.org/drawingml/2006/main"
        | "http://purl.oclc.org/ooxml/drawingml/main"
        | "a" => "a",
        "http://schemas.openxmlformats.org/presentationml/2006/main"
        | "http://purl.oclc.org/ooxml/presentationml/main"
        | "p" => "p",
        "http://schemas.openxmlformats.org/drawingml/2006/chart"
        | "http://purl.oclc.org/ooxml/drawingml/chart"
        | "c" => "c",
        _ => "",
    }
}

/// The kind of text in a placeholder of a slide.
fn kind_of(tag: &BytesStart<'_>) -> Option<BlockKind> {
    let kind = xml::attribute(tag, "type")?;
    matches!(kind.as_str(), "title" | "ctrTitle").then_some(BlockKind::Heading)
}

/// Reads a paragraph, whose start tag was read.
fn read_paragraph<'f>(
    xml: &mut XmlReader<'f>,
    builder: &mut MarkupBuilder<'f>,
    mut kind: BlockKind,
) -> quick_xml::Result<()> {
    let begin = xml.position();
    let mut pieces = Vec::new();
    loop {
        let (start, prefix, event) = xml.next()?;
        let (tag, raw) = match &event {
            Event::Start(tag) => (tag, xml.element(start, tag)?),
            Event::Empty(tag) => (tag, xml.since(start)),
            Event::End(_) => {
                runs::write(pieces, kind, begin..start, builder);
                return Ok(());
            }
            Event::Eof => return Ok(()),
            _ => continue,
        };
        let name = tag.local_name();
        match if prefix == "a" { name.as_ref() } else { "" } {
            "r" => read_run(raw, &mut pieces),
            "br" => pieces.push(Piece::Other {
                raw: raw.to_owned(),
                gap: Gap::Line,
            }),
            "fld" => pieces.push(Piece::Atom {
                text: xml::text_of(raw),
                raw: raw.to_owned(),
            }),
            "pPr" => {
                let is_item = raw.contains("buChar") || raw.contains("buAutoNum");
                if is_item && kind == BlockKind::Paragraph {
                    kind = BlockKind::ListItem;
                }
                pieces.push(Piece::other(raw));
            }
            _ => pieces.push(Piece::other(raw)),
        }
    }
}

/// Adds the text of a run.
fn read_run(raw: &str, pieces: &mut Vec<Piece>) {
    /// What the spelling checker knows of the German words.
    const PROOFING: [&str; 6] = [
        " dirty=\"0\"",
        " dirty=\"1\"",
        " err=\"1\"",
        " err=\"0\"",
        " smtClean=\"0\"",
        " noProof=\"1\"",
    ];
    let Some(text) = xml::content_of(raw, "t") else {
        return pieces.push(Piece::other(raw));
    };
    let mut begin = raw[..text.start].to_owned();
    for mark in PROOFING {
        begin = begin.replace(mark, "");
    }
    let look = Look {
        begin,
        end: raw[text.end..].to_owned(),
    };
    pieces.extend(runs::texts(&look, &xml::text_of(&raw[text])));
}
