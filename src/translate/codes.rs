//! Codes: what a reader would copy rather than translate, such as addresses, template marks, account and serial numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A kind of code.
struct Code {
    /// Regular expression; of two that match at a place the first row counts.
    pattern: &'static str,
    /// Whether the pattern may match punctuation of the sentence behind a code too.
    open: bool,
    /// Whether a match, between the text before and after it, is a code beyond doubt.
    check: Check,
    /// Some codes of this kind.
    #[cfg_attr(not(test), allow(dead_code))]
    examples: &'static [&'static str],
}

/// Looks at a match and at the text before and after it.
type Check = fn(&str, &str, &str) -> bool;

const fn code(pattern: &'static str, examples: &'static [&'static str]) -> Code {
    Code {
        pattern,
        open: false,
        check: |_, _, _| true,
        examples,
    }
}

const fn open(pattern: &'static str, examples: &'static [&'static str]) -> Code {
    Code {
        open: true,
        ..code(pattern, examples)
    }
}

const fn checked(pattern: &'static str, check: Check, examples: &'static [&'static str]) -> Code {
    Code {
        check,
        ..code(pattern, examples)
    }
}

/// All kinds.
const CODES: &[Code] = &[
    // Bytes that were no text, and private characters, which would be taken for placeholders.
    code(r"\x{FFFD}+", &["\u{fffd}\u{fffd}"]),
    code(r"[\x{E000}-\x{F8FF}]+", &["\u{e000}"]),
    // Addresses.
    open(
        r"(?:https?|ftp)://[^\s<>»«„“”\x22]+",
        &["https://www.beispiel.de/a?b=1", "ftp://a.b/c"],
    ),
    open(r"\bwww\.[^\s<>»«„“”\x22]+", &["www.beispiel.de"]),
    code(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", &["info@beispiel.de"]),
    open(
        r"\b[A-Za-z]:\\[^\s\x22<>»«„“”]+",
        &[r"C:\Windows\system.ini"],
    ),
    Code {
        check: is_path,
        ..open(
            r"(?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]+)+/?",
            &["/usr/bin/env", "~/a/b", "../a/b.c"],
        )
    },
    // Marks of templates and messages.
    code(
        r"\{\w+, *(?:plural|select|selectordinal|number|date|time)\b[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}",
        &[
            "{n, plural, one {# Tag} other {# Tage}}",
            "{n, plural, =0 {kein {farbe} Tag} other {{n} Tage}}",
            "{d, date}",
        ],
    ),
    code(
        r"<%.*?%>|\{%.*?%\}|\{\{.*?\}\}|\[\[[^\[\]]+\]\]|⟦\w+⟧",
        &[
            "<%= name %>",
            "{% if x %}",
            "{{ name }}",
            "{{name}}",
            "[[name]]",
            "⟦1⟧",
        ],
    ),
    code(
        r"[#@$%]\{[^{}\s]+\}|\$[A-Za-z_]\w*|\{[^{}]*\}",
        &[
            "#{name}",
            "@{name}",
            "${name}",
            "%{name}",
            "$HOME",
            "{name}",
            "{0}",
            "{Ort: Zeit}",
        ],
    ),
    code(
        r"%\(\w+\)[sdifr]|%(?:\d+\$)?[-+#0 ]?\d*(?:\.\d+)?[sdiufxXcg%]\b|%[sdi@]",
        &["%(name)s", "%s", "%1$s", "%5.2f"],
    ),
    code(
        r"</?[A-Za-z][^<>]*>|</?\d+/?>",
        &["<b>", "</span>", "<0>", "<br/>"],
    ),
    code(r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);", &["&nbsp;", "&#39;"]),
    code(
        r"\\[nrt]|\B:[a-z][a-z0-9_+-]+:\B|\b__\w+__\b",
        &[r"\n", ":smile:", "__name__"],
    ),
    open(
        r"%[A-Z_]{3,}%(?:\\[\w.\\-]+)?|\\\\[\w.$-]+(?:\\[\w.$-]+)+",
        &[r"%APPDATA%\Notizen", r"\\server\ablage"],
    ),
    // Fields of form letters, which are not quoted words.
    checked(
        r"«[A-Za-zÄÖÜäöüß]+»|«\w*_\w*»",
        is_merge_field,
        &["«Name»", "«Kunden_Nr»"],
    ),
    // Program text.
    code(
        r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP)\b[^„“»«]*;|\b(?:if|for|while) \([^()]*\) ?\{.*\}",
        &["SELECT * FROM t WHERE a = 'b';", "if (x > 5) { return; }"],
    ),
    open(
        r"\^[^\s^]+\$|\b(?:[A-Za-z_]\w*\.)+\w+\([^()\s]*\)",
        &[r"^[a-z]+\d{2,4}$", "com.beispiel.App.main(App.java:42)"],
    ),
    code(
        r"\b(?:[A-Z][a-z0-9]+){3,}\b|\b[a-z]+(?:[A-Z][a-z0-9]+){2,}\b",
        &["NullPointerException", "getUserName"],
    ),
    code(r"\bC\+\+|\b[CF]#", &["C++", "C#"]),
    code(r"`[^`]+`", &["`a b`"]),
    code(r"\b\w+(?:::\w+)+(?:\(\))?", &["std::fs::read"]),
    code(r"\b\w*[A-Za-z]\w*\(\)", &["main()", "foo_bar()"]),
    code(
        r"\b[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+\b",
        &["snake_case", "MAX_2"],
    ),
    Code {
        check: is_option,
        ..open(
            r"\B--?[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:=\S+)?\b",
            &["--dry-run", "-x", "--a=b", "-name"],
        )
    },
    open(
        r"\b[\w-]+\.(?:txt|md|html?|xml|json|csv|pdf|docx?|xlsx?|png|jpe?g|gif|zip|gz|exe|ini|conf|cfg|log|py|rs|js|java|cpp|sh|ya?ml|toml|sql|de|com|org|net|eu|io|at|ch)\b(?:/[^\s<>»«„“”\x22]*)?",
        &["config.ini", "beispiel.de/a"],
    ),
    code(r"[#@][A-Za-z_]\w+", &["#hashtag", "@name"]),
    // Numbers of devices, accounts, companies, books, people.
    code(
        r"\b\d+-\d+/[A-Z]{1,3}\b|\b\d{2,4}/\d{3}/\d{4,5}\b",
        &["4711-0815/AB", "12/345/67890"],
    ),
    code(
        r"\b(?:[0-9A-Fa-f]{1,4}:){3,}[0-9A-Fa-f]{1,4}\b",
        &["00:1b:44:11:3a:b7", "2001:db8:0:1:1"],
    ),
    code(
        r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
        &["123e4567-e89b-12d3-a456-426614174000"],
    ),
    code(
        r"\b[A-Z]{2}\d{2}(?:[  \x{a0}]?[0-9A-Z]{4}){3,7}(?:[  \x{a0}]?[0-9A-Z]{1,3})?\b",
        &["DE12 3456 7890 1234 5678 90", "DE12345678901234567890"],
    ),
    code(
        r"\b[A-Z]{4}(?:DE|AT|CH|LI|LU|FR|NL|BE|IT|ES|GB|PL|DK|SE|US)[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b",
        &["DEUTDEFF", "GENODEM1ABC"],
    ),
    code(
        r"\b97[89]-\d{1,5}-\d{1,7}-\d{1,6}-[\dX]\b",
        &["978-3-123-12345-6"],
    ),
    checked(
        r"\+\d{1,3}[ /-]?(?:\(0\) ?)?\d+(?: ?[/-] ?\d+| \d+)*|\(0\d{1,5}\) ?\d+(?:[ /-]\d+)*|\b0\d{1,5} ?[/-] ?\d{2,}(?:[ -]\d{2,})*",
        is_phone,
        &[
            "+49 (0)30 1234-567",
            "+49 30 1234567",
            "(030) 123456",
            "030 / 123 45 67",
            "0171-1234567",
        ],
    ),
    code(
        r"\b(?:[IVX]+|\d{1,3}|[A-Z])[ \x{a0}](?:\d{1,2}[ \x{a0}])?[A-Z][A-Za-z]{0,4}(?:[ \x{a0}](?:[A-Z][a-z]{0,3}|\([A-Z]\)))?[ \x{a0}]\d{1,5}/\d{2}(?:\d{2})?\b",
        &[
            "3 StR 123/14",
            "VI ZR 12/19",
            "L 4 AS 12/20",
            "1 BvR 1550/03",
            "2 StR 5/2021",
        ],
    ),
    code(
        r"\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?\b",
        &["B-AB 1234", "HH-X 99"],
    ),
    checked(
        r"\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b",
        is_serial,
        &["AB-1234-C56", "K1-2000"],
    ),
    checked(
        r"\b(?:[0-9a-f]{6,}|[A-Z0-9]{6,}|[A-Z]{1,3}\d{3,})\b",
        is_mixed,
        &["3f2a9c01b7de", "DE123456789", "X7K9Q2"],
    ),
    checked(
        r"\b[A-Za-z0-9+/_-]{16,}={0,2}",
        is_random,
        &["dGVzdDEyMzQ1Njc4OTA=", "sk_Live9aB3xYz77Qq1"],
    ),
    // Addresses of houses, which letters go to.
    code(
        r"\b[A-ZÄÖÜ][\p{L}-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer)[ \x{a0}]\d{1,3}(?:[ \x{a0}]?[a-h]\b)?",
        &["Beispielstraße 12", "Hauptstr. 5a", "Musterweg 5"],
    ),
    // Clubs.
    code(
        r"\b1\.[ \x{a0}](?:FC|FFC|FCM|FSV|CfR|SC|SV|TC|BC|HC|VC|VfL)\b(?:[ \x{a0}][A-ZÄÖÜ][\p{L}-]+(?: Berlin\b| Leipzig\b| \d\d\b)?)?",
        &["1. FC Nürnberg", "1. FSV Mainz 05", "1. FC Union Berlin"],
    ),
    // Formulas and ordinals.
    code(
        r"\b(?:\d+|[kcdm]?m)[²³¹⁰⁴-⁹⁺⁻]+",
        &["10²", "m²", "km²", "10⁻⁶"],
    ),
    code(
        r"\b(?:[A-Z][a-z]?[₀-₉]*)*[A-Z][a-z]?[₀-₉]+(?:[A-Z][a-z]?[₀-₉]*)*",
        &["H₂O", "CO₂"],
    ),
    code(r"\b\d+ ?[½¼¾⅓⅔⅛]|[½¼¾⅓⅔⅛]", &["½", "1½"]),
    checked(r"\b[IVX]{2,}\b", is_roman, &["XIV", "III", "XX"]),
];

static ANY: LazyLock<Regex> = LazyLock::new(|| {
    let patterns: Vec<String> = (CODES.iter().enumerate())
        .map(|(i, code)| format!("(?<c{i}>{})", code.pattern))
        .collect();
    Regex::new(&patterns.join("|")).expect("the patterns are constant")
});

/// The spans of the codes in a text: in order, not overlapping, without the punctuation of the sentence.
pub(super) fn codes(text: &str) -> Vec<Range<usize>> {
    let mut codes = Vec::new();
    if !may_have_codes(text) {
        return codes;
    }
    let mut from = 0;
    while let Some(whole) = ANY.find_at(text, from).map(|found| found.range()) {
        let kind = ANY
            .captures_at(text, from)
            .and_then(|found| (0..CODES.len()).find(|&i| found.get(i + 1).is_some()));
        let end = match kind.is_some_and(|i| CODES[i].open) {
            true => whole.start + trim_punctuation(&text[whole.clone()]).len(),
            false => whole.end,
        };
        let (before, after) = (&text[..whole.start], &text[end..]);
        let is_code =
            kind.is_some_and(|i| (CODES[i].check)(&text[whole.start..end], before, after));
        if is_code && end > whole.start {
            codes.push(whole.start..end);
            from = whole.end;
        } else {
            // Another kind may begin within what was none.
            let step = text[whole.start..].chars().next().map_or(1, char::len_utf8);
            from = whole.start + step;
        }
        if from > text.len() {
            break;
        }
    }
    codes
}

/// Whether a text has any of the signs without which there is no code. Most prose has none.
fn may_have_codes(text: &str) -> bool {
    let mut previous = b' ';
    text.bytes().any(|byte| {
        let pair = (previous, byte);
        previous = byte;
        matches!(byte, b'0'..=b'9' | b'_' | b'@' | b'/' | b'\\' | b'{' | b'[' | b'$' | b'%' | b'<' | b'&' | b'`' | b'#' | b'^')
            // Capitals within a word, `main()`, `a.txt`, `a::b`, `--x`, `:x:`.
            || (pair.0.is_ascii_alphabetic() && byte.is_ascii_uppercase())
            || matches!(pair, (b'(', b')') | (b':', b':') | (b'+', b'+') | (b'.' | b'-' | b':', b'a'..=b'z'))
            // Superscripts and fractions, subscripts, brackets, private characters.
            || matches!(pair, (0xc2, 0xab | 0xb2 | 0xb3 | 0xb9 | 0xbc..=0xbe) | (0xe2, 0x81..=0xff))
            || byte >= 0xee
    })
}

/// A token without the punctuation of the sentence at its end.
fn trim_punctuation(text: &str) -> &str {
    let trimmed = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    // A closing bracket belongs to the token only if the opening one does.
    match trimmed.strip_suffix(')') {
        Some(inner) if !inner.contains('(') => inner,
        _ => trimmed,
    }
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Whether a compound goes on behind a hyphen: "COVID-19-Pandemie" is a German word.
fn goes_on(after: &str) -> bool {
    let letter = after.strip_prefix('-').unwrap_or(after);
    letter.starts_with(char::is_alphabetic)
}

/// "Stadt/Land/Fluss" is no path.
fn is_path(text: &str, before: &str, _: &str) -> bool {
    !text.starts_with('/') || !before.ends_with(char::is_alphanumeric)
}

/// The name of a field as form letters have them, and no word that a sentence is about.
fn is_merge_field(text: &str, before: &str, _: &str) -> bool {
    const FIELDS: [&str; 28] = [
        "Name",
        "Vorname",
        "Nachname",
        "Anrede",
        "Titel",
        "Firma",
        "Straße",
        "Strasse",
        "Hausnummer",
        "PLZ",
        "Ort",
        "Land",
        "Adresse",
        "Datum",
        "Betrag",
        "Betreff",
        "Telefon",
        "Telefax",
        "Fax",
        "Email",
        "Kundennummer",
        "Kundennr",
        "Rechnungsnummer",
        "Vertragsnummer",
        "Geburtsdatum",
        "IBAN",
        "BIC",
        "Abteilung",
    ];
    const ABOUT: [&str; 6] = ["Wort", "Wörter", "Begriff", "Ausdruck", "Thema", "und"];
    let field = text.trim_matches(['«', '»']);
    let word = before.trim_end().rsplit(char::is_whitespace).next();
    let is_quoted = word.is_some_and(|word| ABOUT.contains(&word));
    (field.contains('_') || FIELDS.contains(&field)) && !is_quoted
}

/// "Schulklassen und -gruppen" has none.
fn is_option(_: &str, before: &str, _: &str) -> bool {
    const BETWEEN: [&str; 6] = ["und", "oder", "bzw", "sowie", "noch", "wie"];
    let before = before.trim_end_matches([' ', '.', ',', '/']);
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next();
    !before.ends_with('-') && !word.is_some_and(|word| BETWEEN.contains(&word))
}

/// Enough digits for a telephone, and none behind a number that they would be part of.
fn is_phone(text: &str, before: &str, _: &str) -> bool {
    digits(text) >= 6 && !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '.'))
}

fn is_serial(text: &str, before: &str, after: &str) -> bool {
    const SHORTEST: usize = 5;
    let has_letter = text.bytes().any(|byte| byte.is_ascii_uppercase());
    text.len() >= SHORTEST
        && has_letter
        && digits(text) > 0
        && !goes_on(after)
        && !before.ends_with('-')
}

/// Letters and digits in one word.
fn is_mixed(text: &str, before: &str, after: &str) -> bool {
    digits(text) > 0 && digits(text) < text.len() && !goes_on(after) && !before.ends_with('-')
}

/// Letters of both cases and digits without anything that could be read.
fn is_random(text: &str, _: &str, after: &str) -> bool {
    const LONGEST_SYLLABLES: usize = 5;
    let longest = text
        .split(|c: char| !c.is_ascii_lowercase())
        .map(str::len)
        .max();
    digits(text) > 0
        && text.contains(|c: char| c.is_ascii_uppercase())
        && text.contains(|c: char| c.is_ascii_lowercase())
        && longest.is_none_or(|longest| longest <= LONGEST_SYLLABLES)
        && !after.starts_with(char::is_alphanumeric)
}

fn is_roman(text: &str, before: &str, after: &str) -> bool {
    let rest = text.trim_start_matches('X');
    let units = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    text.len() - rest.len() <= 3
        && units.contains(&rest)
        && !goes_on(after)
        && !before.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        codes(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn every_kind_is_found_in_a_sentence() {
        for code in CODES {
            for example in code.examples {
                for (before, after) in [
                    ("", ""),
                    ("Der Wert ", " steht im Brief."),
                    ("Angabe: ", "."),
                    ("Wir haben „", "“ notiert, mehr nicht."),
                    ("Siehe (", "), Seite vier"),
                ] {
                    let text = format!("{before}{example}{after}");
                    assert_eq!(found(&text), [*example], "{text}");
                }
            }
        }
    }

    #[test]
    fn prose_has_none() {
        for text in [
            "Die Stadt baut eine neue Brücke über den Fluss.",
            "Er sagte: „Das ist gut – oder nicht?“ (So war es.)",
            "Im Jahr 2016 kostete es 1.234,56 Euro, am 3.10.2018 um 14.30 Uhr 1 234 567 Mark.",
            "Die COVID-19-Pandemie, der G-20-Gipfel und die U-21-Mannschaft",
            "Die AfD, die NATO, ein A38 und ein B2B-Geschäft",
            "Von 1954–2013 und 10-12 Uhr, 2:1, 50 %, 5 €, 12 × 30 cm",
            "und/oder, Ein- und Ausgang, d.h. z.B. u.a.",
            "FADE DECADE VERBOTEN",
            "Schulklassen und -gruppen, Stadt/Land/Fluss",
            "Er hat 10.000.000 Einwohner und 0,5 Prozent.",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn odd_texts_end() {
        for text in [
            "",
            "\u{fffd}",
            "::::::",
            "%%%%",
            "{{{{",
            "----",
            "&;&;",
            "(0)(0)(0)",
            "½½",
            "<<<<%",
        ] {
            let _ = found(text);
        }
        let _ = found(&"ä-1".repeat(10_000));
    }
}
