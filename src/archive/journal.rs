//! The journal of an output folder: which results are there and what they were made from, in `.degist/journal.jsonl`, one
//! JSON object a line.
//!
//! A line is written once its result is in place. A run that is killed therefore loses at most the knowledge of results
//! that are there, and makes those again. A line that was only half written is skipped.
//!
//! Neither lines nor folders are synced to the disk one by one. After a power failure a result may be missing although
//! its line is there: it then has another size than the line says, and is made again.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files::{display, hex, key, remove_unfinished, write_whole};

/// The folder inside the output folder.
const FOLDER: &str = ".degist";
/// The journal in it.
const FILE: &str = "journal.jsonl";

/// The journal of an output folder. While it is open, no other run can open it; the lock goes with the process, however
/// that ends.
#[derive(Debug)]
pub struct Journal {
    known: Known,
    file: File,
    _lock: File,
}

/// Results of earlier runs, by the journal.
#[derive(Debug)]
pub struct Known {
    folder: PathBuf,
    /// SHA-256 of the recipe (model, options and version): results of other recipes are made again.
    recipe: String,
    /// The last line for each result.
    results: HashMap<String, ResultLine>,
    lines: usize,
    /// Whether the last run was not killed.
    closed: bool,
}

/// Whether a result is up to date, by the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is no line about it.
    New,
    /// It is up to date.
    Done,
    /// It was made, but its input, the model or the options have changed since, or it was changed or removed.
    Changed,
    /// The last attempt failed.
    Failed,
}

/// One result, or one failure.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ResultLine {
    /// The result's path in the folder.
    output: String,
    /// SHA-256 of the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    /// SHA-256 of the recipe, as in [`Known::recipe`].
    recipe: String,
    /// Size of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// The error, if there is no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// An output folder that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another run has the folder.
    #[error("another run of degist is writing to {}{}: let it end, or choose another --output", display(folder), .process.as_ref().map(|id| format!(" (process {id})")).unwrap_or_default())]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// Process id of the other run, if its lock file has one.
        process: Option<String>,
    },
    /// The folder or something in it cannot be read or written.
    #[error("cannot write to the folder {}: {source}", display(folder))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl Journal {
    /// Opens the journal of `folder`, which is made if it is not there, for results made by `recipe`: any text that
    /// names the model and all options that change a result. Unfinished files of a killed run are removed.
    ///
    /// # Errors
    /// When another run has the folder, or it cannot be written to.
    pub fn open(folder: &Path, recipe: &str) -> Result<Self, JournalError> {
        let fail = |source| JournalError::Folder {
            folder: folder.to_owned(),
            source,
        };
        let own = folder.join(FOLDER);
        fs::create_dir_all(&own).map_err(fail)?;
        let lock = lock(folder, &own.join("lock"))?;

        let path = own.join(FILE);
        let known = Known::read(folder, recipe)?;
        if !known.closed {
            remove_unfinished(folder).map_err(fail)?;
        }
        if known.lines > 2 * known.results.len() + 1000 {
            let lines: Vec<u8> = known.results.values().flat_map(to_json).collect();
            write_whole(&path, &lines).map_err(fail)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(fail)?;
        // Ends what a killed run may have written half; and from here on the journal is not closed.
        file.write_all(b"\n").map_err(fail)?;
        Ok(Self {
            known,
            file,
            _lock: lock,
        })
    }

    /// Results of earlier runs.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Notes that the result at `output` is in its place: so many bytes, made from an input with this SHA-256.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn done(&self, output: &Path, input: &str, bytes: u64) -> io::Result<()> {
        self.write(&ResultLine {
            output: self.known.key(output),
            input: Some(input.to_owned()),
            recipe: self.known.recipe.clone(),
            bytes: Some(bytes),
            failed: None,
        })
    }

    /// Notes why there is no result at `output`.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn failed(&self, output: &Path, why: &str) -> io::Result<()> {
        self.write(&ResultLine {
            output: self.known.key(output),
            input: None,
            recipe: self.known.recipe.clone(),
            bytes: None,
            failed: Some(why.to_owned()),
        })
    }

    /// Notes that the run came to its end and left nothing half written.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn close(self) -> io::Result<()> {
        (&self.file).write_all(CLOSED.as_bytes())?;
        self.file.sync_all()
    }

    fn write(&self, entry: &ResultLine) -> io::Result<()> {
        // One call, so that a line of another process, were there one, could not come between.
        (&self.file).write_all(&to_json(entry))
    }
}

impl Known {
    /// Reads the journal of `folder`, if it has one, and changes nothing.
    ///
    /// # Errors
    /// When the journal is there but cannot be read.
    pub fn read(folder: &Path, recipe: &str) -> Result<Self, JournalError> {
        let (results, lines, closed) =
            read(&folder.join(FOLDER).join(FILE)).map_err(|source| JournalError::Folder {
                folder: folder.to_owned(),
                source,
            })?;
        Ok(Self {
            folder: folder.to_owned(),
            recipe: hex(&Sha256::digest(recipe)),
            results,
            lines,
            closed,
        })
    }

