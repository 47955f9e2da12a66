//! Spelling before the network: forms that it has hardly seen are rewritten in those that it knows, by one table of rules.
//!
//! A rule changes words, not their order, and knows nothing of the others: they are applied one after the other. The origin
//! of every byte is kept, so that alignments lead back to the text as it was written.
//!
//! Networks with hints or placeholders were also trained on [one form of punctuation](Respelt::punctuation). Only their tokens
//! have it; all else reads the marks as they are written.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::abbreviations::abbreviations;
use super::spans::overlap;
use crate::document::words;

/// All rules, in the order in which they are applied.
const RULES: &[Rule] = &[
    // First, as the others look for letters.
    referenced_letters,
    composed_letters,
    invisible_characters,
    typed_quotes,
    |text, _| abbreviations(text),
    spaced_letters,
    gender_forms,
    gender_endings,
    typed_umlauts,
    capitals,
    small_nouns,
];

/// Finds the changes of one kind in a text: in order, not overlapping.
type Rule = fn(&str, WordTest<'_>) -> Vec<Change>;

/// Whether a dictionary has a form exactly as it is spelt; `None` without a dictionary.
pub(super) type WordTest<'a> = Option<&'a dyn Fn(&str) -> bool>;

/// Bytes of a text, and their new spelling.
type Change = (Range<usize>, String);

/// A text in the spelling that the network knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Respelt {
    /// The text.
    pub(super) text: String,
    /// For each byte of the text, the bytes of the original that it was made from, as start and end.
    origins: Vec<(usize, usize)>,
    /// Bytes of the original.
    length: usize,
}

impl Respelt {
    /// Applies all rules to a text, except within the `spared` ranges; `None` if it stays as it is.
    pub(super) fn new(text: &str, spared: &[Range<usize>], known: WordTest<'_>) -> Option<Self> {
        let mut respelt: Option<Self> = None;
        for rule in RULES {
            let current = respelt.as_ref().map_or(text, |respelt| &respelt.text);
            let mut changes = rule(current, known);
            changes.retain(|(span, _)| {
                let origin = respelt
                    .as_ref()
                    .map_or(span.clone(), |respelt| respelt.original(span));
                !spared.iter().any(|spared| overlap(spared, &origin))
            });
            if !changes.is_empty() {
                respelt
                    .get_or_insert_with(|| Self::unchanged(text))
                    .apply(&changes);
            }
        }
        respelt.filter(|respelt| respelt.text != text)
    }

    /// Writes quotation marks, dashes and spaces of any kind in the one form that the network knows, with a space behind marks
    /// that open, and leaves out variation selectors; `None` if there is nothing to change.
    pub(super) fn punctuation(text: &str) -> Option<Self> {
        if text.is_ascii() && !text.contains(['`', '"', '\'']) {
            return None;
        }
        let only_single = has_only_single_quotes(text);
        let change = |(start, c): (usize, char)| {
            let end = start + c.len_utf8();
            let is_apostrophe = || {
                let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                is_letter(text[..start].chars().next_back())
                    && is_letter(text[end..].chars().next())
            };
            // Networks know double marks better.
            let written = match c {
                '‚' | '‘' | '›' | '‹' if only_single && !is_apostrophe() => Some('"'),
                c => mark(c),
            };
            if let Some(quote @ ('"' | '\'')) = written
                && opens(quote, &text[..start], &text[end..])
            {
                return Some((start..end, format!("{quote} ")));
            }
            (written != Some(c)).then(|| {
                let written = written.map_or_else(String::new, String::from);
                (start..end, written)
            })
        };
        let changes: Vec<Change> = text.char_indices().filter_map(change).collect();
        (!changes.is_empty()).then(|| {
            let mut respelt = Self::unchanged(text);
            respelt.apply(&changes);
            respelt
        })
    }

