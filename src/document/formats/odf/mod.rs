//! OpenDocument, the files of LibreOffice and others (ISO 26300): texts, spreadsheets and presentations.
//!
//! Paragraphs, headings, notes, comments, frames and tables are read, wherever they stand. Fields are read but not
//! translated; deleted text and prompts of placeholders are not read. Of a spreadsheet, only cells with text are read that
//! neither come from a formula nor are referred to by their letters.

mod cells;
mod paragraph;

use quick_xml::events::{BytesStart, Event};

use self::cells::Cells;
use super::about;
use super::names::Names;
use super::package::{self, PackageReader, bad_xml};
use super::xml::{self, XmlReader};
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::error::{DocumentError, PackageError};
use crate::document::format::FileFormat;

/// Texts of OpenDocument.
pub const ODT: FileFormat = FileFormat {
    matches: |beginning| package::has_names(beginning, &[b"opendocument.text"]),
    ..FileFormat::new("odt", "OpenDocument texts", &["odt", "ott"], |bytes, _| {
        read(bytes, true)
    })
};

/// Spreadsheets of OpenDocument.
pub const ODS: FileFormat = FileFormat {
    name: "ods",
    description: "OpenDocument spreadsheets",
    extensions: &["ods", "ots"],
    matches: |beginning| package::has_names(beginning, &[b"opendocument.spreadsheet"]),
    ..ODT
};

/// Presentations of OpenDocument.
pub const ODP: FileFormat = FileFormat {
    name: "odp",
    description: "OpenDocument presentations",
    extensions: &["odp", "otp"],
    matches: |beginning| package::has_names(beginning, &[b"opendocument.presentation"]),
    // The masters of a presentation hold prompts.
    read: |bytes, _| read(bytes, false),
    ..ODT
};

const CONTENT: &str = "content.xml";
const STYLES: &str = "styles.xml";
const MANIFEST: &str = "META-INF/manifest.xml";

/// Reads a package. `has_headers` says whether its styles have text of the document: headers and footers.
fn read(bytes: &[u8], has_headers: bool) -> Result<Document, DocumentError> {
    let mut package = PackageReader::new(bytes)?;
    let mut charts = Vec::new();
    if package.has(MANIFEST) {
        let listed = package.elements(MANIFEST)?;
        if listed.iter().any(|element| element.is("encryption-data")) {
            return Err(PackageError::Encrypted.into());
        }
        let folders = listed.iter().filter_map(|element| {
            let kind = element.attribute("media-type")?;
            let is_chart = kind == "application/vnd.oasis.opendocument.chart";
            is_chart.then(|| element.attribute("full-path"))?
        });
        charts
            .extend(folders.map(|folder| format!("{}/content.xml", folder.trim_end_matches('/'))));
    }
    let content = package.text(CONTENT)?;
    let names = cells::names(&content).map_err(|why| bad_xml(CONTENT, why))?;
    drop(content);
    package.read_part(CONTENT, |file, builder| read_part(file, &names, builder))?;
    for chart in charts {
        if package.has(&chart) {
            package.read_part(&chart, |file, builder| read_part(file, &names, builder))?;
        }
    }
    if package.has(STYLES) {
        package.read_part(STYLES, |file, builder| match has_headers {
            true => read_headers(file, builder),
            false => Ok(()),
        })?;
    }
    about::read(&mut package)?;
    Ok(package.document())
}

/// The usual prefixes of the namespaces.
fn prefix(namespace: &str) -> &'static str {
    const PREFIXES: [&str; 8] = [
        "text",
        "table",
        "office",
        "drawing",
        "style",
        "presentation",
        "svg-compatible",
        "draw",
    ];
    let name = namespace
        .strip_prefix("urn:oasis:names:tc:opendocument:xmlns:")
        .and_then(|rest| rest.split(':').next())
        .unwrap_or(namespace);
    match name {
        "svg" => "svg-compatible",
        "drawing" => "draw",
        name => PREFIXES
            .iter()
            .find(|one| **one == name)
            .copied()
            .unwrap_or_default(),
    }
}

/// Levels of notes, frames and the like in each other. Deeper ones stay as they are.
const DEEPEST: usize = 16;

/// Reads the blocks of a file.
struct BlockReader<'n, 'f> {
    file: &'f str,
    xml: XmlReader<'f>,
    names: &'n Names,
}

