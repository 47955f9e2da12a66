//! Documents that are ZIP packages of several files: DOCX and EPUB.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::document::markup::Builder;
use crate::document::{Block, Document, Layout};

/// Bytes that the parts of a package may have together when they are unpacked. What is packed tells nothing of it.
const MOST_BYTES: u64 = 256 << 20;
/// Files in a package at most.
const MOST_FILES: usize = 65_535;

/// A package with the places of its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The file as it was.
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

/// A file of markup in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    name: String,
    /// Index of its first block.
    pub(crate) first_block: usize,
    /// What stands before each block, and behind the last.
    pub(crate) between: Vec<String>,
}

/// Why a package cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The ZIP file is damaged.
    #[error("the ZIP package is damaged ({0}): save it again in its own program")]
    Zip(String),
    /// A file that every document of the kind has is missing.
    #[error("the package has no {0}: it is no document of this kind")]
    Missing(String),
    /// A file in it is no text.
    #[error("{0} in the package is not UTF-8")]
    Encoding(String),
    /// Unpacked, it would fill the memory.
    #[error("unpacked, the package is larger than {} MB: it is refused", MOST_BYTES >> 20)]
    TooLarge,
    /// Encrypted.
    #[error("the package is encrypted: remove the password in its own program")]
    Encrypted,
}

impl From<zip::result::ZipError> for PackageError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Zip(error.to_string())
    }
}

/// A package that is being read.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    archive: ZipArchive<Cursor<&'b [u8]>>,
    left: u64,
    text: String,
    blocks: Vec<Block>,
    parts: Vec<Part>,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Self, PackageError> {
        let archive = ZipArchive::new(Cursor::new(bytes))?;
        if archive.len() > MOST_FILES {
            return Err(PackageError::TooLarge);
        }
        Ok(Self {
            bytes,
            archive,
            left: MOST_BYTES,
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

    /// Takes the blocks of a file, which `builder` has read.
    pub(crate) fn part(&mut self, name: &str, builder: Builder<'_>) {
        let (text, blocks, between) = builder.finish();
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        let before = self.text.len();
        self.text.push_str(&text);
        self.parts.push(Part {
            name: name.to_owned(),
            first_block: self.blocks.len(),
            between,
        });
        (self.blocks).extend(blocks.into_iter().map(|block| block.shifted(before)));
    }

    pub(crate) fn document(self) -> Document {
        Document {
            text: self.text,
            blocks: self.blocks,
            layout: Layout::Package(Package {
                bytes: self.bytes.to_owned(),
                parts: self.parts,
            }),
            undecodable: 0,
        }
    }
}

impl Package {
    /// The package with its parts as `write` gives them, and all else as it was.
    pub(crate) fn write(
        &self,
        mut write: impl FnMut(&Part) -> String,
    ) -> Result<Vec<u8>, PackageError> {
        let mut archive = ZipArchive::new(Cursor::new(self.bytes.as_slice()))?;
        let mut out = ZipWriter::new(Cursor::new(Vec::with_capacity(self.bytes.len())));
        for i in 0..archive.len() {
            let file = archive.by_index_raw(i)?;
            let name = file.name().map(|name| name.into_owned());
            let is_it = |part: &&Part| name.as_ref().is_ok_and(|name| *name == part.name);
            match self.parts.iter().find(is_it) {
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
}
