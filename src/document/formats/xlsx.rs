//! XLSX, the workbooks of Microsoft Excel (ECMA-376, SpreadsheetML).
//!
//! Texts of cells, notes and drawings are read. Numbers, dates, formulas and their results stay as they are, and so do the
//! names of sheets, and cells whose text the workbook refers to by its letters: headings of tables, values of filters,
//! texts in formulas.

use std::collections::HashSet;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::names::Names;
use super::package::{self, PackageReader, bad_xml};
use super::runs::{self, Look, Piece};
use super::xml::{self, XmlReader};
use super::{about, drawing};
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::error::DocumentError;
use crate::document::format::{FileFormat, RecordOptions};

/// Excel workbooks.
pub const XLSX: FileFormat = FileFormat {
    matches: |beginning| package::has_names(beginning, &[b"[Content_Types].xml", b"xl/"]),
    ..FileFormat::new("xlsx", "Excel workbooks", &["xlsx", "xlsm", "xltx"], read)
};

/// The usual name of the main part.
const MAIN: &str = "xl/workbook.xml";

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let mut package = PackageReader::new(bytes)?;
    let main = package.main_part("xl/", MAIN)?;
    let related = package.related(&main)?;
    let mut names = Names::default();
    let book = package.text(&main)?;
    read_names(&book, &mut names).map_err(|why| bad_xml(&main, why))?;
    let (mut sheets, mut strings) = (Vec::new(), None);
    for part in related {
        match part.kind.as_str() {
            "worksheet" | "chartsheet" | "dialogsheet" => sheets.push(part.name),
            "sharedStrings" => strings = Some(part.name),
            "pivotCacheDefinition" => read_names_of(&mut package, &part.name, &mut names)?,
            _ => {}
        }
    }
    // Sheets with texts of their own.
    let mut with_texts = Vec::new();
    for sheet in &sheets {
        let file = package.text(sheet)?;
        read_names(&file, &mut names).map_err(|why| bad_xml(sheet, why))?;
        if file.contains("inlineStr") || file.contains("\"str\"") {
            with_texts.push(sheet.clone());
        }
        for part in package.related(sheet)? {
            if part.kind == "table" {
                read_names_of(&mut package, &part.name, &mut names)?;
            }
        }
    }
    for part in strings.into_iter().chain(with_texts) {
        package.read_part(&part, |file, builder| read_cells(file, &names, builder))?;
    }
    let mut seen = HashSet::new();
    for sheet in &sheets {
        for part in package.related(sheet)? {
            let is_note = matches!(part.kind.as_str(), "comments" | "threadedComment");
            if is_note && seen.insert(part.name.clone()) {
                let none = Names::default();
                package.read_part(&part.name, |file, builder| read_cells(file, &none, builder))?;
            }
        }
        drawing::read_related(&mut package, sheet, &mut seen)?;
    }
    about::read(&mut package)?;
    Ok(package.document())
}

fn read_names_of(
    package: &mut PackageReader<'_>,
    part: &str,
    names: &mut Names,
) -> Result<(), DocumentError> {
    let file = package.text(part)?;
    read_names(&file, names).map_err(|why| bad_xml(part, why))
}

/// Adds what a part refers to by its letters.
fn read_names(file: &str, names: &mut Names) -> quick_xml::Result<()> {
    let mut xml = Reader::from_str(file);
    loop {
        let event = xml.read_event()?;
        let (Event::Start(tag) | Event::Empty(tag)) = &event else {
            match event {
                Event::Eof => return Ok(()),
                _ => continue,
            }
        };
        let key = match tag.local_name().as_ref() {
            "f" | "formula" | "formula1" | "formula2" | "definedName" => {
                if matches!(event, Event::Start(_)) {
                    let span = xml.read_to_end(tag.name())?;
                    let formula = &file[span.start as usize..span.end as usize];
                    if formula.contains(['"', '&']) {
                        names.add_formula(&xml::unescaped(formula));
                    }
                }
                continue;
            }
            "filter" | "customFilter" => "val",
            "tableColumn" | "cacheField" => "name",
            _ => continue,
        };
        if let Some(name) = xml::attribute(tag, key) {
            names.add(&name);
        }
    }
}

