//! Marian's transformers (Junczys-Dowmunt et al. 2018, "Marian: Fast Neural Machine Translation in C++"), such as
//! Helsinki-NLP's `opus-mt-de-en`, from the files that Hugging Face has of them.
//!
//! Post-norm blocks, sinusoidal positions, a bias on the output layer. The vocabularies are two SentencePiece models whose
//! pieces have their ids from `vocab.json`.
//!
//! Shapes: `n` tokens of all sources of a batch, `r` rows (hypotheses) in the decoder, width `d`.

use std::collections::HashMap;

use crate::model::error::NetworkResult;
use serde::Deserialize;

use super::decoder::{BatchDecoder, DecoderRows, DecoderState};
use super::output::Output;
use super::transformer::{
    self, CrossAttention, EncoderLayer, FeedForward, Positions, SelfAttention, Workspace,
    check_positions, scratch, sinusoids,
};
use crate::model::generation::Generation;
use crate::model::kernels::activation::Activation;
use crate::model::kernels::attention::ScoreBias;
use crate::model::kernels::cpu::Cpu;
use crate::model::kernels::kv_cache::{BeamAncestry, KvCache};
use crate::model::kernels::matrix::Matrix;
use crate::model::kernels::norm::LayerNorm;
use crate::model::opened::{Architecture, Opened, Parts, Problem};
use crate::model::tensors::{self, Loader, Network};
use crate::model::vocabulary::Vocabulary;
use crate::model::weights::Weights;
use crate::model::{Decoder, EncoderOutput, Seq2Seq, too_long};

/// Marian's transformers, of Hugging Face transformers' `MarianMTModel`.
pub const MARIAN: Architecture = Architecture {
    model_type: "marian",
    class: Some("MarianMTModel"),
    eight_bit: true,
    summarizes: false,
    build,
};

/// Epsilon of the layer norms, that of Hugging Face transformers.
const EPSILON: f64 = 1e-5;

/// The fields of `config.json` that matter here.
#[derive(Debug, Clone, Deserialize)]
struct MarianConfig {
    vocab_size: usize,
    decoder_vocab_size: Option<usize>,
    d_model: usize,
    encoder_layers: usize,
    decoder_layers: usize,
    encoder_attention_heads: usize,
    decoder_attention_heads: usize,
    encoder_ffn_dim: usize,
    decoder_ffn_dim: usize,
    activation_function: Activation,
    max_position_embeddings: usize,
    #[serde(default)]
    scale_embedding: bool,
    #[serde(default = "yes")]
    share_encoder_decoder_embeddings: bool,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    #[serde(default)]
    normalize_before: bool,
    #[serde(default)]
    normalize_embedding: bool,
    #[serde(default)]
    eos_token_id: u32,
    pad_token_id: u32,
    decoder_start_token_id: Option<u32>,
}

fn yes() -> bool {
    true
}

impl MarianConfig {
    fn check(&self) -> Result<(), String> {
        let sizes = [
            self.vocab_size,
            self.target_size(),
            self.d_model,
            self.encoder_layers,
            self.decoder_layers,
            self.encoder_attention_heads,
            self.decoder_attention_heads,
            self.encoder_ffn_dim,
            self.decoder_ffn_dim,
        ];
        // Above every published model; a guard against sizes that only exhaust memory.
        if sizes.iter().any(|&size| size == 0 || size > 1 << 20) {
            return Err("it has a size of zero or beyond a million".into());
        }
        let heads = [self.encoder_attention_heads, self.decoder_attention_heads];
        if heads
            .iter()
            .any(|&heads| !self.d_model.is_multiple_of(heads))
            || !self.d_model.is_multiple_of(2)
        {
            return Err("d_model must be even and a multiple of the attention heads".into());
        }
        if self.max_position_embeddings < 16 || self.max_position_embeddings > 1 << 14 {
            return Err("max_position_embeddings must lie between 16 and 16384".into());
        }
        check_positions(self.max_position_embeddings, self.d_model)?;
        if self.normalize_before || self.normalize_embedding {
            return Err("norms before the blocks are not supported".into());
        }
        if self.share_encoder_decoder_embeddings && self.target_size() != self.vocab_size {
            return Err("one embedding cannot have two sizes".into());
        }
        let ids = [self.eos_token_id, self.pad_token_id, self.start()];
        if (ids.iter()).any(|&id| id as usize >= self.vocab_size.min(self.target_size())) {
            return Err("a special token lies outside the vocabulary".into());
        }
        Ok(())
    }

    fn target_size(&self) -> usize {
        self.decoder_vocab_size.unwrap_or(self.vocab_size)
    }

