//! The student network of the "tiny" Marian/Firefox Translations family: a transformer encoder and a decoder whose
//! self-attention is replaced by an SSRU (Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast
//! Neural Machine Translation"). `models/ARCHITECTURE.md` gives every equation.
//!
//! The tokens of a batch stand one after the other, without padding. Shapes: `n` tokens of all sources of a batch, `r`
//! rows (hypotheses) in the decoder, width `d`.

use std::sync::OnceLock;

use candle_core::{Result, bail};
use serde::Deserialize;

use super::attention::KeysValues;
use super::cpu::{Cpu, for_each_cpu};
use super::exp::sigmoid;
use super::matrix::{Linear, Matrix, Shortlisted};
use super::norm::LayerNorm;
use super::quantised::QuantisedInputs;
use super::weights::Weights;
use super::{Decoder, Logits, Memory, Seq2Seq};

/// Sizes of the network, as in `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct StudentConfig {
    /// Width of every layer.
    pub d_model: usize,
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
    /// Attention heads; divides `d_model`.
    pub attention_heads: usize,
    /// Width inside the feed-forward blocks.
    pub ffn_dim: usize,
    /// Pieces of the source vocabulary.
    pub source_vocab_size: usize,
    /// Pieces of the target vocabulary.
    pub target_vocab_size: usize,
    /// End of sentence, on both sides.
    pub eos_token_id: u32,
    /// The unknown piece, never generated.
    pub unk_token_id: u32,
    /// Added to the variance in layer norms.
    pub layer_norm_eps: f64,
    /// Tokens of the longest source, `</s>` included, that the network was trained for.
    pub max_source_tokens: usize,
}

impl StudentConfig {
    fn check(&self) -> Result<()> {
        let sizes = [
            self.d_model,
            self.encoder_layers,
            self.decoder_layers,
            self.attention_heads,
            self.ffn_dim,
            self.source_vocab_size,
            self.target_vocab_size,
            self.max_source_tokens,
        ];
        // Far above every published student; a guard against sizes that only exhaust memory.
        if sizes.iter().any(|&size| size == 0 || size > 1 << 20) {
            bail!("config.json has a size of zero or beyond a million")
        }
        if !self.d_model.is_multiple_of(self.attention_heads)
            || !self.d_model.is_multiple_of(2)
            || self.d_model < 4
        {
            bail!("config.json: d_model must be even and a multiple of attention_heads")
        }
        if self.max_source_tokens < 2 || self.max_source_tokens > 1 << 14 {
            bail!("config.json: max_source_tokens must lie between 2 and 16384")
        }
        let vocabulary = self.source_vocab_size.min(self.target_vocab_size) as u32;
        if self.eos_token_id >= vocabulary || self.unk_token_id >= vocabulary {
            bail!("config.json: eos_token_id or unk_token_id lies outside the vocabulary")
        }
        Ok(())
    }
}

/// Rows that go through the feed-forward block together, so that what is inside it stays in the cache.
const CHUNK: usize = 48;

/// The network with its weights.
pub struct Student {
    cpu: Cpu,
    config: StudentConfig,
    source_embedding: Matrix,
    output: Output,
    /// `[positions, d]`.
    positions: Vec<f32>,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
}

impl Student {
    /// Takes the tensors of `weights` by their names.
    ///
    /// # Errors
    /// When a size is impossible or a tensor is missing or of another shape.
    pub fn load(config: StudentConfig, weights: &Weights<'_>) -> Result<Self> {
        config.check()?;
        let d = config.d_model;
        Ok(Self {
            cpu: Cpu::detect(),
            source_embedding: weights.matrix(
                "source_embedding.weight",
                config.source_vocab_size,
                d,
            )?,
            output: Output::load(&config, weights)?,
            positions: positions(longest_target(config.max_source_tokens), d),
            encoder: (0..config.encoder_layers)
                .map(|i| EncoderLayer::load(&config, weights, &format!("encoder.layers.{i}")))
                .collect::<Result<_>>()?,
            decoder: (0..config.decoder_layers)
                .map(|i| DecoderLayer::load(&config, weights, &format!("decoder.layers.{i}")))
                .collect::<Result<_>>()?,
            config,
        })
    }

    /// `E[id]·√d + P_t` for a token at `position`, into `out` `[d]`.
    fn place(&self, embedding: &Matrix, id: u32, position: usize, out: &mut [f32]) -> Result<()> {
        let d = self.config.d_model;
        let scale = (d as f32).sqrt();
        embedding.embed(id, out)?;
        for (x, p) in out.iter_mut().zip(&self.positions[position * d..][..d]) {
            *x = *x * scale + p;
        }
        Ok(())
    }
}

