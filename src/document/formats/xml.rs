//! Small helpers for XML files.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element with its attributes, by local names.
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }
}

/// All elements of a file, in order.
pub(super) fn elements(file: &str) -> quick_xml::Result<Vec<Element>> {
    let mut xml = Reader::from_str(file);
    let mut elements = Vec::new();
    loop {
        match xml.read_event()? {
            Event::Start(tag) | Event::Empty(tag) => elements.push(Element {
                name: tag.local_name().as_ref().to_owned(),
                attributes: attributes(&tag).collect(),
            }),
            Event::Eof => return Ok(elements),
            _ => {}
        }
    }
}

/// The attributes of a tag: local names and unescaped values.
fn attributes(tag: &BytesStart<'_>) -> impl Iterator<Item = (String, String)> {
    let mut all = tag.attributes();
    all.with_checks(false);
    all.filter_map(Result::ok).map(|attribute| {
        let name = attribute.key.local_name().as_ref().to_owned();
        (name, unescaped(&attribute.value))
    })
}

/// The value of the attribute with this local name.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = attributes(tag).find(|(key, _)| key == name)?;
    Some(found.1)
}

/// Text without character references. Entities that only a DTD could define stay as they are.
pub(super) fn unescaped(raw: &str) -> String {
    match quick_xml::escape::unescape(raw) {
        Ok(text) => text.into_owned(),
        Err(_) => raw.to_owned(),
    }
}

/// The text of an element that is written `raw`.
pub(super) fn text_of(raw: &str) -> String {
    let mut xml = Reader::from_str(raw);
    let mut text = String::new();
    loop {
        match xml.read_event() {
            Ok(Event::Text(part)) => text.push_str(&part),
            Ok(Event::GeneralRef(name)) => text.push_str(&unescaped(&format!("&{};", &*name))),
            Ok(Event::CData(part)) => text.push_str(&part),
            Ok(Event::Eof) | Err(_) => return text,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_had_however_it_is_written() {
        for (raw, text) in [
            ("<t>a &amp; b</t>", "a & b"),
            (
                "<t xml:space='preserve'> a&#228;\u{e4}&#xE4; </t>",
                " aäää ",
            ),
            ("<t><![CDATA[a < b & c]]> &lt; d</t>", "a < b & c < d"),
            ("<t>&unknown;</t>", "&unknown;"),
            ("<t/>", ""),
        ] {
            assert_eq!(text_of(raw), text);
        }
    }

    #[test]
    fn attributes_are_found_however_they_are_quoted() {
        let found = elements("<a:x b:c='1 &lt; 2' d = \"e'f\"/>").unwrap();
        assert!(found[0].is("x"));
        assert_eq!(found[0].attribute("c"), Some("1 < 2"));
        assert_eq!(found[0].attribute("d"), Some("e'f"));
    }
}
