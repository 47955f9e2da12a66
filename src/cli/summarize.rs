//! `summarize`: the sentences that carry a German text, in English.

use anyhow::bail;
use clap::{Args, Parser};

use super::Outcome;
use super::inputs::{InputOptions, Rewrite, Task};
use super::printer::Printer;
use crate::report::{Content, Style};
use crate::request::{Order, SummaryOrder};
use crate::summarize::abstractive::{self, SummaryWriter};
use crate::{Article, Length, Method, Model, Summary, Translation, hub};

const EXAMPLES: &str = "\
Examples:
  summarize artikel.txt                  English summary on standard output
  summarize --sentences 3 *.txt          one summary for each file, under its name
  summarize --words 100 artikel.txt      about 100 words
  summarize --style bullets artikel.txt  one sentence on a line
  summarize --with-translation a.txt     the summary, then the whole translation
  summarize archiv/ -o summaries/        every file of a folder, the tree mirrored";

/// Summarize German text in English, offline.
#[derive(Debug, Parser)]
#[command(name = "summarize", version, after_help = EXAMPLES)]
pub struct Program {
    #[command(flatten)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Command {
    /// Sentences of a summary [default: a fifth of the text, 3 to 7]
    #[arg(long, value_name = "N", group = "length", value_parser = at_least_one)]
    pub sentences: Option<usize>,

    /// English words of a summary, up to 15% more or less where the text's sentences allow it
    #[arg(long, value_name = "N", group = "length", value_parser = at_least_one)]
    pub words: Option<usize>,

    /// Share of the text, as 0.2 or 20%
    #[arg(long, value_name = "R", group = "length", value_parser = ratio)]
    pub ratio: Option<f32>,

    /// How a summary is laid out
    #[arg(long, value_enum, default_value_t)]
    pub style: Style,

    /// How sentences are ranked
    #[arg(long, value_enum, default_value_t)]
    pub method: Method,

    /// Leave out of sentences what they can do without: brackets, insertions, who said it
    #[arg(long)]
    pub trim: bool,

    /// A model of the T5 family that writes the summary in its own words: a name or a folder. Sentences that say what
    /// the text does not give way to sentences of the text
    #[arg(long, value_name = "NAME|DIR")]
    pub summary_model: Option<String>,

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

impl Command {
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
const BEAM: u8 = 4;

/// A model that writes, and one that makes English of it if it writes German.
struct Authors {
    writer: SummaryWriter,
    translator: Option<&'static Model>,
    /// What the writer is known by, for folders.
    fingerprint: String,
}

impl Authors {
    /// Loads both; says why not if that fails.
    fn load(name: &str, command: &Command, printer: &Printer) -> Result<Self, Outcome> {
        let model = &command.input.model;
        model.start_threads(printer);
        let fail = |error: &dyn std::fmt::Display| {
            printer.error(&error.to_string());
            Outcome::NoModel
        };
        let files = hub::find(name).map_err(|error| fail(&error))?;
        let writer = SummaryWriter::load(&files, model.device).map_err(|error| fail(&error))?;
        Ok(Self {
            translator: (writer.reads_german)
                .then(|| model.load(printer))
                .transpose()?,
            writer,
            fingerprint: files.fingerprint(),
        })
    }

    /// The summary in the words of the model; says what it did not get right.
    fn write(
        &self,
        name: &str,
        article: &Article,
        extracted: &Summary,
        all: &[Translation],
        length: Length,
        printer: &Printer,
    ) -> anyhow::Result<Summary> {
        let (writer, translator) = (&self.writer, self.translator);
        let (summary, doubts) = abstractive::summary(
            &article.candidates(),
            writer,
            translator,
            all,
            extracted,
            length,
        )?;
        if let Some(first) = doubts.first() {
            printer.note(&format!(
                "{name}: {} of {} sentences of the summary are the text's own: the model wrote what the text does not say ({first})",
                doubts.len(),
                summary.chosen.len(),
            ));
        }
        Ok(summary)
    }
}

pub fn run(command: &Command) -> anyhow::Result<Outcome> {
    let format = command.input.format.0;
    let printer = Printer::new(command.input.talk);
    let authors = (command.summary_model.as_deref())
        .map(|name| Authors::load(name, command, &printer))
        .transpose();
    let authors = match authors {
        Ok(authors) => authors,
        Err(outcome) => return Ok(outcome),
    };
    let shows_all = command.with_translation || format.needs_translation;
    let length = command.length();
    let rewrite = (authors.as_ref()).map(|authors| {
        let printer = &printer;
        move |name: &str, article: &Article, extracted: &Summary, all: &[Translation]| {
            authors.write(name, article, extracted, all, length, printer)
        }
    });
    let task = Task {
        order: Order {
            reading: command.input.reading(),
            summary: Some(SummaryOrder {
                length,
                method: command.method,
                style: command.style,
                trim: command.trim,
            }),
            translate: shows_all || authors.is_some(),
            in_sections: false,
            decode: command.input.search.decode(BEAM),
        },
        recipe: match &authors {
            Some(authors) => format!("summarize {} {shows_all}", authors.fingerprint),
            None => "summarize".into(),
        },
        rewrite: rewrite.as_ref().map(|rewrite| rewrite as &Rewrite<'_>),
        shows_all,
    };
    command.input.run(&task, |made, about| {
        let Some(summary) = made
            .summary
            .as_ref()
            .filter(|summary| !summary.chosen.is_empty())
        else {
            bail!("there is nothing to summarise: it has no sentence");
        };
        let article = made.article;
        let all = made.translations.as_deref().unwrap_or_default();
        let written = (task.rewrite)
            .map(|rewrite| rewrite(made.name, article, summary, all))
            .transpose()?;
        let summary = written.as_ref().unwrap_or(summary);
        if command.style != Style::Headline {
            note_length(made.name, summary, length, &printer);
        }
        let content = Content {
            about: *about,
            article,
            summary: Some(summary),
            translations: shows_all.then_some(all),
        };
        Ok(format.exporter.export(&content)?)
    })
}

/// Says so if a summary is not as long as was asked for.
fn note_length(name: &str, summary: &Summary, length: Length, printer: &Printer) {
    let words = summary.words();
    if let Some(wanted) = length.english_words().filter(|_| !length.is_met(words)) {
        printer.note(&format!(
            "{name}: the summary has {words} words, not {wanted}: with the text's sentences it comes no nearer"
        ));
    }
}