impl Seq2Seq for Student {
    fn max_source_tokens(&self) -> usize {
        self.config.max_source_tokens
    }

    fn eos(&self) -> u32 {
        self.config.eos_token_id
    }

    fn encode(&self, batch: &[&[u32]]) -> Result<Memory> {
        let d = self.config.d_model;
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        let most = self.config.max_source_tokens;
        if let Some(length) = lengths.iter().find(|&&length| length == 0 || length > most) {
            bail!("a source of {length} tokens: the model takes 1 to {most}")
        }
        let mut x = vec![0.; lengths.iter().sum::<usize>() * d]; // [n, d]
        let tokens = batch.iter().flat_map(|ids| ids.iter().enumerate());
        for (x, (position, &id)) in x.chunks_exact_mut(d).zip(tokens) {
            self.place(&self.source_embedding, id, position, x)?;
        }
        let mut workspace = Workspace::default();
        for layer in &self.encoder {
            layer.forward(self.cpu, &mut x, &lengths, &mut workspace)?;
        }
        Ok(Memory {
            states: x,
            width: d,
            lengths,
        })
    }

    fn decoder(
        &self,
        memory: &Memory,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
    ) -> Result<Box<dyn Decoder + '_>> {
        let d = self.config.d_model;
        let rows = memory.lengths.len() * beam;
        let mut workspace = Workspace::default();
        let cross = self
            .decoder
            .iter()
            .map(|layer| layer.project(self.cpu, memory, &mut workspace))
            .collect::<Result<_>>()?;
        let shortlists = shortlists
            .map(|lists| lists.iter().map(|ids| self.output.shortlist(ids)).collect())
            .transpose()?;
        Ok(Box::new(StudentDecoder {
            student: self,
            beam,
            position: 0,
            x: vec![0.; rows * d],
            cells: vec![vec![0.; rows * d]; self.decoder.len()],
            spare: vec![0.; rows * d],
            cross,
            shortlists,
            seen: Vec::new(),
            logits: Vec::new(),
            workspace,
        }))
    }
}

/// Memory for what is in between, kept from call to call.
#[derive(Default)]
struct Workspace {
    quantised: QuantisedInputs,
    /// Outputs of joined projections.
    projected: Vec<f32>,
    /// What attention or the recurrence gives.
    mixed: Vec<f32>,
    /// Inside the feed-forward block.
    hidden: Vec<f32>,
    /// What is added to the residual.
    added: Vec<f32>,
    attended: KeysValues,
}

/// The first `len` numbers of `buffer`, which grows if it must. What is in them is left over.
fn room(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.);
    }
    &mut buffer[..len]
}

/// One batch on its way through the decoder. Its whole state is one SSRU cell per layer, row and channel.
struct StudentDecoder<'a> {
    student: &'a Student,
    beam: usize,
    position: usize,
    /// `[r, d]`.
    x: Vec<f32>,
    /// Per layer `[r, d]`.
    cells: Vec<Vec<f32>>,
    /// Takes the cells when their rows change places.
    spare: Vec<f32>,
    /// Per layer, computed once.
    cross: Vec<KeysValues>,
    /// For each source.
    shortlists: Option<Vec<Shortlisted>>,
    /// How much each row looked at the tokens of its source, in the last layer at the last step; row after row.
    seen: Vec<f32>,
    /// Row after row.
    logits: Vec<f32>,
    workspace: Workspace,
}

impl StudentDecoder<'_> {
    /// The source of a row.
    fn source(&self, row: usize) -> usize {
        row / self.beam
    }

    /// Where the tokens that `row` looked at stand in `seen`.
    fn seen_by(&self, row: usize) -> std::ops::Range<usize> {
        let Some(cross) = self.cross.last() else {
            return 0..0;
        };
        let before: usize = (0..self.source(row)).map(|i| cross.tokens(i)).sum();
        let tokens = cross.tokens(self.source(row));
        let start = before * self.beam + row % self.beam * tokens;
        start..start + tokens
    }
}