    fn start(&self) -> u32 {
        self.decoder_start_token_id.unwrap_or(self.pad_token_id)
    }

    fn embedding_scale(&self) -> f32 {
        match self.scale_embedding {
            true => (self.d_model as f32).sqrt(),
            false => 1.,
        }
    }
}

/// Builds the network and its vocabularies.
///
/// # Errors
/// When a file is malformed or does not fit the others.
fn build(opened: &Opened<'_>) -> Result<Parts, Problem> {
    let config: MarianConfig = opened.config()?;
    let wrong = |problem| Problem {
        file: "config.json",
        problem,
    };
    config.check().map_err(wrong)?;
    let eos = config.eos_token_id;
    let mut generation = opened.generation(eos)?;
    let start = *generation.start.get_or_insert(config.start());
    if start as usize >= config.target_size() {
        return Err(wrong("its start token lies outside the vocabulary".into()));
    }
    // The decoder has no more positions; the start token takes the first.
    generation.max_tokens = (generation.max_tokens).min(config.max_position_embeddings - 1);
    let padding = vec![config.pad_token_id];
    if !generation.bad_words.contains(&padding) {
        generation.bad_words.push(padding);
    }
    let vocabulary = |model: &[u8], ids: Option<&[u8]>, size, (file, ids_file)| {
        let ids = ids.ok_or_else(|| (ids_file, "it is missing".to_owned()));
        let numbered = ids.and_then(|ids| {
            serde_json::from_slice::<HashMap<String, u32>>(ids)
                .map_err(|error| (ids_file, error.to_string()))
        });
        numbered
            .and_then(|numbered| {
                Vocabulary::renumbered(model, &numbered, size, eos)
                    .map_err(|problem| (file, problem))
            })
            .map_err(|(file, problem)| Problem { file, problem })
    };
    let files = opened.files;
    let (source_size, target_size) = (config.vocab_size, config.target_size());
    let ids = files.piece_ids.as_deref();
    let (target_ids, target_name) = match files.target_piece_ids.as_deref() {
        Some(ids) if !config.share_encoder_decoder_embeddings => (Some(ids), "target_vocab.json"),
        _ => (ids, "vocab.json"),
    };
    opened.build(
        |weights| Marian::load(config.clone(), generation.clone(), weights),
        |loader| on_tensors(&config, generation.clone(), loader),
        || {
            let names = ("source.spm with vocab.json", "vocab.json");
            vocabulary(&files.source_vocabulary, ids, source_size, names)
        },
        || {
            let names = ("target.spm with its vocab.json", target_name);
            vocabulary(&files.target_vocabulary, target_ids, target_size, names)
        },
    )
}

/// The names that a file has for the embeddings and the matrix of the output layer, which may be one.
struct Names {
    source: &'static str,
    target: &'static str,
    head: &'static str,
}

impl Names {
    fn of(config: &MarianConfig, weights: &Weights<'_>) -> Self {
        let shared = "model.shared.weight";
        let (encoder, decoder, head) = (
            "model.encoder.embed_tokens.weight",
            "model.decoder.embed_tokens.weight",
            "lm_head.weight",
        );
        // Files keep a matrix with several names under one of them, or under all.
        let target = weights.first(&match config.share_encoder_decoder_embeddings {
            true => [shared, decoder, encoder, head],
            false => [decoder, shared, head, decoder],
        });
        Self {
            source: match config.share_encoder_decoder_embeddings {
                true => target,
                false => encoder,
            },
            target,
            head: match config.tie_word_embeddings || !weights.has(head) {
                true => target,
                false => head,
            },
        }
    }
}

/// `[target vocabulary]`.
fn output_bias(config: &MarianConfig, weights: &Weights<'_>) -> NetworkResult<Vec<f32>> {
    let name = "final_logits_bias";
    match weights.has(name) {
        true => weights.values(name, &[1, config.target_size()]),
        false => Ok(vec![0.; config.target_size()]),
    }
}

