//! YAML: the texts of plain mappings and lists. What a small reader cannot read – flows, anchors, texts over several lines
//! without a sign – stays as it is.

use std::ops::Range;

use super::field::{has_words, message};
use super::plain::read_text;
use crate::document::block::Document;
use crate::document::builder::MarkupFile;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::{Content, ValuesBuilder};

/// Catalogues whose first name is the language (`de:`); others only if the user names the format.
pub const YAML: FileFormat = FileFormat {
    aliases: &["yml"],
    ..FileFormat::new(
        "yaml",
        "YAML: catalogues of messages below the name of their language",
        &["yml", "yaml"],
        read,
    )
};

fn read(bytes: &[u8], options: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let language = language(file);
    let fields = &options.fields;
    if language.is_none() && !options.is_named && fields.is_empty() {
        return Err(DocumentError::Unsupported {
            what: "a file of settings",
            advice: "to have all its texts translated, say --input-format yaml",
        });
    }
    let mut builder = ValuesBuilder::new(file.as_bytes());
    if let Some(place) = language {
        builder.replace(place, "en");
    }
    for scalar in scalars(file) {
        if fields.is_empty() || super::records::is_named(fields, &scalar.path) {
            add(file, &scalar, &mut builder);
        }
    }
    Ok(builder.finish_decoded(&decoded))
}

/// The place of the one name without indentation, if it is German.
fn language(file: &str) -> Option<Range<usize>> {
    let mut found = None;
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let text = line.trim_end();
        if text.is_empty() || text.starts_with([' ', '\t', '#']) || text == "---" || text == "..." {
            continue;
        }
        let name = text.strip_suffix(':')?.trim_matches(['"', '\'']);
        let is_german = matches!(name, "de" | "de-DE" | "de-AT" | "de-CH" | "de_DE");
        if !is_german || found.is_some() {
            return None;
        }
        let start = start + line.find(name)?;
        found = Some(start..start + name.len());
    }
    found
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// On lines of its own below its name.
    Block,
}

/// A text with its place, the quotes included.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    /// The names that lead to it, with points between them.
    pub(super) path: String,
    pub(super) place: Range<usize>,
    pub(super) style: Style,
    pub(super) text: String,
}

/// Adds a text, if it has words.
pub(super) fn add(file: &str, scalar: &Scalar, builder: &mut ValuesBuilder<'_>) {
    if !has_words(&scalar.text) {
        return;
    }
    let content = match scalar.style {
        Style::Plain => message(&scalar.text, Escape::Yaml),
        Style::Double => message(&scalar.text, Escape::Json).between("\"", "\""),
        Style::Single => {
            let quotes = Escape::Field {
                quote: b'\'',
                delimiter: b'\'',
                is_quoted: true,
            };
            message(&scalar.text, quotes)
        }
        Style::Block => {
            let lines = MarkupFile::of_text(read_text(file[scalar.place.clone()].to_owned()));
            Content::new(lines, Escape::None, Escape::None)
        }
    };
    builder.add(scalar.place.clone(), content);
}

