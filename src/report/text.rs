//! Text: translations in the layout of their source, summaries as paragraphs.

use std::collections::HashMap;

use super::{Content, Exporter, OutputFormat};
use crate::article::Article;
use crate::document::{BlockTarget, PackageError, rewrap, words};
use crate::segment::Segment;
use crate::translate::Translation;

pub(super) const TEXT: OutputFormat = OutputFormat {
    name: "text",
    description: "Plain text",
    extension: ".txt",
    keeps_format: true,
    needs_own_files: false,
    in_sections: true,
    needs_summary: false,
    needs_translation: false,
    index: None,
    exporter: &Text,
};

struct Text;

impl Exporter for Text {
    /// The translated file; or the summary, under a heading if there are several, and after it the whole translation.
    fn export(&self, content: &Content<'_>) -> Result<Vec<u8>, PackageError> {
        let Content { about, article, .. } = *content;
        let Some(summary) = content.summary else {
            let translations = content.translations.unwrap_or_default();
            return match about.as_text {
                true => Ok(plain(article, translations).into_bytes()),
                false => file(article, translations),
            };
        };
        let mut result = match about.ordinal {
            None => String::new(),
            Some(0) => format!("# {}\n\n", about.file),
            Some(_) => format!("\n# {}\n\n", about.file),
        };
        result += &super::summary(summary, about.style);
        result += "\n";
        if let Some(translations) = content.translations {
            result += "\n---\n\n";
            result += &text(article, translations);
        }
        Ok(result.into_bytes())
    }
}

/// The translated file, with everything around the sentences as it was.
///
/// # Errors
/// When a package, such as a DOCX file, cannot be written.
pub fn file(article: &Article, translations: &[Translation]) -> Result<Vec<u8>, PackageError> {
    article.document.write(&targets(article, translations))
}

/// The readable text of the translated article, without markup.
pub fn text(article: &Article, translations: &[Translation]) -> String {
    article.document.render(&targets(article, translations))
}

/// The translation as a plain text file: the readable text, with cells and items on lines of their own.
fn plain(article: &Article, translations: &[Translation]) -> String {
    article.document.plain(&targets(article, translations))
}

/// The English of each block; a block without sentences stays as it is.
fn targets(article: &Article, translations: &[Translation]) -> Vec<BlockTarget> {
    let document = &article.document;
    let pairs: Vec<_> = article.segments.iter().zip(translations).collect();
    let of_block: HashMap<usize, &[(&Segment, &Translation)]> = (pairs
        .chunk_by(|(a, _), (b, _)| a.block == b.block))
    .map(|pairs| (pairs[0].0.block, pairs))
    .collect();
    (document.blocks.iter().enumerate())
        .map(|(i, block)| match of_block.get(&i) {
            Some(pairs) => target(article, pairs),
            None => BlockTarget {
                text: document.block_text(block).to_owned(),
                links: Vec::new(),
            },
        })
        .collect()
}

/// The English of one block, from its sentences.
fn target(article: &Article, pairs: &[(&Segment, &Translation)]) -> BlockTarget {
    let document = &article.document;
    let block = &document.blocks[pairs[0].0.block];
    let source = document.block_text(block);
    let mut english = String::with_capacity(source.len());
    let mut links = Vec::new();
    let mut words_before = 0;
    for (segment, translation) in pairs {
        let original = &document.text[segment.span.clone()];
        let lead = original.len() - original.trim_start().len();
        let end = original.trim_end().len();
        english.push_str(&original[..lead.min(end)]);
        let joins = !english.is_empty() && !english.ends_with(char::is_whitespace);
        english.push_str(&translation.text);
        english.push_str(&original[end..]);
        if !block.marks.is_empty() {
            // Two sentences without a space between them share a word.
            let own = translation.links.iter().skip(usize::from(joins));
            links.extend(own.map(|link| Some((*link)? + words_before)));
            words_before += words::count(original) as u32;
        }
    }
    let text = if source.contains(['\n', '\r']) {
        let line = english.split_whitespace().collect::<Vec<_>>().join(" ");
        rewrap(source, &line)
    } else {
        english
    };
    BlockTarget { text, links }
}
