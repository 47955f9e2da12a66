//! Plain text: translations in the layout of their source, summaries as paragraphs.

use crate::document::rewrap;
use crate::{Article, Summary, Translation};

/// The translated article: what stands between the sentences is as it was.
pub fn text(article: &Article, translations: &[Translation]) -> String {
    let document = &article.document;
    let mut blocks: Vec<String> = document
        .blocks
        .iter()
        .map(|block| document.text[block.span.clone()].to_owned())
        .collect();
    let pairs: Vec<_> = article.segments.iter().zip(translations).collect();
    for pairs in pairs.chunk_by(|(a, _), (b, _)| a.block == b.block) {
        let Some((first, _)) = pairs.first() else {
            continue;
        };
        let source = &document.text[document.blocks[first.block].span.clone()];
        let mut english = String::with_capacity(source.len());
        for (segment, translation) in pairs {
            let original = &document.text[segment.span.clone()];
            let lead = original.len() - original.trim_start().len();
            let end = original.trim_end().len();
            english.push_str(&original[..lead.min(end)]);
            english.push_str(&translation.text);
            english.push_str(&original[end..]);
        }
        blocks[first.block] = if source.contains(['\n', '\r']) {
            let line = english.split_whitespace().collect::<Vec<_>>().join(" ");
            rewrap(source, &line)
        } else {
            english
        };
    }
    document.render(&blocks)
}

/// The summary as one paragraph; what ends without a full stop, as headings and list items do, on a line of its own.
pub fn summary(summary: &Summary) -> String {
    let mut text = String::new();
    for translation in &summary.translations {
        if !text.is_empty() {
            let ends = ['.', '!', '?', '…', '"', '”', '’', ')'];
            text.push(if text.ends_with(ends) { ' ' } else { '\n' });
        }
        text.push_str(&translation.text);
    }
    text
}
