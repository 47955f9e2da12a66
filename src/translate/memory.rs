//! What has been translated before is not translated again.

use std::collections::{HashMap, HashSet};

use super::{Translation, translate};
use crate::decode::DecodeOptions;
use crate::model::Model;

/// Sentences of a generation at most. Two are kept, which bounds the memory to some tens of megabytes.
const GENERATION: usize = 20_000;

/// Sentences that are sorted into batches together: enough that all threads find work and batches hold equal lengths,
/// few enough to bound the memory.
const SENTENCES_PER_STEP: usize = 4096;

/// Translates, and remembers the translations of the last tens of thousands of different sentences.
#[derive(Debug, Default)]
pub struct Memory {
    young: HashMap<String, Translation>,
    old: HashMap<String, Translation>,
}

impl Memory {
    /// As [`translate`](fn@translate), but what is said twice is translated once. Model and options must be the same in
    /// every call.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn translate(
        &mut self,
        model: &Model,
        sentences: &[&str],
        options: DecodeOptions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> candle_core::Result<Vec<Translation>> {
        let mut translations = Vec::with_capacity(sentences.len());
        for step in sentences.chunks(SENTENCES_PER_STEP) {
            let mut seen = HashSet::new();
            let new: Vec<&str> = (step.iter().copied())
                .filter(|sentence| !self.knows(sentence) && seen.insert(*sentence))
                .collect();
            let made = translate(model, &new, options, progress)?;
            let known = step.len() - new.len();
            if self.young.len() + new.len() > GENERATION {
                self.old = std::mem::take(&mut self.young);
            }
            self.young
                .extend(new.into_iter().map(str::to_owned).zip(made));
            if known > 0 {
                let new = |sentence: &&&str| !seen.contains(**sentence);
                progress(step.iter().filter(new).map(|known| words(known)).sum());
            }
            translations.extend(step.iter().map(|sentence| self.recall(sentence)));
        }
        Ok(translations)
    }

    fn knows(&mut self, sentence: &str) -> bool {
        if !self.young.contains_key(sentence) {
            // What is in use stays young.
            let Some(translation) = self.old.remove(sentence) else {
                return false;
            };
            self.young.insert(sentence.to_owned(), translation);
        }
        true
    }

    fn recall(&self, sentence: &str) -> Translation {
        let known = self.young.get(sentence).or_else(|| self.old.get(sentence));
        known
            .expect("every sentence of a step is known after it")
            .clone()
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
