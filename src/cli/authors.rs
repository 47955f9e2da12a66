//! Models that write in their own words: how they are loaded, what they do with a text, and how far they are.

#[cfg(feature = "llm")]
use std::sync::{Mutex, PoisonError};

use super::options::ModelOptions;
use super::outcome::CommandError;
use super::printer::Printer;
#[cfg(feature = "llm")]
use super::printer::{Display, Throttle};
use super::settings::RunSettings;
use super::writing::WritingSettings;
use crate::article::Article;
use crate::hub::{self, FoundModel};
#[cfg(feature = "llm")]
use crate::model::causal::CausalModel;
use crate::model::{CausalFiles, Model};
use crate::summarize::Summary;
use crate::summarize::abstractive::{self, RewriteOptions, SummaryWriter, Writer};
#[cfg(feature = "llm")]
use crate::summarize::abstractive::{DEFAULT_PROMPT, PromptedWriter, Writing};
use crate::translate::Translation;
#[cfg(feature = "llm")]
use crate::translate::prompted::PromptedTranslator;

/// A model that writes summaries, and one that makes English of them if it writes German.
pub struct Author {
    writer: Box<dyn Writer>,
    translator: Option<&'static Model>,
    /// Of the writer's files.
    pub fingerprint: String,
}

impl Author {
    /// Loads both.
    pub fn load(
        name: &str,
        model: &ModelOptions,
        settings: &WritingSettings,
        printer: &Printer,
    ) -> Result<Self, CommandError> {
        model.start_threads()?;
        match hub::find_any(name).map_err(CommandError::no_model)? {
            FoundModel::Seq2Seq(files) => {
                let writer =
                    SummaryWriter::load(&files, model.device).map_err(CommandError::no_model)?;
                Ok(Self {
                    translator: writer.reads_german.then(|| model.load()).transpose()?,
                    writer: Box::new(writer),
                    fingerprint: files.fingerprint(),
                })
            }
            FoundModel::Causal(files) => Ok(Self {
                writer: prompted(&files, model, settings, printer)?,
                translator: None,
                fingerprint: files.fingerprint(),
            }),
        }
    }

    /// Writes the summary in the words of the model; notes how many of its sentences were not taken.
    pub fn write(
        &self,
        name: &str,
        article: &Article,
        extracted: &Summary,
        all: &[Translation],
        options: RewriteOptions,
        printer: &Printer,
    ) -> anyhow::Result<Summary> {
        let rewritten = abstractive::summary(
            &article.candidates(),
            self.writer.as_ref(),
            self.translator,
            all,
            extracted,
            options,
        )?;
        if let Some(trouble) = rewritten.trouble {
            printer.warn(&format!(
                "{name}: the model {trouble}, twice: the summary is made of the text's own sentences"
            ));
        }
        if let Some(first) = rewritten.doubts.first() {
            let (doubtful, all) = (rewritten.doubts.len(), rewritten.summary.chosen.len());
            printer.note(&match options.keep_unsupported {
                false => format!(
                    "{name}: {doubtful} of {all} sentences of the summary are the text's own: the model wrote what the text does not say ({first})"
                ),
                true => format!(
                    "{name}: {doubtful} of {all} sentences of the summary say what the text does not say ({first})"
                ),
            });
        }
        Ok(rewritten.summary)
    }
}

/// A model that is told to translate; another one goes before it.
pub struct TranslationAuthor {
    #[cfg(feature = "llm")]
    translator: PromptedTranslator,
    /// Of its files.
    pub fingerprint: String,
}

impl TranslationAuthor {
    /// Loads the model that the settings name, if it is one that is told to translate; the settings then name the embedded
    /// one, which goes before it.
    pub fn load(
        settings: &mut RunSettings,
        printer: &Printer,
    ) -> Result<Option<Self>, CommandError> {
        let name = &settings.model.model;
        if !hub::may_be_causal(name) {
            return Ok(None);
        }
        settings.model.start_threads()?;
        let FoundModel::Causal(files) = hub::find_any(name).map_err(CommandError::no_model)? else {
            return Ok(None);
        };
        settings.model.model = hub::EMBEDDED.into();
        Self::of(&files, settings, printer).map(Some)
    }

