//! The run of `translate` and `summarize` over their inputs.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::name_template::result_name;
use super::outcome::{CommandError, Outcome};
use super::plan;
use super::printer::Printer;
use super::progress::ArchiveProgress;
use super::recipe::{self, Recipe, TranslationRecipe};
use super::settings::RunSettings;
use super::target;
use super::task::TextTask;
use super::worker;
use crate::archive::{self, Control, Input, Job, Jobs, Journal, Known, Made, Placement, RunState};
use crate::document::FileFormat;
use crate::files;
use crate::report::{self, About};
use crate::translate::{Cache, TranslationMemory};

/// Does the task for every input, or for every record of standard input.
pub fn run(task: &TextTask<'_>, printer: &Printer) -> Result<Outcome, CommandError> {
    let settings = task.settings;
    if settings.jsonl {
        let files = settings.model.files()?;
        let memory = memory(settings, &files.fingerprint())?;
        let model = settings.model.load_files(&files)?;
        return worker::run(task, model, memory);
    }
    let jobs = jobs(settings)?;
    for job in &jobs.jobs {
        target::check_early(settings, job).map_err(CommandError::usage)?;
    }
    for unreadable in &jobs.unreadable {
        printer.error(unreadable);
    }
    let files = settings.model.files()?;
    let recipe = || {
        let fingerprint = files.fingerprint();
        recipe::to_json(&Recipe::new(settings, &fingerprint, task.writer))
    };
    let folder = jobs.folder.as_ref();
    if settings.dry_run {
        let known = folder
            .map(|folder| Known::read(folder, &recipe()))
            .transpose();
        plan::print(
            settings,
            &jobs,
            known.map_err(CommandError::other)?.as_ref(),
        )?;
        return Ok(Outcome::Done);
    }
    let journal = folder
        .map(|folder| Journal::open(folder, &recipe()))
        .transpose();
    let state = RunState {
        journal: journal.map_err(CommandError::other)?,
        memory: match &settings.cache {
            Some(_) => memory(settings, &files.fingerprint())?,
            None => TranslationMemory::default(),
        },
    };
    let model = settings.model.load_files(&files)?;
    drop(files);
    if jobs.jobs.iter().any(|job| job.input == Input::Stdin) && std::io::stdin().is_terminal() {
        printer.note("Reading German text from the terminal; Ctrl-D ends it.");
    }

    let control = Control {
        fail_fast: settings.fail_fast,
        limit: settings.limit,
        force: settings.force,
        stop: stop_on_interrupt(settings.output.is_some(), printer.clone()),
    };
    let headings = jobs.jobs.len() > 1 && settings.output.is_none();
    let index = index_place(settings, &jobs);
    let report = |made: &Made<'_>| {
        let job = &jobs.jobs[made.job];
        let back = match (&index, &job.output) {
            (Some(Ok(index)), Some(output)) => way_back(index, output),
            _ => None,
        };
        let about = About {
            index: back.as_deref(),
            as_text: target::is_plain(settings, made.format, job)?,
            file: made.name,
            model: &model.name,
            flag_below: settings.flag_below,
            style: settings.request.summary.unwrap_or_default().style,
            ordinal: headings.then_some(made.job),
        };
        let result = (task.report)(made, &about)?;
        if job.output.is_none() {
            target::refuse_binary(&result, std::io::stdout().is_terminal())?;
        }
        Ok(result)
    };
    let progress = ArchiveProgress::new(printer, &jobs);
    let (jobs_of, request) = (&jobs.jobs, &settings.request);
    let tally = archive::run(jobs_of, model, request, &control, state, &report, &progress)
        .context("cannot start a thread")?;
    let interrupted = control.stop.load(Ordering::Relaxed);
    if let (Some(list), Some(folder), Some(index)) = (settings.format.index, &jobs.folder, index) {
        write_index(list, folder, index, printer);
    }
    if let Some(error) = &tally.journal {
        printer.error(&format!("cannot write the journal: {error}"));
    }
    progress.end(&tally, interrupted);
    let failed = !tally.failed.is_empty()
        || tally.unreadable + tally.flawed + jobs.unreadable.len() > 0
        || tally.journal.is_some();
    Ok(match () {
        () if interrupted => Outcome::Interrupted,
        () if failed => Outcome::SomeFailed,
        () => Outcome::Done,
    })
}

