//! The blocks that transformers are made of (Vaswani et al. 2017), on plain slices.
//!
//! The tokens of a batch stand one after the other, without padding. Shapes: `n` tokens of all sources of a batch, `r`
//! rows (hypotheses) in the decoder, width `d`, width `a` of all heads together (`d` in most networks).

use crate::model::error::NetworkResult;

use crate::model::kernels::activation::Activation;
use crate::model::kernels::attention::{KeysValues, ScoreBias};
use crate::model::kernels::cpu::Cpu;
use crate::model::kernels::kv_cache::{BeamAncestry, KvCache};
use crate::model::kernels::matrix::{Linear, Matrix};
use crate::model::kernels::norm::LayerNorm;
use crate::model::kernels::quantised::QuantisedInputs;
use crate::model::weights::Weights;
use crate::model::{EncoderOutput, lengths};

/// Rows that go through a feed-forward block together, so that what is inside it stays in the cache.
pub const CHUNK: usize = 48;

/// EncoderOutput for what is in between, kept from call to call.
#[derive(Default)]
pub struct Workspace {
    pub quantised: QuantisedInputs,
    /// Outputs of joined projections.
    pub projected: Vec<f32>,
    /// Context vectors of attention.
    pub context: Vec<f32>,
    /// Inside the feed-forward block.
    pub hidden: Vec<f32>,
    /// Outputs of a block, before the residual connection.
    pub added: Vec<f32>,
    /// The input of a block, normalised.
    pub normed: Vec<f32>,
    attended: KeysValues,
}

/// The first `len` values of `buffer`, which grows if it must; their content is arbitrary.
pub fn scratch(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.);
    }
    &mut buffer[..len]
}

/// Most values of a table of positions, above every published model; a guard against sizes that only exhaust memory.
const MOST_POSITIONS: usize = 1 << 26;

/// Whether there may be a table of positions `[count, d]`.
///
/// # Errors
/// When it would be too large.
pub fn check_positions(count: usize, d: usize) -> Result<(), String> {
    match count.checked_mul(d) {
        Some(size) if size <= MOST_POSITIONS => Ok(()),
        _ => Err(format!("{count} positions of width {d} are too many")),
    }
}

/// Sinusoidal positions `[count, d]`: first all sines, then all cosines. The waves of channel `i` are 10000^(i / `slowest`)
/// as long as those of the first; Marian's `slowest` is its last channel, Hugging Face's one beyond.
pub fn sinusoids(count: usize, d: usize, slowest: usize) -> Vec<f32> {
    let half = d / 2;
    // In f64, so that the last digits of a C library are rounded away.
    let step = -(10000f64.ln()) / slowest as f64;
    let mut table = vec![0f32; count * d];
    for (t, row) in table.chunks_exact_mut(d).enumerate() {
        for i in 0..half {
            let angle = t as f64 * (i as f64 * step).exp();
            row[i] = angle.sin() as f32;
            row[half + i] = angle.cos() as f32;
        }
    }
    table
}

/// Embeddings with sinusoidal positions: `E[id]·scale + P_t`.
pub struct Positions {
    scale: f32,
    /// `[positions, d]`.
    table: Vec<f32>,
    d: usize,
}

impl Positions {
    /// [`sinusoids`] `[count, d]`, and the factor of embeddings.
    pub fn new(count: usize, d: usize, slowest: usize, scale: f32) -> Self {
        Self {
            scale,
            table: sinusoids(count, d, slowest),
            d,
        }
    }

    /// Number of positions.
    pub fn count(&self) -> usize {
        self.table.len() / self.d
    }

    /// `P_t` for `position` `[d]`.
    pub fn row(&self, position: usize) -> &[f32] {
        &self.table[position * self.d..][..self.d]
    }

    /// The input for an embedding `x` `[d]` at `position`, in place.
    pub fn place(&self, position: usize, x: &mut [f32]) {
        for (x, p) in x.iter_mut().zip(self.row(position)) {
            *x = *x * self.scale + p;
        }
    }
}

/// A matrix with its bias, before it is laid out for products.
pub type Projection = (Matrix, Vec<f32>);

/// Self-attention: tokens attend to the tokens of their source, or of their target so far.
pub struct SelfAttention {
    heads: usize,
    query_key_value: Linear,
    /// `[d, a]`.
    pub output: Linear,
}