/// Adds the texts of shared strings, cells or notes.
fn read_cells(file: &str, names: &Names, builder: &mut MarkupBuilder<'_>) -> quick_xml::Result<()> {
    let mut xml = XmlReader::new(file, |_| "");
    // Whether the cell is a text without a formula.
    let mut is_text = false;
    loop {
        let (_, _, event) = xml.next()?;
        match &event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "si" | "is" => read_string(&mut xml, names, BlockKind::Cell, builder)?,
                "text" => read_string(&mut xml, names, BlockKind::Paragraph, builder)?,
                "c" => is_text = xml::attribute(tag, "t").as_deref() == Some("str"),
                "f" => is_text = false,
                "v" if is_text => {
                    let (place, raw) = xml.inner(tag)?;
                    if !names.contains(&xml::unescaped(raw)) {
                        write_plain(raw, place, BlockKind::Cell, builder);
                    }
                }
                _ => {}
            },
            // A formula that is shared with another cell.
            Event::Empty(tag) if tag.local_name().as_ref() == "f" => is_text = false,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Reads a string, whose start tag was read: a text, or runs of text with what is said about their pronunciation.
fn read_string(
    xml: &mut XmlReader<'_>,
    names: &Names,
    kind: BlockKind,
    builder: &mut MarkupBuilder<'_>,
) -> quick_xml::Result<()> {
    let begin = xml.position();
    let mut pieces = Vec::new();
    let mut plain: Option<(Range<usize>, &str)> = None;
    let end = loop {
        let (start, _, event) = xml.next()?;
        match &event {
            Event::Start(tag) if tag.local_name().as_ref() == "t" => {
                let (place, raw) = xml.inner(tag)?;
                plain = Some((place, raw));
            }
            Event::Start(tag) => {
                let raw = xml.element(start, tag)?;
                match tag.local_name().as_ref() {
                    "r" => read_run(raw, tag, &mut pieces),
                    _ => pieces.push(Piece::other(raw)),
                }
            }
            Event::Empty(_) => pieces.push(Piece::other(xml.since(start))),
            Event::End(_) | Event::Eof => break start,
            // The text of a note that is a conversation has no element of its own.
            Event::Text(_) | Event::GeneralRef(_) => match &mut plain {
                Some((place, raw)) if place.end == start => {
                    (*place, *raw) = (place.start..xml.position(), xml.since(place.start));
                }
                None if !xml.since(start).trim().is_empty() => {
                    plain = Some((start..xml.position(), xml.since(start)));
                }
                _ => {}
            },
            _ => {}
        }
    };
    let text = match &plain {
        Some((_, raw)) => xml::unescaped(raw),
        None => pieces.iter().map(Piece::text).collect(),
    };
    match plain {
        _ if names.contains(&text) => {}
        Some((place, raw)) => write_plain(raw, place, kind, builder),
        None => runs::write(pieces, kind, begin..end, builder),
    }
    Ok(())
}

/// Adds a text without runs.
fn write_plain(raw: &str, place: Range<usize>, kind: BlockKind, builder: &mut MarkupBuilder<'_>) {
    if !raw.contains('<') {
        let pieces = runs::texts(&Look::default(), &text_of(xml::unescaped(raw)));
        runs::write(pieces, kind, place, builder);
    }
}

/// Adds the text of a run.
fn read_run(raw: &str, tag: &BytesStart<'_>, pieces: &mut Vec<Piece>) {
    let Some(text) = xml::content_of(raw, "t") else {
        return pieces.push(Piece::other(raw));
    };
    // Without a mark that spaces count, those at the ends of a run are lost.
    let tag_of_text = raw[..text.start].rfind('<').unwrap_or_default();
    let prefix = tag.name().prefix();
    let prefix = prefix.map_or(String::new(), |prefix| format!("{}:", prefix.into_inner()));
    let look = Look {
        begin: format!("{}<{prefix}t xml:space=\"preserve\">", &raw[..tag_of_text]),
        end: raw[text.end..].to_owned(),
    };
    pieces.extend(runs::texts(&look, &text_of(xml::text_of(&raw[text]))));
}

/// A text whose line ends are signs: Excel writes those of Windows as `_x000D_` and a line end.
fn text_of(text: String) -> String {
    match text.contains("_x000D_") {
        true => text.replace("_x000D_", "\r"),
        false => text,
    }
}
