//! Paragraphs of runs, as office formats have them: every run of text has its own look.
//!
//! The look that most of a paragraph has becomes that of the whole; other looks, links, notes and fields are markup that
//! is carried to the words made from theirs. Tabs, columns of spaces, and line breaks between entries end a segment.

use std::collections::HashMap;
use std::ops::Range;

use super::line_break;
use crate::document::block::BlockKind;
use crate::document::builder::{MarkupBuilder, Pair};
use crate::document::escape::Escape;

/// The look of a run: what is written around its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Look {
    pub(super) begin: String,
    pub(super) end: String,
}

/// Bytes of looks in a paragraph at most, where they are written again and again. One with more stays as it is.
pub(super) const MOST_LOOKS: usize = 64 << 20;

impl Look {
    pub(super) fn len(&self) -> usize {
        self.begin.len() + self.end.len()
    }

    /// Markup that has this look.
    pub(super) fn around(&self, raw: &str) -> String {
        format!("{}{raw}{}", self.begin, self.end)
    }
}

/// How a piece without words parts the words around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Not at all.
    None,
    /// As a tab, which ends a segment.
    Tab,
    /// As a line break, which may end a segment.
    Line,
}

/// Content of a paragraph.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// Words of a run.
    Text { look: Look, text: String },
    /// Markup without words that are read: a complete run, or an element between runs.
    Other { raw: String, gap: Gap },
    /// The beginning of an element that holds runs, such as a link.
    Open(String),
    /// The end of such an element.
    Close(String),
    /// Something that is read but not translated, such as a field with its result.
    Atom { text: String, raw: String },
}

impl Piece {
    pub(super) fn other(raw: impl Into<String>) -> Self {
        let (raw, gap) = (raw.into(), Gap::None);
        Self::Other { raw, gap }
    }

    /// The text that is read.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text { text, .. } | Self::Atom { text, .. } => text,
            _ => "",
        }
    }

    /// Whether there is something to translate.
    fn has_words(&self) -> bool {
        matches!(self, Self::Text { text, .. } if text.contains(char::is_alphabetic))
    }

    /// The piece as it is written where it is not translated.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Text { look, text } => {
                let mut run = look.begin.clone();
                Escape::Markup.write(text, &mut run);
                run + &look.end
            }
            Self::Other { raw, .. }
            | Self::Open(raw)
            | Self::Close(raw)
            | Self::Atom { raw, .. } => raw.clone(),
        }
    }
}

/// Pieces as they are written where they are not translated.
pub(super) fn written<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> String {
    pieces.into_iter().map(Piece::written).collect()
}

/// Spaces in a row that part columns.
pub(super) const COLUMN: usize = 3;

/// The pieces of a run's text: line ends, tabs and columns of spaces in it are pieces of their own.
pub(super) fn texts(look: &Look, text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let gaps = text.matches(['\t', '\n']).count() + text.matches("   ").count();
    if gaps.saturating_mul(look.len()) > MOST_LOOKS {
        let (look, text) = (look.clone(), text.to_owned());
        return vec![Piece::Text { look, text }];
    }
    let mut push = |text: &str, gap: Gap| {
        let (look, text) = (look.clone(), text.to_owned());
        if text.is_empty() {
            return;
        }
        let text = Piece::Text { look, text };
        pieces.push(match gap {
            Gap::None => text,
            gap => Piece::Other {
                raw: text.written(),
                gap,
            },
        });
    };
    let (mut begin, mut at) = (0, 0);
    while let Some(found) = text[at..].find([' ', '\t', '\n', '\r']) {
        let start = at + found;
        let rest = &text[start..];
        let space = &rest[..rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()];
        let end = start + space.len();
        let gap = match () {
            () if space.contains(['\n', '\r']) => Gap::Line,
            () if space.contains('\t') || space.len() >= COLUMN => Gap::Tab,
            () => Gap::None,
        };
        if gap != Gap::None {
            push(&text[begin..start], Gap::None);
            push(space, gap);
            begin = end;
        }
        at = end;
    }
    push(&text[begin..], Gap::None);
    pieces
}

