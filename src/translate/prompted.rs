//! Translations by decoder-only models, which are told in words what to translate.
//!
//! Such a model gets a paragraph at once, a sentence a line. What it writes is held against the translation that a
//! sequence-to-sequence model made of each sentence: numbers, addresses and terms of the glossary must be there. What fails
//! twice stays as it was.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Source, Translation, not_honoured};
use crate::decode::Finish;
use crate::decode::sampling::{Continuation, Sampling, go_on};
use crate::document::words;
use crate::model::causal::CausalModel;
use crate::model::{NetworkError, NetworkResult};

/// The prompt, unless there is another: `{text}` stands for the text, `{terms}` for what the glossary has for it.
const PROMPT: &str = include_str!("prompts/translation.txt");
/// Tokens of a translation for each of its source, and beside them, at most.
const TOKENS_PER_TOKEN: usize = 2;
const BESIDE: usize = 32;
/// Temperature of the second attempt, if that of the first is lower: otherwise it would be the same.
const SECOND_TEMPERATURE: f64 = 0.7;
/// Letters that tell one language from another.
const LETTERS_TO_JUDGE: usize = 40;

/// Is told the number of tokens and the text that a model has written so far.
pub type OnWriting = Box<dyn Fn(usize, &str) + Send + Sync>;

/// A decoder-only model that translates.
pub struct PromptedTranslator {
    model: CausalModel,
    prompt: String,
    temperature: f64,
    seed: u64,
    on_writing: OnWriting,
}

/// Why a prompt cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranslationPromptError {
    /// There is no place for the text.
    #[error("it must have {{text}} once, where the text is to stand")]
    NoText,
    /// There is no room for a text beside it.
    #[error(
        "it has {tokens} tokens, and the model takes {context} with the text and its translation"
    )]
    TooLong {
        /// Of the prompt.
        tokens: usize,
        /// Of the model.
        context: usize,
    },
    /// The tokenizer fails.
    #[error("{0}")]
    Tokenizer(#[from] NetworkError),
}

/// A sentence of a paragraph with the translation that it has.
#[derive(Debug, Clone)]
pub struct Translated<'a> {
    /// The German sentence.
    pub source: Source<'a>,
    /// Its translation by another model.
    pub translation: &'a Translation,
    /// Whether that must stay, since markup hangs on its words.
    pub stays: bool,
}

impl Translated<'_> {
    /// Whether the sentence is to be translated anew: it has words, was not copied, and no markup hangs on it.
    pub fn is_open(&self) -> bool {
        let has_code = self.source.fixed.iter().any(|fixed| fixed.target.is_none());
        let copied = words::one_line(&self.source.text) == self.translation.text;
        !self.stays && !has_code && !copied && !self.translation.text.is_empty()
    }
}

impl PromptedTranslator {
    /// A translator that is told what to do by `prompt`, or by the usual one, and chooses words by temperature and seed.
    ///
    /// # Errors
    /// When the prompt has no place for the text, or the model no room for one beside it.
    pub fn new(
        model: CausalModel,
        prompt: Option<&str>,
        temperature: f64,
        seed: u64,
        on_writing: OnWriting,
    ) -> Result<Self, TranslationPromptError> {
        let prompt = prompt.unwrap_or(PROMPT);
        if prompt.matches("{text}").count() != 1 {
            return Err(TranslationPromptError::NoText);
        }
        let translator = Self {
            prompt: prompt.trim_end().to_owned(),
            model,
            temperature,
            seed,
            on_writing,
        };
        let tokens = translator.prompt("", "")?.len();
        let context = translator.model.context;
        if tokens >= context / 2 {
            return Err(TranslationPromptError::TooLong { tokens, context });
        }
        Ok(translator)
    }

