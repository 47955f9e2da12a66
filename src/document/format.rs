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
    /// Reads a document.
    pub read: fn(&[u8], &RecordOptions) -> Result<Document, DocumentError>,
}

/// Options for formats of records, and for those that hold more than one kind of file.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct RecordOptions {
    /// The fields that are translated, by name, by path (`data.body`) or by number; if there is none, what the format
    /// holds to be text: the field `text` of records.
    pub fields: Vec<String>,
    /// The sign between the fields of a row; found out if not given.
    pub delimiter: Option<char>,
    /// The sign around fields; `"` if not given, none if it is NUL.
    pub quote: Option<char>,
    /// Whether the first row has the names of the fields; found out if not given.
    pub header: Option<bool>,
    /// Whether the user named the format, and not only the name of the file.
    pub is_named: bool,
    /// Whether the source stays, and each paragraph of it is followed by its translation.
    pub bilingual: bool,
}

/// Names of formats that hold two languages.
const BILINGUAL: [&str; 3] = ["docx", "epub", "html"];

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
    /// A format of its own with markup, which only the extension of a name shows. Most formats differ in a field or two.
    pub(super) const fn new(
        name: &'static str,
        description: &'static str,
        extensions: &'static [&'static str],
        read: fn(&[u8], &RecordOptions) -> Result<Document, DocumentError>,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            description,
            extensions,
            matches: |_| false,
            cut: Cut::Never,
            is_written: true,
            is_text: false,
            read,
        }
    }

    /// Reads a document. `fields` are the fields of records that are translated; `text` if none is named.
    ///
    /// # Errors
    /// When the bytes are not a document of this format.
    pub fn read(&self, bytes: &[u8], fields: &[String]) -> Result<Document, DocumentError> {
        let options = RecordOptions {
            fields: fields.to_vec(),
            ..RecordOptions::default()
        };
        self.read_with(bytes, &options)
    }

    /// Reads a document as these options say.
    ///
    /// # Errors
    /// When the bytes are not a document of this format.
    pub fn read_with(
        &self,
        bytes: &[u8],
        options: &RecordOptions,
    ) -> Result<Document, DocumentError> {
        if options.bilingual && !BILINGUAL.contains(&self.name) {
            return Err(DocumentError::OneLanguage(self.description));
        }
        (self.read)(bytes, options)
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
