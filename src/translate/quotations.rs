//! Quotations within a sentence: those in another language stay as they are.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::lexicon::Knowledge;
use crate::segment::language;

/// What stands between quotation marks of any kind.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["„“”»«‟](?<double>[^"„“”»«‟]+)["“”»«]|‚(?<low>[^‚‘]+)‘|›(?<in>[^›‹]+)‹|‹(?<out>[^›‹]+)›"#)
        .expect("the pattern is constant")
});

/// Fewest words of a quotation that no list of words tells the language of.
const FEWEST_WORDS: usize = 3;

/// The insides of quotations that are no German. `knowledge` tells what the lexicon has of a word.
pub(super) fn foreign(text: &str, knowledge: &dyn Fn(&str) -> Knowledge) -> Vec<Range<usize>> {
    let mut foreign = Vec::new();
    let mut from = 0;
    // A mark that closes may be like one that opens: what stands between two quotations is looked at last.
    while let Some(found) = QUOTED.captures_at(text, from) {
        let Some(inside) = found.iter().skip(1).flatten().next() else {
            break;
        };
        from = found.get(0).map_or(text.len(), |whole| whole.end());
        let words = inside.as_str();
        if language::is_foreign(words) || is_strange(words, knowledge) {
            foreign.push(inside.range());
        }
    }
    foreign
}

/// Whether at least half of several words are none of the German ones that the lexicon has, and the others may be English.
fn is_strange(text: &str, knowledge: &dyn Fn(&str) -> Knowledge) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’')
        .filter(|word| !word.is_empty())
        .collect();
    let strange = words
        .iter()
        .filter(|word| knowledge(word) != Knowledge::Word);
    words.len() >= FEWEST_WORDS
        && strange.count() * 2 >= words.len()
        && language::may_be_foreign(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let german = ["lokal", "global", "Haus", "Heimat", "gute", "Reise"];
        let knowledge = |word: &str| match german.contains(&word) {
            true => Knowledge::Word,
            false => Knowledge::None,
        };
        (foreign(text, &knowledge).into_iter())
            .map(|span| &text[span])
            .collect()
    }

    #[test]
    fn quotations_in_another_language_are_found() {
        for (text, expected) in [
            (
                "Er sagte: “We need to move fast and break things.”",
                &["We need to move fast and break things."][..],
            ),
            (
                "Das Motto „Think global, act local and so on“ gilt.",
                &["Think global, act local and so on"],
            ),
            (
                "meldet \"Error: could not open file for reading\" und endet",
                &["Error: could not open file for reading"],
            ),
            (
                "‚The show must go on‘ und »To be or not to be«",
                &["The show must go on", "To be or not to be"],
            ),
            ("„Ich komme“, sagte er, „wir gehen nach Hause“.", &[]),
            ("Das Wort „Heimat“ und der Film „Gute Reise“", &[]),
            ("Die Firma „Schulze & Söhne“", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
