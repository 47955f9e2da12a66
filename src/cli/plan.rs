//! `--dry-run`: what would be done with each file, and why.
#![allow(clippy::print_stdout)]

use std::fs::File;
use std::io::{self, Read, Write};

use super::settings::RunSettings;
use crate::archive::{Input, Job, JobError, Jobs, Known, State};
use crate::document::DocumentError;
use crate::files;

/// Bytes of a file that show what it is.
const BEGINNING: u64 = 1 << 14;

/// Prints which results would be made, and which files would be left out.
pub fn print(settings: &RunSettings, jobs: &Jobs, known: Option<&Known>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let mut open = 0;
    for job in &jobs.jobs {
        let name = job.input.name();
        if let Err(error) = format(settings, job) {
            match (&job.copy, error.unsupported()) {
                (Some(copy), Some(_)) => {
                    writeln!(stdout, "{:<14}{name} -> {}", "copy", files::display(copy))?;
                }
                (None, Some(what)) if job.is_found => {
                    writeln!(stdout, "{:<14}{name}: {what}", "skipped")?;
                }
                _ => writeln!(stdout, "{:<14}{}", "unreadable", reason(&name, &error))?,
            }
            continue;
        }
        let state = match (known, &job.input, &job.output) {
            (Some(known), Input::File(input), Some(output)) => known.state(output, input),
            _ => State::New,
        };
        let is_open = settings.force || state != State::Done;
        if is_open && open == settings.limit {
            break;
        }
        open += usize::from(is_open);
        let why = match state {
            State::New => "new",
            State::Done if settings.force => "again",
            State::Done => "done",
            State::Changed => "changed",
            State::Failed => "failed before",
        };
        match &job.output {
            Some(output) => {
                writeln!(stdout, "{why:<14}{name} -> {}", files::display(output))?;
            }
            None if job.is_found => writeln!(stdout, "{why:<14}{name}")?,
            None => writeln!(stdout, "{why:<14}{name} -> standard output")?,
        }
    }
    Ok(())
}

/// Formats whose files may be catalogues or settings, which only all of them shows.
const READ_WHOLE: [&str; 2] = ["json", "yaml"];

/// Finds the format of a job's input; standard input is not touched.
fn format(settings: &RunSettings, job: &Job) -> Result<(), JobError> {
    let mut beginning = Vec::new();
    let Input::File(path) = &job.input else {
        return Ok(());
    };
    let mut read = || {
        let file = File::open(path)?;
        file.take(BEGINNING).read_to_end(&mut beginning)?;
        io::Result::Ok(())
    };
    let is_read = read();
    let options = &settings.request.read;
    let format = job.format(options, || is_read.map(|()| beginning.as_slice()))?;
    if !READ_WHOLE.contains(&format.name) {
        return Ok(());
    }
    let name = job.input.name();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(source) => return Err(JobError::Read { name, source }),
    };
    match format.read_with(&bytes, &options.records) {
        Err(source @ DocumentError::Unsupported { .. }) => Err(JobError::Document { name, source }),
        _ => Ok(()),
    }
}

fn reason(name: &str, error: &JobError) -> String {
    match error {
        JobError::Read { source, .. } => format!("{name}: {source}"),
        JobError::Document {
            source: DocumentError::Unsupported { what, advice },
            ..
        } => format!("{name}: {what}; {advice}"),
        error => format!("{name}: {error}"),
    }
}
