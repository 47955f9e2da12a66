//! `degist explain`: how a translation came about.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::options::{ModelOptions, SearchOptions};
use super::outcome::{CommandError, Outcome};
use super::settings::{read_glossary, read_memory};
use crate::document::FileFormat;
use crate::request::ReadOptions;
use crate::translate::{self, Explanation};

const EXAMPLES: &str = "\
Examples:
  degist explain \"Die Eichhörnchen sammeln Nüsse.\"
  degist explain --no-hints \"Die Eichhörnchen sammeln Nüsse.\"   without the dictionary";

/// Show how a translation came about: pieces, hints, scores and alignment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// German text
    #[arg(required = true)]
    text: Vec<String>,

    /// A file of terms, as `translate` reads it
    #[arg(long, value_name = "FILE")]
    glossary: Option<PathBuf>,

    /// A translation memory (TMX), as `translate` reads it
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,

    #[command(flatten)]
    search: SearchOptions,

    #[command(flatten)]
    model: ModelOptions,
}

pub fn run(command: &Explain) -> Result<Outcome, CommandError> {
    let (glossary, memory) = (command.glossary.clone(), command.memory.clone());
    let read = ReadOptions {
        glossary: glossary.map_or_else(|| Ok(Default::default()), read_glossary)?,
        memory: memory.map_or_else(|| Ok(Default::default()), read_memory)?,
        ..ReadOptions::default()
    };
    let model = command.model.load()?;
    let text = command.text.join(" ");
    let article = (read.read(text.as_bytes(), FileFormat::TEXT)).map_err(CommandError::other)?;
    let mut stdout = std::io::stdout().lock();
    for segment in 0..article.segments.len() {
        let options = command.search.decode(0);
        let explained = translate::explain(model, &article.to_translate(segment), options)
            .map_err(CommandError::other)?;
        for explanation in &explained {
            // Not `print!`, which panics where a reader such as `head` has gone.
            stdout.write_all(table(explanation).as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

fn table(explained: &Explanation) -> String {
    let mut table = String::new();
    // Writing to a string cannot fail.
    let mut line = |text: String| {
        let _ = writeln!(table, "{text}");
    };
    line(format!("source  {}", explained.source));
    line(format!("pieces  {}", explained.pieces.join(" ")));
    for hint in &explained.hints {
        let candidates = hint.candidates.join(" | ");
        let used = hint.used.map_or("none", |i| &hint.candidates[i]);
        line(format!(
            "hint    {}: {candidates} (used: {used})",
            hint.source
        ));
    }
    line(format!("target  {}", explained.text));
    line(format!("score   {:.3}", explained.score));
    for piece in &explained.target {
        let from = (piece.source.as_ref()).map_or_else(String::new, |(source, weight)| {
            format!("{source} {weight:.2}")
        });
        line(format!(
            "  {:<16} {:>7.3}  {from}",
            piece.piece, piece.log_probability
        ));
    }
    line(String::new());
    table
}
