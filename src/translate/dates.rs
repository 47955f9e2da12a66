//! Dates in English spelling.
//!
//! | kind | German | English |
//! |---|---|---|
//! | day | `03. Mai 2026`, `14./15. Mai`, `am 24.12.`, `3.5.2026` | `3 May 2026`, `14/15 May`, `24 December`, `3 May 2026` |
//! | month | `Stand: Januar 2021` | `As of January 2021` |
//! | week | `KW 23` | `week 23` |

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::spans::{Numeral, whole};

/// English names of the months.
pub(super) const MONTHS: [&str; 12] = [
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

/// Labels of the day up to which something is known.
const AS_OF: &str = "Stand|Datenstand|Redaktionsstand";

/// Days with a month's name, and months with a year.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:(?:^(?<stand>{AS_OF}):?|(?<den>,? den))[ \x{{a0}}])?(?:(?:(?<first>\d{{1,2}})\.(?<join>[ \x{{a0}}]?[/–-][ \x{{a0}}]?))?0?(?<last>\d{{1,2}})\.[ \x{{a0}}]?)?(?<month>Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b(?<year>[ \x{{a0}}]\d{{4}}\b)?"
    ))
    .expect("constant")
});

/// Days with a month's number and no year, behind a word that only days follow.
static SHORT_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?i:am|vom|zum|bis|ab|seit|den|dem|mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)[.,]?[ \x{a0}](?<date>(?:(?<first>\d{1,2})\.(?:(?<early>\d{1,2})\.)?(?<join>[ \x{a0}]?[/–-][ \x{a0}]?))?(?<last>\d{1,2})\.(?<late>\d{1,2})\.)",
    )
    .expect("constant")
});

/// Days of a year in figures.
static FULL_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:(?:^(?<stand>{AS_OF}):?|\bde[nm])[ \x{{a0}}])?\b(?<day>\d{{1,2}})\.[ \x{{a0}}]?(?<month>\d{{1,2}})\.[ \x{{a0}}]?(?<year>\d{{4}})\b"
    ))
    .expect("constant")
});

static WEEK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bKW[ \x{a0}]?(?<week>\d{1,2})\b").expect("constant"));

/// The dates of a text that networks cannot be trusted with. In sentences they know dates well, but for those with a zero in
/// front, those of two days, and those without a month's name; a text that `is_short` may be nothing but a date.
pub(super) fn dates(text: &str, is_short: bool) -> Vec<Numeral> {
    let mut found = Vec::new();
    let needs = |date: &Captures<'_>| {
        // "am Montag, den 3. Mai" in a sentence is for the network.
        if date.name("den").is_some() && !is_short {
            return false;
        }
        let is_odd = date.name("join").is_some() || date[0].starts_with('0');
        is_odd || is_short && (date.name("last").is_some() || date.name("year").is_some())
    };
    // A time stamp is no text.
    let is_stamp = !text.replace("Uhr", "").contains(char::is_alphabetic);
    for date in FULL_DATE.captures_iter(text).filter(|_| !is_stamp) {
        let is_odd = date["day"].starts_with('0') || date["month"].starts_with('0');
        if (is_odd || is_short)
            && let Some(written) = english_figures(&date)
        {
            found.push((whole(&date), written));
        }
    }
    for date in DATE.captures_iter(text).filter(needs) {
        if let Some(written) = english_date(&date) {
            found.push((whole(&date), written));
        }
    }
    for date in SHORT_DATE.captures_iter(text) {
        if let Some((span, written)) = english_day(text, &date) {
            found.push((span, written));
        }
    }
    for week in WEEK.captures_iter(text) {
        found.push((whole(&week), format!("week {}", &week["week"])));
    }
    found
}

fn english_figures(date: &Captures<'_>) -> Option<String> {
    let (day, month): (usize, usize) = (date["day"].parse().ok()?, date["month"].parse().ok()?);
    if !(1..=31).contains(&day) || !(1..=12).contains(&month) {
        return None;
    }
    let stand = date.name("stand").map_or("", |_| "As of ");
    Some(format!(
        "{stand}{day} {} {}",
        MONTHS[month - 1],
        &date["year"]
    ))
}

