//! The folder of all models, as the Hugging Face hub's other programs keep it
//! (<https://huggingface.co/docs/huggingface_hub/guides/manage-cache>):
//!
//! ```text
//! models--owner--name/blobs/<checksum>                what was downloaded, under the name of its content
//! models--owner--name/snapshots/<commit>/config.json  a link to a blob
//! models--owner--name/refs/main                       the commit of a branch
//! .locks/models--owner--name/<checksum>.lock          held by who downloads
//! ```

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hf_hub::{Cache, CacheRepo};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::names::{Repository, is_blob, is_commit, is_hex, is_inner_path};
use super::{HubError, model_folder};
use crate::files;

/// Folders within folders of a repository that are looked into.
const DEEPEST: usize = 4;

/// One repository's part of the cache. Where things lie in it, `hf-hub` says; here is what it lacks: locks that are waited
/// for, checksums, files that appear whole, and revisions and tags that cannot leave the folder.
#[derive(Debug)]
pub struct Cached {
    layout: CacheRepo,
    folder: PathBuf,
    locks: PathBuf,
}

impl Cached {
    /// Of the cache in `root`; nothing need be there yet.
    pub fn new(root: &Path, repository: &Repository) -> Self {
        Self {
            layout: Cache::new(root.to_owned()).repo(repository.at("main")),
            folder: root.join(repository.folder()),
            locks: root.join(".locks").join(repository.folder()),
        }
    }

    /// The files of a revision: a commit, or what a branch was when it was pulled last.
    pub fn snapshot(&self, revision: &str) -> Option<PathBuf> {
        let mut commit = revision.to_owned();
        if !is_commit(revision) {
            let reference = self.reference(revision)?;
            commit = fs::read_to_string(reference).ok()?.trim().to_owned();
        }
        let snapshot = is_commit(&commit).then(|| self.layout.pointer_path(&commit));
        snapshot.filter(|snapshot| snapshot.is_dir())
    }

    fn reference(&self, revision: &str) -> Option<PathBuf> {
        is_inner_path(revision).then(|| self.folder.join("refs").join(revision))
    }

