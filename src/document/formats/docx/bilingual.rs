//! Runs of a translation that follows its source: a line further down, in grey.

use super::paragraph::children;

/// Grey that can still be read on white.
const COLOUR: &str = "595959";

/// Properties of a run that stand behind its colour, in the order of the format.
const AFTER_COLOUR: [&str; 21] = [
    "spacing",
    "w",
    "kern",
    "position",
    "sz",
    "szCs",
    "highlight",
    "u",
    "effect",
    "bdr",
    "shd",
    "fitText",
    "vertAlign",
    "rtl",
    "cs",
    "em",
    "lang",
    "eastAsianLayout",
    "specVanish",
    "oMath",
    "rPrChange",
];

/// Properties of a run that stand behind its language.
const AFTER_LANGUAGE: [&str; 4] = ["eastAsianLayout", "specVanish", "oMath", "rPrChange"];

/// The line break before a translation, and the beginning of one of its runs, for a run of the source that begins so.
pub(super) fn second(begin: &str) -> (String, String) {
    let name = begin.trim_start_matches('<');
    let name = &name[..name.find([' ', '>']).unwrap_or(name.len())];
    let prefix = name.strip_suffix('r').unwrap_or("w:");
    let line_break = format!("<{prefix}r><{prefix}br/></{prefix}r>");
    let (Some(open), Some(text)) = (begin.find('>'), begin.rfind('<')) else {
        return (line_break, begin.to_owned());
    };
    let colour = format!("<{prefix}color {prefix}val=\"{COLOUR}\"/>");
    let language = format!("<{prefix}lang {prefix}val=\"en-US\"/>");
    let (mut before, mut between, mut after) = (String::new(), String::new(), String::new());
    children(&begin[open + 1..text], |name, _, raw| match name {
        "color" | "lang" => {}
        _ if AFTER_LANGUAGE.contains(&name) => after.push_str(raw),
        _ if AFTER_COLOUR.contains(&name) => between.push_str(raw),
        _ => before.push_str(raw),
    });
    let run = format!(
        "{}<{prefix}rPr>{before}{colour}{between}{language}{after}</{prefix}rPr>{}",
        &begin[..=open],
        &begin[text..]
    );
    (line_break, run)
}
