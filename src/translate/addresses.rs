//! Lines of addresses: nothing in them is translated, however much it looks like words. Whoever writes a letter needs them as
//! they are.
//!
//! | line | |
//! |---|---|
//! | street | `Am Alten Markt 7a`, `Lange Straße 12`, `Musterweg 5, 12345 Musterhausen` |
//! | place | `45127 Essen`, `D-61348 Bad Homburg v. d. Höhe` |
//! | person | `Herrn Dr. Karl-Heinz Koch` (`Dr. Karl-Heinz Koch`), `Anneliese Knoblauch` |

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::{is_first_name, is_title};
use super::phrases::english_titles;
use crate::document::words;

/// A house, behind its street.
const HOUSE: &str = r"\d{1,3}(?: ?[a-z])?(?: ?[-–/+] ?\d{1,3}(?: ?[a-z])?)?";
/// A post code, and its place.
const PLACE: &str = r"(?:(?:D|DE|A|AT|CH)[ -])?\d{4,5} \p{Lu}[\p{L}.-]*(?:[ /-](?:\p{Lu}[\p{L}.-]*|am|an|der|a\.|d\.|v\.|b\.|i\.|bei|im|in|ob|vor|unter|\([\p{L} ]+\)))*";

static STREET: LazyLock<Regex> = LazyLock::new(|| {
    let kinds = "(?<kind>(?i:straße|strasse|str\\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|promenade|steig|pfad|markt|graben|wall|hof))";
    Regex::new(&format!(
        r"^(?:(?:\p{{Lu}}[\p{{L}}.’'-]*[ -])*(?:\p{{Lu}}[\p{{L}}-]*?)?{kinds}|(?:Am|An der|An den|Auf der|Auf dem|Auf den|Im|In der|In den|Zum|Zur|Hinter der|Hinter dem|Vor dem|Vor der|Unter den|Beim)(?: \p{{Lu}}[\p{{L}}-]*){{1,3}}) {HOUSE}(?:,? {PLACE})?$"
    ))
    .expect("constant")
});

static POST_CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("^{PLACE}$")).expect("constant"));

static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?<title>(?:Herrn?|Frau|Familie)(?: |$))?(?<degrees>(?:(?:Dr|Prof|Dipl|Mag)\.(?:-\p{L}+\.)? (?:(?:med|jur|phil|rer|nat|h\. ?c|dent|vet)\. )*)*)(?<names>\p{Lu}[\p{L}’'-]*\.?(?: (?:von|van|der|de|zu|\p{Lu}[\p{L}’'-]*\.?))*)?$",
    )
    .expect("constant")
});

/// What streets are named after that have nothing else in their name: `Am Markt 5`, but not `Im Kapitel 5`.
#[rustfmt::skip]
const LANDMARKS: [&str; 40] = [
    "Anger", "Bach", "Bahnhof", "Berg", "Brücke", "Brunnen", "Burg", "Deich", "Dom", "Dorf", "Feld", "Friedhof", "Garten", "Graben", "Hafen",
    "Hang", "Höhe", "Kirche", "Linde", "Linden", "Markt", "Mühle", "Park", "Rathaus", "Schloss", "Schule", "See", "Sportplatz", "Stadtpark",
    "Teich", "Tor", "Turm", "Ufer", "Wald", "Wall", "Weiher", "Weinberg", "Wiese", "Wiesen", "Winkel",
];

/// Articles, possessives and the like without their endings.
const ARTICLES: [&str; 16] = [
    "d", "di", "ei", "kei", "mei", "dei", "sei", "ih", "uns", "eu", "dies", "jed", "jen", "welch",
    "all", "beid",
];

/// Towns whose names are words.
const WORDS: [&str; 14] = [
    "Essen", "Halle", "Hof", "Singen", "Weiden", "Siegen", "Regen", "Gießen", "Lage", "Kamen",
    "Hagen", "Hamm", "Baden", "Wangen",
];