fn read_part<'f>(
    file: &'f str,
    names: &Names,
    builder: &mut MarkupBuilder<'f>,
) -> quick_xml::Result<()> {
    let xml = XmlReader::new(file, prefix);
    BlockReader { file, xml, names }.read(builder, 0)
}

/// Reads the headers and footers in the styles of a document.
fn read_headers<'f>(file: &'f str, builder: &mut MarkupBuilder<'f>) -> quick_xml::Result<()> {
    let names = Names::default();
    let mut reader = BlockReader {
        file,
        xml: XmlReader::new(file, prefix),
        names: &names,
    };
    loop {
        let (_, prefix, event) = reader.xml.next()?;
        match &event {
            Event::Start(tag) if prefix == "style" => {
                let name = tag.local_name();
                let name = name.as_ref();
                let is_one = name.starts_with("header") || name.starts_with("footer");
                if is_one && !name.ends_with("-style") {
                    reader.read(builder, 1)?;
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

impl<'f> BlockReader<'_, 'f> {
    /// Adds the blocks up to the end of an element, or of the file on `level` 0.
    fn read(&mut self, builder: &mut MarkupBuilder<'f>, level: usize) -> quick_xml::Result<()> {
        let mut depth = 0usize;
        let mut items = 0usize;
        let mut is_title = false;
        let mut cells = Cells::default();
        loop {
            let (start, prefix, event) = self.xml.next()?;
            match &event {
                Event::Start(tag) => {
                    let name = tag.local_name();
                    let name = name.as_ref();
                    let kind = match (prefix, name) {
                        _ if is_unread(prefix, name, tag) => {
                            self.xml.element(start, tag)?;
                            continue;
                        }
                        ("text", "p" | "h") => match () {
                            () if name == "h" || is_title => Some(BlockKind::Heading),
                            () if cells.is_open() => Some(BlockKind::Cell),
                            () if items > 0 => Some(BlockKind::ListItem),
                            () => Some(BlockKind::Paragraph),
                        },
                        _ => None,
                    };
                    if let Some(kind) = kind {
                        match cells.is_kept() {
                            true => drop(self.xml.element(start, tag)?),
                            false => self.read_paragraph(kind, builder, level)?,
                        }
                        continue;
                    }
                    match (prefix, name) {
                        ("svg-compatible", "title" | "desc")
                        | ("text", "index-title-template")
                        | ("presentation", "footer-decl" | "header-decl") => {
                            xml::read_text(&mut self.xml, tag, builder, BlockKind::Paragraph)?;
                            continue;
                        }
                        ("office", "annotation") | ("draw", _)
                            if cells.is_open() && level < DEEPEST =>
                        {
                            // What is said of a cell or drawn over it is no part of it.
                            let mut inner = builder.within(start);
                            self.read(&mut inner, level + 1)?;
                            let end = self.xml.position();
                            let note = builder.nest(inner, end);
                            builder.replace(start..end, &note);
                            builder.end_nested();
                            continue;
                        }
                        ("table", "table-cell") => {
                            let place = start..self.xml.position();
                            cells.open(self.file, tag, place, builder);
                        }
                        ("table", "covered-table-cell") => cells.cover(),
                        ("text", "list-item" | "list-header") => items += 1,
                        ("draw", "frame") => {
                            is_title = xml::attribute(tag, "class").as_deref() == Some("title");
                        }
                        _ => {}
                    }
                    depth += 1;
                }
                Event::End(tag) => {
                    if level > 0 && depth == 0 {
                        return Ok(());
                    }
                    depth = depth.saturating_sub(1);
                    match (prefix, tag.local_name().as_ref()) {
                        ("table", "table-cell" | "covered-table-cell") => cells.close(),
                        ("text", "list-item" | "list-header") => items = items.saturating_sub(1),
                        ("draw", "frame") => is_title = false,
                        _ => {}
                    }
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

/// Whether an element is left alone with all that is in it.
fn is_unread(prefix: &str, name: &str, tag: &BytesStart<'_>) -> bool {
    match (prefix, name) {
        ("text" | "table", "tracked-changes")
        | (
            "office",
            "forms" | "scripts" | "event-listeners" | "font-face-decls" | "automatic-styles",
        )
        | ("table", "dde-link" | "scenario") => true,
        ("draw", "frame") => xml::attribute(tag, "placeholder").as_deref() == Some("true"),
        _ => false,
    }
}
