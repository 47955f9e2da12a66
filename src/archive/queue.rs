//! The work on an archive: one thread reads and chooses, all threads translate, one thread writes.
//!
//! Texts go through in steps of up to some thousand sentences, whichever documents they are from: batches are full however
//! short the documents are, and at most three steps are in memory however long they are. A result is written as soon as
//! its last step is translated.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, bail};
use rayon::prelude::*;

use super::jobs::{Input, Job};
use super::journal::{Hashed, Journal, State};
use super::sections::Sections;
use crate::article::Article;
use crate::document::{FileFormat, words};
use crate::files::WholeFile;
use crate::files::shown;
use crate::model::Model;
use crate::request::{Order, Plan, Results};
use crate::summarize::Summary;
use crate::translate::Translation;
use crate::translate::TranslationMemory;

/// Sentences that the first step has at least, if there are so many, and any step. Steps begin small and double, so that
/// the first results are there soon and a run that is often killed gets on.
const FIRST_SENTENCES: usize = 64;
const SENTENCES: usize = 4096;
/// Bytes of text in a step at most, but for a single longer one.
const BYTES: u64 = 8 << 20;
/// Documents in a step at most.
const DOCUMENTS: usize = 1024;

/// What was made of a text, or of a part of a long one.
#[derive(Debug)]
pub struct Made<'a> {
    /// Which of the jobs.
    pub job: usize,
    /// The input, for headings and messages.
    pub name: &'a str,
    /// The text.
    pub article: &'a Article,
    /// If ordered.
    pub summary: Option<Summary>,
    /// If ordered: one for each segment of the article.
    pub translations: Option<Vec<Translation>>,
}

/// How the work goes on.
pub struct Control<'a> {
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Texts to work on at most; what is done already does not count.
    pub limit: usize,
    /// Make again what is done already.
    pub force: bool,
    /// Set from outside: finish what is begun and stop.
    pub stop: &'a AtomicBool,
}

/// What outlives a run.
#[derive(Default)]
pub struct Kept {
    /// What is done, if there is a folder for the results.
    pub journal: Option<Journal>,
    /// What was translated before.
    pub memory: TranslationMemory,
}

