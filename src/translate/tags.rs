//! Pairs of tags in a text, as in `<0>Weiter</0>` and `<b>fett</b>`: they are taken out before translation, and go around the
//! words that were made from those they stood around.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::links::Links;
use super::spans::overlap;
use crate::document::{BlockTarget, Mark, Markup, words, write_marks};

/// A tag that opens or closes, or `<br/>`.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<(?<closes>/?)(?<name>[A-Za-z][\w:.-]*|\d+)(?<rest>(?:\s[^<>]*)?)>")
        .expect("the pattern is constant")
});

/// A text without its pairs of tags.
#[derive(Debug, PartialEq)]
pub(super) struct Untagged {
    /// The text between the tags.
    pub(super) text: String,
    /// The pairs, in bytes of `text`.
    marks: Vec<Mark>,
    /// Bytes of the tags in the text as it was.
    removed: Vec<Range<usize>>,
    /// For each word of `text`, the word of the text as it was.
    origins: Vec<u32>,
}

impl Untagged {
    /// Takes the pairs of tags out that have words between them, except those within the `spared` ranges; `None` if there
    /// are none. Other tags stay.
    pub(super) fn new(tagged: &str, spared: &[Range<usize>]) -> Option<Self> {
        if !tagged.contains("</") {
            return None;
        }
        let pairs = pairs(tagged, spared);
        if pairs.is_empty() {
            return None;
        }
        let mut removed: Vec<Range<usize>> = (pairs.iter())
            .flat_map(|(open, close)| [open.clone(), close.clone()])
            .collect();
        removed.sort_by_key(|tag| tag.start);
        let mut text = String::with_capacity(tagged.len());
        let mut end = 0;
        for tag in &removed {
            text.push_str(&tagged[end..tag.start]);
            end = tag.end;
        }
        text.push_str(&tagged[end..]);
        let mut untagged = Self {
            marks: Vec::with_capacity(pairs.len()),
            origins: Vec::new(),
            text,
            removed,
        };
        for (open, close) in &pairs {
            let inner = (pairs.iter())
                .filter(|(other, _)| open.end <= other.start && other.end <= close.start);
            let mark = Mark {
                span: untagged.moved(open.end)..untagged.moved(close.start),
                markup: Markup::Around {
                    open: tagged[open.clone()].to_owned(),
                    close: tagged[close.clone()].to_owned(),
                    inner: inner.count(),
                },
            };
            untagged.marks.push(mark);
        }
        let starts: Vec<usize> = words::spans(tagged).map(|word| word.start).collect();
        untagged.origins = words::spans(&untagged.text)
            .map(|word| {
                let at = untagged.original(word.start);
                starts
                    .partition_point(|&start| start <= at)
                    .saturating_sub(1) as u32
            })
            .collect();
        Some(untagged)
    }

    /// The bytes of `text` for a span of the text as it was.
    pub(super) fn untagged(&self, span: &Range<usize>) -> Range<usize> {
        self.moved(span.start)..self.moved(span.end)
    }

    fn moved(&self, at: usize) -> usize {
        let before = self.removed.iter().take_while(|tag| tag.end <= at);
        at - before.map(Range::len).sum::<usize>()
    }

    fn original(&self, at: usize) -> usize {
        let mut original = at;
        for tag in &self.removed {
            if tag.start > original {
                break;
            }
            original += tag.len();
        }
        original
    }

    /// The translation of `text` with the tags in it, and its links to the words of the text as it was.
    pub(super) fn tagged(&self, target: String, links: Links) -> (String, Links) {
        let target = BlockTarget {
            text: target,
            links,
        };
        let tagged = write_marks(&self.text, &self.marks, &target);
        let links = self.links(&tagged, &target);
        (tagged, links)
    }

