//! Parts of Markdown that its extensions have and CommonMark reads as text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The line of a fence (`::: warning`) or of an admonition (`!!! note`): what stands around it is text of its own.
    Border,
    /// Stands before a text: `*[HTML]:`, `[!info]`.
    Prefix,
    /// Stands between words: `{{< figure >}}`.
    Point,
    /// An address.
    Address,
}

static PARTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?m)(?<border>^[ \t>]*(?::{3,}.*|(?:!!!|\?\?\?\+?)[ \t]+[\w-]+)$)",
        r"|(?<prefix>^\*\[[^\]\n]+\]:[ \t]*|^[ \t]*>[ \t>]*\[!\w+\][-+]?[ \t]*)",
        r"|(?<point>\{\{[<%][^\n]*?[>%]\}\}|\{%[^\n]*?%\})",
        r#"|(?<address>\bhttps?://[^\s<>()\[\]"'`|\\]*[^\s<>()\[\]"'`|\\.,;:!?*])"#,
    ))
    .expect("the pattern is constant")
});

/// All such parts of a file, in order.
pub(super) fn parts(file: &str) -> Vec<(Range<usize>, Part)> {
    let kinds = [
        ("border", Part::Border),
        ("prefix", Part::Prefix),
        ("point", Part::Point),
        ("address", Part::Address),
    ];
    let found = PARTS.captures_iter(file).filter_map(|found| {
        let (name, part) = kinds.iter().find(|(name, _)| found.name(name).is_some())?;
        Some((found.name(name)?.range(), *part))
    });
    found.collect()
}
