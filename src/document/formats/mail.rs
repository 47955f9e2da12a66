//! E-mail: single messages (`.eml`) and boxes of them (`.mbox`).
//!
//! The subject and the parts of plain text and HTML are translated; signatures, attachments and all other headers stay
//! byte for byte. A part keeps its character set and its transfer encoding.

use mail_parser::{
    Encoding, Header, HeaderName, MessageParser, MessagePart, MimeHeaders, PartType,
};

use super::beginning_as_text;
use super::html;
use super::plain::read_text;
use crate::document::block::{Block, BlockKind, Document};
use crate::document::builder::{MarkupBuilder, MarkupFile};
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::mail_text::{Charset, MailText, Transfer};
use crate::document::values::{Content, ValuesBuilder};

/// Messages with the headers and parts of MIME.
pub const MAIL: FileFormat = FileFormat {
    aliases: &["eml", "mbox"],
    matches: |beginning| {
        let text = beginning_as_text(beginning);
        let head = text.split("\n\n").next().unwrap_or_default();
        let has = |name: &str| head.lines().any(|line| line.starts_with(name));
        let is_first = head.lines().next().is_some_and(|line| {
            line.starts_with("From ")
                || line
                    .split_once(": ")
                    .is_some_and(|(name, _)| !name.contains(' '))
        });
        is_first && has("MIME-Version:") && has("From:")
    },
    ..FileFormat::new(
        "mail",
        "E-mail: messages (eml) and boxes of them (mbox)",
        &["eml", "mbox", "mbx"],
        read,
    )
};

/// Beginnings of subjects that answer or forward, which programs know.
const ANSWERS: [&str; 8] = ["AW:", "Aw:", "WG:", "Re:", "RE:", "Fwd:", "FW:", "Fw:"];

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let mut builder = ValuesBuilder::new(bytes);
    let line_end = match bytes.windows(2).any(|pair| pair == b"\r\n") {
        true => "\r\n",
        false => "\n",
    };
    let mut found = false;
    for start in messages(bytes) {
        let message = &bytes[start.clone()];
        let Some(parsed) = MessageParser::default().parse(message) else {
            continue;
        };
        found = true;
        for (i, part) in parsed.parts.iter().enumerate() {
            if i == 0 {
                for header in &part.headers {
                    if header.name == HeaderName::Subject {
                        add_subject(message, start.start, header, line_end, &mut builder);
                    }
                }
            }
            add_part(message, start.start, part, line_end, &mut builder);
        }
    }
    match found {
        true => Ok(builder.finish(0)),
        false => Err(DocumentError::Malformed {
            format: "e-mail",
            why: "it has no headers".into(),
        }),
    }
}

/// The messages of a box; a file that is none has one.
fn messages(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    if !bytes.starts_with(b"From ") {
        return vec![0..bytes.len(); 1];
    }
    let mut starts = Vec::new();
    let mut at = 0;
    let mut is_after_blank = true;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if is_after_blank && line.starts_with(b"From ") {
            starts.push((at, at + line.len()));
        }
        is_after_blank = line.trim_ascii().is_empty();
        at += line.len();
    }
    let ends = starts
        .iter()
        .skip(1)
        .map(|(from, _)| *from)
        .chain([bytes.len()]);
    (starts.iter().zip(ends))
        .map(|((_, start), end)| *start..end.max(*start))
        .collect()
}

/// Adds a subject without the sign of an answer.
fn add_subject(
    message: &[u8],
    shift: usize,
    header: &Header<'_>,
    line_end: &'static str,
    builder: &mut ValuesBuilder<'_>,
) {
    let (start, end) = (header.offset_start as usize, header.offset_end as usize);
    let Some(text) = header.value.as_text() else {
        return;
    };
    let Some(raw) = message.get(start..end) else {
        return;
    };
    let mut rest = text.trim();
    while let Some(sign) = ANSWERS.iter().find(|sign| rest.starts_with(**sign)) {
        rest = rest[sign.len()..].trim_start();
    }
    if !rest.contains(char::is_alphabetic) {
        return;
    }
    let before = &text[..text.len() - text.trim_start().len() + (text.trim().len() - rest.len())];
    let lead = raw.len() - raw.trim_ascii_start().len();
    let place = start + lead..start + lead + raw.trim_ascii().len();
    let file = MarkupFile {
        text: rest.to_owned(),
        blocks: vec![Block::new(0..rest.len(), BlockKind::Heading)],
        between: vec![before.trim_start().to_owned(), String::new()],
        holes: Vec::new(),
    };
    let content = Content::new(
        file,
        Escape::None,
        Escape::Mail(MailText::Header { line_end }),
    );
    builder.add(shift + place.start..shift + place.end, content);
}

/// Adds a part of text that is no attachment.
fn add_part(
    message: &[u8],
    shift: usize,
    part: &MessagePart<'_>,
    line_end: &'static str,
    builder: &mut ValuesBuilder<'_>,
) {
    let is_attached = part
        .content_disposition()
        .is_some_and(|kind| kind.is_attachment());
    let kind = part.content_type();
    let subtype = kind.and_then(|kind| kind.subtype()).unwrap_or("plain");
    let charset = kind.and_then(|kind| kind.attribute("charset"));
    let Some(charset) = Charset::of(charset).filter(|_| !is_attached && !part.is_encoding_problem)
    else {
        return;
    };
    let place = part.offset_body as usize..part.offset_end as usize;
    let Some(raw) = message.get(place.clone()) else {
        return;
    };
    let (file, inner) = match &part.body {
        PartType::Text(text) if subtype.eq_ignore_ascii_case("plain") => {
            (plain(text), Escape::None)
        }
        PartType::Html(text) => {
            let mut builder = MarkupBuilder::new(text);
            html::read_into(text, &mut builder);
            (builder.finish(), Escape::Markup)
        }
        _ => return,
    };
    let body = MailText::Body {
        transfer: match part.encoding {
            Encoding::None => Transfer::None,
            Encoding::QuotedPrintable => Transfer::QuotedPrintable,
            Encoding::Base64 => Transfer::Base64,
        },
        charset: match part.encoding {
            Encoding::None if raw.is_ascii() => Charset::Ascii,
            _ => charset,
        },
        line_end,
    };
    let content = Content::new(file, inner, Escape::Mail(body));
    // The last line end of Base64 is not of the text.
    let is_base64 = part.encoding == Encoding::Base64 && raw.ends_with(b"\n");
    let close = if is_base64 { line_end } else { "" };
    builder.add(
        shift + place.start..shift + place.end,
        content.between("", close),
    );
}

/// The text of a part up to its signature.
fn plain(text: &str) -> MarkupFile {
    let sign = ["\n-- \n", "\n-- \r\n"]
        .iter()
        .filter_map(|sign| text.find(sign))
        .min();
    let (head, signature) = text.split_at(sign.unwrap_or(text.len()));
    let mut file = MarkupFile::of_text(read_text(head.to_owned()));
    if let Some(last) = file.between.last_mut() {
        last.push_str(signature);
    }
    file
}
