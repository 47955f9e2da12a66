//! T5 (Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer"), its
//! version 1.1 with gated feed-forward blocks (Shazeer 2020, "GLU Variants Improve Transformer") and mT5 (Xue et al.
//! 2021), from the files that Hugging Face has of them.
//!
//! Unlike other transformers, it has pre-norm blocks with root mean square norms, no biases in linear layers, unscaled dot
//! products in attention, and instead of positional embeddings a relative position bias: one learned value for each head
//! and bucket of distances, the same in all layers.
//!
//! Shapes: `n` tokens of all sources of a batch, `r` rows (hypotheses) in the decoder, width `d`, width `a` of all heads
//! together, which need not be `d`.

use crate::model::error::NetworkResult;
use serde::Deserialize;

use super::decoder::{BatchDecoder, DecoderRows, DecoderState};
use super::output::Output;
use super::transformer::{
    CHUNK, CrossAttention, CrossAttentionCache, Projection, SelfAttention, Workspace, scratch,
};
use crate::model::generation::Generation;
use crate::model::kernels::activation::Activation;
use crate::model::kernels::attention::ScoreBias;
use crate::model::kernels::cpu::Cpu;
use crate::model::kernels::kv_cache::{BeamAncestry, KvCache};
use crate::model::kernels::matrix::{FloatMatrix, Linear, Matrix};
use crate::model::kernels::norm::RmsNorm;
use crate::model::opened::{Architecture, Opened, Parts, Problem};
use crate::model::tensors::{self, Loader, Network};
use crate::model::vocabulary::Vocabulary;
use crate::model::weights::Weights;
use crate::model::{Decoder, EncoderOutput, Seq2Seq, lengths};

/// T5, versions 1.0 and 1.1.
pub const T5: Architecture = Architecture {
    model_type: "t5",
    class: Some("T5ForConditionalGeneration"),
    eight_bit: true,
    summarizes: true,
    build,
};

/// Its multilingual version.
pub const MT5: Architecture = Architecture {
    model_type: "mt5",
    class: Some("MT5ForConditionalGeneration"),
    ..T5
};

/// Tokens of the longest source where `config.json` does not say: what these networks were trained with.
const USUAL_TOKENS: usize = 512;

/// The fields of `config.json` that matter here.
#[derive(Debug, Clone, Deserialize)]
struct T5Config {
    #[serde(default)]
    model_type: String,
    vocab_size: usize,
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    #[serde(default = "buckets")]
    relative_attention_num_buckets: usize,
    #[serde(default = "max_distance")]
    relative_attention_max_distance: usize,
    #[serde(default = "epsilon")]
    layer_norm_epsilon: f64,
    feed_forward_proj: Option<String>,
    tie_word_embeddings: Option<bool>,
    /// The field in newer versions of transformers.
    scale_decoder_outputs: Option<bool>,
    eos_token_id: Option<u32>,
    decoder_start_token_id: Option<u32>,
    pad_token_id: Option<u32>,
    n_positions: Option<usize>,
}

fn buckets() -> usize {
    32
}

fn max_distance() -> usize {
    128
}

fn epsilon() -> f64 {
    1e-6
}

impl T5Config {
    fn check(&self) -> Result<(), String> {
        let sizes = [
            self.vocab_size,
            self.d_model,
            self.d_kv,
            self.d_ff,
            self.num_layers,
            self.decoder_layers(),
            self.num_heads,
            self.relative_attention_num_buckets,
            self.relative_attention_max_distance,
        ];
        // Above every published model; a guard against sizes that only exhaust memory.
        if sizes.iter().any(|&size| size == 0 || size > 1 << 20) {
            return Err("it has a size of zero or beyond a million".into());
        }
        let (buckets, distance) = (sizes[7], sizes[8]);
        if buckets < 4
            || !buckets.is_multiple_of(2)
            || distance <= buckets / 2
            || distance > 1 << 14
        {
            return Err("its buckets of distances make no sense".into());
        }
        if self.num_heads > 1 << 10 || self.d_kv > 1 << 14 {
            return Err("its heads are too many or too wide".into());
        }
        // Attention weights of one source, as candle's tensors hold them all at once.
        let tokens = self.max_source_tokens();
        if self.num_heads * tokens * tokens > 1 << 29 {
            return Err("its heads and positions are too many".into());
        }
        if [self.eos(), self.start()]
            .iter()
            .any(|&id| id as usize >= self.vocab_size)
        {
            return Err(
                "eos_token_id or decoder_start_token_id lies outside the vocabulary".into(),
            );
        }
        Ok(())
    }

