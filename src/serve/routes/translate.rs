//! `/translate` and `/detect`: texts.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::parameters::{Source, check_length, detected, format, languages, own_options};
use crate::article::Article;
use crate::document::FileFormat;
use crate::report::{self, About, Style};
use crate::request::OwnOptions;
use crate::serve::answer;
use crate::serve::app::{App, Brings};
use crate::serve::detect::{self, Detected};
use crate::serve::fields::Fields;
use crate::serve::refusal::Refusal;
use crate::serve::settings::Limits;
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

/// What a request for translations asks.
struct Question {
    texts: Arc<Vec<String>>,
    /// Whether the texts came as a list.
    is_list: bool,
    source: Source,
    format: FileFormat,
    alternatives: usize,
    shows_segments: bool,
    own: OwnOptions,
}

impl Question {
    fn read(fields: &mut Fields, limits: &Limits) -> Result<Self, Refusal> {
        let (texts, is_list) = fields.take_texts("q")?;
        for text in &texts {
            check_length(text, limits)?;
        }
        Ok(Self {
            source: languages(fields)?,
            format: format(fields)?,
            alternatives: alternatives(fields.number("alternatives")?)?,
            shows_segments: fields.flag("segments")?,
            own: own_options(fields)?,
            texts: Arc::new(texts),
            is_list,
        })
    }
}

/// Translates a text or a list of texts.
pub async fn translate(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let mut begun = app.begin(request, Brings::Texts).await?;
    let question = Question::read(&mut begun.fields, &app.settings.limits)?;
    let (texts, is_list) = (Arc::clone(&question.texts), question.is_list);
    let read = (app.translator).read(Arc::clone(&texts), question.format, question.own);
    let articles = read.await?;
    let detected = match question.source {
        Source::German => None,
        // Of a page what is read there, not its tags.
        Source::Auto => {
            let read = articles
                .iter()
                .map(|article| article.document.text.as_str());
            Some(detected(read)?)
        }
    };
    // English is its own translation.
    let mut translated = texts.to_vec();
    let mut alternatives = vec![Vec::new(); texts.len()];
    let mut segments = vec![Value::Array(Vec::new()); texts.len()];
    if detected.is_none_or(|found| found.language != "en") {
        app.metrics.words(articles.iter().map(Article::words).sum());
        let translations = app.translator.translate(&articles).await?;
        if question.shows_segments {
            segments = segments_of(&app, &articles, &translations);
        }
        translated = write_texts(&articles, translations).await?;
        if question.alternatives > 0 {
            let count = question.alternatives;
            let found = (app.translator).alternatives(&articles, &translated, count);
            alternatives = found.await?;
        }
    }
    let each = |found| OneOrAll::of(vec![found; texts.len()], is_list);
    Ok(answer::json(&Translated {
        translated_text: OneOrAll::of(translated, is_list),
        detected_language: detected.map(each),
        alternatives: (question.alternatives > 0).then(|| OneOrAll::of(alternatives, is_list)),
        segments: (question.shows_segments).then(|| OneOrAll::of(segments, is_list)),
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
fn segments_of(app: &App, articles: &[Article], translations: &[Vec<Translation>]) -> Vec<Value> {
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
        as_text: false,
        index: None,
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
