//! The student network of the "tiny" Marian/Firefox Translations family: a transformer encoder and a decoder whose
//! self-attention is replaced by an SSRU (Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast
//! Neural Machine Translation"). `models/ARCHITECTURE.md` gives every equation.
//!
//! The tokens of a batch stand one after the other, without padding. Shapes: `n` tokens of all sources of a batch, `r`
//! rows (hypotheses) in the decoder, width `d`.

use candle_core::Tensor;
use serde::Deserialize;

use super::decoder::{BatchDecoder, DecoderRows, DecoderState};
use super::output::Output;
use super::transformer::{
    self, CrossAttention, EncoderLayer, FeedForward, Positions, Workspace, check_positions,
    scratch, sinusoids,
};
use crate::model::error::{NetworkResult, bail};
use crate::model::generation::{Generation, longest_target};
use crate::model::hints::{HintIds, Placeholders};
use crate::model::kernels::activation::Activation;
use crate::model::kernels::attention::ScoreBias;
use crate::model::kernels::cpu::{Cpu, for_each_cpu};
use crate::model::kernels::exp::sigmoid;
use crate::model::kernels::matrix::{Linear, Matrix};
use crate::model::kernels::norm::LayerNorm;
use crate::model::opened::{Architecture, Opened, Parts, Problem};
use crate::model::tensors::{self, Loader, Network};
use crate::model::vocabulary::Vocabulary;
use crate::model::weights::{MarianFile, Weights};
use crate::model::{Decoder, EncoderOutput, Seq2Seq, too_long};

/// The student of the "tiny" family.
pub const STUDENT: Architecture = Architecture {
    model_type: "marian-student-ssru",
    class: None,
    eight_bit: false,
    summarizes: false,
    build,
};

/// `[2, d]`: what is added to the target embeddings of hint pieces, and the embedding of the separator.
const HINT: &str = "hint.weight";

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
    /// Hypotheses that its authors want to be kept in the search; 1 if they do not say.
    #[serde(default)]
    pub beam: Option<usize>,
    /// Whether the encoder takes dictionary hints ([`HintIds`]).
    #[serde(default)]
    pub hints: bool,
    /// How many signs it carries over from source to target ([`Placeholders`]).
    #[serde(default, alias = "holes")]
    pub placeholders: usize,
}

impl StudentConfig {
    /// The sizes of the network in a Marian file, from its settings and tensors.
    ///
    /// # Errors
    /// When the settings are missing or of another network.
    fn of_marian(file: &MarianFile<'_>) -> NetworkResult<Self> {
        let settings = file.settings()?;
        for (name, expected) in [
            ("type", "transformer"),
            ("transformer-decoder-autoreg", "rnn"),
            ("dec-cell", "ssru"),
            ("transformer-ffn-activation", "relu"),
            ("transformer-postprocess", "dan"),
        ] {
            let found = settings.get(name);
            if found != Some(expected) {
                bail!(
                    "the network has {name}: {}, but only students with {expected} are supported",
                    found.unwrap_or("nothing")
                )
            }
        }
        let number = |name: &str| match settings.get(name).and_then(|value| value.parse().ok()) {
            Some(number) => Ok(number),
            None => bail!("the settings of the network have no {name}"),
        };
        Ok(Self {
            d_model: number("dim-emb")?,
            encoder_layers: number("enc-depth")?,
            decoder_layers: number("dec-depth")?,
            attention_heads: number("transformer-heads")?,
            ffn_dim: number("transformer-dim-ffn")?,
            source_vocab_size: file.rows("source_embedding.weight")?,
            target_vocab_size: file.rows("target_embedding.weight")?,
            eos_token_id: 0,
            unk_token_id: 1,
            layer_norm_eps: 1e-6,
            max_source_tokens: 256,
            beam: None,
            hints: false,
            placeholders: 0,
        })
    }

    fn check(&self) -> Result<(), String> {
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
            return Err("it has a size of zero or beyond a million".into());
        }
        if !self.d_model.is_multiple_of(self.attention_heads)
            || !self.d_model.is_multiple_of(2)
            || self.d_model < 4
        {
            return Err("d_model must be even and a multiple of attention_heads".into());
        }
        if self.max_source_tokens < 2 || self.max_source_tokens > 1 << 14 {
            return Err("max_source_tokens must lie between 2 and 16384".into());
        }
        check_positions(longest_target(self.max_source_tokens), self.d_model)?;
        let vocabulary = self.source_vocab_size.min(self.target_vocab_size) as u32;
        if self.eos_token_id >= vocabulary || self.unk_token_id >= vocabulary {
            return Err("eos_token_id or unk_token_id lies outside the vocabulary".into());
        }
        Ok(())
    }

    fn hint_ids(&self) -> Option<HintIds> {
        self.hints.then_some(HintIds {
            source_size: self.source_vocab_size as u32,
            target_size: self.target_vocab_size as u32,
        })
    }

    fn generation(&self) -> Generation {
        Generation {
            beam: self.beam,
            max_tokens: longest_target(self.max_source_tokens),
            ..Generation::default()
        }
    }
}

