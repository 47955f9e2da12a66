//! KV cache of decoder self-attention.
//!
//! Beams are reordered by index: keys and values never move, and each hypothesis keeps the row that its prefix used at
//! each step.

use super::attention::{Lanes, softmax};
use super::cpu::{Cpu, LANES, for_each_cpu};

/// For each row (hypothesis) of a batch the row that its prefix used at every step; the same for all layers.
#[derive(Debug, Default)]
pub struct BeamAncestry {
    /// `[rows][steps]`.
    rows: Vec<Vec<u32>>,
}

impl BeamAncestry {
    /// So many rows, before the first step.
    pub fn new(rows: usize) -> Self {
        Self {
            rows: vec![Vec::new(); rows],
        }
    }

    /// Adds a step, at which each row has its own keys and values.
    pub fn step(&mut self) {
        for (i, row) in (0..).zip(&mut self.rows) {
            row.push(i);
        }
    }

    /// Replaces the prefix of each row by that of the row named here; there may be fewer rows than before.
    pub fn reorder(&mut self, rows: &[u32]) {
        self.rows = (rows.iter())
            .map(|&row| self.rows[row as usize].clone())
            .collect();
    }
}

/// Keys and values of all steps, of one layer.
#[derive(Debug, Default)]
pub struct KvCache {
    /// For each step `[rows at that step, d]`.
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
}

impl KvCache {
    /// Adds a step: the rows `[rows, width]` of `projected` hold the keys in the `d` columns from `d` on, and the values
    /// in those after them.
    pub fn push(&mut self, projected: &[f32], width: usize, d: usize) {
        let columns = |from: usize| -> Vec<f32> {
            let rows = projected.chunks_exact(width);
            rows.flat_map(|row| &row[from..from + d]).copied().collect()
        };
        self.keys.push(columns(d));
        self.values.push(columns(2 * d));
    }

    /// Attends with the queries `[rows, width]`, in the first `d` columns, to the prefixes of their rows, the current step
    /// included: context vectors to `context` `[rows, d]`. QKᵀ is scaled, and the relative position bias `[heads, steps]`
    /// is added if it is not empty.
    pub fn attend(
        &self,
        cpu: Cpu,
        heads: usize,
        ancestry: &BeamAncestry,
        (scale, bias): (f32, &[f32]),
        (queries, width): (&[f32], usize),
        context: &mut [f32],
    ) {
        let d = context.len() / ancestry.rows.len().max(1);
        let stride = self.keys.len().next_multiple_of(LANES);
        let mut weights = vec![0.; heads * stride];
        let rows = queries.chunks_exact(width).zip(context.chunks_exact_mut(d));
        for ((query, context), prefix) in rows.zip(&ancestry.rows) {
            let query = &query[..d];
            attend(
                cpu,
                heads,
                prefix,
                &self.keys,
                &self.values,
                query,
                scale,
                bias,
                &mut weights,
                context,
            );
        }
    }
}

for_each_cpu! {
    fn attend(
        heads: usize,
        prefix: &[u32],
        keys: &[Vec<f32>],
        values: &[Vec<f32>],
        query: &[f32],
        scale: f32,
        bias: &[f32],
        weights: &mut [f32],
        context: &mut [f32],
    ) {
        let d = query.len();
        let channels = d / heads;
        let steps = prefix.len();
        let stride = weights.len() / heads;
        for (step, (&row, keys)) in prefix.iter().zip(keys).enumerate() {
            let key = &keys[row as usize * d..][..d];
            let pairs = query.chunks_exact(channels).zip(key.chunks_exact(channels));
            for (head, (query, key)) in pairs.enumerate() {
                weights[head * stride + step] = dot(query, key) * scale;
            }
        }
        for (head, weights) in weights.chunks_exact_mut(stride).enumerate() {
            if !bias.is_empty() {
                for (weight, bias) in weights.iter_mut().zip(&bias[head * steps..][..steps]) {
                    *weight += bias;
                }
            }
            softmax(weights, steps);
        }
        context.fill(0.);
        for (step, (&row, values)) in prefix.iter().zip(values).enumerate() {
            let value = &values[row as usize * d..][..d];
            let pairs = context.chunks_exact_mut(channels).zip(value.chunks_exact(channels));
            for (head, (context, value)) in pairs.enumerate() {
                let weight = weights[head * stride + step];
                for (context, value) in context.iter_mut().zip(value) {
                    *context += weight * value;
                }
            }
        }
    }
}

#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums: Lanes = [0.; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
