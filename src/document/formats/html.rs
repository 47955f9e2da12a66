//! HTML, and XHTML in EPUB packages.
//!
//! The tags of the file stay as they are. Text between block elements is a block; inline tags within it are carried to
//! the words that were made from theirs. Scripts, styles, preformatted text and elements with `translate="no"` are left
//! alone. Attributes are not translated. `lang="de"` becomes `lang="en"`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::beginning_as_text;
use html5gum::{DefaultEmitter, HtmlString, Spanned, StartTag, Token, Tokenizer};

use crate::document::block::{BlockKind, Document};
use crate::document::builder::Builder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat};

/// HTML of any version, parsed as browsers do.
pub const HTML: FileFormat = FileFormat {
    name: "html",
    aliases: &[],
    description: "HTML",
    extensions: &["html", "htm", "xhtml"],
    matches: |beginning| {
        let text = beginning_as_text(beginning).to_ascii_lowercase();
        text.starts_with("<!doctype html") || text.starts_with("<html")
    },
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

/// Elements within text.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font",
    "i", "ins", "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u",
];
/// Elements within text that have no content.
const POINTS: &[&str] = &["img", "input", "wbr", "embed"];
/// Elements within text whose content is not translated.
const ATOMS: &[&str] = &[
    "code", "kbd", "samp", "var", "math", "svg", "output", "button",
];
/// Elements that are left alone with all that is in them.
const UNREAD: &[&str] = &[
    "script",
    "style",
    "pre",
    "textarea",
    "template",
    "iframe",
    "object",
    "audio",
    "video",
    "canvas",
    "select",
    "noscript",
    "map",
    "listing",
    "xmp",
    "plaintext",
];
/// Elements without an end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

fn read(bytes: &[u8], _: &[String]) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let mut builder = Builder::new(&decoded.text);
    read_into(&decoded.text, &mut builder);
    Ok(builder.finish().document(Escape::Markup, decoded.replaced))
}

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString, usize>>;

/// Adds the blocks of `file` to its `builder`.
pub(super) fn read_into<'f>(file: &'f str, builder: &mut Builder<'f>) {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    // Scripts and styles are no markup.
    emitter.naively_switch_states(true);
    let mut reader = HtmlReader {
        file,
        builder,
        around: Vec::new(),
        unread: None,
        kinds: Vec::new(),
    };
    for token in Tokenizer::new_with_emitter(file, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&name(&tag.name), tag.span.start..tag.span.end),
            Token::String(text) => reader.text(&text),
            // Comments stay where they are; within a block that is a point.
            Token::Comment(comment) => reader.point(comment.span.start..comment.span.end),
            Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.end_block();
}

struct HtmlReader<'r, 'f> {
    file: &'f str,
    builder: &'r mut Builder<'f>,
    /// Names of the elements within text that are open.
    around: Vec<String>,
    /// The element that is left alone.
    unread: Option<Unread>,
    /// Block elements that are open and say what their text is.
    kinds: Vec<(String, BlockKind)>,
}

struct Unread {
    name: String,
    /// Elements of the same name that are open inside.
    depth: usize,
    start: usize,
    /// Stands within text, which this is.
    atom: Option<String>,
}

fn name(name: &HtmlString) -> String {
    let name = String::from_utf8_lossy(name).into_owned();
    // XHTML with a prefix.
    match name.rsplit_once(':') {
        Some((_, local)) => local.to_owned(),
        None => name,
    }
}

impl HtmlReader<'_, '_> {
    fn start(&mut self, tag: &StartTag<usize>) {
        let name = name(&tag.name);
        let place = tag.span.start..tag.span.end;
        let is_void = tag.self_closing || VOID.contains(&name.as_str());
        if let Some(unread) = &mut self.unread {
            unread.depth += usize::from(unread.name == name && !is_void);
            return;
        }
        let kept = is_kept(&tag.attributes);
        let is_inline = INLINE.contains(&name.as_str());
        let is_atom = ATOMS.contains(&name.as_str()) || (is_inline && kept);
        if (is_atom || kept || UNREAD.contains(&name.as_str())) && !is_void {
            if !is_atom {
                self.end_block();
            }
            self.unread = Some(Unread {
                name,
                depth: 1,
                start: place.start,
                atom: is_atom.then(String::new),
            });
            return;
        }
        let changed = english(self.file, &name, &tag.attributes, &place);
        let markup = || (changed.clone()).unwrap_or_else(|| self.file[place.clone()].to_owned());
        match name.as_str() {
            "br" => {
                // The line of the file that ends with it ends there again.
                let after = &self.file[place.end..];
                let space = &after[..after.len() - after.trim_start().len()];
                let line_end = if space.contains('\n') { "\n" } else { "" };
                self.builder.line_break(markup() + line_end, place);
            }
            name if POINTS.contains(&name) => self.builder.point(markup(), place),
            _ if is_inline && is_void => self.builder.point(markup(), place),
            name if is_inline => {
                self.builder.open(markup(), place);
                self.around.push(name.to_owned());
            }
            name => {
                self.end_block();
                if let Some(changed) = &changed {
                    self.builder.replace(place, changed);
                }
                let kind = match name {
                    "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "title" => Some(BlockKind::Heading),
                    "li" | "dt" | "dd" | "option" | "nav" => Some(BlockKind::ListItem),
                    "td" | "th" => Some(BlockKind::Cell),
                    "p" | "blockquote" | "figcaption" => Some(BlockKind::Paragraph),
                    _ => None,
                };
                if let Some(kind) = kind.filter(|_| !is_void) {
                    // A paragraph in a list item is of the list.
                    let outer = self.kinds.last().map(|(_, kind)| *kind);
                    let kind = match (outer, kind) {
                        (Some(outer), BlockKind::Paragraph) => outer,
                        (_, kind) => kind,
                    };
                    // What is never closed must not fill the memory.
                    self.kinds.truncate(1000);
                    self.kinds.push((name.to_owned(), kind));
                }
            }
        }
    }