/// Adds a paragraph whose content stands at `place` to the blocks of its file. One without words stays as it is.
pub(super) fn write(
    pieces: Vec<Piece>,
    kind: BlockKind,
    place: Range<usize>,
    builder: &mut MarkupBuilder<'_>,
) {
    let at = place.end..place.end;
    if pieces.iter().any(Piece::has_words) {
        let pieces = match builder.pair() {
            Some(Pair::Runs(second)) => {
                let (english, line_break) = translated(&pieces, second);
                builder.replace(place, &format!("{}{line_break}", written(&pieces)));
                english
            }
            _ => {
                builder.replace(place, "");
                pieces
            }
        };
        for segment in segments(pieces) {
            write_segment(&merged(segment), kind, at.clone(), builder);
        }
    } else if builder.has_nested() {
        builder.replace(place, &written(&pieces));
    }
    builder.end_nested();
}

/// The pieces of a translation that follows its source, and the line break before it. Pictures, notes and the like stand in
/// the source only.
fn translated(pieces: &[Piece], second: fn(&str) -> (String, String)) -> (Vec<Piece>, String) {
    let (mut english, mut line_break) = (Vec::new(), None);
    let mut look = Look::default();
    for piece in pieces {
        match piece {
            Piece::Text { look: own, text } => {
                let (before, begin) = second(&own.begin);
                line_break.get_or_insert(before);
                look = Look {
                    begin,
                    end: own.end.clone(),
                };
                let (look, text) = (look.clone(), text.clone());
                english.push(Piece::Text { look, text });
            }
            Piece::Atom { text, .. } => {
                let mut words = String::new();
                Escape::Markup.write(text, &mut words);
                english.push(Piece::Atom {
                    text: text.clone(),
                    raw: look.around(&words),
                });
            }
            Piece::Other { gap: Gap::None, .. } | Piece::Open(_) | Piece::Close(_) => {}
            gap @ Piece::Other { .. } => english.push(gap.clone()),
        }
    }
    (english, line_break.unwrap_or_default())
}

/// Adds a part of a paragraph to the blocks of its file, at the place of the paragraph.
fn write_segment(
    pieces: &[Piece],
    kind: BlockKind,
    at: Range<usize>,
    builder: &mut MarkupBuilder<'_>,
) {
    let Some((first, last)) = text_range(pieces) else {
        return builder.replace(at, &written(pieces));
    };
    let look = base_look(pieces);
    if pieces.len().saturating_mul(look.len()) > MOST_LOOKS {
        return builder.replace(at, &written(pieces));
    }
    // A block has no white space at its ends, but what is beside it may need it.
    let space = |piece: &Piece, is_before: bool| {
        let text = piece.text();
        let space = match is_before {
            true => &text[..text.len() - text.trim_start().len()],
            false => &text[text.trim_end().len()..],
        };
        let mut written = String::new();
        if matches!(piece, Piece::Text { .. }) {
            Escape::Markup.write(space, &mut written);
        }
        written
    };
    let before = space(&pieces[first], true);
    builder.replace(
        at.clone(),
        &format!("{}{}{before}", written(&pieces[..first]), look.begin),
    );
    // Markup between words interrupts the run.
    let between = |raw: &str| format!("{}{raw}{}", look.end, look.begin);
    for piece in &pieces[first..=last] {
        match piece {
            Piece::Text { look: own, text } if *own == look => builder.words(text, at.clone()),
            Piece::Text { look: own, text } => {
                // The space before emphasis is not emphasised.
                let lead = text.len() - text.trim_start().len();
                builder.words(&text[..lead], at.clone());
                builder.open(format!("{}{}", look.end, own.begin), at.clone());
                builder.words(&text[lead..], at.clone());
                builder.close(format!("{}{}", own.end, look.begin), at.clone());
            }
            Piece::Other { raw, gap } => match gap {
                Gap::Line => builder.line_break(between(raw), at.clone()),
                Gap::None | Gap::Tab => builder.point(between(raw), at.clone()),
            },
            Piece::Open(raw) => builder.open(between(raw), at.clone()),
            Piece::Close(raw) => builder.close(between(raw), at.clone()),
            Piece::Atom { text, raw } => builder.atom(text, between(raw), at.clone()),
        }
    }
    builder.end(kind);
    let after = space(&pieces[last], false);
    builder.replace(
        at,
        &format!("{after}{}{}", look.end, written(&pieces[last + 1..])),
    );
}

