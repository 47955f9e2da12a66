//! German abbreviations that a small network does not know are written in full before it.
//!
//! Those that it knows (`z. B.`, `d. h.`, `ca.`, `bzw.`, `usw.`) stay, as do those that mean different things.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Abbreviations, and what they stand for. A space may be missing, or be one that does not break.
#[rustfmt::skip]
const FULL: &[(&str, &str)] = &[
    // Of several words.
    ("u. a.", "unter anderem"), ("z. T.", "zum Teil"), ("z. Zt.", "zurzeit"), ("z. Z.", "zurzeit"),
    ("i. d. R.", "in der Regel"), ("i. A.", "im Auftrag"), ("i. V.", "in Vertretung"), ("i. Allg.", "im Allgemeinen"),
    ("i. S. v.", "im Sinne von"), ("i. S. d.", "im Sinne des"), ("i. H. v.", "in Höhe von"), ("i. B.", "im Besonderen"),
    ("o. g.", "oben genannten"), ("o. ä.", "oder Ähnliches"), ("o. Ä.", "oder Ähnliches"), ("u. ä.", "und Ähnliches"), ("u. Ä.", "und Ähnliches"),
    ("s. o.", "siehe oben"), ("s. u.", "siehe unten"), ("u. U.", "unter Umständen"), ("u. v. m.", "und vieles mehr"),
    ("u. v. a.", "und viele andere"), ("v. a.", "vor allem"), ("m. E.", "meines Erachtens"), ("m. W.", "meines Wissens"),
    ("k. A.", "keine Angabe"), ("z. Hd.", "zu Händen"), ("d. J.", "dieses Jahres"), ("d. M.", "dieses Monats"),
    ("p. a.", "pro Jahr"), ("p. P.", "pro Person"), ("Anm. d. Red.", "Anmerkung der Redaktion"), ("lfd. Nr.", "laufende Nummer"),
    ("hrsg. v.", "herausgegeben von"), ("hrsg. von", "herausgegeben von"), ("s. S.", "siehe Seite"),
    // Of one word.
    ("Abb.", "Abbildung"), ("Abt.", "Abteilung"), ("abzgl.", "minus"), ("allg.", "allgemein"), ("Anm.", "Anmerkung"),
    ("Anz.", "Anzahl"), ("Aufl.", "Auflage"), ("Ausg.", "Ausgabe"), ("ausschl.", "ausschließlich"), ("Bd.", "Band"),
    ("bes.", "besonders"), ("Best.-Nr.", "Bestellnummer"), ("betr.", "betreffend"), ("Bhf.", "Bahnhof"), ("bspw.", "beispielsweise"),
    ("bzgl.", "bezüglich"), ("dt.", "deutsch"), ("ehem.", "ehemalig"), ("einschl.", "einschließlich"), ("engl.", "englisch"),
    ("entspr.", "entsprechend"), ("evtl.", "eventuell"), ("exkl.", "ohne"), ("Fa.", "Firma"), ("Fam.", "Familie"),
    ("frz.", "französisch"), ("gem.", "gemäß"), ("gest.", "gestorben"), ("ggf.", "gegebenenfalls"), ("ggü.", "gegenüber"),
    ("Hbf.", "Hauptbahnhof"), ("Hrsg.", "Herausgeber"), ("inkl.", "einschließlich"), ("insb.", "insbesondere"), ("insbes.", "insbesondere"),
    ("jew.", "jeweils"), ("Jg.", "Jahrgang"), ("Jh.", "Jahrhundert"), ("Jhd.", "Jahrhundert"), ("Jhdt.", "Jahrhundert"),
    ("Kap.", "Kapitel"), ("Kd.-Nr.", "Kundennummer"), ("lfd.", "laufend"), ("lt.", "laut"), ("max.", "maximal"), ("mind.", "mindestens"),
    ("MwSt.", "Mehrwertsteuer"), ("Pkt.", "Punkte"), ("Sek.", "Sekunden"), ("sog.", "sogenannt"), ("Std.", "Stunden"), ("Stk.", "Stück"),
    ("Tab.", "Tabelle"), ("Tel.-Nr.", "Telefonnummer"), ("tgl.", "täglich"), ("Tsd.", "Tausend"), ("ugs.", "umgangssprachlich"),
    ("USt.", "Umsatzsteuer"), ("verh.", "verheiratet"), ("versch.", "verschieden"), ("vgl.", "vergleiche"), ("wg.", "wegen"),
    ("zus.", "zusammen"), ("zzgl.", "plus"),
];

/// Adjectives among them, which have the ending of a plural before a noun.
const ADJECTIVES: [&str; 9] = [
    "dt.", "engl.", "frz.", "allg.", "entspr.", "lfd.", "sog.", "versch.", "ehem.",
];