/// The network as candle tensors.
fn on_tensors(
    config: &MarianConfig,
    generation: Generation,
    loader: &Loader<'_>,
) -> NetworkResult<Network> {
    let d = config.d_model;
    let positions = sinusoids(config.max_position_embeddings, d, d / 2);
    let positions = loader.to_device(positions)?.reshape(((), d))?;
    let names = Names::of(config, loader.weights);
    let embedding = |name, size| -> NetworkResult<_> {
        Ok(tensors::EmbeddingTensors {
            matrix: loader.matrix(name, size, d)?,
            scale: f64::from(config.embedding_scale()),
            positions: Some(positions.clone()),
        })
    };
    let target = embedding(names.target, config.target_size())?;
    let head = match names.head == names.target {
        true => target.matrix.clone(),
        false => loader.matrix(names.head, config.target_size(), d)?,
    };
    let activation = config.activation_function;
    let encoder_layer = |i| {
        let path = format!("model.encoder.layers.{i}");
        let (sizes, heads) = ((d, config.encoder_ffn_dim), config.encoder_attention_heads);
        loader.encoder_layer(&path, sizes, heads, activation, EPSILON)
    };
    let decoder_layer = |i| -> NetworkResult<_> {
        let path = format!("model.decoder.layers.{i}");
        let (sizes, heads) = ((d, config.decoder_ffn_dim), config.decoder_attention_heads);
        let norm = |name: &str| loader.post_norm(&format!("{path}.{name}_layer_norm"), d, EPSILON);
        let attention = |name: &str| loader.attention(&format!("{path}.{name}"), heads, d);
        Ok(tensors::DecoderTensors {
            self_block: tensors::SelfBlock::Attention(attention("self_attn")?),
            self_norm: norm("self_attn")?,
            cross: attention("encoder_attn")?,
            cross_norm: norm("encoder_attn")?,
            feed_forward: loader.feed_forward(&path, sizes, activation)?,
            feed_forward_norm: norm("final")?,
        })
    };
    Ok(Network {
        device: loader.device.clone(),
        eos: config.eos_token_id,
        start: Some(generation.start.unwrap_or(config.start())),
        generation,
        max_source_tokens: config.max_position_embeddings,
        max_target_tokens: config.max_position_embeddings,
        output_scale: 1.,
        output: candle_nn::Linear::new(
            head,
            Some(loader.to_device(output_bias(config, loader.weights)?)?),
        ),
        encoder: tensors::Stack::new(
            embedding(names.source, config.vocab_size)?,
            config.encoder_layers,
            encoder_layer,
        )?,
        decoder: tensors::Stack::new(target, config.decoder_layers, decoder_layer)?,
    })
}

/// The network with its weights.
struct Marian {
    cpu: Cpu,
    config: MarianConfig,
    generation: Generation,
    /// `[source vocabulary, d]`; none if it is that of the target.
    source_embedding: Option<Matrix>,
    /// `[target vocabulary, d]`; none if it is the matrix of the output layer.
    target_embedding: Option<Matrix>,
    output: Output,
    positions: Positions,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<MarianDecoderLayer>,
}

impl Marian {
    fn load(
        config: MarianConfig,
        generation: Generation,
        weights: &Weights<'_>,
    ) -> NetworkResult<Self> {
        let d = config.d_model;
        let Names {
            source: source_name,
            target: target_name,
            head: head_name,
        } = Names::of(&config, weights);
        let matrix = |name: &str, size| weights.matrix(name, size, d);
        let other =
            |name: &str, than: &str, size| (name != than).then(|| matrix(name, size)).transpose();
        let (source_size, target_size) = (config.vocab_size, config.target_size());
        let sizes = (d, config.encoder_ffn_dim);
        let activation = config.activation_function;
        Ok(Self {
            cpu: Cpu::detect(),
            source_embedding: other(source_name, target_name, source_size)?,
            target_embedding: other(target_name, head_name, target_size)?,
            output: Output::new(
                matrix(head_name, target_size)?,
                output_bias(&config, weights)?,
            ),
            positions: {
                let scale = config.embedding_scale();
                Positions::new(config.max_position_embeddings, d, d / 2, scale)
            },
            encoder: (0..config.encoder_layers)
                .map(|i| {
                    let path = format!("model.encoder.layers.{i}");
                    let heads = config.encoder_attention_heads;
                    EncoderLayer::load(weights, &path, sizes, heads, activation, EPSILON)
                })
                .collect::<NetworkResult<_>>()?,
            decoder: (0..config.decoder_layers)
                .map(|i| {
                    MarianDecoderLayer::load(&config, weights, &format!("model.decoder.layers.{i}"))
                })
                .collect::<NetworkResult<_>>()?,
            config,
            generation,
        })
    }

    fn target_embedding(&self) -> &Matrix {
        let embedding = self.target_embedding.as_ref();
        embedding.unwrap_or(self.output.matrix())
    }
}

impl Seq2Seq for Marian {
    fn max_source_tokens(&self) -> usize {
        self.config.max_position_embeddings
    }

    fn eos(&self) -> u32 {
        self.config.eos_token_id
    }

    fn generation(&self) -> &Generation {
        &self.generation
    }

