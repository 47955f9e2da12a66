//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Beginning and end of the names of unfinished files. A run that was killed leaves some; the next one removes them.
const UNFINISHED: (&str, &str) = (".degist-", ".part");

/// Writes a file so that at any moment either the whole of it or its earlier content is there.
///
/// # Errors
/// When a folder or the file cannot be written; nothing is left then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// A file that appears at its path when it is finished, and not at all if it is dropped before: a temporary file in the
/// same folder, synced, then renamed. Through a link, the file that it leads to is written; what is no regular file
/// (`/dev/null`, a pipe) is written as it stands, never replaced.
///
/// A new file gets the permissions that the user's umask leaves; an existing file keeps its own.
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
        let (path, old) = match found {
            Ok((what, path)) if !what.is_file() && !what.is_dir() => {
                let device = File::options().write(true).open(path)?;
                return Ok(Self(Place::Device(device)));
            }
            Ok((what, path)) => (path, Some(what.permissions())),
            Err(_) => (path.to_owned(), None),
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let file = temporary(folder, old)?;
        Ok(Self(Place::File { path, file }))
    }

    /// Renames the file to its path.
    ///
    /// # Errors
    /// When that fails; nothing is left then.
    pub fn finish(self) -> io::Result<()> {
        let (path, file) = match self.0 {
            Place::File { path, file } => (path, file),
            Place::Device(mut device) => return device.flush(),
        };
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Makes a temporary file with the permissions of the file that it will replace, or those of any new file. They are set
/// before the content is written: a private file is never readable by others, not even for a moment.
#[cfg(unix)]
fn temporary(folder: &Path, old: Option<fs::Permissions>) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED.0).suffix(UNFINISHED.1);
    let Some(old) = old else {
        // The umask takes away what the user does not grant.
        let new = fs::Permissions::from_mode(0o666);
        return builder.permissions(new).tempfile_in(folder);
    };
    let file = builder.tempfile_in(folder)?;
    file.as_file().set_permissions(old)?;
    Ok(file)
}

/// Makes a temporary file; it inherits the permissions of the folder.
#[cfg(not(unix))]
fn temporary(folder: &Path, _: Option<fs::Permissions>) -> io::Result<tempfile::NamedTempFile> {
    (tempfile::Builder::new())
        .prefix(UNFINISHED.0)
        .suffix(UNFINISHED.1)
        .tempfile_in(folder)
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

/// Removes the unfinished files that killed runs left below `folder`. Links are not followed.
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for mode in [0o600, 0o640, 0o666, 0o755, 0o444] {
            fs::write(&path, "before").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let mut file = WholeFile::create(&path).unwrap();
            let begun = match &file.0 {
                Place::File { file, .. } => file.as_file().metadata().unwrap(),
                Place::Device(_) => panic!("it is a file"),
            };
            assert_eq!(begun.permissions().mode() & 0o777, mode);
            file.write_all(b"after").unwrap();
            file.finish().unwrap();
            let mode_after = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode_after, mode, "{mode:o} became {mode_after:o}");
            assert_eq!(fs::read(&path).unwrap(), b"after");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_new_file_has_the_mode_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("own"), folder.path().join("other"));
        write_whole(&own, b"").unwrap();
        fs::write(&other, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&own), mode(&other));
    }
}
