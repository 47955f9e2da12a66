//! `degist models`: lists, downloads, checks and conversions of models.
#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Subcommand;
use serde_json::json;

use super::options::{ModelOptions, NetworkOptions, refuse_overwriting};
use super::outcome::{CommandError, Outcome};
use super::printer::{Display, Printer, TalkOptions, Throttle};
use crate::decode::ShortlistCounts;
use crate::document::words;
use crate::files;
use crate::hub::cache::{self, Verdict};
use crate::hub::{self, HubError, HubModel, HubSettings, PullEvent, registry};
use crate::lexicon;
use crate::model::{self, architecture};

#[derive(Debug, Subcommand)]
pub enum Models {
    /// List the models that have names, and those that are downloaded
    List,
    /// Search the Hugging Face hub for models that this program can run
    Search {
        /// Part of the name
        word: String,
        #[command(flatten)]
        network: NetworkOptions,
    },
    /// Download a model from the Hugging Face hub and print its folder; files that are here already are kept
    Pull(PullCommand),
    /// Check the files of models against their checksums
    Verify {
        /// Models to check [default: all that are downloaded]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Remove downloaded models
    Remove {
        /// Models to remove
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print a model's folder
    Path {
        /// The model
        name: String,
    },
    /// Convert a folder's model.safetensors or pytorch_model.bin to an 8-bit model.gguf
    Convert {
        /// The model's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The file to write [default: model.gguf in the folder]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Make a shortlist (lex.s2t.bin) from the translations that a model makes of a text
    Shortlist(MakeShortlist),
    /// Make a dictionary of hints (lexicon.bin) from a table of forms, frequencies and candidates
    Lexicon {
        /// The table: on each line a form, its frequency, and its candidates set off by `|`, with tabs between
        #[arg(value_name = "FILE")]
        table: PathBuf,
        /// The SentencePiece model of the target, into whose pieces the candidates are cut
        #[arg(long, value_name = "FILE", default_value = "target.spm")]
        vocabulary: PathBuf,
        /// The file to write
        #[arg(short, long, value_name = "FILE", default_value = "lexicon.bin")]
        output: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub struct MakeShortlist {
    /// German text, one sentence a line; the more, the better
    #[arg(required = true, value_name = "FILE")]
    pub texts: Vec<PathBuf>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "lex.s2t.bin")]
    pub output: PathBuf,
    /// Target tokens for each source token, at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub best: usize,
    /// The first N tokens of the vocabulary, which every sentence may use
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub frequent: u32,

    #[command(flatten)]
    pub talk: TalkOptions,
    #[command(flatten)]
    pub model: ModelOptions,
}

#[derive(Debug, clap::Args)]
pub struct PullCommand {
    /// A name of `degist models list`, or OWNER/NAME
    pub name: String,
    /// A branch, tag or commit [default: the commit in the list of models, else main]
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,

    #[command(flatten)]
    pub network: NetworkOptions,
    #[command(flatten)]
    pub talk: TalkOptions,
}

impl Models {
    /// The options for messages, of commands that have them.
    pub fn talk(&self) -> TalkOptions {
        match self {
            Self::Pull(command) => command.talk,
            Self::Shortlist(command) => command.talk,
            _ => TalkOptions::default(),
        }
    }
}

pub fn run(command: Models, printer: &Printer) -> Result<Outcome, CommandError> {
    match command {
        Models::List => list(),
        Models::Search { word, network } => search(&word, network, printer),
        Models::Pull(command) => pull(&command, printer),
        Models::Verify { names } => verify(names, printer),
        Models::Remove { names } => remove(&names, printer),
        Models::Path { name } => path(&name),
        Models::Convert { folder, output } => convert(folder, output),
        Models::Shortlist(command) => make_shortlist(&command, printer),
        Models::Lexicon {
            table,
            vocabulary,
            output,
        } => make_lexicon(&table, &vocabulary, &output),
    }
}

fn list() -> Result<Outcome, CommandError> {
    let settings = HubSettings::from_environment(true);
    let mut out = std::io::stdout().lock();
    let mut shown = BTreeSet::new();
    for entry in registry::ENTRIES {
        let place = match HubModel::named(entry.name) {
            None => {
                let bytes = hub::embedded().weights.bytes().len();
                format!("in the program, {}", megabytes(bytes as u64))
            }
            Some(source) => match source.files(&settings) {
                Some(files) => {
                    let size = megabytes(size(&files));
                    shown.insert(files);
                    format!("here, {size}")
                }
                None => {
                    let sizes = source.files.iter().filter_map(|file| file.size);
                    let size = match sizes.sum() {
                        0 => String::new(),
                        bytes => format!(", {}", megabytes(bytes)),
                    };
                    format!("on the hub: {}{size}", source.repository)
                }
            },
        };
        let (languages, task) = (entry.languages, entry.task.name());
        let licence = entry.licence.unwrap_or("see hub");
        writeln!(
            out,
            "{:<22} {languages:<8} {task:<12} {licence:<11} {place}",
            entry.name
        )?;
    }
    for (name, files) in unnamed(&settings) {
        let size = megabytes(size(&files));
        if shown.insert(files) {
            writeln!(out, "{name}  here, {size}")?;
        }
    }
    Ok(Outcome::Done)
}

/// The models in the cache by the names of the hub, each with its files: a repository, or each of its GGUF files.
fn unnamed(settings: &HubSettings) -> Vec<(String, Vec<PathBuf>)> {
    let mut found = Vec::new();
    for repository in cache::repositories(&settings.cache) {
        let name = repository.to_string();
        let Some(source) = HubModel::named(&name) else {
            continue;
        };
        if let Some(files) = source.files(settings) {
            found.push((name, files));
            continue;
        }
        for file in source.gguf_files(settings) {
            let name = format!("{name}:{file}");
            let files = HubModel::named(&name).and_then(|source| source.files(settings));
            found.extend(files.map(|files| (name, files)));
        }
    }
    found
}

fn size(files: &[PathBuf]) -> u64 {
    let sizes = files.iter().filter_map(|file| file.metadata().ok());
    sizes.map(|file| file.len()).sum()
}

fn megabytes(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        small if small < 10. => format!("{small:.1} MB"),
        large => format!("{large:.0} MB"),
    }
}

fn search(word: &str, network: NetworkOptions, printer: &Printer) -> Result<Outcome, CommandError> {
    let settings = HubSettings::from_environment(network.offline);
    let found = hub::search(word, &settings).map_err(CommandError::no_model)?;
    let mut out = std::io::stdout().lock();
    for found in &found {
        let kind = (found.tags.iter()).find(|tag| architecture::of_type(tag).is_some());
        let licence = (found.tags.iter()).find_map(|tag| tag.strip_prefix("license:"));
        writeln!(
            out,
            "{:<50} {:<8} {:<14} {} downloads",
            found.id,
            kind.map_or("", String::as_str),
            licence.unwrap_or("").escape_debug(),
            found.downloads
        )?;
    }
    if found.is_empty() {
        printer.note("The hub has no such model that this program could run");
    }
    Ok(Outcome::Done)
}

/// Prints why a model cannot be had; the command goes on to others.
fn no_model(printer: &Printer, error: &HubError) -> Outcome {
    printer.error(&error.to_string());
    Outcome::NoModel
}

fn pull(command: &PullCommand, printer: &Printer) -> Result<Outcome, CommandError> {
    let settings = HubSettings::from_environment(command.network.offline);
    if command.name == hub::EMBEDDED {
        printer.note("That model is in the program; there is nothing to fetch");
        return Ok(Outcome::Done);
    }
    let source = HubModel::named(&command.name).ok_or_else(|| HubError::Unknown {
        name: command.name.clone(),
    });
    let source = source.and_then(|source| match &command.revision {
        Some(revision) => source.at(revision),
        None => Ok(source),
    });
    let transfer = Transfer::new(printer);
    let pulled = source.and_then(|source| {
        let mut transfer = transfer;
        hub::pull(&settings, &source, &mut |event| transfer.on_event(event))
    });
    printer.hide_bar();
    let folder = pulled.map_err(CommandError::no_model)?;
    writeln!(std::io::stdout(), "{}", folder.display())?;
    Ok(Outcome::Done)
}

/// Shows the progress of a download.
struct Transfer<'a> {
    printer: &'a Printer,
    throttle: Throttle,
    /// Bytes that were here before.
    before: Option<u64>,
}

impl<'a> Transfer<'a> {
    fn new(printer: &'a Printer) -> Self {
        Self {
            printer,
            throttle: Throttle::new(),
            before: None,
        }
    }

