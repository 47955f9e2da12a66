//! Words of a sentence, as the lexicon knows them.

use std::ops::Range;

/// The spans of the words of a text: letters, with hyphens between letters. What is no letter ends a word, so that
/// `geht's` is two and `(um)ziehen` as well.
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphabetic)?;
        let mut end = start;
        let mut letters = text[start..].char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let inner_hyphen =
                letter == '-' && (letters.peek()).is_some_and(|(_, next)| next.is_alphabetic());
            if !letter.is_alphabetic() && !inner_hyphen {
                break;
            }
            end = start + at + letter.len_utf8();
        }
        rest = end;
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_letters_with_inner_hyphens() {
        let cut = |text: &'static str| words(text).map(|span| &text[span]).collect::<Vec<_>>();
        assert_eq!(
            cut("Die US-Cloud-Giganten (und -Zwerge) geht's an: A4, Öl- und Gas--Preise"),
            [
                "Die",
                "US-Cloud-Giganten",
                "und",
                "Zwerge",
                "geht",
                "s",
                "an",
                "A",
                "Öl",
                "und",
                "Gas",
                "Preise"
            ]
        );
        assert!(cut("12 – 3.").is_empty());
    }
}
