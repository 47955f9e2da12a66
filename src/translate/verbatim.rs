//! Verbatims, which must survive translation: addresses, code, numbers, dates, times, and characters outside the vocabulary.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::glossary::find_inflected;
use crate::model::Token;

/// A span of the source with its required rendering in the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Verbatim {
    /// Bytes of the source sentence.
    pub span: Range<usize>,
    /// Its rendering in the target.
    pub target: Rendering,
}

/// The required rendering of a verbatim.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendering {
    /// The text as it is.
    Text(String),
    /// A term that may be inflected.
    Term(String),
    /// A placeholder, and the text that it stands for.
    Sign {
        /// The placeholder.
        sign: char,
        /// What takes its place in the target.
        text: String,
    },
    /// A number, in any English spelling of its digits.
    Number {
        /// Its digits without thousands separators and with a decimal point, as in `1234.5`.
        value: String,
        /// The usual English spelling, as in `1,234.5`.
        written: String,
    },
    /// A day, with its month as a number or a name.
    Date {
        /// 1 to 31.
        day: u32,
        /// 1 to 12.
        month: usize,
        /// Two or four digits, or none.
        year: String,
    },
    /// A time of day, on the clock of 24 or of 12 hours.
    Time {
        /// 0 to 24.
        hours: u32,
        /// Two digits.
        minutes: String,
    },
}

/// Addresses and code-like tokens, which a reader would copy rather than translate.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    let patterns = [
        r"\x{FFFD}+",                          // bytes that were no text
        r"[\x{E000}-\x{F8FF}]+", // private signs, which would be taken for placeholders
        r"(?:https?|ftp)://[^\s<>»«„“”\x22]+", // URL
        r"\bwww\.[^\s<>»«„“”\x22]+",
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",          // e-mail address
        r"\b[A-Za-z]:\\[^\s\x22<>]+",             // Windows path
        r"(?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]+)+/?", // Unix path
        r"%(?:\d+\$)?[-+#0 ]?\d*(?:\.\d+)?[sdiufxXcg%]\b", // printf placeholder
        r"\{\{?[\w.:-]*\}?\}",                    // {name}, {0}, {{name}}
        r"\$\{?\w+\}?",                           // $HOME, ${name}
        r"</?[A-Za-z][^<>]*>",                    // markup
        r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);",   // character reference
        r"`[^`]+`",
        r"\b\w+(?:::\w+)+(?:\(\))?",                      // std::fs::read
        r"\b\w*[A-Za-z]\w*\(\)",                          // main()
        r"\b[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+\b",            // snake_case
        r"\B--?[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:=\S+)?\b", // --option
        r"\b[\w-]+\.(?:txt|md|html?|xml|json|csv|pdf|docx?|xlsx?|png|jpe?g|gif|zip|gz|exe|ini|conf|cfg|log|py|rs|js|java|cpp|sh|ya?ml|toml|sql|de|com|org|net|eu|io|at|ch)\b(?:/[^\s<>»«„“”\x22]*)?",
        r"[#@][A-Za-z_]\w+",                              // #hashtag, @name
        r"\b(?:[0-9A-Fa-f]{1,4}:){3,}[0-9A-Fa-f]{1,4}\b", // hardware and IPv6 addresses
    ];
    Regex::new(&patterns.join("|")).expect("the pattern is constant")
});

/// Numbers in German spelling, with the signs around the digits.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\+?\d+(?:[.,:/’' \u{a0}\u{202f}-]?\d+)*").expect("the pattern is constant")
});
/// `1.234.567,89`, `1 234`, `0,5`, `2016`.
static GERMAN_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{1,3}(?:[.’' \u{a0}\u{202f}]\d{3})+|\d+)(?:,(\d+))?$")
        .expect("the pattern is constant")
});
/// `3.10.2018`.
static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})$").expect("constant"));

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Integers up to here may be written as words in English.
const SMALL: usize = 2;

