//! Line breaks of a wrapped paragraph, put into its translation.

/// Gives a translation the line breaks of its source: as many, with the same line ends and indentation, each at the
/// word boundary nearest to the same fraction of the text, counted in characters.
///
/// `translation` is one line; its words come out unchanged with one space or one break between them. When the source
/// has more breaks than the translation has word boundaries, the surplus stands at the end.
///
/// ```
/// use degist::document::rewrap;
///
/// let source = "Auf seiner Hausmesse hat das Unternehmen\n  neue Dienste angekündigt.";
/// let translation = "At its own trade fair, the company announced new services.";
/// assert_eq!(
///     rewrap(source, translation),
///     "At its own trade fair, the company\n  announced new services.",
/// );
/// ```
pub fn rewrap(source: &str, translation: &str) -> String {
    let (breaks, source_length) = breaks(source);
    let words: Vec<&str> = translation
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect();
    let length: usize = words.iter().map(|word| word.chars().count() + 1).sum();

    let mut wrapped = String::with_capacity(translation.len() + source.len() / 8);
    let mut breaks = breaks.into_iter().peekable();
    let mut position = 0;
    for (index, word) in words.iter().enumerate() {
        wrapped.push_str(word);
        position += word.chars().count() + 1;
        let Some(next) = words.get(index + 1) else {
            break;
        };
        let boundaries_after = words.len() - index - 2;
        // The break comes here rather than after the next word if it is nearer to here. Both sides of the comparison
        // are distances times 2 · source_length, to stay with whole numbers.
        let here_or_next = 2 * position + next.chars().count() + 1;
        let due = breaks
            .peek()
            .is_some_and(|break_| 2 * break_.position * length <= here_or_next * source_length);
        let pressed = breaks.len() > boundaries_after;
        match breaks.next_if(|_| due || pressed) {
            Some(break_) => wrapped.push_str(break_.layout),
            None => wrapped.push(' '),
        }
    }
    wrapped.extend(breaks.map(|break_| break_.layout));
    wrapped
}

/// White space around at least one line end.
struct Break<'a> {
    layout: &'a str,
    /// Characters of the text before it, each earlier break counted as one.
    position: usize,
}

/// The breaks of a text, and its length in characters with each break counted as one.
fn breaks(text: &str) -> (Vec<Break<'_>>, usize) {
    let mut breaks = Vec::new();
    let mut position = 0;
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        let line = rest[..end].trim_end();
        let next = rest[end..].trim_start();
        position += line.chars().count() + 1;
        breaks.push(Break {
            layout: &rest[line.len()..rest.len() - next.len()],
            position,
        });
        rest = next;
    }
    (breaks, position + rest.chars().count() + 1)
}

/// White space that may become a line break: not the no-break spaces.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{A0}' | '\u{2007}' | '\u{202F}')
}