    fn end(&mut self, name: &str, place: Range<usize>) {
        if let Some(unread) = &mut self.unread {
            unread.depth -= usize::from(unread.name == name);
            if unread.depth == 0 {
                let (atom, start) = (unread.atom.take(), unread.start);
                self.unread = None;
                if let Some(text) = atom {
                    let place = start..place.end;
                    let markup = &self.file[place.clone()];
                    self.builder.atom(&text, markup, place);
                }
            }
            return;
        }
        let markup = &self.file[place.clone()];
        if INLINE.contains(&name) {
            match self.around.iter().rposition(|open| open == name) {
                Some(at) if at + 1 == self.around.len() => {
                    self.around.pop();
                    self.builder.close(markup, place);
                }
                // Crossing tags stay, but at points.
                _ => self.builder.point(markup, place),
            }
            return;
        }
        if POINTS.contains(&name) || name == "br" {
            return self.builder.point(markup, place);
        }
        self.end_block();
        if let Some(at) = self.kinds.iter().rposition(|(open, _)| open == name) {
            self.kinds.truncate(at);
        }
    }

    fn text(&mut self, text: &Spanned<HtmlString, usize>) {
        let words = String::from_utf8_lossy(&text.value);
        match &mut self.unread {
            Some(unread) => {
                if let Some(atom) = &mut unread.atom {
                    atom.push_str(&words);
                }
            }
            None => (self.builder).words(&words, text.span.start..text.span.end),
        }
    }

    fn point(&mut self, place: Range<usize>) {
        if self.unread.is_none() && !self.builder.is_between() {
            let markup = &self.file[place.clone()];
            self.builder.point(markup, place);
        }
    }

    fn end_block(&mut self) {
        self.around.clear();
        let kind = self
            .kinds
            .last()
            .map_or(BlockKind::Paragraph, |(_, kind)| *kind);
        self.builder.end(kind);
    }
}

/// Whether the author wants the content of an element left as it is.
fn is_kept(attributes: &Attributes) -> bool {
    let value = |name: &[u8]| {
        let found = attributes.iter().find(|(key, _)| key.0 == name)?;
        Some(String::from_utf8_lossy(&found.1.value).into_owned())
    };
    value(b"translate").is_some_and(|value| value.eq_ignore_ascii_case("no"))
        || value(b"class").is_some_and(|value| value.split(' ').any(|one| one == "notranslate"))
}

/// A tag with what it says of the language and the encoding made true, if it must change.
fn english(
    file: &str,
    name: &str,
    attributes: &Attributes,
    place: &Range<usize>,
) -> Option<String> {
    let mut tag = file[place.clone()].to_owned();
    // From the last to the first, so that places stay right.
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    for (key, value) in attributes {
        // The span is that of the name, the sign between and the value.
        let Some(raw) = file.get(value.span.start..value.span.end) else {
            continue;
        };
        let Some(sign) = raw.find('=') else {
            continue;
        };
        let raw = raw[sign + 1..].trim_start();
        let raw = match raw.strip_prefix(['"', '\'']) {
            Some(quoted) => quoted.trim_end_matches(['"', '\'']),
            None => raw.split([' ', '\n', '>']).next().unwrap_or_default(),
        };
        let start = raw.as_ptr().addr() - file.as_ptr().addr();
        let at = start..start + raw.len();
        let lower = raw.to_ascii_lowercase();
        let key = key.0.as_slice();
        let is_german = lower == "de" || lower.starts_with("de-") || lower.starts_with("de_");
        if matches!(key, b"lang" | b"xml:lang") && is_german {
            changes.push((at, "en".into()));
        } else if name == "meta" && key == b"charset" && lower != "utf-8" {
            changes.push((at, "utf-8".into()));
        } else if name == "meta"
            && key == b"content"
            && let Some(charset) = lower.find("charset=")
        {
            let start = at.start + charset + "charset=".len();
            let value = &file[start..at.end];
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            let length = value.len() - value.trim_start_matches(is_name).len();
            changes.push((start..start + length, "utf-8".into()));
        }
    }
    if changes.is_empty() {
        return None;
    }
    changes.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    for (at, value) in changes {
        tag.replace_range(at.start - place.start..at.end - place.start, &value);
    }
    Some(tag)
}
