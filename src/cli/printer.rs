//! Everything that is said on stderr.
#![allow(clippy::print_stderr)]

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::options::{ProgressKind, TalkOptions};

/// Work that is shorter shows no bar.
const BAR_AFTER: Duration = Duration::from_millis(400);

/// Says things on stderr: errors always, notes unless quiet, progress only to a terminal.
pub struct Printer {
    talk: TalkOptions,
    bar: Mutex<Option<ProgressBar>>,
}

impl Printer {
    /// A printer; a quiet one says errors only.
    pub fn new(talk: TalkOptions) -> Self {
        Self {
            talk,
            bar: Mutex::new(None),
        }
    }

    /// Something failed.
    pub fn error(&self, message: &str) {
        self.say("error", message);
    }

    /// Something that a user should know; the work goes on.
    pub fn warn(&self, message: &str) {
        if !self.talk.quiet {
            self.say("warning", message);
        }
    }

    /// Something that may help.
    pub fn note(&self, message: &str) {
        if !self.talk.quiet {
            self.say("note", message);
        }
    }

    /// Something for programs, if they are who listens.
    pub fn event(&self, event: &impl Serialize) {
        if self.is_json() {
            // Strings and numbers cannot fail.
            eprintln!("{}", serde_json::to_string(event).unwrap_or_default());
        }
    }

    /// Whether programs listen.
    pub fn is_json(&self) -> bool {
        self.talk.progress == ProgressKind::Json
    }

    /// Whether progress is shown to a person: on a bar, or where there is no terminal in lines.
    pub fn shows_progress(&self) -> bool {
        !self.talk.quiet && self.talk.progress == ProgressKind::Auto
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        // A bar has no state that a panic elsewhere could break.
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, kind: &str, message: &str) {
        if self.is_json() {
            return self.event(&serde_json::json!({ "event": kind, "message": message }));
        }
        let line = match kind {
            "note" => message.to_owned(),
            kind => format!("{kind}: {message}"),
        };
        match &*self.bar() {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Puts `message` on a bar of which `done` of `total` words are full; it is made by the first call.
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

    /// Takes the bar away, if there is one.
    pub fn hide_bar(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    /// Counts words on a bar, if there is a terminal to show it on and the work takes a while.
    pub fn progress(&self, name: &str, words: usize) -> Progress<'_> {
        Progress {
            printer: self,
            visible: self.shows_progress() && std::io::stderr().is_terminal(),
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
        self.printer.hide_bar();
    }
}
