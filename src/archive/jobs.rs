//! The arguments of a command as a list of texts to read and places to write to.

use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use super::collisions::refuse_collisions;
use super::job::{ArchiveError, Input, Job, Jobs};

/// Patterns, as in `.gitignore`, that choose files of a folder, relative to it. Hidden files are never read.
#[derive(Debug, Clone, Default)]
pub struct FilePatterns {
    /// Only files that match one of these; all files if there are none.
    pub include: Vec<String>,
    /// No files that match one of these.
    pub exclude: Vec<String>,
}

/// Turns the arguments of a command into jobs. `-` is standard input, and so is no argument at all. Folders are walked
/// in the order of their names, without hidden files and without following links to folders; below `output` their tree
/// is mirrored. The results' names are those of the inputs, as changed by `rename`. No result may overwrite an input or
/// one of `others`, files that the run reads besides.
///
/// # Errors
/// When a folder has no output, results would collide, or a pattern is malformed.
pub fn jobs(
    inputs: &[PathBuf],
    output: Option<&Path>,
    patterns: &FilePatterns,
    others: &[&Path],
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
            let patterns = patterns.below(input)?;
            let files = walk(input, patterns, output, &mut all.unreadable);
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
    refuse_collisions(&all.jobs, others)?;
    Ok(all)
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str()
        .to_string_lossy()
        .ends_with(['/', std::path::MAIN_SEPARATOR])
}

impl FilePatterns {
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
    patterns: Override,
    output: &Path,
    unreadable: &mut Vec<String>,
) -> Vec<(PathBuf, u64)> {
    let output: io::Result<PathBuf> = output.canonicalize();
    let entries = WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .overrides(patterns)
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
