//! Options that several commands have.

use std::num::NonZeroUsize;
use std::sync::Once;

use clap::{Args, ValueEnum};

use super::Outcome;
use super::printer::Printer;
use crate::hub;
use crate::model::{Device, ModelFiles, Precision};
use crate::{DecodeOptions, Model};

/// Which model, and how it runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelOptions {
    /// A model's name or its folder
    #[arg(long, value_name = "NAME|DIR", default_value = hub::EMBEDDED, env = "DEGIST_MODEL")]
    pub model: String,

    /// What the model wants before every source, such as <2en> or >>eng<<: which language to write, which task to do
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub prefix: String,

    /// CPU threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,

    /// Where the network computes: auto, cpu, candle (its f32 products on the CPU), cuda:N or metal (in programs that are
    /// built with the feature of that name)
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Device,

    #[command(flatten)]
    pub network: NetworkOptions,
}

/// Whether there is a network.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Model")]
pub struct NetworkOptions {
    /// Never use the network (only `degist models pull` and `search` do)
    #[arg(long, env = "HF_HUB_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub offline: bool,
}

/// How targets are searched for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct SearchOptions {
    /// Hypotheses kept while a sentence is translated: 1 is fastest, 4 is better; public models say how many they want
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub beam: Option<u8>,

    /// Choose from the whole target vocabulary and not from the model's shortlist: slower
    #[arg(long)]
    pub full_vocabulary: bool,
}

/// What is said beside the result.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct TalkOptions {
    /// Say nothing on stderr but errors
    #[arg(short, long)]
    pub quiet: bool,

    /// How progress is told on stderr
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub progress: ProgressKind,
}

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ProgressKind {
    /// A bar on a terminal; elsewhere a line every 30 seconds
    #[default]
    Auto,
    /// One JSON object on a line, for everything that is said
    Json,
    /// Not at all
    None,
}

impl ModelOptions {
    /// Sets up the threads and loads the model; says why not if that fails.
    pub fn load(&self, printer: &Printer) -> Result<&'static Model, Outcome> {
        self.load_files(&self.files(printer)?, printer)
    }

    /// The model's files; says why not if they cannot be had.
    pub fn files(&self, printer: &Printer) -> Result<ModelFiles, Outcome> {
        let mut files = hub::find(&self.model).map_err(|error| {
            printer.error(&error.to_string());
            Outcome::NoModel
        })?;
        files.prefix.clone_from(&self.prefix);
        Ok(files)
    }

    /// Sets up the threads and loads the model from its files; says why not if that fails.
    pub fn load_files(
        &self,
        files: &ModelFiles,
        printer: &Printer,
    ) -> Result<&'static Model, Outcome> {
        self.start_threads(printer);
        let model = Model::load_as(files, Precision::Usual, self.device).map_err(|error| {
            printer.error(&error.to_string());
            Outcome::NoModel
        })?;
        // It lives as long as the program: taking it apart at the end would only cost time.
        Ok(Box::leak(Box::new(model)))
    }

    /// Sets up the threads, the first time that it is called.
    pub fn start_threads(&self, printer: &Printer) {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| self.build_threads(printer));
    }

    fn build_threads(&self, printer: &Printer) {
        let threads = self.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            NonZeroUsize::get,
        );
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
        if let Err(error) = pool {
            printer.warn(&format!("running on one thread: {error}"));
        }
    }
}

impl SearchOptions {
    /// What decoding is told, with `beam` hypotheses if the user names no number; 0 are as many as the model's
    /// authors want.
    pub fn decode(&self, beam: u8) -> DecodeOptions {
        DecodeOptions {
            beam: usize::from(self.beam.unwrap_or(beam)),
            shortlist: !self.full_vocabulary,
            ..DecodeOptions::default()
        }
    }
}
