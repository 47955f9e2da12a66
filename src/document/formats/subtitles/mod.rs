//! Subtitles: cues with their times.
//!
//! Numbers, times and settings of cues stay as they are. A sentence that goes on in the next cue is translated as one and
//! split again where the words of each cue were made from. Pauses, dashes, brackets, notes and speakers part sentences.

mod advanced;
mod sbv;
mod text;
mod ttml;

use std::ops::Range;

pub use advanced::ASS;
pub use sbv::SBV;
pub use text::{SRT, VTT};
pub use ttml::TTML;

use super::line_break;
use crate::document::block::BlockKind;
use crate::document::builder::MarkupBuilder;
use crate::document::escape::Escape;
use crate::document::values::{Content, ValuesBuilder};

/// Milliseconds of silence after which no sentence goes on.
const LONG_PAUSE: u64 = 3000;

/// Milliseconds between the cues of one who goes on speaking.
const SHORT_PAUSE: u64 = 250;

/// Milliseconds after which what begins with a capital is new.
const SLOW_PAUSE: u64 = 800;

/// A cue as its format reads it.
#[derive(Debug, Default)]
struct Cue {
    /// When it begins and ends, in milliseconds.
    time: Range<u64>,
    /// Who speaks, if the format says it.
    speaker: String,
    /// Its lines, without their ends; never empty.
    lines: Vec<Range<usize>>,
}

/// How a format writes the text of cues.
#[derive(Clone, Copy)]
struct Syntax {
    /// Adds the words and the tags of a line, or of a part of one.
    inline: fn(&str, Range<usize>, &mut MarkupBuilder<'_>),
    escape: Escape,
}

/// Adds the sentences of all cues.
fn add_cues(file: &str, cues: &[Cue], syntax: Syntax, builder: &mut ValuesBuilder<'_>) {
    let mut run: Vec<Range<usize>> = Vec::new();
    let mut before: Option<&Cue> = None;
    for cue in cues {
        let texts: Vec<String> = (cue.lines.iter())
            .map(|line| visible(&file[line.clone()]))
            .collect();
        // What has no words, such as a number, stays in its cue.
        if !texts.iter().any(|text| text.contains(char::is_alphabetic)) {
            flush(file, &mut run, syntax, builder);
            before = None;
            continue;
        }
        let last = run.last().map(|last| visible(&file[last.clone()]));
        if before.is_none_or(|before| parts(before, cue, last.as_deref(), &texts[0])) {
            flush(file, &mut run, syntax, builder);
        }
        for (line, text) in cue.lines.iter().zip(&texts) {
            let last = run.last().map(|last| visible(&file[last.clone()]));
            if last.is_some_and(|last| ends(&last) || begins(text)) || is_new_voice(file, line) {
                flush(file, &mut run, syntax, builder);
            }
            let line = match run.is_empty() {
                true => without_dash(file, line.clone()),
                false => line.clone(),
            };
            run.push(line);
        }
        // A sentence that ended with its cue does not go on, but one of several cues may end within a cue.
        before = Some(cue);
        if texts.last().is_some_and(|text| ends_sentence(text)) {
            flush(file, &mut run, syntax, builder);
        }
    }
    flush(file, &mut run, syntax, builder);
}

/// Whether no sentence goes on from one cue to the next: from the last line of a run to the first of that.
fn parts(before: &Cue, cue: &Cue, last: Option<&str>, first: &str) -> bool {
    let pause = cue.time.start.checked_sub(before.time.end);
    if before.speaker != cue.speaker
        || cue.time.start < before.time.start
        || pause.is_some_and(|pause| pause >= LONG_PAUSE)
    {
        return true;
    }
    let is_short = pause.is_none_or(|pause| pause <= SHORT_PAUSE);
    let goes_on = |last: &str| {
        let is_open = last.ends_with([',', '-']) || last.ends_with("...");
        let is_slow = pause.is_some_and(|pause| pause >= SLOW_PAUSE);
        let begins_small = first.starts_with(char::is_lowercase);
        is_short
            || is_open
            || ((!is_slow || begins_small) && !line_break::ends_segment(last, first))
    };
    !last.is_some_and(goes_on)
}

/// Adds the lines of a run as one value.
fn flush(file: &str, run: &mut Vec<Range<usize>>, syntax: Syntax, values: &mut ValuesBuilder<'_>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    let place = first.start..last.end;
    let mut builder = MarkupBuilder::from(file, place.start);
    let mut end = place.start;
    for line in run.drain(..) {
        if end > place.start {
            let gap = end..line.start;
            builder.line_break(&file[gap.clone()], gap);
        }
        (syntax.inline)(file, line.clone(), &mut builder);
        end = line.end;
    }
    builder.end(BlockKind::Paragraph);
    let content = Content::new(builder.finish_at(place.end), syntax.escape, Escape::None);
    values.add(place, content);
}

/// What of a line is seen: without its tags.
fn visible(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let end = match tag.starts_with('<') {
            true => tag.find('>'),
            false if tag.starts_with("{\\") => tag.find('}'),
            false => None,
        };
        match end {
            Some(end) => rest = &tag[end + 1..],
            None => {
                text.push_str(&tag[..1]);
                rest = &tag[1..];
            }
        }
    }
    text.push_str(rest);
    text.trim().to_owned()
}

