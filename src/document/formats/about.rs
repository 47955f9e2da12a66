//! What an office document says about itself: its title and its subject are read, its language becomes English.

use quick_xml::events::Event;

use super::package::PackageReader;
use super::xml::{self, XmlReader};
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::error::DocumentError;

/// Where documents of Microsoft and of OpenDocument have them.
const FILES: [&str; 2] = ["docProps/core.xml", "meta.xml"];

/// Adds the texts in the properties of a document.
pub(super) fn read(package: &mut PackageReader<'_>) -> Result<(), DocumentError> {
    for file in FILES {
        if package.has(file) {
            package.read_part(file, read_into)?;
        }
    }
    Ok(())
}

fn read_into(file: &str, builder: &mut MarkupBuilder<'_>) -> quick_xml::Result<()> {
    let mut xml = XmlReader::new(file, |_| "");
    loop {
        let (_, _, event) = xml.next()?;
        match &event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "title" | "subject" => xml::read_text(&mut xml, tag, builder, BlockKind::Heading)?,
                _ => {}
            },
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}
