//! English typography: quotation marks, capitals and full stops that rules settle better than the network.

use super::spelling::has_only_single_quotes;

/// Writes English quotation marks: curly where the source has German ones („…“, »…«, ‚…‘), straight elsewhere. No space
/// follows a mark that opens.
pub(super) fn english_quotes(source: &str, target: &str) -> String {
    let curly = source.contains(['„', '“', '”', '»', '«', '‚', '›', '‹']);
    let mut written = String::with_capacity(target.len() + 8);
    let single = source.contains(['‚', '‘', '’', '›', '‹', '\'']);
    // Apostrophes are no marks.
    let curly_single = source.contains(['‚', '›', '‹']);
    // The network got double marks in place of them.
    let (open, close) = match has_only_single_quotes(source) {
        true => ('‘', '’'),
        false => ('“', '”'),
    };
    let mut previous = None;
    let (mut straight, mut opened, mut inside) = (0, false, false);
    let mut characters = target.chars().peekable();
    while let Some(c) = characters.next() {
        if opened && c.is_whitespace() {
            continue;
        }
        straight += usize::from(c == '"');
        let c = match c {
            '"' | '„' | '“' | '”' | '»' | '«' if curly => {
                if opens(previous) {
                    open
                } else {
                    close
                }
            }
            '‚' | '‘' | '›' | '‹' if curly => {
                if opens(previous) {
                    '‘'
                } else {
                    '’'
                }
            }
            '\'' if curly_single && opens(previous) => {
                inside = true;
                '‘'
            }
            '\'' if inside && !characters.peek().is_some_and(|c| c.is_alphabetic()) => {
                inside = false;
                '’'
            }
            '„' => '"',
            c => c,
        };
        opened = match c {
            '“' | '‘' => true,
            '"' => straight % 2 == 1 && opens(previous),
            '\'' => single && opens(previous),
            _ => false,
        };
        written.push(c);
        previous = Some(c);
    }
    written
}

/// Whether a quotation mark after `previous` opens a quotation.
fn opens(previous: Option<char>) -> bool {
    previous.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '–' | '—' | '“' | '‘'))
}

/// Replaces character references, which the training text has in place of some characters.
pub(super) fn unescape(source: &str, target: String) -> String {
    if source.contains('&') || !target.contains('&') {
        return target;
    }
    [
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(target, |text, (entity, character)| {
        text.replace(entity, character)
    })
}

/// Removes a full stop that the source does not have: a heading stays one.
pub(super) fn end_like(source: &str, mut target: String) -> String {
    let ends = [
        '.', '!', '?', ':', ';', '…', '"', '“', '”', '’', '‘', '«', '»', ')',
    ];
    if !source.ends_with(ends) && target.ends_with('.') && !target.ends_with("..") {
        target.pop();
    }
    target
}

/// Begins the target with a capital where the source does.
pub(super) fn begin_like(source: &str, target: String) -> String {
    let german = source.chars().find(|c| c.is_alphabetic());
    let is_mark = |c: char| matches!(c, '“' | '‘' | '"' | '\'' | '(');
    let start = target.len() - target.trim_start_matches(is_mark).len();
    match (german, target[start..].chars().next()) {
        (Some(german), Some(first)) if german.is_uppercase() && first.is_ascii_lowercase() => {
            let rest = &target[start + first.len_utf8()..];
            format!("{}{}{rest}", &target[..start], first.to_uppercase())
        }
        _ => target,
    }
}

/// Words that German writes in lower case within a heading.
const SMALL_WORDS: &[&str] = &[
    "ab", "aber", "als", "am", "an", "auch", "auf", "aus", "bei", "beim", "bis", "das", "dem",
    "den", "der", "des", "die", "durch", "ein", "eine", "einem", "einen", "einer", "für", "gegen",
    "im", "in", "ins", "ist", "mit", "nach", "nicht", "noch", "nur", "ohne", "oder", "sein",
    "sich", "sie", "so", "und", "unter", "vom", "von", "vor", "was", "wie", "wird", "zu", "zum",
    "zur", "über",
];

/// A line in capitals in ordinary spelling, for the network to read; `None` for any other line. Short words may be
/// abbreviations and stay in capitals.
pub(super) fn uncapitalised(text: &str) -> Option<String> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 8 || text.contains(char::is_lowercase) || !text.contains(' ') {
        return None;
    }
    let words: Vec<String> = text
        .split(' ')
        .enumerate()
        .map(|(place, word)| {
            let small = word.to_lowercase();
            let plain = word.chars().all(char::is_alphabetic);
            if place > 0 && SMALL_WORDS.contains(&small.as_str()) {
                small
            } else if !plain && word.contains(['_', '.', '/', '@'])
                || word.chars().count() <= 3 && place > 0
            {
                word.to_owned()
            } else {
                let mut characters = small.chars();
                let first = characters.next().into_iter().flat_map(char::to_uppercase);
                first.chain(characters).collect()
            }
        })
        .collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_follow_the_source() {
        assert_eq!(
            english_quotes("„Ja“, „nein“.", "\"Yes,\" \"no.\""),
            "“Yes,” “no.”"
        );
        assert_eq!(english_quotes("\"Ja\".", "\"Yes.\""), "\"Yes.\"");
        assert_eq!(english_quotes("„Musik“", "\" Music\" is"), "“Music” is");
        assert_eq!(english_quotes("\"Musik\"", "\" Music\" is"), "\"Music\" is");
        assert_eq!(english_quotes("‚Musik‘", "' Music' is"), "‘Music’ is");
        assert_eq!(english_quotes("‚Musik‘", "\" Music\" is"), "‘Music’ is");
        assert_eq!(
            english_quotes("‚Er ist's‘", "'It's him,' don't"),
            "‘It's him,’ don't"
        );
        assert_eq!(english_quotes("'Musik'", "' Music' is"), "'Music' is");
        assert_eq!(english_quotes("(»Ja«)", "(\"Yes\")"), "(“Yes”)");
    }

    #[test]
    fn beginnings_and_ends_follow_the_source() {
        assert_eq!(begin_like("Tagesordnung", "agenda".into()), "Agenda");
        assert_eq!(begin_like("„Kommt er?“", "“does he?”".into()), "“Does he?”");
        assert_eq!(begin_like("und so", "and so".into()), "and so");
        assert_eq!(end_like("Neue Brücke", "New bridge.".into()), "New bridge");
        assert_eq!(end_like("Es regnet.", "It rains.".into()), "It rains.");
    }

    #[test]
    fn lines_in_capitals_are_read_as_headings() {
        let heading = uncapitalised("HINWEIS ZUR AKTUALISIERUNG IN DER EU");
        assert_eq!(
            heading.as_deref(),
            Some("Hinweis zur Aktualisierung in der EU")
        );
        assert_eq!(uncapitalised("Hinweis zur Aktualisierung"), None);
        assert_eq!(uncapitalised("GmbH"), None);
    }
}
