//! The page for people: a few files that are part of the program.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::routing::get;

use crate::serve::answer;
use crate::serve::app::App;

/// Path, type and content.
const FILES: &[(&str, &str, &str)] = &[
    (
        "/",
        "text/html; charset=utf-8",
        include_str!("../page/index.html"),
    ),
    (
        "/style.css",
        "text/css; charset=utf-8",
        include_str!("../page/style.css"),
    ),
    ("/page.js", SCRIPT, include_str!("../page/page.js")),
    (
        "/translation.js",
        SCRIPT,
        include_str!("../page/translation.js"),
    ),
    ("/files.js", SCRIPT, include_str!("../page/files.js")),
    ("/server.js", SCRIPT, include_str!("../page/server.js")),
    ("/words.js", SCRIPT, include_str!("../page/words.js")),
    (
        "/icon.svg",
        "image/svg+xml",
        include_str!("../page/icon.svg"),
    ),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// One route for each file.
pub fn routes() -> Router<Arc<App>> {
    let add =
        |router: Router<Arc<App>>,
         &(path, content_type, content): &(&'static str, &'static str, &'static str)| {
            let file = move || async move {
                let mut response = answer::of_type(content_type, content);
                // Another version of the program has another page.
                let headers = response.headers_mut();
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
                response
            };
            router.route(path, get(file))
        };
    FILES.iter().fold(Router::new(), add)
}
