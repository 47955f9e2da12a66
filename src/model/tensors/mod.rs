//! The networks as candle tensors in f32, for GPUs and for candle's BLAS: one encoder-decoder that the architectures
//! fill in. Sources of different lengths are padded and masked.
//!
//! Shapes: `b` sources, `n` tokens of the longest, `beam` hypotheses for each source and so `r = b·beam` rows, width `d`,
//! `V` target tokens.

mod blocks;
mod load;

pub use blocks::{
    Attention, DecoderTensors, EncoderTensors, FeedForwardTensors, Norm, SelfBlock, SsruTensors,
};
pub use load::Loader;

use candle_core::{D, Device, Result, Tensor};
use candle_nn::{Linear, Module, RmsNorm};

use super::error::{NetworkResult, bail};
use super::generation::Generation;
use super::{Decoder, EncoderOutput, Logits, Seq2Seq, lengths, too_long};
use blocks::{KvTensors, LayerState};

/// Embeddings with positions: `E[id]·scale + P_t`.
pub struct EmbeddingTensors {
    /// `[vocabulary, d]`.
    pub matrix: Tensor,
    pub scale: f64,
    /// `[positions, d]`.
    pub positions: Option<Tensor>,
}

impl EmbeddingTensors {
    /// `[rows, length, d]`, the first at position `start`.
    fn embed(&self, ids: &Tensor, start: usize) -> Result<Tensor> {
        let (rows, length) = ids.dims2()?;
        let found = self.matrix.index_select(&ids.flatten_all()?, 0)?;
        let scaled = (found * self.scale)?.reshape((rows, length, ()))?;
        self.add_positions(&scaled, start)
    }

    /// Adds the positions from `start` on to `x` `[rows, length, d]`.
    fn add_positions(&self, x: &Tensor, start: usize) -> Result<Tensor> {
        match &self.positions {
            Some(positions) => x.broadcast_add(&positions.narrow(0, start, x.dim(1)?)?),
            None => Ok(x.clone()),
        }
    }
}

/// Relative position bias, added to QKᵀ: in the encoder `[heads, 2·reach + 1]`, for keys from `reach` before the query to
/// `reach` after it, in the decoder `[heads, reach + 1]`, for keys so many steps ago or more.
pub struct RelativePositionBias {
    pub values: Vec<f32>,
    pub reach: usize,
}

impl RelativePositionBias {
    /// Of an encoder, for each pair of `n` tokens: `[1, heads, n, n]`.
    fn bidirectional(&self, n: usize, device: &Device) -> Result<Tensor> {
        let width = 2 * self.reach + 1;
        let mut added = Vec::with_capacity(self.values.len() / width * n * n);
        for of_head in self.values.chunks_exact(width) {
            for query in 0..n {
                added.extend_from_slice(&of_head[self.reach - query..][..n]);
            }
        }
        Tensor::from_vec(added, (1, (), n, n), device)
    }

    /// Of a decoder, for the last of so many steps and each of them: `[1, heads, 1, steps]`.
    fn causal(&self, steps: usize, device: &Device) -> Result<Tensor> {
        let of_head = |of_head: &[f32]| -> Vec<f32> {
            let ago = (0..steps).rev();
            ago.map(|ago| of_head[ago.min(self.reach)]).collect()
        };
        let added = (self.values.chunks_exact(self.reach + 1)).flat_map(of_head);
        Tensor::from_vec(added.collect::<Vec<_>>(), (1, (), 1, steps), device)
    }
}

/// The layers on one side of a network.
pub struct Stack<Layer> {
    pub embedding: EmbeddingTensors,
    pub layers: Vec<Layer>,
    pub relative_bias: Option<RelativePositionBias>,
    /// After the last layer.
    pub norm: Option<RmsNorm>,
}

impl<Layer> Stack<Layer> {
    /// A stack of `count` layers without bias and last norm.
    ///
    /// # Errors
    /// As for `layer`.
    pub fn new(
        embedding: EmbeddingTensors,
        count: usize,
        layer: impl Fn(usize) -> NetworkResult<Layer>,
    ) -> NetworkResult<Self> {
        Ok(Self {
            embedding,
            layers: (0..count).map(layer).collect::<NetworkResult<_>>()?,
            relative_bias: None,
            norm: None,
        })
    }
}

/// An encoder and a decoder.
pub struct Network {
    pub device: Device,
    pub generation: Generation,
    pub eos: u32,
    /// First input of the decoder; none for the zero vector.
    pub start: Option<u32>,
    pub max_source_tokens: usize,
    pub max_target_tokens: usize,
    pub encoder: Stack<EncoderTensors>,
    pub decoder: Stack<DecoderTensors>,
    /// Factor of the decoder's states before the output layer.
    pub output_scale: f64,
    /// `[V, d]`, with minus infinity as the bias of tokens that are never generated.
    pub output: Linear,
}

