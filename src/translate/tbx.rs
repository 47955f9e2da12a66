//! Term bases in TBX, of its first version (`martif`, `termEntry`, `langSet`) and of its third (`tbx`, `conceptEntry`,
//! `langSec`).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The German terms of a term base, each with the first English one of its entry.
///
/// # Errors
/// What is wrong with the XML.
pub(super) fn terms(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut xml = Reader::from_str(text);
    let mut terms = Vec::new();
    let (mut german, mut english): (Vec<String>, Vec<String>) = Default::default();
    let mut language = String::new();
    let mut term: Option<String> = None;
    loop {
        match xml.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "langSet" | "langSec" => language = language_of(&tag),
                "term" => term = Some(String::new()),
                _ => {}
            },
            Event::Text(text) => {
                if let Some(term) = &mut term {
                    term.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(term) = &mut term {
                    let reference = format!("&{};", &*name);
                    let sign = quick_xml::escape::unescape(&reference);
                    term.push_str(&sign.map_err(|error| error.to_string())?);
                }
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                "term" => {
                    let term = term.take().unwrap_or_default();
                    match language.get(..2) {
                        _ if term.trim().is_empty() => {}
                        Some("de") => german.push(term),
                        Some("en") => english.push(term),
                        _ => {}
                    }
                }
                "termEntry" | "conceptEntry" => {
                    if let Some(english) = english.first() {
                        let pairs = german.drain(..).map(|german| (german, english.clone()));
                        terms.extend(pairs);
                    }
                    german.clear();
                    english.clear();
                }
                _ => {}
            },
            Event::Eof => return Ok(terms),
            _ => {}
        }
    }
}

fn language_of(tag: &BytesStart<'_>) -> String {
    let attributes = tag.attributes().filter_map(Result::ok);
    let language = attributes
        .filter(|attribute| attribute.key.local_name().as_ref() == "lang")
        .map(|attribute| attribute.value.to_lowercase());
    language.last().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn entries_of_both_versions_are_read() {
        let old = "<martif><text><body><termEntry id='1'><langSet xml:lang='de'><tig><term>Stadtwerke</term></tig><tig><term>Werke &amp; Co</term></tig></langSet>\
            <langSet xml:lang='en-GB'><tig><term>City Works</term></tig><tig><term>Works</term></tig></langSet></termEntry>\
            <termEntry><langSet xml:lang='de'><tig><term>Nein</term></tig></langSet></termEntry></body></text></martif>";
        let new = old
            .replace("termEntry", "conceptEntry")
            .replace("langSet", "langSec");
        let expected = [("Stadtwerke", "City Works"), ("Werke & Co", "City Works")];
        let expected = expected.map(|(german, english)| (german.to_owned(), english.to_owned()));
        for file in [old, &new] {
            assert_eq!(super::terms(file).unwrap(), expected);
        }
        assert!(super::terms("<martif></tbx>").is_err());
    }
}