    fn decoder_layers(&self) -> usize {
        self.num_decoder_layers.unwrap_or(self.num_layers)
    }

    fn eos(&self) -> u32 {
        self.eos_token_id.unwrap_or(1)
    }

    fn start(&self) -> u32 {
        let pad = self.pad_token_id.unwrap_or(0);
        self.decoder_start_token_id.unwrap_or(pad)
    }

    /// Width of all heads together.
    fn heads_width(&self) -> usize {
        self.num_heads * self.d_kv
    }

    fn max_source_tokens(&self) -> usize {
        self.n_positions.unwrap_or(USUAL_TOKENS).clamp(16, 1 << 12)
    }

    /// Factor of the decoder's states before the output layer.
    fn output_scale(&self) -> f32 {
        match self.scales_output() {
            true => (self.d_model as f32).sqrt().recip(),
            false => 1.,
        }
    }

    /// T5 v1.0 scales what goes into its output layer, which is its embedding; later versions do not, and transformers
    /// takes for the sign of that `tie_word_embeddings: false`. mT5 never does.
    fn scales_output(&self) -> bool {
        let tied = self.tie_word_embeddings.unwrap_or(true);
        self.model_type != "mt5" && self.scale_decoder_outputs.unwrap_or(tied)
    }

    /// The function inside the feed-forward blocks, and whether it is a gate.
    fn activation(&self) -> Result<(Activation, bool), String> {
        let name = self.feed_forward_proj.as_deref().unwrap_or("relu");
        let unknown = || format!("feed_forward_proj is {name:?}, which is not supported");
        // The gated gelu of T5 is the one with a hyperbolic tangent, whatever its name says.
        match name.strip_prefix("gated-") {
            Some("gelu") => Ok((Activation::GeluTanh, true)),
            gate => serde_json::from_value(gate.unwrap_or(name).into())
                .map(|activation| (activation, gate.is_some()))
                .map_err(|_| unknown()),
        }
    }
}

/// Builds the network and its vocabulary.
///
/// # Errors
/// When a file is malformed or does not fit the others.
fn build(opened: &Opened<'_>) -> Result<Parts, Problem> {
    let config: T5Config = opened.config()?;
    let wrong = |problem| Problem {
        file: "config.json",
        problem,
    };
    config.check().map_err(wrong)?;
    let activation = config.activation().map_err(wrong)?;
    let (eos, size) = (config.eos(), config.vocab_size);
    let mut generation = opened.generation(eos)?;
    let start = *generation.start.get_or_insert(config.start());
    if start as usize >= size {
        return Err(wrong("its start token lies outside the vocabulary".into()));
    }
    let vocabulary = |bytes| {
        // There is room for the sentinels `<extra_id_0>` … and a rest that fills up the matrix.
        let vocabulary = Vocabulary::read(bytes, eos, None).and_then(|read| read.within(size));
        let file = "spiece.model or tokenizer.json";
        vocabulary.map_err(|problem| Problem { file, problem })
    };
    let files = opened.files;
    opened.build(
        |weights| T5Network::load(config.clone(), activation, generation.clone(), weights),
        |loader| on_tensors(&config, activation, generation.clone(), loader),
        || vocabulary(&files.source_vocabulary),
        || vocabulary(&files.target_vocabulary),
    )
}

/// The names that files have for the embedding, and for the matrix of the output layer if it is another.
const EMBEDDING: [&str; 3] = [
    "shared.weight",
    "encoder.embed_tokens.weight",
    "decoder.embed_tokens.weight",
];
const HEAD: &str = "lm_head.weight";

