//! How a model's authors want targets to be searched for: Hugging Face's `generation_config.json`.

use serde::Deserialize;

/// No file can make a search go on for longer; published models write some hundred tokens.
const MOST_TOKENS: usize = 1 << 12;

/// What may be written, and when a search has found enough. The default is what students want.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// Hypotheses that the authors kept, if they say so.
    pub beam: Option<usize>,
    /// Finished hypotheses are compared by log-probability / tokens^this.
    pub length_penalty: f32,
    /// When a beam is done.
    pub stopping: Stopping,
    /// Most tokens of a target, the end token included.
    pub max_tokens: usize,
    /// Fewest tokens before the end token.
    pub min_tokens: usize,
    /// Whether a target of `max_tokens` must have the end token as its last.
    pub forced_end: bool,
    /// Sequences of tokens that are never written.
    pub banned: Vec<Vec<u32>>,
    /// Whether the other tokens share the probability of those that must not be written, or leave it to them.
    pub renormalise: bool,
    /// No so many tokens are written twice in the same order; 0 allows all.
    pub no_repeat: usize,
    /// What the decoder begins with, if the authors say so.
    pub start: Option<u32>,
}

/// The most tokens that decoding writes for a source of `source_tokens` tokens.
pub fn longest_target(source_tokens: usize) -> usize {
    2 * source_tokens + 8
}

/// When a beam search is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// Each hypothesis that ends makes the beam narrower, until nothing is left of it.
    Narrowing,
    /// The beam keeps its width until so many hypotheses have ended (`early_stopping: true`).
    Full,
    /// The same, and the best that grows would be worse than all that ended if it ended now (`false`).
    NoBetterNow,
    /// The same, if it ended at the greatest length (`"never"`).
    NoBetterEver,
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            beam: None,
            length_penalty: 1.,
            stopping: Stopping::Narrowing,
            max_tokens: usize::MAX,
            min_tokens: 0,
            forced_end: false,
            banned: Vec::new(),
            renormalise: false,
            no_repeat: 0,
            start: None,
        }
    }
}

/// The fields of `generation_config.json`, as far as they matter; older models have them in `config.json`.
#[derive(Deserialize)]
struct Settings {
    num_beams: Option<usize>,
    length_penalty: Option<f32>,
    early_stopping: Option<EarlyStopping>,
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
enum EarlyStopping {
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
        let settings: Settings = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let length_penalty = settings.length_penalty.unwrap_or(1.);
        if !length_penalty.is_finite() {
            return Err("length_penalty is not a number".into());
        }
        if settings.max_length.is_some_and(|length| length < 2) {
            return Err("max_length leaves no room for a target".into());
        }
        Ok(Self {
            beam: settings.num_beams,
            length_penalty,
            stopping: match settings.early_stopping {
                Some(EarlyStopping::Decided(true)) => Stopping::Full,
                Some(EarlyStopping::Named(name)) if name == "never" => Stopping::NoBetterEver,
                Some(EarlyStopping::Named(name)) => {
                    return Err(format!("early_stopping is {name:?}, not a known rule"));
                }
                Some(EarlyStopping::Decided(false)) | None => Stopping::NoBetterNow,
            },
            max_tokens: match settings.max_length {
                Some(length) => (length - 1).min(MOST_TOKENS),
                None => usize::MAX,
            },
            min_tokens: settings.min_length.unwrap_or(0).saturating_sub(1),
            forced_end: match settings.forced_eos_token_id {
                Some(OneOrMore::One(id)) => id == eos,
                Some(OneOrMore::More(ids)) => ids.contains(&eos),
                None => false,
            },
            banned: settings.bad_words_ids.unwrap_or_default(),
            renormalise: settings.renormalize_logits.unwrap_or(false),
            no_repeat: settings.no_repeat_ngram_size.unwrap_or(0),
            start: settings.decoder_start_token_id,
        })
    }

    /// The tokens that the rules forbid after `written`.
    pub fn refused(&self, written: &[u32], eos: u32) -> Vec<u32> {
        let too_short = (written.len() < self.min_tokens).then_some(eos);
        let banned = self.banned.iter().filter_map(|sequence| {
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

    /// What would write `no_repeat` tokens a second time in the same order.
    fn repeats(&self, written: &[u32]) -> Vec<u32> {
        let Some(before) = self.no_repeat.checked_sub(1) else {
            return Vec::new();
        };
        let Some(start) = written.len().checked_sub(before) else {
            return Vec::new();
        };
        (written.windows(self.no_repeat))
            .filter(|window| window[..before] == written[start..])
            .map(|window| window[before])
            .collect()
    }
}
