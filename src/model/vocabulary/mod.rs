//! Text to token ids and back, with the `tokenizers` crate.

mod charsmap;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;
use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{Precompiled, Replace, Sequence, Strip};
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::{ModelWrapper, NormalizerWrapper, Tokenizer};

use super::{NetworkError, NetworkResult};
use crate::sentencepiece::SentencePiece;

/// The sign for a space in pieces.
const SPACE: char = '▁';

/// One language's vocabulary.
pub struct Vocabulary {
    /// Text and natural log-probability of each piece, by id.
    pieces: Vec<(String, f64)>,
    /// Made when a text is tokenized: a target vocabulary never needs it.
    tokenizer: OnceLock<Tokenizer>,
    /// The model file, until then.
    file: Option<SentencePieceRules>,
    /// Ids by the piece numbers of the tokenizer, where they differ.
    ids: Option<Vec<u32>>,
    /// Ids of pieces that the tokenizer does not have.
    others: HashMap<String, u32>,
    /// Ids of special tokens, which have no text.
    special: HashSet<u32>,
    byte_fallback: bool,
    eos: u32,
    unknown: u32,
}

/// How a SentencePiece model treats text.
struct SentencePieceRules {
    normalizer: Option<Precompiled>,
    unknown: u32,
    /// Its pieces, where they are not those of the vocabulary.
    pieces: Option<Vec<(String, f64)>>,
}

/// A token and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: u32,
    /// The bytes of the text that it stands for; empty for the end of the sentence.
    pub span: Range<usize>,
}

/// `Tokenizer::from_bytes` for files that nobody vouches for: it panics where the part that decodes, of which nothing is
/// used here, or a table of normalisation is malformed.
fn read_tokenizer(json: &[u8]) -> serde_json::Result<Tokenizer> {
    let mut file: Value = serde_json::from_slice(json)?;
    if let Some(parts) = file.as_object_mut() {
        parts.remove("decoder");
        check_tables(parts.get("normalizer"))?;
    }
    serde_json::from_value(file)
}

fn check_tables(normalizer: Option<&Value>) -> serde_json::Result<()> {
    let Some(normalizer) = normalizer else {
        return Ok(());
    };
    if normalizer["type"] == "Precompiled" {
        let rules = normalizer["precompiled_charsmap"].as_str();
        let rules = BASE64_STANDARD.decode(rules.unwrap_or_default());
        let rules = rules.map_err(|error| error.to_string());
        rules
            .and_then(|rules| charsmap::read(&rules))
            .map_err(serde_json::Error::custom)?;
    }
    let parts = normalizer["normalizers"].as_array();
    parts
        .into_iter()
        .flatten()
        .try_for_each(|part| check_tables(Some(part)))
}

impl Vocabulary {
    /// Reads a SentencePiece model, or a `tokenizer.json` of the unigram kind, whose unknown piece must be `unknown` if
    /// that is known.
    pub(crate) fn read(bytes: &[u8], eos: u32, unknown: Option<u32>) -> Result<Self, String> {
        let vocabulary = if bytes.trim_ascii_start().starts_with(b"{") {
            Self::from_json(bytes, eos)?
        } else {
            Self::from_sentencepiece(SentencePiece::read(bytes)?, eos)?
        };
        match unknown {
            Some(unknown) if unknown != vocabulary.unknown => Err(format!(
                "its unknown piece is {}, but that of the network {unknown}",
                vocabulary.unknown
            )),
            _ => Ok(vocabulary),
        }
    }

    /// Itself, if it has `size` pieces.
    pub(crate) fn of_size(self, size: usize) -> Result<Self, String> {
        match self.pieces.len() {
            found if found == size => Ok(self),
            found => Err(format!("it has {found} pieces, but the network {size}")),
        }
    }

    /// Itself, if it has at most `size` pieces: some networks have room for more.
    pub(crate) fn within(self, size: usize) -> Result<Self, String> {
        match self.pieces.len() {
            found if found <= size => Ok(self),
            found => Err(format!("it has {found} pieces, but the network {size}")),
        }
    }

    fn from_json(json: &[u8], eos: u32) -> Result<Self, String> {
        let mut tokenizer = read_tokenizer(json).map_err(|error| error.to_string())?;
        // Texts are not cut here, and not filled up.
        let _ = tokenizer.with_truncation(None);
        tokenizer.with_padding(None);
        let ModelWrapper::Unigram(model) = tokenizer.get_model() else {
            return Err("only unigram vocabularies are supported".into());
        };
        let file: UnigramFile = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        // Without one, the first text with an unknown character would fail.
        let unknown = file.model.unk_id.ok_or("it has no unknown piece")?;
        let added = tokenizer.get_added_tokens_decoder();
        let specials = (added.iter()).filter(|(_, token)| token.special);
        Ok(Self {
            pieces: model.iter().cloned().collect(),
            byte_fallback: model.byte_fallback(),
            special: specials.map(|(&id, _)| id).chain([eos]).collect(),
            tokenizer: OnceLock::from(tokenizer),
            file: None,
            ids: None,
            others: HashMap::new(),
            eos,
            unknown,
        })
    }

    fn from_sentencepiece(model: SentencePiece, eos: u32) -> Result<Self, String> {
        let normalizer = match model.charsmap.as_slice() {
            [] => None,
            charsmap => Some(charsmap::read(charsmap)?),
        };
        Ok(Self {
            pieces: model.pieces,
            tokenizer: OnceLock::new(),
            file: Some(SentencePieceRules {
                normalizer,
                unknown: model.unknown,
                pieces: None,
            }),
            ids: None,
            others: HashMap::new(),
            special: model.controls.into_iter().chain([eos]).collect(),
            byte_fallback: model.byte_fallback,
            eos,
            unknown: model.unknown,
        })
    }