/// The line that a text is, with its English. `knows` tells whether the dictionary has exactly this word in English.
pub(super) fn line(text: &str, knows: &dyn Fn(&str) -> bool) -> Option<(Range<usize>, String)> {
    let whole = text.trim().trim_end_matches(',');
    let start = text.len() - text.trim_start().len();
    let span = start..start + whole.len();
    if whole.split(' ').count() > 8 {
        return None;
    }
    if is_street(whole, knows) || is_place(whole, knows) {
        return Some((span, whole.to_owned()));
    }
    Some((span, person(whole)?))
}

/// Streets, post codes with their places within a sentence, places that a river tells from another or that end as only places
/// do, and the people and towns of examples. Of those that overlap the first counts.
pub(super) fn places(text: &str, knows: &dyn Fn(&str) -> bool) -> Vec<Range<usize>> {
    static INSIDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:(?:D-)?\d{5} (?<place>\p{Lu}[\p{L}-]+)|\p{Lu}\p{L}+ \((?:Saale|Oder|Spree|Havel|Main|Rhein|Ruhr|Westf\.|Westfalen|Allgäu|Mark|Harz)\)|\p{Lu}\p{Ll}+(?:hausen|stedt|büttel|weiler)\b|Muster(?:mann|frau|stadt|dorf)\b|Beispiel(?:stadt|dorf)\b)")
            .expect("constant")
    });
    let inside = (INSIDE.captures_iter(text))
        .filter(|found| {
            found
                .name("place")
                .is_none_or(|place| !knows(place.as_str()))
        })
        .map(|found| found.get_match().range());
    streets(text).chain(inside).collect()
}

/// Streets of two words and more within a sentence: `Lange Straße 12`, `Am Alten Markt 7a, 12345 Musterstadt`.
fn streets(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    static STREETS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"\b(?:(?<first>\p{{Lu}}\p{{L}}*(?:e|en|er)) (?:Straße|Strasse|Str\.|Allee|Gasse|Weg|Markt|Damm|Ufer|Ring|Chaussee) {HOUSE}\b|(?:Am|An der|An den|Auf der|Auf dem|Im|In der|Zum|Zur|Hinter der|Unter den)(?: \p{{Lu}}[\p{{L}}-]*){{1,3}} {HOUSE}, \d{{5}} \p{{Lu}}[\p{{L}}-]+)"
        ))
        .expect("constant")
    });
    let is_article = |word: &str| {
        let stem = word.trim_end_matches(['e', 'r', 'n']).to_lowercase();
        ARTICLES.contains(&stem.as_str())
    };
    (STREETS.captures_iter(text))
        .filter(move |found| {
            found
                .name("first")
                .is_none_or(|first| !is_article(first.as_str()))
        })
        .map(|found| found.get_match().range())
}

fn is_street(text: &str, knows: &dyn Fn(&str) -> bool) -> bool {
    let Some(found) = STREET.captures(text) else {
        return false;
    };
    let street = text
        .split(|c: char| c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    let last = street.split_whitespace().next_back().unwrap_or_default();
    let kind = found.name("kind").map_or("", |kind| kind.as_str());
    let is_named = last != kind;
    // "Parkplatz 3" is one of many; a street's name is its own.
    match street
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_uppercase))
        .count()
    {
        1 => is_named && !knows(last),
        2 if kind.is_empty() => LANDMARKS.contains(&last) || !knows(last),
        _ => true,
    }
}

fn is_place(text: &str, knows: &dyn Fn(&str) -> bool) -> bool {
    if !POST_CODE.is_match(text) {
        return false;
    }
    let Some((code, place)) = text.split_once(' ') else {
        return false;
    };
    let first = place.split([' ', '/']).next().unwrap_or_default();
    // "15000 Zuschauer" are counted.
    let is_code = code.len() > 4 || code.starts_with(char::is_alphabetic);
    is_code && (WORDS.contains(&first) || !knows(first) || place.contains(['/', '(']))
}

