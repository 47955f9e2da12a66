//! SubRip (SRT) and WebVTT.

use std::ops::Range;

use super::super::beginning_as_text;
use super::{Cue, Syntax, add_cues, lines, milliseconds};
use crate::document::block::Document;
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::ValuesBuilder;

/// SubRip.
pub const SRT: FileFormat = FileFormat {
    matches: |beginning| {
        let text = beginning_as_text(beginning);
        let is_timing = |line: &str| timing(line).is_some();
        text.starts_with(|c: char| c.is_ascii_digit()) && text.lines().take(12).any(is_timing)
    },
    ..FileFormat::new("srt", "SubRip subtitles", &["srt"], |bytes, _| {
        read(
            bytes,
            Syntax {
                inline: srt_line,
                escape: Escape::None,
            },
        )
    })
};

/// WebVTT.
pub const VTT: FileFormat = FileFormat {
    matches: |beginning| beginning_as_text(beginning).starts_with("WEBVTT"),
    ..FileFormat::new(
        "vtt",
        "WebVTT subtitles",
        &["vtt"],
        |bytes, _: &RecordOptions| {
            read(
                bytes,
                Syntax {
                    inline: vtt_line,
                    escape: Escape::Vtt,
                },
            )
        },
    )
};

fn read(bytes: &[u8], syntax: Syntax) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let mut builder = ValuesBuilder::new(file.as_bytes());
    let lines = lines(file);
    if file.starts_with("WEBVTT") {
        let header = lines.iter().take_while(|line| !line.is_empty());
        for line in header.cloned() {
            let text = &file[line.clone()];
            if let Some(language) = text.strip_prefix("Language:")
                && language.trim().to_ascii_lowercase().starts_with("de")
            {
                let start = line.end - language.trim_start().len();
                builder.replace(start..start + language.trim().len(), "en");
            }
        }
    }
    add_cues(file, &cues(file, &lines), syntax, &mut builder);
    Ok(builder.finish(decoded.replaced))
}

/// The times of a line with an arrow between them.
fn timing(line: &str) -> Option<Range<u64>> {
    let is_time = |time: &str| {
        time.starts_with(|c: char| c.is_ascii_digit())
            && time.contains(':')
            && time
                .chars()
                .all(|c| c.is_ascii_digit() || ":.,".contains(c))
    };
    let (from, to) = line.split_once("-->")?;
    let to = to.split_whitespace().next().unwrap_or_default();
    (is_time(from.trim()) && is_time(to)).then(|| {
        let time = |time| milliseconds(time).unwrap_or(0);
        time(from.trim())..time(to)
    })
}

/// The cues of a file: the lines between one time and the number or name of the next. A blank line within is none of
/// them, but does not end a cue either.
fn cues(file: &str, lines: &[Range<usize>]) -> Vec<Cue> {
    let text = |line: usize| file[lines[line].clone()].trim();
    let times: Vec<(usize, Range<u64>)> = (0..lines.len())
        .filter_map(|line| Some((line, timing(text(line))?)))
        .collect();
    let ends = times.iter().skip(1).map(|(line, _)| *line);
    let ends = ends.chain([lines.len()]);
    let cue = |((at, time), end): (&(usize, Range<u64>), usize)| {
        let mut inside = at + 1..end;
        // The number or the name of the next cue.
        if end < lines.len() && !inside.is_empty() {
            let last = end - 1;
            let is_number =
                !text(last).is_empty() && text(last).bytes().all(|byte| byte.is_ascii_digit());
            let is_alone = last > inside.start && text(last - 1).is_empty();
            if is_number || is_alone {
                inside.end = last;
            }
        }
        // Notes and styles of WebVTT stand after a blank line.
        let is_note = |line: &usize| {
            *line > at + 1
                && text(line - 1).is_empty()
                && ["NOTE", "STYLE", "REGION"]
                    .iter()
                    .any(|kind| text(*line).starts_with(kind))
        };
        if file.starts_with("WEBVTT")
            && let Some(note) = inside.clone().find(is_note)
        {
            inside.end = note;
        }
        Cue {
            time: time.clone(),
            speaker: String::new(),
            lines: (inside.filter(|&line| !text(line).is_empty()))
                .map(|line| lines[line].clone())
                .collect(),
        }
    };
    (times.iter().zip(ends))
        .map(cue)
        .filter(|cue| !cue.lines.is_empty())
        .collect()
}

fn srt_line(file: &str, place: Range<usize>, builder: &mut MarkupBuilder<'_>) {
    inline(file, place, builder, |words, at, builder| {
        builder.words(words, at)
    });
}

fn vtt_line(file: &str, place: Range<usize>, builder: &mut MarkupBuilder<'_>) {
    inline(file, place, builder, |words, at, builder| {
        builder.words(&unescaped(words), at);
    });
}

/// The words of a line, and its tags: `<i>`, `<c.loud>`, `<00:01.000>`, `{\an8}`.
pub(super) fn inline<'f>(
    file: &'f str,
    place: Range<usize>,
    builder: &mut MarkupBuilder<'_>,
    words: fn(&str, Range<usize>, &mut MarkupBuilder<'_>),
) {
    let mut at = place.start;
    while at < place.end {
        let rest = &file[at..place.end];
        // What is in another language, and what is written small over words, is not of the sentence.
        let element = kept_element(rest);
        if let Some((length, text)) = element {
            match text {
                Some(text) => builder.atom(text, &rest[..length], at..at + length),
                None => builder.point(&rest[..length], at..at + length),
            }
            at += length;
            continue;
        }
        let tag = match rest.chars().next() {
            Some('<') => rest.find('>').map(|end| end + 1),
            Some('{') if rest.starts_with("{\\") => rest.find('}').map(|end| end + 1),
            _ => None,
        };
        match tag {
            Some(length) => {
                let place = at..at + length;
                let tag = &file[place.clone()];
                let is_pair = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic());
                if tag.starts_with("</") && builder.depth() > 0 {
                    builder.close(tag, place);
                } else if is_pair && !tag.ends_with("/>") {
                    builder.open(tag, place);
                } else {
                    builder.point(tag, place);
                }
                at += length;
            }
            None => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let length = rest[first..]
                    .find(['<', '{'])
                    .map_or(rest.len(), |end| first + end);
                words(&rest[..length], at..at + length, builder);
                at += length;
            }
        }
    }
}

/// The bytes of an element that is left as it is, which `text` begins with, and what of it is read.
fn kept_element(text: &str) -> Option<(usize, Option<&str>)> {
    for (open, close, is_read) in [("<lang ", "</lang>", true), ("<rt>", "</rt>", false)] {
        if text.starts_with(open) {
            let start = text.find('>')? + 1;
            let length = text[start..].find(close)?;
            let inner = &text[start..start + length];
            let is_foreign = is_read && !text.starts_with("<lang de") && !inner.contains('<');
            return match (is_read, is_foreign) {
                (true, false) => None,
                (true, true) => Some((start + length + close.len(), Some(inner))),
                (false, _) => Some((start + length + close.len(), None)),
            };
        }
    }
    None
}

/// Text without the references of WebVTT.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let signs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", "\u{a0}"),
        ("&lrm;", "\u{200e}"),
        ("&rlm;", "\u{200f}"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    (signs.iter()).fold(text.to_owned(), |text, (reference, sign)| {
        text.replace(reference, sign)
    })
}
