//! Downloads from the hub into the cache: missing files are fetched, partial ones resumed, and all verified.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::StatusCode;

use super::cache::{self, Cached, Verdict, check_content, write_error};
use super::http::{Failure, Hub, RemoteFile, strange, unreachable};
use super::names::{Repository, is_commit, is_inner_path};
use super::registry::{self, KnownFile};
use super::{HubError, HubSettings, model_folder};
use crate::model::architecture;

/// Most attempts in a row without a byte of progress.
const ATTEMPTS: u32 = 5;
/// Most files that an error names.
const MOST_NAMED: usize = 20;
/// Longest `config.json`, in bytes.
const LONGEST_CONFIG: u64 = 1 << 20;

/// A model on the hub.
#[derive(Debug, Clone)]
pub struct HubModel {
    /// Its name in commands and messages.
    pub name: String,
    /// Owner and name of the repository.
    pub repository: Repository,
    /// See [`registry::RegistryEntry::within`].
    pub within: &'static [&'static str],
    /// The one file of a decoder-only model.
    pub file: Option<String>,
    /// A branch, tag or commit.
    pub revision: String,
    /// Files that are known beforehand.
    pub files: &'static [KnownFile],
}

impl HubModel {
    /// The model on the hub that a name means: one of the registry, `owner/name`, or `owner/name:file.gguf`.
    pub fn named(name: &str) -> Option<Self> {
        let entry = registry::entry(name);
        let (repository, file) = match (entry, name.split_once(':')) {
            (Some(entry), _) => (entry.repository?, entry.file),
            (None, Some((repository, file))) => {
                let is_file = is_inner_path(file) && model_folder::is_gguf(file);
                (repository, Some(file).filter(|_| is_file)?.into())
            }
            (None, None) => (name, None),
        };
        Some(Self {
            name: name.into(),
            repository: Repository::parse(repository)?,
            within: entry.map_or(&[], |entry| entry.within),
            file: file.map(str::to_owned),
            revision: (entry.and_then(|entry| entry.revision))
                .unwrap_or("main")
                .into(),
            files: entry.map_or(&[], |entry| entry.files),
        })
    }

    /// At another revision; what was known of the files is then not.
    ///
    /// # Errors
    /// When it cannot be the name of a revision.
    pub fn at(self, revision: &str) -> Result<Self, HubError> {
        if !is_inner_path(revision) {
            return Err(HubError::Revision {
                revision: revision.into(),
            });
        }
        Ok(Self {
            revision: revision.into(),
            files: &[],
            ..self
        })
    }

    /// Its part of the cache.
    pub fn cached(&self, settings: &HubSettings) -> Cached {
        Cached::new(&settings.cache, &self.repository)
    }

    /// The model's files in the cache, in one folder; none if it is not there. They are not checked.
    pub fn files(&self, settings: &HubSettings) -> Option<Vec<PathBuf>> {
        let snapshot = self.cached(settings).snapshot(&self.revision)?;
        let files = self.files_in(&snapshot);
        (!files.is_empty()).then_some(files)
    }

    /// The GGUF files of the repository that are in the cache; they are not checked.
    pub fn gguf_files(&self, settings: &HubSettings) -> Vec<String> {
        let snapshot = self.cached(settings).snapshot(&self.revision);
        snapshot.map_or_else(Vec::new, |snapshot| cache::gguf_files(&snapshot))
    }

    fn files_in(&self, snapshot: &Path) -> Vec<PathBuf> {
        match &self.file {
            Some(file) => {
                let path = snapshot.join(file);
                Some(path)
                    .filter(|path| path.is_file())
                    .into_iter()
                    .collect()
            }
            None => cache::model_files(snapshot, self.within),
        }
    }

    /// Where a model is that has these files: their folder, or the one file.
    fn place(&self, files: &[PathBuf]) -> Option<PathBuf> {
        let first = files.first()?;
        match self.file {
            Some(_) => Some(first.clone()),
            None => first.parent().map(Path::to_owned),
        }
    }

    /// The folder of the model, or its one file, with every file checked. This reads them all, a second for a gigabyte or so.
    ///
    /// # Errors
    /// When it is not in the cache, or a file is not what its checksum says.
    pub fn checked(&self, settings: &HubSettings) -> Result<PathBuf, HubError> {
        let absent = || HubError::NotInCache {
            name: self.name.clone(),
        };
        let files = self.files(settings).ok_or_else(absent)?;
        for file in &files {
            self.check(file).map_err(|error| self.again(error))?;
        }
        self.place(&files).ok_or_else(absent)
    }

