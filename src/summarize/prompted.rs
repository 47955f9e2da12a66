//! Drafts by decoder-only models, which are told in words what to write.

use regex::Regex;
use std::sync::LazyLock;

use super::draft::{Draft, Trouble, Writer, sentences};
use crate::decode::Finish;
use crate::decode::sampling::{Continuation, Sampling, go_on};
use crate::model::causal::CausalModel;
use crate::model::error::bail;
use crate::model::{NetworkError, NetworkResult};

/// The prompt, unless there is another: `{text}` stands for the text, `{words}` for the number of words.
pub const DEFAULT_PROMPT: &str = include_str!("prompts/summary.txt");

/// Tokens of an English word, and of what a model says beside the summary, at most.
const TOKENS_PER_WORD: usize = 2;
const BESIDE: usize = 64;
/// Fewest tokens of a chunk.
const SHORTEST_CHUNK: usize = 64;
/// Temperature of the second attempt, if that of the first is lower: otherwise it would be the same.
const SECOND_TEMPERATURE: f64 = 0.7;
/// What is added to the prompt of the second attempt.
const REMINDER: &str = "\nWrite the summary in English, in whole sentences, and nothing twice:";
/// Letters that tell one language from another.
const LETTERS_TO_JUDGE: usize = 40;

/// Why a prompt cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// There is no place for the text.
    #[error("it must have {{text}} once, where the text is to stand")]
    NoText,
    /// There is no room for a text beside it.
    #[error("it has {tokens} tokens, and the model takes {context} with the text and the summary")]
    TooLong {
        /// Of the prompt.
        tokens: usize,
        /// Of the model.
        context: usize,
    },
    /// The tokenizer fails.
    #[error("{0}")]
    Tokenizer(NetworkError),
}

/// How far a model is with a draft.
#[derive(Debug, Clone, Copy)]
pub struct Writing<'a> {
    /// Tokens so far.
    pub tokens: usize,
    /// The text so far.
    pub text: &'a str,
}

/// What is told how far a model is.
type OnWriting = Box<dyn Fn(Writing<'_>) + Send + Sync>;

/// A decoder-only model that writes summaries.
pub struct PromptedWriter {
    model: CausalModel,
    before: String,
    after: String,
    temperature: f64,
    seed: u64,
    on_writing: OnWriting,
}

impl PromptedWriter {
    /// A writer that is told what to do by `prompt`, and chooses words by temperature and seed ([`Sampling`]).
    ///
    /// # Errors
    /// When the prompt has no place for the text, or the model no room for one beside it.
    pub fn new(
        model: CausalModel,
        prompt: &str,
        temperature: f64,
        seed: u64,
        on_writing: OnWriting,
    ) -> Result<Self, PromptError> {
        let mut parts = prompt.split("{text}");
        let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(PromptError::NoText);
        };
        let writer = Self {
            before: before.to_owned(),
            after: after.to_owned(),
            model,
            temperature,
            seed,
            on_writing,
        };
        let tokens = writer
            .prompt("", 0, false)
            .map_err(PromptError::Tokenizer)?
            .len();
        let context = writer.model.context;
        match writer.room(0) {
            Ok(_) => Ok(writer),
            Err(_) => Err(PromptError::TooLong { tokens, context }),
        }
    }

    /// The prompt for a text.
    fn prompt(&self, text: &str, words: usize, again: bool) -> NetworkResult<Vec<u32>> {
        let filled = |part: &str| part.replace("{words}", &words.to_string());
        let reminder = if again { REMINDER } else { "" };
        let (before, after) = (filled(&self.before), filled(self.after.trim_end()));
        self.model
            .prompt(&format!("{before}{text}{after}{reminder}"))
    }

    /// Tokens that a summary may have.
    fn longest(&self, words: usize) -> usize {
        (words.saturating_mul(TOKENS_PER_WORD).saturating_add(BESIDE)).min(self.model.context / 3)
    }

    /// Writes one draft, and another if there is something wrong with it.
    fn write(&self, text: &str, words: usize) -> NetworkResult<Draft> {
        let first = self.attempt(text, words, false)?;
        match first.trouble {
            None => Ok(first),
            Some(_) => self.attempt(text, words, true),
        }
    }

    fn attempt(&self, text: &str, words: usize, again: bool) -> NetworkResult<Draft> {
        let prompt = self.prompt(text, words, again)?;
        let sampling = Sampling {
            temperature: match again {
                true => self.temperature.max(SECOND_TEMPERATURE),
                false => self.temperature,
            },
            seed: self.seed,
            max_tokens: self.longest(words),
        };
        let goes_on = !self.model.converses();
        let mut tokens = 0;
        let written = go_on(&self.model, &prompt, &sampling, &mut |text| {
            tokens += 1;
            (self.on_writing)(Writing { tokens, text });
            // A base model would write the next article.
            !(goes_on && text.trim_start().contains("\n\n"))
        })?;
        Ok(draft(&written, goes_on))
    }
}

