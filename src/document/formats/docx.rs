//! DOCX, the documents of Microsoft Word (ECMA-376, WordprocessingML).
//!
//! A paragraph is runs of text, each with its own look. The look that most of its text has becomes that of the whole
//! paragraph; the others, links, notes, fields and pictures are markup that is carried to the words made from theirs.
//! Text boxes stay as they are.

use std::collections::HashMap;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::package::{self, PackageReader};
use crate::document::block::{BlockKind, Document};
use crate::document::builder::Builder;
use crate::document::error::{DocumentError, PackageError};
use crate::document::format::{Cut, FileFormat};

/// Word documents.
pub const DOCX: FileFormat = FileFormat {
    name: "docx",
    aliases: &[],
    description: "Word documents",
    extensions: &["docx"],
    matches: |beginning| package::has_names(beginning, &[b"[Content_Types].xml", b"word/"]),
    cut: Cut::Never,
    is_written: true,
    is_text: false,
    read,
};

const MAIN: &str = "word/document.xml";

fn read(bytes: &[u8], _: &[String]) -> Result<Document, DocumentError> {
    let mut package = PackageReader::new(bytes)?;
    if !package.has(MAIN) {
        return Err(PackageError::Missing(MAIN.into()).into());
    }
    let beside = |name: &String| {
        let file = name.strip_prefix("word/").unwrap_or_default();
        let kinds = ["header", "footer", "footnotes", "endnotes", "comments"];
        file.ends_with(".xml") && kinds.iter().any(|kind| file.starts_with(kind))
    };
    let others = package.names().into_iter().filter(beside);
    for name in std::iter::once(MAIN.to_owned()).chain(others) {
        let file = package.text(&name)?;
        let mut builder = Builder::new(&file);
        read_part(&file, &mut builder).map_err(|why| DocumentError::Xml {
            file: name.clone(),
            why: why.to_string(),
        })?;
        package.part(&name, builder.finish());
    }
    Ok(package.document())
}

