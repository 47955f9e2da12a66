//! Multi-head attention over sources of different lengths, without padding in the arithmetic.
//!
//! Each source is computed apart, over its own tokens, in one fixed order of additions: what stands beside it in a batch
//! cannot change a bit of it. The products are too small to gain from a general matrix routine.

use super::cpu::{Cpu, LANES, for_each_cpu};
use super::exp::exp;

/// What becomes of the products of queries and keys before the softmax.
#[derive(Debug, Clone, Copy)]
pub struct Scoring<'a> {
    /// What they are multiplied with.
    pub scale: f32,
    /// What is added, for each head and distance, key minus query: `[heads, 2 · reach + 1]` for distances from `-reach`
    /// on; empty if nothing is.
    pub bias: &'a [f32],
    /// Tokens of the longest source are at most one more.
    pub reach: usize,
}

impl Scoring<'_> {
    /// Scaled dot products (Vaswani et al. 2017): divided by the root of a head's `channels`.
    pub fn scaled(channels: usize) -> Self {
        Self {
            scale: (channels as f32).sqrt().recip(),
            bias: &[],
            reach: 0,
        }
    }

    /// Products as they are.
    pub fn unscaled() -> Self {
        Self {
            scale: 1.,
            bias: &[],
            reach: 0,
        }
    }
}

/// What queries look at: the keys and values of several sources, one after the other.
#[derive(Debug, Default)]
pub struct KeysValues {
    /// For each source `[d, stride]`, zero beyond its tokens.
    keys: Vec<f32>,
    /// For each source `[tokens, d]`.
    values: Vec<f32>,
    sources: Vec<Source>,
    d: usize,
}

/// Where one source stands in [`KeysValues`].
#[derive(Debug, Clone, Copy)]
struct Source {
    keys: usize,
    values: usize,
    tokens: usize,
}

impl Source {
    /// Tokens, filled up to whole registers.
    fn stride(self) -> usize {
        self.tokens.next_multiple_of(LANES)
    }
}

impl KeysValues {
    /// Replaces what is there. `rows` `[tokens of all sources, width]` holds the keys in the `d` columns from `key` on
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
            let source = Source {
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

    /// Goes on with these sources only, in this order.
    pub fn keep(&mut self, sources: &[u32]) {
        self.sources = (sources.iter())
            .map(|&i| self.sources[i as usize])
            .collect();
    }

    /// What queries `[queries, width]` of source `source`, in the first `d` columns, see: into `mixed` `[queries, d]`.
    /// If asked, `seen` `[queries, tokens]` gets how much each looked at each token, as the mean over the heads.
    #[expect(clippy::too_many_arguments, reason = "sizes and slices of one step")]
    pub fn attend(
        &self,
        cpu: Cpu,
        heads: usize,
        source: usize,
        scoring: Scoring<'_>,
        (queries, width): (&[f32], usize),
        mixed: &mut [f32],
        seen: Option<&mut [f32]>,
    ) {
        let source = self.sources[source];
        let keys = &self.keys[source.keys..][..self.d * source.stride()];
        let values = &self.values[source.values..][..self.d * source.tokens];
        let seen = seen.unwrap_or_default();
        attend(
            cpu,
            heads,
            self.d,
            source.tokens,
            scoring,
            keys,
            values,
            queries,
            width,
            mixed,
            seen,
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
        scoring: Scoring<'_>,
        keys: &[f32],
        values: &[f32],
        queries: &[f32],
        width: usize,
        mixed: &mut [f32],
        seen: &mut [f32],
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
        for (j, (query, mixed)) in queries.chunks_exact(width).zip(mixed.chunks_exact_mut(d)).enumerate() {
            for head in 0..heads {
                let first = head * channels;
                let query = &query[first..][..channels];
                let keys = &keys[first * stride..][..channels * stride];
                scores(query, keys, stride, scoring.scale, weights);
                if !scoring.bias.is_empty() {
                    let distances = 2 * scoring.reach + 1;
                    let bias = &scoring.bias[head * distances + scoring.reach - j..][..tokens];
                    for (score, bias) in weights.as_flattened_mut().iter_mut().zip(bias) {
                        *score += bias;
                    }
                }
                softmax(weights.as_flattened_mut(), tokens);
                let weights = &weights.as_flattened()[..tokens];
                mix(weights, values, d, first, &mut mixed[first..][..channels]);
                if !seen.is_empty() {
                    for (seen, weight) in seen[j * tokens..][..tokens].iter_mut().zip(weights) {
                        let before = if head == 0 { 0. } else { *seen };
                        *seen = before + weight / heads as f32;
                    }
                }
            }
        }
    }
}

/// A register of numbers. Sums stand in variables of their own and not in arrays of registers, which the compiler
/// would keep in memory.
pub(crate) type Lanes = [f32; LANES];

#[inline(always)]
fn add_scaled(sums: &mut Lanes, factor: f32, x: &Lanes) {
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum += factor * x;
    }
}

/// Products of a query `[channels]` with keys `[channels, stride]`, scaled.
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

/// The mean of the `channels` from `first` on of `values` `[tokens, d]`, weighted.
#[inline(always)]
fn mix(weights: &[f32], values: &[f32], d: usize, first: usize, out: &mut [f32]) {
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

/// Of the first `tokens` scores; the others become zero.
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
