//! `translate`: German text to English, layout kept.

use std::path::PathBuf;

use clap::{Args, Parser};

use super::options::{Format, ModelOptions, SearchOptions, TalkOptions};
use super::printer::Printer;
use super::{Outcome, inputs};
use crate::{archive, report};

const EXAMPLES: &str = "\
Examples:
  translate brief.txt                    English on standard output, layout kept
  cat brief.txt | translate              the same, from a pipe
  translate brief.txt -o letter.txt      into a file
  translate archiv/ -o english/          every file of a folder, the tree mirrored
  translate --beam 4 brief.txt           slower and better
  translate --format json brief.txt      sentences with spans and scores";

/// Translate German text into English, offline.
#[derive(Debug, Parser)]
#[command(name = "translate", version, after_help = EXAMPLES)]
pub struct Program {
    #[command(flatten)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Command {
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

pub fn run(command: &Command) -> anyhow::Result<Outcome> {
    let printer = Printer::new(command.talk.quiet);
    let jobs = match archive::jobs(&command.inputs, command.output.as_deref()) {
        Ok(jobs) => jobs,
        Err(error) => {
            printer.error(&error.to_string());
            return Ok(Outcome::Usage);
        }
    };
    let model = match command.model.load(&printer) {
        Ok(model) => model,
        Err(outcome) => return Ok(outcome),
    };
    let options = command.search.decode(1);
    inputs::for_each(&jobs, &printer, |name, article| {
        let progress = printer.progress(name, article.words());
        let translations = article.translate(&model, options, &|words| progress.advance(words))?;
        drop(progress);
        inputs::warn_unfinished(name, &translations, &printer);
        Ok(match command.format {
            Format::Text => report::text(article, &translations),
            Format::Json => report::translation_json(name, &model.name, article, &translations),
        })
    })
}