impl SelfAttention {
    /// Takes queries, keys and values, `[a, d]` each, and the output.
    ///
    /// # Errors
    /// When the matrices have not the same input.
    pub fn new(heads: usize, parts: [Projection; 3], output: Projection) -> NetworkResult<Self> {
        Ok(Self {
            heads,
            query_key_value: Linear::joined(parts.into())?,
            output: Linear::new(&output.0, &output.1),
        })
    }

    /// Takes `{path}.q_proj`, `k_proj`, `v_proj` and `out_proj`, with biases.
    ///
    /// # Errors
    /// As for [`Weights::projection`].
    pub fn load(weights: &Weights<'_>, path: &str, heads: usize, d: usize) -> NetworkResult<Self> {
        let part = |name: &str| weights.projection(&format!("{path}.{name}"), d, d);
        let parts = [part("q_proj")?, part("k_proj")?, part("v_proj")?];
        Self::new(heads, parts, part("out_proj")?)
    }

    /// Self-attention within each source of `x` `[n, d]`: context vectors to `workspace.context` `[n, a]`, before the output.
    pub fn attend_sources(
        &self,
        cpu: Cpu,
        x: &[f32],
        lengths: &[usize],
        score_bias: ScoreBias<'_>,
        workspace: &mut Workspace,
    ) {
        let width = self.query_key_value.output();
        let a = width / 3;
        let n = lengths.iter().sum::<usize>();
        let projected = scratch(&mut workspace.projected, n * width);
        self.query_key_value
            .forward(cpu, x, false, &mut workspace.quantised, projected);
        let attended = &mut workspace.attended;
        attended.fill(cpu, projected, width, (a, 2 * a, a), lengths);
        let mut context = scratch(&mut workspace.context, n * a);
        let mut queries: &[f32] = projected;
        for (source, &tokens) in lengths.iter().enumerate() {
            let (context_here, rest) = context.split_at_mut(tokens * a);
            let (queries_here, other) = queries.split_at(tokens * width);
            (context, queries) = (rest, other);
            let queries = (queries_here, width);
            attended.attend(
                cpu,
                self.heads,
                source,
                score_bias,
                queries,
                context_here,
                None,
            );
        }
    }

    /// One step of a decoder with rows `x` `[r, d]`: adds their keys and values to `cache` and attends to it, with a scale
    /// and the relative position bias of each head and step. Context vectors to `workspace.context` `[r, a]`, before the
    /// output.
    pub fn attend_cache(
        &self,
        cpu: Cpu,
        x: &[f32],
        rows: usize,
        (cache, ancestry): (&mut KvCache, &BeamAncestry),
        score_bias: (f32, &[f32]),
        workspace: &mut Workspace,
    ) {
        let width = self.query_key_value.output();
        let a = width / 3;
        let projected = scratch(&mut workspace.projected, rows * width);
        self.query_key_value
            .forward(cpu, x, false, &mut workspace.quantised, projected);
        cache.push(projected, width, a);
        let context = scratch(&mut workspace.context, rows * a);
        cache.attend(
            cpu,
            self.heads,
            ancestry,
            score_bias,
            (projected, width),
            context,
        );
    }
}

/// Keys and values of the sources of a batch in each layer of a decoder, and the attention weights of the last layer.
pub struct CrossAttentionCache {
    beam: usize,
    /// Per layer, computed once.
    layers: Vec<KeysValues>,
    /// Attention weights of each row on the tokens of its source, in the last layer at the last step; row after row.
    attention: Vec<f32>,
}

impl CrossAttentionCache {
    /// Projects `encoded` for each of a decoder's layers; there are `beam` rows for each source.
    pub fn new<'a>(
        cpu: Cpu,
        layers: impl Iterator<Item = &'a CrossAttention>,
        encoded: &EncoderOutput,
        beam: usize,
        workspace: &mut Workspace,
    ) -> Self {
        Self {
            beam,
            layers: layers
                .map(|layer| layer.project(cpu, encoded, workspace))
                .collect(),
            attention: Vec::new(),
        }
    }

    /// Attention weights of a row on the tokens of its source.
    pub fn attention(&self, row: usize) -> &[f32] {
        let Some(cross) = self.layers.last() else {
            return &[];
        };
        let source = row / self.beam;
        let before: usize = (0..source).map(|i| cross.tokens(i)).sum();
        let tokens = cross.tokens(source);
        &self.attention[before * self.beam + row % self.beam * tokens..][..tokens]
    }

    /// The rows of these sources.
    pub fn rows(&self, sources: &[u32]) -> Vec<u32> {
        let beam = self.beam as u32;
        (sources.iter())
            .flat_map(|source| source * beam..(source + 1) * beam)
            .collect()
    }

    /// Keeps only these sources.
    pub fn keep(&mut self, sources: &[u32]) {
        for layer in &mut self.layers {
            layer.keep(sources);
        }
    }
}