/// What a paragraph is made of.
enum Item {
    /// Words with a look: the run's properties as they are written.
    Text {
        look: String,
        text: String,
    },
    /// Something else; a complete run or an element between runs.
    Other {
        raw: String,
        is_break: bool,
    },
    /// The beginning of what holds runs, such as a link.
    Open(String),
    Close(String),
    /// The parts of a field, each a complete run.
    Field(FieldPart, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldPart {
    Begin,
    Instruction { is_link: bool },
    Separator,
    End,
}

type Xml<'f> = Reader<&'f [u8]>;

fn read_part(file: &str, builder: &mut Builder<'_>) -> quick_xml::Result<()> {
    let mut xml = Reader::from_str(file);
    let mut in_cells = 0usize;
    loop {
        match xml.read_event()? {
            Event::Start(tag) if tag.local_name().as_ref() == "p" => {
                let prefix = prefix(&tag);
                let mut paragraph = Paragraph::new(file, prefix, in_cells > 0);
                let start = position(&xml);
                paragraph.read(&mut xml)?;
                paragraph.write(start..paragraph.end, builder);
            }
            Event::Start(tag) if tag.local_name().as_ref() == "tc" => in_cells += 1,
            Event::End(tag) if tag.local_name().as_ref() == "tc" => {
                in_cells = in_cells.saturating_sub(1);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn position(xml: &Xml<'_>) -> usize {
    // A file that is in memory is no longer than memory.
    xml.buffer_position() as usize
}

/// `w:`, or whatever the file calls it.
fn prefix(tag: &BytesStart<'_>) -> String {
    let name = tag.name();
    let prefix = name.prefix();
    prefix.map_or(String::new(), |prefix| format!("{}:", prefix.into_inner()))
}

struct Paragraph<'f> {
    file: &'f str,
    prefix: String,
    items: Vec<Item>,
    kind: BlockKind,
    /// Before the end tag.
    end: usize,
}

impl<'f> Paragraph<'f> {
    fn new(file: &'f str, prefix: String, in_cell: bool) -> Self {
        Self {
            file,
            prefix,
            items: Vec::new(),
            kind: match in_cell {
                true => BlockKind::Cell,
                false => BlockKind::Paragraph,
            },
            end: 0,
        }
    }

    fn other(&mut self, raw: &str) {
        let (raw, is_break) = (raw.to_owned(), false);
        self.items.push(Item::Other { raw, is_break });
    }

    /// Reads up to the end tag.
    fn read(&mut self, xml: &mut Xml<'f>) -> quick_xml::Result<()> {
        let mut depth = 0;
        loop {
            let start = position(xml);
            let event = xml.read_event()?;
            match &event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "pPr" => {
                        let raw = self.element(xml, start, tag)?;
                        self.properties(raw);
                        self.other(raw);
                    }
                    "r" => self.read_run(xml, start)?,
                    "hyperlink" | "ins" | "moveTo" | "smartTag" | "fldSimple" | "customXml"
                    | "dir" | "bdo" => {
                        depth += 1;
                        let raw = &self.file[start..position(xml)];
                        self.items.push(Item::Open(raw.to_owned()));
                    }
                    _ => {
                        let raw = self.element(xml, start, tag)?;
                        self.other(raw);
                    }
                },
                // Marks of the spelling checker are for the German words.
                Event::Empty(tag) if tag.local_name().as_ref() == "proofErr" => {}
                Event::End(_) if depth == 0 => {
                    self.end = start;
                    return Ok(());
                }
                Event::End(_) => {
                    depth -= 1;
                    let raw = &self.file[start..position(xml)];
                    self.items.push(Item::Close(raw.to_owned()));
                }
                Event::Eof => {
                    self.items.clear();
                    return Ok(());
                }
                Event::Text(_) | Event::Comment(_) => {}
                _ => self.other(&self.file[start..position(xml)]),
            }
        }
    }

    /// All of an element that begins at `start`.
    fn element(
        &self,
        xml: &mut Xml<'f>,
        start: usize,
        tag: &BytesStart<'_>,
    ) -> quick_xml::Result<&'f str> {
        xml.read_to_end(tag.name())?;
        Ok(&self.file[start..position(xml)])
    }

    fn properties(&mut self, raw: &str) {
        let style = raw.split_once("pStyle").map_or("", |(_, rest)| rest);
        let style = style.split('"').nth(1).unwrap_or_default().to_lowercase();
        let heading = ["heading", "berschrift", "title", "titel", "subtitle"];
        if heading.iter().any(|name| style.contains(name)) {
            self.kind = BlockKind::Heading;
        } else if raw.contains("numPr>") && self.kind == BlockKind::Paragraph {
            self.kind = BlockKind::ListItem;
        }
    }

    /// Reads a run, whose start tag was read.
    fn read_run(&mut self, xml: &mut Xml<'f>, run_start: usize) -> quick_xml::Result<()> {
        let open = self.file[run_start..position(xml)].to_owned();
        let close = format!("</{}r>", self.prefix);
        let mut look = String::new();
        loop {
            let start = position(xml);
            let event = xml.read_event()?;
            let (tag, is_empty) = match &event {
                Event::Start(tag) => (tag, false),
                Event::Empty(tag) => (tag, true),
                Event::End(_) | Event::Eof => return Ok(()),
                _ => continue,
            };
            let name = tag.local_name().as_ref().to_owned();
            let raw = match is_empty {
                true => &self.file[start..position(xml)],
                false => self.element(xml, start, tag)?,
            };
            let run = || format!("{open}{look}{raw}{close}");
            match name.as_str() {
                "rPr" => look = without_proofing(raw),
                "t" if is_empty => {}
                "t" => {
                    let (look, text) = (look.clone(), content(raw));
                    self.items.push(Item::Text { look, text });
                }
                "noBreakHyphen" => self.items.push(Item::Text {
                    look: look.clone(),
                    text: "-".into(),
                }),
                "softHyphen" | "lastRenderedPageBreak" => {}
                "br" | "cr" => self.items.push(Item::Other {
                    raw: run(),
                    is_break: true,
                }),
                "fldChar" => {
                    let part = if raw.contains("\"begin\"") {
                        FieldPart::Begin
                    } else if raw.contains("\"separate\"") {
                        FieldPart::Separator
                    } else {
                        FieldPart::End
                    };
                    self.items.push(Item::Field(part, run()));
                }
                "instrText" => {
                    let is_link = content(raw).trim_start().starts_with("HYPERLINK");
                    let part = FieldPart::Instruction { is_link };
                    self.items.push(Item::Field(part, run()));
                }
                _ => {
                    let run = run();
                    self.other(&run);
                }
            }
        }
    }

    /// Tells `builder` of the paragraph, whose content stands at `place`.
    fn write(&mut self, place: Range<usize>, builder: &mut Builder<'_>) {
        let items = join_fields(std::mem::take(&mut self.items));
        let has_words = |item: &Piece| matches!(item, Piece::Text { text, .. } if text.contains(char::is_alphabetic));
        let is_text = |item: &Piece| matches!(item, Piece::Text { .. } | Piece::Atom { .. });
        if !items.iter().any(has_words) {
            return;
        }
        let (Some(mut first), Some(mut last)) = (
            items.iter().position(is_text),
            items.iter().rposition(is_text),
        ) else {
            return;
        };
        // What is open around the first words closes behind them.
        let mut depth = 0i32;
        let mut opened = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match item {
                Piece::Open(_) => {
                    opened.push(i);
                    depth += 1;
                }
                Piece::Close(_) => {
                    if let Some(open) = opened.pop() {
                        if open < first && i > first {
                            first = open;
                        }
                        if open <= last && i > last {
                            last = i;
                        }
                    }
                    depth -= 1;
                }
                _ => {}
            }
        }
        if depth != 0 {
            return;
        }

        let (run_end, look) = (format!("</{0}t></{0}r>", self.prefix), base_look(&items));
        let run_begin =
            |look: &str| format!("<{0}r>{look}<{0}t xml:space=\"preserve\">", self.prefix);
        let base = run_begin(&look);
        let raw = |items: &[Piece]| items.iter().map(Piece::raw).collect::<String>();
        let at = place.end..place.end;
        builder.replace(place, &format!("{}{base}", raw(&items[..first])));
        for item in &items[first..=last] {
            match item {
                Piece::Text { look: own, text } if *own == look => builder.words(text, at.clone()),
                Piece::Text { look: own, text } => {
                    // The space before emphasis is not emphasised.
                    let lead = text.len() - text.trim_start().len();
                    builder.words(&text[..lead], at.clone());
                    builder.open(format!("{run_end}{}", run_begin(own)), at.clone());
                    builder.words(&text[lead..], at.clone());
                    builder.close(format!("{run_end}{base}"), at.clone());
                }
                Piece::Other { raw, is_break } => {
                    let markup = format!("{run_end}{raw}{base}");
                    match is_break {
                        true => builder.line_break(markup, at.clone()),
                        false => builder.point(markup, at.clone()),
                    }
                }
                Piece::Open(raw) => builder.open(format!("{run_end}{raw}{base}"), at.clone()),
                Piece::Close(raw) => builder.close(format!("{run_end}{raw}{base}"), at.clone()),
                Piece::Atom { text, raw } => {
                    builder.atom(text, format!("{run_end}{raw}{base}"), at.clone());
                }
            }
        }
        builder.end(self.kind);
        builder.replace(at, &format!("{run_end}{}", raw(&items[last + 1..])));
    }
}

/// What a paragraph is made of once its fields are whole.
enum Piece {
    Text {
        look: String,
        text: String,
    },
    Other {
        raw: String,
        is_break: bool,
    },
    Open(String),
    Close(String),
    /// A field with its result.
    Atom {
        text: String,
        raw: String,
    },
}

impl Piece {
    /// As it is written where it is no part of a block.
    fn raw(&self) -> &str {
        match self {
            Self::Other { raw, .. } | Self::Open(raw) | Self::Close(raw) => raw,
            Self::Text { .. } | Self::Atom { .. } => "",
        }
    }
}

/// Makes fields whole: the text of links can be translated, results of other fields stay.
fn join_fields(items: Vec<Item>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    // Where the fields that are open begin, whether they are links, and whether their result has begun.
    let mut fields: Vec<(usize, bool, bool)> = Vec::new();
    let other = |raw| Piece::Other {
        raw,
        is_break: false,
    };
    for item in items {
        match item {
            Item::Text { look, text } => pieces.push(Piece::Text { look, text }),
            Item::Other { raw, is_break } => pieces.push(Piece::Other { raw, is_break }),
            Item::Open(raw) => pieces.push(Piece::Open(raw)),
            Item::Close(raw) => pieces.push(Piece::Close(raw)),
            Item::Field(part, raw) => {
                match part {
                    FieldPart::Begin => fields.push((pieces.len(), false, false)),
                    FieldPart::Instruction { is_link: true } => {
                        if let Some(field) = fields.last_mut() {
                            field.1 = true;
                        }
                    }
                    FieldPart::Instruction { .. } => {}
                    FieldPart::Separator => {
                        if let Some((begin, _, result)) = fields.last_mut() {
                            // All up to here is one mark.
                            let before: String = pieces
                                .drain(*begin..)
                                .map(|piece| piece.raw().to_owned())
                                .collect();
                            pieces.push(other(before + &raw));
                            *result = true;
                            continue;
                        }
                    }
                    FieldPart::End => {
                        if let Some((begin, is_link, true)) = fields.pop()
                            && let Piece::Other { raw: head, .. } = &mut pieces[begin]
                        {
                            let head = std::mem::take(head);
                            if is_link {
                                pieces[begin] = Piece::Open(head);
                                pieces.push(Piece::Close(raw));
                                continue;
                            }
                            let result: Vec<Piece> = pieces.drain(begin..).skip(1).collect();
                            let text = result.iter().map(|piece| match piece {
                                Piece::Text { text, .. } | Piece::Atom { text, .. } => {
                                    text.as_str()
                                }
                                _ => "",
                            });
                            let text: String = text.collect();
                            // Looks within the result are lost with its runs; its text is what counts.
                            let inner: String = result.iter().map(written).collect();
                            pieces.push(Piece::Atom {
                                text,
                                raw: format!("{head}{inner}{raw}"),
                            });
                            continue;
                        }
                    }
                }
                pieces.push(other(raw));
            }
        }
    }
    pieces
}

/// A piece of a field's result as it is written.
fn written(piece: &Piece) -> String {
    match piece {
        Piece::Text { look, text } => {
            let mut escaped = String::new();
            crate::document::escape::Escape::Markup.write(text, &mut escaped);
            format!("<w:r>{look}<w:t xml:space=\"preserve\">{escaped}</w:t></w:r>")
        }
        Piece::Atom { raw, .. } => raw.clone(),
        piece => piece.raw().to_owned(),
    }
}

/// The look of most of the text.
fn base_look(items: &[Piece]) -> String {
    let mut looks: HashMap<&str, usize> = HashMap::new();
    for item in items {
        if let Piece::Text { look, text } = item {
            *looks.entry(look).or_default() += text.len();
        }
    }
    let most = looks
        .into_iter()
        .max_by_key(|&(look, length)| (length, look));
    most.map_or(String::new(), |(look, _)| look.to_owned())
}

/// Run properties without the language and the marks of the spelling checker, which keep equal looks apart.
fn without_proofing(raw: &str) -> String {
    let mut look = raw.to_owned();
    for name in ["lang", "noProof"] {
        while let Some(at) = look.find(&format!(":{name}")) {
            let Some(start) = look[..at].rfind('<') else {
                break;
            };
            let Some(end) = look[at..].find("/>") else {
                break;
            };
            look.replace_range(start..at + end + 2, "");
        }
    }
    // Nothing left in it.
    let is_bare = look.matches('<').count() <= 2 && look.contains("rPr></");
    if is_bare { String::new() } else { look }
}

/// The text of an element without children.
fn content(raw: &str) -> String {
    let start = raw.find('>').map_or(raw.len(), |at| at + 1);
    let end = raw.rfind("</").unwrap_or(raw.len());
    let text = raw.get(start..end).unwrap_or_default();
    match quick_xml::escape::unescape(text) {
        Ok(text) => text.into_owned(),
        Err(_) => text.to_owned(),
    }
}
