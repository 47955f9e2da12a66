//! Text to token ids and back, with the `tokenizers` crate.

use std::ops::Range;
use std::sync::OnceLock;

use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{Precompiled, Replace, Sequence, Strip};
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::{ModelWrapper, NormalizerWrapper, Tokenizer};

use super::sentencepiece::SentencePiece;

/// What stands for a space in pieces.
const SPACE: char = '▁';

/// One language's vocabulary.
pub struct Vocabulary {
    /// Text and natural log-probability of each piece, by id.
    pieces: Vec<(String, f64)>,
    /// Made when a text is tokenized: a target vocabulary never needs it.
    tokenizer: OnceLock<Tokenizer>,
    /// The model file, until then.
    file: Option<SentencePieceRules>,
    eos: u32,
    unknown: u32,
}

/// How a SentencePiece model treats text.
struct SentencePieceRules {
    normalizer: Option<Precompiled>,
    byte_fallback: bool,
}

/// A token and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: u32,
    /// The bytes of the text that it stands for; empty for the end of the sentence.
    pub span: Range<usize>,
}

impl Vocabulary {
    /// Reads a SentencePiece model, or a `tokenizer.json` of the unigram kind, that must hold `size` pieces.
    pub(super) fn load(bytes: &[u8], size: usize, eos: u32, unknown: u32) -> Result<Self, String> {
        let vocabulary = if bytes.trim_ascii_start().starts_with(b"{") {
            Self::from_json(bytes, eos, unknown)?
        } else {
            Self::from_sentencepiece(bytes, eos, unknown)?
        };
        let found = vocabulary.pieces.len();
        if found != size {
            return Err(format!("it has {found} pieces, but the network {size}"));
        }
        Ok(vocabulary)
    }

    fn from_json(json: &[u8], eos: u32, unknown: u32) -> Result<Self, String> {
        let tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        let ModelWrapper::Unigram(model) = tokenizer.get_model() else {
            return Err("only unigram vocabularies are supported".into());
        };
        Ok(Self {
            pieces: model.iter().cloned().collect(),
            tokenizer: OnceLock::from(tokenizer),
            file: None,
            eos,
            unknown,
        })
    }

    fn from_sentencepiece(bytes: &[u8], eos: u32, unknown: u32) -> Result<Self, String> {
        let model = SentencePiece::read(bytes)?;
        if model.unknown != unknown {
            return Err(format!(
                "its unknown piece is {}, but that of the network {unknown}",
                model.unknown
            ));
        }
        let normalizer = match model.charsmap.as_slice() {
            [] => None,
            charsmap => {
                Some(Precompiled::from(charsmap).map_err(|error| format!("its rules: {error:?}"))?)
            }
        };
        Ok(Self {
            pieces: model.pieces,
            tokenizer: OnceLock::new(),
            file: Some(SentencePieceRules {
                normalizer,
                byte_fallback: model.byte_fallback,
            }),
            eos,
            unknown,
        })
    }

    /// Makes the tokenizer, if it has not been made; otherwise the first text pays for it.
    pub(super) fn prepare(&self) {
        self.tokenizer();
    }

    fn tokenizer(&self) -> &Tokenizer {
        self.tokenizer.get_or_init(|| {
            let rules = self.file.as_ref();
            let byte_fallback = rules.is_some_and(|rules| rules.byte_fallback);
            let unknown = Some(self.unknown as usize);
            let model = Unigram::from(self.pieces.clone(), unknown, byte_fallback)
                .expect("the unknown piece was looked up at load");
            let mut normalizers: Vec<NormalizerWrapper> = Vec::new();
            if let Some(normalizer) = rules.and_then(|rules| rules.normalizer.clone()) {
                normalizers.push(normalizer.into());
            }
            normalizers.push(Strip::new(false, true).into());
            let spaces = ReplacePattern::Regex(" {2,}".into());
            normalizers.push(
                Replace::new(spaces, " ")
                    .expect("the pattern is constant")
                    .into(),
            );
            let mut tokenizer = Tokenizer::new(model);
            let _ = tokenizer.with_normalizer(Some(Sequence::new(normalizers)));
            let spaces = Metaspace::new(SPACE, PrependScheme::Always, true);
            tokenizer.with_pre_tokenizer(Some(spaces));
            tokenizer
        })
    }

    /// The tokens of `text`, ending in the end of the sentence.
    ///
    /// Control characters and other things that the vocabulary normalises away leave no tokens; what it does not know
    /// becomes [`Vocabulary::unknown`].
    pub fn tokenize(&self, text: &str) -> Vec<Token> {
        // A unigram model with an unknown piece finds a path through any text.
        let mut tokens: Vec<Token> = match self.tokenizer().encode(text, false) {
            Ok(encoding) => (encoding.get_ids().iter().zip(encoding.get_offsets()))
                .map(|(&id, &(start, end))| Token {
                    id,
                    span: start..end,
                })
                .collect(),
            Err(_) => Vec::new(),
        };
        tokens.push(Token {
            id: self.eos,
            span: text.len()..text.len(),
        });
        tokens
    }

    /// The ids of `text`, as in [`Vocabulary::tokenize`].
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.tokenize(text)
            .into_iter()
            .map(|token| token.id)
            .collect()
    }

    /// Natural log-probability of each piece in ordinary text, as the unigram model of the vocabulary has it.
    pub fn log_probabilities(&self) -> Vec<f32> {
        self.pieces.iter().map(|(_, score)| *score as f32).collect()
    }

    /// Pieces.
    pub fn size(&self) -> usize {
        self.pieces.len()
    }

    /// The text of a piece, `▁` for a space.
    pub fn piece(&self, id: u32) -> &str {
        self.pieces.get(id as usize).map_or("", |(text, _)| text)
    }

    /// The id of what the vocabulary does not know.
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// The text of `ids`; an end-of-sentence id is not part of it.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.decode_with_ends(ids).0
    }

    /// The text of `ids`, and where each of them ends in it.
    pub fn decode_with_ends(&self, ids: &[u32]) -> (String, Vec<usize>) {
        let ids = ids.strip_suffix(&[self.eos]).unwrap_or(ids);
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(ids.len());
        for &id in ids {
            let piece = self.piece(id);
            // The space before the first word belongs to the pieces, not to the text.
            let piece = if bytes.is_empty() {
                piece.trim_start_matches(SPACE)
            } else {
                piece
            };
            match self.byte(piece) {
                Some(byte) => bytes.push(byte),
                None => bytes.extend(piece.replace(SPACE, " ").bytes()),
            }
            ends.push(bytes.len());
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                // Bytes that do not come together as letters.
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                ends.fill(text.len());
                text
            }
        };
        for end in &mut ends {
            *end = text.floor_char_boundary(*end);
        }
        (text, ends)
    }

    /// The byte that a piece like `<0xC3>` stands for, where text is spelled so.
    fn byte(&self, piece: &str) -> Option<u8> {
        if !self.file.as_ref().is_some_and(|rules| rules.byte_fallback) {
            return None;
        }
        let hexadecimal = piece.strip_prefix("<0x")?.strip_suffix('>')?;
        u8::from_str_radix(hexadecimal, 16).ok()
    }
}