impl Network {
    /// Ids of several rows as `[rows, longest]`, with zeros at the ends of the shorter ones.
    fn ids(&self, rows: &[&[u32]], longest: usize) -> Result<Tensor> {
        let mut ids = vec![0u32; rows.len() * longest];
        for (padded, row) in ids.chunks_exact_mut(longest).zip(rows) {
            padded[..row.len()].copy_from_slice(row);
        }
        Tensor::from_vec(ids, (rows.len(), longest), &self.device)
    }

    /// Padding mask, minus infinity for what is no token: `[b, 1, 1, n]`.
    fn padding_mask(&self, lengths: &[usize], longest: usize) -> Result<Tensor> {
        let of_source = |&length: &usize| {
            let score = move |t| if t < length { 0. } else { f32::NEG_INFINITY };
            (0..longest).map(score)
        };
        let scores: Vec<f32> = lengths.iter().flat_map(of_source).collect();
        Tensor::from_vec(scores, (lengths.len(), 1, 1, longest), &self.device)
    }

    fn select(&self, rows: &[u32]) -> Result<Tensor> {
        Tensor::new(rows, &self.device)
    }
}

impl Seq2Seq for Network {
    fn max_source_tokens(&self) -> usize {
        self.max_source_tokens
    }

    fn eos(&self) -> u32 {
        self.eos
    }

    fn generation(&self) -> &Generation {
        &self.generation
    }

    fn encode(&self, batch: &[&[u32]]) -> NetworkResult<EncoderOutput> {
        let lengths = lengths(batch, self.max_source_tokens)?;
        let size = self.encoder.embedding.matrix.dim(0)?;
        if let Some(id) = (batch.iter().copied().flatten()).find(|&&id| id as usize >= size) {
            bail!("the id {id} lies outside a vocabulary of {size}")
        }
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut mask = self.padding_mask(&lengths, longest)?;
        if let Some(bias) = &self.encoder.relative_bias {
            mask = mask.broadcast_add(&bias.bidirectional(longest, &self.device)?)?;
        }
        let ids = self.ids(batch, longest)?;
        let mut x = self.encoder.embedding.embed(&ids, 0)?;
        for layer in &self.encoder.layers {
            x = layer.forward(&x, &mask)?;
        }
        if let Some(norm) = &self.encoder.norm {
            x = norm.forward(&x)?;
        }
        let width = x.dim(2)?;
        let padded: Vec<f32> = x.flatten_all()?.to_vec1()?;
        let rows = padded.chunks_exact((longest * width).max(1)).zip(&lengths);
        Ok(EncoderOutput {
            states: rows
                .flat_map(|(row, length)| &row[..length * width])
                .copied()
                .collect(),
            width,
            lengths,
        })
    }

    fn decoder(
        &self,
        encoded: &EncoderOutput,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
    ) -> NetworkResult<Box<dyn Decoder + '_>> {
        let size = self.output.weight().dim(0)?;
        let within = |list: &Vec<u32>| {
            list.iter()
                .max()
                .is_some_and(|&most| (most as usize) < size)
        };
        if shortlists
            .as_ref()
            .is_some_and(|lists| !lists.iter().all(within))
        {
            bail!("a shortlist is empty or goes beyond the vocabulary")
        }
        let (lengths, width) = (&encoded.lengths, encoded.width);
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut padded = vec![0f32; lengths.len() * longest * width];
        let mut states = encoded.states.as_slice();
        for (row, length) in padded
            .chunks_exact_mut((longest * width).max(1))
            .zip(lengths)
        {
            let (these, rest) = states.split_at(length * width);
            row[..these.len()].copy_from_slice(these);
            states = rest;
        }
        let states = Tensor::from_vec(padded, (lengths.len(), longest, width), &self.device)?;
        let sources = |layer: &DecoderTensors| layer.cross.project(&states);
        Ok(Box::new(NetworkDecoder {
            network: self,
            beam,
            steps: 0,
            lengths: lengths.clone(),
            padding_mask: self.padding_mask(lengths, longest)?,
            sources: self
                .decoder
                .layers
                .iter()
                .map(sources)
                .collect::<Result<_>>()?,
            states: self.decoder.layers.iter().map(|_| None).collect(),
            shortlists,
            logits: Vec::new(),
            attention: Vec::new(),
            failure: None,
        }))
    }
}

