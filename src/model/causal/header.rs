//! The header of a decoder-only model in [GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): settings and the
//! places of the tensors, all checked before anything is allocated by them.

use candle_core::quantized::gguf_file::{Content, Value};

use crate::model::error::{NetworkResult, bail};
use crate::model::weights::gguf_content;

/// Longest context that is used, in tokens: what a prompt and its answer need, and no more memory than that.
pub const MOST_CONTEXT: usize = 4096;
/// Largest size, of any kind, that a header may tell.
const LARGEST: u64 = 1 << 20;
/// Most layers.
const MOST_LAYERS: u64 = 256;

/// A decoder-only architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gemma 3, TranslateGemma.
    Gemma3,
    /// Qwen 2 and 2.5.
    Qwen2,
    /// Qwen 3.
    Qwen3,
    /// Llama, SmolLM2.
    Llama,
}

/// All of them, under the names that `general.architecture` gives them.
pub const KINDS: [(&str, Kind); 4] = [
    ("gemma3", Kind::Gemma3),
    ("qwen2", Kind::Qwen2),
    ("qwen3", Kind::Qwen3),
    ("llama", Kind::Llama),
];

/// A header, with the length of its file.
pub struct Header {
    /// What candle read.
    pub content: Content,
    /// The architecture.
    pub kind: Kind,
    name: &'static str,
    bytes: u64,
}

