//! ZIP packages of several files: books and the documents of office programs.

use std::collections::HashMap;
use std::io::{Cursor, Read, Write};

use percent_encoding::percent_decode_str;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::xml::{self, Element};
use crate::document::binary::refuse_compound;
use crate::document::block::{Block, Document};
use crate::document::builder::{MarkupBuilder, MarkupFile, Pair};
use crate::document::error::{DocumentError, MAX_PACKAGE_BYTES, PackageError};
use crate::document::layout::{Layout, Package, Part};

/// Files in a package at most.
const MAX_FILES: usize = 65_535;

/// A package that is being read.
pub(crate) struct PackageReader<'b> {
    bytes: &'b [u8],
    archive: ZipArchive<Cursor<&'b [u8]>>,
    /// Bytes that may still be unpacked.
    left: u64,
    /// How translations are written where the source stays.
    pair: Option<Pair>,
    text: String,
    blocks: Vec<Block>,
    parts: Vec<Part>,
}

impl<'b> PackageReader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Self, DocumentError> {
        refuse_compound(bytes)?;
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(PackageError::from)?;
        if archive.len() > MAX_FILES {
            return Err(PackageError::TooLarge.into());
        }
        Ok(Self {
            bytes,
            archive,
            left: MAX_PACKAGE_BYTES,
            pair: None,
            text: String::new(),
            blocks: Vec::new(),
            parts: Vec::new(),
        })
    }

    /// Leaves the source in the document, if there is a way to write both.
    pub(in crate::document) fn with_pair(self, pair: Option<Pair>) -> Self {
        Self { pair, ..self }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(name).is_some()
    }

    /// The names of all files, in the order of the package.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        names.map(|name| name.into_owned()).collect()
    }

    /// The text of a file.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, PackageError> {
        let file = match self.archive.by_name(name) {
            Ok(file) => file,
            Err(zip::result::ZipError::FileNotFound) => {
                return Err(PackageError::Missing(name.to_owned()));
            }
            Err(zip::result::ZipError::UnsupportedArchive(why))
                if why == zip::result::ZipError::PASSWORD_REQUIRED =>
            {
                return Err(PackageError::Encrypted);
            }
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        (file.take(self.left + 1).read_to_end(&mut bytes))
            .map_err(|error| PackageError::Zip(error.to_string()))?;
        self.left = (self.left.checked_sub(bytes.len() as u64)).ok_or(PackageError::TooLarge)?;
        if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
            bytes = rest.to_vec();
        }
        String::from_utf8(bytes).map_err(|_| PackageError::Encoding(name.to_owned()))
    }

    /// Adds the blocks that `read` finds in an XML file of an office document.
    pub(crate) fn read_part(
        &mut self,
        name: &str,
        read: impl for<'f> FnOnce(&'f str, &mut MarkupBuilder<'f>) -> quick_xml::Result<()>,
    ) -> Result<(), DocumentError> {
        let file = self.text(name)?;
        let english = xml::checked(&file).map_err(|why| bad_xml(name, why))?;
        // A file of two languages stays one of the first.
        let english = english.filter(|_| self.pair.is_none());
        let is_changed = english.is_some();
        let file = english.unwrap_or(file);
        let mut builder = MarkupBuilder::new(&file).with_pair(self.pair);
        read(&file, &mut builder).map_err(|why| bad_xml(name, why))?;
        self.part(name, builder.finish(), is_changed);
        Ok(())
    }

    /// All elements of an XML file.
    pub(in crate::document::formats) fn elements(
        &mut self,
        name: &str,
    ) -> Result<Vec<Element>, DocumentError> {
        let file = self.text(name)?;
        xml::elements(&file).map_err(|why| bad_xml(name, why))
    }

    /// The files that a part of an office document names, in the order of its list; those of the whole package for no
    /// part. Only those that are in the package.
    pub(crate) fn related(&mut self, part: &str) -> Result<Vec<Related>, DocumentError> {
        let (folder, file) = part.split_at(part.rfind('/').map_or(0, |slash| slash + 1));
        let list = format!("{folder}_rels/{file}.rels");
        if !self.has(&list) {
            return Ok(Vec::new());
        }
        let all = self.elements(&list)?.into_iter().filter_map(|element| {
            let kind = element.attribute("Type")?.rsplit('/').next()?.to_owned();
            let id = element.attribute("Id").unwrap_or_default().to_owned();
            let name = resolve(folder, element.attribute("Target")?);
            let is_inside = element.attribute("TargetMode") != Some("External");
            (is_inside && element.is("Relationship")).then_some(Related { id, kind, name })
        });
        let all: Vec<Related> = all.collect();
        Ok((all.into_iter())
            .filter(|related| self.has(&related.name))
            .collect())
    }

    /// The main part of an office document of this folder: by the relationships of the package, or by its usual name.
    pub(crate) fn main_part(&mut self, folder: &str, usual: &str) -> Result<String, DocumentError> {
        let related = self.related("")?;
        let main = (related.into_iter())
            .find(|related| related.kind == "officeDocument")
            .map(|related| related.name);
        // Other office documents are packages of this kind too.
        match main.filter(|name| name.starts_with(folder)) {
            Some(main) => Ok(main),
            None if self.has(usual) => Ok(usual.to_owned()),
            None => Err(PackageError::Missing(usual.to_owned()).into()),
        }
    }

    /// Adds the blocks of a file of the package, whose layout was changed or not.
    pub(crate) fn part(&mut self, name: &str, file: MarkupFile, is_changed: bool) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        let before = self.text.len();
        self.text.push_str(&file.text);
        self.parts.push(Part {
            name: name.to_owned(),
            first_block: self.blocks.len(),
            between: file.between,
            holes: file.holes,
            is_changed,
        });
        (self.blocks).extend(file.blocks.into_iter().map(|block| block.shifted(before)));
    }

    /// The document of all parts that were added.
    pub(crate) fn document(self) -> Document {
        Document {
            text: self.text,
            blocks: self.blocks,
            layout: Layout::Package(Package {
                bytes: self.bytes.to_owned(),
                parts: self.parts,
            }),
            undecodable: 0,
            mended: 0,
            flaws: Vec::new(),
        }
    }
}

