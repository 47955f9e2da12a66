//! Subtitles: SubRip (SRT) and WebVTT.
//!
//! Numbers, times and settings of cues stay as they are. A sentence that goes on in the next cue is translated as one and
//! split again where the words of each cue were made from.

use std::ops::Range;

use crate::document::escape::Escape;
use crate::document::markup::Builder;
use crate::document::{BlockKind, Document, DocumentError, Format, decode};

/// SubRip and WebVTT, which differ in what stands around the cues.
#[derive(Debug, Clone, Copy)]
pub struct Subtitles;

impl Format for Subtitles {
    fn read(&self, bytes: &[u8]) -> Result<Document, DocumentError> {
        let decoded = decode(bytes)?;
        let mut builder = Builder::new(&decoded.text);
        read(&decoded.text, &mut builder);
        Ok(Document {
            undecodable: decoded.replaced,
            ..builder.document(Escape::None)
        })
    }
}

/// Whether a text looks like subtitles: a line with an arrow between times near its beginning.
pub(crate) fn looks_like(text: &str) -> bool {
    text.lines().take(12).any(is_timing)
}

fn is_timing(line: &str) -> bool {
    let is_time = |time: &str| {
        time.starts_with(|c: char| c.is_ascii_digit())
            && time.contains(':')
            && time
                .chars()
                .all(|c| c.is_ascii_digit() || ":.,".contains(c))
    };
    line.split_once("-->").is_some_and(|(from, to)| {
        is_time(from.trim()) && is_time(to.split_whitespace().next().unwrap_or_default())
    })
}

fn read(file: &str, builder: &mut Builder<'_>) {
    // Within the text of a cue.
    let mut in_cue = false;
    // The text so far is that of an earlier cue.
    let mut new_cue = false;
    // Where the last line of text ended.
    let mut end = 0;
    for line in lines(file) {
        let text = file[line.clone()].trim_end_matches(['\r', '\n']);
        if is_timing(text) {
            (in_cue, new_cue) = (true, true);
            continue;
        }
        if text.trim().is_empty() {
            in_cue = false;
        }
        if !in_cue {
            continue;
        }
        let place = line.start..line.start + text.len();
        let is_open = !builder.is_between();
        let begins = begins_speech(text) || (new_cue && ends_sentence(builder.so_far()));
        if is_open && begins {
            builder.end(BlockKind::Paragraph);
        } else if is_open {
            let gap = end..place.start;
            builder.line_break(&file[gap.clone()], gap);
        }
        new_cue = false;
        read_line(file, place.clone(), builder);
        end = place.end;
    }
    builder.end(BlockKind::Paragraph);
}

/// Lines with their ends.
fn lines(file: &str) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    file.split_inclusive('\n').map(move |line| {
        let start = end;
        end += line.len();
        start..end
    })
}

fn begins_speech(line: &str) -> bool {
    line.trim_start().starts_with(['-', '–', '—'])
}

fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '“', '”', '‘', '’', '»', '«', ')', '*', '♪', ' ']);
    text.ends_with(['.', '!', '?', '…', ':']) && !text.ends_with("...")
}

/// The words of a line, and its tags: `<i>`, `<c.loud>`, `<00:01.000>`, `{\an8}`.
fn read_line(file: &str, place: Range<usize>, builder: &mut Builder<'_>) {
    let mut at = place.start;
    // The dash of a speaker stands before the text.
    let line = &file[place.clone()];
    if begins_speech(line) {
        let text = line.trim_start().trim_start_matches(['-', '–', '—', ' ']);
        at = place.end - text.len();
    }
    while at < place.end {
        let rest = &file[at..place.end];
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
                } else if is_pair {
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
                builder.words(&rest[..length], at..at + length);
                at += length;
            }
        }
    }
}
