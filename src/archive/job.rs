//! Jobs: texts to read, the files for their results, and why jobs are refused.

use std::path::PathBuf;

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
    /// Size of the input in bytes, 0 if it is not known beforehand.
    pub bytes: u64,
}

impl Job {
    /// The format of the input, if it is known before the input is read.
    pub fn format(&self, read: &ReadOptions) -> Option<FileFormat> {
        read.format.or_else(|| match &self.input {
            Input::Stdin => None,
            Input::File(path) => FileFormat::by_name(path),
        })
    }
}

/// The source of a text: standard input or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// The name for messages and headings.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
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
    /// Standard input has no name.
    #[error("standard input has no file name: with --output, name a file")]
    StdinIntoFolder,
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
