//! What is asked for, and what that means for one text.

use crate::article::{Article, summarize_together, translate_together};
use crate::decode::DecodeOptions;
use crate::document::{DocumentError, FileFormat};
use crate::model::{Model, NetworkResult};
use crate::report::Style;
use crate::summarize::{Extract, Length, Method, Summary};
use crate::translate::{Glossary, TranslateError, Translation, TranslationMemory};

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
    /// Whether sentences go without what they can do without.
    pub trim: bool,
}

impl SummaryOrder {
    fn choose(self, article: &Article, model: &Model) -> NetworkResult<Extract> {
        let choice = match (self.style, article.headline()) {
            (Style::Headline, Some(headline)) => Extract::of([headline]),
            (Style::Headline, None) => article.extract(model, Length::Sentences(1), self.method)?,
            _ => article.extract(model, self.length, self.method)?,
        };
        Ok(Extract {
            trim: self.trim,
            ..choice
        })
    }
}

/// Which sentences of a text an order needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Those of the summary, if there is to be one.
    pub choice: Option<Extract>,
    /// Segments to translate, whatever more the summary will need.
    pub wanted: Vec<usize>,
}

/// The summary and the translation of a text, each if it was ordered.
pub type Results = (Option<Summary>, Option<Vec<Translation>>);

impl Order {
    /// Which sentences of `article` are needed.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn plan(&self, article: &Article, model: &Model) -> NetworkResult<Plan> {
        let choice = (self.summary)
            .map(|summary| summary.choose(article, model))
            .transpose()?;
        let wanted = match (self.translate, &choice) {
            (true, _) => (0..article.segments.len()).collect(),
            (false, Some(choice)) => choice.places(),
            (false, None) => Vec::new(),
        };
        Ok(Plan { choice, wanted })
    }

    /// The summary and the translation, where ordered, of each text, by its plan. `progress` hears, from any thread, how
    /// many more source words are done.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn carry_out(
        &self,
        texts: &[(&Article, &Plan)],
        model: &Model,
        memory: &mut TranslationMemory,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Results>, TranslateError> {
        let translate = |memory: &mut TranslationMemory| {
            let wanted: Vec<_> = (texts.iter())
                .map(|(article, plan)| (*article, plan.wanted.as_slice()))
                .collect();
            translate_together(model, &wanted, self.decode, memory, progress)
        };
        let translations = self.translate.then(|| translate(memory)).transpose()?;
        // What is translated already is remembered.
        let rest: &(dyn Fn(usize) + Sync) = match self.translate {
            true => &|_| (),
            false => progress,
        };
        let chosen: Vec<_> = (texts.iter())
            .filter_map(|(article, plan)| Some((*article, plan.choice.as_ref()?)))
            .collect();
        let summaries = summarize_together(model, &chosen, self.decode, memory, rest)?;
        let (mut translations, mut summaries) =
            (translations.into_iter().flatten(), summaries.into_iter());
        let results = texts.iter().map(|(_, plan)| {
            let summary = plan.choice.as_ref().and_then(|_| summaries.next());
            (summary, translations.next())
        });
        Ok(results.collect())
    }
}
