//! Escaping of text for files of markup.

use super::mail_text::MailText;

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
    /// A field of a row, in quotes where it had them or needs them.
    Field {
        /// The sign around fields.
        quote: u8,
        /// The sign between fields.
        delimiter: u8,
        /// Whether it had quotes.
        is_quoted: bool,
    },
    /// Without tabs and line ends.
    Tsv,
    /// A value of Java properties.
    Properties {
        /// Whether other signs than those of ASCII are written with `\\u`.
        is_ascii: bool,
        /// Whether apostrophes are doubled, as in messages with parameters.
        doubled: bool,
    },
    /// In LaTeX.
    Latex,
    /// A title with a line below it that is as long.
    Underlined {
        /// What the line is made of.
        sign: char,
        /// How long it is at least, and at most where there is a line above, too.
        least: usize,
        /// The end of a line of the file.
        line_end: &'static str,
    },
    /// In an e-mail.
    Mail(MailText),
    /// A text of YAML without quotes, or with those that it needs.
    Yaml,
    /// In a cue of WebVTT.
    Vtt,
    /// In a dialogue of SubStation Alpha.
    Ass,
    /// Inside the quotes of Apple's `.strings`.
    Strings,
    /// A text of gettext with its quotes, on a line for each of its own.
    Po {
        /// The end of a line of the file.
        line_end: &'static str,
    },
    /// A string of Android's resources.
    Android {
        /// Whether it stands in CDATA, where tags are written as they are.
        is_cdata: bool,
    },
}

impl Escape {
    /// Appends `words` to a file of any bytes.
    pub fn write_bytes(self, words: &str, file: &mut Vec<u8>) {
        if let Self::Mail(form) = self {
            return form.write(words, file);
        }
        let mut text = String::new();
        self.write(words, &mut text);
        file.extend_from_slice(text.as_bytes());
    }

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
            Self::Field {
                quote,
                delimiter,
                is_quoted,
            } => {
                let quote = char::from(quote);
                let special = [quote, char::from(delimiter), '\n', '\r'];
                let needs_quotes = words.contains(special) || words.starts_with(' ');
                if !is_quoted && !needs_quotes {
                    return file.push_str(words);
                }
                file.push(quote);
                file.push_str(&words.replace(quote, &format!("{quote}{quote}")));
                file.push(quote);
            }
            Self::Properties { is_ascii, doubled } => properties(words, is_ascii, doubled, file),
            Self::Latex => latex(words, file),
            Self::Underlined {
                sign,
                least,
                line_end,
            } => {
                let width = words.chars().count().max(least);
                file.push_str(words);
                file.push_str(line_end);
                file.extend(std::iter::repeat_n(sign, width));
            }
            // In bytes that are no text: see `write_bytes`.
            Self::Mail(_) => file.push_str(words),
            Self::Yaml => {
                let needs_quotes = words.contains([':', '#', '\n', '"'])
                    || words.starts_with(|c: char| c.is_ascii_punctuation())
                    || words.trim() != words;
                match needs_quotes {
                    // A text of JSON is one of YAML.
                    true => file.push_str(&serde_json::to_string(words).unwrap_or_default()),
                    false => file.push_str(words),
                }
            }
            Self::Vtt => {
                for c in words.chars() {
                    match c {
                        '&' => file.push_str("&amp;"),
                        '<' => file.push_str("&lt;"),
                        '>' => file.push_str("&gt;"),
                        '\u{a0}' => file.push_str("&nbsp;"),
                        '\u{200e}' => file.push_str("&lrm;"),
                        '\u{200f}' => file.push_str("&rlm;"),
                        c => file.push(c),
                    }
                }
            }
            Self::Ass => file.push_str(&words.replace('\n', "\\N").replace(['{', '}'], "")),
            Self::Strings => backslashed(words, file),
            Self::Po { line_end } => {
                let lines: Vec<&str> = words.split_inclusive('\n').collect();
                if lines.len() > 1 {
                    file.push_str("\"\"");
                }
                for line in &lines {
                    if lines.len() > 1 {
                        file.push_str(line_end);
                    }
                    file.push('"');
                    backslashed(line, file);
                    file.push('"');
                }
            }
            Self::Android { is_cdata } => android(words, is_cdata, file),
            Self::Tsv => file.push_str(&words.replace(['\t', '\n', '\r'], " ")),
        }
    }
}

/// Backslashes before quotes, and for line ends and tabs.
fn backslashed(words: &str, file: &mut String) {
    for c in words.chars() {
        match c {
            '"' => file.push_str("\\\""),
            '\\' => file.push_str("\\\\"),
            '\n' => file.push_str("\\n"),
            '\r' => file.push_str("\\r"),
            '\t' => file.push_str("\\t"),
            c => file.push(c),
        }
    }
}

fn properties(words: &str, is_ascii: bool, doubled: bool, file: &mut String) {
    for (i, c) in words.chars().enumerate() {
        match c {
            '\\' => file.push_str("\\\\"),
            '\n' => file.push_str("\\n"),
            '\r' => file.push_str("\\r"),
            '\t' => file.push_str("\\t"),
            '\'' if doubled => file.push_str("''"),
            ' ' if i == 0 => file.push_str("\\ "),
            c if is_ascii && !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    file.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => file.push(c),
        }
    }
}

fn latex(words: &str, file: &mut String) {
    for c in words.chars() {
        match c {
            '%' | '&' | '$' | '#' | '_' | '{' | '}' => file.extend(['\\', c]),
            '\\' => file.push_str("\\textbackslash{}"),
            '~' => file.push_str("\\textasciitilde{}"),
            '^' => file.push_str("\\textasciicircum{}"),
            '\u{a0}' => file.push('~'),
            '“' => file.push_str("``"),
            '”' => file.push_str("''"),
            c => file.push(c),
        }
    }
}

fn android(words: &str, is_cdata: bool, file: &mut String) {
    let begins = file.is_empty();
    for (i, c) in words.chars().enumerate() {
        match c {
            '\'' => file.push_str("\\'"),
            '"' => file.push_str("\\\""),
            '\n' => file.push_str("\\n"),
            '\t' => file.push_str("\\t"),
            '\\' => file.push_str("\\\\"),
            '@' | '?' if begins && i == 0 => file.extend(['\\', c]),
            c if is_cdata => file.push(c),
            c => Escape::Markup.write(c.encode_utf8(&mut [0; 4]), file),
        }
    }
}

/// Only what would be read as markup is escaped, so that ordinary text stays as it is.
fn markdown(words: &str, file: &mut String) {
    let line = &file[file.rfind('\n').map_or(0, |at| at + 1)..];
    let begins_line = line.trim_matches([' ', '\t', '>']).is_empty();
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
                let line = line.trim_start_matches([' ', '\t', '>']);
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
        let field = |is_quoted| Escape::Field {
            quote: b'"',
            delimiter: b';',
            is_quoted,
        };
        assert_eq!(written(field(true), "a, b"), "\"a, b\"");
        assert_eq!(written(field(false), "a, b"), "a, b");
        assert_eq!(written(field(false), "a; \"b\""), "\"a; \"\"b\"\"\"");
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
