//! Names: a small network copies them piece by piece and slips, or translates those that are words too.
//!
//! Before the network, surnames behind titles, first names and greetings are found: they stay as they are. What
//! [`misspelt`](super::misspelt) finds behind it is mended.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::spans::overlap;
use crate::document::words;
use crate::lexicon::Knowledge;

/// Titles that a name follows.
static TITLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\b(?:Frau|Herrn?|Fräulein|Doktor|Professor)|\b(?:Dr|Prof|Hr|Fr|Mag)\.|\b(?:med|jur|phil|nat|h\. ?c)\.)(?:[ \x{a0}]|$)")
        .expect("constant")
});
/// One word of a name, or a particle before it.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<particle>(?:(?:von|van|vom|zu|zum|zur|de|del|di|da|dos|der|den|dem|la|le|ten|ter)[ \x{a0}])*)(?<name>\p{Lu}[\p{L}\p{M}]*(?:[’'-]\p{L}[\p{L}\p{M}]*)*)(?<apostrophe>[’'](?:[ \x{a0}]))?")
        .expect("constant")
});
/// Closing formulas of letters.
static GREETING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:Grüße|Grüßen|Gruß|Grüsse|Grüssen|Gruss)[,!]?[ \x{a0}](?:(?:Ihre?|Deine?|Eure?) )?(?<names>(?:(?:Dr|Prof)\. )?\p{Lu}[\p{L}-]+(?: \p{Lu}[\p{L}-]*\.?){0,2})$")
        .expect("constant")
});

/// Surnames behind initials: `H. Krause`.
static INITIALS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:\p{Lu}\.[ \x{a0}]?)+(?<surname>\p{Lu}[\p{L}\p{M}]+(?:-\p{Lu}[\p{L}\p{M}]+)?)")
        .expect("constant")
});

/// The legal form of a company, or of an association, behind its name.
static COMPANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?<name>(?:\p{Lu}[\p{L}\p{M}\d.’'-]*[ \x{a0}](?:(?:&|und|\+|für|der|des)[ \x{a0}])?){1,5})(?:g?GmbH|AG|KGaA|KG|SE|OHG|UG|eG|e\.[ \x{a0}]?V\.|e\.[ \x{a0}]?K\.|mbH)(?:[ \x{a0}]?&[ \x{a0}]Co\.?(?:[ \x{a0}](?:KGaA|KG|OHG))?)?")
        .expect("constant")
});
/// Words that are capitalised in front of a company's name and are no part of it.
#[rustfmt::skip]
const BEFORE_COMPANY: &[&str] = &[
    "Die", "Der", "Das", "Den", "Dem", "Des", "Eine", "Einer", "Ein", "Firma", "Firmen", "Unternehmen", "Konzern", "Konzerns", "Tochter",
    "Tochterfirma", "Tochtergesellschaft", "Mutter", "Muttergesellschaft", "Gesellschaft", "Hersteller", "Anbieter", "Betreiber", "Verein", "In", "Im", "Bei",
    "Beim", "Von", "Vom", "Für", "Mit", "Zur", "Zum", "Zu", "Als", "Auch", "Und", "Oder", "An", "Am", "Auf", "Aus", "Durch", "Nach", "Seit", "Unsere",
    "Unserer", "Ihre", "Seine", "Diese", "Dieser", "Jede", "Vorstand", "Chef", "Geschäftsführer", "Inhaber", "Sprecher",
];

/// First names by which a surname is known.
static FIRST_NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| sorted(include_str!("first_names.txt")));
/// Surnames that are German words as well.
static SURNAMES: LazyLock<Vec<&str>> = LazyLock::new(|| sorted(include_str!("surnames.txt")));

