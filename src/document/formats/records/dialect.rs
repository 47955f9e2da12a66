//! The dialect of a file of rows: which sign stands between the fields, and which around them.

use std::ops::Range;

use crate::document::format::RecordOptions;

/// Signs that may stand between fields.
const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];

/// Rows that are looked at.
const SAMPLE: usize = 30;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// The sign around fields, if there is one.
    pub(super) quote: Option<u8>,
}

impl Dialect {
    /// The dialect of a file: as the options say, as its first line says (`sep=;`), or the one in which its rows are most
    /// even.
    pub(super) fn of(file: &str, options: &RecordOptions) -> Self {
        let quote = match options.quote {
            None => Some(b'"'),
            Some('\0') => None,
            Some(sign) => u8::try_from(sign).ok(),
        };
        let given = options.delimiter.and_then(|sign| u8::try_from(sign).ok());
        let with = |delimiter| Self { delimiter, quote };
        let delimiter = given
            .or_else(|| separator_line(file).map(|(sign, _)| sign))
            .unwrap_or_else(|| {
                let even = |&delimiter: &u8| (with(delimiter).evenness(file), delimiter == b',');
                DELIMITERS.into_iter().max_by_key(even).unwrap_or(b',')
            });
        with(delimiter)
    }

    /// How even the first rows are: rows with as many fields as the first, if that has several, and how many fields.
    fn evenness(self, file: &str) -> (usize, usize) {
        let rows: Vec<usize> = self
            .rows(file, 0)
            .take(SAMPLE)
            .map(|row| row.len())
            .collect();
        let fields = rows.first().copied().unwrap_or_default();
        if fields < 2 {
            return (0, 0);
        }
        // A field too many at the end is an empty one.
        let is_even = |&&row: &&usize| row == fields || row == fields + 1;
        (
            rows.iter().filter(is_even).count() * 100 / rows.len(),
            fields,
        )
    }

    /// The rows of a file from a byte on.
    pub(super) fn rows(self, file: &str, at: usize) -> Rows<'_> {
        Rows {
            file,
            dialect: self,
            at,
        }
    }
}

/// The sign that the first line of a file of a spreadsheet names (`sep=;`), and the bytes of that line.
pub(super) fn separator_line(file: &str) -> Option<(u8, usize)> {
    let line = file.split_inclusive('\n').next()?;
    let sign = line.trim_end_matches(['\r', '\n']).trim_matches('"');
    let sign = sign.strip_prefix("sep=")?.as_bytes();
    match sign {
        [sign] => Some((*sign, line.len())),
        _ => None,
    }
}

/// The rows of a file: the places of their fields, quotes included.
pub(super) struct Rows<'f> {
    file: &'f str,
    dialect: Dialect,
    at: usize,
}

impl Iterator for Rows<'_> {
    type Item = Vec<Range<usize>>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.file.as_bytes();
        let Dialect { delimiter, quote } = self.dialect;
        if self.at >= bytes.len() {
            return None;
        }
        let mut fields = Vec::new();
        loop {
            let start = self.at;
            if quote.is_some() && bytes.get(start).copied() == quote {
                self.at = end_of_quotes(bytes, start);
            }
            let is_end = |&&byte: &&u8| byte == delimiter || byte == b'\n';
            let length = bytes[self.at..]
                .iter()
                .take_while(|byte| !is_end(byte))
                .count();
            self.at += length;
            let ends_row = bytes.get(self.at) != Some(&delimiter);
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
fn end_of_quotes(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let mut at = start + 1;
    while let Some(length) = bytes[at..].iter().position(|&byte| byte == quote) {
        at += length + 1;
        if bytes.get(at) != Some(&quote) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_between_fields_is_found() {
        for (file, delimiter) in [
            ("a,b\n1,2\n", b','),
            (
                "a;b;c;d\n1;2;3,50;rot, blau, grün\n1;2;3,50;rot, blau\n",
                b';',
            ),
            ("text\nEin Satz; mit Strichpunkt.\n", b','),
            ("a|b\n1|x, y; z\n2|z\n", b'|'),
            ("a\tb\n1\tx, y\n", b'\t'),
            ("sep=|\na|b\n", b'|'),
            ("name,text\n\"Berg; Tal\",\"Ja; nein; doch\"\n", b','),
            ("", b','),
        ] {
            let found = Dialect::of(file, &RecordOptions::default());
            assert_eq!(found.delimiter as char, delimiter as char, "{file}");
        }
    }
}
