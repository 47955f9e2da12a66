//! EPUB books: XHTML files in a ZIP package.
//!
//! Chapters are read in the order of the spine; then titles in the table of contents and in the package file.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::html;
use super::package::{self, PackageReader, bad_xml};
use super::xml;
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::error::{DocumentError, PackageError};
use crate::document::format::{FileFormat, RecordOptions};

/// EPUB 2 and 3.
pub const EPUB: FileFormat = FileFormat {
    matches: |beginning| package::has_names(beginning, &[b"application/epub+zip"]),
    ..FileFormat::new("epub", "EPUB books", &["epub"], read)
};

const CONTAINER: &str = "META-INF/container.xml";

fn read(bytes: &[u8], options: &RecordOptions) -> Result<Document, DocumentError> {
    let mut package = PackageReader::new(bytes)?;
    let found = package.elements(CONTAINER)?;
    let root = (found.iter())
        .find_map(|element| {
            element
                .is("rootfile")
                .then(|| element.attribute("full-path"))?
        })
        .ok_or_else(|| PackageError::Missing("rootfile".into()))?;
    let opf = package.text(root)?;
    let elements = xml::elements(&opf).map_err(|why| bad_xml(root, why))?;

    let folder = root.rfind('/').map_or("", |slash| &root[..=slash]);
    let path = |href: &str| package::resolve(folder, href);
    let items: Vec<_> = (elements.iter().filter(|element| element.is("item")))
        .filter_map(|item| {
            let file = path(item.attribute("href")?);
            Some((item.attribute("id")?, file, item.attribute("media-type")?))
        })
        .collect();
    let spine = (elements.iter().filter(|element| element.is("itemref")))
        .filter_map(|item| item.attribute("idref"));
    let chapters: Vec<String> = spine
        .filter_map(|id| items.iter().find(|(item, ..)| *item == id))
        .map(|(_, file, _)| file.clone())
        .collect();
    let others = (items.iter())
        .filter(|(_, file, kind)| *kind == "application/xhtml+xml" && !chapters.contains(file))
        .map(|(_, file, _)| file.clone());
    let pair = html::pair(options);
    // In a list of contents there is no place for a second language.
    let mut read: Vec<String> = (elements.iter().filter(|_| pair.is_some()))
        .filter(|item| (item.attribute("properties")).is_some_and(|all| all.contains("nav")))
        .filter_map(|item| Some(path(item.attribute("href")?)))
        .collect();
    for file in chapters.iter().cloned().chain(others) {
        // What the list names but the package lacks is missing in the result too.
        if read.contains(&file) || !package.has(&file) {
            continue;
        }
        let text = package.text(&file)?;
        let mut builder = MarkupBuilder::new(&text).with_pair(pair);
        html::read_into(&text, &mut builder);
        package.part(&file, builder.finish(), true);
        read.push(file);
    }
    if pair.is_some() {
        return Ok(package.document());
    }
    for (_, file, _) in (items.iter()).filter(|(.., kind)| *kind == "application/x-dtbncx+xml") {
        if package.has(file) && !read.contains(file) {
            let text = package.text(file)?;
            let mut builder = MarkupBuilder::new(&text);
            read_texts(&text, &["text"], &mut builder).map_err(|why| bad_xml(file, why))?;
            package.part(file, builder.finish(), true);
            read.push(file.clone());
        }
    }
    let mut builder = MarkupBuilder::new(&opf);
    read_texts(&opf, &["title", "description", "subject"], &mut builder)
        .map_err(|why| bad_xml(root, why))?;
    package.part(root, builder.finish(), true);
    Ok(package.document())
}

/// Tells `builder` of the texts in elements of these names, and makes the language English.
fn read_texts(
    file: &str,
    names: &[&str],
    builder: &mut MarkupBuilder<'_>,
) -> quick_xml::Result<()> {
    let mut xml = Reader::from_str(file);
    loop {
        let Event::Start(tag) = (match xml.read_event()? {
            Event::Eof => return Ok(()),
            event => event,
        }) else {
            continue;
        };
        let name = tag.local_name().as_ref().to_owned();
        if name != "language" && !names.contains(&name.as_str()) {
            continue;
        }
        let span = xml.read_to_end(tag.name())?;
        let place: Range<usize> = span.start as usize..span.end as usize;
        let raw = &file[place.clone()];
        if raw.contains('<') {
            continue;
        }
        if name == "language" {
            if raw.trim().starts_with("de") {
                builder.replace(place, "en");
            }
            continue;
        }
        if let Ok(text) = quick_xml::escape::unescape(raw) {
            builder.words(&text, place);
            builder.end(BlockKind::Heading);
        }
    }
}
