//! AsciiDoc, as Asciidoctor reads it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{ProseFile, indent, read_lines};
use crate::document::block::{BlockKind, Document};
use crate::document::error::DocumentError;
use crate::document::format::{FileFormat, RecordOptions};

/// AsciiDoc. Listings, attributes and comments stay.
pub const ASCIIDOC: FileFormat = FileFormat {
    aliases: &["adoc"],
    ..FileFormat::new(
        "asciidoc",
        "AsciiDoc: the prose",
        &["adoc", "asciidoc"],
        read,
    )
};

/// Beginnings of paragraphs that say what they are.
const LABELS: [&str; 5] = ["NOTE: ", "TIP: ", "IMPORTANT: ", "WARNING: ", "CAUTION: "];

/// What stands before the sign of a cell and says how it looks: `2+`, `.3+^`, `a`.
static CELL_STYLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\s)(?:\d*(?:\.\d+)?[+*])?[<^>]?(?:\.[<^>])?[adehlmsv]?$")
        .expect("the pattern is constant")
});

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"`[^`]+`|\+\+?[^+\s][^+]*\+\+?|<<[^<>]+>>|\{[\w-]+\}|(?:image|footnote|kbd|btn|menu|stem|latexmath|anchor|xref|icon):[^\s\[]*\[[^\]]*\]",
        r"|(?<open>(?:link:|https?://)[^\s\[]+\[)(?<inner>[^\],]+)(?<close>[^\]]*\])",
        r"|\bhttps?://[^\s\[<>]*[^\s\[<>.,;:!?)]",
        r"|(?<open2>\*{1,2})(?<inner2>[^*\s][^*]*)(?<close2>\*{1,2})|(?<open3>\b__?)(?<inner3>[^_\s][^_]*)(?<close3>__?\b)",
    ))
    .expect("the pattern is constant")
});

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    read_lines(bytes, &INLINE, step)
}

/// Reads the block that begins in a line.
fn step(prose: &mut ProseFile<'_>, start: usize) -> usize {
    let line = prose.text(start);
    if is_fence(line) {
        // To the same sign again.
        let end = (start + 1..prose.lines.len()).find(|&end| prose.text(end) == line);
        let end = end.unwrap_or(prose.lines.len());
        let attributes = prose.text(start.saturating_sub(1));
        if line.starts_with("|===")
            && !attributes.contains("format=")
            && !attributes.contains("separator=")
        {
            table(prose, start + 1..end);
        }
        return end + 1;
    }
    if is_layout(line) {
        return start + 1;
    }
    let marker = marker(line);
    let is_title = line.starts_with('=');
    let mut end = start + 1;
    // Definitions may stand behind their terms.
    let ends_here = is_title || line.starts_with('.') && marker == 1;
    while !ends_here && end < prose.lines.len() {
        let next = prose.text(end);
        if is_fence(next) || is_layout(next) || self::marker(next) > 0 || next.starts_with('=') {
            break;
        }
        end += 1;
    }
    let mut places = prose.places(start..end);
    places[0].start = prose.lines[start].start + marker;
    let kind = match () {
        () if is_title => BlockKind::Heading,
        () if marker > 0 => BlockKind::ListItem,
        () => BlockKind::Paragraph,
    };
    if let Some((term, rest)) = definition(&prose.file[places[0].clone()]) {
        let (at, end) = (places[0].start, places[0].end);
        let term = at..at + term;
        prose.add(std::slice::from_ref(&term), BlockKind::ListItem);
        places[0] = (at + rest).min(end)..end;
        places.retain(|place| !place.is_empty());
    }
    prose.add(&places, kind);
    end
}

/// Reads the cells of a table between its fences. Listings in them stay, and so do cells whose style says that they are code.
fn table(prose: &mut ProseFile<'_>, rows: Range<usize>) {
    let file = prose.file;
    let mut cell: Vec<Range<usize>> = Vec::new();
    let mut is_read = true;
    let mut i = rows.start;
    while i < rows.end {
        let (line, text) = (prose.lines[i].clone(), prose.text(i));
        i += 1;
        if text.is_empty() || is_fence(text) || text.starts_with('!') {
            prose.add(&std::mem::take(&mut cell), BlockKind::Cell);
            if is_fence(text) {
                let end = (i..rows.end).find(|&end| prose.text(end) == text);
                i = end.map_or(rows.end, |end| end + 1);
            }
            continue;
        }
        let mut at = line.start;
        for (bar, _) in text.match_indices('|') {
            if text[..bar].ends_with('\\') {
                continue;
            }
            let bar = line.start + bar;
            let before = &file[at..bar];
            let style = CELL_STYLE.find(before).map_or("", |style| style.as_str());
            add_to_cell(file, at..bar - style.len(), is_read, &mut cell);
            prose.add(&std::mem::take(&mut cell), BlockKind::Cell);
            is_read = !style.ends_with(['l', 'm']);
            at = bar + 1;
        }
        add_to_cell(file, at..line.end, is_read, &mut cell);
    }
    prose.add(&cell, BlockKind::Cell);
}

/// Adds the text of a part of a line to that of a cell.
fn add_to_cell(file: &str, place: Range<usize>, is_read: bool, cell: &mut Vec<Range<usize>>) {
    let text = &file[place.clone()];
    let start = place.start + indent(text);
    let end = place.start + text.trim_end().len();
    if is_read && start < end {
        cell.push(start..end);
    }
}

/// Whether a line begins and ends what is left as it is.
fn is_fence(line: &str) -> bool {
    let is_of = |sign: char| line.len() >= 4 && line.chars().all(|c| c == sign);
    line.starts_with("```")
        || line.starts_with("|===")
        || ['-', '.', '+', '/'].into_iter().any(is_of)
}

/// Whether a line has no prose: attributes, block macros, comments, edges of blocks.
fn is_layout(line: &str) -> bool {
    let is_of = |sign: char| line.len() >= 4 && line.chars().all(|c| c == sign);
    let is_macro = || {
        let name = line.split("::").next().unwrap_or_default();
        line.contains("::")
            && line.ends_with(']')
            && name.chars().all(|c| c.is_ascii_alphanumeric())
    };
    line.is_empty()
        || line == "+"
        || line == "--"
        || line.starts_with("//")
        || (line.starts_with('[') && line.ends_with(']'))
        || (line.starts_with(':') && line[1..].contains(':'))
        || line.starts_with(' ')
        || line.starts_with('\t')
        || line.starts_with('|')
        || ['=', '*', '_', '<', '\''].into_iter().any(is_of)
        || is_macro()
}

/// Bytes before the text of a title, an item or a labelled paragraph; 0 if there are none.
fn marker(line: &str) -> usize {
    if let Some(label) = LABELS.iter().find(|label| line.starts_with(**label)) {
        return label.len();
    }
    let signs = line.len() - line.trim_start_matches(['*', '-', '.', '=', '#']).len();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match () {
        () if signs > 0 && line[signs..].starts_with(' ') => signs + indent(&line[signs..]),
        // The title of a block.
        () if signs == 1 && line.starts_with('.') => 1,
        () if digits > 0 && line[digits..].starts_with(". ") => digits + 2,
        () => 0,
    }
}

/// Bytes of a term and of all before its definition, in a line that has one.
fn definition(line: &str) -> Option<(usize, usize)> {
    let term = line.find("::")?;
    let rest = line[term..].trim_start_matches(':');
    let is_term = term > 0 && (rest.is_empty() || rest.starts_with(' '));
    is_term.then(|| (term, line.len() - rest.trim_start().len()))
}
