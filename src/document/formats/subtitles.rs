//! Subtitles: SubRip (SRT) and WebVTT.
//!
//! Numbers, times and settings of cues stay as they are. A sentence that goes on in the next cue is translated as one and
//! split again where the words of each cue were made from.

use std::ops::Range;

use super::beginning_as_text;
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{Cut, FileFormat};

/// SubRip.
pub const SRT: FileFormat = FileFormat {
    name: "srt",
    aliases: &[],
    description: "SubRip subtitles",
    extensions: &["srt"],
    matches: |beginning| {
        let text = beginning_as_text(beginning);
        text.starts_with(|c: char| c.is_ascii_digit()) && text.lines().take(12).any(is_timing)
    },
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

/// WebVTT.
pub const VTT: FileFormat = FileFormat {
    name: "vtt",
    aliases: &[],
    description: "WebVTT subtitles",
    extensions: &["vtt"],
    matches: |beginning| beginning_as_text(beginning).starts_with("WEBVTT"),
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

fn read(bytes: &[u8], _: &[String]) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let mut builder = MarkupBuilder::new(&decoded.text);
    read_into(&decoded.text, &mut builder);
    Ok(builder.finish().document(Escape::None, decoded.replaced))
}

/// Whether a line has an arrow between two times.
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

fn read_into(file: &str, builder: &mut MarkupBuilder<'_>) {
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
fn read_line(file: &str, place: Range<usize>, builder: &mut MarkupBuilder<'_>) {
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
