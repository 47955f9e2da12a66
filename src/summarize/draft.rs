//! Drafts of summaries: a model of the T5 family reads a text in chunks and writes what they say in its own words.

use rayon::prelude::*;
use serde::Deserialize;

use super::faithful::SourceWords;
use crate::decode::{self, DecodeOptions, Finish};
use crate::document::words;
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
/// Drafts are summarised again while they are longer than this times the words asked for.
const TOO_LONG: f32 = 1.3;
/// Most rounds of summarising summaries.
const MOST_ROUNDS: usize = 8;
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

/// A draft, sentence by sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its sentences; the last may have no end.
    pub sentences: Vec<String>,
    /// Whether the last sentence has one.
    pub complete: bool,
    /// Mean natural log-probability of its tokens.
    pub score: f32,
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

    /// Writes a draft of about `words` words for a text, given by its sentences; empty for an empty text. A text too long for
    /// the network is read in chunks; their summaries are joined, and summarised again if they are too long.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn draft(&self, sentences: &[&str], words: usize) -> NetworkResult<Draft> {
        let mut texts: Vec<String> = sentences.iter().map(|text| (*text).to_owned()).collect();
        let mut draft = Draft {
            sentences: Vec::new(),
            complete: true,
            score: 0.,
        };
        let mut before = usize::MAX;
        for _ in 0..MOST_ROUNDS {
            let chunks = self.chunks(&texts)?;
            // A round that does not make it shorter is the last.
            if chunks.is_empty() || chunks.len() >= before {
                break;
            }
            before = chunks.len();
            let drafts = self.summaries(&chunks, words.div_ceil(chunks.len()))?;
            draft = join(&drafts);
            let written = draft
                .sentences
                .iter()
                .map(|text| words::count(text))
                .sum::<usize>();
            if chunks.len() == 1 || written as f32 <= TOO_LONG * words as f32 {
                break;
            }
            // Unsupported sentences must not be read again.
            texts = (chunks.iter().zip(drafts))
                .flat_map(|(chunk, draft)| faithful(chunk, draft))
                .collect();
        }
        Ok(draft)
    }

    /// Most tokens of a chunk: the longest source less the prefix and the end token.
    fn room(&self) -> NetworkResult<usize> {
        let prefix = self.model.source.encode(&self.prefix)?.len();
        let most = self.model.network.max_source_tokens();
        Ok(most.saturating_sub(prefix + 1).max(SHORTEST_CHUNK))
    }

    /// Splits sentences into chunks of about the same length that fit the network, in order.
    fn chunks<'a>(&self, sentences: &'a [String]) -> NetworkResult<Vec<Vec<&'a str>>> {
        let lengths = (sentences.par_iter())
            .map(|text| Ok(self.model.source.encode(text)?.len()))
            .collect::<NetworkResult<Vec<usize>>>()?;
        let places = chunks(&lengths, self.room()?);
        let texts =
            |place: std::ops::Range<usize>| sentences[place].iter().map(String::as_str).collect();
        Ok(places.into_iter().map(texts).collect())
    }

    /// A draft of about `words` words for each chunk.
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
            })
            .collect())
    }
}

/// The sentences of a draft that its source supports; the first of the source if there are none.
fn faithful(chunk: &[&str], mut draft: Draft) -> Vec<String> {
    let source = SourceWords::new(chunk.iter().copied());
    if !draft.complete {
        draft.sentences.pop();
    }
    draft
        .sentences
        .retain(|sentence| source.doubt(sentence).is_none());
    if draft.sentences.is_empty() {
        draft
            .sentences
            .extend(chunk.first().map(|text| (*text).to_owned()));
    }
    draft.sentences
}

/// Joins drafts. An unfinished last sentence is dropped, except at the very end.
fn join(drafts: &[Draft]) -> Draft {
    let last = drafts.len().saturating_sub(1);
    let sentences = drafts.iter().enumerate().flat_map(|(i, draft)| {
        let whole = draft.sentences.len()
            - usize::from(!draft.complete && i < last).min(draft.sentences.len());
        &draft.sentences[..whole]
    });
    Draft {
        sentences: sentences.cloned().collect(),
        complete: drafts.last().is_none_or(|draft| draft.complete),
        score: drafts.iter().map(|draft| draft.score).sum::<f32>() / drafts.len().max(1) as f32,
    }
}

/// Divides sentences of these lengths into the fewest runs of at most `most`, of about equal length. A longer sentence is
/// alone in its run.
fn chunks(lengths: &[usize], most: usize) -> Vec<std::ops::Range<usize>> {
    let all: usize = lengths.iter().sum();
    let count = all.div_ceil(most.max(1)).max(1);
    // A little more than the even share, so that the last chunk is not a rest.
    let share = (all.div_ceil(count) + all / (count * 8)).min(most);
    let mut chunks: Vec<std::ops::Range<usize>> = Vec::new();
    let mut filled = 0;
    for (i, &length) in lengths.iter().enumerate() {
        match chunks.last_mut() {
            Some(chunk) if filled + length <= share => {
                chunk.end = i + 1;
                filled += length;
            }
            _ => {
                chunks.push(i..i + 1);
                filled = length;
            }
        }
    }
    chunks
}

/// The sentences of a draft, in ordinary typography: some models write in lower case, with spaces before full stops.
fn sentences(text: &str) -> Vec<String> {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let mark = word
            .chars()
            .all(|c| ['.', ',', '!', '?', ';', ':'].contains(&c));
        let ends = line.ends_with(['.', '!', '?']);
        if !line.is_empty() && !mark {
            line.push(' ');
        }
        // A full stop that stood alone ends a sentence, whatever follows.
        match word.chars().next() {
            Some(first) if line.is_empty() || (ends && !mark && text.contains(" . ")) => {
                line.extend(first.to_uppercase());
                line.push_str(&word[first.len_utf8()..]);
            }
            _ => line.push_str(word),
        }
    }
    sentencex::get_sentence_boundaries("en", &line)
        .into_iter()
        .map(|sentence| sentence.text.trim().to_owned())
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_every_sentence_and_no_more_than_they_may() {
        let lengths: Vec<usize> = (0..200).map(|i| 5 + i * 7 % 31).collect();
        for most in [8, 40, 100, 512, 10_000] {
            let chunks = chunks(&lengths, most);
            assert_eq!(
                chunks.iter().cloned().flatten().collect::<Vec<_>>(),
                (0..200).collect::<Vec<_>>()
            );
            for chunk in &chunks {
                let tokens: usize = lengths[chunk.clone()].iter().sum();
                assert!(tokens <= most || chunk.len() == 1, "{most}: {chunk:?}");
            }
        }
        assert!(chunks(&[], 100).is_empty());
        assert_eq!(chunks(&[10; 10], 100).len(), 1);
    }

    #[test]
    fn lower_case_drafts_become_sentences() {
        assert_eq!(
            sentences("the city builds a bridge . it opens in may, he said ."),
            ["The city builds a bridge.", "It opens in may, he said."]
        );
        assert_eq!(
            sentences("Dr. Smith came. He left."),
            ["Dr. Smith came.", "He left."]
        );
        assert!(sentences(" ").is_empty());
    }
}
