//! HTML, and XHTML in EPUB packages.
//!
//! The tags of the file stay as they are. Text between block elements is a block; inline tags within it are carried to
//! the words that were made from theirs. Scripts, styles, preformatted text and elements with `translate="no"` are left
//! alone. So are attributes, except those that people read, such as `alt`, `title` and `placeholder`. `lang="de"` becomes
//! `lang="en"`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::plain::read_text;
use super::{beginning_as_text, line_break};
use html5gum::{DefaultEmitter, HtmlString, Spanned, StartTag, Token, Tokenizer};

use crate::document::block::{BlockKind, Document};
use crate::document::builder::{MarkupBuilder, Pair};
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};

/// HTML of any version, parsed as browsers do.
pub const HTML: FileFormat = FileFormat {
    matches: |beginning| {
        let text = beginning_as_text(beginning).to_ascii_lowercase();
        text.starts_with("<!doctype html") || text.starts_with("<html")
    },
    ..FileFormat::new("html", "HTML", &["html", "htm", "xhtml"], read)
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
const ATOMS: &[&str] = &["code", "kbd", "samp", "var", "math", "svg", "output"];
/// Elements that are left alone with all that is in them.
const UNREAD: &[&str] = &[
    "script",
    "style",
    "pre",
    "template",
    "iframe",
    "object",
    "audio",
    "video",
    "canvas",
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

/// How a translation is written behind its source.
const PAIR: Pair = Pair::Inline {
    open: "<br/><span lang=\"en\" style=\"color:#595959\">",
    close: "</span>",
};

/// The way to write both languages, if both are wanted.
pub(super) fn pair(options: &RecordOptions) -> Option<Pair> {
    options.bilingual.then_some(PAIR)
}

fn read(bytes: &[u8], options: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let mut builder = MarkupBuilder::new(&decoded.text).with_pair(pair(options));
    read_into(&decoded.text, &mut builder);
    Ok(builder.finish().document(Escape::Markup, decoded.replaced))
}

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString, usize>>;

/// Adds the blocks of `file` to its `builder`.
pub(super) fn read_into<'f>(file: &'f str, builder: &mut MarkupBuilder<'f>) {
    // What stands for translations of attributes must not stand in the file.
    let has_holes = !file.contains('\0') && builder.pair().is_none();
    read_tokens(file, builder, has_holes);
}

/// Adds the blocks of a part of a page to its `builder`; attributes stay as they are.
pub(super) fn read_fragment<'f>(file: &'f str, builder: &mut MarkupBuilder<'f>) {
    read_tokens(file, builder, false);
}

fn read_tokens<'f>(file: &'f str, builder: &mut MarkupBuilder<'f>, has_holes: bool) {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    // Scripts and styles are no markup.
    emitter.naively_switch_states(true);
    let mut reader = HtmlReader {
        file,
        builder,
        around: Vec::new(),
        unread: None,
        kinds: Vec::new(),
        line: 0,
        has_holes,
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
    builder: &'r mut MarkupBuilder<'f>,
    /// Names of the elements within text that are open.
    around: Vec<String>,
    /// The element that is left alone.
    unread: Option<Unread>,
    /// Block elements that are open and say what their text is.
    kinds: Vec<(String, BlockKind)>,
    /// The byte of the block's text at which its last line begins.
    line: usize,
    /// Whether attributes are translated.
    has_holes: bool,
}

