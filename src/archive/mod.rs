//! Which files to read, where their results go, and how a result gets there whole or not at all.

mod sections;

pub use sections::Sections;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One text to read and the place of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What to read.
    pub input: Input,
    /// The file to write; standard output if there is none.
    pub output: Option<PathBuf>,
}

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// Why the inputs do not fit together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A folder, and nowhere to put its files.
    #[error("{0} is a folder: name a folder for the results with --output")]
    FolderWithoutOutput(PathBuf),
    /// Several results for one file.
    #[error("{0} is a file, but there are several results: name a folder with --output")]
    OutputIsFile(PathBuf),
    /// Two inputs with the same result file.
    #[error(
        "two inputs would both be written to {0}: give them different names, or translate them one by one"
    )]
    SameOutput(PathBuf),
    /// Standard input has no name.
    #[error("standard input has no file name: with --output, name a file")]
    StdinIntoFolder,
    /// A result that would replace its own source.
    #[error("{0} would be overwritten by its own result: choose another --output")]
    OverInput(PathBuf),
    /// A folder that could not be read.
    #[error("cannot read the folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Turns the arguments of a command into jobs. `-` is standard input, and so is no argument at all. Folders are walked
/// in the order of their names, without hidden files; below `output` their tree is mirrored.
///
/// # Errors
/// When a folder has no output, or results would collide.
pub fn jobs(inputs: &[PathBuf], output: Option<&Path>) -> Result<Vec<Job>, ArchiveError> {
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

    let mut jobs = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            if into_folder {
                return Err(ArchiveError::StdinIntoFolder);
            }
            jobs.push(Job {
                input: Input::Stdin,
                output: output.map(Path::to_owned),
            });
        } else if input.is_dir() {
            let Some(output) = output else {
                return Err(ArchiveError::FolderWithoutOutput(input.clone()));
            };
            let mut files = Vec::new();
            walk(input, output, &mut files)?;
            jobs.extend(files.into_iter().map(|file| {
                let name = file.strip_prefix(input).unwrap_or(&file);
                Job {
                    output: Some(output.join(name)),
                    input: Input::File(file),
                }
            }));
        } else {
            let output = output.map(|output| match input.file_name() {
                Some(name) if into_folder => output.join(name),
                _ => output.to_owned(),
            });
            jobs.push(Job {
                input: Input::File(input.clone()),
                output,
            });
        }
    }
    refuse_collisions(&jobs)?;
    Ok(jobs)
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str()
        .to_string_lossy()
        .ends_with(['/', std::path::MAIN_SEPARATOR])
}

fn refuse_collisions(jobs: &[Job]) -> Result<(), ArchiveError> {
    let mut outputs = std::collections::HashSet::new();
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

/// Collects the files below `folder`; links to folders are not followed, and `output` is not read.
fn walk(folder: &Path, output: &Path, files: &mut Vec<PathBuf>) -> Result<(), ArchiveError> {
    let fail = |source| ArchiveError::Folder {
        path: folder.into(),
        source,
    };
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(fail)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(fail)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let is_output =
            matches!((path.canonicalize(), output.canonicalize()), (Ok(a), Ok(b)) if a == b);
        if hidden || is_output {
            continue;
        }
        if kind.is_dir() {
            walk(&path, output, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// Writes a file so that there is either the whole of it or what was there before.
///
/// # Errors
/// When a folder or the file cannot be written; nothing is left behind then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// A file that appears at its place when it is finished, and not at all if it is dropped before: a temporary file in the
/// same folder, synced, then renamed.
pub struct WholeFile {
    path: PathBuf,
    file: tempfile::NamedTempFile,
}

impl WholeFile {
    /// Begins the file; folders on the way are made.
    ///
    /// # Errors
    /// When a folder or the temporary file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new()
            .prefix(".degist-")
            .tempfile_in(folder)?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When that fails; nothing is left behind then.
    pub fn finish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        // Temporary files are private; results have the permissions of any new file.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = match fs::metadata(&self.path) {
                Ok(old) => old.permissions(),
                Err(_) => fs::Permissions::from_mode(0o644),
            };
            self.file.as_file().set_permissions(mode)?;
        }
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
