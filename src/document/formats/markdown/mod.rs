//! Markdown: CommonMark with tables, footnotes, task lists and front matter.
//!
//! Code and link targets stay as they are; so do shortcodes, fences of admonitions and abbreviations, which extensions have.
//! HTML blocks are read as HTML, of front matter what people read. A paragraph that was wrapped by hand is wrapped again.

mod front_matter;
mod verbatim;

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::field::has_words;
use super::{html, line_break};
use verbatim::Part;

use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::{Content, ValuesBuilder};

/// CommonMark with the usual extensions.
pub const MARKDOWN: FileFormat = FileFormat {
    aliases: &["md"],
    is_text: true,
    ..FileFormat::new("markdown", "Markdown", &["md", "markdown", "mkd"], read)
};

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut reader = MarkdownReader {
        file,
        values: ValuesBuilder::new(file.as_bytes()),
        builder: MarkupBuilder::new(file),
        start: 0,
        kinds: vec![BlockKind::Paragraph],
        containers: 0,
        links: Vec::new(),
        line: 0,
        last: 0,
        is_narrow: false,
        parts: verbatim::parts(file),
        next_part: 0,
        done: 0,
    };
    reader.read();
    Ok(reader.values.finish(decoded.replaced))
}

struct MarkdownReader<'f> {
    file: &'f str,
    values: ValuesBuilder<'f>,
    /// The text since `start`, up to the next that is no Markdown.
    builder: MarkupBuilder<'f>,
    start: usize,
    kinds: Vec<BlockKind>,
    /// Quotes and list items that are open.
    containers: usize,
    links: Vec<LinkType>,
    /// The byte of the block's text at which its last line begins.
    line: usize,
    /// The end of the last words or marks, where the end of a link begins.
    last: usize,
    /// Whether the lines of the paragraph are those of an address or a verse, and not wrapped.
    is_narrow: bool,
    /// What extensions have and CommonMark does not know.
    parts: Vec<(Range<usize>, Part)>,
    next_part: usize,
    /// The end of the last of those that were read.
    done: usize,
}

/// Columns of lines that are wrapped, at least.
const NARROWEST: usize = 45;

