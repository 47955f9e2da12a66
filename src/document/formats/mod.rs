//! File formats, one file for each or for a few that are alike, and the table of all.
//!
//! A new format is a file here with its [`FileFormat`] and its reader, and its line in [`FORMATS`].

mod about;
pub mod android;
pub mod docx;
mod drawing;
pub mod epub;
mod field;
pub mod html;
mod icu;
pub mod json;
mod line_break;
pub mod mail;
pub mod markdown;
mod names;
mod no_prose;
pub mod odf;
pub(super) mod package;
pub mod pdf;
pub mod plain;
pub mod po;
pub mod pptx;
pub mod properties;
pub mod prose;
pub mod records;
pub mod rtf;
mod runs;
pub mod strings;
pub mod subtitles;
pub mod xliff;
pub mod xlsx;
mod xml;
mod xml_tokens;
pub mod yaml;

use std::path::Path;
use std::str::FromStr;

use super::error::DocumentError;
use super::format::FileFormat;

/// All formats, in the order of `--help`. Where the first bytes of a file match several, the first counts.
const FORMATS: &[FileFormat] = &[
    plain::TEXT,
    markdown::MARKDOWN,
    html::HTML,
    subtitles::SRT,
    subtitles::VTT,
    subtitles::ASS,
    subtitles::SBV,
    subtitles::TTML,
    docx::DOCX,
    xlsx::XLSX,
    pptx::PPTX,
    odf::ODT,
    odf::ODS,
    odf::ODP,
    epub::EPUB,
    records::JSONL,
    records::CSV,
    records::TSV,
    json::JSON,
    yaml::YAML,
    po::PO,
    xliff::XLIFF,
    properties::PROPERTIES,
    strings::STRINGS,
    android::ANDROID,
    mail::MAIL,
    prose::LATEX,
    prose::RST,
    prose::ASCIIDOC,
    rtf::RTF,
    pdf::PDF,
];

impl FileFormat {
    /// Plain text, the format of everything that shows no other.
    pub const TEXT: Self = plain::TEXT;

    /// All formats, in the order of `--help`.
    pub fn all() -> &'static [Self] {
        FORMATS
    }

    /// The format that the extension of a file's name stands for.
    pub fn by_name(name: &Path) -> Option<Self> {
        let extension = name.extension()?.to_str()?.to_ascii_lowercase();
        let is_it = |format: &&Self| format.extensions.contains(&extension.as_str());
        FORMATS.iter().find(is_it).copied()
    }

    /// The format that the name of a file stands for; `None` if the name says nothing.
    ///
    /// # Errors
    /// When it is the name of a file that is no prose, such as a program or a picture.
    pub fn of_name(path: &Path) -> Result<Option<Self>, DocumentError> {
        no_prose::refuse_special_name(path)?;
        match Self::by_name(path) {
            Some(format) => Ok(Some(format)),
            None => no_prose::refuse_extension(path).map(|()| None),
        }
    }

    /// The format of a file whose name says nothing, by its first bytes.
    ///
    /// # Errors
    /// When they show no format and are no prose.
    pub fn of_beginning(beginning: &[u8]) -> Result<Self, DocumentError> {
        let format = Self::by_content(beginning);
        if format == Self::TEXT {
            no_prose::refuse_beginning(beginning)?;
        }
        Ok(format)
    }

    /// The format that the first bytes of a file show; plain text if they show no other. A file whose name says
    /// something else is not guessed: [`by_name`](Self::by_name) goes first.
    pub fn by_content(beginning: &[u8]) -> Self {
        let is_it = |format: &&Self| (format.matches)(beginning);
        FORMATS.iter().find(is_it).copied().unwrap_or(Self::TEXT)
    }
}

/// No format has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no format is called {0}")]
pub struct UnknownFormat(String);

impl FromStr for FileFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let is_it = |format: &&Self| format.name == name || format.aliases.contains(&name);
        let found = FORMATS.iter().find(is_it).copied();
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// The text at the beginning of a file, without a byte order mark and white space before it.
fn beginning_as_text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    const LONGEST: usize = 4096;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let bytes = bytes.trim_ascii_start();
    String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_stand_for_one_format_each() {
        let mut names = std::collections::HashSet::new();
        let mut extensions = std::collections::HashSet::new();
        for format in FileFormat::all() {
            for name in [&format.name].into_iter().chain(format.aliases) {
                assert!(names.insert(name), "{name}");
                assert_eq!(name.parse(), Ok(*format));
            }
            for extension in format.extensions {
                assert!(extensions.insert(extension), "{extension}");
            }
        }
        assert!("word".parse::<FileFormat>().is_err());
    }
}
