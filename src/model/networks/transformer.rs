//! The blocks that transformers are made of (Vaswani et al. 2017), on plain slices.
//!
//! The tokens of a batch stand one after the other, without padding. Shapes: `n` tokens of all sources of a batch, `r`
//! rows (hypotheses) in the decoder, width `d`, width `a` of all heads together (`d` in most networks).

use crate::model::error::NetworkResult;

use crate::model::Memory;
use crate::model::kernels::activation::Activation;
use crate::model::kernels::attention::{KeysValues, Scoring};
use crate::model::kernels::cpu::Cpu;
use crate::model::kernels::kv_cache::{Ancestry, History};
use crate::model::kernels::matrix::{Linear, Matrix};
use crate::model::kernels::norm::LayerNorm;
use crate::model::kernels::quantised::QuantisedInputs;
use crate::model::weights::Weights;

/// Rows that go through a feed-forward block together, so that what is inside it stays in the cache.
pub const CHUNK: usize = 48;

/// Memory for what is in between, kept from call to call.
#[derive(Default)]
pub struct Workspace {
    pub quantised: QuantisedInputs,
    /// Outputs of joined projections.
    pub projected: Vec<f32>,
    /// What attention or the recurrence gives.
    pub mixed: Vec<f32>,
    /// Inside the feed-forward block.
    pub hidden: Vec<f32>,
    /// What is added to the residual.
    pub added: Vec<f32>,
    /// The input of a block, normalised.
    pub normed: Vec<f32>,
    attended: KeysValues,
}

/// The first `len` numbers of `buffer`, which grows if it must. What is in them is left over.
pub fn room(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.);
    }
    &mut buffer[..len]
}

/// Most numbers of a table of positions, above every published model; a guard against sizes that only exhaust memory.
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

/// A matrix with its bias, before it is laid out for products.
pub type Projection = (Matrix, Vec<f32>);

/// Tokens that look at the other tokens of their source, or of their target so far.
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

    /// Each source of `x` `[n, d]` by itself: into `workspace.mixed` `[n, a]`, before the output.
    pub fn over_sources(
        &self,
        cpu: Cpu,
        x: &[f32],
        lengths: &[usize],
        scoring: Scoring<'_>,
        workspace: &mut Workspace,
    ) {
        let width = self.query_key_value.output();
        let a = width / 3;
        let n = lengths.iter().sum::<usize>();
        let projected = room(&mut workspace.projected, n * width);
        self.query_key_value
            .forward(cpu, x, false, &mut workspace.quantised, projected);
        let attended = &mut workspace.attended;
        attended.fill(cpu, projected, width, (a, 2 * a, a), lengths);
        let mut mixed = room(&mut workspace.mixed, n * a);
        let mut queries: &[f32] = projected;
        for (source, &tokens) in lengths.iter().enumerate() {
            let (mixed_here, rest) = mixed.split_at_mut(tokens * a);
            let (queries_here, other) = queries.split_at(tokens * width);
            (mixed, queries) = (rest, other);
            let queries = (queries_here, width);
            attended.attend(cpu, self.heads, source, scoring, queries, mixed_here, None);
        }
    }

    /// One step of a decoder with rows `x` `[r, d]`: remembers their keys and values in `history`, and gives what they
    /// see there. `scoring` is the scale and what is added for each head and step. Into `workspace.mixed` `[r, a]`,
    /// before the output.
    pub fn over_history(
        &self,
        cpu: Cpu,
        x: &[f32],
        rows: usize,
        (history, ancestry): (&mut History, &Ancestry),
        scoring: (f32, &[f32]),
        workspace: &mut Workspace,
    ) {
        let width = self.query_key_value.output();
        let a = width / 3;
        let projected = room(&mut workspace.projected, rows * width);
        self.query_key_value
            .forward(cpu, x, false, &mut workspace.quantised, projected);
        history.push(projected, width, a);
        let mixed = room(&mut workspace.mixed, rows * a);
        history.attend(
            cpu,
            self.heads,
            ancestry,
            scoring,
            (projected, width),
            mixed,
        );
    }
}

/// The keys and values that a decoder's layers have of the sources of a batch, and what the last layer looked at.
pub struct Sources {
    beam: usize,
    /// Per layer, computed once.
    layers: Vec<KeysValues>,
    /// How much each row looked at the tokens of its source, in the last layer at the last step; row after row.
    seen: Vec<f32>,
}

