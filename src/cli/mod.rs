//! The command lines of the three programs: options as typed, settings as meant, commands, exit codes, and messages on
//! stderr.

mod authors;
mod degist;
mod eval;
mod explain;
mod models;
mod name_template;
mod options;
mod outcome;
mod plan;
mod printer;
mod progress;
mod recipe;
mod run;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod summarize;
mod target;
mod task;
mod translate;
mod values;
mod warnings;
mod worker;
mod writing;

use std::process::ExitCode;

use clap::Parser;

use outcome::{CommandError, Outcome};
use printer::{Printer, TalkOptions};

use crate::document::formats::pdf::PDF_THREAD;

/// The program `translate`.
pub fn translate() -> ExitCode {
    let command = translate::TranslateProgram::parse().command;
    finish(command.input.talk, |printer| command.run(printer))
}

/// The program `summarize`.
pub fn summarize() -> ExitCode {
    let command = summarize::SummarizeProgram::parse().command;
    finish(command.input.talk, |printer| command.run(printer))
}

/// The program `degist`.
pub fn degist() -> ExitCode {
    let command = degist::DegistProgram::parse().command;
    finish(command.talk(), |printer| command.run(printer))
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

/// Runs a command, prints why it failed if it did, and makes an exit code of its outcome.
fn finish(
    talk: TalkOptions,
    command: impl FnOnce(&Printer) -> Result<Outcome, CommandError>,
) -> ExitCode {
    hush_pdf_panics();
    let printer = Printer::new(talk);
    match command(&printer) {
        Ok(outcome) => outcome.into(),
        Err(failure) if failure.is_broken_pipe() => Outcome::Done.into(),
        Err(failure) => {
            printer.error(&format!("{:#}", failure.error));
            failure.outcome.into()
        }
    }
}

#[cfg(test)]
mod tests;