fn sorted(list: &'static str) -> Vec<&'static str> {
    let mut words: Vec<&str> = list.split_whitespace().collect();
    words.sort_unstable();
    words
}

/// Whether a word is a well-known first name.
pub(super) fn is_first_name(word: &str) -> bool {
    is_in(&FIRST_NAMES, word)
}

/// Words that stand between `Frau` or `Herr` and a name, or in its place.
pub(super) fn is_title(word: &str) -> bool {
    const TITLES: [&str; 37] = [
        "präsident",
        "minister",
        "kanzler",
        "kommissar",
        "direktor",
        "doktor",
        "professor",
        "vorsitzende",
        "vorsitzender",
        "abgeordnete",
        "abgeordneter",
        "kollege",
        "kollegin",
        "rat",
        "rätin",
        "meister",
        "lehrer",
        "pfarrer",
        "pastor",
        "general",
        "oberst",
        "leutnant",
        "hauptmann",
        "sekretär",
        "senator",
        "berichterstatter",
        "botschafter",
        "anwalt",
        "anwältin",
        "staatsanwalt",
        "ober",
        "gott",
        "graf",
        "gräfin",
        "vater",
        "mutter",
        "gemahl",
    ];
    let word = word.to_lowercase();
    let stem = word.strip_suffix("in").unwrap_or(&word);
    (TITLES.iter())
        .any(|title| stem.ends_with(title) || word.ends_with(title) || word == format!("{title}en"))
        && word != "graf"
}

/// The names in a text that must keep their letters, each as English has it. `knowledge` tells what the lexicon has of a
/// word.
pub(super) fn kept(
    text: &str,
    knowledge: &dyn Fn(&str) -> Knowledge,
) -> Vec<(Range<usize>, String)> {
    let stands_for_itself = |word: &str| knowledge(word) == Knowledge::Itself;
    let is_name = |word: &str| knowledge(word) != Knowledge::Word;
    let is_noun = |word: &str| !is_name(word) && !is_in(&FIRST_NAMES, word);
    let mut kept: Vec<(Range<usize>, String)> = Vec::new();
    let mut keep = |span: Range<usize>, written: String| {
        if !kept.iter().any(|(old, _)| overlap(old, &span)) {
            kept.push((span, written));
        }
    };
    let is_known =
        |word: &str| is_in(&FIRST_NAMES, word) || is_in(&SURNAMES, word) || is_name(word);
    let forms = [
        "GmbH", "mbH", "AG", "KG", "SE", "OHG", "UG", "eG", "e. V", "e.V", "e. K", "e.K",
    ];
    let may_have_companies = forms.iter().any(|form| text.contains(form));
    let companies = may_have_companies.then(|| COMPANY.captures_iter(text));
    for company in companies.into_iter().flatten() {
        let Some(name) = company.name("name") else {
            continue;
        };
        let words =
            words::spans(name.as_str()).filter(|word| !is_connective(&name.as_str()[word.clone()]));
        let behind = words
            .take_while(|word| BEFORE_COMPANY.contains(&&name.as_str()[word.clone()]))
            .last()
            .map_or(0, |word| word.end);
        let rest = &name.as_str()[behind..];
        if !rest.trim().is_empty() {
            let end = company.get_match().end();
            let start = name.end() - rest.trim_start().len();
            let goes_on = text[end..].starts_with(char::is_alphanumeric);
            if !goes_on {
                keep(start..end, text[start..end].to_owned());
            }
        }
    }
    if let Some(names) = GREETING
        .captures(text)
        .and_then(|found| found.name("names"))
        && names.as_str().split(' ').any(is_known)
    {
        keep(names.range(), names.as_str().to_owned());
    }
    for title in TITLED.find_iter(text) {
        let is_woman = title.as_str().starts_with("Frau") && is_described(&text[..title.start()]);
        let Some(found) = next(text, title.end()) else {
            continue;
        };
        let word = &text[found.word.clone()];
        // "Herr der Ringe", "Frau des Hauses": no name has an article alone.
        if ["der ", "den ", "dem "]
            .iter()
            .any(|article| text[found.start..].starts_with(article))
        {
            continue;
        }
        if is_in(&FIRST_NAMES, first_part(word)) && !is_woman {
            // Whatever stands behind the first names of who has a title is a surname.
            let mut last = found.word.end;
            let surname = loop {
                match behind(text, last) {
                    Some(more) if is_in(&FIRST_NAMES, first_part(&text[more.word.clone()])) => {
                        last = more.word.end;
                    }
                    more => break more,
                }
            };
            if let Some(surname) = surname {
                keep(
                    found.start..surname.word.end,
                    surname.written(text, found.start, &is_noun),
                );
                continue;
            }
        }
        if is_title(word) || is_woman && !is_name(word) && !is_in(&SURNAMES, word) {
            continue;
        }
        let start = match is_woman {
            true => found.word.start,
            false => found.start,
        };
        keep(start..found.word.end, found.written(text, start, &is_noun));
    }
    for word in capitalised(text) {
        let first = &text[word.clone()];
        if is_in(&FIRST_NAMES, first) {
            let mut at = word.end;
            // "Johann S. Bach", "Eva-Maria Koch", "Karl Heinz Koch".
            loop {
                let rest = &text[at..];
                let initial = rest.trim_start_matches([' ', '\u{a0}']);
                let mut letters = initial.chars();
                let is_initial =
                    letters.next().is_some_and(char::is_uppercase) && letters.next() == Some('.');
                if !is_initial || initial.len() == rest.len() {
                    break;
                }
                at = text.len() - letters.as_str().len();
            }
            let mut name: Option<Found> = None;
            for _ in 0..LONGEST_NAME {
                let Some(found) = behind(text, at) else {
                    break;
                };
                let surname = &text[found.word.clone()];
                let plain = surname.strip_suffix('s').unwrap_or(surname);
                let particles = text[found.start..found.word.start].split_whitespace();
                let is_surname = [surname, plain]
                    .iter()
                    .any(|word| is_in(&SURNAMES, word) || is_name(word))
                    || particles.count() > 1;
                if !is_surname && !is_in(&FIRST_NAMES, surname) {
                    break;
                }
                at = found.word.end;
                name = Some(found);
            }
            if let Some(found) = name {
                keep(
                    word.start..found.word.end,
                    found.written(text, word.start, &is_noun),
                );
            }
        }
        let is_apart = !text[..word.start].ends_with('-') && !text[word.end..].starts_with('-');
        if !first.is_ascii() && is_apart && stands_for_itself(first) {
            keep(word, first.to_owned());
        }
    }
    for found in INITIALS.captures_iter(text) {
        let surname = &found["surname"];
        if is_in(&SURNAMES, surname) || is_name(surname) {
            keep(found.get_match().range(), found[0].to_owned());
        }
    }
    kept
}

/// `Karl` of `Karl-Heinz`.
fn first_part(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

/// A word within the names of companies that is not capitalised.
fn is_connective(word: &str) -> bool {
    matches!(word, "&" | "und" | "+" | "für" | "der" | "des")
}

fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// Whether `Frau` behind this text is a woman, not a title: "eine Frau Anfang 30".
fn is_described(before: &str) -> bool {
    const BEFORE: [&str; 21] = [
        "die", "der", "eine", "einer", "keine", "jede", "jeder", "meine", "meiner", "seine",
        "seiner", "ihre", "ihrer", "und", "oder", "als", "wie", "von", "zur", "zu", "für",
    ];
    let word = before
        .trim_end()
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    let small = word.to_lowercase();
    BEFORE.contains(&small.as_str()) || ["junge", "jungen", "alte", "alten"].contains(&word)
}

/// The name behind a space.
fn behind(text: &str, at: usize) -> Option<Found> {
    let space = text[at..].chars().next()?;
    let is_space = matches!(space, ' ' | '\u{a0}');
    is_space.then(|| next(text, at + space.len_utf8()))?
}

/// Words behind a first name that are looked at.
const LONGEST_NAME: usize = 3;

/// A name at a place of a text.
struct Found {
    /// Where its particles begin.
    start: usize,
    word: Range<usize>,
    /// Whether an apostrophe behind it marks the genitive.
    apostrophe: bool,
}

/// The name that begins at a byte of a text, without particles.
fn next(text: &str, at: usize) -> Option<Found> {
    let found = NAME.captures(&text[at..])?;
    let name = found.name("name")?;
    let abbreviated = ["Dr", "Prof", "Dipl", "Ing", "Mag", "St", "Frhr"];
    let followed = text[at + name.end()..].starts_with('.') && abbreviated.contains(&name.as_str());
    (name.len() > 1 && !followed).then(|| Found {
        start: at,
        word: at + name.start()..at + name.end(),
        apostrophe: found.name("apostrophe").is_some(),
    })
}

impl Found {
    /// The name from a byte on in English: `Müller's` for `Müllers` in front of a noun.
    fn written(&self, text: &str, start: usize, is_noun: &dyn Fn(&str) -> bool) -> String {
        let name = &text[start..self.word.end];
        let rest = text[self.word.end..].strip_prefix([' ', '\u{a0}']);
        let owns = rest.is_some_and(|rest| {
            let end = rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len());
            rest.starts_with(char::is_uppercase) && is_noun(&rest[..end])
        });
        match name.strip_suffix('s') {
            Some(owner) if owns && !self.apostrophe && !owner.ends_with(['s', 'u', 'i']) => {
                format!("{owner}'s")
            }
            _ => name.to_owned(),
        }
    }
}

/// Capitalised words of letters.
pub(super) fn capitalised(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_letter = |c: char| c.is_alphabetic();
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(is_letter)?;
        let rest = &text[start..];
        from = start + rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        Some(start..from)
    })
    .filter(|word| text[word.clone()].starts_with(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_are_kept() {
        let known = [
            "Müller",
            "Böhm",
            "Günther",
            "Merkel",
            "Krüger",
            "Özdemir",
            "Lübbers",
            "Müllers",
            "Schäuble",
        ];
        let kept = |text: &str| -> String {
            let mut kept = kept(text, &|word| match known.contains(&word) {
                true => Knowledge::Itself,
                false => Knowledge::Word,
            });
            kept.sort_by_key(|found| found.0.start);
            kept.into_iter()
                .map(|found| found.1)
                .collect::<Vec<_>>()
                .join("|")
        };
        for (text, expected) in [
            ("Frau Müller wohnt hier.", "Müller"),
            ("Frau König wohnt hier.", "König"),
            (
                "Herr Koch, Frau Schneider und Dr. Müller",
                "Koch|Schneider|Müller",
            ),
            ("Frau Prof. Dr. Richter sprach.", "Richter"),
            ("Herrn Bauers Hund bellt.", "Bauer's"),
            ("Frau Peters wohnt hier.", "Peters"),
            ("Frau Sauer-Vogt", "Sauer-Vogt"),
            ("Herr von Stein kam.", "von Stein"),
            ("Herr Präsident, Frau Kommissarin, Frau Bundeskanzlerin", ""),
            ("eine Frau Anfang dreißig", ""),
            ("seine Frau Müller", "Müller"),
            ("Viele Grüße, Eva Sommer", "Eva Sommer"),
            ("Mit freundlichen Grüßen Dr. Karl König", "Dr. Karl König"),
            ("Herzliche Grüße Ihr Bauer", "Bauer"),
            ("Herzliche Grüße, Ihr Kundendienst", ""),
            ("Ihre Vorteile", ""),
            ("Gestern kam Peter Lang.", "Peter Lang"),
            ("Gestern sah Anna Geld.", ""),
            (
                "Angela Merkel und Wolfgang Schäuble",
                "Angela Merkel|Wolfgang Schäuble",
            ),
            ("Johann S. Wolf schrieb", "Johann S. Wolf"),
            ("Ursula von der Leyen traf", "Ursula von der Leyen"),
            ("Peter von Busch", "Peter von Busch"),
            ("Der Grüne Özdemir sprach.", "Özdemir"),
            ("Die Größe der Bäume", ""),
            ("bei Franks Familie und Freunden", ""),
            ("der 58-Müller", ""),
            ("Herr Hans Müller kam", "Hans Müller"),
            ("Eva Wolf wohnt hier", "Eva Wolf"),
            ("Karl Heinz Koch kam", "Karl Heinz Koch"),
            ("Frau Anna‘s", "Anna"),
            ("Als Frau Karriere machen", ""),
            ("Angela Merkels Rede", "Angela Merkel's"),
            ("Entschuldigt: H. Koch und M. S. Vogt", "H. Koch|M. S. Vogt"),
            ("Vitamin C. Der Arzt", ""),
            ("Der Herr der Ringe", ""),
            ("Mein Herr Vater", ""),
            ("Dr. Karl-Heinz Schär kam", "Karl-Heinz Schär"),
            (
                "Frau Prof. Dr. Eva Maria Knoblauch sprach",
                "Eva Maria Knoblauch",
            ),
            ("Herr Peter Müllers Haus", "Peter Müller's"),
            (
                "Die Muster Capital GmbH & Co. KG zahlt.",
                "Muster Capital GmbH & Co. KG",
            ),
            ("Die Firma Müller & Söhne GmbH sitzt", "Müller & Söhne GmbH"),
            ("Siemens AG", "Siemens AG"),
            (
                "Der Verein Hilfe für Kinder e. V. hilft",
                "Hilfe für Kinder e. V.",
            ),
            ("Die AG tagt", ""),
            ("Die GmbH und die AG", ""),
            ("Siemens AGs", ""),
        ] {
            assert_eq!(kept(text), expected, "{text}");
        }
    }
}
