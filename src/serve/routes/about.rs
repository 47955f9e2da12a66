//! What the server says of itself.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::document::FileFormat;
use crate::serve::answer;
use crate::serve::app::App;
use crate::serve::refusal::Refusal;

/// Languages, with those that they can be translated into.
pub async fn languages() -> Response {
    answer::json(&json!([
        { "code": "de", "name": "German", "targets": ["en"] },
        { "code": "en", "name": "English", "targets": [] },
    ]))
}

/// What LibreTranslate's page, and ours, must know.
pub async fn settings(State(app): State<Arc<App>>) -> Response {
    let settings = &app.settings;
    let extensions = FileFormat::all()
        .iter()
        .flat_map(|format| format.extensions);
    let extensions: Vec<String> = extensions
        .map(|extension| format!(".{extension}"))
        .collect();
    let needs_key = settings.keys.is_some();
    answer::json(&json!({
        "apiKeys": needs_key,
        "charLimit": settings.limits.characters.map_or(-1, |most| most as i64),
        "filesTranslation": true,
        "frontendTimeout": 500,
        "keyRequired": needs_key,
        "language": {
            "source": { "code": "auto", "name": "Auto Detect" },
            "target": { "code": "en", "name": "English" },
        },
        "suggestions": false,
        "supportedFilesFormat": extensions,
        "fileBytes": settings.limits.file_bytes,
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// Whether the server answers.
pub async fn health() -> Response {
    answer::json(&json!({ "status": "ok" }))
}

/// Counters for Prometheus.
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = app.metrics.text(&app.gauges());
    answer::of_type("text/plain; version=0.0.4; charset=utf-8", text)
}

/// The description of all routes.
pub async fn openapi() -> Response {
    answer::of_type("application/json", include_str!("../openapi.json"))
}

/// LibreTranslate's way to send corrections; nothing here learns from them.
pub async fn suggest() -> Refusal {
    Refusal::forbidden("Suggestions are disabled on this server.")
}
