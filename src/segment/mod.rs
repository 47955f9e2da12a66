//! Sentences of a block, with spans back into the text, and clauses of sentences that are too long.
//!
//! ```
//! let text = "Er kam z. B. um 8 Uhr. Dann ging er.";
//! let sentences: Vec<&str> = degist::segment::sentences(text).into_iter().map(|span| &text[span]).collect();
//! assert_eq!(sentences, ["Er kam z. B. um 8 Uhr. ", "Dann ging er."]);
//! ```

mod clause;
mod german;
pub mod language;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::document::{Block, BlockKind, Document, Markup, is_readable_metadata};

pub use clause::clauses;

/// One sentence of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Index of its block.
    pub block: usize,
    /// Bytes of [`Document::text`]: the sentence and the white space after it. The segments of a block cover all of it.
    pub span: Range<usize>,
    /// Parts of the sentence whose translation is given; in order, not overlapping, in bytes of the sentence without the
    /// white space around it.
    pub fixed: Vec<Fixed>,
    /// A sentence like it whose translation is known.
    pub example: Option<Example>,
    /// Whether it is no German: by its words, or because its neighbours are none and nothing in it is.
    pub is_foreign: bool,
}

/// A part of a sentence whose translation is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fixed {
    /// Bytes of the sentence.
    pub span: Range<usize>,
    /// Its translation; the source itself if there is none.
    pub target: Option<String>,
    /// Whether the translation must be there letter for letter; else the network may inflect it.
    pub exact: bool,
}

/// A sentence with its translation, as a pattern for one that is like it: the same words are to be rendered alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Example {
    /// German.
    pub source: String,
    /// English.
    pub target: String,
}

/// Bytes of a block that are segmented at once; bounds the work on a line that never ends.
const WINDOW: usize = 1 << 13;

/// The sentences of a document in reading order. Metadata is one, or none where it is for machines.
pub fn segments(document: &Document) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (block, at) in document.blocks.iter().enumerate() {
        let text = &document.text[at.span.clone()];
        let spans = match at.kind {
            BlockKind::Metadata if !is_readable_metadata(text) => continue,
            BlockKind::Metadata => std::iter::once(0..text.len()).collect(),
            _ => sentences(text),
        };
        segments.extend(spans.into_iter().map(|span| {
            let span = at.span.start + span.start..at.span.start + span.end;
            Segment {
                block,
                fixed: atoms(document, at, &span),
                example: None,
                is_foreign: language::is_foreign(&document.text[span.clone()]),
                span,
            }
        }));
    }
    inherit_language(document, &mut segments);
    segments
}

/// Segments with too few words to tell are of the language of those beside them, if nothing in them is German.
fn inherit_language(document: &Document, segments: &mut [Segment]) {
    let told: Vec<bool> = segments.iter().map(|segment| segment.is_foreign).collect();
    for (i, segment) in segments.iter_mut().enumerate() {
        let before = i.checked_sub(1).and_then(|i| told.get(i));
        let is_between = [before, told.get(i + 1)]
            .iter()
            .any(|beside| beside.is_some_and(|&beside| beside));
        segment.is_foreign |=
            is_between && language::may_be_foreign(&document.text[segment.span.clone()]);
    }
}

/// The atoms of a block that lie in the sentence at `span`: markup that is not translated.
fn atoms(document: &Document, block: &Block, span: &Range<usize>) -> Vec<Fixed> {
    let sentence = &document.text[span.clone()];
    let start = span.start + (sentence.len() - sentence.trim_start().len());
    let end = start + sentence.trim().len();
    (block.marks.iter())
        .filter(|mark| matches!(mark.markup, Markup::Atom(_)))
        .filter(|mark| start <= mark.span.start && mark.span.end <= end)
        .map(|mark| Fixed {
            span: mark.span.start - start..mark.span.end - start,
            target: None,
            exact: true,
        })
        .collect()
}

/// The sentences of a German text as spans of bytes, each with the white space after it. Their concatenation is the
/// text. A line break counts as a space.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = text.floor_char_boundary(start + WINDOW);
        let window = &text[start..end];
        let mut ends = boundaries(window);
        if end < text.len() {
            // The last sentence may go on after the window; one without an end is cut there.
            ends.pop();
            if ends.is_empty() {
                ends.push(
                    window
                        .rfind(char::is_whitespace)
                        .map_or(window.len(), |space| {
                            space + window[space..].chars().next().map_or(1, char::len_utf8)
                        }),
                );
            }
        }
        for boundary in ends {
            let from = spans.last().map_or(0, |span: &Range<usize>| span.end);
            spans.push(from..start + boundary);
        }
        start = spans.last().map_or(text.len(), |span| span.end);
    }
    spans
}

/// The ends of sentences in `text`, the end of the text included.
fn boundaries(text: &str) -> Vec<usize> {
    let mut found: BTreeSet<usize> = german::candidates(text).collect();
    let mut end = 0;
    for sentence in sentencex::get_sentence_boundaries("de", text) {
        if sentence.is_paragraph_break || sentence.text.trim().is_empty() {
            continue;
        }
        // Up to the next sentence, so that white space stays with the one before it.
        end = sentence.end_byte.max(end);
        let spaces = text[end..].len() - text[end..].trim_start().len();
        if spaces > 0 {
            found.insert(end + spaces);
        } else if text[..end].ends_with(char::is_whitespace) {
            found.insert(end);
        }
    }
    found.remove(&0);
    found.retain(|&at| at < text.len() && german::is_boundary(text, at));
    found.insert(text.len());
    found.into_iter().collect()
}
