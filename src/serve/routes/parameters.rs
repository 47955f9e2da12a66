//! Parameters that several routes have.

use crate::document::{FileFormat, RecordOptions};
use crate::request::OwnOptions;
use crate::serve::detect::{Detected, detect};
use crate::serve::fields::Fields;
use crate::serve::refusal::Refusal;
use crate::serve::settings::Limits;
use crate::translate::Glossary;

/// What a client says of the language of its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// German.
    German,
    /// Nothing.
    Auto,
}

/// Looks at `source` and `target`.
pub fn languages(fields: &Fields) -> Result<Source, Refusal> {
    let source = fields.needed("source")?;
    let target = fields.needed("target")?;
    if !is_language(target, "en") {
        return Err(not_supported(target));
    }
    match source {
        "auto" => Ok(Source::Auto),
        german if is_language(german, "de") => Ok(Source::German),
        other => Err(not_supported(other)),
    }
}

/// The language of texts that belong together, if it is one that needs a translation or none.
pub fn detected<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Detected, Refusal> {
    let found = most_likely(texts);
    match found.language {
        "de" | "en" => Ok(found),
        other => Err(not_supported(other)),
    }
}

/// `de`, and with a country `de-AT`.
fn is_language(code: &str, language: &str) -> bool {
    code.split(['-', '_'])
        .next()
        .is_some_and(|code| code.eq_ignore_ascii_case(language))
}

fn not_supported(language: &str) -> Refusal {
    let language: String = language.chars().take(20).collect();
    Refusal::bad(format!("{language} is not supported"))
}

/// The language of texts. Few words may be German in any case: a name, a loan word, a slip.
fn most_likely<'t>(texts: impl Iterator<Item = &'t str>) -> Detected {
    /// Words that tell English, and any other language.
    const FEWEST: (usize, usize) = (3, 6);
    const CONFIDENT: f64 = 90.;
    const GERMAN: Detected = Detected {
        confidence: 50.,
        language: "de",
    };
    /// Bytes that are looked at.
    const ENOUGH: usize = 20_000;
    let mut text = String::new();
    for next in texts {
        text.push_str(&next[..next.floor_char_boundary(ENOUGH)]);
        text.push('\n');
        if text.len() >= ENOUGH {
            break;
        }
    }
    let found = detect(&text);
    let words = text.split_whitespace().count();
    match found.language {
        "de" => found,
        "en" if words >= FEWEST.0 && found.confidence >= CONFIDENT => found,
        "en" => GERMAN,
        _ if words >= FEWEST.1 && found.confidence >= CONFIDENT => found,
        _ => GERMAN,
    }
}

/// The format of texts: `text` or `html`.
pub fn format(fields: &Fields) -> Result<FileFormat, Refusal> {
    match fields.text("format")?.unwrap_or("text") {
        "text" => Ok(FileFormat::TEXT),
        "html" => Ok(crate::document::formats::html::HTML),
        other => {
            let other: String = other.chars().take(20).collect();
            Err(Refusal::bad(format!("{other} format is not supported")))
        }
    }
}

/// The glossary, and for records the names of the fields to translate, one on a line.
pub fn own_options(fields: &Fields) -> Result<OwnOptions, Refusal> {
    let glossary = fields.text("glossary")?.unwrap_or_default();
    let glossary = Glossary::read(glossary)
        .map_err(|error| Refusal::bad(format!("Invalid request: glossary: {error}")))?;
    let names = fields.text("field")?.unwrap_or_default().lines();
    Ok(OwnOptions {
        records: RecordOptions {
            fields: names.map(str::to_owned).collect(),
            ..RecordOptions::default()
        },
        glossary,
    })
}

/// Refuses a text that has more characters than it may have.
pub fn check_length(text: &str, limits: &Limits) -> Result<(), Refusal> {
    let Some(most) = limits.characters else {
        return Ok(());
    };
    let length = text.chars().count();
    match length > most {
        true => Err(Refusal::bad(format!(
            "Invalid request: request ({length}) exceeds text limit ({most})"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_words_are_german_and_many_are_what_they_are() {
        for (text, language) in [
            ("Computer", "de"),
            ("Save file", "de"),
            ("Bonjour", "de"),
            ("Please save the file before you close the window.", "en"),
            ("Die Datei wird gespeichert.", "de"),
            (
                "Le conseil municipal a décidé mardi soir de construire un pont.",
                "fr",
            ),
        ] {
            assert_eq!(most_likely([text].into_iter()).language, language, "{text}");
        }
    }
}
