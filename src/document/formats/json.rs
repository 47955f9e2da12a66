//! JSON catalogues of messages: nested objects and arrays of texts. Names and everything that is no text stay as they are.

use super::field::{field, has_words, message};
use super::records::{is_named, no_field, strings};
use crate::document::block::Document;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// JSON whose values are messages of a program; with `--field`, any JSON.
pub const JSON: FileFormat = FileFormat::new(
    "json",
    "JSON: all texts of a catalogue of messages, or those named by --field",
    &["json"],
    read,
);

fn read(bytes: &[u8], options: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let malformed = |error: serde_json::Error| DocumentError::Malformed {
        format: "JSON",
        why: error.to_string(),
    };
    let leaves = strings(file).map_err(malformed)?;
    let fields = &options.fields;
    let is_text = |raw: &str| raw.starts_with('"') || raw == "null";
    if !options.is_named && fields.is_empty() && !leaves.iter().all(|leaf| is_text(leaf.raw)) {
        return Err(no_catalogue());
    }
    let mut builder = ValuesBuilder::new(file.as_bytes());
    let wanted = |path: &str| fields.is_empty() || is_named(fields, path);
    for leaf in (leaves.iter()).filter(|leaf| leaf.is_string() && wanted(&leaf.path)) {
        let text = leaf.text().map_err(malformed)?;
        let at = leaf.raw.as_ptr().addr() - file.as_ptr().addr();
        let inside = at + 1..at + leaf.raw.len() - 1;
        match fields.as_slice() {
            [] if has_words(&text) && !is_language(&text) => {
                builder.add(inside, message(&text, Escape::Json));
            }
            [] => {}
            _ => builder.add(inside, field(text, Escape::Json)),
        }
    }
    if builder.is_empty() && !fields.is_empty() && !leaves.iter().any(|leaf| wanted(&leaf.path)) {
        let mut there: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        there.sort_unstable();
        there.dedup();
        return Err(no_field(fields, there));
    }
    if builder.is_empty() && !options.is_named && fields.is_empty() {
        return Err(no_catalogue());
    }
    Ok(builder.finish_decoded(&decoded))
}

/// Whether a text is the sign of a language, such as `de` or `de-AT`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once(['-', '_']).unwrap_or((text, "DE"));
    let is_sign = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    matches!(language, "de" | "en" | "fr" | "es" | "it") && is_sign(region, 2)
}

fn no_catalogue() -> DocumentError {
    DocumentError::Unsupported {
        what: "a file of data",
        advice: "name the fields with text in it with --field, or have all its texts translated: --input-format json",
    }
}
