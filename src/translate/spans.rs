//! Ranges of bytes that must not share any.

use std::ops::Range;

use regex::Captures;

/// Bytes of a text, and what stands for them in English.
pub(super) type Numeral = (Range<usize>, String);

/// Spaces that may stand within a numeral, as a pattern.
pub(super) const GAP: &str = r"[ \x{a0}\x{202f}\x{2009}]?";

/// The bytes of a whole match.
pub(super) fn whole(found: &Captures<'_>) -> Range<usize> {
    found.get_match().range()
}

/// The first range that `find`, which searches from a byte on, returns and that overlaps none of those taken.
pub(super) fn find_free(
    taken: &[Range<usize>],
    find: impl Fn(usize) -> Option<Range<usize>>,
) -> Option<Range<usize>> {
    let mut from = 0;
    loop {
        let range = find(from)?;
        if !taken.iter().any(|other| overlap(other, &range)) {
            return Some(range);
        }
        from = range.end;
    }
}

/// Whether two ranges share a byte.
pub(super) fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether a span is no part of a word or a longer number.
pub(super) fn stands_alone(text: &str, span: &Range<usize>) -> bool {
    let inside = &text[span.clone()];
    let joins = |c: char| c.is_alphanumeric();
    let mut before = text[..span.start].chars().rev();
    let mut after = text[span.end..].chars();
    let (previous, next) = (before.next(), after.next());
    let begins = inside.starts_with(joins) && previous.is_some_and(joins);
    let goes_on = inside.ends_with(joins) && next.is_some_and(joins);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let number_before = inside.starts_with(|c: char| c.is_ascii_digit())
        && matches!(previous, Some('.' | ',' | ':' | '/'))
        && digit(before.next());
    let number_after = inside.ends_with(|c: char| c.is_ascii_digit())
        && matches!(next, Some('.' | ',' | ':' | '/'))
        && digit(after.next());
    !(begins || goes_on || number_before || number_after)
}