fn jobs(settings: &RunSettings) -> Result<Jobs, CommandError> {
    let format = settings.format;
    let output = settings.output.as_deref();
    if let Some(text) = &settings.text {
        return text_job(text, output);
    }
    let rename = |name: &Path| {
        let read_as = (settings.request.read.format).or_else(|| FileFormat::by_name(name));
        let is_translation = settings.request.summary.is_none() && !settings.as_text;
        result_name(
            settings.name.as_ref(),
            format,
            is_translation,
            read_as,
            name,
        )
    };
    let others: Vec<&Path> = settings.other_files.iter().map(PathBuf::as_path).collect();
    let known = output
        .filter(|folder| folder.is_dir())
        .map(|folder| Known::read(folder, ""))
        .transpose()
        .map_err(CommandError::other)?;
    let placement = Placement {
        output,
        patterns: &settings.patterns,
        others: &others,
        rename: &rename,
        copies_rest: settings.copy_rest,
        is_dry: settings.dry_run,
        known: known.as_ref(),
    };
    let jobs = archive::jobs(&settings.inputs, &placement).map_err(CommandError::usage)?;
    if format.needs_own_files && output.is_none() && jobs.jobs.len() > 1 {
        let error = "several inputs need a folder for their pages: name one with --output";
        return Err(CommandError::usage(error));
    }
    if jobs.folder.is_none() {
        for (is_given, option) in [
            (settings.name.is_some(), "--name"),
            (settings.copy_rest, "--copy-rest"),
        ] {
            if is_given && !settings.dry_run {
                return Err(CommandError::usage(format!(
                    "{option} is for results in a folder: name one with --output"
                )));
            }
        }
    }
    Ok(jobs)
}

/// The job of a text of the command line, which ends its line on a screen.
fn text_job(text: &str, output: Option<&Path>) -> Result<Jobs, CommandError> {
    let input = Input::Text(format!("{text}\n"));
    if output.is_some_and(Path::is_dir) {
        let error = archive::ArchiveError::NamelessIntoFolder(input.name());
        return Err(CommandError::usage(error));
    }
    Ok(Jobs {
        jobs: vec![Job::new(input, output.map(Path::to_owned))],
        ..Jobs::default()
    })
}

/// Translations of earlier runs, if there is a file of them.
fn memory(settings: &RunSettings, model: &str) -> Result<TranslationMemory, CommandError> {
    let Some(path) = &settings.cache else {
        return Ok(TranslationMemory::default());
    };
    let recipe = recipe::to_json(&TranslationRecipe::new(settings, model));
    match Cache::open(path, &recipe) {
        Ok(cache) => Ok(TranslationMemory::with_cache(Some(cache))),
        Err(error) => Err(CommandError::other(format!(
            "{}: {error}",
            files::display(path)
        ))),
    }
}

/// The place of the list of all results, if there is one, unless it is that of a page or an input.
fn index_place(settings: &RunSettings, jobs: &Jobs) -> Option<std::io::Result<PathBuf>> {
    settings.format.index?;
    let index = jobs.folder.as_ref()?.join(report::INDEX);
    let is_taken = jobs.jobs.iter().any(|job| match (&job.output, &job.input) {
        (Some(output), _) if *output == index => true,
        (_, Input::File(input)) => {
            let alike =
                (input.file_name()).is_some_and(|name| name.eq_ignore_ascii_case(report::INDEX));
            alike && same_file::is_same_file(input, &index).unwrap_or(false)
        }
        _ => false,
    });
    Some(match is_taken {
        true => Err(std::io::Error::other(
            "it is the page of an article or an input",
        )),
        false => Ok(index),
    })
}

/// The address of the list from a page below its folder.
fn way_back(index: &Path, page: &Path) -> Option<String> {
    let below = page.strip_prefix(index.parent()?).ok()?;
    let up = "../".repeat(below.components().count().checked_sub(1)?);
    Some(up + report::INDEX)
}

/// Writes the list of a folder's pages.
fn write_index(
    list: fn(&Path) -> std::io::Result<String>,
    folder: &Path,
    index: std::io::Result<PathBuf>,
    printer: &Printer,
) {
    let written = index.and_then(|index| {
        let page = list(folder)?;
        files::write_whole(&index, page.as_bytes())
    });
    if let Err(error) = written {
        let index = files::display(&folder.join(report::INDEX));
        printer.warn(&format!("no list of the pages in {index}: {error}"));
    }
}

/// A flag that is set when the user presses Ctrl-C. Where results go to files, texts that are begun are finished first,
/// which takes seconds; the second Ctrl-C ends at once, and so does the first where there is nothing to save.
fn stop_on_interrupt(finish_first: bool, printer: Printer) -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    let handler = move || {
        if !finish_first || STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(Outcome::Interrupted as i32);
        }
        // A terminal shows ^C on the line.
        let line_end = if printer.is_json() { "" } else { "\n" };
        printer.note(&format!(
            "{line_end}Finishing what is begun; Ctrl-C again ends at once. The same command goes on later."
        ));
    };
    // Without a handler Ctrl-C ends at once; the next run removes unfinished files.
    let _ = ctrlc::set_handler(handler);
    &STOP
}
