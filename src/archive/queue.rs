//! The work on an archive: one thread reads and chooses, all threads translate, one thread writes.
//!
//! Texts go through in steps of up to some thousand sentences, whichever documents they are from: batches are full however
//! short the documents are, and at most three steps are in memory however long they are. A result is written as soon as
//! its last step is translated.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;

use rayon::prelude::*;

use super::job::{Input, Job};
use super::job_error::JobError;
use super::journal::{Hashed, Journal, State};
use super::sections::Sections;
use crate::article::Article;
use crate::document::{FileFormat, words};
use crate::files::{WholeFile, display};
use crate::model::Model;
use crate::request::{Plan, Request, Results};
use crate::summarize::Summary;
use crate::translate::{Translation, TranslationMemory};

/// Sentences after which the first step and any later one is full. Steps begin small and double, so that the first results
/// are there soon and a run that is often killed makes progress.
const FIRST_SENTENCES: usize = 64;
const SENTENCES: usize = 4096;
/// Bytes of text in a step at most, but for a single longer one.
const BYTES: u64 = 8 << 20;
/// Documents in a step at most.
const DOCUMENTS: usize = 1024;

/// Summary and translation of a text, or of a section of a long one.
#[derive(Debug)]
pub struct Made<'a> {
    /// Index of the job.
    pub job: usize,
    /// The input, for headings and messages.
    pub name: &'a str,
    /// The format that it was read in.
    pub format: FileFormat,
    /// The text.
    pub article: &'a Article,
    /// The summary, if requested.
    pub summary: Option<Summary>,
    /// One for each segment of the article, if requested.
    pub translations: Option<Vec<Translation>>,
}

/// When a run stops, and what it skips.
pub struct Control<'a> {
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Most texts to work on; those whose results are up to date do not count.
    pub limit: usize,
    /// Make results again that are up to date.
    pub force: bool,
    /// Set from outside: the run finishes the texts that it has begun and stops.
    pub stop: &'a AtomicBool,
}

/// State that a run goes on from.
#[derive(Default)]
pub struct RunState {
    /// Results of earlier runs, if there is a folder for the results.
    pub journal: Option<Journal>,
    /// Translations of earlier texts.
    pub memory: TranslationMemory,
}

