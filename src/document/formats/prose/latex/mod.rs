//! LaTeX: the text of the document, not what its commands do.

mod arguments;

use super::super::beginning_as_text;
use crate::document::block::{BlockKind, Document};
use crate::document::builder::MarkupBuilder;
use crate::document::encoding::decode;
use crate::document::error::DocumentError;
use crate::document::escape::Escape;
use crate::document::format::{FileFormat, RecordOptions};
use crate::document::values::{Content, ValuesBuilder};
use arguments::{arguments, group, optional};

/// LaTeX. Mathematics, listings, comments and unknown commands stay.
pub const LATEX: FileFormat = FileFormat {
    aliases: &["tex"],
    matches: |beginning| beginning_as_text(beginning).starts_with("\\documentclass"),
    ..FileFormat::new("latex", "LaTeX: the prose", &["tex", "ltx", "latex"], read)
};

/// Commands around words.
#[rustfmt::skip]
const AROUND: [&str; 16] = [
    "textbf", "textit", "emph", "underline", "textsc", "textsl", "textrm", "textsf", "textmd", "textup", "textnormal", "mbox",
    "enquote", "textquote", "uline", "alert",
];
/// Commands whose argument is a text of its own.
#[rustfmt::skip]
const OWN: [&str; 17] = [
    "section", "subsection", "subsubsection", "chapter", "part", "paragraph", "subparagraph", "title", "subtitle", "caption",
    "frametitle", "framesubtitle", "addchap", "addsec", "minisec", "subject", "framecaption",
];
/// Commands whose argument is a text within a paragraph.
const NOTES: [&str; 5] = [
    "footnote",
    "footnotetext",
    "thanks",
    "marginpar",
    "sidenote",
];
/// Commands that stand for words and end nothing.
#[rustfmt::skip]
const WORDS: [&str; 24] = [
    "cite", "citep", "citet", "parencite", "textcite", "autocite", "footcite", "ref", "eqref", "pageref", "autoref", "cref", "Cref",
    "nameref", "vref", "url", "path", "texttt", "verb", "gls", "ac", "SI", "num", "si",
];
/// Environments that are left alone.
#[rustfmt::skip]
const UNREAD: [&str; 22] = [
    "verbatim", "lstlisting", "minted", "equation", "equation*", "align", "align*", "gather", "gather*", "multline", "math",
    "displaymath", "eqnarray", "tikzpicture", "comment", "filecontents", "thebibliography", "array", "alltt", "Verbatim", "pgfplot",
    "algorithmic",
];

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let decoded = decode(bytes)?;
    let file = decoded.text.as_str();
    let builder = MarkupBuilder::new(file);
    let has_preamble = file.contains("\\begin{document}");
    let mut reader = LatexReader {
        file,
        values: ValuesBuilder::new(file.as_bytes()),
        builder,
        start: 0,
        at: 0,
        is_preamble: has_preamble,
        kind: BlockKind::Paragraph,
        ends: Vec::new(),
        notes: Vec::new(),
    };
    reader.read();
    Ok(reader.values.finish(decoded.replaced))
}

/// What a closing brace ends.
enum End {
    /// Marks around words.
    Around,
    /// A text of its own.
    Own,
    /// A note within a paragraph.
    Note,
}

/// The paragraph around a note.
struct Around<'f> {
    builder: MarkupBuilder<'f>,
    kind: BlockKind,
    /// Where the note begins, with its command, and its text.
    start: usize,
    inside: usize,
}

struct LatexReader<'f> {
    file: &'f str,
    values: ValuesBuilder<'f>,
    /// The text since `start`.
    builder: MarkupBuilder<'f>,
    start: usize,
    at: usize,
    is_preamble: bool,
    kind: BlockKind,
    ends: Vec<End>,
    /// Notes that are open.
    notes: Vec<Around<'f>>,
}