    fn encode(&self, batch: &[&[u32]]) -> NetworkResult<EncoderOutput> {
        let embedding = self.source_embedding.as_ref();
        let embedding = embedding.unwrap_or_else(|| self.target_embedding());
        let embed = |id, x: &mut [f32]| embedding.embed(id, x);
        let most = self.max_source_tokens();
        transformer::encode(self.cpu, embed, &self.positions, &self.encoder, batch, most)
    }

    fn decoder(
        &self,
        encoded: &EncoderOutput,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
    ) -> NetworkResult<Box<dyn Decoder + '_>> {
        let layers = self.decoder.iter().map(|layer| &layer.cross_attention);
        let state = MarianState {
            network: self,
            position: 0,
            ancestry: BeamAncestry::new(encoded.lengths.len() * beam),
            caches: self.decoder.iter().map(|_| KvCache::default()).collect(),
        };
        let (cpu, output) = (self.cpu, &self.output);
        let decoder = BatchDecoder::new(cpu, layers, output, encoded, beam, shortlists, state)?;
        Ok(Box::new(decoder))
    }
}

/// The targets of one batch so far.
struct MarianState<'a> {
    network: &'a Marian,
    position: usize,
    ancestry: BeamAncestry,
    /// For each layer.
    caches: Vec<KvCache>,
}

impl DecoderState for MarianState<'_> {
    fn step(&mut self, previous: &[u32], rows: &mut DecoderRows<'_>) -> NetworkResult<()> {
        let network = self.network;
        let (cpu, d) = (network.cpu, network.config.d_model);
        if self.position >= network.config.max_position_embeddings {
            return Err(too_long(self.position));
        }
        let start = network.generation.start.unwrap_or(network.config.start());
        let ids = previous.iter().copied().chain(std::iter::repeat(start));
        let embedding = network.target_embedding();
        for (x, id) in rows.x.chunks_exact_mut(d).zip(ids) {
            embedding.embed(id, x)?;
            network.positions.place(self.position, x);
        }
        self.position += 1;
        self.ancestry.step();
        let score_bias = ScoreBias::scaled(d / network.config.decoder_attention_heads);
        let (x, workspace) = (&mut rows.x, &mut rows.workspace);
        for (i, layer) in network.decoder.iter().enumerate() {
            let cache = (&mut self.caches[i], &self.ancestry);
            layer.attend(cpu, x, cache, score_bias.scale, workspace);
            let cross = (&mut rows.cross, i);
            (layer.cross_attention).attend(cpu, x, cross, score_bias, workspace);
            let added = scratch(&mut workspace.added, x.len());
            layer.cross_attention_norm.add_and_normalise(cpu, x, added);
            layer.feed_forward.forward(cpu, x, workspace);
        }
        rows.logits.compute(cpu, x, &mut workspace.quantised);
        Ok(())
    }

    fn reorder(&mut self, rows: &[u32]) {
        self.ancestry.reorder(rows);
    }
}

struct MarianDecoderLayer {
    self_attention: SelfAttention,
    self_attention_norm: LayerNorm,
    cross_attention: CrossAttention,
    cross_attention_norm: LayerNorm,
    feed_forward: FeedForward,
}

impl MarianDecoderLayer {
    fn load(config: &MarianConfig, weights: &Weights<'_>, path: &str) -> NetworkResult<Self> {
        let (d, heads) = (config.d_model, config.decoder_attention_heads);
        let norm =
            |name: &str| weights.layer_norm(&format!("{path}.{name}_layer_norm"), d, EPSILON);
        let (own, cross) = (format!("{path}.self_attn"), format!("{path}.encoder_attn"));
        let sizes = (d, config.decoder_ffn_dim);
        let activation = config.activation_function;
        Ok(Self {
            self_attention: SelfAttention::load(weights, &own, heads, d)?,
            self_attention_norm: norm("self_attn")?,
            cross_attention: CrossAttention::load(weights, &cross, heads, d)?,
            cross_attention_norm: norm("encoder_attn")?,
            feed_forward: FeedForward::load(weights, path, sizes, activation, EPSILON)?,
        })
    }

    /// Self-attention of each row of `x` `[r, d]` to its target so far, residual connection and norm.
    fn attend(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        cache: (&mut KvCache, &BeamAncestry),
        scale: f32,
        workspace: &mut Workspace,
    ) {
        let d = self.self_attention.output.output();
        let rows = x.len() / d;
        (self.self_attention).attend_cache(cpu, x, rows, cache, (scale, &[]), workspace);
        let context = &workspace.context[..x.len()];
        let added = scratch(&mut workspace.added, x.len());
        let quantised = &mut workspace.quantised;
        let output = &self.self_attention.output;
        output.forward(cpu, context, false, quantised, added);
        self.self_attention_norm.add_and_normalise(cpu, x, added);
    }
}
