//! The routes of the server: what each takes and answers. The names of parameters are LibreTranslate's; those that it does
//! not have are told in `openapi.json`.

mod about;
mod files;
mod page;
mod parameters;
mod summarize;
mod translate;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use super::app::{App, measured};
use super::guard::guard;
use super::refusal::Refusal;

/// All routes of a server.
pub fn router(app: Arc<App>) -> Router {
    let admitted = Arc::new(app.settings.admitted.clone());
    Router::new()
        .route("/translate", post(translate::translate))
        .route("/detect", post(translate::detect))
        .route("/languages", get(about::languages))
        .route("/translate_file", post(files::translate_file))
        .route("/download_file/{name}", get(files::download_file))
        .route("/summarize", post(summarize::summarize))
        .route("/suggest", post(about::suggest))
        .route("/frontend/settings", get(about::settings))
        .route("/health", get(about::health))
        .route("/metrics", get(about::metrics))
        .route("/openapi.json", get(about::openapi))
        .merge(page::routes())
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "Not Found"))
        .layer(from_fn_with_state(admitted, guard))
        .layer(from_fn_with_state(Arc::clone(&app), measured))
        .with_state(app)
}
