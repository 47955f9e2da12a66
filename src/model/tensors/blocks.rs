//! Blocks of layers, on candle tensors. Shapes as in the module above; `a` is the width of all heads together.

use candle_core::{D, Result, Tensor};
use candle_nn::{Activation, LayerNorm, Linear, Module, RmsNorm, ops};

/// The norm of a block.
pub enum Norm {
    /// Post-norm: after the residual connection, as Marian has it.
    Post(LayerNorm),
    /// Pre-norm: before the block, as T5 has it.
    Pre(RmsNorm),
}

impl Norm {
    /// `x` through `block`, with the residual connection around it.
    fn around(&self, x: &Tensor, block: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        match self {
            Self::Post(norm) => norm.forward(&(x + block(x)?)?),
            Self::Pre(norm) => x + block(&norm.forward(x)?)?,
        }
    }
}

/// Keys and values `[rows, heads, tokens, channels]`.
pub struct KvTensors {
    keys: Tensor,
    values: Tensor,
}

impl KvTensors {
    /// Selects rows.
    pub fn select(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self {
            keys: self.keys.index_select(rows, 0)?,
            values: self.values.index_select(rows, 0)?,
        })
    }

    /// Appends the tokens of `more`.
    fn append(&self, more: &Self) -> Result<Self> {
        Ok(Self {
            keys: Tensor::cat(&[&self.keys, &more.keys], 2)?,
            values: Tensor::cat(&[&self.values, &more.values], 2)?,
        })
    }
}

/// Attention with several heads.
pub struct Attention {
    pub heads: usize,
    /// Factor of QKᵀ.
    pub scale: f64,
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub output: Linear,
}

impl Attention {
    /// `[rows, tokens, a]` to `[rows, heads, tokens, channels]`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (rows, tokens, width) = x.dims3()?;
        x.reshape((rows, tokens, self.heads, width / self.heads))?
            .transpose(1, 2)?
            .contiguous()
    }

    /// Keys and values of `x` `[rows, tokens, d]`.
    pub fn project(&self, x: &Tensor) -> Result<KvTensors> {
        Ok(KvTensors {
            keys: self.split(&self.key.forward(x)?)?,
            values: self.split(&self.value.forward(x)?)?,
        })
    }

    /// Attends with `x` `[rows, queries, d]` to `cache`: the output, of the same shape, and the attention weights
    /// `[rows, heads, queries, tokens]`. `mask` (padding mask and relative position bias) is added to QKᵀ before the softmax.
    fn attend(
        &self,
        x: &Tensor,
        cache: &KvTensors,
        mask: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor)> {
        let queries = (self.split(&self.query.forward(x)?)? * self.scale)?;
        let mut scores = queries.matmul(&cache.keys.t()?)?;
        if let Some(mask) = mask {
            scores = scores.broadcast_add(mask)?;
        }
        let weights = ops::softmax_last_dim(&scores)?;
        let context = weights.matmul(&cache.values)?.transpose(1, 2)?;
        let context = context.flatten_from(D::Minus2)?;
        Ok((self.output.forward(&context)?, weights))
    }
}

/// Feed-forward block: two linear layers with an activation between them; if it is gated, a third one is multiplied with
/// the activation.
pub struct FeedForwardTensors {
    pub input: Linear,
    pub gated: Option<Linear>,
    pub activation: Activation,
    pub output: Linear,
}

impl FeedForwardTensors {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut hidden = self.activation.forward(&self.input.forward(x)?)?;
        if let Some(gated) = &self.gated {
            hidden = (hidden * gated.forward(x)?)?;
        }
        self.output.forward(&hidden)
    }
}

/// Simpler simple recurrent unit: `c = f·c + (1 - f)·w`, out `max(0, c)`.
pub struct SsruTensors {
    pub candidate: Linear,
    pub forget: Linear,
}

