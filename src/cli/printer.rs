//! Messages and progress on stderr. Nothing here fails: where stderr is closed or full, the work goes on without.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Options for messages and progress.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Messages")]
pub struct TalkOptions {
    /// Print only errors on stderr: no warnings, notes or progress
    #[arg(short, long)]
    pub quiet: bool,

    /// How progress is shown on stderr
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub progress: ProgressKind,
}

/// Values of `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ProgressKind {
    /// A bar on a terminal; elsewhere a line every 30 seconds
    #[default]
    Auto,
    /// For programs: every message and all progress as one JSON object a line
    Json,
    /// No progress
    None,
}

/// The form that progress takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    Bar,
    Lines,
    Json,
    Nothing,
}

/// Prints to stderr: errors always, warnings and notes unless quiet, progress as the user wants it. Clones print to the
/// same place, around the same bar.
#[derive(Clone)]
pub struct Printer {
    talk: TalkOptions,
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Printer {
    /// A printer for these options.
    pub fn new(talk: TalkOptions) -> Self {
        Self {
            talk,
            bar: Arc::default(),
        }
    }

    /// Prints an error.
    pub fn error(&self, message: &str) {
        self.print("error", message);
    }

    /// Prints a warning, unless quiet: something that the user should know while the work goes on.
    pub fn warn(&self, message: &str) {
        if !self.talk.quiet {
            self.print("warning", message);
        }
    }

    /// Prints a note, unless quiet.
    pub fn note(&self, message: &str) {
        if !self.talk.quiet {
            self.print("note", message);
        }
    }

    /// Prints a machine-readable event; only with `--progress json`.
    pub fn event(&self, event: &impl Serialize) {
        if self.is_json() {
            // Strings and numbers cannot fail.
            print_line(&serde_json::to_string(event).unwrap_or_default());
        }
    }

    /// Whether everything on stderr is JSON.
    pub fn is_json(&self) -> bool {
        self.talk.progress == ProgressKind::Json
    }

    /// The form that progress takes.
    pub fn display(&self) -> Display {
        match self.talk.progress {
            ProgressKind::Json => Display::Json,
            ProgressKind::Auto if self.talk.quiet => Display::Nothing,
            ProgressKind::Auto if io::stderr().is_terminal() => Display::Bar,
            ProgressKind::Auto => Display::Lines,
            ProgressKind::None => Display::Nothing,
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        // A bar has no state that a panic elsewhere could break.
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn print(&self, kind: &str, message: &str) {
        if self.is_json() {
            return self.event(&serde_json::json!({ "event": kind, "message": message }));
        }
        let line = match kind {
            "note" => message.to_owned(),
            kind => format!("{kind}: {message}"),
        };
        match &*self.bar() {
            Some(bar) => bar.suspend(|| print_line(&line)),
            None => print_line(&line),
        }
    }

    /// Draws a bar of which `done` of `total` are full, and `message` after it.
    pub fn show_bar(&self, done: u64, total: u64, message: String) {
        let mut bar = self.bar();
        let bar = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("[{bar:24}] {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ");
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        bar.set_length(total.max(done));
        bar.set_message(message);
        bar.set_position(done);
    }

    /// Removes the bar, if there is one.
    pub fn hide_bar(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    /// Counts the words of one text on a bar, if there is a terminal to show it on and the work takes a while.
    pub fn word_bar(&self, name: &str, words: usize) -> WordBar<'_> {
        WordBar {
            printer: self,
            throttle: Mutex::new((Throttle::new(), 0)),
            name: name.to_owned(),
            words: words as u64,
        }
    }
}

/// Prints a line to stderr, where `eprintln!` would panic if that is closed or full.
fn print_line(line: &str) {
    // One call, so that lines of several threads do not mix. There is nowhere to report a failure.
    let _ = io::stderr()
        .lock()
        .write_all(format!("{line}\n").as_bytes());
}

/// Limits how often progress is shown.
#[derive(Debug)]
pub struct Throttle {
    start: Instant,
    last_report: Option<Instant>,
}

impl Throttle {
    /// A throttle for work that begins now.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            last_report: None,
        }
    }

    /// Time since the work began.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Whether it is time to show progress again; if so, the time until the next report begins.
    pub fn is_due(&mut self, display: Display) -> bool {
        let wait = match (display, self.last_report) {
            // Work that is shorter shows no bar.
            (Display::Bar, None) => Duration::from_millis(400),
            (Display::Bar, Some(_)) => Duration::from_millis(100),
            (Display::Lines, _) => Duration::from_secs(30),
            (Display::Json, _) => Duration::from_secs(1),
            (Display::Nothing, _) => return false,
        };
        let is_due = self.last_report.unwrap_or(self.start).elapsed() >= wait;
        if is_due {
            self.last_report = Some(Instant::now());
        }
        is_due
    }
}

/// Progress through one text; the bar goes when this is dropped.
pub struct WordBar<'a> {
    printer: &'a Printer,
    /// With the words that are done.
    throttle: Mutex<(Throttle, u64)>,
    name: String,
    words: u64,
}

impl WordBar<'_> {
    /// Counts this many more words as done.
    pub fn advance(&self, words: usize) {
        let mut state = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        let (throttle, done) = &mut *state;
        *done += words as u64;
        let display = self.printer.display();
        if display != Display::Bar || !throttle.is_due(display) {
            return;
        }
        let rate = *done as f64 / throttle.elapsed().as_secs_f64().max(1e-3);
        let left = self.words.saturating_sub(*done) as f64 / rate.max(1e-3);
        let message = format!(
            "{}: {done} of {} words, {rate:.0} words/s, {left:.0} s left",
            self.name, self.words
        );
        self.printer.show_bar(*done, self.words, message);
    }
}

impl Drop for WordBar<'_> {
    fn drop(&mut self) {
        self.printer.hide_bar();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_is_quiet_and_json_is_json() {
        let display = |quiet, progress| Printer::new(TalkOptions { quiet, progress }).display();
        assert_eq!(display(true, ProgressKind::Auto), Display::Nothing);
        assert_eq!(display(true, ProgressKind::Json), Display::Json);
        assert_eq!(display(false, ProgressKind::None), Display::Nothing);
    }

    #[test]
    fn short_work_shows_no_progress() {
        let mut throttle = Throttle::new();
        for display in [Display::Lines, Display::Json, Display::Nothing] {
            assert!(!throttle.is_due(display), "{display:?}");
        }
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
        throttle.start = long_ago;
        assert!(!throttle.is_due(Display::Nothing));
        assert!(throttle.is_due(Display::Lines));
        assert!(!throttle.is_due(Display::Lines), "not twice");
    }
}
