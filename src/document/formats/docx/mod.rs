//! DOCX, the documents of Microsoft Word (ECMA-376, WordprocessingML).
//!
//! A paragraph is runs of text, each with its own look. The look that most of its text has becomes that of the whole
//! paragraph; the others, links, notes, fields and pictures are markup that is carried to the words made from theirs.
//! Text boxes are read after the paragraph that they stand in.

mod bilingual;
mod fields;
mod paragraph;
mod pieces;

use std::collections::{HashMap, HashSet};

use quick_xml::events::{BytesStart, Event};

use super::package::{self, PackageReader};
use super::xml::{self, XmlReader};
use super::{about, drawing};
use crate::document::block::Document;
use crate::document::builder::{MarkupBuilder, Pair};
use crate::document::error::DocumentError;
use crate::document::format::{FileFormat, RecordOptions};
use paragraph::Paragraph;

/// Word documents.
pub const DOCX: FileFormat = FileFormat {
    matches: |beginning| package::has_names(beginning, &[b"[Content_Types].xml", b"word/"]),
    ..FileFormat::new("docx", "Word documents", &["docx"], read)
};

/// The usual name of the main part.
const MAIN: &str = "word/document.xml";

fn read(bytes: &[u8], options: &RecordOptions) -> Result<Document, DocumentError> {
    let pair = options.bilingual.then_some(Pair::Runs(bilingual::second));
    let mut package = PackageReader::new(bytes)?.with_pair(pair);
    let main = package.main_part("word/", MAIN)?;
    let folder = main.rfind('/').map_or("", |slash| &main[..=slash]);
    let beside = |name: &String| {
        let file = name.strip_prefix(folder).unwrap_or_default();
        let kinds = ["header", "footer", "footnotes", "endnotes", "comments"];
        file.ends_with(".xml") && kinds.iter().any(|kind| file.starts_with(kind))
    };
    let mut parts = vec![main.clone()];
    parts.extend(package.names().into_iter().filter(beside));
    for name in &parts {
        package.read_part(name, read_part)?;
    }
    if !options.bilingual {
        let mut seen: HashSet<String> = parts.into_iter().collect();
        drawing::read_related(&mut package, &main, &mut seen)?;
        about::read(&mut package)?;
    }
    // Nothing is read in them; their language becomes English.
    for name in ["styles.xml", "settings.xml"].map(|name| format!("{folder}{name}")) {
        if package.has(&name) {
            package.read_part(&name, |_, _| Ok(()))?;
        }
    }
    Ok(package.document())
}

fn read_part<'f>(file: &'f str, builder: &mut MarkupBuilder<'f>) -> quick_xml::Result<()> {
    // Transitional or strict WordprocessingML, or whatever the root element is of.
    let mut root: Option<String> = None;
    let mut xml = XmlReader::new(file, move |namespace| {
        let root = root.get_or_insert_with(|| namespace.to_owned());
        if root == namespace { "w" } else { "" }
    });
    read_blocks(&mut xml, builder, 0)
}

/// The name of an element of WordprocessingML; empty for others.
fn word_name<'t>(prefix: &str, tag: &'t BytesStart<'_>) -> &'t str {
    match prefix {
        "w" => tag.local_name().into_inner(),
        _ => "",
    }
}

/// Levels of text boxes in each other. Deeper ones stay as they are.
const DEEPEST: usize = 8;

/// Adds the paragraphs up to the end of an element, or of the file on `level` 0.
fn read_blocks<'f>(
    xml: &mut XmlReader<'f>,
    builder: &mut MarkupBuilder<'f>,
    level: usize,
) -> quick_xml::Result<()> {
    let (mut depth, mut in_cells) = (0usize, 0usize);
    // The content of text boxes, as it is and as it is written: most stand in a file twice, for new and for old programs.
    let mut boxes: HashMap<&str, String> = HashMap::new();
    loop {
        let (start, prefix, event) = xml.next()?;
        if let Event::Start(tag) | Event::Empty(tag) = &event
            && tag.local_name().as_ref() == "docPr"
        {
            let place = start..xml.position();
            xml::read_attributes(xml.file(), tag, place, &["descr", "title"], builder);
        }
        match &event {
            Event::Start(tag) => match word_name(prefix, tag) {
                "p" => {
                    let start = xml.position();
                    let paragraph = Paragraph::read(xml, tag, in_cells > 0, builder, level)?;
                    if let Some(paragraph) = paragraph {
                        paragraph.write(start, builder);
                    }
                }
                "txbxContent" if level > 0 => {
                    let mut inner = builder.within(start);
                    read_blocks(xml, &mut inner, level + 1)?;
                    let end = xml.position();
                    let written = boxes
                        .entry(xml.since(start))
                        .or_insert_with(|| builder.nest(inner, end));
                    builder.replace(start..end, written);
                }
                name => {
                    depth += 1;
                    in_cells += usize::from(name == "tc");
                }
            },
            Event::End(tag) => {
                if level > 0 && depth == 0 {
                    return Ok(());
                }
                depth = depth.saturating_sub(1);
                if prefix == "w" && tag.local_name().as_ref() == "tc" {
                    in_cells = in_cells.saturating_sub(1);
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Reads what stands within a paragraph in an element that begins at `start` and whose start tag was read. Returns how it
/// is written.
fn nested<'f>(
    xml: &mut XmlReader<'f>,
    start: usize,
    builder: &mut MarkupBuilder<'f>,
    level: usize,
) -> quick_xml::Result<String> {
    let mut inner = builder.within(start);
    read_blocks(xml, &mut inner, level + 1)?;
    Ok(builder.nest(inner, xml.position()))
}
