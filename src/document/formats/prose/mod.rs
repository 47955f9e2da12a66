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
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::escape::Escape;
use crate::document::values::{Content, ValuesBuilder};

/// How a format marks words in a line: a pattern whose groups are what they mean.
///
/// `atom` is kept as it is; `open`, then `inner`, then `close` are marks around words.
struct Inline {
    pattern: &'static Regex,
    escape: Escape,
}

/// Adds a text of some lines as one block. Line breaks between entries of a list or an address part it.
fn add_text(
    file: &str,
    lines: &[Range<usize>],
    kind: BlockKind,
    inline: &Inline,
    values: &mut ValuesBuilder<'_>,
) {
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
        add_inline(file, line.clone(), inline, &mut builder);
        end = line.end;
    }
    builder.end(kind);
    let content = Content::new(builder.finish_at(place.end), inline.escape, Escape::None);
    values.add(place, content);
}

fn add_inline(file: &str, place: Range<usize>, inline: &Inline, builder: &mut MarkupBuilder<'_>) {
    let mut at = place.start;
    let raw = &file[place.clone()];
    for found in inline.pattern.captures_iter(raw) {
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
