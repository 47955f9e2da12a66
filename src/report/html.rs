//! A page that shows source and target side by side: one file, nothing fetched from anywhere.

use std::collections::HashSet;
use std::fmt::Write;

use super::index::index;
use super::markup::{attribute, escaped, head};
use super::{About, Content, Exporter, OutputFormat};
use crate::article::Article;
use crate::document::{BlockKind, PackageError};
use crate::summarize::Summary;
use crate::translate::Translation;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Characters of a page's title at most.
const LONGEST_TITLE: usize = 100;

pub(super) const HTML: OutputFormat = OutputFormat {
    name: "html",
    description: "A page with the summary, and source and target side by side; for a folder with an index",
    extension: ".html",
    keeps_format: false,
    needs_own_files: true,
    in_sections: false,
    needs_summary: true,
    needs_translation: true,
    index: Some(index),
    exporter: &Html,
};

struct Html;

impl Exporter for Html {
    fn export(&self, content: &Content<'_>) -> Result<Vec<u8>, PackageError> {
        let none = Summary::default();
        let summary = content.summary.unwrap_or(&none);
        let translations = content.translations.unwrap_or_default();
        Ok(page(&content.about, content.article, summary, translations).into_bytes())
    }
}

/// The page of one article: the summary, then its sentences with their English.
fn page(
    about: &About<'_>,
    article: &Article,
    summary: &Summary,
    translations: &[Translation],
) -> String {
    let title = title(about, article, translations);
    let date = article.date().unwrap_or_default();
    let gist = super::summary(summary, super::Style::Paragraph);
    let mut page = head(&title, STYLE);
    for (name, content) in [("date", &date), ("summary", &gist)] {
        let _ = writeln!(
            page,
            "<meta name=\"degist:{name}\" content=\"{}\">",
            attribute(content)
        );
    }
    let _ = write!(
        page,
        "</head>\n<body>\n<header>\n<h1>{}</h1>\n<p class=\"about\">{}{}{}</p>\n",
        escaped(&title),
        escaped(&date),
        if date.is_empty() { "" } else { " · " },
        escaped(about.file),
    );
    let _ = write!(
        page,
        "<section class=\"summary\" aria-label=\"Summary\">\n<p>"
    );
    for (&i, translation) in summary.chosen.iter().zip(&summary.translations) {
        let _ = write!(
            page,
            "<a href=\"#s{i}\" data-s=\"{i}\">{}</a> ",
            escaped(&translation.text)
        );
    }
    page += "</p>\n</section>\n</header>\n<main>\n";
    let pairs: Vec<_> = article
        .segments
        .iter()
        .zip(translations)
        .enumerate()
        .collect();
    let mut pairs = pairs.as_slice();
    let chosen: HashSet<usize> = summary.chosen.iter().copied().collect();
    for (index, block) in article.document.blocks.iter().enumerate() {
        let length = pairs
            .iter()
            .take_while(|(_, (segment, _))| segment.block == index)
            .count();
        let (own, rest) = pairs.split_at(length);
        pairs = rest;
        let kind = match block.kind {
            BlockKind::Paragraph => "paragraph",
            BlockKind::Heading => "heading",
            BlockKind::ListItem => "item",
            BlockKind::Cell => "cell",
            BlockKind::Metadata => "metadata",
            BlockKind::Attribute => "attribute",
        };
        let (mut source, mut target) = (String::new(), String::new());
        for (i, (segment, translation)) in own {
            let (mut class, mut title) = (String::new(), String::new());
            if chosen.contains(i) {
                class += " chosen";
            }
            if about.is_doubtful(translation) {
                class += " doubtful";
                let reasons = translation.doubts.iter().map(ToString::to_string);
                let reasons: Vec<String> = reasons.collect();
                if !reasons.is_empty() {
                    title = format!(" title=\"{}\"", attribute(&reasons.join(", ")));
                }
            }
            let class = match class.trim() {
                "" => String::new(),
                class => format!(" class=\"{class}\""),
            };
            let german = escaped(article.source(segment));
            let english = escaped(&translation.text);
            let _ = write!(
                source,
                "<span tabindex=\"0\" data-s=\"{i}\"{class}>{german}</span> "
            );
            let _ = write!(
                target,
                "<span id=\"s{i}\" data-s=\"{i}\"{class}{title}>{english}</span> "
            );
        }
        if own.is_empty() {
            source = escaped(article.document.block_text(block));
            target = source.clone();
        }
        let _ = writeln!(
            page,
            "<div class=\"{kind}\"><p lang=\"de\">{}</p><p lang=\"en\">{}</p></div>",
            source.trim_end(),
            target.trim_end()
        );
    }
    let _ = write!(
        page,
        "</main>\n<footer>Translated by degist {} with {}.</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        escaped(about.model),
    );
    page
}

/// The heading of the article in English, or the beginning of its first sentence.
fn title(about: &About<'_>, article: &Article, translations: &[Translation]) -> String {
    let found = translations.get(article.headline().unwrap_or(0));
    let text = found.map_or(about.file, |translation| translation.text.as_str());
    match text.char_indices().nth(LONGEST_TITLE) {
        Some((end, _)) => {
            let whole_words = text[..end]
                .rsplit_once(' ')
                .map_or(&text[..end], |(words, _)| words);
            format!("{whole_words}…")
        }
        None => text.to_owned(),
    }
}
