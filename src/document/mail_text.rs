//! Texts of e-mail as their headers say that they are written: character sets, quoted-printable, Base64, encoded words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The form of a text in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailText {
    /// The value of a header (RFC 2047).
    Header {
        /// The end of a line of the file.
        line_end: &'static str,
    },
    /// A body.
    Body {
        /// How its bytes are written.
        transfer: Transfer,
        /// What its bytes stand for.
        charset: Charset,
        /// The end of a line of the file.
        line_end: &'static str,
    },
}

/// A transfer encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// The bytes as they are.
    None,
    /// RFC 2045, 6.7.
    QuotedPrintable,
    /// RFC 2045, 6.8.
    Base64,
}

/// A character set that English can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// US-ASCII.
    Ascii,
    /// ISO-8859-1, -15 and Windows-1252, without what the first of them lacks.
    Latin,
    /// UTF-8.
    Utf8,
}

impl Charset {
    /// The character set of this name; `None` if English is not written in it.
    pub(super) fn of(name: Option<&str>) -> Option<Self> {
        match name.unwrap_or("us-ascii").to_ascii_lowercase().as_str() {
            "us-ascii" | "ascii" => Some(Self::Ascii),
            "iso-8859-1" | "iso-8859-15" | "windows-1252" | "latin1" | "cp1252" => {
                Some(Self::Latin)
            }
            "utf-8" | "utf8" => Some(Self::Utf8),
            _ => None,
        }
    }

    fn encode(self, text: &str) -> Vec<u8> {
        if self == Self::Utf8 {
            return text.as_bytes().to_vec();
        }
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            match (c, u8::try_from(u32::from(c))) {
                (_, Ok(byte)) if byte < 0x80 => bytes.push(byte),
                (_, Ok(byte)) if self == Self::Latin && byte >= 0xA0 => bytes.push(byte),
                ('“' | '”' | '„' | '«' | '»', _) => bytes.push(b'"'),
                ('‘' | '’' | '‚', _) => bytes.push(b'\''),
                ('–' | '—', _) => bytes.push(b'-'),
                ('…', _) => bytes.extend(b"..."),
                ('€', _) => bytes.extend(b"EUR"),
                ('ä' | 'ö' | 'ü', _) => bytes.extend([plain(c), b'e']),
                ('Ä' | 'Ö' | 'Ü', _) => bytes.extend([plain(c), b'e']),
                ('ß', _) => bytes.extend(b"ss"),
                ('\u{a0}', _) => bytes.push(b' '),
                ('•', _) => bytes.push(b'*'),
                _ => bytes.push(b'?'),
            }
        }
        bytes
    }
}

fn plain(umlaut: char) -> u8 {
    match umlaut {
        'ä' => b'a',
        'ö' => b'o',
        'ü' => b'u',
        'Ä' => b'A',
        'Ö' => b'O',
        _ => b'U',
    }
}

impl MailText {
    /// Appends a text to a file.
    pub(super) fn write(self, text: &str, file: &mut Vec<u8>) {
        match self {
            Self::Header { line_end } => header(text, line_end, file),
            Self::Body {
                transfer,
                charset,
                line_end,
            } => {
                let bytes = charset.encode(text);
                match transfer {
                    Transfer::None => file.extend_from_slice(&bytes),
                    Transfer::QuotedPrintable => quoted_printable(&bytes, line_end, file),
                    Transfer::Base64 => {
                        let encoded = STANDARD.encode(&bytes);
                        for (i, line) in encoded.as_bytes().chunks(LINE).enumerate() {
                            if i > 0 {
                                file.extend_from_slice(line_end.as_bytes());
                            }
                            file.extend_from_slice(line);
                        }
                    }
                }
            }
        }
    }
}

/// Characters of an encoded line.
const LINE: usize = 76;

fn quoted_printable(bytes: &[u8], line_end: &str, file: &mut Vec<u8>) {
    for (i, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if i > 0 {
            file.extend_from_slice(line_end.as_bytes());
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut width = 0;
        for (at, &byte) in line.iter().enumerate() {
            let is_last = at + 1 == line.len();
            let is_plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~')
                || (matches!(byte, b' ' | b'\t') && !is_last);
            let length = if is_plain { 1 } else { 3 };
            if width + length >= LINE {
                file.push(b'=');
                file.extend_from_slice(line_end.as_bytes());
                width = 0;
            }
            match is_plain {
                true => file.push(byte),
                false => file.extend_from_slice(format!("={byte:02X}").as_bytes()),
            }
            width += length;
        }
    }
}

/// A header on lines that are not too long; encoded words where it is not ASCII.
fn header(text: &str, line_end: &str, file: &mut Vec<u8>) {
    /// Bytes of a text in one encoded word.
    const WORD: usize = 42;
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let is_plain = text.is_ascii() && !text.contains("=?");
    let mut width = "Subject: ".len();
    if is_plain {
        for (i, word) in text.split(' ').enumerate() {
            if i > 0 {
                match width + word.len() > LINE {
                    true => {
                        file.extend_from_slice(line_end.as_bytes());
                        width = 0;
                    }
                    false => width += 1,
                }
                file.push(b' ');
            }
            file.extend_from_slice(word.as_bytes());
            width += word.len();
        }
        return;
    }
    let mut rest = text.as_str();
    let mut is_first = true;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.floor_char_boundary(WORD));
        if !is_first {
            file.extend_from_slice(line_end.as_bytes());
            file.push(b' ');
        }
        file.extend_from_slice(format!("=?UTF-8?B?{}?=", STANDARD.encode(word)).as_bytes());
        (is_first, rest) = (false, after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: MailText, text: &str) -> String {
        let mut file = Vec::new();
        form.write(text, &mut file);
        String::from_utf8(file).unwrap()
    }

    #[test]
    fn texts_are_encoded() {
        let body = |transfer, charset| MailText::Body {
            transfer,
            charset,
            line_end: "\n",
        };
        let quoted = body(Transfer::QuotedPrintable, Charset::Utf8);
        assert_eq!(written(quoted, "a=b ü \nc"), "a=3Db =C3=BC=20\nc");
        let long = written(quoted, &"wort ".repeat(40));
        assert!(long.lines().all(|line| line.len() <= 76), "{long}");
        let ascii = body(Transfer::None, Charset::Ascii);
        assert_eq!(
            written(ascii, "“Müller’s” – 5 €…"),
            "\"Mueller's\" - 5 EUR..."
        );
        let header = MailText::Header { line_end: "\r\n" };
        assert_eq!(written(header, "A short subject"), "A short subject");
        let folded = written(header, &"subject ".repeat(20));
        assert!(
            folded.lines().all(|line| line.len() <= 78) && folded.contains("\r\n "),
            "{folded}"
        );
        assert_eq!(written(header, "Tür"), "=?UTF-8?B?VMO8cg==?=");
    }
}
