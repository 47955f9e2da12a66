//! What a sentence around a text looks like, seen by itself.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::document::is_date;
use crate::segment::Fixed;
use crate::translate::Source;

/// Words of a greeting at most.
const LONGEST_GREETING: usize = 7;

/// Words of a line with a name, a street or a town at most.
const LONGEST_NAME: usize = 9;

const SALUTATIONS: [&str; 10] = [
    "hallo",
    "hi ",
    "moin",
    "liebe ",
    "lieber ",
    "liebes ",
    "sehr geehrte",
    "guten tag",
    "guten morgen",
    "guten abend",
];

#[rustfmt::skip]
const CLOSINGS: [&str; 21] = [
    "mit freundlichen grüßen", "mit freundlichem gruß", "mit freundlichen grüssen", "mit besten grüßen", "mit herzlichen grüßen",
    "mit herzlichem gruß", "mit vielen grüßen", "viele grüße", "viele liebe grüße", "liebe grüße", "beste grüße", "herzliche grüße",
    "herzlichst", "freundliche grüße", "schöne grüße", "hochachtungsvoll", "gruß", "grüße", "mfg", "lg", "vg",
];

/// Names before the subject of a letter.
const SUBJECTS: [&str; 5] = ["betreff", "betr.", "betrifft", "subject", "betreffend"];

/// Signs of answers before a subject.
const ANSWERS: [&str; 5] = ["AW:", "Aw:", "Re:", "RE:", "WG:"];

/// Names before a colon, of headers, letterheads and fields of forms.
#[rustfmt::skip]
const NAMES: [&str; 96] = [
    "von", "an", "cc", "bcc", "kopie", "datum", "gesendet", "from", "to", "date", "sent", "absender", "absenderin", "empfänger",
    "antwort an", "telefon", "tel", "tel.", "fax", "telefax", "mobil", "handy", "e-mail", "email", "mail", "internet", "web", "homepage",
    "iban", "bic", "bank", "konto", "kontonummer", "bankverbindung", "ust-idnr.", "ust-id", "steuernummer", "handelsregister",
    "registergericht", "aktenzeichen", "az.", "az", "gz.", "geschäftszeichen", "kassenzeichen", "kundennummer", "kunden-nr.",
    "vertragsnummer", "rechnungsnummer", "rechnung nr.", "unser zeichen", "ihr zeichen", "ihre nachricht vom", "unsere nachricht vom",
    "ihr schreiben vom", "anlage", "anlagen", "verteiler", "bearbeiter", "bearbeiterin", "sachbearbeiter", "sachbearbeiterin",
    "ansprechpartner", "ansprechpartnerin", "auskunft erteilt", "durchwahl", "zimmer", "geschäftsführer", "geschäftsführerin", "vorstand",
    "name", "vorname", "nachname", "familienname", "geburtsname", "geburtsdatum", "geburtsort", "anschrift", "adresse", "straße",
    "hausnummer", "plz", "wohnort", "staatsangehörigkeit", "familienstand", "unterschrift",
    "anwesend", "entschuldigt", "teilnehmer", "teilnehmerinnen", "ort", "zeit", "uhrzeit", "beginn", "ende", "protokoll",
];

/// Beginnings of captions.
const CAPTIONS: [&str; 7] = [
    "foto:",
    "fotos:",
    "bild:",
    "grafik:",
    "video:",
    "symbolbild",
    "©",
];

/// Parts of sentences that pages have around their texts.
#[rustfmt::skip]
const BANNERS: [&str; 18] = [
    "alle rechte vorbehalten", "newsletter abonnieren", "zum newsletter", "nach oben scrollen", "zum seitenanfang", "mehr zum thema",
    "lesen sie auch", "lesen sie hier", "artikel teilen", "auf facebook teilen", "per e-mail teilen", "jetzt registrieren",
    "jetzt anmelden", "bitte aktivieren sie javascript", "kommentare anzeigen", "kommentar schreiben", "werbung schließen",
    "zum hauptinhalt springen",
];

/// What a banner about cookies says besides.
#[rustfmt::skip]
const COOKIES: [&str; 8] = [
    "wir verwenden", "wir nutzen", "diese website", "diese webseite", "diese seite", "akzeptieren", "einwillig", "zustimm",
];