/// The network as candle tensors.
fn on_tensors(
    config: &T5Config,
    (activation, gated): (Activation, bool),
    generation: Generation,
    loader: &Loader<'_>,
) -> NetworkResult<Network> {
    let (d, a, inner) = (config.d_model, config.heads_width(), config.d_ff);
    let eps = config.layer_norm_epsilon;
    let matrix = loader.matrix(loader.weights.first(&EMBEDDING), config.vocab_size, d)?;
    let head = match loader.weights.has(HEAD) {
        true => loader.matrix(HEAD, config.vocab_size, d)?,
        false => matrix.clone(),
    };
    let norm = |path: &str| -> NetworkResult<_> {
        let norm = loader.rms_norm(&format!("{path}.layer_norm"), d, eps)?;
        Ok(tensors::Norm::Pre(norm))
    };
    let attention = |path: &str| -> NetworkResult<_> {
        Ok(tensors::Attention {
            heads: config.num_heads,
            scale: 1.,
            query: loader.product(&format!("{path}.q"), a, d)?,
            key: loader.product(&format!("{path}.k"), a, d)?,
            value: loader.product(&format!("{path}.v"), a, d)?,
            output: loader.product(&format!("{path}.o"), d, a)?,
        })
    };
    let feed_forward = |path: &str| -> NetworkResult<_> {
        let part = |name: &str, output, input| {
            loader.product(&format!("{path}.DenseReluDense.{name}"), output, input)
        };
        Ok(tensors::FeedForwardTensors {
            input: part(if gated { "wi_0" } else { "wi" }, inner, d)?,
            gated: gated.then(|| part("wi_1", inner, d)).transpose()?,
            activation: activation.on_tensors(),
            output: part("wo", d, inner)?,
        })
    };
    let encoder_layer = |i| -> NetworkResult<_> {
        let path = |block: usize| format!("encoder.block.{i}.layer.{block}");
        Ok(tensors::EncoderTensors {
            attention: attention(&format!("{}.SelfAttention", path(0)))?,
            attention_norm: norm(&path(0))?,
            feed_forward: feed_forward(&path(1))?,
            feed_forward_norm: norm(&path(1))?,
        })
    };
    let decoder_layer = |i| -> NetworkResult<_> {
        let path = |block: usize| format!("decoder.block.{i}.layer.{block}");
        Ok(tensors::DecoderTensors {
            self_block: tensors::SelfBlock::Attention(attention(&format!(
                "{}.SelfAttention",
                path(0)
            ))?),
            self_norm: norm(&path(0))?,
            cross: attention(&format!("{}.EncDecAttention", path(1)))?,
            cross_norm: norm(&path(1))?,
            feed_forward: feed_forward(&path(2))?,
            feed_forward_norm: norm(&path(2))?,
        })
    };
    let max_source_tokens = config.max_source_tokens();
    let (reach, most) = (
        max_source_tokens - 1,
        config.relative_attention_max_distance,
    );
    let around = -(reach as isize)..=reach as isize;
    let embedding = || tensors::EmbeddingTensors {
        matrix: matrix.clone(),
        scale: 1.,
        positions: None,
    };
    let last_norm = |stack: &str| {
        loader
            .rms_norm(&format!("{stack}.final_layer_norm"), d, eps)
            .map(Some)
    };
    Ok(Network {
        device: loader.device.clone(),
        eos: config.eos(),
        start: Some(generation.start.unwrap_or(config.start())),
        max_source_tokens,
        max_target_tokens: generation.max_tokens,
        generation,
        output_scale: f64::from(config.output_scale()),
        output: candle_nn::Linear::new(head, None),
        encoder: tensors::Stack {
            relative_bias: Some(tensors::RelativePositionBias {
                values: relative_bias(config, loader.weights, "encoder", around)?,
                reach,
            }),
            norm: last_norm("encoder")?,
            ..tensors::Stack::new(embedding(), config.num_layers, encoder_layer)?
        },
        decoder: tensors::Stack {
            relative_bias: Some(tensors::RelativePositionBias {
                values: relative_bias(config, loader.weights, "decoder", 0..=most as isize)?,
                reach: most,
            }),
            norm: last_norm("decoder")?,
            ..tensors::Stack::new(embedding(), config.decoder_layers(), decoder_layer)?
        },
    })
}

