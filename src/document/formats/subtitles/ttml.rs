//! Timed Text Markup Language (TTML, DFXP), as broadcasters have it.

use std::ops::Range;

use super::super::beginning_as_text;
use super::super::xml::unescaped;
use super::super::xml_tokens::{Token, TokenKind, attribute, attribute_place, tokens};
use super::text::inline;
use super::{Cue, Syntax, add_cues, milliseconds};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::escape::Escape;
use crate::document::format::FileFormat;
use crate::document::values::ValuesBuilder;

/// The paragraphs of TTML.
pub const TTML: FileFormat = FileFormat {
    aliases: &["dfxp"],
    matches: |beginning| {
        let text = beginning_as_text(beginning);
        text.starts_with('<') && (text.contains("<tt ") || text.contains("<tt:tt "))
    },
    ..FileFormat::new("ttml", "TTML subtitles", &["ttml", "dfxp"], |bytes, _| {
        let decoded = decode(bytes)?;
        let file = decoded.text.as_str();
        let tokens = tokens(file, "TTML")?;
        let mut builder = ValuesBuilder::new(file.as_bytes());
        let root = tokens
            .iter()
            .find(|token| matches!(&token.kind, TokenKind::Start(name) if name == "tt"));
        if let Some(root) = root
            && let Some(language) = attribute_place(file, &root.place, "lang")
            && file[language.clone()]
                .to_ascii_lowercase()
                .starts_with("de")
        {
            builder.replace(language, "en");
        }
        let syntax = Syntax {
            inline: line,
            escape: Escape::Markup,
        };
        add_cues(file, &cues(file, &tokens), syntax, &mut builder);
        Ok(builder.finish(decoded.replaced))
    })
};

fn cues(file: &str, tokens: &[Token]) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    // The cue that is open, and where its line begins.
    let mut open: Option<(Cue, usize)> = None;
    for token in tokens {
        match (&token.kind, &mut open) {
            (TokenKind::Start(name), None) if name == "p" => {
                let time = |name| {
                    let time = attribute(file, &token.place, name)?;
                    milliseconds(time.trim_end_matches('s'))
                };
                let start = time("begin").unwrap_or(0);
                let cue = Cue {
                    time: start..time("end").unwrap_or(start),
                    ..Cue::default()
                };
                open = Some((cue, token.place.end));
            }
            (kind, Some((cue, start))) => {
                let is_end = matches!(kind, TokenKind::End(name) if name == "p");
                let is_break =
                    matches!(kind, TokenKind::Empty(name) | TokenKind::Start(name) if name == "br");
                if is_end || is_break {
                    cue.lines.push(trimmed(file, *start..token.place.start));
                    *start = token.place.end;
                }
                if is_end && let Some((mut cue, _)) = open.take() {
                    cue.lines.retain(|line| !line.is_empty());
                    cues.push(cue);
                }
            }
            _ => {}
        }
    }
    cues.retain(|cue| !cue.lines.is_empty());
    cues
}

fn trimmed(file: &str, place: Range<usize>) -> Range<usize> {
    let raw = &file[place.clone()];
    let start = place.end - raw.trim_start().len();
    start..start + raw.trim().len()
}

fn line(file: &str, place: Range<usize>, builder: &mut MarkupBuilder<'_>) {
    inline(file, place, builder, |words, at, builder| {
        builder.words(&unescaped(words), at);
    });
}