/// What stands above the name of who is written to.
#[rustfmt::skip]
const RECIPIENTS: [&str; 14] = [
    "herr", "herrn", "frau", "familie", "eheleute", "firma", "an", "an das", "an den", "an die", "z. hd.", "z.hd.", "einschreiben",
    "per e-mail",
];

/// Names of who writes letters and forms.
#[rustfmt::skip]
const OFFICES: [&str; 27] = [
    "landratsamt", "finanzamt", "amtsgericht", "landgericht", "sozialgericht", "jobcenter", "agentur für arbeit", "bundesagentur",
    "bundesamt", "landesamt", "bürgeramt", "standesamt", "ordnungsamt", "einwohnermeldeamt", "ausländerbehörde", "stadtverwaltung",
    "gemeindeverwaltung", "kreisverwaltung", "bezirksamt", "stadt ", "gemeinde ", "kanzlei", "rechtsanwält", "arztpraxis", "praxis ",
    "stadtwerke", "sparkasse",
];

/// Last words of the names of companies and clubs.
const LEGAL_FORMS: [&str; 11] = [
    "gmbh", "mbh", "ag", "kg", "e.v.", "e. v.", "ohg", "gbr", "eg", "ug", "se",
];

/// Small words within names.
const PARTICLES: [&str; 14] = [
    "und", "für", "der", "die", "des", "von", "zu", "zur", "am", "an", "im", "in", "bei", "vom",
];

/// What is counted where a number of five digits is no postcode.
#[rustfmt::skip]
const COUNTED: [&str; 13] = [
    "euro", "mark", "dollar", "franken", "menschen", "besucher", "einwohner", "zuschauer", "meter", "kilometer", "tonnen", "jahre",
    "teilnehmer",
];

static STREET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:\p{Lu}[\p{L}. /-]*)?(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Gg]asse|[Rr]ing|[Dd]amm|[Uu]fer|[Cc]haussee",
        r"|[Hh]of|[Mm]arkt|[Gg]raben|[Ss]tieg|[Bb]erg|[Pp]ostfach)\s\d+(?:\s?\d+)*\s?[a-z]?(?:\s?[-–/+]\s?\d+\s?[a-z]?)?$"
    ))
    .expect("the pattern is constant")
});

static TOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:D|DE)[- ])?\d{5}\s(?<town>\p{Lu}[\p{L}.() /-]*)$|^(?:A|AT|CH)[- ]\d{4}\s\p{Lu}|^\d{4}\s(?<small>\p{Lu}[\p{L}-]+)$")
        .expect("the pattern is constant")
});

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\++|\[|\()?\s*(?:um\s)?\d{1,2}[:.]\d{2}(?:\sUhr)?(?:\s*(?:\++|\]|\)))?(?:\s*[:|–—-]\s|\s*$|\s*:\s*$|\]\s|\)\s)")
        .expect("the pattern is constant")
});

/// Whether a sentence is of what stands around a text, seen by itself.
pub(super) fn is_frame(sentence: &str) -> bool {
    let lower = sentence.trim().to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    is_salutation(sentence)
        || is_closing(sentence)
        || CAPTIONS.iter().any(|caption| lower.starts_with(caption))
        || is_header(sentence)
        || is_answer(sentence)
        || is_time(sentence)
        || is_date_line(sentence)
        || is_address(sentence)
        || has(&BANNERS)
        || (lower.contains("cookie") && has(&COOKIES))
}

/// Whether a text says something: it has some words, and an end.
pub(super) fn is_sentence(text: &str) -> bool {
    /// Words of what is no label and no name.
    const FEWEST: usize = 4;
    let text = text.trim_end_matches(['“', '”', '"', '»', '«', ')']);
    text.ends_with(['.', '!', '?', '…'])
        && text.split_whitespace().count() >= FEWEST
        && !is_salutation(text)
        && !is_closing(text)
        && !is_sender(text)
}

pub(super) fn is_salutation(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_lowercase();
    let Some(greeting) = SALUTATIONS.iter().find(|one| lower.starts_with(**one)) else {
        return false;
    };
    // Love is no greeting, nor is what somebody would rather do.
    let greets = match *greeting {
        "liebe " | "lieber " | "liebes " => text[greeting.len()..].starts_with(char::is_uppercase),
        _ => true,
    };
    let words = text.split_whitespace().count();
    let is_short = words <= LONGEST_GREETING && !text.ends_with(['.', '?', ':']);
    greets && (is_short || words <= 2)
}

