//! A page that shows source and target side by side: one file, nothing fetched from anywhere.

mod kept;

use std::collections::HashSet;
use std::fmt::Write;
use std::ops::Range;

use kept::{Kept, kept};

use super::index::index;
use super::markup::{attribute, escaped, head};
use super::{About, Content, Exporter, OutputFormat};
use crate::article::Article;
use crate::document::{Block, BlockKind, Layout, PackageError};
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
    let doubtful = translations
        .iter()
        .filter(|one| about.is_doubtful(one))
        .count();
    let mut page = head(&title, STYLE);
    for (name, content) in [
        ("date", date.as_str()),
        ("summary", &gist),
        ("file", about.file),
        ("doubtful", &doubtful.to_string()),
    ] {
        let _ = writeln!(
            page,
            "<meta name=\"degist:{name}\" content=\"{}\">",
            attribute(content)
        );
    }
    page += "</head>\n<body>\n<a class=\"skip\" href=\"#text\">Skip to the text</a>\n<header>\n";
    if let Some(index) = about.index {
        let _ = writeln!(
            page,
            "<nav><a href=\"{}\">All articles</a></nav>",
            attribute(index)
        );
    }
    let _ = write!(
        page,
        "<h1>{}</h1>\n<p class=\"about\">{}{}{}</p>\n",
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
    page += "</p>\n</section>\n";
    page += &legend(!summary.chosen.is_empty(), doubtful > 0);
    page += "</header>\n<main id=\"text\">\n";
    let mut body = Body {
        about,
        article,
        translations,
        chosen: summary.chosen.iter().copied().collect(),
        page,
        table: Vec::new(),
    };
    body.write();
    let mut page = body.page;
    let _ = write!(
        page,
        "</main>\n<footer>Translated by degist {} with {}.</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        escaped(about.model),
    );
    page
}

/// What the marks on the sentences mean.
fn legend(has_summary: bool, has_doubts: bool) -> String {
    let mut legend = String::new();
    if has_summary {
        legend += " <b class=\"chosen\">Underlined</b> sentences are in the summary.";
    }
    if has_doubts {
        legend += " Sentences with a <b class=\"doubtful\">dotted line</b> are doubtful: compare them with the German. Pointing at one shows why.";
    }
    match legend.is_empty() {
        true => legend,
        false => format!("<p class=\"legend\">{}</p>\n", legend.trim_start()),
    }
}

/// The sides of a cell: German and English.
type Cell = (String, String);

/// The article on its page, as far as it is written.
struct Body<'a> {
    about: &'a About<'a>,
    article: &'a Article,
    translations: &'a [Translation],
    /// Sentences of the summary.
    chosen: HashSet<usize>,
    page: String,
    /// Rows of the table that is open.
    table: Vec<Vec<Cell>>,
}

impl Body<'_> {
    fn write(&mut self) {
        let article = self.article;
        let (blocks, gaps) = (&article.document.blocks, article.document.gaps());
        let is_text = article.document.layout == Layout::Text;
        let mut first = 0;
        for (index, gap) in gaps.iter().enumerate() {
            let block = blocks.get(index);
            let is_cell = block.is_some_and(|block| block.kind == BlockKind::Cell);
            for kept in kept(gap, !self.table.is_empty(), is_cell, is_text) {
                self.kept(kept, is_cell);
            }
            let Some(block) = block else { continue };
            let count = (article.segments[first..].iter())
                .take_while(|segment| segment.block == index)
                .count();
            let (source, target) = self.sides(block, first..first + count);
            first += count;
            if is_cell {
                self.row().push((source, target));
                continue;
            }
            self.end_table();
            let kind = match block.kind {
                BlockKind::Paragraph | BlockKind::Cell => "paragraph",
                BlockKind::Heading => "heading",
                BlockKind::ListItem => "item",
                BlockKind::Metadata => "metadata",
                BlockKind::Attribute => "attribute",
            };
            let _ = writeln!(
                self.page,
                "<div class=\"{kind}\"><p lang=\"de\">{source}</p><p lang=\"en\">{target}</p></div>"
            );
        }
        self.end_table();
    }

    fn kept(&mut self, kept: Kept, is_before_cell: bool) {
        let is_table = is_before_cell || !self.table.is_empty();
        match kept {
            Kept::Row if is_table => self.table.push(Vec::new()),
            Kept::Cell(text) if is_table => {
                let text = escaped(&text);
                self.row().push((text.clone(), text));
            }
            Kept::Row | Kept::Cell(_) => {}
            Kept::Code(code) => {
                self.end_table();
                let code = escaped(code.trim_end());
                let _ = writeln!(
                    self.page,
                    "<pre tabindex=\"0\" aria-label=\"Not translated\">{code}</pre>"
                );
            }
        }
    }

    /// The row of the table that is open.
    fn row(&mut self) -> &mut Vec<Cell> {
        if self.table.is_empty() {
            self.table.push(Vec::new());
        }
        let last = self.table.len() - 1;
        &mut self.table[last]
    }

    fn end_table(&mut self) {
        let rows: Vec<Vec<Cell>> = std::mem::take(&mut self.table);
        if rows.iter().all(Vec::is_empty) {
            return;
        }
        self.page += "<div class=\"table\">";
        for (language, is_source) in [("de", true), ("en", false)] {
            let _ = write!(self.page, "<table lang=\"{language}\">");
            for row in rows.iter().filter(|row| !row.is_empty()) {
                self.page += "<tr>";
                for (source, target) in row {
                    let cell = if is_source { source } else { target };
                    let _ = write!(self.page, "<td>{cell}</td>");
                }
                self.page += "</tr>";
            }
            self.page += "</table>";
        }
        self.page += "</div>\n";
    }

    /// Both sides of a block with these segments.
    fn sides(&self, block: &Block, segments: Range<usize>) -> Cell {
        let article = self.article;
        let (mut source, mut target) = (String::new(), String::new());
        for i in segments {
            let Some(translation) = self.translations.get(i) else {
                continue;
            };
            let (mut class, mut title, mut said) = (String::new(), String::new(), String::new());
            if self.chosen.contains(&i) {
                class += " chosen";
            }
            if self.about.is_doubtful(translation) {
                class += " doubtful";
                let reasons = translation.doubts.iter().map(ToString::to_string);
                let reasons = reasons.collect::<Vec<_>>().join(", ");
                // What a dotted line says to those who see it.
                said = "<i class=\"said\"> (doubtful)</i>".into();
                if !reasons.is_empty() {
                    let reasons = attribute(&reasons);
                    title = format!(" title=\"{reasons}\"");
                    said = format!("<i class=\"said\"> (doubtful: {reasons})</i>");
                }
            }
            let class = match class.trim() {
                "" => String::new(),
                class => format!(" class=\"{class}\""),
            };
            let german = escaped(article.source(&article.segments[i]));
            let english = escaped(&translation.text);
            let _ = write!(
                source,
                "<span tabindex=\"0\" data-s=\"{i}\"{class}>{german}</span> "
            );
            let _ = write!(
                target,
                "<span id=\"s{i}\" data-s=\"{i}\"{class}{title}>{english}{said}</span> "
            );
        }
        if source.is_empty() {
            source = escaped(article.document.block_text(block));
            target = source.clone();
        }
        (source.trim_end().to_owned(), target.trim_end().to_owned())
    }
}

/// The heading of the article in English, or the beginning of its first sentence.
fn title(about: &About<'_>, article: &Article, translations: &[Translation]) -> String {
    let named = article.headline().or_else(|| article.first_of_text());
    let found = named.and_then(|named| translations.get(named));
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
