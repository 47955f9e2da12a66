//! `/summarize`: a text or a file, which LibreTranslate does not have.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::parameters::{check_length, format, own_options};
use super::translate::about;
use crate::article::Article;
use crate::report::{self, Style};
use crate::request::SummaryRequest;
use crate::serve::answer;
use crate::serve::app::{App, Brings};
use crate::serve::fields::Fields;
use crate::serve::refusal::Refusal;
use crate::summarize::{Length, Method};

/// Summarises a text or a file.
pub async fn summarize(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let mut begun = app.begin(request, Brings::File).await?;
    let wanted = wanted(&begun.fields)?;
    let own = own_options(&begun.fields)?;
    let articles = match begun.fields.take_upload() {
        Some(upload) => app.translator.read_file(upload, own).await?,
        None => {
            let (texts, is_list) = begun.fields.take_texts("q")?;
            if is_list {
                return Err(Refusal::wrong("q", "is a list: a summary is of one text"));
            }
            check_length(&texts[0], &app.settings.limits)?;
            let format = format(&begun.fields)?;
            (app.translator).read(Arc::new(texts), format, own).await?
        }
    };
    app.metrics.words(articles.iter().map(Article::words).sum());
    let summary = app.translator.summarize(&articles, wanted).await?;
    if summary.chosen.is_empty() {
        return Err(Refusal::bad(
            "There is nothing to summarise: it has no sentence",
        ));
    }
    Ok(answer::json(&json!({
        "summary": report::summary(&summary, wanted.style),
        "words": summary.words(),
        "sentences": report::chosen(&about(&app), &articles[0], &summary),
    })))
}

fn wanted(fields: &Fields) -> Result<SummaryRequest, Refusal> {
    let at_least_one = |name| match fields.number::<usize>(name)? {
        Some(0) => Err(Refusal::wrong(name, "must be at least 1")),
        number => Ok(number),
    };
    let ratio = fields.number::<f32>("ratio")?;
    let length = match (at_least_one("sentences")?, at_least_one("words")?, ratio) {
        (None, None, None) => Length::Usual,
        (Some(sentences), None, None) => Length::Sentences(sentences),
        (None, Some(words), None) => Length::Words(words),
        (None, None, Some(ratio)) if ratio > 0. && ratio <= 1. => Length::Ratio(ratio),
        (None, None, Some(_)) => {
            return Err(Refusal::wrong("ratio", "must be above 0 and up to 1"));
        }
        _ => {
            return Err(Refusal::bad(
                "Invalid request: give one of sentences, words and ratio",
            ));
        }
    };
    let style = match fields.text("style")? {
        None => Style::default(),
        Some(name) => (Style::ALL.into_iter().find(|style| style.name() == name))
            .ok_or_else(|| Refusal::wrong("style", "must be paragraph, bullets or headline"))?,
    };
    let method = match fields.text("method")? {
        None => Method::default(),
        Some(name) => name.parse().map_err(|_| {
            let names: Vec<&str> = Method::all().iter().map(|method| method.name).collect();
            Refusal::wrong("method", &format!("must be one of {}", names.join(", ")))
        })?,
    };
    Ok(SummaryRequest {
        length,
        method,
        style,
        trim: fields.flag("trim")?,
    })
}
