//! Projection of inline markup from a block to its translation, by word alignment.
//!
//! Every target word is aligned to the source word that it was made from. Tags around source words go around the stretch
//! of target words in which those made from them outweigh the others; markup between source words goes between target
//! words where it separates the fewest from their side. Nested markup stays nested, and markup side by side stays side by
//! side.

use std::ops::Range;

use super::block::{Block, BlockKind};
use super::escape::Escape;
use super::layout::BlockTarget;
use super::markup::{Mark, Markup};
use super::words;

/// The translation of `source` with its marks, by the alignment of the words.
pub fn write_marks(source: &str, marks: &[Mark], target: &BlockTarget) -> String {
    let block = Block {
        marks: marks.to_vec(),
        ..Block::new(0..source.len(), BlockKind::Paragraph)
    };
    let mut marked = String::with_capacity(2 * target.text.len());
    write_marked(source, &block, target, Escape::None, &mut marked);
    marked
}

/// Appends a block's target to a file, with the block's markup in it.
pub(super) fn write_marked(
    text: &str,
    block: &Block,
    target: &BlockTarget,
    escape: Escape,
    file: &mut String,
) {
    if block.marks.is_empty() {
        return escape.write(&target.text, file);
    }
    let source = &text[block.span.clone()];
    let projection = MarkupProjection {
        source,
        source_words: words::spans(source).collect(),
        target: &target.text,
        target_words: words::spans(&target.text).collect(),
        links: &target.links,
    };
    let mut edits: Vec<MarkupEdit<'_>> = Vec::new();
    let window = 0..projection.target_words.len();
    let marks: Vec<Local<'_>> = (block.marks.iter())
        .map(|mark| Local {
            span: mark.span.start - block.span.start..mark.span.end - block.span.start,
            mark,
        })
        .collect();
    match source == target.text {
        true => keep(source, &marks, &mut edits),
        false => projection.place(&marks, 0..source.len(), window, &mut edits),
    }
    write_edits(&target.text, edits, escape, file);
}

/// Places the marks of a text that did not change where they are.
fn keep<'m>(source: &str, marks: &[Local<'m>], edits: &mut Vec<MarkupEdit<'m>>) {
    let mut i = 0;
    while let Some(Local { span, mark }) = marks.get(i) {
        i += 1;
        match &mark.markup {
            Markup::Around { open, close, inner } => {
                edits.push(edit(span.start..span.start, open));
                keep(source, &marks[i..][..*inner], edits);
                i += inner;
                edits.push(edit(span.end..span.end, close));
            }
            Markup::Atom(raw) => edits.push(edit(span.clone(), raw)),
            Markup::Point(raw) => edits.push(edit(span.start..span.start, raw)),
            Markup::Break(raw) => {
                let after = &source[span.start..];
                let at = span.start + (after.len() - after.trim_start().len());
                edits.push(MarkupEdit {
                    is_break: true,
                    ..edit(at..at, raw)
                });
            }
        }
    }
}

/// Cost of each word of distance from the proportional position of a point; a word on the wrong side of it costs 1.
const POINT: f64 = 0.01;
/// The same cost for line breaks, which are for the eye: lines should stay about as long as they were.
const BREAK: f64 = 2.;

/// A mark with its span in the block.
struct Local<'a> {
    span: Range<usize>,
    mark: &'a Mark,
}

/// Markup to write at a byte of the target; in the order of the list where bytes are equal.
struct MarkupEdit<'a> {
    /// Bytes of the target that it replaces; empty for insertions.
    range: Range<usize>,
    markup: &'a str,
    /// It replaces the white space there too.
    is_break: bool,
}

struct MarkupProjection<'a> {
    source: &'a str,
    source_words: Vec<Range<usize>>,
    target: &'a str,
    target_words: Vec<Range<usize>>,
    links: &'a [Option<u32>],
}

