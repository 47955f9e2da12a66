//! Outputs that would overwrite another output or a file that the same run reads.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use same_file::{Handle, is_same_file};
use unicode_normalization::UnicodeNormalization;

use super::job::{ArchiveError, Input, Job};

/// Refuses jobs whose result would overwrite an input of any job, one of `others` (files that the run reads besides:
/// a glossary, a cache) or another result.
///
/// # Errors
/// When there is such a job; nothing has been written then.
pub(super) fn refuse_collisions(jobs: &[Job], others: &[&Path]) -> Result<(), ArchiveError> {
    refuse(jobs, others, &is_same_place)
}

/// `is_same`: whether two resolved paths that differ in case only are one file.
fn refuse(
    jobs: &[Job],
    others: &[&Path],
    is_same: &dyn Fn(&Path, &Path) -> bool,
) -> Result<(), ArchiveError> {
    let mut resolver = Resolver::default();
    let mut read = Files::default();
    let inputs = jobs.iter().filter_map(|job| match &job.input {
        Input::File(path) => Some(path.as_path()),
        Input::Stdin | Input::Text(_) => None,
    });
    for path in inputs.chain(others.iter().copied()) {
        read.insert(resolver.resolve(path), path);
    }
    let mut written = Files::default();
    for job in jobs {
        let Some(output) = &job.output else { continue };
        let place = resolver.resolve(output);
        if place.exists() && !place.is_file() {
            // Pipes and devices are written to as they stand, and lose nothing.
            continue;
        }
        if let Some(input) = read.find(&place, is_same) {
            return Err(match &job.input {
                Input::File(own) if own == input => ArchiveError::OverInput(own.clone()),
                _ => ArchiveError::OverOtherInput {
                    input: input.to_owned(),
                    name: job.input.name(),
                },
            });
        }
        if job.input == Input::Stdin && is_stdin(&place) {
            return Err(ArchiveError::OverInput(output.clone()));
        }
        if written.find(&place, is_same).is_some() {
            return Err(ArchiveError::SameOutput(output.clone()));
        }
        written.insert(place, output);
    }
    for (job, copy) in (jobs.iter()).filter_map(|job| Some((job, job.copy.as_ref()?))) {
        let input = read.find(&resolver.resolve(copy), is_same);
        if let Some(input) = input.filter(|input| job.input != Input::File((*input).to_owned())) {
            return Err(ArchiveError::OverOtherInput {
                input: input.to_owned(),
                name: job.input.name(),
            });
        }
    }
    Ok(())
}

/// Files by their resolved paths, found again however their case is written.
#[derive(Default)]
struct Files<'a>(HashMap<String, Vec<(PathBuf, &'a Path)>>);

impl<'a> Files<'a> {
    fn insert(&mut self, place: PathBuf, path: &'a Path) {
        self.0
            .entry(folded(&place))
            .or_default()
            .push((place, path));
    }

    /// The path as the user wrote it.
    fn find(&self, place: &Path, is_same: &dyn Fn(&Path, &Path) -> bool) -> Option<&'a Path> {
        let alike = self.0.get(&folded(place))?;
        let found = alike.iter().find(|(at, _)| at == place);
        let found = found.or_else(|| alike.iter().find(|(at, _)| is_same(at, place)));
        found.map(|(_, path)| *path)
    }
}

/// A path without what file systems may not distinguish: case, and on macOS also the form of Unicode.
fn folded(path: &Path) -> String {
    let lower = path.to_string_lossy().to_lowercase();
    match cfg!(target_os = "macos") {
        true => lower.nfc().collect(),
        false => lower,
    }
}

fn is_same_place(a: &Path, b: &Path) -> bool {
    match is_same_file(a, b) {
        Ok(same) => same,
        // One is not there yet: would it be the other?
        Err(_) => a
            .ancestors()
            .find(|path| path.exists())
            .is_some_and(folds_case),
    }
}

/// Whether the file system at this existing path finds names in any case: it does if one of the names in the path is
/// found with its case swapped.
fn folds_case(path: &Path) -> bool {
    let swap = |c: char| match c.is_lowercase() {
        true => c.to_uppercase().collect::<String>(),
        false => c.to_lowercase().collect(),
    };
    for path in path.ancestors() {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let swapped: String = name.chars().map(swap).collect();
        if swapped != name {
            return is_same_file(path, path.with_file_name(swapped)).unwrap_or(false);
        }
    }
    false
}

/// Whether standard input is read from this file.
fn is_stdin(path: &Path) -> bool {
    match (Handle::stdin(), Handle::from_path(path)) {
        (Ok(stdin), Ok(file)) => stdin == file,
        _ => false,
    }
}

/// Finds where paths lead, also those of files that are not there yet. Each folder is looked up once.
#[derive(Default)]
struct Resolver {
    folders: HashMap<PathBuf, PathBuf>,
}

impl Resolver {
    fn resolve(&mut self, path: &Path) -> PathBuf {
        if path.is_symlink()
            && let Ok(end) = path.canonicalize()
        {
            return end;
        }
        match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) => self.folder(folder).join(name),
            _ => self.folder(path),
        }
    }

    fn folder(&mut self, path: &Path) -> PathBuf {
        let path = match path.as_os_str().is_empty() {
            true => Path::new("."),
            false => path,
        };
        if let Some(known) = self.folders.get(path) {
            return known.clone();
        }
        let resolved = path.canonicalize().unwrap_or_else(|_| {
            let Some(above) = path.parent() else {
                return path.to_owned();
            };
            let above = self.folder(above);
            match path.components().next_back() {
                // No links lead out of a folder that is not there.
                Some(Component::ParentDir) => above.parent().unwrap_or(&above).to_owned(),
                Some(Component::Normal(name)) => above.join(name),
                _ => above,
            }
        });
        self.folders.insert(path.to_owned(), resolved.clone());
        resolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(input: &str, output: &str) -> Job {
        Job::new(Input::File(input.into()), Some(output.into()))
    }

    #[test]
    fn case_counts_only_where_the_file_system_says_so() {
        let outputs = [
            job("x/README.txt", "out/README.txt"),
            job("y/r.txt", "out/Readme.txt"),
        ];
        let over = [job("x/a.txt", "y/B.txt"), job("y/b.txt", "out/b.txt")];
        for jobs in [&outputs, &over] {
            assert!(refuse(jobs, &[], &|_, _| false).is_ok());
            assert!(refuse(jobs, &[], &|_, _| true).is_err());
        }
        let different = [job("x/a.txt", "out/a.txt"), job("y/b.txt", "out/b.txt")];
        assert!(refuse(&different, &[], &|_, _| true).is_ok());
    }

    #[test]
    fn a_folder_that_is_not_there_is_resolved() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(at("in")).unwrap();
        std::fs::write(at("in/a"), "").unwrap();
        std::fs::write(at("in/b"), "").unwrap();
        for output in ["in/a", "in/../in/a", "new/../in/a", "./in/a"] {
            let jobs = [job(&at("in/b"), &at(output)), job(&at("in/a"), &at("c"))];
            let error = refuse_collisions(&jobs, &[]).unwrap_err();
            assert!(
                matches!(error, ArchiveError::OverOtherInput { .. }),
                "{error}"
            );
        }
    }
}