    /// Translates a paragraph, given by its sentences. `None` for a sentence whose translation stays as it was because the
    /// model did not keep to the source, or because it must.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn paragraph(
        &self,
        sentences: &[Translated<'_>],
    ) -> NetworkResult<Vec<Option<Translation>>> {
        let mut made: Vec<Option<Translation>> = vec![None; sentences.len()];
        let open: Vec<usize> = (0..sentences.len())
            .filter(|&i| sentences[i].is_open())
            .collect();
        if open.len() > 1 {
            let lines: Vec<&Translated<'_>> = open.iter().map(|&i| &sentences[i]).collect();
            if let Some(written) = self.attempt(&lines, self.temperature)? {
                for ((&i, line), sentence) in open.iter().zip(written).zip(&lines) {
                    made[i] = Some(line).filter(|line| keeps_to(line, sentence));
                }
            }
        }
        for i in open {
            if made[i].is_some() {
                continue;
            }
            let sentence = &sentences[i];
            for temperature in [self.temperature, self.temperature.max(SECOND_TEMPERATURE)] {
                let written = self.attempt(&[sentence], temperature)?;
                let written = written.and_then(|mut lines| lines.pop());
                made[i] = written.filter(|line| keeps_to(line, sentence));
                if made[i].is_some() {
                    break;
                }
            }
        }
        Ok(made)
    }

    /// The prompt for a text with these terms.
    fn prompt(&self, text: &str, terms: &str) -> NetworkResult<Vec<u32>> {
        // The text last: what is in it stands for nothing.
        let prompt = self
            .prompt
            .replace("{terms}", terms)
            .replace("{text}", text);
        self.model.prompt(&prompt)
    }

