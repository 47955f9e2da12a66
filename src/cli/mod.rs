//! What the three programs share: options, exit codes, talk on stderr, and the loop over inputs.

mod degist;
mod eval;
mod inputs;
mod models;
mod options;
mod printer;
mod progress;
mod summarize;
mod translate;
mod values;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use crate::document::formats::pdf::PDF_THREAD;
use printer::Printer;

/// How a command ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Everything was done.
    Done = 0,
    /// Some inputs failed; they were named, the rest was done.
    SomeFailed = 1,
    /// The arguments do not fit together.
    Usage = 2,
    /// The model could not be had.
    NoModel = 3,
    /// Ctrl-C; what was begun is done.
    Interrupted = 130,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// The program `translate`.
pub fn translate() -> ExitCode {
    let arguments = translate::Program::parse();
    finish(|| translate::run(&arguments.command))
}

/// The program `summarize`.
pub fn summarize() -> ExitCode {
    let arguments = summarize::Program::parse();
    finish(|| summarize::run(&arguments.command))
}

/// The program `degist`.
pub fn degist() -> ExitCode {
    let arguments = degist::Program::parse();
    finish(|| degist::run(arguments.command))
}

/// Keeps panics of the library that reads PDF files off stderr: they are reported as errors of the file.
fn hush_pdf_panics() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(PDF_THREAD) {
            hook(panic);
        }
    }));
}

/// Runs a command and turns what it returns into an exit code; what no part of it could deal with is printed here.
fn finish(command: impl FnOnce() -> anyhow::Result<Outcome>) -> ExitCode {
    hush_pdf_panics();
    match command() {
        Ok(outcome) => outcome.into(),
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if is_broken_pipe(&error) => Outcome::Done.into(),
        Err(error) => {
            Printer::new(options::TalkOptions::default()).error(&format!("{error:#}"));
            Outcome::SomeFailed.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
