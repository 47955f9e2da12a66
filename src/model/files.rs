//! The files of a model, as bytes.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// The files of one model, read but not yet understood.
///
/// Three kinds of folders hold them:
/// - the project's own: `config.json`, `model.gguf` (8-bit) or `model.safetensors` (f16 or f32), `source.spm` and
///   `target.spm` (or `source.tokenizer.json` and `target.tokenizer.json`), and perhaps a shortlist, `lex.s2t.bin`;
/// - Firefox Translations': `model.*.bin`, `vocab.*.spm` (or `srcvocab.*.spm` and `trgvocab.*.spm`), and perhaps
///   `lex.*.s2t.bin`;
/// - T5's and mT5's as the Hugging Face hub has them: `config.json`, `generation_config.json`, `model.safetensors` or
///   `pytorch_model.bin`, and `tokenizer.json` or `spiece.model`;
/// - Marian's transformers as it has them: the same, but `source.spm`, `target.spm` and `vocab.json`.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// Name or folder of the model, for messages.
    pub name: String,
    /// `config.json`: architecture and sizes; Marian's files carry their own.
    pub config: Option<Cow<'static, [u8]>>,
    /// A SentencePiece model, or a `tokenizer.json` of the `tokenizers` crate.
    pub source_vocabulary: Cow<'static, [u8]>,
    /// The vocabulary of the target, in the same formats.
    pub target_vocabulary: Cow<'static, [u8]>,
    /// The ids of the pieces (`vocab.json`), where they are not their places in the vocabularies.
    pub piece_ids: Option<Cow<'static, [u8]>>,
    /// The ids of the target's pieces (`target_vocab.json`), if it has its own.
    pub target_piece_ids: Option<Cow<'static, [u8]>>,
    /// The tensors.
    pub weights: WeightsFile,
    /// Search settings of the authors (`generation_config.json`), if there are any.
    pub generation: Option<Cow<'static, [u8]>>,
    /// Lexical shortlist: target tokens for each source token, in Marian's binary format.
    pub shortlist: Option<Cow<'static, [u8]>>,
    /// German words and their English, in pieces of the target vocabulary, see [`crate::lexicon`].
    pub lexicon: Option<Cow<'static, [u8]>>,
    /// Text prepended to every source, see [`crate::Model::prefix`].
    pub prefix: String,
    /// The languages that the model reads, by their ISO 639-1 codes; none if that is not known.
    pub languages: Vec<String>,
}

impl ModelFiles {
    /// SHA-256 of all that makes the model, as 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        fingerprint(&[
            self.config.as_deref().unwrap_or_default(),
            &self.source_vocabulary,
            &self.target_vocabulary,
            self.piece_ids.as_deref().unwrap_or_default(),
            self.target_piece_ids.as_deref().unwrap_or_default(),
            self.weights.bytes(),
            self.generation.as_deref().unwrap_or_default(),
            self.shortlist.as_deref().unwrap_or_default(),
            self.lexicon.as_deref().unwrap_or_default(),
            self.prefix.as_bytes(),
        ])
    }
}

/// The files of one decoder-only model, read but not yet understood: a GGUF file, which has nearly everything, and perhaps a
/// tokenizer beside it.
#[derive(Debug, Clone)]
pub struct CausalFiles {
    /// Name or path of the model, for messages.
    pub name: String,
    /// The GGUF file.
    pub weights: Cow<'static, [u8]>,
    /// `tokenizer.json`, which counts for more than the tokenizer within.
    pub tokenizer: Option<Cow<'static, [u8]>>,
    /// The languages that the model reads, by their ISO 639-1 codes; none if that is not known.
    pub languages: Vec<String>,
}

impl CausalFiles {
    /// SHA-256 of all that makes the model, as 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        fingerprint(&[&self.weights, self.tokenizer.as_deref().unwrap_or_default()])
    }
}

/// SHA-256 of files one after the other, each with its length.
fn fingerprint(files: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update((file.len() as u64).to_le_bytes());
        hash.update(file);
    }
    crate::files::hex(&hash.finalize())
}

/// A file of tensors in one of the formats that the networks read.
#[derive(Debug, Clone)]
pub enum WeightsFile {
    /// GGUF, quantised (`model.gguf`).
    Gguf(Cow<'static, [u8]>),
    /// Safetensors, f16 or f32 (`model.safetensors`).
    Safetensors(Cow<'static, [u8]>),
    /// PyTorch's format, f32, f16 or bf16 (`pytorch_model.bin`).
    PyTorch(Cow<'static, [u8]>),
    /// Marian's format, quantised (`model.*.bin`).
    Marian(Cow<'static, [u8]>),
}

/// A format of weights: how the names of its files begin and end, and what they become.
pub struct WeightsFormat {
    /// The whole name, if `end` is empty.
    pub begin: &'static str,
    /// How the name ends, where it is not always the same.
    pub end: &'static str,
    /// Takes the bytes of the file.
    pub read: fn(Cow<'static, [u8]>) -> WeightsFile,
}

const fn format(
    begin: &'static str,
    end: &'static str,
    read: fn(Cow<'static, [u8]>) -> WeightsFile,
) -> WeightsFormat {
    WeightsFormat { begin, end, read }
}

/// The formats of weights, the best first: of several files of a model the first is taken.
pub static WEIGHTS_FORMATS: [WeightsFormat; 4] = [
    format("model.gguf", "", WeightsFile::Gguf),
    format("model.safetensors", "", WeightsFile::Safetensors),
    format("pytorch_model.bin", "", WeightsFile::PyTorch),
    format("model.", ".bin", WeightsFile::Marian),
];

impl WeightsFile {
    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Gguf(bytes)
            | Self::Safetensors(bytes)
            | Self::PyTorch(bytes)
            | Self::Marian(bytes) => bytes,
        }
    }

    /// The name that such a file usually has, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gguf(_) => "model.gguf",
            Self::Safetensors(_) => "model.safetensors",
            Self::PyTorch(_) => "pytorch_model.bin",
            Self::Marian(_) => "model.*.bin",
        }
    }
}
