//! A lane: orders that wait, and the thread that works on them, a step at a time.
//!
//! Each step takes a share of every order that waits, so that batches are full however short the texts are, and a long
//! text holds up no short one. Orders whose client has gone are dropped before the next step.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::ThreadPool;
use tokio::sync::oneshot;

use super::metrics::Metrics;
use crate::article::Article;
use crate::decode::DecodeOptions;
use crate::model::Model;
use crate::request::{Plan, ReadOptions, Request, Results, SummaryRequest};
use crate::translate::{TranslateError, TranslationMemory};

/// Time to wait for the clients that were just answered: those who have more to ask do it now, and fill the next step.
const PAUSE: Duration = Duration::from_millis(3);

/// Bytes of source text in a step.
#[derive(Debug, Clone, Copy)]
pub struct StepSize {
    /// Divided among the orders that wait.
    pub usual: usize,
    /// The share of an order at least.
    pub share: usize,
    /// Of all shares together; what is beyond it waits for the next step.
    pub most: usize,
}

/// What is wanted of the texts of an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Their summaries; if not, their translations.
    pub summary: Option<SummaryRequest>,
    /// How to search.
    pub decode: DecodeOptions,
}

/// The results for each text of an order.
pub type Answer = Result<Vec<Results>, TranslateError>;

/// What the client of an order holds. When it is dropped, the order is too.
pub struct Ticket {
    /// Gives the results; fails only if the work on them panicked.
    pub answer: oneshot::Receiver<Answer>,
    done: Arc<AtomicUsize>,
    all: usize,
}

impl Ticket {
    /// The share of the work that is done, 0 to 1.
    pub fn progress(&self) -> f32 {
        self.done.load(Ordering::Relaxed) as f32 / self.all.max(1) as f32
    }
}

/// An order on its way.
struct Job {
    articles: Arc<Vec<Article>>,
    wanted: Wanted,
    /// The first segment that is not translated: of which article, and which there.
    next: (usize, usize),
    /// Bytes of source text that are not translated.
    left: usize,
    made: Vec<Results>,
    done: Arc<AtomicUsize>,
    answer: oneshot::Sender<Answer>,
}

/// The part of a job that a step does: of one article.
struct Portion {
    job: usize,
    article: usize,
    plan: Plan,
}

/// The queue of a lane, which its thread empties.
pub struct Lane {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // The queue is whole between any two statements.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    /// Starts the thread of a lane, which computes with the threads of `pool`.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        model: &'static Model,
        pool: ThreadPool,
        size: StepSize,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            shared: Arc::clone(&shared),
            model,
            pool,
            size,
            metrics,
        };
        std::thread::Builder::new()
            .name("lane".into())
            .spawn(move || worker.work())?;
        Ok(Self { shared })
    }

    /// Puts an order into the queue.
    pub fn submit(&self, articles: Arc<Vec<Article>>, wanted: Wanted) -> Ticket {
        let (answer, ticket) = oneshot::channel();
        let done = Arc::new(AtomicUsize::new(0));
        let bytes = articles.iter().map(bytes).sum();
        let job = Job {
            made: vec![Results::default(); articles.len()],
            articles,
            wanted,
            next: (0, 0),
            left: bytes,
            done: Arc::clone(&done),
            answer,
        };
        self.shared.lock().jobs.push_back(job);
        self.shared.wake.notify_one();
        Ticket {
            answer: ticket,
            done,
            all: bytes,
        }
    }

    /// Orders that wait.
    pub fn waiting(&self) -> usize {
        self.shared.lock().jobs.len()
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
    }
}

/// Bytes of an article that are translated, with one for each segment so that none is free.
pub fn bytes(article: &Article) -> usize {
    (article.segments.iter())
        .map(|segment| segment.span.len() + 1)
        .sum()
}

/// The thread of a lane.
struct Worker {
    shared: Arc<Shared>,
    model: &'static Model,
    pool: ThreadPool,
    size: StepSize,
    metrics: Arc<Metrics>,
}

impl Worker {
    fn work(&self) {
        let mut answered = 0;
        while let Some(jobs) = self.next(answered) {
            // A panic costs the orders of this step, whose clients are told, and nothing else.
            let step = AssertUnwindSafe(|| self.step(jobs));
            let (finished, unfinished) = catch_unwind(step).unwrap_or_default();
            answered = finished;
            self.shared.lock().jobs.extend(unfinished);
        }
    }

