//! The wording of an example: by which English its translation renders its German words.
//!
//! Words of the pair stand for each other where the dictionary says so: a candidate of the German word, or a name that both
//! write alike, is in the translation. What is left on both sides is taken for each other if it is one run on either, with a
//! noun in it; else nothing is guessed.

use std::ops::Range;

use super::spans::overlap;
use crate::lexicon::{self, CANDIDATES, Hint, Knowledge, Lexicon};
use crate::model::{Model, NetworkResult};
use crate::segment::Example;

/// Words that the training text has more often are no terms.
const FREQUENT: u32 = 3000;
/// Words of a run at most.
const LONGEST: usize = 5;
/// Letters that words of one stem begin with.
const STEM: usize = 5;

/// English words that stand for no German word of their own.
#[rustfmt::skip]
const FUNCTION_WORDS: [&str; 120] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "before", "being",
    "both", "but", "by", "can", "cannot", "could", "did", "do", "does", "during", "each", "every", "for", "from", "get",
    "had", "has", "have", "he", "her", "here", "him", "his", "how", "however", "i", "if", "in", "into", "is", "it", "its",
    "just", "make", "may", "me", "might", "more", "must", "my", "no", "not", "now", "of", "off", "on", "one", "only", "or",
    "other", "our", "out", "over", "own", "s", "said", "sb", "she", "should", "so", "some", "sth", "such", "t", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until",
    "up", "us", "very", "was", "we", "were", "what", "when", "where", "whether", "which", "while", "who", "whose", "why",
    "will", "with", "within", "without", "would", "you", "your", "yours", "yourself",
];

/// German words, in small letters, and English for them in pieces of the target vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wording {
    german: Vec<String>,
    english: Vec<u32>,
    /// Whether it is what the dictionary has first: then only rare words need to be told.
    is_likeliest: bool,
}

/// What is known of a word on one side of an example.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// It needs nothing on the other side.
    Empty,
    /// What stands for it is not known.
    Left,
    /// Something stands for it.
    Rendered,
}

/// A word or phrase of the German side.
struct Item {
    /// Its words, by their numbers.
    words: Range<usize>,
    candidates: Vec<Vec<u32>>,
    is_frequent: bool,
    state: State,
}

/// A word of the English side.
struct EnglishWord {
    span: Range<usize>,
    stem: String,
    state: State,
}

/// How an example renders its German words, unless the dictionary knows nothing else.
pub(super) fn wordings(model: &Model, example: &Example) -> NetworkResult<Vec<Wording>> {
    let (Some(_), Some(lexicon)) = (model.hints, &model.lexicon) else {
        return Ok(Vec::new());
    };
    let german: Vec<Range<usize>> = lexicon::words(&example.source).collect();
    let lower = |words: &Range<usize>| -> Vec<String> {
        let words = german[words.clone()].iter().cloned();
        words
            .map(|word| example.source[word].to_lowercase())
            .collect()
    };
    let mut items = items(lexicon, &example.source, &german);
    let mut english = english_words(&example.target);
    let mut wordings = Vec::new();
    // The likeliest candidates of all words before the others, and those before what both sides write alike.
    for rank in 0..=CANDIDATES {
        for item in &mut items {
            let text = match item.candidates.get(rank) {
                Some(pieces) => model.target.decode(pieces),
                None if rank == CANDIDATES && !item.is_frequent => lower(&item.words).join(" "),
                None => continue,
            };
            let place = item.words.start as f32 / german.len() as f32;
            if item.state == State::Rendered || !take(&mut english, &text, place) {
                continue;
            }
            item.state = State::Rendered;
            if let Some(english) = item.candidates.get(rank)
                && item.candidates.len() > 1
                && !item.is_frequent
            {
                wordings.push(Wording {
                    german: lower(&item.words),
                    english: english.clone(),
                    is_likeliest: rank == 0,
                });
            }
        }
    }
    let is_noun = |word: usize| {
        let text = &example.source[german[word].clone()];
        let is_capital = text.starts_with(char::is_uppercase);
        is_capital && (word > 0 || !lexicon.knows(&text.to_lowercase()))
    };
    let left = run(items.iter().map(|item| item.state))
        .map(|run| items[run.start].words.start..items[run.end - 1].words.end)
        .filter(|words| is_together(&example.source, &german[words.clone()]))
        .filter(|words| words.clone().any(is_noun));
    let english_run = run(english.iter().map(|word| word.state));
    let spans = english_run.map(|run| english[run].iter().map(|word| word.span.clone()));
    let spans: Vec<Range<usize>> = spans.into_iter().flatten().collect();
    if let Some(left) = left
        && is_together(&example.target, &spans)
        && let Some(english) = model.target.candidate(&term(&example.target, &spans))?
    {
        wordings.push(Wording {
            german: lower(&left),
            english,
            is_likeliest: false,
        });
    }
    // What is rendered in two ways is kept in none.
    let all = wordings.clone();
    wordings.retain(|wording| {
        let same = |other: &&Wording| other.german == wording.german;
        all.iter().filter(same).all(|other| other == wording)
    });
    Ok(wordings)
}

