//! Texts of fields and messages of programs: plain, or with the tags of HTML in them.

use super::html;
use super::icu::{self, Piece};
use super::plain::read_text;
use crate::document::block::{Block, BlockKind};
use crate::document::builder::{MarkupBuilder, MarkupFile};
use crate::document::escape::Escape;
use crate::document::values::Content;

/// Elements of HTML in texts of fields: those around paragraphs, and those within lines.
#[rustfmt::skip]
const BLOCKS: [&str; 22] = [
    "p", "div", "br", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "td", "th", "blockquote", "pre", "hr",
    "section", "article", "html",
];
#[rustfmt::skip]
const INLINE: [&str; 19] = [
    "a", "b", "i", "u", "s", "em", "strong", "span", "small", "sub", "sup", "code", "img", "font", "mark", "q", "abbr", "del",
    "ins",
];

/// The text of a field, in paragraphs and lines as in a text file.
pub(super) fn field(text: String, outer: Escape) -> Content {
    match tags(&text) {
        Tags::None => Content::new(MarkupFile::of_text(read_text(text)), Escape::None, outer),
        Tags::Inline => by_lines(&text, outer, fragment),
        Tags::Blocks => Content::new(fragment(&text), Escape::Markup, outer),
    }
}

/// A message of a program: each line of it is translated for itself.
pub(super) fn message(text: &str, outer: Escape) -> Content {
    match tags(text) {
        Tags::None => {
            let mut content = by_lines(text, outer, plain_line);
            content.form.inner = Escape::None;
            content
        }
        Tags::Inline => by_lines(text, outer, fragment),
        Tags::Blocks => Content::new(fragment(text), Escape::Markup, outer),
    }
}

/// Whether a text is words and not the name of a file, a key or an address.
pub(super) fn has_words(text: &str) -> bool {
    let is_name = !text.trim().contains(char::is_whitespace)
        && text.contains(['.', '/', '_', '@', '{', '\\', '#', '$'])
        && !text
            .trim_end_matches(['.', '…', '!', '?', ':'])
            .chars()
            .all(|c| c.is_alphabetic() || c == '-');
    text.contains(char::is_alphabetic) && !is_name
}

/// Reads each line for itself, and each arm of a plural.
fn by_lines(text: &str, outer: Escape, read: fn(&str) -> MarkupFile) -> Content {
    let mut all = MarkupFile::of_text(read_text(String::new()));
    let mut syntax = String::new();
    for piece in icu::pieces(text) {
        let file = match piece {
            Piece::Syntax(more) => {
                syntax.push_str(&more);
                continue;
            }
            Piece::Line(line) => read(&line),
            Piece::Arm(arm) => read_arm(&arm, read),
        };
        all.append(&std::mem::take(&mut syntax), file);
    }
    if let Some(last) = all.between.last_mut() {
        last.push_str(&syntax);
    }
    Content::new(all, Escape::Markup, outer)
}

/// The arm of a plural: its number stays as it is.
fn read_arm(arm: &str, read: fn(&str) -> MarkupFile) -> MarkupFile {
    if !arm.contains('#') || !matches!(tags(arm), Tags::None) || !has_words(arm) {
        return read(arm);
    }
    let mut builder = MarkupBuilder::new(arm);
    let mut at = 0;
    for (sign, _) in arm.match_indices('#') {
        builder.words(&arm[at..sign], at..sign);
        builder.atom("#", "#", sign..sign + 1);
        at = sign + 1;
    }
    builder.words(&arm[at..], at..arm.len());
    builder.finish()
}

fn plain_line(line: &str) -> MarkupFile {
    let words = line.trim();
    let start = line.len() - line.trim_start().len();
    let mut blocks = Vec::new();
    let mut between = vec![line.to_owned()];
    if has_words(words) {
        blocks.push(Block::new(0..words.len(), BlockKind::Paragraph));
        between = vec![
            line[..start].to_owned(),
            line[start + words.len()..].to_owned(),
        ];
    }
    let text = match blocks.is_empty() {
        true => String::new(),
        false => words.to_owned(),
    };
    MarkupFile {
        text,
        blocks,
        between,
        holes: Vec::new(),
    }
}

fn fragment(text: &str) -> MarkupFile {
    let mut builder = MarkupBuilder::new(text);
    html::read_fragment(text, &mut builder);
    builder.finish()
}

enum Tags {
    None,
    Inline,
    Blocks,
}

/// The tags of HTML in a text. What programs put into messages, such as `<name>`, is none.
fn tags(text: &str) -> Tags {
    let mut found = match has_reference(text) {
        true => Tags::Inline,
        false => Tags::None,
    };
    for (at, _) in text.match_indices('<') {
        let tag = &text[at + 1..];
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let length = tag.find(|c: char| !c.is_ascii_alphanumeric());
        let (name, rest) = tag.split_at(length.unwrap_or(tag.len()));
        let name = name.to_ascii_lowercase();
        if !rest.starts_with(['>', ' ', '/', '\n']) || !rest.contains('>') {
            continue;
        }
        if BLOCKS.contains(&name.as_str()) {
            return Tags::Blocks;
        }
        if INLINE.contains(&name.as_str()) {
            found = Tags::Inline;
        }
    }
    found
}

/// Whether a text has a character reference of HTML.
fn has_reference(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let name = &text[at + 1..];
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '#'));
        end.is_some_and(|end| end > 1 && name[end..].starts_with(';'))
    })
}
