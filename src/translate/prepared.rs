//! Sentences on their way to the network: respelt, and cut into pieces short enough for it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::example::wordings;
use super::input::{self, HintSources};
use super::links::Links;
use super::piece::{Piece, finder, is_crowded};
use super::spelling::Respelt;
use super::tags::Untagged;
use super::verbatim::{Rendering, Verbatim};
use super::{Doubt, Source, Translation, symbols};
use crate::decode::Finish;
use crate::document::words;
use crate::model::{Model, NetworkResult};
use crate::segment::{self, Fixed};

/// Tokens of the longest piece that is translated at once, if the model takes as many. The networks were trained on
/// sentences; what is much longer comes out better in parts.
const LONGEST_PIECE: usize = 160;

/// An upper bound on the mean number of bytes of a token, in any text.
const MOST_BYTES_PER_TOKEN: usize = 24;

/// A sentence as it goes through the network.
pub(super) struct Prepared {
    pub(super) pieces: Vec<Piece>,
    /// For each word of the pieces the word of the sentence, where words were joined.
    words: Option<Vec<u32>>,
    /// The sentence's tags, which are not in the pieces.
    tags: Option<Untagged>,
    is_foreign: bool,
}

impl Prepared {
    /// Takes tags out of a sentence, respells it and splits it into pieces short enough for the network.
    pub(super) fn new(
        model: &Model,
        sentence: &Source<'_>,
        hints_below: u32,
    ) -> NetworkResult<Self> {
        let sources = HintSources {
            below: hints_below,
            wordings: (sentence.example.as_ref())
                .map_or_else(|| Ok(Vec::new()), |example| wordings(model, example))?,
        };
        let mut text = one_line(&sentence.text);
        let mut fixed = fixed_in(sentence, &text);
        let is_data = fixed.is_empty() && words::is_data(&text);
        let is_foreign = sentence.is_foreign && fixed.is_empty() && model.reads_only_german();
        if is_data || is_foreign {
            let mut piece = Piece::new(model, &text, &fixed, &sources)?;
            let is_line = !sentence.text.contains(['\n', '\r']);
            piece.copied = true;
            piece.text = match is_data && is_line {
                true => sentence.text.trim().to_owned(),
                false => text,
            };
            return Ok(Self {
                pieces: vec![piece],
                words: None,
                tags: None,
                is_foreign: !is_data,
            });
        }
        let spans = |fixed: &[Verbatim]| -> Vec<Range<usize>> {
            fixed.iter().map(|fixed| fixed.span.clone()).collect()
        };
        let tags = Untagged::new(&text, &spans(&fixed));
        if let Some(tags) = &tags {
            for fixed in &mut fixed {
                fixed.span = tags.untagged(&fixed.span);
            }
            text.clone_from(&tags.text);
        }
        let knows = |form: &str| model.lexicon.as_ref().is_some_and(|all| all.knows(form));
        let known = model
            .lexicon
            .is_some()
            .then_some(&knows as &dyn Fn(&str) -> bool);
        let respelt = Respelt::new(&text, &spans(&fixed), known);
        if let Some(respelt) = &respelt {
            for fixed in &mut fixed {
                fixed.span = respelt.respelt(&fixed.span);
            }
        }
        let written = respelt.as_ref().map_or(&text, |respelt| &respelt.text);
        let mut pieces = pieces(model, written, &fixed, &sources)?;
        for (span, piece) in &mut pieces {
            piece.has_tags = tags.is_some();
            let is_same = piece.copied && piece.text == written[span.clone()].trim();
            if let Some(respelt) = respelt.as_ref().filter(|_| is_same) {
                piece.text = text[respelt.original(span)].trim().to_owned();
            }
        }
        let words = respelt.map(|respelt| respelt.word_origins(&text));
        let is_moved = |words: &Vec<u32>| (0..).zip(words).any(|(i, &word)| i != word);
        Ok(Self {
            pieces: pieces.into_iter().map(|(_, piece)| piece).collect(),
            words: words.filter(is_moved),
            tags,
            is_foreign: false,
        })
    }

    /// The translation of the sentence, of those of its pieces. Its links lead to the words of the sentence as it was written.
    pub(super) fn translation(&self, parts: Vec<Translation>, with_links: bool) -> Translation {
        let mut translation = join(parts, &self.pieces);
        if let Some(words) = &self.words {
            for link in &mut translation.links {
                *link = link.and_then(|word| words.get(word as usize).copied());
            }
        }
        if let Some(tags) = &self.tags {
            (translation.text, translation.links) =
                tags.tagged(translation.text, translation.links);
        }
        if !with_links {
            translation.links = Links::new();
        }
        translation.is_foreign = self.is_foreign;
        translation
    }
}

