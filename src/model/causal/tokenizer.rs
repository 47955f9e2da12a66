//! The tokenizers of decoder-only models: from the settings of a GGUF file, or from a `tokenizer.json` beside it.

use candle_core::quantized::gguf_file::Value;
use std::collections::HashSet;

use tokenizers::decoders::DecoderWrapper;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{NFC, NormalizerWrapper, Prepend, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;
use tokenizers::{AddedToken, Tokenizer};

use super::header::Header;
use super::template::Part;
use crate::model::error::{NetworkError, NetworkResult, bail};

/// Longest token, in bytes.
const LONGEST_TOKEN: usize = 1024;
/// Rows of an embedding that may have no token, or tokens that may have no row: some models have a few.
const LOOSE: usize = 1024;
/// Stands for a space.
const SPACE: &str = "▁";

/// `tokenizer.ggml.token_type` of tokens that only templates write.
const CONTROL: u64 = 3;
/// `tokenizer.ggml.token_type` of tokens that are found before all others.
const USER_DEFINED: u64 = 4;
/// `tokenizer.ggml.token_type` of single bytes.
const BYTE: u64 = 6;

/// A tokenizer of which every id is a row of the embedding.
pub struct CausalTokenizer {
    tokenizer: Tokenizer,
    /// Rows of the embedding.
    rows: usize,
    /// The token before every prompt, if the model wants one.
    begin: Option<u32>,
    /// Tokens that end an answer, as the file says.
    pub ends: Vec<u32>,
}

impl CausalTokenizer {
    /// Makes the tokenizer of `json` (`tokenizer.json`) or, without one, of the header's settings, for an embedding of so many
    /// rows.
    ///
    /// # Errors
    /// When there is none, it is malformed, or its size is another.
    pub fn new(header: &Header, json: Option<&[u8]>, rows: usize) -> NetworkResult<Self> {
        let mut tokenizer = match json {
            Some(json) => of_json(json, rows)?,
            None => of_header(header, rows)?,
        };
        // Marks in a user's text are text.
        tokenizer.set_encode_special_tokens(true);
        let id = |key: &str| {
            let id = header.number(&format!("tokenizer.ggml.{key}"))?;
            u32::try_from(id).ok().filter(|&id| (id as usize) < rows)
        };
        let ends = ["eos_token_id", "eot_token_id", "eom_token_id"];
        let is_sentencepiece = header.text("tokenizer.ggml.model") == Some("llama");
        let wants_begin = match header.get("tokenizer.ggml.add_bos_token") {
            Some(Value::Bool(wants)) => *wants,
            _ => is_sentencepiece || header.text("tokenizer.ggml.pre") == Some("llama-bpe"),
        };
        Ok(Self {
            tokenizer,
            rows,
            begin: id("bos_token_id").filter(|_| wants_begin),
            ends: ends.into_iter().filter_map(id).collect(),
        })
    }

    /// The ids of a text, in which nothing is a mark.
    ///
    /// # Errors
    /// When the tokenizer fails, or has a token that the embedding has not.
    pub fn encode(&self, text: &str) -> NetworkResult<Vec<u32>> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(|error| {
            NetworkError::new(format!("the tokenizer cannot read a text: {error}"))
        })?;
        let ids = encoding.get_ids().to_vec();
        match ids.iter().find(|&&id| id as usize >= self.rows) {
            Some(id) => bail!(
                "the tokenizer has a token {id}, but the network has {}",
                self.rows
            ),
            None => Ok(ids),
        }
    }

    /// The ids of a prompt, with the token that begins it.
    ///
    /// # Errors
    /// As for [`CausalTokenizer::encode`]; when there is no token for a mark.
    pub fn prompt(&self, parts: &[Part]) -> NetworkResult<Vec<u32>> {
        let mut ids: Vec<u32> = self.begin.into_iter().collect();
        for part in parts {
            match part {
                Part::Text(text) => ids.extend(self.encode(text)?),
                Part::Mark(mark) => match self.id(mark) {
                    Some(id) => ids.push(id),
                    None => bail!("its chat template has {mark}, but its tokenizer has not"),
                },
            }
        }
        Ok(ids)
    }

    /// The id of a token.
    pub fn id(&self, token: &str) -> Option<u32> {
        let id = self.tokenizer.token_to_id(token)?;
        Some(id).filter(|&id| (id as usize) < self.rows)
    }

    /// The text of ids, without marks.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.tokenizer.decode(ids, true).unwrap_or_default()
    }
}

