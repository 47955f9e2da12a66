//! SubViewer, the subtitles of YouTube (SBV).

use std::ops::Range;

use super::super::beginning_as_text;
use super::text::inline;
use super::{Cue, Syntax, add_cues, lines, milliseconds};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::escape::Escape;
use crate::document::format::FileFormat;
use crate::document::values::ValuesBuilder;

/// Cues below a line of two times with a comma between them.
pub const SBV: FileFormat = FileFormat {
    aliases: &["sub"],
    matches: |beginning| {
        beginning_as_text(beginning)
            .lines()
            .next()
            .is_some_and(|line| timing(line).is_some())
    },
    ..FileFormat::new(
        "sbv",
        "SubViewer subtitles, as YouTube has them",
        &["sbv"],
        |bytes, _| {
            let decoded = decode(bytes)?;
            let file = decoded.text.as_str();
            let mut builder = ValuesBuilder::new(file.as_bytes());
            let syntax = Syntax {
                inline: line,
                escape: Escape::None,
            };
            add_cues(file, &cues(file), syntax, &mut builder);
            Ok(builder.finish(decoded.replaced))
        },
    )
};

fn timing(line: &str) -> Option<Range<u64>> {
    let (from, to) = line.trim().split_once(',')?;
    let is_time = |time: &str| time.matches(':').count() == 2 && time.contains('.');
    (is_time(from) && is_time(to)).then_some(())?;
    Some(milliseconds(from)?..milliseconds(to)?)
}

fn cues(file: &str) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    let mut is_open = false;
    for line in lines(file) {
        let text = file[line.clone()].trim();
        if let Some(time) = timing(text) {
            is_open = true;
            cues.push(Cue {
                time,
                ..Cue::default()
            });
        } else if text.is_empty() {
            is_open = false;
        } else if is_open && let Some(cue) = cues.last_mut() {
            // `[br]` is a line break of some programs.
            let mut start = line.start;
            for (at, sign) in file[line.clone()].match_indices("[br]") {
                cue.lines.push(start..line.start + at);
                start = line.start + at + sign.len();
            }
            cue.lines.push(start..line.end);
        }
    }
    for cue in &mut cues {
        cue.lines
            .retain(|line| !file[line.clone()].trim().is_empty());
    }
    cues.retain(|cue| !cue.lines.is_empty());
    cues
}

fn line(file: &str, place: Range<usize>, builder: &mut MarkupBuilder<'_>) {
    inline(file, place, builder, |words, at, builder| {
        builder.words(words, at)
    });
}
