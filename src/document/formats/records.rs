//! Records whose fields hold plain texts: JSON Lines, CSV (RFC 4180) and TSV (without quoting, as IANA has it).
//!
//! Only the named fields are translated; every other byte of the file stays as it is.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

use super::no_signature;
use super::plain::read_text;
use crate::document::block::Document;
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat};

/// JSON Lines: a JSON object on each line.
pub const JSONL: FileFormat = FileFormat {
    name: "jsonl",
    aliases: &[],
    description: "JSON Lines: fields named by --field",
    extensions: &["jsonl", "ndjson"],
    matches: no_signature,
    cut: Cut::Line,
    is_written: true,
    is_text: false,
    read: read_json_lines,
};

/// Rows of fields with commas or semicolons between them. Fields are named in the first line or numbered from 1.
pub const CSV: FileFormat = FileFormat {
    name: "csv",
    aliases: &[],
    description: "Comma-separated values: columns named by --field",
    extensions: &["csv"],
    matches: no_signature,
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read: |bytes, fields| read_rows(bytes, separator(bytes), fields),
};

/// Rows of fields with tabs between them and no quoting.
pub const TSV: FileFormat = FileFormat {
    name: "tsv",
    aliases: &[],
    description: "Tab-separated values: columns named by --field",
    extensions: &["tsv", "tab"],
    matches: no_signature,
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read: |bytes, fields| read_rows(bytes, b'\t', fields),
};

/// The field that is translated if the user names none.
const FIELD: &str = "text";

fn read_json_lines(bytes: &[u8], fields: &[String]) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut builder = MarkupBuilder::new(file);
    let mut found = false;
    for line in file.lines().filter(|line| !line.trim().is_empty()) {
        let bad_record = |error: serde_json::Error| DocumentError::Record {
            record: line.chars().take(40).collect(),
            why: error.to_string(),
        };
        let values = json_fields(line).map_err(bad_record)?;
        for (name, value) in values {
            if !is_named(fields, &name) || !value.starts_with('"') {
                continue;
            }
            found = true;
            let text: String = serde_json::from_str(value).map_err(bad_record)?;
            let at = value.as_ptr().addr() - file.as_ptr().addr();
            let inside = at + 1..at + value.len() - 1;
            builder.plain(read_text(text), inside, Escape::Json);
        }
    }
    if !found && !file.trim().is_empty() {
        return Err(no_field(fields));
    }
    Ok(builder.finish().document(Escape::Json, decoded.replaced))
}

/// The fields of a JSON object in their order, their values as they are written.
///
/// # Errors
/// When it is no JSON object.
pub fn json_fields(line: &str) -> serde_json::Result<Vec<(String, &str)>> {
    struct Fields;
    impl<'de> serde::de::Visitor<'de> for Fields {
        type Value = Vec<(String, &'de str)>;

        fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            to.write_str("a JSON object")
        }

        fn visit_map<M: serde::de::MapAccess<'de>>(
            self,
            mut map: M,
        ) -> Result<Self::Value, M::Error> {
            let mut fields = Vec::new();
            while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                let value: &RawValue = map.next_value()?;
                fields.push((name.into_owned(), value.get()));
            }
            Ok(fields)
        }
    }
    let mut json = serde_json::Deserializer::from_str(line);
    let fields = serde::Deserializer::deserialize_map(&mut json, Fields)?;
    json.end()?;
    Ok(fields)
}

fn is_named(fields: &[String], name: &str) -> bool {
    match fields {
        [] => name == FIELD,
        fields => fields.iter().any(|field| field == name),
    }
}

fn no_field(fields: &[String]) -> DocumentError {
    let names = match fields {
        [] => FIELD.to_owned(),
        fields => fields.join(", "),
    };
    DocumentError::NoField(names)
}

/// A comma, or the semicolon that German spreadsheets write.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |sign: u8| header.iter().filter(|&&byte| byte == sign).count();
    match count(b';') > count(b',') {
        true => b';',
        false => b',',
    }
}

fn read_rows(bytes: &[u8], separator: u8, fields: &[String]) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut builder = MarkupBuilder::new(file);
    let mut rows = Rows {
        file,
        separator,
        at: 0,
    };
    let Some(header) = rows.next() else {
        return Ok(builder.finish().document(Escape::Csv, decoded.replaced));
    };
    let (columns, has_header) = columns(fields, file, &header)?;
    let rows = (!has_header).then_some(header).into_iter().chain(rows);
    for row in rows {
        for &column in &columns {
            let Some(place) = row.get(column) else {
                continue;
            };
            let raw = &file[place.clone()];
            let quoted = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
            match quoted {
                _ if separator == b'\t' => {
                    builder.plain(read_text(raw.to_owned()), place.clone(), Escape::Tsv);
                }
                Some(inside) => {
                    let text = inside.replace("\"\"", "\"");
                    builder.plain(read_text(text), place.start + 1..place.end - 1, Escape::Csv);
                }
                // What is translated may need the quotes that the source does not.
                None if raw.contains(char::is_alphabetic) => {
                    builder.replace(place.clone(), "\"");
                    builder.plain(read_text(raw.to_owned()), place.end..place.end, Escape::Csv);
                    builder.replace(place.end..place.end, "\"");
                }
                None => {}
            }
        }
    }
    let escape = match separator {
        b'\t' => Escape::Tsv,
        _ => Escape::Csv,
    };
    Ok(builder.finish().document(escape, decoded.replaced))
}

/// The columns to translate, and whether the first row is their names.
fn columns(
    fields: &[String],
    file: &str,
    header: &[Range<usize>],
) -> Result<(Vec<usize>, bool), DocumentError> {
    let names: Vec<&str> = (header.iter())
        .map(|place| file[place.clone()].trim_matches('"').trim())
        .collect();
    let by_name: Vec<usize> = (0..names.len())
        .filter(|&column| is_named(fields, names[column]))
        .collect();
    if !by_name.is_empty() {
        return Ok((by_name, true));
    }
    let by_number: Option<Vec<usize>> = (fields.iter())
        .map(|field| field.parse::<usize>().ok()?.checked_sub(1))
        .collect();
    match by_number {
        Some(columns) if !columns.is_empty() => Ok((columns, false)),
        _ => Err(no_field(fields)),
    }
}

/// The rows of a file: the places of their fields, quotes included.
struct Rows<'f> {
    file: &'f str,
    separator: u8,
    at: usize,
}

impl Iterator for Rows<'_> {
    type Item = Vec<Range<usize>>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.file.as_bytes();
        if self.at >= bytes.len() {
            return None;
        }
        let mut fields = Vec::new();
        loop {
            let start = self.at;
            if bytes.get(start) == Some(&b'"') && self.separator != b'\t' {
                self.at = end_of_quotes(self.file, start);
            }
            let is_end = |&&byte: &&u8| byte == self.separator || byte == b'\n';
            let length = bytes[self.at..]
                .iter()
                .take_while(|byte| !is_end(byte))
                .count();
            self.at += length;
            let ends_row = bytes.get(self.at) != Some(&self.separator);
            let mut end = self.at;
            if ends_row && bytes[start..end].ends_with(b"\r") {
                end -= 1;
            }
            fields.push(start..end);
            self.at += 1;
            if ends_row {
                return Some(fields);
            }
        }
    }
}

/// Behind the quote that ends the quotes that begin at `start`. A quote within them is doubled.
fn end_of_quotes(file: &str, start: usize) -> usize {
    let mut at = start + 1;
    while let Some(length) = file[at..].find('"') {
        at += length + 1;
        if !file[at..].starts_with('"') {
            return at;
        }
        at += 1;
    }
    file.len()
}
