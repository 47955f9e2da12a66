//! What `translate` and `summarize` share: inputs, where results go, and the run over them.
#![allow(clippy::print_stdout)]

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Outcome;
use super::options::{ModelOptions, SearchOptions, TalkOptions};
use super::printer::Printer;
use super::progress::Progress;
use super::values::Format;
use super::worker;
use crate::archive::{
    self, Control, Input, Job, Jobs, Journal, JournalError, Kept, Known, Made, Selection, State,
};
use crate::decode::Finish;
use crate::document::FileFormat;
use crate::files;
use crate::model::ModelFiles;
use crate::report::{self, About};
use crate::request::{Order, Reading};
use crate::translate::{Cache, Glossary, TranslationMemory, not_honoured};
use crate::{Article, Summary, Translation};

/// Which texts, where their results go, and the model that makes them.
#[derive(Debug, Args)]
pub struct InputOptions {
    /// Files or folders; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    pub inputs: Vec<PathBuf>,

    /// Write to this file, or for several inputs to files in this folder
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// The format of the inputs [default: by name, then by content]
    #[arg(long, value_name = "FORMAT", value_parser = file_format())]
    pub input_format: Option<FileFormat>,

    /// Of JSON Lines, CSV and TSV, the field to translate: its name or for CSV and TSV its number [default: text]
    #[arg(long = "field", value_name = "NAME")]
    pub fields: Vec<String>,

    /// Terms and their translations: German, a tab, English on each line
    #[arg(long, value_name = "FILE", value_parser = glossary)]
    pub glossary: Option<Glossary>,

    /// Keep translations in this file for later runs
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,

    /// Work for another program: answer JSON records from standard input, one on a line, until they end
    #[arg(long, conflicts_with_all = ["inputs", "output", "format", "flag_below", "ArchiveOptions"])]
    pub jsonl: bool,

    /// In JSON and HTML, mark sentences with a score (mean log-probability of a token) below this as doubtful
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pub flag_below: Option<f32>,

    #[command(flatten)]
    pub archive: ArchiveOptions,

    #[command(flatten)]
    pub talk: TalkOptions,

    #[command(flatten)]
    pub search: SearchOptions,

    #[command(flatten)]
    pub model: ModelOptions,
}

/// How a folder is worked on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Folders")]
pub struct ArchiveOptions {
    /// Of a folder, only files that fit this pattern, such as '*.txt' or '2019/**'
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Of a folder, no files that fit this pattern
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Make again what is done already
    #[arg(long)]
    pub force: bool,

    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,

    /// Stop at the first file that fails
    #[arg(long)]
    pub fail_fast: bool,

    /// Stop after so many files
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Writes a summary in other words: of the text with this name, from the summary in its own sentences and the
/// translation of all of them.
pub type Rewrite<'a> =
    dyn Fn(&str, &Article, &Summary, &[Translation]) -> anyhow::Result<Summary> + Sync + 'a;

/// What a command makes of its inputs.
pub struct Task<'a> {
    /// What is made of each.
    pub order: Order,
    /// The command and those of its options that change a result and are not in the order.
    pub recipe: String,
    /// How summaries get their own words, if they do.
    pub rewrite: Option<&'a Rewrite<'a>>,
    /// Whether the translation is part of the result; it may only be needed on the way.
    pub shows_all: bool,
}

impl InputOptions {
    /// How the inputs are read.
    pub fn reading(&self) -> Reading {
        Reading {
            format: self.input_format,
            fields: self.fields.clone(),
            glossary: self.glossary.clone().unwrap_or_default(),
        }
    }

    /// Does `task` for every input; `report` makes the bytes of each result.
    pub fn run(
        &self,
        task: &Task<'_>,
        report: impl Fn(&Made<'_>, &About<'_>) -> anyhow::Result<Vec<u8>> + Sync,
    ) -> anyhow::Result<Outcome> {
        let printer = Printer::new(self.talk);
        if self.jsonl {
            let work = || {
                let files = self.model.files(&printer)?;
                let memory = self.memory(task, &files, &printer)?;
                let model = self.model.load_files(&files, &printer)?;
                Ok(worker::run(task, model, memory))
            };
            return work().unwrap_or_else(Ok);
        }
        match self.try_run(task, &report, &printer) {
            Ok(outcome) => outcome,
            Err(outcome) => Ok(outcome),
        }
    }

