//! Java properties: a key and a message on each line.

use std::ops::Range;

use super::field::{has_words, message};
use crate::document::block::Document;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// Properties of `java.util.Properties`, as bundles of messages use them.
pub const PROPERTIES: FileFormat = FileFormat::new(
    "properties",
    "Java properties: the values",
    &["properties"],
    read,
);

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut builder = ValuesBuilder::new(file.as_bytes());
    let mut lines = file.split_inclusive('\n');
    let mut at = 0;
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let text = line.trim_start();
        if text.is_empty() || text.starts_with(['#', '!']) {
            continue;
        }
        while goes_on(&file[start..at])
            && let Some(next) = lines.next()
        {
            at += next.len();
        }
        let place = value(file, start..at);
        let text = unescaped(&file[place.clone()]);
        // Messages with parameters have their apostrophes twice.
        let doubled = has_parameter(&text);
        let text = match doubled {
            true => text.replace("''", "'"),
            false => text,
        };
        if has_words(&text) {
            let escape = Escape::Properties {
                is_ascii: file.is_ascii(),
                doubled,
            };
            builder.add(place, message(&text, escape));
        }
    }
    Ok(builder.finish_decoded(&decoded))
}

/// Whether a line ends with an odd number of backslashes.
fn goes_on(line: &str) -> bool {
    let line = line.trim_end_matches(['\n', '\r']);
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// The place of the value of a line: behind the key, the sign after it and the spaces around that.
fn value(file: &str, line: Range<usize>) -> Range<usize> {
    let raw = file[line.clone()].trim_end_matches(['\n', '\r']);
    let key_start = raw.len() - raw.trim_start().len();
    let mut is_escaped = false;
    let end = raw[key_start..].find(|c: char| {
        let ends = !is_escaped && (matches!(c, '=' | ':') || c.is_whitespace());
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    let key_end = end.map_or(raw.len(), |end| key_start + end);
    let rest = raw[key_end..].trim_start_matches([' ', '\t', '\x0C']);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    let rest = rest.trim_start_matches([' ', '\t', '\x0C']);
    let end = line.start + raw.len();
    end - rest.len()..end
}

fn has_parameter(text: &str) -> bool {
    text.match_indices('{')
        .any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
}

fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut signs = raw.chars().peekable();
    let mut units: Vec<u16> = Vec::new();
    while let Some(sign) = signs.next() {
        let sign = match (sign, signs.peek().copied()) {
            ('\\', Some('u')) => {
                signs.next();
                let digits: String = signs.clone().take(4).collect();
                match u16::from_str_radix(&digits, 16) {
                    Ok(unit) if digits.len() == 4 => {
                        signs.nth(3);
                        units.push(unit);
                        continue;
                    }
                    _ => 'u',
                }
            }
            ('\\', Some(next)) => {
                signs.next();
                match next {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'f' => '\x0C',
                    '\r' | '\n' => {
                        while signs.next_if(|c| c.is_whitespace()).is_some() {}
                        continue;
                    }
                    next => next,
                }
            }
            (sign, _) => sign,
        };
        text.push_str(&String::from_utf16_lossy(&std::mem::take(&mut units)));
        text.push(sign);
    }
    text.push_str(&String::from_utf16_lossy(&units));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_escapes_are_read() {
        for (line, text) in [
            ("a=b", "b"),
            ("a.b : c d\r\n", "c d"),
            ("a   b\n", "b"),
            ("a\\=b = c", "c"),
            ("a", ""),
            ("a=\\u00f6\\ud83d\\ude00\\n\\\\x\\:", "ö😀\n\\x:"),
            ("a=b \\\n   c", "b c"),
            ("a=\\u00", "u00"),
        ] {
            assert_eq!(unescaped(&line[value(line, 0..line.len())]), text, "{line}");
        }
    }
}