impl Sources {
    /// Projects `memory` for each of a decoder's layers; there are `beam` rows for each source.
    pub fn new<'a>(
        cpu: Cpu,
        layers: impl Iterator<Item = &'a CrossAttention>,
        memory: &Memory,
        beam: usize,
        workspace: &mut Workspace,
    ) -> Self {
        Self {
            beam,
            layers: layers
                .map(|layer| layer.project(cpu, memory, workspace))
                .collect(),
            seen: Vec::new(),
        }
    }

    /// How much a row looked at each token of its source.
    pub fn attention(&self, row: usize) -> &[f32] {
        let Some(cross) = self.layers.last() else {
            return &[];
        };
        let source = row / self.beam;
        let before: usize = (0..source).map(|i| cross.tokens(i)).sum();
        let tokens = cross.tokens(source);
        &self.seen[before * self.beam + row % self.beam * tokens..][..tokens]
    }

    /// The rows of these sources.
    pub fn rows(&self, sources: &[u32]) -> Vec<u32> {
        let beam = self.beam as u32;
        (sources.iter())
            .flat_map(|source| source * beam..(source + 1) * beam)
            .collect()
    }

    /// Goes on with these sources only.
    pub fn keep(&mut self, sources: &[u32]) {
        for layer in &mut self.layers {
            layer.keep(sources);
        }
    }
}

/// Rows of a decoder that look at the tokens of their source.
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
    fn project(&self, cpu: Cpu, memory: &Memory, workspace: &mut Workspace) -> KeysValues {
        let width = self.key_value.output();
        let a = width / 2;
        let n = memory.lengths.iter().sum::<usize>();
        let projected = room(&mut workspace.projected, n * width);
        let quantised = &mut workspace.quantised;
        self.key_value
            .forward(cpu, &memory.states, false, quantised, projected);
        let mut cross = KeysValues::default();
        cross.fill(cpu, projected, width, (0, a, a), &memory.lengths);
        cross
    }

    /// What the rows `x` `[r, d]` see in `sources`, as layer `layer`: into `workspace.added` `[r, d]`.
    pub fn look(
        &self,
        cpu: Cpu,
        x: &[f32],
        (sources, layer): (&mut Sources, usize),
        scoring: Scoring<'_>,
        workspace: &mut Workspace,
    ) {
        let beam = sources.beam;
        let (a, d) = (self.query.output(), self.output.output());
        let rows = x.len() / d;
        let quantised = &mut workspace.quantised;
        let queries = room(&mut workspace.projected, rows * a);
        self.query.forward(cpu, x, false, quantised, queries);
        let mixed = room(&mut workspace.mixed, rows * a);
        let cross = &sources.layers[layer];
        let mut seen = (layer + 1 == sources.layers.len()).then_some(&mut sources.seen);
        if let Some(seen) = &mut seen {
            let tokens: usize = (0..rows / beam).map(|i| cross.tokens(i)).sum();
            seen.resize(tokens * beam, 0.);
        }
        let mut start = 0;
        let parts = (queries.chunks_exact(beam * a)).zip(mixed.chunks_exact_mut(beam * a));
        for (source, (queries, mixed)) in parts.enumerate() {
            let end = start + cross.tokens(source) * beam;
            let seen = seen.as_mut().map(|seen| &mut seen[start..end]);
            start = end;
            cross.attend(cpu, self.heads, source, scoring, (queries, a), mixed, seen);
        }
        let added = room(&mut workspace.added, x.len());
        self.output.forward(cpu, mixed, false, quantised, added);
    }
}

/// Two products with a function between them, and the norm of a post-norm network after them.
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

    /// Changes `x` `[rows, d]`.
    pub fn forward(&self, cpu: Cpu, x: &mut [f32], workspace: &mut Workspace) {
        let d = self.fc2.output();
        let relu = self.activation == Activation::Relu;
        for x in x.chunks_mut(CHUNK * d) {
            let hidden = room(&mut workspace.hidden, x.len() / d * self.fc1.output());
            let quantised = &mut workspace.quantised;
            self.fc1.forward(cpu, x, relu, quantised, hidden);
            if !relu {
                self.activation.apply(cpu, hidden);
            }
            let added = room(&mut workspace.added, x.len());
            self.fc2.forward(cpu, hidden, false, quantised, added);
            self.norm.add_and_normalise(cpu, x, added);
        }
    }
}

/// A layer of a post-norm encoder, as Marian trains them.
pub struct EncoderLayer {
    scoring: Scoring<'static>,
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
            scoring: Scoring::scaled(d / heads),
            attention: SelfAttention::load(weights, &format!("{path}.self_attn"), heads, d)?,
            attention_norm: weights.layer_norm(&norm, d, eps)?,
            feed_forward: FeedForward::load(weights, path, (d, inner), activation, eps)?,
        })
    }

    /// Changes `x` `[n, d]`.
    pub fn forward(&self, cpu: Cpu, x: &mut [f32], lengths: &[usize], workspace: &mut Workspace) {
        let attention = &self.attention;
        attention.over_sources(cpu, x, lengths, self.scoring, workspace);
        let d = attention.output.output();
        let mixed = std::mem::take(&mut workspace.mixed);
        for (x, mixed) in x.chunks_mut(CHUNK * d).zip(mixed.chunks(CHUNK * d)) {
            let added = room(&mut workspace.added, x.len());
            let quantised = &mut workspace.quantised;
            attention
                .output
                .forward(cpu, &mixed[..x.len()], false, quantised, added);
            self.attention_norm.add_and_normalise(cpu, x, added);
            self.feed_forward.forward(cpu, x, workspace);
        }
        workspace.mixed = mixed;
    }
}
