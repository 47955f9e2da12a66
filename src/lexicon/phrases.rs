//! Entries of several words: `gang und gäbe`, and verbs with what belongs to them at the end of the clause: `nahm … teil`.

use std::ops::Range;

use super::Lexicon;
use super::file::{Entry, Step};

/// How far before its particle a verb may stand, in words.
const FARTHEST: usize = 20;
/// The mark that stands in an entry between the words at the end of a clause and the verb before them.
const GAP: &str = " … ";

/// An entry of several words that a sentence has.
pub(super) struct Phrase {
    /// The words that stand together.
    pub words: Range<usize>,
    /// The verb before them, if there is one.
    pub verb: Option<usize>,
    pub frequency: u32,
    pub candidates: Vec<Vec<u32>>,
}

impl Lexicon {
    /// The longest entry whose words stand together from one word of a sentence on, with the verb that it may need.
    pub(super) fn phrase(&self, text: &str, words: &[Range<usize>], from: usize) -> Option<Phrase> {
        let first = &text[words[from].clone()];
        let found = self.phrase_from(first, text, words, from);
        found.or_else(|| {
            let capital = from == 0 && first.starts_with(char::is_uppercase);
            capital.then(|| self.phrase_from(&first.to_lowercase(), text, words, from))?
        })
    }

    fn phrase_from(
        &self,
        first: &str,
        text: &str,
        words: &[Range<usize>],
        from: usize,
    ) -> Option<Phrase> {
        let mut longest = None;
        let mut step = self.file.start().walk(first)?;
        let mut end = from + 1;
        loop {
            let together = from..end;
            if end > from + 1
                && let Some(entry) = step.entry()
            {
                longest = phrase(entry, together.clone(), None).or(longest);
            }
            if end > from + 1 || closes(text, words, end) {
                longest = verb(&step, text, words, &together)
                    .and_then(|(verb, entry)| phrase(entry, together, Some(verb)))
                    .or(longest);
            }
            let next = words.get(end).filter(|next| {
                let between = &text[words[end - 1].end..next.start];
                between.chars().all(char::is_whitespace)
            });
            let Some(further) = next.and_then(|next| step.walk(" ")?.walk(&text[next.clone()]))
            else {
                return longest;
            };
            (step, end) = (further, end + 1);
        }
    }
}

fn phrase(entry: Entry, words: Range<usize>, verb: Option<usize>) -> Option<Phrase> {
    match entry {
        Entry::Known {
            frequency,
            candidates,
        } if !candidates.is_empty() => Some(Phrase {
            words,
            verb,
            frequency,
            candidates,
        }),
        _ => None,
    }
}

/// The nearest verb before the rest of an entry, in the same clause: a form that the entry has apart, or the infinitive behind
/// a noun, which is the plural of the present tense too: `machten reinen Tisch`, `machen reinen Tisch`.
fn verb(
    rest: &Step<'_>,
    text: &str,
    words: &[Range<usize>],
    together: &Range<usize>,
) -> Option<(usize, Entry)> {
    let from = together.start;
    let is_noun = text[words[together.end - 1].clone()].starts_with(char::is_uppercase);
    let apart = rest.walk(GAP);
    let behind = is_noun.then(|| rest.walk(" ")).flatten();
    if apart.is_none() && behind.is_none() {
        return None;
    }
    let entry = |form: &str| {
        let finite = apart.as_ref().and_then(|step| step.walk(form)?.entry());
        let infinitive = behind.as_ref().filter(|_| form.ends_with('n'));
        finite.or_else(|| infinitive?.walk(form)?.entry())
    };
    let mut clause = (from.saturating_sub(FARTHEST)..from)
        .rev()
        .take_while(|&word| {
            !text[words[word].end..words[word + 1].start]
                .contains([',', ';', ':', '.', '!', '?', '(', ')'])
        });
    clause.find_map(|word| {
        let form = &text[words[word].clone()];
        let found = entry(form).or_else(|| {
            let capital = word == 0 && form.starts_with(char::is_uppercase);
            capital.then(|| entry(&form.to_lowercase()))?
        });
        found.map(|entry| (word, entry))
    })
}

/// Whether a clause ends before a word: `an`, `auf` and the like are prepositions elsewhere.
fn closes(text: &str, words: &[Range<usize>], before: usize) -> bool {
    let Some(next) = words.get(before) else {
        return true;
    };
    let between = &text[words[before - 1].end..next.start];
    between.contains([',', ';', ':', '.', '!', '?', ')'])
        || matches!(&text[next.clone()], "und" | "oder" | "aber" | "als" | "wie")
}