fn english_date(date: &Captures<'_>) -> Option<String> {
    let part = |name: &str| date.name(name).map_or("", |part| part.as_str());
    let names = [
        "Ja", "F", "Mär", "Ap", "Mai", "Juni", "Juli", "Au", "S", "O", "N", "D",
    ];
    let month = names
        .iter()
        .position(|name| part("month").starts_with(name))?;
    let month = MONTHS[month];
    let days = format!("{}{}{}", part("first"), part("join"), part("last"));
    let gap = if days.is_empty() { "" } else { " " };
    let before = match (date.name("stand"), date.name("den")) {
        (Some(_), _) => "As of ",
        (_, Some(_)) => ", ",
        _ => "",
    };
    Some(format!("{before}{days}{gap}{month}{}", part("year")))
}

/// A day, or two, with the number of its month. A full stop that ends the text stays outside.
fn english_day(text: &str, date: &Captures<'_>) -> Option<(Range<usize>, String)> {
    let month = |name: &str| {
        let month: usize = date.name(name)?.as_str().parse().ok()?;
        MONTHS.get(month.checked_sub(1)?).copied()
    };
    let day = |name: &str| {
        let day: usize = date.name(name)?.as_str().parse().ok()?;
        (1..=31).contains(&day).then_some(day)
    };
    let mut span = date.name("date")?.range();
    if text[span.end..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if span.end == text.len() {
        span.end -= 1;
    }
    let mut written = format!("{} {}", day("last")?, month("late")?);
    if let Some(join) = date.name("join") {
        let first = day("first")?;
        let early = match date.name("early") {
            Some(_) => format!(" {}", month("early")?),
            None => String::new(),
        };
        written = format!("{first}{early}{}{written}", join.as_str());
    }
    Some((span, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dates of each text, joined by `|`.
    fn assert_written(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let is_short = text.split(' ').count() <= 5;
            let written: Vec<String> = (dates(text, is_short).into_iter())
                .map(|found| found.1)
                .collect();
            assert_eq!(written.join("|"), *expected, "{text}");
        }
    }

    #[test]
    fn dates_are_english() {
        assert_written(&[
            ("vom 03. Februar 2026 an", "3 February 2026"),
            ("am 09. Mai", "9 May"),
            ("am 14./15. Februar 2024", "14/15 February 2024"),
            ("vom 1.–3. Juli", "1–3 July"),
            ("Er kam erst am 3. Mai 2020 an", ""),
            ("Er kam erst im Mai 2020 an", ""),
            ("31. Mai 2022", "31 May 2022"),
            ("Januar 2021", "January 2021"),
            ("Stand: März 2021", "As of March 2021"),
            ("Montag, 3. Mai 2021", "3 May 2021"),
            ("Mai", ""),
            ("Am 24.12. gibt es Geschenke.", "24 December"),
            ("Er kam am 24.12.", "24 December"),
            ("vom 24.–26.12. geschlossen", "24–26 December"),
            ("vom 24.12.-2.1. geschlossen", "24 December-2 January"),
            ("Mo, 3.4., um 9 Uhr", "3 April"),
            ("am 2.4.10 und am 32.1. und am 3.13.", ""),
            ("Version 2.4. ist da", ""),
            ("Sie trafen sich am 03.02.2024 in Rom.", "3 February 2024"),
            (
                "Das gilt seit dem 1.04.2021 und ab 1.1.2022.",
                "1 April 2021",
            ),
            ("Stand: 1.6.2023", "As of 1 June 2023"),
            ("03.05.2024, 12:05 Uhr", ""),
            ("am 32.01.2020 und am 03.13.2020", ""),
            ("Lieferung in KW 23 oder KW\u{a0}7", "week 23|week 7"),
            ("50 kW 23", ""),
        ]);
    }
}
