//! What has been translated before is not translated again.

use std::collections::{HashMap, HashSet};

use super::{Fixed, Source, Translation, translate};
use crate::decode::DecodeOptions;
use crate::model::Model;

/// Sentences of a generation at most. Two are kept, which bounds the memory to some tens of megabytes.
const GENERATION: usize = 20_000;

/// Sentences that are sorted into batches together: enough that all threads find work and batches hold equal lengths,
/// few enough to bound the memory.
const SENTENCES_PER_STEP: usize = 4096;

/// A sentence and what is fixed in it.
type Key = (String, Vec<Fixed>);

/// Translates, and remembers the translations of the last tens of thousands of different sentences.
#[derive(Debug, Default)]
pub struct Memory {
    young: HashMap<Key, Translation>,
    old: HashMap<Key, Translation>,
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
        sentences: &[Source<'_>],
        options: DecodeOptions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> candle_core::Result<Vec<Translation>> {
        let mut translations = Vec::with_capacity(sentences.len());
        for step in sentences.chunks(SENTENCES_PER_STEP) {
            let keys: Vec<Key> = step.iter().map(key).collect();
            let mut seen = HashSet::new();
            let is_new: Vec<bool> = (keys.iter())
                .map(|key| !self.knows(key, options.alignment) && seen.insert(key))
                .collect();
            let new = || (0..step.len()).filter(|&i| is_new[i]);
            let sources: Vec<Source<'_>> = new().map(|i| step[i].clone()).collect();
            let made = translate(model, &sources, options, progress)?;
            if self.young.len() + made.len() > GENERATION {
                self.old = std::mem::take(&mut self.young);
            }
            (self.young).extend(new().map(|i| keys[i].clone()).zip(made));
            let known = (0..step.len()).filter(|&i| !is_new[i]);
            let words: usize = known.map(|i| step[i].text.split_whitespace().count()).sum();
            if words > 0 {
                progress(words);
            }
            translations.extend(keys.iter().map(|key| self.recall(key)));
        }
        Ok(translations)
    }

    /// Whether the translation of `key` is there, with links if those are needed.
    fn knows(&mut self, key: &Key, with_links: bool) -> bool {
        if let Some((key, translation)) = self.old.remove_entry(key) {
            // What is in use stays young.
            self.young.insert(key, translation);
        }
        let has_links = |known: &Translation| !known.links.is_empty() || known.text.is_empty();
        (self.young.get(key)).is_some_and(|known| !with_links || has_links(known))
    }

    fn recall(&self, key: &Key) -> Translation {
        let known = self.young.get(key).or_else(|| self.old.get(key));
        known
            .expect("every sentence of a step is known after it")
            .clone()
    }
}

fn key(source: &Source<'_>) -> Key {
    (source.text.to_owned(), source.fixed.clone())
}
