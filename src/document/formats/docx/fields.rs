//! Fields of a paragraph: `begin`, instruction, `separate`, result, `end`, each in runs of its own, and fields within
//! both instruction and result.

use super::pieces::{FieldPart, RunItem};
use crate::document::formats::runs::{self, Piece};

/// Fields whose result is text of the document. Results of others are made anew by the program, such as page numbers.
const TRANSLATED: [&str; 3] = ["HYPERLINK", "FORMTEXT", "TOC"];

/// Levels of fields and elements in each other. A paragraph with more stays as it is.
const DEEPEST: usize = 32;

/// Whether the result of a field with this instruction is translated.
pub(super) fn is_translated(instruction: &str) -> bool {
    let name = instruction.split_whitespace().next().unwrap_or_default();
    TRANSLATED
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// An element or a field that is open while the items of a paragraph are read.
enum Frame {
    Element {
        raw: String,
        is_kept: bool,
        pieces: Vec<Piece>,
    },
    Field {
        /// All up to the separator, once that was read.
        head: Vec<Piece>,
        instruction: String,
        pieces: Vec<Piece>,
    },
}

impl Frame {
    fn pieces(&mut self) -> &mut Vec<Piece> {
        match self {
            Self::Element { pieces, .. } | Self::Field { pieces, .. } => pieces,
        }
    }
}

/// The items of a paragraph with every field and every element that is kept in one piece. Fields that begin or end in
/// another paragraph stay as their parts.
pub(super) fn join(items: Vec<RunItem>) -> Vec<Piece> {
    if crosses(&items) {
        return keep_markup(items);
    }
    let mut pieces = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    for item in items {
        let top = frames.last_mut();
        match item {
            RunItem::Open { raw, is_kept } => frames.push(Frame::Element {
                raw,
                is_kept,
                pieces: Vec::new(),
            }),
            RunItem::Field(FieldPart::Begin, raw) => frames.push(Frame::Field {
                head: Vec::new(),
                instruction: String::new(),
                pieces: vec![Piece::other(raw)],
            }),
            RunItem::Field(FieldPart::Instruction(text), raw) => {
                let field = frames.iter_mut().rev().find_map(|frame| match frame {
                    Frame::Field { instruction, .. } => Some(instruction),
                    Frame::Element { .. } => None,
                });
                if let Some(instruction) = field {
                    instruction.push_str(&text);
                }
                push(&mut frames, &mut pieces, [Piece::other(raw)]);
            }
            RunItem::Field(FieldPart::Separator, raw) => match top {
                Some(Frame::Field { head, pieces, .. }) if head.is_empty() => {
                    head.append(pieces);
                    head.push(Piece::other(raw));
                }
                _ => push(&mut frames, &mut pieces, [Piece::other(raw)]),
            },
            RunItem::Field(FieldPart::End, raw) => match frames.pop() {
                Some(Frame::Field {
                    head,
                    instruction,
                    pieces: result,
                }) => {
                    let field = field(head, &instruction, result, raw);
                    push(&mut frames, &mut pieces, field);
                }
                other => {
                    frames.extend(other);
                    push(&mut frames, &mut pieces, [Piece::other(raw)]);
                }
            },
            RunItem::Close(close) => {
                // Fields that go on in the next paragraph.
                while let Some(Frame::Field { .. }) = frames.last() {
                    loosen(&mut frames, &mut pieces);
                }
                let Some(Frame::Element {
                    raw,
                    is_kept,
                    pieces: inner,
                }) = frames.pop()
                else {
                    continue;
                };
                let element = match is_kept {
                    true => vec![kept(
                        std::iter::once(&Piece::Open(raw))
                            .chain(&inner)
                            .chain([&Piece::Close(close)]),
                    )],
                    false => {
                        let mut element = vec![Piece::Open(raw)];
                        element.extend(inner);
                        element.push(Piece::Close(close));
                        element
                    }
                };
                push(&mut frames, &mut pieces, element);
            }
            RunItem::Text { look, text } => {
                push(&mut frames, &mut pieces, [Piece::Text { look, text }]);
            }
            RunItem::Other { raw, gap } => {
                push(&mut frames, &mut pieces, [Piece::Other { raw, gap }]);
            }
        }
    }
    while !frames.is_empty() {
        loosen(&mut frames, &mut pieces);
    }
    pieces
}

fn push(frames: &mut [Frame], pieces: &mut Vec<Piece>, more: impl IntoIterator<Item = Piece>) {
    match frames.last_mut() {
        Some(frame) => frame.pieces().extend(more),
        None => pieces.extend(more),
    }
}

/// Ends the innermost frame, which has no end in this paragraph.
fn loosen(frames: &mut Vec<Frame>, pieces: &mut Vec<Piece>) {
    match frames.pop() {
        Some(Frame::Field {
            mut head,
            pieces: rest,
            ..
        }) => {
            head.extend(rest);
            push(frames, pieces, head);
        }
        Some(Frame::Element {
            raw, pieces: inner, ..
        }) => push(
            frames,
            pieces,
            std::iter::once(Piece::Open(raw)).chain(inner),
        ),
        None => {}
    }
}

/// A field whose end was read.
fn field(head: Vec<Piece>, instruction: &str, result: Vec<Piece>, end: String) -> Vec<Piece> {
    if !head.is_empty() && is_translated(instruction) {
        let head = runs::written(&head);
        let mut link = vec![Piece::Open(head)];
        link.extend(result);
        link.push(Piece::Close(end));
        return link;
    }
    let is_result = !head.is_empty();
    let mut raw = runs::written(head.iter().chain(&result));
    raw.push_str(&end);
    let text = match is_result {
        true => result.iter().map(Piece::text).collect(),
        // Without a result, nothing of a field is read.
        false => String::new(),
    };
    vec![Piece::Atom { text, raw }]
}

/// Pieces that stay as they are.
fn kept<'p>(pieces: impl Iterator<Item = &'p Piece>) -> Piece {
    let (mut text, mut raw) = (String::new(), String::new());
    for piece in pieces {
        text.push_str(piece.text());
        raw.push_str(&piece.written());
    }
    Piece::Atom { text, raw }
}

