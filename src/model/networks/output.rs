//! The output layer of a network, over its whole vocabulary or over shortlists.

use std::sync::OnceLock;

use crate::model::error::{NetworkResult, bail};

use crate::model::Logits;
use crate::model::kernels::cpu::Cpu;
use crate::model::kernels::matrix::{Linear, Matrix, Shortlisted};
use crate::model::kernels::quantised::QuantisedInputs;

/// The output layer; its matrix may be the target embedding, too.
pub struct Output {
    matrix: Matrix,
    bias: Vec<f32>,
    /// The matrix laid out for products, made when a batch without shortlists asks for it.
    full: OnceLock<Linear>,
}

impl Output {
    /// Takes a matrix `[vocabulary, d]` and a bias, minus infinity for what must never be written.
    pub fn new(matrix: Matrix, bias: Vec<f32>) -> Self {
        Self {
            matrix,
            bias,
            full: OnceLock::new(),
        }
    }

    /// The matrix.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Starts a batch with `beam` rows for each source, which may have a list of target tokens each.
    ///
    /// # Errors
    /// When a list is empty or names a token that does not exist.
    pub fn batch(
        &self,
        beam: usize,
        lists: Option<Vec<Vec<u32>>>,
    ) -> NetworkResult<BatchLogits<'_>> {
        let shortlist = |ids: &Vec<u32>| match ids.iter().max() {
            Some(&most) if (most as usize) < self.bias.len() => {
                Ok(Shortlisted::new(&self.matrix, &self.bias, ids))
            }
            _ => bail!("a shortlist is empty or goes beyond the vocabulary"),
        };
        let lists = lists
            .map(|lists| lists.iter().map(shortlist).collect())
            .transpose()?;
        Ok(BatchLogits {
            output: self,
            beam,
            lists,
            logits: Vec::new(),
        })
    }
}

/// Output logits of a batch, over the full vocabulary or over per-source shortlists.
pub struct BatchLogits<'a> {
    output: &'a Output,
    beam: usize,
    /// For each source.
    lists: Option<Vec<Shortlisted>>,
    /// Row after row.
    logits: Vec<f32>,
}

impl BatchLogits<'_> {
    /// Computes the logits of `x` `[r, d]`.
    pub fn compute(&mut self, cpu: Cpu, x: &[f32], quantised: &mut QuantisedInputs) {
        let Output { matrix, bias, full } = self.output;
        let d = matrix.columns();
        self.logits.clear();
        let Some(lists) = &self.lists else {
            let full = full.get_or_init(|| Linear::new(matrix, bias));
            self.logits.resize(x.len() / d * bias.len(), 0.);
            return full.forward(cpu, x, false, quantised, &mut self.logits);
        };
        if matches!(matrix, Matrix::Quantised(_)) {
            quantised.quantise(cpu, x, d);
        }
        for row in 0..x.len() / d {
            let weights = (matrix, bias.as_slice());
            let list = &lists[row / self.beam];
            list.forward(cpu, weights, (x, quantised), row, &mut self.logits);
        }
    }

    /// The logits of a row.
    pub fn row(&self, row: usize) -> Logits<'_> {
        match &self.lists {
            Some(lists) => {
                let source = row / self.beam;
                let before: usize = lists[..source].iter().map(|list| list.ids().len()).sum();
                let ids = lists[source].ids();
                let start = before * self.beam + row % self.beam * ids.len();
                Logits {
                    values: &self.logits[start..][..ids.len()],
                    ids: Some(ids),
                }
            }
            None => {
                let size = self.output.bias.len();
                Logits {
                    values: &self.logits[row * size..][..size],
                    ids: None,
                }
            }
        }
    }

    /// Keeps only these sources, which are in ascending order.
    pub fn keep(&mut self, sources: &[u32]) {
        let Some(lists) = &mut self.lists else {
            return;
        };
        let mut kept = sources.iter().peekable();
        let mut i = 0;
        lists.retain(|_| {
            let keep = kept.next_if_eq(&&i).is_some();
            i += 1;
            keep
        });
    }
}