/// The network with its weights.
struct T5Network {
    cpu: Cpu,
    config: T5Config,
    generation: Generation,
    /// `[vocabulary, d]`; none if it is the matrix of the output layer.
    embedding: Option<Matrix>,
    output: Output,
    /// Factor of the decoder's states before the output layer.
    output_scale: f32,
    encoder: Vec<T5EncoderLayer>,
    encoder_norm: RmsNorm,
    /// Relative position bias `[heads, 2 · reach + 1]`, of keys before and after the query.
    encoder_bias: Vec<f32>,
    decoder: Vec<T5DecoderLayer>,
    decoder_norm: RmsNorm,
    /// Relative position bias `[heads, max_distance + 1]`, of keys so many steps ago or more.
    decoder_bias: Vec<f32>,
}

impl T5Network {
    fn load(
        config: T5Config,
        activation: (Activation, bool),
        mut generation: Generation,
        weights: &Weights<'_>,
    ) -> NetworkResult<Self> {
        let (d, size, eps) = (config.d_model, config.vocab_size, config.layer_norm_epsilon);
        generation.start.get_or_insert(config.start());
        // Files keep a matrix with several names once.
        let embedding = weights.matrix(weights.first(&EMBEDDING), size, d)?;
        let head = (weights.has(HEAD))
            .then(|| weights.matrix(HEAD, size, d))
            .transpose()?;
        let (embedding, head) = match head {
            Some(head) => (Some(embedding), head),
            None => (None, embedding),
        };
        let norm = |stack: &str| weights.rms_norm(&format!("{stack}.final_layer_norm"), d, eps);
        let reach = config.max_source_tokens() as isize - 1;
        let most = config.relative_attention_max_distance as isize;
        Ok(Self {
            cpu: Cpu::detect(),
            generation,
            embedding,
            output: Output::new(head, vec![0.; size]),
            output_scale: config.output_scale(),
            encoder: (0..config.num_layers)
                .map(|i| T5EncoderLayer::load(&config, activation, weights, i))
                .collect::<NetworkResult<_>>()?,
            encoder_norm: norm("encoder")?,
            encoder_bias: relative_bias(&config, weights, "encoder", -reach..=reach)?,
            decoder: (0..config.decoder_layers())
                .map(|i| T5DecoderLayer::load(&config, activation, weights, i))
                .collect::<NetworkResult<_>>()?,
            decoder_norm: norm("decoder")?,
            decoder_bias: relative_bias(&config, weights, "decoder", 0..=most)?,
            config,
        })
    }

    fn embed(&self, id: u32, out: &mut [f32]) -> NetworkResult<()> {
        let embedding = self.embedding.as_ref();
        embedding.unwrap_or(self.output.matrix()).embed(id, out)
    }
}

/// Relative position bias of each head and each of `distances`: in the encoder from the query to keys after it, in the
/// decoder to keys so many steps ago.
fn relative_bias(
    config: &T5Config,
    weights: &Weights<'_>,
    stack: &str,
    distances: std::ops::RangeInclusive<isize>,
) -> NetworkResult<Vec<f32>> {
    let (heads, count) = (config.num_heads, config.relative_attention_num_buckets);
    let most = config.relative_attention_max_distance;
    let name = format!("{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    let values = weights.values(&name, &[count, heads])?;
    let bucket = |distance: isize| match stack {
        "encoder" => {
            let half = count / 2;
            let behind = if distance > 0 { half } else { 0 };
            behind + bucket(distance.unsigned_abs(), half, most)
        }
        _ => bucket(distance.unsigned_abs(), count, most),
    };
    let of_head = |head: usize| (distances.clone()).map(move |i| (head, bucket(i)));
    let places = (0..heads).flat_map(of_head);
    Ok(places
        .map(|(head, bucket)| values[bucket * heads + head])
        .collect())
}

/// The bucket of a distance, of `count`: each of the first half takes one distance, the others ever wider ranges
/// up to `most`, and the last all beyond.
fn bucket(distance: usize, count: usize, most: usize) -> usize {
    let exact = count / 2;
    if distance < exact {
        return distance;
    }
    // In f32, as the networks were trained.
    let ratio = (distance as f32 / exact as f32).ln() / (most as f64 / exact as f64).ln() as f32;
    (exact + (ratio * (count - exact) as f32) as usize).min(count - 1)
}

impl Seq2Seq for T5Network {
    fn max_source_tokens(&self) -> usize {
        self.config.max_source_tokens()
    }

    fn eos(&self) -> u32 {
        self.config.eos()
    }

    fn generation(&self) -> &Generation {
        &self.generation
    }

    fn encode(&self, batch: &[&[u32]]) -> NetworkResult<EncoderOutput> {
        let d = self.config.d_model;
        let lengths = lengths(batch, self.max_source_tokens())?;
        let mut x = vec![0.; lengths.iter().sum::<usize>() * d]; // [n, d]
        for (x, &id) in x.chunks_exact_mut(d).zip(batch.iter().copied().flatten()) {
            self.embed(id, x)?;
        }
        let score_bias = ScoreBias {
            relative_bias: &self.encoder_bias,
            reach: self.max_source_tokens() - 1,
            ..ScoreBias::unscaled()
        };
        let mut workspace = Workspace::default();
        for layer in &self.encoder {
            layer.forward(self.cpu, &mut x, &lengths, score_bias, &mut workspace);
        }
        let mut states = vec![0.; x.len()];
        self.encoder_norm.normalise(self.cpu, &x, &mut states);
        Ok(EncoderOutput {
            states,
            width: d,
            lengths,
        })
    }

    fn decoder(
        &self,
        encoded: &EncoderOutput,
        beam: usize,
        shortlists: Option<Vec<Vec<u32>>>,
    ) -> NetworkResult<Box<dyn Decoder + '_>> {
        let layers = self.decoder.iter().map(|layer| &layer.cross_attention);
        let state = T5State {
            network: self,
            steps: 0,
            ancestry: BeamAncestry::new(encoded.lengths.len() * beam),
            caches: self.decoder.iter().map(|_| KvCache::default()).collect(),
            relative_bias: Vec::new(),
        };
        let (cpu, output) = (self.cpu, &self.output);
        let decoder = BatchDecoder::new(cpu, layers, output, encoded, beam, shortlists, state)?;
        Ok(Box::new(decoder))
    }
}

