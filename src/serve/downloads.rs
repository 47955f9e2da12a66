//! Results of files that wait to be fetched: in memory, for a while, under names that nobody guesses.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;

use crate::files::hex;

/// Time that a result waits.
const KEPT: Duration = Duration::from_secs(600);
/// Bytes of all results; the oldest go first.
const MOST: usize = 256 << 20;

/// A translated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslatedFile {
    /// The name to save it under.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// Translated files, the oldest first.
#[derive(Debug, Default)]
pub struct Downloads(Mutex<VecDeque<(Instant, String, TranslatedFile)>>);

impl Downloads {
    /// Keeps a file; the name that it is fetched by. `None` if there is no randomness to make one of.
    pub fn keep(&self, file: TranslatedFile) -> Option<String> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        let id = hex(&random);
        let mut files = self.fresh();
        files.push_back((Instant::now(), id.clone(), file));
        while files.len() > 1 && bytes(&files) > MOST {
            files.pop_front();
        }
        Some(id)
    }

    /// The file that was kept under this name.
    pub fn get(&self, id: &str) -> Option<TranslatedFile> {
        let files = self.fresh();
        let found = files.iter().find(|(_, name, _)| name == id);
        found.map(|(.., file)| file.clone())
    }

    /// Forgets what is too old.
    pub fn forget_old(&self) {
        drop(self.fresh());
    }

    /// Bytes of all files that are there.
    pub fn bytes(&self) -> usize {
        bytes(&self.fresh())
    }

    /// Those that are not too old; the others are forgotten.
    fn fresh(&self) -> MutexGuard<'_, VecDeque<(Instant, String, TranslatedFile)>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while files
            .front()
            .is_some_and(|(kept, ..)| kept.elapsed() > KEPT)
        {
            files.pop_front();
        }
        files
    }
}

fn bytes(files: &VecDeque<(Instant, String, TranslatedFile)>) -> usize {
    files.iter().map(|(.., file)| file.bytes.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_fetched_by_their_own_names() {
        let downloads = Downloads::default();
        let file = |name: &str| TranslatedFile {
            name: name.into(),
            bytes: Bytes::from(name.to_owned()),
        };
        let a = downloads.keep(file("a")).unwrap();
        let b = downloads.keep(file("bb")).unwrap();
        assert_ne!(a, b);
        assert_eq!(downloads.get(&a), Some(file("a")));
        assert_eq!(downloads.get(&b), Some(file("bb")));
        assert_eq!(downloads.get("a"), None);
        assert_eq!(downloads.bytes(), 3);
    }

    #[test]
    fn the_oldest_make_room() {
        let downloads = Downloads::default();
        let large = || TranslatedFile {
            name: String::new(),
            bytes: Bytes::from(vec![0; MOST / 2 + 1]),
        };
        let first = downloads.keep(large()).unwrap();
        let second = downloads.keep(large()).unwrap();
        assert_eq!(downloads.get(&first), None);
        assert!(downloads.get(&second).is_some());
    }
}
