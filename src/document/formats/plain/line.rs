//! One line of a plain text, parted into text and layout.

use super::marker::{Marker, unmarked, unquoted};
use super::{metadata, table};
use crate::document::words;

/// The kind of a line, seen by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing, or nothing but signs: `-----`, `* * *`.
    Empty,
    /// Digits without letters: `2016`.
    Number,
    /// Cells of a table.
    Row,
    /// Checksums, Base64 and the like.
    Data,
    /// See [`metadata::is_metadata`].
    Metadata,
    /// Anything else.
    Prose,
}

/// A line and where its parts are. Columns count characters; a tab goes to the next multiple of 8.
#[derive(Debug, Clone)]
pub struct TextLine<'a> {
    /// The kind of the line, seen by itself.
    pub kind: LineKind,
    /// Byte offset of `text` in the document.
    pub start: usize,
    /// The text to translate: no indentation, quote prefix, list marker, or white space at the end.
    pub text: &'a str,
    /// `text` with its list marker.
    pub marked: &'a str,
    /// The list marker.
    pub marker: Option<Marker>,
    /// Whether `>` stands before the line, as in an answered e-mail.
    pub quoted: bool,
    /// Column of `marked`.
    pub indent: usize,
    /// Column of `text`.
    pub text_column: usize,
    /// Column after `text`.
    pub end_column: usize,
}

/// Columns from one tab stop to the next.
const TAB: usize = 8;

impl<'a> TextLine<'a> {
    /// Reads the line `text`, without its line end, which begins at byte `start` of the document.
    pub fn new(start: usize, text: &'a str) -> Self {
        let unindented = text.trim_start_matches(is_layout);
        let (quoted, marked) = unquoted(unindented.trim_end_matches(is_layout));
        let (marker, item) = unmarked(marked);
        // `marked` and `item` are ends of the trimmed line.
        let trimmed_end = text
            .trim_end_matches(is_layout)
            .len()
            .max(text.len() - unindented.len());
        let before_marker = &text[..trimmed_end - marked.len()];
        let before_item = &text[..trimmed_end - item.len()];
        let text_column = columns(0, before_item);
        Self {
            kind: kind(item),
            start: start + before_item.len(),
            text: item,
            marked,
            marker,
            quoted,
            indent: columns(0, before_marker),
            text_column,
            end_column: columns(text_column, item),
        }
    }

    /// Leaves out the first `bytes` of `text` and the white space after them.
    pub fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.text.split_at(bytes);
        let rest = rest.trim_start_matches(is_layout);
        self.start += self.text.len() - rest.len();
        self.text_column = columns(self.text_column, skipped);
        *self = Self {
            kind: kind(rest),
            text: rest,
            marked: rest,
            marker: None,
            ..*self
        };
    }

    /// Byte offset after `text` in the document.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Characters of the first word, its list marker if there is one.
    pub fn first_word_width(&self) -> usize {
        self.marked
            .split_whitespace()
            .next()
            .map_or(0, |word| word.chars().count())
    }

    /// Whether the line is a single word, which no wrapping can shorten.
    pub fn is_one_word(&self) -> bool {
        !self.text.contains(char::is_whitespace)
    }

    /// Whether the first letter is small.
    pub fn begins_small(&self) -> bool {
        self.first_sign().is_some_and(char::is_lowercase)
    }

    /// Whether the first letter is a capital.
    pub fn begins_capital(&self) -> bool {
        self.first_sign().is_some_and(char::is_uppercase)
    }

    /// The first character that is not an opening quote or bracket.
    fn first_sign(&self) -> Option<char> {
        self.marked
            .chars()
            .find(|&c| !(is_quote(c) || "([–—- ".contains(c)))
    }

    /// Whether speech begins here.
    pub fn begins_speech(&self) -> bool {
        self.marker == Some(Marker::Dash) || self.marked.starts_with(['„', '»', '"', '“', '‚', '›'])
    }

    /// The last character that is not a closing quote or bracket.
    pub fn last_sign(&self) -> Option<char> {
        self.text
            .chars()
            .rev()
            .find(|&c| !(is_quote(c) || ")]".contains(c)))
    }

    /// Whether a sentence may end here; so may an abbreviation.
    pub fn ends_sentence(&self) -> bool {
        self.last_sign().is_some_and(|c| ".!?…".contains(c))
    }

    /// Whether a word is broken off here whose rest begins `next`.
    pub fn breaks_word(&self, next: &TextLine) -> bool {
        let mut ending = self.text.chars().rev();
        ending.next().is_some_and(|c| "-\u{AD}‐¬".contains(c))
            && ending.next().is_some_and(char::is_alphabetic)
            && next.text.chars().next().is_some_and(char::is_lowercase)
    }
}

/// White space, control characters, and the invisible marks that joined files leave at their seams.
fn is_layout(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{FEFF}' || c == '\u{200B}'
}

fn is_quote(c: char) -> bool {
    "„“”»«\"'‚‘’›‹".contains(c)
}

fn kind(text: &str) -> LineKind {
    if !text.contains(char::is_alphanumeric) {
        LineKind::Empty
    } else if !text.contains(char::is_alphabetic) {
        LineKind::Number
    } else if words::is_data(text) {
        LineKind::Data
    } else if metadata::is_metadata(text) {
        LineKind::Metadata
    } else if table::cells(text).is_some() {
        LineKind::Row
    } else {
        LineKind::Prose
    }
}

fn columns(start: usize, text: &str) -> usize {
    text.chars().fold(start, |column, c| match c {
        '\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}
