//! Drafts by models of the T5 family.

use rayon::prelude::*;
use serde::Deserialize;

use super::draft::{Draft, Writer, sentences};
use crate::decode::{self, DecodeOptions, Finish};
use crate::model::{
    Device, EarlyStopping, Generation, Model, ModelError, ModelFiles, NetworkResult, Precision,
    architecture,
};

/// The task prefix of T5 for summaries, unless the config of a model has its own.
const PREFIX: &str = "summarize: ";
/// Beam width, unless the config has its own.
const BEAM: usize = 4;
/// No n-gram of this order is repeated, unless the config has its own.
const NO_REPEAT: usize = 3;
/// Most tokens of a draft, unless the config has its own.
const LONGEST_DRAFT: usize = 200;
/// Mean number of tokens of an English word in the vocabularies of this family.
const TOKENS_PER_WORD: f32 = 1.4;
/// Fewest tokens of a chunk for a model whose sources are hardly longer than its prefix.
const SHORTEST_CHUNK: usize = 8;

/// A network that writes summaries.
pub struct SummaryWriter {
    model: Model,
    prefix: String,
    rules: Generation,
    beam: usize,
    /// Whether it reads German; otherwise it gets the translation.
    pub reads_german: bool,
}

/// The part of `config.json` that concerns summaries.
#[derive(Default, Deserialize)]
struct WriterConfig {
    #[serde(default)]
    task_specific_params: Option<Tasks>,
}

#[derive(Default, Deserialize)]
struct Tasks {
    #[serde(default)]
    summarization: Option<serde_json::Map<String, serde_json::Value>>,
}

impl SummaryWriter {
    /// Loads a model of the T5 family.
    ///
    /// # Errors
    /// When a file is malformed, the network is of another kind, or the device is not to be had.
    pub fn load(files: &ModelFiles, device: Device) -> Result<Self, ModelError> {
        let json = files.config.as_deref().unwrap_or(b"{}");
        let config: WriterConfig = serde_json::from_slice(json).unwrap_or_default();
        if !architecture::of_config(json).is_ok_and(|network| network.summarizes) {
            let able = architecture::ARCHITECTURES.into_iter();
            let able: Vec<&str> = (able.filter(|network| network.summarizes))
                .map(|network| network.model_type)
                .collect();
            return Err(ModelError {
                name: files.name.clone(),
                file: "config.json",
                problem: format!(
                    "summaries are written by models of the kinds {}",
                    able.join(" and ")
                ),
            });
        }
        let model = Model::load_as(files, Precision::Usual, device)?;
        let usual = model.network.generation();
        let task = config
            .task_specific_params
            .and_then(|tasks| tasks.summarization);
        let task = task.unwrap_or_default();
        let prefix = task.get("prefix").and_then(|prefix| prefix.as_str());
        // The settings of the task override those of the model.
        let mut rules = match serde_json::to_vec(&task) {
            Ok(json) if task.contains_key("max_length") => {
                Generation::read(&json, model.network.eos()).map_err(|problem| ModelError {
                    name: files.name.clone(),
                    file: "config.json",
                    problem,
                })?
            }
            _ => usual.clone(),
        };
        rules.start = usual.start;
        if rules.no_repeat_ngram == 0 {
            rules.no_repeat_ngram = NO_REPEAT;
        }
        if rules.early_stopping == EarlyStopping::Marian {
            rules.early_stopping = EarlyStopping::True;
        }
        Ok(Self {
            prefix: prefix.unwrap_or(PREFIX).to_owned(),
            beam: rules.beam.unwrap_or(BEAM).clamp(1, 16),
            rules,
            reads_german: files.languages.iter().any(|code| code == "de"),
            model,
        })
    }
}

impl Writer for SummaryWriter {
    fn reads_german(&self) -> bool {
        self.reads_german
    }

    fn tokens(&self, sentence: &str) -> NetworkResult<usize> {
        Ok(self.model.source.encode(sentence)?.len())
    }

    /// The longest source less the prefix and the end token.
    fn room(&self, _words: usize) -> NetworkResult<usize> {
        let prefix = self.model.source.encode(&self.prefix)?.len();
        let most = self.model.network.max_source_tokens();
        Ok(most.saturating_sub(prefix + 1).max(SHORTEST_CHUNK))
    }

    fn summaries(&self, chunks: &[Vec<&str>], words: usize) -> NetworkResult<Vec<Draft>> {
        let most = self.model.network.max_source_tokens();
        // One sentence may be longer than the longest source: it is cut, and its summary has no end.
        let (sources, cut): (Vec<Vec<u32>>, Vec<bool>) = (chunks.par_iter())
            .map(|chunk| {
                let text = format!("{}{}", self.prefix, chunk.join(" "));
                let mut ids = self.model.source.encode(&text)?;
                let cut = ids.len() > most;
                if cut {
                    ids.drain(most - 1..ids.len() - 1);
                }
                Ok((ids, cut))
            })
            .collect::<NetworkResult<Vec<_>>>()?
            .into_iter()
            .unzip();
        let asked = (words as f32 * TOKENS_PER_WORD) as usize;
        let longest = match self.rules.max_tokens {
            usize::MAX => LONGEST_DRAFT,
            most => most,
        };
        // Sentences should come to an end: a few tokens more than asked for.
        let max_tokens = longest.min(asked + asked / 2 + 16).max(2);
        let rules = Generation {
            max_tokens,
            min_tokens: self.rules.min_tokens.min(asked).min(max_tokens / 2),
            ..self.rules.clone()
        };
        let options = DecodeOptions {
            beam: self.beam,
            ..DecodeOptions::default()
        };
        let written = decode::decode_by(&self.model, &sources, options, &rules)?;
        let unknown = self.model.target.unknown();
        let text = |mut ids: Vec<u32>| {
            ids.retain(|&id| id != unknown);
            self.model.target.decode(&ids)
        };
        Ok((written.into_iter().zip(cut))
            .map(|(written, cut)| Draft {
                sentences: sentences(&text(written.ids)),
                complete: written.finish == Finish::Complete && !cut,
                score: written.score,
                trouble: None,
            })
            .collect())
    }
}