/// Hints for those words of a text that have a wording, to take the place of the `dictionary`'s.
pub(super) fn hints(text: &str, wordings: &[Wording], dictionary: &[Hint]) -> Vec<Hint> {
    if wordings.is_empty() {
        return Vec::new();
    }
    let spans: Vec<Range<usize>> = lexicon::words(text).collect();
    let words: Vec<String> = (spans.iter().cloned())
        .map(|word| text[word].to_lowercase())
        .collect();
    let mut hints: Vec<Hint> = Vec::new();
    for wording in wordings {
        let count = wording.german.len();
        for (first, place) in words.windows(count).enumerate() {
            let span = spans[first].start..spans[first + count - 1].end;
            let is_told = !wording.is_likeliest || dictionary.iter().any(|hint| hint.span == span);
            let is_free = !hints.iter().any(|hint| overlap(&hint.span, &span));
            if place == wording.german && is_told && is_free {
                hints.push(Hint {
                    span,
                    frequency: 0,
                    is_entry: false,
                    apart: None,
                    candidates: vec![wording.english.clone()],
                });
            }
        }
    }
    hints
}

/// The words and phrases of a German text that the dictionary has candidates for, and those that it does not know.
fn items(lexicon: &Lexicon, text: &str, words: &[Range<usize>]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let place = |at: usize| words.partition_point(|word| word.end <= at);
    for hint in lexicon.hints(text, u32::MAX) {
        let is_frequent = hint.frequency >= FREQUENT;
        items.push(Item {
            words: place(hint.span.start)..place(hint.span.end - 1) + 1,
            candidates: hint.candidates,
            is_frequent,
            state: if is_frequent {
                State::Empty
            } else {
                State::Left
            },
        });
    }
    for (i, word) in words.iter().enumerate() {
        let is_unknown = lexicon.knowledge(&text[word.clone()]) == Knowledge::None;
        if is_unknown && word.len() > 1 && !items.iter().any(|item| item.words.contains(&i)) {
            items.push(Item {
                words: i..i + 1,
                candidates: Vec::new(),
                is_frequent: false,
                state: State::Left,
            });
        }
    }
    items.sort_by_key(|item| item.words.start);
    items
}

fn english_words(text: &str) -> Vec<EnglishWord> {
    let word = |span: Range<usize>| {
        let word = text[span.clone()].to_lowercase();
        EnglishWord {
            span,
            state: match FUNCTION_WORDS.contains(&&*word) {
                true => State::Empty,
                false => State::Left,
            },
            stem: stem(&word),
        }
    };
    lexicon::words(text).map(word).collect()
}

/// Takes the words of a candidate from those that are left, each the nearest to a place in the sentence, 0 to 1; none if one
/// of them is missing.
fn take(english: &mut [EnglishWord], candidate: &str, place: f32) -> bool {
    let wanted = english_words(candidate);
    let is_empty = wanted.iter().all(|word| word.state == State::Empty);
    let mut taken: Vec<usize> = Vec::new();
    for word in &wanted {
        if word.state == State::Empty && !is_empty {
            continue;
        }
        let distance = |&i: &usize| (i as f32 / english.len() as f32 - place).abs();
        let there = (0..english.len()).filter(|&i| {
            english[i].state == word.state && english[i].stem == word.stem && !taken.contains(&i)
        });
        match there.min_by(|a, b| distance(a).total_cmp(&distance(b))) {
            Some(nearest) => taken.push(nearest),
            None => return false,
        }
    }
    for i in taken {
        if english[i].state == State::Left {
            english[i].state = State::Rendered;
        }
    }
    !wanted.is_empty()
}

/// The beginning of a word, which its inflected forms share.
fn stem(word: &str) -> String {
    word.chars().take(STEM).collect()
}

/// The run of all that is left; `None` if something that is rendered stands within it.
fn run(states: impl Iterator<Item = State>) -> Option<Range<usize>> {
    let states: Vec<State> = states.collect();
    let first = states.iter().position(|&state| state == State::Left)?;
    let last = states.iter().rposition(|&state| state == State::Left)?;
    let run = first..last + 1;
    (!states[run.clone()].contains(&State::Rendered)).then_some(run)
}

/// Whether words make one term: not too many, with no punctuation between them.
fn is_together(text: &str, words: &[Range<usize>]) -> bool {
    let gaps = words.windows(2).map(|two| &text[two[0].end..two[1].start]);
    let is_gap = |gap: &str| {
        gap.chars()
            .all(|c| c.is_whitespace() || matches!(c, '-' | '\'' | '’'))
    };
    (1..=LONGEST).contains(&words.len()) && gaps.into_iter().all(is_gap)
}