    /// The links of the words of `tagged`, which is `target` with tags in it.
    fn links(&self, tagged: &str, target: &BlockTarget) -> Links {
        let mut tags: Vec<&str> = (self.marks.iter())
            .flat_map(|mark| match &mark.markup {
                Markup::Around { open, close, .. } => [open.as_str(), close.as_str()],
                _ => ["", ""],
            })
            .collect();
        // For each byte of `tagged` that is no tag's the byte of the target.
        let mut places: Vec<(usize, usize)> = Vec::new();
        let (mut at, mut own) = (0, 0);
        while at < tagged.len() {
            match tags
                .iter()
                .position(|tag| !tag.is_empty() && tagged[at..].starts_with(tag))
            {
                Some(tag) => at += tags.swap_remove(tag).len(),
                None => {
                    places.push((at, own));
                    let length = tagged[at..].chars().next().map_or(1, char::len_utf8);
                    (at, own) = (at + length, own + length);
                }
            }
        }
        let starts: Vec<usize> = words::spans(&target.text).map(|word| word.start).collect();
        let link = |word: Range<usize>| {
            let (at, own) = *places.get(places.partition_point(|&(at, _)| at < word.start))?;
            let index = starts
                .partition_point(|&start| start <= own)
                .checked_sub(1)?;
            let link = (*target.links.get(index)?)?;
            (at < word.end).then(|| self.origins.get(link as usize).copied())?
        };
        words::spans(tagged).map(link).collect()
    }
}

/// The pairs of tags with words between them: the outer before the inner, in order.
fn pairs(text: &str, spared: &[Range<usize>]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut open: Vec<(&str, Range<usize>)> = Vec::new();
    let mut pairs = Vec::new();
    for found in TAG.captures_iter(text) {
        let (Some(tag), Some(name)) = (found.get(0), found.name("name")) else {
            continue;
        };
        let tag = tag.range();
        if found["rest"].ends_with('/') || spared.iter().any(|spared| overlap(spared, &tag)) {
            continue;
        }
        let name = name.as_str();
        if found["closes"].is_empty() {
            open.push((name, tag));
        } else if let Some(at) = open.iter().rposition(|(opened, _)| *opened == name) {
            let (_, opening) = open.swap_remove(at);
            open.truncate(at);
            if text[opening.end..tag.start].contains(char::is_alphanumeric) {
                pairs.push((opening, tag));
            }
        }
    }
    pairs.sort_by_key(|(opening, _)| opening.start);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_taken_out_and_go_around_the_same_words() {
        let text = "Klicken Sie auf <0>Weiter</0>, <a href=\"x y\">nicht <b>hier</b></a>.";
        let untagged = Untagged::new(text, &[]).unwrap();
        assert_eq!(untagged.text, "Klicken Sie auf Weiter, nicht hier.");
        let target = "Click Continue, not here.";
        let links = [Some(0), Some(3), Some(4), Some(5)].to_vec();
        let (tagged, links) = untagged.tagged(target.into(), links);
        assert_eq!(
            tagged,
            "Click <0>Continue</0>, <a href=\"x y\">not <b>here</b></a>."
        );
        // `Click`, `<0>Continue</0>,`, `<a`, `href="x`, `y">not`, `<b>here</b></a>.`
        assert_eq!(links, [Some(0), Some(3), None, None, Some(6), Some(7)]);
        let fixed = text.find("hier").unwrap();
        let span = untagged.untagged(&(fixed..fixed + 4));
        assert_eq!(&untagged.text[span], "hier");
    }

    #[test]
    fn other_tags_stay() {
        for text in [
            "ohne",
            "5 < 6 und </b>",
            "<b>offen",
            "<br/>neu",
            "<b></b> leer",
            "</b>zu<b>",
            "x<y</z>",
        ] {
            assert_eq!(Untagged::new(text, &[]), None, "{text}");
        }
        let text = "<b>eins</b> <i>zwei</i>";
        let spared = 12..15;
        let untagged = Untagged::new(text, std::slice::from_ref(&spared)).unwrap();
        assert_eq!(untagged.text, "eins <i>zwei</i>");
        assert_eq!(
            Untagged::new("<i><b>a</i></b>", &[]).unwrap().text,
            "<b>a</b>"
        );
    }
}
