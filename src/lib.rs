//! German text in, English translations and summaries out, on the reader's own CPU.
//!
//! The way of a sentence, each step in the module of its name:
//!
//! ```text
//! bytes ─► document ─► segment ─► model + decode ─► translate ─► report ─► text, json
//!          blocks,     sentences  batches of ids    English
//!          layout      with spans     │
//!                                     └─► summarize: which sentences to translate
//! ```
//!
//! ```
//! use degist::{Article, DecodeOptions, Length, Method, Model, hub, report};
//!
//! let model = Model::load(&hub::embedded())?;
//! let article = Article::read("Guten Tag!\n\nDas Wetter ist heute schön.\n".as_bytes())?;
//!
//! let translations = article.translate(&model, DecodeOptions::default(), &|_| ())?;
//! print!("{}", report::text(&article, &translations));
//!
//! let (length, method) = (Length::Sentences(1), Method::default());
//! let summary = article.summarize(&model, length, method, DecodeOptions::default())?;
//! assert_eq!(summary.translations.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod archive;
pub mod cli;
pub mod decode;
pub mod document;
pub mod eval;
pub mod files;
pub mod hub;
pub mod model;
pub mod report;
pub mod request;
pub mod segment;
pub mod summarize;
pub mod translate;

pub use decode::DecodeOptions;
pub use document::{Document, DocumentError};
pub use model::Model;
pub use segment::{Fixed, Segment};
pub use summarize::{Choice, Length, Method, Pick};
pub use translate::{Glossary, TranslateError, Translation};

use model::NetworkResult;

/// A document with its sentences.
#[derive(Debug, Clone)]
pub struct Article {
    /// The text and its layout.
    pub document: Document,
    /// What there is to translate, in reading order.
    pub segments: Vec<Segment>,
}

/// The sentences that carry an article, and their English.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Indices into [`Article::segments`], in reading order.
    pub chosen: Vec<usize>,
    /// One for each of them.
    pub translations: Vec<Translation>,
}

impl Summary {
    /// English words.
    pub fn words(&self) -> usize {
        self.translations
            .iter()
            .map(|translation| document::words::count(&translation.text))
            .sum()
    }
}

impl Article {
    /// Finds the sentences of a document.
    pub fn new(document: Document) -> Self {
        let segments = segment::segments(&document);
        Self { document, segments }
    }

