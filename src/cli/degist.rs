//! `degist`: the other commands under one name, and what is done with models.
#![allow(clippy::print_stdout)]

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::options::{ModelOptions, TalkOptions};
use super::printer::Printer;
use super::{Outcome, eval, summarize, translate};
use crate::decode::Lexicon;
use crate::{archive, hub, model};

const EXAMPLES: &str = "\
Examples:
  degist summarize artikel.txt           the same as `summarize artikel.txt`
  degist models list                     the models by name
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
    /// List and convert models
    #[command(subcommand)]
    Models(Models),
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

#[derive(Debug, Subcommand)]
pub enum Models {
    /// List the models that need no download
    List,
    /// Make an 8-bit model.gguf from a folder's model.safetensors
    Convert {
        /// The model's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The file to write [default: model.gguf in the folder]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Make a shortlist, lex.s2t.bin, from what a model writes for a text
    Shortlist(MakeShortlist),
}

#[derive(Debug, clap::Args)]
pub struct MakeShortlist {
    /// Source text, one sentence on a line: the more, the better
    #[arg(required = true, value_name = "FILE")]
    pub texts: Vec<PathBuf>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "lex.s2t.bin")]
    pub output: PathBuf,
    /// Most target tokens for each source token
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub best: usize,
    /// Target tokens that every sentence may use: the first N of the vocabulary
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub frequent: u32,

    #[command(flatten)]
    pub talk: TalkOptions,
    #[command(flatten)]
    pub model: ModelOptions,
}

pub fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Summarize(command) => summarize::run(&command),
        Command::Translate(command) => translate::run(&command),
        Command::Models(Models::List) => list(),
        Command::Models(Models::Convert { folder, output }) => convert(folder, output),
        Command::Models(Models::Shortlist(command)) => make_shortlist(&command),
        Command::Eval(command) => eval::run(&command),
        Command::Completions { shell, program } => complete(shell, program),
    }
}

fn list() -> anyhow::Result<Outcome> {
    let files = hub::embedded();
    writeln!(
        std::io::stdout(),
        "{:<14} German to English, 8-bit, {} MB, in the program",
        files.name,
        files.weights.bytes().len() / 1_000_000
    )?;
    Ok(Outcome::Done)
}

fn convert(folder: PathBuf, output: Option<PathBuf>) -> anyhow::Result<Outcome> {
    let output = output.unwrap_or_else(|| folder.join("model.gguf"));
    let gguf = model::convert(&folder)?;
    archive::write_whole(&output, &gguf)
        .with_context(|| format!("cannot write {}", output.display()))?;
    writeln!(
        std::io::stdout(),
        "{} ({} bytes)",
        output.display(),
        gguf.len()
    )?;
    Ok(Outcome::Done)
}

fn make_shortlist(command: &MakeShortlist) -> anyhow::Result<Outcome> {
    let printer = Printer::new(command.talk);
    let mut text = String::new();
    for path in &command.texts {
        text += &std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        text.push('\n');
    }
    let model = match command.model.load(&printer) {
        Ok(model) => model,
        Err(outcome) => return Ok(outcome),
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let progress = printer.progress(&model.name, lines.iter().map(|line| words(line)).sum());
    let mut lexicon = Lexicon::default();
    for lines in lines.chunks(2048) {
        let longest = model.network.max_source_tokens();
        let sources: Vec<Vec<u32>> = (lines.iter())
            .map(|line| model.source.encode(line))
            .filter(|ids| ids.len() <= longest)
            .collect();
        lexicon.observe(model, &sources)?;
        progress.advance(lines.iter().map(|line| words(line)).sum());
    }
    drop(progress);
    let bytes = lexicon
        .shortlist(model, command.best, command.frequent)
        .write();
    archive::write_whole(&command.output, &bytes)
        .with_context(|| format!("cannot write {}", command.output.display()))?;
    writeln!(
        std::io::stdout(),
        "{} ({} bytes)",
        command.output.display(),
        bytes.len()
    )?;
    Ok(Outcome::Done)
}

fn words(line: &str) -> usize {
    line.split_whitespace().count()
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
