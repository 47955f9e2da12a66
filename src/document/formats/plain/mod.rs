//! Plain text.

mod line;
mod marker;
mod metadata;
mod paragraph;
mod references;
mod table;

pub use metadata::{date_in, is_date, is_readable as is_readable_metadata};

use std::ops::Range;

use crate::document::block::{Block, BlockKind, Document};
use crate::document::builder::MarkupFile;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat, RecordOptions};
use crate::document::layout::Layout;
use crate::document::values::{Content, ValuesBuilder};
use line::{LineKind, TextLine};
use marker::Marker;

/// Text without markup. Blocks are paragraphs, hard-wrapped or one line each; list items without their
/// markers; titles; the cells of tables; and lines about the text. Lines without letters are layout.
pub const TEXT: FileFormat = FileFormat {
    cut: Cut::BlankLine,
    is_text: true,
    ..FileFormat::new("text", "Plain text", &["txt", "text", "asc"], read)
};

/// Lines of a run at most. A longer run is cut, which bounds the memory for a file of many lines.
const LONGEST_RUN: usize = 4096;

/// Characters of a title at most.
const LONGEST_TITLE: usize = 100;

/// Columns that a line has at least when what follows may be its continuation.
const LONG_LINE: usize = 45;

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    if references::has_umlauts(&decoded.text) {
        // What stands around the words is written as references again.
        let text = read_text(references::resolved(&decoded.text));
        let content = Content::new(MarkupFile::of_text(text), Escape::None, Escape::Markup);
        let mut builder = ValuesBuilder::new(decoded.text.as_bytes());
        builder.add(0..decoded.text.len(), content);
        return Ok(builder.finish(decoded.replaced));
    }
    Ok(Document {
        undecodable: decoded.replaced,
        mended: decoded.mended,
        ..read_text(decoded.text)
    })
}

/// Finds the blocks of a plain text.
pub fn read_text(text: String) -> Document {
    let column = runs(&text)
        .filter(|run| run.lines.len() > paragraph::FEW_LINES)
        .filter_map(|run| Some((run.lines.len(), paragraph::wrap_column(&run.lines, None)?)))
        .max_by_key(|&(lines, _)| lines)
        .map(|(_, column)| column);
    let mut blocks = Vec::new();
    for run in runs(&text) {
        read_run(run, column, &mut blocks);
    }
    // A title has something below it.
    if let Some(last) = blocks.last_mut()
        && last.kind == BlockKind::Heading
    {
        last.kind = BlockKind::Paragraph;
    }
    Document {
        text,
        blocks,
        layout: Layout::Text,
        undecodable: 0,
        mended: 0,
        flaws: Vec::new(),
    }
}

/// Lines that stand together, without an empty line or a ruler between them.
struct LineRun<'a> {
    lines: Vec<TextLine<'a>>,
    is_underlined: bool,
}

/// The runs of a text. Runs begin and end at empty lines, rulers and page breaks.
fn runs(text: &str) -> impl Iterator<Item = LineRun<'_>> {
    let mut lines = lines(text);
    std::iter::from_fn(move || {
        let mut run = Vec::new();
        for (span, ends_page) in lines.by_ref() {
            let line = TextLine::new(span.start, &text[span.clone()]);
            if line.kind == LineKind::Empty {
                if run.is_empty() {
                    continue;
                }
                let is_underlined = is_underline(&text[span]);
                return Some(LineRun {
                    lines: run,
                    is_underlined,
                });
            }
            run.push(line);
            if ends_page || run.len() == LONGEST_RUN {
                break;
            }
        }
        (!run.is_empty()).then_some(LineRun {
            lines: run,
            is_underlined: false,
        })
    })
}

/// The lines of a text without their ends, and whether a page or a column ends after them.
fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, bool)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let is_end = |c| {
            matches!(
                c,
                '\n' | '\r' | '\x0B' | '\x0C' | '\u{85}' | '\u{2028}' | '\u{2029}'
            )
        };
        let length = rest.find(is_end).unwrap_or(rest.len());
        let (line, end) = (start..start + length, &rest[length..]);
        let end_length = match end {
            _ if end.starts_with("\r\n") => 2,
            _ => end.chars().next().map_or(0, char::len_utf8),
        };
        start = line.end + end_length;
        Some((line, !end.is_empty() && !end.starts_with(['\n', '\r'])))
    })
}

fn is_underline(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3
        && ["=", "-", "~", "_", "*"]
            .iter()
            .any(|sign| line.trim_matches(|c| sign.contains(c)).is_empty())
}

