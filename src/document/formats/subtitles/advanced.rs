//! Advanced SubStation Alpha (ASS and SSA): the texts of the `Dialogue:` lines.

use std::ops::Range;

use super::super::beginning_as_text;
use super::{Cue, Syntax, add_cues, lines, milliseconds};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::escape::Escape;
use crate::document::format::FileFormat;
use crate::document::values::ValuesBuilder;

/// ASS and SSA. Styles, comments and drawings stay as they are.
pub const ASS: FileFormat = FileFormat {
    aliases: &["ssa"],
    matches: |beginning| beginning_as_text(beginning).starts_with("[Script Info]"),
    ..FileFormat::new(
        "ass",
        "SubStation Alpha subtitles (ASS, SSA)",
        &["ass", "ssa"],
        |bytes, _| {
            let decoded = decode(bytes)?;
            let file = decoded.text.as_str();
            let mut builder = ValuesBuilder::new(file.as_bytes());
            let syntax = Syntax {
                inline,
                escape: Escape::Ass,
            };
            add_cues(file, &cues(file), syntax, &mut builder);
            Ok(builder.finish(decoded.replaced))
        },
    )
};

/// Columns of a dialogue if no line says which there are.
const COLUMNS: [&str; 10] = [
    "Layer", "Start", "End", "Style", "Name", "MarginL", "MarginR", "MarginV", "Effect", "Text",
];

fn cues(file: &str) -> Vec<Cue> {
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    let mut is_events = false;
    let mut cues = Vec::new();
    for line in lines(file) {
        let text = &file[line.clone()];
        if text.starts_with('[') {
            is_events = text.trim().eq_ignore_ascii_case("[events]");
        } else if is_events && let Some(format) = text.strip_prefix("Format:") {
            columns = format
                .split(',')
                .map(|column| column.trim().to_owned())
                .collect();
        } else if is_events && let Some(dialogue) = text.strip_prefix("Dialogue:") {
            let fields: Vec<&str> = dialogue.splitn(columns.len(), ',').collect();
            let field = |name: &str| {
                let column = columns.iter().position(|column| column == name)?;
                fields.get(column).copied()
            };
            // The text is the last column, and has what commas there are.
            let Some(said) = field("Text").filter(|said| !is_drawing(said)) else {
                continue;
            };
            let time = |name| {
                field(name)
                    .and_then(|time| milliseconds(time.trim()))
                    .unwrap_or(0)
            };
            let start = line.end - said.len();
            cues.push(Cue {
                time: time("Start")..time("End"),
                speaker: format!(
                    "{:?} {:?}",
                    field("Style"),
                    field("Name").or(field("Actor"))
                ),
                lines: parts(file, start..line.end),
            });
        }
    }
    cues.retain(|cue: &Cue| !cue.lines.is_empty());
    cues
}

fn is_drawing(text: &str) -> bool {
    text.match_indices("\\p")
        .any(|(at, _)| text[at + 2..].starts_with(|c| matches!(c, '1'..='9')))
}

/// The parts of a text between its line breaks.
fn parts(file: &str, text: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = text.start;
    let raw = &file[text.clone()];
    for (at, _) in raw.match_indices('\\') {
        if raw[at..].starts_with("\\N") || raw[at..].starts_with("\\n") {
            parts.push(start..text.start + at);
            start = text.start + at + 2;
        }
    }
    parts.push(start..text.end);
    parts.retain(|part| !file[part.clone()].trim().is_empty());
    parts
}

/// The words of a part, and its overrides: `{\i1}` and `{\i0}` are around words, others at a point.
fn inline(file: &str, place: Range<usize>, builder: &mut MarkupBuilder<'_>) {
    let mut at = place.start;
    while at < place.end {
        let rest = &file[at..place.end];
        let tag = match rest.starts_with('{') {
            true => rest.find('}').map(|end| end + 1),
            false => None,
        };
        let length = match tag {
            Some(length) => {
                let tag = &rest[..length];
                let place = at..at + length;
                let pairs = ["i", "b", "u", "s"];
                let is = |value: &str| {
                    pairs
                        .iter()
                        .any(|name| tag == format!("{{\\{name}{value}}}"))
                };
                if is("1") {
                    builder.open(tag, place);
                } else if is("0") && builder.depth() > 0 {
                    builder.close(tag, place);
                } else {
                    builder.point(tag, place);
                }
                length
            }
            None if rest.starts_with("\\h") => {
                builder.words(" ", at..at + 2);
                2
            }
            None => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let end = |sign: &str| rest[first..].find(sign).map(|end| first + end);
                let length = (end("{").into_iter().chain(end("\\h")).min()).unwrap_or(rest.len());
                builder.words(&rest[..length], at..at + length);
                length
            }
        };
        at += length;
    }
}
