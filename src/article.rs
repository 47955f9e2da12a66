//! Articles: a document with its sentences, and how whole ones are translated and summarised.

use crate::decode::DecodeOptions;
use crate::document::{self, BlockKind, Document, DocumentError, FileFormat, Layout, words};
use crate::model::{Model, NetworkResult};
use crate::segment::{self, Fixed, Segment};
use crate::summarize::{
    self, Candidate, Extract, Fitting, Length, Line, Method, Part, Pick, Summary,
};
#[cfg(feature = "llm")]
use crate::translate::prompted::{PromptedTranslator, Translated};
use crate::translate::{
    Glossary, ReferenceMemory, Source, TranslateError, Translation, TranslationMemory,
};

/// A document with its sentences.
#[derive(Debug, Clone)]
pub struct Article {
    /// The text and its layout.
    pub document: Document,
    /// The sentences to translate, in reading order.
    pub segments: Vec<Segment>,
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
        Ok(Self::new(FileFormat::TEXT.read(bytes, &[])?))
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

    /// Fixes the translation of segments that a memory has word for word, except those with code and the like. The others
    /// get what is most like them in the memory as an example.
    pub fn fix_known(&mut self, memory: &ReferenceMemory) {
        for i in 0..self.segments.len() {
            let source = self.source(&self.segments[i]);
            let has_code = (self.segments[i].fixed.iter()).any(|fixed| fixed.target.is_none());
            match memory.whole(source).filter(|_| !has_code) {
                Some(known) => self.segments[i].fixed = vec![known],
                None => self.segments[i].example = memory.similar(source),
            }
        }
    }

    /// The segment of this number as the network translates it.
    pub fn to_translate(&self, segment: usize) -> Source<'_> {
        let segment = &self.segments[segment];
        Source {
            text: self.source(segment).into(),
            fixed: segment.fixed.clone(),
            example: segment.example.clone(),
            is_foreign: segment.is_foreign,
        }
    }

    /// The segments as candidates of a summary, in the same order. What stands around a text, such as a greeting or the
    /// headers of a mail, is prose of none.
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        let candidate = |(i, part): (usize, Part)| {
            let source = self.to_translate(i);
            Candidate {
                source: match part {
                    Part::Subject => summarize::without_label(&source),
                    _ => source,
                },
                prose: part == Part::Text && self.kind(&self.segments[i]) == BlockKind::Paragraph,
                frame: part == Part::Frame,
            }
        };
        let parts = self.parts().into_iter().enumerate();
        parts.map(candidate).collect()
    }

    /// What each segment is for the article.
    fn parts(&self) -> Vec<Part> {
        let mut before: Option<&Segment> = None;
        let lines = self.segments.iter().map(|segment| {
            let is_below = before.is_some_and(|before| self.is_below(before, segment));
            before = Some(segment);
            Line {
                text: self.source(segment),
                is_below,
            }
        });
        summarize::parts(&lines.collect::<Vec<_>>())
    }

    /// Whether a segment stands close below the one before it. Markup tells lines of an address from paragraphs by nothing.
    fn is_below(&self, before: &Segment, segment: &Segment) -> bool {
        let block = |segment: &Segment| &self.document.blocks[segment.block].span;
        let gap = block(before).end..block(segment).start;
        let is_heading = |one: &Segment| self.kind(one) == BlockKind::Heading;
        before.block == segment.block
            || match self.document.layout {
                Layout::Text => self.document.text[gap].matches('\n').count() < 2,
                _ => !is_heading(before) && !is_heading(segment),
            }
    }

    /// The kind of the block that a segment stands in.
    fn kind(&self, segment: &Segment) -> BlockKind {
        self.document.blocks[segment.block].kind
    }

    /// Whether there is markup to carry to words.
    fn has_marks(&self) -> bool {
        self.document
            .blocks
            .iter()
            .any(|block| !block.marks.is_empty())
    }

    /// Translates every segment. Repeated segments are translated once. `progress` is called, from any thread, with the
    /// number of source words just finished.
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
        let mut memory = TranslationMemory::default();
        let mut of_all =
            translate_together(model, &[(self, &all)], options, &mut memory, progress)?;
        Ok(of_all.pop().unwrap_or_default())
    }

    /// Translates every paragraph anew by a model that is told to, where it keeps to the source; `translations` are those of
    /// all segments by another model. Returns how many sentences were asked for in vain.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    #[cfg(feature = "llm")]
    pub fn translate_anew(
        &self,
        translator: &PromptedTranslator,
        translations: &mut [Translation],
    ) -> NetworkResult<usize> {
        let mut in_vain = 0;
        let mut start = 0;
        for paragraph in self.segments.chunk_by(|a, b| a.block == b.block) {
            let range = start..start + paragraph.len();
            start = range.end;
            let marks = &self.document.blocks[paragraph[0].block].marks;
            let sentences: Vec<Translated<'_>> = (range.clone().zip(paragraph))
                .map(|(i, segment)| Translated {
                    source: self.to_translate(i),
                    translation: &translations[i],
                    stays: (marks.iter()).any(|mark| {
                        mark.span.start < segment.span.end && segment.span.start < mark.span.end
                    }),
                })
                .collect();
            let made = translator.paragraph(&sentences)?;
            in_vain += (sentences.iter().zip(&made))
                .filter(|(sentence, made)| made.is_none() && sentence.is_open())
                .count();
            for (i, made) in range.zip(made) {
                if let Some(made) = made {
                    translations[i] = made;
                }
            }
        }
        Ok(in_vain)
    }

    /// Extracts the sentences that carry the article and translates only those; where a number of English words is asked
    /// for, also the few that are needed to meet it.
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
        let extract = self.extract(model, length, method)?;
        let mut memory = TranslationMemory::default();
        let wanted = [(self, &extract)];
        let mut summaries = summarize_together(model, &wanted, options, &mut memory, &|_| ())?;
        Ok(summaries.pop().unwrap_or_default())
    }

    /// Extracts the sentences that carry the article: their places are indices into [`Article::segments`].
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    pub fn extract(&self, model: &Model, length: Length, method: Method) -> NetworkResult<Extract> {
        summarize::extract(model, &self.candidates(), length, method)
    }

    /// The segment that is the article's own title, if it has one near its beginning: the subject of a letter, or a heading.
    pub fn headline(&self) -> Option<usize> {
        /// Sentences that may stand before it, such as the name of the paper.
        const BEFORE: usize = 3;
        /// Segments of menus and banners that may stand between the title of a page and that of its text.
        const MENU: usize = 100;
        let parts = self.parts();
        let of_text = |i: &usize| parts[*i] == Part::Text;
        parts
            .iter()
            .position(|&part| part == Part::Subject)
            .or_else(|| {
                let is_heading = |i: &usize| self.kind(&self.segments[*i]) == BlockKind::Heading;
                let mut near = (0..parts.len()).filter(of_text).take(BEFORE + 1);
                let first = near.find(is_heading)?;
                // The title of a page may have the name of its site behind the title of its text.
                let title = self.source(&self.segments[first]);
                let begins = |i: &usize| title.starts_with(self.source(&self.segments[*i]));
                let mut others = (first + 1..parts.len()).take(MENU).filter(is_heading);
                Some(others.find(begins).unwrap_or(first))
            })
    }

    /// The segment that names the article where it has no title: the first of its text.
    pub fn first_of_text(&self) -> Option<usize> {
        self.parts().iter().position(|&part| part == Part::Text)
    }

    /// Whether a segment stands around the text, as greetings and letterheads do.
    pub fn is_frame(&self, segment: usize) -> bool {
        self.parts()[segment] == Part::Frame
    }

    /// The date that the article gives for itself, in ISO 8601.
    pub fn date(&self) -> Option<String> {
        let mut metadata = (self.document.blocks.iter())
            .filter(|block| block.kind == BlockKind::Metadata)
            .map(|block| self.document.block_text(block));
        metadata.find_map(document::date_in)
    }

    /// Source words in the segments, counted by white space.
    pub fn words(&self) -> usize {
        self.segments
            .iter()
            .map(|segment| words::count(self.source(segment)))
            .sum()
    }
}