    /// Notes which commit a branch is.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn refer(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        match self.reference(revision) {
            Some(path) if !is_commit(revision) => {
                files::write_whole(&path, commit.as_bytes()).map_err(write_error(&path))
            }
            _ => Ok(()),
        }
    }

    /// The path of the content with this checksum, whether it is there or not. `tag` must be [`is_blob`].
    pub fn blob(&self, tag: &str) -> PathBuf {
        debug_assert!(is_blob(tag));
        self.layout.blob_path(tag)
    }

    /// Waits until no other process downloads this content; it is held until the file is dropped.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn lock(&self, tag: &str) -> Result<File, HubError> {
        let path = self.locks.join(format!("{tag}.lock"));
        let open = || {
            fs::create_dir_all(&self.locks)?;
            fs::create_dir_all(self.folder.join("blobs"))?;
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            match file.lock() {
                // Where there are no locks, the checksum still tells if two wrote one file.
                Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
                _ => Ok(file),
            }
        };
        open().map_err(write_error(&path))
    }

    /// Makes `path` of a snapshot show the content of `tag`. Both must have been checked.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn show(&self, commit: &str, path: &str, tag: &str) -> Result<(), HubError> {
        debug_assert!(is_commit(commit) && is_inner_path(path));
        let place = self.layout.pointer_path(commit).join(path);
        let up = "../".repeat(2 + path.matches('/').count());
        let target = format!("{up}blobs/{tag}");
        let show = || {
            if fs::read_link(&place).is_ok_and(|old| old == Path::new(&target)) {
                return Ok(());
            }
            let folder = place.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder)?;
            // Under another name first: a second process may do the same.
            let aside = tempfile::tempdir_in(folder)?;
            let link = aside.path().join("link");
            make_link(&target, &self.blob(tag), &link)?;
            fs::rename(&link, &place)
        };
        show().map_err(write_error(&place))
    }

    /// Whether there is anything of this repository.
    pub fn exists(&self) -> bool {
        self.folder.is_dir()
    }

    /// Bytes of all blobs.
    pub fn size(&self) -> u64 {
        let blobs = fs::read_dir(self.folder.join("blobs"));
        let sizes = (blobs.into_iter().flatten()).filter_map(|entry| entry.ok()?.metadata().ok());
        sizes.map(|blob| blob.len()).sum()
    }

    /// Takes everything away.
    ///
    /// # Errors
    /// When a file or folder cannot be removed.
    pub fn remove(&self) -> Result<(), HubError> {
        for folder in [&self.folder, &self.locks] {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(write_error(folder)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn make_link(target: &str, _blob: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Links need rights that users of Windows often lack; the hub's other programs copy there too.
#[cfg(not(unix))]
fn make_link(_target: &str, blob: &Path, link: &Path) -> io::Result<()> {
    fs::hard_link(blob, link).or_else(|_| fs::copy(blob, link).map(|_| ()))
}

/// The repositories of a cache, by name.
pub fn repositories(root: &Path) -> Vec<Repository> {
    let entries = fs::read_dir(root);
    let mut all: Vec<Repository> = (entries.into_iter().flatten())
        .filter_map(|entry| Repository::of_folder(entry.ok()?.file_name().to_str()?))
        .collect();
    all.sort_by_key(Repository::folder);
    all
}

/// The model's files in a snapshot, as [`model_folder::wanted`] chooses them.
pub fn model_files(snapshot: &Path, within: &[&str]) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    list(snapshot, "", DEEPEST, &mut paths);
    paths.sort();
    let wanted = model_folder::wanted(&paths, within).into_iter();
    wanted.map(|path| snapshot.join(path)).collect()
}

/// The paths of the GGUF files in a snapshot.
pub fn gguf_files(snapshot: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    list(snapshot, "", DEEPEST, &mut paths);
    paths.retain(|path| model_folder::is_gguf(path));
    paths.sort();
    paths
}

fn list(folder: &Path, prefix: &str, deeper: usize, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let kind = entry.file_type();
        if kind.is_ok_and(|kind| kind.is_dir()) {
            if deeper > 0 {
                list(&path, &format!("{prefix}{name}/"), deeper - 1, paths);
            }
        } else {
            paths.push(format!("{prefix}{name}"));
        }
    }
}

/// Result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its content has the checksum.
    Verified,
    /// The hub gave no checksum for it.
    Unknown,
}

/// Holds a file of a snapshot against the checksum that its blob is named by.
///
/// # Errors
/// When it is missing, unreadable or not what its name says; the file is named.
pub fn check(path: &Path) -> Result<Verdict, HubError> {
    match fs::read_link(path) {
        Ok(target) => {
            let tag = target.file_name().and_then(|name| name.to_str());
            check_content(path, tag.unwrap_or_default())
        }
        Err(_) => {
            File::open(path).map_err(|source| HubError::Read {
                path: path.into(),
                source,
            })?;
            Ok(Verdict::Unknown)
        }
    }
}

/// Holds a file against a checksum: SHA-256 (64 digits), or git's SHA-1 of a blob (40 digits). Other tags tell nothing.
///
/// # Errors
/// As for [`check`].
pub fn check_content(path: &Path, tag: &str) -> Result<Verdict, HubError> {
    let checksum = || {
        let mut file = File::open(path)?;
        if is_hex(tag, 64) {
            return Ok(Some(("SHA-256", digest(Sha256::new(), &mut file)?)));
        }
        if is_hex(tag, 40) {
            // `git hash-object`: a header, then the content.
            let header = format!("blob {}\0", file.metadata()?.len());
            let hash = Sha1::new().chain_update(header);
            return Ok(Some(("git checksum", digest(hash, &mut file)?)));
        }
        Ok(None)
    };
    match checksum() {
        Ok(None) => Ok(Verdict::Unknown),
        Ok(Some((_, found))) if found == tag => Ok(Verdict::Verified),
        Ok(Some((kind, found))) => Err(HubError::Corrupt {
            path: path.into(),
            problem: format!("its {kind} is {found}, but the hub's is {tag}"),
        }),
        Err(source) => Err(HubError::Read {
            path: path.into(),
            source,
        }),
    }
}

fn digest(mut hash: impl Digest, file: &mut File) -> io::Result<String> {
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(files::hex(&hash.finalize()))
}

/// The error of a file that cannot be written.
pub fn write_error(path: &Path) -> impl Fn(io::Error) -> HubError + '_ {
    |source| HubError::Write {
        path: path.into(),
        source,
    }
}
