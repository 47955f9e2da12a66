//! The loop over inputs: read, work, write; a failure is said and the rest goes on.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::Outcome;
use super::options::{Format, ModelOptions, SearchOptions, TalkOptions};
use super::printer::Printer;
use crate::archive::{self, Input, Job, write_whole};
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

/// Reads every input, hands it to `work` with its name, and writes what comes back to its place.
pub fn for_each(
    jobs: &[Job],
    printer: &Printer,
    mut work: impl FnMut(&str, &Article) -> anyhow::Result<String>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::Done;
    for job in jobs {
        let name = name(&job.input);
        let result = read(&job.input, printer)
            .and_then(|bytes| Article::read(&bytes).with_context(|| format!("cannot read {name}")))
            .and_then(|article| {
                warn(&name, &article, printer);
                work(&name, &article)
            });
        let written = match result {
            Ok(result) => write(job, result.as_bytes()),
            Err(error) => Err(error),
        };
        match written {
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

/// What messages and headings call an input.
fn name(input: &Input) -> String {
    match input {
        Input::Stdin => "standard input".into(),
        Input::File(path) => path.display().to_string(),
    }
}

fn read(input: &Input, printer: &Printer) -> anyhow::Result<Vec<u8>> {
    match input {
        Input::File(path) => {
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        }
        Input::Stdin => {
            let mut stdin = std::io::stdin().lock();
            if stdin.is_terminal() {
                printer.note("Reading German text from the terminal; Ctrl-D ends it.");
            }
            let mut bytes = Vec::new();
            stdin
                .read_to_end(&mut bytes)
                .context("cannot read standard input")?;
            Ok(bytes)
        }
    }
}

fn write(job: &Job, bytes: &[u8]) -> anyhow::Result<()> {
    match &job.output {
        Some(path) => {
            write_whole(path, bytes).with_context(|| format!("cannot write {}", path.display()))
        }
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush()?;
            Ok(())
        }
    }
}

/// Fewest letters that tell one language from another.
const LETTERS_TO_JUDGE: usize = 60;

/// Says what is odd about a text; it is translated all the same.
fn warn(name: &str, article: &Article, printer: &Printer) {
    let text = &article.document.text;
    if article.undecodable > 0 {
        printer.warn(&format!(
            "{name}: {} byte sequences are not text in its encoding and became U+FFFD",
            article.undecodable
        ));
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