impl Decoder for StudentDecoder<'_> {
    fn step(&mut self, previous: &[u32]) -> Result<()> {
        let student = self.student;
        let (cpu, d) = (student.cpu, student.config.d_model);
        if self.position * d >= student.positions.len() {
            bail!("a target of more than {} tokens", self.position)
        }
        if self.position == 0 {
            // No start token: the first input is the zero vector.
            for x in self.x.chunks_exact_mut(d) {
                x.copy_from_slice(&student.positions[..d]);
            }
        } else {
            for (x, &id) in self.x.chunks_exact_mut(d).zip(previous) {
                student.place(&student.output.matrix, id, self.position, x)?;
            }
        }
        for (i, layer) in student.decoder.iter().enumerate() {
            let cross = &self.cross[i];
            let workspace = &mut self.workspace;
            layer
                .recurrence
                .forward(cpu, &mut self.x, &mut self.cells[i], workspace)?;
            let last = i + 1 == student.decoder.len();
            let seen = last.then_some(&mut self.seen);
            layer.attend(cpu, &mut self.x, self.beam, cross, seen, workspace)?;
            layer.feed_forward.forward(cpu, &mut self.x, workspace)?;
        }
        self.position += 1;
        student.output.forward(
            cpu,
            &self.x,
            self.shortlists.as_deref().map(|lists| (lists, self.beam)),
            &mut self.workspace.quantised,
            &mut self.logits,
        )
    }

    fn logits(&self, row: usize) -> Logits<'_> {
        match &self.shortlists {
            Some(lists) => {
                let source = self.source(row);
                let before: usize = lists[..source].iter().map(|list| list.ids().len()).sum();
                let ids = lists[source].ids();
                let start = before * self.beam + row % self.beam * ids.len();
                Logits {
                    values: &self.logits[start..][..ids.len()],
                    ids: Some(ids),
                }
            }
            None => {
                let size = self.student.config.target_vocab_size;
                Logits {
                    values: &self.logits[row * size..][..size],
                    ids: None,
                }
            }
        }
    }

    fn attention(&self, row: usize) -> &[f32] {
        &self.seen[self.seen_by(row)]
    }

    fn reorder(&mut self, rows: &[u32]) {
        let d = self.student.config.d_model;
        self.x.truncate(rows.len() * d);
        for cells in &mut self.cells {
            self.spare.truncate(rows.len() * d);
            for (to, &from) in self.spare.chunks_exact_mut(d).zip(rows) {
                to.copy_from_slice(&cells[from as usize * d..][..d]);
            }
            std::mem::swap(cells, &mut self.spare);
        }
    }

    fn keep(&mut self, sources: &[u32]) {
        let beam = self.beam as u32;
        let rows: Vec<u32> = sources
            .iter()
            .flat_map(|source| source * beam..(source + 1) * beam)
            .collect();
        self.reorder(&rows);
        for cross in &mut self.cross {
            cross.keep(sources);
        }
        if let Some(lists) = &mut self.shortlists {
            let mut kept = sources.iter().peekable();
            let mut i = 0;
            lists.retain(|_| {
                let keep = kept.next_if_eq(&&i).is_some();
                i += 1;
                keep
            });
        }
    }
}

struct EncoderLayer {
    heads: usize,
    query_key_value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl EncoderLayer {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        let d = config.d_model;
        let attention = format!("{path}.self_attn");
        let projections = ["q_proj", "k_proj", "v_proj"]
            .map(|name| weights.projection(&format!("{attention}.{name}"), d, d))
            .into_iter()
            .collect::<Result<_>>()?;
        Ok(Self {
            heads: config.attention_heads,
            query_key_value: Linear::joined(projections)?,
            attention_output: weights.linear(&format!("{attention}.out_proj"), d, d)?,
            attention_norm: LayerNorm::load(
                weights,
                &format!("{path}.self_attn_layer_norm"),
                d,
                config.layer_norm_eps,
            )?,
            feed_forward: FeedForward::load(config, weights, path)?,
        })
    }

    /// Changes `x` `[n, d]`.
    fn forward(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        lengths: &[usize],
        workspace: &mut Workspace,
    ) -> Result<()> {
        let width = self.query_key_value.output();
        let d = width / 3;
        let n = x.len() / d;
        let projected = room(&mut workspace.projected, n * width);
        self.query_key_value
            .forward(cpu, x, false, &mut workspace.quantised, projected)?;
        let attended = &mut workspace.attended;
        attended.fill(cpu, projected, width, (d, 2 * d, d), lengths);
        let mut mixed = room(&mut workspace.mixed, n * d);
        let mut queries: &[f32] = projected;
        for (source, &tokens) in lengths.iter().enumerate() {
            let (mixed_here, rest) = mixed.split_at_mut(tokens * d);
            let (queries_here, other) = queries.split_at(tokens * width);
            (mixed, queries) = (rest, other);
            attended.attend(
                cpu,
                self.heads,
                source,
                (queries_here, width),
                mixed_here,
                None,
            );
        }
        let mixed = std::mem::take(&mut workspace.mixed);
        for (x, mixed) in x.chunks_mut(CHUNK * d).zip(mixed.chunks(CHUNK * d)) {
            let added = room(&mut workspace.added, x.len());
            let mixed = &mixed[..x.len()];
            self.attention_output
                .forward(cpu, mixed, false, &mut workspace.quantised, added)?;
            self.attention_norm.add_and_normalise(cpu, x, added);
            self.feed_forward.forward(cpu, x, workspace)?;
        }
        workspace.mixed = mixed;
        Ok(())
    }
}