/// Builds the network and its vocabularies: of the project's own files, or of Marian's, which carry their own settings.
///
/// # Errors
/// When a file is malformed or does not fit the others.
fn build(opened: &Opened<'_>) -> Result<Parts, Problem> {
    let sizes = match opened.weights.marian() {
        Some(file) => StudentConfig::of_marian(file).map_err(|error| opened.in_weights(&error))?,
        None => opened.config()?,
    };
    sizes.check().map_err(|problem| Problem {
        file: "config.json",
        problem,
    })?;
    let (eos, unknown) = (sizes.eos_token_id, sizes.unk_token_id);
    let (source_size, target_size) = (sizes.source_vocab_size, sizes.target_vocab_size);
    let vocabulary = |bytes, size, file| {
        let vocabulary = Vocabulary::read(bytes, eos, Some(unknown));
        let vocabulary = vocabulary.and_then(|vocabulary| vocabulary.of_size(size));
        vocabulary.map_err(|problem| Problem { file, problem })
    };
    let files = opened.files;
    let parts = opened.build(
        |weights| Student::load(sizes.clone(), weights),
        |loader| on_tensors(&sizes, loader),
        || vocabulary(&files.source_vocabulary, source_size, "source vocabulary"),
        || vocabulary(&files.target_vocabulary, target_size, "target vocabulary"),
    )?;
    let placeholders = Placeholders::find(sizes.placeholders, &parts.source, &parts.target);
    Ok(Parts {
        hints: sizes.hint_ids(),
        placeholders: placeholders.map_err(|problem| Problem {
            file: "config.json",
            problem,
        })?,
        ..parts
    })
}

/// The network as candle tensors.
fn on_tensors(config: &StudentConfig, loader: &Loader<'_>) -> NetworkResult<Network> {
    let (d, eps) = (config.d_model, config.layer_norm_eps);
    let (sizes, heads) = ((d, config.ffn_dim), config.attention_heads);
    let max_target_tokens = longest_target(config.max_source_tokens);
    let positions = sinusoids(max_target_tokens, d, d / 2 - 1);
    let positions = loader.to_device(positions)?.reshape(((), d))?;
    let embedding = |matrix| tensors::EmbeddingTensors {
        matrix,
        scale: (d as f64).sqrt(),
        positions: Some(positions.clone()),
    };
    let source = loader.matrix("source_embedding.weight", config.source_vocab_size, d)?;
    let target = loader.matrix("target_embedding.weight", config.target_vocab_size, d)?;
    let source = if config.hints {
        let hint = loader.matrix(HINT, 2, d)?;
        let (mark, separator) = (hint.narrow(0, 0, 1)?, hint.narrow(0, 1, 1)?);
        Tensor::cat(&[&source, &target.broadcast_add(&mark)?, &separator], 0)?
    } else {
        source
    };
    let encoder_layer = |i| {
        let path = format!("encoder.layers.{i}");
        loader.encoder_layer(&path, sizes, heads, Activation::Relu, eps)
    };
    let decoder_layer = |i| -> NetworkResult<_> {
        let path = format!("decoder.layers.{i}");
        let norm = |name: &str| loader.post_norm(&format!("{path}.{name}_layer_norm"), d, eps);
        Ok(tensors::DecoderTensors {
            self_block: tensors::SelfBlock::Ssru(tensors::SsruTensors {
                candidate: loader.product(&format!("{path}.rnn.w"), d, d)?,
                forget: loader.linear(&format!("{path}.rnn.wf"), d, d)?,
            }),
            self_norm: norm("rnn")?,
            cross: loader.attention(&format!("{path}.encoder_attn"), heads, d)?,
            cross_norm: norm("encoder_attn")?,
            feed_forward: loader.feed_forward(&path, sizes, Activation::Relu)?,
            feed_forward_norm: norm("final")?,
        })
    };
    Ok(Network {
        device: loader.device.clone(),
        generation: config.generation(),
        eos: config.eos_token_id,
        start: None,
        max_source_tokens: config.max_source_tokens,
        max_target_tokens,
        output_scale: 1.,
        output: candle_nn::Linear::new(
            target.clone(),
            Some(loader.to_device(output_bias(config, loader.weights)?)?),
        ),
        encoder: tensors::Stack::new(embedding(source), config.encoder_layers, encoder_layer)?,
        decoder: tensors::Stack::new(embedding(target), config.decoder_layers, decoder_layer)?,
    })
}