fn wrapped(error: impl std::fmt::Display) -> NetworkError {
    NetworkError::new(format!("its tokenizer: {error}"))
}

fn of_json(json: &[u8], rows: usize) -> NetworkResult<Tokenizer> {
    let tokenizer =
        Tokenizer::from_bytes(json).map_err(|error| wrapped(format!("tokenizer.json: {error}")))?;
    let size = tokenizer.get_vocab_size(true);
    if size.abs_diff(rows) > LOOSE {
        bail!("tokenizer.json has {size} tokens, but the network has {rows}")
    }
    Ok(tokenizer)
}

fn of_header(header: &Header, rows: usize) -> NetworkResult<Tokenizer> {
    let Some(list) = header.list("tokenizer.ggml.tokens") else {
        bail!("it has no tokenizer (tokenizer.ggml.tokens): put its tokenizer.json beside it")
    };
    if list.len() != rows {
        bail!(
            "its tokenizer has {} tokens, but the network has {rows}",
            list.len()
        )
    }
    let tokens = texts("tokenizer.ggml.tokens", list)?;
    let kinds: Vec<u64> = match header.list("tokenizer.ggml.token_type") {
        Some(kinds) if kinds.len() == rows => kinds.iter().map(kind).collect(),
        Some(kinds) => bail!(
            "tokenizer.ggml.token_type has {} entries, not {rows}",
            kinds.len()
        ),
        None => vec![1; rows],
    };
    let mut tokenizer = match header.text("tokenizer.ggml.model") {
        Some("llama") => sentencepiece(header, &tokens, &kinds)?,
        Some("gpt2") => byte_level(header, &tokens)?,
        other => bail!(
            "its tokenizer is of the kind `{}`, which is not supported (gpt2 and llama are): put its tokenizer.json beside it",
            other.unwrap_or_default().escape_debug()
        ),
    };
    let of_kind =
        |wanted: u64| (tokens.iter().zip(&kinds)).filter(move |&(_, &kind)| kind == wanted);
    let added = |(token, _): (&&str, _), special| {
        AddedToken::from((*token).to_owned(), special).normalized(false)
    };
    let controls: Vec<AddedToken> = of_kind(CONTROL).map(|token| added(token, true)).collect();
    let own: Vec<AddedToken> = of_kind(USER_DEFINED)
        .map(|token| added(token, false))
        .collect();
    tokenizer.add_special_tokens(controls).map_err(wrapped)?;
    tokenizer.add_tokens(own).map_err(wrapped)?;
    Ok(tokenizer)
}

fn kind(value: &Value) -> u64 {
    match value {
        Value::I32(kind) => u64::try_from(*kind).unwrap_or_default(),
        value => value.to_u64().unwrap_or_default(),
    }
}

fn texts<'a>(name: &str, values: &'a [Value]) -> NetworkResult<Vec<&'a str>> {
    let text = |value: &'a Value| match value {
        Value::String(text) if text.len() <= LONGEST_TOKEN => Ok(text.as_str()),
        _ => bail!("{name} has what is no token"),
    };
    values.iter().map(text).collect()
}

/// The rules by which texts are cut into words before anything is merged, by the names that llama.cpp gives them.
fn words(header: &Header) -> NetworkResult<(Option<NormalizerWrapper>, PreTokenizerWrapper)> {
    const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    let split = |pattern: &str| -> NetworkResult<PreTokenizerWrapper> {
        let pattern = SplitPattern::Regex(pattern.into());
        let split =
            Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(wrapped)?;
        Ok(PreTokenizers::new(vec![
            split.into(),
            ByteLevel::new(false, false, false).into(),
        ])
        .into())
    };
    let by_gpt2 = ByteLevel::new(false, false, true);
    Ok(match header.text("tokenizer.ggml.pre").unwrap_or("gpt-2") {
        "qwen2" => (Some(NFC.into()), split(QWEN2)?),
        "llama-bpe" | "llama3" | "llama-v3" => (None, split(LLAMA3)?),
        "smollm" => {
            let digits = Digits::new(true);
            (
                None,
                PreTokenizers::new(vec![digits.into(), by_gpt2.into()]).into(),
            )
        }
        "gpt-2" | "gpt2" => (None, by_gpt2.into()),
        other => bail!(
            "its tokenizer cuts words by the rule `{}`, which is not known: put its tokenizer.json beside it",
            other.escape_debug()
        ),
    })
}