/// The text of words, without the capital that a sentence begins with.
fn term(text: &str, words: &[Range<usize>]) -> String {
    let term = &text[words[0].start..words[words.len() - 1].end];
    let is_first = !text[..words[0].start].contains(char::is_alphanumeric);
    let other_capitals = term.chars().skip(1).any(char::is_uppercase);
    match is_first && !other_capitals {
        true => term.to_lowercase(),
        false => term.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub;

    fn model() -> Model {
        Model::load(&hub::embedded()).unwrap()
    }

    /// Wordings as `german: english` that the dictionary does not have first.
    fn said(model: &Model, source: &str, target: &str) -> Vec<String> {
        let (source, target) = (source.to_owned(), target.to_owned());
        let wordings = wordings(model, &Example { source, target }).unwrap();
        let other = wordings.iter().filter(|wording| !wording.is_likeliest);
        let said = other.map(|wording| {
            let english = model.target.decode(&wording.english);
            format!("{}: {english}", wording.german.join(" "))
        });
        said.collect()
    }

    #[test]
    #[cfg_attr(
        not(feature = "gpl-lexicon"),
        ignore = "English of the default dictionary"
    )]
    fn what_differs_from_the_dictionary_is_kept_and_little_is_guessed() {
        let model = model();
        let said = |source, target| said(&model, source, target);
        // Another candidate than the likeliest, and none of them.
        assert_eq!(
            said("Das Schloss ist defekt.", "The lock is broken."),
            ["schloss: lock"]
        );
        let instalment = "The interim instalment of the municipality is due on Monday.";
        assert_eq!(
            said(
                "Die Abschlagszahlung der Kommune ist am Montag fällig.",
                instalment
            ),
            [
                "kommune: municipality",
                "abschlagszahlung: interim instalment"
            ]
        );
        assert_eq!(
            said("Abschlagszahlungen sind fällig.", "Instalments are due."),
            ["abschlagszahlungen: instalments"]
        );
        // The likeliest; no noun; nothing on one of the sides; two runs on one.
        assert_eq!(
            said("Das Eichhörnchen schläft.", "The squirrel sleeps."),
            [""; 0]
        );
        assert_eq!(
            said("Er hat ihn verstaucht.", "He has plundered it."),
            [""; 0]
        );
        assert_eq!(
            said("Die Abschlagszahlung ist fällig.", "It is due."),
            [""; 0]
        );
        assert_eq!(said("Das ist fällig.", "The instalment is due."), [""; 0]);
        assert_eq!(
            said(
                "Die Abschlagszahlung ist fällig.",
                "Instalments, when due, are bothersome."
            ),
            [""; 0]
        );
        assert_eq!(said("", ""), [""; 0]);
    }

    #[test]
    #[cfg_attr(
        not(feature = "gpl-lexicon"),
        ignore = "English of the default dictionary"
    )]
    fn a_word_that_is_rendered_in_two_ways_is_not_kept() {
        let said = |source| said(&model(), source, "The castle has a lock.");
        assert_eq!(said("Das Schloss hat ein Schloss."), [""; 0]);
        assert_eq!(said("Die Burg hat ein Schloss."), ["schloss: lock"]);
    }

    #[test]
    fn hints_stand_at_the_same_words_in_the_same_order() {
        let wording = |german: &[&str], id: u32| Wording {
            german: german.iter().map(|&word| word.to_owned()).collect(),
            english: vec![id],
            is_likeliest: id > 2,
        };
        let wordings = [
            wording(&["stand", "der", "technik"], 1),
            wording(&["stand"], 2),
            wording(&["seil"], 3),
            wording(&["bahn"], 4),
        ];
        let rare = Hint {
            span: 10..14,
            frequency: 3,
            is_entry: true,
            apart: None,
            candidates: vec![vec![8], vec![9]],
        };
        let found = |text: &'static str| -> Vec<(&str, u32)> {
            let hints = hints(text, &wordings, std::slice::from_ref(&rare)).into_iter();
            hints
                .map(|hint| (&text[hint.span], hint.candidates[0][0]))
                .collect()
        };
        assert_eq!(
            found("Der Stand der\nTechnik."),
            [("Stand der\nTechnik", 1)]
        );
        assert_eq!(found("Er stand im Stand."), [("stand", 2), ("Stand", 2)]);
        assert_eq!(found("Technik der Standseilbahn"), []);
        // What the dictionary would say first anyway, where it would say two things.
        assert_eq!(found("Das Seil, Bahn, Seil"), [("Bahn", 4)]);
        assert_eq!(found(""), []);
    }
}
