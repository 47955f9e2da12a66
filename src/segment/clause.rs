//! Clauses of sentences that are too long for a model.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Bytes that are tried at most for one piece.
const WINDOW: usize = 1 << 13;

/// Places to split at, best first: between main clauses, before a subordinate clause, at a comma, before a conjunction,
/// at a space.
static BREAKS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    [
        r"[;:]\s+|\s[–—]\s+",
        r",\s+(?:und|oder|aber|denn|sondern|doch|weil|dass|wenn|als|ob|obwohl|während|nachdem|bevor|damit|da|wobei|sodass|der|die|das|den|dem|deren|dessen|welche[rsmn]?|wo|wie|was|wer|um)\b",
        r",\s+",
        r"\s+(?:und|oder|aber|denn|sondern|sowie|weil|dass|wenn|als|ob|obwohl|während|nachdem|bevor|damit)\s",
        r"\s+",
    ]
    .map(|pattern| Regex::new(pattern).expect("the pattern is constant"))
});

/// Splits a sentence into pieces that each satisfy `fits`, at the boundaries of clauses where there are any. The
/// concatenation of the spans is the text; a piece is at least one character, whether it fits or not.
///
/// `fits` must hold for every part of what it holds for. It is asked about stretches of bounded length, a few times for
/// each piece.
pub fn clauses(text: &str, fits: &dyn Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let length = if rest.len() <= WINDOW && fits(rest) {
            rest.len()
        } else {
            first_piece(rest, fits)
        };
        pieces.push(start..start + length);
        start += length;
    }
    pieces
}

/// Length of the first piece of a text that does not fit.
fn first_piece(text: &str, fits: &dyn Fn(&str) -> bool) -> usize {
    let longest = longest_that_fits(text, fits);
    if longest == text.len() {
        return longest;
    }
    // Two pieces of similar length read better than a long one and a rest.
    let wanted = if text.len() < longest * 2 {
        text.len() / 2
    } else {
        longest
    };
    // A good place in the second half is worth more than a full piece.
    let earliest = wanted / 2;
    for breaks in BREAKS.iter() {
        let best = breaks
            .find_iter(&text[..text.ceil_char_boundary(longest)])
            .map(|found| {
                // The white space stays with the piece in front; what comes next begins the second.
                let signs = found.as_str().len()
                    - found
                        .as_str()
                        .trim_start_matches(|c: char| !c.is_whitespace())
                        .len();
                let space = found.as_str()[signs..]
                    .chars()
                    .take_while(|c| c.is_whitespace())
                    .map(char::len_utf8)
                    .sum::<usize>();
                let dash = found.as_str().trim().starts_with(['–', '—']);
                if dash {
                    found.end()
                } else {
                    found.start() + signs + space
                }
            })
            .filter(|&at| at > earliest && at <= longest)
            .min_by_key(|at| at.abs_diff(wanted));
        if let Some(at) = best {
            return at;
        }
    }
    longest
}

/// The longest beginning of `text` that fits, at least one character.
fn longest_that_fits(text: &str, fits: &dyn Fn(&str) -> bool) -> usize {
    let one = text.chars().next().map_or(0, char::len_utf8);
    let (mut low, mut high) = (one, text.len().min(WINDOW) + 1);
    // `low` fits or is one character; `high` does not.
    while high - low > 1 {
        let middle = text.floor_char_boundary(low + (high - low) / 2);
        if middle <= low {
            // Only the inside of one character lies between.
            let next = text.ceil_char_boundary(low + 1);
            if next >= high || !fits(&text[..next]) {
                break;
            }
            low = next;
        } else if fits(&text[..middle]) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
