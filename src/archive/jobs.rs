//! The arguments of a command as a list of texts to read and places to write to.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use super::collisions::refuse_collisions;
use super::job::{ArchiveError, Input, Job, Jobs};
use super::journal::Known;

/// Patterns, as in `.gitignore`, that choose files of a folder, relative to it. Hidden files are never read.
#[derive(Debug, Clone, Default)]
pub struct FilePatterns {
    /// Only files that match one of these; all files if there are none.
    pub include: Vec<String>,
    /// No files that match one of these.
    pub exclude: Vec<String>,
}

/// Where results go, and what besides decides which there are.
pub struct Placement<'a> {
    /// The file or the folder for the results; standard output if there is none.
    pub output: Option<&'a Path>,
    /// The files of folders that are read.
    pub patterns: &'a FilePatterns,
    /// Files that the run reads besides: no result may overwrite them.
    pub others: &'a [&'a Path],
    /// The name of a result, from the name of its input.
    pub rename: &'a dyn Fn(&Path) -> PathBuf,
    /// Whether files of folders that are no prose are copied.
    pub copies_rest: bool,
    /// Whether folders may be without an output: nothing is written then.
    pub is_dry: bool,
    /// Results of earlier runs in the folder for the results.
    pub known: Option<&'a Known>,
}

/// Turns the arguments of a command into jobs. `-` is standard input, and so is no argument at all. Folders are walked
/// in the order of their names, without hidden files and without following links to folders; below the output their tree
/// is mirrored. Where files of two inputs would get one name, the results keep the names of the folders that they are
/// from. No result may overwrite an input or a file that the run reads besides.
///
/// # Errors
/// When a folder has no output, results would collide, or a pattern is malformed.
pub fn jobs(inputs: &[PathBuf], placement: &Placement<'_>) -> Result<Jobs, ArchiveError> {
    let Placement {
        output,
        patterns,
        others,
        is_dry,
        ..
    } = *placement;
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

    let folder = output.filter(|_| into_folder);
    let mut all = Jobs {
        folder: folder.map(Path::to_owned),
        ..Jobs::default()
    };
    let mut files: Vec<Named> = Vec::new();
    for (of, input) in inputs.iter().enumerate() {
        if input.as_os_str() == "-" {
            if folder.is_some() {
                return Err(ArchiveError::NamelessIntoFolder(Input::Stdin.name()));
            }
            all.jobs
                .push(Job::new(Input::Stdin, output.map(Path::to_owned)));
        } else if input.is_dir() {
            if output.is_none() && !is_dry {
                return Err(ArchiveError::FolderWithoutOutput(input.clone()));
            }
            let found = walk(input, patterns.below(input)?, output, &mut all.unreadable);
            for (file, bytes) in found {
                let name = file.strip_prefix(input).unwrap_or(&file).to_owned();
                all.jobs.push(Job {
                    is_found: true,
                    bytes,
                    ..Job::new(Input::File(file), None)
                });
                let job = all.jobs.len() - 1;
                files.push(Named { job, of, name });
            }
        } else {
            all.jobs.push(Job {
                bytes: input.metadata().map_or(0, |file| file.len()),
                ..Job::new(Input::File(input.clone()), output.map(Path::to_owned))
            });
            let job = all.jobs.len() - 1;
            let name = input.file_name().unwrap_or(input.as_os_str());
            let name = PathBuf::from(name);
            files.push(Named { job, of, name });
        }
    }
    if let Some(folder) = folder {
        place(&mut all.jobs, files, inputs, folder, placement);
    }
    refuse_collisions(&all.jobs, others)?;
    Ok(all)
}

/// A file of an input.
struct Named {
    /// Index of its job.
    job: usize,
    /// Index of the input that it was found in, or is.
    of: usize,
    /// Its path in that.
    name: PathBuf,
}

/// Folders of an input's path at most that its results keep.
const MOST_FOLDERS: usize = 8;

/// Gives jobs the places of their results below `folder`.
fn place(
    jobs: &mut Vec<Job>,
    files: Vec<Named>,
    inputs: &[PathBuf],
    folder: &Path,
    placement: &Placement<'_>,
) {
    let results: Vec<PathBuf> = (files.iter())
        .map(|file| (placement.rename)(&file.name))
        .collect();
    // The folders that the results of each input keep; more while two inputs have one name.
    let mut kept = vec![PathBuf::new(); inputs.len()];
    for depth in 1..=MOST_FOLDERS {
        let alike = inputs_with_one_name(&files, &results, &kept);
        if alike.is_empty() {
            break;
        }
        for of in alike {
            kept[of] = last_folders(&inputs[of], depth);
        }
    }
    if !inputs_with_one_name(&files, &results, &kept).is_empty() {
        // One file twice.
        kept.fill(PathBuf::new());
    }
    for (file, result) in files.iter().zip(results) {
        let job = &mut jobs[file.job];
        let below = folder.join(&kept[file.of]);
        let may_be_copied = placement.copies_rest && job.is_found;
        job.copy = may_be_copied.then(|| below.join(&file.name));
        job.output = Some(below.join(result));
    }
    let outputs: HashSet<PathBuf> = (jobs.iter()).filter_map(|job| job.output.clone()).collect();
    for job in jobs.iter_mut() {
        // A copy is never in the place of the result of another file, nor over itself.
        let is_own = |copy: &PathBuf| Some(copy) == job.output.as_ref();
        let is_input = |copy: &PathBuf| job.input == Input::File(copy.clone());
        let copy = job.copy.take();
        job.copy = copy.filter(|copy| (is_own(copy) || !outputs.contains(copy)) && !is_input(copy));
    }
    // Results of earlier runs beside their inputs are no inputs.
    if let Some(known) = placement.known {
        jobs.retain(|job| match &job.input {
            Input::File(path) if job.is_found => !(outputs.contains(path) && known.is_made(path)),
            _ => true,
        });
    }
}

/// The inputs that have a result of the same name as another input.
fn inputs_with_one_name(files: &[Named], results: &[PathBuf], kept: &[PathBuf]) -> BTreeSet<usize> {
    let mut first: HashMap<PathBuf, usize> = HashMap::new();
    let mut alike = BTreeSet::new();
    for (file, result) in files.iter().zip(results) {
        let before = *(first.entry(kept[file.of].join(result))).or_insert(file.of);
        if before != file.of {
            alike.extend([before, file.of]);
        }
    }
    alike
}

/// The last folders of an input's path: of a folder itself, of a file those that it is in.
fn last_folders(input: &Path, depth: usize) -> PathBuf {
    let whole = input.canonicalize().unwrap_or_else(|_| input.to_owned());
    let folder = match input.is_dir() {
        true => whole.as_path(),
        false => whole.parent().unwrap_or(Path::new("")),
    };
    let names: Vec<_> = (folder.components())
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect();
    names[names.len().saturating_sub(depth)..].iter().collect()
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
    output: Option<&Path>,
    unreadable: &mut Vec<String>,
) -> Vec<(PathBuf, u64)> {
    let output = output.and_then(|path| path.canonicalize().ok());
    let entries = WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .overrides(patterns)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_output =
                || matches!((entry.path().canonicalize(), &output), (Ok(a), Some(b)) if a == *b);
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
