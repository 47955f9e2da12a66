//! Names of files as text: any bytes can stand in one.

use std::fmt::Write;
use std::path::Path;

/// Formats a path for messages: control characters, which could disturb a terminal, are escaped, and bytes that are not
/// Unicode become U+FFFD.
pub fn display(path: &Path) -> String {
    let name = path.to_string_lossy();
    if !name.contains(char::is_control) {
        return name.into_owned();
    }
    let escape = |c: char| match c {
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    name.chars().map(escape).collect()
}

/// Encodes a path as a text that no other path has: bytes that are not UTF-8, and `%`, are `%XX`.
pub fn key(path: &Path) -> String {
    let mut key = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        key += &chunk.valid().replace('%', "%25");
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(key, "%{byte:02X}");
        }
    }
    key
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn keys_differ_where_paths_do() {
        let paths: [&[u8]; 6] = [
            b"a\xff",
            b"a\xfe",
            b"a%FF",
            "aä".as_bytes(),
            "aa\u{308}".as_bytes(),
            b"a\n",
        ];
        let keys: std::collections::HashSet<String> = paths
            .iter()
            .map(|path| key(Path::new(OsStr::from_bytes(path))))
            .collect();
        assert_eq!(keys.len(), paths.len());
    }

    #[test]
    fn terminals_are_not_disturbed() {
        let path = Path::new(OsStr::from_bytes(b"a\n\x1b[2Jb\xff"));
        assert_eq!(display(path), "a\\n\\u{1b}[2Jb\u{fffd}");
    }
}
