//! Why a model cannot be loaded, and why it cannot be run.

/// Why files did not make a model.
#[derive(Debug, thiserror::Error)]
#[error("the model {name} cannot be loaded: {file}: {problem}")]
pub struct ModelError {
    pub(crate) name: String,
    pub(crate) file: &'static str,
    pub(crate) problem: String,
}

/// Why a network could not be run on its inputs: a tensor operation failed, or an input does not fit the network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NetworkError(String);

/// The result of running a network.
pub type NetworkResult<T> = Result<T, NetworkError>;

impl NetworkError {
    /// An error with this message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Returns a [`NetworkError`] with this message.
macro_rules! bail {
    ($($message:tt)*) => {
        return Err($crate::model::error::NetworkError::new(format!($($message)*)))
    };
}
pub(crate) use bail;

impl From<candle_core::Error> for NetworkError {
    fn from(error: candle_core::Error) -> Self {
        Self(message(&error))
    }
}

/// The message of a candle error, without the backtrace that it may carry.
pub(super) fn message(error: &candle_core::Error) -> String {
    error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// A message that may quote a broken file: its beginning, without control characters.
pub(super) fn readable(problem: &str) -> String {
    const LONGEST: usize = 300; // characters
    let shown: String = (problem.chars().take(LONGEST))
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    match problem.chars().nth(LONGEST) {
        Some(_) => shown + "…",
        None => shown,
    }
}
