//! ZIP packages of several files: DOCX and EPUB.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::document::block::{Block, Document};
use crate::document::builder::MarkupFile;
use crate::document::error::{MAX_PACKAGE_BYTES, PackageError};
use crate::document::layout::{Layout, Package, Part};

/// Files in a package at most.
const MAX_FILES: usize = 65_535;

/// A package that is being read.
pub(crate) struct PackageReader<'b> {
    bytes: &'b [u8],
    archive: ZipArchive<Cursor<&'b [u8]>>,
    /// Bytes that may still be unpacked.
    left: u64,
    text: String,
    blocks: Vec<Block>,
    parts: Vec<Part>,
}

impl<'b> PackageReader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Self, PackageError> {
        let archive = ZipArchive::new(Cursor::new(bytes))?;
        if archive.len() > MAX_FILES {
            return Err(PackageError::TooLarge);
        }
        Ok(Self {
            bytes,
            archive,
            left: MAX_PACKAGE_BYTES,
            text: String::new(),
            blocks: Vec::new(),
            parts: Vec::new(),
        })
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

    /// Adds the blocks of a file of the package.
    pub(crate) fn part(&mut self, name: &str, file: MarkupFile) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        let before = self.text.len();
        self.text.push_str(&file.text);
        self.parts.push(Part {
            name: name.to_owned(),
            first_block: self.blocks.len(),
            between: file.between,
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
            flaws: Vec::new(),
        }
    }
}

/// The package with the contents of its parts from `write`, and every other file as it was.
pub(in crate::document) fn write(
    package: &Package,
    mut write: impl FnMut(&Part) -> String,
) -> Result<Vec<u8>, PackageError> {
    let mut archive = ZipArchive::new(Cursor::new(package.bytes.as_slice()))?;
    let mut out = ZipWriter::new(Cursor::new(Vec::with_capacity(package.bytes.len())));
    for i in 0..archive.len() {
        let file = archive.by_index_raw(i)?;
        let name = file.name().map(|name| name.into_owned());
        let is_it = |part: &&Part| name.as_ref().is_ok_and(|name| *name == part.name);
        match package.parts.iter().find(is_it) {
            None => out.raw_copy_file(file)?,
            Some(part) => {
                let mut options = SimpleFileOptions::default();
                if let Some(time) = file.last_modified() {
                    options = options.last_modified_time(time);
                }
                out.start_file(part.name.as_str(), options)?;
                (out.write_all(write(part).as_bytes()))
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
