//! Resources of Android: strings, plurals and arrays of strings.
//!
//! Resources with `translatable="false"` and what stands in `<xliff:g>` stay as they are.

use std::ops::Range;

use super::beginning_as_text;
use super::field::{has_words, message};
use super::xml_tokens::{Token, TokenKind, attribute, tokens};
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::{Content, ValuesBuilder};

/// `strings.xml` of Android.
pub const ANDROID: FileFormat = FileFormat {
    matches: |beginning| {
        let text = beginning_as_text(beginning);
        let has = |element: &str| text.contains(element);
        has("<resources") && (has("<string") || has("<plurals"))
    },
    ..FileFormat::new(
        "android",
        "Android resources: strings, plurals, arrays",
        &[],
        read,
    )
};

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let tokens = tokens(file, "Android resources")?;
    let mut builder = ValuesBuilder::new(file.as_bytes());
    // Whether the texts of the open plurals or array are translated.
    let mut is_list = false;
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        i += 1;
        let TokenKind::Start(name) = &token.kind else {
            if ["plurals", "string-array"]
                .iter()
                .any(|list| token.closes(list))
            {
                is_list = false;
            }
            continue;
        };
        let is_kept = attribute(file, &token.place, "translatable").as_deref() == Some("false");
        match name.as_str() {
            "plurals" | "string-array" => is_list = !is_kept,
            "string" | "item" => {
                let length = (tokens[i..].iter()).position(|token| token.closes(name));
                let inside = &tokens[i..i + length.unwrap_or(0)];
                i += inside.len();
                if let (Some(first), Some(last)) = (inside.first(), inside.last())
                    && !is_kept
                    && (name == "string" || is_list)
                {
                    let place = first.place.start..last.place.end;
                    if let Some(content) = content(file, inside, &place) {
                        builder.add(place, content);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(builder.finish_decoded(&decoded))
}

/// The text between the tags of a string; none if it refers to another or has no words.
fn content(file: &str, inside: &[Token], place: &Range<usize>) -> Option<Content> {
    let raw = &file[place.clone()];
    if raw.trim_start().starts_with(['@', '?']) && !raw.trim().contains(' ') {
        return None;
    }
    if inside
        .iter()
        .all(|token| matches!(token.kind, TokenKind::Text(_)))
    {
        let all: String = (inside.iter())
            .filter_map(|token| match &token.kind {
                TokenKind::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let text = unescaped(&all);
        if !has_words(&text) {
            return None;
        }
        return Some(match raw.trim().starts_with("<![CDATA[") {
            true => message(&text, Escape::Android { is_cdata: true }).between("<![CDATA[", "]]>"),
            false => message(&text, Escape::Android { is_cdata: false }),
        });
    }
    let mut builder = MarkupBuilder::new(raw);
    let mut kept: Option<(usize, String)> = None;
    for token in inside {
        let at = token.place.start - place.start..token.place.end - place.start;
        let markup = &raw[at.clone()];
        match (&token.kind, &mut kept) {
            (TokenKind::Text(text), Some((_, inner))) => inner.push_str(text),
            (TokenKind::Text(text), None) => builder.words(&unescaped(text), at),
            (TokenKind::Start(name), None) if name == "g" => kept = Some((at.start, String::new())),
            (TokenKind::End(name), Some(_)) if name == "g" => {
                if let Some((start, text)) = kept.take() {
                    builder.atom(&text, &raw[start..at.end], start..at.end);
                }
            }
            (_, Some(_)) => {}
            (TokenKind::Start(_), None) => builder.open(markup, at),
            (TokenKind::End(_), None) => builder.close(markup, at),
            (TokenKind::Empty(_) | TokenKind::Other, None) => builder.point(markup, at),
        }
    }
    builder.end(BlockKind::Paragraph);
    let escape = Escape::Android { is_cdata: false };
    Some(Content::new(builder.finish(), escape, Escape::None))
}

/// Text without the backslashes and the quotes around it that Android takes away. White space outside quotes is one space.
fn unescaped(raw: &str) -> String {
    let trimmed = raw.trim();
    let quoted = (trimmed.strip_prefix('"')).and_then(|text| text.strip_suffix('"'));
    let raw = match quoted {
        Some(text) if !text.ends_with('\\') => text.to_owned(),
        _ => raw.replace(['\n', '\t'], " "),
    };
    let mut text = String::with_capacity(raw.len());
    let mut signs = raw.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('u') => {
                    let digits: String = signs.clone().take(4).collect();
                    if let Some(letter) =
                        (u32::from_str_radix(&digits, 16).ok()).and_then(char::from_u32)
                    {
                        text.push(letter);
                        signs.nth(3);
                    }
                }
                Some(other) => text.push(other),
                None => {}
            },
            ' ' if text.ends_with(' ') && quoted.is_none() => {}
            sign => text.push(sign),
        }
    }
    text
}
