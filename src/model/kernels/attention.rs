//! Multi-head attention over sources of different lengths, without padding in the arithmetic.
//!
//! Each source is computed apart, over its own tokens, in one fixed order of additions: what stands beside it in a batch
//! cannot change a bit of it. The products are too small to gain from a general matrix routine.

use super::cpu::{Cpu, LANES, for_each_cpu};
use super::exp::exp;

/// Scale and relative position bias applied to QKᵀ before the softmax.
#[derive(Debug, Clone, Copy)]
pub struct ScoreBias<'a> {
    /// Factor of QKᵀ.
    pub scale: f32,
    /// Relative position bias of each head and distance, key minus query: `[heads, 2 · reach + 1]` for distances from
    /// `-reach` on; empty if there is none.
    pub relative_bias: &'a [f32],
    /// Tokens of the longest source are at most one more.
    pub reach: usize,
}

impl ScoreBias<'_> {
    /// Scaled dot products (Vaswani et al. 2017): divided by the root of a head's `channels`.
    pub fn scaled(channels: usize) -> Self {
        Self {
            scale: (channels as f32).sqrt().recip(),
            relative_bias: &[],
            reach: 0,
        }
    }

    /// Neither scale nor bias.
    pub fn unscaled() -> Self {
        Self {
            scale: 1.,
            relative_bias: &[],
            reach: 0,
        }
    }
}

/// Keys and values of several sources, one after the other.
#[derive(Debug, Default)]
pub struct KeysValues {
    /// For each source `[d, stride]`, zero beyond its tokens.
    keys: Vec<f32>,
    /// For each source `[tokens, d]`.
    values: Vec<f32>,
    sources: Vec<SourceSpan>,
    d: usize,
}

/// The offsets of one source in [`KeysValues`].
#[derive(Debug, Clone, Copy)]
struct SourceSpan {
    keys: usize,
    values: usize,
    tokens: usize,
}

impl SourceSpan {
    /// Tokens, filled up to whole registers.
    fn stride(self) -> usize {
        self.tokens.next_multiple_of(LANES)
    }
}

impl KeysValues {
    /// Replaces the content. `rows` `[tokens of all sources, width]` holds the keys in the `d` columns from `key` on
    /// and the values in those from `value` on.
    pub fn fill(
        &mut self,
        cpu: Cpu,
        rows: &[f32],
        width: usize,
        (key, value, d): (usize, usize, usize),
        lengths: &[usize],
    ) {
        self.d = d;
        self.sources.clear();
        let (mut keys, mut values) = (0, 0);
        for &tokens in lengths {
            let source = SourceSpan {
                keys,
                values,
                tokens,
            };
            self.sources.push(source);
            keys += d * source.stride();
            values += d * tokens;
        }
        self.keys.clear();
        self.keys.resize(keys, 0.);
        self.values.resize(values, 0.);
        let mut rows = rows;
        for source in &self.sources {
            let (these, rest) = rows.split_at(source.tokens * width);
            rows = rest;
            let keys = &mut self.keys[source.keys..][..d * source.stride()];
            transpose(cpu, these, width, key, keys, source.stride());
            let values = &mut self.values[source.values..][..d * source.tokens];
            for (out, row) in values.chunks_exact_mut(d).zip(these.chunks_exact(width)) {
                out.copy_from_slice(&row[value..][..d]);
            }
        }
    }

    /// Keeps only these sources, in this order.
    pub fn keep(&mut self, sources: &[u32]) {
        self.sources = (sources.iter())
            .map(|&i| self.sources[i as usize])
            .collect();
    }

    /// Attends with queries `[queries, width]`, in the first `d` columns, to the tokens of source `source`: context vectors
    /// to `context` `[queries, d]`. If asked, `attention` `[queries, tokens]` gets the attention weights, as the mean over
    /// the heads.
    #[expect(clippy::too_many_arguments, reason = "sizes and slices of one step")]
    pub fn attend(
        &self,
        cpu: Cpu,
        heads: usize,
        source: usize,
        score_bias: ScoreBias<'_>,
        (queries, width): (&[f32], usize),
        context: &mut [f32],
        attention: Option<&mut [f32]>,
    ) {
        let source = self.sources[source];
        let keys = &self.keys[source.keys..][..self.d * source.stride()];
        let values = &self.values[source.values..][..self.d * source.tokens];
        let attention = attention.unwrap_or_default();
        attend(
            cpu,
            heads,
            self.d,
            source.tokens,
            score_bias,
            keys,
            values,
            queries,
            width,
            context,
            attention,
        );
    }

    /// Tokens of a source.
    pub fn tokens(&self, source: usize) -> usize {
        self.sources[source].tokens
    }
}

for_each_cpu! {
    /// Columns `from..` of `rows` `[tokens, width]` to the rows of `out` `[d, stride]`.
    fn transpose(rows: &[f32], width: usize, from: usize, out: &mut [f32], stride: usize) {
        let d = out.len() / stride;
        for (t, row) in rows.chunks_exact(width).enumerate() {
            for (x, out) in row[from..][..d].iter().zip(out.chunks_exact_mut(stride)) {
                out[t] = *x;
            }
        }
    }
}

