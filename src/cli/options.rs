//! Options that several commands have, as they are typed; see [`settings`](super::settings) for what they mean.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::Args;

use super::name_template::NameTemplate;
use super::outcome::CommandError;
use super::printer::TalkOptions;
use super::values::{Format, Header, Target, file_format, sign};
use super::writing::WritingOptions;
use crate::document::FileFormat;
use crate::files;
use crate::hub;
use crate::model::{Device, ModelFiles, Precision};
use crate::{DecodeOptions, Model, decode};

/// The text of `--version`; `-V` prints the version only.
#[cfg(feature = "gpl-lexicon")]
pub const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nLicence: GPL-3.0-or-later as a whole, because of the dictionary; code ",
    env!("CARGO_PKG_LICENSE"),
    ", model MPL-2.0, dictionary GPL-2.0-or-later"
);
/// The text of `--version`; `-V` prints the version only.
#[cfg(not(feature = "gpl-lexicon"))]
pub const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nLicence: code ",
    env!("CARGO_PKG_LICENSE"),
    ", model MPL-2.0"
);

/// Options that `translate` and `summarize` share.
#[derive(Debug, Args)]
pub struct InputOptions {
    /// Files or folders to read; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    pub inputs: Vec<PathBuf>,

    /// The text itself, instead of files
    #[arg(
        short,
        long,
        value_name = "TEXT",
        conflicts_with = "inputs",
        allow_hyphen_values = true
    )]
    pub text: Option<String>,

    /// The file to write; for several inputs or a folder, the folder to write into
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// The format of the results
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// Write plain text, whatever the inputs are; without it, documents keep their format
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with_all = ["format", "jsonl"])]
    pub to: Option<Target>,

    /// The format of the inputs [default: by file name, then by content]
    #[arg(long, value_name = "FORMAT", value_parser = file_format())]
    pub input_format: Option<FileFormat>,

    #[command(flatten)]
    pub records: RecordArguments,

    /// A file of terms whose translation is fixed: one a line, German, a tab, English; or a term base (TBX)
    #[arg(long, value_name = "FILE")]
    pub glossary: Option<PathBuf>,

    /// A translation memory of another program (TMX): sentences that it has word for word are not translated again, and those
    /// like one of its sentences keep to its words
    #[arg(long, value_name = "FILE")]
    pub memory: Option<PathBuf>,

    /// Keep translations in this file and reuse them in later runs
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,

    /// Work for another program: read JSON objects from standard input, one a line, and write each back with the result in
    /// the field `translation` or `summary`; `error` and `warnings` are fields, too
    #[arg(long, conflicts_with_all = ["inputs", "text", "output", "format", "flag_below", "ArchiveOptions"])]
    pub jsonl: bool,

    /// Mark sentences as doubtful in JSON and HTML whose score (mean log-probability of a token) is below this
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pub flag_below: Option<f32>,

    #[command(flatten)]
    pub archive: ArchiveOptions,

    #[command(flatten)]
    pub talk: TalkOptions,

    #[command(flatten)]
    pub search: SearchOptions,

    #[command(flatten)]
    pub model: ModelOptions,

    #[command(flatten)]
    pub writing: WritingOptions,
}

/// Options for records.
#[derive(Debug, Args)]
pub struct RecordArguments {
    /// Field of records to translate: by name, in JSON by path (data.body), in CSV and TSV also by number from 1; may be given
    /// several times [default: text]
    #[arg(long = "field", value_name = "NAME")]
    pub fields: Vec<String>,

    /// The sign between the fields of CSV, or `tab` [default: found out]
    #[arg(long, value_name = "SIGN", value_parser = sign)]
    pub delimiter: Option<char>,

    /// The sign around the fields of CSV, or `none` [default: "]
    #[arg(long, value_name = "SIGN", value_parser = sign)]
    pub quote: Option<char>,

    /// Whether the first row of CSV has the names of the fields [default: found out]
    #[arg(long, value_enum, value_name = "YES|NO")]
    pub header: Option<Header>,
}

/// Options for folders.
#[derive(Debug, Args)]
#[command(next_help_heading = "Folders")]
pub struct ArchiveOptions {
    /// Read only files of a folder that match this pattern, such as '*.txt' or '2019/**'; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Skip files of a folder that match this pattern; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Names of results in a folder, with {stem}, {ext} or {name} of the input in them, such as '{stem}.en.{ext}'
    #[arg(long, value_name = "TEMPLATE", requires = "output")]
    pub name: Option<NameTemplate>,