struct DecoderLayer {
    heads: usize,
    recurrence: Ssru,
    query: Linear,
    key_value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl DecoderLayer {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        let d = config.d_model;
        let attention = format!("{path}.encoder_attn");
        let projections = ["k_proj", "v_proj"]
            .map(|name| weights.projection(&format!("{attention}.{name}"), d, d))
            .into_iter()
            .collect::<Result<_>>()?;
        Ok(Self {
            heads: config.attention_heads,
            recurrence: Ssru::load(config, weights, path)?,
            query: weights.linear(&format!("{attention}.q_proj"), d, d)?,
            key_value: Linear::joined(projections)?,
            attention_output: weights.linear(&format!("{attention}.out_proj"), d, d)?,
            attention_norm: LayerNorm::load(
                weights,
                &format!("{path}.encoder_attn_layer_norm"),
                d,
                config.layer_norm_eps,
            )?,
            feed_forward: FeedForward::load(config, weights, path)?,
        })
    }

    /// Keys and values of the encoder's states.
    fn project(&self, cpu: Cpu, memory: &Memory, workspace: &mut Workspace) -> Result<KeysValues> {
        let width = self.key_value.output();
        let d = width / 2;
        let projected = room(&mut workspace.projected, memory.states.len() / d * width);
        let quantised = &mut workspace.quantised;
        self.key_value
            .forward(cpu, &memory.states, false, quantised, projected)?;
        let mut cross = KeysValues::default();
        cross.fill(cpu, projected, width, (0, d, d), &memory.lengths);
        Ok(cross)
    }

    /// Cross-attention with its norm: changes `x` `[r, d]`, and if asked gives the weights, row after row.
    fn attend(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        beam: usize,
        cross: &KeysValues,
        seen: Option<&mut Vec<f32>>,
        workspace: &mut Workspace,
    ) -> Result<()> {
        let d = self.query.output();
        let quantised = &mut workspace.quantised;
        let queries = room(&mut workspace.projected, x.len());
        self.query.forward(cpu, x, false, quantised, queries)?;
        let mixed = room(&mut workspace.mixed, x.len());
        let rows = queries
            .chunks_exact(beam * d)
            .zip(mixed.chunks_exact_mut(beam * d))
            .enumerate();
        let mut seen = seen;
        if let Some(seen) = &mut seen {
            let tokens: usize = (0..x.len() / (beam * d)).map(|i| cross.tokens(i)).sum();
            seen.resize(tokens * beam, 0.);
        }
        let mut start = 0;
        for (source, (queries, mixed)) in rows {
            let end = start + cross.tokens(source) * beam;
            let seen = seen.as_mut().map(|seen| &mut seen[start..end]);
            start = end;
            cross.attend(cpu, self.heads, source, (queries, d), mixed, seen);
        }
        let added = room(&mut workspace.added, x.len());
        self.attention_output
            .forward(cpu, mixed, false, quantised, added)?;
        self.attention_norm.add_and_normalise(cpu, x, added);
        Ok(())
    }
}

/// Simpler simple recurrent unit: the decoder's memory of what it has written.
struct Ssru {
    /// Candidates, then forget gates.
    input_forget: Linear,
    norm: LayerNorm,
}

impl Ssru {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        let d = config.d_model;
        let input = weights.matrix(&format!("{path}.rnn.w.weight"), d, d)?;
        let forget = weights.projection(&format!("{path}.rnn.wf"), d, d)?;
        let norm = format!("{path}.rnn_layer_norm");
        Ok(Self {
            input_forget: Linear::joined(vec![(input, vec![0.; d]), forget])?,
            norm: LayerNorm::load(weights, &norm, d, config.layer_norm_eps)?,
        })
    }

    /// One step: changes `x` and `cells`, both `[r, d]`.
    fn forward(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        cells: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<()> {
        let projected = room(&mut workspace.projected, 2 * x.len());
        self.input_forget
            .forward(cpu, x, false, &mut workspace.quantised, projected)?;
        let added = room(&mut workspace.added, x.len());
        recur(cpu, projected, self.input_forget.output() / 2, cells, added);
        self.norm.add_and_normalise(cpu, x, added);
        Ok(())
    }
}