/// `[target vocabulary]`; the unknown token is never generated.
fn output_bias(config: &StudentConfig, weights: &Weights<'_>) -> NetworkResult<Vec<f32>> {
    let mut bias = weights.vector("output.bias", config.target_vocab_size)?;
    bias[config.unk_token_id as usize] = f32::NEG_INFINITY;
    Ok(bias)
}

/// The network with its weights.
pub struct Student {
    cpu: Cpu,
    config: StudentConfig,
    generation: Generation,
    source_embedding: Matrix,
    /// `[2, d]`: added to the target embeddings of hint pieces; the embedding of the separator. Empty without hints.
    hint: Vec<f32>,
    output: Output,
    positions: Positions,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<StudentDecoderLayer>,
}

impl Student {
    /// Takes the tensors of `weights` by their names.
    ///
    /// # Errors
    /// When a size is impossible or a tensor is missing or of another shape.
    pub fn load(config: StudentConfig, weights: &Weights<'_>) -> NetworkResult<Self> {
        let d = config.d_model;
        Ok(Self {
            cpu: Cpu::detect(),
            generation: config.generation(),
            source_embedding: weights.matrix(
                "source_embedding.weight",
                config.source_vocab_size,
                d,
            )?,
            hint: match config.hints {
                true => weights.values(HINT, &[2, d])?,
                false => Vec::new(),
            },
            output: {
                let size = config.target_vocab_size;
                let matrix = weights.matrix("target_embedding.weight", size, d)?;
                Output::new(matrix, output_bias(&config, weights)?)
            },
            positions: {
                let count = longest_target(config.max_source_tokens);
                Positions::new(count, d, d / 2 - 1, (d as f32).sqrt())
            },
            encoder: (0..config.encoder_layers)
                .map(|i| {
                    let path = format!("encoder.layers.{i}");
                    let (sizes, eps) = ((d, config.ffn_dim), config.layer_norm_eps);
                    let heads = config.attention_heads;
                    EncoderLayer::load(weights, &path, sizes, heads, Activation::Relu, eps)
                })
                .collect::<NetworkResult<_>>()?,
            decoder: (0..config.decoder_layers)
                .map(|i| {
                    StudentDecoderLayer::load(&config, weights, &format!("decoder.layers.{i}"))
                })
                .collect::<NetworkResult<_>>()?,
            config,
        })
    }

    fn score_bias(&self) -> ScoreBias<'static> {
        ScoreBias::scaled(self.config.d_model / self.config.attention_heads)
    }

    /// `E_src[id]`; `E_tgt[t] + hint[0]` for the piece `t` of a hint, `hint[1]` for its separator. Into `out` `[d]`.
    fn embed_source(&self, id: u32, out: &mut [f32]) -> NetworkResult<()> {
        let Some(hints) = self.config.hint_ids().filter(|ids| id >= ids.source_size) else {
            return self.source_embedding.embed(id, out);
        };
        let (mark, separator) = self.hint.split_at(self.config.d_model);
        if id == hints.separator() {
            out.copy_from_slice(separator);
            return Ok(());
        }
        // An id beyond the separator is one beyond the target vocabulary, which says so.
        self.output.matrix().embed(id - hints.source_size, out)?;
        for (x, mark) in out.iter_mut().zip(mark) {
            *x += mark;
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

    fn generation(&self) -> &Generation {
        &self.generation
    }

    fn encode(&self, batch: &[&[u32]]) -> NetworkResult<EncoderOutput> {
        let embed = |id, x: &mut [f32]| self.embed_source(id, x);
        let most = self.config.max_source_tokens;
        transformer::encode(self.cpu, embed, &self.positions, &self.encoder, batch, most)
    }

    fn decoder(
        &self,
        encoded: &EncoderOutput,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
    ) -> NetworkResult<Box<dyn Decoder + '_>> {
        let layers = self.decoder.iter().map(|layer| &layer.cross_attention);
        let values = encoded.lengths.len() * beam * self.config.d_model;
        let state = StudentState {
            network: self,
            position: 0,
            cells: vec![vec![0.; values]; self.decoder.len()],
            spare: vec![0.; values],
        };
        let (cpu, output) = (self.cpu, &self.output);
        let decoder = BatchDecoder::new(cpu, layers, output, encoded, beam, shortlists, state)?;
        Ok(Box::new(decoder))
    }
}

