//! Files and their names: results that appear whole or not at all, paths in messages and as keys, digests as text.

mod digest;
mod name;
mod whole_file;

pub use digest::hex;
pub use name::{display, key};
pub use whole_file::{WholeFile, remove_unfinished, write_whole};
