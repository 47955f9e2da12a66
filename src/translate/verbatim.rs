//! Verbatims, which must survive translation: addresses, code, numbers, dates, times, and characters outside the vocabulary.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::codes::codes;
use super::dates::MONTHS;
use super::glossary::find_inflected;
use super::spans::overlap;
use super::{addresses, names, numerals, phrases, quotations, symbols};
use crate::lexicon::{Knowledge, Lexicon};
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
        /// The text that takes its place in the target.
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

/// Integers up to here may be written as words in English.
const SMALL: usize = 2;

/// How verbatims are found.
pub(super) struct Finder<'a> {
    /// The id of characters that the source vocabulary lacks.
    pub(super) unknown: u32,
    /// Whether they are to be placeholders: then more is kept, and some of it is written in English at once.
    pub(super) masked: bool,
    /// By which names are known.
    pub(super) lexicon: Option<&'a Lexicon>,
}

impl Finder<'_> {
    /// Finds the verbatims of `sentence` in addition to those `found` already. `tokens` are its tokens. In order, not
    /// overlapping.
    pub(super) fn find(
        &self,
        sentence: &str,
        tokens: &[Token],
        mut found: Vec<Verbatim>,
    ) -> Vec<Verbatim> {
        let knowledge = |word: &str| match self.lexicon {
            Some(lexicon) => lexicon.knowledge(word),
            None => Knowledge::Word,
        };
        let codes = codes(sentence);
        if self.masked {
            let knows = |word: &str| self.lexicon.is_some_and(|all| all.has_english(word));
            if let Some((span, written)) = addresses::line(sentence, &knows) {
                push(&mut found, written_at(span, written));
            }
            for (span, written) in phrases::phrases(sentence) {
                push(&mut found, written_at(span, written));
            }
            for span in addresses::places(sentence, &knows) {
                push(&mut found, text_at(sentence, span));
            }
            for span in quotations::foreign(sentence, &knowledge) {
                push(&mut found, text_at(sentence, span));
            }
            for (span, written) in numerals::numerals(sentence) {
                // `10²` is a part of a formula, but `x > 5` one of a program.
                let is_part = |code: &Range<usize>| {
                    code.start < span.end
                        && span.start < code.end
                        && (code.start < span.start || span.end < code.end)
                };
                if !codes.iter().any(is_part) {
                    push(&mut found, written_at(span, written));
                }
            }
        }
        for code in codes {
            push(&mut found, text_at(sentence, code));
        }
        if self.masked {
            for span in symbols::symbols(sentence) {
                push(&mut found, text_at(sentence, span));
            }
            for (span, written) in names::kept(sentence, &knowledge) {
                push(&mut found, written_at(span, written));
            }
        }
        for token in tokens.iter().filter(|token| token.id == self.unknown) {
            push(
                &mut found,
                text_at(sentence, word_around(sentence, &token.span)),
            );
        }
        for number in numbers(sentence) {
            if let Some(verbatim) = number_at(sentence, number, self.masked) {
                push(&mut found, verbatim);
            }
        }
        found.sort_by_key(|verbatim| verbatim.span.start);
        if self.masked {
            keep_lists(sentence, &mut found);
        }
        found
    }
}

/// Fixes numbers with a sign, and those in lists of three and more, to their English spelling: networks lose the sign and
/// repeat or skip what stands in lists.
fn keep_lists(sentence: &str, found: &mut [Verbatim]) {
    const SHORTEST_LIST: usize = 3;
    let written = |verbatim: &Verbatim| match &verbatim.target {
        Rendering::Number { written, .. } => Some(written.clone()),
        _ => None,
    };
    let between = |a: &Verbatim, b: &Verbatim| &sentence[a.span.end..b.span.start];
    let is_list = |gap: &str| {
        gap.chars()
            .all(|c| matches!(c, ',' | ';' | '/' | ' ' | '\u{a0}'))
    };
    let mut start = 0;
    while start < found.len() {
        let mut end = start + 1;
        while end < found.len()
            && written(&found[end]).is_some()
            && is_list(between(&found[end - 1], &found[end]))
        {
            end += 1;
        }
        for verbatim in &mut found[start..end] {
            let fixed = written(verbatim)
                .filter(|written| end - start >= SHORTEST_LIST || written.starts_with(MINUS));
            if let Some(fixed) = fixed {
                verbatim.target = Rendering::Text(fixed);
            }
        }
        start = end;
    }
}

fn written_at(span: Range<usize>, written: String) -> Verbatim {
    let target = Rendering::Text(written);
    Verbatim { span, target }
}

