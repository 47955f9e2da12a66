//! The ends of commands: exit codes and errors.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

/// The end of a command, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Done = 0,
    /// Some inputs failed; they were named, the rest was done.
    SomeFailed = 1,
    /// The arguments do not fit together.
    Usage = 2,
    /// The model could not be had.
    NoModel = 3,
    /// Ctrl-C; the texts that were begun are done.
    Interrupted = 130,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// An error that ends a command, with its exit code. It is printed once, by the program that runs the command.
pub struct CommandError {
    pub outcome: Outcome,
    pub error: anyhow::Error,
}

impl CommandError {
    /// The arguments do not fit together.
    pub fn usage(error: impl Display) -> Self {
        Self::new(Outcome::Usage, error)
    }

    /// A model cannot be had or loaded.
    pub fn no_model(error: impl Display) -> Self {
        Self::new(Outcome::NoModel, error)
    }

    /// Something else is in the way.
    pub fn other(error: impl Display) -> Self {
        Self::new(Outcome::SomeFailed, error)
    }

    fn new(outcome: Outcome, error: impl Display) -> Self {
        Self {
            outcome,
            error: anyhow::Error::msg(error.to_string()),
        }
    }

    /// Whether the reader of standard output has gone, such as `head`: that is no failure.
    pub fn is_broken_pipe(&self) -> bool {
        let is_broken_pipe = |error: &(dyn std::error::Error + 'static)| {
            (error.downcast_ref::<io::Error>())
                .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        };
        self.error.chain().any(is_broken_pipe)
    }
}

impl<E: Into<anyhow::Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self {
            outcome: Outcome::SomeFailed,
            error: error.into(),
        }
    }
}