    /// Waits for work, and takes as many jobs as a step has room for. `None` when the lane is closed.
    fn next(&self, answered: usize) -> Option<Vec<Job>> {
        let mut waiting = self.shared.lock();
        // After a step for one client nobody is waited for: a single client is answered at once, always.
        let deadline = Instant::now() + PAUSE;
        while answered > 1 && waiting.jobs.len() < answered {
            let Some(pause) = deadline.checked_duration_since(Instant::now()) else {
                break;
            };
            let woken = self.shared.wake.wait_timeout(waiting, pause);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        while waiting.jobs.is_empty() {
            if waiting.closed {
                return None;
            }
            let woken = self.shared.wake.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        let share = self.share(waiting.jobs.len());
        let (mut jobs, mut bytes) = (Vec::new(), 0);
        while bytes < self.size.most
            && let Some(job) = waiting.jobs.pop_front()
        {
            bytes += job.left.min(share);
            jobs.push(job);
        }
        Some(jobs)
    }

    /// Bytes for each of so many jobs.
    fn share(&self, jobs: usize) -> usize {
        (self.size.usual / jobs.max(1)).max(self.size.share)
    }

    /// Does a share of each job. Finished ones are answered and counted; the others come back.
    fn step(&self, mut jobs: Vec<Job>) -> (usize, Vec<Job>) {
        let before = jobs.len();
        jobs.retain(|job| !job.answer.is_closed());
        self.metrics.cancelled(before - jobs.len());
        let share = self.share(jobs.len());
        let mut failed: Vec<Option<TranslateError>> = jobs.iter().map(|_| None).collect();
        let mut portions = Vec::new();
        for (i, job) in jobs.iter_mut().enumerate() {
            match job.portions(i, share, self.model, &self.pool) {
                Ok(own) => portions.extend(own),
                Err(error) => failed[i] = Some(error),
            }
        }
        let sentences: usize = (portions.iter())
            .map(|portion| portion.plan.wanted.len())
            .sum();
        if sentences > 0 {
            self.metrics.step(sentences);
        }
        while let Some(first) = portions.first() {
            let wanted = jobs[first.job].wanted;
            let is_alike = |portion: &Portion| jobs[portion.job].wanted == wanted;
            let (group, others): (Vec<_>, Vec<_>) = portions.into_iter().partition(is_alike);
            portions = others;
            for (portion, results) in self.run(&jobs, group, wanted) {
                match results {
                    Ok(results) => jobs[portion.job].take(portion.article, results),
                    Err(error) => failed[portion.job] = Some(error),
                }
            }
        }
        let mut unfinished = Vec::new();
        let mut finished = 0;
        for (job, failed) in jobs.into_iter().zip(failed) {
            let answer = match failed {
                None if !job.is_done() => {
                    unfinished.push(job);
                    continue;
                }
                None => Ok(job.made),
                Some(error) => Err(error),
            };
            finished += 1;
            // A client that has gone needs no answer.
            let _ = job.answer.send(answer);
        }
        (finished, unfinished)
    }

    /// Runs portions of which the same is wanted, together.
    fn run(
        &self,
        jobs: &[Job],
        group: Vec<Portion>,
        wanted: Wanted,
    ) -> Vec<(Portion, Result<Results, TranslateError>)> {
        let texts: Vec<(&Article, &Plan)> = (group.iter())
            .map(|portion| {
                let article = &jobs[portion.job].articles[portion.article];
                (article, &portion.plan)
            })
            .collect();
        // Nothing of a text stays when it is answered.
        let mut memory = TranslationMemory::default();
        let request = wanted.request();
        let results = (self.pool).install(|| request.run(&texts, self.model, &mut memory, &|_| ()));
        assert_eq!(results.len(), group.len(), "each text has its results");
        group.into_iter().zip(results).collect()
    }
}

impl Wanted {
    fn request(self) -> Request {
        Request {
            read: ReadOptions::default(),
            summary: self.summary,
            translate: self.summary.is_none(),
            in_sections: false,
            decode: self.decode,
        }
    }
}

impl Job {
    fn is_done(&self) -> bool {
        self.next.0 == self.articles.len()
    }

    /// The next segments of so many bytes, by article; of a summary all that it needs.
    fn portions(
        &mut self,
        job: usize,
        bytes: usize,
        model: &Model,
        pool: &ThreadPool,
    ) -> Result<Vec<Portion>, TranslateError> {
        if self.wanted.summary.is_some() {
            let request = self.wanted.request();
            let plan = |(article, text)| {
                let plan = request.plan(text, model)?;
                Ok(Portion { job, article, plan })
            };
            let plans = || self.articles.iter().enumerate().map(plan).collect();
            let portions = pool.install(plans);
            self.next = (self.articles.len(), 0);
            return portions;
        }
        let articles = Arc::clone(&self.articles);
        let (mut portions, mut taken) = (Vec::new(), 0);
        while let Some(article) = articles.get(self.next.0)
            && taken < bytes
        {
            let mut wanted = Vec::new();
            while let Some(segment) = article.segments.get(self.next.1)
                && taken < bytes
            {
                taken += segment.span.len() + 1;
                wanted.push(self.next.1);
                self.next.1 += 1;
            }
            if !wanted.is_empty() {
                let plan = Plan {
                    extract: None,
                    wanted,
                };
                portions.push(Portion {
                    job,
                    article: self.next.0,
                    plan,
                });
            }
            if self.next.1 == article.segments.len() {
                self.next = (self.next.0 + 1, 0);
            }
        }
        // Articles without a segment need no step of their own.
        while (articles.get(self.next.0)).is_some_and(|article| article.segments.is_empty()) {
            self.next.0 += 1;
        }
        self.left = self.left.saturating_sub(taken);
        Ok(portions)
    }

    /// Adds results of one article to those that are there.
    fn take(&mut self, article: usize, (summary, translations): Results) {
        let bytes: usize = bytes(&self.articles[article]);
        let made = &mut self.made[article];
        if summary.is_some() {
            made.0 = summary;
            self.done.fetch_add(bytes, Ordering::Relaxed);
            return;
        }
        let done = made.1.get_or_insert_default();
        let from = done.len();
        done.extend(translations.into_iter().flatten());
        let segments = &self.articles[article].segments[from..done.len()];
        let bytes = (segments.iter()).map(|segment| segment.span.len() + 1);
        self.done.fetch_add(bytes.sum(), Ordering::Relaxed);
    }
}
