//! Glossaries: terms whose translation the user fixes, such as names, products and technical words.

use std::collections::BTreeMap;

use crate::document::words;
use crate::segment::Fixed;

/// Words of a term at most.
const LONGEST: usize = 12;

/// German terms with their English translations, read from a file of two tab-separated columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glossary {
    terms: BTreeMap<String, String>,
    /// Words of the longest term.
    longest: usize,
}

/// Why a glossary cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlossaryError {
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
    pub fn terms(&self) -> impl Iterator<Item = (&str, &str)> {
        let terms = self.terms.iter();
        terms.map(|(source, target)| (source.as_str(), target.as_str()))
    }

    /// Reads a glossary: German, a tab, English on each line. Empty lines and those that begin with `#` are skipped; of a
    /// repeated term the last line counts.
    ///
    /// # Errors
    /// When a line is not a term.
    pub fn read(text: &str) -> Result<Self, GlossaryError> {
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
            if source.is_empty() || target.is_empty() {
                return Err(GlossaryError::NoTerm { line: line_number });
            }
            let words: Vec<&str> = source.split_whitespace().collect();
            if words.len() > LONGEST {
                return Err(GlossaryError::TooLong { line: line_number });
            }
            glossary.longest = glossary.longest.max(words.len());
            glossary.terms.insert(words.join(" "), target.to_owned());
        }
        Ok(glossary)
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
                        let target = self.terms.get(&term.join(" "))?;
                        let start = text.as_ptr().addr() - sentence.as_ptr().addr();
                        let span = start..start + text.len();
                        let target = Some(target.clone());
                        Some((length, Fixed { span, target }))
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
    let target = target.to_lowercase();
    let given = fixed.iter().filter_map(|fixed| fixed.target.as_deref());
    given
        .filter(|term| !target.contains(&term.to_lowercase()))
        .collect()
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
        };
        let all = [fixed("City Works"), fixed("Ulm")];
        assert_eq!(not_honoured(&all, "The CITY WORKS pay."), ["Ulm"]);
    }
}
