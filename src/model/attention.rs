//! Multi-head attention over sources of different lengths, without padding in the arithmetic.
//!
//! Each source is computed apart, over its own tokens, in one fixed order of additions: what stands beside it in a batch
//! cannot change a bit of it. The products are too small to gain from a general matrix routine.

use candle_core::{CpuStorage, Device, Result, Storage, Tensor, bail};

use super::exp::exp;
use super::matrix::Linear;
use super::weights::Weights;

/// Numbers that are summed side by side.
const LANES: usize = 8;

/// The projections of one attention block.
pub struct Attention {
    heads: usize,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
}

/// What attention looks at: `[b, s, d]` each, of which the first `lengths` tokens count.
pub struct KeysValues {
    keys: Vec<f32>,
    values: Vec<f32>,
    /// Tokens of the longest source, and with them the stride.
    longest: usize,
    d: usize,
    lengths: Vec<usize>,
}

impl KeysValues {
    /// Goes on with these sources only, in this order.
    pub fn keep(&mut self, sources: &[u32]) {
        let size = self.longest * self.d;
        let take = |from: &[f32]| -> Vec<f32> {
            sources
                .iter()
                .flat_map(|&i| &from[i as usize * size..][..size])
                .copied()
                .collect()
        };
        self.keys = take(&self.keys);
        self.values = take(&self.values);
        self.lengths = sources.iter().map(|&i| self.lengths[i as usize]).collect();
    }

    fn source(&self, i: usize) -> Source<'_> {
        let start = i * self.longest * self.d;
        let size = self.lengths[i] * self.d;
        Source {
            keys: &self.keys[start..][..size],
            values: &self.values[start..][..size],
            d: self.d,
        }
    }
}

impl Attention {
    /// Takes `{path}.q_proj` and so on.
    pub fn load(weights: &Weights<'_>, path: &str, d: usize, heads: usize) -> Result<Self> {
        let linear = |name| Linear::load(weights, &format!("{path}.{name}"), d, d);
        Ok(Self {
            heads,
            query: linear("q_proj")?,
            key: linear("k_proj")?,
            value: linear("v_proj")?,
            output: linear("out_proj")?,
        })
    }

    /// Keys and values of `states` `[b, s, d]`, of which the first `lengths` count.
    pub fn project(&self, states: &Tensor, lengths: &[usize]) -> Result<KeysValues> {
        let (_, longest, d) = states.dims3()?;
        Ok(KeysValues {
            keys: values(&self.key.forward(states)?)?,
            values: values(&self.value.forward(states)?)?,
            longest,
            d,
            lengths: lengths.to_vec(),
        })
    }

    /// Queries `[b, q, d]` to `[b, q, d]`; and if asked, how much each query looked at each token, as the mean over the
    /// heads: `[b, q, s]`.
    pub fn forward(
        &self,
        queries: &Tensor,
        memory: &KeysValues,
        weights: bool,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (sources, count, d) = queries.dims3()?;
        let longest = memory.longest;
        if memory.lengths.len() != sources || memory.d != d {
            bail!("{sources} sources look at {}", memory.lengths.len())
        }
        let queries = values(&self.query.forward(queries)?)?;
        let mut mixed = vec![0f32; sources * count * d];
        let mut seen = vec![
            0f32;
            if weights {
                sources * count * longest
            } else {
                0
            }
        ];
        for (i, &tokens) in memory.lengths.iter().enumerate() {
            let source = memory.source(i);
            for j in i * count..(i + 1) * count {
                let seen = weights.then(|| &mut seen[j * longest..][..tokens]);
                let mixed = &mut mixed[j * d..][..d];
                source.attend(self.heads, &queries[j * d..][..d], mixed, seen);
            }
        }
        let mixed = Tensor::from_vec(mixed, (sources, count, d), &Device::Cpu)?;
        let seen = weights
            .then(|| Tensor::from_vec(seen, (sources, count, longest), &Device::Cpu))
            .transpose()?;
        Ok((self.output.forward(&mixed)?, seen))
    }
}

/// The keys and values of one source, `[tokens, d]` each.
struct Source<'a> {
    keys: &'a [f32],
    values: &'a [f32],
    d: usize,
}

impl Source<'_> {
    /// One query `[d]` to what it sees `[d]`, and to the mean of the heads' weights `[tokens]`.
    fn attend(&self, heads: usize, query: &[f32], mixed: &mut [f32], mut seen: Option<&mut [f32]>) {
        let width = self.d / heads;
        let scale = (width as f32).sqrt().recip();
        let mut weights = Vec::with_capacity(self.keys.len() / self.d);
        for head in 0..heads {
            let part = head * width..(head + 1) * width;
            weights.clear();
            weights.extend(
                self.keys
                    .chunks_exact(self.d)
                    .map(|key| dot(&query[part.clone()], &key[part.clone()]) * scale),
            );
            softmax(&mut weights);
            let mixed = &mut mixed[part.clone()];
            for (&weight, value) in weights.iter().zip(self.values.chunks_exact(self.d)) {
                for (mixed, value) in mixed.iter_mut().zip(&value[part.clone()]) {
                    *mixed += weight * value;
                }
            }
            if let Some(seen) = &mut seen {
                for (seen, weight) in seen.iter_mut().zip(&weights) {
                    *seen += weight / heads as f32;
                }
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in scores.iter_mut() {
        *score = exp(*score - most);
    }
    let total: f32 = scores.iter().sum();
    for score in scores.iter_mut() {
        *score /= total;
    }
}

/// The numbers of a contiguous f32 tensor on the CPU.
fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(CpuStorage::F32(values)) => {
            let start = layout.start_offset();
            Ok(values[start..start + layout.shape().elem_count()].to_vec())
        }
        _ => bail!("attention is computed in f32 on the CPU"),
    }
}
