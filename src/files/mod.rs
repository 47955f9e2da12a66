//! Files and their names: how a result gets to its place whole or not at all, and how paths are shown and compared.

mod name;
mod whole_file;

pub use name::{key, shown};
pub use whole_file::{WholeFile, remove_unfinished, write_whole};