    /// A SentencePiece model whose pieces have the ids that `numbered` says, below `size`; those that it does not have
    /// are unknown (`<unk>`), and what the model does not know may have an id nevertheless. So Marian's models with one
    /// vocabulary for two languages have it.
    pub(crate) fn renumbered(
        model: &[u8],
        numbered: &HashMap<String, u32>,
        size: usize,
        eos: u32,
    ) -> Result<Self, String> {
        let unknown = *numbered.get("<unk>").ok_or("it has no <unk>")?;
        if let Some((piece, id)) = numbered.iter().find(|(_, id)| **id as usize >= size) {
            return Err(format!(
                "{piece:?} has the id {id}, but the network has {size}"
            ));
        }
        let mut vocabulary = Self::from_sentencepiece(SentencePiece::read(model)?, eos)?;
        let ids: Vec<u32> = (vocabulary.pieces.iter())
            .map(|(piece, _)| *numbered.get(piece).unwrap_or(&unknown))
            .collect();
        // Pieces of the other language are at least as rare as the rarest of this one.
        let scores = || vocabulary.pieces.iter().map(|(_, score)| *score);
        let mut pieces = vec![(String::new(), scores().fold(0., f64::min)); size];
        for (piece, &id) in numbered {
            pieces[id as usize].0.clone_from(piece);
        }
        for (&id, score) in ids.iter().zip(scores()) {
            pieces[id as usize].1 = score;
        }
        let specials = ["<unk>", "<pad>", "</s>", "<s>"];
        let special = specials.iter().filter_map(|name| numbered.get(*name));
        vocabulary.special = special.copied().chain([eos]).collect();
        let known: HashSet<&str> = (vocabulary.pieces.iter())
            .map(|(piece, _)| piece.as_str())
            .collect();
        let others = numbered
            .iter()
            .filter(|(piece, _)| !known.contains(piece.as_str()));
        vocabulary.others = others.map(|(piece, &id)| (piece.clone(), id)).collect();
        let own = std::mem::replace(&mut vocabulary.pieces, pieces);
        if let Some(file) = &mut vocabulary.file {
            file.pieces = Some(own);
        }
        vocabulary.ids = Some(ids);
        vocabulary.unknown = unknown;
        Ok(vocabulary)
    }

    /// Makes the tokenizer, if it has not been made; otherwise the first text pays for it.
    pub(crate) fn prepare(&self) {
        self.tokenizer();
    }

    fn tokenizer(&self) -> &Tokenizer {
        self.tokenizer.get_or_init(|| {
            let rules = self.file.as_ref();
            let pieces = rules.and_then(|rules| rules.pieces.as_ref());
            let unknown = rules.map_or(self.unknown, |rules| rules.unknown) as usize;
            let pieces = pieces.unwrap_or(&self.pieces).clone();
            let model = Unigram::from(pieces, Some(unknown), self.byte_fallback)
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
    ///
    /// # Errors
    /// When the tokenizer fails. No such text is known: a unigram model with an unknown piece has a path through any.
    pub fn tokenize(&self, text: &str) -> NetworkResult<Vec<Token>> {
        let encoding = self.tokenizer().encode(text, false).map_err(|error| {
            NetworkError::new(format!("the tokenizer cannot read a text: {error}"))
        })?;
        let mut tokens: Vec<Token> = (encoding.get_ids().iter())
            .zip(encoding.get_tokens())
            .zip(encoding.get_offsets())
            .map(|((&id, piece), &(start, end))| Token {
                id: self.id(id, piece),
                span: start..end,
            })
            .collect();
        tokens.push(Token {
            id: self.eos,
            span: text.len()..text.len(),
        });
        Ok(tokens)
    }

    /// The id of a piece that is the tokenizer's number `number`.
    fn id(&self, number: u32, piece: &str) -> u32 {
        let Some(ids) = &self.ids else {
            return number;
        };
        match ids[number as usize] {
            id if id == self.unknown => self.others.get(piece).copied().unwrap_or(id),
            id => id,
        }
    }

    /// The ids of `text`, as in [`Vocabulary::tokenize`].
    ///
    /// # Errors
    /// As there.
    pub fn encode(&self, text: &str) -> NetworkResult<Vec<u32>> {
        let tokens = self.tokenize(text)?;
        Ok(tokens.into_iter().map(|token| token.id).collect())
    }

    /// The pieces of words in a hint, without an end; `None` if a letter has none.
    ///
    /// # Errors
    /// As there.
    pub fn candidate(&self, words: &str) -> NetworkResult<Option<Vec<u32>>> {
        let mut pieces = self.encode(words)?;
        pieces.pop_if(|last| *last == self.eos);
        Ok((!pieces.contains(&self.unknown())).then_some(pieces))
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

    /// The id of a piece or of a special token, by its text.
    pub fn piece_id(&self, piece: &str) -> Option<u32> {
        let place = (self.pieces.iter()).position(|(text, _)| text == piece);
        place.map(|place| place as u32).or_else(|| {
            let added = self.tokenizer().token_to_id(piece);
            added.filter(|_| self.ids.is_none())
        })
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
            let is_special = self.special.contains(&id);
            let piece = if is_special { "" } else { self.piece(id) };
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
        if !self.byte_fallback {
            return None;
        }
        let hexadecimal = piece.strip_prefix("<0x")?.strip_suffix('>')?;
        u8::from_str_radix(hexadecimal, 16).ok()
    }
}

/// The part of a `tokenizer.json` that the `tokenizers` crate keeps to itself.
#[derive(Deserialize)]
struct UnigramFile {
    model: UnigramModel,
}

#[derive(Deserialize)]
struct UnigramModel {
    unk_id: Option<u32>,
}
