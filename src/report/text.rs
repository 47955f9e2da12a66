//! Translations in the layout of their source, summaries as paragraphs.

use std::collections::HashMap;

use crate::article::Article;
use crate::document::{BlockTarget, PackageError, rewrap, words};
use crate::segment::Segment;
use crate::summarize::Summary;
use crate::translate::Translation;

/// The translated file: what stands around the sentences is as it was.
///
/// # Errors
/// When a package, such as a DOCX file, cannot be written.
pub fn file(article: &Article, translations: &[Translation]) -> Result<Vec<u8>, PackageError> {
    article.document.write(&targets(article, translations))
}

/// What there is to read in the translated article.
pub fn text(article: &Article, translations: &[Translation]) -> String {
    article.document.render(&targets(article, translations))
}

/// The English of each block; that of a block without sentences is the block.
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
            // Where no space stands between two sentences, their words there are one.
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

/// How a summary is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Style {
    /// One paragraph; what ends without a full stop, as headings and list items do, on a line of its own
    #[default]
    Paragraph,
    /// Each sentence on a line of its own, behind a dash
    Bullets,
    /// One line: the article's own title, or else its most telling sentence
    Headline,
}

/// The summary as text, without a line end behind it.
pub fn summary(summary: &Summary, style: Style) -> String {
    let mut text = String::new();
    for translation in &summary.translations {
        match style {
            Style::Bullets => {
                text += if text.is_empty() { "- " } else { "\n- " };
                text += &translation.text;
                continue;
            }
            Style::Headline if !text.is_empty() => break,
            Style::Headline => {}
            Style::Paragraph if text.is_empty() => {}
            Style::Paragraph => {
                let ends = ['.', '!', '?', '…', '"', '”', '’', ')'];
                text.push(if text.ends_with(ends) { ' ' } else { '\n' });
            }
        }
        text.push_str(&translation.text);
    }
    match style {
        Style::Headline => text.strip_suffix('.').map_or(text.clone(), str::to_owned),
        _ => text,
    }
}
