//! The `13a` tokenization: WMT's `mteval-v13a.pl`, as sacreBLEU has it.

use std::sync::LazyLock;

use regex::Regex;

use super::whitespace::{is_whitespace, words};

/// Rewriting rules in their order; each puts spaces around the punctuation that it splits off.
///
/// They stay regular expressions because the script's own oddities (of three full stops, which
/// ones are matched as a pair) are those of leftmost, non-overlapping matches.
static RULES: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let rule = |pattern, spaced| (Regex::new(pattern).expect("a constant pattern"), spaced);
    [
        // ASCII punctuation and symbols but for apostrophe, comma, hyphen and full stop.
        rule(r"([{-~\[-` -&(-+:-@/])", " $1 "),
        // Full stop and comma unless after a digit,
        rule(r"([^0-9])([.,])", "$1 $2 "),
        // or unless before one: 1,000.5 stays whole.
        rule(r"([.,])([^0-9])", " $1 $2"),
        // A hyphen after a digit: 20-year, 3-4.
        rule(r"([0-9])(-)", "$1 $2 "),
    ]
});

/// The tokens of one segment. Letter case and everything outside ASCII are left as they are, so
/// typographic quotes and CJK text stay inside their word.
pub fn tokenize_13a(segment: &str) -> Vec<String> {
    // sacreBLEU strips the end before it tokenizes, so a last "-\n" is a hyphen, not a broken word.
    let segment = segment.trim_end_matches(is_whitespace);
    let unescaped = segment
        .replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    // The rules for full stop and comma want a neighbour on both sides.
    let mut spaced = format!(" {unescaped} ");
    for (pattern, replacement) in RULES.iter() {
        spaced = pattern.replace_all(&spaced, *replacement).into_owned();
    }
    words(&spaced).map(str::to_owned).collect()
}
