//! Catalogues of gettext (PO and POT).
//!
//! In a catalogue for German the translations are German, and become English in place. In any other the identifiers are
//! German, and their English is put where there is none yet, the German again, or one marked as doubtful (`fuzzy`). Obsolete
//! messages, which are comments, stay.

use std::ops::Range;

use super::field::{has_words, message};
use super::strings::end_of_quotes;
use crate::document::block::Document;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// Messages of gettext.
pub const PO: FileFormat = FileFormat {
    aliases: &["pot", "gettext"],
    ..FileFormat::new("po", "Catalogues of gettext", &["po", "pot"], read)
};

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let entries = entries(file)?;
    let language = entries
        .iter()
        .find_map(|entry| header_language(file, entry));
    let strings_are_german = match &language {
        Some((_, language)) if language.starts_with("de") => true,
        Some((_, language)) if !language.is_empty() => false,
        _ => strings_look_german(&entries),
    };
    let line_end = if file.contains("\r\n") { "\r\n" } else { "\n" };
    let escape = Escape::Po { line_end };
    let mut builder = ValuesBuilder::new(file.as_bytes());
    if let Some((place, language)) = language
        && (language.is_empty() || language.starts_with("de"))
    {
        builder.replace(place, "en");
    }
    for entry in entries.iter().filter(|entry| !entry.id.text.is_empty()) {
        for (i, string) in entry.strings.iter().enumerate() {
            let id = match (i, &entry.plural) {
                (1.., Some(plural)) => plural,
                _ => &entry.id,
            };
            // What is the German text again is not translated yet.
            let is_open = string.text.is_empty() || string.text == id.text || entry.is_fuzzy;
            let source = match strings_are_german {
                true => string,
                false if is_open => id,
                false => continue,
            };
            if has_words(&source.text) {
                let mut content = message(&source.text, escape);
                content.form.fills = source.text != string.text;
                builder.add(string.place.clone(), content);
            }
        }
    }
    Ok(builder.finish_decoded(&decoded))
}

/// A message: what it is called, and its translations, several where there are plurals.
#[derive(Default)]
struct Entry {
    is_fuzzy: bool,
    id: Quoted,
    plural: Option<Quoted>,
    strings: Vec<Quoted>,
}

/// A text in quotes, on one or more lines.
#[derive(Default, Clone)]
struct Quoted {
    /// From the first quote to the last.
    place: Range<usize>,
    text: String,
}

/// The messages of a file.
fn entries(file: &str) -> Result<Vec<Entry>, DocumentError> {
    let mut entries = Vec::new();
    let mut entry = Entry::default();
    // The text that goes on in the next line of quotes alone.
    let mut last: Option<fn(&mut Entry) -> Option<&mut Quoted>> = None;
    let mut at = 0;
    for (number, line) in file.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let text = line.trim();
        let is_new =
            text.starts_with("msgctxt") || text.starts_with("msgid ") || text.starts_with('#');
        if is_new && !entry.strings.is_empty() {
            entries.push(std::mem::take(&mut entry));
        }
        if text.is_empty() || text.starts_with('#') {
            entry.is_fuzzy |= text.starts_with("#,") && text.contains("fuzzy");
            last = None;
            continue;
        }
        let quote = text.find('"');
        let (keyword, quoted) = text.split_at(quote.unwrap_or(text.len()));
        let quoted_at = start + (line.len() - line.trim_start().len()) + keyword.len();
        let length = match quoted {
            "" => None,
            quoted => end_of_quotes(quoted),
        };
        let length = length.ok_or_else(|| DocumentError::Malformed {
            format: "PO",
            why: format!("line {} has no text in quotes", number + 1),
        })?;
        let quoted = Quoted {
            place: quoted_at..quoted_at + length,
            text: unescaped(&file[quoted_at + 1..quoted_at + length - 1]),
        };
        match keyword.trim() {
            "" => {
                if let Some(open) = last.and_then(|last| last(&mut entry)) {
                    open.place.end = quoted.place.end;
                    open.text.push_str(&quoted.text);
                }
            }
            "msgid" => {
                entry.id = quoted;
                last = Some(|entry| Some(&mut entry.id));
            }
            "msgid_plural" => {
                entry.plural = Some(quoted);
                last = Some(|entry| entry.plural.as_mut());
            }
            keyword if keyword.starts_with("msgstr") => {
                entry.strings.push(quoted);
                last = Some(|entry| entry.strings.last_mut());
            }
            _ => last = None,
        }
    }
    entries.push(entry);
    Ok(entries)
}

/// The language in the header, and its place, if this entry is the header and has one.
fn header_language(file: &str, entry: &Entry) -> Option<(Range<usize>, String)> {
    const NAME: &str = "\"Language:";
    let header = entry.strings.first().filter(|_| entry.id.text.is_empty())?;
    let raw = &file[header.place.clone()];
    let start = raw.find(NAME)? + NAME.len();
    let value = &raw[start..start + raw[start..].find(['\\', '"'])?];
    let inner = value.trim();
    let from = header.place.start + start + (value.len() - value.trim_start().len());
    Some((from..from + inner.len(), inner.to_lowercase()))
}

/// Whether translations are there and are German, and the identifiers are not.
fn strings_look_german(entries: &[Entry]) -> bool {
    let all = |text: &dyn Fn(&Entry) -> Option<&Quoted>| -> String {
        let texts = entries.iter().filter(|entry| !entry.id.text.is_empty());
        let texts: Vec<&str> = (texts.filter_map(text))
            .map(|quoted| quoted.text.as_str())
            .collect();
        texts.join("\n")
    };
    let language = |text: String| whatlang::detect(&text).map(|found| found.lang());
    let strings = all(&|entry| entry.strings.first());
    language(strings) == Some(whatlang::Lang::Deu)
        && language(all(&|entry| Some(&entry.id))) != Some(whatlang::Lang::Deu)
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
                Some(sign @ ('"' | '\\')) => text.push(sign),
                Some(other) => text.extend(['\\', other]),
                None => {}
            },
            sign => text.push(sign),
        }
    }
    text
}
