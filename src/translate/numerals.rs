//! Numerals with what belongs to them, in English spelling: [dates](super::dates), [clock times](super::clock), amounts of money, measures,
//! formulas, sections of laws.
//!
//! | kind | German | English |
//! |---|---|---|
//! | amount | `1.234,56 €`, `2 € 50`, `5 Mio. €` | `€1,234.56`, `€2.50`, `€5 million` |
//! | measure | `59 × 57 cm`, `±5 %`, `-3,5 °C` | `59 × 57 cm`, `±5 %`, `-3.5 °C` |
//! | formula | `p < 0,05`, `a² + b² = c²` | `p < 0.05`, `a² + b² = c²` |
//! | spoon | `2 EL`, `½ TL` | `2 tbsp`, `½ tsp` |
//! | ordinal | `2. Stock` | `2nd floor` |
//! | section | `§ 5 Abs. 2 Satz 1 BGB` | `§ 5(2) sentence 1 BGB` |

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::clock::times;
use super::dates::dates;
use super::spans::{GAP, Numeral, stands_alone, whole};
use crate::document::words;

/// A number in German spelling, without its sign.
const NUMBER: &str = r"(?:\d{1,3}(?:[.’' \x{a0}\x{202f}]\d{3})+\b|\d+)(?:,\d+)?";
const CURRENCY: &str = "[€$£¥]";

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    let many = "(?:Mio|Mrd|Millionen|Million|Milliarden|Milliarde)";
    Regex::new(&format!(
        r"(?<sign>[-−+±]?)(?:(?<c0>{CURRENCY}){GAP}(?<n0>{NUMBER})(?:{GAP}(?<many0>{many})\b\.?)?|(?:(?<low>{NUMBER})(?<to>{GAP}[–—-]{GAP}))?(?<n>{NUMBER})(?:,[-–]{{1,2}})?(?:{GAP}(?<many>{many})\.?)?{GAP}(?<c>{CURRENCY})(?: (?<cents>\d\d)\b)?)"
    ))
    .expect("constant")
});

static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
    let unit = r"(?:°{GAP}[CFK]?|[%‰Ω″′]|(?:[µnmcdk]?m[²³]?|ha|[mcdh]?l|[µmk]?g|t|m?s|min|h|[mk]?[VA]|[kMG]?Wh?|[kMG]?Hz|h?Pa|bar|[kKMGT]?B|px|m/s|km/h)\b|[µnmcdk]?m[²³])"
        .replace("{GAP}", GAP);
    let one = format!(r"{NUMBER}[⁰¹²³⁴-⁹⁺⁻]*(?:{GAP}{unit})?");
    // Units that networks take for two words.
    let small = r"(?:[mcd]l|[mµ]g|mm|k?J|kcal|[kMGT]Wh?|[kMG]Hz|[kKMGT]i?B(?:/s)?|[hk]Pa|m[AV]|kV|dB|km/h|m/s)\b";
    let exact = format!(r"{NUMBER}{GAP}(?:°{GAP}[CFK]?|[µnmcdk]?m[²³]|{small})");
    Regex::new(&format!(
        r"[-−+±≥≤≈<>~]?{GAP}{one}(?:{GAP}[×x*·±]{GAP}{one})+|[±≥≤≈~]{GAP}{one}|[-−+±]?{exact}(?:{GAP}{NUMBER}[′″])*(?: [NSWO]\b)?"
    ))
    .expect("constant")
});

static FORMULA: LazyLock<Regex> = LazyLock::new(|| {
    let term = format!(
        r"(?:(?:\d+{GAP})?\b(?:[A-Za-z]|[A-Z][a-z]?[₀-₉]+|[a-z]?c)(?:[A-Z][a-z]?|[₀-₉])*(?:[₀-₉²³¹⁰⁴-⁹]+|\b)|[-−+±]?{NUMBER}[⁰¹²³⁴-⁹⁺⁻]*(?:{GAP}[%‰]|{GAP}(?:[µnmcdk]?m|kg|g|s|h)\b)?|[α-ωΑ-Ω][₀-₉²³]*)"
    );
    Regex::new(&format!(
        r"{term}(?:{GAP}[=<>≤≥≈≠±×·÷→⇒+−*/^–-]{GAP}{term})+"
    ))
    .expect("constant")
});