    /// Reads the bytes of a plain text file: encoding, blocks, sentences. [`document::FileFormat`] reads other files.
    ///
    /// # Errors
    /// When the bytes are not text.
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        Ok(Self::new(document::FileFormat::Text.read(bytes, &[])?))
    }

    /// The German text of a segment, without the white space around it.
    pub fn source(&self, segment: &Segment) -> &str {
        self.document.text[segment.span.clone()].trim()
    }

    /// Fixes the translation of terms in all segments; code and the like stay as they are.
    pub fn fix_terms(&mut self, glossary: &Glossary) {
        for i in 0..self.segments.len() {
            let mut terms = glossary.terms_in(self.source(&self.segments[i]));
            let fixed = &mut self.segments[i].fixed;
            let overlaps =
                |a: &Fixed, b: &Fixed| a.span.start < b.span.end && b.span.start < a.span.end;
            terms.retain(|term| !fixed.iter().any(|fixed| overlaps(fixed, term)));
            fixed.extend(terms);
            fixed.sort_by_key(|fixed| fixed.span.start);
        }
    }

    fn to_translate(&self, pick: Pick) -> translate::Source<'_> {
        let short = pick.short.then(|| self.shortened(pick.segment)).flatten();
        short.unwrap_or_else(|| self.whole(pick.segment))
    }

    fn whole(&self, segment: usize) -> translate::Source<'_> {
        let segment = &self.segments[segment];
        translate::Source {
            text: self.source(segment).into(),
            fixed: segment.fixed.clone(),
        }
    }

    /// A sentence without what it can do without; none if that is nothing.
    fn shortened(&self, segment: usize) -> Option<translate::Source<'static>> {
        summarize::shorter(&self.whole(segment))
    }

    /// Whether there is markup to carry to words.
    fn has_marks(&self) -> bool {
        self.document
            .blocks
            .iter()
            .any(|block| !block.marks.is_empty())
    }

    /// Translates every segment. What is said twice is translated once. `progress` hears, from any thread, how many more
    /// source words are done.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn translate(
        &self,
        model: &Model,
        options: DecodeOptions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Translation>, TranslateError> {
        let all: Vec<usize> = (0..self.segments.len()).collect();
        let mut memory = translate::Memory::default();
        let mut of_all =
            translate_together(model, &[(self, &all)], options, &mut memory, progress)?;
        Ok(of_all.pop().unwrap_or_default())
    }

    /// Chooses the sentences that carry the article and translates only those; where English words are asked for, and a
    /// few more to meet them.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn summarize(
        &self,
        model: &Model,
        length: Length,
        method: Method,
        options: DecodeOptions,
    ) -> Result<Summary, TranslateError> {
        let choice = self.choose(model, length, method)?;
        let mut memory = translate::Memory::default();
        let wanted = [(self, &choice)];
        let mut summaries = summarize_together(model, &wanted, options, &mut memory, &|_| ())?;
        Ok(summaries.pop().unwrap_or_default())
    }

    /// Chooses the sentences that carry the article: their places are indices into [`Article::segments`].
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn choose(&self, model: &Model, length: Length, method: Method) -> NetworkResult<Choice> {
        let candidates: Vec<summarize::Candidate<'_>> = (self.segments.iter())
            .map(|segment| summarize::Candidate {
                text: self.source(segment),
                prose: self.document.blocks[segment.block].kind == document::BlockKind::Paragraph,
            })
            .collect();
        summarize::choose(model, &candidates, length, method)
    }

    /// The segment that is the article's own title, if it has one near its beginning.
    pub fn headline(&self) -> Option<usize> {
        /// Sentences that may stand before it, such as the name of the paper.
        const BEFORE: usize = 3;
        let is_heading = |segment: &Segment| {
            self.document.blocks[segment.block].kind == document::BlockKind::Heading
        };
        self.segments.iter().take(BEFORE + 1).position(is_heading)
    }

    /// The date that the article says of itself, as ISO 8601 writes it.
    pub fn date(&self) -> Option<String> {
        let mut metadata = (self.document.blocks.iter())
            .filter(|block| block.kind == document::BlockKind::Metadata)
            .map(|block| self.document.block_text(block));
        metadata.find_map(document::date_in)
    }

    /// Source words in the segments, counted by white space.
    pub fn words(&self) -> usize {
        self.segments
            .iter()
            .map(|segment| document::words::count(self.source(segment)))
            .sum()
    }
}

/// Translates sentences of several articles, those at the indices beside each, in batches that are full however short
/// the articles are. What is said twice is translated once. `progress` hears, from any thread, how many more source words
/// are done.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn translate_together<P: Copy + Into<Pick>>(
    model: &Model,
    wanted: &[(&Article, &[P])],
    options: DecodeOptions,
    memory: &mut translate::Memory,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Vec<Translation>>, TranslateError> {
    let sources: Vec<_> = (wanted.iter())
        .flat_map(|(article, segments)| {
            let source = |&pick: &P| article.to_translate(pick.into());
            segments.iter().map(source)
        })
        .collect();
    let alignment = options.alignment || wanted.iter().any(|(article, _)| article.has_marks());
    let options = DecodeOptions {
        alignment,
        ..options
    };
    let mut translations = (memory.translate(model, &sources, options, progress)?).into_iter();
    let each =
        |(_, segments): &(&Article, &[P])| translations.by_ref().take(segments.len()).collect();
    Ok(wanted.iter().map(each).collect())
}

/// Translates the sentences that were chosen from several articles, together as [`translate_together`] does, and others
/// until the summaries have the English words that they should have. `progress` hears of those chosen.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn summarize_together(
    model: &Model,
    wanted: &[(&Article, &Choice)],
    options: DecodeOptions,
    memory: &mut translate::Memory,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Summary>, TranslateError> {
    let mut fittings: Vec<_> = (wanted.iter())
        .map(|(article, choice)| summarize::Fitting::new(article, choice))
        .collect();
    let mut progress = progress;
    loop {
        let missing: Vec<Vec<Pick>> = fittings
            .iter_mut()
            .map(|fitting| fitting.missing())
            .collect();
        if missing.iter().all(Vec::is_empty) {
            break;
        }
        let open: Vec<(&Article, &[Pick])> = (wanted.iter().zip(&missing))
            .map(|((article, _), missing)| (*article, missing.as_slice()))
            .collect();
        let translations = translate_together(model, &open, options, memory, progress)?;
        for ((fitting, missing), translations) in
            fittings.iter_mut().zip(&missing).zip(translations)
        {
            fitting.learn(missing, translations);
        }
        progress = &|_| ();
    }
    Ok(fittings
        .into_iter()
        .map(summarize::Fitting::summary)
        .collect())
}