    fn on_event(&mut self, event: PullEvent<'_>) {
        match event {
            PullEvent::Licence(licence) => self.printer.note(&format!("Licence: {licence}")),
            PullEvent::Retry(error) => {
                let error = error.to_string();
                let first = error.lines().next().unwrap_or_default();
                self.printer.warn(&format!("{first}; trying again"));
            }
            PullEvent::Progress { file, done, total } => self.report(file, done, total),
        }
    }

    fn report(&mut self, file: &str, done: u64, total: u64) {
        let display = self.printer.display();
        let before = *self.before.get_or_insert(done);
        let is_last = display == Display::Json && done == total;
        if !self.throttle.is_due(display) && !is_last {
            return;
        }
        let seconds = self.throttle.elapsed().as_secs_f64();
        let rate = done.saturating_sub(before) as f64 / seconds.max(1e-3);
        let left = total.saturating_sub(done) as f64 / rate.max(1.);
        if display == Display::Json {
            return self.printer.event(&json!({
                "event": "progress", "file": file, "bytes": done, "bytes_total": total,
                "bytes_per_second": rate.round(),
            }));
        }
        let (done_mb, total_mb) = (megabytes(done), megabytes(total));
        let rate = megabytes(rate as u64);
        let message = format!("{file}: {done_mb} of {total_mb}, {rate}/s, {left:.0} s left");
        if display == Display::Bar {
            self.printer.show_bar(done, total, message);
        } else {
            self.printer.note(&message);
        }
    }
}

fn verify(names: Vec<String>, printer: &Printer) -> Result<Outcome, CommandError> {
    let settings = HubSettings::from_environment(true);
    let names = if names.is_empty() {
        all_here(&settings)
    } else {
        names
    };
    let mut outcome = Outcome::Done;
    for name in names {
        let files = match HubModel::named(&name) {
            _ if name == hub::EMBEDDED => continue,
            None => Err(HubError::Unknown { name }),
            Some(source) => match source.files(&settings) {
                None => Err(HubError::NotInCache { name }),
                Some(files) => Ok((source, files)),
            },
        };
        let (source, files) = match files {
            Ok(files) => files,
            Err(error) => {
                outcome = no_model(printer, &error);
                continue;
            }
        };
        for file in files {
            let verdict = match source.check(&file) {
                Ok(Verdict::Verified) => "whole",
                Ok(Verdict::Unknown) => "unknown: the hub gave no checksum",
                Err(error) => {
                    printer.error(&error.to_string());
                    if outcome == Outcome::Done {
                        outcome = Outcome::SomeFailed;
                    }
                    continue;
                }
            };
            writeln!(std::io::stdout(), "{}: {verdict}", file.display())?;
        }
    }
    Ok(outcome)
}

/// The names of the models in the cache.
fn all_here(settings: &HubSettings) -> Vec<String> {
    let short = registry::ENTRIES.iter().map(|entry| entry.name.to_owned());
    let long = unnamed(settings).into_iter().map(|(name, _)| name);
    let mut seen = BTreeSet::new();
    (short.chain(long))
        .filter(|name| {
            let files = HubModel::named(name).and_then(|source| source.files(settings));
            files.is_some_and(|files| seen.insert(files))
        })
        .collect()
}

fn remove(names: &[String], printer: &Printer) -> Result<Outcome, CommandError> {
    let settings = HubSettings::from_environment(true);
    let mut outcome = Outcome::Done;
    for name in names {
        if name == hub::EMBEDDED {
            printer.error("that model is in the program; it cannot be removed");
            outcome = Outcome::Usage;
            continue;
        }
        let cached = HubModel::named(name).map(|source| source.cached(&settings));
        match cached.filter(|cached| cached.exists()) {
            None => outcome = no_model(printer, &HubError::NotInCache { name: name.clone() }),
            Some(cached) => {
                let bytes = cached.size();
                cached.remove()?;
                writeln!(std::io::stdout(), "{name}: {} removed", megabytes(bytes))?;
            }
        }
    }
    Ok(outcome)
}

fn path(name: &str) -> Result<Outcome, CommandError> {
    if name == hub::EMBEDDED {
        let error = "that model is in the program; it has no folder";
        return Err(CommandError::no_model(error));
    }
    let settings = HubSettings::from_environment(true);
    let (folder, _) = hub::folder(name, &settings).map_err(CommandError::no_model)?;
    writeln!(std::io::stdout(), "{}", folder.display())?;
    Ok(Outcome::Done)
}

fn convert(folder: PathBuf, output: Option<PathBuf>) -> Result<Outcome, CommandError> {
    let output = output.unwrap_or_else(|| folder.join("model.gguf"));
    let sources = ["model.safetensors", "pytorch_model.bin", "config.json"];
    refuse_overwriting(&output, sources.iter().map(|name| folder.join(name)))?;
    let gguf = model::convert(&folder)?;
    files::write_whole(&output, &gguf)
        .with_context(|| format!("cannot write {}", files::display(&output)))?;
    writeln!(
        std::io::stdout(),
        "{} ({} bytes)",
        output.display(),
        gguf.len()
    )?;
    Ok(Outcome::Done)
}

fn make_shortlist(command: &MakeShortlist, printer: &Printer) -> Result<Outcome, CommandError> {
    refuse_overwriting(&command.output, &command.texts)?;
    let mut text = String::new();
    for path in &command.texts {
        text += &std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", files::display(path)))?;
        text.push('\n');
    }
    let model = command.model.load()?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let progress = printer.word_bar(
        &model.name,
        lines.iter().map(|line| words::count(line)).sum(),
    );
    let mut counts = ShortlistCounts::default();
    for lines in lines.chunks(2048) {
        let longest = model.max_source_tokens();
        let mut sources = (lines.iter())
            .map(|line| model.source.encode(line))
            .collect::<Result<Vec<Vec<u32>>, _>>()?;
        sources.retain(|ids| ids.len() <= longest);
        counts.observe(model, &sources)?;
        progress.advance(lines.iter().map(|line| words::count(line)).sum());
    }
    drop(progress);
    let bytes = counts
        .shortlist(model, command.best, command.frequent)
        .write();
    files::write_whole(&command.output, &bytes)
        .with_context(|| format!("cannot write {}", files::display(&command.output)))?;
    writeln!(
        std::io::stdout(),
        "{} ({} bytes)",
        command.output.display(),
        bytes.len()
    )?;
    Ok(Outcome::Done)
}

fn make_lexicon(table: &Path, vocabulary: &Path, output: &Path) -> Result<Outcome, CommandError> {
    refuse_overwriting(output, [table, vocabulary])?;
    let cannot_read = |path: &Path| format!("cannot read {}", files::display(path));
    let text = std::fs::read_to_string(table).with_context(|| cannot_read(table))?;
    let pieces = std::fs::read(vocabulary).with_context(|| cannot_read(vocabulary))?;
    let builder = lexicon::Builder::read(&text).map_err(|line| {
        let table = files::display(table);
        anyhow!("{table}:{line}: a form, a tab and a frequency are expected")
    })?;
    let bytes = (builder.write(&pieces))
        .map_err(|problem| anyhow!("{}: {problem}", files::display(vocabulary)))?;
    files::write_whole(output, &bytes)
        .with_context(|| format!("cannot write {}", files::display(output)))?;
    writeln!(
        std::io::stdout(),
        "{} ({} bytes)",
        output.display(),
        bytes.len()
    )?;
    Ok(Outcome::Done)
}
