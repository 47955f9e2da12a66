//! One form of punctuation: what networks with hints or placeholders were trained on, on both sides.

use std::ops::Range;

/// A text in plain punctuation, and where its bytes come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) text: String,
    /// For each byte of `text`, and its end, the byte of the original.
    origins: Vec<usize>,
}

impl Plain {
    /// The bytes of the original text that became those of `span`.
    pub(super) fn original(&self, span: &Range<usize>) -> Range<usize> {
        self.origins[span.start]..self.origins[span.end]
    }
}

/// Writes quotation marks, dashes and spaces of any kind in the one that the network knows, and leaves out what is not
/// seen: soft hyphens, joiners, variation selectors. `None` if there is nothing to change.
pub(super) fn plain(text: &str) -> Option<Plain> {
    if text.is_ascii() && !text.contains('`') || text.chars().all(|c| of(c) == Some(c)) {
        return None;
    }
    let mut plain = Plain {
        text: String::with_capacity(text.len()),
        origins: Vec::with_capacity(text.len() + 1),
    };
    for (start, c) in text.char_indices() {
        let Some(c) = of(c) else {
            continue;
        };
        plain.text.push(c);
        plain.origins.resize(plain.text.len(), start);
    }
    plain.origins.push(text.len());
    Some(plain)
}

/// What stands for a character; `None` for what is not seen.
fn of(c: char) -> Option<char> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_one_form_and_their_places_are_known() {
        let text = "„Öl\u{ad}preis“ — ‚so‘";
        let plain = plain(text).unwrap();
        assert_eq!(plain.text, "\"Ölpreis\" – 'so'");
        let word = plain.text.find("Ölpreis").unwrap();
        let span = plain.original(&(word..word + "Ölpreis".len()));
        assert_eq!(&text[span], "Öl\u{ad}preis");
        let last = plain.text.len();
        assert_eq!(plain.original(&(last..last)), text.len()..text.len());
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(plain("Größe: 5 – 7 \"mm\""), None);
        assert_eq!(plain("plain"), None);
    }
}
