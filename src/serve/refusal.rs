//! Why a request is refused, as LibreTranslate's API says it: a status, and a JSON object with `error`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer;
use crate::document::DocumentError;

/// An answer that is no result. Its message goes to the client and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    status: StatusCode,
    message: String,
    /// Seconds after which it may go better.
    retry_after: Option<u16>,
}

impl Refusal {
    /// A refusal with this status.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The request is wrong.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The request has not what it must have.
    pub fn missing(name: &str) -> Self {
        Self::bad(format!("Invalid request: missing {name} parameter"))
    }

    /// A parameter is not what it must be.
    pub fn wrong(name: &str, what: &str) -> Self {
        Self::bad(format!("Invalid request: {name} parameter {what}"))
    }

    /// The request is not allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// The request is larger than it may be.
    pub fn too_large(bytes: usize) -> Self {
        let message = match bytes >> 20 {
            0 => format!("The request is larger than {bytes} bytes"),
            megabytes => format!("The request is larger than {megabytes} MB"),
        };
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// There is no room for the request now.
    pub fn busy() -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests are under way: try again in a second",
            )
        }
    }

    /// The fault is the server's. The cause is not told: it may quote a text.
    pub fn failed() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Cannot translate text: the work on it failed",
        )
    }
}

impl From<DocumentError> for Refusal {
    fn from(error: DocumentError) -> Self {
        Self::bad(format!("Invalid request: {error}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = answer::json(&json!({ "error": self.message }));
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