/// What cooks measure with.
static SPOON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?<number>(?:{NUMBER}{GAP})?[½¼¾⅓⅔]|\d+/\d+|{NUMBER}(?:[–-]{NUMBER})?){GAP}(?<spoon>EL|TL|Msp\.|Pck\.)"
    ))
    .expect("constant")
});

/// A number at the beginning of a text, and the word that it orders.
static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<number>\d{1,3})\.[ \x{a0}](?<word>\p{Lu}\p{L}+)").expect("constant")
});

/// Words of a text that is a label rather than a sentence.
const WORDS_OF_LABEL: usize = 5;

static SECTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:(?<sign>§§?)[ \x{a0}]?)?(?<number>\d+[a-z]?\b(?:(?:, ?|[–-])\d+[a-z]?\b)*)(?<parts>(?:,?[ \x{a0}](?:Absatz|Abs\.|Satz|S\.|Nummer|Nr\.|Buchstabe|Buchst\.|lit\.)[ \x{a0}]?(?:\d+[a-z]?|[a-z])\b)*)(?<law>[ \x{a0}][A-Z][A-Za-z]*[A-Z]\b)?",
    )
    .expect("constant")
});

static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?<kind>\p{L}+)\.?[ \x{a0}]?(?<number>\d+[a-z]?|[a-z]\b)").expect("constant")
});