/// Something that happened in a run.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// A text, or a section of one, was read.
    Read {
        /// The input.
        name: &'a str,
        /// Its sentences.
        article: &'a Article,
        /// Whether this is its first section.
        first: bool,
        /// Bytes of the file.
        bytes: u64,
        /// Source words that will be translated.
        words: usize,
    },
    /// This many more source words are translated.
    Translated(usize),
    /// A text, or a section of one, is translated.
    Made(&'a Made<'a>),
    /// The result of this input is in place.
    Done(&'a str),
    /// The result of this input is up to date; the input has this many bytes.
    Unchanged(&'a str, u64),
    /// A file of a folder was left out, or copied, because it is no prose.
    Skipped {
        /// The input.
        name: &'a str,
        /// What it is, with its article.
        what: &'static str,
        /// Whether it was copied.
        copied: bool,
    },
    /// An input has no result, for this reason.
    Failed(&'a str),
}

/// Receives the events of a run, from several threads.
pub trait Observer: Sync {
    /// Called for every event.
    fn on_event(&self, event: RunEvent<'_>);
}

/// Numbers of results of a run, and its errors.
#[derive(Debug, Default)]
pub struct Tally {
    /// Results made.
    pub done: usize,
    /// Results that were up to date.
    pub unchanged: usize,
    /// Numbers of files that were left out because they are no prose, by what they are.
    pub skipped: BTreeMap<&'static str, usize>,
    /// Files that are no prose and were copied.
    pub copied: usize,
    /// Texts that could not be opened or read to their end.
    pub unreadable: usize,
    /// Texts with parts that could not be read; they are among the results made.
    pub flawed: usize,
    /// Messages that name the texts without results and say why, but for those that are unreadable.
    pub failed: Vec<String>,
    /// Whether the reader of standard output has gone, as `head` does.
    pub broken_pipe: bool,
    /// The error, if the journal could not be closed: the next run then looks for unfinished files.
    pub journal: Option<io::Error>,
}

/// Makes the bytes of a result.
pub type Report<'a> =
    dyn Fn(&Made<'_>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> + Sync + 'a;

/// A text, or a section of a long one, between reading and writing.
struct Portion {
    job: usize,
    name: String,
    format: FileFormat,
    article: Article,
    plan: Plan,
    /// SHA-256 of the input, in the last section of a text only.
    end: Option<String>,
}

/// A message to the writing thread.
enum Message {
    Section {
        portion: Box<Portion>,
        result: Vec<u8>,
    },
    Unchanged {
        name: String,
        bytes: u64,
    },
    /// A file of a folder that is no prose.
    Skipped {
        job: usize,
        what: &'static str,
    },
    Failed {
        job: usize,
        error: JobError,
    },
}

/// Texts that are translated together.
struct Batch {
    portions: Vec<Result<Portion, Message>>,
    sentences: usize,
    bytes: u64,
    /// Sentences after which the step is full.
    enough: usize,
}

/// Works on `jobs` in their order. A text that fails is reported and the others go on, unless `control` says otherwise; an
/// output that has no room left ends the run. However the run ends, the journal is closed and the tally says what was done.
///
/// # Errors
/// When no thread can be started; nothing is done then.
pub fn run(
    jobs: &[Job],
    model: &Model,
    request: &Request,
    control: &Control<'_>,
    state: RunState,
    report: &Report<'_>,
    observer: &dyn Observer,
) -> io::Result<Tally> {
    let RunState {
        journal,
        mut memory,
    } = state;
    let stop = &AtomicBool::new(false);
    let (to_translate, steps) = sync_channel::<Batch>(1);
    let (to_write, results) = sync_channel::<Vec<Message>>(1);
    let tally = std::thread::scope(|scope| {
        let reader = JobReader {
            jobs,
            model,
            request,
            control,
            journal: journal.as_ref(),
            stop,
            observer,
        };
        Builder::new().spawn_scoped(scope, move || reader.run(&to_translate))?;
        let writer = ResultWriter {
            jobs,
            journal: journal.as_ref(),
            fail_fast: control.fail_fast,
            stop,
            observer,
            tally: Tally::default(),
            open: None,
            given_up: HashSet::new(),
            flawed: HashSet::new(),
        };
        let writer = Builder::new().spawn_scoped(scope, move || writer.run(results))?;
        translate_batches(
            &steps,
            &to_write,
            model,
            request,
            &mut memory,
            report,
            observer,
        );
        // Both neighbours end when their channels do.
        drop((steps, to_write));
        Ok(writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let closed = journal.map_or(Ok(()), Journal::close);
    tally.map(|tally| Tally {
        journal: closed.err(),
        ..tally
    })
}

/// Receives steps of texts and sends steps of results, until either neighbour ends.
fn translate_batches(
    steps: &Receiver<Batch>,
    to_write: &SyncSender<Vec<Message>>,
    model: &Model,
    request: &Request,
    memory: &mut TranslationMemory,
    report: &Report<'_>,
    observer: &dyn Observer,
) {
    for step in steps {
        let portions = step.portions.iter().flatten();
        let wanted: Vec<_> = (portions.clone())
            .map(|portion| (&portion.article, &portion.plan))
            .collect();
        let progress = |words| observer.on_event(RunEvent::Translated(words));
        let results = request.run(&wanted, model, memory, &progress);
        assert_eq!(results.len(), wanted.len(), "each text has its results");
        let mut results = results.into_iter();
        let portions: Vec<_> = (step.portions.into_iter())
            .map(|portion| portion.map(|portion| (portion, results.next())))
            .collect();
        let messages: Vec<Message> = (portions.into_par_iter())
            .map(|portion| match portion {
                Ok((portion, Some(Ok(results)))) => finish(portion, results, report, observer),
                Ok((portion, Some(Err(error)))) => Message::Failed {
                    job: portion.job,
                    error: JobError::Translate {
                        name: portion.name,
                        source: error,
                    },
                },
                Ok((_, None)) => unreachable!("each text has its results"),
                Err(message) => message,
            })
            .collect();
        if to_write.send(messages).is_err() {
            break;
        }
    }
}

fn finish(
    portion: Portion,
    (summary, translations): Results,
    report: &Report<'_>,
    observer: &dyn Observer,
) -> Message {
    let made = Made {
        job: portion.job,
        name: &portion.name,
        format: portion.format,
        article: &portion.article,
        summary,
        translations,
    };
    observer.on_event(RunEvent::Made(&made));
    match report(&made) {
        Ok(result) => Message::Section {
            portion: Box::new(portion),
            result,
        },
        Err(source) => Message::Failed {
            job: portion.job,
            error: JobError::Report {
                name: portion.name,
                source,
            },
        },
    }
}

/// The first thread: from jobs to texts.
struct JobReader<'a> {
    jobs: &'a [Job],
    model: &'a Model,
    request: &'a Request,
    control: &'a Control<'a>,
    journal: Option<&'a Journal>,
    stop: &'a AtomicBool,
    observer: &'a dyn Observer,
}

impl JobReader<'_> {
    fn run(&self, out: &SyncSender<Batch>) {
        let mut step = Batch::of(FIRST_SENTENCES);
        let mut begun = 0;
        for (job, at) in self.jobs.iter().enumerate() {
            if self.stops() || begun >= self.control.limit {
                break;
            }
            if let Some(unchanged) = self.unchanged(at) {
                step.portions.push(Err(unchanged));
            } else {
                begun += 1;
                let mut connected = true;
                let mut is_untouched = true;
                let read = self.read(job, at, |portion, bytes| {
                    is_untouched = false;
                    step.sentences += portion.plan.wanted.len();
                    step.bytes += bytes;
                    step.portions.push(Ok(portion));
                    if step.is_full() {
                        connected = out.send(step.next()).is_ok();
                    }
                    connected && !self.stops()
                });
                if !connected {
                    return;
                }
                if let Err(error) = read {
                    let message = match error.unsupported() {
                        Some(what) if at.is_found && is_untouched => {
                            begun -= 1;
                            Message::Skipped { job, what }
                        }
                        _ => Message::Failed { job, error },
                    };
                    step.portions.push(Err(message));
                }
            }
            if step.is_full() && out.send(step.next()).is_err() {
                return;
            }
        }
        // The channel is closed only if the run has ended.
        let _ = out.send(step);
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.control.stop.load(Ordering::Relaxed)
    }

    /// The message about a job whose result is up to date; `None` if it is not.
    fn unchanged(&self, job: &Job) -> Option<Message> {
        let (Some(journal), Input::File(input)) = (self.journal, &job.input) else {
            return None;
        };
        let mut results = job.output.iter().chain(&job.copy);
        let is_done = |result: &PathBuf| journal.known().state(result, input) == State::Done;
        let done = !self.control.force && results.any(is_done);
        done.then(|| Message::Unchanged {
            name: job.input.name(),
            bytes: job.bytes,
        })
    }

    /// Passes the sections of a text to `hand_on` until that returns `false`.
    fn read(
        &self,
        job: usize,
        at: &Job,
        mut hand_on: impl FnMut(Portion, u64) -> bool,
    ) -> Result<(), JobError> {
        let name = at.input.name();
        let cannot_read = |source| JobError::Read {
            name: name.clone(),
            source,
        };
        let file = match &at.input {
            Input::File(path) => Some(File::open(path).map_err(cannot_read)?),
            Input::Stdin | Input::Text(_) => None,
        };
        let stamp = |file: &File| {
            let data = file.metadata().ok()?;
            Some((data.len(), data.modified().ok()?))
        };
        let before = file.as_ref().and_then(stamp);
        let reader: Box<dyn Read + '_> = match (&at.input, &file) {
            (Input::Text(text), _) => Box::new(text.as_bytes()),
            (_, Some(file)) => Box::new(file),
            (_, None) => Box::new(io::stdin()),
        };
        let mut sections = Sections::new(Hashed::new(reader));
        let format = at.format(&self.request.read, || sections.beginning())?;
        if self.request.in_sections {
            sections.cut_at(format.cut);
        }
        let mut first = true;
        while let Some(bytes) = sections.next() {
            let bytes = bytes.map_err(cannot_read)?;
            let article =
                (self.request.read.read(&bytes, format)).map_err(|source| JobError::Document {
                    name: name.clone(),
                    source,
                })?;
            let length = bytes.len() as u64;
            drop(bytes);
            let plan =
                (self.request.plan(&article, self.model)).map_err(|error| JobError::Translate {
                    name: name.clone(),
                    source: error.into(),
                })?;
            let end = sections.is_done().then(|| sections.reader().sha256());
            if end.is_some() && before != file.as_ref().and_then(stamp) {
                return Err(JobError::Changed { name });
            }
            let words = (plan.wanted.iter())
                .map(|&i| article.source(&article.segments[i]))
                .map(words::count)
                .sum();
            self.observer.on_event(RunEvent::Read {
                name: &name,
                article: &article,
                first,
                bytes: length,
                words,
            });
            let portion = Portion {
                job,
                name: name.clone(),
                format,
                article,
                plan,
                end,
            };
            if !hand_on(portion, length) {
                break;
            }
            first = false;
        }
        Ok(())
    }
}

impl Batch {
    fn of(enough: usize) -> Self {
        Self {
            portions: Vec::new(),
            sentences: 0,
            bytes: 0,
            enough,
        }
    }

    /// Takes the step out and begins a larger one in its place.
    fn next(&mut self) -> Self {
        let larger = Self::of(SENTENCES.min(2 * self.enough));
        std::mem::replace(self, larger)
    }

    fn is_full(&self) -> bool {
        self.sentences >= self.enough || self.bytes >= BYTES || self.portions.len() >= DOCUMENTS
    }
}

/// The last thread: from results to files.
struct ResultWriter<'a> {
    jobs: &'a [Job],
    journal: Option<&'a Journal>,
    fail_fast: bool,
    stop: &'a AtomicBool,
    observer: &'a dyn Observer,
    tally: Tally,
    /// The job whose sections come in, and where they go.
    open: Option<(usize, Destination)>,
    /// Jobs that failed half way: their other sections are dropped.
    given_up: HashSet<usize>,
    /// Jobs of whose texts parts could not be read.
    flawed: HashSet<usize>,
}

impl ResultWriter<'_> {
    fn run(mut self, results: Receiver<Vec<Message>>) -> Tally {
        for message in results.into_iter().flatten() {
            match message {
                Message::Section { portion, result } => {
                    let job = portion.job;
                    if self.given_up.contains(&job) {
                        continue;
                    }
                    if let Err(error) = self.write(&portion, &result) {
                        self.fail(job, &error);
                    }
                }
                Message::Unchanged { name, bytes } => {
                    self.tally.unchanged += 1;
                    self.observer.on_event(RunEvent::Unchanged(&name, bytes));
                }
                Message::Skipped { job, what } => match self.skip(job, what) {
                    Ok(()) => {}
                    Err(error) => self.fail(job, &error),
                },
                Message::Failed { job, error } => self.fail(job, &error),
            }
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        self.tally
    }

    fn write(&mut self, portion: &Portion, result: &[u8]) -> Result<(), JobError> {
        if !portion.article.document.flaws.is_empty() {
            self.flawed.insert(portion.job);
        }
        let job = &self.jobs[portion.job];
        let cannot_write = |source| JobError::Write {
            output: (job.output.as_deref()).map_or_else(|| "standard output".into(), display),
            source,
        };
        let mut destination = match self.open.take() {
            Some((job, destination)) if job == portion.job => destination,
            // Begun with the first result, so that an unreadable input leaves no trace.
            _ => Destination::open(job).map_err(cannot_write)?,
        };
        destination.write(result).map_err(cannot_write)?;
        let Some(sha256) = &portion.end else {
            self.open = Some((portion.job, destination));
            return Ok(());
        };
        let bytes = destination.finish().map_err(cannot_write)?;
        if let (Some(journal), Some(output)) = (self.journal, &job.output) {
            (journal.done(output, sha256, bytes)).map_err(JobError::Journal)?;
        }
        self.tally.done += 1;
        self.tally.flawed += usize::from(self.flawed.remove(&portion.job));
        self.observer.on_event(RunEvent::Done(&portion.name));
        Ok(())
    }

    /// Counts a file that is no prose, and copies it if that is wanted.
    fn skip(&mut self, job: usize, what: &'static str) -> Result<(), JobError> {
        let Job { input, copy, .. } = &self.jobs[job];
        let name = input.name();
        let copied = match (input, copy) {
            (Input::File(input), Some(copy)) => {
                self.copy(&name, input, copy)?;
                self.tally.copied += 1;
                true
            }
            _ => {
                *self.tally.skipped.entry(what).or_default() += 1;
                false
            }
        };
        self.observer.on_event(RunEvent::Skipped {
            name: &name,
            what,
            copied,
        });
        Ok(())
    }

    fn copy(&self, name: &str, input: &Path, copy: &Path) -> Result<(), JobError> {
        let cannot_read = |source| JobError::Read {
            name: name.to_owned(),
            source,
        };
        let cannot_write = |source| JobError::Write {
            output: display(copy),
            source,
        };
        let mut source = Hashed::new(File::open(input).map_err(cannot_read)?);
        let mut file = WholeFile::create(copy).map_err(cannot_write)?;
        let bytes = io::copy(&mut source, &mut file).map_err(cannot_write)?;
        file.finish().map_err(cannot_write)?;
        match self.journal {
            Some(journal) => {
                (journal.done(copy, &source.sha256(), bytes)).map_err(JobError::Journal)
            }
            None => Ok(()),
        }
    }

    fn fail(&mut self, job: usize, error: &JobError) {
        self.open = None;
        let kind = error.write_kind();
        if kind == Some(io::ErrorKind::BrokenPipe) {
            self.tally.broken_pipe = true;
            self.stop.store(true, Ordering::Relaxed);
            return;
        }
        let mut why = error.with_causes();
        // No result after this one would fare better.
        if matches!(
            kind,
            Some(io::ErrorKind::StorageFull | io::ErrorKind::ReadOnlyFilesystem)
        ) {
            why += "; stopped here: run the same command again when there is room";
            self.stop.store(true, Ordering::Relaxed);
        }
        if self.given_up.insert(job) {
            if let (Some(journal), Some(output)) = (self.journal, &self.jobs[job].output) {
                // The failure is reported anyway, and without the line it is tried again anyway.
                let _ = journal.failed(output, &why);
            }
            self.observer.on_event(RunEvent::Failed(&why));
            match error {
                JobError::Read { .. } => self.tally.unreadable += 1,
                _ => self.tally.failed.push(why),
            }
        }
        if self.fail_fast {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// An open file, or standard output, that a result goes to.
enum Destination {
    Stdout,
    File { file: WholeFile, bytes: u64 },
}

impl Destination {
    fn open(job: &Job) -> io::Result<Self> {
        Ok(match &job.output {
            Some(path) => Self::File {
                file: WholeFile::create(path)?,
                bytes: 0,
            },
            None => Self::Stdout,
        })
    }

    fn write(&mut self, result: &[u8]) -> io::Result<()> {
        match self {
            Self::File { file, bytes } => {
                *bytes += result.len() as u64;
                file.write_all(result)
            }
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(result)?;
                stdout.flush()
            }
        }
    }

    /// Puts the result in its place and returns its size in bytes.
    fn finish(self) -> io::Result<u64> {
        match self {
            Self::File { file, bytes } => file.finish().map(|()| bytes),
            Self::Stdout => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::DecodeOptions;
    use crate::hub;
    use crate::model::{Decoder, EncoderOutput, Generation, NetworkError, NetworkResult, Seq2Seq};
    use crate::request::ReadOptions;
    use std::sync::Mutex;

    /// A network that fails at long sources.
    struct Failing(Box<dyn Seq2Seq>);

    impl Seq2Seq for Failing {
        fn max_source_tokens(&self) -> usize {
            self.0.max_source_tokens()
        }

        fn eos(&self) -> u32 {
            self.0.eos()
        }

        fn generation(&self) -> &Generation {
            self.0.generation()
        }

        fn encode(&self, batch: &[&[u32]]) -> NetworkResult<EncoderOutput> {
            match batch.iter().any(|source| source.len() > 30) {
                true => Err(NetworkError::new("out of memory")),
                false => self.0.encode(batch),
            }
        }

        fn decoder(
            &self,
            memory: &EncoderOutput,
            beam: usize,
            shortlists: Option<Vec<Vec<u32>>>,
        ) -> NetworkResult<Box<dyn Decoder + '_>> {
            self.0.decoder(memory, beam, shortlists)
        }
    }

    struct Failures(Mutex<Vec<String>>);

    impl Observer for Failures {
        fn on_event(&self, event: RunEvent<'_>) {
            if let RunEvent::Failed(why) = event {
                self.0.lock().unwrap().push(why.to_owned());
            }
        }
    }

    #[test]
    fn a_network_that_fails_costs_one_text_and_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let long = "Wir gehen heute alle zusammen an den See, ".repeat(12) + "weil es warm ist.";
        let texts = [
            ("a", "Guten Tag!"),
            ("b", &long),
            ("c", "Das Wetter ist schön."),
        ];
        let jobs = texts.map(|(name, text)| {
            let input = folder.path().join(name);
            std::fs::write(&input, text).unwrap();
            Job::new(Input::File(input), Some(out.join(name)))
        });
        let mut model = Model::load(&hub::embedded()).unwrap();
        model.network = Box::new(Failing(model.network));
        let request = Request {
            read: ReadOptions::default(),
            summary: None,
            translate: true,
            in_sections: true,
            decode: DecodeOptions::default(),
        };
        let control = Control {
            fail_fast: false,
            limit: usize::MAX,
            force: false,
            stop: &AtomicBool::new(false),
        };
        let state = RunState {
            journal: Some(Journal::open(&out, "recipe").unwrap()),
            ..RunState::default()
        };
        let report = |made: &Made<'_>| Ok(format!("{:?}", made.translations).into_bytes());
        let failures = Failures(Mutex::default());
        let tally = run(&jobs, &model, &request, &control, state, &report, &failures).unwrap();

        assert_eq!((tally.done, tally.failed.len()), (2, 1));
        let why = &tally.failed[0];
        let name = display(&folder.path().join("b"));
        assert_eq!(*why, format!("cannot translate {name}: out of memory"));
        assert_eq!(*failures.0.lock().unwrap(), tally.failed);
        assert!(out.join("a").exists() && !out.join("b").exists() && out.join("c").exists());
        let journal = std::fs::read_to_string(out.join(".degist/journal.jsonl")).unwrap();
        assert!(journal.ends_with("{\"closed\":true}\n"), "{journal}");
        assert!(journal.contains("out of memory"), "{journal}");
    }
}