    fn unchanged(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            origins: (0..text.len()).map(|at| (at, at + 1)).collect(),
            length: text.len(),
        }
    }

    /// The bytes of the text that were made from `span` of the original.
    pub(super) fn respelt(&self, span: &Range<usize>) -> Range<usize> {
        let start = self
            .origins
            .partition_point(|origin| origin.1 <= span.start);
        let end = self.origins.partition_point(|origin| origin.0 < span.end);
        start..end.max(start)
    }

    /// For each word of the text the index of the word of the `original` that it begins with.
    pub(super) fn word_origins(&self, original: &str) -> Vec<u32> {
        let starts: Vec<usize> = words::spans(original).map(|word| word.start).collect();
        let of_word = |word: Range<usize>| {
            let at = self.original(&word).start;
            starts
                .partition_point(|&start| start <= at)
                .saturating_sub(1) as u32
        };
        words::spans(&self.text).map(of_word).collect()
    }

    /// The bytes of the original that became those of `span`. A change counts as a whole.
    pub(super) fn original(&self, span: &Range<usize>) -> Range<usize> {
        let start_of = |at: usize| self.origins.get(at).map_or(self.length, |origin| origin.0);
        match span.is_empty() {
            true => start_of(span.start)..start_of(span.start),
            false => start_of(span.start)..self.origins[span.end - 1].1,
        }
    }

    fn apply(&mut self, changes: &[Change]) {
        let mut text = String::with_capacity(self.text.len());
        let mut origins = Vec::with_capacity(self.origins.len());
        let mut end = 0;
        for (span, written) in changes {
            text.push_str(&self.text[end..span.start]);
            origins.extend(&self.origins[end..span.start]);
            text.push_str(written);
            let whole = (self.origins[span.start].0, self.origins[span.end - 1].1);
            origins.resize(text.len(), whole);
            end = span.end;
        }
        text.push_str(&self.text[end..]);
        origins.extend(&self.origins[end..]);
        (self.text, self.origins) = (text, origins);
    }
}

/// The form of a punctuation mark that the network knows; `None` for characters that nobody sees.
fn mark(c: char) -> Option<char> {
    Some(match c {
        '“' | '”' | '„' | '»' | '«' | '‟' => '"',
        '\u{84}' | '\u{93}' | '\u{94}' => '"',
        '‘' | '’' | '‚' | '›' | '‹' | '´' | '`' | '\u{92}' => '\'',
        '—' | '\u{96}' => '–',
        '−' => '-',
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{ad}' | '\u{200b}' | '\u{200d}' | '\u{fe0f}' => return None,
        c => c,
    })
}

/// Whether the quotations of a text are all between `‚…‘` or `›…‹`.
pub(super) fn has_only_single_quotes(text: &str) -> bool {
    let has_pair = |a, b| text.contains(a) && text.contains(b);
    (has_pair('‚', '‘') || has_pair('›', '‹'))
        && !text.contains(['"', '„', '“', '”', '»', '«', '‟', '\''])
}

/// Whether `quote` between two texts opens a quotation: vocabularies have words as they stand behind a space, and spell others
/// letter by letter. A single mark may be an apostrophe, unless another one follows a whole word.
fn opens(quote: char, before: &str, after: &str) -> bool {
    const SHORTEST: usize = 3;
    let is_open = |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '/' | '–' | '-');
    let word = after.len() - after.trim_start_matches(char::is_alphabetic).len();
    let is_closed = || {
        let next = after[word..].chars().next();
        word >= SHORTEST && next.is_some_and(|c| mark(c) == Some(quote))
    };
    before.chars().next_back().is_none_or(is_open) && word > 0 && (quote == '"' || is_closed())
}

/// The runs of letters of a text.
fn letter_runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_letter = |c: char| c.is_alphabetic();
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(is_letter)?;
        let rest = &text[start..];
        from = start + rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        Some(start..from)
    })
}

/// New spellings of single words.
fn respell_words(text: &str, respell: impl Fn(&str) -> Option<String>) -> Vec<Change> {
    letter_runs(text)
        .filter_map(|span| Some((span.clone(), respell(&text[span])?)))
        .collect()
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

/// Character references of German letters, as in texts that were copied out of the source of pages.
fn referenced_letters(text: &str, _: WordTest<'_>) -> Vec<Change> {
    const LETTERS: [(&str, &str); 7] = [
        ("&auml;", "ä"),
        ("&ouml;", "ö"),
        ("&uuml;", "ü"),
        ("&Auml;", "Ä"),
        ("&Ouml;", "Ö"),
        ("&Uuml;", "Ü"),
        ("&szlig;", "ß"),
    ];
    if !text.contains('&') {
        return Vec::new();
    }
    let mut changes: Vec<Change> = LETTERS
        .iter()
        .flat_map(|(reference, letter)| {
            text.match_indices(reference)
                .map(|(at, _)| (at..at + reference.len(), (*letter).to_owned()))
        })
        .collect();
    changes.sort_by_key(|(span, _)| span.start);
    changes
}

/// A letter and the mark behind it become one character, as macOS writes file names and some PDF files their text.
fn composed_letters(text: &str, _: WordTest<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, c)) = characters.next() {
        let mut end = start + c.len_utf8();
        while let Some((at, mark)) = characters.next_if(|&(_, c)| is_combining_mark(c)) {
            end = at + mark.len_utf8();
        }
        if end > start + c.len_utf8() {
            let composed: String = text[start..end].nfc().collect();
            if composed != text[start..end] {
                changes.push((start..end, composed));
            }
        }
    }
    changes
}