impl MarkupProjection<'_> {
    /// Places `marks`, all inside `outer` bytes of the source, in `window`, words of the target.
    fn place<'m>(
        &self,
        marks: &[Local<'m>],
        outer: Range<usize>,
        window: Range<usize>,
        edits: &mut Vec<MarkupEdit<'m>>,
    ) {
        let mut free = vec![window.clone()];
        let mut i = 0;
        let mut least = window.start;
        while let Some(Local { span, mark }) = marks.get(i) {
            i += 1;
            match &mark.markup {
                Markup::Around { open, inner, .. } => {
                    let inside = &marks[i..][..*inner];
                    i += inner;
                    if let Some((words, bytes)) = self.part_of_word(span, &window) {
                        self.surround(mark, inside, span, words, bytes, edits);
                        continue;
                    }
                    let is_all = *span == outer && free.len() == 1 && free[0] == window;
                    let words = match () {
                        () if span.is_empty() => 0..0,
                        () if is_all => window.clone(),
                        () => self.stretch(span, &free),
                    };
                    if words.is_empty() {
                        let at = self.point(span.start, &window);
                        // Markdown's emphasis around nothing would be characters.
                        if !is_emphasis(open) {
                            self.at(at, mark, inside, edits);
                        }
                        continue;
                    }
                    take(&mut free, &words);
                    let bytes = self.bytes(span, &words);
                    self.surround(mark, inside, span, words, bytes, edits);
                }
                Markup::Atom(raw) => {
                    let bytes = self.atom(span, &mut free, &window, edits);
                    edits.push(edit(bytes, raw));
                }
                Markup::Point(raw) => {
                    let at = self.point(span.start, &window);
                    edits.push(edit(at..at, raw));
                }
                Markup::Break(raw) => {
                    let at = self.between(span.start, &window, least, BREAK);
                    least = (at + 1).min(window.end);
                    let at = self.boundary(at);
                    edits.push(MarkupEdit {
                        is_break: true,
                        ..edit(at..at, raw)
                    });
                }
            }
        }
    }

    /// Places markup around `bytes` of the target, and marks `inside` it around some of `words`.
    fn surround<'m>(
        &self,
        around: &'m Mark,
        inside: &[Local<'m>],
        span: &Range<usize>,
        words: Range<usize>,
        mut bytes: Range<usize>,
        edits: &mut Vec<MarkupEdit<'m>>,
    ) {
        let Markup::Around { open, close, .. } = &around.markup else {
            return;
        };
        let first = edits.len();
        edits.push(edit(bytes.start..bytes.start, open));
        self.place(inside, span.clone(), words, edits);
        // Atoms inside are whole; other markup may not end after the punctuation that this ends before.
        for MarkupEdit { range, .. } in &edits[first + 1..] {
            if !range.is_empty() {
                bytes = bytes.start.min(range.start)..bytes.end.max(range.end);
            }
        }
        edits[first].range = bytes.start..bytes.start;
        for MarkupEdit { range, .. } in &mut edits[first + 1..] {
            range.start = range.start.clamp(bytes.start, bytes.end);
            range.end = range.end.clamp(bytes.start, bytes.end);
        }
        edits.push(edit(bytes.end..bytes.end, close));
    }

    /// The target words and the bytes for markup around a part of one source word, such as the 2 of CO₂, a footnote's
    /// number or an initial; none if the same part is not in them.
    fn part_of_word(
        &self,
        span: &Range<usize>,
        window: &Range<usize>,
    ) -> Option<(Range<usize>, Range<usize>)> {
        let touched = self.touched(span);
        let word = self.source_words[touched.clone()].first()?;
        let core = trimmed(self.source, word);
        let part = &self.source[span.clone()];
        let (is_first, is_last) = (span.start <= core.start, span.end >= core.end);
        if part.is_empty() || touched.len() != 1 || (is_first && is_last) {
            return None;
        }
        let words = self.stretch(span, std::slice::from_ref(window));
        let last = words.end.checked_sub(1).filter(|_| !words.is_empty())?;
        let all = self.target_words[words.start].start..self.target_words[last].end;
        let core = trimmed(self.target, &all);
        let text = &self.target[core.clone()];
        let whole = &self.target[all.clone()];
        let has_letters = part.contains(char::is_alphabetic);
        let start = if is_last && whole.ends_with(part) {
            all.end - part.len()
        } else if is_last && text.ends_with(part) {
            core.end - part.len()
        } else if is_first && text.starts_with(part) {
            core.start
        } else if is_first && has_letters && part.chars().count() == 1 {
            let initial = text.chars().next()?.len_utf8();
            return Some((words, core.start..core.start + initial));
        } else {
            // Markup that begins with the space before the word is around no part of it.
            let before = self.source.get(word.start..span.start)?;
            let count = before.matches(part).count();
            let same = whole.match_indices(part).nth(count);
            all.start + same.filter(|_| !has_letters)?.0
        };
        Some((words, start..start + part.len()))
    }

    /// Places markup around nothing, and what is `inside` it, at a byte.
    fn at<'m>(
        &self,
        at: usize,
        around: &'m Mark,
        inside: &[Local<'m>],
        edits: &mut Vec<MarkupEdit<'m>>,
    ) {
        let Markup::Around { open, close, .. } = &around.markup else {
            return;
        };
        edits.push(edit(at..at, open));
        let mut i = 0;
        while let Some(Local { mark, .. }) = inside.get(i) {
            i += 1;
            match &mark.markup {
                Markup::Around { inner, .. } => {
                    self.at(at, mark, &inside[i..][..*inner], edits);
                    i += inner;
                }
                Markup::Atom(raw) | Markup::Point(raw) | Markup::Break(raw) => {
                    edits.push(edit(at..at, raw));
                }
            }
        }
        edits.push(edit(at..at, close));
    }

    /// Source words that share a byte with `span`.
    fn touched(&self, span: &Range<usize>) -> Range<usize> {
        let first = self
            .source_words
            .partition_point(|word| word.end <= span.start);
        let last = self
            .source_words
            .partition_point(|word| word.start < span.end);
        first..last.max(first)
    }

    /// The stretch of free target words in which those made from `span` outweigh the others most; empty if there is none.
    fn stretch(&self, span: &Range<usize>, free: &[Range<usize>]) -> Range<usize> {
        let touched = self.touched(span);
        let weight = |word: usize| match self.links.get(word).copied().flatten() {
            Some(link) if touched.contains(&(link as usize)) => 1.,
            Some(_) => -1.,
            None => -0.1,
        };
        let mut best = (0., 0..0);
        for free in free {
            let (mut sum, mut start) = (0., free.start);
            for word in free.clone() {
                if sum <= 0. {
                    (sum, start) = (0., word);
                }
                sum += weight(word);
                if sum > best.0 {
                    best = (sum, start..word + 1);
                }
            }
        }
        best.1
    }

    /// The bytes of target `words` for markup around `span`: punctuation at their ends only if the source has it inside.
    fn bytes(&self, span: &Range<usize>, words: &Range<usize>) -> Range<usize> {
        let mut start = self.target_words[words.start].start;
        let mut end = self.target_words[words.end - 1].end;
        let inside = &self.source[span.clone()];
        let glued = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        if glued(self.source[..span.start].chars().next_back()) && !inside.starts_with(is_mark) {
            let word = &self.target[start..end];
            start += word.len() - word.trim_start_matches(is_mark).len();
        }
        if glued(self.source[span.end..].chars().next()) && !inside.ends_with(is_mark) {
            let word = &self.target[start.min(end)..end];
            end = start.min(end) + word.trim_end_matches(is_mark).len();
        }
        start.min(end)..end
    }

    /// The target position for markup at `byte` of the source: the index of the word after it.
    fn between(&self, byte: usize, window: &Range<usize>, least: usize, distance: f64) -> usize {
        let before = self.source_words.partition_point(|word| word.start < byte);
        // Words that would be on the wrong side of markup at the beginning of the window.
        let link = |word: usize| self.links.get(word).copied().flatten();
        let is_before = |word: usize| link(word).map(|link| (link as usize) < before);
        let mut wrong = window
            .clone()
            .filter(|&word| is_before(word) == Some(true))
            .count() as i64;
        let share = before as f64 / self.source_words.len().max(1) as f64;
        let expected = share * self.target_words.len() as f64;
        let mut best = (f64::MAX, least.min(window.end));
        for at in window.start..=window.end {
            if at >= least {
                let cost = wrong as f64 + distance * (at as f64 - expected).abs();
                if cost < best.0 {
                    best = (cost, at);
                }
            }
            if at < window.end {
                wrong += match is_before(at) {
                    Some(true) => -1,
                    Some(false) => 1,
                    None => 0,
                };
            }
        }
        best.1
    }

    /// The first byte of target word `at`; the end of the text if there is no such word.
    fn boundary(&self, at: usize) -> usize {
        self.target_words
            .get(at)
            .map_or(self.target.len(), |word| word.start)
    }

    /// The byte for markup that stands at `byte` of the source.
    fn point(&self, byte: usize, window: &Range<usize>) -> usize {
        let at = self.between(byte, window, window.start, POINT);
        let is_behind_word = self.source[..byte].ends_with(|c: char| !c.is_whitespace());
        if !is_behind_word || at == 0 {
            return self.boundary(at);
        }
        // After a word, but before punctuation that follows the markup in the source too.
        let word = self.target_words[at - 1].clone();
        let is_ascii_mark = |c: char| c.is_ascii_punctuation();
        match self.source[byte..].starts_with(is_ascii_mark) {
            true => word.start + self.target[word].trim_end_matches(is_ascii_mark).len(),
            false => word.end,
        }
    }

    /// Whether the source words at `span` have letters or digits outside it.
    fn has_other_letters(&self, span: &Range<usize>) -> bool {
        let touched = &self.source_words[self.touched(span)];
        let (Some(first), Some(last)) = (touched.first(), touched.last()) else {
            return false;
        };
        let before = &self.source[first.start.min(span.start)..span.start];
        let after = &self.source[span.end..last.end.max(span.end)];
        before.contains(char::is_alphanumeric) || after.contains(char::is_alphanumeric)
    }

    /// The target bytes that an atom replaces; no two atoms replace the same bytes. An atom that comes back as it is
    /// stands where its words are aligned to, and for whole words, if it can.
    fn atom(
        &self,
        span: &Range<usize>,
        free: &mut Vec<Range<usize>>,
        window: &Range<usize>,
        edits: &[MarkupEdit<'_>],
    ) -> Range<usize> {
        let text = &self.source[span.clone()];
        let words = self.stretch(span, free);
        let bytes = |words: &Range<usize>| {
            self.target_words[words.start].start..self.target_words[words.end - 1].end
        };
        let is_free = |found: &Range<usize>| {
            edits.iter().map(|edit| &edit.range).all(|taken| {
                taken.is_empty() || taken.end <= found.start || found.end <= taken.start
            })
        };
        // Words that are not free may have bytes that are; and a part of a word may begin in the word before.
        let is_whole = is_whole(self.source, span);
        let near = match self.has_other_letters(span) {
            false => 0..0,
            true => {
                let end = (window.end + 1).min(self.target_words.len());
                window.start.saturating_sub(1)..end
            }
        };
        let places = free
            .iter()
            .chain([window, &near])
            .filter(|words| !words.is_empty());
        let found = places.flat_map(|words| {
            let bytes = bytes(words);
            (self.target[bytes.clone()].match_indices(text))
                .map(move |(at, _)| bytes.start + at..bytes.start + at + text.len())
        });
        let aligned = (!words.is_empty()).then(|| bytes(&words));
        let is_aligned = |found: &Range<usize>| {
            (aligned.as_ref())
                .is_some_and(|bytes| bytes.start <= found.start && found.end <= bytes.end)
        };
        // How often the same letters stand before it in its words.
        let first = self.touched(span).start;
        let start = self
            .source_words
            .get(first)
            .map_or(span.start, |word| word.start);
        let before = self.source[start.min(span.start)..span.start]
            .matches(text)
            .count();
        let is_same = |found: &Range<usize>| {
            let start = aligned.as_ref().map_or(found.start, |bytes| bytes.start);
            let before_it = self.target[start.min(found.start)..found.start]
                .matches(text)
                .count();
            before_it == before
        };
        // The first of the best: a part of a word is one there, too.
        let best = found.filter(is_free).min_by_key(|found| {
            let whole = self::is_whole(self.target, found);
            (!is_aligned(found), !is_same(found), whole != is_whole)
        });
        if let Some(found) = best {
            let first = (self.target_words).partition_point(|word| word.end <= found.start);
            let end = (self.target_words).partition_point(|word| word.start < found.end);
            take(free, &(first..end));
            return found;
        }
        if self.has_other_letters(span) && !words.is_empty() {
            // The other letters of the word stay.
            let at = bytes(&words).end;
            return at..at;
        }
        take(free, &words);
        if words.is_empty() {
            let at = self.point(span.start, window);
            return at..at;
        }
        self.bytes(span, &words)
    }
}

