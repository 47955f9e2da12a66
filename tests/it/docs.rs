//! The Markdown pages keep up with the code: links lead somewhere, paths and options that they name exist, the floors
//! are those that are tested, and the numbers that the README repeats are those of the pages it links.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use regex::Regex;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of the repository: path and text.
fn pages() -> Vec<(PathBuf, String)> {
    let built = ["target", "work"];
    let mut folders = vec![root().to_owned()];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_golden = path.parent().unwrap().ends_with("golden/formats");
            if path.is_dir() && !built.contains(&name.as_str()) && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".md") && !is_golden {
                pages.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(pages.len() > 5);
    pages
}

/// The anchors of a page's headings, as hosts make them: small letters, signs dropped, hyphens for spaces.
fn anchors(page: &str) -> HashSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        heading
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    for (page, text) in pages() {
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            assert!(file.exists(), "{}: {target}", page.display());
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&file).unwrap());
                assert!(there.contains(anchor), "{}: {target}", page.display());
            }
        }
    }
}

/// Paths that begin with a folder of the repository, in back-quotes.
#[test]
fn paths_exist() {
    let path = Regex::new(r"`((?:src|tests|benches|examples|models|seeds)/[\w./-]*)`").unwrap();
    let mut found = 0;
    for (page, text) in pages() {
        for named in path.captures_iter(&text) {
            found += 1;
            assert!(
                root().join(&named[1]).exists(),
                "{}: {}",
                page.display(),
                &named[1]
            );
        }
    }
    assert!(found > 10);
}

#[test]
fn options_of_the_readme_exist() {
    /// cargo's.
    const OTHERS: [&str; 5] = [
        "--release",
        "--bin",
        "--path",
        "--features",
        "--no-default-features",
    ];
    let help = |program: &Path| {
        let output = Command::new(program).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let help = help(cargo_bin!("translate")) + &help(cargo_bin!("summarize"));
    let option = Regex::new(r"--[a-z][a-z-]+").unwrap();
    let known: HashSet<&str> = option
        .find_iter(&help)
        .map(|found| found.as_str())
        .collect();
    assert!(known.len() > 20);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for named in option.find_iter(&readme).map(|found| found.as_str()) {
        assert!(known.contains(named) || OTHERS.contains(&named), "{named}");
    }
}

/// Rows of the README's table of numbers: what, the numbers, a link to the page that has them with their command.
#[test]
fn the_readme_repeats_numbers_as_they_are() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme.split_once("\n## Numbers\n").unwrap();
    let row = Regex::new(r"(?m)^\|[^|]+\|([^|]+)\| \[[^\]]+\]\(([^)#]+)[^)]*\) \|$").unwrap();
    let number = Regex::new(r"\d[\d.,]*\d|\d").unwrap();
    let mut found = 0;
    for row in row.captures_iter(table) {
        let page = root().join(&row[2]).canonicalize().unwrap();
        let page = fs::read_to_string(page).unwrap();
        let numbers: HashSet<&str> = number
            .find_iter(&page)
            .map(|found| found.as_str())
            .collect();
        for repeated in number.find_iter(&row[1]) {
            found += 1;
            // A number in words' company (chrF2) is none.
            let before = row[1][..repeated.start()].chars().next_back();
            let is_name = before.is_some_and(char::is_alphabetic);
            assert!(
                is_name || numbers.contains(repeated.as_str()),
                "{}",
                repeated.as_str()
            );
        }
    }
    assert!(found > 4);
}

/// What the README and the model card say that `translate` writes; `DEGIST_BLESS=1` writes them anew.
#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "the expected English is that of the default dictionary"
)]
fn examples_are_what_translate_writes() {
    let pages = [
        ("README.md", r"(?m)^\$ translate <<< '(.+)'\n(.+)$"),
        (
            "models/README.md",
            r"(?m)^\| ([^|]+[.!?]) \| ([^|]+) \| [^|]* \|$",
        ),
    ];
    for (page, example) in pages {
        let path = root().join(page);
        let text = fs::read_to_string(&path).unwrap();
        let mut new = text.clone();
        let mut found = 0;
        for example in Regex::new(example).unwrap().captures_iter(&text) {
            found += 1;
            let output = assert_cmd::Command::new(cargo_bin!("translate"))
                .env_remove("DEGIST_MODEL")
                .write_stdin(&example[1])
                .output()
                .unwrap();
            let english = String::from_utf8(output.stdout).unwrap();
            let written = example[0].replace(&example[2], english.trim_end());
            new = new.replace(&example[0], &written);
        }
        assert!(found > 1, "{page}");
        if std::env::var_os("DEGIST_BLESS").is_some() {
            fs::write(path, new).unwrap();
        } else {
            assert_eq!(text, new, "{page}");
        }
    }
}

/// The table of floors, from the top, is what `layers.rs` holds.
#[test]
fn the_floors_are_those_that_are_tested() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, floors) = page.split_once("\n## Floors\n").unwrap();
    let (floors, _) = floors.split_once("\n## ").unwrap();
    let row = Regex::new(r"(?m)^\| `(\w+)` \|").unwrap();
    let mut named: Vec<&str> = row
        .captures_iter(floors)
        .map(|row| row.extract::<1>().1[0])
        .collect();
    named.reverse();
    assert_eq!(named, super::layers::FLOORS);
}

#[test]
fn the_readme_stays_short() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 130);
}
