//! DOCX, the documents of Microsoft Word (ECMA-376, WordprocessingML).
//!
//! A paragraph is runs of text, each with its own look. The look that most of its text has becomes that of the whole
//! paragraph; the others, links, notes, fields and pictures are markup that is carried to the words made from theirs.
//! Text boxes stay as they are.

mod fields;
mod paragraph;
mod pieces;
mod reader;

use quick_xml::events::Event;

use super::package::{self, PackageReader};
use super::xml;
use crate::document::block::Document;
use crate::document::builder::MarkupBuilder;
use crate::document::error::{DocumentError, PackageError};
use crate::document::format::{Cut, FileFormat, RecordOptions};
use paragraph::Paragraph;
use reader::WordReader;

/// Word documents.
pub const DOCX: FileFormat = FileFormat {
    name: "docx",
    aliases: &[],
    description: "Word documents",
    extensions: &["docx"],
    matches: |beginning| package::has_names(beginning, &[b"[Content_Types].xml", b"word/"]),
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

/// The usual name of the main part.
const MAIN: &str = "word/document.xml";

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let mut package = PackageReader::new(bytes)?;
    let main = main_part(&mut package)?;
    let folder = main.rfind('/').map_or("", |slash| &main[..=slash]);
    let beside = |name: &String| {
        let file = name.strip_prefix(folder).unwrap_or_default();
        let kinds = ["header", "footer", "footnotes", "endnotes", "comments"];
        file.ends_with(".xml") && kinds.iter().any(|kind| file.starts_with(kind))
    };
    let others: Vec<String> = package.names().into_iter().filter(beside).collect();
    for name in std::iter::once(main.clone()).chain(others) {
        let file = package.text(&name)?;
        let mut builder = MarkupBuilder::new(&file);
        read_part(&file, &mut builder).map_err(|why| DocumentError::Xml {
            file: name.clone(),
            why: why.to_string(),
        })?;
        package.part(&name, builder.finish());
    }
    Ok(package.document())
}

/// The name of the main part, by the relationships of the package or by its usual name.
fn main_part(package: &mut PackageReader<'_>) -> Result<String, PackageError> {
    let relationships = package.text("_rels/.rels").unwrap_or_default();
    let elements = xml::elements(&relationships).unwrap_or_default();
    let target = elements.iter().find_map(|element| {
        let is_main = element.attribute("Type")?.ends_with("/officeDocument");
        is_main.then(|| element.attribute("Target"))?
    });
    let target = target.map(|target| target.trim_start_matches('/').to_owned());
    // Other office documents are packages of this kind too.
    let is_here = |name: &String| name.starts_with("word/") && package.has(name);
    match target.filter(is_here) {
        Some(main) => Ok(main),
        None if package.has(MAIN) => Ok(MAIN.into()),
        None => Err(PackageError::Missing(MAIN.into())),
    }
}

fn read_part(file: &str, builder: &mut MarkupBuilder<'_>) -> quick_xml::Result<()> {
    let mut xml = WordReader::new(file);
    let mut in_cells = 0usize;
    loop {
        let (_, is_word, event) = xml.next()?;
        match event {
            Event::Start(tag) if is_word && tag.local_name().as_ref() == "p" => {
                let start = xml.position();
                if let Some(mut paragraph) = Paragraph::read(&mut xml, &tag, in_cells > 0)? {
                    paragraph.write(start, builder);
                }
            }
            Event::Start(tag) if is_word && tag.local_name().as_ref() == "tc" => in_cells += 1,
            Event::End(tag) if is_word && tag.local_name().as_ref() == "tc" => {
                in_cells = in_cells.saturating_sub(1);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}
