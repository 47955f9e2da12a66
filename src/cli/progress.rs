//! How far a run is, told while it goes on.

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::inputs;
use super::printer::Printer;
use crate::archive::{Event, Jobs, Observer, Tally};

/// Work that is shorter shows no bar.
const BAR_AFTER: Duration = Duration::from_millis(400);
/// Between two lines where there is no bar.
const LINE_AFTER: Duration = Duration::from_secs(30);
/// Between two objects for programs.
const JSON_AFTER: Duration = Duration::from_secs(1);

/// Counts what an archive's run does and tells it: on a bar, in lines, or for programs.
pub struct Progress<'a> {
    printer: &'a Printer,
    start: Instant,
    files: usize,
    bytes: u64,
    /// Files go to standard output, which may be the same terminal.
    to_stdout: bool,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Done, unchanged or failed.
    files: usize,
    /// Read to be translated.
    bytes: u64,
    /// Of files that need no work.
    unchanged_bytes: u64,
    /// In those bytes.
    words: u64,
    translated: u64,
    name: String,
    told: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// Of these jobs nothing is done yet.
    pub fn new(printer: &'a Printer, jobs: &Jobs) -> Self {
        Self {
            printer,
            start: Instant::now(),
            files: jobs.jobs.len(),
            bytes: jobs.jobs.iter().map(|job| job.bytes).sum(),
            to_stdout: jobs.jobs.iter().any(|job| job.output.is_none()),
            counts: Mutex::default(),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells how far the work is, if it is time.
    fn tell(&self, counts: &mut Counts) {
        let elapsed = self.start.elapsed();
        let since = counts.told.map_or(elapsed, |told| told.elapsed());
        let json = self.printer.is_json();
        let bar = !json && std::io::stderr().is_terminal();
        let wait = match (json, bar, counts.told) {
            (true, _, _) => JSON_AFTER,
            (_, true, None) => BAR_AFTER,
            (_, true, Some(_)) => Duration::from_millis(100),
            (_, false, _) => LINE_AFTER,
        };
        // Where results go to the same terminal, a bar would stand between them.
        let in_the_way = bar && self.to_stdout && self.files > 1;
        if since < wait || in_the_way || !(json || self.printer.shows_progress()) {
            return;
        }
        counts.told = Some(Instant::now());

        let rate = counts.translated as f64 / elapsed.as_secs_f64().max(1e-3);
        let open_bytes = self.bytes.saturating_sub(counts.unchanged_bytes);
        // Words that were not read yet are as many as their bytes let expect.
        let share = (open_bytes as f64 / counts.bytes.max(1) as f64).max(1.);
        let words = counts.words as f64 * share;
        let left = (words - counts.translated as f64).max(0.) / rate.max(1e-3);
        if json {
            self.printer.event(&json!({
                "event": "progress",
                "files": counts.files,
                "files_total": self.files,
                "words": counts.translated,
                "words_per_second": rate.round(),
                "seconds": round(elapsed.as_secs_f64()),
                "seconds_left": left.round(),
                "file": counts.name,
            }));
            return;
        }
        let files = match self.files {
            1 => String::new(),
            all => format!("{}/{all} files, ", counts.files),
        };
        let message = format!(
            "{files}{} words, {rate:.0} words/s, {} left  {}",
            counts.translated,
            in_words(left),
            counts.name
        );
        if bar {
            self.printer
                .show_bar(counts.translated, words as u64, message);
        } else {
            self.printer.note(&message);
        }
    }

    /// Tells how the run ended.
    pub fn end(self, tally: &Tally, interrupted: bool) {
        self.printer.hide_bar();
        let counts = self.counts();
        let seconds = self.start.elapsed().as_secs_f64();
        let rate = counts.translated as f64 / seconds.max(1e-3);
        self.printer.event(&json!({
            "event": "end",
            "done": tally.done,
            "unchanged": tally.unchanged,
            "failed": tally.failed.len(),
            "interrupted": interrupted,
            "words": counts.translated,
            "seconds": round(seconds),
        }));
        if self.printer.is_json() || self.to_stdout || self.files < 2 {
            return;
        }
        if tally.failed.len() > 1 {
            self.printer.note("Failed:");
            for failed in &tally.failed {
                self.printer.note(&format!("  {failed}"));
            }
        }
        let mut parts = vec![format!("{} files done", tally.done)];
        if tally.unchanged > 0 {
            parts.push(format!("{} unchanged", tally.unchanged));
        }
        if !tally.failed.is_empty() {
            parts.push(format!("{} failed", tally.failed.len()));
        }
        let open = self.files - counts.files.min(self.files);
        if open > 0 {
            parts.push(format!("{open} left"));
        }
        let words = counts.translated;
        let time = in_words(seconds);
        self.printer.note(&format!(
            "{}; {words} words in {time}, {rate:.0} words/s",
            parts.join(", ")
        ));
    }
}

impl Observer for Progress<'_> {
    fn hear(&self, event: Event<'_>) {
        let mut counts = self.counts();
        match event {
            Event::Read {
                name,
                article,
                first,
                bytes,
                words,
            } => {
                counts.bytes += bytes;
                counts.words += words as u64;
                name.clone_into(&mut counts.name);
                inputs::warn_about(name, article, first, self.printer);
            }
            Event::Translated(words) => counts.translated += words as u64,
            Event::Made(made) => {
                if self.to_stdout {
                    self.printer.hide_bar();
                }
                inputs::warn_unfinished(made, self.printer);
                inputs::warn_terms(made, self.printer);
                return;
            }
            Event::Done(_) => counts.files += 1,
            Event::Unchanged(_, bytes) => {
                counts.files += 1;
                counts.unchanged_bytes += bytes;
            }
            Event::Failed(why) => {
                counts.files += 1;
                self.printer.error(why);
            }
        }
        self.tell(&mut counts);
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 10.).round() / 10.
}

/// A time in its two largest units.
fn in_words(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{:.1} s", round(seconds)),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
    }
}
