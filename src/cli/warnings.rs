//! Warnings about texts and their translations, for people at a terminal and for the answers of a worker.

use crate::archive::Made;
use crate::article::Article;
use crate::decode::Finish;
use crate::translate::{Translation, not_honoured};

/// Fewest letters that tell one language from another.
const LETTERS_TO_JUDGE: usize = 60;

/// Characters of a sentence that a warning quotes.
const QUOTED: usize = 60;

/// Warns of bytes that are no text and of a language other than German. `first` says whether this is the first section of the text.
pub fn of_article(name: &str, article: &Article, first: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    let text = &article.document.text;
    if article.document.undecodable > 0 {
        warnings.push(format!(
            "{name}: {} byte sequences are not text in its encoding and became U+FFFD",
            article.document.undecodable
        ));
    }
    if article.document.mended > 0 {
        warnings.push(format!(
            "{name}: {} bytes in it are not UTF-8 and were read as Windows-1252",
            article.document.mended
        ));
    }
    if let Some(language) = first.then(|| other_language(text)).flatten() {
        warnings.push(format!(
            "{name} looks like {}, not German; only its German sentences are translated",
            language.eng_name()
        ));
    }
    warnings
}

/// The language of a text, if it is not German beyond doubt.
fn other_language(text: &str) -> Option<whatlang::Lang> {
    // The beginning is enough to judge by, and bounds the time.
    let beginning = &text[..text.floor_char_boundary(20_000)];
    let letters = beginning.chars().filter(|c| c.is_alphabetic()).count();
    let found = whatlang::detect(beginning).filter(|_| letters >= LETTERS_TO_JUDGE)?;
    (found.lang() != whatlang::Lang::Deu && found.is_reliable()).then(|| found.lang())
}

/// Names the parts of a text that could not be read.
pub fn flaws(name: &str, article: &Article) -> Vec<String> {
    let flaws = article.document.flaws.iter();
    flaws.map(|flaw| format!("{name}: {flaw}")).collect()
}

/// Warns of translations that were cut or lost something, of glossary terms that they lack, and of sentences that were copied.
pub fn of_result(made: &Made<'_>) -> Vec<String> {
    let of_summary = made
        .summary
        .iter()
        .flat_map(|summary| &summary.translations);
    let all = made.translations.iter().flatten();
    // Those of the summary are among all, if there are all.
    let translations: Vec<&Translation> = match made.translations {
        Some(_) => all.collect(),
        None => of_summary.collect(),
    };
    let mut warnings = unfinished(made.name, &translations);
    warnings.extend(doubtful(made.name, &translations));
    // Of a whole text in another language that is said already.
    let is_german = |_: &String| other_language(&made.article.document.text).is_none();
    warnings.extend(foreign(made.name, &translations).filter(is_german));
    warnings.extend(missed_terms(made));
    warnings
}

fn unfinished(name: &str, translations: &[&Translation]) -> Vec<String> {
    let warning = |translation: &&Translation| {
        let problem = match translation.finish {
            Finish::Complete => return None,
            Finish::Repetition => "a repetition was cut",
            Finish::TooLong => "the translation did not come to an end and was cut",
        };
        let beginning = beginning(&translation.text);
        Some(format!("{name}: {problem} after “{beginning}…”"))
    };
    translations.iter().filter_map(warning).collect()
}

/// Counts the translations that lost something, and names the first.
fn doubtful(name: &str, translations: &[&Translation]) -> Option<String> {
    let lost = || (translations.iter()).filter(|translation| !translation.doubts.is_empty());
    let first = lost().next()?;
    let reasons: Vec<String> = first.doubts.iter().map(ToString::to_string).collect();
    Some(format!(
        "{name}: {} to be read with care; in “{}…” {} (--format json and html mark all)",
        sentences(lost().count()),
        beginning(&first.text),
        reasons.join(", ")
    ))
}

fn foreign(name: &str, translations: &[&Translation]) -> Option<String> {
    let copied = (translations.iter()).filter(|translation| translation.is_foreign);
    let count = copied.count();
    (count > 0).then(|| format!("{name}: {} not German and copied", sentences(count)))
}

/// So many sentences are …
fn sentences(count: usize) -> String {
    match count {
        1 => "1 sentence is".into(),
        _ => format!("{count} sentences are"),
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

fn missed_terms(made: &Made<'_>) -> Vec<String> {
    let all = made.translations.iter().flatten().enumerate();
    let of_summary = (made.summary.iter()).filter(|_| made.translations.is_none());
    let chosen =
        of_summary.flat_map(|summary| summary.chosen.iter().copied().zip(&summary.translations));
    let mut warnings = Vec::new();
    for (i, translation) in all.chain(chosen) {
        let segment = &made.article.segments[i];
        for term in not_honoured(&segment.fixed, &translation.text) {
            let beginning = beginning(made.article.source(segment));
            warnings.push(format!(
                "{}: “{term}” of the glossary is not in the translation of “{beginning}…”",
                made.name
            ));
        }
    }
    warnings
}