/// The spans of digits in `text`, with the separators between them.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    NUMBER.find_iter(text).map(|number| number.range())
}

fn push(found: &mut Vec<Verbatim>, new: Verbatim) {
    let overlaps = |old: &Verbatim| overlap(&old.span, &new.span);
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
fn number_at(sentence: &str, span: Range<usize>, masked: bool) -> Option<Verbatim> {
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
        let is_date = year.len() == 4 || is_dated(text, &sentence[..span.start]);
        if is_date && (1..=31).contains(&day) && (1..=12).contains(&month) {
            let target = Rendering::Date { day, month, year };
            return Some(Verbatim { span, target });
        }
    }
    let (plus, unsigned) = match text.strip_prefix('+') {
        Some(unsigned) => ("+", unsigned),
        None => ("", text),
    };
    if let Some(parts) = GERMAN_NUMBER.captures(unsigned) {
        let whole: String = parts[1].chars().filter(char::is_ascii_digit).collect();
        let fraction = parts.get(2).map(|fraction| fraction.as_str());
        let grouped = parts[1].len() > whole.len();
        // "17 Uhr" is "5 p.m.", and English may write "three", but not in a list.
        let is_listed = masked && (before == Some(' ') || after.starts_with(','));
        if fraction.is_none()
            && (is_time || whole.len() < SMALL && !(is_listed && in_list(sentence, &span)))
        {
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
        if !plus.is_empty() {
            return Some(written_at(span, format!("{plus}{written}")));
        }
        return Some(match is_negative(&sentence[..span.start], after) {
            true => number(
                sentence[..span.start].trim_end_matches(MINUS).len()..span.end,
                format!("-{value}"),
                format!("-{written}"),
            ),
            false => number(span, value, written),
        });
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

/// Whether a number has numbers beside it.
fn in_list(sentence: &str, span: &Range<usize>) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let (before, after) = (&sentence[..span.start], &sentence[span.end..]);
    let gap = |text: &str| text.contains(',') && text.chars().all(|c| matches!(c, ',' | ' '));
    let is_before = before
        .rfind(is_digit)
        .is_some_and(|at| gap(&before[at + 1..]));
    let is_after = after.find(is_digit).is_some_and(|at| gap(&after[..at]));
    is_before || is_after
}

/// Whether three numbers of two digits at most are a day, and no version or section: `am 2.4.10`, `02.04.10`.
fn is_dated(text: &str, before: &str) -> bool {
    const BEFORE: [&str; 14] = [
        "am", "vom", "zum", "bis", "seit", "ab", "den", "dem", "vor", "nach", "und", "Datum",
        "Stand", "geboren",
    ];
    let word = before
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '('))
        .rsplit(|c: char| !c.is_alphabetic())
        .next();
    let is_padded = text.split('.').take(2).any(|part| part.starts_with('0'));
    let is_before = |word: &str| BEFORE.iter().any(|known| known.eq_ignore_ascii_case(word));
    is_padded || word.is_some_and(is_before)
}

/// Signs before negative numbers: the hyphen of keyboards and that of Unicode.
pub(super) const MINUS: [char; 2] = ['-', '−'];

/// Whether a number between two texts has a minus that is no dash of a range, of a compound or around a page number.
fn is_negative(before: &str, after: &str) -> bool {
    let Some(rest) = before.strip_suffix(MINUS) else {
        return false;
    };
    let is_apart = rest.is_empty() || rest.ends_with([' ', '(', '„', '"', '~', '>', '<', '=']);
    is_apart && !after.starts_with('-')
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

    /// The number with commas, if the target has it without them and the source had points: `15234` for `15.234`.
    pub fn grouped(&self, target: &str) -> Option<&str> {
        let Rendering::Number { written, .. } = &self.target else {
            return None;
        };
        let is_bare = target.starts_with(|c: char| c.is_ascii_digit()) && !target.contains(',');
        (is_bare && written.contains(',')).then(|| written.trim_start_matches('-'))
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
                let (minus, value) = match value.strip_prefix('-') {
                    Some(value) => (true, value),
                    None => (false, value.as_str()),
                };
                let (whole, fraction) = value.split_at(value.find('.').unwrap_or(value.len()));
                let grouped = group_thousands(whole) + fraction;
                let found = has(&|number| number == value || number == grouped)?;
                let before = &target[..found.start];
                match minus {
                    false => Some(found),
                    true if before.ends_with("minus ") => Some(found),
                    true => before
                        .ends_with(MINUS)
                        .then(|| before.trim_end_matches(MINUS).len()..found.end),
                }
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