/// The targets of one batch so far.
struct T5State<'a> {
    network: &'a T5Network,
    steps: usize,
    ancestry: BeamAncestry,
    /// For each layer.
    caches: Vec<KvCache>,
    /// Of this step: `[heads, steps]`.
    relative_bias: Vec<f32>,
}

impl DecoderState for T5State<'_> {
    fn step(&mut self, previous: &[u32], rows: &mut DecoderRows<'_>) -> NetworkResult<()> {
        let network = self.network;
        let (cpu, d) = (network.cpu, network.config.d_model);
        let start = network.generation.start.unwrap_or_default();
        let ids = previous.iter().copied().chain(std::iter::repeat(start));
        for (x, id) in rows.x.chunks_exact_mut(d).zip(ids) {
            network.embed(id, x)?;
        }
        self.steps += 1;
        self.ancestry.step();
        let most = network.config.relative_attention_max_distance;
        self.relative_bias.clear();
        for of_head in network.decoder_bias.chunks_exact(most + 1) {
            let ago = (0..self.steps).rev();
            (self.relative_bias).extend(ago.map(|ago| of_head[ago.min(most)]));
        }
        let (x, workspace) = (&mut rows.x, &mut rows.workspace);
        for (i, layer) in network.decoder.iter().enumerate() {
            let cache = (&mut self.caches[i], &self.ancestry);
            layer.attend_cache(cpu, x, cache, (1., &self.relative_bias), workspace);
            layer.attend_sources(cpu, x, (&mut rows.cross, i), workspace);
            layer.feed_forward.forward(cpu, x, workspace);
        }
        let mut states = std::mem::take(&mut workspace.normed);
        let normed = scratch(&mut states, x.len());
        network.decoder_norm.normalise(cpu, x, normed);
        for state in normed.iter_mut() {
            *state *= network.output_scale;
        }
        (rows.logits).compute(cpu, normed, &mut workspace.quantised);
        workspace.normed = states;
        Ok(())
    }

    fn reorder(&mut self, rows: &[u32]) {
        self.ancestry.reorder(rows);
    }
}

/// `{path}.weight` and no bias.
fn projection(
    weights: &Weights<'_>,
    path: &str,
    output: usize,
    input: usize,
) -> NetworkResult<Projection> {
    let matrix = weights.matrix(&format!("{path}.weight"), output, input)?;
    Ok((matrix, vec![0.; output]))
}

