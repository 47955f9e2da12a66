//! JSON for programs.

use serde::Serialize;

use super::{About, Content, Exporter, OutputFormat};
use crate::article::Article;
use crate::decode::Finish;
use crate::document::PackageError;
use crate::summarize::Summary;
use crate::translate::{Doubt, GivenHint, Translation};

pub(super) const JSON: OutputFormat = OutputFormat {
    name: "json",
    description: "One JSON object for each input, with sentences, spans and scores",
    extension: ".json",
    keeps_format: false,
    needs_own_files: false,
    in_sections: false,
    needs_summary: false,
    needs_translation: false,
    index: None,
    exporter: &Json,
};

struct Json;

impl Exporter for Json {
    fn export(&self, content: &Content<'_>) -> Result<Vec<u8>, PackageError> {
        let Content { about, article, .. } = content;
        let json = match content.summary {
            Some(summary) => summary_json(about, article, summary, content.translations),
            None => translation_json(about, article, content.translations.unwrap_or_default()),
        };
        Ok(json.into_bytes())
    }
}

#[derive(Serialize)]
struct TranslationReport<'a> {
    file: &'a str,
    model: &'a str,
    text: String,
    segments: Vec<SegmentReport<'a>>,
}

#[derive(Serialize)]
struct SummaryReport<'a> {
    file: &'a str,
    model: &'a str,
    summary: String,
    sentences: Vec<SegmentReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    translation: Option<String>,
}

/// A segment with its translation, as JSON has it.
#[derive(Debug, Serialize)]
pub struct SegmentReport<'a> {
    source: &'a str,
    target: &'a str,
    /// Bytes of the decoded text.
    span: [usize; 2],
    /// Mean log-probability of a target token.
    score: f32,
    /// Share of source words that its tokens attended to.
    coverage: f32,
    /// `complete`, `repetition` or `too-long`.
    finish: &'static str,
    /// Hints of dictionary and glossary for words of the source.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hints: &'a [GivenHint],
    /// Whether it is a copy, as the source is no German.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    foreign: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    doubtful: bool,
    /// `lost-number`, `lost-name`, `lost-words`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    doubts: &'a [Doubt],
}

/// All segments of an article with their translations.
pub fn segments<'a>(
    about: &About<'_>,
    article: &'a Article,
    translations: &'a [Translation],
) -> Vec<SegmentReport<'a>> {
    (translations.iter().enumerate())
        .map(|(i, translation)| segment(about, article, i, translation))
        .collect()
}

/// The segments of an article that a summary chose, with their translations.
pub fn chosen<'a>(
    about: &About<'_>,
    article: &'a Article,
    summary: &'a Summary,
) -> Vec<SegmentReport<'a>> {
    (summary.chosen.iter().zip(&summary.translations))
        .map(|(&i, translation)| segment(about, article, i, translation))
        .collect()
}

pub(super) fn segment<'a>(
    about: &About<'_>,
    article: &'a Article,
    i: usize,
    translation: &'a Translation,
) -> SegmentReport<'a> {
    let segment = &article.segments[i];
    SegmentReport {
        source: article.source(segment),
        target: &translation.text,
        span: [segment.span.start, segment.span.end],
        score: translation.score,
        coverage: translation.coverage,
        finish: match translation.finish {
            Finish::Complete => "complete",
            Finish::Repetition => "repetition",
            Finish::TooLong => "too-long",
        },
        hints: &translation.hints,
        foreign: translation.is_foreign,
        doubtful: about.is_doubtful(translation),
        doubts: &translation.doubts,
    }
}

/// The object of a translation: its text, and its segments with their spans in the source.
fn translation_json(about: &About<'_>, article: &Article, translations: &[Translation]) -> String {
    to_json(&TranslationReport {
        file: about.file,
        model: about.model,
        text: super::text(article, translations),
        segments: segments(about, article, translations),
    })
}

/// The object of a summary: its text, its sentences, and the whole translation if there is one.
fn summary_json(
    about: &About<'_>,
    article: &Article,
    summary: &Summary,
    translations: Option<&[Translation]>,
) -> String {
    to_json(&SummaryReport {
        file: about.file,
        model: about.model,
        summary: super::summary(summary, about.style),
        sentences: chosen(about, article, summary),
        translation: translations.map(|translations| super::text(article, translations)),
    })
}

fn to_json(report: &impl Serialize) -> String {
    // Strings, numbers and lists cannot fail.
    let mut json = serde_json::to_string_pretty(report).unwrap_or_default();
    json.push('\n');
    json
}