/// Cross-attention: rows of a decoder attend to the tokens of their source.
pub struct CrossAttention {
    heads: usize,
    query: Linear,
    key_value: Linear,
    output: Linear,
}

impl CrossAttention {
    /// Takes queries, keys and values, `[a, d]` each, and the output `[d, a]`.
    ///
    /// # Errors
    /// When keys and values have not the same input.
    pub fn new(
        heads: usize,
        [query, key, value]: [Projection; 3],
        output: Projection,
    ) -> NetworkResult<Self> {
        Ok(Self {
            heads,
            query: Linear::new(&query.0, &query.1),
            key_value: Linear::joined(vec![key, value])?,
            output: Linear::new(&output.0, &output.1),
        })
    }

    /// Takes `{path}.q_proj`, `k_proj`, `v_proj` and `out_proj`, with biases.
    ///
    /// # Errors
    /// As for [`Weights::projection`].
    pub fn load(weights: &Weights<'_>, path: &str, heads: usize, d: usize) -> NetworkResult<Self> {
        let part = |name: &str| weights.projection(&format!("{path}.{name}"), d, d);
        let parts = [part("q_proj")?, part("k_proj")?, part("v_proj")?];
        Self::new(heads, parts, part("out_proj")?)
    }

    /// Keys and values of the encoder's states.
    fn project(&self, cpu: Cpu, encoded: &EncoderOutput, workspace: &mut Workspace) -> KeysValues {
        let width = self.key_value.output();
        let a = width / 2;
        let n = encoded.lengths.iter().sum::<usize>();
        let projected = scratch(&mut workspace.projected, n * width);
        let quantised = &mut workspace.quantised;
        self.key_value
            .forward(cpu, &encoded.states, false, quantised, projected);
        let mut cross = KeysValues::default();
        cross.fill(cpu, projected, width, (0, a, a), &encoded.lengths);
        cross
    }

    /// Attends with the rows `x` `[r, d]` to their sources, as layer `layer`: to `workspace.added` `[r, d]`.
    pub fn attend(
        &self,
        cpu: Cpu,
        x: &[f32],
        (cache, layer): (&mut CrossAttentionCache, usize),
        score_bias: ScoreBias<'_>,
        workspace: &mut Workspace,
    ) {
        let beam = cache.beam;
        let (a, d) = (self.query.output(), self.output.output());
        let rows = x.len() / d;
        let quantised = &mut workspace.quantised;
        let queries = scratch(&mut workspace.projected, rows * a);
        self.query.forward(cpu, x, false, quantised, queries);
        let context = scratch(&mut workspace.context, rows * a);
        let cross = &cache.layers[layer];
        let mut attention = (layer + 1 == cache.layers.len()).then_some(&mut cache.attention);
        if let Some(attention) = &mut attention {
            let tokens: usize = (0..rows / beam).map(|i| cross.tokens(i)).sum();
            attention.resize(tokens * beam, 0.);
        }
        let mut start = 0;
        let parts = (queries.chunks_exact(beam * a)).zip(context.chunks_exact_mut(beam * a));
        for (source, (queries, context)) in parts.enumerate() {
            let end = start + cross.tokens(source) * beam;
            let attention = attention
                .as_mut()
                .map(|attention| &mut attention[start..end]);
            start = end;
            cross.attend(
                cpu,
                self.heads,
                source,
                score_bias,
                (queries, a),
                context,
                attention,
            );
        }
        let added = scratch(&mut workspace.added, x.len());
        self.output.forward(cpu, context, false, quantised, added);
    }
}

/// Feed-forward block of a post-norm network: two linear layers with an activation between them, residual connection and
/// norm.
pub struct FeedForward {
    fc1: Linear,
    activation: Activation,
    fc2: Linear,
    norm: LayerNorm,
}

