//! What stands around the sentences of real documents and says nothing of them: letterheads, headers of mails, greetings,
//! banners, captions, times of a live blog.

/// Words of a greeting at most.
const LONGEST_GREETING: usize = 7;

#[rustfmt::skip]
const GREETINGS: [&str; 18] = [
    "hallo", "hi ", "moin", "liebe ", "lieber ", "sehr geehrte", "guten tag", "guten morgen", "guten abend", "mit freundlichen grüßen",
    "mit freundlichem gruß", "mit besten grüßen", "viele grüße", "beste grüße", "herzliche grüße", "freundliche grüße", "schöne grüße",
    "hochachtungsvoll",
];

/// Names before a colon, of headers and letterheads.
#[rustfmt::skip]
const NAMES: [&str; 38] = [
    "von", "an", "cc", "bcc", "betreff", "betr.", "datum", "gesendet", "from", "to", "subject", "date", "sent", "absender", "empfänger",
    "telefon", "tel", "tel.", "fax", "telefax", "mobil", "e-mail", "email", "internet", "web", "iban", "bic", "ust-idnr.", "steuernummer",
    "aktenzeichen", "az.", "kundennummer", "rechnungsnummer", "unser zeichen", "ihr zeichen", "ihre nachricht vom", "anlage", "anlagen",
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

/// Whether a sentence is of what stands around a text.
pub fn is_frame(sentence: &str) -> bool {
    let lower = sentence.trim().to_lowercase();
    let begins = |beginnings: &[&str]| {
        beginnings
            .iter()
            .any(|beginning| lower.starts_with(beginning))
    };
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let words = lower.split_whitespace().count();
    let is_header = lower.split_once(':').is_some_and(|(name, value)| {
        NAMES.contains(&name.trim()) && !value.trim_end().ends_with(['.', '!', '?'])
    });
    let is_answer = lower.starts_with("am ") && lower.ends_with(':') && lower.contains(" schrieb ");
    (begins(&GREETINGS) && words <= LONGEST_GREETING)
        || begins(&CAPTIONS)
        || is_header
        || is_answer
        || is_time(&lower)
        || has(&BANNERS)
        || (lower.contains("cookie") && has(&COOKIES))
}

/// Whether a text is the time of an entry: `14:30`, `14.30 Uhr`, `+++ 9:05 Uhr +++`.
fn is_time(text: &str) -> bool {
    let is_word = |word: &str| {
        matches!(word, "uhr" | "+++" | "|" | "-" | "–")
            || word
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b":.".contains(&byte))
    };
    text.contains(|c: char| c.is_ascii_digit()) && text.split_whitespace().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::is_frame;

    #[test]
    fn frames_are_told_from_what_they_hold() {
        for text in [
            "Hallo Jan,",
            "Sehr geehrte Damen und Herren,",
            "Mit freundlichen Grüßen",
            "Von: Eva Sommer <eva@beispiel.de>",
            "Betreff: AW: Termin am 12. März",
            "Am 10.03.2024 um 18:22 schrieb Jan Winter:",
            "14:30 Uhr",
            "Foto: Kai Herbst/dpa",
            "Diese Website verwendet Cookies, um Inhalte zu personalisieren.",
            "© 2024 Verlag, alle Rechte vorbehalten.",
            "Tel.: 030 / 123 45 67",
        ] {
            assert!(is_frame(text), "{text}");
        }
        for text in [
            "Der Bund hat ein Gesetz gegen Cookies beschlossen.",
            "Liebe Leser haben uns geschrieben, dass sie mehr Platz wollen.",
            "Um 14:30 Uhr begann die Sitzung.",
            "Datum: Das steht noch nicht fest.",
            "Am Montag schrieb der Minister einen Brief.",
            "Die Stadt baut eine neue Brücke.",
            "",
        ] {
            assert!(!is_frame(text), "{text}");
        }
    }
}