/// Characters that nobody sees are left out: soft hyphens, zero-width spaces, joiners. Hyphens have one form.
fn invisible_characters(text: &str, _: WordTest<'_>) -> Vec<Change> {
    let is_invisible = |c: char| {
        matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
        )
    };
    // Between two pictures a joiner makes one of them.
    let is_picture = |c: Option<char>| c.is_some_and(|c| c > '\u{2100}' && !c.is_alphanumeric());
    let mut changes = Vec::new();
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if is_invisible(c) {
            let before = text[..start].chars().rev().find(|&c| !is_invisible(c));
            let after = text[end..].chars().find(|&c| !is_invisible(c));
            if c == '\u{ad}' || !is_picture(before) || !is_picture(after) {
                changes.push((start..end, String::new()));
            }
        } else if matches!(c, '\u{2010}' | '\u{2011}') {
            changes.push((start..end, "-".into()));
        }
    }
    changes
}

/// Quotation marks that are typed as two signs: `,,Wort''`, `<<Wort>>`, `>>Wort<<`.
fn typed_quotes(text: &str, _: WordTest<'_>) -> Vec<Change> {
    if ![",,", "''", "``", "<<", ">>"]
        .iter()
        .any(|sign| text.contains(sign))
    {
        return Vec::new();
    }
    static PAIRS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"(,,|``)(\S(?:[^,`'"“”]|,[^,])*?)(''|``|"|“|”)|(<<)(\p{L}[^<>]*?)(>>)|(>>)(\p{L}[^<>]*?)(<<)"#,
        )
    });
    let mut changes = Vec::new();
    for found in PAIRS.captures_iter(text) {
        let signs: Vec<_> = (found.iter().skip(1).flatten()).collect();
        let [open, _, close] = signs[..] else {
            continue;
        };
        changes.push((open.range(), "„".into()));
        changes.push((close.range(), "“".into()));
    }
    changes
}

/// Emphasis by spaces: `S p e r r s a t z`.
fn spaced_letters(text: &str, known: WordTest<'_>) -> Vec<Change> {
    const FEWEST: usize = 4;
    /// Fewer letters are rather a list where there is no dictionary to ask.
    const SURE: usize = 6;
    let mut changes = Vec::new();
    let mut run: Vec<(usize, char)> = Vec::new();
    let mut flush = |run: &mut Vec<(usize, char)>| {
        if let (Some(&(start, _)), Some(&(last, end))) = (run.first(), run.last())
            && run.len() >= FEWEST
        {
            let word: String = run.iter().map(|(_, c)| c).collect();
            let is_word = match known {
                Some(known) => is_known(&word, known),
                None => run.len() >= SURE && word.chars().skip(1).all(char::is_lowercase),
            };
            if is_word {
                changes.push((start..last + end.len_utf8(), word));
            }
        }
        run.clear();
    };
    // Of a punctuation mark behind a chunk nothing is part of the word; what follows is another word.
    for chunk in words::spans(text) {
        let trimmed = text[chunk.clone()].trim_end_matches(|c: char| !c.is_alphanumeric());
        let mut letters = trimmed.chars();
        match (letters.next(), letters.next()) {
            (Some(c), None) if c.is_alphabetic() => {
                run.push((chunk.start, c));
                if trimmed.len() < chunk.len() {
                    flush(&mut run);
                }
            }
            _ => flush(&mut run),
        }
    }
    flush(&mut run);
    changes
}

/// Whether the dictionary has a word in some spelling with and without capitals.
fn is_known(word: &str, known: &dyn Fn(&str) -> bool) -> bool {
    known(word) || known(&word.to_lowercase()) || known(&capitalised(word))
}

/// A word with a capital and small letters behind it.
pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