const DASHES: [char; 3] = ['-', '–', '—'];

/// Whether a line begins something new: what another speaker says, a note in brackets, a song.
fn begins(text: &str) -> bool {
    text.starts_with(DASHES) || text.starts_with(['[', '(', '♪', '♫', '#']) || is_labelled(text)
}

/// Whether a line ends with a note in brackets or a song.
fn ends(text: &str) -> bool {
    let is_note = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    is_note('[', ']') || is_note('(', ')') || text.ends_with(['♪', '♫'])
}

/// Whether a line begins with the name of its speaker in capitals, such as `MARIA:`.
fn is_labelled(text: &str) -> bool {
    const LONGEST: usize = 30;
    let Some((label, _)) = text.split_once(':') else {
        return false;
    };
    let letters = label.chars().filter(|c| c.is_alphabetic()).count();
    let is_label = |c: char| c.is_uppercase() || c.is_ascii_digit() || " .'’-/()".contains(c);
    letters > 1 && label.len() <= LONGEST && label.chars().all(is_label)
}

/// Whether a line begins with the tag of a voice.
fn is_new_voice(file: &str, line: &Range<usize>) -> bool {
    let text = file[line.clone()].trim_start();
    text.starts_with("<v ") || text.starts_with("<v.")
}

fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '“', '”', '‘', '’', '»', '«', ')', ']', '*', '♪', ' ']);
    text.ends_with(['.', '!', '?', '…', ':']) && !text.ends_with("...")
}

/// A line without the dash of its speaker, which stands before the text.
fn without_dash(file: &str, line: Range<usize>) -> Range<usize> {
    let text = &file[line.clone()];
    if !text.trim_start().starts_with(DASHES) {
        return line;
    }
    let inner = text.trim_start().trim_start_matches(DASHES).trim_start();
    line.end - inner.len()..line.end
}

/// Milliseconds of a time such as `1:02:03,450` or `02:03.45`.
fn milliseconds(time: &str) -> Option<u64> {
    let (whole, fraction) = time.split_once([',', '.']).unwrap_or((time, ""));
    let mut seconds = 0u64;
    for part in whole.split(':') {
        seconds = seconds
            .checked_mul(60)?
            .checked_add(part.trim().parse().ok()?)?;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    seconds.checked_mul(1000)?.checked_add(digits.parse().ok()?)
}

/// The lines of a file without their ends.
fn lines(file: &str) -> Vec<Range<usize>> {
    let mut end = 0;
    let each = file.split_inclusive('\n').map(|line| {
        let start = end;
        end += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (time, expected) in [
            ("00:00:01,000", Some(1000)),
            ("01:02.5", Some(62_500)),
            ("1:00:00.25", Some(3_600_250)),
            ("7", Some(7000)),
            ("x", None),
            ("99999999999999999999:00", None),
        ] {
            assert_eq!(milliseconds(time), expected, "{time}");
        }
    }

    #[test]
    fn speakers_are_told_from_words() {
        for text in ["MARIA: Ja", "DR. MÜLLER: Ja", "MANN 2: Ja"] {
            assert!(begins(text), "{text}");
        }
        for text in ["Maria: Ja", "Es ist 10:30 Uhr", "A: Ja", "weil: Ja"] {
            assert!(!begins(text), "{text}");
        }
        assert_eq!(visible("{\\an8}<i>[TÜR]</i> a < b {x}"), "[TÜR] a < b {x}");
    }
}
