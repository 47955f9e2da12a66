//! XML events of WordprocessingML, whichever prefix the file has for it.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// Reads a part of a Word document.
pub(super) struct WordReader<'f> {
    file: &'f str,
    xml: NsReader<&'f [u8]>,
    /// The namespace of the root element: transitional or strict WordprocessingML, or the prefix of files without
    /// declarations.
    namespace: Option<String>,
}

impl<'f> WordReader<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self {
            file,
            xml: NsReader::from_str(file),
            namespace: None,
        }
    }

    /// The byte after the last event.
    pub(super) fn position(&self) -> usize {
        // A file in memory is no longer than memory.
        self.xml.buffer_position() as usize
    }

    /// The next event, the byte it begins at, and whether it is of the namespace of the root element.
    pub(super) fn next(&mut self) -> quick_xml::Result<(usize, bool, Event<'f>)> {
        let start = self.position();
        let (namespace, event) = self.xml.read_resolved_event()?;
        if !matches!(event, Event::Start(_) | Event::Empty(_) | Event::End(_)) {
            return Ok((start, false, event));
        }
        let namespace = match &namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref(),
            ResolveResult::Unknown(prefix) => prefix.as_str(),
            ResolveResult::Unbound => "",
        };
        let root = self.namespace.get_or_insert_with(|| namespace.to_owned());
        let is_word = root.as_str() == namespace;
        Ok((start, is_word, event))
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

    /// The bytes from `start` to the end of the last event.
    pub(super) fn since(&self, start: usize) -> &'f str {
        &self.file[start..self.position()]
    }
}

/// The local name of a tag of WordprocessingML; empty for others.
pub(super) fn word_name<'t>(is_word: bool, tag: &'t BytesStart<'_>) -> &'t str {
    match is_word {
        true => tag.local_name().into_inner(),
        false => "",
    }
}