impl<'f> LatexReader<'f> {
    fn read(&mut self) {
        let file = self.file;
        while let Some(sign) = file[self.at..].chars().next() {
            let rest = &file[self.at..];
            match sign {
                '%' => {
                    let length = rest.find('\n').unwrap_or(rest.len());
                    // Text behind it on its line would be of it.
                    self.skip(length);
                }
                '\\' => self.command(),
                _ if self.is_preamble && self.ends.is_empty() => self.at += sign.len_utf8(),
                '\n' => self.line_end(),
                '$' => {
                    let sign = if rest.starts_with("$$") { "$$" } else { "$" };
                    let end = rest[sign.len()..]
                        .find(sign)
                        .map(|end| end + 2 * sign.len());
                    match (sign, end) {
                        ("$", Some(length)) => self.atom(length),
                        (_, length) => self.skip(length.unwrap_or(rest.len())),
                    }
                }
                '{' => {
                    self.builder.open("{", self.at..self.at + 1);
                    self.ends.push(End::Around);
                    self.at += 1;
                }
                '}' => {
                    let place = self.at..self.at + 1;
                    self.at += 1;
                    match self.ends.pop() {
                        Some(End::Around) if self.builder.depth() > 0 => {
                            self.builder.close("}", place)
                        }
                        Some(End::Own) => self.end_block(),
                        Some(End::Note) => self.end_note(),
                        _ => self.builder.point("}", place),
                    }
                }
                '&' => {
                    self.end_block();
                    self.at += 1;
                }
                '"' if rest.starts_with("\"`") => self.words("„", 2),
                '"' if rest.starts_with("\"'") => self.words("“", 2),
                '`' if rest.starts_with("``") => self.words("“", 2),
                '\'' if rest.starts_with("''") => self.words("”", 2),
                _ => {
                    let special = |c: char| "%\\\n${}&\"`'".contains(c);
                    let first = sign.len_utf8();
                    let length = rest[first..]
                        .find(special)
                        .map_or(rest.len(), |end| first + end);
                    self.words(&rest[..length].replace('~', "\u{a0}"), length);
                }
            }
        }
        // A note without an end stays as it is.
        if let Some(first) = self.notes.drain(..).next() {
            self.builder = first.builder;
        }
        self.end_block();
    }

    fn end_block(&mut self) {
        self.builder.end(self.kind);
        self.kind = BlockKind::Paragraph;
        if !self.notes.is_empty() {
            return;
        }
        let next = MarkupBuilder::from(self.file, self.at);
        let builder = std::mem::replace(&mut self.builder, next);
        let content = Content::new(builder.finish_at(self.at), Escape::Latex, Escape::None);
        self.values.add(self.start..self.at, content);
        self.start = self.at;
    }

    fn words(&mut self, words: &str, length: usize) {
        self.builder.words(words, self.at..self.at + length);
        self.at += length;
    }

    fn atom(&mut self, length: usize) {
        let place = self.at..self.at + length;
        let raw = &self.file[place.clone()];
        self.builder.atom(raw, raw, place);
        self.at += length;
    }

    fn point(&mut self, length: usize) {
        let place = self.at..self.at + length;
        if !self.builder.is_between() {
            self.builder.point(&self.file[place.clone()], place);
        }
        self.at += length;
    }

    /// Leaves what is a block of its own.
    fn skip(&mut self, length: usize) {
        self.end_block();
        self.at += length;
    }

    fn line_end(&mut self) {
        let rest = &self.file[self.at..];
        let space = rest.len() - rest.trim_start().len();
        let is_blank = rest[..space].matches('\n').count() > 1;
        let place = self.at..self.at + space;
        match is_blank || self.builder.is_between() {
            true => self.end_block(),
            false => self.builder.line_break(&self.file[place.clone()], place),
        }
        self.at += space;
    }

