//! File formats, one file for each.

pub mod docx;
pub mod epub;
pub mod html;
pub mod markdown;
pub mod package;
pub mod pdf;
mod pdf_guard;
pub mod plain;
pub mod records;
pub mod subtitles;