impl FeedForward {
    /// Takes `{path}.fc1` `[inner, d]`, `fc2` and `final_layer_norm`.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape.
    pub fn load(
        weights: &Weights<'_>,
        path: &str,
        (d, inner): (usize, usize),
        activation: Activation,
        eps: f64,
    ) -> NetworkResult<Self> {
        Ok(Self {
            fc1: weights.linear(&format!("{path}.fc1"), inner, d)?,
            activation,
            fc2: weights.linear(&format!("{path}.fc2"), d, inner)?,
            norm: weights.layer_norm(&format!("{path}.final_layer_norm"), d, eps)?,
        })
    }

    /// Transforms `x` `[rows, d]` in place.
    pub fn forward(&self, cpu: Cpu, x: &mut [f32], workspace: &mut Workspace) {
        let d = self.fc2.output();
        let relu = self.activation == Activation::Relu;
        for x in x.chunks_mut(CHUNK * d) {
            let hidden = scratch(&mut workspace.hidden, x.len() / d * self.fc1.output());
            let quantised = &mut workspace.quantised;
            self.fc1.forward(cpu, x, relu, quantised, hidden);
            if !relu {
                self.activation.apply(cpu, hidden);
            }
            let added = scratch(&mut workspace.added, x.len());
            self.fc2.forward(cpu, hidden, false, quantised, added);
            self.norm.add_and_normalise(cpu, x, added);
        }
    }
}

/// A layer of a post-norm encoder, as Marian trains them.
pub struct EncoderLayer {
    score_bias: ScoreBias<'static>,
    attention: SelfAttention,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl EncoderLayer {
    /// Takes `{path}.self_attn`, `self_attn_layer_norm` and what [`FeedForward::load`] takes.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape.
    pub fn load(
        weights: &Weights<'_>,
        path: &str,
        (d, inner): (usize, usize),
        heads: usize,
        activation: Activation,
        eps: f64,
    ) -> NetworkResult<Self> {
        let norm = format!("{path}.self_attn_layer_norm");
        Ok(Self {
            score_bias: ScoreBias::scaled(d / heads),
            attention: SelfAttention::load(weights, &format!("{path}.self_attn"), heads, d)?,
            attention_norm: weights.layer_norm(&norm, d, eps)?,
            feed_forward: FeedForward::load(weights, path, (d, inner), activation, eps)?,
        })
    }

    /// Transforms `x` `[n, d]` in place.
    pub fn forward(&self, cpu: Cpu, x: &mut [f32], lengths: &[usize], workspace: &mut Workspace) {
        let attention = &self.attention;
        attention.attend_sources(cpu, x, lengths, self.score_bias, workspace);
        let d = attention.output.output();
        let context = std::mem::take(&mut workspace.context);
        for (x, context) in x.chunks_mut(CHUNK * d).zip(context.chunks(CHUNK * d)) {
            let added = scratch(&mut workspace.added, x.len());
            let quantised = &mut workspace.quantised;
            attention
                .output
                .forward(cpu, &context[..x.len()], false, quantised, added);
            self.attention_norm.add_and_normalise(cpu, x, added);
            self.feed_forward.forward(cpu, x, workspace);
        }
        workspace.context = context;
    }
}

/// Runs a post-norm encoder over a batch of sources, of at most `most` tokens each. `embed` looks up the embedding of an id.
///
/// # Errors
/// When a source is empty or too long, or a token does not exist.
pub fn encode(
    cpu: Cpu,
    embed: impl Fn(u32, &mut [f32]) -> NetworkResult<()>,
    positions: &Positions,
    layers: &[EncoderLayer],
    batch: &[&[u32]],
    most: usize,
) -> NetworkResult<EncoderOutput> {
    let d = positions.d;
    let lengths = lengths(batch, most)?;
    let mut x = vec![0.; lengths.iter().sum::<usize>() * d]; // [n, d]
    let tokens = batch.iter().flat_map(|ids| ids.iter().enumerate());
    for (x, (position, &id)) in x.chunks_exact_mut(d).zip(tokens) {
        embed(id, x)?;
        positions.place(position, x);
    }
    let mut workspace = Workspace::default();
    for layer in layers {
        layer.forward(cpu, &mut x, &lengths, &mut workspace);
    }
    Ok(EncoderOutput {
        states: x,
        width: d,
        lengths,
    })
}
