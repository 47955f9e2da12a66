//! Names that come from users and from the hub, checked before they become parts of a path or of an address. What paths and
//! addresses they make, `hf-hub` says.

use std::fmt;

use hf_hub::{Repo, RepoType};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Owner and name of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Reads `owner/name`, by the hub's own rules: letters, digits, `.`, `-` and `_`, at most 96 of them, none of `.` and
    /// `-` at the ends, and neither `..` nor `--`. Nothing else could be a folder of the cache.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let is_part = |part: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            let at_end = |c: char| matches!(c, '.' | '-');
            (1..=96).contains(&part.len())
                && part.chars().all(plain)
                && !(part.starts_with(at_end) || part.ends_with(at_end))
                && !(part.contains("..") || part.contains("--"))
        };
        (is_part(owner) && is_part(name)).then(|| Self {
            owner: owner.into(),
            name: name.into(),
        })
    }

    /// The repository of a folder of the cache.
    pub fn of_folder(folder: &str) -> Option<Self> {
        let (owner, name) = folder.strip_prefix("models--")?.split_once("--")?;
        Self::parse(&format!("{owner}/{name}"))
    }

    /// The name of its folder in the cache.
    pub fn folder(&self) -> String {
        self.at("main").folder_name()
    }

    /// The repository at a revision, as `hf-hub` has it.
    pub(super) fn at(&self, revision: &str) -> Repo {
        Repo::with_revision(self.to_string(), RepoType::Model, revision.to_owned())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Whether a path of a repository stays where it is put: folders and a file, separated by `/`, on any system.
pub fn is_inner_path(path: &str) -> bool {
    let is_part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part.ends_with(['.', ' '])
            && !part.contains(|c: char| {
                c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
            })
    };
    path.len() <= 1024 && path.split('/').all(is_part)
}

/// Whether this names a commit: 40 hexadecimal digits.
pub fn is_commit(revision: &str) -> bool {
    is_hex(revision, 40)
}

/// Whether an entity tag can be the name of a blob.
pub fn is_blob(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with('.')
        && !tag.ends_with('.')
        && tag
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// Whether this is `digits` hexadecimal digits, as checksums are written.
pub fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// All but the unreserved characters of RFC 3986 and the slash.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A path as part of an address.
pub fn percent_encoded(path: &str) -> String {
    utf8_percent_encode(path, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_two_plain_names() {
        let folder = |text| Repository::parse(text).map(|repository| repository.folder());
        assert_eq!(
            folder("google/flan-t5-small").as_deref(),
            Some("models--google--flan-t5-small")
        );
        let bad = [
            "t5", "/t5", "a/", "a/b/c", "../b", "a/..", "./b", "a/.b", "a/b--c", "a\\b/c", "a/b\0",
            "a/b:c", "ä/b", "a/b ", "-a/b",
        ];
        for text in bad {
            assert_eq!(folder(text), None, "{text}");
        }
        assert_eq!(folder(&format!("a/{}", "b".repeat(97))), None);
    }

    #[test]
    fn addresses_have_no_reserved_characters() {
        let encoded = percent_encoded("a-b/c_d.e~f g?h#i%jä");
        assert_eq!(encoded, "a-b/c_d.e~f%20g%3Fh%23i%25j%C3%A4");
    }

    #[test]
    fn paths_and_tags_stay_inside() {
        for path in ["config.json", "models/tiny/de en/model.bin", "a..b"] {
            assert!(is_inner_path(path), "{path}");
        }
        let bad = [
            "",
            "/etc/passwd",
            "..",
            "../a",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "C:\\a",
            "a\\..\\b",
            "c:a",
            "a\0",
            "a/.. ",
            "a/...",
        ];
        for path in bad {
            assert!(!is_inner_path(path), "{path}");
        }
        for tag in ["", ".", "..", "../x", "a/b", "a\\b", ".locks", "a b"] {
            assert!(!is_blob(tag), "{tag}");
        }
        assert!(is_blob("b0c7-1a"));
    }
}
