//! Counters, in the text format of Prometheus. None of them knows anything of a text but its size.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram of times, in seconds.
const BOUNDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1., 5., 30.,
];

/// What a server counts.
#[derive(Debug, Default)]
pub struct Metrics {
    /// By path and status.
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    /// Requests by the first bound that they do not exceed; the last are beyond all.
    seconds: [AtomicU64; BOUNDS.len() + 1],
    /// In microseconds, of all requests.
    time: AtomicU64,
    steps: AtomicU64,
    sentences: AtomicU64,
    words: AtomicU64,
    cancelled: AtomicU64,
    refused: AtomicU64,
}

/// What is counted elsewhere, now.
pub struct Gauges {
    /// Orders that wait for their next step.
    pub waiting: usize,
    /// Requests that are worked on.
    pub under_way: usize,
    /// Bytes of results that wait to be fetched.
    pub downloads: usize,
}

impl Metrics {
    /// Counts a request that was answered; `path` is one of the server's own, never a client's text.
    pub fn answered(&self, path: &str, status: u16, time: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((path.to_owned(), status)).or_default() += 1;
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS.iter().position(|&bound| seconds <= bound);
        add(&self.seconds[bucket.unwrap_or(BOUNDS.len())], 1);
        add(&self.time, time.as_micros() as usize);
    }

    /// Counts a step of a lane.
    pub fn step(&self, sentences: usize) {
        add(&self.steps, 1);
        add(&self.sentences, sentences);
    }

    /// Counts source words that were asked for.
    pub fn words(&self, words: usize) {
        add(&self.words, words);
    }

    /// Counts orders that were dropped because their clients had gone.
    pub fn cancelled(&self, orders: usize) {
        add(&self.cancelled, orders);
    }

    /// Counts a request for which there was no room.
    pub fn refused(&self) {
        add(&self.refused, 1);
    }

    /// All counters as text.
    pub fn text(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        family(
            &mut text,
            "degist_requests_total",
            "counter",
            "Requests that were answered",
        );
        for ((path, status), count) in &*requests {
            let labels = format!("{{path=\"{path}\",status=\"{status}\"}}");
            sample(&mut text, &format!("degist_requests_total{labels}"), *count);
        }
        drop(requests);
        let name = "degist_request_seconds";
        family(
            &mut text,
            name,
            "histogram",
            "Time until a request was answered",
        );
        let mut total = 0;
        for (bound, count) in BOUNDS.iter().zip(&self.seconds) {
            total += get(count);
            sample(
                &mut text,
                &format!("{name}_bucket{{le=\"{bound}\"}}"),
                total,
            );
        }
        total += get(&self.seconds[BOUNDS.len()]);
        sample(&mut text, &format!("{name}_bucket{{le=\"+Inf\"}}"), total);
        sample(
            &mut text,
            &format!("{name}_sum"),
            get(&self.time) as f64 / 1e6,
        );
        sample(&mut text, &format!("{name}_count"), total);
        for (name, help, value) in [
            (
                "degist_steps_total",
                "Batches of sentences from all requests that waited",
                &self.steps,
            ),
            (
                "degist_sentences_total",
                "Sentences in these batches",
                &self.sentences,
            ),
            (
                "degist_words_total",
                "Source words of texts and files",
                &self.words,
            ),
            (
                "degist_cancelled_total",
                "Orders dropped because the client had gone",
                &self.cancelled,
            ),
            (
                "degist_refused_total",
                "Requests answered with 503 because too many were under way",
                &self.refused,
            ),
        ] {
            family(&mut text, name, "counter", help);
            sample(&mut text, name, get(value));
        }
        for (name, help, value) in [
            (
                "degist_waiting",
                "Orders that wait for their next step",
                gauges.waiting,
            ),
            (
                "degist_under_way",
                "Requests that are worked on",
                gauges.under_way,
            ),
            (
                "degist_download_bytes",
                "Results that wait to be fetched",
                gauges.downloads,
            ),
        ] {
            family(&mut text, name, "gauge", help);
            sample(&mut text, name, value);
        }
        text
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

// Writing to a string cannot fail.
fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "{name} {value}");
}
