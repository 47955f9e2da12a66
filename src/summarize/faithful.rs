//! Faithfulness of a generated sentence to its source: its numbers, names and quotations must be in the source.
//!
//! It is a test of words, not of meaning: it finds made-up facts, not distorted ones.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// A part of a sentence that its source does not support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// A number, in digits or a word.
    Number(String),
    /// A name, or another word with a capital letter.
    Name(String),
    /// Words in quotation marks.
    Quote(String),
    /// Most of its words.
    Words,
    /// Its end: the network stopped before one.
    End,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(what) => write!(f, "the number “{what}”"),
            Self::Name(what) => write!(f, "the name “{what}”"),
            Self::Quote(what) => write!(f, "the quote “{what}”"),
            Self::Words => write!(f, "other words"),
            Self::End => write!(f, "no end"),
        }
    }
}

/// The words of a text, to check sentences against.
pub struct SourceWords {
    numbers: HashSet<String>,
    /// Words as they are written.
    words: HashSet<String>,
    lowercase: HashSet<String>,
    /// In lower case, with one space and no quotation marks.
    plain: String,
}

/// Share of the longer words of a sentence that must be in its source.
const LEAST_SHARE: f32 = 0.5;
/// Letters of a word that counts for that: shorter ones are in every text.
const LONG: usize = 4;

/// English number words from two on; "one" is mostly a pronoun.
const NUMBER_WORDS: [&str; 30] = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
    "billion",
];

/// Words that may begin a sentence without being names, though the source does not have them.
const BEGINNINGS: [&str; 40] = [
    "a",
    "about",
    "according",
    "after",
    "all",
    "also",
    "although",
    "an",
    "and",
    "as",
    "at",
    "because",
    "but",
    "by",
    "for",
    "from",
    "he",
    "her",
    "his",
    "however",
    "if",
    "in",
    "it",
    "its",
    "many",
    "most",
    "now",
    "on",
    "one",
    "she",
    "since",
    "some",
    "the",
    "their",
    "there",
    "they",
    "this",
    "when",
    "while",
    "with",
];

impl SourceWords {
    /// Takes the sentences of a text.
    pub fn new<'a>(sentences: impl IntoIterator<Item = &'a str>) -> Self {
        let text = sentences.into_iter().collect::<Vec<_>>().join(" ");
        let all: HashSet<String> = words(&text).map(str::to_owned).collect();
        Self {
            numbers: numbers(&text).collect(),
            lowercase: all.iter().map(|word| word.to_lowercase()).collect(),
            words: all,
            plain: plain(&text),
        }
    }

    /// Lets sentences have the capitalised words of a text too, such as names that a translation writes otherwise.
    pub fn add_names<'a>(&mut self, sentences: impl IntoIterator<Item = &'a str>) {
        let all = sentences.into_iter().flat_map(words);
        let names = all.filter(|word| word.starts_with(char::is_uppercase));
        self.words.extend(names.map(str::to_owned));
    }

    /// The first part of `sentence` that the text does not support; `None` if there is none.
    pub fn doubt(&self, sentence: &str) -> Option<Doubt> {
        if let Some(number) = numbers(sentence).find(|number| !self.numbers.contains(number)) {
            return Some(Doubt::Number(number));
        }
        if let Some(quote) = quotes(sentence).find(|quote| !self.plain.contains(&plain(quote))) {
            return Some(Doubt::Quote(quote.to_owned()));
        }
        let mut share = (0, 0);
        for (i, word) in words(sentence).enumerate() {
            let lowercase = word.to_lowercase();
            let known = self.lowercase.contains(&lowercase);
            if !known
                && NUMBER_WORDS.contains(&lowercase.as_str())
                && !self.has_digits_for(&lowercase)
            {
                return Some(Doubt::Number(word.to_owned()));
            }
            if word.starts_with(char::is_uppercase) {
                let beginning = i == 0 && (known || BEGINNINGS.contains(&lowercase.as_str()));
                if !beginning && word != "I" && !self.words.contains(word) {
                    return Some(Doubt::Name(word.to_owned()));
                }
            }
            if word.chars().count() >= LONG {
                share = (share.0 + usize::from(known), share.1 + 1);
            }
        }
        let too_few = (share.0 as f32) < LEAST_SHARE * share.1 as f32;
        (too_few || words(sentence).next().is_none()).then_some(Doubt::Words)
    }

    /// The share of the words of `sentence` that the text has, 0 to 1.
    pub fn share(&self, sentence: &str) -> f32 {
        let known = |word: &&str| self.lowercase.contains(&word.to_lowercase());
        let all = words(sentence).count();
        words(sentence).filter(known).count() as f32 / all.max(1) as f32
    }

    /// Whether the text has, in digits, the number that a word from "two" to "twenty" names.
    fn has_digits_for(&self, word: &str) -> bool {
        let place = NUMBER_WORDS.iter().position(|other| *other == word);
        place.is_some_and(|i| i < 19 && self.numbers.contains(&(i + 2).to_string()))
    }
}

