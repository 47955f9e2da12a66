//! Letters that the vocabulary does not know: the network reads Lukaszewska, the reader gets Łukaszewska back.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::verbatim::{Target, Verbatim, word_around};
use crate::model::Token;

/// Rewrites the words of `text` that hold unknown letters in plain ones. Gives the new text, and those words in it with
/// their own spelling. Words of other scripts stay.
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
            target: Target::Text(text[span.clone()].to_owned()),
        });
        end = span.end;
    }
    rewritten.push_str(&text[end..]);
    (rewritten, words)
}

/// A word without the marks of its letters, if it is a word of Latin letters.
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

/// Letters whose strokes and ligatures Unicode does not take apart.
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