/// Byte pairs over the bytes of UTF-8.
fn byte_level(header: &Header, tokens: &[&str]) -> NetworkResult<Tokenizer> {
    let Some(merges) = header.list("tokenizer.ggml.merges") else {
        bail!("its tokenizer has no tokenizer.ggml.merges")
    };
    let merges = texts("tokenizer.ggml.merges", merges)?;
    let merges = (merges.into_iter())
        .map(|merge| match merge.split_once(' ') {
            Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
            None => bail!("tokenizer.ggml.merges has what is no pair"),
        })
        .collect::<NetworkResult<Vec<_>>>()?;
    let is_llama = header.text("tokenizer.ggml.pre") == Some("llama-bpe");
    let model = BPE::builder()
        .vocab_and_merges(vocabulary(tokens), merges)
        .ignore_merges(is_llama);
    let mut tokenizer = Tokenizer::new(model.build().map_err(wrapped)?);
    let (normalizer, words) = words(header)?;
    tokenizer.with_normalizer(normalizer).map_err(wrapped)?;
    tokenizer.with_pre_tokenizer(Some(words));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    Ok(tokenizer)
}

/// SentencePiece's byte pairs: the two neighbours are merged whose whole has the best score.
fn sentencepiece(header: &Header, tokens: &[&str], kinds: &[u64]) -> NetworkResult<Tokenizer> {
    let Some(list) = header.list("tokenizer.ggml.scores") else {
        bail!("its tokenizer has no tokenizer.ggml.scores")
    };
    let scores: Vec<f32> = list
        .iter()
        .map(|score| score.to_f32().unwrap_or(f32::NEG_INFINITY))
        .collect();
    if scores.len() != tokens.len() {
        bail!(
            "tokenizer.ggml.scores has {} entries, not {}",
            scores.len(),
            tokens.len()
        )
    }
    let merges = merges(tokens, &scores, kinds);
    let unknown = (header.number("tokenizer.ggml.unknown_token_id"))
        .and_then(|id| tokens.get(usize::try_from(id).ok()?));
    let mut model = BPE::builder()
        .vocab_and_merges(vocabulary(tokens), merges)
        .fuse_unk(true)
        .byte_fallback(kinds.contains(&BYTE));
    if let Some(unknown) = unknown {
        model = model.unk_token((*unknown).to_owned());
    }
    let mut tokenizer = Tokenizer::new(model.build().map_err(wrapped)?);
    let begins_with_space = match header.get("tokenizer.ggml.add_space_prefix") {
        Some(Value::Bool(begins)) => *begins,
        _ => true,
    };
    let mut normalizers: Vec<NormalizerWrapper> =
        vec![Replace::new(" ", SPACE).map_err(wrapped)?.into()];
    let mut decoders: Vec<DecoderWrapper> = vec![
        Replace::new(SPACE, " ").map_err(wrapped)?.into(),
        ByteFallback::new().into(),
        Fuse::new().into(),
    ];
    if begins_with_space {
        normalizers.insert(0, Prepend::new(SPACE.into()).into());
        decoders.push(Strip::new(' ', 1, 0).into());
    }
    tokenizer
        .with_normalizer(Some(Normalizers::new(normalizers)))
        .map_err(wrapped)?;
    tokenizer.with_decoder(Some(Decoders::new(decoders)));
    Ok(tokenizer)
}

fn vocabulary(tokens: &[&str]) -> Vocab {
    let ids = 0..tokens.len() as u32;
    tokens
        .iter()
        .map(|&token| token.to_owned())
        .zip(ids)
        .collect()
}

/// The pairs that make ordinary tokens, best first.
fn merges(tokens: &[&str], scores: &[f32], kinds: &[u64]) -> Vec<(String, String)> {
    let ordinary = |&i: &usize| !matches!(kinds[i], CONTROL | USER_DEFINED | BYTE);
    let mut order: Vec<usize> = (0..tokens.len()).filter(ordinary).collect();
    let known: HashSet<&str> = order.iter().map(|&i| tokens[i]).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut merges = Vec::new();
    for token in order.into_iter().map(|i| tokens[i]) {
        for (place, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(place);
            if known.contains(left) && known.contains(right) {
                merges.push((left.to_owned(), right.to_owned()));
            }
        }
    }
    merges
}
