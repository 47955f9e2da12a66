//! Description of a file format: how it is recognised, cut into sections, read and written.

use std::fmt;

use super::block::Document;
use super::error::DocumentError;

/// A file format that documents are read from. The formats that there are: [`FileFormat::all`].
#[derive(Clone, Copy)]
pub struct FileFormat {
    /// The name on the command line.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// A few words for `--help`.
    pub description: &'static str,
    /// Extensions of file names, in small letters and without the dot.
    pub extensions: &'static [&'static str],
    /// Whether a file whose first bytes are these has this format beyond doubt.
    pub matches: fn(&[u8]) -> bool,
    /// The places at which a long file may be cut into sections that are each a file of this format.
    pub cut: Cut,
    /// Whether a translation is written in this format too; otherwise it is plain text.
    pub is_written: bool,
    /// Whether any plain text is a file of this format.
    pub is_text: bool,
    /// Reads a document. The second argument names the fields of records to translate; `text` if it is empty.
    pub read: fn(&[u8], &[String]) -> Result<Document, DocumentError>,
}

/// Places at which a long text may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nowhere.
    Never,
    /// After a blank line.
    BlankLine,
    /// After any line.
    Line,
}

impl FileFormat {
    /// Reads a document. `fields` are the fields of records that are translated; `text` if none is named.
    ///
    /// # Errors
    /// When the bytes are not a document of this format.
    pub fn read(&self, bytes: &[u8], fields: &[String]) -> Result<Document, DocumentError> {
        (self.read)(bytes, fields)
    }
}

/// Formats are equal by name.
impl PartialEq for FileFormat {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for FileFormat {}

impl fmt::Debug for FileFormat {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name)
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(self.name)
    }
}

impl serde::Serialize for FileFormat {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name)
    }
}
