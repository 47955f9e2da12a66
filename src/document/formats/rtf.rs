//! The text of RTF files. What comes out is a plain text.

use super::plain::read_text;
use crate::document::block::Document;
use crate::document::error::DocumentError;
use crate::document::format::{FileFormat, RecordOptions};

/// Rich Text Format.
pub const RTF: FileFormat = FileFormat {
    matches: |beginning| beginning.starts_with(b"{\\rtf"),
    is_written: false,
    ..FileFormat::new("rtf", "The text of RTF files", &["rtf"], read)
};

/// Groups whose content is no text of the page.
#[rustfmt::skip]
const HIDDEN: [&str; 22] = [
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl",
    "footerr", "footerf", "fldinst", "listtable", "listoverridetable", "themedata", "generator", "filetbl", "revtbl", "xmlnstbl",
];

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    if !bytes.starts_with(b"{\\rtf") {
        return Err(DocumentError::Malformed {
            format: "RTF",
            why: "it does not begin with {\\rtf".into(),
        });
    }
    Ok(read_text(text(bytes)))
}

/// What a group has of its own.
#[derive(Clone, Copy)]
struct Group {
    is_hidden: bool,
    /// Signs that stand for a Unicode character in old programs.
    skipped: usize,
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut encoding = encoding_rs::WINDOWS_1252;
    let mut groups = vec![Group {
        is_hidden: false,
        skipped: 1,
    }];
    // Signs that are still to be skipped.
    let mut skip = 0usize;
    let mut pair: Option<u16> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let group = groups.last().copied().unwrap_or(Group {
            is_hidden: true,
            skipped: 1,
        });
        let mut put = |c: &str| {
            if !group.is_hidden && skip == 0 {
                text.push_str(c);
            }
            skip = skip.saturating_sub(1);
        };
        match byte {
            // What is never closed must not fill the memory.
            b'{' if groups.len() < 10_000 => groups.push(group),
            b'}' => {
                groups.truncate(groups.len().saturating_sub(1).max(1));
                skip = 0;
            }
            b'\r' | b'\n' | b'{' | b'\0' => {}
            b'\\' => {
                let (word, number, length) = control(&bytes[at..]);
                at += length;
                match word {
                    "'" => {
                        let digits = bytes
                            .get(at..at + 2)
                            .and_then(|digits| std::str::from_utf8(digits).ok());
                        let sign = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                        at += 2;
                        put(&encoding
                            .decode_without_bom_handling(&[sign.unwrap_or(b'?')])
                            .0);
                    }
                    "u" => {
                        let unit = number.unwrap_or(0) as u16;
                        let decoded = match pair.take() {
                            Some(first) => String::from_utf16_lossy(&[first, unit]),
                            None if (0xD800..0xDC00).contains(&unit) => {
                                pair = Some(unit);
                                String::new()
                            }
                            None => String::from_utf16_lossy(&[unit]),
                        };
                        if !group.is_hidden {
                            text.push_str(&decoded);
                        }
                        skip = group.skipped;
                    }
                    "uc" => {
                        if let Some(group) = groups.last_mut() {
                            group.skipped = number.unwrap_or(1).clamp(0, 8) as usize;
                        }
                    }
                    "ansicpg" => {
                        let name = format!("windows-{}", number.unwrap_or(1252));
                        encoding =
                            encoding_rs::Encoding::for_label(name.as_bytes()).unwrap_or(encoding);
                    }
                    "bin" => at += number.unwrap_or(0).max(0) as usize,
                    "par" | "line" | "row" | "sect" | "page" => put("\n"),
                    "tab" | "cell" => put("\t"),
                    "~" => put("\u{a0}"),
                    "_" => put("-"),
                    "emdash" => put("—"),
                    "endash" => put("–"),
                    "bullet" => put("•"),
                    "lquote" => put("‘"),
                    "rquote" => put("’"),
                    "ldblquote" => put("“"),
                    "rdblquote" => put("”"),
                    "\\" | "{" | "}" => put(word),
                    "*" => hide(&mut groups),
                    word if HIDDEN.contains(&word) => hide(&mut groups),
                    _ => {}
                }
            }
            byte => put(&encoding.decode_without_bom_handling(&[byte]).0),
        }
    }
    text
}

fn hide(groups: &mut [Group]) {
    if let Some(group) = groups.last_mut() {
        group.is_hidden = true;
    }
}

/// The control word or sign after a backslash, its number, and the bytes of all.
fn control(bytes: &[u8]) -> (&str, Option<i32>, usize) {
    let letters = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    if letters == 0 {
        let sign = bytes
            .first()
            .filter(|byte| byte.is_ascii())
            .map_or(&[] as &[u8], |_| &bytes[..1]);
        return (
            std::str::from_utf8(sign).unwrap_or_default(),
            None,
            sign.len(),
        );
    }
    let word = std::str::from_utf8(&bytes[..letters]).unwrap_or_default();
    let rest = &bytes[letters..];
    let sign = usize::from(rest.first() == Some(&b'-'));
    let digits = rest[sign..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number = match digits {
        0 => None,
        _ => std::str::from_utf8(&rest[..sign + digits])
            .ok()
            .and_then(|number| number.parse().ok()),
    };
    let mut length = letters + if digits > 0 { sign + digits } else { 0 };
    length += usize::from(bytes.get(length) == Some(&b' '));
    (word, number, length)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn words_come_out_and_tables_do_not() {
        for (rtf, expected) in [
            (
                "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 Sch\\'f6n {\\b fett}\\par Ende}",
                "Schön fett\nEnde",
            ),
            (
                "{\\rtf1 \\u228?\\uc0\\u8364 x\\{\\}\\tab{\\*\\generator nein}y}",
                "ä€x{}\ty",
            ),
            (
                "{\\rtf1 {\\field{\\*\\fldinst HYPERLINK}{\\fldrslt Wort}} \\u-10179?\\u-8704?}",
                "Wort 😀",
            ),
            ("{\\rtf1 a\\bin3 }}}b", "ab"),
            ("{\\rtf1 \\'", "?"),
        ] {
            assert_eq!(text(rtf.as_bytes()), expected, "{rtf}");
        }
    }
}
