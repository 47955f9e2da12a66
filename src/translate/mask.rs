//! Placeholders in the source for what must arrive as it is, and the way back.

use std::ops::Range;

use super::verbatim::{Rendering, Verbatim};
use crate::document::words;
use crate::model::Placeholders;

/// A text with placeholders in it.
#[derive(Debug, PartialEq)]
pub(super) struct Masked {
    pub(super) text: String,
    /// Numbers and the like at their places in `text`, and the placeholders.
    pub(super) verbatims: Vec<Verbatim>,
    /// For each word of `text`, the word of the original that it begins with.
    pub(super) words: Vec<u32>,
}

/// Verbatims that share one placeholder.
struct Run {
    /// Bytes of the text.
    span: Range<usize>,
    /// The text that is written for it.
    written: String,
    /// Which of the verbatims.
    members: Range<usize>,
}

/// How many placeholders it takes to mask `verbatims`: those with nothing but punctuation between them share one.
pub(super) fn needed(text: &str, verbatims: &[Verbatim]) -> usize {
    runs(text, verbatims).len()
}

fn runs(text: &str, verbatims: &[Verbatim]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (i, verbatim) in verbatims.iter().enumerate() {
        let Rendering::Text(written) = &verbatim.target else {
            continue;
        };
        if let Some(last) = runs.last_mut().filter(|last| last.members.end == i) {
            let between = &text[last.span.end..verbatim.span.start];
            if !between.contains(char::is_alphanumeric) {
                last.written += between;
                last.written += written;
                last.span.end = verbatim.span.end;
                last.members.end = i + 1;
                continue;
            }
        }
        runs.push(Run {
            span: verbatim.span.clone(),
            written: written.clone(),
            members: i..i + 1,
        });
    }
    runs
}

/// Puts placeholders for those of `verbatims` that are to stay as they are, as far as there are placeholders besides those in
/// the text. `None` if there is nothing to mask.
pub(super) fn mask(
    text: &str,
    verbatims: &[Verbatim],
    placeholders: &Placeholders,
) -> Option<Masked> {
    let used = (verbatims.iter())
        .filter(|verbatim| matches!(verbatim.target, Rendering::Sign { .. }))
        .count();
    let mut runs = runs(text, verbatims);
    runs.truncate(placeholders.count().saturating_sub(used));
    if runs.is_empty() {
        return None;
    }
    let mut masked = Masked {
        text: String::with_capacity(text.len()),
        verbatims: Vec::with_capacity(verbatims.len()),
        words: Vec::new(),
    };
    // Where each stretch of the new text begins there and in the old one.
    let mut stretches = Vec::with_capacity(2 * runs.len() + 1);
    let (mut end, mut next) = (0, 0);
    let mut signs = (used..).map(Placeholders::sign).zip(runs);
    loop {
        let run = signs.next();
        let (until, members) = match &run {
            Some((_, run)) => (run.span.start, run.members.clone()),
            None => (text.len(), verbatims.len()..verbatims.len()),
        };
        let start = masked.text.len();
        stretches.push((start, end));
        masked.text.push_str(&text[end..until]);
        for verbatim in &verbatims[next..members.start] {
            let moved = |at: usize| at - end + start;
            masked.verbatims.push(Verbatim {
                span: moved(verbatim.span.start)..moved(verbatim.span.end),
                ..verbatim.clone()
            });
        }
        let Some((sign, run)) = run else {
            break;
        };
        let start = masked.text.len();
        stretches.push((start, run.span.start));
        masked.text.push(sign);
        masked.verbatims.push(Verbatim {
            span: start..masked.text.len(),
            target: Rendering::Sign {
                sign,
                text: run.written,
            },
        });
        (end, next) = (run.span.end, members.end);
    }
    let starts: Vec<usize> = words::spans(text).map(|word| word.start).collect();
    let original = |at: usize| {
        let (new, old) = stretches[stretches.partition_point(|&(new, _)| new <= at) - 1];
        starts.partition_point(|&start| start <= old + (at - new)) as u32 - 1
    };
    masked.words = (words::spans(&masked.text))
        .map(|word| original(word.start))
        .collect();
    Some(masked)
}

/// A masked text with what its placeholders stand for.
pub(super) fn fill(masked: &Masked) -> String {
    let mut text = masked.text.clone();
    for verbatim in &masked.verbatims {
        if let Rendering::Sign {
            sign,
            text: written,
        } = &verbatim.target
        {
            text = text.replace(*sign, written);
        }
    }
    text
}