/// Finds the verbatims of `sentence` in addition to those `found` already. `tokens` are its tokens. In order, not
/// overlapping.
pub(super) fn find(
    sentence: &str,
    tokens: &[Token],
    unknown: u32,
    mut found: Vec<Verbatim>,
) -> Vec<Verbatim> {
    for code in CODE.find_iter(sentence) {
        let text = trim_punctuation(code.as_str());
        push(
            &mut found,
            text_at(sentence, code.start()..code.start() + text.len()),
        );
    }
    for token in tokens.iter().filter(|token| token.id == unknown) {
        push(
            &mut found,
            text_at(sentence, word_around(sentence, &token.span)),
        );
    }
    for number in numbers(sentence) {
        if let Some(verbatim) = number_at(sentence, number) {
            push(&mut found, verbatim);
        }
    }
    found.sort_by_key(|verbatim| verbatim.span.start);
    found
}

/// The spans of digits in `text`, with the separators between them.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    NUMBER.find_iter(text).map(|number| number.range())
}

fn push(found: &mut Vec<Verbatim>, new: Verbatim) {
    let overlaps = |old: &Verbatim| old.span.start < new.span.end && new.span.start < old.span.end;
    if !new.span.is_empty() && !found.iter().any(overlaps) {
        found.push(new);
    }
}

fn text_at(sentence: &str, span: Range<usize>) -> Verbatim {
    Verbatim {
        target: Rendering::Text(sentence[span.clone()].to_owned()),
        span,
    }
}

/// A token without the punctuation of the sentence at its end.
fn trim_punctuation(text: &str) -> &str {
    let text = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    // A closing bracket belongs to the token only if the opening one does.
    match text.strip_suffix(')') {
        Some(inner) if !inner.contains('(') => inner,
        _ => text,
    }
}

/// The word of letters and digits around `span`, or the run of symbols.
pub(super) fn word_around(sentence: &str, span: &Range<usize>) -> Range<usize> {
    let inside = &sentence[span.clone()];
    let start = span.start + (inside.len() - inside.trim_start().len());
    let end = start + inside.trim().len();
    let is_word = sentence[start..end].chars().any(char::is_alphanumeric);
    let belongs = |c: char| {
        if is_word {
            c.is_alphanumeric() || is_mark(c)
        } else {
            // Symbols that make one picture together, such as an emoji and its skin tone.
            !c.is_alphanumeric() && !c.is_whitespace() && !c.is_ascii_punctuation() && !is_quote(c)
        }
    };
    let before = &sentence[..start];
    let after = &sentence[end..];
    before.trim_end_matches(belongs).len()
        ..end + (after.len() - after.trim_start_matches(belongs).len())
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}')
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '„' | '“' | '”' | '‚' | '‘' | '’' | '»' | '«' | '›' | '‹' | '…' | '–' | '—'
    )
}

