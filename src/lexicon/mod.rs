//! A German-English dictionary for the network: which English words a rare German word may stand for.
//!
//! A network that has seen little text does not know rare words. Behind each of them its encoder gets **hints**, up to two
//! candidates in pieces of the target vocabulary, and the decoder chooses (Zhong and Chiang 2020, "Look It Up").
//!
//! ```text
//! text ─► words ─► entry of the form, of the phrase ─► hints: span, frequency, pieces of the candidates
//!                  └ none: parts of a compound, the word itself
//! ```
//!
//! The file is read where it lies: see [`file`] for its layout and [`Builder`] for how one is made.

mod compound;
mod file;
mod phrases;
mod pieces;
#[cfg(test)]
mod tests;
mod words;
mod write;

use std::borrow::Cow;
use std::ops::Range;

pub use file::LexiconError;
pub use words::words;
pub use write::Builder;

use file::{Entry, File};

/// Candidates of a word at most.
pub const CANDIDATES: usize = 2;

/// English for a German word or phrase, for the network to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The bytes of the text that the word or phrase stands at; the hint goes behind the chunk that they end in.
    pub span: Range<usize>,
    /// What else in the sentence is a part of the phrase: the verb before `auf dem Holzweg`, the noun behind `warf`.
    pub apart: Option<Range<usize>>,
    /// How often the training text has the word; 0 for unknown ones.
    pub frequency: u32,
    /// Whether the dictionary has the word in one of its forms, or a name stands for itself; else it has parts of it.
    pub is_entry: bool,
    /// One or two, the likeliest first: ids of the target vocabulary.
    pub candidates: Vec<Vec<u32>>,
}

/// How a lexicon knows a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// As one that has English.
    Word,
    /// As one that stands for itself: a name, most often.
    Itself,
    /// Not at all.
    None,
}

/// A dictionary whose candidates are written in the pieces of one target vocabulary.
#[derive(Debug, Clone)]
pub struct Lexicon {
    file: File,
}

impl Lexicon {
    /// Reads a lexicon, which must be one for the target vocabulary whose file has this SHA-256. Borrowed bytes are taken
    /// for a part of the program and not searched for damage; owned ones are.
    ///
    /// # Errors
    /// When the bytes are no lexicon, damaged, of another version, or of another vocabulary.
    pub fn read(bytes: Cow<'static, [u8]>, vocabulary: [u8; 32]) -> Result<Self, LexiconError> {
        let file = File::read(bytes, vocabulary)?;
        Ok(Self { file })
    }