/// The numerals of a text in order, not overlapping.
pub(super) fn numerals(text: &str) -> Vec<Numeral> {
    let mut found = times(text);
    if !text.contains(|c: char| {
        c.is_ascii_digit() || matches!(c, '½' | '¼' | '¾' | '=' | '→' | '≈' | '<' | '>')
    }) {
        return found;
    }
    let mut add = |span: Range<usize>, written: String| {
        let free = !(found.iter()).any(|(old, _)| old.start < span.end && span.start < old.end);
        if free && stands_alone(text, &span) {
            found.push((span, written));
        }
    };
    let is_short = text.split_whitespace().count() <= WORDS_OF_LABEL;
    for (span, written) in dates(text, is_short) {
        add(span, written);
    }
    for spoon in SPOON.captures_iter(text) {
        let english = match &spoon["spoon"] {
            "EL" => "tbsp",
            "TL" => "tsp",
            "Msp." => "pinch of",
            _ => "sachet of",
        };
        add(
            whole(&spoon),
            format!("{} {english}", english_numbers(&spoon["number"])),
        );
    }
    // Within a sentence networks know ordinals.
    if let Some(ordinal) = ORDINAL.captures(text).filter(|_| is_short)
        && words::is_ordered(&ordinal["word"])
    {
        let (number, word) = (&ordinal["number"], &ordinal["word"]);
        let written = english_ordinal(number);
        // Alone, the floor of a house is a stick to networks, and a prize a price.
        match word {
            "Stock" | "Stockwerk" | "Etage" | "OG" | "Obergeschoss" | "Obergeschoß" => {
                add(whole(&ordinal), format!("{written} floor"));
            }
            "Preis" => add(whole(&ordinal), format!("{written} prize")),
            _ => add(0..number.len() + 1, written),
        }
    }
    if text.contains('§') || text.contains("Abs") {
        // "Artikel 5 Abs. 2" has no sign.
        let is_section = |found: &Captures<'_>| {
            found.name("sign").is_some() || found["parts"].trim_start().starts_with("Abs")
        };
        for section in SECTION.captures_iter(text).filter(is_section) {
            add(whole(&section), english_section(&section));
        }
    }
    if text.contains(['€', '$', '£', '¥']) {
        for amount in AMOUNT.captures_iter(text) {
            add(whole(&amount), english_amount(&amount));
        }
    }
    let is_measured = |c: char| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_ascii();
    if text.contains(['=', '<', '>']) || text.contains(is_measured) {
        for formula in FORMULA.find_iter(text) {
            let strong = ['=', '<', '>', '≤', '≥', '≈', '≠', '±', '·', '÷', '→', '⇒'];
            if formula.as_str().contains(strong) {
                add(formula.range(), english_numbers(formula.as_str()));
            }
        }
    }
    let may_have = |c: char| is_measured(c) || c.is_ascii_digit() || matches!(c, '²' | '³');
    if text.contains(may_have) {
        for measure in MEASURE.find_iter(text) {
            let lead = measure.len() - measure.as_str().trim_start().len();
            let end = measure.start() + measure.as_str().trim_end().len();
            let span = measure.start() + lead..end;
            add(span.clone(), english_numbers(&text[span]));
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    found
}

fn english_amount(amount: &Captures<'_>) -> String {
    let part = |name: &str| amount.name(name).map(|part| part.as_str());
    let sign = part("sign").unwrap_or_default();
    if let (Some(currency), Some(number)) = (part("c0"), part("n0")) {
        let many = english_many(part("many0"));
        return format!("{sign}{currency}{}{many}", english_number(number));
    }
    let currency = part("c").unwrap_or_default();
    let mut number = english_number(part("n").unwrap_or_default());
    if let Some(cents) = part("cents") {
        number = format!("{number}.{cents}");
    }
    if let (Some(low), Some(to)) = (part("low"), part("to")) {
        number = format!("{}{to}{number}", english_number(low));
    }
    let many = english_many(part("many"));
    format!("{sign}{currency}{number}{many}")
}

fn english_many(german: Option<&str>) -> &str {
    match german {
        Some("Mio" | "Million" | "Millionen") => " million",
        Some(_) => " billion",
        None => "",
    }
}

/// `2nd`
fn english_ordinal(number: &str) -> String {
    let ending = match number.as_bytes() {
        [.., b'1', _] => "th",
        [.., b'1'] => "st",
        [.., b'2'] => "nd",
        [.., b'3'] => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn english_section(section: &Captures<'_>) -> String {
    let part = |name: &str| section.name(name).map_or("", |part| part.as_str());
    let mut written = match part("sign") {
        "" => part("number").to_owned(),
        sign => format!("{sign} {}", part("number")),
    };
    for part in PART.captures_iter(part("parts")) {
        let number = &part["number"];
        written += &match &part["kind"] {
            "Abs" | "Absatz" => format!("({number})"),
            "Satz" | "S" => format!(" sentence {number}"),
            "Nr" | "Nummer" => format!(" no. {number}"),
            _ => format!(" lit. {number}"),
        };
    }
    written + part("law")
}

/// A text with its numbers in English spelling.
pub(super) fn english_numbers(text: &str) -> String {
    static ANY: LazyLock<Regex> = LazyLock::new(|| Regex::new(NUMBER).expect("constant"));
    ANY.replace_all(text, |number: &Captures<'_>| english_number(&number[0]))
        .into_owned()
}

/// `1,234.5` for `1.234,5`.
fn english_number(number: &str) -> String {
    (number.chars())
        .map(|c| match c {
            ',' => '.',
            '.' | '’' | '\'' | ' ' | '\u{a0}' | '\u{202f}' => ',',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numerals of each text, joined by `|`.
    fn assert_written(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let written: Vec<String> = numerals(text).into_iter().map(|found| found.1).collect();
            assert_eq!(written.join("|"), *expected, "{text}");
        }
    }

    #[test]
    fn amounts_have_the_currency_before_the_number() {
        assert_written(&[
            ("Das sind 781.508,26 €.", "€781,508.26"),
            ("kostet € 5 im", "€5"),
            ("kostet 5 € im", "€5"),
            ("kostet 5€", "€5"),
            ("kostet €5,50", "€5.50"),
            ("ihm 2 € 50 hin", "€2.50"),
            ("rund 5 Mio. € und", "€5 million"),
            ("3,2 Mrd. $", "$3.2 billion"),
            ("£ 1,35 Mrd. teuer", "£1.35 billion"),
            ("7 Milliarden €", "€7 billion"),
            ("ein Minus von -12,30 €", "-€12.30"),
            ("+1.000 €", "+€1,000"),
            ("10–20 €", "€10–20"),
            ("10 - 20 €", "€10 - 20"),
            ("1 000 €", "€1,000"),
            ("1\u{a0}000 €", "€1,000"),
            ("5,- €", "€5"),
            ("5,-- €", "€5"),
            ("£ 3.500", "£3,500"),
            ("CHF 5", ""),
            ("5 Euro", ""),
            ("12 €/Monat", "€12"),
        ]);
    }

    #[test]
    fn ordinals_at_the_beginning_are_english() {
        assert_written(&[
            ("2. Stock", "2nd floor"),
            ("2. Stock links", "2nd floor"),
            ("1. Preis: ein Fahrrad", "1st prize"),
            ("1. Quartal 2020", "1st"),
            ("13. Klasse", "13th"),
            ("23. Auflage", "23rd"),
            ("1. Strafanzeige gestellt", ""),
            ("Im 2. Stock wohnt er", ""),
        ]);
    }

    #[test]
    fn measures_and_formulas_stay_together() {
        assert_written(&[
            ("ist 59 × 57 cm groß", "59 × 57 cm"),
            ("ist 5×3 cm", "5×3 cm"),
            ("1,5 x 2,5 m", "1.5 x 2.5 m"),
            ("2x4", "2x4"),
            ("ein 4 x 100 m Lauf", "4 x 100 m"),
            ("beträgt ±5 % und", "±5 %"),
            ("Winkel 45°.", "45°"),
            ("bei -3,5 °C", "-3.5 °C"),
            ("bei 20°C", "20°C"),
            ("100 ml Sahne, 50mg Salz und 1,5 GB", "100 ml|50mg|1.5 GB"),
            ("mit 2 MB/s oder 120 km/h", "2 MB/s|120 km/h"),
            ("800 g Mehl, 2 l Milch, 5 mal", ""),
            (
                "2 EL Zucker, 1,5 TL Salz und ½ TL Zimt",
                "2 tbsp|1.5 tsp|½ tsp",
            ),
            ("1-2 EL Öl, 1 Msp. Safran", "1-2 tbsp|1 pinch of"),
            ("5 ELW", ""),
            ("wiegt ≥ 200 kg und ≈ 30 kg", "≥ 200 kg|≈ 30 kg"),
            ("~3.100.000 EUR", "~3,100,000"),
            ("25 m², der Tank 3 m³", "25 m²|3 m³"),
            ("Die Zahl 5 < 7 und 9 > 3.", "5 < 7|9 > 3"),
            ("Wenn x < 10 gilt, ist y > 20.", "x < 10|y > 20"),
            ("7,4 ± 0,2 (n = 12, p < 0,05)", "7.4 ± 0.2|n = 12|p < 0.05"),
            ("a² + b² = c² gilt", "a² + b² = c²"),
            ("E = mc² ist", "E = mc²"),
            ("2 H₂ + O₂ → 2 H₂O setzt", "2 H₂ + O₂ → 2 H₂O"),
            ("2,998 · 10⁸ m", "2.998 · 10⁸ m"),
            ("Datei → Speichern", ""),
            ("Er – so heißt es – kam", ""),
            ("Taxi 5 und 6", ""),
            ("1954–2013", ""),
        ]);
    }

    #[test]
    fn sections_of_laws_stay_together() {
        assert_written(&[
            ("Es gilt § 5 Abs. 2 der Satzung.", "§ 5(2)"),
            ("nach § 5 gilt", "§ 5"),
            ("nach §5 gilt", "§ 5"),
            ("§ 823 BGB", "§ 823 BGB"),
            ("§ 5a Absatz 3 Satz 1 StGB", "§ 5a(3) sentence 1 StGB"),
            ("§ 3 Nr. 4 und", "§ 3 no. 4"),
            (
                "§ 1 Abs. 1 S. 2 Nr. 3 Buchst. a gilt",
                "§ 1(1) sentence 2 no. 3 lit. a",
            ),
            ("§§ 3, 4 GG", "§§ 3, 4 GG"),
            ("§§ 3-5", "§§ 3-5"),
            ("§§ 3 und 4", "§§ 3"),
            ("ein § ohne Zahl", ""),
            ("Artikel 5 Abs. 1 GG", "5(1) GG"),
            (
                "im Paragraph 14 Abs. 3 Nr. 2 Buchst. a steht",
                "14(3) no. 2 lit. a",
            ),
            ("5 Nr. 3", ""),
        ]);
    }
}
