//! Templates for the names of results.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::document::FileFormat;
use crate::report::OutputFormat;

/// A template such as `{stem}.en.{ext}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(String);

impl NameTemplate {
    /// The name of the result of the input at this path, which without a template would have `added` at its end, an
    /// extension with its dot or nothing. Folders stay.
    pub fn apply(&self, path: &Path, added: &str) -> PathBuf {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let extension = match added.strip_prefix('.') {
            Some(extension) => extension.to_owned(),
            None => text(path.extension()),
        };
        let name = (self.0)
            .replace("{name}", &text(path.file_name()))
            .replace("{stem}", &text(path.file_stem()))
            .replace("{ext}", &extension);
        // A file without an extension.
        path.with_file_name(name.trim_end_matches('.'))
    }
}

impl FromStr for NameTemplate {
    type Err = String;

    fn from_str(template: &str) -> Result<Self, String> {
        const KNOWN: [&str; 3] = ["{stem}", "{name}", "{ext}"];
        let rest = (KNOWN.iter()).fold(template.to_owned(), |rest, part| rest.replace(part, ""));
        if rest.contains(['{', '}']) {
            return Err("the parts that can stand in it are {stem}, {name} and {ext}".into());
        }
        if rest.contains(['/', std::path::MAIN_SEPARATOR]) {
            return Err("it names files, not folders".into());
        }
        if !KNOWN[..2].iter().any(|part| template.contains(part)) {
            return Err("all results would have one name: put {stem} or {name} in it".into());
        }
        Ok(Self(template.to_owned()))
    }
}

/// The name of the result of an input of this name.
pub fn result_name(
    template: Option<&NameTemplate>,
    format: OutputFormat,
    is_translation: bool,
    read_as: Option<FileFormat>,
    path: &Path,
) -> PathBuf {
    let added = format.extension(read_as, is_translation);
    if let Some(template) = template {
        return template.apply(path, added);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(added);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_their_parts() {
        for (template, path, added, expected) in [
            ("{stem}.en.{ext}", "a/b.txt", "", "a/b.en.txt"),
            ("{stem}.en.{ext}", "b.pdf", ".txt", "b.en.txt"),
            ("{stem}.en.{ext}", "README", "", "README.en"),
            ("en_{name}", "x.tar.md", "", "en_x.tar.md"),
            ("{stem}-en.{ext}", "x.tar.md", "", "x.tar-en.md"),
        ] {
            let template: NameTemplate = template.parse().unwrap();
            assert_eq!(template.apply(Path::new(path), added), Path::new(expected));
        }
        for bad in [
            "en.txt",
            "{ext}",
            "{stem}{lang}",
            "en/{stem}.{ext}",
            "{stem",
        ] {
            assert!(bad.parse::<NameTemplate>().is_err(), "{bad}");
        }
    }
}
