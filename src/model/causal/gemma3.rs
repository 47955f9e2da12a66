//! Gemma 3 on candle's quantised tensors ([report](https://arxiv.org/abs/2503.19786)).
//!
//! Not `candle_transformers::models::quantized_gemma3` of 0.11.1: it has SiLU where the network has GELU; its window reaches
//! one token too far in a prompt and is not there at all in an answer; it ignores the scaling of the rotary frequencies; a
//! prompt cannot go on from a prefix; and each layer has its own tables for 131,072 positions, 128 MB a layer.

use candle_core::quantized::QMatMul;
use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{Module, RmsNorm, ops};

use super::header::{Header, Sizes};
use super::{Network, Tensors};
use crate::model::error::NetworkResult;

/// Every layer attends to a window, but each sixth to everything.
const PERIOD: usize = 6;
/// Base of the rotary frequencies of layers with a window.
const LOCAL_BASE: f32 = 1e4;
/// Layers of the one size (27B) whose queries are scaled by the width of the states.
const LARGE: usize = 62;

/// The network with its cache.
pub struct Gemma3 {
    embedding: QMatMul,
    layers: Vec<Layer>,
    norm: RmsNorm,
    output: QMatMul,
    /// √width: what embeddings are multiplied by.
    scale: f64,
    window: usize,
    everywhere: Rotary,
    nearby: Rotary,
    device: Device,
}

struct Layer {
    attention_norm: RmsNorm,
    query: QMatMul,
    key: QMatMul,
    value: QMatMul,
    query_norm: RmsNorm,
    key_norm: RmsNorm,
    output: QMatMul,
    after_attention: RmsNorm,
    feed_forward_norm: RmsNorm,
    gate: QMatMul,
    up: QMatMul,
    down: QMatMul,
    after_feed_forward: RmsNorm,
    /// Tokens that it attends to, the last included; all if none.
    window: Option<usize>,
    sizes: Sizes,
    /// What products of queries and keys are multiplied by.
    scale: f64,
    cache: Cache,
}

/// Cosines and sines of all positions, `[context, head / 2]`.
struct Rotary {
    cos: Tensor,
    sin: Tensor,
}

/// Keys and values of the tokens so far, `[1, kv_heads, room, head]`.
struct Cache {
    pair: Option<(Tensor, Tensor)>,
    tokens: usize,
}

impl Gemma3 {
    /// Loads the tensors.
    ///
    /// # Errors
    /// When a setting is missing or out of bounds, or a tensor cannot be read.
    pub fn load(header: &Header, sizes: Sizes, tensors: &mut Tensors<'_>) -> NetworkResult<Self> {
        let window = header.size("attention.sliding_window", 1 << 20)?;
        let local = header.float("rope.local_freq_base", Some(LOCAL_BASE))?;
        let factor = header.float("rope.scaling.factor", Some(1.))?;
        let norm = |tensors: &mut Tensors<'_>, name: &str| -> NetworkResult<RmsNorm> {
            Ok(RmsNorm::new(tensors.float(name)?, f64::from(sizes.epsilon)))
        };
        let square = match sizes.layers {
            LARGE => sizes.width / sizes.heads,
            _ => sizes.head,
        };
        let embedding = tensors.matrix("token_embd.weight")?;
        let output = match header.content.tensor_infos.contains_key("output.weight") {
            true => tensors.matrix("output.weight")?,
            false => embedding.clone(),
        };
        let mut layers = Vec::with_capacity(sizes.layers);
        for i in 0..sizes.layers {
            let name = |part: &str| format!("blk.{i}.{part}.weight");
            layers.push(Layer {
                attention_norm: norm(tensors, &name("attn_norm"))?,
                query: tensors.matrix(&name("attn_q"))?,
                key: tensors.matrix(&name("attn_k"))?,
                value: tensors.matrix(&name("attn_v"))?,
                query_norm: norm(tensors, &name("attn_q_norm"))?,
                key_norm: norm(tensors, &name("attn_k_norm"))?,
                output: tensors.matrix(&name("attn_output"))?,
                after_attention: norm(tensors, &name("post_attention_norm"))?,
                feed_forward_norm: norm(tensors, &name("ffn_norm"))?,
                gate: tensors.matrix(&name("ffn_gate"))?,
                up: tensors.matrix(&name("ffn_up"))?,
                down: tensors.matrix(&name("ffn_down"))?,
                after_feed_forward: norm(tensors, &name("post_ffw_norm"))?,
                window: ((i + 1) % PERIOD != 0).then_some(window),
                sizes,
                scale: (square as f64).sqrt().recip(),
                cache: Cache {
                    pair: None,
                    tokens: 0,
                },
            });
        }
        let device = tensors.device.clone();
        Ok(Self {
            embedding,
            layers,
            norm: norm(tensors, "output_norm.weight")?,
            output,
            scale: (sizes.width as f64).sqrt(),
            window,
            everywhere: Rotary::new(&sizes, sizes.rope_base, factor, &device)?,
            nearby: Rotary::new(&sizes, local, 1., &device)?,
            device,
        })
    }

    /// What rows of a mask are added to the products of queries from `position` on with keys from `first` on: 0 for the keys
    /// that a query may see, minus infinity for the others, `[tokens, position + tokens − first]`.
    fn mask(&self, tokens: usize, position: usize, first: usize, window: usize) -> Result<Tensor> {
        let keys = position + tokens - first;
        let value = |i: usize| {
            let (query, key) = (position + i / keys, first + i % keys);
            match key <= query && query - key < window {
                true => 0f32,
                false => f32::NEG_INFINITY,
            }
        };
        let values: Vec<f32> = (0..tokens * keys).map(value).collect();
        Tensor::from_vec(values, (tokens, keys), &self.device)
    }
}

