//! Restores verbatims that the network garbled or dropped, and spells names as the source does.
//!
//! Target tokens that are aligned to an address or a number give way to the right text. A verbatim that no target token is
//! aligned to is inserted next to its neighbour in the source.

use std::ops::Range;

use super::aligned::AlignedTarget;
use super::mask;
use super::misspelt;
use super::spans::find_free;
use super::symbols::is_raised;
use super::verbatim::{Rendering, Verbatim};
use crate::decode::Hypothesis;
use crate::model::{Token, Vocabulary};

/// “um 14:30” is “at 14:30”, not “around” it: where the English preposition in front of a time begins, and what is right there.
fn at_a_time(
    (sentence, verbatim, written): (&str, &Verbatim, &str),
    (text, position): (&str, &Range<usize>),
) -> Option<(usize, &'static str)> {
    let is_time = written
        .split_once(':')
        .is_some_and(|(hours, minutes)| is_digits(hours) && is_digits(minutes));
    let before = sentence[..verbatim.span.start].trim_end();
    let is_at = ["um", "Um"].iter().any(|at| {
        before
            .strip_suffix(at)
            .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
    });
    if !is_time || !is_at {
        return None;
    }
    let target = text[..position.start].trim_end();
    [
        ("around", "at "),
        ("Around", "At "),
        ("about", "at "),
        ("About", "At "),
    ]
    .into_iter()
    .find_map(|(wrong, right)| Some((target.strip_suffix(wrong)?.len(), right)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The target text of `hypothesis` with all `verbatims` restored, and the number of those that could not be, because the
/// alignment does not tell where they belong. `source` are the tokens of `sentence`.
pub fn restore(
    hypothesis: &Hypothesis,
    verbatims: &[Verbatim],
    sentence: &str,
    source: &[Token],
    vocabulary: &Vocabulary,
) -> (String, usize) {
    let (text, ends) = vocabulary.decode_with_ends(&hypothesis.ids);
    let aligned = AlignedTarget::new(&text, &ends, hypothesis, sentence, source);
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut missing = Vec::new();
    let mut lost = 0;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for verbatim in verbatims {
        match find_free(&taken, |from| verbatim.position(&text, from)) {
            Some(position) => {
                if let Rendering::Sign { text: written, .. } = &verbatim.target {
                    let (range, mut before, after) =
                        mask::place((sentence, &verbatim.span), (&text, position.clone()));
                    let mut range = range;
                    if let Some((from, at)) =
                        at_a_time((sentence, verbatim, written), (&text, &position))
                    {
                        (range.start, before) = (from, at);
                    }
                    // "Marke™": on the word that it was on.
                    let is_on_word = sentence[..verbatim.span.start].ends_with(char::is_alphabetic)
                        && written
                            .chars()
                            .all(|c| is_raised(c) || !c.is_ascii() && !c.is_alphanumeric());
                    if is_on_word
                        && let Some(end) = aligned.end_of_word_before(verbatim)
                        && end != position.start
                    {
                        let start = text[..position.start].trim_end().len();
                        taken.push(position.clone());
                        edits.push((start..position.end, String::new()));
                        edits.push((end..end, written.clone()));
                        continue;
                    }
                    taken.push(range.clone());
                    edits.push((range, format!("{before}{written}{after}")));
                    continue;
                }
                let after = text[position.end..].trim_start();
                if let Some(letter) = verbatim.half_day(after) {
                    let start = text.len() - after.len();
                    edits.push((start..start + 1, letter.to_owned()));
                }
                if let Some(grouped) = verbatim.grouped(&text[position.clone()]) {
                    edits.push((position.clone(), grouped.to_owned()));
                }
                taken.push(position);
            }
            None => missing.push(verbatim),
        }
    }
    for verbatim in missing {
        let edit = match &verbatim.target {
            Rendering::Number { .. } | Rendering::Time { .. } | Rendering::Date { .. } => {
                aligned.replace_number(verbatim, &taken)
            }
            Rendering::Text(_) | Rendering::Term(_) | Rendering::Sign { .. } => Some(
                aligned
                    .replace_text(verbatim, &taken)
                    .unwrap_or_else(|| aligned.insert(verbatim)),
            ),
        };
        match edit {
            Some((range, text)) => {
                taken.push(range.clone());
                edits.push((range, text));
            }
            None => lost += 1,
        }
    }
    edits.extend(misspelt::misspelt(&aligned, sentence, &taken));
    // Stable, so that insertions at one place keep the order of the source.
    edits.sort_by_key(|(range, _)| range.start);
    let mut restored = String::with_capacity(text.len() + 64);
    let mut end = 0;
    for (range, replacement) in edits {
        // Text inserted next to a replaced word may fall inside it; then it comes after it.
        restored.push_str(&text[end..range.start.max(end)]);
        restored.push_str(&replacement);
        end = range.end.max(end);
    }
    restored.push_str(&text[end..]);
    (restored, lost)
}
