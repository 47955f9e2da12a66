//! Files of two languages: a translation behind its source.

use crate::document::markup::Markup;

/// How a translation is written after its source, if both are in the file.
#[derive(Debug, Clone, Copy)]
pub(in crate::document) enum Pair {
    /// Between these, behind each block.
    Inline {
        open: &'static str,
        close: &'static str,
    },
    /// In runs of their own, behind each paragraph: makes a line break and the beginning of a run of the beginning of one of
    /// the source.
    Runs(fn(&str) -> (String, String)),
}

/// Makes markup of what stands in the file already: pictures and notes are not shown twice, and names are given once.
pub(in crate::document) fn second(markup: &mut Markup) {
    match markup {
        Markup::Around { open, .. } | Markup::Atom(open) => *open = without_ids(open),
        Markup::Point(raw) => raw.clear(),
        Markup::Break(_) => {}
    }
}

/// Tags without the attribute `id`.
fn without_ids(tags: &str) -> String {
    let mut rest = tags;
    let mut without = String::with_capacity(tags.len());
    while let Some(at) = rest.find(" id=") {
        let value = &rest[at + " id=".len()..];
        let end = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].find(quote).map(|end| end + 2),
            _ => value.find([' ', '>', '/']),
        };
        without.push_str(&rest[..at]);
        rest = &value[end.unwrap_or(value.len())..];
    }
    without + rest
}
