//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of unfinished files begin and end. A run that was killed leaves some; the next one takes them away.
const UNFINISHED: (&str, &str) = (".degist-", ".part");

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
/// same folder, synced, then renamed. Where a link is, the file that it leads to is written; what is no file (`/dev/null`,
/// a pipe) is written as it stands, never replaced.
pub struct WholeFile(Place);

enum Place {
    File {
        path: PathBuf,
        file: tempfile::NamedTempFile,
    },
    Device(File),
}

impl WholeFile {
    /// Begins the file; folders on the way are made.
    ///
    /// # Errors
    /// When a folder or the temporary file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        // Links are followed here, since renaming would put the file in the link's place.
        let found = fs::canonicalize(path).and_then(|path| Ok((fs::metadata(&path)?, path)));
        let path = match found {
            Ok((what, path)) if !what.is_file() && !what.is_dir() => {
                let device = File::options().write(true).open(path)?;
                return Ok(Self(Place::Device(device)));
            }
            Ok((_, path)) => path,
            Err(_) => path.to_owned(),
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED.0)
            .suffix(UNFINISHED.1)
            .tempfile_in(folder)?;
        Ok(Self(Place::File { path, file }))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When that fails; nothing is left behind then.
    pub fn finish(self) -> io::Result<()> {
        let (path, file) = match self.0 {
            Place::File { path, file } => (path, file),
            Place::Device(mut device) => return device.flush(),
        };
        file.as_file().sync_all()?;
        // Temporary files are private; results have the permissions of any new file.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = match fs::metadata(&path) {
                Ok(old) => old.permissions(),
                Err(_) => fs::Permissions::from_mode(0o644),
            };
            file.as_file().set_permissions(mode)?;
        }
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Place::File { file, .. } => file.write(bytes),
            Place::Device(device) => device.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Place::File { file, .. } => file.flush(),
            Place::Device(device) => device.flush(),
        }
    }
}

/// Removes what runs that were killed left below `folder`. Links are not followed.
///
/// # Errors
/// When a folder cannot be read or a file not be removed.
pub fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let unfinished =
            name.starts_with(UNFINISHED.0.as_bytes()) && name.ends_with(UNFINISHED.1.as_bytes());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            remove_unfinished(&entry.path())?;
        } else if kind.is_file() && unfinished {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