    /// Holds a file of the model against its checksum, and against what was known beforehand.
    ///
    /// # Errors
    /// As for [`cache::check`].
    pub fn check(&self, file: &Path) -> Result<Verdict, HubError> {
        let verdict = cache::check(file)?;
        let known = (self.files.iter()).find(|known| file.ends_with(known.name));
        match known.and_then(|known| known.sha256) {
            Some(sha256) => check_content(file, sha256),
            None => Ok(verdict),
        }
    }

    /// Says what to do about a broken file.
    fn again(&self, error: HubError) -> HubError {
        match error {
            HubError::Corrupt { path, problem } => HubError::Corrupt {
                path,
                problem: format!(
                    "{problem}\nRun `degist models pull {}` to fetch it again",
                    self.name
                ),
            },
            error => error,
        }
    }
}

/// Progress of a [`pull`].
#[derive(Debug, Clone, Copy)]
pub enum PullEvent<'a> {
    /// The hub named the model's licence.
    Licence(&'a str),
    /// Progress of the download, all files together, in bytes as the hub announced them.
    Progress {
        /// The file that is fetched now.
        file: &'a str,
        /// Bytes done.
        done: u64,
        /// Bytes of all files.
        total: u64,
    },
    /// An attempt failed; the next one follows.
    Retry(&'a HubError),
}

/// Downloads a model into the cache and returns its folder. Files that are there already are verified, not fetched again.
///
/// # Errors
/// When the network must not be used and the model is not there, when the hub cannot be reached or refuses, when the
/// model's network is none of [`architecture::ARCHITECTURES`], or when a file does not come whole.
pub fn pull(
    settings: &HubSettings,
    model: &HubModel,
    on_event: &mut dyn FnMut(PullEvent<'_>),
) -> Result<PathBuf, HubError> {
    if settings.offline {
        return match model.checked(settings) {
            Err(HubError::NotInCache { name }) => Err(HubError::Offline { name }),
            other => other,
        };
    }
    let mut pull = Puller {
        settings,
        model,
        hub: Hub::new(settings),
        cached: model.cached(settings),
        on_event,
        done: 0,
        total: 0,
    };
    pull.run()
}

struct Puller<'a> {
    settings: &'a HubSettings,
    model: &'a HubModel,
    hub: Hub<'a>,
    cached: Cached,
    on_event: &'a mut dyn FnMut(PullEvent<'_>),
    /// Bytes of the files that are done.
    done: u64,
    total: u64,
}

