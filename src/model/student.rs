//! The student network of the "tiny" Marian/Firefox Translations family: a transformer encoder and a decoder whose
//! self-attention is replaced by an SSRU (Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast
//! Neural Machine Translation"). `models/ARCHITECTURE.md` gives every equation.
//!
//! Shapes: `b` sources, `k` hypotheses for each, `s` source tokens, width `d`.

use candle_core::{D, Device, Module, Result, Tensor, bail};
use candle_nn::LayerNorm;
use candle_nn::ops::sigmoid;

use super::attention::{Attention, KeysValues};
use super::matrix::{Linear, Matrix};
use super::weights::Weights;
use super::{Decoder, Memory, Seq2Seq};
use serde::Deserialize;

/// Sizes of the network, as in `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct StudentConfig {
    /// Width of every layer.
    pub d_model: usize,
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
    /// Attention heads; divides `d_model`.
    pub attention_heads: usize,
    /// Width inside the feed-forward blocks.
    pub ffn_dim: usize,
    /// Pieces of the source vocabulary.
    pub source_vocab_size: usize,
    /// Pieces of the target vocabulary.
    pub target_vocab_size: usize,
    /// End of sentence, on both sides.
    pub eos_token_id: u32,
    /// The unknown piece, never generated.
    pub unk_token_id: u32,
    /// Added to the variance in layer norms.
    pub layer_norm_eps: f64,
    /// Tokens of the longest source, `</s>` included, that the network was trained for.
    pub max_source_tokens: usize,
}

impl StudentConfig {
    fn check(&self) -> Result<()> {
        let sizes = [
            self.d_model,
            self.encoder_layers,
            self.decoder_layers,
            self.attention_heads,
            self.ffn_dim,
            self.source_vocab_size,
            self.target_vocab_size,
            self.max_source_tokens,
        ];
        // Far above every published student; a guard against sizes that only exhaust memory.
        if sizes.iter().any(|&size| size == 0 || size > 1 << 20) {
            bail!("config.json has a size of zero or beyond a million")
        }
        if !self.d_model.is_multiple_of(self.attention_heads)
            || !self.d_model.is_multiple_of(2)
            || self.d_model < 4
        {
            bail!("config.json: d_model must be even and a multiple of attention_heads")
        }
        if self.max_source_tokens < 2 || self.max_source_tokens > 1 << 14 {
            bail!("config.json: max_source_tokens must lie between 2 and 16384")
        }
        let vocabulary = self.source_vocab_size.min(self.target_vocab_size) as u32;
        if self.eos_token_id >= vocabulary || self.unk_token_id >= vocabulary {
            bail!("config.json: eos_token_id or unk_token_id lies outside the vocabulary")
        }
        Ok(())
    }
}

/// The network with its weights.
pub struct Student {
    config: StudentConfig,
    source_embedding: Matrix,
    /// The target embedding is the output matrix, too.
    output: Linear,
    positions: Tensor,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
}

impl Student {
    /// Takes the tensors of `weights` by their names.
    ///
    /// # Errors
    /// When a size is impossible or a tensor is missing or of another shape.
    pub fn load(config: StudentConfig, weights: &Weights<'_>) -> Result<Self> {
        config.check()?;
        let d = config.d_model;
        let bias = weights.vector("output.bias", config.target_vocab_size)?;
        Ok(Self {
            source_embedding: weights.matrix(
                "source_embedding.weight",
                config.source_vocab_size,
                d,
            )?,
            output: Linear::new(
                weights.matrix("target_embedding.weight", config.target_vocab_size, d)?,
                Some(suppress(&bias, config.unk_token_id)?),
            )?,
            positions: positions(longest_target(config.max_source_tokens), d)?,
            encoder: (0..config.encoder_layers)
                .map(|i| EncoderLayer::load(&config, weights, &format!("encoder.layers.{i}")))
                .collect::<Result<_>>()?,
            decoder: (0..config.decoder_layers)
                .map(|i| DecoderLayer::load(&config, weights, &format!("decoder.layers.{i}")))
                .collect::<Result<_>>()?,
            config,
        })
    }

    /// `E[id]·√d + P_t` for the embeddings `[rows, tokens, d]` of tokens at `position..`.
    fn place(&self, embeddings: &Tensor, position: usize) -> Result<Tensor> {
        let scale = (self.config.d_model as f64).sqrt();
        (embeddings * scale)?.broadcast_add(&self.positions.narrow(
            0,
            position,
            embeddings.dim(1)?,
        )?)
    }
}

impl Seq2Seq for Student {
    fn max_source_tokens(&self) -> usize {
        self.config.max_source_tokens
    }