/// The first of the positions that the queries from `position` on may see.
fn first(position: usize, window: Option<usize>) -> usize {
    window.map_or(0, |window| (position + 1).saturating_sub(window))
}

impl Network for Gemma3 {
    fn forward(&mut self, ids: &Tensor, position: usize) -> Result<Tensor> {
        let (_, tokens) = ids.dims2()?;
        let mut states = (self.embedding.embedding(ids)? * self.scale)?;
        let mask = |window: Option<usize>| -> Result<Option<Tensor>> {
            let reach = window.unwrap_or(usize::MAX);
            (tokens > 1)
                .then(|| self.mask(tokens, position, first(position, window), reach))
                .transpose()
        };
        let (everywhere, nearby) = (mask(None)?, mask(Some(self.window))?);
        for layer in &mut self.layers {
            let (rotary, mask) = match layer.window {
                None => (&self.everywhere, &everywhere),
                Some(_) => (&self.nearby, &nearby),
            };
            states = layer.forward(&states, position, rotary, mask.as_ref())?;
        }
        let last = states.narrow(1, tokens - 1, 1)?.squeeze(1)?;
        self.output
            .forward(&self.norm.forward(&last.contiguous()?)?)
    }

    fn keep(&mut self, tokens: usize) -> usize {
        for layer in &mut self.layers {
            layer.cache.tokens = layer.cache.tokens.min(tokens);
        }
        self.layers.first().map_or(0, |layer| layer.cache.tokens)
    }
}

impl Layer {
    /// `[1, tokens, width]` to the same.
    fn forward(
        &mut self,
        states: &Tensor,
        position: usize,
        rotary: &Rotary,
        mask: Option<&Tensor>,
    ) -> Result<Tensor> {
        let attended = self.attend(
            &self.attention_norm.forward(states)?,
            position,
            rotary,
            mask,
        )?;
        let states = (states + self.after_attention.forward(&attended)?)?;
        let inner = self.feed_forward_norm.forward(&states)?;
        // `gelu` is the approximation by tanh, as the network has it.
        let inner = (self.gate.forward(&inner)?.gelu()? * self.up.forward(&inner)?)?;
        let inner = self.down.forward(&inner)?;
        states + self.after_feed_forward.forward(&inner)?
    }

