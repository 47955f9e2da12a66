//! Search settings of a model's authors: Hugging Face's `generation_config.json`.

use serde::Deserialize;

/// Most tokens of a target whatever a file says; published models write some hundred.
const MOST_TOKENS: usize = 1 << 12;

/// How to search for targets: limits of length, tokens that are excluded, and the end of a beam search. The default is
/// that of students.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// Width of the beam (`num_beams`), if the authors give one.
    pub beam: Option<usize>,
    /// Finished hypotheses are compared by log-probability / tokens^this.
    pub length_penalty: f32,
    /// When a beam search ends.
    pub early_stopping: EarlyStopping,
    /// Most tokens of a target, the end token included.
    pub max_tokens: usize,
    /// Fewest tokens before the end token.
    pub min_tokens: usize,
    /// Whether the last token of a target of `max_tokens` is forced to be the end token (`forced_eos_token_id`).
    pub forced_end: bool,
    /// Sequences of tokens that are never generated (`bad_words_ids`).
    pub bad_words: Vec<Vec<u32>>,
    /// Whether probabilities are normalised over the tokens that are not excluded (`renormalize_logits`).
    pub renormalise: bool,
    /// No n-gram of this length is generated twice (`no_repeat_ngram_size`); 0 allows all.
    pub no_repeat_ngram: usize,
    /// First input of the decoder (`decoder_start_token_id`), if the authors give one.
    pub start: Option<u32>,
}

/// Most tokens of a target for a source of `source_tokens` tokens, where the authors set no limit.
pub fn longest_target(source_tokens: usize) -> usize {
    2 * source_tokens + 8
}

/// When a beam search ends: `early_stopping` of Hugging Face transformers, or Marian's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyStopping {
    /// Marian's: each finished hypothesis makes the beam narrower by one, until nothing is left of it.
    Marian,
    /// `true`: as soon as there are as many finished hypotheses as the beam is wide.
    True,
    /// `false`: when, besides, the best unfinished one would score worse than all finished ones if it ended now.
    Heuristic,
    /// `"never"`: when, besides, it would score worse at the greatest length.
    Never,
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            beam: None,
            length_penalty: 1.,
            early_stopping: EarlyStopping::Marian,
            max_tokens: usize::MAX,
            min_tokens: 0,
            forced_end: false,
            bad_words: Vec::new(),
            renormalise: false,
            no_repeat_ngram: 0,
            start: None,
        }
    }
}

/// The fields of `generation_config.json`, as far as they matter; older models have them in `config.json`.
#[derive(Deserialize)]
struct GenerationConfig {
    num_beams: Option<usize>,
    length_penalty: Option<f32>,
    early_stopping: Option<EarlyStoppingField>,
    max_length: Option<usize>,
    min_length: Option<usize>,
    forced_eos_token_id: Option<OneOrMore>,
    bad_words_ids: Option<Vec<Vec<u32>>>,
    renormalize_logits: Option<bool>,
    no_repeat_ngram_size: Option<usize>,
    decoder_start_token_id: Option<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum EarlyStoppingField {
    Decided(bool),
    Named(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(u32),
    More(Vec<u32>),
}

impl Generation {
    /// Reads `generation_config.json`, or `config.json` where there is none. The lengths there count the start token.
    ///
    /// # Errors
    /// When a field has an impossible value.
    pub fn read(json: &[u8], eos: u32) -> Result<Self, String> {
        let config: GenerationConfig =
            serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let length_penalty = config.length_penalty.unwrap_or(1.);
        if !length_penalty.is_finite() {
            return Err("length_penalty is not a number".into());
        }
        if config.max_length.is_some_and(|length| length < 2) {
            return Err("max_length leaves no room for a target".into());
        }
        Ok(Self {
            beam: config.num_beams,
            length_penalty,
            early_stopping: match config.early_stopping {
                Some(EarlyStoppingField::Decided(true)) => EarlyStopping::True,
                Some(EarlyStoppingField::Named(name)) if name == "never" => EarlyStopping::Never,
                Some(EarlyStoppingField::Named(name)) => {
                    return Err(format!("early_stopping is {name:?}, not a known rule"));
                }
                Some(EarlyStoppingField::Decided(false)) | None => EarlyStopping::Heuristic,
            },
            max_tokens: match config.max_length {
                Some(length) => (length - 1).min(MOST_TOKENS),
                None => usize::MAX,
            },
            min_tokens: config.min_length.unwrap_or(0).saturating_sub(1),
            forced_end: match config.forced_eos_token_id {
                Some(OneOrMore::One(id)) => id == eos,
                Some(OneOrMore::More(ids)) => ids.contains(&eos),
                None => false,
            },
            bad_words: config.bad_words_ids.unwrap_or_default(),
            renormalise: config.renormalize_logits.unwrap_or(false),
            no_repeat_ngram: config.no_repeat_ngram_size.unwrap_or(0),
            start: config.decoder_start_token_id,
        })
    }

    /// Tokens that are excluded after `written`.
    pub fn refused(&self, written: &[u32], eos: u32) -> Vec<u32> {
        let too_short = (written.len() < self.min_tokens).then_some(eos);
        let banned = self.bad_words.iter().filter_map(|sequence| {
            let (last, before) = sequence.split_last()?;
            written.ends_with(before).then_some(*last)
        });
        let mut refused: Vec<u32> = too_short.into_iter().chain(banned).collect();
        refused.extend(self.repeats(written));
        refused
    }

    /// Whether only the end token may follow.
    pub fn is_last(&self, written: &[u32]) -> bool {
        self.forced_end && written.len() + 1 == self.max_tokens
    }

    /// Tokens that would complete an n-gram for the second time.
    fn repeats(&self, written: &[u32]) -> Vec<u32> {
        let Some(before) = self.no_repeat_ngram.checked_sub(1) else {
            return Vec::new();
        };
        let Some(start) = written.len().checked_sub(before) else {
            return Vec::new();
        };
        (written.windows(self.no_repeat_ngram))
            .filter(|window| window[..before] == written[start..])
            .map(|window| window[before])
            .collect()
    }
}
