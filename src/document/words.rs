//! Words: stretches of text without white space.

use std::ops::Range;

/// The byte spans of the words of a text, in order.
pub fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_whitespace().map(move |word| {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        start..start + word.len()
    })
}

/// The number of words of a text.
pub fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The words of a text with one space between them.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn spans_are_those_between_white_space() {
        let text = "  ein \t Wort\u{a0}hier\n";
        let words: Vec<&str> = super::spans(text).map(|word| &text[word]).collect();
        assert_eq!(words, ["ein", "Wort", "hier"]);
        assert_eq!(super::count(text), 3);
        assert_eq!((super::spans("").count(), super::count(" \n")), (0, 0));
    }
}