    /// Copy files of a folder that are no prose (pictures, program text, archives …), which are else left out
    #[arg(long)]
    pub copy_rest: bool,

    /// Make results again that are up to date
    #[arg(long)]
    pub force: bool,

    /// Print what would be done with each file, and do nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Stop at the first file that fails
    #[arg(long)]
    pub fail_fast: bool,

    /// Stop after N files; those that are up to date do not count
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Options for the model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelOptions {
    /// The model: a name from `degist models list`, OWNER/NAME of the hub after `degist models pull`, or a folder
    #[arg(long, value_name = "NAME|DIR", default_value = hub::EMBEDDED, env = "DEGIST_MODEL")]
    pub model: String,

    /// Text prepended to every source sentence: a target-language token (<2en>, >>eng<<) or a task prefix
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

    /// The device that runs the network: auto, cpu, candle (f32 on the CPU), or in programs built for it cuda:N or metal
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Device,

    #[command(flatten)]
    pub network: NetworkOptions,
}

/// Options for the network.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Model")]
pub struct NetworkOptions {
    /// Do not use the network (only `degist models pull` and `search` ever do)
    #[arg(long, env = "HF_HUB_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub offline: bool,
}

/// Options for decoding.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct SearchOptions {
    /// Beam size, the hypotheses kept while a sentence is translated: 1 is fastest, 4 is better [default: the model's own
    /// size for translations, 4 for summaries]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub beam: Option<u8>,

    /// Keep one hypothesis only, as --beam 1: faster, a little worse
    #[arg(long, conflicts_with = "beam")]
    pub fast: bool,

    /// Search the whole target vocabulary instead of the model's shortlist; slower
    #[arg(long)]
    pub full_vocabulary: bool,

    /// Translate rare words without the dictionary's candidates
    #[arg(long, conflicts_with = "hints_below")]
    pub no_hints: bool,

    /// Look up words in the dictionary that the training text has less often than this
    #[arg(long, value_name = "N", default_value_t = decode::HINTS_BELOW)]
    pub hints_below: u32,
}

/// Refuses to write a result over one of the files that it is made from.
pub fn refuse_overwriting(
    output: &Path,
    inputs: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<(), CommandError> {
    for input in inputs {
        if same_file::is_same_file(output, input).unwrap_or(false) {
            let output = files::display(output);
            return Err(CommandError::usage(format!(
                "{output} is an input and would be overwritten: choose another --output"
            )));
        }
    }
    Ok(())
}

impl ModelOptions {
    /// Starts the threads, finds the model and loads it.
    pub fn load(&self) -> Result<&'static Model, CommandError> {
        self.load_files(&self.files()?)
    }

    /// Finds the model's files.
    pub fn files(&self) -> Result<ModelFiles, CommandError> {
        let mut files = hub::find(&self.model).map_err(CommandError::no_model)?;
        files.prefix.clone_from(&self.prefix);
        Ok(files)
    }

    /// Starts the threads and loads the model from its files.
    pub fn load_files(&self, files: &ModelFiles) -> Result<&'static Model, CommandError> {
        self.start_threads()?;
        let model = Model::load_as(files, Precision::Usual, self.device);
        // It lives as long as the program: taking it apart at the end would only cost time.
        Ok(Box::leak(Box::new(model.map_err(CommandError::no_model)?)))
    }

    /// The number of threads that compute.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            NonZeroUsize::get,
        )
    }

    /// Starts the threads, the first time that it is called.
    pub fn start_threads(&self) -> Result<(), CommandError> {
        static STARTED: OnceLock<Result<(), String>> = OnceLock::new();
        let threads = self.threads();
        let build = || {
            #[cfg(feature = "llm")]
            crate::model::kernels::threads::limit(threads);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build_global().map_err(|error| error.to_string())
        };
        // Without its pool rayon would panic at the first use.
        (STARTED.get_or_init(build).clone()).map_err(|error| {
            CommandError::other(format!(
                "cannot start {threads} threads: {error}; choose fewer with --threads"
            ))
        })
    }
}

impl SearchOptions {
    /// Options for decoding, with this beam size if the user gives none; 0 is the size that the model's authors chose.
    pub fn decode(&self, beam: u8) -> DecodeOptions {
        DecodeOptions {
            beam: usize::from(match self.fast {
                true => 1,
                false => self.beam.unwrap_or(beam),
            }),
            shortlist: !self.full_vocabulary,
            hints_below: match self.no_hints {
                true => 0,
                false => self.hints_below,
            },
            ..DecodeOptions::default()
        }
    }
}