    #[cfg(feature = "llm")]
    fn of(
        files: &CausalFiles,
        settings: &RunSettings,
        printer: &Printer,
    ) -> Result<Self, CommandError> {
        let writing = &settings.writing;
        let on_writing = on_writing(&files.name, printer);
        let translator = PromptedTranslator::new(
            causal(files, &settings.model)?,
            writing.prompt.as_deref(),
            writing.temperature,
            writing.seed,
            Box::new(move |tokens, text| on_writing(Writing { tokens, text })),
        );
        Ok(Self {
            translator: translator
                .map_err(|error| CommandError::usage(format!("--prompt: {error}")))?,
            fingerprint: files.fingerprint(),
        })
    }

    /// Translates a text anew; notes how many sentences were not.
    #[cfg(feature = "llm")]
    pub fn translate(
        &self,
        name: &str,
        article: &Article,
        translations: &mut [Translation],
        printer: &Printer,
    ) -> anyhow::Result<()> {
        let in_vain = article.translate_anew(&self.translator, translations)?;
        if in_vain > 0 {
            let embedded = hub::EMBEDDED;
            printer.note(&format!(
                "{name}: {in_vain} sentences are translated by {embedded}: the model did not keep to them"
            ));
        }
        Ok(())
    }

    #[cfg(not(feature = "llm"))]
    fn of(files: &CausalFiles, _: &RunSettings, _: &Printer) -> Result<Self, CommandError> {
        Err(without_feature(&files.name))
    }

    /// Never called: there is no such model.
    #[cfg(not(feature = "llm"))]
    pub fn translate(
        &self,
        _: &str,
        _: &Article,
        _: &mut [Translation],
        _: &Printer,
    ) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Loads a decoder-only model.
#[cfg(feature = "llm")]
pub fn causal(files: &CausalFiles, model: &ModelOptions) -> Result<CausalModel, CommandError> {
    CausalModel::load(files, model.device).map_err(CommandError::no_model)
}

#[cfg(feature = "llm")]
fn prompted(
    files: &CausalFiles,
    model: &ModelOptions,
    settings: &WritingSettings,
    printer: &Printer,
) -> Result<Box<dyn Writer>, CommandError> {
    let prompt = settings.prompt.as_deref().unwrap_or(DEFAULT_PROMPT);
    let writer = PromptedWriter::new(
        causal(files, model)?,
        prompt,
        settings.temperature,
        settings.seed,
        on_writing(&files.name, printer),
    );
    let writer = writer.map_err(|error| CommandError::usage(format!("--prompt: {error}")))?;
    Ok(Box::new(writer))
}

/// Shows what a model writes while it writes.
#[cfg(feature = "llm")]
pub fn on_writing(name: &str, printer: &Printer) -> Box<dyn Fn(Writing<'_>) + Send + Sync> {
    /// Characters of the text that are shown.
    const SHOWN: usize = 160;
    let (name, printer) = (name.to_owned(), printer.clone());
    let throttle = Mutex::new((Throttle::new(), 0));
    Box::new(move |writing| {
        let display = printer.display();
        let mut state = throttle.lock().unwrap_or_else(PoisonError::into_inner);
        let (throttle, before) = &mut *state;
        if writing.tokens == 1 {
            // The prompt was read; from here on it writes.
            (*throttle, *before) = (Throttle::new(), 1);
        }
        if !throttle.is_due(display) {
            return;
        }
        let seconds = throttle.elapsed().as_secs_f64();
        let rate = (writing.tokens - *before) as f64 / seconds.max(1e-3);
        if display == Display::Json {
            return printer.event(&serde_json::json!({
                "event": "writing", "model": name, "tokens": writing.tokens,
                "tokens_per_second": (rate * 10.).round() / 10.,
            }));
        }
        let start = writing
            .text
            .char_indices()
            .rev()
            .nth(SHOWN)
            .map_or(0, |(i, _)| i);
        let end = writing.text[start..]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let message = format!("{} tokens, {rate:.1} tokens/s  {end}", writing.tokens);
        match display {
            Display::Bar => printer.show_bar(0, 1, message),
            _ => printer.note(&message),
        }
    })
}

#[cfg(not(feature = "llm"))]
fn prompted(
    files: &CausalFiles,
    _model: &ModelOptions,
    _settings: &WritingSettings,
    _printer: &Printer,
) -> Result<Box<dyn Writer>, CommandError> {
    Err(without_feature(&files.name))
}

/// The error of a program that cannot run decoder-only models.
#[cfg(not(feature = "llm"))]
pub fn without_feature(name: &str) -> CommandError {
    CommandError::no_model(format!(
        "the model {name} is in GGUF, and this program was built without the feature `llm`"
    ))
}
