//! Symbols: characters that are no letters, digits or punctuation, such as `→`, `©`, `✅` and other emoji.

use std::ops::Range;

/// The runs of symbols in a text, each with what makes one picture with it: skin tones, joiners, selectors, keycaps; and
/// raised digits behind a word, which lead to footnotes.
pub(super) fn symbols(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut previous = None;
    let mut characters = text.char_indices().peekable();
    while let Some((start, c)) = characters.next() {
        let next = characters.peek().map(|&(_, next)| next);
        let end = start + c.len_utf8();
        let goes_on = runs.last().is_some_and(|run| run.end == start);
        let is_part = is_symbol(c, previous, next)
            || goes_on && joins(c)
            || is_keycap(&text[start..])
            || is_raised(c) && (goes_on || previous.is_some_and(char::is_alphabetic));
        match runs.last_mut() {
            Some(run) if is_part && goes_on => run.end = end,
            _ if is_part => runs.push(start..end),
            _ => {}
        }
        previous = Some(c);
    }
    runs
}

/// The items of a line such as `Beratung ✓ Verkauf ✓ Service ✓`, and the signs between them, each with the space behind it;
/// `None` for any other line.
pub(super) fn items(text: &str) -> Option<Vec<Range<usize>>> {
    const LONGEST_ITEM: usize = 4;
    let runs = symbols(text);
    let is_space = |c: char| c.is_whitespace();
    let stands_alone = |run: &Range<usize>| {
        let (before, after) = (&text[..run.start], &text[run.end..]);
        (before.is_empty() || before.ends_with(is_space))
            && (after.is_empty() || after.starts_with(is_space))
    };
    let first = runs.first()?;
    let is_list = runs.len() > 1
        && !text.ends_with(['.', '!', '?', ':'])
        && runs
            .iter()
            .all(|run| stands_alone(run) && text[run.clone()] == text[first.clone()]);
    if !is_list {
        return None;
    }
    let mut items = Vec::new();
    let mut end = 0;
    let last = text.len()..text.len();
    for run in runs.iter().chain(std::iter::once(&last)) {
        let item = text[end..run.start].trim();
        let begins = item.chars().next();
        if begins.is_some_and(|c| !c.is_uppercase() && !c.is_ascii_digit())
            || item.split_whitespace().count() > LONGEST_ITEM
        {
            return None;
        }
        let behind = &text[run.end..];
        let next = text.len() - behind.trim_start().len();
        items.extend(
            [end..run.start, run.start..next]
                .into_iter()
                .filter(|span| !span.is_empty()),
        );
        end = next;
    }
    Some(items)
}

/// Whether a character is a symbol between its neighbours.
fn is_symbol(c: char, previous: Option<char>, next: Option<char>) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    match c {
        // "Leser*innen", "Leser_innen".
        '*' | '_' => !(letter(previous) && letter(next)),
        '<' | '>' | '=' | '~' | '^' | '|' | '\\' | '#' | '{' | '}' | '@' | '$' => true,
        _ if c.is_ascii() || c.is_alphanumeric() || c.is_whitespace() || c.is_control() => false,
        '„' | '“' | '”' | '‟' | '‚' | '‘' | '’' | '‛' | '»' | '«' | '›' | '‹' | '´' | '′' | '″' => {
            false
        }
        '…' | '–' | '—' | '―' | '‐' | '‑' | '‒' | '−' => false,
        // Not seen, or part of a letter.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => false,
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => false,
        // Private characters are codes.
        '\u{e000}'..='\u{f8ff}' | '\u{fffd}' => false,
        _ => !is_other_mark(c),
    }
}

/// Marks of letters and punctuation of other scripts.
fn is_other_mark(c: char) -> bool {
    matches!(c, '\u{380}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}' | '\u{3000}'..='\u{303f}' | '\u{a000}'..='\u{abff}'
        | '\u{fb00}'..='\u{fdff}' | '\u{fe10}'..='\u{ffef}')
}

/// Characters that follow a symbol and belong to it.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// Whether a text begins with a digit in a keycap: `1️⃣`.
fn is_keycap(text: &str) -> bool {
    let rest = text.strip_prefix(|c: char| c.is_ascii_digit() || matches!(c, '#' | '*'));
    rest.is_some_and(|rest| rest.trim_start_matches('\u{fe0f}').starts_with('\u{20e3}'))
}

/// Raised digits.
pub(super) fn is_raised(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_found_whole() {
        for (text, expected) in [
            ("✅ Rechnung bezahlt", "✅"),
            ("⚠️ Achtung", "⚠️"),
            ("Das war 👍🏽 gut", "👍🏽"),
            ("Eine 👩‍👩‍👧 Familie", "👩‍👩‍👧"),
            ("Aus 🇩🇪 und 🇦🇹", "🇩🇪 🇦🇹"),
            ("1️⃣ Zuerst", "1️⃣"),
            ("Datei → Speichern", "→"),
            ("© 2024", "©"),
            ("Marke™ und Name®", "™ ®"),
            ("ein Wort¹ und mehr²³", "¹ ²³"),
            ("a • b ● c", "• ●"),
            ("★★★ Hotel", "★★★"),
            ("5 ‰ davon", "‰"),
            ("x | y", "|"),
            ("~ 5", "~"),
            ("der § dort", "§"),
            ("Taste ⌘ und ⌥", "⌘ ⌥"),
            ("∑ und ∞", "∑ ∞"),
            ("☐ offen ☑ fertig", "☐ ☑"),
            ("ein * hier", "*"),
            ("♥ und Seele", "♥"),
        ] {
            let found: Vec<&str> = symbols(text).into_iter().map(|run| &text[run]).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_items_are_cut_at_their_signs() {
        let cut = |text: &str| -> Option<String> {
            let items = items(text)?;
            assert!(items.windows(2).all(|pair| pair[0].end == pair[1].start));
            Some(
                items
                    .into_iter()
                    .map(|item| &text[item])
                    .collect::<Vec<_>>()
                    .join("_"),
            )
        };
        for (text, expected) in [
            (
                "Beratung ✓ Verkauf ✓ Service ✓",
                Some("Beratung _✓ _Verkauf _✓ _Service _✓"),
            ),
            ("• Haus • Garten", Some("• _Haus _• _Garten")),
            (
                "Start | Über uns | Kontakt",
                Some("Start _| _Über uns _| _Kontakt"),
            ),
            ("✅ Rechnung bezahlt", None),
            ("Wir 💚 Bonn und 💚 dich.", None),
            ("Wir 💚 euch und 💚 dich", None),
            ("Haus → Garten ✓", None),
            ("ohne Zeichen", None),
        ] {
            assert_eq!(cut(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn prose_has_none() {
        for text in [
            "„Das“ – sagte er – ist ‚gut‘ …",
            "Leser*innen und Leser_innen, Öl\u{ad}preis",
            "Müller & Söhne (5 %) und/oder A+B",
            "Ελληνικά, русский, 中文。",
            "10² sind 100",
        ] {
            assert!(symbols(text).is_empty(), "{text}");
        }
    }
}