/// Queries, keys and values, then the output, of the attention at `path`.
fn projections(
    config: &T5Config,
    weights: &Weights<'_>,
    path: &str,
) -> NetworkResult<([Projection; 3], Projection)> {
    let (d, a) = (config.d_model, config.heads_width());
    let part = |name: &str| projection(weights, &format!("{path}.{name}"), a, d);
    let output = projection(weights, &format!("{path}.o"), d, a)?;
    Ok(([part("q")?, part("k")?, part("v")?], output))
}

/// The norm before the block at `path`.
fn norm(config: &T5Config, weights: &Weights<'_>, path: &str) -> NetworkResult<RmsNorm> {
    let path = format!("{path}.layer_norm");
    weights.rms_norm(&path, config.d_model, config.layer_norm_epsilon)
}

/// Feed-forward block: two linear layers with an activation between them; if it is gated, a third one is multiplied with
/// the activation.
struct T5FeedForward {
    norm: RmsNorm,
    /// `[inner, d]`, or gates and what they are for, `[2 · inner, d]`.
    input: Linear,
    activation: Activation,
    gated: bool,
    output: Linear,
}

impl T5FeedForward {
    fn load(
        config: &T5Config,
        (activation, gated): (Activation, bool),
        weights: &Weights<'_>,
        path: &str,
    ) -> NetworkResult<Self> {
        let (d, inner) = (config.d_model, config.d_ff);
        let part = |name| projection(weights, &format!("{path}.DenseReluDense.{name}"), inner, d);
        let input = match gated {
            true => vec![part("wi_0")?, part("wi_1")?],
            false => vec![part("wi")?],
        };
        // Some inputs of this layer are a thousand times the others, so 8 bits do not do: transformers keeps this
        // matrix in f32, too.
        let name = format!("{path}.DenseReluDense.wo.weight");
        let output = FloatMatrix::new(inner, weights.values(&name, &[d, inner])?);
        Ok(Self {
            norm: norm(config, weights, path)?,
            input: Linear::joined(input)?,
            activation,
            gated,
            output: Linear::new(&Matrix::Float(output), &vec![0.; d]),
        })
    }

    /// Transforms `x` `[rows, d]` in place.
    fn forward(&self, cpu: Cpu, x: &mut [f32], workspace: &mut Workspace) {
        let (d, width) = (self.output.output(), self.input.output());
        for x in x.chunks_mut(CHUNK * d) {
            let rows = x.len() / d;
            let normed = scratch(&mut workspace.normed, x.len());
            self.norm.normalise(cpu, x, normed);
            let hidden = scratch(&mut workspace.hidden, rows * width);
            let quantised = &mut workspace.quantised;
            self.input.forward(cpu, normed, false, quantised, hidden);
            let hidden = match self.gated {
                false => {
                    self.activation.apply(cpu, hidden);
                    hidden
                }
                true => {
                    let inner = width / 2;
                    let context = scratch(&mut workspace.context, rows * inner);
                    for (row, out) in hidden
                        .chunks_exact_mut(width)
                        .zip(context.chunks_exact_mut(inner))
                    {
                        let (gates, values) = row.split_at_mut(inner);
                        self.activation.apply(cpu, gates);
                        for ((out, gate), value) in out.iter_mut().zip(gates).zip(values) {
                            *out = *gate * *value;
                        }
                    }
                    context
                }
            };
            let added = scratch(&mut workspace.added, x.len());
            self.output.forward(cpu, hidden, false, quantised, added);
            add(x, added);
        }
    }
}

/// The residual connection.
fn add(x: &mut [f32], added: &[f32]) {
    for (x, added) in x.iter_mut().zip(added) {
        *x += added;
    }
}

struct T5EncoderLayer {
    norm: RmsNorm,
    attention: SelfAttention,
    feed_forward: T5FeedForward,
}

impl T5EncoderLayer {
    fn load(
        config: &T5Config,
        activation: (Activation, bool),
        weights: &Weights<'_>,
        i: usize,
    ) -> NetworkResult<Self> {
        let path = format!("encoder.block.{i}.layer");
        let (parts, output) = projections(config, weights, &format!("{path}.0.SelfAttention"))?;
        Ok(Self {
            norm: norm(config, weights, &format!("{path}.0"))?,
            attention: SelfAttention::new(config.num_heads, parts, output)?,
            feed_forward: T5FeedForward::load(config, activation, weights, &format!("{path}.1"))?,
        })
    }

