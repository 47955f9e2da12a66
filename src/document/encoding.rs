//! Bytes to text: UTF-8, UTF-16, and the encodings of old German archives.
//!
//! The rules, in this order:
//!
//! 1. A byte order mark decides.
//! 2. NULs in nearly every second byte are UTF-16 without its mark; a few others are flaws, many are no text.
//! 3. Valid UTF-8 is UTF-8. So is what has an umlaut in UTF-8, or at least as many valid multi-byte sequences as broken ones:
//!    German in an 8-bit encoding has next to no valid sequence, because an umlaut seldom stands before another such byte.
//!    What is broken in it was pasted from a file in Windows-1252, if it is German there.
//! 4. Where bytes stand between two letters, they are umlauts or ß in one of Windows-1252, IBM 850 (DOS) or Mac Roman.
//! 5. Windows-1252, unless most bytes over 0x7F are not those of German in it and `chardetng` names another encoding.
//!    ISO-8859-1 is a part of Windows-1252; ISO-8859-15 is told by its €, which would else be a `¤`.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding};

use super::error::DocumentError;
use super::{binary, ibm850};

/// Bytes decoded as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Without a byte order mark.
    pub text: String,
    /// The name of the encoding, as the web or IANA spell it: `UTF-8`, `windows-1252`, `IBM850`.
    pub encoding: &'static str,
    /// Whether the bytes began with a byte order mark.
    pub had_bom: bool,
    /// Byte sequences that are nothing in this encoding, and NULs; each is one U+FFFD in `text`.
    pub replaced: usize,
    /// Bytes in a file of UTF-8 that were read as Windows-1252.
    pub mended: usize,
}

enum Charset {
    Web(&'static Encoding),
    Ibm850,
}

/// Finds the encoding of a whole file and decodes it. No bytes are an empty text.
///
/// # Errors
/// When the bytes begin like a format that is not text, or hold NULs or many control characters.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DocumentError> {
    binary::refuse_signature(bytes)?;
    let (charset, bom) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (Charset::Web(encoding), length),
        None => (charset(bytes)?, 0),
    };
    let bytes = &bytes[bom..];
    let mut mended = 0;
    let (mut text, mut replaced, encoding) = match charset {
        Charset::Web(encoding) if encoding == encoding_rs::UTF_8 => {
            let (text, replaced, pasted) = decode_utf_8(bytes);
            mended = pasted;
            (text, replaced, encoding.name())
        }
        Charset::Web(encoding) => {
            let (text, replaced) = decode_web(encoding, bytes);
            (text, replaced, encoding.name())
        }
        Charset::Ibm850 => (ibm850::decode(bytes), 0, "IBM850"),
    };
    if text.contains('\0') {
        replaced += text.matches('\0').count();
        text = text.replace('\0', "\u{fffd}");
    }
    binary::refuse_controls(&text)?;
    Ok(Decoded {
        text,
        encoding,
        had_bom: bom > 0,
        replaced,
        mended,
    })
}

fn charset(bytes: &[u8]) -> Result<Charset, DocumentError> {
    if bytes.contains(&0) {
        match utf_16(bytes) {
            Some(wide) => return Ok(Charset::Web(wide)),
            None if binary::has_few_nuls(bytes) => {}
            None => return Err(binary::unknown()),
        }
    }
    if is_utf_8(bytes) {
        return Ok(Charset::Web(encoding_rs::UTF_8));
    }
    Ok(match umlauts(bytes) {
        Some(charset) => charset,
        None => Charset::Web(detected(bytes)),
    })
}

