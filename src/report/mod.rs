//! Results as files and screens show them.

mod html;
mod index;
mod json;
mod text;
mod tmx;

pub use html::html;
pub use index::{INDEX, index};
pub use json::{segments_jsonl, summary_json, translation_json};
pub use text::{Style, file, summary, text};
pub use tmx::tmx;

use crate::translate::Translation;

/// What a report says beside the text.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The input.
    pub file: &'a str,
    /// The model's name.
    pub model: &'a str,
    /// Sentences with a [score](Translation::score) below this are marked as doubtful.
    pub flag_below: Option<f32>,
    /// How summaries are laid out.
    pub style: Style,
}

impl About<'_> {
    /// Whether a translation should be read with care.
    pub fn is_doubtful(&self, translation: &Translation) -> bool {
        self.flag_below
            .is_some_and(|least| translation.score < least)
    }
}
