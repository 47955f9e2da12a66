//! The models that have short names.

/// The task of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelTask {
    /// Sentences from one language to another.
    Translation,
    /// Texts to shorter texts.
    Summarization,
}

impl ModelTask {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Translation => "translation",
            Self::Summarization => "summaries",
        }
    }
}

/// A model with a short name.
#[derive(Debug, Clone, Copy)]
pub struct RegistryEntry {
    /// Its name in commands.
    pub name: &'static str,
    /// Owner and name on the hub; none for the model inside the program.
    pub repository: Option<&'static str>,
    /// Folders, outermost first, below which the model lies in a repository of many models.
    pub within: &'static [&'static str],
    /// The one file of a decoder-only model, in a repository of many.
    pub file: Option<&'static str>,
    /// The commit to take (40 hexadecimal digits); none takes what `main` is when the model is pulled.
    pub revision: Option<&'static str>,
    /// Files that are known beforehand; of the others the hub tells size and checksum.
    pub files: &'static [KnownFile],
    /// SPDX identifier of the licence, if it is known; `pull` shows the hub's.
    pub licence: Option<&'static str>,
    /// The ISO 639-1 codes of the languages, separated by commas: those that it reads, then, after `>`, those that it
    /// writes if they are others.
    pub languages: &'static str,
    /// Its task.
    pub task: ModelTask,
}

/// A file that was seen before.
#[derive(Debug, Clone, Copy)]
pub struct KnownFile {
    /// Its path in the repository.
    pub name: &'static str,
    /// In bytes.
    pub size: Option<u64>,
    /// 64 hexadecimal digits.
    pub sha256: Option<&'static str>,
}

/// A large file of a model, as the hub's own records of it have been published.
const fn large(name: &'static str, size: Option<u64>, sha256: Option<&'static str>) -> KnownFile {
    KnownFile { name, size, sha256 }
}

/// The SentencePiece model that T5 of 2019 and its descendants share.
const T5_PIECES: KnownFile = large(
    "spiece.model",
    Some(791_656),
    Some("d60acb128cf7b7f2536e8f38a5b18a05535c9e14c7a355904270e15b0945ea86"),
);

/// An entry of which only the hub knows revision, files and sizes.
const fn on_hub(
    name: &'static str,
    repository: &'static str,
    licence: Option<&'static str>,
    languages: &'static str,
    task: ModelTask,
) -> RegistryEntry {
    RegistryEntry {
        name,
        repository: Some(repository),
        within: &[],
        file: None,
        revision: None,
        files: &[],
        licence,
        languages,
        task,
    }
}

/// A decoder-only model: one GGUF file at a commit, as the hub's own records of it have been published. None was pulled here.
const fn causal(
    name: &'static str,
    repository: &'static str,
    revision: &'static str,
    files: &'static [KnownFile],
    licence: &'static str,
    languages: &'static str,
) -> RegistryEntry {
    RegistryEntry {
        file: Some(files[0].name),
        revision: Some(revision),
        files,
        ..on_hub(name, repository, Some(licence), languages, Summarization)
    }
}

use ModelTask::{Summarization, Translation};

