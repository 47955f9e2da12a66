//! Small helpers for XML files.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, Reader};

use super::html::has_words;
use super::runs::{self, Look};
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;

/// Reads a file event by event, whichever prefixes it has for its namespaces.
pub(super) struct XmlReader<'f> {
    file: &'f str,
    xml: NsReader<&'f [u8]>,
    prefix: Box<dyn FnMut(&str) -> &'static str>,
}

impl<'f> XmlReader<'f> {
    /// A reader that calls namespaces by the prefixes that `prefix` has for their addresses. For a prefix that is never
    /// declared, it is asked for that.
    pub(super) fn new(file: &'f str, prefix: impl FnMut(&str) -> &'static str + 'static) -> Self {
        Self {
            file,
            xml: NsReader::from_str(file),
            prefix: Box::new(prefix),
        }
    }

    /// The whole file.
    pub(super) fn file(&self) -> &'f str {
        self.file
    }

    /// The byte after the last event.
    pub(super) fn position(&self) -> usize {
        // A file in memory is no longer than memory.
        self.xml.buffer_position() as usize
    }

    /// The next event, the byte it begins at, and the prefix of a tag.
    pub(super) fn next(&mut self) -> quick_xml::Result<(usize, &'static str, Event<'f>)> {
        let start = self.position();
        let (namespace, event) = self.xml.read_resolved_event()?;
        if !matches!(event, Event::Start(_) | Event::Empty(_) | Event::End(_)) {
            return Ok((start, "", event));
        }
        let prefix = match &namespace {
            ResolveResult::Bound(namespace) => (self.prefix)(namespace.as_ref()),
            ResolveResult::Unknown(prefix) => (self.prefix)(prefix.as_str()),
            ResolveResult::Unbound => (self.prefix)(""),
        };
        Ok((start, prefix, event))
    }

    /// The whole of an element that begins at `start`, whose start tag was read.
    pub(super) fn element(
        &mut self,
        start: usize,
        tag: &BytesStart<'_>,
    ) -> quick_xml::Result<&'f str> {
        self.xml.read_to_end(tag.name())?;
        Ok(self.since(start))
    }

    /// What is within an element whose start tag was read.
    pub(super) fn inner(
        &mut self,
        tag: &BytesStart<'_>,
    ) -> quick_xml::Result<(Range<usize>, &'f str)> {
        let span = self.xml.read_to_end(tag.name())?;
        let place = span.start as usize..span.end as usize;
        Ok((place.clone(), &self.file[place]))
    }

    /// The bytes from `start` to the end of the last event.
    pub(super) fn since(&self, start: usize) -> &'f str {
        &self.file[start..self.position()]
    }
}

/// Adds a text that is all of an element, whose start tag was read, as a block.
pub(super) fn read_text(
    xml: &mut XmlReader<'_>,
    tag: &BytesStart<'_>,
    builder: &mut MarkupBuilder<'_>,
    kind: BlockKind,
) -> quick_xml::Result<()> {
    let (place, inner) = xml.inner(tag)?;
    if !inner.contains('<') {
        let pieces = runs::texts(&Look::default(), &unescaped(inner));
        runs::write(pieces, kind, place, builder);
    }
    Ok(())
}

