//! Translation memories that users bring along: TMX 1.4b, as translation programs write it. A sentence that is in it word
//! for word is not translated again; one that is like another there keeps to its wording.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sha2::{Digest, Sha256};

use super::similar::Index;
use crate::document::words;
use crate::files;
use crate::segment::{Example, Fixed};

/// German sentences with their English translations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceMemory {
    /// Source and target, in the order of the sources.
    sentences: Vec<(String, String)>,
    index: Index,
}

/// Why a translation memory cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TmxError {
    /// The bytes are no text in UTF-8 or UTF-16.
    #[error("it is not text in UTF-8 or UTF-16")]
    NotText,
    /// The file is not well-formed XML.
    #[error("it is damaged: {0}")]
    Xml(String),
    /// No unit has a German and an English side.
    #[error("it has no German sentence with an English translation")]
    Empty,
}

impl ReferenceMemory {
    /// Reads a TMX file. Units without a German and an English side are skipped; of a sentence that is there twice the last
    /// translation counts. Codes inside of sentences (`bpt`, `ept`, `ph`, `it`, `ut`) are left out.
    ///
    /// # Errors
    /// When the file is no well-formed TMX or has no such unit.
    pub fn read(bytes: &[u8]) -> Result<Self, TmxError> {
        let text = decode(bytes).ok_or(TmxError::NotText)?;
        let damaged = |error: &dyn std::fmt::Display| TmxError::Xml(error.to_string());
        let mut xml = Reader::from_str(&text);
        let mut sentences = BTreeMap::new();
        let mut unit = Unit::default();
        loop {
            match xml.read_event().map_err(|error| damaged(&error))? {
                Event::Start(tag) => unit.open(&tag),
                Event::End(tag) => {
                    if let Some((source, target)) = unit.close(tag.local_name().as_ref()) {
                        sentences.insert(source, target);
                    }
                }
                Event::Text(text) => unit.add(&text),
                Event::CData(text) => unit.add(&text),
                Event::GeneralRef(name) => {
                    let reference = format!("&{};", &*name);
                    let text = quick_xml::escape::unescape(&reference);
                    unit.add(&text.map_err(|error| damaged(&error))?);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        match sentences.is_empty() {
            true => Err(TmxError::Empty),
            false => Ok(Self {
                index: Index::new(sentences.keys()),
                sentences: sentences.into_iter().collect(),
            }),
        }
    }

    /// The number of sentences.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// The translation of a whole sentence, if it is known; white space does not count.
    pub fn whole(&self, sentence: &str) -> Option<Fixed> {
        if self.sentences.is_empty() {
            return None;
        }
        let line = words::one_line(sentence);
        let found = (self.sentences).binary_search_by(|(source, _)| source.cmp(&line));
        Some(Fixed {
            span: 0..sentence.len(),
            target: Some(self.sentences[found.ok()?].1.clone()),
            exact: true,
        })
    }

    /// The sentence that is most like another: at least 60 % of the words of the longer one are the same, in the same order
    /// (normalised Levenshtein distance over words). Capitals, punctuation and digits do not count.
    pub fn similar(&self, sentence: &str) -> Option<Example> {
        let found = self.index.most_similar(sentence)?;
        let (source, target) = self.sentences[found].clone();
        Some(Example { source, target })
    }

    /// SHA-256 of all sentences, as hexadecimal digits; `None` if there is none.
    pub fn fingerprint(&self) -> Option<String> {
        if self.sentences.is_empty() {
            return None;
        }
        let mut hash = Sha256::new();
        for text in self.sentences.iter().flat_map(|(a, b)| [a, b]) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        Some(files::hex(&hash.finalize()))
    }
}

/// The unit that is being read.
#[derive(Default)]
struct Unit {
    source: Option<String>,
    target: Option<String>,
    /// The language of the side that is being read, in lower case.
    language: String,
    /// The sentence that is being read.
    sentence: Option<String>,
    /// Elements with codes that are open.
    codes: usize,
}

impl Unit {
    fn open(&mut self, tag: &BytesStart<'_>) {
        match tag.local_name().as_ref() {
            "tu" => *self = Self::default(),
            "tuv" => {
                let attributes = tag.attributes().filter_map(Result::ok);
                let language = attributes
                    .filter(|attribute| attribute.key.local_name().as_ref() == "lang")
                    .map(|attribute| attribute.value.to_lowercase());
                self.language = language.last().unwrap_or_default();
            }
            "seg" => self.sentence = Some(String::new()),
            name if is_code(name) => self.codes += 1,
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(sentence) = self.sentence.as_mut().filter(|_| self.codes == 0) {
            *sentence += text;
        }
    }

    /// Source and target, at the end of a unit that has both.
    fn close(&mut self, name: &str) -> Option<(String, String)> {
        match name {
            "seg" => {
                let sentence = words::one_line(&self.sentence.take()?);
                let side = match self.language.split(['-', '_']).next() {
                    Some("de" | "deu" | "ger") => &mut self.source,
                    Some("en" | "eng") => &mut self.target,
                    _ => return None,
                };
                *side = Some(sentence).filter(|sentence| !sentence.is_empty());
                None
            }
            "tu" => Some((self.source.take()?, self.target.take()?)),
            name => {
                self.codes = self.codes.saturating_sub(usize::from(is_code(name)));
                None
            }
        }
    }
}

/// Elements whose content is markup of another program.
fn is_code(name: &str) -> bool {
    ["bpt", "ept", "ph", "it", "ut"].contains(&name)
}

/// Text in UTF-8, or in UTF-16 as its byte order mark says.
fn decode(bytes: &[u8]) -> Option<String> {
    let encoding =
        encoding_rs::Encoding::for_bom(bytes).map_or(encoding_rs::UTF_8, |found| found.0);
    let (text, _, damaged) = encoding.decode(bytes);
    (!damaged).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="de-DE"/><body>
<tu><tuv xml:lang="DE-de"><seg>Die  <bpt i="1">&lt;b></bpt>Bank<ept i="1">&lt;/b></ept> &amp; Co.</seg></tuv>
    <tuv xml:lang="en-GB"><seg>The bank &amp; Co.</seg></tuv></tu>
<tu><tuv xml:lang="fr"><seg>Oui.</seg></tuv><tuv xml:lang="en"><seg>Yes.</seg></tuv></tu>
<tu><tuv lang="de"><seg>Ja.</seg></tuv><tuv lang="en"><seg>Aye.</seg></tuv></tu>
<tu><tuv lang="de"><seg>Leer.</seg></tuv><tuv lang="en"><seg> </seg></tuv></tu>
</body></tmx>"#;

    #[test]
    fn sentences_are_found_whatever_their_white_space() {
        let memory = ReferenceMemory::read(FILE.as_bytes()).unwrap();
        assert_eq!(memory.len(), 2);
        let target = |sentence: &str| memory.whole(sentence).and_then(|fixed| fixed.target);
        assert_eq!(target("Die Bank &\nCo.").as_deref(), Some("The bank & Co."));
        assert_eq!(target("Ja.").as_deref(), Some("Aye."));
        assert_eq!((target("Nein."), target("Leer.")), (None, None));
    }

    #[test]
    fn utf_16_is_read() {
        let utf_16 = |text: &str| -> Vec<u8> {
            let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        };
        let memory = ReferenceMemory::read(&utf_16(&FILE.replace("<?xml version=\"1.0\"?>", "")));
        assert_eq!(memory.unwrap().len(), 2);
    }

    #[test]
    fn damage_is_named() {
        let read = |text: &str| ReferenceMemory::read(text.as_bytes());
        assert!(matches!(read("<tmx><body></tmx>"), Err(TmxError::Xml(_))));
        assert_eq!(read("<tmx/>"), Err(TmxError::Empty));
        assert_eq!(read(""), Err(TmxError::Empty));
        assert_eq!(
            ReferenceMemory::read(b"\xff\xff<tmx/>"),
            Err(TmxError::NotText)
        );
        assert!(matches!(
            read("<tu><seg>&xxe;</seg></tu>"),
            Err(TmxError::Xml(_))
        ));
    }
}