pub(super) fn is_closing(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let is_begun = |closing: &str| {
        lower
            .strip_prefix(closing)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    CLOSINGS.iter().any(|closing| is_begun(closing))
        && lower.split_whitespace().count() <= LONGEST_GREETING
}

/// Whether a text is a name, a colon and a value that is no sentence: a header of a mail, a line of a letterhead.
pub(super) fn is_header(text: &str) -> bool {
    let Some((name, value)) = text.split_once(':') else {
        return false;
    };
    let name = name.trim().to_lowercase();
    let is_name = NAMES.contains(&name.as_str()) || SUBJECTS.contains(&name.as_str());
    let value = value.trim_end();
    let is_sentence = value.ends_with(['.', '!', '?']) && value.split_whitespace().count() > 2;
    is_name && !is_sentence
}

/// Whether a text is a field of a form: a name, and behind its colon nothing or a value.
pub(super) fn is_field(text: &str) -> bool {
    let text = text.trim_end_matches(['_', '.', '…', ' ', '\t']);
    is_header(text) || (text.ends_with(':') && text.split_whitespace().count() <= 4)
}

/// Whether a text introduces a mail that is answered.
pub(super) fn is_answer(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    lower.starts_with("am ") && lower.ends_with(':') && lower.contains(" schrieb ")
}

/// Whether a text is the time of an entry, with or without the entry's title: `14:30`, `+++ 9:05 Uhr: Es regnet +++`.
pub(super) fn is_time(text: &str) -> bool {
    let text = text.trim();
    TIME.is_match(text) && !text.ends_with(['.', '!', '?'])
}

/// Whether a text is a date, with or without the town where it was written: `Ulm, den 3. Mai 2024`.
pub(super) fn is_date_line(text: &str) -> bool {
    let text = text.trim();
    let date = match text.split_once(", ") {
        Some((town, date)) if town.split_whitespace().count() <= 3 && is_name(town) => date,
        _ => text,
    };
    let begins = |word| date.strip_prefix(word);
    let date = (begins("den ").or_else(|| begins("im "))).unwrap_or(date);
    is_date(text) || is_date(date)
}

/// Whether a text is a line of an address, or a whole one in one line.
pub(super) fn is_address(text: &str) -> bool {
    let is_town = |part: &str| {
        TOWN.captures(part).is_some_and(|found| {
            let town =
                (found.name("town").or(found.name("small"))).map_or("", |town| town.as_str());
            let first = town.split(' ').next().unwrap_or_default().to_lowercase();
            let is_year = found.name("small").is_some()
                && part
                    .split(' ')
                    .next()
                    .is_some_and(|year| ("1800".."2100").contains(&year));
            !COUNTED.contains(&first.as_str()) && !is_year && (town.is_empty() || is_name(town))
        })
    };
    text.split_whitespace().count() <= 2 * LONGEST_NAME
        && !text.ends_with(['.', '!', '?'])
        && (text.split([',', '·', '•', '|', '–', '*']).map(str::trim))
            .any(|part| STREET.is_match(part) || is_town(part))
}

/// Whether the lines below a text say who is written to.
pub(super) fn is_recipient(text: &str) -> bool {
    RECIPIENTS.contains(&text.trim().to_lowercase().as_str())
}

/// Whether a text above a greeting says who is written to: `Frau Eva Winter`.
pub(super) fn is_addressee(text: &str) -> bool {
    let lower = text.to_lowercase();
    let is_begun = |name: &str| {
        lower
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(' '))
    };
    RECIPIENTS.iter().any(|name| is_begun(name)) && is_name(text)
}

/// Whether a text is called as an office, a company or a club is.
pub(super) fn is_sender(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let is_office = OFFICES.iter().any(|office| lower.starts_with(office));
    let is_company = LEGAL_FORMS.iter().any(|form| {
        lower
            .strip_suffix(form)
            .is_some_and(|name| name.ends_with([' ', '-']))
    });
    (is_office || is_company) && is_name(text)
}

/// Whether a text could be a name: few words, each with a capital but for small ones.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim_end_matches(" e.V.").trim_end_matches(" e. V.");
    let is_of_name =
        |word: &str| !word.starts_with(char::is_lowercase) || PARTICLES.contains(&word);
    !text.ends_with(['.', '!', '?', ':', ','])
        && text.split_whitespace().count() <= LONGEST_NAME
        && text.split_whitespace().all(is_of_name)
}