/// Adds the texts in attributes of a tag at `place`, those with these local names, as blocks.
pub(super) fn read_attributes(
    file: &str,
    tag: &BytesStart<'_>,
    place: Range<usize>,
    names: &[&str],
    builder: &mut MarkupBuilder<'_>,
) {
    let mut written = String::new();
    let mut done = place.start;
    for (key, at) in attribute_places(file, tag) {
        let text = unescaped(&file[at.clone()]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if names.contains(&key.as_str()) && has_words(&text) {
            written.push_str(&file[done..at.start]);
            written.push_str(&builder.attribute(&text));
            done = at.end;
        }
    }
    if done > place.start {
        written.push_str(&file[done..place.end]);
        builder.replace(place, &written);
        builder.end_nested();
    }
}

/// Leaves out an attribute of a tag at `place` with this local name.
pub(super) fn remove_attribute(
    file: &str,
    tag: &BytesStart<'_>,
    place: Range<usize>,
    name: &str,
    builder: &mut MarkupBuilder<'_>,
) {
    let places = attribute_places(file, tag);
    let Some((_, value)) = places.iter().find(|(key, _)| key == name) else {
        return;
    };
    // From the space before its name to its last quote.
    let before = &file[place.start..value.start];
    let name_end = before.trim_end_matches(['"', '\'', '=', ' ', '\n', '\t', '\r']);
    let start = name_end.rfind(char::is_whitespace);
    let end = (value.end + 1).min(place.end);
    if let Some(start) = start {
        builder.replace(place.start + start..end, "");
    }
}

/// The attributes of a tag: local names, and the places of their values in the file.
fn attribute_places(file: &str, tag: &BytesStart<'_>) -> Vec<(String, Range<usize>)> {
    let mut all = tag.attributes();
    all.with_checks(false);
    let places = all.filter_map(Result::ok).filter_map(|attribute| {
        let Cow::Borrowed(value) = attribute.value else {
            return None;
        };
        let start = value.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
        let place = start..start + value.len();
        file.get(place.clone())?;
        Some((attribute.key.local_name().as_ref().to_owned(), place))
    });
    places.collect()
}

/// Holds a file against what every office document keeps to, and makes languages that it declares as German English.
/// Gives the changed file, or nothing if there is nothing to change.
///
/// # Errors
/// When elements are not closed, or entities are defined, which no office program does.
pub(super) fn checked(file: &str) -> Result<Option<String>, String> {
    if file.contains('\0') {
        return Err("it has NULs".into());
    }
    let mut xml = Reader::from_str(file);
    let mut changed = String::new();
    let (mut done, mut depth) = (0, 0usize);
    let mut in_language = false;
    loop {
        let start = xml.buffer_position() as usize;
        let event = xml.read_event().map_err(|error| error.to_string())?;
        match &event {
            Event::Eof if depth > 0 => return Err("it ends within an element".into()),
            Event::Eof => break,
            Event::End(_) => {
                in_language = false;
                depth = depth.saturating_sub(1);
            }
            Event::DocType(text) if text.contains("<!ENTITY") => {
                return Err("it defines entities".into());
            }
            Event::Text(text) if in_language && (**text == *"de" || text.starts_with("de-")) => {
                changed.push_str(&file[done..start]);
                changed.push_str("en-US");
                done = start + text.len();
            }
            Event::Start(tag) | Event::Empty(tag) => {
                in_language = tag.local_name().as_ref() == "language";
                depth += usize::from(matches!(event, Event::Start(_)));
                for (place, english) in languages(file, tag) {
                    changed.push_str(&file[done..place.start]);
                    changed.push_str(english);
                    done = place.end;
                }
            }
            _ => {}
        }
    }
    if done == 0 {
        return Ok(None);
    }
    changed.push_str(&file[done..]);
    Ok(Some(changed))
}

/// The places of a tag's German languages and countries, and the English ones for there.
fn languages(file: &str, tag: &BytesStart<'_>) -> Vec<(Range<usize>, &'static str)> {
    /// Elements of office documents, and their attributes that name a language.
    const LANGUAGES: [(&str, &str); 6] = [
        ("lang", "val"),
        ("themeFontLang", "val"),
        ("rPr", "lang"),
        ("endParaRPr", "lang"),
        ("defRPr", "lang"),
        ("text-properties", "language"),
    ];
    let element = tag.local_name();
    let element = element.as_ref();
    if !LANGUAGES.iter().any(|(name, _)| *name == element) {
        return Vec::new();
    }
    let (mut found, mut country) = (Vec::new(), None);
    for (key, place) in attribute_places(file, tag) {
        if LANGUAGES.contains(&(element, key.as_str())) {
            match &file[place.clone()] {
                "de" => found.push((place, "en")),
                value if value.starts_with("de-") => found.push((place, "en-US")),
                _ => {}
            }
        } else if (element, key.as_str()) == ("text-properties", "country") {
            country = Some((place, "US"));
        }
    }
    if !found.is_empty() && element == "text-properties" {
        found.extend(country);
    }
    found.sort_by_key(|(place, _)| place.start);
    found
}

/// An element with its attributes, by local names.
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The values of all attributes.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(_, value)| value.as_str())
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

/// The place of the content of the first element with this local name within `raw`, if that is an element with text.
pub(super) fn content_of(raw: &str, name: &str) -> Option<Range<usize>> {
    let mut xml = Reader::from_str(raw);
    loop {
        match xml.read_event().ok()? {
            Event::Start(tag) if tag.local_name().as_ref() == name => {
                let span = xml.read_to_end(tag.name()).ok()?;
                return Some(span.start as usize..span.end as usize);
            }
            Event::Eof => return None,
            _ => {}
        }
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
