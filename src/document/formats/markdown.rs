//! Markdown: CommonMark with tables, footnotes, task lists and front matter.
//!
//! Code, raw HTML, front matter and link targets stay as they are. A paragraph that was wrapped by hand becomes one line.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{line_break, no_signature};
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat, RecordOptions};

/// CommonMark with the usual extensions.
pub const MARKDOWN: FileFormat = FileFormat {
    name: "markdown",
    aliases: &["md"],
    description: "Markdown",
    extensions: &["md", "markdown", "mkd"],
    matches: no_signature,
    cut: Cut::Never,
    is_written: true,
    is_text: true,
    read,
};

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let mut builder = MarkupBuilder::new(&decoded.text);
    read_into(&decoded.text, &mut builder);
    Ok(builder
        .finish()
        .document(Escape::Markdown, decoded.replaced))
}

fn read_into<'f>(file: &'f str, builder: &mut MarkupBuilder<'f>) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_MATH;
    let mut kinds = vec![BlockKind::Paragraph];
    // Depth within an element that is left alone.
    let mut unread = 0usize;
    // The end of the last words or marks, where the end of a link begins.
    let mut last = 0;
    let mut links: Vec<LinkType> = Vec::new();
    // The byte of the block's text at which its last line begins.
    let mut line = 0;
    for (event, place) in Parser::new_ext(file, options).into_offset_iter() {
        if builder.is_between() {
            line = 0;
        }
        if unread > 0 {
            match event {
                Event::Start(_) => unread += 1,
                Event::End(_) => unread -= 1,
                _ => {}
            }
            last = place.end;
            continue;
        }
        let is_start = matches!(event, Event::Start(_));
        let end = place.end;
        match event {
            Event::Start(tag) => match tag {
                Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {
                    let open = place.start..place.start + delimiter(&file[place.clone()], &tag);
                    builder.open(&file[open.clone()], open);
                }
                Tag::Link { link_type, .. } => match link_type {
                    // The address is the text.
                    LinkType::Autolink | LinkType::Email => {
                        let raw = &file[place.clone()];
                        builder.atom(raw.trim_matches(['<', '>']), raw, place);
                        unread = 1;
                    }
                    _ => {
                        links.push(link_type);
                        last = place.start + 1;
                        builder.open("[", place.start..last);
                    }
                },
                Tag::Image { .. } => {
                    builder.point(&file[place.clone()], place);
                    unread = 1;
                }
                Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_) => {
                    builder.end(kind(&kinds));
                    unread = 1;
                }
                block => {
                    builder.end(kind(&kinds));
                    kinds.push(match block {
                        Tag::Heading { .. } => BlockKind::Heading,
                        Tag::Item | Tag::DefinitionListDefinition => BlockKind::ListItem,
                        Tag::TableCell => BlockKind::Cell,
                        _ => kind(&kinds),
                    });
                }
            },
            Event::End(tag) => match tag {
                TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                    let tag = match tag {
                        TagEnd::Emphasis => Tag::Emphasis,
                        TagEnd::Strong => Tag::Strong,
                        _ => Tag::Strikethrough,
                    };
                    let length = delimiter(&file[place.clone()], &tag);
                    let close = place.end - length..place.end;
                    builder.close(&file[close.clone()], close);
                }
                TagEnd::Link => {
                    let at = last.min(place.end)..place.end;
                    let raw = &file[at.clone()];
                    // Escapes and the like before the bracket are of the text.
                    let raw = raw.find(']').map_or("]", |bracket| &raw[bracket..]);
                    match links.pop() {
                        // The text is the name of the link: the name must stay.
                        Some(LinkType::Shortcut | LinkType::Collapsed) => {
                            let text = file[place.clone()].trim_start_matches('[');
                            let name = text.split(']').next().unwrap_or_default();
                            builder.close(format!("][{name}]"), at);
                        }
                        _ => builder.close(raw, at),
                    }
                }
                _ => {
                    builder.end(kind(&kinds));
                    kinds.truncate(kinds.len().saturating_sub(1).max(1));
                }
            },
            Event::Text(text) => {
                // The place of an escaped sign is without its backslash.
                let before = &file[..place.start];
                let backslashes = before.len() - before.trim_end_matches('\\').len();
                let is_escaped =
                    file[place.start..].starts_with(|c: char| c.is_ascii_punctuation());
                let start = place.start - usize::from(is_escaped && backslashes % 2 == 1);
                builder.words(&text, start..place.end);
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                builder.atom(&text, &file[place.clone()], place);
            }
            Event::InlineHtml(tag)
                if is_line_break(&tag) && ends_segment(&file[place.end..], builder, line) =>
            {
                builder.end(kind(&kinds));
            }
            Event::InlineHtml(_) | Event::FootnoteReference(_) => {
                builder.point(&file[place.clone()], place);
            }
            Event::SoftBreak => builder.words(" ", place),
            Event::HardBreak if ends_segment(&file[place.end..], builder, line) => {
                builder.end(kind(&kinds));
            }
            Event::HardBreak => {
                // The indentation of the next line is what the block stands in.
                let rest = &file[place.end..];
                let indent = rest.len() - rest.trim_start_matches([' ', '\t', '>']).len();
                let all = place.start..place.end + indent;
                builder.line_break(&file[all.clone()], all);
                line = builder.so_far().len();
            }
            Event::Html(_) | Event::Rule | Event::TaskListMarker(_) => {
                builder.end(kind(&kinds));
            }
        }
        if !is_start {
            last = end;
        }
    }
    builder.end(kind(&kinds));
}

fn is_line_break(tag: &str) -> bool {
    let name = tag
        .trim_start_matches('<')
        .trim_end_matches(['>', '/', ' ']);
    name.eq_ignore_ascii_case("br")
}

/// Whether the line break before `after` is one between entries and not one within a sentence or within emphasis. The
/// line before it begins at byte `line` of the block's text.
fn ends_segment(after: &str, builder: &MarkupBuilder<'_>, line: usize) -> bool {
    let so_far = builder.so_far();
    let before = so_far.get(line..).unwrap_or(so_far);
    let next = after.trim_start_matches([' ', '\t', '>', '\n', '\r']);
    let next = next.lines().next().unwrap_or_default();
    builder.depth() == 0 && !next.is_empty() && line_break::ends_segment(before, next)
}

fn kind(kinds: &[BlockKind]) -> BlockKind {
    kinds.last().copied().unwrap_or(BlockKind::Paragraph)
}

/// Bytes of the sign that begins and ends emphasis.
fn delimiter(raw: &str, tag: &Tag<'_>) -> usize {
    match tag {
        Tag::Strong => 2,
        Tag::Strikethrough if raw.starts_with("~~") => 2,
        _ => 1,
    }
}
