//! The models that have short names.

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Sentences from one language to another.
    Translation,
    /// Texts to shorter texts.
    Summarization,
}

impl Task {
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
pub struct Entry {
    /// What users type.
    pub name: &'static str,
    /// Owner and name on the hub; none for the model inside the program.
    pub repository: Option<&'static str>,
    /// Where a repository holds many models: the folders, outermost first, below which this one lies.
    pub within: &'static [&'static str],
    /// The commit to take (40 hexadecimal digits); none takes what `main` is when the model is pulled.
    pub revision: Option<&'static str>,
    /// What is known of its files beforehand; of the others the hub tells size and checksum.
    pub files: &'static [KnownFile],
    /// As SPDX writes it, if it is known; `pull` shows what the hub says.
    pub licence: Option<&'static str>,
    /// From which to which.
    pub languages: &'static str,
    /// What it is for.
    pub task: Task,
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

/// An entry of which only the hub knows revision, files and sizes.
const fn on_hub(
    name: &'static str,
    repository: &'static str,
    licence: Option<&'static str>,
    languages: &'static str,
    task: Task,
) -> Entry {
    Entry {
        name,
        repository: Some(repository),
        within: &[],
        revision: None,
        files: &[],
        licence,
        languages,
        task,
    }
}

const fn firefox(name: &'static str, within: &'static [&'static str]) -> Entry {
    let (repository, licence) = ("mozilla/firefox-translations-models", Some("MPL-2.0"));
    Entry {
        within,
        ..on_hub(name, repository, licence, "de > en", Task::Translation)
    }
}

use Task::{Summarization, Translation};

/// All of them, the embedded one first.
#[rustfmt::skip]
pub const ENTRIES: &[Entry] = &[
    Entry {
        repository: None,
        ..on_hub(super::EMBEDDED, "", Some("MPL-2.0"), "de > en", Translation)
    },
    firefox("firefox-de-en-tiny", &["tiny", "deen"]),
    firefox("firefox-de-en-base", &["base", "deen"]),
    on_hub("opus-mt-de-en", "Helsinki-NLP/opus-mt-de-en", Some("Apache-2.0"), "de > en", Translation),
    on_hub("opus-mt-en-de", "Helsinki-NLP/opus-mt-en-de", None, "en > de", Translation),
    on_hub("opus-mt-tc-big-de-en", "Helsinki-NLP/opus-mt-tc-big-de-en", None, "de > en", Translation),
    on_hub("t5-small", "google-t5/t5-small", Some("Apache-2.0"), "en", Summarization),
    on_hub("text-summarization", "Falconsai/text_summarization", Some("Apache-2.0"), "en", Summarization),
    on_hub("flan-t5-small", "google/flan-t5-small", Some("Apache-2.0"), "en", Summarization),
    on_hub("flan-t5-base", "google/flan-t5-base", Some("Apache-2.0"), "en", Summarization),
    on_hub("mt5-small-sum-de-en", "T-Systems-onsite/mt5-small-sum-de-en-v2", None, "de, en", Summarization),
];

/// The entry of a short name, or of the repository that it stands for where no other does.
pub fn entry(name: &str) -> Option<&'static Entry> {
    let short = ENTRIES.iter().find(|entry| entry.name == name);
    short.or_else(|| {
        (ENTRIES.iter()).find(|entry| entry.repository == Some(name) && entry.within.is_empty())
    })
}
