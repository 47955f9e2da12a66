//! `degist`: the other commands under one name.
#![allow(clippy::print_stdout)]

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::options::LONG_VERSION;
use super::outcome::{CommandError, Outcome};
use super::printer::{Printer, TalkOptions};
#[cfg(feature = "serve")]
use super::serve;
use super::{eval, explain, models, summarize, translate};
use crate::files;

const EXAMPLES: &str = "\
Examples:
  degist translate brief.txt             the same as `translate brief.txt`
  degist models list                     all models that have names, and those that are here
  degist models pull opus-mt-de-en       download a public model, once
  degist models convert DIR              make DIR/model.gguf (8 bits) of DIR/model.safetensors
  degist eval wmt18.de wmt18.en          BLEU, chrF, TER and speed of a model
  degist explain \"Guten Tag!\"           pieces, hints, scores and alignment of a translation
  degist serve                           LibreTranslate's API, and a page in the browser
  degist completions bash                completions for the shell, for all three programs
  degist man ~/.local/share/man/man1     man pages of all three programs";

/// Translate and summarize German text, offline
#[derive(Debug, Parser)]
#[command(name = "degist", version, long_version = LONG_VERSION, after_help = EXAMPLES)]
pub struct DegistProgram {
    #[command(subcommand)]
    pub command: DegistCommand,
}

#[derive(Debug, Subcommand)]
pub enum DegistCommand {
    /// Summarize German text in English
    Summarize(summarize::SummarizeCommand),
    /// Translate German text into English
    Translate(translate::TranslateCommand),
    /// List, download, check and convert models
    #[command(subcommand)]
    Models(models::Models),
    /// Score a model on test sets, or existing translations and summaries
    Eval(eval::Eval),
    Explain(explain::Explain),
    #[cfg(feature = "serve")]
    Serve(serve::Serve),
    /// Print completions for a shell, for all three programs
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// Only the completions of this program
        #[arg(long, value_enum)]
        program: Option<ProgramName>,
    },
    /// Write the man pages of all three programs into a folder
    Man {
        /// The folder, such as ~/.local/share/man/man1; it is made if it is not there
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgramName {
    Degist,
    Summarize,
    Translate,
}

impl ProgramName {
    fn command(self) -> clap::Command {
        match self {
            Self::Degist => DegistProgram::command(),
            Self::Summarize => summarize::SummarizeProgram::command(),
            Self::Translate => translate::TranslateProgram::command(),
        }
    }
}

impl DegistCommand {
    /// The options for messages, of commands that have them.
    pub fn talk(&self) -> TalkOptions {
        match self {
            Self::Summarize(command) => command.input.talk,
            Self::Translate(command) => command.input.talk,
            Self::Models(command) => command.talk(),
            Self::Eval(command) => command.talk,
            #[cfg(feature = "serve")]
            Self::Serve(command) => command.talk,
            Self::Explain(_) | Self::Completions { .. } | Self::Man { .. } => {
                TalkOptions::default()
            }
        }
    }

    pub fn run(self, printer: &Printer) -> Result<Outcome, CommandError> {
        match self {
            Self::Summarize(command) => command.run(printer),
            Self::Translate(command) => command.run(printer),
            Self::Models(command) => models::run(command, printer),
            Self::Eval(command) => eval::run(&command, printer),
            Self::Explain(command) => explain::run(&command),
            #[cfg(feature = "serve")]
            Self::Serve(command) => serve::run(command, printer),
            Self::Completions { shell, program } => complete(shell, program),
            Self::Man { folder } => write_man_pages(&folder),
        }
    }
}

fn complete(
    shell: clap_complete::Shell,
    program: Option<ProgramName>,
) -> Result<Outcome, CommandError> {
    let mut script = Vec::new();
    for name in ProgramName::value_variants() {
        if program.is_some_and(|program| program != *name) {
            continue;
        }
        let mut command = name.command();
        let name = command.get_name().to_owned();
        clap_complete::generate(shell, &mut command, name, &mut script);
    }
    std::io::stdout().write_all(&script)?;
    Ok(Outcome::Done)
}

fn write_man_pages(folder: &Path) -> Result<Outcome, CommandError> {
    let cannot_write = || format!("cannot write to the folder {}", files::display(folder));
    std::fs::create_dir_all(folder).with_context(cannot_write)?;
    for name in ProgramName::value_variants() {
        // A page for each subcommand, too, such as degist-models-pull.1.
        clap_mangen::generate_to(name.command(), folder).with_context(cannot_write)?;
    }
    writeln!(std::io::stdout(), "{}", files::display(folder))?;
    Ok(Outcome::Done)
}
