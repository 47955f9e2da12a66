//! `--jsonl`: a worker for other programs. One JSON record on each line of standard input, one answer on each line of
//! standard output, in order. Errors and warnings about a record are in its answer; the worker goes on.

use std::io::{self, BufRead, BufWriter, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::outcome::{CommandError, Outcome};
use super::settings::RunSettings;
use super::task::TextTask;
use super::warnings;
use crate::archive::Made;
use crate::article::Article;
use crate::document::{FileFormat, RecordOptions, json_fields};
use crate::model::Model;
use crate::report;
use crate::request::{Plan, ReadOptions, Request, Results};
use crate::translate::TranslationMemory;

/// Bytes of a record at most.
const LONGEST_RECORD: usize = 8 << 20;
/// Lines in the channel between reading and translating.
const WAITING: usize = 32;
/// Records, sentences and bytes that are translated together at most.
const RECORDS: usize = 1024;
const SENTENCES: usize = 4096;
const BYTES: usize = 8 << 20;
/// Time to wait for the next record before those at hand are answered.
const PAUSE: Duration = Duration::from_millis(3);

/// The field with the text if the user names none.
const FIELD: &str = "text";

/// A line of the input.
enum InputLine {
    Record(Vec<u8>),
    /// Too long to be kept: this many bytes.
    TooLong(usize),
}

/// A record that waits for its answer.
struct Record {
    /// Names and values of its fields, the values as they are written.
    fields: Vec<(String, String)>,
    text: Result<(Article, Plan), String>,
}

/// Finds and reads the text of a record.
struct RecordReader<'a> {
    /// The field with the text.
    field: &'a str,
    format: FileFormat,
    read: ReadOptions,
    request: &'a Request,
    model: &'a Model,
}

impl<'a> RecordReader<'a> {
    fn new(request: &'a Request, model: &'a Model) -> Self {
        Self {
            field: request
                .read
                .records
                .fields
                .first()
                .map_or(FIELD, String::as_str),
            format: request.read.format.unwrap_or(FileFormat::TEXT),
            read: ReadOptions {
                // They name the record's field, not fields of what is in it.
                records: RecordOptions::default(),
                ..request.read.clone()
            },
            request,
            model,
        }
    }
}

/// Answers records until there are no more.
pub fn run(
    task: &TextTask<'_>,
    model: &Model,
    mut memory: TranslationMemory,
) -> Result<Outcome, CommandError> {
    let (to_answer, lines) = sync_channel(WAITING);
    let reader = std::thread::Builder::new();
    let reader = reader.spawn(move || read(io::stdin().lock(), &to_answer))?;
    let records = RecordReader::new(&task.settings.request, model);
    let mut stdout = BufWriter::new(io::stdout().lock());
    let mut answered = 0;
    while let Some(batch) = next_batch(&lines, &records) {
        for answer in answer(&batch, answered, task, model, &mut memory) {
            stdout.write_all(answer.as_bytes())?;
        }
        stdout.flush()?;
        answered += batch.len();
    }
    match reader.join() {
        Ok(read) => read?,
        Err(panic) => std::panic::resume_unwind(panic),
    }
    Ok(Outcome::Done)
}

/// Sends lines until they end or nobody receives them.
fn read(mut input: impl BufRead, out: &SyncSender<InputLine>) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let count = (&mut input)
            .take(LONGEST_RECORD as u64 + 1)
            .read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(());
        }
        let line = match line.ends_with(b"\n") || count <= LONGEST_RECORD {
            true => InputLine::Record(line),
            false => InputLine::TooLong(count + skip_line(&mut input)?),
        };
        if out.send(line).is_err() {
            return Ok(());
        }
    }
}

