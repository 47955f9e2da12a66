//! What a server is told when it starts.

use std::sync::Arc;
use std::time::Duration;

use super::guard::Admitted;
use super::keys::Keys;
use crate::decode::DecodeOptions;
use crate::request::ReadOptions;

/// Everything that decides what a server does, but the model.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// Terms and sentences whose translation is given, in all texts.
    pub read: Arc<ReadOptions>,
    /// The search for translations.
    pub texts: DecodeOptions,
    /// The search for summaries.
    pub summaries: DecodeOptions,
    /// Threads that compute.
    pub threads: usize,
    /// Score below which a sentence is marked as doubtful.
    pub flag_below: f32,
    /// Keys of clients; without them everybody may ask.
    pub keys: Option<Keys>,
    /// Names and sites that may ask.
    pub admitted: Admitted,
    /// What is refused because it is too much.
    pub limits: Limits,
}

/// Bounds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests that are worked on or wait at the same time; a fourth of them may bring files.
    pub requests: usize,
    /// Bytes of a request with a file.
    pub file_bytes: usize,
    /// Characters of a text, if they are limited.
    pub characters: Option<usize>,
    /// Time for a request, from its head to its answer.
    pub time: Duration,
}

impl Limits {
    /// Bytes of a request with texts at most.
    pub const TEXT_BYTES: usize = 2 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 256,
            file_bytes: 32 << 20,
            characters: None,
            time: Duration::from_secs(600),
        }
    }
}
