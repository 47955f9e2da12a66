//! Which of a repository's files make a model, and which networks there are.

use serde::Deserialize;

/// Networks that the program has, as `model_type` in config.json names them. A new one is a line here and
/// a file in `model`.
pub const ARCHITECTURES: &[&str] = &["marian-student-ssru", "marian", "t5", "mt5"];

/// Weights, the best first; of several kinds only one is wanted.
const WEIGHTS: &[(&str, &str)] = &[
    ("model.gguf", ""),
    ("model.safetensors", ""),
    ("pytorch_model.bin", ""),
    // Firefox Translations.
    ("model.", ".bin"),
];

/// All else that a model may have, by how the names begin and end.
const OTHERS: &[(&str, &str)] = &[
    ("config.json", ""),
    ("generation_config.json", ""),
    ("tokenizer_config.json", ""),
    ("special_tokens_map.json", ""),
    ("tokenizer.json", ""),
    ("source.tokenizer.json", ""),
    ("target.tokenizer.json", ""),
    ("vocab.json", ""),
    ("target_vocab.json", ""),
    ("spiece.model", ""),
    ("source.spm", ""),
    ("target.spm", ""),
    ("vocab.", ".spm"),
    ("srcvocab.", ".spm"),
    ("trgvocab.", ".spm"),
    ("lex.", "s2t.bin"),
];

fn fits(name: &str, (begin, end): (&str, &str)) -> bool {
    match end {
        "" => name == begin,
        end => {
            name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
        }
    }
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
    let mut weights =
        (WEIGHTS.iter()).filter_map(|&pattern| inside.iter().find(|name| fits(name, pattern)));
    let Some(weights) = weights.next() else {
        return Vec::new();
    };
    let others = (inside.iter()).filter(|name| OTHERS.iter().any(|&pattern| fits(name, pattern)));
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

/// The architecture that a config.json names.
///
/// # Errors
/// What is wrong, when it is no such file or the program has no such network.
pub fn architecture(config: &[u8]) -> Result<&'static str, String> {
    #[derive(Deserialize)]
    struct Config {
        model_type: Option<String>,
    }
    let config: Config = serde_json::from_slice(config).map_err(|error| error.to_string())?;
    let Some(name) = config.model_type else {
        return Err("it names no model_type".into());
    };
    let known = ARCHITECTURES.iter().find(|known| **known == name);
    known.copied().ok_or_else(|| {
        let known = ARCHITECTURES.join(", ");
        format!(
            "it is a `{}` network; there are {known}",
            name.escape_debug()
        )
    })
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
