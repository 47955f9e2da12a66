//! Answers with a body.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use serde::Serialize;

/// An answer in JSON.
pub fn json(value: &impl Serialize) -> Response {
    // Strings and numbers cannot fail.
    let body = serde_json::to_vec(value).unwrap_or_default();
    of_type("application/json", body)
}

/// An answer of this type.
pub fn of_type(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
