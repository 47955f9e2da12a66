//! XLIFF 1.2 and 2: the source of each unit is read, its translation is put into the target.
//!
//! Units with a translation stay, unless it is the source again or its state says that it is still to be made; so do
//! those with `translate="no"`. Inline elements are carried to their words.

use std::ops::Range;

use super::beginning_as_text;
use super::field::{has_words, message};
use super::icu::Scanner;
use super::xml_tokens::{Token, TokenKind, attribute, attribute_place, tokens};
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::{Content, ValuesBuilder};

/// XLIFF of the versions 1.2 and 2.
pub const XLIFF: FileFormat = FileFormat {
    aliases: &["xlf"],
    matches: |beginning| {
        let text = beginning_as_text(beginning);
        text.contains("<xliff ") || text.contains("<xliff>")
    },
    ..FileFormat::new(
        "xliff",
        "XLIFF 1.2 and 2: targets are filled",
        &["xlf", "xliff", "sdlxliff", "mxliff"],
        read,
    )
};

/// States of targets that are still to be made.
const OPEN_STATES: [&str; 6] = [
    "new",
    "initial",
    "needs-translation",
    "needs-l10n",
    "needs-adaptation",
    "needs-review-translation",
];

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let tokens = tokens(file, "XLIFF")?;
    let mut builder = ValuesBuilder::new(file.as_bytes());
    let mut is_german = true;
    // Whether the elements that are open are translated.
    let mut translates = vec![true];
    let mut unit = Unit::default();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        i += 1;
        for name in ["source-language", "srcLang"] {
            if matches!(token.kind, TokenKind::Start(_))
                && let Some(language) = attribute(file, &token.place, name)
            {
                is_german = language.to_lowercase().starts_with("de");
            }
        }
        match &token.kind {
            TokenKind::Start(name) => {
                let outer = translates.last().copied().unwrap_or(true);
                let own = attribute(file, &token.place, "translate").map(|value| value != "no");
                translates.push(own.unwrap_or(outer));
                match name.as_str() {
                    "trans-unit" | "segment" => {
                        unit = Unit {
                            tag: token.place.clone(),
                            ..Unit::default()
                        };
                    }
                    "source" | "target" => {
                        let length = (tokens[i..].iter()).position(|token| token.closes(name));
                        let inside = i..i + length.unwrap_or(0);
                        i = inside.end;
                        let element = Element {
                            tag: token.place.clone(),
                            inside,
                        };
                        match name.as_str() {
                            "source" if unit.source.is_none() => unit.source = Some(element),
                            "target" if unit.target.is_none() => unit.target = Some(element),
                            _ => {}
                        }
                    }
                    // Translations that somebody proposes have sources of their own.
                    "alt-trans" | "matches" => {
                        let end = (tokens[i..].iter()).position(|token| token.closes(name));
                        i += end.unwrap_or(0);
                    }
                    _ => {}
                }
            }
            TokenKind::Empty(name) if name == "target" && unit.target.is_none() => {
                unit.target = Some(Element {
                    tag: token.place.clone(),
                    inside: i..i,
                });
            }
            TokenKind::End(name) => {
                translates.pop();
                if matches!(name.as_str(), "trans-unit" | "segment") {
                    let unit = std::mem::take(&mut unit);
                    if is_german && translates.last() != Some(&false) {
                        unit.add(file, &tokens, &mut builder);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(builder.finish_decoded(&decoded))
}

/// A unit or a segment of one.
#[derive(Default)]
struct Unit {
    /// Its start tag.
    tag: Range<usize>,
    source: Option<Element>,
    target: Option<Element>,
}

struct Element {
    /// Its start tag.
    tag: Range<usize>,
    /// The tokens in it.
    inside: Range<usize>,
}

impl Element {
    /// The bytes between its tags.
    fn content(&self, tokens: &[Token]) -> Range<usize> {
        let inside = &tokens[self.inside.clone()];
        let end = inside.last().map_or(self.tag.end, |last| last.place.end);
        self.tag.end..end
    }
}

impl Unit {
    fn add(self, file: &str, tokens: &[Token], builder: &mut ValuesBuilder<'_>) {
        let Some(source) = &self.source else { return };
        let place = source.content(tokens);
        let raw = &file[place.clone()];
        let is_kept = attribute(file, &self.tag, "translate").as_deref() == Some("no");
        if is_kept || attribute(file, &self.tag, "approved").as_deref() == Some("yes") {
            return;
        }
        let state_of = |tag: &Range<usize>| attribute_place(file, tag, "state");
        // A target that is the source already stays as it is written, if that is its translation.
        let mut fills = true;
        if let Some(target) = &self.target {
            let state = state_of(&target.tag).or_else(|| state_of(&self.tag));
            let is_open = state.is_some_and(|state| OPEN_STATES.contains(&&file[state]));
            let text = file[target.content(tokens)].trim();
            if !text.is_empty() && text != raw.trim() && !is_open {
                return;
            }
            fills = text.is_empty() || is_open;
        }
        let content = content(file, &tokens[source.inside.clone()], &place);
        let Some(mut content) = content else { return };
        content.form.fills = fills;
        match &self.target {
            Some(target) => {
                let (start, open) = opened(
                    file,
                    &target.tag,
                    state_of(&target.tag),
                    state_of(&self.tag),
                );
                let inside = target.content(tokens).end;
                // An element without content has no end tag.
                let end_tag = match file[target.tag.clone()].ends_with("/>") {
                    true => None,
                    false => file[inside..].find('>'),
                };
                let end = end_tag.map_or(inside, |length| inside + length + 1);
                let name = element_name(&file[target.tag.clone()]);
                builder.add(start..end, content.between(open, format!("</{name}>")));
            }
            None => {
                // Behind the source, on a line of its own if the source has one.
                let name = element_name(&file[source.tag.clone()]);
                let after = place.end + file[place.end..].find('>').map_or(0, |end| end + 1);
                let before = &file[..source.tag.start];
                let indent = &before[before.trim_end().len()..];
                let target = name.replace("source", "target");
                let around = (format!("{indent}<{target}>"), format!("</{target}>"));
                builder.add(after..after, content.between(around.0, around.1));
            }
        }
    }
}

/// Where the changed part of a file begins that ends with the start tag of a target, and that part: the state of the
/// target or of its segment says that it is translated, if there was one.
fn opened(
    file: &str,
    tag: &Range<usize>,
    own: Option<Range<usize>>,
    outer: Option<Range<usize>>,
) -> (usize, String) {
    let raw = &file[tag.clone()];
    let opened = |raw: &str| match raw.strip_suffix("/>") {
        Some(raw) => format!("{}>", raw.trim_end()),
        None => raw.to_owned(),
    };
    match (own, outer) {
        (Some(state), _) => {
            let (before, after) = (&file[tag.start..state.start], &file[state.end..tag.end]);
            (tag.start, opened(&format!("{before}translated{after}")))
        }
        (None, Some(state)) => {
            let between = &file[state.end..tag.start];
            (state.start, format!("translated{between}{}", opened(raw)))
        }
        (None, None) => (tag.start, opened(raw)),
    }
}

/// The name of the element that a start tag begins.
fn element_name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<');
    let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    &name[..end.unwrap_or(name.len())]
}

/// The text of a source, with its inline elements.
fn content(file: &str, inside: &[Token], place: &Range<usize>) -> Option<Content> {
    let mut all = String::new();
    let mut is_plain = true;
    for token in inside {
        match &token.kind {
            TokenKind::Text(text) => all.push_str(text),
            _ => is_plain = false,
        }
    }
    if !has_words(&all) {
        return None;
    }
    if is_plain {
        return Some(message(&all, Escape::Markup));
    }
    let raw = &file[place.clone()];
    let mut builder = MarkupBuilder::new(raw);
    let (has_arms, mut scanner) = (Scanner::is_needed(&all), Scanner::default());
    // The element whose content is code of the original, and where it begins.
    let mut code: Option<(&str, usize)> = None;
    for token in inside {
        let at = token.place.start - place.start..token.place.end - place.start;
        let markup = &raw[at.clone()];
        match (&token.kind, code) {
            (TokenKind::End(name), Some((open, start))) if name == open => {
                builder.point(&raw[start..at.end], start..at.end);
                code = None;
            }
            (_, Some(_)) => {}
            // The texts of arms are texts of their own.
            (TokenKind::Text(text), None) if has_arms && text == markup => {
                for (span, is_text) in scanner.parts(text) {
                    match is_text {
                        true => builder.words(
                            &text[span.clone()],
                            at.start + span.start..at.start + span.end,
                        ),
                        false => builder.end(BlockKind::Paragraph),
                    }
                }
            }
            (TokenKind::Text(text), None) => builder.words(text, at),
            (TokenKind::Start(name), None) => match name.as_str() {
                "ph" | "bpt" | "ept" | "it" | "ut" => code = Some((name.as_str(), at.start)),
                _ => builder.open(markup, at),
            },
            (TokenKind::End(_), None) => builder.close(markup, at),
            (TokenKind::Empty(_) | TokenKind::Other, None) => builder.point(markup, at),
        }
    }
    builder.end(BlockKind::Paragraph);
    Some(Content::new(builder.finish(), Escape::Markup, Escape::None))
}