/// The longer words of a text, in lower case.
pub fn long_words(text: &str) -> HashSet<String> {
    let long = |word: &&str| word.chars().count() >= LONG;
    words(text).filter(long).map(str::to_lowercase).collect()
}

/// Runs of letters, with apostrophes and hyphens within and no `'s` behind.
fn words(text: &str) -> impl Iterator<Item = &str> {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\p{L}[\p{L}\p{M}\p{N}]*").expect("the pattern is constant"));
    WORD.find_iter(text).map(|found| found.as_str())
}

/// Numbers in digits, without what groups them.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\p{Nd}+(?:[.,:]\p{Nd}+)*").expect("the pattern is constant"));
    static GROUP: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r",(\p{Nd}{3})\b").expect("the pattern is constant"));
    NUMBER
        .find_iter(text)
        .map(|found| GROUP.replace_all(found.as_str(), "$1").into_owned())
}

/// The quotations of a text.
fn quotes(text: &str) -> impl Iterator<Item = &str> {
    static QUOTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[“”„\"«»]([^“”„\"«»]+)[“”\"«»]").expect("the pattern is constant")
    });
    let inside = |found: regex::Captures<'_>| found.get(1).map_or(0..0, |quote| quote.range());
    QUOTE
        .captures_iter(text)
        .map(move |found| &text[inside(found)])
}

/// Lower case, words with one space between them, and nothing else: punctuation at the edge of a quote may differ.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            plain.push(c);
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(sentence: &str) -> Option<Doubt> {
        let text = [
            "The mayor, Anna Schmidt, opened the new bridge on 3 May for 1,500 guests.",
            "“We have waited two years for this day,” she said.",
        ];
        SourceWords::new(text).doubt(sentence)
    }

    #[test]
    fn what_the_source_says_may_be_said() {
        for sentence in [
            "Anna Schmidt opened the bridge on 3 May.",
            "The bridge was opened for 1500 guests.",
            "Two years they waited for it, the mayor said.",
            "She said: “We have waited two years”.",
            "In May, three guests waited on Schmidt's bridge.",
        ] {
            assert_eq!(doubt(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn what_was_made_up_is_found() {
        let number = |text: &str| Some(Doubt::Number(text.into()));
        let name = |text: &str| Some(Doubt::Name(text.into()));
        assert_eq!(doubt("The bridge was opened on 4 May."), number("4"));
        assert_eq!(doubt("The bridge opened for 15 guests."), number("15"));
        assert_eq!(
            doubt("Four guests waited on the new bridge."),
            number("Four")
        );
        assert_eq!(
            doubt("They waited seven years for the bridge."),
            number("seven")
        );
        assert_eq!(
            doubt("The mayor, Anna Meier, opened the bridge."),
            name("Meier")
        );
        assert_eq!(doubt("Berlin opened the new bridge."), name("Berlin"));
        assert_eq!(
            doubt("She said: “We have waited for ages”."),
            Some(Doubt::Quote("We have waited for ages".into()))
        );
        assert_eq!(doubt("Nothing whatever happens anywhere."), name("Nothing"));
        assert_eq!(
            doubt("The weather stayed rather cloudy."),
            Some(Doubt::Words)
        );
        assert_eq!(doubt("… !"), Some(Doubt::Words));
    }
}