impl Puller<'_> {
    fn run(&mut self) -> Result<PathBuf, HubError> {
        let model = self.model;
        let repository = &model.repository;
        let listing = self.with_retries(|hub| hub.list(repository, &model.revision))?;
        if is_commit(&model.revision) && model.revision != listing.commit {
            let url = self.hub.address(repository, &model.revision, "");
            return Err(strange(&url, "the hub answers with another commit"));
        }
        let commit = &listing.commit;
        let mut files = match &model.file {
            Some(file) if listing.paths.contains(file) => vec![file.clone()],
            Some(_) => Vec::new(),
            None => model_folder::wanted(&listing.paths, model.within),
        };
        if files.is_empty() {
            let there = listing
                .paths
                .iter()
                .filter(|path| model_folder::is_gguf(path));
            let there: Vec<&str> = there.map(String::as_str).take(MOST_NAMED).collect();
            if !there.is_empty() {
                return Err(HubError::ChooseFile {
                    name: model.name.clone(),
                    repository: repository.to_string(),
                    files: there.join(", ").escape_debug().to_string(),
                });
            }
            return Err(HubError::NoWeights {
                name: model.name.clone(),
            });
        }
        if let Some(outside) = files.iter().find(|path| !is_inner_path(path)) {
            let problem = format!("it lists a file `{}`", outside.escape_debug());
            return Err(strange(&self.hub.address(repository, commit, ""), &problem));
        }
        if let Some(licence) = &listing.licence {
            (self.on_event)(PullEvent::Licence(licence));
        }
        // The description first: whether there is a use for the rest.
        files.sort_by_key(|path| !path.ends_with("config.json") || path.contains('_'));
        let mut remotes = Vec::new();
        for path in &files {
            remotes.push(self.with_retries(|hub| hub.describe(repository, commit, path))?);
        }
        self.total = remotes
            .iter()
            .fold(0, |sum, remote| remote.size.saturating_add(sum));
        for remote in &remotes {
            self.expect_known(remote)?;
            self.fetch(commit, remote)?;
            self.cached.show(commit, &remote.path, &remote.tag)?;
            if remote.path.rsplit('/').next() == Some("config.json") {
                self.expect_supported(&self.cached.blob(&remote.tag))?;
            }
        }
        // Last, so that a branch never shows half a model.
        self.cached.refer(&model.revision, commit)?;
        model.checked_folder(self.settings, commit)
    }

    /// Repeats a request until it succeeds, fails permanently, or has failed too often.
    fn with_retries<T>(
        &mut self,
        ask: impl Fn(&Hub<'_>) -> Result<T, Failure>,
    ) -> Result<T, HubError> {
        let mut failed = 0;
        loop {
            match ask(&self.hub) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failed = self.wait(failure, failed)?,
            }
        }
    }

    /// After the attempt number `failed`, counted from 0, waits for the next one, unless it was the last.
    fn wait(&mut self, failure: Failure, failed: u32) -> Result<u32, HubError> {
        match failure {
            Failure::Transient(error, asked) if failed + 1 < ATTEMPTS => {
                (self.on_event)(PullEvent::Retry(&error));
                let pause: Duration = self.settings.pause * 2_u32.pow(failed);
                std::thread::sleep(asked.unwrap_or(pause));
                Ok(failed + 1)
            }
            failure => Err(failure.into()),
        }
    }

    /// Holds what the hub says of a file against what is known of it.
    fn expect_known(&self, remote: &RemoteFile) -> Result<(), HubError> {
        let known = (self.model.files.iter()).find(|known| known.name == remote.path);
        let Some(known) = known else { return Ok(()) };
        let differs = known.size.is_some_and(|size| size != remote.size)
            || (known.sha256).is_some_and(|sha256| remote.tag.len() == 64 && sha256 != remote.tag);
        if differs {
            let url = (self.hub).address(&self.model.repository, &self.model.revision, known.name);
            return Err(strange(&url, "it is not the file that this program knows"));
        }
        Ok(())
    }

    fn expect_supported(&self, config: &Path) -> Result<(), HubError> {
        let mut bytes = Vec::new();
        let file = File::open(config).map(|file| file.take(LONGEST_CONFIG));
        file.and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|source| HubError::Read {
                path: config.into(),
                source,
            })?;
        architecture::of_config(&bytes).map_err(|problem| HubError::Unsupported {
            name: self.model.name.clone(),
            problem,
        })?;
        Ok(())
    }

    /// Downloads the blob of a file, unless it is there and verified.
    fn fetch(&mut self, commit: &str, remote: &RemoteFile) -> Result<(), HubError> {
        let blob = self.cached.blob(&remote.tag);
        // One process fetches, the others wait and find the blob.
        let lock = self.cached.lock(&remote.tag)?;
        if !is_whole(&blob, remote) {
            let part = blob.with_file_name(format!("{}.incomplete", remote.tag));
            let begun = part.metadata().is_ok_and(|part| part.len() > 0);
            self.download(commit, remote, &part)?;
            let mut checked = check_download(&part, remote);
            if checked.is_err() && begun {
                // What was there may have been the bad part.
                remove(&part)?;
                self.download(commit, remote, &part)?;
                checked = check_download(&part, remote);
            }
            if let Err(problem) = checked {
                remove(&part)?;
                let url = (self.hub).address(&self.model.repository, commit, &remote.path);
                return Err(HubError::Download { url, problem });
            }
            fs::rename(&part, &blob).map_err(write_error(&blob))?;
        }
        drop(lock);
        self.done += blob.metadata().map_or(0, |blob| blob.len());
        self.report_progress(&remote.path, 0);
        Ok(())
    }

    fn report_progress(&mut self, file: &str, more: u64) {
        let done = self.done + more;
        (self.on_event)(PullEvent::Progress {
            file,
            done,
            total: self.total.max(done),
        });
    }

    /// Downloads the rest of a file to `part`.
    fn download(&mut self, commit: &str, remote: &RemoteFile, part: &Path) -> Result<(), HubError> {
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(part)
            .map_err(write_error(part))?;
        let mut failed = 0;
        loop {
            let before = file.seek(SeekFrom::End(0)).map_err(write_error(part))?;
            match self.attempt(commit, remote, &mut file, part) {
                Ok(()) => return file.sync_all().map_err(write_error(part)),
                Err(failure) => {
                    let after = file.seek(SeekFrom::End(0)).map_err(write_error(part))?;
                    // A line that brings something may break as often as it likes.
                    let so_far = if after > before { 0 } else { failed };
                    failed = self.wait(failure, so_far)?;
                }
            }
        }
    }

    fn attempt(
        &mut self,
        commit: &str,
        remote: &RemoteFile,
        file: &mut File,
        part: &Path,
    ) -> Result<(), Failure> {
        let written = write_error(part);
        let mut place = file.seek(SeekFrom::End(0)).map_err(&written)?;
        if place == remote.size {
            return Ok(());
        }
        if place > remote.size {
            file.set_len(0).map_err(&written)?;
            place = file.seek(SeekFrom::Start(0)).map_err(&written)?;
        }
        let repository = &self.model.repository;
        let url = self.hub.address(repository, commit, &remote.path);
        let mut answer = self.hub.fetch(repository, commit, &remote.path, place)?;
        let header = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => {
                let (first, all) = header("content-range").and_then(content_range).unzip();
                if first != Some(place) {
                    return Err(strange(&url, "it answers with another range").into());
                }
                expect_length(&url, remote.size, all.flatten())?;
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                file.set_len(0).map_err(&written)?;
                let error = unreachable(&url, "the file is shorter than what is here of it");
                return Err(Failure::Transient(error, Some(Duration::ZERO)));
            }
            _ => {
                let length = header("content-length").and_then(|length| length.parse().ok());
                expect_length(&url, remote.size, length)?;
                // A server without ranges, or nothing was here.
                file.set_len(0).map_err(&written)?;
                place = file.seek(SeekFrom::Start(0)).map_err(&written)?;
            }
        }
        let mut body = answer.body_mut().as_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    return Err(Failure::Transient(
                        unreachable(&url, &error.to_string()),
                        None,
                    ));
                }
            };
            place += read as u64;
            if place > remote.size {
                file.set_len(0).map_err(&written)?;
                let size = remote.size;
                let problem = format!("more than the {size} bytes that the hub announced came");
                return Err(HubError::Download { url, problem }.into());
            }
            file.write_all(&buffer[..read]).map_err(&written)?;
            self.report_progress(&remote.path, place);
        }
        if place < remote.size {
            let size = remote.size;
            let problem = format!("the connection ended after {place} of {size} bytes");
            return Err(Failure::Transient(unreachable(&url, &problem), None));
        }
        Ok(())
    }
}

