//! Marian's binary format, as Firefox Translations ships its students: 8-bit matrices with one scale each
//! (`intgemm`), f32 vectors, and the settings as YAML. `models/ARCHITECTURE.md` describes it.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::model::error::{NetworkResult, bail};

use super::expect_shape;
use crate::model::kernels::quantised::QuantisedMatrix;

const VERSION: u64 = 1;
const INT8: u64 = 0x4101;
const FLOAT32: u64 = 0x404;

/// The settings of the network.
const SETTINGS: &str = "special:model.yml";

/// A Marian file, its directory read.
pub struct MarianFile<'a> {
    tensors: HashMap<&'a str, MarianTensor<'a>>,
}

struct MarianTensor<'a> {
    kind: u64,
    shape: Vec<usize>,
    data: &'a [u8],
}

/// The settings in a Marian file: lines `name: value` of YAML.
pub struct MarianSettings<'a>(Cow<'a, str>);

impl MarianSettings<'_> {
    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut settings = self.0.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = settings.find(|(key, _)| *key == name)?;
        Some(value.trim())
    }
}

impl<'a> MarianFile<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// When the bytes are not such a file, or it is cut off.
    pub fn open(bytes: &'a [u8]) -> NetworkResult<Self> {
        match directory(bytes) {
            Some(tensors) => Ok(Self { tensors }),
            None => bail!("this is not a model in Marian's binary format, or it is cut off"),
        }
    }

    /// The settings of the network.
    ///
    /// # Errors
    /// When they are missing.
    pub fn settings(&self) -> NetworkResult<MarianSettings<'a>> {
        let settings = String::from_utf8_lossy(self.find(SETTINGS)?.data);
        Ok(MarianSettings(settings))
    }

    /// The rows of a matrix, by the name that the student gives it.
    ///
    /// # Errors
    /// When it is missing.
    pub fn rows(&self, name: &str) -> NetworkResult<usize> {
        let tensor = self.find(&self.name(name))?;
        Ok(tensor.shape.first().copied().unwrap_or(0))
    }

    /// The name of an embedding: most models have one for both sides.
    fn embedding(&self, own: &'static str) -> &'static str {
        if self.tensors.contains_key(own) {
            own
        } else {
            "Wemb"
        }
    }

    /// An 8-bit matrix, by the name that the student gives it.
    ///
    /// # Errors
    /// When the tensor is missing or has another shape or type.
    pub fn matrix(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> NetworkResult<QuantisedMatrix> {
        let marian = self.name(name);
        let tensor = self.find(&marian)?;
        let embedding = marian.ends_with("Wemb");
        // Products are stored transposed, which is how the student wants them; only their shapes are not.
        let expected = if embedding {
            [rows, columns]
        } else {
            [columns, rows]
        };
        expect_shape(&marian, &tensor.shape, &expected)?;
        let size = rows * columns;
        let multiplier = tensor.data.get(size..size + 4);
        let (INT8, Some(multiplier)) = (tensor.kind, multiplier) else {
            bail!("the tensor {marian} is not in 8 bits")
        };
        let multiplier =
            f32::from_le_bytes([multiplier[0], multiplier[1], multiplier[2], multiplier[3]]);
        if !multiplier.is_normal() || multiplier < 0. {
            bail!("the tensor {marian} has the impossible scale {multiplier}")
        }
        let values = tensor.data[..size].iter().map(|&byte| byte as i8).collect();
        QuantisedMatrix::new(columns, values, vec![1. / multiplier; rows])
    }

    /// An f32 vector, by the name that the student gives it.
    ///
    /// # Errors
    /// As for [`MarianFile::matrix`].
    pub fn vector(&self, name: &str, len: usize) -> NetworkResult<Vec<f32>> {
        let marian = self.name(name);
        let tensor = self.find(&marian)?;
        expect_shape(&marian, &tensor.shape, &[1, len])?;
        if tensor.kind != FLOAT32 || tensor.data.len() < len * 4 {
            bail!("the tensor {marian} is not in f32")
        }
        let numbers = tensor.data.as_chunks().0;
        Ok(numbers[..len]
            .iter()
            .map(|&b| f32::from_le_bytes(b))
            .collect())
    }

    fn find(&self, name: &str) -> NetworkResult<&MarianTensor<'a>> {
        match self.tensors.get(name) {
            Some(tensor) => Ok(tensor),
            None => bail!("the tensor {name} is missing"),
        }
    }

    /// Marian's name for one of the student's tensors: `encoder.layers.0.fc1.weight` is `encoder_l1_ffn_W1`.
    fn name(&self, name: &str) -> String {
        match name {
            "source_embedding.weight" => return self.embedding("encoder_Wemb").into(),
            "target_embedding.weight" => return self.embedding("decoder_Wemb").into(),
            "output.bias" => return "decoder_ff_logit_out_b".into(),
            _ => {}
        }
        let mut parts = name.splitn(4, '.');
        let (side, layer, rest) = (parts.next(), parts.nth(1), parts.next());
        let layer = layer.and_then(|layer| layer.parse::<usize>().ok());
        let (Some(side), Some(layer), Some(rest)) = (side, layer, rest) else {
            return name.into();
        };
        let tensor = TENSORS.iter().find(|(student, _)| *student == rest);
        match tensor {
            Some((_, marian)) => format!("{side}_l{}_{marian}", layer + 1),
            None => name.into(),
        }
    }
}

