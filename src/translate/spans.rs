//! Ranges of bytes that must not share any.

use std::ops::Range;

use regex::Captures;

/// Bytes of a text, and what stands for them in English.
pub(super) type Numeral = (Range<usize>, String);

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
