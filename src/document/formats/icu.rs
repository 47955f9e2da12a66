//! Messages in the syntax of ICU, with plurals and choices in them.
//!
//! Each arm is translated as a whole sentence: what stands around `{n, plural, one {…} other {…}}` goes into every arm, as
//! other languages order their words in another way.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A piece of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// What is not translated: line ends, selectors, braces.
    Syntax(String),
    /// A line without plurals.
    Line(String),
    /// The text of an arm, whose `#` is the number.
    Arm(String),
}

/// Arms of a line at most; one with more stays as it is.
const MOST_ARMS: usize = 40;

static COMPLEX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\{\s*[\w.-]+\s*,\s*(?P<kind>plural|selectordinal|select)\s*,")
        .expect("the pattern is constant")
});

/// The pieces of a message, in order: each line for itself, or each arm of it.
pub(super) fn pieces(message: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for line in lines(message) {
        if !pieces.is_empty() {
            let sign = &message[line.start - 1..line.start];
            pieces.push(Piece::Syntax(sign.to_owned()));
        }
        let line = &message[line];
        let mut arms = Vec::new();
        match argument(line).is_some() && expand(line, &mut arms).is_some() {
            true => pieces.append(&mut arms),
            false => {
                let mut at = 0;
                for (end, sign) in line.match_indices(['\n', '\t']) {
                    pieces.push(Piece::Line(line[at..end].to_owned()));
                    pieces.push(Piece::Syntax(sign.to_owned()));
                    at = end + 1;
                }
                pieces.push(Piece::Line(line[at..].to_owned()));
            }
        }
    }
    pieces
}

/// The lines of a message, which end where no brace is open, without their ends.
fn lines(message: &str) -> Vec<Range<usize>> {
    let braces = braces(message);
    let mut next = 0;
    let mut depth = 0i32;
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, _) in message.match_indices(['\n', '\t']) {
        while let Some((_, is_open)) = braces.get(next).filter(|(brace, _)| *brace < at) {
            depth += if *is_open { 1 } else { -1 };
            next += 1;
        }
        if depth <= 0 {
            lines.push(start..at);
            start = at + 1;
        }
    }
    lines.push(start..message.len());
    lines
}

/// Adds the arms of a text, or the text itself if it has none; nothing if that is not possible.
fn expand(text: &str, pieces: &mut Vec<Piece>) -> Option<()> {
    let Some(found) = argument(text) else {
        let arms = pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Arm(_)))
            .count();
        if arms >= MOST_ARMS || text.contains(['\n', '\t']) {
            return None;
        }
        pieces.push(Piece::Arm(text.to_owned()));
        return Some(());
    };
    let (before, after) = (&text[..found.place.start], &text[found.place.end..]);
    // Within the arms of a plural it would be the number.
    if found.is_plural && (has_number(before) || has_number(after)) {
        return None;
    }
    let mut at = found.place.start;
    for arm in found.arms {
        pieces.push(Piece::Syntax(text[at..arm.start].to_owned()));
        at = arm.end;
        expand(&format!("{before}{}{after}", &text[arm]), pieces)?;
    }
    pieces.push(Piece::Syntax(text[at..found.place.end].to_owned()));
    Some(())
}

/// An argument with arms.
struct Argument {
    place: Range<usize>,
    is_plural: bool,
    /// Between the braces of each arm.
    arms: Vec<Range<usize>>,
}

/// The first argument with arms in a text.
fn argument(text: &str) -> Option<Argument> {
    let braces = braces(text);
    let found = |(at, is_open): &(usize, bool)| match is_open {
        true => COMPLEX.captures(&text[*at..]),
        false => None,
    };
    let (first, head) =
        (braces.iter().enumerate()).find_map(|(i, brace)| Some((i, found(brace)?)))?;
    let start = braces[first].0;
    let mut arms = Vec::new();
    let (mut depth, mut arm) = (0, 0);
    for &(at, is_open) in &braces[first..] {
        if is_open {
            depth += 1;
            if depth == 2 {
                arm = at + 1;
            }
            continue;
        }
        if depth == 2 {
            arms.push(arm..at);
        }
        depth -= 1;
        if depth == 0 {
            return (!arms.is_empty()).then(|| Argument {
                place: start..at + 1,
                is_plural: &head["kind"] != "select",
                arms,
            });
        }
    }
    None
}

/// Whether a text has the sign of the number outside of all braces.
fn has_number(text: &str) -> bool {
    let braces = braces(text);
    text.match_indices('#').any(|(at, _)| {
        let depth: i32 = (braces.iter())
            .take_while(|(brace, _)| *brace < at)
            .map(|(_, is_open)| if *is_open { 1 } else { -1 })
            .sum();
        depth <= 0
    })
}

/// The braces of a text that are not quoted, and whether they open.
fn braces(text: &str) -> Vec<(usize, bool)> {
    let mut braces = Vec::new();
    let mut is_quoted = false;
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            b'\'' if is_quoted => is_quoted = false,
            b'\'' => is_quoted = text[at + 1..].starts_with(['{', '}']),
            b'{' | b'}' if !is_quoted => braces.push((at, sign == b'{')),
            _ => {}
        }
    }
    braces
}

