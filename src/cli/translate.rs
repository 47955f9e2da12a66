//! `translate`: German text to English, layout kept.

use clap::{Args, Parser};

use super::Outcome;
use super::inputs::{InputOptions, Task};
use crate::report::Content;
use crate::request::{Order, SummaryOrder};

const EXAMPLES: &str = "\
Examples:
  translate brief.txt                    English on standard output, layout kept
  cat brief.txt | translate              the same, from a pipe
  translate brief.txt -o letter.txt      into a file
  translate bericht.docx -o report.docx  documents, pages, books and subtitles keep their looks
  translate --field body posts.jsonl     one field of records
  translate archiv/ -o english/          every file of a folder, the tree mirrored
  translate --beam 4 brief.txt           slower and better
  translate --format html archiv/ -o p/  pages with source and target side by side
  translate --format json brief.txt      sentences with spans and scores
  translate --jsonl <records >answers    a worker for other programs";

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
    let format = command.input.format.0;
    let task = Task {
        order: Order {
            reading: command.input.reading(),
            // A page has a summary on top.
            summary: format.needs_summary.then(SummaryOrder::default),
            translate: true,
            in_sections: format.in_sections,
            decode: command.input.search.decode(0),
        },
        recipe: "translate".into(),
        rewrite: None,
        shows_all: true,
    };
    command.input.run(&task, |made, about| {
        let content = Content {
            about: *about,
            article: made.article,
            summary: made.summary.as_ref(),
            translations: Some(made.translations.as_deref().unwrap_or_default()),
        };
        Ok(format.exporter.export(&content)?)
    })
}