    /// Forms and phrases that have an entry.
    pub fn len(&self) -> usize {
        self.file.entries()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a form has an entry exactly as it is spelt.
    pub fn knows(&self, form: &str) -> bool {
        self.file.entry(form).is_some()
    }

    /// Whether a form has an entry exactly as it is spelt, with English.
    pub fn has_english(&self, form: &str) -> bool {
        let entry = self.file.entry(form);
        entry.is_some() && !stands_for_itself(entry.as_ref())
    }

    /// Whether the entry of a form has no English: most often that of a name.
    pub fn stands_for_itself(&self, form: &str) -> bool {
        stands_for_itself(self.file.entry(form).as_ref())
    }

    /// Whether a word has English, stands for itself, or is unknown, its parts included.
    pub fn knowledge(&self, word: &str) -> Knowledge {
        match self.file.entry(word) {
            entry if stands_for_itself(entry.as_ref()) => Knowledge::Itself,
            None if self.entry(word).is_none() && self.unknown(word).is_none() => Knowledge::None,
            _ => Knowledge::Word,
        }
    }

    /// The hints of a sentence in its order: those of words and phrases that the training text has less than `threshold`
    /// times. Punctuation should have the one form that the network knows. Where there is a phrase, its words have none.
    pub fn hints(&self, text: &str, threshold: u32) -> Vec<Hint> {
        let words: Vec<_> = words(text).collect();
        let mut hints: Vec<Option<Hint>> = Vec::new();
        hints.resize_with(words.len(), || None);
        let mut covered = vec![false; words.len()];
        let mut at = 0;
        while at < words.len() {
            let phrase = self.phrase(text, &words, at);
            let Some(phrase) = phrase.filter(|phrase| phrase.frequency < threshold) else {
                at += 1;
                continue;
            };
            covered[phrase.words.clone()].fill(true);
            let (first, last) = (phrase.words.start, phrase.words.end - 1);
            at = phrase.words.end;
            // A particle says nothing: what it makes of the verb is said there.
            let place = match phrase.verb {
                Some(verb) if first == last => verb..=verb,
                _ => first..=last,
            };
            if let Some(verb) = phrase.verb {
                covered[verb] = true;
            }
            let is_particle =
                |word: usize| !text[words[word].clone()].starts_with(char::is_uppercase);
            let apart = phrase.verb.and_then(|verb| match place.contains(&verb) {
                true => (!is_particle(first)).then_some(first),
                false => Some(verb),
            });
            hints[*place.end()] = Some(Hint {
                span: words[*place.start()].start..words[*place.end()].end,
                apart: apart.map(|word| words[word].clone()),
                frequency: phrase.frequency,
                is_entry: true,
                candidates: phrase.candidates,
            });
        }
        for (i, span) in words.into_iter().enumerate() {
            let word = &text[span.clone()];
            if !covered[i] && deserves(word) {
                hints[i] = self.word(word, threshold).map(|hint| Hint { span, ..hint });
            }
        }
        hints.into_iter().flatten().collect()
    }

    /// The hint of one word, if it is rarer than the threshold; its span is empty.
    fn word(&self, word: &str, threshold: u32) -> Option<Hint> {
        let entry = self.entry(word);
        let frequency = match entry {
            Some(Entry::Stop) => return None,
            Some(Entry::Known { frequency, .. }) => frequency,
            None => 0,
        };
        if frequency >= threshold {
            return None;
        }
        let mut candidates = match entry {
            Some(Entry::Known { candidates, .. }) => candidates,
            _ => self.unknown(word).unwrap_or_default(),
        };
        // `Papuas` may be more than one of them, and `Brandes` a name, but hardly ever are.
        let mut is_entry = (self.knows(word) || self.other_form(word).is_some())
            && !stems(word).any(|stem| self.stands_for_itself(stem));
        if candidates.is_empty() && word.starts_with(char::is_uppercase) && !self.derived(word) {
            // A name, as far as is known.
            candidates.extend(self.file.pieces(word));
            is_entry = !stems(word).any(|stem| self.has_english(stem));
        }
        let span = 0..0;
        (!candidates.is_empty()).then_some(Hint {
            span,
            apart: None,
            frequency,
            is_entry,
            candidates,
        })
    }

    /// The entry of a form as it stands, or without the capital that a sentence begins with.
    fn entry(&self, word: &str) -> Option<Entry> {
        self.file.entry(word).or_else(|| {
            word.starts_with(char::is_uppercase)
                .then(|| self.file.entry(&word.to_lowercase()))?
        })
    }

    /// Candidates of a word without an entry.
    fn unknown(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        if word.contains('-') {
            return self.hyphenated(word);
        }
        (self.other_form(word))
            .or_else(|| self.inhabitant(word))
            .or_else(|| self.compound(word))
    }

    /// Candidates of a word whose other spelling or form has an entry.
    fn other_form(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        self.respelled(word).or_else(|| self.ending(word))
    }

    /// The candidates of a word in today's spelling, or Germany's: `Schlußfolgerung`, `Strassenbahn`.
    fn respelled(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        [("ß", "ss"), ("ss", "ß")].iter().find_map(|(from, to)| {
            let other = word.contains(from).then(|| word.replace(from, to))?;
            match self.entry(&other)? {
                Entry::Known { candidates, .. } if !candidates.is_empty() => Some(candidates),
                _ => None,
            }
        })
    }

    /// The name of a place that English writes alike, of `Regensburger`.
    fn inhabitant(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        let place = word
            .strip_suffix("er")
            .or_else(|| word.strip_suffix("ern"))?;
        let is_name = place.starts_with(char::is_uppercase) && self.stands_for_itself(place);
        is_name.then(|| Some(vec![self.file.pieces(place)?]))?
    }

    /// The best candidate of each part, or the part itself; none if no part has one.
    fn hyphenated(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        let mut found = false;
        let mut whole = Vec::new();
        for part in word.split('-') {
            let best = match self.entry(part) {
                Some(Entry::Known { candidates, .. }) => candidates.into_iter().next(),
                Some(Entry::Stop) => None,
                None => self
                    .unknown(part)
                    .and_then(|candidates| candidates.into_iter().next()),
            };
            found |= best.is_some();
            whole.extend(best.or_else(|| self.file.pieces(part))?);
        }
        found.then(|| vec![whole])
    }

    /// The candidates of the word without one of the endings of nouns, adjectives and verbs.
    fn ending(&self, word: &str) -> Option<Vec<Vec<u32>>> {
        stems(word).find_map(|stem| match self.file.entry(stem)? {
            Entry::Known { candidates, .. } if !candidates.is_empty() => Some(candidates),
            _ => None,
        })
    }
}

fn stands_for_itself(entry: Option<&Entry>) -> bool {
    matches!(entry, Some(Entry::Known { candidates, .. }) if candidates.is_empty())
}

/// A word without each of the endings that it may have. Plurals of nouns are in the lexicon; what is not is rather a name.
fn stems(word: &str) -> impl Iterator<Item = &str> {
    const OF_NOUNS: &[&str] = &["s", "es", "n", "in", "innen"];
    const OF_OTHERS: &[&str] = &["en", "er", "es", "em", "e", "s", "n"];
    const SHORTEST: usize = 4;
    let noun = word.starts_with(char::is_uppercase);
    let endings = if noun { OF_NOUNS } else { OF_OTHERS };
    (endings.iter())
        .filter_map(|ending| word.strip_suffix(ending))
        .filter(|stem| stem.len() >= SHORTEST)
}

/// Single letters get no hints, nor do two, if they are no abbreviation.
fn deserves(word: &str) -> bool {
    match word.chars().count() {
        0 | 1 => false,
        2 => word.chars().all(char::is_uppercase),
        _ => true,
    }
}
