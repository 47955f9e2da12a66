//! `translate`: German text to English, layout kept.

use clap::{Args, Parser};

use super::inputs::{InputOptions, Portion};
use super::options::Format;
use super::printer::Printer;
use super::{Outcome, inputs};
use crate::report;

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
    #[command(flatten)]
    pub input: InputOptions,
}

pub fn run(command: &Command) -> anyhow::Result<Outcome> {
    let printer = Printer::new(command.input.talk.quiet);
    let (jobs, model) = match command.input.prepare(&printer) {
        Ok(prepared) => prepared,
        Err(outcome) => return Ok(outcome),
    };
    let options = command.input.search.decode(1);
    let portion = match command.input.format {
        Format::Text => Portion::Section,
        Format::Json => Portion::Whole,
    };
    inputs::for_each(&jobs, portion, &printer, |name, article| {
        let progress = printer.progress(name, article.words());
        let translations = article.translate(model, options, &|words| progress.advance(words))?;
        drop(progress);
        inputs::warn_unfinished(name, &translations, &printer);
        Ok(match command.input.format {
            Format::Text => report::text(article, &translations),
            Format::Json => report::translation_json(name, &model.name, article, &translations),
        })
    })
}