/// The number at `span`, unless English may write it as a word.
fn number_at(sentence: &str, span: Range<usize>) -> Option<Verbatim> {
    let text = &sentence[span.clone()];
    let before = sentence[..span.start].chars().next_back();
    let after = &sentence[span.end..];
    // Part of a name such as `A380` or `B2B`: the letters are not ours to judge.
    if before.is_some_and(char::is_alphabetic) || after.starts_with(char::is_alphabetic) {
        return None;
    }
    let is_time = after.trim_start().starts_with("Uhr");
    if DATE.is_match(text) {
        let mut parts = text.split('.');
        let (day, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let year = parts.next().unwrap_or_default().to_owned();
        if (1..=31).contains(&day) && (1..=12).contains(&month) {
            let target = Rendering::Date { day, month, year };
            return Some(Verbatim { span, target });
        }
    }
    if let Some(parts) = GERMAN_NUMBER.captures(text) {
        let whole: String = parts[1].chars().filter(char::is_ascii_digit).collect();
        let fraction = parts.get(2).map(|fraction| fraction.as_str());
        let grouped = parts[1].len() > whole.len();
        // "17 Uhr" is "5 p.m.", and English may write "three".
        if fraction.is_none() && (whole.len() < SMALL || is_time) {
            return None;
        }
        let value = match fraction {
            Some(fraction) => format!("{whole}.{fraction}"),
            None => whole.clone(),
        };
        let whole = if grouped {
            group_thousands(&whole)
        } else {
            whole
        };
        let written = match fraction {
            Some(fraction) => format!("{whole}.{fraction}"),
            None => whole,
        };
        return Some(number(span, value, written));
    }
    if let Some((hours, minutes)) = text.split_once(['.', ':'])
        && let Ok(hours) = hours.parse()
        && hours <= 24
        && minutes.len() == 2
        && minutes.chars().all(|c| c.is_ascii_digit())
        && is_time
    {
        let minutes = minutes.into();
        let target = Rendering::Time { hours, minutes };
        return Some(Verbatim { span, target });
    }
    // Versions, phone numbers, scores, ranges: as they are.
    Some(text_at(sentence, span))
}

fn number(span: Range<usize>, value: String, written: String) -> Verbatim {
    Verbatim {
        span,
        target: Rendering::Number { value, written },
    }
}

fn group_thousands(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

impl Verbatim {
    /// The text to write where it is missing, in front of `after`.
    pub fn written(&self, after: &str) -> String {
        match &self.target {
            Rendering::Text(text) | Rendering::Term(text) | Rendering::Sign { text, .. } => {
                text.clone()
            }
            Rendering::Number { written, .. } => written.clone(),
            Rendering::Date { day, month, year } => format!("{day} {} {year}", MONTHS[month - 1]),
            Rendering::Time { hours, minutes } => {
                let after = after.trim_start().to_ascii_lowercase();
                let half_day = ["am", "pm", "a.m.", "p.m."];
                let hours = match hours {
                    13.. if half_day.iter().any(|half| after.starts_with(half)) => hours - 12,
                    hours => *hours,
                };
                format!("{hours}:{minutes}")
            }
        }
    }

    /// The letter, `a` or `p`, that must replace the first of `after`, the text behind a time: half past ten in the morning is
    /// not 10:30 pm.
    pub fn half_day(&self, after: &str) -> Option<&'static str> {
        let Rendering::Time { hours, .. } = self.target else {
            return None;
        };
        let after = after.to_ascii_lowercase();
        let is = |half: [&str; 2]| half.iter().any(|half| after.starts_with(half));
        match hours {
            1..=11 if is(["pm", "p.m"]) => Some("a"),
            12..=23 if is(["am", "a.m"]) => Some("p"),
            _ => None,
        }
    }

    /// The bytes of `target` that render it, at or after byte `from`.
    pub fn position(&self, target: &str, from: usize) -> Option<Range<usize>> {
        let find = |text: &str| {
            let start = from + target[from..].find(text)?;
            Some(start..start + text.len())
        };
        let has = |accept: &dyn Fn(&str) -> bool| {
            ENGLISH_NUMBER
                .find_iter(target)
                .find(|found| found.start() >= from && accept(found.as_str()))
                .map(|found| found.range())
        };
        match &self.target {
            // A score of 2:1 is one of 2-1.
            Rendering::Text(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                find(text).or_else(|| find(&text.replace(':', "-")))
            }
            Rendering::Text(text) => find(text),
            Rendering::Term(text) => {
                let found = find_inflected(&target[from..], text)?;
                Some(from + found.start..from + found.end)
            }
            Rendering::Sign { sign, .. } => find(sign.encode_utf8(&mut [0; 4])),
            Rendering::Number { value, .. } => {
                let (whole, fraction) = value.split_at(value.find('.').unwrap_or(value.len()));
                let grouped = group_thousands(whole) + fraction;
                has(&|number| number == value || number == grouped)
            }
            Rendering::Date { day, month, year } => {
                let month = has(&|number| number.parse() == Ok(*month)).is_some()
                    || target.contains(&MONTHS[month - 1][..3]);
                let day = has(&|number| number.parse() == Ok(*day)).is_some();
                let year = has(&|number| number == year);
                if day && month { year } else { None }
            }
            Rendering::Time { hours, minutes } => has(&|time| {
                let (h, m) = time.split_once([':', '.']).unwrap_or((time, "00"));
                m == minutes
                    && h.parse()
                        .is_ok_and(|h: u32| h == *hours || h + 12 == *hours)
            }),
        }
    }
}

/// A number in English spelling, up to its last digit.
static ENGLISH_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d+(?:[.,:]\d+)*").expect("the pattern is constant"));
