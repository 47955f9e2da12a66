//! Markers before the text of a line: bullets, numbers, and the `>` of answered e-mails.

use super::metadata;

/// A list marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// `-`, `*`, `•`, `[x]`, `a)`, `(1)`.
    Bullet,
    /// `–` and `—`, which also begin speech, and parentheses within a sentence.
    Dash,
    /// `1.` and `1)`.
    Number(u32),
}

/// Takes `> > ` off.
pub fn unquoted(text: &str) -> (bool, &str) {
    let rest = text.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
    if text.starts_with('>') {
        (true, rest)
    } else {
        (false, text)
    }
}

/// Takes list markers off, such as `- `, `3. ` or `* [x] `.
pub fn unmarked(text: &str) -> (Option<Marker>, &str) {
    let Some((marker, rest)) = marker(text) else {
        return (None, text);
    };
    match (marker, self::marker(rest)) {
        (Marker::Bullet | Marker::Dash, Some((_, rest))) => (Some(marker), rest),
        _ => (Some(marker), rest),
    }
}

fn marker(text: &str) -> Option<(Marker, &str)> {
    let (word, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let marker = match word {
        "–" | "—" => Marker::Dash,
        "-" | "*" | "+" | "•" | "·" | "‣" | "▪" | "◦" | "●" | "○" | "■" | "□" | "►" | "→" => {
            Marker::Bullet
        }
        "[]" | "[x]" | "[X]" | "☐" | "☑" | "☒" | "✓" => Marker::Bullet,
        "[" if rest.starts_with("] ") => {
            return Some((Marker::Bullet, rest[1..].trim_start()));
        }
        _ => numbering(word, rest)?,
    };
    (!rest.is_empty()).then_some((marker, rest))
}

/// `1.`, `1)`, `(1)`, `a)`, `(a)`; but no ordinal.
fn numbering(word: &str, rest: &str) -> Option<Marker> {
    let (inner, parenthesised) = match word.strip_prefix('(') {
        Some(inner) => (inner.strip_suffix(')')?, true),
        None => (word.strip_suffix(['.', ')'])?, false),
    };
    let letter = inner.len() == 1 && inner.starts_with(|c: char| c.is_ascii_alphabetic());
    if letter && !word.ends_with('.') {
        return Some(Marker::Bullet);
    }
    if inner.len() > 3 || !inner.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = inner.parse().ok()?;
    if word.ends_with('.') && metadata::follows_ordinal(rest) {
        return None;
    }
    Some(if parenthesised {
        Marker::Bullet
    } else {
        Marker::Number(number)
    })
}
