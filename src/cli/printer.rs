//! Everything that is said on stderr.
#![allow(clippy::print_stderr)]

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is shorter shows no bar.
const BAR_AFTER: Duration = Duration::from_millis(400);

/// Says things on stderr: errors always, notes unless quiet, progress only to a terminal.
pub struct Printer {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Printer {
    /// A printer; a quiet one says errors only.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            bar: Mutex::new(None),
        }
    }

    /// Something failed.
    pub fn error(&self, message: &str) {
        self.say(&format!("error: {message}"));
    }

    /// Something that a user should know; the work goes on.
    pub fn warn(&self, message: &str) {
        if !self.quiet {
            self.say(&format!("warning: {message}"));
        }
    }

    /// Something that may help.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            self.say(message);
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        // A bar has no state that a panic elsewhere could break.
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, message: &str) {
        match &*self.bar() {
            Some(bar) => bar.suspend(|| eprintln!("{message}")),
            None => eprintln!("{message}"),
        }
    }

    /// Counts words on a bar, if there is a terminal to show it on and the work takes a while.
    pub fn progress(&self, name: &str, words: usize) -> Progress<'_> {
        Progress {
            printer: self,
            visible: !self.quiet && std::io::stderr().is_terminal(),
            start: Instant::now(),
            name: name.to_owned(),
            words: words as u64,
        }
    }
}

/// The progress of one text; the bar goes when this does.
pub struct Progress<'a> {
    printer: &'a Printer,
    visible: bool,
    start: Instant,
    name: String,
    words: u64,
}

impl Progress<'_> {
    /// So many words more are done.
    pub fn advance(&self, words: usize) {
        if !self.visible || self.start.elapsed() < BAR_AFTER {
            return;
        }
        let mut bar = self.printer.bar();
        bar.get_or_insert_with(|| self.new_bar()).inc(words as u64);
    }

    fn new_bar(&self) -> ProgressBar {
        let template = "{msg} [{wide_bar}] {human_pos}/{human_len} words, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let bar = ProgressBar::with_draw_target(Some(self.words), ProgressDrawTarget::stderr())
            .with_style(style)
            .with_message(self.name.clone())
            .with_elapsed(self.start.elapsed());
        bar.reset_eta();
        bar
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.printer.bar().take() {
            bar.finish_and_clear();
        }
    }
}