/// What an [`Observer`] hears.
#[derive(Debug)]
pub enum Event<'a> {
    /// A text, or a part of one, was read.
    Read {
        /// The input.
        name: &'a str,
        /// Its text.
        article: &'a Article,
        /// Whether this is its first part.
        first: bool,
        /// Bytes of the file.
        bytes: u64,
        /// Source words that will be translated.
        words: usize,
    },
    /// So many source words more are translated.
    Translated(usize),
    /// A text is translated; this was made of it.
    Made(&'a Made<'a>),
    /// Its result is in place.
    Done(&'a str),
    /// Its result was in place already; the file has so many bytes.
    Unchanged(&'a str, u64),
    /// There is no result, for this reason.
    Failed(&'a str),
}

/// Hears, from several threads, how the work goes.
pub trait Observer: Sync {
    /// Something happened.
    fn hear(&self, event: Event<'_>);
}

/// What became of the texts.
#[derive(Debug, Default)]
pub struct Tally {
    /// Results made.
    pub done: usize,
    /// Results that were there already.
    pub unchanged: usize,
    /// Why there are no results; the texts are named in the messages.
    pub failed: Vec<String>,
    /// Whether nobody reads standard output any more.
    pub broken_pipe: bool,
}

/// A text, or a part of a long one, on its way.
struct Portion {
    job: usize,
    name: String,
    article: Article,
    plan: Plan,
    /// Where it is the last of its text: SHA-256 of the input.
    end: Option<String>,
}

/// What the writer is told.
enum Message {
    Part {
        portion: Box<Portion>,
        result: Vec<u8>,
    },
    Unchanged {
        name: String,
        bytes: u64,
    },
    Failed {
        job: usize,
        error: anyhow::Error,
    },
}

/// What the reader hands on.
struct Step {
    portions: Vec<Result<Portion, Message>>,
    sentences: usize,
    bytes: u64,
    /// Sentences that are enough.
    enough: usize,
}

/// Works on `jobs` in their order. What fails is told and the rest goes on, unless `control` says otherwise; an output
/// that has no room left ends the work. `report` turns what was made of a text into the bytes of its result.
pub fn run(
    jobs: &[Job],
    model: &Model,
    order: &Order,
    control: &Control<'_>,
    kept: Kept,
    report: &(dyn Fn(&Made<'_>) -> anyhow::Result<Vec<u8>> + Sync),
    observer: &dyn Observer,
) -> anyhow::Result<Tally> {
    let Kept {
        journal,
        mut memory,
    } = kept;
    let stop = &AtomicBool::new(false);
    let (to_translate, steps) = sync_channel::<Step>(1);
    let (to_write, results) = sync_channel::<Vec<Message>>(1);
    let tally = std::thread::scope(|scope| {
        let reader = Reader {
            jobs,
            model,
            order,
            control,
            journal: journal.as_ref(),
            stop,
            observer,
        };
        scope.spawn(move || reader.run(&to_translate));
        let writer = Writer {
            jobs,
            journal: journal.as_ref(),
            fail_fast: control.fail_fast,
            stop,
            observer,
            tally: Tally::default(),
            open: None,
            given_up: HashSet::new(),
        };
        let writer = scope.spawn(move || writer.run(results));
        let outcome = translate_steps(
            &steps,
            &to_write,
            model,
            order,
            &mut memory,
            report,
            observer,
        );
        // Both neighbours end when nobody listens or speaks any more.
        drop((steps, to_write));
        let tally = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        outcome.map(|()| tally)
    })?;
    if let Some(journal) = journal {
        journal.close().context("cannot write the journal")?;
    }
    Ok(tally)
}

/// Takes steps of texts and hands on steps of results, until either neighbour has had enough.
fn translate_steps(
    steps: &Receiver<Step>,
    to_write: &SyncSender<Vec<Message>>,
    model: &Model,
    order: &Order,
    memory: &mut TranslationMemory,
    report: &(dyn Fn(&Made<'_>) -> anyhow::Result<Vec<u8>> + Sync),
    observer: &dyn Observer,
) -> anyhow::Result<()> {
    for step in steps {
        let portions = step.portions.iter().flatten();
        let wanted: Vec<_> = (portions.clone())
            .map(|portion| (&portion.article, &portion.plan))
            .collect();
        let progress = |words| observer.hear(Event::Translated(words));
        let results = order.carry_out(&wanted, model, memory, &progress)?;
        let mut results = results.into_iter();
        let portions: Vec<_> = (step.portions.into_iter())
            .map(|portion| portion.map(|portion| (portion, results.next().unwrap_or_default())))
            .collect();
        let messages: Vec<Message> = (portions.into_par_iter())
            .map(|portion| match portion {
                Ok((portion, results)) => finish(portion, results, report, observer),
                Err(message) => message,
            })
            .collect();
        if to_write.send(messages).is_err() {
            break;
        }
    }
    Ok(())
}

fn finish(
    portion: Portion,
    (summary, translations): Results,
    report: &(dyn Fn(&Made<'_>) -> anyhow::Result<Vec<u8>> + Sync),
    observer: &dyn Observer,
) -> Message {
    let made = Made {
        job: portion.job,
        name: &portion.name,
        article: &portion.article,
        summary,
        translations,
    };
    observer.hear(Event::Made(&made));
    match report(&made) {
        Ok(result) => Message::Part {
            portion: Box::new(portion),
            result,
        },
        Err(error) => Message::Failed {
            job: portion.job,
            error: error.context(portion.name.clone()),
        },
    }
}

/// The first thread: from jobs to texts.
struct Reader<'a> {
    jobs: &'a [Job],
    model: &'a Model,
    order: &'a Order,
    control: &'a Control<'a>,
    journal: Option<&'a Journal>,
    stop: &'a AtomicBool,
    observer: &'a dyn Observer,
}

impl Reader<'_> {
    fn run(&self, out: &SyncSender<Step>) {
        let mut step = Step::of(FIRST_SENTENCES);
        let mut begun = 0;
        for (job, at) in self.jobs.iter().enumerate() {
            if self.stops() || begun >= self.control.limit {
                break;
            }
            if let Some(unchanged) = self.unchanged(at) {
                step.portions.push(Err(unchanged));
            } else {
                begun += 1;
                let mut listens = true;
                let read = self.read(job, at, |portion, bytes| {
                    step.sentences += portion.plan.wanted.len();
                    step.bytes += bytes;
                    step.portions.push(Ok(portion));
                    if step.is_full() {
                        listens = out.send(step.next()).is_ok();
                    }
                    listens && !self.stops()
                });
                if !listens {
                    return;
                }
                if let Err(error) = read {
                    step.portions.push(Err(Message::Failed { job, error }));
                }
            }
            if step.is_full() && out.send(step.next()).is_err() {
                return;
            }
        }
        // Nobody listens only if the work has ended.
        let _ = out.send(step);
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.control.stop.load(Ordering::Relaxed)
    }

    /// What to say of a job whose result is in place.
    fn unchanged(&self, job: &Job) -> Option<Message> {
        let (Some(journal), Input::File(input), Some(output)) =
            (self.journal, &job.input, &job.output)
        else {
            return None;
        };
        let done = !self.control.force && journal.known().state(output, input) == State::Done;
        done.then(|| Message::Unchanged {
            name: job.input.name(),
            bytes: job.bytes,
        })
    }

    /// Hands on the portions of a text for as long as they are wanted.
    fn read(
        &self,
        job: usize,
        at: &Job,
        mut hand_on: impl FnMut(Portion, u64) -> bool,
    ) -> anyhow::Result<()> {
        let name = at.input.name();
        let cannot_read = || format!("cannot read {name}");
        let file = match &at.input {
            Input::File(path) => Some(File::open(path).with_context(cannot_read)?),
            Input::Stdin => None,
        };
        let stamp = |file: &File| {
            let data = file.metadata().ok()?;
            Some((data.len(), data.modified().ok()?))
        };
        let before = file.as_ref().and_then(stamp);
        let reader: Box<dyn Read + '_> = match &file {
            Some(file) => Box::new(file),
            None => Box::new(io::stdin()),
        };
        let mut sections = Sections::new(Hashed::new(reader));
        let format = match at.format(&self.order.reading) {
            Some(format) => format,
            None => FileFormat::by_content(sections.beginning().with_context(cannot_read)?),
        };
        if self.order.in_sections {
            sections.cut_at(format.cut);
        }
        let mut first = true;
        while let Some(bytes) = sections.next() {
            let bytes = bytes.with_context(cannot_read)?;
            let article = self.order.reading.read(&bytes, format);
            let article = article.with_context(cannot_read)?;
            let length = bytes.len() as u64;
            drop(bytes);
            let plan = self.order.plan(&article, self.model)?;
            let end = sections.is_done().then(|| sections.reader().sha256());
            if end.is_some() && before != file.as_ref().and_then(stamp) {
                bail!("{name} was changed while it was read: run the same command again");
            }
            let words = (plan.wanted.iter())
                .map(|&i| article.source(&article.segments[i]))
                .map(|source| words::count(source))
                .sum();
            self.observer.hear(Event::Read {
                name: &name,
                article: &article,
                first,
                bytes: length,
                words,
            });
            let portion = Portion {
                job,
                name: name.clone(),
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

impl Step {
    fn of(enough: usize) -> Self {
        Self {
            portions: Vec::new(),
            sentences: 0,
            bytes: 0,
            enough,
        }
    }

    /// The step as it is, and a larger one begun in its place.
    fn next(&mut self) -> Self {
        let larger = Self::of(SENTENCES.min(2 * self.enough));
        std::mem::replace(self, larger)
    }

    fn is_full(&self) -> bool {
        self.sentences >= self.enough || self.bytes >= BYTES || self.portions.len() >= DOCUMENTS
    }
}

/// The last thread: from results to files.
struct Writer<'a> {
    jobs: &'a [Job],
    journal: Option<&'a Journal>,
    fail_fast: bool,
    stop: &'a AtomicBool,
    observer: &'a dyn Observer,
    tally: Tally,
    /// The job whose parts come in, and where they go.
    open: Option<(usize, Target)>,
    /// Jobs that failed half way: their other parts are dropped.
    given_up: HashSet<usize>,
}

impl Writer<'_> {
    fn run(mut self, results: Receiver<Vec<Message>>) -> Tally {
        for message in results.into_iter().flatten() {
            match message {
                Message::Part { portion, result } => {
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
                    self.observer.hear(Event::Unchanged(&name, bytes));
                }
                Message::Failed { job, error } => self.fail(job, &error),
            }
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        self.tally
    }

    fn write(&mut self, portion: &Portion, result: &[u8]) -> anyhow::Result<()> {
        let job = &self.jobs[portion.job];
        let mut target = match self.open.take() {
            Some((job, target)) if job == portion.job => target,
            // Begun with the first result, so that what cannot be read leaves no trace.
            _ => Target::open(job)?,
        };
        target.write(job, result)?;
        let Some(sha256) = &portion.end else {
            self.open = Some((portion.job, target));
            return Ok(());
        };
        let bytes = target.finish(job)?;
        if let (Some(journal), Some(output)) = (self.journal, &job.output) {
            let noted = journal.done(output, sha256, bytes);
            noted.context("cannot write the journal")?;
        }
        self.tally.done += 1;
        self.observer.hear(Event::Done(&portion.name));
        Ok(())
    }

    fn fail(&mut self, job: usize, error: &anyhow::Error) {
        self.open = None;
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind == Some(io::ErrorKind::BrokenPipe) {
            self.tally.broken_pipe = true;
            self.stop.store(true, Ordering::Relaxed);
            return;
        }
        let mut why = format!("{error:#}");
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
                // The failure is told anyway, and without the line it is tried again anyway.
                let _ = journal.failed(output, &why);
            }
            self.observer.hear(Event::Failed(&why));
            self.tally.failed.push(why);
        }
        if self.fail_fast {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// Where results go.
enum Target {
    Stdout,
    File { file: WholeFile, bytes: u64 },
}

impl Target {
    fn open(job: &Job) -> anyhow::Result<Self> {
        match &job.output {
            Some(path) => {
                let file = WholeFile::create(path).with_context(|| cannot_write(job))?;
                Ok(Self::File { file, bytes: 0 })
            }
            None => Ok(Self::Stdout),
        }
    }

    fn write(&mut self, job: &Job, result: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::File { file, bytes } => {
                *bytes += result.len() as u64;
                file.write_all(result).with_context(|| cannot_write(job))
            }
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(result)?;
                stdout.flush()?;
                Ok(())
            }
        }
    }

    /// Puts the result in its place; its size.
    fn finish(self, job: &Job) -> anyhow::Result<u64> {
        match self {
            Self::File { file, bytes } => {
                file.finish().with_context(|| cannot_write(job))?;
                Ok(bytes)
            }
            Self::Stdout => Ok(0),
        }
    }
}

fn cannot_write(job: &Job) -> String {
    let path = job.output.as_deref();
    format!(
        "cannot write {}",
        shown(path.unwrap_or(Path::new("standard output")))
    )
}