/// All models with short names, the embedded one first.
#[rustfmt::skip]
pub const ENTRIES: &[RegistryEntry] = &[
    RegistryEntry {
        repository: None,
        ..on_hub(super::EMBEDDED, "", Some("MPL-2.0"), "de > en", Translation)
    },
    // What Firefox itself takes from Mozilla, by way of a copy on the hub: the checksums are those of Mozilla's own records.
    RegistryEntry {
        within: &["de-en"],
        revision: Some("6f6acd72c26975a06a8e61b72d1fbacbd184c23f"),
        files: &[
            large("de-en/model.deen.intgemm.alphas.bin", Some(31_561_787), Some("3e6f7c2c2425d10824797270b382bee718ff34af2cab9308841c82ca46dc6f20")),
            large("de-en/lex.50.50.deen.s2t.bin", Some(4_945_796), Some("113b98460468360cca68c042e1cddf49c4e1931cbb975ed04349c9a3bd607010")),
            large("de-en/vocab.deen.spm", Some(810_073), Some("69f730becafa48e3bb2c244eab66456877c08959a02f2bd5519b5a3088b62f9c")),
        ],
        ..on_hub("firefox-de-en", "midudev/firefox-translations", Some("MPL-2.0"), "de > en", Translation)
    },
    RegistryEntry {
        revision: Some("1a922f3b32a8e809e17a47d4b32142d8105924e5"),
        files: &[large("pytorch_model.bin", None, Some("e743c3070f61f477cb62fe95ef2c9be2e77f3e488cb6b8030ff8a19e8295c87d"))],
        ..on_hub("opus-mt-de-en", "Helsinki-NLP/opus-mt-de-en", Some("Apache-2.0"), "de > en", Translation)
    },
    RegistryEntry {
        revision: Some("6183067f769a302e3861815543b9f312c71b0ca4"),
        files: &[large("pytorch_model.bin", Some(297_928_209), Some("da068344b1b0c20e6d4a8f77f48e06646b90d679029006b18579e68977206bdd"))],
        ..on_hub("opus-mt-en-de", "Helsinki-NLP/opus-mt-en-de", Some("CC-BY-4.0"), "en > de", Translation)
    },
    on_hub("opus-mt-tc-big-de-en", "Helsinki-NLP/opus-mt-tc-big-de-en", None, "de > en", Translation),
    RegistryEntry {
        revision: Some("df1b051c49625cf57a3d0d8d3863ed4d13564fe4"),
        files: &[large("model.safetensors", Some(242_043_056), None), T5_PIECES],
        ..on_hub("t5-small", "google-t5/t5-small", Some("Apache-2.0"), "en", Summarization)
    },
    RegistryEntry {
        revision: Some("6e505f907968c4a9360773ff57885cdc6dca4bfd"),
        ..on_hub("text-summarization", "Falconsai/text_summarization", Some("Apache-2.0"), "en", Summarization)
    },
    RegistryEntry {
        revision: Some("0fc9ddf78a1e988dac52e2dac162b0ede4fd74ab"),
        files: &[
            large("model.safetensors", Some(307_867_048), Some("495fa51e204676f1a857a9fc13c4c89f3f5ba9f480b898cebca02add25e6d749")),
            T5_PIECES,
        ],
        ..on_hub("flan-t5-small", "google/flan-t5-small", Some("Apache-2.0"), "en", Summarization)
    },
    RegistryEntry {
        revision: Some("7bcac572ce56db69c1ea7c8af255c5d7c9672fc2"),
        ..on_hub("flan-t5-base", "google/flan-t5-base", Some("Apache-2.0"), "en", Summarization)
    },
    on_hub("mt5-small-sum-de-en", "T-Systems-onsite/mt5-small-sum-de-en-v2", None, "de, en", Summarization),
    causal("gemma3-1b", "ggml-org/gemma-3-1b-it-GGUF", "f9c28bcd85737ffc5aef028638d3341d49869c27",
        &[large("gemma-3-1b-it-Q4_K_M.gguf", Some(806_058_240), Some("8ccc5cd1f1b3602548715ae25a66ed73fd5dc68a210412eea643eb20eb75a135"))],
        "Gemma", "de, en"),
    causal("qwen3-0.6b", "Qwen/Qwen3-0.6B-GGUF", "23749fefcc72300e3a2ad315e1317431b06b590a",
        &[large("Qwen3-0.6B-Q8_0.gguf", Some(639_446_688), Some("9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031"))],
        "Apache-2.0", "de, en"),
    causal("qwen3-1.7b", "Qwen/Qwen3-1.7B-GGUF", "90862c4b9d2787eaed51d12237eafdfe7c5f6077",
        &[large("Qwen3-1.7B-Q8_0.gguf", Some(1_834_426_016), Some("061b54daade076b5d3362dac252678d17da8c68f07560be70818cace6590cb1a"))],
        "Apache-2.0", "de, en"),
    causal("smollm2-360m", "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF", "593b5a2e04c8f3e4ee880263f93e0bd2901ad47f",
        &[large("smollm2-360m-instruct-q8_0.gguf", Some(386_404_992), Some("48ab3034d0dd401fbc721eb1df3217902fee7dab9078992d66431f09b7750201"))],
        "Apache-2.0", "en"),
    RegistryEntry {
        task: Translation,
        // Of the record that was found, commit and checksum are exact, the size is not.
        ..causal("translategemma-4b", "mradermacher/translategemma-4b-it-GGUF", "35a7486e128b19642cdc72d7b91b21ba388aaf42",
            &[large("translategemma-4b-it.Q4_K_M.gguf", None, Some("81200d03e843d2ec1ece6eeafe7d13cb6e5211e1fcd336ade55790b683a08330"))],
            "Gemma", "de, en > en")
    },
];

impl RegistryEntry {
    /// The languages that the model reads.
    pub fn source_languages(&self) -> Vec<String> {
        let source = self.languages.split('>').next().unwrap_or_default();
        source.split(',').map(|code| code.trim().into()).collect()
    }
}

/// The entry of a short name, or of the repository that it stands for where no other does.
pub fn entry(name: &str) -> Option<&'static RegistryEntry> {
    let short = ENTRIES.iter().find(|entry| entry.name == name);
    short.or_else(|| {
        (ENTRIES.iter()).find(|entry| entry.repository == Some(name) && entry.within.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::names::{Repository, is_commit, is_hex};

    #[test]
    fn entries_say_what_they_read() {
        let languages = |name| entry(name).unwrap().source_languages();
        assert_eq!(languages("opus-mt-en-de"), ["en"]);
        assert_eq!(languages("mt5-small-sum-de-en"), ["de", "en"]);
        let repository = "T-Systems-onsite/mt5-small-sum-de-en-v2";
        assert_eq!(languages(repository), ["de", "en"]);
        assert_eq!(languages("t5-small"), ["en"]);
    }

    #[test]
    fn entries_are_well_formed() {
        for entry in ENTRIES {
            let repository = entry.repository.map(Repository::parse);
            assert_ne!(repository, Some(None), "{}", entry.name);
            assert!(entry.revision.is_none_or(is_commit), "{}", entry.name);
            for file in entry.files {
                assert!(file.sha256.is_none_or(|digits| is_hex(digits, 64)));
                assert!(entry.revision.is_some(), "{}", entry.name);
            }
        }
    }
}