impl Writer for PromptedWriter {
    fn reads_german(&self) -> bool {
        self.model.reads_german
    }

    fn tokens(&self, sentence: &str) -> NetworkResult<usize> {
        // And the space between two.
        Ok(self.model.encode(sentence)?.len() + 1)
    }

    fn room(&self, words: usize) -> NetworkResult<usize> {
        let prompt = self.prompt("", words, true)?.len() + self.longest(words);
        match self.model.context.checked_sub(prompt + 1) {
            Some(room) if room >= SHORTEST_CHUNK => Ok(room),
            _ => bail!("the prompt leaves no room for a text"),
        }
    }

    fn summaries(&self, chunks: &[Vec<&str>], words: usize) -> NetworkResult<Vec<Draft>> {
        // One after the other: the network takes all threads by itself, and what the prompts share is read once.
        let write = |chunk: &Vec<&str>| self.write(&chunk.join(" "), words);
        chunks.iter().map(write).collect()
    }
}

/// The draft in what a model wrote.
fn draft(written: &Continuation, goes_on: bool) -> Draft {
    let mut text = written.text.trim();
    if goes_on {
        text = text.split("\n\n").next().unwrap_or_default();
    }
    let text = plain(text);
    let sentences = sentences(&text);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let language = (letters >= LETTERS_TO_JUDGE)
        .then(|| whatlang::detect(&text))
        .flatten();
    let trouble = if written.finish == Finish::Repetition {
        Some(Trouble::Loop)
    } else if letters == 0 {
        Some(Trouble::Nothing)
    } else if language
        .is_some_and(|found| found.lang() != whatlang::Lang::Eng && found.is_reliable())
    {
        Some(Trouble::Language)
    } else {
        None
    };
    Draft {
        sentences: if trouble.is_none() {
            sentences
        } else {
            Vec::new()
        },
        complete: written.finish == Finish::Complete,
        score: written.score,
        trouble,
    }
}

/// The text without what models put around it: thoughts, a line that announces it, headings, list marks, emphasis.
fn plain(text: &str) -> String {
    static THOUGHTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)<think>.*?(</think>|\z)").expect("the pattern is constant")
    });
    static MARKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*(?:[-*•]\s+|#+\s+|\d{1,2}[.)]\s+)").expect("the pattern is constant")
    });
    let text = THOUGHTS.replace_all(text, "");
    let lines: Vec<&str> = (text.lines().map(str::trim))
        .filter(|line| !line.is_empty())
        .collect();
    let announces = |line: &str| line.ends_with(':') || line.ends_with(":**");
    let begin = usize::from(lines.len() > 1 && announces(lines[0]));
    let line = |line: &&str| {
        let line = MARKS.replace(line, "").replace("**", "");
        let line = line.trim();
        match line.strip_prefix("Summary:") {
            Some(rest) => rest.trim_start().to_owned(),
            None => line.to_owned(),
        }
    };
    lines[begin..]
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, finish: Finish) -> Draft {
        let written = Continuation {
            ids: Vec::new(),
            text: text.into(),
            score: -1.,
            finish,
        };
        draft(&written, false)
    }

    #[test]
    fn what_models_put_around_a_summary_is_left_out() {
        assert_eq!(
            plain(
                "<think>\nHm.\n</think>\n\n**Here is a summary:**\n\n* The **city** builds.\n* It opens in May."
            ),
            "The city builds. It opens in May."
        );
        assert_eq!(
            plain("Summary: The city builds a bridge."),
            "The city builds a bridge."
        );
        assert_eq!(plain("<think> endless"), "");
        assert_eq!(plain("At 10:30 it began:"), "At 10:30 it began:");
    }

    #[test]
    fn trouble_is_seen() {
        let english =
            "The city is building a new bridge over the river, and the work takes two years.";
        assert_eq!(written(english, Finish::Complete).trouble, None);
        assert_eq!(
            written("", Finish::Complete).trouble,
            Some(Trouble::Nothing)
        );
        assert_eq!(
            written("… 12", Finish::Complete).trouble,
            Some(Trouble::Nothing)
        );
        assert_eq!(
            written(english, Finish::Repetition).trouble,
            Some(Trouble::Loop)
        );
        let german =
            "Die Stadt baut eine neue Brücke über den Fluss, und die Arbeiten dauern zwei Jahre.";
        let draft = written(german, Finish::Complete);
        assert_eq!(draft.trouble, Some(Trouble::Language));
        assert!(draft.sentences.is_empty());
        assert!(!written(english, Finish::TooLong).complete);
    }
}
