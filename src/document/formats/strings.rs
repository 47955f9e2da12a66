//! Apple's `.strings`: keys and messages in quotes.

use super::field::{has_words, message};
use crate::document::block::Document;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// Messages of programs for macOS and iOS.
pub const STRINGS: FileFormat =
    FileFormat::new("strings", "Apple strings: the values", &["strings"], read);

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut builder = ValuesBuilder::new(file.as_bytes());
    let mut is_value = false;
    let mut at = 0;
    while let Some(sign) = file[at..].chars().next() {
        let rest = &file[at..];
        let until = |end: &str, from: usize| {
            rest[from..]
                .find(end)
                .map_or(rest.len(), |found| from + found + end.len())
        };
        at += match sign {
            '/' if rest.starts_with("/*") => until("*/", 2),
            '/' if rest.starts_with("//") => until("\n", 2),
            '"' => {
                let length = end_of_quotes(rest).ok_or_else(|| DocumentError::Malformed {
                    format: "strings",
                    why: format!(
                        "line {}: a quote has no end",
                        file[..at].matches('\n').count() + 1
                    ),
                })?;
                let inside = at + 1..at + length - 1;
                let text = unescaped(&file[inside.clone()]);
                if is_value && has_words(&text) {
                    builder.add(inside, message(&text, Escape::Strings));
                }
                length
            }
            sign => {
                is_value = match sign {
                    '=' => true,
                    ';' => false,
                    _ => is_value,
                };
                sign.len_utf8()
            }
        };
    }
    Ok(builder.finish_decoded(&decoded))
}

/// Bytes of a string in quotes, which `text` begins with.
pub(super) fn end_of_quotes(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let end = text[1..].find(|c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    Some(end + 2)
}

fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut signs = raw.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('U' | 'u') => {
                    let digits: String = signs.clone().take(4).collect();
                    let unit = u32::from_str_radix(&digits, 16)
                        .ok()
                        .and_then(char::from_u32);
                    if let Some(letter) = unit {
                        text.push(letter);
                        signs.nth(3);
                    }
                }
                Some(other) => text.push(other),
                None => {}
            },
            sign => text.push(sign),
        }
    }
    text
}