fn read_run(mut run: LineRun, document_column: Option<usize>, blocks: &mut Vec<Block>) {
    if blocks.is_empty() {
        take_leading_pairs(&mut run.lines, blocks);
    }
    hold_to_prose(&mut run.lines);
    let continues = paragraph::continuations(&run.lines, document_column);
    let mut paragraphs = paragraphs(&run.lines, &continues).peekable();
    let mut is_first = true;
    while let Some(lines) = paragraphs.next() {
        match lines[0].kind {
            LineKind::Empty | LineKind::Number | LineKind::Data => {}
            LineKind::Metadata => blocks.push(block(lines, BlockKind::Metadata)),
            LineKind::Row => blocks.extend(cells(&lines[0])),
            LineKind::Prose => {
                let is_alone = run.lines.len() == 1;
                let next = paragraphs.peek();
                let is_above_text = is_first && next.is_some_and(|text| is_text_of(lines, text));
                let is_heading = (is_alone && run.is_underlined)
                    || (is_title(lines) && (is_alone || is_above_text));
                let kind = match lines[0].marker {
                    _ if is_heading => BlockKind::Heading,
                    Some(_) => BlockKind::ListItem,
                    None => BlockKind::Paragraph,
                };
                blocks.push(block(lines, kind));
            }
        }
        is_first = false;
    }
}

fn block(lines: &[TextLine], kind: BlockKind) -> Block {
    Block::new(lines[0].start..lines[lines.len() - 1].end(), kind)
}

/// The lines of each block of a run.
fn paragraphs<'a>(
    lines: &'a [TextLine<'a>],
    continues: &'a [bool],
) -> impl Iterator<Item = &'a [TextLine<'a>]> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = lines.get(start..).filter(|rest| !rest.is_empty())?;
        let more = continues[start.min(continues.len())..]
            .iter()
            .take_while(|&&continues| continues)
            .count();
        start += more + 1;
        Some(&rest[..=more])
    })
}

/// Makes blocks of the pairs before an article in its first line, and leaves the rest of that line.
fn take_leading_pairs(lines: &mut Vec<TextLine>, blocks: &mut Vec<Block>) {
    let Some(line) = lines.first_mut() else {
        return;
    };
    let pairs = metadata::leading_pairs(line.text);
    let Some(end) = pairs.last().map(|pair| pair.end) else {
        return;
    };
    blocks.extend(pairs.into_iter().map(|pair| {
        let span = line.start + pair.start..line.start + pair.end;
        Block::new(span, BlockKind::Metadata)
    }));
    line.skip(end);
    if line.kind == LineKind::Empty {
        lines.remove(0);
    }
}

/// A date or an address is no line by itself where it ends or goes on with the sentence of a long line before it.
fn hold_to_prose(lines: &mut [TextLine]) {
    for index in 1..lines.len() {
        let before = &lines[index - 1];
        let is_open = before.kind == LineKind::Prose
            && before.end_column >= LONG_LINE
            && !before.ends_sentence();
        let line = &mut lines[index];
        if is_open && line.kind == LineKind::Metadata && !metadata::is_pair(line.text) {
            line.kind = LineKind::Prose;
        }
    }
}

fn cells(line: &TextLine) -> Vec<Block> {
    let cells = table::cells(line.text).unwrap_or_default().into_iter();
    cells
        .filter(|cell| line.text[cell.clone()].contains(char::is_alphabetic))
        .map(|cell| {
            let span = line.start + cell.start..line.start + cell.end;
            let kind = match metadata::is_metadata(&line.text[cell]) {
                true => BlockKind::Metadata,
                false => BlockKind::Cell,
            };
            Block::new(span, kind)
        })
        .collect()
}

/// Whether lines could be a title: a short one, not begun small, without a sentence's end.
fn is_title(lines: &[TextLine]) -> bool {
    let [line] = lines else { return false };
    matches!(line.marker, None | Some(Marker::Number(_)))
        && !line.begins_small()
        && !line.text.ends_with([',', ':', ';', '-', '–'])
        && !line.ends_sentence()
        && line.text.chars().nth(LONGEST_TITLE).is_none()
}

/// Whether lines are prose, and clearly longer than the title above them.
fn is_text_of(title: &[TextLine], lines: &[TextLine]) -> bool {
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    first.kind == LineKind::Prose
        && first.marker.is_none()
        && last.ends_sentence()
        && last.end() - first.start >= 2 * title[0].text.len()
}