/// Whether a field begins in an element that ends within it, or the other way round, or all is nested too deep.
fn crosses(items: &[RunItem]) -> bool {
    // Whether each that is open is a field.
    let mut open: Vec<bool> = Vec::new();
    // A field has begun in an element that has ended.
    let mut lost = false;
    for item in items {
        match item {
            RunItem::Open { .. } => open.push(false),
            RunItem::Field(FieldPart::Begin, _) => open.push(true),
            RunItem::Close(_) => {
                while open.pop() == Some(true) {
                    lost = true;
                }
            }
            RunItem::Field(part, _) => {
                let is_own = open.last() == Some(&true);
                if !is_own && (lost || open.contains(&true)) && !part.is_instruction() {
                    return true;
                }
                if is_own && matches!(part, FieldPart::End) {
                    open.pop();
                }
            }
            RunItem::Text { .. } | RunItem::Other { .. } => {}
        }
        if open.len() > DEEPEST {
            return true;
        }
    }
    false
}

/// Leaves all from the first tag of an element or a field to the last as it is.
fn keep_markup(items: Vec<RunItem>) -> Vec<Piece> {
    let is_markup = |item: &RunItem| {
        matches!(
            item,
            RunItem::Open { .. } | RunItem::Close(_) | RunItem::Field(..)
        )
    };
    let first = items.iter().position(is_markup).unwrap_or(items.len());
    let end = items
        .iter()
        .rposition(is_markup)
        .map_or(first, |last| last + 1);
    let mut pieces: Vec<Piece> = items.into_iter().map(RunItem::alone).collect();
    let inner = kept(pieces[first..end].iter());
    pieces.splice(first..end, [inner]);
    pieces
}
