//! Connections: accepted while there is room, closed when they are slow or idle, and ended in order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

/// Connections at the same time; more wait in the system's queue.
const CONNECTIONS: usize = 1024;
/// Time in which a request's head must be there, from the end of the one before.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Bytes of a head at most.
const HEAD_BYTES: usize = 64 << 10;
/// Pause after the system had no room for a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Ends a server: what is begun is done first.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// Ends it. A server that has not started yet ends when it does.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

/// Serves connections until it is stopped and the last answer is given.
pub async fn serve(listener: TcpListener, router: Router, stop: Stop) {
    let graceful = Arc::new(GracefulShutdown::new());
    let accepting = tokio::spawn(accept(listener, router, Arc::clone(&graceful)));
    stop.0.notified().await;
    accepting.abort();
    // The task must be gone, with its listener and its share of `graceful`.
    let _ = accepting.await;
    if let Some(graceful) = Arc::into_inner(graceful) {
        graceful.shutdown().await;
    }
}

async fn accept(listener: TcpListener, router: Router, graceful: Arc<GracefulShutdown>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES);
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Answers are small, and should not wait for more to send. Where that fails they are slower.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watcher().watch(connection);
        tokio::spawn(async move {
            // A connection that breaks off is the client's affair.
            let _ = connection.await;
            drop(place);
        });
    }
}
