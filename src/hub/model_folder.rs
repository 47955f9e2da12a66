//! The files of a model: found among those of a repository or folder, and read.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::HubError;
use crate::model::{
    CausalFiles, ModelFiles, WEIGHTS_FORMATS, WeightsFile, WeightsFormat, architecture,
};

/// How the name of a file begins and ends; an empty end stands for the whole name.
type Pattern = (&'static str, &'static str);

/// The names that each file of a model beside its weights may have, the best first.
const CONFIG: &[Pattern] = &[("config.json", "")];
const GENERATION: &[Pattern] = &[("generation_config.json", "")];
const SOURCE_VOCABULARY: &[Pattern] = &[
    ("source.spm", ""),
    ("source.tokenizer.json", ""),
    ("srcvocab.", ".spm"),
    ("vocab.", ".spm"),
    // One for both sides: T5 and mT5.
    ("tokenizer.json", ""),
    ("spiece.model", ""),
];
const TARGET_VOCABULARY: &[Pattern] = &[
    ("target.spm", ""),
    ("target.tokenizer.json", ""),
    ("trgvocab.", ".spm"),
    ("vocab.", ".spm"),
    ("tokenizer.json", ""),
    ("spiece.model", ""),
];
const PIECE_IDS: &[Pattern] = &[("vocab.json", "")];
const TARGET_PIECE_IDS: &[Pattern] = &[("target_vocab.json", "")];
const SHORTLIST: &[Pattern] = &[("lex.", "s2t.bin")];
const LEXICON: &[Pattern] = &[("lexicon.bin", "")];
/// Not read here, but wanted by other programs that find the model in the cache.
const DESCRIPTIONS: &[Pattern] = &[
    ("tokenizer_config.json", ""),
    ("special_tokens_map.json", ""),
];

const BESIDE_WEIGHTS: [&[Pattern]; 9] = [
    CONFIG,
    GENERATION,
    SOURCE_VOCABULARY,
    TARGET_VOCABULARY,
    PIECE_IDS,
    TARGET_PIECE_IDS,
    SHORTLIST,
    LEXICON,
    DESCRIPTIONS,
];

fn fits(name: &str, (begin, end): Pattern) -> bool {
    match end {
        "" => name == begin,
        end => {
            name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
        }
    }
}

/// The first of `names` that the first of `patterns` fits which fits any.
fn first<'n>(names: &[&'n str], patterns: &[Pattern]) -> Option<&'n str> {
    let mut found = (patterns.iter()).filter_map(|&pattern| {
        let mut names = names.iter().copied();
        names.find(|name| fits(name, pattern))
    });
    found.next()
}

/// The weights among `names`, and their format.
fn weights<'n>(names: &[&'n str]) -> Option<(&'n str, &'static WeightsFormat)> {
    let mut found = WEIGHTS_FORMATS
        .iter()
        .filter_map(|format| Some((first(names, &[(format.begin, format.end)])?, format)));
    found.next()
}

/// The files, among these paths, that make the model: its weights first. Nothing if there are no weights.
///
/// All of them lie in one folder: the repository's own, or else the first that has the folders `within` on its path.
pub fn wanted(paths: &[String], within: &[&str]) -> Vec<String> {
    let Some(folder) = folder(paths, within) else {
        return Vec::new();
    };
    let inside: Vec<&str> = (paths.iter())
        .filter_map(|path| path.strip_prefix(folder))
        .filter(|name| !name.contains('/'))
        .collect();
    let Some((weights, _)) = weights(&inside) else {
        return Vec::new();
    };
    let is_other = |name: &&str| {
        let mut patterns = BESIDE_WEIGHTS.iter().copied().flatten();
        patterns.any(|&pattern| fits(name, pattern))
    };
    let others = inside.iter().copied().filter(is_other);
    let names = std::iter::once(weights).chain(others);
    names.map(|name| format!("{folder}{name}")).collect()
}

/// The folder of the model, with a slash at its end, or nothing for the repository itself.
fn folder<'a>(paths: &'a [String], within: &[&str]) -> Option<&'a str> {
    if within.is_empty() {
        return Some("");
    }
    let folders = paths
        .iter()
        .filter_map(|path| Some(&path[..=path.rfind('/')?]));
    folders.into_iter().find(|folder| {
        let mut parts = folder.split('/');
        within
            .iter()
            .all(|wanted| parts.any(|part| part == *wanted))
    })
}