/// The sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Rows of the embedding.
    pub vocabulary: usize,
    /// Values of a state.
    pub width: usize,
    /// Values within a feed-forward layer.
    pub inner: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values.
    pub kv_heads: usize,
    /// Values of a head.
    pub head: usize,
    /// Tokens that a prompt and its answer may have together.
    pub context: usize,
    /// Added to variances.
    pub epsilon: f32,
    /// Base of the rotary frequencies.
    pub rope_base: f32,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// When the bytes are no GGUF file, or the architecture is none of [`KINDS`].
    pub fn read(bytes: &[u8]) -> NetworkResult<Self> {
        let content = gguf_content(bytes)?;
        let name = match content.metadata.get("general.architecture") {
            Some(Value::String(name)) => name.as_str(),
            _ => bail!("it names no general.architecture"),
        };
        let Some(&(name, kind)) = KINDS.iter().find(|(known, _)| *known == name) else {
            let known = KINDS.map(|(known, _)| known).join(", ");
            let name = name.escape_debug();
            bail!("it is a `{name}` network, which is not supported (these are: {known})")
        };
        Ok(Self {
            content,
            kind,
            name,
            bytes: bytes.len() as u64,
        })
    }

    /// The name of the architecture, before all its settings.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A setting by its full name.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.content.metadata.get(key)
    }

    /// A text among the settings.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number among the settings.
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::Bool(_) => None,
            Value::I8(number) => u64::try_from(*number).ok(),
            Value::I16(number) => u64::try_from(*number).ok(),
            Value::I32(number) => u64::try_from(*number).ok(),
            Value::I64(number) => u64::try_from(*number).ok(),
            value => value.to_u64().ok(),
        }
    }

    /// The list of texts or numbers under a name.
    pub fn list(&self, key: &str) -> Option<&[Value]> {
        match self.get(key)? {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The languages that the file says its model knows, by their codes.
    pub fn languages(&self) -> Vec<&str> {
        let languages = self.list("general.languages").unwrap_or_default();
        let codes = languages.iter().filter_map(|value| match value {
            Value::String(code) => Some(code.as_str()),
            _ => None,
        });
        codes.collect()
    }

    /// A setting of the architecture by its name, such as `gemma3.block_count`.
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    /// A size of the architecture, 1 to `most`.
    pub fn size(&self, key: &str, most: u64) -> NetworkResult<usize> {
        let key = self.key(key);
        match self.number(&key) {
            Some(size) if (1..=most).contains(&size) => Ok(size as usize),
            Some(size) => bail!("{key} is {size}: 1 to {most} is expected"),
            None => bail!("it has no {key}"),
        }
    }

    /// A positive number of the architecture; `default` where it is not told.
    pub fn float(&self, key: &str, default: Option<f32>) -> NetworkResult<f32> {
        let key = self.key(key);
        let number = match self.get(&key) {
            Some(Value::F32(number)) => Some(*number),
            Some(Value::F64(number)) => Some(*number as f32),
            _ => default,
        };
        match number {
            Some(number) if number.is_finite() && number > 0. => Ok(number),
            Some(number) => bail!("{key} is {number}: a positive number is expected"),
            None => bail!("it has no {key}"),
        }
    }

    /// The sizes of the network, with every tensor held against them and against the length of the file.
    ///
    /// # Errors
    /// When a size is missing or out of all bounds, or a tensor is missing, has another shape, or ends outside the file.
    pub fn sizes(&self) -> NetworkResult<Sizes> {
        let size = |key| self.size(key, LARGEST);
        let (width, heads) = (size("embedding_length")?, size("attention.head_count")?);
        let key_length = self.key("attention.key_length");
        let head = match self.get(&key_length) {
            Some(_) => size("attention.key_length")?,
            None => width / heads,
        };
        let kv_heads = match self.get(&self.key("attention.head_count_kv")) {
            Some(_) => size("attention.head_count_kv")?,
            None => heads,
        };
        let vocabulary = match self.shape("token_embd.weight") {
            Some([rows, _]) if (1..=LARGEST as usize).contains(rows) => *rows,
            Some(shape) => bail!("token_embd.weight has the shape {shape:?}"),
            None => bail!("the tensor token_embd.weight is missing"),
        };
        let context = self.size("context_length", u64::from(u32::MAX))?;
        let sizes = Sizes {
            vocabulary,
            width,
            inner: size("feed_forward_length")?,
            layers: self.size("block_count", MOST_LAYERS)?,
            heads,
            kv_heads,
            head,
            context: context.min(MOST_CONTEXT),
            epsilon: self.float("attention.layer_norm_rms_epsilon", None)?,
            rope_base: self.float("rope.freq_base", Some(self.usual_rope_base()))?,
        };
        if head == 0 || !head.is_multiple_of(2) || !heads.is_multiple_of(kv_heads) {
            bail!("{heads} heads of {head} values do not fit {kv_heads} heads of keys")
        }
        let as_wide = matches!(self.kind, Kind::Qwen2 | Kind::Llama);
        if as_wide && heads * head != width {
            bail!("{heads} heads of {head} values do not make states of {width}")
        }
        self.refuse_variants(&sizes)?;
        self.check_tensors(&sizes)?;
        Ok(sizes)
    }

    fn usual_rope_base(&self) -> f32 {
        match self.kind {
            Kind::Gemma3 | Kind::Qwen3 => 1e6,
            Kind::Qwen2 | Kind::Llama => 1e4,
        }
    }

    /// Variants of the architectures that candle's networks would compute wrongly.
    fn refuse_variants(&self, sizes: &Sizes) -> NetworkResult<()> {
        if self
            .number(&self.key("expert_count"))
            .is_some_and(|experts| experts > 1)
        {
            bail!("it is a mixture of experts, which is not supported")
        }
        let scaling = self.text(&self.key("rope.scaling.type")).unwrap_or("none");
        let is_scaled = self.shape("rope_freqs.weight").is_some() || scaling != "none";
        if self.kind != Kind::Gemma3 && is_scaled {
            bail!("its rotary frequencies are scaled for long contexts, which is not supported")
        }
        let rotated = self.number(&self.key("rope.dimension_count"));
        if rotated.is_some_and(|rotated| rotated != sizes.head as u64) {
            bail!("only a part of its heads is rotated, which is not supported")
        }
        Ok(())
    }

    fn shape(&self, tensor: &str) -> Option<&[usize]> {
        let info = self.content.tensor_infos.get(tensor)?;
        Some(info.shape.dims())
    }

    fn check_tensors(&self, sizes: &Sizes) -> NetworkResult<()> {
        let Sizes {
            vocabulary,
            width,
            inner,
            head,
            ..
        } = *sizes;
        let (queries, keys) = (sizes.heads * head, sizes.kv_heads * head);
        self.check("token_embd.weight", &[vocabulary, width])?;
        self.check("output_norm.weight", &[width])?;
        if self.shape("output.weight").is_some() {
            self.check("output.weight", &[vocabulary, width])?;
        }
        let mut layer: Vec<(&str, Vec<usize>)> = vec![
            ("attn_norm.weight", vec![width]),
            ("attn_q.weight", vec![queries, width]),
            ("attn_k.weight", vec![keys, width]),
            ("attn_v.weight", vec![keys, width]),
            ("attn_output.weight", vec![width, queries]),
            ("ffn_norm.weight", vec![width]),
            ("ffn_gate.weight", vec![inner, width]),
            ("ffn_up.weight", vec![inner, width]),
            ("ffn_down.weight", vec![width, inner]),
        ];
        if matches!(self.kind, Kind::Gemma3 | Kind::Qwen3) {
            layer.push(("attn_q_norm.weight", vec![head]));
            layer.push(("attn_k_norm.weight", vec![head]));
        }
        if self.kind == Kind::Gemma3 {
            layer.push(("post_attention_norm.weight", vec![width]));
            layer.push(("post_ffw_norm.weight", vec![width]));
        }
        if self.kind == Kind::Qwen2 {
            layer.push(("attn_q.bias", vec![queries]));
            layer.push(("attn_k.bias", vec![keys]));
            layer.push(("attn_v.bias", vec![keys]));
        }
        for i in 0..sizes.layers {
            for (name, shape) in &layer {
                self.check(&format!("blk.{i}.{name}"), shape)?;
            }
        }
        Ok(())
    }

    /// Holds a tensor against its shape and the length of the file.
    fn check(&self, name: &str, expected: &[usize]) -> NetworkResult<()> {
        let Some(info) = self.content.tensor_infos.get(name) else {
            bail!("the tensor {name} is missing")
        };
        let found = info.shape.dims();
        if found != expected {
            bail!("the tensor {name} has shape {found:?}, but the network asks for {expected:?}")
        }
        let row = expected.last().copied().unwrap_or(1);
        let block = info.ggml_dtype.block_size();
        if !row.is_multiple_of(block) {
            bail!("the rows of {name} are no multiple of {block}")
        }
        // No overflow: each side is below 2^20, or a row of heads below 2^40, and their product is that of two.
        let elements = expected.iter().map(|&side| side as u128).product::<u128>();
        let size = elements / block as u128 * info.ggml_dtype.type_size() as u128;
        let end = u128::from(self.content.tensor_data_offset) + u128::from(info.offset) + size;
        if end > u128::from(self.bytes) {
            bail!("the tensor {name} ends outside the file: the file is cut off")
        }
        Ok(())
    }
}