for_each_cpu! {
    fn attend(
        heads: usize,
        d: usize,
        tokens: usize,
        score_bias: ScoreBias<'_>,
        keys: &[f32],
        values: &[f32],
        queries: &[f32],
        width: usize,
        context: &mut [f32],
        attention: &mut [f32],
    ) {
        let channels = d / heads;
        let stride = tokens.next_multiple_of(LANES);
        // Weights of a query for one head, in registers; long sources are rare.
        let mut few = [[0f32; LANES]; 16];
        let mut many = Vec::new();
        let weights = if stride <= few.len() * LANES {
            &mut few[..stride / LANES]
        } else {
            many.resize(stride / LANES, [0f32; LANES]);
            &mut many[..]
        };
        for (j, (query, context)) in queries.chunks_exact(width).zip(context.chunks_exact_mut(d)).enumerate() {
            for head in 0..heads {
                let first = head * channels;
                let query = &query[first..][..channels];
                let keys = &keys[first * stride..][..channels * stride];
                scores(query, keys, stride, score_bias.scale, weights);
                if !score_bias.relative_bias.is_empty() {
                    let distances = 2 * score_bias.reach + 1;
                    let bias = &score_bias.relative_bias[head * distances + score_bias.reach - j..][..tokens];
                    for (score, bias) in weights.as_flattened_mut().iter_mut().zip(bias) {
                        *score += bias;
                    }
                }
                softmax(weights.as_flattened_mut(), tokens);
                let weights = &weights.as_flattened()[..tokens];
                weighted_sum(weights, values, d, first, &mut context[first..][..channels]);
                if !attention.is_empty() {
                    for (attention, weight) in attention[j * tokens..][..tokens].iter_mut().zip(weights) {
                        let before = if head == 0 { 0. } else { *attention };
                        *attention = before + weight / heads as f32;
                    }
                }
            }
        }
    }
}

/// A register of values. Sums stand in variables of their own and not in arrays of registers, which the compiler
/// would keep in memory.
pub(crate) type Lanes = [f32; LANES];

#[inline(always)]
fn add_scaled(sums: &mut Lanes, factor: f32, x: &Lanes) {
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum += factor * x;
    }
}

/// Dot products of a query `[channels]` with keys `[channels, stride]`, scaled.
#[inline(always)]
fn scores(query: &[f32], keys: &[f32], stride: usize, scale: f32, out: &mut [Lanes]) {
    // Two registers at once, so that fewer additions wait for each other.
    let (pairs, last) = out.as_chunks_mut::<2>();
    let done = pairs.len() * 2;
    for (i, [out_a, out_b]) in pairs.iter_mut().enumerate() {
        let (mut a, mut b) = ([0f32; LANES], [0f32; LANES]);
        for (q, keys) in query.iter().zip(keys.chunks_exact(stride)) {
            let [keys_a, keys_b] = &keys.as_chunks::<LANES>().0.as_chunks::<2>().0[i];
            add_scaled(&mut a, *q, keys_a);
            add_scaled(&mut b, *q, keys_b);
        }
        *out_a = a.map(|sum| sum * scale);
        *out_b = b.map(|sum| sum * scale);
    }
    if let [out] = last {
        let mut sums = [0f32; LANES];
        for (q, keys) in query.iter().zip(keys.chunks_exact(stride)) {
            add_scaled(&mut sums, *q, &keys.as_chunks::<LANES>().0[done]);
        }
        *out = sums.map(|sum| sum * scale);
    }
}

/// The sum of the `channels` from `first` on of `values` `[tokens, d]`, weighted.
#[inline(always)]
fn weighted_sum(weights: &[f32], values: &[f32], d: usize, first: usize, out: &mut [f32]) {
    let (chunks, rest) = out.as_chunks_mut::<LANES>();
    let (pairs, last) = chunks.as_chunks_mut::<2>();
    for (i, [out_a, out_b]) in pairs.iter_mut().enumerate() {
        let (mut a, mut b) = ([0f32; LANES], [0f32; LANES]);
        for (weight, values) in weights.iter().zip(values.chunks_exact(d)) {
            let [values_a, values_b] =
                &values[first..].as_chunks::<LANES>().0.as_chunks::<2>().0[i];
            add_scaled(&mut a, *weight, values_a);
            add_scaled(&mut b, *weight, values_b);
        }
        (*out_a, *out_b) = (a, b);
    }
    let done = pairs.len() * 2;
    if let [out] = last {
        let mut sums = [0f32; LANES];
        for (weight, values) in weights.iter().zip(values.chunks_exact(d)) {
            add_scaled(
                &mut sums,
                *weight,
                &values[first..].as_chunks::<LANES>().0[done],
            );
        }
        *out = sums;
    }
    let done = first + (done + last.len()) * LANES;
    for (i, out) in rest.iter_mut().enumerate() {
        let column = values.iter().skip(done + i).step_by(d);
        *out = weights.iter().zip(column).map(|(w, v)| w * v).sum();
    }
}

/// Softmax over the first `tokens` scores; the others become zero.
#[inline(always)]
pub(crate) fn softmax(scores: &mut [f32], tokens: usize) {
    scores[tokens..].fill(f32::NEG_INFINITY);
    let chunks = scores.as_chunks_mut::<LANES>().0;
    let mut most = [f32::NEG_INFINITY; LANES];
    for chunk in chunks.iter() {
        for (most, &x) in most.iter_mut().zip(chunk) {
            *most = if x > *most { x } else { *most };
        }
    }
    let most = most.into_iter().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0f32; LANES];
    for chunk in chunks.iter_mut() {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *x = exp(*x - most);
            *sum += *x;
        }
    }
    let share = 1. / sums.iter().sum::<f32>();
    for x in scores {
        *x *= share;
    }
}