impl HubModel {
    /// The folder of the model in the snapshot that was just made.
    fn checked_folder(&self, settings: &HubSettings, commit: &str) -> Result<PathBuf, HubError> {
        let snapshot = self.cached(settings).snapshot(commit);
        let files = snapshot.map(|snapshot| self.files_in(&snapshot));
        (files.and_then(|files| self.place(&files))).ok_or_else(|| HubError::NotInCache {
            name: self.name.clone(),
        })
    }
}

fn expect_length(url: &str, expected: u64, found: Option<u64>) -> Result<(), HubError> {
    match found {
        Some(found) if found != expected => Err(HubError::Download {
            url: url.into(),
            problem: format!("the hub announced {expected} bytes, but the file has {found}"),
        }),
        _ => Ok(()),
    }
}

/// The first byte, and the length of the whole file if it is told, of `bytes 10-99/100`.
fn content_range(header: &str) -> Option<(u64, Option<u64>)> {
    let (range, all) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, all.trim().parse().ok()))
}

fn is_whole(blob: &Path, remote: &RemoteFile) -> bool {
    blob.is_file() && check_download(blob, remote).is_ok()
}

/// Holds a file against the length and checksum that the hub told.
fn check_download(path: &Path, remote: &RemoteFile) -> Result<(), String> {
    let length = path.metadata().map(|file| file.len()).unwrap_or_default();
    if length != remote.size {
        return Err(format!("it has {length} bytes and not {}", remote.size));
    }
    match check_content(path, &remote.tag) {
        Err(HubError::Corrupt { problem, .. }) => Err(problem),
        Err(error) => Err(error.to_string()),
        Ok(_) => Ok(()),
    }
}

fn remove(path: &Path) -> Result<(), HubError> {
    fs::remove_file(path).map_err(write_error(path))
}