    fn eos(&self) -> u32 {
        self.config.eos_token_id
    }

    fn encode(&self, batch: &[&[u32]]) -> Result<Memory> {
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        if longest == 0 || longest > self.config.max_source_tokens {
            bail!(
                "a source of {longest} tokens: the model takes 1 to {}",
                self.config.max_source_tokens
            )
        }
        let mut padded = vec![self.config.eos_token_id; batch.len() * longest];
        for (row, ids) in padded.chunks_exact_mut(longest).zip(batch) {
            row[..ids.len()].copy_from_slice(ids);
        }
        let ids = Tensor::from_vec(padded, (batch.len(), longest), &Device::Cpu)?;

        let mut x = self.place(&self.source_embedding.embedding(&ids)?, 0)?; // [b, s, d]
        for layer in &self.encoder {
            x = layer.forward(&x, &lengths)?;
        }
        Ok(Memory { states: x, lengths })
    }

    fn decoder(&self, memory: &Memory, beam: usize) -> Result<Box<dyn Decoder + '_>> {
        let (sources, _, d) = memory.states.dims3()?;
        let cross = self
            .decoder
            .iter()
            .map(|layer| {
                layer
                    .cross_attention
                    .project(&memory.states, &memory.lengths)
            })
            .collect::<Result<_>>()?;
        let cell = Tensor::zeros((sources * beam, d), memory.states.dtype(), &Device::Cpu)?;
        Ok(Box::new(StudentDecoder {
            student: self,
            beam,
            position: 0,
            cells: vec![cell; self.decoder.len()],
            cross,
            attention: None,
        }))
    }
}

/// One batch on its way through the decoder. Its whole state is one SSRU cell per layer, hypothesis and channel.
struct StudentDecoder<'a> {
    student: &'a Student,
    beam: usize,
    position: usize,
    /// Per layer `[b·k, d]`.
    cells: Vec<Tensor>,
    /// Per layer, computed once.
    cross: Vec<KeysValues>,
    /// `[b, k, s]` of the last layer at the last step.
    attention: Option<Tensor>,
}

impl Decoder for StudentDecoder<'_> {
    fn step(&mut self, previous: &[u32]) -> Result<Tensor> {
        let student = self.student;
        let rows = self.cells[0].dim(0)?;
        let d = student.config.d_model;
        if self.position >= student.positions.dim(0)? {
            bail!("a target of more than {} tokens", self.position)
        }
        let mut x = if self.position == 0 {
            // No start token: the first input is the zero vector.
            student
                .positions
                .narrow(0, 0, 1)?
                .broadcast_as((rows, d))?
                .contiguous()?
        } else {
            let ids = Tensor::new(previous, &Device::Cpu)?.reshape((rows, 1))?;
            student
                .place(&student.output.embedding(&ids)?, self.position)?
                .squeeze(1)?
        }; // [b·k, d]
        for (i, layer) in student.decoder.iter().enumerate() {
            let (y, cell) = layer.recurrence.forward(&x, &self.cells[i])?;
            self.cells[i] = cell;
            let (y, attention) = layer.attend(&y, self.beam, &self.cross[i])?;
            self.attention = attention;
            x = layer.feed_forward.forward(&y)?;
        }
        self.position += 1;
        student.output.forward(&x) // [b·k, target vocabulary]
    }

    fn attention(&self) -> Result<Tensor> {
        let Some(attention) = &self.attention else {
            bail!("no step has been taken")
        };
        attention.flatten(0, 1)
    }

    fn reorder(&mut self, rows: &[u32]) -> Result<()> {
        let rows = Tensor::new(rows, &Device::Cpu)?;
        for cell in &mut self.cells {
            *cell = cell.index_select(&rows, 0)?;
        }
        Ok(())
    }

    fn keep(&mut self, sources: &[u32]) -> Result<()> {
        let beam = self.beam as u32;
        let rows: Vec<u32> = sources
            .iter()
            .flat_map(|source| source * beam..(source + 1) * beam)
            .collect();
        self.reorder(&rows)?;
        for cross in &mut self.cross {
            cross.keep(sources);
        }
        Ok(())
    }
}

struct EncoderLayer {
    attention: Attention,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl EncoderLayer {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        Ok(Self {
            attention: Attention::load(
                weights,
                &format!("{path}.self_attn"),
                config.d_model,
                config.attention_heads,
            )?,
            attention_norm: layer_norm(config, weights, &format!("{path}.self_attn_layer_norm"))?,
            feed_forward: FeedForward::load(config, weights, path)?,
        })
    }

