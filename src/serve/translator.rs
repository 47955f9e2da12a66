//! From bytes of clients to results: reading, the lanes, writing. Long work goes to other threads than those that answer.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use rayon::ThreadPoolBuilder;
use tokio::sync::Semaphore;

use super::downloads::TranslatedFile;
use super::fields::Upload;
use super::lane::{Lane, StepSize, Ticket, Wanted, bytes};
use super::metrics::Metrics;
use super::refusal::Refusal;
use super::settings::ServeSettings;
use crate::archive::Sections;
use crate::article::Article;
use crate::decode::DecodeOptions;
use crate::document::FileFormat;
use crate::model::Model;
use crate::report::{self, OutputFormat};
use crate::request::{OwnOptions, ReadOptions, Results, SummaryRequest};
use crate::summarize::Summary;
use crate::translate::Translation;

/// Bytes of source text from which an order goes to the lane of long ones, and work on it to other threads.
const LONG: usize = 4 << 10;

/// Of the lane of short orders: a step takes some hundredths of a second.
const SHORT_STEP: StepSize = StepSize {
    usual: 8 << 10,
    share: 1 << 10,
    most: 32 << 10,
};
/// Of the lane of long orders. It has threads of its own, so that short ones do not wait for its steps.
const LONG_STEP: StepSize = StepSize {
    usual: 32 << 10,
    share: 4 << 10,
    most: 128 << 10,
};

/// Files that are read and written at the same time: each may unpack to hundreds of megabytes.
const FILES: usize = 4;

/// Time between two looks at how far an order is.
const LOOK: Duration = Duration::from_millis(100);

/// Translates and summarises for all clients.
pub struct Translator {
    read: Arc<ReadOptions>,
    texts: DecodeOptions,
    summaries: DecodeOptions,
    short: Lane,
    long: Lane,
    files: Semaphore,
}

/// Receives the share of the work that is done, 0 to 1.
pub type OnProgress<'a> = dyn Fn(f32) + Send + Sync + 'a;

impl Translator {
    /// Starts the lanes.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        model: &'static Model,
        settings: &ServeSettings,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let lane = |size| {
            let pool = ThreadPoolBuilder::new().num_threads(settings.threads);
            let pool = pool.build().map_err(std::io::Error::other)?;
            Lane::start(model, pool, size, Arc::clone(metrics))
        };
        Ok(Self {
            read: Arc::clone(&settings.read),
            texts: settings.texts,
            summaries: settings.summaries,
            short: lane(SHORT_STEP)?,
            long: lane(LONG_STEP)?,
            files: Semaphore::new(FILES),
        })
    }

    /// Orders that wait for their next step.
    pub fn waiting(&self) -> usize {
        self.short.waiting() + self.long.waiting()
    }

    /// Reads texts of this format.
    pub async fn read(
        &self,
        texts: Arc<Vec<String>>,
        format: FileFormat,
        own: OwnOptions,
    ) -> Result<Arc<Vec<Article>>, Refusal> {
        let read = Arc::clone(&self.read);
        let length = texts.iter().map(String::len).sum();
        let articles = aside(length, move || {
            let article = |text: &String| read.read_with(text.as_bytes(), format, &own);
            texts.iter().map(article).collect::<Result<Vec<_>, _>>()
        });
        Ok(Arc::new(articles.await??))
    }

    /// Translates articles: for each one the translations of its segments.
    pub async fn translate(
        &self,
        articles: &Arc<Vec<Article>>,
    ) -> Result<Vec<Vec<Translation>>, Refusal> {
        let ticket = self.submit(articles, self.texts);
        translations(ticket, &|_| ()).await
    }

    /// Other translations of the same articles: of each as many texts as are asked for, if there are so many. They are the
    /// other hypotheses of a search that is wide enough.
    pub async fn alternatives(
        &self,
        articles: &Arc<Vec<Article>>,
        first: &[String],
        count: usize,
    ) -> Result<Vec<Vec<String>>, Refusal> {
        /// The least width of a beam whose other hypotheses are worth reading.
        const NARROWEST: usize = 4;
        let search = |rank| DecodeOptions {
            beam: (count + 1).max(NARROWEST),
            rank,
            ..self.texts
        };
        let tickets: Vec<Ticket> = (0..=count)
            .map(|rank| self.submit(articles, search(rank)))
            .collect();
        let mut all: Vec<Vec<String>> = vec![Vec::new(); articles.len()];
        for ticket in tickets {
            let translations = translations(ticket, &|_| ()).await?;
            let texts = write_texts(articles, translations).await?;
            for ((known, first), text) in all.iter_mut().zip(first).zip(texts) {
                if known.len() < count && text != *first && !known.contains(&text) {
                    known.push(text);
                }
            }
        }
        Ok(all)
    }

    fn submit(&self, articles: &Arc<Vec<Article>>, decode: DecodeOptions) -> Ticket {
        let wanted = Wanted {
            summary: None,
            decode,
        };
        self.lane(articles).submit(Arc::clone(articles), wanted)
    }

    fn lane(&self, articles: &[Article]) -> &Lane {
        match articles.iter().map(bytes).sum::<usize>() {
            0..LONG => &self.short,
            _ => &self.long,
        }
    }

    /// Translates a file into the format that it has, or into text where that cannot be written.
    pub async fn translate_file(
        &self,
        upload: Upload,
        own: OwnOptions,
        on_progress: &OnProgress<'_>,
    ) -> Result<TranslatedFile, Refusal> {
        let _place = self.files.acquire().await.map_err(|_| Refusal::failed())?;
        let all = upload.bytes.len().max(1) as f32;
        let mut sections = Sections::new(Cursor::new(upload.bytes));
        let format = match FileFormat::of_name(Path::new(&upload.name))? {
            Some(format) => format,
            None => FileFormat::of_beginning(sections.beginning().map_err(|_| Refusal::failed())?)?,
        };
        sections.cut_at(format.cut);
        let (mut file, mut before) = (Vec::new(), 0.);
        let own = Arc::new(own);
        loop {
            let (read, own) = (Arc::clone(&self.read), Arc::clone(&own));
            let next = aside(usize::MAX, move || {
                let section = sections.next().map(|bytes| {
                    let bytes = bytes.map_err(|_| Refusal::failed())?;
                    let article = read.read_with(&bytes, format, &own)?;
                    Ok::<_, Refusal>((bytes.len() as f32 / all, article))
                });
                (sections, section)
            });
            let (rest, section) = next.await?;
            sections = rest;
            let Some(section) = section else {
                break;
            };
            let (share, article) = section?;
            let article = Arc::new(vec![article]);
            let ticket = self.long.submit(
                Arc::clone(&article),
                Wanted {
                    summary: None,
                    decode: self.texts,
                },
            );
            let on_progress = |done| on_progress(before + share * done);
            let made = translations(ticket, &on_progress).await?;
            before += share;
            let written = aside(usize::MAX, move || report::file(&article[0], &made[0]));
            let written = written.await?;
            file.extend(written.map_err(|error| Refusal::bad(error.to_string()))?);
        }
        let bytes = Bytes::from(file);
        Ok(TranslatedFile {
            name: english_name(&upload.name, format),
            bytes,
        })
    }

    /// Reads a file as one text.
    pub async fn read_file(
        &self,
        upload: Upload,
        own: OwnOptions,
    ) -> Result<Arc<Vec<Article>>, Refusal> {
        let _place = self.files.acquire().await.map_err(|_| Refusal::failed())?;
        let read = Arc::clone(&self.read);
        let article = aside(usize::MAX, move || {
            let format = match FileFormat::of_name(Path::new(&upload.name))? {
                Some(format) => format,
                None => FileFormat::of_beginning(&upload.bytes)?,
            };
            read.read_with(&upload.bytes, format, &own)
        });
        Ok(Arc::new(vec![article.await??]))
    }

    /// Summarises the first of these articles.
    pub async fn summarize(
        &self,
        articles: &Arc<Vec<Article>>,
        summary: SummaryRequest,
    ) -> Result<Summary, Refusal> {
        let wanted = Wanted {
            summary: Some(summary),
            decode: self.summaries,
        };
        let ticket = (self.lane(articles)).submit(Arc::clone(articles), wanted);
        let results = answer(ticket, &|_| ()).await?.into_iter().next();
        Ok(results.and_then(|(summary, _)| summary).unwrap_or_default())
    }
}

