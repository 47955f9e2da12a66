//! Summaries as text.

use crate::summarize::Summary;

/// The layout of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// One paragraph. A sentence without a full stop at its end, such as a heading or a list item, ends its line.
    #[default]
    Paragraph,
    /// A list: each sentence on a line of its own after a dash.
    Bullets,
    /// One line: the article's own title, or else its highest-ranked sentence.
    Headline,
}

impl Style {
    /// All layouts.
    pub const ALL: [Self; 3] = [Self::Paragraph, Self::Bullets, Self::Headline];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paragraph => "paragraph",
            Self::Bullets => "bullets",
            Self::Headline => "headline",
        }
    }
}

/// The summary as text, without a line end after it.
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
