//! JSON Lines: a JSON object on each line.

use std::collections::BTreeSet;

use super::super::field::field;
use super::json_strings::strings;
use super::{is_named, no_field};
use crate::document::block::Document;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// JSON Lines: a JSON object on each line, or an array of them.
pub const JSONL: FileFormat = FileFormat {
    cut: Cut::Line,
    ..FileFormat::new(
        "jsonl",
        "JSON Lines: fields named by --field",
        &["jsonl", "ndjson"],
        read,
    )
};

fn read(bytes: &[u8], options: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut builder = ValuesBuilder::new(file.as_bytes());
    let mut there = BTreeSet::new();
    let (mut good, mut found) = (0, false);
    for line in file.lines().filter(|line| !line.trim().is_empty()) {
        let leaves = match strings(line) {
            Ok(leaves) => leaves,
            Err(error) => {
                builder.flaw(bad_record(line, &error));
                continue;
            }
        };
        good += 1;
        for leaf in leaves {
            if !is_named(&options.fields, &leaf.path) {
                if !found && leaf.is_string() {
                    there.insert(leaf.path);
                }
                continue;
            }
            // It is there, if only as null.
            found = true;
            if !leaf.is_string() {
                continue;
            }
            match leaf.text() {
                Ok(text) => {
                    let at = leaf.raw.as_ptr().addr() - file.as_ptr().addr();
                    let inside = at + 1..at + leaf.raw.len() - 1;
                    builder.add(inside, field(text, Escape::Json));
                }
                Err(error) => builder.flaw(bad_record(line, &error)),
            }
        }
    }
    if good == 0
        && let Some(first) = builder.flaws.first()
    {
        return Err(first.clone());
    }
    if !found && good > 0 {
        return Err(no_field(&options.fields, there.iter().map(String::as_str)));
    }
    Ok(builder.finish_decoded(&decoded))
}

fn bad_record(line: &str, error: &serde_json::Error) -> DocumentError {
    DocumentError::Record {
        record: line.chars().take(40).collect(),
        why: error.to_string(),
    }
}