/// Parts a paragraph at the tabs and line breaks that end a segment. The tags of an element that such a break stands in
/// end one too, so that the element stays whole.
fn segments(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let borders = borders(&pieces);
    let (mut segments, mut segment) = (Vec::new(), Vec::new());
    for (piece, is_border) in pieces.into_iter().zip(borders) {
        if is_border && !matches!(piece, Piece::Other { .. }) {
            segments.push(std::mem::take(&mut segment));
        }
        segment.push(piece);
        if is_border {
            segments.push(std::mem::take(&mut segment));
        }
    }
    segments.push(segment);
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// Whether each piece ends a segment.
fn borders(pieces: &[Piece]) -> Vec<bool> {
    let is_gap = |piece: &Piece| {
        matches!(
            piece,
            Piece::Other {
                gap: Gap::Tab | Gap::Line,
                ..
            }
        )
    };
    // The text between the gaps.
    let lines: Vec<String> = (pieces.split(is_gap))
        .map(|line| line.iter().map(Piece::text).collect())
        .collect();
    let mut lines = lines.iter().map(String::as_str);
    let mut line = lines.next().unwrap_or_default();
    let mut borders = vec![false; pieces.len()];
    // Elements that are open: their start tags, and whether a segment ends in them.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open(_) => open.push((i, false)),
            Piece::Close(_) => {
                if let Some((start, true)) = open.pop() {
                    (borders[start], borders[i]) = (true, true);
                }
            }
            Piece::Other { gap, .. } if *gap != Gap::None => {
                let next = lines.next().unwrap_or_default();
                if *gap == Gap::Tab || line_break::ends_segment(line, next) {
                    borders[i] = true;
                    open.iter_mut().for_each(|(_, ends)| *ends = true);
                }
                line = next;
            }
            _ => {}
        }
    }
    borders
}

/// Joins what stands together without words between.
fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut merged: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let piece = match piece {
            // Nothing in it is read.
            Piece::Atom { text, raw } if text.trim().is_empty() => Piece::other(raw),
            piece => piece,
        };
        match (merged.last_mut(), piece) {
            (
                Some(Piece::Other {
                    raw,
                    gap: Gap::None,
                }),
                Piece::Other {
                    raw: more,
                    gap: Gap::None,
                },
            ) => raw.push_str(&more),
            (
                Some(Piece::Text { look, text }),
                Piece::Text {
                    look: own,
                    text: more,
                },
            ) if *look == own => text.push_str(&more),
            (_, piece) => merged.push(piece),
        }
    }
    merged
}

/// The first and the last piece of the block: those with text, and the elements around only some of it. None if there is
/// nothing to translate.
fn text_range(pieces: &[Piece]) -> Option<(usize, usize)> {
    let is_text = |piece: &Piece| matches!(piece, Piece::Text { .. } | Piece::Atom { .. });
    if !pieces.iter().any(Piece::has_words) {
        return None;
    }
    let mut first = pieces.iter().position(is_text)?;
    let mut last = pieces.iter().rposition(is_text)?;
    let mut opened = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open(_) => opened.push(i),
            Piece::Close(_) => {
                let open = opened.pop()?;
                if open < first && i > first {
                    first = open;
                }
                if open <= last && i > last {
                    last = i;
                }
            }
            _ => {}
        }
    }
    opened.is_empty().then_some((first, last))
}

/// The look of most of the text.
fn base_look(pieces: &[Piece]) -> Look {
    let mut looks: HashMap<&Look, usize> = HashMap::new();
    for piece in pieces {
        if let Piece::Text { look, text } = piece {
            *looks.entry(look).or_default() += text.len();
        }
    }
    let most = looks
        .into_iter()
        .max_by_key(|&(look, length)| (length, look));
    most.map_or_else(Look::default, |(look, _)| look.clone())
}
