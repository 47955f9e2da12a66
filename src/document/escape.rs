//! Escaping of text for files of markup.

/// A way to write text so that nothing in it is read as markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As they are.
    None,
    /// `&`, `<` and `>` as character references, in HTML and XML.
    Markup,
    /// With a backslash before what would be Markdown.
    Markdown,
    /// Inside the quotes of a JSON string.
    Json,
    /// Inside the quotes of a CSV field.
    Csv,
    /// Without tabs and line ends.
    Tsv,
}

impl Escape {
    /// Appends `words` to a file.
    pub fn write(self, words: &str, file: &mut String) {
        match self {
            Self::None => file.push_str(words),
            Self::Markup => {
                for c in words.chars() {
                    match c {
                        '&' => file.push_str("&amp;"),
                        '<' => file.push_str("&lt;"),
                        '>' => file.push_str("&gt;"),
                        '\u{a0}' => file.push_str("&#160;"),
                        // No XML can hold them.
                        '\0'..='\x08'
                        | '\x0B'
                        | '\x0C'
                        | '\x0E'..='\x1F'
                        | '\u{FFFE}'
                        | '\u{FFFF}' => {}
                        c => file.push(c),
                    }
                }
            }
            Self::Markdown => markdown(words, file),
            Self::Json => {
                // A string cannot fail to become JSON.
                let quoted = serde_json::to_string(words).unwrap_or_default();
                file.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            }
            Self::Csv => file.push_str(&words.replace('"', "\"\"")),
            Self::Tsv => file.push_str(&words.replace(['\t', '\n', '\r'], " ")),
        }
    }
}

/// Only what would be read as markup is escaped, so that ordinary text stays as it is.
fn markdown(words: &str, file: &mut String) {
    let begins_line = file.is_empty() || file.ends_with('\n');
    let mut previous = None;
    let mut characters = words.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        let between_words = |other: Option<char>| other.is_some_and(char::is_alphanumeric);
        let begins = begins_line && previous.is_none();
        let special = match c {
            '\\' | '*' | '`' | '[' | ']' | '<' | '|' => true,
            '_' | '~' => !(between_words(previous) && between_words(next)),
            '&' => next.is_some_and(|next| next == '#' || next.is_ascii_alphabetic()),
            // Mathematics.
            '$' => {
                next.is_some_and(|next| !next.is_whitespace())
                    && characters.clone().any(|c| c == '$')
            }
            '#' | '>' => begins,
            '-' | '+' => begins && next == Some(' '),
            '.' | ')' => {
                let line = &file[file.rfind('\n').map_or(0, |at| at + 1)..];
                begins_line && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
            }
            _ => false,
        };
        if special {
            file.push('\\');
        }
        file.push(c);
        previous = Some(c);
    }
}

#[cfg(test)]
mod tests {
    use super::Escape;

    #[test]
    fn words_are_no_markup() {
        let written = |escape: Escape, words: &str| {
            let mut file = String::new();
            escape.write(words, &mut file);
            file
        };
        assert_eq!(
            written(Escape::Markup, "a<b & c>\u{1}\u{c}\u{fffe}"),
            "a&lt;b &amp; c&gt;"
        );
        assert_eq!(written(Escape::Json, "\"a\\\n"), "\\\"a\\\\\\n");
        assert_eq!(written(Escape::Csv, "a \"b\""), "a \"\"b\"\"");
        for (words, markdown) in [
            ("2 * 3", "2 \\* 3"),
            ("snake_case, _so_", "snake_case, \\_so\\_"),
            ("# 1", "\\# 1"),
            ("a # 1. b", "a # 1. b"),
            ("1. b", "1\\. b"),
            ("AT&T & Co. &amp;", "AT\\&T & Co. \\&amp;"),
            ("- a - b", "\\- a - b"),
            ("5 $ oder $5", "5 $ oder $5"),
            ("$5 und 5$", "\\$5 und 5$"),
        ] {
            assert_eq!(written(Escape::Markdown, words), markdown);
        }
    }
}