/// Tensors of a layer: the student's names and Marian's.
const TENSORS: [(&str, &str); 31] = [
    ("self_attn.q_proj.weight", "self_Wq"),
    ("self_attn.q_proj.bias", "self_bq"),
    ("self_attn.k_proj.weight", "self_Wk"),
    ("self_attn.k_proj.bias", "self_bk"),
    ("self_attn.v_proj.weight", "self_Wv"),
    ("self_attn.v_proj.bias", "self_bv"),
    ("self_attn.out_proj.weight", "self_Wo"),
    ("self_attn.out_proj.bias", "self_bo"),
    ("self_attn_layer_norm.weight", "self_Wo_ln_scale"),
    ("self_attn_layer_norm.bias", "self_Wo_ln_bias"),
    ("encoder_attn.q_proj.weight", "context_Wq"),
    ("encoder_attn.q_proj.bias", "context_bq"),
    ("encoder_attn.k_proj.weight", "context_Wk"),
    ("encoder_attn.k_proj.bias", "context_bk"),
    ("encoder_attn.v_proj.weight", "context_Wv"),
    ("encoder_attn.v_proj.bias", "context_bv"),
    ("encoder_attn.out_proj.weight", "context_Wo"),
    ("encoder_attn.out_proj.bias", "context_bo"),
    ("encoder_attn_layer_norm.weight", "context_Wo_ln_scale"),
    ("encoder_attn_layer_norm.bias", "context_Wo_ln_bias"),
    ("rnn.w.weight", "rnn_W"),
    ("rnn.wf.weight", "rnn_Wf"),
    ("rnn.wf.bias", "rnn_bf"),
    ("rnn_layer_norm.weight", "rnn_ffn_ln_scale"),
    ("rnn_layer_norm.bias", "rnn_ffn_ln_bias"),
    ("fc1.weight", "ffn_W1"),
    ("fc1.bias", "ffn_b1"),
    ("fc2.weight", "ffn_W2"),
    ("fc2.bias", "ffn_b2"),
    ("final_layer_norm.weight", "ffn_ffn_ln_scale"),
    ("final_layer_norm.bias", "ffn_ffn_ln_bias"),
];

/// Names, types, shapes and bytes of all tensors; `None` when the file ends too early.
fn directory(bytes: &[u8]) -> Option<HashMap<&str, MarianTensor<'_>>> {
    let mut rest = bytes;
    let mut take = |len: u64| {
        let (head, tail) = rest.split_at_checked(usize::try_from(len).ok()?)?;
        rest = tail;
        Some(head)
    };
    let number = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
    if number(take(8)?)? != VERSION {
        return None;
    }
    let count = number(take(8)?)?;
    let headers = take(count.checked_mul(32)?)?;
    let headers: Vec<[u64; 4]> = (headers.as_chunks::<32>().0.iter())
        .map(|header| std::array::from_fn(|i| number(&header[i * 8..][..8]).unwrap_or(0)))
        .collect();
    let names: Vec<&str> = (headers.iter())
        .map(|header| std::str::from_utf8(take(header[0])?).ok())
        .map(|name| Some(name?.trim_end_matches('\0')))
        .collect::<Option<_>>()?;
    let shapes: Vec<Vec<usize>> = (headers.iter())
        .map(|header| {
            let sizes = take(header[2].checked_mul(4)?)?.as_chunks().0;
            let sizes = sizes.iter().map(|&size| i32::from_le_bytes(size));
            sizes.map(|size| usize::try_from(size).ok()).collect()
        })
        .collect::<Option<_>>()?;
    let padding = number(take(8)?)?;
    take(padding)?;
    let mut tensors = HashMap::with_capacity(names.len());
    for ((header, name), shape) in headers.iter().zip(names).zip(shapes) {
        let data = take(header[3])?;
        tensors.insert(
            name,
            MarianTensor {
                kind: header[1],
                shape,
                data,
            },
        );
    }
    Some(tensors)
}
