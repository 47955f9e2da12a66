//! From many files to many results: which files are read, in what order they are worked on, which results are up to date,
//! and how a result gets to its place whole or not at all.

mod collisions;
mod job;
mod jobs;
mod journal;
mod queue;
mod sections;

pub use job::{ArchiveError, Input, Job, Jobs};
pub use jobs::{FilePatterns, jobs};
pub use journal::{Journal, JournalError, Known, State};
pub use queue::{Control, JobError, Made, Observer, Report, RunEvent, RunState, Tally, run};
pub use sections::Sections;