/// Skips the rest of the line and returns its length in bytes.
fn skip_line(input: &mut impl BufRead) -> io::Result<usize> {
    let mut skipped = 0;
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        input.consume(length);
        skipped += length;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

/// Receives the records that are there, at least one; `None` when there are no more.
fn next_batch(lines: &Receiver<InputLine>, records: &RecordReader<'_>) -> Option<Vec<Record>> {
    let (mut sentences, mut bytes) = (0, 0);
    let mut batch = Vec::new();
    let mut line = lines.recv().ok()?;
    loop {
        if let InputLine::Record(record) = &line {
            bytes += record.len();
        }
        if let Some(record) = parse(line, records) {
            sentences += record
                .text
                .as_ref()
                .map_or(0, |(_, plan)| plan.wanted.len());
            batch.push(record);
        }
        if batch.len() >= RECORDS || sentences >= SENTENCES || bytes >= BYTES {
            return Some(batch);
        }
        line = match lines.recv_timeout(PAUSE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Some(batch),
        };
    }
}

/// Parses a record; `None` for an empty line.
fn parse(line: InputLine, records: &RecordReader<'_>) -> Option<Record> {
    let bad = |error: String| Record {
        fields: Vec::new(),
        text: Err(error),
    };
    let line = match line {
        InputLine::TooLong(bytes) => {
            let most = LONGEST_RECORD >> 20;
            return Some(bad(format!(
                "the record has {bytes} bytes, more than {most} MB"
            )));
        }
        InputLine::Record(line) if line.trim_ascii().is_empty() => return None,
        InputLine::Record(line) => line,
    };
    let Ok(line) = std::str::from_utf8(&line) else {
        return Some(bad("the record is not UTF-8".into()));
    };
    let fields = match json_fields(line) {
        Ok(fields) => fields,
        Err(error) => return Some(bad(format!("the record is no JSON object: {error}"))),
    };
    let text = text(&fields, records);
    let fields = fields
        .into_iter()
        .map(|(name, raw)| (name, raw.to_owned()))
        .collect();
    Some(Record { fields, text })
}

fn text(fields: &[(String, &str)], records: &RecordReader<'_>) -> Result<(Article, Plan), String> {
    let name = records.field;
    let (_, raw) = (fields.iter())
        .find(|(field, _)| field == name)
        .ok_or_else(|| format!("the record has no field {name}"))?;
    let text: String =
        serde_json::from_str(raw).map_err(|_| format!("the field {name} is no text"))?;
    let article = records.read.read(text.as_bytes(), records.format);
    let article = article.map_err(|error| error.to_string())?;
    let plan = (records.request).plan(&article, records.model);
    let plan = plan.map_err(|error| error.to_string())?;
    Ok((article, plan))
}

/// Makes one line for each record; this many were answered before.
fn answer(
    batch: &[Record],
    answered: usize,
    task: &TextTask<'_>,
    model: &Model,
    memory: &mut TranslationMemory,
) -> Vec<String> {
    let good = batch.iter().filter_map(|record| record.text.as_ref().ok());
    let wanted: Vec<_> = good.map(|(article, plan)| (article, plan)).collect();
    let results = (task.settings.request).run(&wanted, model, memory, &|_| ());
    assert_eq!(results.len(), wanted.len(), "each text has its results");
    let mut results = results.into_iter();
    (batch.iter().zip(answered + 1..))
        .map(|(record, number)| {
            let added = (record.text.as_ref().map_err(Clone::clone)).and_then(|(article, _)| {
                let results = results.next().expect("each text has its results");
                let results = results.map_err(|error| error.to_string())?;
                added_fields(&format!("record {number}"), article, results, task)
            });
            let added = added.unwrap_or_else(|error| vec![("error", error.into())]);
            to_line(&record.fields, &added)
        })
        .collect()
}

/// Makes the fields that are added to a record.
fn added_fields(
    name: &str,
    article: &Article,
    (summary, translations): Results,
    task: &TextTask<'_>,
) -> Result<Vec<(&'static str, Value)>, String> {
    let RunSettings {
        request,
        shows_translation,
        ..
    } = task.settings;
    let mut translations = translations;
    if let (Some(retranslate), Some(translations)) = (task.retranslate, &mut translations) {
        retranslate(name, article, translations).map_err(|error| format!("{error:#}"))?;
    }
    let made = Made {
        job: 0,
        name,
        format: request.read.format.unwrap_or(FileFormat::TEXT),
        article,
        summary,
        translations,
    };
    let mut added = Vec::new();
    if let Some(summary) = &made.summary {
        if summary.chosen.is_empty() {
            return Err("there is nothing to summarise: it has no sentence".into());
        }
        let all = made.translations.as_deref().unwrap_or_default();
        let rewritten = task
            .rewrite
            .map(|rewrite| rewrite(name, article, summary, all));
        let rewritten = rewritten
            .transpose()
            .map_err(|error| format!("{error:#}"))?;
        let style = request.summary.unwrap_or_default().style;
        let summary = rewritten.as_ref().unwrap_or(summary);
        added.push(("summary", report::summary(summary, style).into()));
    }
    if let Some(translations) = made.translations.as_ref().filter(|_| *shows_translation) {
        let file = report::file(article, translations).map_err(|error| error.to_string())?;
        let text = String::from_utf8(file).map_err(|_| "the result is no text".to_owned())?;
        added.push(("translation", text.into()));
    }
    let mut warnings = warnings::flaws(name, article);
    warnings.extend(warnings::of_article(name, article, true));
    warnings.extend(warnings::of_result(&made));
    if !warnings.is_empty() {
        added.push(("warnings", warnings.into()));
    }
    Ok(added)
}

/// Writes a record as a line, and the added fields after its own.
fn to_line(fields: &[(String, String)], added: &[(&str, Value)]) -> String {
    let own = (fields.iter())
        .filter(|(name, _)| added.iter().all(|(new, _)| new != name))
        .map(|(name, raw)| format!("{}:{raw}", json!(name)));
    let added = (added.iter()).map(|(name, value)| format!("{}:{value}", json!(name)));
    format!("{{{}}}\n", own.chain(added).collect::<Vec<_>>().join(","))
}
