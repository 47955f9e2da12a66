//! Glossaries: terms whose translation the user gives, such as names, products and technical words. The network gets them
//! as hints and may inflect them; what is marked with `!` must be there letter for letter.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::tbx;
use crate::document::words;
use crate::segment::Fixed;

/// Words of a term at most.
const LONGEST: usize = 12;

/// German terms with their English translations, read from a file of two tab-separated columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glossary {
    terms: BTreeMap<String, Term>,
    /// Words of the longest term.
    longest: usize,
}

/// The translation of a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// English.
    pub target: String,
    /// Whether it must be there letter for letter.
    pub exact: bool,
}

/// Why a glossary cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlossaryError {
    /// A term base that is damaged or has no terms.
    #[error("the term base cannot be read: {0}")]
    Tbx(String),
    /// A line without a tab, or with an empty side.
    #[error("line {line} is no term: write German, a tab, English")]
    NoTerm {
        /// Its number from 1.
        line: usize,
    },
    /// A term with too many words.
    #[error("line {line} has a term of more than {LONGEST} words")]
    TooLong {
        /// Its number from 1.
        line: usize,
    },
}

impl Glossary {
    /// The terms with their translations, in the order of the terms.
    pub fn terms(&self) -> impl Iterator<Item = (&str, &Term)> {
        let terms = self.terms.iter();
        terms.map(|(source, term)| (source.as_str(), term))
    }

    /// Reads a glossary: German, a tab, English on each line, with `!` before it if the English must be there letter for
    /// letter. Empty lines and those that begin with `#` are skipped; of a
    /// repeated term the last line counts. A term base in TBX is read, too.
    ///
    /// # Errors
    /// When a line is not a term.
    pub fn read(text: &str) -> Result<Self, GlossaryError> {
        if text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('<')
        {
            return Self::read_tbx(text);
        }
        let mut glossary = Self::default();
        for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let line_number = i + 1;
            let mut columns = line.split('\t').map(str::trim);
            let (source, target) = (columns.next(), columns.next());
            let (Some(source), Some(target)) = (source, target) else {
                return Err(GlossaryError::NoTerm { line: line_number });
            };
            let (exact, source) = match source.strip_prefix('!') {
                Some(source) => (true, source.trim_start()),
                None => (false, source),
            };
            if source.is_empty() || target.is_empty() {
                return Err(GlossaryError::NoTerm { line: line_number });
            }
            let words: Vec<&str> = source.split_whitespace().collect();
            if words.len() > LONGEST {
                return Err(GlossaryError::TooLong { line: line_number });
            }
            glossary.longest = glossary.longest.max(words.len());
            let target = target.to_owned();
            (glossary.terms).insert(words.join(" "), Term { target, exact });
        }
        Ok(glossary)
    }

    /// Terms of more words than a sentence is searched for are left out.
    fn read_tbx(text: &str) -> Result<Self, GlossaryError> {
        let mut glossary = Self::default();
        for (source, target) in tbx::terms(text).map_err(GlossaryError::Tbx)? {
            let words: Vec<&str> = source.split_whitespace().collect();
            if words.len() <= LONGEST {
                glossary.longest = glossary.longest.max(words.len());
                let target = words::one_line(&target);
                let exact = false;
                (glossary.terms).insert(words.join(" "), Term { target, exact });
            }
        }
        match glossary.terms.is_empty() {
            true => Err(GlossaryError::Tbx(
                "it has no German term with an English one".into(),
            )),
            false => Ok(glossary),
        }
    }

    /// The terms that a sentence contains as whole words, spelt as in the glossary; the longest where several match.
    pub fn terms_in(&self, sentence: &str) -> Vec<Fixed> {
        let words: Vec<(usize, &str)> = words::spans(sentence)
            .map(|word| (word.start, &sentence[word]))
            .collect();
        let mut found: Vec<Fixed> = Vec::new();
        let mut i = 0;
        while i < words.len() {
            let term = (1..=self.longest.min(words.len() - i))
                .rev()
                .find_map(|length| {
                    let end = words[i + length - 1];
                    let written = &sentence[words[i].0..end.0 + end.1.len()];
                    let bare = written.trim_matches(|c: char| !c.is_alphanumeric());
                    // With its punctuation first: "Yahoo!" is a name.
                    [written, bare].into_iter().find_map(|text| {
                        let term: Vec<&str> = text.split_whitespace().collect();
                        let Term { target, exact } = self.terms.get(&term.join(" "))?;
                        let start = text.as_ptr().addr() - sentence.as_ptr().addr();
                        let span = start..start + text.len();
                        let (target, exact) = (Some(target.clone()), *exact);
                        let fixed = Fixed {
                            span,
                            target,
                            exact,
                        };
                        Some((length, fixed))
                    })
                });
            match term {
                Some((length, term)) => {
                    found.push(term);
                    i += length;
                }
                None => i += 1,
            }
        }
        found
    }
}