    /// Transforms `x` `[n, d]` in place.
    fn forward(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        lengths: &[usize],
        score_bias: ScoreBias<'_>,
        workspace: &mut Workspace,
    ) {
        let mut normed = std::mem::take(&mut workspace.normed);
        let states = scratch(&mut normed, x.len());
        self.norm.normalise(cpu, x, states);
        let attention = &self.attention;
        attention.attend_sources(cpu, states, lengths, score_bias, workspace);
        workspace.normed = normed;
        add_output(cpu, x, &attention.output, workspace);
        self.feed_forward.forward(cpu, x, workspace);
    }
}

/// The output layer of attention and the residual connection: adds to `x` `[rows, d]`.
fn add_output(cpu: Cpu, x: &mut [f32], output: &Linear, workspace: &mut Workspace) {
    let rows = x.len() / output.output();
    let context = &workspace.context[..rows * output.input()];
    let added = scratch(&mut workspace.added, x.len());
    output.forward(cpu, context, false, &mut workspace.quantised, added);
    add(x, added);
}

struct T5DecoderLayer {
    norm: RmsNorm,
    attention: SelfAttention,
    cross_norm: RmsNorm,
    cross_attention: CrossAttention,
    feed_forward: T5FeedForward,
}

impl T5DecoderLayer {
    fn load(
        config: &T5Config,
        activation: (Activation, bool),
        weights: &Weights<'_>,
        i: usize,
    ) -> NetworkResult<Self> {
        let path = format!("decoder.block.{i}.layer");
        let heads = config.num_heads;
        let (own, own_output) = projections(config, weights, &format!("{path}.0.SelfAttention"))?;
        let (cross, cross_output) =
            projections(config, weights, &format!("{path}.1.EncDecAttention"))?;
        Ok(Self {
            norm: norm(config, weights, &format!("{path}.0"))?,
            attention: SelfAttention::new(heads, own, own_output)?,
            cross_norm: norm(config, weights, &format!("{path}.1"))?,
            cross_attention: CrossAttention::new(heads, cross, cross_output)?,
            feed_forward: T5FeedForward::load(config, activation, weights, &format!("{path}.2"))?,
        })
    }

    /// Self-attention of each row of `x` `[r, d]` to its target so far, with its norm and residual connection.
    fn attend_cache(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        cache: (&mut KvCache, &BeamAncestry),
        score_bias: (f32, &[f32]),
        workspace: &mut Workspace,
    ) {
        let mut normed = std::mem::take(&mut workspace.normed);
        let states = scratch(&mut normed, x.len());
        self.norm.normalise(cpu, x, states);
        let rows = x.len() / self.attention.output.output();
        (self.attention).attend_cache(cpu, states, rows, cache, score_bias, workspace);
        workspace.normed = normed;
        add_output(cpu, x, &self.attention.output, workspace);
    }

    /// Cross-attention of each row of `x` `[r, d]`, with its norm and residual connection.
    fn attend_sources(
        &self,
        cpu: Cpu,
        x: &mut [f32],
        cross: (&mut CrossAttentionCache, usize),
        workspace: &mut Workspace,
    ) {
        let mut normed = std::mem::take(&mut workspace.normed);
        let states = scratch(&mut normed, x.len());
        self.cross_norm.normalise(cpu, x, states);
        let attention = &self.cross_attention;
        attention.attend(cpu, states, cross, ScoreBias::unscaled(), workspace);
        workspace.normed = normed;
        add(x, &workspace.added[..x.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The buckets of transformers for distances that its tests never reach.
    #[test]
    fn buckets_of_transformers() {
        let json = include_str!("../../../tests/fixtures/t5/buckets.json");
        let expected: Vec<(isize, usize, usize)> = serde_json::from_str(json).unwrap();
        assert!(expected.len() > 300);
        for (distance, both, before) in expected {
            let size = distance.unsigned_abs();
            let behind = if distance > 0 { 16 } else { 0 };
            assert_eq!(behind + bucket(size, 16, 128), both, "{distance}");
            // Keys after the query have the bucket of distance 0.
            let ago = (-distance).max(0) as usize;
            assert_eq!(bucket(ago, 32, 128), before, "{distance}");
        }
    }
}