/// Translates the segments of several articles at the indices beside each, in batches that are full however short the
/// articles are. Repeated segments are translated once. `progress` is called, from any thread, with the number of source
/// words just finished.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn translate_together(
    model: &Model,
    wanted: &[(&Article, &[usize])],
    options: DecodeOptions,
    memory: &mut TranslationMemory,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Vec<Translation>>, TranslateError> {
    let sources: Vec<(&Article, Vec<Source<'_>>)> = (wanted.iter())
        .map(|(article, segments)| {
            let source = |&segment: &usize| article.to_translate(segment);
            (*article, segments.iter().map(source).collect())
        })
        .collect();
    translate_sources(model, sources, options, memory, progress)
}

/// Translates sentences of several articles; with links if an article has markup to place by them.
fn translate_sources(
    model: &Model,
    wanted: Vec<(&Article, Vec<Source<'_>>)>,
    options: DecodeOptions,
    memory: &mut TranslationMemory,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Vec<Translation>>, TranslateError> {
    let alignment = options.alignment || wanted.iter().any(|(article, _)| article.has_marks());
    let options = DecodeOptions {
        alignment,
        ..options
    };
    let counts: Vec<usize> = wanted.iter().map(|(_, sources)| sources.len()).collect();
    let sources: Vec<Source<'_>> = wanted
        .into_iter()
        .flat_map(|(_, sources)| sources)
        .collect();
    let mut translations = (memory.translate(model, &sources, options, progress)?).into_iter();
    let each = |count| translations.by_ref().take(count).collect();
    Ok(counts.into_iter().map(each).collect())
}

/// Translates the sentences that were selected from several articles, together as [`translate_together`] does, and others
/// until the summaries have as many English words as they should. `progress` is called for those selected.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn summarize_together(
    model: &Model,
    wanted: &[(&Article, &Extract)],
    options: DecodeOptions,
    memory: &mut TranslationMemory,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Summary>, TranslateError> {
    let candidates: Vec<Vec<Candidate<'_>>> = (wanted.iter())
        .map(|(article, _)| article.candidates())
        .collect();
    let mut fittings: Vec<Fitting<'_>> = (candidates.iter().zip(wanted))
        .map(|(candidates, (_, extract))| Fitting::new(candidates, extract))
        .collect();
    let mut progress = progress;
    loop {
        let missing: Vec<Vec<Pick>> = fittings.iter_mut().map(Fitting::missing).collect();
        if missing.iter().all(Vec::is_empty) {
            break;
        }
        let sources = (wanted.iter().zip(&candidates).zip(&missing))
            .map(|(((article, _), candidates), missing)| {
                let source = |pick: &Pick| candidates[pick.place].form(pick.short);
                (*article, missing.iter().map(source).collect())
            })
            .collect();
        let translations = translate_sources(model, sources, options, memory, progress)?;
        for ((fitting, missing), translations) in
            fittings.iter_mut().zip(&missing).zip(translations)
        {
            fitting.learn(missing, translations);
        }
        progress = &|_| ();
    }
    Ok(fittings.into_iter().map(Fitting::summary).collect())
}
