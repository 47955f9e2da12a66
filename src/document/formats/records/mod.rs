//! Records whose fields hold texts: JSON Lines, and rows of fields (CSV after RFC 4180, TSV without quoting as IANA has
//! it).
//!
//! Only the named fields are translated; every other byte of the file stays as it is.

mod dialect;
mod json_lines;
mod json_strings;
mod rows;

pub use json_lines::JSONL;
pub use json_strings::json_fields;
pub(super) use json_strings::strings;
pub use rows::{CSV, TSV};

use crate::document::error::DocumentError;

/// The field that is translated if the user names none.
const FIELD: &str = "text";

/// Fields that an error lists.
const MOST_LISTED: usize = 40;

/// Whether a field of this name is translated.
pub(super) fn is_named(fields: &[String], name: &str) -> bool {
    match fields {
        [] => name == FIELD,
        fields => fields.iter().any(|field| field == name),
    }
}

/// None of the fields that were asked for is among those that are there.
pub(super) fn no_field<'n>(
    fields: &[String],
    there: impl IntoIterator<Item = &'n str>,
) -> DocumentError {
    let wanted = match fields {
        [] => FIELD.to_owned(),
        fields => fields.join(", "),
    };
    let named = there.into_iter().filter(|name| !name.is_empty());
    DocumentError::NoField {
        wanted,
        there: named.take(MOST_LISTED).map(str::to_owned).collect(),
    }
}