    /// Fails with what was said already.
    fn try_run(
        &self,
        task: &Task<'_>,
        report: &(dyn Fn(&Made<'_>, &About<'_>) -> anyhow::Result<Vec<u8>> + Sync),
        printer: &Printer,
    ) -> Result<anyhow::Result<Outcome>, Outcome> {
        let selection = Selection {
            include: self.archive.include.clone(),
            exclude: self.archive.exclude.clone(),
        };
        let rename = |name: &Path| {
            let read_as = self.input_format.or_else(|| FileFormat::by_name(name));
            let mut name = name.as_os_str().to_owned();
            name.push(
                self.format
                    .0
                    .extension(read_as, task.order.summary.is_none()),
            );
            PathBuf::from(name)
        };
        let jobs = archive::jobs(&self.inputs, self.output.as_deref(), &selection, rename)
            .map_err(|error| {
                printer.error(&error.to_string());
                Outcome::Usage
            })?;
        for unreadable in &jobs.unreadable {
            printer.error(unreadable);
        }
        if self.format.0.needs_own_files && self.output.is_none() && jobs.jobs.len() > 1 {
            printer.error("several inputs need a folder for their pages: name one with --output");
            return Err(Outcome::Usage);
        }
        let files = self.model.files(printer)?;
        let cannot_open = |error: JournalError| {
            printer.error(&error.to_string());
            Outcome::SomeFailed
        };
        let recipe = match &jobs.folder {
            Some(_) => format!(
                "{} {} {:?} {:?} {:?} {}",
                env!("CARGO_PKG_VERSION"),
                files.fingerprint(),
                task.order,
                self.format,
                self.flag_below,
                task.recipe
            ),
            None => String::new(),
        };
        if self.archive.dry_run {
            let known = (jobs.folder.as_ref())
                .map(|folder| Known::read(folder, &recipe).map_err(cannot_open))
                .transpose()?;
            return Ok(self.say_what_would_be_done(&jobs, known.as_ref()));
        }
        let journal = (jobs.folder.as_ref())
            .map(|folder| Journal::open(folder, &recipe).map_err(cannot_open))
            .transpose()?;
        let memory = self.memory(task, &files, printer)?;
        let model = self.model.load_files(&files, printer)?;
        drop(files);
        if jobs.jobs.iter().any(|job| job.input == Input::Stdin) && std::io::stdin().is_terminal() {
            printer.note("Reading German text from the terminal; Ctrl-D ends it.");
        }

        let control = Control {
            fail_fast: self.archive.fail_fast,
            limit: self.archive.limit.unwrap_or(usize::MAX),
            force: self.archive.force,
            stop: stop_on_interrupt(self.output.is_some()),
        };
        let headings = jobs.jobs.len() > 1 && self.output.is_none();
        let progress = Progress::new(printer, &jobs);
        let report = |made: &Made<'_>| {
            let about = About {
                file: made.name,
                model: &model.name,
                flag_below: self.flag_below,
                style: task.order.summary.unwrap_or_default().style,
                ordinal: headings.then_some(made.job),
            };
            report(made, &about)
        };
        let kept = Kept { journal, memory };
        let run = archive::run(
            &jobs.jobs,
            model,
            &task.order,
            &control,
            kept,
            &report,
            &progress,
        );
        let interrupted = control.stop.load(Ordering::Relaxed);
        if let (Some(list), Some(folder)) = (self.format.0.index, &jobs.folder) {
            let index = folder.join(report::INDEX);
            let is_result = jobs
                .jobs
                .iter()
                .any(|job| job.output.as_ref() == Some(&index));
            let written = match is_result {
                true => Err(std::io::Error::other("it is the page of an article")),
                false => list(folder).and_then(|page| files::write_whole(&index, page.as_bytes())),
            };
            if let Err(error) = written {
                printer.warn(&format!(
                    "no list of the pages in {}: {error}",
                    files::shown(&index)
                ));
            }
        }
        Ok(run.map(|tally| {
            let failed = !(tally.failed.is_empty() && jobs.unreadable.is_empty());
            progress.end(&tally, interrupted);
            match () {
                () if interrupted => Outcome::Interrupted,
                () if failed => Outcome::SomeFailed,
                () => Outcome::Done,
            }
        }))
    }

    /// What is known of earlier translations.
    fn memory(
        &self,
        task: &Task<'_>,
        files: &ModelFiles,
        printer: &Printer,
    ) -> Result<TranslationMemory, Outcome> {
        let Some(path) = &self.cache else {
            return Ok(TranslationMemory::default());
        };
        let version = env!("CARGO_PKG_VERSION");
        let recipe = format!("{version} {} {:?}", files.fingerprint(), task.order.decode);
        match Cache::open(path, &recipe) {
            Ok(cache) => Ok(TranslationMemory::with_cache(Some(cache))),
            Err(error) => {
                printer.error(&format!("{}: {error}", files::shown(path)));
                Err(Outcome::SomeFailed)
            }
        }
    }

    fn say_what_would_be_done(
        &self,
        jobs: &Jobs,
        known: Option<&Known>,
    ) -> anyhow::Result<Outcome> {
        let mut stdout = std::io::stdout().lock();
        let mut open = 0;
        for Job { input, output, .. } in &jobs.jobs {
            let state = match (known, input, output) {
                (Some(known), Input::File(input), Some(output)) => known.state(output, input),
                _ => State::New,
            };
            let is_open = self.archive.force || state != State::Done;
            if is_open && open == self.archive.limit.unwrap_or(usize::MAX) {
                break;
            }
            open += usize::from(is_open);
            let why = match state {
                State::New => "new",
                State::Done if self.archive.force => "again",
                State::Done => "done",
                State::Changed => "changed",
                State::Failed => "failed before",
            };
            let output = output
                .as_deref()
                .map_or("standard output".into(), files::shown);
            writeln!(stdout, "{why:<14}{} -> {output}", input.name())?;
        }
        Ok(Outcome::Done)
    }
}

