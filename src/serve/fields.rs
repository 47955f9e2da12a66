//! The parameters of a request: from the address, from JSON, from forms of both kinds. LibreTranslate takes all of them.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use multer::Multipart;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;
use crate::document::json_fields;

/// Time in which the whole body of a request must be there.
const BODY_TIME: Duration = Duration::from_secs(60);

/// Parameters of one request at most.
const MOST_FIELDS: usize = 64;

/// Texts in one request at most.
const MOST_TEXTS: usize = 10_000;

/// The unit in which room for bodies is counted.
const KILOBYTE: usize = 1 << 10;

/// A file that a client sent.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its name there, which says what format it has and nothing else: nothing is read or written under it.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// The parameters of a request, by their names.
#[derive(Debug, Default)]
pub struct Fields {
    values: HashMap<String, Given>,
    upload: Option<Upload>,
}

/// The value of a parameter, no larger in memory than it was in the request.
#[derive(Debug, PartialEq)]
enum Given {
    Text(String),
    /// A number or a truth value of JSON, as it was written.
    Bare(String),
    Texts(Vec<String>),
    /// Nothing that any parameter can be.
    Other,
}

/// Room for the bodies of all requests together.
#[derive(Debug, Clone)]
pub struct Room(Arc<Semaphore>);

/// The room that one body takes.
#[derive(Debug, Default)]
pub struct Taken(Option<OwnedSemaphorePermit>);

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_ceil(KILOBYTE))))
    }

    fn take(&self, bytes: usize, taken: &mut Taken) -> Result<(), Refusal> {
        let units = u32::try_from(bytes.div_ceil(KILOBYTE)).map_err(|_| Refusal::busy())?;
        let more = Arc::clone(&self.0).try_acquire_many_owned(units);
        let more = more.map_err(|_| Refusal::busy())?;
        match &mut taken.0 {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

impl Fields {
    /// Reads the parameters of a request whose body has at most so many bytes.
    pub async fn read(
        request: Request,
        most: usize,
        room: &Room,
    ) -> Result<(Self, Taken), Refusal> {
        let mut fields = Self::default();
        fields.add_form(request.uri().query().unwrap_or_default().as_bytes(), false)?;
        let content_type = (request.headers().get(header::CONTENT_TYPE))
            .map_or(Ok(""), |value| value.to_str())
            .map_err(|_| Refusal::bad("The content type is no text"))?
            .to_owned();
        let declared = (request.headers().get(header::CONTENT_LENGTH))
            .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|bytes| bytes > most) {
            return Err(Refusal::too_large(most));
        }
        let body = read_body(request.into_body(), most, room);
        let late = || {
            Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "The request did not come to an end",
            )
        };
        let (body, taken) = (tokio::time::timeout(BODY_TIME, body).await).map_err(|_| late())??;
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => fields.add_form(&body, true)?,
            "multipart/form-data" => fields.add_multipart(body, &content_type).await?,
            json if json == "application/json" || json.ends_with("+json") => {
                fields.add_json(&body)?;
            }
            _ => {}
        }
        Ok((fields, taken))
    }

    /// Adds the parameters of a form. Of those with the same name the first counts.
    fn add_form(&mut self, form: &[u8], in_lines: bool) -> Result<(), Refusal> {
        for (name, value) in form_urlencoded::parse(form) {
            let value = match in_lines {
                true => unix_lines(value.into_owned()),
                false => value.into_owned(),
            };
            self.add(name.into_owned(), Given::Text(value))?;
        }
        Ok(())
    }

    fn add_json(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let malformed = || Refusal::bad("Invalid JSON format");
        let text = std::str::from_utf8(body).map_err(|_| malformed())?;
        for (name, value) in json_fields(text).map_err(|_| malformed())? {
            let value = match value.as_bytes().first() {
                Some(b'n') => continue,
                Some(b'"') => Given::Text(serde_json::from_str(value).map_err(|_| malformed())?),
                Some(b'[') => match serde_json::from_str::<Texts>(value) {
                    Ok(Texts(texts)) if texts.len() > MOST_TEXTS => return Err(too_many_texts()),
                    Ok(Texts(texts)) => Given::Texts(texts),
                    Err(_) => Given::Other,
                },
                Some(b'{') | None => Given::Other,
                Some(_) => Given::Bare(value.to_owned()),
            };
            // What the body says counts more than what the address says.
            self.values.remove(&name);
            self.add(name, value)?;
        }
        Ok(())
    }

    async fn add_multipart(&mut self, body: Bytes, content_type: &str) -> Result<(), Refusal> {
        let malformed = |_| Refusal::bad("Invalid request: the form is malformed");
        let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
        let mut parts = Multipart::new(Body::from(body).into_data_stream(), boundary);
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(malformed)?;
            match file_name {
                Some(file) if name == "file" && self.upload.is_none() => {
                    self.upload = Some(Upload { name: file, bytes });
                }
                _ => {
                    let text = String::from_utf8(bytes.into());
                    let text = text.map_err(|_| Refusal::wrong(&name, "is not UTF-8"))?;
                    self.add(name, Given::Text(unix_lines(text)))?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, value: Given) -> Result<(), Refusal> {
        if self.values.len() >= MOST_FIELDS {
            return Err(Refusal::bad("Invalid request: too many parameters"));
        }
        self.values.entry(name).or_insert(value);
        Ok(())
    }

    /// A parameter that is text; `None` if it is missing or empty.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Given::Text(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Refusal::wrong(name, "is not text")),
        }
    }

    /// A parameter that is text and must be there.
    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// A parameter that is a number, perhaps written as text.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let number = match self.values.get(name) {
            None => return Ok(None),
            Some(Given::Text(text)) if text.is_empty() => return Ok(None),
            Some(Given::Text(written) | Given::Bare(written)) => written.trim().parse().ok(),
            Some(_) => None,
        };
        (number.map(Some)).ok_or_else(|| Refusal::wrong(name, "is not a number"))
    }

    /// Whether a parameter says yes.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        let written = match self.values.get(name) {
            None => return Ok(false),
            Some(Given::Text(written) | Given::Bare(written)) => written.to_ascii_lowercase(),
            Some(_) => "?".into(),
        };
        match written.as_str() {
            "" | "0" | "false" | "no" => Ok(false),
            "1" | "true" | "yes" | "on" => Ok(true),
            _ => Err(Refusal::wrong(name, "is neither true nor false")),
        }
    }

    /// Takes out a text or a list of texts, and says whether it was a list.
    pub fn take_texts(&mut self, name: &str) -> Result<(Vec<String>, bool), Refusal> {
        match self.values.remove(name) {
            None => Err(Refusal::missing(name)),
            Some(Given::Text(text)) if text.is_empty() => Err(Refusal::missing(name)),
            Some(Given::Text(text)) => Ok((vec![text], false)),
            Some(Given::Texts(texts)) if texts.is_empty() => Err(Refusal::missing(name)),
            Some(Given::Texts(texts)) => Ok((texts, true)),
            Some(_) => Err(Refusal::wrong(
                name,
                "is neither a text nor a list of texts",
            )),
        }
    }

    /// Takes out the file.
    pub fn take_upload(&mut self) -> Option<Upload> {
        self.upload.take()
    }
}

