//! What all requests share, and what happens before and after the work on each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::OnAnswer;
use super::downloads::Downloads;
use super::fields::{Fields, Room, Taken};
use super::metrics::{Gauges, Metrics};
use super::refusal::Refusal;
use super::settings::{Limits, ServeSettings};
use super::translator::Translator;
use crate::model::Model;

/// Bytes of the bodies of all requests together.
const ROOM: usize = 256 << 20;

/// What is said of a request that was answered. Nothing of it is a client's text.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The route, such as `/translate`; `*` for what is none.
    pub path: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// Time to the answer.
    pub time: Duration,
}

/// What all requests share.
pub struct App {
    pub settings: ServeSettings,
    pub model: &'static Model,
    pub translator: Translator,
    pub downloads: Downloads,
    pub metrics: Arc<Metrics>,
    places: Places,
    room: Room,
    on_answer: Box<OnAnswer>,
}

/// The queue: as many requests as there are places.
struct Places {
    all: Arc<Semaphore>,
    /// Of these, for files.
    files: Arc<Semaphore>,
    count: usize,
}

/// What a request brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// Texts.
    Texts,
    /// A file, or texts.
    File,
}

/// A request that was let in and read. It has its place until this is dropped.
pub struct Begun {
    /// Its parameters.
    pub fields: Fields,
    _taken: Taken,
    _places: Vec<OwnedSemaphorePermit>,
}

impl App {
    /// Starts what works on requests.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        model: &'static Model,
        settings: ServeSettings,
        on_answer: Box<OnAnswer>,
    ) -> std::io::Result<Arc<Self>> {
        let metrics = Arc::new(Metrics::default());
        let count = settings.limits.requests.max(1);
        Ok(Arc::new(Self {
            translator: Translator::start(model, &settings, &metrics)?,
            places: Places {
                all: Arc::new(Semaphore::new(count)),
                files: Arc::new(Semaphore::new(count.div_ceil(4))),
                count,
            },
            room: Room::new(ROOM.max(settings.limits.file_bytes)),
            downloads: Downloads::default(),
            model,
            settings,
            metrics,
            on_answer,
        }))
    }

    /// Lets a request in if there is a place for it, reads its parameters and looks at its key.
    pub async fn begin(&self, request: Request, brings: Brings) -> Result<Begun, Refusal> {
        let place = |of: &Arc<Semaphore>| Arc::clone(of).try_acquire_owned();
        let (most, queues) = match brings {
            Brings::Texts => (Limits::TEXT_BYTES, vec![&self.places.all]),
            Brings::File => {
                let queues = vec![&self.places.all, &self.places.files];
                (self.settings.limits.file_bytes, queues)
            }
        };
        let places = (queues.into_iter().map(place)).collect::<Result<Vec<_>, _>>();
        let places = places.map_err(|_| Refusal::busy())?;
        let bearer = bearer(request.headers());
        let (fields, taken) = Fields::read(request, most, &self.room).await?;
        self.check_key(bearer.as_deref(), &fields)?;
        Ok(Begun {
            fields,
            _taken: taken,
            _places: places,
        })
    }

    /// Whether the request has a key, if one is needed: as a parameter, or as a bearer's.
    fn check_key(&self, bearer: Option<&str>, fields: &Fields) -> Result<(), Refusal> {
        let Some(keys) = &self.settings.keys else {
            return Ok(());
        };
        match fields.text("api_key")?.or(bearer) {
            Some(key) if keys.has(key) => Ok(()),
            Some(_) => Err(Refusal::forbidden("Invalid API key")),
            None => Err(Refusal::bad(
                "Please contact the server operator to get an API key",
            )),
        }
    }

    /// What is counted here, now.
    pub fn gauges(&self) -> Gauges {
        Gauges {
            waiting: self.translator.waiting(),
            under_way: self.places.count - self.places.all.available_permits(),
            downloads: self.downloads.bytes(),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| key.trim().to_owned())
}

/// Limits the time of a request, counts it, and tells of it.
pub async fn measured(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = (request.extensions().get::<MatchedPath>()).cloned();
    let path = path.as_ref().map_or("*", MatchedPath::as_str).to_owned();
    let begun = Instant::now();
    let limit = app.settings.limits.time;
    let response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => late(limit).into_response(),
    };
    let status = response.status();
    let time = begun.elapsed();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        app.metrics.refused();
    }
    app.metrics.answered(&path, status.as_u16(), time);
    (app.on_answer)(&Answered {
        path: &path,
        status: status.as_u16(),
        time,
    });
    response
}

/// The refusal of a request whose time is over.
pub fn late(limit: Duration) -> Refusal {
    let message = format!(
        "The request took longer than {} seconds: send less at once",
        limit.as_secs()
    );
    Refusal::new(StatusCode::GATEWAY_TIMEOUT, message)
}