struct Unread {
    name: String,
    /// Elements of the same name that are open inside.
    depth: usize,
    start: usize,
    /// Its text, if it stands within text.
    atom: Option<String>,
    /// Its text is no part of a sentence.
    is_note: bool,
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
        let kept = is_kept(&tag.attributes) || is_foreign(&name, &tag.attributes);
        let is_inline = INLINE.contains(&name.as_str());
        let is_note = !is_void && is_note(&name, &tag.attributes, &self.file[place.end..]);
        let is_atom = ATOMS.contains(&name.as_str()) || is_note || (is_inline && kept);
        if (is_atom || kept || UNREAD.contains(&name.as_str())) && !is_void {
            if !is_atom {
                self.end_block();
            }
            self.unread = Some(Unread {
                name,
                depth: 1,
                start: place.start,
                atom: is_atom.then(String::new),
                is_note,
            });
            return;
        }
        let changed = self.english(&name, &tag.attributes, &place);
        let markup = || (changed.clone()).unwrap_or_else(|| self.file[place.clone()].to_owned());
        match name.as_str() {
            "br" if self.ends_segment(&self.file[place.end..]) => {
                self.end_block();
                if let Some(changed) = &changed {
                    self.builder.replace(place, changed);
                }
            }
            "br" => {
                // The line of the file that ends with it ends there again.
                let after = &self.file[place.end..];
                let space = &after[..after.len() - after.trim_start().len()];
                let line_end = if space.contains('\n') { "\n" } else { "" };
                self.builder.line_break(markup() + line_end, place);
                self.line = self.builder.so_far().len();
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
                    "li" | "dt" | "dd" | "option" | "optgroup" => Some(BlockKind::ListItem),
                    "td" | "th" => Some(BlockKind::Cell),
                    // What stands around the text of a page is not of it.
                    "nav" | "aside" | "footer" | "figcaption" => Some(BlockKind::ListItem),
                    "div" | "section" if is_frame(&tag.attributes) => Some(BlockKind::ListItem),
                    "p" | "blockquote" | "button" | "textarea" => Some(BlockKind::Paragraph),
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
                let (atom, start, is_note) = (unread.atom.take(), unread.start, unread.is_note);
                self.unread = None;
                let place = start..place.end;
                let markup = &self.file[place.clone()];
                match atom {
                    Some(_) if is_note => self.builder.point(markup, place),
                    Some(text) => self.builder.atom(&text, markup, place),
                    None => {}
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
        let in_textarea = self.in_textarea();
        match &mut self.unread {
            Some(unread) => {
                if let Some(atom) = &mut unread.atom {
                    atom.push_str(&words);
                }
            }
            // Its text is what a form sends: there is no markup in it.
            None if in_textarea && self.builder.pair().is_some() => {}
            None if in_textarea => {
                let words = read_text(words.into_owned());
                (self.builder).plain(words, text.span.start..text.span.end, Escape::Markup);
            }
            None => (self.builder).words(&words, text.span.start..text.span.end),
        }
    }

    /// Whether text is that of a field of several lines.
    fn in_textarea(&self) -> bool {
        self.kinds
            .last()
            .is_some_and(|(name, _)| name == "textarea")
    }

    fn point(&mut self, place: Range<usize>) {
        if self.unread.is_none() && !self.builder.is_between() {
            let markup = &self.file[place.clone()];
            self.builder.point(markup, place);
        }
    }

    /// Whether a line break before `after` is one between entries and not one within a sentence.
    fn ends_segment(&self, after: &str) -> bool {
        let so_far = self.builder.so_far();
        match next_line(after) {
            NextLine::None => false,
            NextLine::Empty => true,
            NextLine::Text(next) => line_break::ends_segment(&so_far[self.line..], next),
        }
    }

    fn end_block(&mut self) {
        self.around.clear();
        self.line = 0;
        let kind = self
            .kinds
            .last()
            .map_or(BlockKind::Paragraph, |(_, kind)| *kind);
        let is_plain = self.kinds.last().is_some_and(|(name, _)| {
            matches!(name.as_str(), "title" | "option" | "optgroup" | "textarea")
        });
        match is_plain && self.builder.pair().is_some() {
            true => self.builder.leave(),
            false => self.builder.end(kind),
        }
    }

    /// A tag with its language, encoding and readable attributes made English, if it must change.
    fn english(
        &mut self,
        name: &str,
        attributes: &Attributes,
        place: &Range<usize>,
    ) -> Option<String> {
        // From the first to the last, as their texts are read.
        let mut all: Vec<_> = attributes.iter().collect();
        all.sort_by_key(|(_, value)| value.span.start);
        let mut changes: Vec<(Range<usize>, String)> = Vec::new();
        for (key, value) in all {
            let Some((at, is_quoted)) = value_place(self.file, value.span.start..value.span.end)
            else {
                continue;
            };
            let lower = self.file[at.clone()].to_ascii_lowercase();
            let key = String::from_utf8_lossy(&key.0);
            let is_german = lower == "de" || lower.starts_with("de-") || lower.starts_with("de_");
            let is_language = matches!(&*key, "lang" | "xml:lang");
            if is_language && is_german && self.builder.pair().is_none() {
                changes.push((at, "en".into()));
            } else if name == "meta" && key == "charset" && lower != "utf-8" {
                changes.push((at, "utf-8".into()));
            } else if name == "meta"
                && key == "content"
                && let Some(charset) = lower.find("charset=")
            {
                let start = at.start + charset + "charset=".len();
                let value = &self.file[start..at.end];
                let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
                let length = value.len() - value.trim_start_matches(is_name).len();
                changes.push((start..start + length, "utf-8".into()));
            } else if self.has_holes && is_read(name, &key, attributes) {
                let text = String::from_utf8_lossy(&value.value);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if has_words(&text) {
                    let hole = self.builder.attribute(&text);
                    let quote = if is_quoted { "" } else { "\"" };
                    changes.push((at, format!("{quote}{hole}{quote}")));
                }
            }
        }
        if changes.is_empty() {
            return None;
        }
        let mut tag = String::new();
        let mut end = place.start;
        for (at, value) in changes {
            tag.push_str(&self.file[end..at.start]);
            tag.push_str(&value);
            end = at.end;
        }
        tag.push_str(&self.file[end..place.end]);
        Some(tag)
    }
}

/// The bytes of an attribute's value without its quotes, and whether it has any. The span of html5gum is that of the
/// name, the sign between and the value.
fn value_place(file: &str, span: Range<usize>) -> Option<(Range<usize>, bool)> {
    let raw = file.get(span)?;
    let raw = raw[raw.find('=')? + 1..].trim_start();
    let quoted = raw.strip_prefix(['"', '\'']);
    let value = match quoted {
        Some(quoted) => quoted.trim_end_matches(['"', '\'']),
        None => raw.split([' ', '\n', '>']).next().unwrap_or_default(),
    };
    let start = value.as_ptr().addr() - file.as_ptr().addr();
    Some((start..start + value.len(), quoted.is_some()))
}

/// Whether the author wants the content of an element left as it is.
fn is_kept(attributes: &Attributes) -> bool {
    attribute(attributes, b"translate").is_some_and(|value| value.eq_ignore_ascii_case("no"))
        || attribute(attributes, b"class")
            .is_some_and(|value| value.split(' ').any(|one| one == "notranslate"))
}

/// Whether an element is called what pages call their banners, comments and the like.
fn is_frame(attributes: &Attributes) -> bool {
    const NAMES: [&str; 12] = [
        "cookie",
        "cookies",
        "cookie-banner",
        "cookie-notice",
        "consent",
        "comments",
        "comment-list",
        "newsletter",
        "share",
        "social",
        "related",
        "breadcrumb",
    ];
    [b"id" as &[u8], b"class"].into_iter().any(|key| {
        attribute(attributes, key).is_some_and(|value| {
            value
                .split_whitespace()
                .any(|name| NAMES.contains(&name.to_ascii_lowercase().as_str()))
        })
    })
}

/// Whether the author says that the content of an element is in another language. Of whole pages that is often wrong.
fn is_foreign(name: &str, attributes: &Attributes) -> bool {
    let language = attribute(attributes, b"lang").or_else(|| attribute(attributes, b"xml:lang"));
    let is_german = |language: &str| {
        let language = language.trim();
        language.is_empty() || language.to_ascii_lowercase().starts_with("de")
    };
    !matches!(name, "html" | "head" | "body")
        && language.is_some_and(|language| !is_german(&language))
}

/// Whether an element, whose start tag is before `after`, is the sign of a footnote or an anchor: a link within the page
/// without words.
fn is_note(name: &str, attributes: &Attributes, after: &str) -> bool {
    /// Bytes of such an element.
    const LONGEST: usize = 300;
    let after = &after[..after.floor_char_boundary(LONGEST)];
    let Some((content, _)) = after.split_once(&format!("</{name}>")) else {
        return false;
    };
    let is_link = match name {
        "a" => attribute(attributes, b"href").is_some_and(|address| address.starts_with('#')),
        "sup" => content.contains("<a "),
        _ => false,
    };
    let mut text = content
        .split('<')
        .map(|part| part.rsplit('>').next().unwrap_or_default());
    is_link && !content.is_empty() && text.all(|text| !text.contains(char::is_alphabetic))
}

/// Attributes that people read, of any element.
const READ: [&str; 5] = [
    "alt",
    "title",
    "placeholder",
    "aria-label",
    "aria-description",
];

/// Names of the metadata that people read, in `name` or `property`.
const READ_METADATA: [&str; 7] = [
    "description",
    "og:title",
    "og:description",
    "og:image:alt",
    "og:site_name",
    "twitter:title",
    "twitter:description",
];

/// Whether people read the value of an attribute.
fn is_read(element: &str, key: &str, attributes: &Attributes) -> bool {
    let has = |key: &[u8], values: &[&str]| {
        attribute(attributes, key)
            .is_some_and(|value| values.iter().any(|one| value.eq_ignore_ascii_case(one)))
    };
    match (element, key) {
        ("meta", "content") => has(b"name", &READ_METADATA) || has(b"property", &READ_METADATA),
        ("input", "value") => has(b"type", &["submit", "button", "reset"]),
        ("optgroup" | "option" | "track", "label") => true,
        _ => READ.contains(&key),
    }
}

/// Whether a text is words and not an address or the name of a file.
pub(super) fn has_words(text: &str) -> bool {
    let is_name = !text.contains(' ') && text.contains(['.', '/', '_', '@', '{']);
    text.contains(char::is_alphabetic) && !is_name
}

/// The value of an attribute.
fn attribute(attributes: &Attributes, name: &[u8]) -> Option<String> {
    let (_, value) = attributes.iter().find(|(key, _)| key.0 == name)?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

/// The line after a line break.
enum NextLine<'f> {
    /// The block ends here.
    None,
    /// An empty line.
    Empty,
    /// Its text, up to the next tag.
    Text(&'f str),
}

/// The line that begins with `after`.
fn next_line(mut after: &str) -> NextLine<'_> {
    loop {
        after = after.trim_start();
        if let Some(rest) = after.strip_prefix("&nbsp;") {
            after = rest;
            continue;
        }
        let Some(tag) = after.strip_prefix('<') else {
            let text = after.split('<').next().unwrap_or_default();
            return match text.is_empty() {
                true => NextLine::None,
                false => NextLine::Text(text),
            };
        };
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let length = tag.find(|c: char| !c.is_ascii_alphanumeric());
        let name = tag[..length.unwrap_or(tag.len())].to_ascii_lowercase();
        let end = match tag.strip_prefix("!--") {
            Some(comment) => comment.find("-->").map(|end| &comment[end + 3..]),
            None => tag.find('>').map(|end| &tag[end + 1..]),
        };
        match end {
            _ if name == "br" => return NextLine::Empty,
            Some(rest) if name.is_empty() || INLINE.contains(&name.as_str()) => after = rest,
            Some(rest) if ATOMS.contains(&name.as_str()) => return NextLine::Text(rest),
            _ => return NextLine::None,
        }
    }
}
