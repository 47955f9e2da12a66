//! What layers are made of, on candle tensors. Shapes as in the module above; `a` is the width of all heads together.

use candle_core::{D, Result, Tensor};
use candle_nn::{Activation, LayerNorm, Linear, Module, RmsNorm, ops};

/// Where a block's norm stands.
pub enum Norm {
    /// Behind the residual connection, as Marian has it.
    After(LayerNorm),
    /// Before the block, as T5 has it.
    Before(RmsNorm),
}

impl Norm {
    /// `x` through `block`, with the residual connection around it.
    fn around(&self, x: &Tensor, block: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        match self {
            Self::After(norm) => norm.forward(&(x + block(x)?)?),
            Self::Before(norm) => x + block(&norm.forward(x)?)?,
        }
    }
}

/// Keys and values `[rows, heads, tokens, channels]`.
pub struct KeysValues {
    keys: Tensor,
    values: Tensor,
}

impl KeysValues {
    /// Those of these rows.
    pub fn select(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self {
            keys: self.keys.index_select(rows, 0)?,
            values: self.values.index_select(rows, 0)?,
        })
    }

    /// With `more` tokens behind.
    fn and(&self, more: &Self) -> Result<Self> {
        Ok(Self {
            keys: Tensor::cat(&[&self.keys, &more.keys], 2)?,
            values: Tensor::cat(&[&self.values, &more.values], 2)?,
        })
    }
}

/// Attention with several heads.
pub struct Attention {
    pub heads: usize,
    /// What products of queries and keys are multiplied with.
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
    pub fn project(&self, x: &Tensor) -> Result<KeysValues> {
        Ok(KeysValues {
            keys: self.split(&self.key.forward(x)?)?,
            values: self.split(&self.value.forward(x)?)?,
        })
    }

    /// What `x` `[rows, queries, d]` sees, and how much it looks at each token, `[rows, heads, queries, tokens]`. `added`
    /// goes to the products before the softmax.
    fn look(
        &self,
        x: &Tensor,
        seen: &KeysValues,
        added: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor)> {
        let queries = (self.split(&self.query.forward(x)?)? * self.scale)?;
        let mut scores = queries.matmul(&seen.keys.t()?)?;
        if let Some(added) = added {
            scores = scores.broadcast_add(added)?;
        }
        let looks = ops::softmax_last_dim(&scores)?;
        let mixed = looks.matmul(&seen.values)?.transpose(1, 2)?;
        let mixed = mixed.flatten_from(D::Minus2)?;
        Ok((self.output.forward(&mixed)?, looks))
    }
}

/// Two products with a function between them; if it is gated, a third product is multiplied with what it gives.
pub struct FeedForward {
    pub input: Linear,
    pub gated: Option<Linear>,
    pub activation: Activation,
    pub output: Linear,
}

impl FeedForward {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut hidden = self.activation.forward(&self.input.forward(x)?)?;
        if let Some(gated) = &self.gated {
            hidden = (hidden * gated.forward(x)?)?;
        }
        self.output.forward(&hidden)
    }
}

/// Simpler simple recurrent unit: `c = f·c + (1 - f)·w`, out `max(0, c)`.
pub struct Ssru {
    pub candidate: Linear,
    pub forget: Linear,
}

impl Ssru {
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

/// How a decoder's layer knows what was written before.
pub enum Own {
    Recurrence(Ssru),
    Attention(Attention),
}

/// What it knows.
pub enum Past {
    /// `[r, 1, d]`.
    Cell(Tensor),
    Written(KeysValues),
}

impl Past {
    /// That of these rows.
    pub fn select(&self, rows: &Tensor) -> Result<Self> {
        Ok(match self {
            Self::Cell(cell) => Self::Cell(cell.index_select(rows, 0)?),
            Self::Written(written) => Self::Written(written.select(rows)?),
        })
    }
}

impl Own {
    /// One step of `x` `[r, 1, d]`.
    fn step(&self, x: &Tensor, past: &mut Option<Past>, added: Option<&Tensor>) -> Result<Tensor> {
        let (out, now) = match (self, past.as_ref()) {
            (Self::Recurrence(unit), past) => {
                let cell = match past {
                    Some(Past::Cell(cell)) => Some(cell),
                    _ => None,
                };
                let cell = unit.step(x, cell)?;
                (cell.relu()?, Past::Cell(cell))
            }
            (Self::Attention(attention), past) => {
                let written = attention.project(x)?;
                let written = match past {
                    Some(Past::Written(before)) => before.and(&written)?,
                    _ => written,
                };
                (
                    attention.look(x, &written, added)?.0,
                    Past::Written(written),
                )
            }
        };
        *past = Some(now);
        Ok(out)
    }
}

/// A layer of an encoder.
pub struct EncoderLayer {
    pub attention: Attention,
    pub attention_norm: Norm,
    pub feed_forward: FeedForward,
    pub feed_forward_norm: Norm,
}

impl EncoderLayer {
    /// `x` `[b, n, d]`, with `added` `[b, heads or 1, n or 1, n]`.
    pub fn forward(&self, x: &Tensor, added: &Tensor) -> Result<Tensor> {
        let x = self.attention_norm.around(x, |x| {
            let seen = self.attention.project(x)?;
            Ok(self.attention.look(x, &seen, Some(added))?.0)
        })?;
        self.feed_forward_norm
            .around(&x, |x| self.feed_forward.forward(x))
    }
}

/// A layer of a decoder.
pub struct DecoderLayer {
    pub own: Own,
    pub own_norm: Norm,
    pub cross: Attention,
    pub cross_norm: Norm,
    pub feed_forward: FeedForward,
    pub feed_forward_norm: Norm,
}

impl DecoderLayer {
    /// One step of `x` `[r, 1, d]`, and how much it looks at the sources, `[b, heads, beam, n]`.
    pub fn step(
        &self,
        x: &Tensor,
        past: &mut Option<Past>,
        distances: Option<&Tensor>,
        (seen, mask, beam): (&KeysValues, &Tensor, usize),
    ) -> Result<(Tensor, Option<Tensor>)> {
        let x = self
            .own_norm
            .around(x, |x| self.own.step(x, past, distances))?;
        let mut looks = None;
        let x = self.cross_norm.around(&x, |x| {
            let (rows, _, width) = x.dims3()?;
            // The rows of a source look at it side by side.
            let (seen, weights) =
                self.cross
                    .look(&x.reshape((rows / beam, beam, width))?, seen, Some(mask))?;
            looks = Some(weights);
            seen.reshape((rows, 1, width))
        })?;
        let x = self
            .feed_forward_norm
            .around(&x, |x| self.feed_forward.forward(x))?;
        Ok((x, looks))
    }
}
