//! PPTX, the presentations of Microsoft PowerPoint (ECMA-376, PresentationML).
//!
//! The slides are read in their order, each with its charts, diagrams, notes and comments. Layouts and masters, with the
//! prompts of their placeholders, stay as they are.

use std::collections::{HashMap, HashSet};

use super::package::{self, PackageReader, Related};
use super::{about, drawing};
use crate::document::block::Document;
use crate::document::error::DocumentError;
use crate::document::format::{FileFormat, RecordOptions};

/// PowerPoint presentations.
pub const PPTX: FileFormat = FileFormat {
    matches: |beginning| package::has_names(beginning, &[b"[Content_Types].xml", b"ppt/"]),
    ..FileFormat::new(
        "pptx",
        "PowerPoint presentations",
        &["pptx", "pptm", "ppsx", "potx"],
        read,
    )
};

/// The usual name of the main part.
const MAIN: &str = "ppt/presentation.xml";

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let mut package = PackageReader::new(bytes)?;
    let main = package.main_part("ppt/", MAIN)?;
    let related = package.related(&main)?;
    let listed = package.elements(&main)?;
    let by_id: HashMap<&str, &Related> = (related.iter())
        .map(|related| (related.id.as_str(), related))
        .collect();
    let in_order = (listed.iter().filter(|element| element.is("sldId")))
        .flat_map(|slide| slide.values())
        .filter_map(|id| by_id.get(id).copied());
    let mut seen = HashSet::new();
    // Slides that are not in the list are shown by no program, but they are there.
    for slide in in_order.chain(&related) {
        if slide.kind == "slide" && seen.insert(slide.name.clone()) {
            package.read_part(&slide.name, drawing::read_into)?;
            drawing::read_related(&mut package, &slide.name, &mut seen)?;
        }
    }
    about::read(&mut package)?;
    Ok(package.document())
}
