//! `degist serve`: a server that speaks LibreTranslate's API, and a page in the browser.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use super::options::{ModelOptions, SearchOptions};
use super::outcome::{CommandError, Outcome};
use super::printer::{Printer, TalkOptions};
use super::settings::{read_glossary, read_memory};
use super::summarize::BEAM;
use crate::document::formats::pdf::PDF_THREAD;
use crate::files;
use crate::request::ReadOptions;
use crate::serve::{self, Admitted, Keys, Limits, ServeSettings, Stop};

const EXAMPLES: &str = "\
Examples:
  degist serve                                       a page at http://127.0.0.1:5000, and LibreTranslate's API
  curl -d source=de -d target=en -d q='Guten Tag!' http://127.0.0.1:5000/translate
  curl -F file=@brief.docx -F source=de -F target=en -F download=1 http://127.0.0.1:5000/translate_file -OJ
  degist serve --listen 0.0.0.0:5000 --allow-host translate.example.org --api-key keys.txt
  degist serve --cors https://weblate.example.org    pages of that site may ask

The API is described at /openapi.json, counters for Prometheus are at /metrics.";

/// Answer LibreTranslate's API over HTTP, with a page to translate on
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// The address to listen on; only programs on this computer reach 127.0.0.1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5000")]
    listen: String,

    /// A file of keys, one on a line: who asks must give one of them, as LibreTranslate's api_key or as a bearer's
    #[arg(long, value_name = "FILE")]
    api_key: Option<PathBuf>,

    /// Another name that this server is called by, such as translate.example.org; may be given several times
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,

    /// A site whose pages may ask, such as https://weblate.example.org, or * for all; may be given several times
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,

    /// Requests that are worked on or wait at the same time; more are answered with 503
    #[arg(long, value_name = "N", default_value = "256")]
    queue: NonZeroUsize,

    /// Megabytes of a file at most
    #[arg(long, value_name = "MB", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=1024))]
    max_file: u16,

    /// Characters of a text at most [default: no limit but that of a request, 2 MB]
    #[arg(long, value_name = "N")]
    char_limit: Option<NonZeroUsize>,

    /// Seconds for a request at most
    #[arg(long, value_name = "S", default_value = "600", value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,

    /// Mark sentences as doubtful whose score (mean log-probability of a token) is below this
    #[arg(
        long,
        value_name = "SCORE",
        allow_negative_numbers = true,
        default_value = "-0.45"
    )]
    flag_below: f32,

    /// A file of terms whose translation is fixed: one a line, German, a tab, English
    #[arg(long, value_name = "FILE")]
    glossary: Option<PathBuf>,

    /// A translation memory of another program (TMX): sentences that it has word for word are not translated again, and those
    /// like one of its sentences keep to its words
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,

    /// Print a line on stderr for each request: route, status and time, and nothing of a text
    #[arg(long)]
    log_requests: bool,

    #[command(flatten)]
    pub talk: TalkOptions,

    #[command(flatten)]
    search: SearchOptions,

    #[command(flatten)]
    model: ModelOptions,
}

pub fn run(command: Serve, printer: &Printer) -> Result<Outcome, CommandError> {
    let settings = command.settings()?;
    let listener = listen(&command.listen)?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() && settings.keys.is_none() {
        printer.warn("everybody who reaches this address may use it: --api-key asks for a key");
    }
    let model = command.model.load()?;
    printer.note(&format!("Listening on http://{address}; Ctrl-C ends it."));
    hide_texts_of_panics(printer.clone());
    let stop = Stop::default();
    stop_on_interrupt(stop.clone(), printer.clone());
    let log = printer.clone();
    let on_answer = move |answered: &serve::Answered<'_>| {
        if command.log_requests {
            let milliseconds = answered.time.as_secs_f64() * 1000.;
            let serve::Answered { path, status, .. } = answered;
            log.note(&format!("{path} {status} {milliseconds:.1} ms"));
        }
    };
    serve::serve(listener, model, settings, stop, Box::new(on_answer))?;
    Ok(Outcome::Done)
}

impl Serve {
    fn settings(&self) -> Result<ServeSettings, CommandError> {
        let read = ReadOptions {
            glossary: (self.glossary.clone())
                .map_or_else(|| Ok(Default::default()), read_glossary)?,
            memory: (self.memory.clone()).map_or_else(|| Ok(Default::default()), read_memory)?,
            ..ReadOptions::default()
        };
        let hosts = self.allow_host.iter().map(|name| name.to_ascii_lowercase());
        Ok(ServeSettings {
            read: Arc::new(read),
            texts: self.search.decode(0),
            summaries: self.search.decode(BEAM),
            threads: self.model.threads(),
            flag_below: self.flag_below,
            keys: self.api_key.as_deref().map(read_keys).transpose()?,
            admitted: Admitted {
                hosts: hosts.collect(),
                origins: self.cors.clone(),
            },
            limits: Limits {
                requests: self.queue.get(),
                file_bytes: usize::from(self.max_file) << 20,
                characters: self.char_limit.map(NonZeroUsize::get),
                time: Duration::from_secs(self.timeout.into()),
            },
        })
    }
}

fn read_keys(path: &Path) -> Result<Keys, CommandError> {
    let fail = |error: &dyn std::fmt::Display| {
        CommandError::usage(format!("--api-key {}: {error}", files::display(path)))
    };
    let text = std::fs::read_to_string(path).map_err(|error| fail(&error))?;
    Keys::read(&text).map_err(|error| fail(&error))
}

fn listen(address: &str) -> Result<TcpListener, CommandError> {
    let no_address = |error: &dyn std::fmt::Display| {
        CommandError::usage(format!(
            "--listen {address}: {error}; give an address and a port, such as 127.0.0.1:5000"
        ))
    };
    let addresses: Vec<SocketAddr> = match address.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(no_address(&error)),
    };
    TcpListener::bind(addresses.as_slice()).map_err(|error| {
        CommandError::other(format!(
            "cannot listen on {address}: {error}; choose another address with --listen"
        ))
    })
}

/// Says of a panic only where it was: its message may quote a text.
fn hide_texts_of_panics(printer: Printer) {
    std::panic::set_hook(Box::new(move |panic| {
        // Those of the library that reads PDF files are reported as errors of the file.
        if std::thread::current().name() != Some(PDF_THREAD) {
            let place = panic.location().map(ToString::to_string);
            let place = place.unwrap_or_default();
            printer.error(&format!("a fault in degist ended a request: {place}"));
        }
    }));
}

/// Ends the server when the user presses Ctrl-C or the system asks for it; the second time at once.
fn stop_on_interrupt(stop: Stop, printer: Printer) {
    let asked = AtomicBool::new(false);
    let handler = move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(Outcome::Interrupted as i32);
        }
        printer.note("Answering what is begun; Ctrl-C again ends at once.");
        stop.stop();
    };
    // Without a handler Ctrl-C ends at once.
    let _ = ctrlc::set_handler(handler);
}