/// Forms for all genders become feminine: `Leser:innen`, `Leser*in`, `Leser_innen`, `Leser/-innen`, `Leser(innen)`, `LeserInnen`.
fn gender_forms(text: &str, _: WordTest<'_>) -> Vec<Change> {
    // "LinkedIn", "PlugIn" and "CheckIn" are none.
    static FORMS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)(?: ^ | [\s(„“»«‚‘›‹\x22'–—-] )
            (?<stem> \p{L}*\p{Lu}\p{L}*\p{Ll} | \p{Lu}\p{Ll}+ )
            (?: (?: [:*_·•] | /-? ) (?<marked> innen\p{Ll}* | in\b )
              | \( (?<round> innen|in ) \) (?<rest> \p{Ll}* )
              | (?<inner> Innen\p{Ll}* | (?:er|ent|ist|ant|eur|oge|at)In\b ) )",
        )
    });
    let mut changes = Vec::new();
    for found in FORMS.captures_iter(text) {
        let stem = &found["stem"];
        let group = |name| found.name(name).map_or("", |found| found.as_str());
        let ending = [
            group("marked"),
            group("round"),
            group("rest"),
            group("inner"),
        ]
        .concat();
        let start = found.name("stem").map_or(0, |stem| stem.start());
        let end = found.get(0).map_or(start, |whole| whole.end());
        changes.push((start..end, format!("{stem}{}", ending.to_lowercase())));
    }
    changes
}

/// Articles and pronouns for all genders: `ein:e`, `jede*r`, `der/die`.
fn gender_endings(text: &str, _: WordTest<'_>) -> Vec<Change> {
    static ENDINGS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)\b(?<stem> (?i: k?ein | jed | jen | dies | welch | solch | manch | mein | dein | sein | ihr | unser | euer | eur
                | viel | all | ander | beid )e? )
            [:*_] (?<ending> e[nrms]? | [nrsm] )\b
            | \b(?<article> (?i: der | den ) [:*_/] die | (?i: die ) [:*_/] de[rn] | (?i: dem | des ) [:*_/] der | (?i: der ) [:*_/] de[ms] )\b",
        )
    });
    let change = |found: regex::Captures<'_>| {
        let span = found.get(0)?.range();
        let written = match found.name("article").map(|article| article.as_str()) {
            Some(both) => {
                let feminine = if both.to_lowercase().contains("die") {
                    "ie"
                } else {
                    "er"
                };
                format!("{}{feminine}", &both[..1])
            }
            // The feminine ends in -e, or in -er where the masculine ends in -em or -es.
            None => format!("{}e", found["stem"].trim_end_matches('e')),
        };
        Some((span, written))
    };
    ENDINGS.captures_iter(text).filter_map(change).collect()
}

/// `ae`, `oe`, `ue` and `ss` for ä, ö, ü and ß, where the dictionary has the word with these and not as it is typed.
fn typed_umlauts(text: &str, known: WordTest<'_>) -> Vec<Change> {
    const PAIRS: [(&str, &str); 7] = [
        ("ae", "ä"),
        ("oe", "ö"),
        ("ue", "ü"),
        ("ss", "ß"),
        ("Ae", "Ä"),
        ("Oe", "Ö"),
        ("Ue", "Ü"),
    ];
    /// More places than a word of one's own has.
    const MOST_PLACES: usize = 4;
    let Some(known) = known else {
        return Vec::new();
    };
    respell_words(text, |word| {
        let mut places: Vec<(usize, &str)> = PAIRS
            .iter()
            .flat_map(|(typed, letter)| word.match_indices(typed).map(|(at, _)| (at, *letter)))
            .collect();
        if places.is_empty() || places.len() > MOST_PLACES || is_known(word, known) {
            return None;
        }
        places.sort_unstable();
        // As many as fit: "Strassenschluessel" has both.
        (1..1u32 << places.len())
            .rev()
            .map(|chosen| {
                let mut respelt = String::with_capacity(word.len());
                let mut end = 0;
                for (i, &(at, letter)) in places.iter().enumerate() {
                    if chosen & (1 << i) != 0 && at >= end {
                        respelt.push_str(&word[end..at]);
                        respelt.push_str(letter);
                        end = at + 2;
                    }
                }
                respelt + &word[end..]
            })
            .find(|respelt| is_known(respelt, known))
    })
}

/// Words in capitals within a text, where the dictionary has them in small letters only. A whole line in capitals is a
/// heading, whose translation is written so as well: that is for [`typography`](super::typography).
fn capitals(text: &str, known: WordTest<'_>) -> Vec<Change> {
    /// Shorter ones are rather abbreviations.
    const SHORTEST: usize = 4;
    let Some(known) = known else {
        return Vec::new();
    };
    if !text.contains(char::is_lowercase) {
        return Vec::new();
    }
    respell_words(text, |word| {
        let is_shouted = word.chars().count() >= SHORTEST && word.chars().all(char::is_uppercase);
        if !is_shouted || known(word) {
            return None;
        }
        // A noun may be known in small letters too, as a verb: a capital does less harm.
        [capitalised(word), word.to_lowercase()]
            .into_iter()
            .find(|spelling| known(spelling))
    })
}

