//! The loop over inputs: read, work, write; a failure is said and the rest goes on.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::Outcome;
use super::options::{Format, ModelOptions, SearchOptions, TalkOptions};
use super::printer::Printer;
use crate::archive::{self, Input, Job, Sections, WholeFile};
use crate::decode::Finish;
use crate::{Article, Model, Translation};

/// What `translate` and `summarize` share: inputs, where results go, and the model that makes them.
#[derive(Debug, Args)]
pub struct InputOptions {
    /// Text files or folders; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    pub inputs: Vec<PathBuf>,

    /// Write to this file, or for several inputs to files in this folder
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    #[command(flatten)]
    pub talk: TalkOptions,

    #[command(flatten)]
    pub search: SearchOptions,

    #[command(flatten)]
    pub model: ModelOptions,
}

impl InputOptions {
    /// The jobs and the model; where one cannot be had, that is said.
    pub fn prepare(&self, printer: &Printer) -> Result<(Vec<Job>, &'static Model), Outcome> {
        let jobs = archive::jobs(&self.inputs, self.output.as_deref()).map_err(|error| {
            printer.error(&error.to_string());
            Outcome::Usage
        })?;
        Ok((jobs, self.model.load(printer)?))
    }
}

/// How much of an input is worked on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// All of it.
    Whole,
    /// Section by section, so that memory does not grow with the file.
    Section,
}

/// Reads every input, hands it to `work` with its name, in one portion or several, and writes what comes back to its
/// place.
pub fn for_each(
    jobs: &[Job],
    portion: Portion,
    printer: &Printer,
    mut work: impl FnMut(&str, &Article) -> anyhow::Result<String>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::Done;
    for job in jobs {
        match run(job, portion, printer, &mut work) {
            Ok(()) => {}
            Err(error) if super::is_broken_pipe(&error) => return Err(error),
            Err(error) => {
                printer.error(&format!("{error:#}"));
                outcome = Outcome::SomeFailed;
            }
        }
    }
    Ok(outcome)
}

fn run(
    job: &Job,
    portion: Portion,
    printer: &Printer,
    work: &mut impl FnMut(&str, &Article) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let name = name(&job.input);
    // Begun with the first result, so that what cannot be read leaves no trace.
    let mut target = None;
    for (i, bytes) in open(&job.input, portion, printer)?.enumerate() {
        let bytes = bytes.with_context(|| format!("cannot read {name}"))?;
        let article = Article::read(&bytes).with_context(|| format!("cannot read {name}"))?;
        drop(bytes);
        warn(&name, &article, i == 0, printer);
        let result = work(&name, &article)?;
        let target = match &mut target {
            Some(target) => target,
            None => target.insert(Target::open(job)?),
        };
        target.write(job, result.as_bytes())?;
    }
    match target {
        Some(target) => target.finish(job),
        None => Ok(()),
    }
}

/// Where results go.
enum Target {
    Stdout,
    File(WholeFile),
}

impl Target {
    fn open(job: &Job) -> anyhow::Result<Self> {
        match &job.output {
            Some(path) => match WholeFile::create(path) {
                Ok(file) => Ok(Self::File(file)),
                Err(error) => Err(error).with_context(|| cannot_write(job)),
            },
            None => Ok(Self::Stdout),
        }
    }

    fn write(&mut self, job: &Job, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::File(file) => file.write_all(bytes).with_context(|| cannot_write(job)),
            Self::Stdout => {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()?;
                Ok(())
            }
        }
    }

    fn finish(self, job: &Job) -> anyhow::Result<()> {
        match self {
            Self::File(file) => file.finish().with_context(|| cannot_write(job)),
            Self::Stdout => Ok(()),
        }
    }
}

fn cannot_write(job: &Job) -> String {
    let path = job
        .output
        .as_deref()
        .unwrap_or(Path::new("standard output"));
    format!("cannot write {}", path.display())
}

/// What messages and headings call an input.
fn name(input: &Input) -> String {
    match input {
        Input::Stdin => "standard input".into(),
        Input::File(path) => path.display().to_string(),
    }
}

fn open(
    input: &Input,
    portion: Portion,
    printer: &Printer,
) -> anyhow::Result<Sections<Box<dyn Read>>> {
    let reader: Box<dyn Read> = match input {
        Input::File(path) => {
            let file = std::fs::File::open(path);
            Box::new(file.with_context(|| format!("cannot read {}", path.display()))?)
        }
        Input::Stdin => {
            let stdin = std::io::stdin();
            if stdin.is_terminal() {
                printer.note("Reading German text from the terminal; Ctrl-D ends it.");
            }
            Box::new(stdin)
        }
    };
    Ok(Sections::new(reader, portion == Portion::Whole))
}

/// Fewest letters that tell one language from another.
const LETTERS_TO_JUDGE: usize = 60;

/// Says what is odd about a text; it is translated all the same.
fn warn(name: &str, article: &Article, first: bool, printer: &Printer) {
    let text = &article.document.text;
    if article.undecodable > 0 {
        printer.warn(&format!(
            "{name}: {} byte sequences are not text in its encoding and became U+FFFD",
            article.undecodable
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
pub fn warn_unfinished(name: &str, translations: &[Translation], printer: &Printer) {
    for translation in translations {
        let what = match translation.finish {
            Finish::Complete => continue,
            Finish::Repetition => "a repetition was cut",
            Finish::TooLong => "the translation did not come to an end and was cut",
        };
        let beginning: String = translation.text.chars().take(60).collect();
        printer.warn(&format!("{name}: {what} after “{beginning}…”"));
    }
}
