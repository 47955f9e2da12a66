//! XML as tokens with their places, for formats that keep every byte around their texts.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::xml::unescaped;
use crate::document::error::DocumentError;

/// A part of an XML file.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) place: Range<usize>,
    pub(super) kind: TokenKind,
}

#[derive(Debug)]
pub(super) enum TokenKind {
    /// A start tag, by its local name.
    Start(String),
    /// An element without content.
    Empty(String),
    /// An end tag.
    End(String),
    /// Text without character references, and that of CDATA.
    Text(String),
    /// A comment, a declaration.
    Other,
}

/// All tokens of a file, in order; together they are the file.
///
/// # Errors
/// When the file, which should have this format, is no XML.
pub(super) fn tokens(file: &str, format: &'static str) -> Result<Vec<Token>, DocumentError> {
    let mut xml = Reader::from_str(file);
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        let event = xml.read_event().map_err(|error| {
            let line = file[..start].matches('\n').count() + 1;
            DocumentError::Malformed {
                format,
                why: format!("line {line}: {error}"),
            }
        })?;
        let kind = match event {
            Event::Eof => return Ok(tokens),
            Event::Start(tag) => TokenKind::Start(tag.local_name().as_ref().to_owned()),
            Event::Empty(tag) => TokenKind::Empty(tag.local_name().as_ref().to_owned()),
            Event::End(tag) => TokenKind::End(tag.local_name().as_ref().to_owned()),
            Event::Text(text) => TokenKind::Text(text.to_string()),
            Event::CData(text) => TokenKind::Text(text.to_string()),
            Event::GeneralRef(name) => TokenKind::Text(unescaped(&format!("&{};", &*name))),
            _ => TokenKind::Other,
        };
        // Never past the end, and always on a character.
        let end = usize::try_from(xml.buffer_position()).unwrap_or(file.len());
        let end = file.floor_char_boundary(end.min(file.len()));
        tokens.push(Token {
            place: start..end.max(start),
            kind,
        });
        start = end.max(start);
    }
}

impl Token {
    /// Whether it is the end tag of such an element, or one without content.
    pub(super) fn closes(&self, name: &str) -> bool {
        matches!(&self.kind, TokenKind::End(own) | TokenKind::Empty(own) if own == name)
    }
}

/// The place of the value of an attribute in a tag at `tag` of the file, without its quotes.
pub(super) fn attribute_place(file: &str, tag: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let raw = &file[tag.clone()];
    let mut at = raw.find(|c: char| c.is_whitespace())?;
    loop {
        let rest = &raw[at..];
        let key_start = at + (rest.len() - rest.trim_start().len());
        let equals = key_start + raw[key_start..].find('=')?;
        let key = raw[key_start..equals].trim();
        let value = raw[equals + 1..].trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let start = raw.len() - value.len() + 1;
        let end = start + raw[start..].find(quote)?;
        if key == name || key.rsplit(':').next() == Some(name) {
            return Some(tag.start + start..tag.start + end);
        }
        at = end + 1;
    }
}

/// The value of an attribute in a tag at `tag` of the file.
pub(super) fn attribute(file: &str, tag: &Range<usize>, name: &str) -> Option<String> {
    attribute_place(file, tag, name).map(|place| unescaped(&file[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_file() {
        let file = "<?xml version='1.0'?>\n<a:b x=\"1 > 0\" y = 'z&amp;'><!-- c --> ä&amp;<![CDATA[<d>]]><e/></a:b>\n";
        let found = tokens(file, "XML").unwrap();
        let all: String = found
            .iter()
            .map(|token| &file[token.place.clone()])
            .collect();
        assert_eq!(all, file);
        let is_b = |token: &&Token| matches!(&token.kind, TokenKind::Start(name) if name == "b");
        let b = found.iter().find(is_b).unwrap();
        assert_eq!(attribute(file, &b.place, "x").as_deref(), Some("1 > 0"));
        assert_eq!(attribute(file, &b.place, "y").as_deref(), Some("z&"));
        assert_eq!(attribute(file, &b.place, "q"), None);
        assert!(tokens("<a></b>", "XML").is_err());
    }
}
