//! Rejects PDF files whose form XObjects recurse without bound. Pages draw forms, and these draw others; pdf-extract
//! follows them however deep they go, and would overflow the stack.

use std::collections::{HashMap, HashSet};

use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

/// Levels of nested forms, and nodes of the page tree above a page.
const DEEPEST: usize = 50;
/// Forms that one form draws, directly and through others.
const MOST: u64 = 100_000;

/// Bytes of a name, with the sign before it.
const LONGEST_NAME: usize = 128;

/// Checks the forms of a document, and the nodes above its pages.
///
/// # Errors
/// A message when a form draws itself, or far too many others, or a node of the page tree is its own ancestor.
pub fn check(document: &Document) -> Result<(), &'static str> {
    for page in document.get_pages().into_values() {
        let above = std::iter::successors(Some(page), |&node| {
            let node = document.get_object(node).and_then(Object::as_dict).ok()?;
            node.get(b"Parent").and_then(Object::as_reference).ok()
        });
        if above.take(DEEPEST + 1).count() > DEEPEST {
            return Err("a page stands below itself");
        }
    }
    let mut forms = Forms::new(document);
    for form in forms
        .named
        .values()
        .flatten()
        .copied()
        .collect::<HashSet<_>>()
    {
        forms.drawn_by(form, 0)?;
    }
    Ok(())
}

/// The form XObjects of a document.
struct Forms<'d> {
    document: &'d Document,
    /// By the names that any resources have for them.
    named: HashMap<&'d [u8], Vec<ObjectId>>,
    known: HashMap<ObjectId, Drawn>,
}

/// The extent of a form, itself counted.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    forms: u64,
    /// Levels of nested forms.
    depth: usize,
}

impl<'d> Forms<'d> {
    fn new(document: &'d Document) -> Self {
        let mut named: HashMap<&[u8], Vec<ObjectId>> = HashMap::new();
        let dictionaries = document.objects.values().flat_map(dictionaries);
        for (name, form) in dictionaries.flat_map(|holder| drawable(document, holder)) {
            named.entry(name).or_default().push(form);
        }
        Self {
            document,
            named,
            known: HashMap::new(),
        }
    }

    /// The extent of `form`, which is drawn at this depth.
    fn drawn_by(&mut self, form: ObjectId, depth: usize) -> Result<Drawn, &'static str> {
        const ENDLESS: &str = "a form draws itself, or forms within forms without end";
        if let Some(&known) = self.known.get(&form) {
            return Ok(known);
        }
        if depth == DEEPEST {
            return Err(ENDLESS);
        }
        let mut drawn = Drawn { forms: 1, depth: 1 };
        if let Ok(stream) = self.document.get_object(form).and_then(Object::as_stream) {
            let own: Option<HashMap<&[u8], ObjectId>> = (stream.dict.has(b"Resources"))
                .then(|| drawable(self.document, &stream.dict).collect());
            for name in names_drawn(&content(stream)) {
                // A form without resources uses those of whatever draws it.
                let forms = match &own {
                    Some(own) => own.get(name).copied().into_iter().collect(),
                    None => self.named.get(name).cloned().unwrap_or_default(),
                };
                for form in forms {
                    let inner = self.drawn_by(form, depth + 1)?;
                    drawn.forms = drawn.forms.saturating_add(inner.forms);
                    drawn.depth = drawn.depth.max(inner.depth + 1);
                }
                if drawn.forms > MOST {
                    return Err("its forms draw far too many others");
                }
            }
        }
        if drawn.depth > DEEPEST {
            return Err(ENDLESS);
        }
        self.known.insert(form, drawn);
        Ok(drawn)
    }
}

/// The dictionaries that may have resources: of pages, the nodes above them and streams.
fn dictionaries(object: &Object) -> Option<&Dictionary> {
    object
        .as_dict()
        .or_else(|_| object.as_stream().map(|stream| &stream.dict))
        .ok()
}

/// The names and ids in the resources of `holder`.
fn drawable<'d>(
    document: &'d Document,
    holder: &'d Dictionary,
) -> impl Iterator<Item = (&'d [u8], ObjectId)> {
    let inner = |dictionary: &'d Dictionary, key: &[u8]| {
        let object = dictionary.get(key).ok()?;
        document.dereference(object).ok()?.1.as_dict().ok()
    };
    let forms = inner(holder, b"Resources").and_then(|resources| inner(resources, b"XObject"));
    let entries = forms.into_iter().flat_map(Dictionary::iter);
    entries.filter_map(|(name, object)| Some((name.as_slice(), object.as_reference().ok()?)))
}

/// The content of a stream, decompressed as pdf-extract does it.
fn content(stream: &Stream) -> Vec<u8> {
    match stream.filters() {
        Ok(_) => (stream.decompressed_content()).unwrap_or_else(|_| stream.content.clone()),
        Err(_) => stream.content.clone(),
    }
}

/// The names in front of the operator `Do`.
fn names_drawn(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"/[]<>(){}%\0".contains(byte);
    (1..content.len().saturating_sub(1)).filter_map(move |at| {
        let (before, rest) = content.split_at(at);
        let after = rest.strip_prefix(b"Do")?;
        if !after.first().is_none_or(is_end) {
            return None;
        }
        let before = before.trim_ascii_end();
        let before = &before[before.len().saturating_sub(LONGEST_NAME)..];
        let start = before.iter().rposition(|&byte| byte == b'/')?;
        let name = &before[start + 1..];
        (!name.iter().any(is_end)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        let found = |content: &str| -> Vec<String> {
            let names = names_drawn(content.as_bytes());
            names
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect()
        };
        assert_eq!(found("q /Fm0 Do Q /Im1\n  Do"), ["Fm0", "Im1"]);
        assert_eq!(found("/Fm0 Do/Fm1 Do"), ["Fm0", "Fm1"]);
        assert!(found("Do /A Dot / B Do (x) Do").is_empty());
        assert!(found("").is_empty() && found("D").is_empty());
    }
}
