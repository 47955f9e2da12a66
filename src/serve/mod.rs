//! `degist serve`: an HTTP server that answers the API of LibreTranslate, so that the programs which speak it can use
//! degist, and a page for people.
//!
//! A request is let in (`guard`), read ([`fields`]), and becomes an order in a [`lane`], whose thread works on the orders
//! of all clients together. This is the only part of the library that is asynchronous.

mod answer;
mod app;
mod connections;
mod detect;
mod downloads;
mod fields;
mod guard;
mod keys;
mod lane;
mod metrics;
mod refusal;
mod routes;
mod settings;
mod translator;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

pub use app::Answered;
pub use connections::Stop;
pub use detect::{Detected, detect};
pub use guard::Admitted;
pub use keys::{Keys, NoKeys};
pub use settings::{Limits, ServeSettings};

use crate::model::Model;

/// Threads that read requests and write answers: the lanes have their own.
const ANSWERING: usize = 2;
/// Threads for files, which take long to read.
const READING: usize = 8;
/// Time for work that nobody waits for, after the last answer.
const GRACE: Duration = Duration::from_secs(1);

/// Time between two looks at what is kept for too long.
const TIDYING: Duration = Duration::from_secs(30);

/// Receives what is said of each request that was answered, from several threads.
pub type OnAnswer = dyn Fn(&Answered<'_>) + Send + Sync;

/// Answers requests until it is stopped; what is begun then is done first.
///
/// # Errors
/// When threads cannot be started, or the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    model: &'static Model,
    settings: ServeSettings,
    stop: Stop,
    on_answer: Box<OnAnswer>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(ANSWERING)
        .max_blocking_threads(READING)
        .enable_io()
        .enable_time()
        .build()?;
    let app = app::App::start(model, settings, on_answer)?;
    listener.set_nonblocking(true)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let own = Arc::clone(&app);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TIDYING).await;
                own.downloads.forget_old();
            }
        });
        connections::serve(listener, routes::router(app), stop).await;
        Ok::<_, io::Error>(())
    })?;
    runtime.shutdown_timeout(GRACE);
    Ok(())
}