    fn attend(
        &mut self,
        states: &Tensor,
        position: usize,
        rotary: &Rotary,
        mask: Option<&Tensor>,
    ) -> Result<Tensor> {
        let Sizes {
            heads,
            kv_heads,
            head,
            ..
        } = self.sizes;
        let (_, tokens, _) = states.dims3()?;
        let split = |rows: Tensor, heads: usize| -> Result<Tensor> {
            rows.reshape((1, tokens, heads, head))?
                .transpose(1, 2)?
                .contiguous()
        };
        let queries = self
            .query_norm
            .forward(&split(self.query.forward(states)?, heads)?)?;
        let keys = self
            .key_norm
            .forward(&split(self.key.forward(states)?, kv_heads)?)?;
        let values = split(self.value.forward(states)?, kv_heads)?;
        let queries = rotary.turn(&queries, position)?;
        let keys = rotary.turn(&keys, position)?;
        let from = first(position, self.window);
        let (keys, values) = self.cache.add(&keys, &values, position, from)?;

        // Queries that share keys: `[1, kv_heads, heads / kv_heads · tokens, head]`.
        let shared = (1, kv_heads, heads / kv_heads * tokens, head);
        let weights = (queries.reshape(shared)?.matmul(&keys.t()?)? * self.scale)?;
        let count = keys.dim(2)?;
        let weights = weights.reshape((1, heads, tokens, count))?;
        let weights = match mask {
            Some(mask) => weights.broadcast_add(mask)?,
            None => weights,
        };
        let weights = ops::softmax_last_dim(&weights)?;
        let weights = weights.reshape((1, kv_heads, heads / kv_heads * tokens, count))?;
        let mixed = weights.matmul(&values)?.reshape((1, heads, tokens, head))?;
        let mixed = mixed.transpose(1, 2)?.reshape((1, tokens, heads * head))?;
        self.output.forward(&mixed)
    }
}

impl Rotary {
    fn new(sizes: &Sizes, base: f32, factor: f32, device: &Device) -> Result<Self> {
        let frequency = |i: usize| base.powf(i as f32 / sizes.head as f32).recip() / factor;
        let frequencies: Vec<f32> = (0..sizes.head).step_by(2).map(frequency).collect();
        let frequencies = Tensor::from_vec(frequencies, (1, sizes.head / 2), device)?;
        let positions = Tensor::arange(0u32, sizes.context as u32, device)?.to_dtype(DType::F32)?;
        let angles = positions
            .reshape((sizes.context, 1))?
            .matmul(&frequencies)?;
        Ok(Self {
            cos: angles.cos()?,
            sin: angles.sin()?,
        })
    }

    fn turn(&self, rows: &Tensor, position: usize) -> Result<Tensor> {
        let tokens = rows.dim(D::Minus2)?;
        let cos = self.cos.narrow(0, position, tokens)?;
        let sin = self.sin.narrow(0, position, tokens)?;
        candle_nn::rotary_emb::rope(rows, &cos, &sin)
    }
}

impl Cache {
    /// Fewest tokens that there is room for.
    const LEAST: usize = 256;

    /// Adds keys and values at `position`, where it ends, and gives those from `first` on.
    fn add(
        &mut self,
        keys: &Tensor,
        values: &Tensor,
        position: usize,
        first: usize,
    ) -> Result<(Tensor, Tensor)> {
        let (_, heads, tokens, head) = keys.dims4()?;
        let end = position + tokens;
        let room = self.pair.as_ref().map_or(Ok(0), |(keys, _)| keys.dim(2))?;
        if end > room {
            let shape = (1, heads, end.next_power_of_two().max(Self::LEAST), head);
            let grown = |old: Option<&Tensor>| -> Result<Tensor> {
                let new = Tensor::zeros(shape, DType::F32, keys.device())?;
                if let Some(old) = old {
                    new.slice_set(old, 2, 0)?;
                }
                Ok(new)
            };
            let old = self.pair.as_ref();
            self.pair = Some((
                grown(old.map(|(keys, _)| keys))?,
                grown(old.map(|(_, values)| values))?,
            ));
        }
        let Some((all_keys, all_values)) = &self.pair else {
            candle_core::bail!("there is no room for keys")
        };
        all_keys.slice_set(&keys.contiguous()?, 2, position)?;
        all_values.slice_set(&values.contiguous()?, 2, position)?;
        self.tokens = end;
        let seen = |all: &Tensor| all.narrow(2, first, end - first)?.contiguous();
        Ok((seen(all_keys)?, seen(all_values)?))
    }
}
