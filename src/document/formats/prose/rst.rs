//! reStructuredText, as Sphinx has it.

use std::sync::LazyLock;

use regex::Regex;

use super::{ProseFile, indent, read_lines};
use crate::document::block::{Block, BlockKind, Document};
use crate::document::builder::MarkupFile;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::Content;

/// reStructuredText. Directives other than notes, tables, fields and comments stay.
pub const RST: FileFormat = FileFormat {
    aliases: &["restructuredtext"],
    ..FileFormat::new("rst", "reStructuredText: the prose", &["rst", "rest"], read)
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
    read_lines(bytes, &INLINE, step)
}

/// Reads what begins in a line.
fn step(prose: &mut ProseFile<'_>, start: usize) -> usize {
    let text = |i: usize| prose.text(i);
    let (line, count) = (text(start), prose.lines.len());
    let (depth, trimmed) = (indent(line), line.trim());
    let behind_deeper = |from: usize| {
        let ends = |&i: &usize| !text(i).is_empty() && indent(text(i)) <= depth;
        (from..count).find(ends).unwrap_or(count)
    };
    if trimmed.is_empty() {
        return start + 1;
    }
    if let Some(directive) = trimmed.strip_prefix(".. ") {
        let name = directive.split_once("::").map(|(name, _)| name.trim());
        if !name.is_some_and(|name| PROSE.contains(&name)) {
            return behind_deeper(start + 1);
        }
        // What stands behind the colons is of the text, but for versions.
        let is_field = |&i: &usize| text(i).trim().starts_with(':');
        return (start + 1..count).find(|i| !is_field(i)).unwrap_or(count);
    }
    if trimmed == ".." || trimmed.starts_with(">>>") || trimmed.starts_with("__ ") {
        return behind_deeper(start + 1);
    }
    if is_table(trimmed) || (is_rule(trimmed) && !is_rule(text(start + 2).trim())) {
        // A table goes on to the next blank line.
        return (start..count)
            .find(|&i| text(i).is_empty())
            .unwrap_or(count);
    }
    if is_rule(trimmed) {
        return start + 1;
    }
    if trimmed.starts_with(':') && trimmed[1..].contains(": ") {
        return behind_deeper(start + 1);
    }
    if depth == 0 && is_rule(text(start + 1)) {
        return titled(prose, start);
    }
    let marker = marker(trimmed);
    let column = depth + marker;
    let belongs = |&i: &usize| {
        let next = text(i);
        !next.is_empty()
            && self::marker(next.trim()) == 0
            && (indent(next) == column || (marker == 0 && indent(next) == depth))
            && !next.trim().starts_with(".. ")
            && !is_rule(text(i + 1))
    };
    let end = (start + 1..count).find(|i| !belongs(i)).unwrap_or(count);
    let last = text(end - 1);
    let is_literal = last.ends_with("::");
    let behind = if is_literal { behind_deeper(end) } else { end };
    let mut places = prose.places(start..end);
    places[0].start = prose.lines[start].start + column;
    if is_literal && let Some(place) = places.last_mut() {
        place.end -= if last.ends_with(" ::") || last == "::" {
            2
        } else {
            1
        };
    }
    let kind = match marker {
        0 => BlockKind::Paragraph,
        _ => BlockKind::ListItem,
    };
    prose.add(&places, kind);
    behind
}

/// Reads a title and the line below it.
fn titled(prose: &mut ProseFile<'_>, start: usize) -> usize {
    let (line, rule) = (prose.text(start), prose.text(start + 1));
    let (place, below) = (prose.lines[start].clone(), prose.lines[start + 1].clone());
    let end = &prose.file[place.end..below.start];
    let is_over = start > 0 && prose.text(start - 1) == rule;
    let mut content = Content::new(title(line), Escape::None, Escape::None);
    content.form.outer = Escape::Underlined {
        sign: rule.chars().next().unwrap_or('='),
        // The line over a title cannot grow with it.
        least: if is_over { below.len() } else { 0 },
        line_end: if end.contains('\r') { "\r\n" } else { "\n" },
    };
    prose.values.add(place.start..below.end, content);
    start + 2
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