impl SsruTensors {
    /// One step of `x` `[r, 1, d]`: the new cell, of the same shape.
    fn step(&self, x: &Tensor, cell: Option<&Tensor>) -> Result<Tensor> {
        let candidate = self.candidate.forward(x)?;
        let forget = ops::sigmoid(&self.forget.forward(x)?)?;
        match cell {
            Some(cell) => &candidate + (forget * (cell - &candidate)?)?,
            None => &candidate - (forget * &candidate)?,
        }
    }
}

/// The first block of a decoder's layer: recurrence or self-attention.
pub enum SelfBlock {
    Ssru(SsruTensors),
    Attention(Attention),
}

/// State of a [`SelfBlock`] after the tokens so far.
pub enum LayerState {
    /// `[r, 1, d]`.
    Cell(Tensor),
    KvCache(KvTensors),
}

impl LayerState {
    /// Selects rows.
    pub fn select(&self, rows: &Tensor) -> Result<Self> {
        Ok(match self {
            Self::Cell(cell) => Self::Cell(cell.index_select(rows, 0)?),
            Self::KvCache(cache) => Self::KvCache(cache.select(rows)?),
        })
    }
}

impl SelfBlock {
    /// One step of `x` `[r, 1, d]`; `relative_bias` is added to QKᵀ.
    fn step(
        &self,
        x: &Tensor,
        state: &mut Option<LayerState>,
        relative_bias: Option<&Tensor>,
    ) -> Result<Tensor> {
        let (out, now) = match (self, state.as_ref()) {
            (Self::Ssru(unit), state) => {
                let cell = match state {
                    Some(LayerState::Cell(cell)) => Some(cell),
                    _ => None,
                };
                let cell = unit.step(x, cell)?;
                (cell.relu()?, LayerState::Cell(cell))
            }
            (Self::Attention(attention), state) => {
                let new = attention.project(x)?;
                let cache = match state {
                    Some(LayerState::KvCache(cache)) => cache.append(&new)?,
                    _ => new,
                };
                let (out, _) = attention.attend(x, &cache, relative_bias)?;
                (out, LayerState::KvCache(cache))
            }
        };
        *state = Some(now);
        Ok(out)
    }
}

/// A layer of an encoder.
pub struct EncoderTensors {
    pub attention: Attention,
    pub attention_norm: Norm,
    pub feed_forward: FeedForwardTensors,
    pub feed_forward_norm: Norm,
}

impl EncoderTensors {
    /// `x` `[b, n, d]`, with `mask` `[b, heads or 1, n or 1, n]` added to QKᵀ.
    pub fn forward(&self, x: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let x = self.attention_norm.around(x, |x| {
            let cache = self.attention.project(x)?;
            Ok(self.attention.attend(x, &cache, Some(mask))?.0)
        })?;
        self.feed_forward_norm
            .around(&x, |x| self.feed_forward.forward(x))
    }
}

/// A layer of a decoder.
pub struct DecoderTensors {
    pub self_block: SelfBlock,
    pub self_norm: Norm,
    pub cross: Attention,
    pub cross_norm: Norm,
    pub feed_forward: FeedForwardTensors,
    pub feed_forward_norm: Norm,
}

impl DecoderTensors {
    /// One step of `x` `[r, 1, d]`, and the attention weights of the sources, `[b, heads, beam, n]`.
    pub fn step(
        &self,
        x: &Tensor,
        state: &mut Option<LayerState>,
        relative_bias: Option<&Tensor>,
        (sources, padding_mask, beam): (&KvTensors, &Tensor, usize),
    ) -> Result<(Tensor, Option<Tensor>)> {
        let x = self
            .self_norm
            .around(x, |x| self.self_block.step(x, state, relative_bias))?;
        let mut weights = None;
        let x = self.cross_norm.around(&x, |x| {
            let (rows, _, width) = x.dims3()?;
            // The rows of a source are its queries, side by side.
            let queries = x.reshape((rows / beam, beam, width))?;
            let (context, of_step) = self.cross.attend(&queries, sources, Some(padding_mask))?;
            weights = Some(of_step);
            context.reshape((rows, 1, width))
        })?;
        let x = self
            .feed_forward_norm
            .around(&x, |x| self.feed_forward.forward(x))?;
        Ok((x, weights))
    }
}