    /// Translates sentences, a line each; `None` if they do not fit the model or do not come back one by one.
    fn attempt(
        &self,
        sentences: &[&Translated<'_>],
        temperature: f64,
    ) -> NetworkResult<Option<Vec<Translation>>> {
        let lines: Vec<String> = (sentences.iter())
            .map(|sentence| words::one_line(&sentence.source.text))
            .collect();
        let text = lines.join("\n");
        let prompt = self.prompt(&text, &terms(sentences))?;
        let length = self.model.encode(&text)?.len();
        let max_tokens = length * TOKENS_PER_TOKEN + BESIDE;
        if prompt.len() + max_tokens > self.model.context {
            return Ok(None);
        }
        let sampling = Sampling {
            temperature,
            seed: self.seed,
            max_tokens,
        };
        let goes_on = !self.model.converses();
        let mut tokens = 0;
        let written = go_on(&self.model, &prompt, &sampling, &mut |text| {
            tokens += 1;
            (self.on_writing)(tokens, text);
            // A base model would write the next example.
            !(goes_on && text.trim_start().lines().count() > sentences.len())
        })?;
        Ok(one_by_one(&written, sentences.len()))
    }
}

/// What the glossary has for sentences, as a line of the prompt; nothing if it has nothing.
fn terms(sentences: &[&Translated<'_>]) -> String {
    let mut terms = BTreeSet::new();
    for sentence in sentences {
        for fixed in &sentence.source.fixed {
            if let (Some(german), Some(english)) =
                (sentence.source.text.get(fixed.span.clone()), &fixed.target)
            {
                terms.insert(format!("“{}” is “{english}”", words::one_line(german)));
            }
        }
    }
    match terms.is_empty() {
        true => String::new(),
        false => {
            let terms: Vec<String> = terms.into_iter().collect();
            format!("Use these translations: {}.\n", terms.join("; "))
        }
    }
}

/// The lines that a model wrote, if they are as many as its source has.
fn one_by_one(written: &Continuation, count: usize) -> Option<Vec<Translation>> {
    if written.finish != Finish::Complete {
        return None;
    }
    let lines: Vec<&str> = (written.text.lines().map(str::trim))
        .filter(|line| !line.is_empty())
        .collect();
    // A last line that was begun when a base model was stopped.
    let lines = lines.get(..count.min(lines.len()))?;
    (lines.len() == count).then(|| {
        let translation = |line: &&str| Translation {
            score: written.score,
            ..Translation::new((*line).to_owned())
        };
        lines.iter().map(translation).collect()
    })
}

/// Whether a line has the numbers and addresses of the sentence's other translation, its terms, and is English.
fn keeps_to(line: &Translation, sentence: &Translated<'_>) -> bool {
    let before = &sentence.translation.text;
    let letters = line.text.chars().filter(|c| c.is_alphabetic()).count();
    let language = (letters >= LETTERS_TO_JUDGE)
        .then(|| whatlang::detect(&line.text))
        .flatten();
    let is_other =
        language.is_some_and(|found| found.lang() != whatlang::Lang::Eng && found.is_reliable());
    let has_all = addresses(before).all(|address| line.text.contains(address));
    letters > 0
        && !is_other
        && has_all
        && numbers(&line.text) == numbers(before)
        && not_honoured(&sentence.source.fixed, &line.text).is_empty()
}

/// The numbers of an English text, without what groups them.
fn numbers(text: &str) -> BTreeSet<String> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\p{Nd}+(?:[.,:]\p{Nd}+)*").expect("the pattern is constant"));
    let plain = |found: regex::Match<'_>| found.as_str().replace(',', "");
    NUMBER.find_iter(text).map(plain).collect()
}

/// Web and mail addresses.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\S+://\S+[\w/]|\bwww\.\S+\w|[\w.+-]+@[\w.-]+\w")
            .expect("the pattern is constant")
    });
    ADDRESS.find_iter(text).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Fixed;

    fn translation(text: &str) -> Translation {
        Translation {
            score: -1.,
            ..Translation::new(text.into())
        }
    }

    #[test]
    fn a_line_keeps_to_its_source() {
        let before = translation("On 3 May, 1,500 guests wrote to info@example.org.");
        let sentence = Translated {
            source: Source::from(&"Am 3. Mai schrieben 1.500 Gäste an info@example.org."),
            translation: &before,
            stays: false,
        };
        let keeps = |text: &str| keeps_to(&translation(text), &sentence);
        assert!(keeps("1500 guests wrote to info@example.org on 3 May."));
        assert!(!keeps("1500 guests wrote to info@example.org on 4 May."));
        assert!(!keeps("On 3 May, 1,500 guests wrote."));
        assert!(!keeps(
            "Am 3. Mai haben 1500 Gäste aus der ganzen Stadt an info@example.org geschrieben, weil sie sich über die neue Brücke freuen."
        ));
        assert!(!keeps(""));
    }

    #[test]
    fn the_glossary_is_said_and_held() {
        let before = translation("The city works are building.");
        let mut source = Source::from(&"Die Stadtwerke bauen.");
        source.fixed.push(Fixed {
            span: 4..14,
            target: Some("City Works".into()),
            exact: true,
        });
        let sentence = Translated {
            source,
            translation: &before,
            stays: false,
        };
        assert_eq!(
            terms(&[&sentence]),
            "Use these translations: “Stadtwerke” is “City Works”.\n"
        );
        assert!(keeps_to(&translation("The City Works build."), &sentence));
        assert!(!keeps_to(&translation("The utility builds."), &sentence));
    }

    #[test]
    fn lines_come_back_one_by_one() {
        let written = |text: &str, finish| Continuation {
            ids: Vec::new(),
            text: text.into(),
            score: -1.,
            finish,
        };
        let lines = one_by_one(&written("One.\n\nTwo.\n", Finish::Complete), 2).unwrap();
        assert_eq!(
            (lines[0].text.as_str(), lines[1].text.as_str()),
            ("One.", "Two.")
        );
        assert!(one_by_one(&written("One. Two.", Finish::Complete), 2).is_none());
        assert!(one_by_one(&written("One.\nTwo.", Finish::Repetition), 2).is_none());
        assert!(one_by_one(&written("", Finish::Complete), 1).is_none());
    }
}
