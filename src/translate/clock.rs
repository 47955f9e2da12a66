//! Clock times in English.
//!
//! | kind | German | English |
//! |---|---|---|
//! | in figures | `14.30 Uhr`, `9–18 Uhr` | `14:30`, `9:00–18:00` |
//! | in words | `halb acht`, `fünf vor halb neun` | `half past seven`, `twenty-five past eight` |

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::spans::{GAP, Numeral, stands_alone, whole};
use super::spelling::capitalised;

/// Hours on the clock, of which one or two may share a word.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:(?<h1>\d{{1,2}})(?:[.:](?<m1>[0-5]\d))?(?<join>{GAP}[–—-]{GAP}| (?:bis|und|oder) ))?(?<h>\d{{1,2}})(?:[.:](?<m>[0-5]\d)(?:[.:](?<s>[0-5]\d))?)?{GAP}Uhr(?: (?<late>[0-5]\d))?"
    ))
    .expect("constant")
});

/// Times that count towards the next hour, which networks take for the hour before.
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let hour = format!(r"(?<hour>{}|1[0-2]|[1-9])(?: Uhr)?", GERMAN_HOURS.join("|"));
    Regex::new(&format!(
        r"(?:(?i:(?<minutes>fünf|zehn|5|10)(?: Minuten)? (?<side>vor|nach) )?(?<half>[Hh]alb)|(?<late>(?:[Dd]rei ?)[Vv]iertel)|(?i:um|gegen|ab|bis|seit|vor|nach) (?<early>[Vv]iertel)) {hour}"
    ))
    .expect("constant")
});

const GERMAN_HOURS: [&str; 12] = [
    "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf",
    "zwölf",
];

const HOURS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// The clock times of a text, not overlapping.
pub(super) fn times(text: &str) -> Vec<Numeral> {
    let mut found = Vec::new();
    if text.contains("Uhr") {
        TIME.captures_iter(text)
            .for_each(|time| on_the_clock(text, &time, &mut found));
    }
    if text.contains("alb ") || text.contains("iertel ") {
        let spoken = SPOKEN
            .captures_iter(text)
            .filter_map(|time| in_words(text, &time));
        found.extend(spoken);
    }
    found
}

/// A time that is told by the hour that comes next: `halb acht` is half past seven.
fn in_words(text: &str, time: &Captures<'_>) -> Option<Numeral> {
    let hour = &time["hour"];
    let next = match GERMAN_HOURS.iter().position(|word| *word == hour) {
        Some(place) => place,
        None => hour.parse::<usize>().ok()? - 1,
    };
    let (next, last) = (HOURS[next], HOURS[(next + 11) % 12]);
    let mut start = whole(time).start;
    let written = if time.name("half").is_some() {
        match (
            time.name("minutes").map(|part| part.as_str()),
            time.name("side"),
        ) {
            (Some(minutes), Some(side)) => {
                let minutes = if matches!(minutes, "10" | "zehn" | "Zehn") {
                    "twenty"
                } else {
                    "twenty-five"
                };
                if side.as_str() == "vor" {
                    format!("{minutes} past {last}")
                } else {
                    format!("{minutes} to {next}")
                }
            }
            _ => format!("half past {last}"),
        }
    } else if time.name("late").is_some() {
        format!("a quarter to {next}")
    } else {
        start = time.name("early")?.start();
        format!("a quarter past {last}")
    };
    let span = start..whole(time).end;
    // "Halb acht war es." begins a sentence; "Viertel" always has its capital.
    let begins = text[start..].starts_with(char::is_uppercase) && time.name("early").is_none();
    let written = if begins {
        capitalised(&written)
    } else {
        written
    };
    stands_alone(text, &span).then_some((span, written))
}

