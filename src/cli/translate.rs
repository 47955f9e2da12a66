//! `translate`: German text to English, layout kept.

use clap::{Args, Parser};

use super::Outcome;
use super::inputs::{InputOptions, Task};
use super::options::Format;
use crate::request::{Order, SummaryOrder};
use crate::{Summary, report};

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
    let format = command.input.format;
    let task = Task {
        order: Order {
            reading: command.input.reading(),
            // A page has a summary on top.
            summary: (format == Format::Html).then(SummaryOrder::default),
            translate: true,
            in_sections: matches!(format, Format::Text | Format::Jsonl),
            decode: command.input.search.decode(0),
        },
        recipe: "translate".into(),
        rewrite: None,
        shows_all: true,
    };
    command.input.run(&task, |made, surroundings| {
        let (article, about) = (made.article, &surroundings.about);
        let translations = made.translations.as_deref().unwrap_or_default();
        Ok(match (format, &made.summary) {
            (Format::Text, _) => report::file(article, translations)?,
            (Format::Json, _) => report::translation_json(about, article, translations).into(),
            (Format::Jsonl, _) => {
                report::segments_jsonl(about, article, translations.iter().enumerate()).into()
            }
            (Format::Tmx, _) => report::tmx(about, article, translations).into(),
            (Format::Html, summary) => {
                let none = Summary::default();
                let summary = summary.as_ref().unwrap_or(&none);
                report::html(about, article, summary, translations).into()
            }
        })
    })
}
