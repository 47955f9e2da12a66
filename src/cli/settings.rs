//! Settings: the options of `translate` and `summarize` as they are meant. Defaults, files and conflicts are resolved
//! before anything runs.

use std::path::PathBuf;

use super::name_template::NameTemplate;
use super::options::{ArchiveOptions, InputOptions, ModelOptions};
use super::outcome::CommandError;
use super::values::Header;
use super::writing::WritingSettings;
use crate::archive::FilePatterns;
use crate::document::RecordOptions;
use crate::model::Device;
use crate::report::OutputFormat;
use crate::request::{ReadOptions, Request, SummaryRequest};
use crate::translate::{Glossary, ReferenceMemory};

/// Everything that decides what a run of `translate` or `summarize` does.
#[derive(Debug)]
pub struct RunSettings {
    /// The name of the command.
    pub command: &'static str,
    /// Files and folders to read.
    pub inputs: Vec<PathBuf>,
    /// The text to read instead.
    pub text: Option<String>,
    /// The file or folder for the results; standard output if there is none.
    pub output: Option<PathBuf>,
    /// The format of the results.
    pub format: OutputFormat,
    /// Whether results are plain text, whatever the inputs are.
    pub as_text: bool,
    /// The results that are wanted of each text.
    pub request: Request,
    /// Whether the translation is part of the result; it may only be needed on the way to a summary.
    pub shows_translation: bool,
    /// Score below which a sentence is marked as doubtful.
    pub flag_below: Option<f32>,
    /// Files that are read beside inputs and model: no result may overwrite them.
    pub other_files: Vec<PathBuf>,
    /// The file for translations of earlier and later runs.
    pub cache: Option<PathBuf>,
    /// Whether records on standard input are answered, instead of files.
    pub jsonl: bool,
    /// Patterns for the files of folders.
    pub patterns: FilePatterns,
    /// The names of results in a folder.
    pub name: Option<NameTemplate>,
    /// Whether files of folders that are no prose are copied.
    pub copy_rest: bool,
    /// Make results again that are up to date.
    pub force: bool,
    /// Only print what would be done.
    pub dry_run: bool,
    /// Stop at the first file that fails.
    pub fail_fast: bool,
    /// Most files to work on.
    pub limit: usize,
    /// The model, its device and threads.
    pub model: ModelOptions,
    /// What a model is told that writes in its own words.
    pub writing: WritingSettings,
}

/// The part of the settings that a command decides, beside the options that both commands have.
pub struct Wanted {
    /// The name of the command.
    pub command: &'static str,
    /// The summary, if one is wanted.
    pub summary: Option<SummaryRequest>,
    /// Whether every segment is translated.
    pub translate: bool,
    /// Whether the translation is part of the result.
    pub shows_translation: bool,
    /// Whether long texts may be worked on in sections.
    pub in_sections: bool,
    /// Beam of a search for which the user names none; 0 is the number of the model's authors.
    pub beam: u8,
    /// Whether sentences of a summary stay that the text does not bear out.
    pub keep_unsupported: bool,
}

impl RunSettings {
    /// Resolves the options of a command.
    ///
    /// # Errors
    /// When the glossary, the memory or the prompt cannot be read.
    pub fn resolve(options: InputOptions, wanted: Wanted) -> Result<Self, CommandError> {
        let InputOptions {
            inputs,
            text,
            output,
            format,
            to,
            input_format,
            records,
            glossary,
            memory,
            cache,
            jsonl,
            flag_below,
            archive:
                ArchiveOptions {
                    include,
                    exclude,
                    name,
                    copy_rest,
                    force,
                    dry_run,
                    fail_fast,
                    limit,
                },
            talk: _,
            search,
            mut model,
            writing,
        } = options;
        model.device = resolved(model.device);
        let other_files = (glossary.iter().chain(&memory).chain(&cache))
            .chain(&writing.prompt)
            .cloned()
            .collect();
        Ok(Self {
            command: wanted.command,
            inputs,
            text,
            output,
            format: format.0,
            as_text: to.is_some(),
            request: Request {
                read: ReadOptions {
                    format: input_format,
                    records: RecordOptions {
                        fields: records.fields,
                        delimiter: records.delimiter,
                        quote: records.quote,
                        header: records.header.map(|header| header == Header::Yes),
                        is_named: input_format.is_some(),
                        bilingual: false,
                    },
                    glossary: glossary.map_or_else(|| Ok(Glossary::default()), read_glossary)?,
                    memory: memory.map_or_else(|| Ok(ReferenceMemory::default()), read_memory)?,
                },
                summary: wanted.summary,
                translate: wanted.translate,
                in_sections: wanted.in_sections,
                decode: search.decode(wanted.beam),
            },
            shows_translation: wanted.shows_translation,
            flag_below,
            other_files,
            cache,
            jsonl,
            patterns: FilePatterns { include, exclude },
            name,
            copy_rest,
            force,
            dry_run,
            fail_fast,
            limit: limit.unwrap_or(usize::MAX),
            model,
            writing: WritingSettings::resolve(&writing, wanted.keep_unsupported)?,
        })
    }
}

/// Reads the file of `--glossary`.
pub fn read_glossary(path: PathBuf) -> Result<Glossary, CommandError> {
    let fail = |error: &dyn std::fmt::Display| {
        CommandError::usage(format!(
            "--glossary {}: {error}",
            crate::files::display(&path)
        ))
    };
    let text = std::fs::read_to_string(&path).map_err(|error| fail(&error))?;
    Glossary::read(&text).map_err(|error| fail(&error))
}

/// Reads the file of `--memory`.
pub fn read_memory(path: PathBuf) -> Result<ReferenceMemory, CommandError> {
    let fail = |error: &dyn std::fmt::Display| {
        let path = crate::files::display(&path);
        CommandError::usage(format!("--memory {path}: {error}"))
    };
    let bytes = std::fs::read(&path).map_err(|error| fail(&error))?;
    ReferenceMemory::read(&bytes).map_err(|error| fail(&error))
}

/// Without a GPU in the program, `auto` is the CPU: both make the same results.
fn resolved(device: Device) -> Device {
    match device {
        Device::Auto if !cfg!(any(feature = "cuda", feature = "metal")) => Device::Cpu,
        device => device,
    }
}
