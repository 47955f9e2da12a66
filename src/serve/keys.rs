//! Keys that clients must give.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

/// Keys, by their digests: how long a comparison takes says nothing about a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(HashSet<[u8; 32]>);

/// A file of keys without a key: it would shut everybody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no key in it: write one on a line")]
pub struct NoKeys;

impl Keys {
    /// Reads keys, one on a line. Empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(text: &str) -> Result<Self, NoKeys> {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: HashSet<_> = keys.map(digest).collect();
        match keys.is_empty() {
            true => Err(NoKeys),
            false => Ok(Self(keys)),
        }
    }

    /// Whether this is one of them.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains(&digest(key))
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_lines() {
        let keys = Keys::read("\u{feff}# ours\n\n  abc  \r\nd e\n").unwrap();
        for (key, is_one) in [
            ("abc", true),
            ("d e", true),
            ("", false),
            ("# ours", false),
            ("ab", false),
        ] {
            assert_eq!(keys.has(key), is_one, "{key}");
        }
        assert_eq!(Keys::read("# none\n"), Err(NoKeys));
    }
}