/// The targets of one batch so far: one SSRU cell per layer, row and channel.
struct StudentState<'a> {
    network: &'a Student,
    position: usize,
    /// Per layer `[r, d]`.
    cells: Vec<Vec<f32>>,
    /// Takes the cells when their rows are reordered.
    spare: Vec<f32>,
}

impl DecoderState for StudentState<'_> {
    fn step(&mut self, previous: &[u32], rows: &mut DecoderRows<'_>) -> NetworkResult<()> {
        let network = self.network;
        let (cpu, d) = (network.cpu, network.config.d_model);
        if self.position >= network.positions.count() {
            return Err(too_long(self.position));
        }
        if self.position == 0 {
            // No start token: the first input is the zero vector.
            for x in rows.x.chunks_exact_mut(d) {
                x.copy_from_slice(network.positions.row(0));
            }
        } else {
            let embedding = network.output.matrix();
            for (x, &id) in rows.x.chunks_exact_mut(d).zip(previous) {
                embedding.embed(id, x)?;
                network.positions.place(self.position, x);
            }
        }
        let (x, workspace) = (&mut rows.x, &mut rows.workspace);
        for (i, layer) in network.decoder.iter().enumerate() {
            (layer.recurrence).forward(cpu, x, &mut self.cells[i], workspace);
            let cross = (&mut rows.cross, i);
            (layer.cross_attention).attend(cpu, x, cross, network.score_bias(), workspace);
            let added = scratch(&mut workspace.added, x.len());
            layer.cross_attention_norm.add_and_normalise(cpu, x, added);
            layer.feed_forward.forward(cpu, x, workspace);
        }
        self.position += 1;
        rows.logits.compute(cpu, x, &mut workspace.quantised);
        Ok(())
    }

    fn reorder(&mut self, rows: &[u32]) {
        let d = self.network.config.d_model;
        for cells in &mut self.cells {
            self.spare.truncate(rows.len() * d);
            for (to, &from) in self.spare.chunks_exact_mut(d).zip(rows) {
                to.copy_from_slice(&cells[from as usize * d..][..d]);
            }
            std::mem::swap(cells, &mut self.spare);
        }
    }
}

struct StudentDecoderLayer {
    recurrence: Ssru,
    cross_attention: CrossAttention,
    cross_attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl StudentDecoderLayer {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> NetworkResult<Self> {
        let (d, eps) = (config.d_model, config.layer_norm_eps);
        let (attention, norm) = (
            format!("{path}.encoder_attn"),
            format!("{path}.encoder_attn_layer_norm"),
        );
        let sizes = (d, config.ffn_dim);
        Ok(Self {
            recurrence: Ssru::load(config, weights, path)?,
            cross_attention: CrossAttention::load(weights, &attention, config.attention_heads, d)?,
            cross_attention_norm: weights.layer_norm(&norm, d, eps)?,
            feed_forward: FeedForward::load(weights, path, sizes, Activation::Relu, eps)?,
        })
    }
}

/// Simpler simple recurrent unit, in place of the decoder's self-attention.
struct Ssru {
    /// Candidates, then forget gates.
    input_forget: Linear,
    norm: LayerNorm,
}

impl Ssru {
    fn load(config: &StudentConfig, weights: &Weights<'_>, path: &str) -> NetworkResult<Self> {
        let d = config.d_model;
        let input = weights.matrix(&format!("{path}.rnn.w.weight"), d, d)?;
        let forget = weights.projection(&format!("{path}.rnn.wf"), d, d)?;
        let norm = format!("{path}.rnn_layer_norm");
        Ok(Self {
            input_forget: Linear::joined(vec![(input, vec![0.; d]), forget])?,
            norm: weights.layer_norm(&norm, d, config.layer_norm_eps)?,
        })
    }

    /// One step: updates `x` and `cells`, both `[r, d]`, in place.
    fn forward(&self, cpu: Cpu, x: &mut [f32], cells: &mut [f32], workspace: &mut Workspace) {
        let projected = scratch(&mut workspace.projected, 2 * x.len());
        self.input_forget
            .forward(cpu, x, false, &mut workspace.quantised, projected);
        let added = scratch(&mut workspace.added, x.len());
        recur(cpu, projected, self.input_forget.output() / 2, cells, added);
        self.norm.add_and_normalise(cpu, x, added);
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
