//! Rows of fields: CSV, and TSV.

use std::ops::Range;

use super::super::field::field;
use super::dialect::{Dialect, separator_line};
use super::{is_named, no_field};
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// Rows of fields with commas or semicolons between them. Fields are named in the first line or numbered from 1.
pub const CSV: FileFormat = FileFormat::new(
    "csv",
    "Comma-separated values: columns named by --field",
    &["csv"],
    |bytes, options| {
        let decoded = decode(bytes)?;
        let dialect = Dialect::of(&decoded.text, options);
        let mut builder = ValuesBuilder::new(decoded.text.as_bytes());
        read(&decoded.text, dialect, options, &mut builder)?;
        Ok(builder.finish_decoded(&decoded))
    },
);

/// Rows of fields with tabs between them and no quoting.
pub const TSV: FileFormat = FileFormat::new(
    "tsv",
    "Tab-separated values: columns named by --field",
    &["tsv", "tab"],
    |bytes, options| {
        let decoded = decode(bytes)?;
        let quoted = Dialect::of(&decoded.text, options);
        let dialect = Dialect {
            delimiter: options.delimiter.map_or(b'\t', |_| quoted.delimiter),
            quote: quoted.quote.filter(|_| options.quote.is_some()),
        };
        let mut builder = ValuesBuilder::new(decoded.text.as_bytes());
        read(&decoded.text, dialect, options, &mut builder)?;
        Ok(builder.finish_decoded(&decoded))
    },
);

fn read(
    file: &str,
    dialect: Dialect,
    options: &RecordOptions,
    builder: &mut ValuesBuilder<'_>,
) -> Result<(), DocumentError> {
    let start = separator_line(file).map_or(0, |(_, length)| length);
    let mut rows = dialect.rows(file, start);
    let Some(first) = rows.next() else {
        return Ok(());
    };
    let sample: Vec<_> = dialect.rows(file, start).skip(1).take(20).collect();
    let (columns, has_header) = columns(options, file, &first, &sample)?;
    let rows = (!has_header).then_some(first).into_iter().chain(rows);
    for row in rows {
        for &column in &columns {
            if let Some(place) = row.get(column) {
                add(file, place.clone(), dialect, builder);
            }
        }
    }
    Ok(())
}

/// Adds a field, unless it is a formula or has no letters.
fn add(file: &str, place: Range<usize>, dialect: Dialect, builder: &mut ValuesBuilder<'_>) {
    let raw = &file[place.clone()];
    let quote = dialect.quote.map_or('\0', char::from);
    let quoted = (raw.strip_prefix(quote))
        .and_then(|raw| raw.strip_suffix(quote))
        .filter(|_| dialect.quote.is_some());
    let text = match quoted {
        Some(inside) => inside.replace(&format!("{quote}{quote}"), &quote.to_string()),
        None => raw.to_owned(),
    };
    let is_formula = text.starts_with('=') && !text.starts_with("= ");
    if is_formula || !text.contains(char::is_alphabetic) {
        return;
    }
    let escape = match dialect.quote {
        None => Escape::Tsv,
        Some(quote) => Escape::Field {
            quote,
            delimiter: dialect.delimiter,
            is_quoted: quoted.is_some(),
        },
    };
    builder.add(place, field(text, escape));
}

/// The columns to translate, and whether the first row is their names.
fn columns(
    options: &RecordOptions,
    file: &str,
    first: &[Range<usize>],
    sample: &[Vec<Range<usize>>],
) -> Result<(Vec<usize>, bool), DocumentError> {
    let fields = &options.fields;
    let names: Vec<&str> = (first.iter())
        .map(|place| file[place.clone()].trim_matches('"').trim())
        .collect();
    let may_be_header = options.header != Some(false);
    let by_name = |is_it: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let columns = 0..names.len();
        columns
            .filter(|&column| may_be_header && is_it(names[column]))
            .collect()
    };
    // The name of another case is meant if there is none of this.
    let same = by_name(&|name| is_named(fields, name));
    let lower: Vec<String> = fields.iter().map(|field| field.to_lowercase()).collect();
    let alike = || by_name(&|name| is_named(&lower, &name.to_lowercase()));
    for columns in [same, alike()] {
        if !columns.is_empty() {
            return Ok((columns, true));
        }
    }
    let by_number: Option<Vec<usize>> = (fields.iter())
        .map(|field| field.parse::<usize>().ok()?.checked_sub(1))
        .collect();
    match by_number.filter(|columns| !columns.is_empty()) {
        Some(columns) if columns.iter().any(|&column| column < names.len()) => {
            let has_header = options
                .header
                .unwrap_or_else(|| is_header(file, first, sample));
            Ok((columns, has_header))
        }
        _ => Err(no_field(fields, names)),
    }
}

/// Whether a first row has words over a column of numbers.
fn is_header(file: &str, first: &[Range<usize>], sample: &[Vec<Range<usize>>]) -> bool {
    let has_letters = |place: &Range<usize>| file[place.clone()].contains(char::is_alphabetic);
    let has_digits =
        |place: &Range<usize>| file[place.clone()].contains(|c: char| c.is_ascii_digit());
    (0..first.len()).any(|column| {
        let below: Vec<_> = sample.iter().filter_map(|row| row.get(column)).collect();
        has_letters(&first[column])
            && !below.is_empty()
            && below
                .iter()
                .all(|place| has_digits(place) && !has_letters(place))
    })
}
