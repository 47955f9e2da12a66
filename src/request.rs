//! Requests: the results that are wanted of texts, and the sentences of each text that they need.

use crate::article::{Article, summarize_together, translate_together};
use crate::decode::DecodeOptions;
use crate::document::{DocumentError, FileFormat, RecordOptions};
use crate::model::{Model, NetworkResult};
use crate::report::Style;
use crate::summarize::{Extract, Length, Method, Summary};
use crate::translate::{Glossary, ReferenceMemory, TranslateError, Translation, TranslationMemory};

/// Options for reading a file into an article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The format of all files; if `None`, each has the format that its name or its first bytes suggest.
    pub format: Option<FileFormat>,
    /// Fields of records that are translated, and how records are written.
    pub records: RecordOptions,
    /// Terms whose translation is given.
    pub glossary: Glossary,
    /// Sentences whose translation is known.
    pub memory: ReferenceMemory,
}

/// Options for reading one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnOptions {
    /// Fields of records that are translated, and how records are written, instead of those of all files.
    pub records: RecordOptions,
    /// Terms whose translation is given; they go before those of all files.
    pub glossary: Glossary,
}

impl ReadOptions {
    /// Reads the bytes of a file of this format, splits them into sentences and fixes what glossary and memory know.
    ///
    /// # Errors
    /// When the bytes are no document of the format.
    pub fn read(&self, bytes: &[u8], format: FileFormat) -> Result<Article, DocumentError> {
        self.read_as(bytes, format, &self.records, &Glossary::default())
    }

    /// As [`read`](Self::read), with options of this file alone.
    ///
    /// # Errors
    /// As there.
    pub fn read_with(
        &self,
        bytes: &[u8],
        format: FileFormat,
        own: &OwnOptions,
    ) -> Result<Article, DocumentError> {
        self.read_as(bytes, format, &own.records, &own.glossary)
    }

    fn read_as(
        &self,
        bytes: &[u8],
        format: FileFormat,
        records: &RecordOptions,
        terms: &Glossary,
    ) -> Result<Article, DocumentError> {
        let mut article = Article::new(format.read_with(bytes, records)?);
        article.fix_terms(terms);
        article.fix_terms(&self.glossary);
        article.fix_known(&self.memory);
        Ok(article)
    }
}

/// The results that are wanted of every text: a translation, a summary or both.
#[derive(Debug, Clone)]
pub struct Request {
    /// Options for reading the files.
    pub read: ReadOptions,
    /// The summary, if one is wanted.
    pub summary: Option<SummaryRequest>,
    /// Whether every segment is translated.
    pub translate: bool,
    /// Whether a long text may be split into sections that are worked on one after another.
    pub in_sections: bool,
    /// Options for decoding.
    pub decode: DecodeOptions,
}

/// Length, ranking method and layout of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SummaryRequest {
    /// Length.
    pub length: Length,
    /// Method that ranks the sentences.
    pub method: Method,
    /// Layout.
    pub style: Style,
    /// Whether sentences are shortened: brackets, insertions and attributions left out.
    pub trim: bool,
}

impl SummaryRequest {
    fn extract(self, article: &Article, model: &Model) -> NetworkResult<Extract> {
        let extract = match (self.style, article.headline()) {
            (Style::Headline, Some(headline)) => Extract::of([headline]),
            (Style::Headline, None) => {
                let mut extract = article.extract(model, Length::Sentences(1), self.method)?;
                // A sender or a greeting is no headline, even where there is nothing else.
                extract.chosen.retain(|one| !article.is_frame(one.place));
                extract
            }
            _ => article.extract(model, self.length, self.method)?,
        };
        Ok(Extract {
            trim: self.trim,
            ..extract
        })
    }
}

/// The sentences of one text that a [`Request`] needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Sentences of the summary, if there is to be one.
    pub extract: Option<Extract>,
    /// Indices of the segments to translate; a summary may need a few more to reach its length.
    pub wanted: Vec<usize>,
}

/// Summary and translation of a text, each if it was requested.
pub type Results = (Option<Summary>, Option<Vec<Translation>>);

impl Request {
    /// Chooses the sentences of `article` that are needed.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn plan(&self, article: &Article, model: &Model) -> NetworkResult<Plan> {
        let extract = (self.summary)
            .map(|summary| summary.extract(article, model))
            .transpose()?;
        let wanted = match (self.translate, &extract) {
            (true, _) => (0..article.segments.len()).collect(),
            (false, Some(extract)) => extract.places(),
            (false, None) => Vec::new(),
        };
        Ok(Plan { extract, wanted })
    }

    /// Translates and summarises texts by their plans, together, so that batches are full however short the texts are.
    /// `progress` is called, from any thread, with the number of source words just finished.
    ///
    /// One text that fails does not take the others with it: if the texts cannot be done together, each is tried alone,
    /// without calls of `progress`.
    pub fn run(
        &self,
        texts: &[(&Article, &Plan)],
        model: &Model,
        memory: &mut TranslationMemory,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<Result<Results, TranslateError>> {
        match self.run_together(texts, model, memory, progress) {
            Ok(results) => results.into_iter().map(Ok).collect(),
            Err(error) if texts.len() == 1 => vec![Err(error)],
            Err(_) => (texts.iter())
                .map(|text| {
                    let mut results =
                        self.run_together(std::slice::from_ref(text), model, memory, &|_| ())?;
                    Ok(results.pop().unwrap_or_default())
                })
                .collect(),
        }
    }

    fn run_together(
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
        // The summary finds these translations in the memory.
        let rest: &(dyn Fn(usize) + Sync) = match self.translate {
            true => &|_| (),
            false => progress,
        };
        let extracts: Vec<_> = (texts.iter())
            .filter_map(|(article, plan)| Some((*article, plan.extract.as_ref()?)))
            .collect();
        let summaries = summarize_together(model, &extracts, self.decode, memory, rest)?;
        let (mut translations, mut summaries) =
            (translations.into_iter().flatten(), summaries.into_iter());
        let results = texts.iter().map(|(_, plan)| {
            let summary = plan.extract.as_ref().and_then(|_| summaries.next());
            (summary, translations.next())
        });
        Ok(results.collect())
    }
}
