//! JSON Lines for programs: one sentence on a line.

use serde::Serialize;

use super::json::{SegmentReport, segment};
use super::{Content, Exporter, OutputFormat};
use crate::document::PackageError;
use crate::translate::Translation;

pub(super) const JSONL: OutputFormat = OutputFormat {
    name: "jsonl",
    description: "One JSON object on a line for each sentence",
    extension: ".jsonl",
    keeps_format: false,
    needs_own_files: false,
    in_sections: true,
    needs_summary: false,
    needs_translation: false,
    index: None,
    exporter: &JsonLines,
};

struct JsonLines;

#[derive(Serialize)]
struct LineReport<'a> {
    file: &'a str,
    #[serde(flatten)]
    segment: SegmentReport<'a>,
}

impl Exporter for JsonLines {
    /// The sentences of the summary if there is one, else all.
    fn export(&self, content: &Content<'_>) -> Result<Vec<u8>, PackageError> {
        let segments: Vec<(usize, &Translation)> = match content.summary {
            Some(summary) => (summary.chosen.iter().copied())
                .zip(&summary.translations)
                .collect(),
            None => (content.translations.unwrap_or_default().iter())
                .enumerate()
                .collect(),
        };
        let mut lines = String::new();
        for (i, translation) in segments {
            let line = LineReport {
                file: content.about.file,
                segment: segment(&content.about, content.article, i, translation),
            };
            // Strings and numbers cannot fail.
            lines += &serde_json::to_string(&line).unwrap_or_default();
            lines.push('\n');
        }
        Ok(lines.into_bytes())
    }
}
