//! Front matter: titles and descriptions in the YAML or TOML before a page.

use std::ops::Range;

use super::super::yaml;
use crate::document::values::ValuesBuilder;

/// Names of values that people read, in small letters.
#[rustfmt::skip]
const READ: [&str; 24] = [
    "title", "subtitle", "description", "summary", "excerpt", "caption", "alt", "headline", "heading", "lead", "teaser", "abstract",
    "linktitle", "menutitle", "nav_title", "sidebar_label", "shorttitle", "tagline", "image_alt", "titel", "untertitel",
    "beschreibung", "zusammenfassung", "label",
];

/// Adds the values of front matter at `place` that people read, and tells the language.
pub(super) fn add(file: &str, place: Range<usize>, values: &mut ValuesBuilder<'_>) {
    let raw = &file[place.clone()];
    let mut scalars = match raw.starts_with("+++") {
        true => toml(raw),
        false => yaml::scalars(raw),
    };
    for scalar in &mut scalars {
        scalar.place = place.start + scalar.place.start..place.start + scalar.place.end;
        let name = scalar
            .path
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let is_language = matches!(name.as_str(), "lang" | "language" | "locale");
        if is_language && (scalar.text == "de" || scalar.text.starts_with("de-")) {
            let inner = file[scalar.place.clone()].find("de").unwrap_or(0);
            let start = scalar.place.start + inner;
            values.replace(start..start + scalar.text.len(), "en");
        } else if READ.contains(&name.as_str()) {
            yaml::add(file, scalar, values);
        }
    }
}

/// Texts in quotes after `name =`.
fn toml(raw: &str) -> Vec<yaml::Scalar> {
    let mut scalars = Vec::new();
    let mut at = 0;
    for line in raw.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let value_start = start + line.len() - value.trim_start().len();
        let end = start + line.trim_end().len();
        let inner = &raw[value_start.min(end)..end];
        let is_quoted = inner.len() > 1 && inner.starts_with('"') && inner.ends_with('"');
        if is_quoted && let Ok(text) = serde_json::from_str(inner) {
            scalars.push(yaml::Scalar {
                path: name.trim().to_owned(),
                place: value_start..end,
                style: yaml::Style::Double,
                text,
            });
        }
    }
    scalars
}
