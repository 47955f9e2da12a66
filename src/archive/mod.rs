//! From many files to many results: which files are read, in what order they are worked on, which results are up to date,
//! and how a result gets to its place whole or not at all.

mod collisions;
mod job;
mod job_error;
mod jobs;
mod journal;
mod queue;
mod sections;

pub use job::{ArchiveError, Input, Job, Jobs};
pub use job_error::JobError;
pub use jobs::{FilePatterns, Placement, jobs};
pub use journal::{Journal, JournalError, Known, State};
pub use queue::{Control, Made, Observer, Report, RunEvent, RunState, Tally, run};
pub use sections::Sections;
