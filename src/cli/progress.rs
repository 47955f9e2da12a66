//! Progress of a run over files: counted from its events, shown while it goes on and at its end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::printer::{Display, Printer, Throttle};
use super::warnings;
use crate::archive::{Jobs, Observer, RunEvent, Tally};

/// Counts files and words of a run and shows them: on a bar, in lines, or for programs.
pub struct ArchiveProgress<'a> {
    printer: &'a Printer,
    files: usize,
    bytes: u64,
    /// Folders and files that could not be opened while folders were walked.
    unreadable: usize,
    /// Whether results go to standard output, which may be the same terminal.
    to_stdout: bool,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    /// Files that are done, unchanged or failed.
    files: usize,
    /// Bytes that were read to be translated.
    bytes: u64,
    /// Bytes of files whose results are up to date.
    unchanged_bytes: u64,
    /// Words in `bytes`.
    words: u64,
    /// Words that are translated.
    translated: u64,
    /// The file that was read last.
    name: String,
    throttle: Throttle,
}

impl<'a> ArchiveProgress<'a> {
    /// Progress of these jobs, of which nothing is done yet.
    pub fn new(printer: &'a Printer, jobs: &Jobs) -> Self {
        Self {
            printer,
            files: jobs.jobs.len(),
            bytes: jobs.jobs.iter().map(|job| job.bytes).sum(),
            unreadable: jobs.unreadable.len(),
            to_stdout: jobs.jobs.iter().any(|job| job.output.is_none()),
            counts: Mutex::new(Counts {
                files: 0,
                bytes: 0,
                unchanged_bytes: 0,
                words: 0,
                translated: 0,
                name: String::new(),
                throttle: Throttle::new(),
            }),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the counts, and shows them if it is time.
    fn count(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts();
        change(&mut counts);
        self.report(&mut counts);
    }

    fn report(&self, counts: &mut Counts) {
        let display = self.printer.display();
        // Where results go to the same terminal, a bar would stand between them.
        let in_the_way = display == Display::Bar && self.to_stdout && self.files > 1;
        if in_the_way || !counts.throttle.is_due(display) {
            return;
        }

        let elapsed = counts.throttle.elapsed();
        let rate = counts.translated as f64 / elapsed.as_secs_f64().max(1e-3);
        let open_bytes = self.bytes.saturating_sub(counts.unchanged_bytes);
        // Words of files that were not read yet are estimated from their bytes.
        let share = (open_bytes as f64 / counts.bytes.max(1) as f64).max(1.);
        let words = counts.words as f64 * share;
        let left = (words - counts.translated as f64).max(0.) / rate.max(1e-3);
        if display == Display::Json {
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
        if display == Display::Bar {
            self.printer
                .show_bar(counts.translated, words as u64, message);
        } else {
            self.printer.note(&message);
        }
    }

    /// Prints how the run ended.
    pub fn end(self, tally: &Tally, interrupted: bool) {
        self.printer.hide_bar();
        let counts = self.counts();
        let seconds = counts.throttle.elapsed().as_secs_f64();
        let rate = counts.translated as f64 / seconds.max(1e-3);
        self.printer.event(&json!({
            "event": "end",
            "done": tally.done,
            "unchanged": tally.unchanged,
            "skipped": tally.skipped.values().sum::<usize>(),
            "copied": tally.copied,
            "unreadable": tally.unreadable + self.unreadable,
            "failed": tally.failed.len(),
            "interrupted": interrupted,
            "words": counts.translated,
            "seconds": round(seconds),
        }));
        let is_one = self.files < 2 && tally.skipped.is_empty() && tally.copied == 0;
        if self.printer.is_json() || self.to_stdout || is_one {
            return;
        }
        let left = self.files - counts.files.min(self.files);
        let unreadable = tally.unreadable + self.unreadable;
        let words = counts.translated;
        let time = in_words(seconds);
        let speed = format!("{words} words in {time}, {rate:.0} words/s");
        let skipped: usize = tally.skipped.values().sum();
        if skipped + tally.copied + unreadable + tally.flawed + tally.failed.len() == 0 {
            let mut parts = vec![format!("{} files done", tally.done)];
            let more = [(tally.unchanged, "unchanged"), (left, "left")];
            parts.extend(
                (more.iter())
                    .filter(|(files, _)| *files > 0)
                    .map(|(files, what)| format!("{files} {what}")),
            );
            return self.printer.note(&format!("{}; {speed}", parts.join(", ")));
        }
        let kinds: Vec<String> = (tally.skipped.iter())
            .map(|(what, files)| {
                let what = what.trim_start_matches("a ").trim_start_matches("an ");
                format!("{what}: {files}")
            })
            .collect();
        for (what, files, is_always, note) in [
            ("done", tally.done, true, String::new()),
            ("with flaws", tally.flawed, false, "among those done".into()),
            ("unchanged", tally.unchanged, false, String::new()),
            ("skipped", skipped, true, kinds.join(", ")),
            ("copied", tally.copied, false, String::new()),
            ("unreadable", unreadable, false, String::new()),
            ("failed", tally.failed.len(), true, String::new()),
            ("left", left, false, String::new()),
        ] {
            if files > 0 || is_always {
                let row = format!("{what:<12}{files:>7}  {note}");
                self.printer.note(row.trim_end());
            }
        }
        self.printer.note(&speed);
    }
}

impl Observer for ArchiveProgress<'_> {
    fn on_event(&self, event: RunEvent<'_>) {
        match event {
            RunEvent::Read {
                name,
                article,
                first,
                bytes,
                words,
            } => {
                // Found without the lock, for which all threads would wait.
                for flaw in warnings::flaws(name, article) {
                    self.printer.error(&flaw);
                }
                for warning in warnings::of_article(name, article, first) {
                    self.printer.warn(&warning);
                }
                self.count(|counts| {
                    counts.bytes += bytes;
                    counts.words += words as u64;
                    name.clone_into(&mut counts.name);
                });
            }
            RunEvent::Translated(words) => self.count(|counts| counts.translated += words as u64),
            RunEvent::Made(made) => {
                if self.to_stdout {
                    self.printer.hide_bar();
                }
                for warning in warnings::of_result(made) {
                    self.printer.warn(&warning);
                }
            }
            RunEvent::Done(_) => self.count(|counts| counts.files += 1),
            RunEvent::Unchanged(_, bytes) => self.count(|counts| {
                counts.files += 1;
                counts.unchanged_bytes += bytes;
            }),
            RunEvent::Skipped { name, what, copied } => {
                self.printer.event(&json!({
                    "event": if copied { "copied" } else { "skipped" },
                    "file": name,
                    "what": what,
                }));
                self.count(|counts| counts.files += 1);
            }
            RunEvent::Failed(why) => {
                self.printer.error(why);
                self.count(|counts| counts.files += 1);
            }
        }
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 10.).round() / 10.
}

/// Formats a time in its two largest units.
fn in_words(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{:.1} s", round(seconds)),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
    }
}