/// The texts of a file, in order.
pub(super) fn scalars(file: &str) -> Vec<Scalar> {
    let mut scalars = Vec::new();
    // Indentation and name of what is open.
    let mut open: Vec<(usize, String)> = Vec::new();
    let lines = lines(file);
    let mut i = 0;
    while let Some(line) = lines.get(i) {
        i += 1;
        let text = &file[line.clone()];
        let mut at = line.start + indent(text);
        if text.trim().is_empty() || text.trim_start().starts_with('#') {
            continue;
        }
        let mut is_item = false;
        while file[at..line.end].starts_with("- ") {
            is_item = true;
            at += 2 + indent(&file[at + 2..line.end]);
        }
        let column = at - line.start;
        open.retain(|(indent, _)| *indent < column);
        let rest = &file[at..line.end];
        let (name, value) = match name_end(rest) {
            Some(end) => (rest[..end].trim_matches(['"', '\'']), &rest[end + 1..]),
            None if is_item => ("", rest),
            // A text of the line before goes on.
            None => continue,
        };
        let value_start = line.end - value.trim_start().len();
        let mut path: Vec<&str> = open.iter().map(|(_, name)| name.as_str()).collect();
        path.push(name);
        path.retain(|name| !name.is_empty());
        let path = path.join(".");
        if matches!(value.trim().trim_end_matches(['-', '+']), "|" | ">") {
            let begin = i;
            while (lines.get(i)).is_some_and(|line| {
                let text = &file[line.clone()];
                text.trim().is_empty() || indent(text) > column
            }) {
                i += 1;
            }
            if let Some(last) = (begin..i)
                .rev()
                .find(|&line| !file[lines[line].clone()].trim().is_empty())
            {
                let start = lines[begin].start + indent(&file[lines[begin].clone()]);
                let place = start..lines[last].end;
                scalars.push(Scalar {
                    text: file[place.clone()].to_owned(),
                    path,
                    place,
                    style: Style::Block,
                });
            }
        } else if value.trim().is_empty() {
            open.push((column, name.to_owned()));
        } else if !goes_on(file, &lines, i, column)
            && let Some((length, style, text)) = scalar(value.trim_start())
        {
            scalars.push(Scalar {
                path,
                place: value_start..value_start + length,
                style,
                text,
            });
        }
    }
    scalars
}

/// Whether a text goes on in line `i`, which is indented deeper than its name.
fn goes_on(file: &str, lines: &[Range<usize>], i: usize, column: usize) -> bool {
    let Some(line) = lines.get(i) else {
        return false;
    };
    let text = &file[line.clone()];
    !text.trim().is_empty()
        && indent(text) > column
        && !text.trim_start().starts_with(['-', '#'])
        && name_end(text.trim_start()).is_none()
}

/// The byte of the colon after a name.
fn name_end(text: &str) -> Option<usize> {
    let quoted = text.starts_with(['"', '\'']);
    let from = match quoted {
        true => text[1..].find(&text[..1])? + 2,
        false => 0,
    };
    let end = from
        + text[from..]
            .find(": ")
            .or_else(|| text[from..].strip_suffix(':').map(str::len))?;
    let name = &text[..end];
    let is_name = quoted || !name.contains(['"', '\'', '{', '[', '#', ',']);
    (is_name && !name.is_empty()).then_some(end)
}

/// The bytes, the style and the text of the value at the beginning of `raw`.
fn scalar(raw: &str) -> Option<(usize, Style, String)> {
    match raw.chars().next()? {
        '"' => {
            let length = super::strings::end_of_quotes(raw)?;
            let text = serde_json::from_str(&raw[..length]).ok()?;
            is_end(&raw[length..]).then_some((length, Style::Double, text))
        }
        '\'' => {
            let mut length = 1;
            loop {
                length += raw[length..].find('\'')? + 1;
                if !raw[length..].starts_with('\'') {
                    break;
                }
                length += 1;
            }
            let text = raw[1..length - 1].replace("''", "'");
            is_end(&raw[length..]).then_some((length, Style::Single, text))
        }
        '{' | '[' | '&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | '#' => None,
        _ => {
            let end = raw.find(" #").unwrap_or(raw.len());
            let text = raw[..end].trim_end();
            let is_word = !matches!(
                text,
                "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "~"
            );
            is_word.then(|| (text.len(), Style::Plain, text.to_owned()))
        }
    }
}

fn is_end(rest: &str) -> bool {
    rest.trim().is_empty() || rest.trim_start().starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn lines(file: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let lines = file.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_with_their_paths() {
        let file = "a: Eins # nein\nb:\n  - c: \"Zw\\\"ei\"\n    d: 'Dr''ei'\n  - Vier\n  -  e: >\n      Fünf\n      sechs\n\n    f: [x]\ng: |\n  Sieben\nh: x\n  y\n\"i: j\": k\n";
        let found: Vec<(String, String)> = (scalars(file).into_iter())
            .map(|scalar| (scalar.path, scalar.text))
            .collect();
        let expected = [
            ("a", "Eins"),
            ("b.c", "Zw\"ei"),
            ("b.d", "Dr'ei"),
            ("b", "Vier"),
            ("b.e", "Fünf\n      sechs"),
            ("g", "Sieben"),
            ("i: j", "k"),
        ];
        let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(found, expected);
    }
}