/// The results of an order. Why there are none is not told: the cause may quote a text.
async fn answer(mut ticket: Ticket, on_progress: &OnProgress<'_>) -> Result<Vec<Results>, Refusal> {
    loop {
        match tokio::time::timeout(LOOK, &mut ticket.answer).await {
            Err(_) => on_progress(ticket.progress()),
            Ok(Ok(Ok(results))) => return Ok(results),
            Ok(_) => return Err(Refusal::failed()),
        }
    }
}

async fn translations(
    ticket: Ticket,
    on_progress: &OnProgress<'_>,
) -> Result<Vec<Vec<Translation>>, Refusal> {
    let results = answer(ticket, on_progress).await?.into_iter();
    Ok(results
        .map(|(_, translations)| translations.unwrap_or_default())
        .collect())
}

/// The translated texts of articles that have no package.
pub async fn write_texts(
    articles: &Arc<Vec<Article>>,
    translations: Vec<Vec<Translation>>,
) -> Result<Vec<String>, Refusal> {
    let length = articles.iter().map(bytes).sum();
    let articles = Arc::clone(articles);
    aside(length, move || {
        let write = |(article, translations): (&Article, &Vec<Translation>)| {
            let file = report::file(article, translations).ok()?;
            String::from_utf8(file).ok()
        };
        let texts = articles.iter().zip(&translations).map(write);
        texts.collect::<Option<Vec<_>>>()
    })
    .await?
    .ok_or_else(Refusal::failed)
}

/// Does work on so many bytes: at once if they are few, else on a thread where it holds up nobody.
async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    match bytes {
        0..LONG => Ok(work()),
        _ => (tokio::task::spawn_blocking(work).await).map_err(|_| Refusal::failed()),
    }
}

/// The name of a translated file: `bericht_en.docx` for `bericht.docx`, without the folders that some clients send.
fn english_name(name: &str, format: FileFormat) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name.as_str(), String::new()),
    };
    let stem = match stem {
        "" => "file",
        stem => stem,
    };
    let added = OutputFormat::TEXT.extension(Some(format), true);
    match added {
        "" => format!("{stem}_en{extension}"),
        added => format!("{stem}_en{added}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named_after_their_files() {
        for (name, english) in [
            ("bericht.docx", "bericht_en.docx"),
            ("a.b.html", "a.b_en.html"),
            ("brief.pdf", "brief_en.txt"),
            ("notiz", "notiz_en"),
            ("", "file_en"),
            (".profile", ".profile_en"),
            ("../../etc/passwd", "passwd_en"),
            ("C:\\Texte\\ä.txt", "ä_en.txt"),
            ("a\r\nX: y.txt", "aX: y_en.txt"),
        ] {
            let format = FileFormat::by_name(Path::new(name)).unwrap_or(FileFormat::TEXT);
            assert_eq!(english_name(name, format), english, "{name}");
        }
    }
}