/// A person's line: titles in English, and names.
fn person(text: &str) -> Option<String> {
    let found = PERSON.captures(text)?;
    let title = found.name("title").is_some();
    let degrees = !found["degrees"].is_empty();
    let names = found.name("names").map_or("", |names| names.as_str());
    let first = names.split([' ', '-']).next().unwrap_or_default();
    let count = words::count(names);
    let is_named = match (title, degrees) {
        (true, _) if names.is_empty() => text == "Herrn",
        (true, false) => !is_title(first) && (count > 1 || text.starts_with("Herrn")),
        (_, true) => !names.is_empty() && !is_title(first),
        (false, false) => {
            let is_plain = names
                .split(' ')
                .all(|name| name.starts_with(char::is_uppercase));
            is_plain && (2..=4).contains(&count) && is_first_name(first)
        }
    };
    is_named.then(|| english_titles(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_in_sentences() {
        let found = |text: &str| -> Vec<String> {
            let spans = places(text, &|word| word == "Zuschauer");
            spans
                .into_iter()
                .map(|span| text[span].to_owned())
                .collect()
        };
        assert_eq!(
            found("Die Firma in 12345 Musterstadt zahlt."),
            ["12345 Musterstadt"]
        );
        assert_eq!(found("Er kommt aus Halle (Saale)."), ["Halle (Saale)"]);
        assert_eq!(
            found("Wir liefern an: Lange Straße 12 und Berliner Str. 5a."),
            ["Lange Straße 12", "Berliner Str. 5a"]
        );
        assert_eq!(
            found("Sie lautet Am Alten Markt 7a, 12345 Musterstadt.")[0],
            "Am Alten Markt 7a, 12345 Musterstadt"
        );
        assert!(found("Die Straße 12 und unsere Straße 3, Jede Straße 5").is_empty());
        assert_eq!(
            found("Max Mustermann aus Kleinhausen"),
            ["Mustermann", "Kleinhausen"]
        );
        assert!(found("Es kamen 15123 Zuschauer aus Halle (Ost).").is_empty());
    }

    #[test]
    fn lines_of_addresses_stay_as_they_are() {
        let known = [
            "Parkplatz",
            "Zuschauer",
            "Essen",
            "Tiere",
            "Höhe",
            "Kapitel",
            "Tag",
            "Alter",
            "Preis",
            "Jahr",
            "Platz",
        ];
        let knows = |word: &str| known.contains(&word);
        for same in [
            "Am Alten Markt 7a",
            "Lange Straße 12",
            "Musterweg 5",
            "Karl-Marx-Allee 12-14",
            "Zum Goldenen Löwen 1",
            "An der Alten Mühle 3",
            "Auf der Höhe 5",
            "Unter den Linden 77",
            "Musterstr. 3, 12345 Beispielstadt",
            "56789 Musterhausen",
            "D-61348 Bad Homburg v. d. Höhe",
            "45127 Essen",
            "15230 Frankfurt (Oder)",
            "60311 Frankfurt am Main",
            "Dr. Karl-Heinz Überschär",
            "Anneliese Knoblauch",
            "Prof. Dr. med. Eva Sommer",
        ] {
            let found = line(same, &knows).map(|found| found.1);
            assert_eq!(found.as_deref(), Some(same));
        }
        for (german, english) in [
            ("Herrn", "Mr"),
            ("Herrn Dr. Karl-Heinz Überschär", "Dr. Karl-Heinz Überschär"),
            ("Herrn Max Mustermann", "Mr Max Mustermann"),
            (
                "Frau Prof. Dr. Anneliese Knoblauch",
                "Prof. Dr. Anneliese Knoblauch",
            ),
            ("Frau Erika Mustermann", "Ms Erika Mustermann"),
        ] {
            let found = line(german, &knows).map(|found| found.1);
            assert_eq!(found.as_deref(), Some(english));
        }
        for other in [
            "Parkplatz 3",
            "Im Kapitel 5",
            "Im Alter 50",
            "Zum Preis 30",
            "Karl der Große",
            "Am Tag 3",
            "15000 Zuschauer",
            "Im Jahr 2020",
            "1250 Gramm",
            "Platz 3",
            "Frau Präsidentin",
            "Herr Präsident",
            "Guten Tag",
            "Die Tiere im Wald",
            "Frau",
            "Er wohnt in der Langen Straße 12 im dritten Stock",
            "",
        ] {
            assert_eq!(line(other, &knows), None, "{other}");
        }
    }
}
