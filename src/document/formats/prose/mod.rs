//! Markup for people who write manuals: reStructuredText, AsciiDoc, LaTeX. Prose is translated; what is not understood
//! stays as it is.

mod asciidoc;
mod latex;
mod rst;

use std::ops::Range;

pub use asciidoc::ASCIIDOC;
pub use latex::LATEX;
use regex::Regex;
pub use rst::RST;

use super::line_break;
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::values::{Content, ValuesBuilder};

/// A file of lines that is being read.
///
/// `inline` is how the format marks words in a line: a pattern whose groups are what they mean. `open`, then `inner`, then
/// `close` are marks around words; anything else that is found is kept as it is.
struct ProseFile<'f> {
    file: &'f str,
    /// Its lines without their ends.
    lines: Vec<Range<usize>>,
    inline: &'static Regex,
    values: ValuesBuilder<'f>,
}

/// Reads a file of lines: `step` reads what begins in the line of a number, and returns the number of the line behind it.
fn read_lines(
    bytes: &[u8],
    inline: &'static Regex,
    step: fn(&mut ProseFile<'_>, usize) -> usize,
) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut prose = ProseFile {
        file,
        lines: lines(file),
        inline,
        values: ValuesBuilder::new(file.as_bytes()),
    };
    let mut i = 0;
    while i < prose.lines.len() {
        i = step(&mut prose, i);
    }
    Ok(prose.values.finish_decoded(&decoded))
}

impl<'f> ProseFile<'f> {
    /// The text of a line, empty behind the last.
    fn text(&self, i: usize) -> &'f str {
        self.lines
            .get(i)
            .map_or("", |line| &self.file[line.clone()])
    }

    /// The places of some lines without the white space before them.
    fn places(&self, lines: Range<usize>) -> Vec<Range<usize>> {
        let unindented =
            |line: &Range<usize>| line.start + indent(&self.file[line.clone()])..line.end;
        self.lines[lines].iter().map(unindented).collect()
    }

    /// Adds a text of some lines as one block. Line breaks between entries of a list or an address part it.
    fn add(&mut self, lines: &[Range<usize>], kind: BlockKind) {
        let file = self.file;
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        let place = first.start..last.end;
        let mut builder = MarkupBuilder::from(file, place.start);
        let mut end = place.start;
        for line in lines {
            let gap = end..line.start;
            if !gap.is_empty() && !builder.is_between() {
                let text = &file[line.clone()];
                let is_short = lines.iter().all(|line| line.len() < 45);
                match is_short && line_break::ends_segment(builder.so_far(), text) {
                    true => builder.end(kind),
                    false => builder.line_break(&file[gap.clone()], gap),
                }
            }
            add_inline(file, line.clone(), self.inline, &mut builder);
            end = line.end;
        }
        builder.end(kind);
        let content = Content::new(builder.finish_at(place.end), Escape::None, Escape::None);
        self.values.add(place, content);
    }
}

fn add_inline(file: &str, place: Range<usize>, inline: &Regex, builder: &mut MarkupBuilder<'_>) {
    let mut at = place.start;
    let raw = &file[place.clone()];
    for found in inline.captures_iter(raw) {
        let group = |name: &str| {
            let range = found.name(name)?.range();
            Some(place.start + range.start..place.start + range.end)
        };
        let Some(whole) = found
            .get(0)
            .map(|whole| place.start + whole.start()..place.start + whole.end())
        else {
            continue;
        };
        if whole.start > at {
            builder.words(&file[at..whole.start], at..whole.start);
        }
        // One of several kinds of marks.
        let any = |name: &str| {
            ["", "2", "3"]
                .iter()
                .find_map(|kind| group(&format!("{name}{kind}")))
        };
        match (any("open"), any("inner"), any("close")) {
            (Some(open), Some(inner), Some(close)) => {
                builder.open(&file[open.clone()], open);
                builder.words(&file[inner.clone()], inner);
                builder.close(&file[close.clone()], close);
            }
            _ => builder.atom(&file[whole.clone()], &file[whole.clone()], whole.clone()),
        }
        at = whole.end;
    }
    if at < place.end {
        builder.words(&file[at..place.end], at..place.end);
    }
}

/// The lines of a file without their ends.
fn lines(file: &str) -> Vec<Range<usize>> {
    let mut end = 0;
    let each = file.split_inclusive('\n').map(|line| {
        let start = end;
        end += line.len();
        start..start + line.trim_end().len()
    });
    each.collect()
}

/// Columns before a line's text.
fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}