/// Bytes of the name before a subject, and of signs of answers behind it; 0 if the sentence is no subject.
pub fn subject_label(sentence: &str) -> usize {
    let Some((name, rest)) = sentence.split_once(':') else {
        return 0;
    };
    if !SUBJECTS.contains(&name.trim().to_lowercase().as_str()) {
        return 0;
    }
    let mut rest = rest.trim_start();
    while let Some(sign) = ANSWERS.iter().find(|sign| rest.starts_with(**sign)) {
        rest = rest[sign.len()..].trim_start();
    }
    match rest.contains(char::is_alphabetic) {
        true => sentence.len() - rest.len(),
        false => 0,
    }
}

/// The title of a letter: its subject without the label.
pub fn without_label(subject: &Source<'_>) -> Source<'static> {
    let cut = subject_label(&subject.text);
    let fixed = subject.fixed.iter().filter(|fixed| fixed.span.start >= cut);
    let moved = |fixed: &Fixed| Fixed {
        span: fixed.span.start - cut..fixed.span.end - cut,
        ..fixed.clone()
    };
    Source {
        text: Cow::Owned(subject.text[cut..].to_owned()),
        fixed: fixed.map(moved).collect(),
        is_foreign: subject.is_foreign,
        example: subject.example.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_what_they_hold() {
        for text in [
            "Hallo Jan,",
            "Sehr geehrte Damen und Herren,",
            "Liebe Eltern!",
            "Mit freundlichen Grüßen",
            "Viele Grüße aus Köln",
            "Von: Eva Sommer <eva@beispiel.de>",
            "Betreff: AW: Termin am 12. März",
            "Am 10.03.2024 um 18:22 schrieb Jan Winter:",
            "14:30 Uhr",
            "+++ 18:45 Uhr: Bahnverkehr im Norden eingestellt +++",
            "9.05 Uhr – Erste Bäume umgestürzt",
            "Foto: Kai Herbst/dpa",
            "Diese Website verwendet Cookies, um Inhalte zu personalisieren.",
            "© 2024 Verlag, alle Rechte vorbehalten.",
            "Tel.: 030 / 123 45 67",
            "Ulm, den 3. Mai 2024",
            "Bad Homburg, 03.05.2024",
            "Montag, 3. Mai 2024, 14:30 Uhr",
            "Hauptstraße 5",
            "Am Alten Markt 12 a",
            "12345 Berlin",
            "CH-8001 Zürich",
            "Postfach 12 34 56",
            "Müller GmbH · Lange Str. 7 · 89073 Ulm",
            "Geburtsdatum: 3.5.1980",
            "Sachbearbeiterin: Frau Winter",
        ] {
            assert!(is_frame(text), "{text}");
        }
        for text in [
            "Der Bund hat ein Gesetz gegen Cookies beschlossen.",
            "Liebe Leser haben uns geschrieben, dass sie mehr Platz wollen.",
            "Liebe geht durch den Magen.",
            "Liebe auf den ersten Blick",
            "Lieber spät als nie",
            "Hallo, ist da jemand?",
            "Um 14:30 Uhr begann die Sitzung.",
            "18:45 Uhr: Die Bahn hat den Verkehr eingestellt.",
            "Datum: Das steht noch nicht fest.",
            "Am Montag schrieb der Minister einen Brief.",
            "Die Stadt baut eine neue Brücke.",
            "Am 3. Mai 2024 wurde sie eröffnet.",
            "Köln, 3. Mai: Viele kamen.",
            "20000 Euro Schaden bei Brand",
            "10000 Menschen demonstrieren in Berlin",
            "2024 Rekordjahr",
            "Gasthof zum Grünen Baum",
            "Das Haus steht in der Hauptstraße 5.",
            "",
        ] {
            assert!(!is_frame(text), "{text}");
        }
    }

    #[test]
    fn labels_of_subjects_are_measured() {
        for (text, left) in [
            ("Betreff: Kündigung", "Kündigung"),
            ("Betr.: AW: Re: Termin", "Termin"),
            ("Betreff: 12", "Betreff: 12"),
            ("Der Betreff: nichts", "Der Betreff: nichts"),
            ("Betreff", "Betreff"),
        ] {
            assert_eq!(&text[subject_label(text)..], left);
        }
    }
}