fn file_format() -> impl TypedValueParser<Value = FileFormat> {
    let names = FileFormat::all().iter().map(|format| {
        PossibleValue::new(format.name)
            .aliases(format.aliases)
            .help(format.description)
    });
    PossibleValuesParser::new(names).try_map(|name| name.parse::<FileFormat>())
}

fn glossary(path: &str) -> Result<Glossary, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Glossary::read(&text).map_err(|error| error.to_string())
}

/// Set when the user wants to stop. Where results go to files, what is begun is finished first, which takes seconds;
/// the second Ctrl-C ends at once, and so does the first where there is nothing to save.
fn stop_on_interrupt(finish_first: bool) -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    let handler = move || {
        if !finish_first || STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(Outcome::Interrupted as i32);
        }
        Printer::new(TalkOptions::default()).note(
            "\nFinishing what is begun; Ctrl-C again ends at once. The same command goes on later.",
        );
    };
    // Without a handler Ctrl-C ends at once; the next run takes away what that leaves.
    let _ = ctrlc::set_handler(handler);
    &STOP
}

/// Fewest letters that tell one language from another.
const LETTERS_TO_JUDGE: usize = 60;

/// Says what is odd about a text; it is translated all the same.
pub fn warn_about(name: &str, article: &Article, first: bool, printer: &Printer) {
    let text = &article.document.text;
    if article.document.undecodable > 0 {
        printer.warn(&format!(
            "{name}: {} byte sequences are not text in its encoding and became U+FFFD",
            article.document.undecodable
        ));
    }
    if !first {
        return;
    }
    // The beginning is enough to judge by, and bounds the time.
    let beginning = &text[..text.floor_char_boundary(20_000)];
    if beginning.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_TO_JUDGE {
        return;
    }
    match whatlang::detect(beginning) {
        Some(found) if found.lang() != whatlang::Lang::Deu && found.is_reliable() => {
            printer.warn(&format!(
                "{name} looks like {}, not German; it is translated as if it were German",
                found.lang().eng_name()
            ));
        }
        _ => {}
    }
}

/// Says which translations did not come to an end by themselves.
pub fn warn_unfinished(made: &Made<'_>, printer: &Printer) {
    let of_summary = made
        .summary
        .iter()
        .flat_map(|summary| &summary.translations);
    let all = made.translations.iter().flatten();
    // Those of the summary are among all, if there are all.
    let translations: Vec<&Translation> = match made.translations {
        Some(_) => all.collect(),
        None => of_summary.collect(),
    };
    for translation in translations {
        let what = match translation.finish {
            Finish::Complete => continue,
            Finish::Repetition => "a repetition was cut",
            Finish::TooLong => "the translation did not come to an end and was cut",
        };
        let beginning: String = translation.text.chars().take(60).collect();
        printer.warn(&format!("{}: {what} after “{beginning}…”", made.name));
    }
}

/// Says which terms of the glossary are not in their translations.
pub fn warn_terms(made: &Made<'_>, printer: &Printer) {
    let all = made.translations.iter().flatten().enumerate();
    let of_summary = (made.summary.iter()).filter(|_| made.translations.is_none());
    let chosen =
        of_summary.flat_map(|summary| summary.chosen.iter().copied().zip(&summary.translations));
    for (i, translation) in all.chain(chosen) {
        let segment = &made.article.segments[i];
        for term in not_honoured(&segment.fixed, &translation.text) {
            let beginning: String = made.article.source(segment).chars().take(60).collect();
            printer.warn(&format!(
                "{}: “{term}” of the glossary is not in the translation of “{beginning}…”",
                made.name
            ));
        }
    }
}
