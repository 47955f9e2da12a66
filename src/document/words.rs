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

/// Whether most of a text is data: checksums, Base64 and the like, in words too long to be any.
pub fn is_data(text: &str) -> bool {
    const SHORTEST: usize = 20;
    let is_data = |word: &&str| {
        word.len() >= SHORTEST
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && (word.bytes()).all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
    };
    let bytes = |words: &mut dyn Iterator<Item = &str>| words.map(str::len).sum::<usize>();
    let data = bytes(&mut text.split_whitespace().filter(is_data));
    data > 0 && data * 3 > bytes(&mut text.split_whitespace()) * 2
}

/// Whether a number with a full stop in front of a word is rather an ordinal than that of an item: `2. Stock`.
pub fn is_ordered(word: &str) -> bool {
    #[rustfmt::skip]
    const ORDERED: [&str; 37] = [
        "Advent", "Auflage", "Bundesliga", "Bürgermeister", "Bürgermeisterin", "Etage", "Etappe", "Geburtstag", "Halbjahr",
        "Halbzeit", "Hälfte", "Jahrestag", "Jahrgang", "Jahrhundert", "Jahrtausend", "Klasse", "Liga", "Lesung", "Mannschaft",
        "OG", "UG", "Obergeschoss", "Obergeschoß", "Person", "Platz", "Preis", "Quartal", "Rang", "Runde", "Semester",
        "Spieltag", "Stock", "Stockwerk", "Untergeschoss", "Vorsitzende", "Vorsitzender", "Weltkrieg",
    ];
    ORDERED.contains(&word)
}

#[cfg(test)]
mod tests {
    #[test]
    fn data_is_told_from_prose() {
        for (text, expected) in [
            (
                "05648343a22701d4622adece211ea013258af7c0dcc8c8ecdeabd0dbbbe0b69f  datei1.txt",
                true,
            ),
            (
                "RCCCPP3m8cJrMPkOx90B5Ih1NKIPCw0Ew27YDnHg/XewdnDrlAvVM1+XParYYZuR==",
                true,
            ),
            ("Donaudampfschifffahrtsgesellschaftskapitän", false),
            (
                "Die Prüfsumme der Datei lautet 05648343a22701d4622adece211ea013",
                false,
            ),
            ("1954 2013 1.234,5", false),
            ("", false),
        ] {
            assert_eq!(super::is_data(text), expected, "{text}");
        }
    }

    #[test]
    fn spans_are_those_between_white_space() {
        let text = "  ein \t Wort\u{a0}hier\n";
        let words: Vec<&str> = super::spans(text).map(|word| &text[word]).collect();
        assert_eq!(words, ["ein", "Wort", "hier"]);
        assert_eq!(super::count(text), 3);
        assert_eq!((super::spans("").count(), super::count(" \n")), (0, 0));
    }
}