/// The package with the contents of its parts from `write`, and every other file as it was; so is a part for which `write`
/// gives nothing.
pub(in crate::document) fn write(
    package: &Package,
    mut write: impl FnMut(&Part) -> Option<String>,
) -> Result<Vec<u8>, PackageError> {
    let mut archive = ZipArchive::new(Cursor::new(package.bytes.as_slice()))?;
    let mut out = ZipWriter::new(Cursor::new(Vec::with_capacity(package.bytes.len())));
    let parts: HashMap<&str, &Part> = (package.parts.iter())
        .map(|part| (part.name.as_str(), part))
        .collect();
    for i in 0..archive.len() {
        let file = archive.by_index_raw(i)?;
        let name = file.name().map(|name| name.into_owned());
        let part = name.ok().and_then(|name| parts.get(name.as_str()));
        match part.and_then(|part| Some((part, write(part)?))) {
            None => out.raw_copy_file(file)?,
            Some((part, text)) => {
                let mut options = SimpleFileOptions::default();
                if let Some(time) = file.last_modified() {
                    options = options.last_modified_time(time);
                }
                out.start_file(part.name.as_str(), options)?;
                (out.write_all(text.as_bytes()))
                    .map_err(|error| PackageError::Zip(error.to_string()))?;
            }
        }
    }
    Ok(out.finish()?.into_inner())
}

/// Whether the first bytes of a file are those of a ZIP package in which all these names stand.
pub(super) fn has_names(beginning: &[u8], names: &[&[u8]]) -> bool {
    let has = |name: &&[u8]| beginning.windows(name.len()).any(|window| window == *name);
    beginning.starts_with(b"PK\x03\x04") && names.iter().all(has)
}

/// A file that a part of an office document names.
pub(crate) struct Related {
    /// What the part calls it.
    pub(crate) id: String,
    /// The last part of the address of its kind, such as `slide`.
    pub(crate) kind: String,
    /// Its name in the package.
    pub(crate) name: String,
}

/// A file of the package that is named relative to `folder`.
pub(super) fn resolve(folder: &str, href: &str) -> String {
    let folder = if href.starts_with('/') { "" } else { folder };
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let href = percent_decode_str(href).decode_utf8_lossy();
    for part in href.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path.join("/")
}

/// The error of a malformed file.
pub(super) fn bad_xml(file: &str, why: impl ToString) -> DocumentError {
    DocumentError::Xml {
        file: file.to_owned(),
        why: why.to_string(),
    }
}
