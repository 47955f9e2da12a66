//! What is asked for, and what that means for one text.

use crate::document::{DocumentError, FileFormat};
use crate::report::Style;
use crate::{Article, DecodeOptions, Glossary, Length, Method, Model, Summary, Translation};

/// How files are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The format of all; else each has that of its name or its first bytes.
    pub format: Option<FileFormat>,
    /// The fields of records that are translated.
    pub fields: Vec<String>,
    /// Terms whose translation is given.
    pub glossary: Glossary,
}

impl Reading {
    /// The sentences of a file of this format.
    ///
    /// # Errors
    /// When the bytes are no document of the format.
    pub fn read(&self, bytes: &[u8], format: FileFormat) -> Result<Article, DocumentError> {
        let mut article = Article::new(format.read(bytes, &self.fields)?);
        article.fix_terms(&self.glossary);
        Ok(article)
    }
}

/// What is made of every text.
#[derive(Debug, Clone)]
pub struct Order {
    /// How the files are read.
    pub reading: Reading,
    /// A summary.
    pub summary: Option<SummaryOrder>,
    /// The whole translation.
    pub translate: bool,
    /// Whether a long text may be worked on in parts.
    pub in_sections: bool,
    /// How sentences are searched for.
    pub decode: DecodeOptions,
}

/// What summary is made of a text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SummaryOrder {
    /// How long it is.
    pub length: Length,
    /// How sentences are chosen.
    pub method: Method,
    /// How it is laid out.
    pub style: Style,
}

impl SummaryOrder {
    fn choose(self, article: &Article, model: &Model) -> candle_core::Result<Vec<usize>> {
        match (self.style, article.headline()) {
            (Style::Headline, Some(headline)) => Ok(vec![headline]),
            (Style::Headline, None) => article.choose(model, Length::Sentences(1), self.method),
            _ => article.choose(model, self.length, self.method),
        }
    }
}

/// Which sentences of a text an order needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Segments of the summary.
    pub chosen: Vec<usize>,
    /// Segments to translate.
    pub wanted: Vec<usize>,
}

impl Order {
    /// Which sentences of `article` are needed.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn plan(&self, article: &Article, model: &Model) -> candle_core::Result<Plan> {
        let chosen = match self.summary {
            Some(summary) => summary.choose(article, model)?,
            None => Vec::new(),
        };
        let wanted = match self.translate {
            true => (0..article.segments.len()).collect(),
            false => chosen.clone(),
        };
        Ok(Plan { chosen, wanted })
    }

    /// The summary and the translation, where ordered, from the translations of the wanted segments.
    pub fn results(
        &self,
        plan: &Plan,
        translations: Vec<Translation>,
    ) -> (Option<Summary>, Option<Vec<Translation>>) {
        let summary = self.summary.map(|_| Summary {
            // A translation of everything has the summary's sentences at their own places.
            translations: match self.translate {
                true => (plan.chosen.iter())
                    .map(|&i| translations[i].clone())
                    .collect(),
                false => translations.clone(),
            },
            chosen: plan.chosen.clone(),
        });
        (summary, self.translate.then_some(translations))
    }
}
