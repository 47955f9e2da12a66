//! Which format a file has, by its name and its first bytes.

use std::path::Path;

use super::{Document, DocumentError, Format, PlainText};
use crate::document::formats::docx::Docx;
use crate::document::formats::epub::Epub;
use crate::document::formats::html::Html;
use crate::document::formats::markdown::Markdown;
use crate::document::formats::pdf::Pdf;
use crate::document::formats::records::{Csv, JsonLines};
use crate::document::formats::subtitles::{self, Subtitles};

/// A format that documents are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum FileFormat {
    /// Plain text
    Text,
    /// Markdown
    #[value(alias = "md")]
    Markdown,
    /// HTML
    Html,
    /// SubRip subtitles
    Srt,
    /// WebVTT subtitles
    Vtt,
    /// Word documents
    Docx,
    /// EPUB books
    Epub,
    /// JSON Lines: fields named by --field
    Jsonl,
    /// Comma-separated values: columns named by --field
    Csv,
    /// Tab-separated values: columns named by --field
    Tsv,
    /// The text of PDF files
    Pdf,
}

/// Endings of file names, in small letters.
const ENDINGS: &[(&str, FileFormat)] = &[
    ("txt", FileFormat::Text),
    ("text", FileFormat::Text),
    ("asc", FileFormat::Text),
    ("md", FileFormat::Markdown),
    ("markdown", FileFormat::Markdown),
    ("mkd", FileFormat::Markdown),
    ("html", FileFormat::Html),
    ("htm", FileFormat::Html),
    ("xhtml", FileFormat::Html),
    ("srt", FileFormat::Srt),
    ("vtt", FileFormat::Vtt),
    ("docx", FileFormat::Docx),
    ("epub", FileFormat::Epub),
    ("jsonl", FileFormat::Jsonl),
    ("ndjson", FileFormat::Jsonl),
    ("csv", FileFormat::Csv),
    ("tsv", FileFormat::Tsv),
    ("tab", FileFormat::Tsv),
    ("pdf", FileFormat::Pdf),
];

impl FileFormat {
    /// The format that the ending of a file's name stands for.
    pub fn by_name(name: &Path) -> Option<Self> {
        let ending = name.extension()?.to_str()?.to_ascii_lowercase();
        let found = ENDINGS.iter().find(|(known, _)| *known == ending)?;
        Some(found.1)
    }

    /// The format that the first bytes of a file show; plain text if nothing else does. What begins unlike its name
    /// says it does is not guessed: [`by_name`](Self::by_name) goes first.
    pub fn by_content(beginning: &[u8]) -> Self {
        if beginning.starts_with(b"%PDF-") {
            return Self::Pdf;
        }
        if beginning.starts_with(b"PK\x03\x04") {
            // Both have the file that tells them apart near their beginning.
            let has = |name: &[u8]| beginning.windows(name.len()).any(|window| window == name);
            return match () {
                () if has(b"application/epub+zip") => Self::Epub,
                () if has(b"[Content_Types].xml") && has(b"word/") => Self::Docx,
                () => Self::Text,
            };
        }
        let text = String::from_utf8_lossy(beginning);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let lower = text.get(..text.floor_char_boundary(200)).unwrap_or(text);
        let lower = lower.to_ascii_lowercase();
        if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
            Self::Html
        } else if text.starts_with("WEBVTT") {
            Self::Vtt
        } else if text.starts_with(|c: char| c.is_ascii_digit()) && subtitles::looks_like(text) {
            Self::Srt
        } else {
            Self::Text
        }
    }

    /// Whether a translation has this format too; otherwise it is plain text.
    pub fn is_written(self) -> bool {
        self != Self::Pdf
    }

    /// Reads a document. `fields` are those of records that are translated; `text` if none is named.
    ///
    /// # Errors
    /// When the bytes are no document of this format.
    pub fn read(self, bytes: &[u8], fields: &[String]) -> Result<Document, DocumentError> {
        let reader: &dyn Format = match self {
            Self::Text => &PlainText,
            Self::Markdown => &Markdown,
            Self::Html => &Html,
            Self::Srt | Self::Vtt => &Subtitles,
            Self::Docx => &Docx,
            Self::Epub => &Epub,
            Self::Jsonl => &JsonLines { fields },
            Self::Csv => &Csv {
                separator: separator(bytes),
                fields,
            },
            Self::Tsv => &Csv {
                separator: b'\t',
                fields,
            },
            Self::Pdf => &Pdf,
        };
        reader.read(bytes)
    }
}

/// A comma, or the semicolon that German spreadsheets write.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |sign: u8| header.iter().filter(|&&byte| byte == sign).count();
    if count(b';') > count(b',') {
        b';'
    } else {
        b','
    }
}