/// Nouns in a text without any capitals.
fn small_nouns(text: &str, known: WordTest<'_>) -> Vec<Change> {
    /// Fewer words say nothing about how someone types.
    const FEWEST_WORDS: usize = 3;
    let Some(known) = known else {
        return Vec::new();
    };
    if text.contains(char::is_uppercase) || letter_runs(text).count() < FEWEST_WORDS {
        return Vec::new();
    }
    respell_words(text, |word| {
        let noun = capitalised(word);
        (!known(word) && known(&noun)).then_some(noun)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelt(text: &str) -> String {
        Respelt::new(text, &[], None).map_or_else(|| text.to_owned(), |respelt| respelt.text)
    }

    fn respelt_with(text: &str, words: &[&str]) -> String {
        let known = |word: &str| words.contains(&word);
        let respelt = Respelt::new(text, &[], Some(&known));
        respelt.map_or_else(|| text.to_owned(), |respelt| respelt.text)
    }

    fn assert_respelt(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(respelt(text), *expected, "{text}");
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "Die Stadt baut eine Brücke.",
            "Er sagte: „Ich komme.“",
            "„Das ist ‚gut‘“, 5 – 7 \"mm\", 'so'",
            "LinkedIn, PlugIn und CheckIn, der InnenMinister",
            "Vitamine A B C D E",
            "Die Uhr zeigt 10:20 in Berlin/Innenstadt.",
            "x = a << 2; y >> 3",
            "👩\u{200d}💻",
        ] {
            assert_eq!(Respelt::new(text, &[], None), None, "{text}");
        }
    }

    #[test]
    fn letters_are_composed_and_what_is_not_seen_is_left_out() {
        assert_respelt(&[
            ("U\u{308}ber die Bru\u{308}cke", "Über die Brücke"),
            ("Öl\u{ad}preis\u{ad}entwicklung", "Ölpreisentwicklung"),
            ("Zeit\u{200b}raum und\u{2060} mehr", "Zeitraum und mehr"),
            ("\u{200d}\u{200c}\u{200d}„typisch“", "„typisch“"),
            ("E\u{2011}Mail und U\u{2010}Bahn", "E-Mail und U-Bahn"),
        ]);
    }

    #[test]
    fn typed_quotes_become_quotes() {
        assert_respelt(&[
            (",,Ich komme'', sagte er.", "„Ich komme“, sagte er."),
            ("Das ``Wort'' hier", "Das „Wort“ hier"),
            ("<<Ja>> und >>Nein<<", "„Ja“ und „Nein“"),
            (",,Ja, gern\" sagte sie", "„Ja, gern“ sagte sie"),
        ]);
    }

    #[test]
    fn references_are_letters() {
        assert_respelt(&[
            (
                "Sch&ouml;ne Gr&uuml;&szlig;e &amp; mehr",
                "Schöne Grüße &amp; mehr",
            ),
            ("R&D", "R&D"),
        ]);
    }

    #[test]
    fn gender_forms_are_feminine() {
        assert_respelt(&[
            ("Liebe Leser:innen!", "Liebe Leserinnen!"),
            (
                "Alle Mitarbeiter*innen und Kund_innen",
                "Alle Mitarbeiterinnen und Kundinnen",
            ),
            ("die StudentInnen", "die Studentinnen"),
            ("Schüler/innen, Lehrer/-innen", "Schülerinnen, Lehrerinnen"),
            (
                "Student(inn)en und Leser(innen)",
                "Student(inn)en und Leserinnen",
            ),
            ("die Bürger:innenversammlung", "die Bürgerinnenversammlung"),
            ("ein:e Ärzt:in, eine LehrerIn", "eine Ärztin, eine Lehrerin"),
            ("jede*r Nutzer*in", "jede Nutzerin"),
            ("mit jeder:m", "mit jeder:m"),
            ("Der*die Direktor*in", "Die Direktorin"),
            (
                "den:die Ärzt:in, dem/der Lehrer/in",
                "die Ärztin, der Lehrerin",
            ),
            (
                "die/der Nutzer_in, des/der Nutzer_in",
                "die Nutzerin, der Nutzerin",
            ),
        ]);
    }

    #[test]
    fn spaced_letters_become_a_word() {
        assert_respelt(&[
            ("Das ist S p e r r s a t z.", "Das ist Sperrsatz."),
            ("a b c d", "a b c d"),
        ]);
        assert_eq!(respelt_with("s e h r gut", &["sehr"]), "sehr gut");
        assert_eq!(respelt_with("A B C D", &["sehr"]), "A B C D");
    }

    #[test]
    fn umlauts_come_back_where_the_dictionary_has_them() {
        let words = [
            "Straße",
            "Schlüssel",
            "für",
            "Größe",
            "Bauer",
            "neue",
            "Fluss",
            "Straßenschlüssel",
        ];
        for (typed, expected) in [
            ("fuer die Strasse", "für die Straße"),
            ("Der neue Bauer am Fluss", "Der neue Bauer am Fluss"),
            ("Groesse", "Größe"),
            ("Strassenschluessel", "Straßenschlüssel"),
            ("Israel und Poesie", "Israel und Poesie"),
        ] {
            assert_eq!(respelt_with(typed, &words), expected);
        }
    }

    #[test]
    fn capitals_follow_the_dictionary() {
        let words = [
            "wichtig", "Termin", "NATO", "ich", "habe", "einen", "Brücke",
        ];
        assert_eq!(
            respelt_with("Das ist WICHTIG für die NATO und die ABCD", &words),
            "Das ist wichtig für die NATO und die ABCD"
        );
        assert_eq!(
            respelt_with("ich habe einen termin auf der brücke", &words),
            "ich habe einen Termin auf der Brücke"
        );
    }

    #[test]
    fn every_span_leads_back() {
        let text = "Die Leser:innen der U\u{308}bersicht, S p e r r s a t z.";
        let respelt = Respelt::new(text, &[], None).unwrap();
        assert_eq!(respelt.text, "Die Leserinnen der Übersicht, Sperrsatz.");
        let original = |word: &str| {
            let start = respelt.text.find(word).unwrap();
            &text[respelt.original(&(start..start + word.len()))]
        };
        assert_eq!(original("Die"), "Die");
        assert_eq!(original("Leserinnen"), "Leser:innen");
        assert_eq!(original("der"), "der");
        assert_eq!(original("Übersicht"), "U\u{308}bersicht");
        assert_eq!(original("Sperrsatz"), "S p e r r s a t z");
        for start in respelt.text.char_indices().map(|(at, _)| at) {
            for end in (start..=respelt.text.len()).filter(|&at| respelt.text.is_char_boundary(at))
            {
                assert!(text.get(respelt.original(&(start..end))).is_some());
            }
        }
    }

    #[test]
    fn terms_are_spared_and_words_lead_back() {
        let text = "Das S p e r r s a t z der Leser:innen und der User:innen hier";
        let term = text.find("User:innen").unwrap();
        let spared = term..term + "User:innen".len();
        let respelt = Respelt::new(text, std::slice::from_ref(&spared), None).unwrap();
        assert_eq!(
            respelt.text,
            "Das Sperrsatz der Leserinnen und der User:innen hier"
        );
        assert_eq!(&respelt.text[respelt.respelt(&spared)], "User:innen");
        assert_eq!(respelt.word_origins(text), [0, 1, 10, 11, 12, 13, 14, 15]);
    }

    #[test]
    fn marks_have_one_form_and_their_places_are_known() {
        let text = "„Öl\u{ad}preis“ — ‚gut‘";
        let plain = Respelt::punctuation(text).unwrap();
        assert_eq!(plain.text, "\" Ölpreis\" – ' gut'");
        let word = plain.text.find("Ölpreis").unwrap();
        let span = plain.original(&(word..word + "Ölpreis".len()));
        assert_eq!(&text[span], "Öl\u{ad}preis");
        let last = plain.text.len();
        assert_eq!(plain.original(&(last..last)), text.len()..text.len());
        assert_eq!(Respelt::punctuation("Größe: 5 – 7 mm, 's ist"), None);
        assert_eq!(Respelt::punctuation("plain"), None);
        let plain = |text| Respelt::punctuation(text).unwrap().text;
        assert_eq!(plain("Er sagt: ›Gut‹."), "Er sagt: \" Gut\".");
        assert_eq!(plain("‚So geht‘s‘, sagt er."), "\" So geht's\", sagt er.");
        assert_eq!(plain("„Er sagt ‚ja‘.“"), "\" Er sagt 'ja'.\"");
    }
}
