//! Letters outside the source vocabulary: the network reads Lukaszewska, and Łukaszewska is restored in the target.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::verbatim::{Rendering, Verbatim, word_around};
use crate::model::Token;

/// Replaces unknown letters in the words of `text` by base letters. Returns the new text and, as verbatims, those words in
/// their original spelling. Words in other scripts stay as they are.
pub(super) fn plain(text: &str, tokens: &[Token], unknown: u32) -> (String, Vec<Verbatim>) {
    let mut rewritten = String::with_capacity(text.len());
    let mut words = Vec::new();
    let mut end = 0;
    for token in tokens.iter().filter(|token| token.id == unknown) {
        let span = word_around(text, &token.span);
        let Some(plain) = plain_word(&text[span.clone()]) else {
            continue;
        };
        if span.start < end {
            continue; // a second letter of the same word
        }
        rewritten.push_str(&text[end..span.start]);
        let start = rewritten.len();
        rewritten.push_str(&plain);
        words.push(Verbatim {
            span: start..rewritten.len(),
            target: Rendering::Text(text[span.clone()].to_owned()),
        });
        end = span.end;
    }
    rewritten.push_str(&text[end..]);
    (rewritten, words)
}

/// A word without its diacritics, if it is written in Latin letters.
fn plain_word(word: &str) -> Option<String> {
    let mut plain = String::with_capacity(word.len());
    for c in word.nfd().filter(|&c| !is_combining_mark(c)) {
        match c {
            c if c.is_ascii_alphanumeric() => plain.push(c),
            _ => plain.push_str(without_mark(c)?),
        }
    }
    plain
        .contains(|c: char| c.is_ascii_alphabetic())
        .then_some(plain)
}

/// The base letters of those with strokes and of ligatures, which Unicode does not decompose.
fn without_mark(c: char) -> Option<&'static str> {
    Some(match c {
        'Ł' => "L",
        'ł' => "l",
        'Đ' | 'Ð' => "D",
        'đ' | 'ð' => "d",
        'Ø' => "O",
        'ø' => "o",
        'ı' => "i",
        'Æ' => "Ae",
        'æ' => "ae",
        'Œ' => "Oe",
        'œ' => "oe",
        'Þ' => "Th",
        'þ' => "th",
        'Ħ' => "H",
        'ħ' => "h",
        'ß' => "ss",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_words_lose_their_marks_and_others_stay() {
        assert_eq!(plain_word("Łukaszewska").as_deref(), Some("Lukaszewska"));
        assert_eq!(plain_word("Yeşilgöz").as_deref(), Some("Yesilgoz"));
        assert_eq!(plain_word("Москва"), None);
        assert_eq!(plain_word("😀"), None);
    }
}