/// Days of the week, which are abbreviated where there are two of them.
const DAYS: [(&str, &str); 7] = [
    ("Mo", "Montag"),
    ("Di", "Dienstag"),
    ("Mi", "Mittwoch"),
    ("Do", "Donnerstag"),
    ("Fr", "Freitag"),
    ("Sa", "Samstag"),
    ("So", "Sonntag"),
];

static BY_NAME: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    FULL.iter()
        .map(|&(short, full)| (without_spaces(short), full))
        .collect()
});

static ANY: LazyLock<Regex> = LazyLock::new(|| {
    let mut names: Vec<String> = (FULL.iter())
        .map(|(short, _)| regex::escape(short).replace(' ', r"[ \x{a0}\x{202f}]?"))
        .collect();
    // The longest that fits.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let pattern = format!(r"(?:^|[\s(\[/„“»«\x22'–-])(?<short>{})", names.join("|"));
    Regex::new(&pattern).expect("the names are constant")
});

static TWO_DAYS: LazyLock<Regex> = LazyLock::new(|| {
    let day = "Mo|Di|Mi|Do|Fr|Sa|So";
    Regex::new(&format!(
        r"\b(?<first>{day})\b\.?(?<join>[ \x{{a0}}]?(?:[–—-]|bis|und|u\.|\+|/|,)[ \x{{a0}}]?)(?<last>{day})\b(?<dot>\.?)"
    ))
    .expect("constant")
});

/// `geb.` in front of a name or of anything else.
static BORN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?<short>geb\.)(?<name> \p{Lu}\p{L}+)?").expect("constant"));

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The abbreviations of a text with their full forms, in order. One that ends the text leaves its full stop.
pub(super) fn abbreviations(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    if text.contains('.') {
        for short in ANY
            .captures_iter(text)
            .filter_map(|found| found.name("short"))
        {
            let (span, short) = (short.range(), short.as_str());
            let rest = &text[span.end..];
            // "max.de", "Abb.zahl": a part of something else.
            if rest.starts_with(|c: char| c.is_alphanumeric()) {
                continue;
            }
            let Some(full) = BY_NAME.get(&without_spaces(short)) else {
                continue;
            };
            let is_before_noun = rest.trim_start().starts_with(char::is_uppercase);
            let ending = match ADJECTIVES.contains(&short) && is_before_noun {
                true => "e",
                false => "",
            };
            let stop = if rest.is_empty() && span.start > 0 {
                "."
            } else {
                ""
            };
            found.push((span, format!("{full}{ending}{stop}")));
        }
        for born in BORN.captures_iter(text) {
            let full = match born.name("name") {
                Some(_) => "geborene",
                None => "geboren",
            };
            if let Some(short) = born.name("short") {
                found.push((short.range(), full.to_owned()));
            }
        }
    }
    for days in TWO_DAYS.captures_iter(text) {
        let full = |name: &str| {
            DAYS.iter()
                .find(|(short, _)| *short == &days[name])
                .map(|(_, full)| *full)
        };
        let (Some(whole), Some(first), Some(last)) = (days.get(0), full("first"), full("last"))
        else {
            continue;
        };
        let join = match days["join"].trim() {
            "–" | "—" | "-" | "bis" => " bis ",
            "," | "/" => ", ",
            _ => " und ",
        };
        let stop = match whole.end() == text.len() && whole.start() > 0 {
            true => &days["dot"],
            false => "",
        };
        found.push((whole.range(), format!("{first}{join}{last}{stop}")));
    }
    found.sort_by_key(|(span, _)| span.start);
    found.dedup_by(|next, before| next.0.start < before.0.end);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_written_in_full() {
        for (text, expected) in [
            (
                "Siehe Abb. 4 und Tab. 3.",
                "Siehe Abbildung 4 und Tabelle 3.",
            ),
            (
                "Das ist u.a. hier, ggf. auch dort.",
                "Das ist unter anderem hier, gegebenenfalls auch dort.",
            ),
            ("Preis inkl. MwSt.", "Preis einschließlich Mehrwertsteuer."),
            ("k. A.", "keine Angabe"),
            (
                "sog. Helden und dt. Städte",
                "sogenannte Helden und deutsche Städte",
            ),
            ("der ehem. Chef", "der ehemalige Chef"),
            (
                "Mo.–Fr. 9–17 Uhr, Sa + So zu",
                "Montag bis Freitag 9–17 Uhr, Samstag und Sonntag zu",
            ),
            (
                "Eva Weber, geb. Koch, geb. 1960",
                "Eva Weber, geborene Koch, geboren 1960",
            ),
            ("im 19. Jh. entstanden", "im 19. Jahrhundert entstanden"),
        ] {
            let mut written = text.to_owned();
            for (span, full) in abbreviations(text).into_iter().rev() {
                written.replace_range(span, &full);
            }
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "Die Stadt baut z. B. eine Brücke.",
            "max.de ist eine Seite.",
            "So ist es. Di mi.",
            "Die Fa ist da. Wir sind im Band.",
        ] {
            assert_eq!(abbreviations(text), [], "{text}");
        }
    }
}
