//! The decoder of a batch on the kernels, as far as it is the same for all networks: rows, cross-attention and logits.

use super::output::{BatchLogits, Output};
use super::transformer::{CrossAttention, CrossAttentionCache, Workspace};
use crate::model::error::NetworkResult;
use crate::model::kernels::cpu::Cpu;
use crate::model::{Decoder, EncoderOutput, Logits};

/// State of a network's decoder after the targets so far, and its step.
pub trait DecoderState {
    /// Takes the token that each row wrote last (none at the first step) and computes the logits in `rows`.
    ///
    /// # Errors
    /// When the target outgrows the network's positions, or a token does not exist.
    fn step(&mut self, previous: &[u32], rows: &mut DecoderRows<'_>) -> NetworkResult<()>;

    /// Replaces each row's state by that of the row named here; there may be fewer rows than before.
    fn reorder(&mut self, rows: &[u32]);
}

/// The rows of a batch in a decoder.
pub struct DecoderRows<'a> {
    /// Inputs of the first layer, then outputs of each: `[r, d]`.
    pub x: Vec<f32>,
    pub cross: CrossAttentionCache,
    pub logits: BatchLogits<'a>,
    pub workspace: Workspace,
    width: usize,
}

/// The decoder of one batch.
pub struct BatchDecoder<'a, State> {
    rows: DecoderRows<'a>,
    state: State,
}

impl<'a, State: DecoderState> BatchDecoder<'a, State> {
    /// Starts with `beam` rows for each source of `encoded` and what a network knows before the first step.
    ///
    /// # Errors
    /// When a shortlist names a token that does not exist.
    pub fn new<'l>(
        cpu: Cpu,
        layers: impl Iterator<Item = &'l CrossAttention>,
        output: &'a Output,
        encoded: &EncoderOutput,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
        state: State,
    ) -> NetworkResult<Self> {
        let mut workspace = Workspace::default();
        let rows = encoded.lengths.len() * beam;
        Ok(Self {
            rows: DecoderRows {
                x: vec![0.; rows * encoded.width],
                cross: CrossAttentionCache::new(cpu, layers, encoded, beam, &mut workspace),
                logits: output.batch(beam, shortlists)?,
                workspace,
                width: encoded.width,
            },
            state,
        })
    }
}

impl<State: DecoderState> Decoder for BatchDecoder<'_, State> {
    fn step(&mut self, previous: &[u32]) -> NetworkResult<()> {
        self.state.step(previous, &mut self.rows)
    }

    fn logits(&self, row: usize) -> Logits<'_> {
        self.rows.logits.row(row)
    }

    fn attention(&self, row: usize) -> &[f32] {
        self.rows.cross.attention(row)
    }

    fn reorder(&mut self, rows: &[u32]) {
        self.rows.x.truncate(rows.len() * self.rows.width);
        self.state.reorder(rows);
    }

    fn keep(&mut self, sources: &[u32]) {
        self.reorder(&self.rows.cross.rows(sources));
        self.rows.cross.keep(sources);
        self.rows.logits.keep(sources);
    }
}