/// One or two times, each an hour of the day on the clock of 24 hours: that is right at any time of day, and beside "in the
/// morning" too.
fn on_the_clock(text: &str, time: &Captures<'_>, found: &mut Vec<Numeral>) {
    let span = whole(time);
    let part = |name: &str| time.name(name).map(|part| part.as_str());
    let is_hour =
        |name: &str| part(name).is_none_or(|hour| hour.parse().is_ok_and(|h: u8| h <= 24));
    let clock = |hour: &str, minutes: Option<&str>| format!("{hour}:{}", minutes.unwrap_or("00"));
    let (Some(last), true) = (time.name("h"), is_hour("h")) else {
        return;
    };
    let mut end = span.end;
    let mut minutes = part("m").map(str::to_owned);
    if let Some(late) = time.name("late") {
        // "um 8 Uhr 20 Leute" has no minutes.
        let rest = text[late.end()..].trim_start_matches(' ');
        let is_late = minutes.is_none()
            && !rest.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        if is_late {
            minutes = Some(late.as_str().to_owned());
        } else {
            end = late.start() - 1;
        }
    }
    let after = &text[end..];
    // "18-Uhr-Nachrichten", "Uhrzeit".
    if after.starts_with(|c: char| c.is_alphanumeric() || c == '-') {
        return;
    }
    if let Some(seconds) = part("s") {
        minutes = minutes.map(|minutes| format!("{minutes}:{seconds}"));
    }
    let mut written = clock(last.as_str(), minutes.as_deref());
    let mut start = last.start();
    if let (Some(first), Some(join), true) = (time.name("h1"), time.name("join"), is_hour("h1")) {
        let early = clock(first.as_str(), part("m1"));
        if join.as_str().contains(char::is_alphabetic) {
            let end = time.name("m1").unwrap_or(first).end();
            if stands_alone(text, &(first.start()..end)) {
                found.push((first.start()..end, early));
            }
        } else {
            written = format!("{early}{}{written}", join.as_str());
            start = first.start();
        }
    }
    if stands_alone(text, &(start..end)) {
        found.push((start..end, written));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of each text, joined by `|`.
    fn assert_written(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let written: Vec<String> = times(text).into_iter().map(|found| found.1).collect();
            assert_eq!(written.join("|"), *expected, "{text}");
        }
    }

    #[test]
    fn times_are_on_the_clock_of_24_hours() {
        assert_written(&[
            ("um 14.30 Uhr", "14:30"),
            ("um 0:45 Uhr", "0:45"),
            ("um 2 Uhr nachts", "2:00"),
            ("gegen 23 Uhr.", "23:00"),
            ("um 08:05 Uhr", "08:05"),
            ("um 24 Uhr", "24:00"),
            ("von 9 bis 18 Uhr", "9:00|18:00"),
            ("zwischen 9.30 und 12 Uhr", "9:30|12:00"),
            ("Mo–Fr 9–18 Uhr", "9:00–18:00"),
            ("8.30 - 12.15 Uhr", "8:30 - 12:15"),
            ("um 7 Uhr 30.", "7:30"),
            ("um 7 Uhr 30 ging er", "7:30"),
            ("um 7 Uhr 30 Leute", "7:00"),
            ("um 12:30:15 Uhr", "12:30:15"),
            ("um 20\u{a0}Uhr", "20:00"),
            ("um 18 oder 19 Uhr", "18:00|19:00"),
            ("die 18-Uhr-Nachrichten", ""),
            ("die 18 Uhr-Nachrichten", ""),
            ("die 3 Uhrmacher", ""),
            ("die 25 Uhr", ""),
            ("am 24.12.2025 um 14:30 Uhr", "14:30"),
            ("Start: 20:15 Uhr, Ende: ca. 22.30 Uhr", "20:15|22:30"),
        ]);
    }

    #[test]
    fn times_in_words_count_towards_the_next_hour() {
        assert_written(&[
            ("um halb acht vor dem Kino", "half past seven"),
            ("Halb eins war es.", "Half past twelve"),
            ("um halb 8 abends", "half past seven"),
            ("gegen halb zwölf Uhr", "half past eleven"),
            ("um fünf vor halb neun", "twenty-five past eight"),
            ("um zehn Minuten nach halb drei", "twenty to three"),
            ("um 5 nach halb 1", "twenty-five to one"),
            (
                "um drei viertel vier und dreiviertel fünf",
                "a quarter to four|a quarter to five",
            ),
            ("um viertel acht", "a quarter past seven"),
            (
                "von halb neun bis halb elf",
                "half past eight|half past ten",
            ),
            ("um Viertel nach acht", ""),
            ("ein Viertel acht Mal", ""),
            ("halb so viel, halbzwei, halb achtsam", ""),
            ("halb 2000 Leute", ""),
        ]);
    }
}
