//! Files that are not text, told by their first bytes or by their control characters.

use super::error::{DocumentError, PackageError};

const SAVE_AS_TEXT: &str = "open it in its own program and save it as plain text (UTF-8) first";
const UNPACK: &str = "unpack it first and give the text files inside";
const OPEN_PACKAGE: &str = "unpack an archive first; if it is a document that its name does not show, name it with --input-format";
const LEAVE_OUT: &str = "leave it out, or convert what it says to plain text first";
const NAME_FORMAT: &str = "if it is what its name does not say, name it with --input-format";
const RECOGNISE: &str = "turn the picture into text first, for example with `tesseract -l deu`";
const FROM_UTF_32: &str = "convert it first: `iconv -f UTF-32 -t UTF-8 old.txt > new.txt`";

/// First bytes, what begins with them, and what its owner can do.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"%PDF-", "a PDF document", NAME_FORMAT),
    (
        b"PK\x03\x04",
        "a ZIP archive or a document in one",
        OPEN_PACKAGE,
    ),
    (b"{\\rtf", "an RTF document", NAME_FORMAT),
    (b"\x89PNG\r\n\x1A\n", "a PNG picture", RECOGNISE),
    (b"\xFF\xD8\xFF", "a JPEG picture", RECOGNISE),
    (b"GIF87a", "a GIF picture", RECOGNISE),
    (b"GIF89a", "a GIF picture", RECOGNISE),
    (b"II*\0", "a TIFF picture", RECOGNISE),
    (b"MM\0*", "a TIFF picture", RECOGNISE),
    (b"\x1F\x8B", "a gzip archive", UNPACK),
    (b"BZh91AY&SY", "a bzip2 archive", UNPACK),
    (b"\xFD7zXZ\0", "an xz archive", UNPACK),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    (b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (b"\x7FELF", "a program", LEAVE_OUT),
    (b"SQLite format 3\0", "an SQLite database", LEAVE_OUT),
    (b"\xFF\xFE\0\0", "UTF-32 text", FROM_UTF_32),
    (b"\0\0\xFE\xFF", "UTF-32 text", FROM_UTF_32),
];

/// One control character in so many is too much for a text.
const CHARACTERS_PER_CONTROL: usize = 20;

/// The first bytes of a compound file: what Microsoft Office wrote up to 2003, and what it puts around encrypted documents.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Bytes of an entry in the directory of a compound file, each of which begins with its name in UTF-16.
const ENTRY: usize = 128;

/// Names in the directory of a compound file, what has them, and what its owner can do.
const COMPOUND_KINDS: &[(&str, &str, &str)] = &[
    (
        "WordDocument",
        "a Word document of the old kind (.doc)",
        "save it as .docx, or: soffice --headless --convert-to docx FILE",
    ),
    (
        "Workbook",
        "an Excel workbook of the old kind (.xls)",
        "save it as .xlsx, or: soffice --headless --convert-to xlsx FILE",
    ),
    (
        "Book",
        "an Excel workbook of the old kind (.xls)",
        "save it as .xlsx, or: soffice --headless --convert-to xlsx FILE",
    ),
    (
        "PowerPoint Document",
        "a PowerPoint presentation of the old kind (.ppt)",
        "save it as .pptx, or: soffice --headless --convert-to pptx FILE",
    ),
    (
        "__properties_version1.0",
        "an Outlook message (.msg)",
        "save it as .eml or as text first",
    ),
];

/// Refuses a compound file, and says whether it has a password.
pub fn refuse_compound(bytes: &[u8]) -> Result<(), DocumentError> {
    if !bytes.starts_with(COMPOUND) {
        return Ok(());
    }
    let has = |name: &str| {
        let name: Vec<u8> = (name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes)).collect();
        bytes.chunks(ENTRY).any(|entry| entry.starts_with(&name))
    };
    if has("EncryptedPackage") {
        return Err(PackageError::Encrypted.into());
    }
    let known = COMPOUND_KINDS.iter().find(|(name, ..)| has(name));
    let (_, what, advice) =
        known
            .copied()
            .unwrap_or(("", "an old Microsoft Office document", SAVE_AS_TEXT));
    Err(DocumentError::Unsupported { what, advice })
}

/// Refuses what begins like a known format.
pub fn refuse_signature(bytes: &[u8]) -> Result<(), DocumentError> {
    refuse_compound(bytes)?;
    match SIGNATURES
        .iter()
        .find(|(signature, ..)| bytes.starts_with(signature))
    {
        Some(&(_, what, advice)) => Err(DocumentError::Unsupported { what, advice }),
        None => Ok(()),
    }
}

/// Whether a file has so few NULs that it may be a text with a flaw.
pub fn has_few_nuls(bytes: &[u8]) -> bool {
    /// Bytes for each NUL, after the first.
    const BYTES: usize = 1000;
    /// Bytes of a text with one NUL at least.
    const SHORTEST: usize = 16;
    let nuls = bytes.iter().filter(|&&byte| byte == 0).count();
    bytes.len() >= SHORTEST && nuls <= 1 + bytes.len() / BYTES
}

/// Refuses what decodes to many control characters.
pub fn refuse_controls(text: &str) -> Result<(), DocumentError> {
    let mut characters = 0;
    let mut controls = 0;
    for c in text.chars() {
        characters += 1;
        match c {
            // White space, the end of file of DOS, and the beginning of a terminal's colours occur in texts.
            '\t'..='\r' | '\x1A' | '\x1B' => {}
            '\x01'..='\x1F' => controls += 1,
            _ => {}
        }
    }
    if controls * CHARACTERS_PER_CONTROL > characters {
        Err(unknown())
    } else {
        Ok(())
    }
}

/// The refusal of bytes that are no text and no format in the list.
pub fn unknown() -> DocumentError {
    DocumentError::Unsupported {
        what: "binary data",
        advice: LEAVE_OUT,
    }
}
