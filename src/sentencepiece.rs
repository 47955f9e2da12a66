//! SentencePiece model files (`.spm`, `.model`): the protocol buffer `sentencepiece_model.proto`, as far as unigram
//! vocabularies need it.

use std::collections::HashSet;

/// The contents of a unigram model file.
#[derive(Debug)]
pub struct SentencePiece {
    /// Text and natural log-probability of each piece, by id.
    pub pieces: Vec<(String, f64)>,
    /// Id of the unknown piece.
    pub unknown: u32,
    /// Ids of pieces that stand for no text, such as the end of a sentence.
    pub controls: Vec<u32>,
    /// The compiled rules of normalisation; may be empty.
    pub charsmap: Vec<u8>,
    /// Whether text that no piece has is spelled in bytes.
    pub byte_fallback: bool,
}

/// `ModelProto.SentencePiece.Type`.
const UNKNOWN: u64 = 2;
/// The same.
const CONTROL: u64 = 3;
/// `TrainerSpec.ModelType`; the default.
const UNIGRAM: u64 = 1;

/// A field of a message: a number or bytes.
enum FieldValue<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

impl SentencePiece {
    /// Reads a model.
    ///
    /// # Errors
    /// When the bytes are no such message, or the model is not of the unigram kind.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let broken = || "this is not a SentencePiece model, or it is cut off".to_owned();
        let mut pieces = Vec::new();
        let mut unknown = None;
        let mut controls = Vec::new();
        let mut charsmap = Vec::new();
        let mut byte_fallback = false;
        for field in fields(bytes) {
            match field.ok_or_else(broken)? {
                (1, FieldValue::Bytes(piece)) => {
                    let (mut text, mut score) = (None, 0.);
                    for field in fields(piece) {
                        match field.ok_or_else(broken)? {
                            (1, FieldValue::Bytes(bytes)) => text = std::str::from_utf8(bytes).ok(),
                            (2, FieldValue::Float(value)) => score = f64::from(value),
                            (3, FieldValue::Number(UNKNOWN)) => unknown = Some(pieces.len() as u32),
                            (3, FieldValue::Number(CONTROL)) => controls.push(pieces.len() as u32),
                            _ => {}
                        }
                    }
                    pieces.push((text.ok_or_else(broken)?.to_owned(), score));
                }
                (2, FieldValue::Bytes(trainer)) => {
                    for field in fields(trainer) {
                        match field.ok_or_else(broken)? {
                            (3, FieldValue::Number(kind)) if kind != UNIGRAM => {
                                return Err(
                                    "only unigram SentencePiece models are supported".into()
                                );
                            }
                            (35, FieldValue::Number(flag)) => byte_fallback = flag != 0,
                            _ => {}
                        }
                    }
                }
                (3, FieldValue::Bytes(normalizer)) => {
                    for field in fields(normalizer) {
                        if let (2, FieldValue::Bytes(bytes)) = field.ok_or_else(broken)? {
                            charsmap = bytes.to_vec();
                        }
                    }
                }
                _ => {}
            }
        }
        let different: HashSet<&str> = pieces.iter().map(|(text, _)| text.as_str()).collect();
        if pieces.is_empty() || different.len() < pieces.len() {
            return Err(broken());
        }
        Ok(Self {
            unknown: unknown.ok_or("the SentencePiece model has no unknown piece")?,
            pieces,
            controls,
            charsmap,
            byte_fallback,
        })
    }
}

/// The fields of a message; `None` where it is broken, which ends it.
fn fields(mut bytes: &[u8]) -> impl Iterator<Item = Option<(u64, FieldValue<'_>)>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let field = field(&mut bytes);
        if field.is_none() {
            bytes = &[];
        }
        Some(field)
    })
}

fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, FieldValue<'a>)> {
    let tag = varint(bytes)?;
    let mut take = |len: usize| {
        let (head, tail) = bytes.split_at_checked(len)?;
        *bytes = tail;
        Some(head)
    };
    let value = match tag & 7 {
        1 => FieldValue::Bytes(take(8)?),
        5 => FieldValue::Float(f32::from_le_bytes(take(4)?.try_into().ok()?)),
        0 => FieldValue::Number(varint(bytes)?),
        2 => {
            let len = usize::try_from(varint(bytes)?).ok()?;
            let (head, tail) = bytes.split_at_checked(len)?;
            *bytes = tail;
            FieldValue::Bytes(head)
        }
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
