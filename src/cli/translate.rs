//! `translate`: German text to English, layout kept.

use std::borrow::Cow;

use clap::{Args, Parser};

use super::authors::TranslationAuthor;
use super::options::{InputOptions, LONG_VERSION};
use super::outcome::{CommandError, Outcome};
use super::printer::Printer;
use super::run;
use super::settings::{RunSettings, Wanted};
use super::task::{Retranslate, TextTask};
use crate::article::Article;
use crate::report::Content;
use crate::request::SummaryRequest;
use crate::translate::Translation;

const EXAMPLES: &str = "\
Examples:
  translate brief.txt                    English on standard output, layout kept
  cat brief.txt | translate              the same, from a pipe
  translate -t 'Guten Tag'               the text itself
  translate brief.txt -o letter.txt      into a file
  translate bericht.docx -o report.docx  Word, HTML, EPUB, Markdown and subtitles keep their form
  translate --bilingual buch.epub -o b.epub
                                         each paragraph followed by its translation
  translate bericht.docx --to text       its text only, on standard output
  translate --field body posts.jsonl     one field of every record
  translate archiv/ -o english/          a folder with all below it; run it again to continue
  translate site/ -o en/ --copy-rest     with the pictures, scripts and styles of the pages
  translate docs -o docs --name '{stem}.en.{ext}'  results beside their sources
  translate --fast brief.txt             faster, a little worse
  translate --format html archiv/ -o p/  pages with source and target side by side
  translate --format json brief.txt      sentences with spans and scores
  translate --model translategemma-4b a.txt  by a larger model, paragraph by paragraph
  translate --jsonl <in.jsonl >out.jsonl a worker for another program";

/// Translate German text into English, offline
#[derive(Debug, Parser)]
#[command(name = "translate", version, long_version = LONG_VERSION, after_help = EXAMPLES)]
pub struct TranslateProgram {
    #[command(flatten)]
    pub command: TranslateCommand,
}

#[derive(Debug, Args)]
pub struct TranslateCommand {
    /// Leave the German in DOCX, EPUB and HTML files, each paragraph followed by its translation
    #[arg(long, conflicts_with_all = ["format", "to", "jsonl"])]
    pub bilingual: bool,

    #[command(flatten)]
    pub input: InputOptions,
}

impl TranslateCommand {
    /// The options as they are meant.
    pub fn settings(self) -> Result<RunSettings, CommandError> {
        let format = self.input.format.0;
        let wanted = Wanted {
            command: "translate",
            // A page has a summary on top.
            summary: format.needs_summary.then(SummaryRequest::default),
            translate: true,
            shows_translation: true,
            in_sections: format.in_sections,
            beam: 0,
            keep_unsupported: false,
        };
        let mut settings = RunSettings::resolve(self.input, wanted)?;
        settings.request.read.records.bilingual = self.bilingual;
        Ok(settings)
    }

    pub fn run(self, printer: &Printer) -> Result<Outcome, CommandError> {
        let mut settings = self.settings()?;
        let author = TranslationAuthor::load(&mut settings, printer)?;
        let retranslate = (author.as_ref()).map(|author| {
            |name: &str, article: &Article, translations: &mut [Translation]| {
                author.translate(name, article, translations, printer)
            }
        });
        let retranslate = retranslate
            .as_ref()
            .map(|retranslate| retranslate as &Retranslate<'_>);
        let task = TextTask {
            settings: &settings,
            rewrite: None,
            retranslate,
            writer: (author.as_ref()).map(|author| author.fingerprint.as_str()),
            report: &|made, about| {
                let mut translations = Cow::from(made.translations.as_deref().unwrap_or_default());
                let mut summary = made.summary.as_ref().map(Cow::Borrowed);
                if let Some(retranslate) = retranslate {
                    retranslate(made.name, made.article, translations.to_mut())?;
                    if let Some(summary) = &mut summary {
                        let chosen = summary.chosen.iter().map(|&i| translations[i].clone());
                        summary.to_mut().translations = chosen.collect();
                    }
                }
                let content = Content {
                    about: *about,
                    article: made.article,
                    summary: summary.as_deref(),
                    translations: Some(&translations),
                };
                Ok(settings.format.exporter.export(&content)?)
            },
        };
        run::run(&task, printer)
    }
}
