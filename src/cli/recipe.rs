//! Recipes: what decides whether earlier results are up to date. They are serialised as JSON and compared to the last
//! byte, so that no change of the program's own types changes them unnoticed.

use serde::Serialize;

use super::options::ModelOptions;
use super::settings::RunSettings;
use super::writing::WritingSettings;
use crate::decode::DecodeOptions;
use crate::document::RecordOptions;
use crate::request::{ReadOptions, Request, SummaryRequest};
use crate::summarize::Length;
use crate::translate::Term;

/// Formats a recipe as JSON.
pub fn to_json(recipe: &impl Serialize) -> String {
    // Strings and numbers cannot fail.
    serde_json::to_string(recipe).unwrap_or_default()
}

/// Decides whether a result of an earlier run is up to date: it was made by the same recipe, to the last byte of its JSON.
///
/// [`Recipe::new`] takes the settings apart field by field, so that a new option does not compile before it is decided
/// whether it is part of this.
#[derive(Debug, PartialEq, Serialize)]
pub struct Recipe<'a> {
    /// Of this struct: to be raised when the same fields mean something else.
    version: u32,
    command: &'static str,
    translation: TranslationRecipe<'a>,
    /// Fingerprint of the model that writes in its own words.
    summary_model: Option<&'a str>,
    /// What that model is told, unless it is the usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    writing: Option<WritingRecipe<'a>>,
    format: &'static str,
    input_format: Option<&'static str>,
    records: &'a RecordOptions,
    glossary: Vec<(&'a str, &'a Term)>,
    memory: Option<String>,
    summary: Option<SummaryRecipe>,
    translate: bool,
    shows_translation: bool,
    flag_below: Option<f32>,
}

/// Decides whether a translation of an earlier run is reused: everything that changes the translation of a sentence.
#[derive(Debug, PartialEq, Serialize)]
pub struct TranslationRecipe<'a> {
    /// Of this struct.
    version: u32,
    /// Version of the program.
    program: &'static str,
    /// Fingerprint of the model's files and its prefix.
    model: &'a str,
    device: String,
    beam: usize,
    length_penalty: f32,
    guard: bool,
    shortlist: bool,
    hints_below: u32,
}

#[derive(Debug, PartialEq, Serialize)]
struct WritingRecipe<'a> {
    prompt: Option<&'a str>,
    temperature: f64,
    seed: u64,
    keep_unsupported: bool,
}

impl<'a> WritingRecipe<'a> {
    fn new(settings: &'a WritingSettings) -> Option<Self> {
        let WritingSettings {
            prompt,
            temperature,
            seed,
            keep_unsupported,
        } = settings;
        (*settings != WritingSettings::default()).then_some(Self {
            prompt: prompt.as_deref(),
            temperature: *temperature,
            seed: *seed,
            keep_unsupported: *keep_unsupported,
        })
    }
}

#[derive(Debug, PartialEq, Serialize)]
struct SummaryRecipe {
    length: (&'static str, f64),
    method: &'static str,
    style: String,
    trim: bool,
}

impl<'a> Recipe<'a> {
    /// The recipe of these settings, for models with these fingerprints.
    pub fn new(settings: &'a RunSettings, model: &'a str, summary_model: Option<&'a str>) -> Self {
        let RunSettings {
            command,
            format,
            as_text,
            request:
                Request {
                    read:
                        ReadOptions {
                            format: input_format,
                            records,
                            glossary,
                            memory,
                        },
                    summary,
                    translate,
                    // In the recipe of translations.
                    decode: _,
                    // Sections are cut where nothing depends on it.
                    in_sections: _,
                },
            shows_translation,
            flag_below,
            model:
                ModelOptions {
                    // In the recipe of translations.
                    device: _,
                    // In the fingerprint.
                    model: _,
                    prefix: _,
                    // The same bits for any number.
                    threads: _,
                    network: _,
                },
            writing,
            // Which results are made, and where: not what is in them.
            inputs: _,
            text: _,
            output: _,
            jsonl: _,
            patterns: _,
            name: _,
            copy_rest: _,
            force: _,
            dry_run: _,
            fail_fast: _,
            limit: _,
            // Glossary and memory are in the request; a cache changes nothing.
            other_files: _,
            cache: _,
        } = settings;
        Self {
            version: 2,
            command: *command,
            translation: TranslationRecipe::new(settings, model),
            summary_model,
            writing: WritingRecipe::new(writing),
            format: match as_text {
                true => "plain text",
                false => format.name,
            },
            input_format: input_format.as_ref().map(|format| format.name),
            records,
            glossary: glossary.terms().collect(),
            memory: memory.fingerprint(),
            summary: summary.map(SummaryRecipe::new),
            translate: *translate,
            shows_translation: *shows_translation,
            flag_below: *flag_below,
        }
    }
}

impl<'a> TranslationRecipe<'a> {
    /// The recipe of these settings, for a model with this fingerprint.
    pub fn new(settings: &RunSettings, model: &'a str) -> Self {
        let device = settings.model.device;
        let DecodeOptions {
            beam,
            length_penalty,
            guard,
            shortlist,
            hints_below,
            // Says only what is kept of the search.
            alignment: _,
            // No option of these commands: they take the best.
            rank: _,
        } = settings.request.decode;
        Self {
            version: 1,
            program: env!("CARGO_PKG_VERSION"),
            model,
            device: device.to_string(),
            beam,
            length_penalty,
            guard,
            shortlist,
            hints_below,
        }
    }
}

impl SummaryRecipe {
    fn new(summary: SummaryRequest) -> Self {
        let SummaryRequest {
            length,
            method,
            style,
            trim,
        } = summary;
        Self {
            length: match length {
                Length::Usual => ("usual", 0.),
                Length::Sentences(sentences) => ("sentences", sentences as f64),
                Length::Words(words) => ("words", words as f64),
                Length::Ratio(ratio) => ("ratio", ratio.into()),
            },
            method: method.name,
            style: style.name().to_owned(),
            trim,
        }
    }
}