/// One batch on its way through the decoder.
struct NetworkDecoder<'a> {
    network: &'a Network,
    beam: usize,
    steps: usize,
    /// Tokens of each source.
    lengths: Vec<usize>,
    /// `[b, 1, 1, n]`.
    padding_mask: Tensor,
    /// For each layer, keys and values of the sources.
    sources: Vec<KvTensors>,
    /// For each layer, its state after the targets so far; none before the first step.
    states: Vec<Option<LayerState>>,
    shortlists: Option<Vec<Vec<u32>>>,
    /// Of each row, over the vocabulary or its shortlist.
    logits: Vec<Vec<f32>>,
    /// `[b·beam][n]`.
    attention: Vec<Vec<f32>>,
    /// An error where none could be returned; the next step returns it.
    failure: Option<candle_core::Error>,
}

impl NetworkDecoder<'_> {
    /// `[r, 1, d]`.
    fn inputs(&self, previous: &[u32], rows: usize) -> Result<Tensor> {
        let Network {
            decoder,
            device,
            start,
            ..
        } = self.network;
        let embedding = &decoder.embedding;
        let first = vec![start.unwrap_or_default(); rows];
        match (self.steps, start) {
            (0, None) => {
                let zeros = (rows, 1, embedding.matrix.dim(1)?);
                let zeros = Tensor::zeros(zeros, embedding.matrix.dtype(), device)?;
                embedding.add_positions(&zeros, 0)
            }
            (step, _) => {
                let ids = if step == 0 { &first } else { previous };
                embedding.embed(&Tensor::from_slice(ids, (rows, 1), device)?, step)
            }
        }
    }

    fn select(&mut self, rows: &[u32]) -> Result<()> {
        let chosen = self.network.select(rows)?;
        for state in self.states.iter_mut().flatten() {
            *state = state.select(&chosen)?;
        }
        Ok(())
    }

    fn keep_sources(&mut self, sources: &[u32]) -> Result<()> {
        let beam = self.beam as u32;
        let of_source = |source: &u32| source * beam..(source + 1) * beam;
        self.select(&sources.iter().flat_map(of_source).collect::<Vec<_>>())?;
        let chosen = self.network.select(sources)?;
        for of_layer in &mut self.sources {
            *of_layer = of_layer.select(&chosen)?;
        }
        self.padding_mask = self.padding_mask.index_select(&chosen, 0)?;
        Ok(())
    }
}

impl Decoder for NetworkDecoder<'_> {
    fn step(&mut self, previous: &[u32]) -> NetworkResult<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure.into());
        }
        let network = self.network;
        if self.steps >= network.max_target_tokens {
            return Err(too_long(self.steps));
        }
        let (sources, beam) = (self.lengths.len(), self.beam);
        let rows = sources * beam;
        let mut x = self.inputs(previous, rows)?;
        self.steps += 1;
        let stack = &network.decoder;
        let relative_bias = (stack.relative_bias.as_ref())
            .map(|bias| bias.causal(self.steps, &network.device))
            .transpose()?;
        let mut weights = None;
        for ((layer, state), sources) in
            stack.layers.iter().zip(&mut self.states).zip(&self.sources)
        {
            (x, weights) = layer.step(
                &x,
                state,
                relative_bias.as_ref(),
                (sources, &self.padding_mask, beam),
            )?;
        }
        if let Some(norm) = &stack.norm {
            x = norm.forward(&x)?;
        }
        let states = (x.squeeze(1)? * network.output_scale)?;
        self.logits = network.output.forward(&states)?.to_vec2()?;
        if let Some(lists) = &self.shortlists {
            for (row, logits) in self.logits.iter_mut().enumerate() {
                let list = &lists[row / beam];
                *logits = list.iter().map(|&id| logits[id as usize]).collect();
            }
        }
        if let Some(weights) = weights {
            // The mean of the heads: [b, beam, n].
            self.attention = weights
                .mean(1)?
                .reshape((rows, weights.dim(D::Minus1)?))?
                .to_vec2()?;
        }
        Ok(())
    }

    fn logits(&self, row: usize) -> Logits<'_> {
        Logits {
            values: &self.logits[row],
            ids: (self.shortlists.as_ref()).map(|lists| lists[row / self.beam].as_slice()),
        }
    }

    fn attention(&self, row: usize) -> &[f32] {
        &self.attention[row][..self.lengths[row / self.beam]]
    }

    fn reorder(&mut self, rows: &[u32]) {
        self.failure = self.failure.take().or(self.select(rows).err());
    }

    fn keep(&mut self, sources: &[u32]) {
        self.failure = self.failure.take().or(self.keep_sources(sources).err());
        let kept = |i: &u32| *i as usize;
        self.lengths = sources.iter().map(|i| self.lengths[kept(i)]).collect();
        if let Some(lists) = &mut self.shortlists {
            *lists = sources
                .iter()
                .map(|i| std::mem::take(&mut lists[kept(i)]))
                .collect();
        }
    }
}
