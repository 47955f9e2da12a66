//! Possessives in phrases of the dictionary: “buries one's head in the sand” is his head, or hers.

use crate::document::words;

/// “One's”, as the dictionary has it.
const ONES: &str = "one's";
/// What is somebody's, and the pronouns that say who that is.
const POSSESSIVES: [(&str, &[&str]); 7] = [
    ("my", &["i", "me"]),
    ("your", &["you"]),
    ("his", &["he", "him"]),
    ("her", &["she"]),
    ("its", &["it"]),
    ("our", &["we", "us"]),
    ("their", &["they", "them"]),
];

/// The text with the possessive of the last pronoun before each “one's”, “their” if there is none. Where somebody is “one” or
/// the source says `man`, nothing changes.
pub(super) fn possessed(source: &str, text: String) -> String {
    let is_said = |text: &str, what: &str| {
        words::spans(text).any(|word| text[word].eq_ignore_ascii_case(what))
    };
    if !text.contains(ONES) || is_said(source, "man") || is_said(&text, "one") {
        return text;
    }
    let mut possessive = "their";
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for word in words::spans(&text) {
        out.push_str(&text[end..word.start]);
        end = word.end;
        let written = &text[word];
        // “I’m”, “you've”.
        let letters = |c: char| !c.is_alphabetic();
        let who = written.split(letters).find(|letters| !letters.is_empty());
        let is_who = |(_, pronouns): &&(&str, &[&str])| {
            let is_it = |pronoun: &&str| who.is_some_and(|who| who.eq_ignore_ascii_case(pronoun));
            pronouns.iter().any(is_it)
        };
        if let Some((theirs, _)) = POSSESSIVES.iter().find(is_who) {
            possessive = theirs;
        }
        match written {
            ONES => out.push_str(possessive),
            _ => out.push_str(written),
        }
    }
    out.push_str(&text[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::possessed;

    #[test]
    fn what_is_ones_is_somebodys() {
        for (text, expected) in [
            ("She put one's foot in it.", "She put her foot in it."),
            (
                "He says that we hide one's light.",
                "He says that we hide our light.",
            ),
            (
                "The ministers  bury one's head in the sand.",
                "The ministers  bury their head in the sand.",
            ),
            ("One must keep one's word.", "One must keep one's word."),
            ("They lost.", "They lost."),
        ] {
            assert_eq!(possessed("Das tut er.", text.into()), expected);
        }
        assert_eq!(
            possessed("Das tut man so.", "You lose one's way.".into()),
            "You lose one's way."
        );
    }
}
