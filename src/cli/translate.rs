//! `translate`: German text to English, layout kept.

use clap::{Args, Parser};

use super::Outcome;
use super::inputs::{InputOptions, Task};
use super::options::Format;
use crate::archive::Order;
use crate::report;

const EXAMPLES: &str = "\
Examples:
  translate brief.txt                    English on standard output, layout kept
  cat brief.txt | translate              the same, from a pipe
  translate brief.txt -o letter.txt      into a file
  translate bericht.docx -o report.docx  documents, pages, books and subtitles keep their looks
  translate --field body posts.jsonl     one field of records
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
    let format = command.input.format;
    let task = Task {
        order: Order {
            reading: command.input.reading(),
            summary: None,
            translate: true,
            in_sections: format == Format::Text,
            decode: command.input.search.decode(1),
        },
        recipe: "translate".into(),
    };
    command.input.run(&task, |made, surroundings| {
        let translations = made.translations.as_deref().unwrap_or_default();
        Ok(match format {
            Format::Text => report::file(made.article, translations)?,
            Format::Json => {
                report::translation_json(made.name, surroundings.model, made.article, translations)
                    .into_bytes()
            }
        })
    })
}