/// The place of a placeholder in a target, with the white space around it that its neighbours want: where a neighbour is
/// that of the source, it stands as far away as there. Gives the range to replace, and what to write before and behind.
pub(super) fn place<'t>(
    source: (&str, &Range<usize>),
    target: (&str, Range<usize>),
) -> (Range<usize>, &'t str, &'t str) {
    let (source_before, source_after) = (&source.0[..source.1.start], &source.0[source.1.end..]);
    let (target_before, target_after) = (&target.0[..target.1.start], &target.0[target.1.end..]);
    let last = |text: &str| text.trim_end().chars().next_back();
    let first = |text: &str| text.trim_start().chars().next();
    let space = |wanted: bool| if wanted { " " } else { "" };
    // A sign on a word: "Marke™", "<b>fett".
    let on_words = |a: Option<char>, b: Option<char>| {
        a.is_some_and(char::is_alphabetic) && b.is_some_and(char::is_alphabetic)
    };
    let glued_before = !source_before.ends_with(char::is_whitespace);
    let glued_after = !source_after.starts_with(char::is_whitespace);
    let mut range = target.1.clone();
    let (mut before, mut after) = ("", "");
    if last(source_before) == last(target_before)
        || glued_before && on_words(last(source_before), last(target_before))
    {
        range.start = target_before.trim_end().len();
        before = space(source_before.ends_with(char::is_whitespace));
    }
    if first(source_after) == first(target_after)
        || glued_after && on_words(first(source_after), first(target_after))
    {
        range.end = target.0.len() - target_after.trim_start().len();
        after = space(source_after.starts_with(char::is_whitespace));
    }
    (range, before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(of: &str, word: &str) -> Verbatim {
        let start = of.find(word).unwrap();
        Verbatim {
            span: start..start + word.len(),
            target: Rendering::Text(word.into()),
        }
    }

    fn placeholders(count: usize) -> Placeholders {
        Placeholders::of(vec![0; count], vec![0; count])
    }

    #[test]
    fn neighbours_share_a_placeholder_and_numbers_move() {
        let source = "Die Datei a b.txt, c.txt hat 12,5 kB und heißt d.txt.";
        let mut verbatims = vec![
            text(source, "a b.txt"),
            text(source, "c.txt"),
            text(source, "12,5"),
            text(source, "d.txt"),
        ];
        verbatims[2].target = Rendering::Number {
            value: "12.5".into(),
            written: "12.5".into(),
        };
        let masked = mask(source, &verbatims, &placeholders(8)).unwrap();
        assert_eq!(
            masked.text,
            "Die Datei \u{e000} hat 12,5 kB und heißt \u{e001}."
        );
        assert_eq!(masked.words, [0, 1, 2, 5, 6, 7, 8, 9, 10]);
        let spans: Vec<&str> = (masked.verbatims.iter())
            .map(|found| &masked.text[found.span.clone()])
            .collect();
        assert_eq!(spans, ["\u{e000}", "12,5", "\u{e001}"]);
        assert_eq!(masked.verbatims[0].written(""), "a b.txt, c.txt");
        assert_eq!(needed(source, &verbatims), 2);
        assert_eq!(mask(source, &verbatims, &placeholders(0)), None);
    }

    #[test]
    fn what_stood_close_to_its_neighbour_stands_close_again() {
        let (sign, end) = ("\u{e000}", "\u{e000}".len());
        let placed = |source: &str, target: &str| {
            let of = |text: &str| {
                let start = text.find(sign).unwrap();
                start..start + end
            };
            let (range, before, after) = place((source, &of(source)), (target, of(target)));
            format!(
                "{}{before}X{after}{}",
                &target[..range.start],
                &target[range.end..]
            )
        };
        let sign = |text: &str| text.replace('X', sign);
        let placed = |source: &str, target: &str| placed(&sign(source), &sign(target));
        assert_eq!(placed("Es kostet 5X.", "It costs 5 X ."), "It costs 5X.");
        assert_eq!(placed("X Bezahlt", "X Paid"), "X Paid");
        assert_eq!(placed("Die MarkeX gilt", "The brand X is"), "The brandX is");
        assert_eq!(placed("ErsteXZweite", "First X Second"), "FirstXSecond");
        assert_eq!(placed("XBezahlt", "X Paid"), "XPaid");
        assert_eq!(placed("(X) ist", "( X ) is"), "(X) is");
        assert_eq!(placed("5X kostet es", "It costs X 5"), "It costs X 5");
    }
}
