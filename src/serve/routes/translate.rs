//! `/translate` and `/detect`: texts.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::parameters::{Source, check_length, format, languages, own_options};
use crate::article::Article;
use crate::report::{self, About, Style};
use crate::serve::answer;
use crate::serve::app::{App, Brings};
use crate::serve::detect::{self, Detected};
use crate::serve::refusal::Refusal;
use crate::serve::translator::write_texts;
use crate::translate::Translation;

/// Other translations of a text at most.
const MOST_ALTERNATIVES: usize = 8;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Translated {
    translated_text: OneOrAll<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_language: Option<OneOrAll<Detected>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<OneOrAll<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<OneOrAll<Value>>,
}

/// A list for a list, and one for one.
#[derive(Serialize)]
#[serde(untagged)]
enum OneOrAll<T> {
    One(T),
    All(Vec<T>),
}

impl<T> OneOrAll<T> {
    fn of(mut all: Vec<T>, is_list: bool) -> Self {
        match all.pop() {
            Some(one) if !is_list => Self::One(one),
            last => {
                all.extend(last);
                Self::All(all)
            }
        }
    }
}

/// Translates a text or a list of texts.
pub async fn translate(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let mut begun = app.begin(request, Brings::Texts).await?;
    let (texts, is_list) = begun.fields.take_texts("q")?;
    let fields = &begun.fields;
    for text in &texts {
        check_length(text, &app.settings.limits)?;
    }
    let source = languages(fields, texts.iter().map(String::as_str))?;
    let format = format(fields)?;
    let alternatives = alternatives(fields.number::<i64>("alternatives")?)?;
    let shows_segments = fields.flag("segments")?;
    let own = own_options(fields)?;
    let count = texts.len();
    let detected_language = match source {
        Source::German => None,
        Source::Detected(found) => Some(OneOrAll::of(vec![found; count], is_list)),
    };
    if source.is_english() {
        let none = |_| Vec::new();
        return Ok(answer::json(&Translated {
            translated_text: OneOrAll::of(texts, is_list),
            detected_language,
            alternatives: (alternatives > 0)
                .then(|| OneOrAll::of((0..count).map(none).collect(), is_list)),
            segments: shows_segments
                .then(|| OneOrAll::of(vec![Value::Array(Vec::new()); count], is_list)),
        }));
    }
    let articles = app.translator.read(texts, format, own).await?;
    app.metrics.words(articles.iter().map(Article::words).sum());
    let translations = app.translator.translate(&articles).await?;
    let segments = shows_segments.then(|| segments(&app, &articles, &translations));
    let translated = write_texts(&articles, translations).await?;
    let alternatives = match alternatives {
        0 => None,
        count => {
            let found = app.translator.alternatives(&articles, &translated, count);
            Some(OneOrAll::of(found.await?, is_list))
        }
    };
    Ok(answer::json(&Translated {
        translated_text: OneOrAll::of(translated, is_list),
        detected_language,
        alternatives,
        segments: segments.map(|segments| OneOrAll::of(segments, is_list)),
    }))
}

fn alternatives(number: Option<i64>) -> Result<usize, Refusal> {
    match usize::try_from(number.unwrap_or(0)) {
        Ok(number) if number > MOST_ALTERNATIVES => Err(Refusal::wrong(
            "alternatives",
            &format!("must be <= {MOST_ALTERNATIVES}"),
        )),
        Ok(number) => Ok(number),
        // As LibreTranslate has it: fewer than none are none.
        Err(_) => Ok(0),
    }
}

/// The sentences of each text with their translations, as `--format json` has them.
fn segments(app: &App, articles: &[Article], translations: &[Vec<Translation>]) -> Vec<Value> {
    let about = about(app);
    let segments = |(article, translations): (&Article, &Vec<Translation>)| {
        let segments = report::segments(&about, article, translations);
        // Strings and numbers cannot fail.
        serde_json::to_value(segments).unwrap_or_default()
    };
    articles.iter().zip(translations).map(segments).collect()
}

/// What reports say of a text that has no file.
pub fn about(app: &App) -> About<'_> {
    About {
        file: "",
        model: &app.model.name,
        flag_below: Some(app.settings.flag_below),
        style: Style::default(),
        ordinal: None,
    }
}

/// Finds out the language of a text.
pub async fn detect(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let mut begun = app.begin(request, Brings::Texts).await?;
    let (texts, _) = begun.fields.take_texts("q")?;
    let found = detect::detect(&texts.join("\n"));
    Ok(answer::json(&[found]))
}
