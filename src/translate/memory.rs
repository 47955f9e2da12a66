//! The translation memory of a run: repeated sentences are translated once.

use std::collections::{HashMap, HashSet};

use super::{Cache, Source, TranslateError, Translation, translate};
use crate::decode::DecodeOptions;
use crate::document::words;
use crate::model::Model;
use crate::segment::{Example, Fixed};

/// Sentences after which a generation is old. Two are kept, which bounds the memory to some tens of megabytes.
const GENERATION: usize = 20_000;

/// Sentences that are sorted into batches together: enough that all threads find work and batches hold equal lengths,
/// few enough to bound the memory.
const SENTENCES_PER_STEP: usize = 4096;

/// A sentence with its fixed terms and its example.
type Key = (String, Vec<Fixed>, Option<Example>);

/// Translates, and remembers the last tens of thousands of different sentences; with a [`Cache`] all of them.
#[derive(Debug, Default)]
pub struct TranslationMemory {
    young: HashMap<Key, Translation>,
    old: HashMap<Key, Translation>,
    cache: Option<Cache>,
}

impl TranslationMemory {
    /// A memory that outlives the run if there is a cache.
    pub fn with_cache(cache: Option<Cache>) -> Self {
        Self {
            cache,
            ..Self::default()
        }
    }

    /// As [`translate`](fn@translate), but repeated sentences are translated once. Model and options must be the same in every
    /// call.
    ///
    /// # Errors
    /// When a tensor operation of the network fails, or the cache.
    pub fn translate(
        &mut self,
        model: &Model,
        sentences: &[Source<'_>],
        options: DecodeOptions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Translation>, TranslateError> {
        let mut translations = Vec::with_capacity(sentences.len());
        for step in sentences.chunks(SENTENCES_PER_STEP) {
            let keys: Vec<Key> = step.iter().map(key).collect();
            let words = |i: usize| words::count(&step[i].text);
            let mut seen = HashSet::new();
            let mut new: Vec<usize> = (0..step.len())
                .filter(|&i| !self.knows(&keys[i], options.alignment) && seen.insert(&keys[i]))
                .collect();
            let known = step.len() - new.len();
            if known > 0 {
                let all: usize = (0..step.len()).map(words).sum();
                progress(all - new.iter().map(|&i| words(i)).sum::<usize>());
            }
            if let Some(cache) = &self.cache {
                let sources: Vec<&Source<'_>> = new.iter().map(|&i| &step[i]).collect();
                let recalled = cache.recall(&sources)?;
                let mut still_new = Vec::new();
                for (i, recalled) in new.into_iter().zip(recalled) {
                    match recalled.filter(|known| suffices(known, options.alignment)) {
                        Some(translation) => {
                            progress(words(i));
                            self.young.insert(keys[i].clone(), translation);
                        }
                        None => still_new.push(i),
                    }
                }
                new = still_new;
            }
            let sources: Vec<Source<'_>> = new.iter().map(|&i| step[i].clone()).collect();
            let made = translate(model, &sources, options, progress)?;
            if let Some(cache) = self.cache.as_ref().filter(|_| !made.is_empty()) {
                let pairs = sources.iter().zip(&made);
                cache.keep(pairs)?;
            }
            (self.young).extend(new.iter().map(|&i| keys[i].clone()).zip(made));
            translations.extend(keys.iter().map(|key| self.recall(key)));
            if self.young.len() > GENERATION {
                self.old = std::mem::take(&mut self.young);
            }
        }
        Ok(translations)
    }

    /// Whether the translation of `key` is known, with links if those are needed.
    fn knows(&mut self, key: &Key, with_links: bool) -> bool {
        if let Some((key, translation)) = self.old.remove_entry(key) {
            // A sentence that is in use stays in the young generation.
            self.young.insert(key, translation);
        }
        (self.young.get(key)).is_some_and(|known| suffices(known, with_links))
    }

    fn recall(&self, key: &Key) -> Translation {
        let known = self.young.get(key).or_else(|| self.old.get(key));
        known
            .expect("every sentence of a step is known after it")
            .clone()
    }
}

/// Whether a translation has links, if those are needed.
fn suffices(known: &Translation, with_links: bool) -> bool {
    !with_links || !known.links.is_empty() || known.text.is_empty()
}

fn key(source: &Source<'_>) -> Key {
    let (fixed, example) = (source.fixed.clone(), source.example.clone());
    (source.text.to_string(), fixed, example)
}
