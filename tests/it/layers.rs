//! Imports run down: the modules of the library are floors, and none knows of one above it. No files import each other in
//! a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// The floors, bottom to top. A module imports from itself and from those before it.
pub const FLOORS: [&str; 17] = [
    "files",
    "document",
    "segment",
    "sentencepiece",
    "lexicon",
    "model",
    "hub",
    "decode",
    "translate",
    "summarize",
    "eval",
    "article",
    "report",
    "request",
    "archive",
    "serve",
    "cli",
];

static USE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(pub(?:\([a-z]+\))?\s+)?use\s+([^;]+);").unwrap());
static INLINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate((?:::\w+)+)").unwrap());

/// A path such as `crate::model::Model`, without `crate`.
type Item = Vec<String>;

/// The module files of the library, each with the paths that it imports.
struct Imports {
    /// By the path of the module: `["model", "device"]` is `src/model/device.rs`.
    files: BTreeMap<Item, SourceFile>,
}

struct SourceFile {
    path: PathBuf,
    imports: BTreeSet<Item>,
    /// Names that the file hands on: what they are called here, and what they are.
    reexports: BTreeMap<String, Item>,
}

impl Imports {
    fn read() -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![PathBuf::from("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let module = module(&path);
                    files.insert(module.clone(), SourceFile::read(path, &module));
                }
            }
        }
        Self { files }
    }

    /// The module file that a path is defined in, through the files that hand it on.
    fn home(&self, item: &[String]) -> Option<Item> {
        let mut item = item.to_vec();
        // More steps would be a circle of names that are handed on.
        for _ in 0..8 {
            let length = (0..=item.len())
                .rev()
                .find(|&length| self.files.contains_key(&item[..length]))?;
            let (module, rest) = item.split_at(length);
            let handed_on = rest
                .first()
                .and_then(|name| self.files[module].reexports.get(name));
            match handed_on {
                Some(target) => item = target.iter().chain(&rest[1..]).cloned().collect(),
                None => return Some(module.to_vec()),
            }
        }
        None
    }
}

/// The path of the module in a file.
fn module(path: &Path) -> Item {
    let inner = path.strip_prefix("src").unwrap().with_extension("");
    let mut module: Item = (inner.iter())
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

impl SourceFile {
    fn read(path: PathBuf, module: &[String]) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let tests = text.find("\n#[cfg(test)]\nmod tests {");
        let code: String = text[..tests.unwrap_or(text.len())]
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n");
        let (mut imports, mut reexports) = (BTreeSet::new(), BTreeMap::new());
        for found in USE.captures_iter(&code) {
            let tree = found[2].split_whitespace().collect::<Vec<_>>().join(" ");
            for (item, name) in expanded(&tree) {
                let Some(item) = absolute(item, module, &code) else {
                    continue;
                };
                if found.get(1).is_some() {
                    reexports.insert(name, item.clone());
                }
                imports.insert(item);
            }
        }
        for found in INLINE.captures_iter(&code) {
            imports.insert(found[1].split("::").skip(1).map(str::to_owned).collect());
        }
        imports.remove(&Item::new());
        Self {
            path,
            imports,
            reexports,
        }
    }
}

/// The paths of a tree such as `a::{b, c::d}`, each with the name that it has from then on.
fn expanded(tree: &str) -> Vec<(Item, String)> {
    let Some(open) = tree.find('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let item: Item = path.split("::").map(str::to_owned).collect();
        let name = if name.is_empty() {
            item.last().unwrap()
        } else {
            name
        };
        return vec![(item.clone(), name.to_owned())];
    };
    let head: Item = tree[..open]
        .split("::")
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let inner = &tree[open + 1..tree.rfind('}').unwrap()];
    let mut depth = 0;
    let parts = inner.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let mut items = Vec::new();
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    for (item, name) in parts.flat_map(expanded) {
        let own = item.into_iter().filter(|part| part != "self");
        items.push((head.iter().cloned().chain(own).collect(), name));
    }
    items
}

/// A path from the root of the crate; none for other crates.
fn absolute(item: Item, module: &[String], code: &str) -> Option<Item> {
    let rest = item[1..].iter().cloned();
    match item[0].as_str() {
        "crate" => Some(rest.collect()),
        "self" => Some(module.iter().cloned().chain(rest).collect()),
        "super" => {
            let ups = item.iter().take_while(|part| *part == "super").count();
            let base = &module[..module.len().checked_sub(ups)?];
            Some(base.iter().cloned().chain(item[ups..].to_vec()).collect())
        }
        first => {
            let declaration = format!("mod {first};");
            let is_child = code.lines().any(|line| line.ends_with(&declaration));
            is_child.then(|| module.iter().cloned().chain(item).collect())
        }
    }
}

#[test]
fn imports_run_down() {
    let imports = Imports::read();
    let floor = |module: &[String]| {
        let name = module.first()?;
        FLOORS.iter().position(|floor| floor == name)
    };
    let mut wrong = Vec::new();
    for (module, file) in &imports.files {
        // The face of the crate, and the programs.
        if module.is_empty() || module[0] == "bin" {
            continue;
        }
        let Some(own) = floor(module) else {
            wrong.push(format!("{} is on no floor", file.path.display()));
            continue;
        };
        for item in &file.imports {
            let home = imports.home(item).unwrap_or_default();
            if floor(&home).is_none_or(|other| other > own) {
                let item = item.join("::");
                wrong.push(format!("{} imports {item}", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other() {
    let imports = Imports::read();
    // A module and its own parts may.
    let is_part = |a: &[String], b: &[String]| a.starts_with(b) || b.starts_with(a);
    let neighbours: BTreeMap<&Item, BTreeSet<Item>> = (imports.files.iter())
        .map(|(module, file)| {
            let homes = file.imports.iter().filter_map(|item| imports.home(item));
            (
                module,
                homes.filter(|home| !is_part(home, module)).collect(),
            )
        })
        .collect();
    let reachable = |from: &Item| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = open.pop() {
            let next = neighbours.get(&module).into_iter().flatten();
            open.extend(next.filter(|next| seen.insert((*next).clone())).cloned());
        }
        seen
    };
    let circles: Vec<String> = (neighbours.iter())
        .filter(|(module, _)| reachable(module).contains(**module))
        .map(|(module, next)| {
            let back: Vec<String> = (next.iter())
                .filter(|next| reachable(next).contains(*module))
                .map(|next| next.join("::"))
                .collect();
            format!("{} imports {}", module.join("::"), back.join(", "))
        })
        .collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// Formats, methods and outputs are tables of plain data; how they are typed at a shell is a matter of `cli` alone.
#[test]
fn only_cli_knows_clap() {
    for (module, file) in &Imports::read().files {
        let text = fs::read_to_string(&file.path).unwrap();
        let is_cli = module.first().is_some_and(|first| first == "cli");
        assert!(
            is_cli || !text.contains("clap::"),
            "{}",
            file.path.display()
        );
    }
}