/// The UTF-16 whose high bytes are nearly all 0, as those of Latin letters are.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let units = bytes.len().div_ceil(2);
    let zeros = |parity: usize| {
        let every_second = bytes.iter().skip(parity).step_by(2);
        every_second.filter(|&&byte| byte == 0).count()
    };
    let latin = |low: usize, high: usize| low * 100 <= units && high * 10 >= units * 7;
    let (even, odd) = (zeros(0), zeros(1));
    if latin(even, odd) {
        Some(encoding_rs::UTF_16LE)
    } else if latin(odd, even) {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

fn is_utf_8(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_ok() {
        return true;
    }
    let mut sequences = 0;
    let mut broken = 0;
    for chunk in bytes.utf8_chunks() {
        // Hebrew to N’Ko is what Ö, Ü or ß and a closing quote of Windows-1252 look like.
        let counts = |c: &char| !c.is_ascii() && !matches!(c, '\u{590}'..='\u{7FF}');
        sequences += chunk.valid().chars().filter(counts).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    let is_umlaut = |pair: &[u8]| {
        pair[0] == 0xC3 && matches!(pair[1], 0x84 | 0x96 | 0x9C | 0x9F | 0xA4 | 0xB6 | 0xBC)
    };
    sequences > 0 && (sequences >= broken || bytes.windows(2).any(is_umlaut))
}

/// The encoding in which most bytes between two ASCII letters are ä, ö, ü or ß.
fn umlauts(bytes: &[u8]) -> Option<Charset> {
    let (mut windows, mut dos, mut mac, mut others) = (0, 0, 0, 0);
    for triple in bytes.windows(3) {
        if !(triple[0].is_ascii_alphabetic() && triple[2].is_ascii_alphabetic()) {
            continue;
        }
        match triple[1] {
            0xE4 | 0xF6 | 0xFC | 0xDF => windows += 1,
            0x84 | 0x94 | 0x81 | 0xE1 => dos += 1,
            0x8A | 0x9A | 0x9F | 0xA7 => mac += 1,
            0x80.. => others += 1,
            _ => {}
        }
    }
    let most = windows.max(dos).max(mac);
    if most == 0 || most * 2 < windows + dos + mac + others {
        None
    } else if windows == most {
        Some(Charset::Web(western(bytes)))
    } else if dos == most {
        Some(Charset::Ibm850)
    } else {
        Some(Charset::Web(encoding_rs::MACINTOSH))
    }
}

/// `chardetng`'s guess where Windows-1252 would not be German.
fn detected(bytes: &[u8]) -> &'static Encoding {
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let german = bytes.iter().filter(|&&byte| is_german(byte)).count();
    if german * 2 >= high {
        return western(bytes);
    }
    /// Bytes that are enough to judge by, and bound the time.
    const SAMPLE: usize = 1 << 20;
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let sample = &bytes[start..bytes.len().min(start + SAMPLE)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, start + sample.len() == bytes.len());
    match detector.guess(Some(b"de"), Utf8Detection::Deny) {
        guess if guess == encoding_rs::WINDOWS_1252 => western(bytes),
        guess => guess,
    }
}

/// Whether a byte over 0x7F is common in German as Windows-1252 writes it.
fn is_german(byte: u8) -> bool {
    matches!(
        byte,
        // Ä Ö Ü ß ä ö ü é
        0xC4 | 0xD6 | 0xDC | 0xDF | 0xE4 | 0xF6 | 0xFC | 0xE9
        // € ‚ „ … ‘ ’ “ ” • – — « »
        | 0x80 | 0x82 | 0x84 | 0x85 | 0x91
            ..=0x97 | 0xAB | 0xBB
        // no-break space, § ° ²
        | 0xA0 | 0xA7 | 0xB0 | 0xB2
    )
}

/// ISO-8859-15 where a `¤` would stand for its €: its authors cannot have written the bytes that only Windows has.
fn western(bytes: &[u8]) -> &'static Encoding {
    let euro = bytes.contains(&0xA4);
    let windows = bytes.iter().any(|byte| matches!(byte, 0x80..=0x9F));
    if euro && !windows {
        encoding_rs::ISO_8859_15
    } else {
        encoding_rs::WINDOWS_1252
    }
}

/// The text, how many malformed sequences became U+FFFD, and how many bytes were read as Windows-1252.
fn decode_utf_8(bytes: &[u8]) -> (String, usize, usize) {
    let mut text = String::with_capacity(bytes.len());
    let (mut replaced, mut pasted) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        match chunk.invalid().is_empty() && pasted == 0 {
            true => text.push_str(chunk.valid()),
            // Two German signs of Windows-1252 may look like one of Hebrew to N’Ko.
            false => chunk.valid().chars().for_each(|c| match c {
                '\u{590}'..='\u{7FF}' => {
                    let mut pair = [0; 2];
                    let pair = c.encode_utf8(&mut pair).as_bytes();
                    text.push_str(
                        &encoding_rs::WINDOWS_1252
                            .decode_without_bom_handling(pair)
                            .0,
                    );
                    pasted += pair.len();
                }
                c => text.push(c),
            }),
        }
        let invalid = chunk.invalid();
        if invalid.is_empty() {
            continue;
        }
        match invalid.iter().all(|&byte| is_german(byte)) {
            true => {
                let decoded = encoding_rs::WINDOWS_1252.decode_without_bom_handling(invalid);
                text.push_str(&decoded.0);
                pasted += invalid.len();
            }
            false => {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
        }
    }
    (text, replaced, pasted)
}

/// The text, and how many malformed sequences became U+FFFD.
fn decode_web(encoding: &'static Encoding, mut bytes: &[u8]) -> (String, usize) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut replaced = 0;
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
        bytes = &bytes[read..];
        match result {
            DecoderResult::InputEmpty => return (text, replaced),
            DecoderResult::OutputFull => {
                // Asking for all at once would triple the memory of an ASCII file.
                let more = (bytes.len() + bytes.len() / 8).max(64);
                text.reserve(more);
            }
            DecoderResult::Malformed(..) => {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
        }
    }
}
