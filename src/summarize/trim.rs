//! Sentence compression by rules: parentheses, insertions between dashes, relative clauses after a name, and attributions
//! are cut from German sentences. The rest must still be a sentence; where that is in doubt nothing is cut.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::document::words;
use crate::segment::Fixed;
use crate::translate::Source;

/// Fewest words that must be left, and the least share of all.
const FEWEST_WORDS: usize = 5;
const LEAST_SHARE: f32 = 0.5;
/// Most words of an attribution at the end: longer ones say more than who spoke.
const LONGEST_ATTRIBUTION: usize = 10;

/// Verbs of saying, third person.
const SAYS: &str = "sagte|sagten|sagt|sagen|erklärte|erklärten|erklärt|berichtete|berichteten|berichtet|berichten|\
    meldete|meldeten|meldet|melden|betonte|betonten|betont|schreibt|schrieb|heißt es|hieß es";
/// The same at the end of a clause.
const SAYS_LAST: &str = "sagte|sagten|sagt|erklärte|erklärten|berichtete|berichteten|berichtet|meldete|meldeten|\
    mitteilte|mitteilten|mitteilt|betonte|betonten|schrieb|schreibt|hieß|heißt";

/// A bracket without another inside, and the space before it.
static BRACKET: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\s+\([^()\[\]]*\pL[^()\[\]]*\)(?:[\s,;:.!?]|$)"));
/// A dash between spaces.
static DASH: LazyLock<Regex> = LazyLock::new(|| regex(r"\s[–—-](?:\s|,)"));
/// A name of two words, or one in capitals, and a relative clause of at least four words up to its verb.
static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?P<name>\p{Lu}[\pL-]*\s\p{Lu}[\pL-]+|\b\p{Lu}{2,})",
        r"(?P<clause>,\s(?:(?:in|an|auf|mit|bei|von|zu|für|aus|nach)\s)?(?:der|die|das|dem|den|deren|dessen|welche[rsmn]?)",
        r"(?:\s[^\s,;:()–—„“”»«]+){2,}?\s(?P<verb>\p{Ll}+)),(?P<rest>\s)",
    ))
});
/// An attribution after a sentence that is not in quotation marks.
static SAID_LAST: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r#"(?P<cut>,\s(?:(?:{SAYS})\s[^,;:„“”»«"]+|teil(?:te|ten|t|en)\s[^,;:„“”»«"]+\smit|so\s(?:\p{{Lu}}|(?:der|die|das|ein|eine|sein|seine|ihr|ihre)\s)(?:[^,;:„“”»«"]*\s)?\p{{Lu}}?[\pL-]+|wie\s[^,;:„“”»«"]+\s(?:{SAYS_LAST})))[.]$"#,
    ))
});
/// An attribution between the parts of a sentence.
static SAID_WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r#"(?P<cut>,\swie\s[^,;:„“”»«"]+\s(?:{SAYS_LAST}),)\s(?P<next>\pL+)"#
    ))
});
/// Reported speech in the subjunctive: without its attribution it would be half a sentence.
static REPORTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:sei|seien|habe|werde|könne|müsse|solle|wolle|dürfe|möge|gebe|komme|stehe|gehe|bleibe|liege|wisse|sehe|halte|lasse|mache|brauche|finde)\b",
    )
});
/// Words after which a comma stays.
static NEEDS_COMMA: [&str; 22] = [
    "aber", "dass", "weil", "denn", "sondern", "als", "ob", "obwohl", "während", "nachdem",
    "bevor", "damit", "da", "wobei", "sodass", "wenn", "der", "die", "das", "wo", "um", "doch",
];
/// First words of a sentence that are not first names, though the next word is capitalised too.
const DETERMINERS: [&str; 26] = [
    "Der", "Die", "Das", "Den", "Dem", "Des", "Ein", "Eine", "Einen", "Einem", "Einer", "Alle",
    "Viele", "Manche", "Einige", "Jene", "Diese", "Keine", "Wenige", "Mehrere", "Solche", "Im",
    "In", "Am", "Bei", "Mit",
];
/// Words before a name that may be part of the antecedent of the clause.
const PREPOSITIONS: [&str; 17] = [
    "in", "im", "an", "am", "auf", "aus", "bei", "durch", "für", "mit", "nach", "über", "um",
    "unter", "von", "vor", "zu",
];
/// Nouns that count others: "zwei Prozent Menschen".
const MEASURES: [&str; 8] = [
    "Prozent",
    "Millionen",
    "Milliarden",
    "Euro",
    "Dutzend",
    "Meter",
    "Kilometer",
    "Tonnen",
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

/// The sentence without its cuts; `None` if nothing can be cut.
pub fn shorter(sentence: &Source<'_>) -> Option<Source<'static>> {
    let text = &*sentence.text;
    let cuts = cuts(text);
    // A fixed term is cut as a whole or stays.
    let splits = |cut: &Range<usize>, fixed: &Fixed| {
        let overlaps = cut.start < fixed.span.end && fixed.span.start < cut.end;
        overlaps && !(cut.start <= fixed.span.start && fixed.span.end <= cut.end)
    };
    let cuts: Vec<Range<usize>> = (cuts.into_iter())
        .filter(|cut| !sentence.fixed.iter().any(|fixed| splits(cut, fixed)))
        .collect();
    if cuts.is_empty() {
        return None;
    }
    let mut short = String::with_capacity(text.len());
    let mut end = 0;
    for cut in &cuts {
        short += &text[end..cut.start];
        end = cut.end;
    }
    short += &text[end..];
    let (left, all) = (words::count(&short), words::count(text));
    let enough = left >= FEWEST_WORDS && left as f32 >= LEAST_SHARE * all as f32;
    let fixed = (sentence.fixed.iter())
        .filter(|fixed| !cuts.iter().any(|cut| cut.contains(&fixed.span.start)))
        .map(|fixed| {
            let before = cuts.iter().filter(|cut| cut.end <= fixed.span.start);
            let gone: usize = before.map(ExactSizeIterator::len).sum();
            Fixed {
                span: fixed.span.start - gone..fixed.span.end - gone,
                target: fixed.target.clone(),
                exact: fixed.exact,
            }
        })
        .collect();
    enough.then_some(Source {
        text: Cow::Owned(short),
        fixed,
        example: sentence.example.clone(),
        is_foreign: sentence.is_foreign,
    })
}

/// The spans that can be cut: in order, not overlapping.
fn cuts(text: &str) -> Vec<Range<usize>> {
    let mut cuts: Vec<Range<usize>> = brackets(text);
    for cut in [between_dashes(text), said(text)]
        .into_iter()
        .flatten()
        .chain(relative_clauses(text))
    {
        let apart = |other: &Range<usize>| cut.end <= other.start || other.end <= cut.start;
        if cuts.iter().all(apart) && is_balanced(&text[cut.clone()]) {
            cuts.push(cut);
        }
    }
    cuts.sort_by_key(|cut| cut.start);
    cuts
}

fn brackets(text: &str) -> Vec<Range<usize>> {
    (BRACKET.find_iter(text))
        // The topic of the sentence is at its beginning.
        .filter(|found| found.start() > 0)
        .filter_map(|found| {
            let end = found.start() + found.as_str().rfind(')')? + 1;
            let cut = found.start()..end;
            is_balanced(&text[cut.clone()]).then_some(cut)
        })
        .collect()
}

/// The insertion between two dashes, if there are no others.
fn between_dashes(text: &str) -> Option<Range<usize>> {
    let dashes: Vec<_> = DASH.find_iter(text).collect();
    let [first, second] = dashes.as_slice() else {
        return None;
    };
    let inside = &text[first.end()..second.start()];
    let rest = &text[second.end()..];
    let goes_on = second.as_str().ends_with(',') || rest.starts_with(char::is_lowercase);
    if words::count(&text[..first.start()]) < 2 || words::count(inside) < 2 || !goes_on {
        return None;
    }
    // One space, or the comma, stays.
    let last = second
        .as_str()
        .chars()
        .next_back()
        .map_or(0, char::len_utf8);
    Some(first.start()..second.end() - last)
}

fn relative_clauses(text: &str) -> Vec<Range<usize>> {
    let cut = |found: regex::Captures<'_>| {
        let (name, clause, verb) = (&found["name"], found.name("clause")?, &found["verb"]);
        let first = name.split_whitespace().next()?;
        let at_start = found.get(0)?.start() == 0;
        // Of "ein Bild in Adobe Workfront, das …" either may be meant.
        let before = text[..found.get(0)?.start()].split_whitespace().next_back();
        let is_ambiguous = before.is_some_and(|word| PREPOSITIONS.contains(&word));
        // "Junge Menschen, die …" begins a sentence with a capital, too, and means only those.
        let is_adjective = at_start
            && ["e", "en", "er", "es"]
                .iter()
                .any(|end| first.ends_with(end));
        let no_name = DETERMINERS.contains(&first) || MEASURES.contains(&first) || is_adjective;
        if no_name || is_ambiguous || !is_verb(verb) {
            return None;
        }
        // Its second comma goes with it.
        Some(clause.start()..found.name("rest")?.start())
    };
    RELATIVE.captures_iter(text).filter_map(cut).collect()
}

/// Whether a word at the end of a clause may be its verb.
fn is_verb(word: &str) -> bool {
    const IRREGULAR: [&str; 12] = [
        "ist", "sind", "war", "waren", "hat", "wurde", "wird", "habe", "sei", "kam", "gab", "ging",
    ];
    const NO_VERB: [&str; 10] = [
        "anderen", "meisten", "beiden", "ersten", "letzten", "einen", "nicht", "seit", "dort",
        "mit",
    ];
    !NO_VERB.contains(&word)
        && (IRREGULAR.contains(&word)
            || ["t", "te", "ten", "en"]
                .iter()
                .any(|end| word.ends_with(end)))
}

/// The span of an attribution.
fn said(text: &str) -> Option<Range<usize>> {
    if text.contains(['„', '“', '”', '"', '»', '«']) || REPORTED.is_match(text) {
        return None;
    }
    if let Some(found) = SAID_LAST.captures(text) {
        let cut = found.name("cut")?;
        let short = words::count(cut.as_str()) <= LONGEST_ATTRIBUTION;
        // Behind a subordinate clause the verb of saying is that of the main clause.
        let before = &text[..cut.start()];
        let main = !before.starts_with("Dass ")
            && !before.starts_with("Ob ")
            && !before.contains(", dass ");
        return (short && main).then(|| cut.range());
    }
    let found = SAID_WITHIN.captures(text)?;
    let cut = found.name("cut")?;
    let end = match NEEDS_COMMA.contains(&&found["next"]) {
        true => cut.end() - 1,
        false => cut.end(),
    };
    (words::count(cut.as_str()) <= LONGEST_ATTRIBUTION).then_some(cut.start()..end)
}

/// Whether quotations that begin in a text also end there.
fn is_balanced(text: &str) -> bool {
    let count = |sign: char| text.chars().filter(|&c| c == sign).count();
    count('„') <= count('“') + count('”')
        && (count('„') > 0 || count('“') == count('”'))
        && count('»') == count('«')
        && count('"').is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        shorter(&Source::from(&text))
            .map_or_else(|| text.to_owned(), |short| short.text.into_owned())
    }

    #[test]
    fn what_can_go_goes() {
        for (text, left) in [
            (
                "Die Stadt Ulm (Baden-Württemberg) baut eine neue Brücke.",
                "Die Stadt Ulm baut eine neue Brücke.",
            ),
            (
                "Sie kommen heute mit dem Zug (und dem Bus), wenn es regnet.",
                "Sie kommen heute mit dem Zug, wenn es regnet.",
            ),
            (
                "Die neue Brücke – sie ist die dritte – kostet die Stadt viel Geld.",
                "Die neue Brücke kostet die Stadt viel Geld.",
            ),
            (
                "Bei dem Unfall wurden zwei Menschen verletzt, teilte die Polizei am Montag mit.",
                "Bei dem Unfall wurden zwei Menschen verletzt.",
            ),
            (
                "Die Arbeiten dauern noch zwei Jahre, sagte eine Sprecherin der Stadt.",
                "Die Arbeiten dauern noch zwei Jahre.",
            ),
            (
                "Die Arbeiten dauern noch zwei Jahre, so die Stadt Ulm.",
                "Die Arbeiten dauern noch zwei Jahre.",
            ),
            (
                "Die Brücke ist, wie die Stadt am Montag mitteilte, wieder für alle offen.",
                "Die Brücke ist wieder für alle offen.",
            ),
            (
                "Damit hat Octave Klaba, der in seinem Heimatland sehr bekannt ist, Zeit für seine Pläne.",
                "Damit hat Octave Klaba Zeit für seine Pläne.",
            ),
        ] {
            assert_eq!(short(text), left);
        }
    }

    #[test]
    fn what_may_be_needed_stays() {
        for text in [
            // Quotations keep their speakers, and reported speech its reporter.
            "„Die Arbeiten dauern noch zwei Jahre“, sagte eine Sprecherin der Stadt.",
            "Die Arbeit sei noch lange nicht fertig, sagte eine Sprecherin der Stadt.",
            "Dass die Arbeiten noch zwei Jahre dauern, sagte eine Sprecherin der Stadt.",
            "Es regnete lange am Montag, so dass die Brücke unter Wasser stand.",
            "Es regnete sehr lange am Montag, so kam es zur Katastrophe.",
            // Which people, which house?
            "Nur die Menschen, die mit dem Rad kommen, kaufen dort häufiger ein.",
            "Junge Menschen, die mit dem Rad kommen, kaufen dort häufiger ein.",
            "Zehn Prozent Menschen, die mit dem Rad kommen, kaufen dort ein.",
            "Sie zeigen ein Bild in Adobe Workfront, das mit dem Ordner verbunden ist, oder laden es.",
            // A list.
            "Es kamen Octave Klaba, der Minister aus Berlin, und viele andere.",
            // A route, an incomplete pair.
            "Der Zug Berlin – Halle – München fährt heute später als sonst.",
            "Er kam heute – und das war sein Fehler.",
            // Numbers of notes and paragraphs.
            "Das steht in dem Gesetz (2) über die Brücken im Land.",
            // Too little would be left.
            "Sie kam (mit dem Zug aus Ulm).",
        ] {
            assert_eq!(short(text), text);
        }
    }

    #[test]
    fn what_is_fixed_moves_along() {
        let text = "Die Datei (siehe a.txt und b.txt) liegt immer noch im Ordner c.txt heute.";
        let fixed = |part: &str| {
            let start = text.find(part).unwrap();
            Fixed {
                span: start..start + part.len(),
                target: None,
                exact: true,
            }
        };
        let source = Source {
            text: text.into(),
            fixed: vec![fixed("a.txt"), fixed("c.txt")],
            example: None,
            is_foreign: false,
        };
        let short = shorter(&source).unwrap();
        assert_eq!(
            short.text,
            "Die Datei liegt immer noch im Ordner c.txt heute."
        );
        assert_eq!(&short.text[short.fixed[0].span.clone()], "c.txt");
        assert_eq!(short.fixed.len(), 1);
        let over = Source {
            fixed: vec![fixed("Datei (siehe")],
            ..source
        };
        assert_eq!(shorter(&over), None);
    }
}
