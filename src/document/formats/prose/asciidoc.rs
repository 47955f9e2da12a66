//! AsciiDoc, as Asciidoctor reads it.

use std::sync::LazyLock;

use regex::Regex;

use super::super::no_signature;
use super::{Inline, add_text, indent, lines};
use crate::document::block::{BlockKind, Document};
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// AsciiDoc. Listings, tables, attributes and comments stay.
pub const ASCIIDOC: FileFormat = FileFormat {
    name: "asciidoc",
    aliases: &["adoc"],
    description: "AsciiDoc: the prose",
    extensions: &["adoc", "asciidoc"],
    matches: no_signature,
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

/// Beginnings of paragraphs that say what they are.
const LABELS: [&str; 5] = ["NOTE: ", "TIP: ", "IMPORTANT: ", "WARNING: ", "CAUTION: "];

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
        if is_fence(line) {
            // To the same sign again.
            let end = (i + 1..lines.len()).find(|&end| text(end) == line);
            i = end.map_or(lines.len(), |end| end + 1);
        } else if is_layout(line) {
            i += 1;
        } else {
            let marker = marker(line);
            let is_title = line.starts_with('=');
            let start = i;
            i += 1;
            // Definitions may stand behind their terms.
            let ends_here = is_title || line.starts_with('.') && marker == 1;
            while !ends_here && i < lines.len() {
                let next = text(i);
                if next.is_empty()
                    || is_fence(next)
                    || is_layout(next)
                    || self::marker(next) > 0
                    || next.starts_with('=')
                {
                    break;
                }
                i += 1;
            }
            let mut places = lines[start..i].to_vec();
            for place in &mut places {
                place.start += indent(&file[place.clone()]);
            }
            places[0].start = lines[start].start + marker;
            let kind = match () {
                () if is_title => BlockKind::Heading,
                () if marker > 0 => BlockKind::ListItem,
                () => BlockKind::Paragraph,
            };
            match definition(&file[places[0].clone()]) {
                Some((term, rest)) => {
                    let at = places[0].start;
                    let end = places[0].end;
                    let term_place = at..at + term;
                    add_text(
                        file,
                        std::slice::from_ref(&term_place),
                        BlockKind::ListItem,
                        &inline,
                        &mut values,
                    );
                    places[0] = (at + rest).min(end)..end;
                    places.retain(|place| !place.is_empty());
                    add_text(file, &places, kind, &inline, &mut values);
                }
                None => add_text(file, &places, kind, &inline, &mut values),
            }
        }
    }
    Ok(values.finish_decoded(&decoded))
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
