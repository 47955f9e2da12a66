//! Parts of Markdown that its extensions have and CommonMark reads as text.

use std::borrow::Cow;
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

/// The line that begins an admonition or a tab of MkDocs, whose text is indented below it.
static ADMONITION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?m)^(?<indent>[ \t]*)(?<sign>(?:!!!|\?\?\?\+?|===[+!]?)[ \t]+)(?:[\w-]+(?:[ \t]+[\w-]+)*)?(?:[ \t]*(?<open>")(?<title>[^"\n]*)(?<close>"))?"#,
        r"[ \t]*\r?$",
    ))
    .expect("the pattern is constant")
});

/// The file as CommonMark reads what MkDocs means: the signs of admonitions are those of list items of the same length, whose
/// text may begin below a blank line.
pub(super) fn as_lists(file: &str) -> Cow<'_, str> {
    let mut read = Cow::Borrowed(file);
    for found in ADMONITION.captures_iter(file) {
        let (Some(all), Some(sign)) = (found.get(0), found.name("sign")) else {
            continue;
        };
        let is_tab = sign.as_str().starts_with('=');
        let indent = &found["indent"];
        let mut below = file[all.end()..]
            .lines()
            .filter(|line| !line.trim().is_empty());
        let is_indented = below.next().is_some_and(|line| {
            let rest = line.strip_prefix(indent).unwrap_or_default();
            rest.starts_with("    ") || rest.starts_with('\t')
        });
        if !is_indented || (is_tab && found.name("title").is_none()) {
            continue;
        }
        let item = format!("-   {}", "x".repeat(sign.len() - 4));
        read.to_mut().replace_range(sign.range(), &item);
    }
    read
}

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
    // Of the line of an admonition nothing is text but its title.
    let lines = ADMONITION
        .captures_iter(file)
        .filter(|found| found.name("title").is_some());
    let titles = lines.flat_map(|found| {
        let place = |name| {
            found
                .name(name)
                .map(|found: regex::Match<'_>| found.range())
        };
        let start = place("sign").map_or(0, |sign| sign.start);
        let open = place("open").map(|open| (start..open.end, Part::Prefix));
        let close = place("close").map(|close| (close, Part::Border));
        open.into_iter().chain(close)
    });
    let mut parts: Vec<(Range<usize>, Part)> = found.chain(titles).collect();
    parts.sort_by_key(|(place, _)| (place.start, place.end));
    parts
}
