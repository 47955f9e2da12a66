//! From many files to many results: which to read, in what order they are worked on, what is done already, and how a
//! result gets to its place whole or not at all.

mod jobs;
mod journal;
mod queue;
mod sections;

pub use jobs::{ArchiveError, Input, Job, Jobs, Selection, jobs};
pub use journal::{Journal, JournalError, Known, State};
pub use queue::{Control, Event, Kept, Made, Observer, Tally, run};
pub use sections::Sections;
