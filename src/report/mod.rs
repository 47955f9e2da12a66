//! Results as files and screens show them: one exporter for each output format.
//!
//! A new format is a file here with its [`Exporter`] and its [`OutputFormat`], and its line in [`OUTPUT_FORMATS`].

mod html;
mod index;
mod json;
mod jsonl;
mod markup;
mod summary;
mod text;
mod tmx;

use std::fmt;
use std::io;
use std::path::Path;

pub use index::INDEX;
pub use json::{SegmentReport, chosen, segments};
pub use summary::{Style, summary};
pub use text::{file, text};

use crate::article::Article;
use crate::document::{FileFormat, PackageError};
use crate::summarize::Summary;
use crate::translate::Translation;

/// All output formats, in the order of `--help`.
const OUTPUT_FORMATS: &[OutputFormat] =
    &[text::TEXT, json::JSON, jsonl::JSONL, html::HTML, tmx::TMX];

/// Writes results in one format.
pub trait Exporter: Sync {
    /// The bytes of one result.
    ///
    /// # Errors
    /// When a package, such as a DOCX file, cannot be written.
    fn export(&self, content: &Content<'_>) -> Result<Vec<u8>, PackageError>;
}

/// A format that results are written in. The formats that there are: [`OutputFormat::all`].
#[derive(Clone, Copy)]
pub struct OutputFormat {
    /// The name on the command line.
    pub name: &'static str,
    /// A few words for `--help`.
    pub description: &'static str,
    /// Added to the name of an input for the name of its result, with its dot.
    pub extension: &'static str,
    /// Whether a result has the format of its input where that can be written; then nothing is added to its name.
    pub keeps_format: bool,
    /// Whether each result needs a file of its own: several, one after the other, are no file of this format.
    pub needs_own_files: bool,
    /// Whether the parts of a long translation may be exported one after the other.
    pub in_sections: bool,
    /// Whether a translation needs a summary too.
    pub needs_summary: bool,
    /// Whether a summary needs the whole translation too.
    pub needs_translation: bool,
    /// Makes the page [`INDEX`] that lists the results below a folder, for formats that have one.
    pub index: Option<fn(&Path) -> io::Result<String>>,
    /// Writes results.
    pub exporter: &'static dyn Exporter,
}

impl OutputFormat {
    /// Plain text, or the format of the input.
    pub const TEXT: Self = text::TEXT;

    /// All formats, in the order of `--help`.
    pub fn all() -> &'static [Self] {
        OUTPUT_FORMATS
    }

    /// The extension, with its dot, that is added to the name of an input of this format for the name of its result; empty
    /// for text that keeps the format of the input.
    pub fn extension(&self, input: Option<FileFormat>, is_translation: bool) -> &'static str {
        let keeps_format = match input {
            None => true,
            Some(format) => format.is_text || (is_translation && format.is_written),
        };
        match self.keeps_format && keeps_format {
            true => "",
            false => self.extension,
        }
    }
}

/// Formats are equal by name.
impl PartialEq for OutputFormat {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OutputFormat {}

impl fmt::Debug for OutputFormat {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name)
    }
}

/// One result, with what is said beside it.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The input and the model.
    pub about: About<'a>,
    /// The source.
    pub article: &'a Article,
    /// The summary, if one is part of the result.
    pub summary: Option<&'a Summary>,
    /// The whole translation, if it is part of the result: one for each segment of the article.
    pub translations: Option<&'a [Translation]>,
}

/// The origin of a result, and how it is shown.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The input.
    pub file: &'a str,
    /// The model's name.
    pub model: &'a str,
    /// Sentences with a [score](Translation::score) below this are marked as doubtful, as are those that lost something.
    pub flag_below: Option<f32>,
    /// The layout of summaries.
    pub style: Style,
    /// Whether a translation is plain text, whatever its input is.
    pub as_text: bool,
    /// The address of the page that lists all results, relative to this one, if there will be one.
    pub index: Option<&'a str>,
    /// The number of the result, from 0, among several that are written to one place; `None` if it stands alone.
    pub ordinal: Option<usize>,
}

impl About<'_> {
    /// Whether a translation should be read with care.
    pub fn is_doubtful(&self, translation: &Translation) -> bool {
        let is_unsure = (self.flag_below).is_some_and(|least| translation.score < least);
        is_unsure || !translation.doubts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_are_told_apart() {
        let mut seen = std::collections::HashSet::new();
        for format in OutputFormat::all() {
            assert!(seen.insert(format.name), "{}", format.name);
            assert!(seen.insert(format.extension), "{}", format.extension);
            assert!(format.extension.starts_with('.'), "{}", format.extension);
        }
    }

    #[test]
    fn text_keeps_the_format_of_the_input_where_it_can() {
        let of = |name: &str, is_translation| {
            let input = FileFormat::by_name(Path::new(name));
            OutputFormat::TEXT.extension(input, is_translation)
        };
        assert_eq!(of("unknown", false), "");
        assert_eq!(of("a.md", false), "");
        assert_eq!(of("a.docx", true), "");
        assert_eq!(of("a.docx", false), ".txt");
        assert_eq!(of("a.pdf", true), ".txt");
        let page = html::HTML.extension(FileFormat::by_name(Path::new("a.html")), true);
        assert_eq!(page, ".html");
    }
}