/// The fixed translations that are missing from a target.
pub fn not_honoured<'f>(fixed: &'f [Fixed], target: &str) -> Vec<&'f str> {
    let is_there = |term: &str, exact: bool| match exact {
        true => target.contains(term),
        false => find_inflected(target, term).is_some(),
    };
    let given = fixed.iter().filter_map(|fixed| {
        let term = fixed.target.as_deref()?;
        (!is_there(term, fixed.exact)).then_some(term)
    });
    given.collect()
}

/// Where `text` has an English term, in any case, perhaps with another ending of its last word: `city works` for
/// `City Work`, `studies` for `study`.
pub(super) fn find_inflected(text: &str, term: &str) -> Option<Range<usize>> {
    /// Letters that an ending may take away, of words that keep so many.
    const ENDING: usize = 1;
    const STEM: usize = 4;
    let letters = |text: &str| -> Vec<(usize, char)> {
        let lower = |(i, c): (usize, char)| (i, c.to_lowercase().next().unwrap_or(c));
        text.char_indices().map(lower).collect()
    };
    let (text_letters, term) = (letters(text), letters(term));
    let last_word = (term.iter().rev())
        .take_while(|(_, c)| c.is_alphabetic())
        .count();
    let kept = match last_word >= STEM + ENDING {
        true => term.len() - ENDING,
        false => term.len(),
    };
    let is_word = |i: usize| (text_letters.get(i)).is_some_and(|(_, c)| c.is_alphanumeric());
    let begins = |&start: &usize| {
        let alike = text_letters[start..].iter().zip(&term[..kept]);
        (start == 0 || !is_word(start - 1))
            && text_letters.len() - start >= kept
            && alike.into_iter().all(|((_, a), (_, b))| a == b)
    };
    let start = (0..text_letters.len()).find(begins)?;
    let end = (start + kept..).find(|&i| !is_word(i))?;
    // "works" for "work", not "workshop": an ending is short.
    (end - start <= term.len() + 3).then(|| {
        let byte = |i: usize| text_letters.get(i).map_or(text.len(), |&(byte, _)| byte);
        byte(start)..byte(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_as_whole_words() {
        let glossary = Glossary::read(
            "# Namen\n\nStadtwerke\tCity Works\nStadtwerke Ulm\tUlm Utilities\nYahoo!\tYahoo!\n",
        )
        .unwrap();
        let found = |sentence: &str| -> Vec<(String, String)> {
            (glossary.terms_in(sentence).into_iter())
                .map(|term| (sentence[term.span].to_owned(), term.target.unwrap()))
                .collect()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            found("Die „Stadtwerke“ zahlen."),
            [pair("Stadtwerke", "City Works")]
        );
        assert_eq!(
            found("Stadtwerke\nUlm und Yahoo!"),
            [
                pair("Stadtwerke\nUlm", "Ulm Utilities"),
                pair("Yahoo!", "Yahoo!")
            ]
        );
        assert_eq!(found("Stadtwerkehaus, stadtwerke"), []);
    }

    #[test]
    fn what_is_no_term_is_named() {
        assert_eq!(
            Glossary::read("a\tb\nHaus house"),
            Err(GlossaryError::NoTerm { line: 2 })
        );
        assert_eq!(
            Glossary::read("Haus\t "),
            Err(GlossaryError::NoTerm { line: 1 })
        );
        let long = format!("{}\tx", "a ".repeat(13));
        assert_eq!(
            Glossary::read(&long),
            Err(GlossaryError::TooLong { line: 1 })
        );
    }

    #[test]
    fn what_is_missing_is_told() {
        let fixed = |target: &str| Fixed {
            span: 0..1,
            target: Some(target.into()),
            exact: false,
        };
        let all = [fixed("City Works"), fixed("Ulm")];
        assert_eq!(not_honoured(&all, "The CITY WORKS pay."), ["Ulm"]);
        let mut exact = [fixed("City Works")];
        exact[0].exact = true;
        assert_eq!(not_honoured(&exact, "The city works."), ["City Works"]);
    }

    #[test]
    fn a_term_may_be_inflected_and_no_other_word() {
        let found = |text: &'static str, term| find_inflected(text, term).map(|found| &text[found]);
        assert_eq!(
            found("Two case studies.", "Case Study"),
            Some("case studies")
        );
        assert_eq!(found("The Squirrels’ nuts", "squirrel"), Some("Squirrels"));
        assert_eq!(found("Workshops are held.", "work"), None);
        assert_eq!(found("a network", "work"), None);
        assert_eq!(found("it", "Italy"), None);
    }

    #[test]
    fn an_exclamation_mark_before_a_term_makes_it_exact() {
        let glossary = Glossary::read("!Stadtwerke\tCity Works\nYahoo!\tYahoo!\n").unwrap();
        let exact: Vec<bool> = (glossary.terms_in("Stadtwerke Yahoo!").iter())
            .map(|term| term.exact)
            .collect();
        assert_eq!(exact, [true, false]);
        let line = GlossaryError::NoTerm { line: 1 };
        assert_eq!(Glossary::read("!\tx"), Err(line));
    }
}
