//! Content of a paragraph: as it is read, and with whole fields.

use crate::document::escape::Escape;

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

/// Content of a paragraph whose fields are whole.
pub(super) enum ParagraphPiece {
    Text {
        look: Look,
        text: String,
    },
    Other {
        raw: String,
        gap: Gap,
    },
    Open(String),
    Close(String),
    /// Something that is read but not translated, such as a field with its result.
    Atom {
        text: String,
        raw: String,
    },
}

/// The look of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Look {
    /// Declarations of namespaces that the run has for itself, with a space before each.
    pub(super) namespaces: String,
    /// The run's properties as they are written.
    pub(super) properties: String,
}

impl Look {
    /// The beginning of a run with text.
    pub(super) fn begin(&self, prefix: &str) -> String {
        let Self {
            namespaces,
            properties,
        } = self;
        format!("<{prefix}r{namespaces}>{properties}<{prefix}t xml:space=\"preserve\">")
    }
}

/// The end of a run with text.
pub(super) fn end(prefix: &str) -> String {
    format!("</{prefix}t></{prefix}r>")
}

impl FieldPart {
    pub(super) fn is_instruction(&self) -> bool {
        matches!(self, Self::Instruction(_))
    }
}

impl RunItem {
    /// The item as a piece by itself.
    pub(super) fn alone(self) -> ParagraphPiece {
        match self {
            Self::Text { look, text } => ParagraphPiece::Text { look, text },
            Self::Other { raw, gap } => ParagraphPiece::Other { raw, gap },
            Self::Open { raw, .. } => ParagraphPiece::Open(raw),
            Self::Close(raw) => ParagraphPiece::Close(raw),
            Self::Field(_, raw) => ParagraphPiece::other(raw),
        }
    }
}

impl ParagraphPiece {
    pub(super) fn other(raw: String) -> Self {
        let gap = Gap::None;
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
    pub(super) fn has_words(&self) -> bool {
        matches!(self, Self::Text { text, .. } if text.contains(char::is_alphabetic))
    }

    /// The piece as it is written where it is not translated.
    pub(super) fn written(&self, prefix: &str) -> String {
        match self {
            Self::Text { look, text } => {
                let mut run = look.begin(prefix);
                Escape::Markup.write(text, &mut run);
                run + &end(prefix)
            }
            Self::Other { raw, .. }
            | Self::Open(raw)
            | Self::Close(raw)
            | Self::Atom { raw, .. } => raw.clone(),
        }
    }
}