for_each_cpu! {
    /// `c = f·c + (1 - f)·w` and `out = max(0, c)`, for rows of candidates `w` and forget gates before the sigmoid.
    fn recur(projected: &[f32], d: usize, cells: &mut [f32], out: &mut [f32]) {
        let rows = cells.chunks_exact_mut(d).zip(out.chunks_exact_mut(d));
        for (row, (cells, out)) in projected.chunks_exact(2 * d).zip(rows) {
            let (candidates, gates) = row.split_at(d);
            let gated = candidates.iter().zip(gates);
            for ((cell, out), (w, gate)) in cells.iter_mut().zip(out).zip(gated) {
                *cell = w + sigmoid(*gate) * (*cell - w);
                *out = cell.max(0.);
            }
        }
    }
}

struct FeedForward {
    fc1: Linear,
    fc2: Linear,
    norm: LayerNorm,
}

impl FeedForward {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> Result<Self> {
        let (d, inner) = (config.d_model, config.ffn_dim);
        let norm = format!("{path}.final_layer_norm");
        Ok(Self {
            fc1: weights.linear(&format!("{path}.fc1"), inner, d)?,
            fc2: weights.linear(&format!("{path}.fc2"), d, inner)?,
            norm: LayerNorm::load(weights, &norm, d, config.layer_norm_eps)?,
        })
    }

    /// Changes `x` `[rows, d]`.
    fn forward(&self, cpu: Cpu, x: &mut [f32], workspace: &mut Workspace) -> Result<()> {
        let d = self.fc2.output();
        for x in x.chunks_mut(CHUNK * d) {
            let hidden = room(&mut workspace.hidden, x.len() / d * self.fc1.output());
            let quantised = &mut workspace.quantised;
            self.fc1.forward(cpu, x, true, quantised, hidden)?;
            let added = room(&mut workspace.added, x.len());
            self.fc2.forward(cpu, hidden, false, quantised, added)?;
            self.norm.add_and_normalise(cpu, x, added);
        }
        Ok(())
    }
}

/// The output layer; its matrix is the target embedding, too.
struct Output {
    matrix: Matrix,
    /// Minus infinity for the unknown token, so that it is never generated.
    bias: Vec<f32>,
    /// The matrix laid out for products, made when a batch without shortlists asks for it.
    full: OnceLock<Linear>,
}

impl Output {
    fn load(config: &StudentConfig, weights: &Weights<'_>) -> Result<Self> {
        let size = config.target_vocab_size;
        let mut bias = weights.vector("output.bias", size)?;
        bias[config.unk_token_id as usize] = f32::NEG_INFINITY;
        Ok(Self {
            matrix: weights.matrix("target_embedding.weight", size, config.d_model)?,
            bias,
            full: OnceLock::new(),
        })
    }

    fn shortlist(&self, ids: &[u32]) -> Result<Shortlisted> {
        match ids.iter().max() {
            Some(&most) if (most as usize) < self.bias.len() => {
                Ok(Shortlisted::new(&self.matrix, &self.bias, ids))
            }
            _ => bail!("a shortlist is empty or goes beyond the vocabulary"),
        }
    }

    /// Logits of `x` `[r, d]`: of the whole vocabulary, or of the shortlist of each source with `beam` rows.
    fn forward(
        &self,
        cpu: Cpu,
        x: &[f32],
        shortlists: Option<(&[Shortlisted], usize)>,
        quantised: &mut QuantisedInputs,
        logits: &mut Vec<f32>,
    ) -> Result<()> {
        let d = self.matrix.columns();
        logits.clear();
        let Some((lists, beam)) = shortlists else {
            let full = match self.full.get() {
                Some(full) => full,
                None => {
                    let full = Linear::new(&self.matrix, &self.bias)?;
                    self.full.get_or_init(|| full)
                }
            };
            logits.resize(x.len() / d * self.bias.len(), 0.);
            return full.forward(cpu, x, false, quantised, logits);
        };
        quantised.quantise(cpu, x, d);
        for row in 0..x.len() / d {
            let weights = (&self.matrix, self.bias.as_slice());
            lists[row / beam].forward(cpu, weights, (x, quantised), row, logits);
        }
        Ok(())
    }
}

/// The most tokens that decoding writes for a source of `source_tokens` tokens.
pub fn longest_target(source_tokens: usize) -> usize {
    2 * source_tokens + 8
}

/// Sinusoidal positions `[count, d]`: first all sines, then all cosines (Marian's layout, with its `- 1`).
fn positions(count: usize, d: usize) -> Vec<f32> {
    let half = d / 2;
    // In f64, so that the last digits of a C library are rounded away.
    let step = -(10000f64.ln()) / (half - 1) as f64;
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