    /// Whether the result at `output` of the file `input` is up to date. The input is read only where the answer depends
    /// on it.
    pub fn state(&self, output: &Path, input: &Path) -> State {
        let Some(line) = self.results.get(&self.key(output)) else {
            return State::New;
        };
        let Some(bytes) = line.bytes else {
            return State::Failed;
        };
        let same = line.recipe == self.recipe
            && output.metadata().is_ok_and(|file| file.len() == bytes)
            && line.input.is_some()
            && sha256(input).ok() == line.input;
        if same { State::Done } else { State::Changed }
    }

    /// Whether the file at this path is a result of an earlier run.
    pub fn is_made(&self, output: &Path) -> bool {
        let line = self.results.get(&self.key(output));
        line.is_some_and(|line| line.bytes.is_some())
    }

    fn key(&self, output: &Path) -> String {
        key(output.strip_prefix(&self.folder).unwrap_or(output))
    }
}

/// The last line of a journal whose run was not killed.
const CLOSED: &str = "{\"closed\":true}\n";

fn to_json(entry: &ResultLine) -> Vec<u8> {
    // Strings and numbers cannot fail.
    let mut json = serde_json::to_vec(entry).unwrap_or_default();
    json.push(b'\n');
    json
}

/// Reads the last line for each result, the number of lines, and whether the last run was not killed.
fn read(path: &Path) -> io::Result<(HashMap<String, ResultLine>, usize, bool)> {
    let mut known = HashMap::new();
    let (mut lines, mut closed) = (0, true);
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((known, 0, true)),
        file => file?,
    };
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        closed = line == CLOSED.trim_end().as_bytes();
        if let Ok(line) = serde_json::from_slice::<ResultLine>(&line) {
            lines += 1;
            known.insert(line.output.clone(), line);
        }
    }
    Ok((known, lines, closed))
}

fn lock(folder: &Path, path: &Path) -> Result<File, JournalError> {
    let fail = |source| JournalError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(fail)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            let process = (file.read_to_string(&mut process))
                .ok()
                .map(|_| process.trim().to_owned());
            return Err(JournalError::Locked {
                folder: folder.to_owned(),
                process: process.filter(|id| !id.is_empty()),
            });
        }
        // Some network file systems have no locks; two runs at once are then the user's affair.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(fail(error)),
    }
    file.set_len(0).map_err(fail)?;
    writeln!(file, "{}", std::process::id()).map_err(fail)?;
    Ok(file)
}

/// SHA-256 of a file, as 64 hexadecimal digits.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Hashed::new(File::open(path)?);
    io::copy(&mut hash, &mut io::sink())?;
    Ok(hash.sha256())
}

/// A reader that hashes the bytes that pass through it.
pub(super) struct Hashed<R> {
    reader: R,
    hash: Sha256,
}

impl<R: Read> Hashed<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            hash: Sha256::new(),
        }
    }

    /// SHA-256 of what was read, as 64 hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_stays_done_until_something_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out/a"));
        fs::write(&input, "Ja.").unwrap();
        let journal = Journal::open(&folder.path().join("out"), "model 1").unwrap();
        assert_eq!(journal.known().state(&output, &input), State::New);
        fs::write(&output, "Yes.").unwrap();
        journal.done(&output, &sha256(&input).unwrap(), 4).unwrap();
        journal
            .failed(&folder.path().join("out/b"), "gone")
            .unwrap();
        journal.close().unwrap();

        let open = |recipe| Journal::open(&folder.path().join("out"), recipe).unwrap();
        assert_eq!(open("model 1").known().state(&output, &input), State::Done);
        assert_eq!(
            open("model 2").known().state(&output, &input),
            State::Changed
        );
        assert_eq!(
            open("model 1")
                .known()
                .state(&folder.path().join("out/b"), &input),
            State::Failed
        );
        fs::write(&input, "Ja!").unwrap();
        assert_eq!(
            open("model 1").known().state(&output, &input),
            State::Changed
        );
        fs::write(&input, "Ja.").unwrap();
        fs::write(&output, "Y").unwrap();
        assert_eq!(
            open("model 1").known().state(&output, &input),
            State::Changed
        );
    }

    #[test]
    fn torn_lines_and_leftovers_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let journal = Journal::open(path, "m").unwrap();
        journal.done(&path.join("a"), "00", 1).unwrap();
        drop(journal);
        let file = path.join(".degist/journal.jsonl");
        let mut bytes = fs::read(&file).unwrap();
        bytes.truncate(bytes.len() - 5);
        fs::write(&file, bytes).unwrap();
        fs::create_dir(path.join("x")).unwrap();
        fs::write(path.join("x/.degist-abc.part"), "half").unwrap();

        let journal = Journal::open(path, "m").unwrap();
        assert!(!path.join("x/.degist-abc.part").exists());
        assert_eq!(journal.known().state(&path.join("a"), path), State::New);
        journal.done(&path.join("b"), "00", 1).unwrap();
        journal.close().unwrap();
        let journal = Journal::open(path, "m").unwrap();
        assert_eq!(journal.known().state(&path.join("b"), path), State::Changed);
    }

    #[test]
    fn one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path(), "m").unwrap();
        let error = Journal::open(folder.path(), "m").unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
        drop(first);
        Journal::open(folder.path(), "m").unwrap();
    }
}