/// Splits a sentence into pieces short enough for the network, each with its span.
fn pieces(
    model: &Model,
    text: &str,
    fixed: &[Verbatim],
    sources: &HintSources,
) -> NetworkResult<Vec<(Range<usize>, Piece)>> {
    let limit = model.max_source_tokens().min(LONGEST_PIECE);
    // The length in bytes is checked first: it rules out most texts that are too long without tokenizing them.
    let is_short = |text: &str| text.len() <= limit * MOST_BYTES_PER_TOKEN;
    let fits = |text: &str| {
        is_short(text)
            && input::tokenize(model, text.trim()).is_ok_and(|tokens| {
                let found = || finder(model).find(text.trim(), &tokens, vec![]);
                tokens.len() <= limit && !is_crowded(model, text.trim(), &found())
            })
    };
    let items = match model.placeholders.count() {
        0 => None,
        _ => symbols::items(text),
    };
    // A sentence whose translation is known is not split, however long.
    let is_known = |fixed: &Verbatim| fixed.span == (0..text.len());
    let is_one = is_short(text) && items.is_none();
    if is_one || fixed.iter().any(is_known) {
        let piece = Piece::new(model, text, fixed, sources)?;
        if piece.copied || piece.tokens.len() <= limit && !piece.crowded {
            return Ok(vec![(0..text.len(), piece)]);
        }
    }
    let mut glued = false;
    items
        .unwrap_or_else(|| segment::clauses(text, &fits))
        .into_iter()
        .map(|span| {
            let inside: Vec<Verbatim> = (fixed.iter())
                .filter(|fixed| span.start <= fixed.span.start && fixed.span.end <= span.end)
                .map(|fixed| Verbatim {
                    span: fixed.span.start - span.start..fixed.span.end - span.start,
                    ..fixed.clone()
                })
                .collect();
            let mut piece = Piece::new(model, &text[span.clone()], &inside, sources)?;
            // A part of a word: so many letters without a space are data.
            let goes_on = !piece.spaced && span.end < text.len();
            piece.copied |= (glued || goes_on) && !piece.text.contains(' ');
            glued = goes_on;
            Ok((span, piece))
        })
        .collect()
}

/// The fixed terms of a sentence with their spans in `text`, the same sentence on one line.
fn fixed_in(sentence: &Source<'_>, text: &str) -> Vec<Verbatim> {
    let mut from = 0;
    let find = |fixed: &Fixed| {
        let original = one_line(&sentence.text[fixed.span.clone()]);
        let start = from + text[from..].find(&original)?;
        from = start + original.len();
        Some(Verbatim {
            span: start..from,
            target: match (&fixed.target, fixed.exact) {
                (Some(target), false) => Rendering::Term(target.clone()),
                (Some(target), true) => Rendering::Text(target.clone()),
                (None, _) => Rendering::Text(original),
            },
        })
    };
    sentence.fixed.iter().filter_map(find).collect()
}

/// A sentence without the line breaks of its layout and without hyphens at their places.
fn one_line(sentence: &str) -> String {
    static HYPHENATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(\p{L})-[ \t]*(?:\r\n|\n|\r)\s*(\p{Ll}+)").expect("the pattern is constant")
    });
    let joined = HYPHENATED.replace_all(sentence, |found: &Captures<'_>| {
        // "Vor- und Nachteile" keeps its hyphen.
        let gap = if ["und", "oder", "bzw", "sowie"].contains(&&found[2]) {
            "- "
        } else {
            ""
        };
        format!("{}{gap}{}", &found[1], &found[2])
    });
    words::one_line(&joined)
}

/// Joins the translated pieces of a sentence. If a piece did not end properly, neither did the sentence.
fn join(mut parts: Vec<Translation>, pieces: &[Piece]) -> Translation {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let (mut text, mut links) = (String::new(), Links::new());
    let mut words_before = 0;
    for (part, piece) in parts.iter().zip(pieces) {
        if links.is_empty() || text.ends_with(' ') {
            links.extend(part.links.iter().map(|link| Some((*link)? + words_before)));
        }
        text.push_str(&part.text);
        if piece.spaced {
            text.push(' ');
            words_before += piece.words() as u32;
        }
    }
    let mut finishes = parts.iter().map(|part| part.finish);
    let mean = |of: &dyn Fn(&Translation) -> f32| {
        parts.iter().map(of).sum::<f32>() / parts.len().max(1) as f32
    };
    let mut doubts: Vec<Doubt> = (parts.iter())
        .flat_map(|part| part.doubts.iter().copied())
        .collect();
    doubts.sort_unstable();
    doubts.dedup();
    Translation {
        text: text.trim_end().to_owned(),
        score: mean(&|part| part.score),
        coverage: mean(&|part| part.coverage),
        finish: finishes
            .find(|&finish| finish != Finish::Complete)
            .unwrap_or(Finish::Complete),
        hints: (parts.iter()).flat_map(|part| part.hints.clone()).collect(),
        doubts,
        is_foreign: false,
        links,
    }
}