/// Reads the model in `folder`. The first of several formats of weights is taken: GGUF, safetensors, PyTorch's, Marian's.
///
/// # Errors
/// When a file is missing or unreadable.
pub fn open(folder: &Path) -> Result<ModelFiles, HubError> {
    let names = list(folder)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let missing = |file| HubError::Missing {
        folder: folder.into(),
        file,
    };
    let read = |name: &str| {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(|source| HubError::Read { path, source })?;
        Ok::<Cow<'static, [u8]>, HubError>(bytes.into())
    };
    let optional = |patterns: &[Pattern]| first(&names, patterns).map(read).transpose();
    let Some((name, format)) = weights(&names) else {
        let names = "model.gguf, model.safetensors, pytorch_model.bin or model.*.bin";
        return Err(missing(names));
    };
    let weights = (format.read)(read(name)?);
    let config = match &weights {
        // Carries its own settings.
        WeightsFile::Marian(_) => None,
        _ => Some(optional(CONFIG)?.ok_or_else(|| missing("config.json"))?),
    };
    let source_vocabulary = optional(SOURCE_VOCABULARY)?.ok_or_else(|| {
        missing("source.spm, source.tokenizer.json, tokenizer.json, spiece.model or vocab.*.spm")
    })?;
    let target_vocabulary = optional(TARGET_VOCABULARY)?.ok_or_else(|| {
        missing("target.spm, target.tokenizer.json, tokenizer.json, spiece.model or vocab.*.spm")
    })?;
    Ok(ModelFiles {
        name: folder.display().to_string(),
        languages: config.as_deref().map_or_else(Vec::new, languages),
        config,
        source_vocabulary,
        target_vocabulary,
        piece_ids: optional(PIECE_IDS)?,
        target_piece_ids: optional(TARGET_PIECE_IDS)?,
        weights,
        generation: optional(GENERATION)?,
        shortlist: optional(SHORTLIST)?,
        lexicon: optional(LEXICON)?,
        prefix: String::new(),
    })
}

/// Whether a name is that of a GGUF file.
pub fn is_gguf(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("gguf"))
}

/// The GGUF file of a decoder-only model: the path itself, or the one such file of a folder that is no folder of a
/// sequence-to-sequence model.
///
/// # Errors
/// When the folder cannot be read, or has several.
pub fn causal_file(path: &Path) -> Result<Option<PathBuf>, HubError> {
    if path.is_file() {
        let name = path.to_string_lossy();
        return Ok(is_gguf(&name).then(|| path.to_owned()));
    }
    let mut names = list(path)?;
    let config = std::fs::read(path.join("config.json"));
    if config.is_ok_and(|json| architecture::of_config(&json).is_ok()) {
        return Ok(None);
    }
    names.retain(|name| is_gguf(name));
    match names.as_slice() {
        [] => Ok(None),
        [name] => Ok(Some(path.join(name))),
        several => Err(HubError::SeveralFiles {
            folder: path.into(),
            files: several.join(", "),
        }),
    }
}

/// Reads a decoder-only model: a GGUF file, and `tokenizer.json` beside it if it is there.
///
/// # Errors
/// When a file is unreadable.
pub fn open_causal(path: &Path) -> Result<CausalFiles, HubError> {
    let read = |path: &Path| {
        let bytes = std::fs::read(path);
        bytes.map_err(|source| HubError::Read {
            path: path.into(),
            source,
        })
    };
    let tokenizer = path.with_file_name("tokenizer.json");
    Ok(CausalFiles {
        name: path.display().to_string(),
        weights: read(path)?.into(),
        tokenizer: (tokenizer.is_file().then(|| read(&tokenizer)))
            .transpose()?
            .map(Cow::from),
        languages: Vec::new(),
    })
}

/// The names of the files in a folder, sorted.
fn list(folder: &Path) -> Result<Vec<String>, HubError> {
    let names = || {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<Vec<_>>>()
    };
    let mut names = names().map_err(|source| HubError::Read {
        path: folder.into(),
        source,
    })?;
    names.sort();
    Ok(names)
}

/// The languages that a `config.json` says its model reads: `source_language`, or all of `languages`.
fn languages(config: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct LanguageConfig {
        source_language: Option<String>,
        #[serde(default)]
        languages: Vec<String>,
    }
    match serde_json::from_slice(config) {
        Ok(LanguageConfig {
            source_language: Some(language),
            ..
        }) => vec![language],
        Ok(LanguageConfig { languages, .. }) => languages,
        // Said when the model is built.
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_of_weights_and_what_belongs_to_it() {
        let paths = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.into())
                .collect::<Vec<String>>()
        };
        let opus = paths(&[
            ".gitattributes",
            "README.md",
            "config.json",
            "pytorch_model.bin",
            "rust_model.ot",
            "source.spm",
            "target.spm",
            "tf_model.h5",
            "vocab.json",
            "onnx/model.safetensors",
        ]);
        let files = [
            "pytorch_model.bin",
            "config.json",
            "source.spm",
            "target.spm",
            "vocab.json",
        ];
        assert_eq!(wanted(&opus, &[]), files);
        let mut both = opus.clone();
        both.push("model.safetensors".into());
        assert_eq!(wanted(&both, &[])[0], "model.safetensors");
        assert!(wanted(&paths(&["config.json"]), &[]).is_empty());

        let firefox = paths(&[
            "models/base/deen/model.deen.intgemm.alphas.bin",
            "models/tiny/csen/model.csen.intgemm.alphas.bin",
            "models/tiny/deen/lex.50.50.deen.s2t.bin",
            "models/tiny/deen/model.deen.intgemm.alphas.bin",
            "models/tiny/deen/vocab.deen.spm",
        ]);
        let mut tiny = wanted(&firefox, &["tiny", "deen"]);
        tiny.sort();
        assert_eq!(tiny, firefox[2..]);
        assert!(wanted(&firefox, &["tiny", "fren"]).is_empty());
    }
}
