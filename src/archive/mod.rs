//! From many files to many results: which to read, in what order they are worked on, what is done already, and how a
//! result gets to its place whole or not at all.

mod jobs;
mod journal;
mod name;
mod order;
mod queue;
mod sections;
mod whole_file;

pub use jobs::{ArchiveError, Input, Job, Jobs, Selection, jobs};
pub use journal::{Journal, JournalError, Known, State};
pub use name::shown;
pub use order::{Order, Plan, Reading, Results, SummaryOrder};
pub use queue::{Control, Event, Kept, Made, Observer, Tally, run};
pub use sections::{Cut, Sections};
pub use whole_file::{WholeFile, write_whole};