impl MarkdownReader<'_> {
    fn read(&mut self) {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
            | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
            | Options::ENABLE_MATH
            | Options::ENABLE_GFM
            | Options::ENABLE_DEFINITION_LIST;
        // Depth within an element that is left alone.
        let mut unread = 0usize;
        let file = verbatim::as_lists(self.file);
        for (event, place) in Parser::new_ext(&file, options).into_offset_iter() {
            // A definition behind a tab may be said to begin within a letter (pulldown-cmark 0.13).
            let whole = |at: usize| file.floor_char_boundary(at);
            let place = whole(place.start)..whole(place.end);
            if self.builder.is_between() {
                self.line = 0;
            }
            if unread > 0 {
                match event {
                    Event::Start(_) => unread += 1,
                    Event::End(_) => unread -= 1,
                    _ => {}
                }
                self.last = place.end;
                continue;
            }
            let (is_start, end) = (matches!(event, Event::Start(_)), place.end);
            match event {
                Event::Start(tag) => unread = usize::from(self.open(tag, place)),
                Event::End(tag) => self.close(tag, place),
                event => self.inline(event, place),
            }
            if !is_start {
                self.last = end;
            }
        }
        self.end_block();
        let end = self.file.len();
        self.end_text(end);
    }

    fn kind(&self) -> BlockKind {
        self.kinds.last().copied().unwrap_or(BlockKind::Paragraph)
    }

    fn end_block(&mut self) {
        let kind = self.kind();
        self.builder.end(kind);
    }

    /// Ends the Markdown before `end`, where something else begins.
    fn end_text(&mut self, end: usize) {
        let builder = std::mem::replace(&mut self.builder, MarkupBuilder::from(self.file, end));
        let content = Content::new(builder.finish_at(end), Escape::Markdown, Escape::None);
        self.values.add(self.start..end, content);
        self.start = end;
    }

    /// Begins markup; returns whether what is in it is left alone.
    fn open(&mut self, tag: Tag<'_>, place: Range<usize>) -> bool {
        let file = self.file;
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {
                let open = place.start..place.start + delimiter(&file[place], &tag);
                self.builder.open(&file[open.clone()], open);
            }
            Tag::Link { link_type, .. } => match link_type {
                // The address is the text.
                LinkType::Autolink | LinkType::Email => {
                    let raw = &file[place.clone()];
                    (self.builder).atom(raw.trim_matches(['<', '>']), raw, place);
                    return true;
                }
                _ => {
                    self.links.push(link_type);
                    self.last = place.start + 1;
                    self.builder.open("[", place.start..self.last);
                }
            },
            Tag::Image { link_type, .. } => {
                let raw = &file[place.clone()];
                let markup = match link_type {
                    LinkType::Inline => self.picture(raw),
                    _ => raw.to_owned(),
                };
                self.builder.point(markup, place);
                return true;
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                return true;
            }
            Tag::HtmlBlock | Tag::MetadataBlock(_) => {
                self.end_block();
                // Within quotes and lists there are signs of those between the lines.
                if self.containers == 0 {
                    self.end_text(place.start);
                    match tag {
                        Tag::HtmlBlock => {
                            let mut builder = MarkupBuilder::new(&file[place.clone()]);
                            html::read_into(&file[place.clone()], &mut builder);
                            let content =
                                Content::new(builder.finish(), Escape::Markup, Escape::None);
                            self.values.add(place.clone(), content);
                        }
                        _ => front_matter::add(file, place.clone(), &mut self.values),
                    }
                    self.start = place.end;
                    self.builder = MarkupBuilder::from(file, place.end);
                }
                return true;
            }
            block => {
                self.end_block();
                self.containers += usize::from(is_container(&block));
                self.kinds.push(match block {
                    Tag::Heading { .. } => BlockKind::Heading,
                    Tag::Item if file[place.clone()].starts_with(['!', '?', '=']) => self.kind(),
                    Tag::Item | Tag::DefinitionListDefinition => BlockKind::ListItem,
                    Tag::TableCell => BlockKind::Cell,
                    _ => self.kind(),
                });
                let mut lines = file[place].lines();
                self.is_narrow = lines.all(|line| line.chars().count() < NARROWEST);
            }
        }
        false
    }

    fn close(&mut self, tag: TagEnd, place: Range<usize>) {
        let file = self.file;
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                let tag = match tag {
                    TagEnd::Emphasis => Tag::Emphasis,
                    TagEnd::Strong => Tag::Strong,
                    _ => Tag::Strikethrough,
                };
                let length = delimiter(&file[place.clone()], &tag);
                let close = place.end - length..place.end;
                self.builder.close(&file[close.clone()], close);
            }
            TagEnd::Link => {
                let at = self.last.min(place.end)..place.end;
                let raw = &file[at.clone()];
                // Escapes and the like before the bracket are of the text.
                let raw = raw.find(']').map_or("]", |bracket| &raw[bracket..]);
                match self.links.pop() {
                    // The text is the name of the link: the name must stay.
                    Some(LinkType::Shortcut | LinkType::Collapsed) => {
                        let text = file[place.clone()].trim_start_matches('[');
                        let name = text.split(']').next().unwrap_or_default();
                        self.builder.close(format!("][{name}]"), at);
                    }
                    _ => {
                        let raw = self.with_title(raw);
                        self.builder.close(raw, at);
                    }
                }
            }
            tag => {
                self.end_block();
                let is_container = matches!(
                    tag,
                    TagEnd::BlockQuote(_)
                        | TagEnd::Item
                        | TagEnd::DefinitionListDefinition
                        | TagEnd::FootnoteDefinition
                );
                self.containers -= usize::from(is_container).min(self.containers);
                self.kinds
                    .truncate(self.kinds.len().saturating_sub(1).max(1));
            }
        }
    }

    fn inline(&mut self, event: Event<'_>, place: Range<usize>) {
        let file = self.file;
        match event {
            Event::Text(text) => self.text(&text, place),
            _ if place.start < self.done => {}
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.builder.atom(&text, &file[place.clone()], place);
            }
            Event::InlineHtml(tag) if is_line_break(&tag) && self.ends_segment(place.end) => {
                self.end_block();
            }
            Event::InlineHtml(_) | Event::FootnoteReference(_) => {
                self.builder.point(&file[place.clone()], place);
            }
            Event::SoftBreak if self.is_narrow && self.ends_segment(place.end) => self.end_block(),
            Event::HardBreak if self.ends_segment(place.end) => self.end_block(),
            Event::SoftBreak | Event::HardBreak => {
                // The indentation of the next line is what the block stands in.
                let rest = &file[place.end..];
                let indent = rest.len() - rest.trim_start_matches([' ', '\t', '>']).len();
                let all = place.start..place.end + indent;
                if !self.builder.is_between() {
                    self.builder.line_break(&file[all.clone()], all);
                }
                self.line = self.builder.so_far().len();
            }
            Event::Html(_) | Event::Rule | Event::TaskListMarker(_) => self.end_block(),
            _ => {}
        }
    }

    /// Adds words, with what only extensions know in them.
    fn text(&mut self, text: &str, place: Range<usize>) {
        // The place of an escaped sign is without its backslash.
        let before = &self.file[..place.start];
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        let is_escaped = self.file[place.start..].starts_with(|c: char| c.is_ascii_punctuation());
        let start = place.start - usize::from(is_escaped && backslashes % 2 == 1);
        while (self.parts.get(self.next_part))
            .is_some_and(|(part, _)| part.end <= start.max(self.done))
        {
            self.next_part += 1;
        }
        let has_part = |part: &&(Range<usize>, Part)| part.0.start < place.end;
        let part = self.parts.get(self.next_part).filter(has_part).cloned();
        let Some((part, what)) = part else {
            match self.done.max(start) {
                from if from == start => self.builder.words(text, start..place.end),
                from if from < place.end => self
                    .builder
                    .words(&self.file[from..place.end], from..place.end),
                _ => {}
            }
            return;
        };
        let from = start.max(self.done);
        if from < part.start {
            let words = &self.file[from..part.start];
            self.builder.words(words, from..part.start);
        }
        self.done = part.end;
        let raw = &self.file[part.clone()];
        match what {
            Part::Border => self.end_block(),
            // Signs of a quote before it are read already.
            Part::Prefix => {}
            Part::Point => {
                let markup = self.with_texts(raw);
                self.builder.point(markup, part.clone());
            }
            Part::Address => self.builder.atom(raw, raw, part.clone()),
        }
        if part.end < place.end {
            let rest = part.end..place.end;
            self.text(&self.file[rest.clone()], rest);
        }
    }

    /// A picture whose description and title are texts of their own.
    fn picture(&mut self, raw: &str) -> String {
        let Some((description, address)) =
            raw.strip_prefix("![").and_then(|raw| raw.rsplit_once("]("))
        else {
            return raw.to_owned();
        };
        let is_plain = !description.contains(['*', '_', '`', '[', ']', '\\', '\0', '\n']);
        let description = match is_plain && has_words(description) {
            true => self.builder.attribute(description),
            false => description.to_owned(),
        };
        let address = self.with_title(&format!("]({address}"));
        format!("![{description}{address}")
    }

    /// The end of a link whose title is a text of its own.
    fn with_title(&mut self, raw: &str) -> String {
        let title = raw
            .strip_suffix("\")")
            .and_then(|before| before.split_once(" \""));
        match title {
            Some((address, title))
                if has_words(title) && !title.contains(['\\', '\0', '"', '\n']) =>
            {
                let hole = self.builder.attribute(title);
                format!("{address} \"{hole}\")")
            }
            _ => raw.to_owned(),
        }
    }

    /// A shortcode whose titles and descriptions are texts of their own.
    fn with_texts(&mut self, raw: &str) -> String {
        let mut written = String::new();
        let mut rest = raw;
        while let Some((before, value)) = rest.split_once("=\"")
            && let Some((value, after)) = value.split_once('"')
        {
            let is_read = ["title", "alt", "caption", "description"]
                .iter()
                .any(|name| before.ends_with(name));
            written.push_str(before);
            written.push_str("=\"");
            match is_read && has_words(value) && !value.contains('\0') {
                true => written.push_str(&self.builder.attribute(value)),
                false => written.push_str(value),
            }
            written.push('"');
            rest = after;
        }
        written + rest
    }

    /// Whether the line break before this byte is one between entries and not one within a sentence or within emphasis.
    fn ends_segment(&self, after: usize) -> bool {
        let so_far = self.builder.so_far();
        let before = so_far.get(self.line..).unwrap_or(so_far);
        let next = self.file[after..].trim_start_matches([' ', '\t', '>', '\n', '\r']);
        let next = next.lines().next().unwrap_or_default();
        self.builder.depth() == 0 && !next.is_empty() && line_break::ends_segment(before, next)
    }
}

fn is_container(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::BlockQuote(_) | Tag::Item | Tag::DefinitionListDefinition | Tag::FootnoteDefinition(_)
    )
}

fn is_line_break(tag: &str) -> bool {
    let name = tag
        .trim_start_matches('<')
        .trim_end_matches(['>', '/', ' ']);
    name.eq_ignore_ascii_case("br")
}

/// Bytes of the sign that begins and ends emphasis.
fn delimiter(raw: &str, tag: &Tag<'_>) -> usize {
    match tag {
        Tag::Strong => 2,
        Tag::Strikethrough if raw.starts_with("~~") => 2,
        _ => 1,
    }
}
