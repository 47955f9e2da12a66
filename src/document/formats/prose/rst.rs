//! reStructuredText, as Sphinx has it.

use std::sync::LazyLock;

use regex::Regex;

use super::super::no_signature;
use super::{Inline, add_text, indent, lines};
use crate::document::block::{Block, BlockKind, Document};
use crate::document::builder::MarkupFile;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat, RecordOptions};
use crate::document::values::{Content, ValuesBuilder};

/// reStructuredText. Directives other than notes, tables, fields and comments stay.
pub const RST: FileFormat = FileFormat {
    name: "rst",
    aliases: &["restructuredtext"],
    description: "reStructuredText: the prose",
    extensions: &["rst", "rest"],
    matches: no_signature,
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

/// Directives whose content is prose.
#[rustfmt::skip]
const PROSE: [&str; 19] = [
    "note", "warning", "tip", "important", "caution", "danger", "error", "hint", "attention", "admonition", "seealso", "topic",
    "sidebar", "epigraph", "compound", "container", "versionadded", "versionchanged", "deprecated",
];

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"``[^`]+``|:[\w:+.-]+:`[^`]+`|\|[^|\s][^|]*\||\[[\w#*.-]+\]_|\bhttps?://[^\s<>`]*[^\s<>`.,;:!?)]",
        r"|(?<open>`)(?<inner>[^`<]+?)(?<close>\s*<[^`>]+>`__?)",
        r"|`[^`]+`_{0,2}",
        r"|(?<open2>\*\*)(?<inner2>[^*]+)(?<close2>\*\*)|(?<open3>\*)(?<inner3>[^*\s][^*]*)(?<close3>\*)",
        r"|\b\w+_\b",
    ))
    .expect("the pattern is constant")
});

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut values = ValuesBuilder::new(file.as_bytes());
    let inline = Inline {
        pattern: &INLINE,
        escape: Escape::None,
    };
    let lines = lines(file);
    let text = |i: usize| lines.get(i).map_or("", |line| &file[line.clone()]);
    let mut i = 0;
    while i < lines.len() {
        let line = text(i);
        let depth = indent(line);
        let trimmed = line.trim();
        let skip_deeper = |from: usize| {
            let ends = |&i: &usize| !text(i).is_empty() && indent(text(i)) <= depth;
            (from..lines.len()).find(ends).unwrap_or(lines.len())
        };
        if trimmed.is_empty() {
            i += 1;
        } else if let Some(directive) = trimmed.strip_prefix(".. ") {
            let name = directive.split_once("::").map(|(name, _)| name.trim());
            match name {
                Some(name) if PROSE.contains(&name) => {
                    // What stands behind the colons is of the text, but for versions.
                    i += 1;
                    while text(i).trim().starts_with(':') {
                        i += 1;
                    }
                }
                _ => i = skip_deeper(i + 1),
            }
        } else if trimmed == ".." || trimmed.starts_with(">>>") || trimmed.starts_with("__ ") {
            i = skip_deeper(i + 1).max(i + 1);
        } else if is_table(trimmed) || (is_rule(trimmed) && !is_rule(text(i + 2).trim())) {
            // A table goes on to the next blank line.
            i = (i..lines.len())
                .find(|&i| text(i).is_empty())
                .unwrap_or(lines.len());
        } else if is_rule(trimmed) {
            i += 1;
        } else if trimmed.starts_with(':') && trimmed[1..].contains(": ") {
            i = skip_deeper(i + 1);
        } else if depth == 0 && is_rule(text(i + 1)) && !line.is_empty() {
            let sign = text(i + 1).chars().next().unwrap_or('=');
            let place = lines[i].start..lines[i + 1].end;
            let end = &file[lines[i].end..lines[i + 1].start];
            let is_over = i > 0 && text(i - 1) == text(i + 1);
            let content = Content::new(title(line), Escape::None, Escape::None);
            let underline = Escape::Underlined {
                sign,
                // The line over a title cannot grow with it.
                least: if is_over { lines[i + 1].len() } else { 0 },
                line_end: if end.contains('\r') { "\r\n" } else { "\n" },
            };
            let mut content = content;
            content.form.outer = underline;
            values.add(place, content);
            i += 2;
        } else {
            let marker = marker(trimmed);
            let is_item = marker > 0;
            let start = i;
            let column = depth + marker;
            i += 1;
            while i < lines.len() {
                let next = text(i);
                let belongs = !next.is_empty()
                    && self::marker(next.trim()) == 0
                    && (indent(next) == column || (!is_item && indent(next) == depth))
                    && !next.trim().starts_with(".. ")
                    && !is_rule(text(i + 1));
                if !belongs {
                    break;
                }
                i += 1;
            }
            let mut places = lines[start..i].to_vec();
            for place in &mut places {
                place.start += indent(&file[place.clone()]);
            }
            places[0].start = lines[start].start + column;
            let kind = if is_item {
                BlockKind::ListItem
            } else {
                BlockKind::Paragraph
            };
            let is_literal = text(i - 1).ends_with("::");
            if is_literal && let Some(last) = places.last_mut() {
                last.end -= if text(i - 1).ends_with(" ::") || text(i - 1) == "::" {
                    2
                } else {
                    1
                };
            }
            add_text(file, &places, kind, &inline, &mut values);
            if is_literal {
                let ends = |&i: &usize| !text(i).is_empty() && indent(text(i)) <= depth;
                i = (i..lines.len()).find(ends).unwrap_or(lines.len());
            }
        }
    }
    Ok(values.finish_decoded(&decoded))
}

fn title(line: &str) -> MarkupFile {
    let blocks = match line.contains(char::is_alphabetic) {
        true => vec![Block::new(0..line.len(), BlockKind::Heading)],
        false => Vec::new(),
    };
    let between = match blocks.len() {
        0 => vec![line.to_owned()],
        _ => vec![String::new(), String::new()],
    };
    MarkupFile {
        text: line.to_owned(),
        blocks,
        between,
        holes: Vec::new(),
    }
}

/// Whether a line is one sign over and over.
fn is_rule(line: &str) -> bool {
    let sign = line.chars().next().filter(char::is_ascii_punctuation);
    line.len() >= 3 && sign.is_some_and(|sign| line.chars().all(|c| c == sign))
}

/// Whether a line is the edge of a table.
fn is_table(line: &str) -> bool {
    let is_simple = line.contains("= ") && line.bytes().all(|byte| matches!(byte, b'=' | b' '));
    line.starts_with("+-") || line.starts_with("+=") || is_simple
}

/// Bytes of the sign of a list item and the spaces after it; 0 if there is none.
fn marker(line: &str) -> usize {
    let sign = match () {
        () if line.starts_with(['*', '-', '+', '•']) => {
            line.chars().next().map_or(0, char::len_utf8)
        }
        () if line.starts_with("#.") => 2,
        () => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            match line[digits..].starts_with(['.', ')']) && digits > 0 {
                true => digits + 1,
                false => 0,
            }
        }
    };
    let rest = &line[sign..];
    match sign > 0 && rest.starts_with(' ') {
        true => sign + indent(rest),
        false if line.starts_with("| ") => 2,
        false => 0,
    }
}
