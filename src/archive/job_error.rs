//! Errors that leave one text without a result.

use std::error::Error;
use std::io;

use crate::document::DocumentError;
use crate::translate::TranslateError;

/// An error that leaves a text without a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The file cannot be read.
    #[error("cannot read {name}")]
    Read {
        /// The input.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// The file is no document of its format.
    #[error("cannot read {name}")]
    Document {
        /// The input.
        name: String,
        /// The cause.
        source: DocumentError,
    },
    /// The file had another size or time after it was read.
    #[error("{name} was changed while it was read: run the same command again")]
    Changed {
        /// The input.
        name: String,
    },
    /// The network failed, or the cache of translations.
    #[error("cannot translate {name}")]
    Translate {
        /// The input.
        name: String,
        /// The cause.
        source: TranslateError,
    },
    /// The result could not be put together.
    #[error("{name}")]
    Report {
        /// The input.
        name: String,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The result cannot be written.
    #[error("cannot write {output}")]
    Write {
        /// The file.
        output: String,
        /// The cause.
        source: io::Error,
    },
    /// The result is in its place, but the journal cannot say so.
    #[error("cannot write the journal")]
    Journal(#[source] io::Error),
}

impl JobError {
    /// What the input is, if it is nothing that degist reads.
    pub fn unsupported(&self) -> Option<&'static str> {
        match self {
            Self::Document {
                source: DocumentError::Unsupported { what, .. },
                ..
            } => Some(what),
            _ => None,
        }
    }

    /// The kind of the error, if it came of writing.
    pub(super) fn write_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Write { source, .. } | Self::Journal(source) => Some(source.kind()),
            _ => None,
        }
    }

    /// The message and all its causes.
    pub(super) fn with_causes(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message += &format!(": {error}");
            cause = error.source();
        }
        message
    }
}
