//! `degist`: the other commands under one name.
#![allow(clippy::print_stdout)]

use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::{Outcome, eval, models, summarize, translate};

const EXAMPLES: &str = "\
Examples:
  degist summarize artikel.txt           the same as `summarize artikel.txt`
  degist models list                     the models by name
  degist models pull opus-mt-de-en       fetch a public model, once
  degist models convert DIR              an 8-bit model.gguf beside DIR/model.safetensors
  degist eval wmt18.de wmt18.en          BLEU, chrF, TER and words per second of a model
  degist completions bash                completions for the shell, for all three programs";

/// Translate and summarize German text, offline.
#[derive(Debug, Parser)]
#[command(name = "degist", version, after_help = EXAMPLES)]
pub struct Program {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Summarize German text in English
    Summarize(summarize::Command),
    /// Translate German text into English
    Translate(translate::Command),
    /// List, fetch, check and convert models
    #[command(subcommand)]
    Models(models::Models),
    /// Score a model on test sets, or translations and summaries that are there already
    Eval(eval::Eval),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// Only those of one program
        #[arg(long, value_enum)]
        program: Option<ProgramName>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgramName {
    Degist,
    Summarize,
    Translate,
}

pub fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Summarize(command) => summarize::run(&command),
        Command::Translate(command) => translate::run(&command),
        Command::Models(command) => models::run(command),
        Command::Eval(command) => eval::run(&command),
        Command::Completions { shell, program } => complete(shell, program),
    }
}

fn complete(shell: clap_complete::Shell, program: Option<ProgramName>) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    for name in ProgramName::value_variants() {
        if program.is_some_and(|program| program != *name) {
            continue;
        }
        let mut command = match name {
            ProgramName::Degist => Program::command(),
            ProgramName::Summarize => summarize::Program::command(),
            ProgramName::Translate => translate::Program::command(),
        };
        let name = command.get_name().to_owned();
        clap_complete::generate(shell, &mut command, name, &mut script);
    }
    std::io::stdout().write_all(&script)?;
    Ok(Outcome::Done)
}
