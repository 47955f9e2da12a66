//! What a decoder-only model goes on with: the likeliest token each time, or one drawn by chance, until it ends, repeats
//! itself, or has no room.

use candle_core::D;
use candle_nn::ops::log_softmax;
use candle_transformers::generation::LogitsProcessor;

use super::Finish;
use crate::model::NetworkResult;
use crate::model::causal::CausalModel;

/// How tokens are chosen, and how many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 takes the likeliest token; more flattens the distribution that one is drawn from.
    pub temperature: f64,
    /// What draws begin with: the same seed gives the same text.
    pub seed: u64,
    /// Most tokens.
    pub max_tokens: usize,
}

/// What a model wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Continuation {
    /// Its tokens, without the one that ends it.
    pub ids: Vec<u32>,
    /// Its text.
    pub text: String,
    /// Mean natural log-probability of its tokens.
    pub score: f32,
    /// Why it ends where it ends.
    pub finish: Finish,
}

/// Longest piece whose repetition is noticed, in tokens.
const LONGEST_LOOP: usize = 64;
/// Times that a piece stands in a row before it is a loop.
const REPEATS: usize = 4;
/// Tokens that a loop has at least: a row of dashes is none.
const LEAST_LOOP: usize = 24;

/// Lets the model go on with a prompt. `on_token` is told the text so far after every token; writing ends when it returns
/// false, with [`Finish::Complete`].
///
/// # Errors
/// When the prompt is empty or leaves no room, or a tensor operation fails.
pub fn go_on(
    model: &CausalModel,
    prompt: &[u32],
    sampling: &Sampling,
    on_token: &mut dyn FnMut(&str) -> bool,
) -> NetworkResult<Continuation> {
    let mut reading = model.read(prompt)?;
    let mut processor = LogitsProcessor::new(sampling.seed, Some(sampling.temperature), None);
    let mut written = Continuation {
        ids: Vec::new(),
        text: String::new(),
        score: 0.,
        finish: Finish::TooLong,
    };
    let mut sum = 0f32;
    for count in 1..=sampling.max_tokens {
        let id = processor.sample(reading.logits())?;
        let chances = log_softmax(reading.logits(), D::Minus1)?;
        sum += chances.get(id as usize)?.to_scalar::<f32>()?;
        written.score = sum / count as f32;
        if model.is_end(id) {
            written.finish = Finish::Complete;
            break;
        }
        written.ids.push(id);
        written.text = model.decode(&written.ids);
        if let Some(surplus) = repeated(&written.ids) {
            written.ids.truncate(written.ids.len() - surplus);
            written.text = model.decode(&written.ids);
            written.finish = Finish::Repetition;
            break;
        }
        if !on_token(&written.text) {
            written.finish = Finish::Complete;
            break;
        }
        if count == sampling.max_tokens || reading.room() == 0 {
            break;
        }
        reading.write(id)?;
    }
    Ok(written)
}

/// Tokens at the end that only repeat the piece before them, [`REPEATS`] times or more.
fn repeated(ids: &[u32]) -> Option<usize> {
    (1..=LONGEST_LOOP).find_map(|length| {
        let all = REPEATS.max(LEAST_LOOP.div_ceil(length)) * length;
        let end = &ids[ids.len().checked_sub(all)?..];
        (end[length..] == end[..all - length]).then_some(all - length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_rows_of_the_same_piece() {
        let piece = [5, 6, 7, 8, 9, 10, 11];
        let mut ids = vec![1, 2, 3];
        for i in 0..4 {
            assert_eq!(repeated(&ids), None, "{i}");
            ids.extend(piece);
        }
        assert_eq!(repeated(&ids), Some(21));
        assert_eq!(repeated(&[4; 23]), None);
        assert_eq!(repeated(&[4; 24]), Some(23));
        assert_eq!(repeated(&(0..500).collect::<Vec<u32>>()), None);
    }
}
