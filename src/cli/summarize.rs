//! `summarize`: the sentences that carry a German text, in English.

use anyhow::bail;
use clap::{Args, Parser};

use super::Outcome;
use super::inputs::{InputOptions, Surroundings, Task};
use super::options::Format;
use crate::archive::{Made, Order, SummaryOrder};
use crate::report::Style;
use crate::{Length, Method, Summary, Translation, report};

const EXAMPLES: &str = "\
Examples:
  summarize artikel.txt                  English summary on standard output
  summarize --sentences 3 *.txt          one summary for each file, under its name
  summarize --words 100 artikel.txt      about 100 words
  summarize --style bullets artikel.txt  one sentence on a line
  summarize --with-translation a.txt     the summary, then the whole translation
  summarize archiv/ -o summaries/        every file of a folder, the tree mirrored";

/// Summarize German text in English, offline.
#[derive(Debug, Parser)]
#[command(name = "summarize", version, after_help = EXAMPLES)]
pub struct Program {
    #[command(flatten)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Command {
    /// Sentences of a summary [default: a fifth of the text, 3 to 7]
    #[arg(long, value_name = "N", group = "length", value_parser = at_least_one)]
    pub sentences: Option<usize>,

    /// English words of a summary, about
    #[arg(long, value_name = "N", group = "length", value_parser = at_least_one)]
    pub words: Option<usize>,

    /// Share of the text, as 0.2 or 20%
    #[arg(long, value_name = "R", group = "length", value_parser = ratio)]
    pub ratio: Option<f32>,

    /// How a summary is laid out
    #[arg(long, value_enum, default_value_t)]
    pub style: Style,

    /// How sentences are ranked
    #[arg(long, value_enum, default_value_t = Method::Centroid)]
    pub method: Method,

    /// Print the whole translation after the summary
    #[arg(long)]
    pub with_translation: bool,

    #[command(flatten)]
    pub input: InputOptions,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("give a whole number from 1".into()),
        Ok(number) => Ok(number),
    }
}

fn ratio(text: &str) -> Result<f32, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f32>().map(|percent| percent / 100.),
        None => text.parse(),
    };
    match share {
        Ok(share) if share > 0. && share <= 1. => Ok(share),
        _ => Err("give a share above 0 and up to 1, such as 0.2 or 20%".into()),
    }
}

impl Command {
    fn length(&self) -> Length {
        match (self.sentences, self.words, self.ratio) {
            (Some(sentences), _, _) => Length::Sentences(sentences),
            (_, Some(words), _) => Length::Words(words),
            (_, _, Some(ratio)) => Length::Ratio(ratio),
            _ => Length::Usual,
        }
    }
}

/// A summary is short and is read closely: its sentences get the better search.
const BEAM: u8 = 4;

pub fn run(command: &Command) -> anyhow::Result<Outcome> {
    let format = command.input.format;
    let task = Task {
        order: Order {
            reading: command.input.reading(),
            summary: Some(SummaryOrder {
                length: command.length(),
                method: command.method,
                style: command.style,
            }),
            translate: command.with_translation || matches!(format, Format::Html | Format::Tmx),
            in_sections: false,
            decode: command.input.search.decode(BEAM),
        },
        recipe: "summarize".into(),
    };
    command.input.run(&task, |made, surroundings| {
        let Some(summary) = made
            .summary
            .as_ref()
            .filter(|summary| !summary.chosen.is_empty())
        else {
            bail!("there is nothing to summarise: it has no sentence");
        };
        let (article, about) = (made.article, &surroundings.about);
        let translations = made.translations.as_deref();
        let all = translations.unwrap_or_default();
        Ok(match format {
            Format::Text => text(made, summary, translations, surroundings),
            Format::Json => report::summary_json(about, article, summary, translations),
            Format::Jsonl => {
                let chosen = summary.chosen.iter().copied().zip(&summary.translations);
                report::segments_jsonl(about, article, chosen)
            }
            Format::Html => report::html(about, article, summary, all),
            Format::Tmx => report::tmx(about, article, all),
        }
        .into_bytes())
    })
}

fn text(
    made: &Made<'_>,
    summary: &Summary,
    translations: Option<&[Translation]>,
    surroundings: &Surroundings<'_>,
) -> String {
    let mut text = String::new();
    if surroundings.headings {
        let gap = if made.job == 0 { "" } else { "\n" };
        text += &format!("{gap}# {}\n\n", made.name);
    }
    text += &report::summary(summary, surroundings.about.style);
    text += "\n";
    if let Some(translations) = translations {
        text += "\n---\n\n";
        text += &report::text(made.article, translations);
    }
    text
}
