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
            if let Some(apart) = step.walk(GAP)
                && (end > from + 1 || closes(text, words, end))
            {
                let verb = verb(&apart, text, words, from);
                longest = verb
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

/// The nearest verb before a word, in the same clause, that an entry has.
fn verb(
    apart: &Step<'_>,
    text: &str,
    words: &[Range<usize>],
    from: usize,
) -> Option<(usize, Entry)> {
    let mut clause = (from.saturating_sub(FARTHEST)..from)
        .rev()
        .take_while(|&word| {
            !text[words[word].end..words[word + 1].start]
                .contains([',', ';', ':', '.', '!', '?', '(', ')'])
        });
    clause.find_map(|word| {
        let form = &text[words[word].clone()];
        let found = apart.walk(form).and_then(|step| step.entry());
        let found = found.or_else(|| {
            let capital = word == 0 && form.starts_with(char::is_uppercase);
            let form = capital.then(|| form.to_lowercase())?;
            apart.walk(&form)?.entry()
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
