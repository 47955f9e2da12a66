//! Results as files and screens show them.

mod json;
mod text;

pub use json::{summary_json, translation_json};
pub use text::{file, summary, text};
