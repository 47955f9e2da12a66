//! The arguments of a command as a list of texts to read and places to write to.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use crate::document::FileFormat;
use crate::files::shown;
use crate::request::Reading;

/// One text to read and the place of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What to read.
    pub input: Input,
    /// The file to write; standard output if there is none.
    pub output: Option<PathBuf>,
    /// Size of the input, as far as it is known beforehand.
    pub bytes: u64,
}

impl Job {
    /// The format of the input, as far as it is known before it is read.
    pub fn format(&self, reading: &Reading) -> Option<FileFormat> {
        reading.format.or_else(|| match &self.input {
            Input::Stdin => None,
            Input::File(path) => FileFormat::by_name(path),
        })
    }
}

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// What messages and headings call it.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
            Self::File(path) => shown(path),
        }
    }
}

/// What a command has to do.
#[derive(Debug, Default)]
pub struct Jobs {
    /// In the order of the arguments; those of a folder in the order of their names.
    pub jobs: Vec<Job>,
    /// The folder that all results go into, if it is one.
    pub folder: Option<PathBuf>,
    /// What could not be looked into, and why.
    pub unreadable: Vec<String>,
}

/// Which files of a folder are read: patterns as in `.gitignore`, relative to the folder. Hidden files never are.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only what fits one of these; everything if there are none.
    pub include: Vec<String>,
    /// Nothing that fits one of these.
    pub exclude: Vec<String>,
}

/// Why the inputs do not fit together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A folder, and nowhere to put its files.
    #[error("{} is a folder: name a folder for the results with --output", shown(.0))]
    FolderWithoutOutput(PathBuf),
    /// Several results for one file.
    #[error("{} is a file, but there are several results: name a folder with --output", shown(.0))]
    OutputIsFile(PathBuf),
    /// Two inputs with the same result file.
    #[error(
        "two inputs would both be written to {}: give them different names, or translate them one by one",
        shown(.0)
    )]
    SameOutput(PathBuf),
    /// Standard input has no name.
    #[error("standard input has no file name: with --output, name a file")]
    StdinIntoFolder,
    /// A result that would replace its own source.
    #[error("{} would be overwritten by its own result: choose another --output", shown(.0))]
    OverInput(PathBuf),
    /// A pattern that is none.
    #[error("{pattern} is no pattern: {why}")]
    Pattern {
        /// As the user wrote it.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Turns the arguments of a command into jobs. `-` is standard input, and so is no argument at all. Folders are walked
/// in the order of their names, without hidden files and without following links to folders; below `output` their tree
/// is mirrored. The results' names are those of the inputs, as changed by `rename`.
///
/// # Errors
/// When a folder has no output, results would collide, or a pattern is malformed.
pub fn jobs(
    inputs: &[PathBuf],
    output: Option<&Path>,
    selection: &Selection,
    rename: impl Fn(&Path) -> PathBuf,
) -> Result<Jobs, ArchiveError> {
    let stdin = [PathBuf::from("-")];
    let inputs = if inputs.is_empty() { &stdin } else { inputs };
    let several = inputs.len() > 1 || inputs[0].is_dir();
    let into_folder =
        output.is_some_and(|path| several || path.is_dir() || ends_in_separator(path));
    if let Some(path) = output
        && into_folder
        && path.is_file()
    {
        return Err(ArchiveError::OutputIsFile(path.into()));
    }

    let mut all = Jobs {
        folder: output.filter(|_| into_folder).map(Path::to_owned),
        ..Jobs::default()
    };
    for input in inputs {
        if input.as_os_str() == "-" {
            if into_folder {
                return Err(ArchiveError::StdinIntoFolder);
            }
            all.jobs.push(Job {
                input: Input::Stdin,
                output: output.map(Path::to_owned),
                bytes: 0,
            });
        } else if input.is_dir() {
            let Some(output) = output else {
                return Err(ArchiveError::FolderWithoutOutput(input.clone()));
            };
            let selection = selection.below(input)?;
            let files = walk(input, selection, output, &mut all.unreadable);
            all.jobs.extend(files.into_iter().map(|(file, bytes)| {
                let name = file.strip_prefix(input).unwrap_or(&file);
                Job {
                    output: Some(output.join(rename(name))),
                    input: Input::File(file),
                    bytes,
                }
            }));
        } else {
            let output = output.map(|output| match input.file_name() {
                Some(name) if into_folder => output.join(rename(Path::new(name))),
                _ => output.to_owned(),
            });
            all.jobs.push(Job {
                input: Input::File(input.clone()),
                output,
                bytes: input.metadata().map_or(0, |file| file.len()),
            });
        }
    }
    refuse_collisions(&all.jobs)?;
    Ok(all)
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str()
        .to_string_lossy()
        .ends_with(['/', std::path::MAIN_SEPARATOR])
}

fn refuse_collisions(jobs: &[Job]) -> Result<(), ArchiveError> {
    let mut outputs = HashSet::new();
    for job in jobs {
        let Some(output) = &job.output else { continue };
        if !outputs.insert(output) {
            return Err(ArchiveError::SameOutput(output.clone()));
        }
        if let Input::File(input) = &job.input
            && let (Ok(a), Ok(b)) = (input.canonicalize(), output.canonicalize())
            && a == b
        {
            return Err(ArchiveError::OverInput(input.clone()));
        }
    }
    Ok(())
}

impl Selection {
    fn below(&self, folder: &Path) -> Result<Override, ArchiveError> {
        let mut patterns = OverrideBuilder::new(folder);
        let excluded = self.exclude.iter().map(|pattern| format!("!{pattern}"));
        // The last one that fits counts.
        for pattern in self.include.iter().cloned().chain(excluded) {
            patterns
                .add(&pattern)
                .map_err(|error| ArchiveError::Pattern {
                    pattern: pattern.trim_start_matches('!').to_owned(),
                    why: error.to_string(),
                })?;
        }
        patterns.build().map_err(|error| ArchiveError::Pattern {
            pattern: "--include or --exclude".into(),
            why: error.to_string(),
        })
    }
}

/// The files below `folder` and their sizes, without those below `output`.
fn walk(
    folder: &Path,
    selection: Override,
    output: &Path,
    unreadable: &mut Vec<String>,
) -> Vec<(PathBuf, u64)> {
    let output: io::Result<PathBuf> = output.canonicalize();
    let entries = WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .overrides(selection)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_output =
                || matches!((entry.path().canonicalize(), &output), (Ok(a), Ok(b)) if a == *b);
            !(is_folder && is_output())
        })
        .build();
    let mut files = Vec::new();
    for entry in entries {
        match entry {
            // Links are followed to files only: what is not a file at their end is left out.
            Ok(entry) => {
                if let Ok(file) = entry.path().metadata()
                    && file.is_file()
                {
                    files.push((entry.into_path(), file.len()));
                }
            }
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    files
}
