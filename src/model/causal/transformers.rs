//! Networks of `candle-transformers`, where it has them right.
//!
//! What it does not check is checked before ([`Header::sizes`]), and what it would get wrong is set right here: tables of
//! rotary frequencies are made in f32, for no more positions than are used.

use std::io::Cursor;

use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Result, Tensor};
use candle_transformers::models::quantized_llama::{self, MAX_SEQ_LEN};
use candle_transformers::models::{quantized_qwen2, quantized_qwen3};

use super::Network;
use super::header::{Header, Kind, Sizes};
use crate::model::error::NetworkResult;

/// Most tokens that candle's Llama has tables for.
pub const LLAMA_CONTEXT: usize = MAX_SEQ_LEN;

/// Loads a network whose header was checked.
///
/// # Errors
/// When a tensor cannot be read.
pub fn load(
    header: Header,
    sizes: Sizes,
    bytes: &[u8],
    device: &Device,
) -> NetworkResult<Box<dyn Network>> {
    let (kind, content) = (header.kind, settled(header, &sizes));
    let mut file = Cursor::new(bytes);
    Ok(match kind {
        Kind::Qwen2 => Box::new(Qwen2(quantized_qwen2::ModelWeights::from_gguf(
            content, &mut file, device,
        )?)),
        Kind::Qwen3 => Box::new(Qwen3(quantized_qwen3::ModelWeights::from_gguf(
            content, &mut file, device,
        )?)),
        Kind::Llama | Kind::Gemma3 => Box::new(Llama {
            network: quantized_llama::ModelWeights::from_gguf(content, &mut file, device)?,
            prefix: None,
        }),
    })
}

/// The header as candle reads it: numbers of the type that it asks for, the context that is used, and tables in f32.
fn settled(header: Header, sizes: &Sizes) -> Content {
    let name = header.name();
    let mut content = header.content;
    let numbers = [
        ("embedding_length", sizes.width),
        ("block_count", sizes.layers),
        ("attention.head_count", sizes.heads),
        ("attention.head_count_kv", sizes.kv_heads),
        ("attention.key_length", sizes.head),
        ("rope.dimension_count", sizes.head),
        ("context_length", sizes.context),
        ("expert_count", 0),
    ];
    for (key, number) in numbers {
        content
            .metadata
            .insert(format!("{name}.{key}"), Value::U32(number as u32));
    }
    let floats = [
        ("attention.layer_norm_rms_epsilon", sizes.epsilon),
        ("rope.freq_base", sizes.rope_base),
    ];
    for (key, number) in floats {
        content
            .metadata
            .insert(format!("{name}.{key}"), Value::F32(number));
    }
    // The type of the tables; they would be f16, which tells positions above 2048 apart no more.
    content
        .metadata
        .insert("general.dtype".into(), Value::U32(0));
    content
}

/// Its states cannot be copied: every prompt is read from its beginning.
struct Qwen2(quantized_qwen2::ModelWeights);

impl Network for Qwen2 {
    fn forward(&mut self, ids: &Tensor, position: usize) -> Result<Tensor> {
        self.0.forward(ids, position)
    }

    fn keep(&mut self, _tokens: usize) -> usize {
        self.0.clear_kv_cache();
        0
    }
}

/// A copy of its states would have room for 4096 tokens, however few they are: every prompt is read from its beginning.
struct Qwen3(quantized_qwen3::ModelWeights);

impl Network for Qwen3 {
    fn forward(&mut self, ids: &Tensor, position: usize) -> Result<Tensor> {
        self.0.forward(ids, position)
    }

    fn keep(&mut self, _tokens: usize) -> usize {
        self.0.clear_kv_cache();
        0
    }
}

struct Llama {
    network: quantized_llama::ModelWeights,
    /// The network after a prefix of so many tokens; it shares the weights.
    prefix: Option<(usize, quantized_llama::ModelWeights)>,
}

impl Network for Llama {
    fn forward(&mut self, ids: &Tensor, position: usize) -> Result<Tensor> {
        self.network.forward(ids, position)
    }

    fn keep(&mut self, tokens: usize) -> usize {
        match &self.prefix {
            Some((prefix, network)) if *prefix <= tokens => {
                self.network = network.clone();
                *prefix
            }
            _ => {
                self.prefix = None;
                self.network.clear_kv_cache();
                0
            }
        }
    }

    fn mark(&mut self, tokens: usize) {
        self.prefix = Some((tokens, self.network.clone()));
    }
}
