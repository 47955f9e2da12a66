//! Lines about a text: its date, author, source, address.

use std::ops::Range;

use crate::document::words;

#[rustfmt::skip]
const MONTHS: [&str; 12] = [
    "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september",
    "oktober", "november", "dezember",
];

/// `Jan.` to `Dez.`, the Austrian January, and March without its umlaut.
#[rustfmt::skip]
const SHORT_MONTHS: [&str; 15] = [
    "jan", "feb", "mär", "mrz", "apr", "jun", "jul", "aug", "sep", "sept", "okt", "nov", "dez",
    "jänner", "maerz",
];

#[rustfmt::skip]
const WEEKDAYS: [&str; 8] = [
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend",
    "sonntag",
];

/// Keys of `Key: value` lines.
#[rustfmt::skip]
const KEYS: [&str; 29] = [
    "date", "datum", "published", "veröffentlicht", "veroeffentlicht", "stand", "aktualisiert",
    "updated", "autor", "autorin", "autoren", "author", "von", "quelle", "quellen", "source",
    "url", "link", "tags", "schlagworte", "schlagwörter", "rubrik", "ressort", "kategorie",
    "id", "lizenz", "copyright", "foto", "fotos",
];

/// Keys that may have a date after them in the first line of an article, before the article itself.
const DATE_KEYS: [&str; 4] = ["date", "datum", "published", "updated"];

/// Bytes that a line about a text may have.
const LONGEST: usize = 200;

/// Whether a line is `Quelle: dpa`, a date, or the address of a page or a mailbox, and nothing more.
pub fn is_metadata(line: &str) -> bool {
    is_address(line) || (line.len() <= LONGEST && (is_pair(line) || is_date(line)))
}

/// Whether a line about a text has words that people read, such as the name of a month: addresses and dates of machines have
/// none.
pub fn is_readable(line: &str) -> bool {
    let is_word = |word: &str| {
        let name = word.trim_end_matches([',', '.', ':']).to_lowercase();
        is_month(word) || WEEKDAYS.contains(&name.as_str()) || name == "uhr"
    };
    !is_address(line) && (is_pair(line) || line.split_whitespace().any(is_word))
}

/// The date in a line about a text, as ISO 8601 writes it, if its digits say one: `2018-10`, `3.10.2018`.
pub fn date_in(line: &str) -> Option<String> {
    let date = |word: &str| {
        let mut parts: Vec<&str> = word.split(['-', '.', '/']).collect();
        let is_year = |part: &str| part.len() == 4 && part.starts_with(['1', '2']);
        if !is_year(parts[0]) {
            parts.reverse();
        }
        let is_number = |part: &&str| {
            matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_date = parts.len() <= 3 && is_year(parts[0]) && parts.iter().all(is_number);
        is_date.then(|| {
            let parts: Vec<String> = parts.iter().map(|part| format!("{part:0>2}")).collect();
            parts.join("-")
        })
    };
    line.split(|c: char| c.is_whitespace() || c == 'T' || c == ',')
        .find_map(date)
}

/// The pairs such as `date 2018-10` that stand before an article in its first line, as bytes of `line`.
pub fn leading_pairs(line: &str) -> Vec<Range<usize>> {
    let mut pairs = Vec::new();
    let mut start = 0;
    while let Some(length) = leading_pair(&line[start..]) {
        pairs.push(start..start + length);
        let rest = line[start + length..].trim_start();
        start = line.len() - rest.len();
    }
    pairs
}

/// Whether the text after a number and a full stop makes them an ordinal: `Oktober 2018`, `10. 2018`, `Stock`.
pub fn follows_ordinal(rest: &str) -> bool {
    let word = rest.split_whitespace().next().unwrap_or_default();
    let letters = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    is_month(word) || words::is_ordered(letters) || (is_number(word) && word.ends_with('.'))
}

/// Whether a line is a key, a colon and a value, such as `Quelle: dpa`.
pub fn is_pair(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    let value = value.trim();
    if value.is_empty() || !KEYS.contains(&key.trim_end().to_lowercase().as_str()) {
        return false;
    }
    // “Autor: Das glaube ich nicht.” is an interview.
    !value.ends_with(['.', '!', '?']) || is_date(value.trim_end_matches('.'))
}

/// Whether a line is a date, with or without a weekday and a time.
pub fn is_date(line: &str) -> bool {
    let mut named = false;
    let mut numbered = false;
    for word in line.split_whitespace() {
        let name = word.trim_end_matches([',', '.']).to_lowercase();
        if is_month(word) || WEEKDAYS.contains(&name.as_str()) {
            named = true;
        } else if is_number(word) {
            numbered = true;
        } else if !matches!(name.as_str(), "uhr" | "|" | "-" | "–") {
            return is_time_stamp(line);
        }
    }
    // What ends with a point is the end of a sentence.
    numbered && !line.ends_with('.') && (named || is_time_stamp(line) || line.ends_with("Uhr"))
}

/// `2018-10-03T14:30:00Z`, and dates without letters after a key.
fn is_time_stamp(line: &str) -> bool {
    line.len() >= 6
        && line.starts_with(|c: char| c.is_ascii_digit())
        && line.bytes().filter(u8::is_ascii_digit).count() >= 4
        && line
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-.:/+TZ ".contains(&byte))
}

fn is_address(line: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["http://", "https://", "www.", "ftp://", "mailto:"];
    let address = line.trim_matches(['<', '>', '(', ')']);
    if address.contains(char::is_whitespace) {
        return false;
    }
    let is_page = BEGINNINGS.iter().any(|beginning| {
        let start = address.get(..beginning.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    });
    let is_mailbox = address
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.ends_with('.'));
    is_page || is_mailbox
}

/// The bytes of the pair at the beginning of `text`.
fn leading_pair(text: &str) -> Option<usize> {
    let (word, rest) = text.split_once(char::is_whitespace)?;
    let value = rest.trim_start();
    let value_word = value.split_whitespace().next()?;
    let written = word.trim_end_matches(':');
    let key = written.to_lowercase();
    let is_value = match key.as_str() {
        // The small, foreign word is no German noun: the year alone will do.
        _ if written == "date" && is_year(value_word) => true,
        key if DATE_KEYS.contains(&key) => is_time_stamp(value_word),
        "url" | "source" | "link" | "quelle" => is_address(value_word),
        "id" => value_word.bytes().filter(u8::is_ascii_digit).count() >= 3,
        _ => false,
    };
    is_value.then(|| text.len() - value.len() + value_word.len())
}

fn is_month(word: &str) -> bool {
    let name = word.trim_end_matches([',', '.', ':', ';']).to_lowercase();
    MONTHS.contains(&name.as_str()) || SHORT_MONTHS.contains(&name.as_str())
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with the signs that stand in dates and times.
fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".,:/-".contains(&byte))
}