/// Whether bytes of a text begin and end no part of a word.
fn is_whole(text: &str, bytes: &Range<usize>) -> bool {
    let is_inside = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at..].chars().next();
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        is_letter(before) && is_letter(after)
    };
    !is_inside(bytes.start) && !is_inside(bytes.end)
}

fn edit(range: Range<usize>, markup: &str) -> MarkupEdit<'_> {
    MarkupEdit {
        range,
        markup,
        is_break: false,
    }
}

/// Punctuation and quotes.
fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation() || "„“”‚‘’»«›‹…–—¿¡".contains(c)
}

/// Bytes of a text without the punctuation at their ends.
fn trimmed(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let inner = text[bytes.clone()].trim_start_matches(is_mark);
    let start = bytes.end - inner.len();
    start..start + inner.trim_end_matches(is_mark).len()
}

fn is_emphasis(open: &str) -> bool {
    open.chars().all(|c| matches!(c, '*' | '_' | '~'))
}

/// Takes `words` out of what is free.
fn take(free: &mut Vec<Range<usize>>, words: &Range<usize>) {
    if words.is_empty() {
        return;
    }
    let rest = free.drain(..).flat_map(|range| {
        let before = range.start..words.start.min(range.end);
        let after = words.end.max(range.start)..range.end;
        [before, after]
            .into_iter()
            .filter(|range| !range.is_empty())
    });
    let rest: Vec<_> = rest.collect();
    *free = rest;
}

/// Writes the target with the edits in it.
fn write_edits(target: &str, mut edits: Vec<MarkupEdit<'_>>, escape: Escape, file: &mut String) {
    // Stable: what was placed first at a byte is written first.
    edits.sort_by_key(|edit| edit.range.start);
    let mut end = 0;
    for edit in &edits {
        let start = edit.range.start.max(end);
        let words = &target[end..start];
        let words = if edit.is_break {
            words.trim_end()
        } else {
            words
        };
        escape.write(words, file);
        file.push_str(edit.markup);
        end = edit.range.end.max(start);
    }
    let rest = &target[end..];
    let after_break = edits.last().is_some_and(|edit| edit.is_break);
    escape.write(if after_break { rest.trim_start() } else { rest }, file);
}
