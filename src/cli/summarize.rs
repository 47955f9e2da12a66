//! `summarize`: the sentences that carry a German text, in English.

use anyhow::bail;
use clap::{Args, Parser};

use super::authors::Author;
use super::options::{InputOptions, LONG_VERSION};
use super::outcome::{CommandError, Outcome};
use super::printer::Printer;
use super::run;
use super::settings::{RunSettings, Wanted};
use super::task::{Rewrite, TextTask};
use crate::archive::Made;
use crate::article::Article;
use crate::report::{About, Content, Style};
use crate::request::SummaryRequest;
use crate::summarize::abstractive::RewriteOptions;
use crate::summarize::{Length, Method, Summary};
use crate::translate::Translation;

const EXAMPLES: &str = "\
Examples:
  summarize artikel.txt                  English summary on standard output
  summarize --sentences 3 *.txt          one summary for each file, under its name
  summarize --words 100 artikel.txt      about 100 words
  summarize --style bullets artikel.txt  one sentence on a line
  summarize --with-translation a.txt     the summary, then the whole translation
  summarize archiv/ -o summaries/        a folder with all below it; run it again to continue
  summarize --summary-model gemma3-1b a.txt  in the words of a model (after degist models pull gemma3-1b)
  summarize --format html a.txt -o a.html  a page with the summary above source and translation";

/// Summarize German text in English, offline
#[derive(Debug, Parser)]
#[command(name = "summarize", version, long_version = LONG_VERSION, after_help = EXAMPLES)]
pub struct SummarizeProgram {
    #[command(flatten)]
    pub command: SummarizeCommand,
}

#[derive(Debug, Args)]
pub struct SummarizeCommand {
    /// Length in sentences [default: a fifth of the text, 3 to 7]
    #[arg(long, value_name = "N", group = "length", value_parser = at_least_one)]
    pub sentences: Option<usize>,

    /// Length in English words, kept within 15% where the text's sentences allow it
    #[arg(long, value_name = "N", group = "length", value_parser = at_least_one)]
    pub words: Option<usize>,

    /// Length as a share of the text, such as 0.2 or 20%
    #[arg(long, value_name = "R", group = "length", value_parser = ratio)]
    pub ratio: Option<f32>,

    /// Layout of the summary
    #[arg(long, value_enum, default_value_t)]
    pub style: Style,

    /// Method that ranks the sentences
    #[arg(long, value_enum, default_value_t)]
    pub method: Method,

    /// Shorten sentences: leave out brackets, insertions and attributions
    #[arg(long)]
    pub trim: bool,

    /// A model that writes the summary in its own words: a name of `degist models list`, OWNER/NAME:FILE.gguf after `degist
    /// models pull`, a GGUF file, or a folder; sentences not supported by the text are replaced by sentences taken from it
    #[arg(long, value_name = "NAME|PATH")]
    pub summary_model: Option<String>,

    /// Keep sentences that the summary model wrote though the text does not say so; they are counted on stderr
    #[arg(long, requires = "summary_model")]
    pub keep_unsupported: bool,

    /// Print the whole translation after the summary
    #[arg(long)]
    pub with_translation: bool,

    #[command(flatten)]
    pub input: InputOptions,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("give a whole number from 1".into()),
        Ok(number) => Ok(number),
    }
}

fn ratio(text: &str) -> Result<f32, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f32>().map(|percent| percent / 100.),
        None => text.parse(),
    };
    match share {
        Ok(share) if share > 0. && share <= 1. => Ok(share),
        _ => Err("give a share above 0 and up to 1, such as 0.2 or 20%".into()),
    }
}

impl SummarizeCommand {
    fn length(&self) -> Length {
        match (self.sentences, self.words, self.ratio) {
            (Some(sentences), _, _) => Length::Sentences(sentences),
            (_, Some(words), _) => Length::Words(words),
            (_, _, Some(ratio)) => Length::Ratio(ratio),
            _ => Length::Usual,
        }
    }
}

/// A summary is short and is read closely: its sentences get the better search.
pub const BEAM: u8 = 4;

impl SummarizeCommand {
    /// The options as they are meant.
    pub fn settings(self) -> Result<RunSettings, CommandError> {
        let shows_translation = self.with_translation || self.input.format.0.needs_translation;
        let wanted = Wanted {
            command: "summarize",
            summary: Some(SummaryRequest {
                length: self.length(),
                method: self.method,
                style: self.style,
                trim: self.trim,
            }),
            translate: shows_translation || self.summary_model.is_some(),
            shows_translation,
            in_sections: false,
            beam: BEAM,
            keep_unsupported: self.keep_unsupported,
        };
        RunSettings::resolve(self.input, wanted)
    }

    pub fn run(self, printer: &Printer) -> Result<Outcome, CommandError> {
        let options = RewriteOptions {
            length: self.length(),
            keep_unsupported: self.keep_unsupported,
        };
        let summary_model = self.summary_model.clone();
        let settings = self.settings()?;
        let author = (summary_model.as_deref())
            .map(|name| Author::load(name, &settings.model, &settings.writing, printer))
            .transpose()?;
        let rewrite = (author.as_ref()).map(|author| {
            move |name: &str, article: &Article, extracted: &Summary, all: &[Translation]| {
                author.write(name, article, extracted, all, options, printer)
            }
        });
        let rewrite = rewrite.as_ref().map(|rewrite| rewrite as &Rewrite<'_>);
        let task = TextTask {
            settings: &settings,
            rewrite,
            retranslate: None,
            writer: (author.as_ref()).map(|author| author.fingerprint.as_str()),
            report: &|made, about| report(&settings, rewrite, printer, made, about),
        };
        run::run(&task, printer)
    }
}

fn report(
    settings: &RunSettings,
    rewrite: Option<&Rewrite<'_>>,
    printer: &Printer,
    made: &Made<'_>,
    about: &About<'_>,
) -> anyhow::Result<Vec<u8>> {
    let Some(summary) = (made.summary.as_ref()).filter(|summary| !summary.chosen.is_empty()) else {
        bail!("there is nothing to summarise: it has no sentence");
    };
    let article = made.article;
    let all = made.translations.as_deref().unwrap_or_default();
    let written = rewrite
        .map(|rewrite| rewrite(made.name, article, summary, all))
        .transpose()?;
    let summary = written.as_ref().unwrap_or(summary);
    if about.style != Style::Headline {
        let length = settings.request.summary.unwrap_or_default().length;
        note_length(made.name, summary, length, printer);
    }
    let content = Content {
        about: *about,
        article,
        summary: Some(summary),
        translations: settings.shows_translation.then_some(all),
    };
    Ok(settings.format.exporter.export(&content)?)
}

/// Notes that a summary is not as long as was asked for.
fn note_length(name: &str, summary: &Summary, length: Length, printer: &Printer) {
    let words = summary.words();
    if let Some(wanted) = length.english_words().filter(|_| !length.is_met(words)) {
        printer.note(&format!(
            "{name}: the summary has {words} words, not {wanted}: with the text's sentences it comes no nearer"
        ));
    }
}
