//! Jobs: texts to read, the files for their results, and why jobs are refused.

use std::io;
use std::path::PathBuf;

use super::job_error::JobError;
use crate::document::FileFormat;
use crate::files::display;
use crate::request::ReadOptions;

/// One text to read and the file for its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The text.
    pub input: Input,
    /// The file to write; standard output if there is none.
    pub output: Option<PathBuf>,
    /// Where a file that is no prose is copied to, unchanged, if such files are copied.
    pub copy: Option<PathBuf>,
    /// Whether the file was found in a folder, and not named by the user: one that is no prose is then left out.
    pub is_found: bool,
    /// Size of the input in bytes, 0 if it is not known beforehand.
    pub bytes: u64,
}

impl Job {
    /// The job of reading this input, named by the user, for this result.
    pub fn new(input: Input, output: Option<PathBuf>) -> Self {
        Self {
            input,
            output,
            copy: None,
            is_found: false,
            bytes: 0,
        }
    }

    /// The format of the input: as the user says, by the name of the file, or by its first bytes, which `beginning` reads.
    ///
    /// # Errors
    /// When the input cannot be read or is no prose.
    pub fn format<'b>(
        &self,
        read: &ReadOptions,
        beginning: impl FnOnce() -> io::Result<&'b [u8]>,
    ) -> Result<FileFormat, JobError> {
        let name = || self.input.name();
        let cannot_read = |source| JobError::Read {
            name: name(),
            source,
        };
        let no_document = |source| JobError::Document {
            name: name(),
            source,
        };
        let named = match (read.format, &self.input) {
            (Some(format), _) => Some(format),
            (None, Input::File(path)) => FileFormat::of_name(path).map_err(no_document)?,
            (None, Input::Stdin | Input::Text(_)) => None,
        };
        match (named, &self.input) {
            (Some(format), _) => Ok(format),
            (None, Input::File(_)) => {
                let beginning = beginning().map_err(cannot_read)?;
                FileFormat::of_beginning(beginning).map_err(no_document)
            }
            _ => Ok(FileFormat::by_content(beginning().map_err(cannot_read)?)),
        }
    }
}

/// The source of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// The text itself.
    Text(String),
    /// A file.
    File(PathBuf),
}

impl Input {
    /// The name for messages and headings.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
            Self::Text(_) => "the text".into(),
            Self::File(path) => display(path),
        }
    }
}

/// All texts of a run, in order.
#[derive(Debug, Default)]
pub struct Jobs {
    /// In the order of the arguments; those of a folder in the order of their names.
    pub jobs: Vec<Job>,
    /// The folder that all results go into, if it is one.
    pub folder: Option<PathBuf>,
    /// Folders and files that could not be opened while folders were walked, with the reasons.
    pub unreadable: Vec<String>,
}

/// Inputs and options that do not fit together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A folder, and nowhere to put its files.
    #[error("{} is a folder: name a folder for the results with --output", display(.0))]
    FolderWithoutOutput(PathBuf),
    /// Several results for one file.
    #[error("{} is a file, but there are several results: name a folder with --output", display(.0))]
    OutputIsFile(PathBuf),
    /// Two inputs with the same result file.
    #[error(
        "two inputs would both be written to {}: give them different names, or translate them one by one",
        display(.0)
    )]
    SameOutput(PathBuf),
    /// Standard input, or a text of the command line, has no name.
    #[error("{0} has no file name: with --output, name a file")]
    NamelessIntoFolder(String),
    /// A result that would replace a file that the run reads for something else.
    #[error("{} would be overwritten by the result of {name}: choose another --output", display(.input))]
    OverOtherInput {
        /// The file that is read.
        input: PathBuf,
        /// The input whose result would be written there.
        name: String,
    },
    /// A result that would replace its own source.
    #[error("{} would be overwritten by its own result: choose another --output", display(.0))]
    OverInput(PathBuf),
    /// A malformed pattern.
    #[error("{pattern} is no pattern: {why}")]
    Pattern {
        /// As the user wrote it.
        pattern: String,
        /// The error in it.
        why: String,
    },
}
