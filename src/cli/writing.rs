//! Options of models that write in their own words.

use std::path::PathBuf;

use clap::Args;

use super::outcome::CommandError;
use crate::files;

/// Options for models that are told what to write.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct WritingOptions {
    /// A file with the prompt for a model in GGUF: {text} stands for the text, {words} for the words of a summary, {terms}
    /// for the glossary
    #[arg(long, value_name = "FILE")]
    pub prompt: Option<PathBuf>,

    /// How freely a model in GGUF chooses its words: 0 takes the likeliest each time
    #[arg(long, value_name = "T", default_value_t = 0., value_parser = temperature)]
    pub temperature: f64,

    /// What a model in GGUF begins to choose with, where --temperature is above 0: the same seed gives the same text
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0. ..=5.).contains(&number) => Ok(number),
        _ => Err("give a number from 0 to 5".into()),
    }
}

/// The same as it is meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritingSettings {
    /// The prompt that is not the program's own.
    pub prompt: Option<String>,
    /// See [`WritingOptions`].
    pub temperature: f64,
    /// See [`WritingOptions`].
    pub seed: u64,
    /// Whether sentences stay that the text does not bear out.
    pub keep_unsupported: bool,
}

impl WritingSettings {
    /// Reads the prompt.
    pub fn resolve(options: &WritingOptions, keep_unsupported: bool) -> Result<Self, CommandError> {
        let prompt = options.prompt.as_ref().map(|path| {
            std::fs::read_to_string(path).map_err(|error| {
                CommandError::usage(format!("--prompt {}: {error}", files::display(path)))
            })
        });
        Ok(Self {
            prompt: prompt.transpose()?,
            temperature: options.temperature,
            seed: options.seed,
            keep_unsupported,
        })
    }
}
