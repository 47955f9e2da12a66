//! Content of a paragraph of a Word document, as it is read: with fields in their parts.

use crate::document::formats::runs::{Gap, Look, Piece};

/// Content of a paragraph, as it is read.
pub(super) enum RunItem {
    /// Words of a run.
    Text { look: Look, text: String },
    /// Something else; a complete run or an element between runs.
    Other { raw: String, gap: Gap },
    /// The beginning of an element that holds runs, such as a link.
    Open {
        raw: String,
        /// Nothing in it is translated.
        is_kept: bool,
    },
    /// The end of such an element.
    Close(String),
    /// A part of a field; a complete run.
    Field(FieldPart, String),
}

pub(super) enum FieldPart {
    Begin,
    /// Some of the instruction.
    Instruction(String),
    Separator,
    End,
}

impl FieldPart {
    pub(super) fn is_instruction(&self) -> bool {
        matches!(self, Self::Instruction(_))
    }
}

impl RunItem {
    /// The item as a piece by itself.
    pub(super) fn alone(self) -> Piece {
        match self {
            Self::Text { look, text } => Piece::Text { look, text },
            Self::Other { raw, gap } => Piece::Other { raw, gap },
            Self::Open { raw, .. } => Piece::Open(raw),
            Self::Close(raw) => Piece::Close(raw),
            Self::Field(_, raw) => Piece::other(raw),
        }
    }
}

impl From<Piece> for RunItem {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Text { look, text } => Self::Text { look, text },
            Piece::Other { raw, gap } => Self::Other { raw, gap },
            Piece::Open(raw) => Self::Open {
                raw,
                is_kept: false,
            },
            Piece::Close(raw) => Self::Close(raw),
            Piece::Atom { raw, .. } => Self::Other {
                raw,
                gap: Gap::None,
            },
        }
    }
}