    fn command(&mut self) {
        let rest = &self.file[self.at..];
        let letters = rest[1..]
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        if letters == 0 {
            return self.sign(rest);
        }
        let name = &rest[1..=letters];
        let star = usize::from(rest[letters + 1..].starts_with('*'));
        let head = 1 + letters + star;
        match name {
            "begin" | "end" => {
                let arguments = arguments(&rest[head..]);
                let environment = rest[head..]
                    .trim_start_matches('{')
                    .split('}')
                    .next()
                    .unwrap_or_default();
                if environment == "document" {
                    self.is_preamble = name == "end";
                }
                let mut length = head + arguments;
                if name == "begin" && UNREAD.contains(&environment) {
                    let end = format!("\\end{{{environment}}}");
                    length = rest.find(&end).map_or(rest.len(), |at| at + end.len());
                }
                self.skip(length);
            }
            "item" => {
                self.skip(head + optional(&rest[head..]));
                self.kind = BlockKind::ListItem;
            }
            name if OWN.contains(&name) => {
                let length = head + optional(&rest[head..]);
                self.skip(length);
                if self.file[self.at..].starts_with('{') {
                    self.at += 1;
                    self.kind = BlockKind::Heading;
                    self.ends.push(End::Own);
                }
            }
            _ if self.is_preamble && self.ends.is_empty() => self.at += head,
            name if NOTES.contains(&name) => {
                let length = head + optional(&rest[head..]);
                match rest[length..].starts_with('{') {
                    true => self.begin_note(length + 1),
                    false => self.point(length),
                }
            }
            name if AROUND.contains(&name) && rest[head..].starts_with('{') => {
                self.around(head + 1)
            }
            "href" | "textcolor" | "hyperref" | "foreignlanguage" => {
                let first = optional(&rest[head..]);
                let first = first + group(&rest[head + first..]);
                match name != "foreignlanguage" && rest[head + first..].starts_with('{') {
                    true => self.around(head + first + 1),
                    false => self.atom(head + arguments(&rest[head..])),
                }
            }
            "verb" => {
                let sign = rest[head..].chars().next().unwrap_or(' ');
                let end = rest[head + sign.len_utf8()..].find(sign);
                self.atom(end.map_or(head, |end| head + end + 2 * sign.len_utf8()));
            }
            name if WORDS.contains(&name) => self.atom(head + arguments(&rest[head..])),
            "ss" => {
                let end = usize::from(rest[head..].starts_with(' '))
                    + 2 * usize::from(rest[head..].starts_with("{}"));
                self.words("ß", head + end);
            }
            "ldots" | "dots" => {
                self.words("…", head + 2 * usize::from(rest[head..].starts_with("{}")))
            }
            "par" | "newpage" | "clearpage" | "noindent" | "maketitle" | "tableofcontents"
            | "bigskip" | "hline" => self.skip(head),
            _ => self.point(head + arguments(&rest[head..])),
        }
    }

    /// Begins a note whose text begins after `length` bytes.
    fn begin_note(&mut self, length: usize) {
        let (start, inside) = (self.at, self.at + length);
        let within = self.builder.within(inside);
        self.notes.push(Around {
            builder: std::mem::replace(&mut self.builder, within),
            kind: std::mem::replace(&mut self.kind, BlockKind::Paragraph),
            start,
            inside,
        });
        self.ends.push(End::Note);
        self.at = inside;
    }

    /// Ends a note behind its brace.
    fn end_note(&mut self) {
        let Some(around) = self.notes.pop() else {
            return;
        };
        self.builder.end(self.kind);
        let inner = std::mem::replace(&mut self.builder, around.builder);
        self.kind = around.kind;
        let text = self.builder.nest(inner, self.at - 1);
        let markup = format!("{}{text}}}", &self.file[around.start..around.inside]);
        self.builder.point(markup, around.start..self.at);
    }

    /// Begins marks around words after `length` bytes.
    fn around(&mut self, length: usize) {
        let place = self.at..self.at + length;
        self.builder.open(&self.file[place.clone()], place);
        self.ends.push(End::Around);
        self.at += length;
    }

    /// A command that is a sign.
    fn sign(&mut self, rest: &str) {
        let Some(sign) = rest[1..].chars().next() else {
            self.at += 1;
            return;
        };
        let length = 1 + sign.len_utf8();
        match sign {
            _ if self.is_preamble && self.ends.is_empty() => self.at += length,
            '%' | '&' | '$' | '#' | '_' | '{' | '}' => self.words(&sign.to_string(), length),
            '\\' => self.skip(length + optional(&rest[length..])),
            '(' => {
                let end = rest.find("\\)");
                self.atom(end.map_or(length, |end| end + 2));
            }
            '[' => {
                let end = rest.find("\\]");
                self.skip(end.map_or(rest.len(), |end| end + 2));
            }
            '"' => {
                let (letter, length) = match rest[2..].strip_prefix('{') {
                    Some(inner) => (inner.chars().next(), 5),
                    None => (rest[2..].chars().next(), 3),
                };
                let umlaut = letter.and_then(|letter| {
                    let at = "aouAOU".find(letter)?;
                    "äöüÄÖÜ".chars().nth(at)
                });
                match umlaut {
                    Some(umlaut) => self.words(&umlaut.to_string(), length.min(rest.len())),
                    None => self.point(2),
                }
            }
            ',' | ' ' | '/' | '-' => self.point(length),
            _ => self.point(length),
        }
    }
}
