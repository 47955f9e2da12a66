//! `/translate_file` and `/download_file`: files.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{StatusCode, uri::Authority};
use axum::response::Response;
use hyper::body::Frame;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::parameters::{languages, own_options};
use crate::request::OwnOptions;
use crate::serve::answer;
use crate::serve::app::{App, Begun, Brings, late};
use crate::serve::downloads::TranslatedFile;
use crate::serve::fields::Upload;
use crate::serve::refusal::Refusal;

/// Lines of progress that wait for a slow client; more are left out.
const WAITING_LINES: usize = 16;

/// Translates a file, and answers with where to fetch it; with the file itself if `download` is given, or with `progress`
/// with JSON Lines of how far it is before.
pub async fn translate_file(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Refusal> {
    let base = base(&request);
    let mut begun = app.begin(request, Brings::File).await?;
    let upload = begun.fields.take_upload();
    let upload = upload.ok_or_else(|| Refusal::missing("file"))?;
    languages(&begun.fields)?;
    if upload.bytes.is_empty() {
        return Err(Refusal::bad("Invalid request: empty file"));
    }
    let own = own_options(&begun.fields)?;
    if begun.fields.flag("progress")? {
        return Ok(with_progress(app, begun, upload, own, base));
    }
    let file = app.translator.translate_file(upload, own, &|_| ()).await?;
    match begun.fields.flag("download")? {
        true => Ok(attachment(file)),
        false => Ok(answer::json(&link(&app, &base, file)?)),
    }
}

/// The address of this server as the client knows it.
fn base(request: &Request) -> String {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = request.uri().authority().map(Authority::as_str);
    let host = host.or(text("host")).unwrap_or("localhost");
    // A proxy that speaks TLS says so.
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}")
}

/// Keeps a file, and says where.
fn link(app: &App, base: &str, file: TranslatedFile) -> Result<Value, Refusal> {
    /// What stands for itself in a path.
    const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');
    let name = utf8_percent_encode(&file.name, IN_PATH).to_string();
    let id = app.downloads.keep(file).ok_or_else(Refusal::failed)?;
    let url = format!("{base}/download_file/{id}.{name}");
    Ok(json!({ "translatedFileUrl": url }))
}

/// Answers with a translated file.
pub async fn download_file(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let id = name.split('.').next().unwrap_or_default();
    let file = app.downloads.get(id).ok_or_else(|| {
        let message = "There is no such file, or it was kept for too long: translate it again";
        Refusal::new(StatusCode::NOT_FOUND, message)
    })?;
    Ok(attachment(file))
}

/// A file to save, never to show: it may be a page with scripts.
fn attachment(file: TranslatedFile) -> Response {
    /// RFC 8187, `attr-char`.
    const IN_HEADER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');
    let plain: String = (file.name.chars())
        .map(|c| match c {
            '"' | '\\' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(&file.name, IN_HEADER);
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let mut response = answer::of_type("application/octet-stream", file.bytes);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        let headers: &mut HeaderMap = response.headers_mut();
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Answers with a line of JSON whenever there is progress, and at the end one with the link or the error. When the client
/// goes, so does the work.
fn with_progress(
    app: Arc<App>,
    begun: Begun,
    upload: Upload,
    own: OwnOptions,
    base: String,
) -> Response {
    let (lines, body) = mpsc::channel::<Bytes>(WAITING_LINES);
    let line = |value: Value| Bytes::from(format!("{value}\n"));
    tokio::spawn(async move {
        let on_progress = |done: f32| {
            // A client that reads slowly gets fewer lines.
            let _ = lines.try_send(line(json!({ "progress": done })));
        };
        let limit = app.settings.limits.time;
        let work = app.translator.translate_file(upload, own, &on_progress);
        let work = tokio::time::timeout(limit, work);
        let Some(done) = until_closed(work, &lines).await else {
            return;
        };
        let done = (done.unwrap_or_else(|_| Err(late(limit))))
            .and_then(|file| link(&app, &base, file))
            .unwrap_or_else(|refusal| json!({ "error": refusal.to_string() }));
        // A client that has gone needs no answer.
        let _ = lines.send(line(done)).await;
        drop(begun);
    });
    answer::of_type("application/x-ndjson", Body::new(Lines(body)))
}

/// The result of work, or `None` as soon as nobody receives what is sent.
async fn until_closed<T>(work: impl Future<Output = T>, lines: &mpsc::Sender<Bytes>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut closed = std::pin::pin!(lines.closed());
    std::future::poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        closed.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// A body of lines that come one after the other.
struct Lines(mpsc::Receiver<Bytes>);

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let line = self.0.poll_recv(context);
        line.map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}