/// A list of texts, of which one more is read than there may be.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InSequence;
        impl<'de> Visitor<'de> for InSequence {
            type Value = Texts;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a list of texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while texts.len() <= MOST_TEXTS
                    && let Some(text) = sequence.next_element()?
                {
                    texts.push(text);
                }
                while sequence.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_seq(InSequence)
    }
}

fn too_many_texts() -> Refusal {
    Refusal::bad(format!(
        "Invalid request: there are more texts in it than {MOST_TEXTS}"
    ))
}

/// Reads a body while there is room for it.
async fn read_body(mut body: Body, most: usize, room: &Room) -> Result<(Bytes, Taken), Refusal> {
    let (mut bytes, mut taken) = (Vec::new(), Taken::default());
    let mut paid = 0;
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(frame) = frame else {
            return Ok((bytes.into(), taken));
        };
        let frame = frame.map_err(|_| Refusal::bad("The request broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > most {
            return Err(Refusal::too_large(most));
        }
        bytes.extend_from_slice(&data);
        if bytes.len() > paid {
            // More than is needed now, so that small frames are not paid for one by one.
            let more = (bytes.len() - paid).max(16 * KILOBYTE);
            room.take(more, &mut taken)?;
            paid += more;
        }
    }
}

/// A text of a form with plain line ends: browsers send both characters.
fn unix_lines(text: String) -> String {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    }
}