/// Tells the text of a message from its syntax where the message comes in parts, with markup between them.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    levels: Vec<Level>,
}

/// What an open brace begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// An argument with arms.
    Argument,
    /// An arm.
    Arm,
    /// The name of a value.
    Name,
}

impl Scanner {
    /// Whether a message has arguments with arms.
    pub(super) fn is_needed(message: &str) -> bool {
        argument(message).is_some()
    }

    /// The next part of the message: spans, and whether they are text.
    pub(super) fn parts(&mut self, text: &str) -> Vec<(Range<usize>, bool)> {
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, is_open) in braces(text) {
            let border = match (is_open, self.levels.last()) {
                (true, Some(Level::Argument)) => {
                    self.levels.push(Level::Arm);
                    at + 1
                }
                (true, Some(Level::Name)) => continue,
                (true, _) if COMPLEX.is_match(&text[at..]) => {
                    parts.push((start..at, true));
                    start = at;
                    self.levels.push(Level::Argument);
                    continue;
                }
                (true, _) => {
                    self.levels.push(Level::Name);
                    continue;
                }
                (false, Some(Level::Arm)) => {
                    self.levels.pop();
                    parts.push((start..at, true));
                    start = at;
                    continue;
                }
                (false, Some(Level::Argument)) => {
                    self.levels.pop();
                    at + 1
                }
                (false, _) => {
                    self.levels.pop();
                    continue;
                }
            };
            parts.push((start..border, false));
            start = border;
        }
        parts.push((
            start..text.len(),
            self.levels.last() != Some(&Level::Argument),
        ));
        parts.retain(|(span, _)| !span.is_empty());
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The syntax, with the texts in square brackets.
    fn drawn(message: &str) -> String {
        pieces(message)
            .into_iter()
            .map(|piece| match piece {
                Piece::Syntax(syntax) => syntax,
                Piece::Line(text) => format!("[{text}]"),
                Piece::Arm(text) => format!("<{text}>"),
            })
            .collect()
    }

    #[test]
    fn what_stands_around_a_plural_goes_into_its_arms() {
        for (message, expected) in [
            ("", "[]"),
            ("Ein Haus\nEin Baum", "[Ein Haus]\n[Ein Baum]"),
            ("Hallo {name}!", "[Hallo {name}!]"),
            (
                "{n, plural, one {# Datei} other {# Dateien}}",
                "{n, plural, one {<# Datei>} other {<# Dateien>}}",
            ),
            (
                "Sie haben {n,plural,=0{keine Post} other{# Briefe}} heute.",
                "{n,plural,=0{<Sie haben keine Post heute.>} other{<Sie haben # Briefe heute.>}}",
            ),
            (
                "{wer, select, f {Sie hat {n, plural, one {# Haus} other {# Häuser}}} other {Wir}}",
                "{wer, select, f {{n, plural, one {<Sie hat # Haus>} other {<Sie hat # Häuser>}}} other {<Wir>}}",
            ),
            (
                "{a, plural, other {# Hunde}} und {b, plural, other {# Katzen}}",
                "[{a, plural, other {# Hunde}} und {b, plural, other {# Katzen}}]",
            ),
            (
                "{a, select, x {Hund} other {Tier}} und {b, plural, offset:1 other {# Katzen}}",
                "{a, select, x {{b, plural, offset:1 other {<Hund und # Katzen>}}} other {{b, plural, offset:1 other {<Tier und # Katzen>}}}}",
            ),
            (
                "Nr. # {n, plural, other {Tage}}",
                "[Nr. # {n, plural, other {Tage}}]",
            ),
            ("{n, plural, one {Ein Tag", "[{n, plural, one {Ein Tag]"),
            ("'{n, plural, one {a}}'", "['{n, plural, one {a}}']"),
            (
                "Ja\n{n, plural,\n one {Tag}\n other {Tage}}\nNein",
                "[Ja]\n{n, plural,\n one {<Tag>}\n other {<Tage>}}\n[Nein]",
            ),
            ("{n, plural}", "[{n, plural}]"),
            ("a}\nb{\nc", "[a}]\n[b{]\n[c]"),
        ] {
            assert_eq!(drawn(message), expected, "{message}");
        }
    }

    #[test]
    fn too_many_arms_stay() {
        let four = "{a, select, a {1} b {2} c {3} other {4}}";
        let message = format!("Ja {four} {four} {four} {four}");
        assert_eq!(drawn(&message), format!("[{message}]"));
    }

    #[test]
    fn parts_are_text_or_syntax() {
        let mut scanner = Scanner::default();
        let mut drawn = String::new();
        for part in [
            "Ja {n, plural, one {ein ",
            "Tag {x}} other {",
            " Tage}} gut",
        ] {
            for (span, is_text) in scanner.parts(part) {
                let text = &part[span];
                drawn += &if is_text {
                    format!("[{text}]")
                } else {
                    text.to_owned()
                };
            }
        }
        assert_eq!(
            drawn,
            "[Ja ]{n, plural, one {[ein ][Tag {x}]} other {[ Tage]}}[ gut]"
        );
    }
}