    /// `[b, s, d]` to `[b, s, d]`.
    fn forward(&self, x: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let memory = self.attention.project(x, lengths)?;
        let (y, _) = self.attention.forward(x, &memory, false)?;
        let x = self.attention_norm.forward(&(x + y)?)?;
        self.feed_forward.forward(&x)
    }
}

struct DecoderLayer {
    recurrence: Ssru,
    cross_attention: Attention,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl DecoderLayer {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        Ok(Self {
            recurrence: Ssru::load(config, weights, path)?,
            cross_attention: Attention::load(
                weights,
                &format!("{path}.encoder_attn"),
                config.d_model,
                config.attention_heads,
            )?,
            attention_norm: layer_norm(
                config,
                weights,
                &format!("{path}.encoder_attn_layer_norm"),
            )?,
            feed_forward: FeedForward::load(config, weights, path)?,
        })
    }

    /// Cross-attention with its norm: `[b·k, d]` to `[b·k, d]`, and the weights `[b, k, s]`.
    fn attend(
        &self,
        x: &Tensor,
        beam: usize,
        memory: &KeysValues,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (rows, d) = x.dims2()?;
        let queries = x.reshape((rows / beam, beam, d))?;
        let (y, attention) = self.cross_attention.forward(&queries, memory, true)?;
        let x = self.attention_norm.forward(&(x + y.reshape((rows, d))?)?)?;
        Ok((x, attention))
    }
}

/// Simpler simple recurrent unit: the decoder's memory of what it has written.
struct Ssru {
    input: Linear,
    forget: Linear,
    norm: LayerNorm,
}

impl Ssru {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        let d = config.d_model;
        Ok(Self {
            input: Linear::new(weights.matrix(&format!("{path}.rnn.w.weight"), d, d)?, None)?,
            forget: Linear::load(weights, &format!("{path}.rnn.wf"), d, d)?,
            norm: layer_norm(config, weights, &format!("{path}.rnn_layer_norm"))?,
        })
    }

    /// One step: input and cell `[rows, d]` to output and next cell.
    fn forward(&self, x: &Tensor, cell: &Tensor) -> Result<(Tensor, Tensor)> {
        let forget = sigmoid(&self.forget.forward(x)?)?;
        let candidate = self.input.forward(x)?;
        // f·c + (1 - f)·w, written as w + f·(c - w).
        let cell = (&candidate + (forget * (cell - &candidate)?)?)?;
        let x = self.norm.forward(&(x + cell.relu()?)?)?;
        Ok((x, cell))
    }
}

struct FeedForward {
    fc1: Linear,
    fc2: Linear,
    norm: LayerNorm,
}

impl FeedForward {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        let (d, inner) = (config.d_model, config.ffn_dim);
        Ok(Self {
            fc1: Linear::load(weights, &format!("{path}.fc1"), inner, d)?,
            fc2: Linear::load(weights, &format!("{path}.fc2"), d, inner)?,
            norm: layer_norm(config, weights, &format!("{path}.final_layer_norm"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.fc2.forward(&self.fc1.forward_relu(x)?)?;
        self.norm.forward(&(x + y)?)
    }
}

fn layer_norm(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<LayerNorm> {
    let vector = |name| weights.vector(&format!("{path}.{name}"), config.d_model);
    Ok(LayerNorm::new(
        vector("weight")?,
        vector("bias")?,
        config.layer_norm_eps,
    ))
}

/// The most tokens that decoding writes for a source of `source_tokens` tokens.
pub fn longest_target(source_tokens: usize) -> usize {
    2 * source_tokens + 8
}

/// Sinusoidal positions `[count, d]`: first all sines, then all cosines (Marian's layout, with its `- 1`).
fn positions(count: usize, d: usize) -> Result<Tensor> {
    let half = d / 2;
    let step = -(10000f32.ln()) / (half - 1) as f32;
    let mut table = vec![0f32; count * d];
    for (t, row) in table.chunks_exact_mut(d).enumerate() {
        for i in 0..half {
            let angle = t as f32 * (i as f32 * step).exp();
            row[i] = angle.sin();
            row[half + i] = angle.cos();
        }
    }
    Tensor::from_vec(table, (count, d), &Device::Cpu)
}

/// The bias with minus infinity at `token`, so that it is never generated.
fn suppress(bias: &Tensor, token: u32) -> Result<Tensor> {
    let mut values = bias.to_vec1::<f32>()?;
    values[token as usize] = f32::NEG_INFINITY;
    Tensor::from_vec(values, bias.dim(D::Minus1)?, &Device::Cpu)
}
