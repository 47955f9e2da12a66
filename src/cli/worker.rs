//! `--jsonl`: a worker for other programs. One JSON record on each line of standard input, one answer on each line of
//! standard output, in order. What is wrong with a record is said in its answer; the worker goes on.

use std::io::{self, BufRead, BufWriter, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde_json::json;

use super::Outcome;
use super::inputs::Task;
use crate::document::{FileFormat, json_fields};
use crate::request::{Order, Plan, Results};
use crate::translate::TranslationMemory;
use crate::{Article, Model, report};

/// Bytes of a record at most.
const LONGEST_RECORD: usize = 8 << 20;
/// Records that wait to be translated.
const WAITING: usize = 32;
/// Records, sentences and bytes that are translated together at most.
const RECORDS: usize = 1024;
const SENTENCES: usize = 4096;
const BYTES: usize = 8 << 20;
/// How long the next record is waited for before those at hand are answered.
const PAUSE: Duration = Duration::from_millis(3);

/// The field with the text if the user names none.
const FIELD: &str = "text";

/// A line of the input.
enum Line {
    Record(Vec<u8>),
    /// Too long to be kept: this many bytes.
    TooLong(usize),
}

/// A record on its way.
struct Record {
    /// Its fields as they are written.
    fields: Vec<(String, String)>,
    text: Result<(Article, Plan), String>,
}

/// Answers records until there are no more.
pub fn run(
    task: &Task<'_>,
    model: &Model,
    mut memory: TranslationMemory,
) -> anyhow::Result<Outcome> {
    let (to_answer, lines) = sync_channel(WAITING);
    let reader = std::thread::spawn(move || read(io::stdin().lock(), &to_answer));
    let mut stdout = BufWriter::new(io::stdout().lock());
    let mut answered = 0;
    while let Some(batch) = next_batch(&lines, &task.order, model) {
        let answers = answer(&batch, answered, task, model, &mut memory);
        for answer in answers {
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

/// Hands on lines until they end or nobody listens.
fn read(mut input: impl BufRead, out: &SyncSender<Line>) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let count = (&mut input)
            .take(LONGEST_RECORD as u64 + 1)
            .read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(());
        }
        let line = match line.ends_with(b"\n") || count <= LONGEST_RECORD {
            true => Line::Record(line),
            false => Line::TooLong(count + skip_line(&mut input)?),
        };
        if out.send(line).is_err() {
            return Ok(());
        }
    }
}

/// Reads up to the end of the line and keeps nothing of it; how many bytes that were.
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

/// The records that are there, at least one; none when there are no more.
fn next_batch(lines: &Receiver<Line>, order: &Order, model: &Model) -> Option<Vec<Record>> {
    let (mut sentences, mut bytes) = (0, 0);
    let mut batch = Vec::new();
    let mut line = lines.recv().ok()?;
    loop {
        if let Line::Record(record) = &line {
            bytes += record.len();
        }
        if let Some(record) = parse(line, order, model) {
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

/// A record; none for an empty line.
fn parse(line: Line, order: &Order, model: &Model) -> Option<Record> {
    let bad = |error: String| Record {
        fields: Vec::new(),
        text: Err(error),
    };
    let line = match line {
        Line::TooLong(bytes) => {
            let most = LONGEST_RECORD >> 20;
            return Some(bad(format!(
                "the record has {bytes} bytes, more than {most} MB"
            )));
        }
        Line::Record(line) if line.trim_ascii().is_empty() => return None,
        Line::Record(line) => line,
    };
    let Ok(line) = std::str::from_utf8(&line) else {
        return Some(bad("the record is not UTF-8".into()));
    };
    let fields = match json_fields(line) {
        Ok(fields) => fields,
        Err(error) => return Some(bad(format!("the record is no JSON object: {error}"))),
    };
    let text = text(&fields, order, model);
    let fields = fields
        .into_iter()
        .map(|(name, raw)| (name, raw.to_owned()))
        .collect();
    Some(Record { fields, text })
}

fn text(
    fields: &[(String, &str)],
    order: &Order,
    model: &Model,
) -> Result<(Article, Plan), String> {
    let name = order.reading.fields.first().map_or(FIELD, String::as_str);
    let (_, raw) = (fields.iter())
        .find(|(field, _)| field == name)
        .ok_or_else(|| format!("the record has no field {name}"))?;
    let text: String =
        serde_json::from_str(raw).map_err(|_| format!("the field {name} is no text"))?;
    let format = order.reading.format.unwrap_or(FileFormat::TEXT);
    let document = format
        .read(text.as_bytes(), &[])
        .map_err(|error| error.to_string())?;
    let article = Article::new(document);
    let plan = order
        .plan(&article, model)
        .map_err(|error| error.to_string())?;
    Ok((article, plan))
}

/// One line for each record; so many were answered before.
fn answer(
    batch: &[Record],
    answered: usize,
    task: &Task<'_>,
    model: &Model,
    memory: &mut TranslationMemory,
) -> Vec<String> {
    let good = batch.iter().filter_map(|record| record.text.as_ref().ok());
    let wanted: Vec<_> = good.map(|(article, plan)| (article, plan)).collect();
    let made = (task.order).carry_out(&wanted, model, memory, &|_| ());
    let failure = made.as_ref().err().map(ToString::to_string);
    let mut made = made.unwrap_or_default().into_iter();
    (batch.iter().zip(answered + 1..))
        .map(|(record, number)| {
            let results = match (&record.text, &failure) {
                (Ok(_), Some(error)) => Err(error.clone()),
                (Ok((article, _)), None) => {
                    let made = made.next().unwrap_or_default();
                    results(&format!("record {number}"), article, made, task)
                }
                (Err(error), _) => Err(error.clone()),
            };
            let results = results.unwrap_or_else(|error| vec![("error", error)]);
            to_line(&record.fields, &results)
        })
        .collect()
}

/// What is added to a record.
fn results(
    name: &str,
    article: &Article,
    (summary, translations): Results,
    task: &Task<'_>,
) -> Result<Vec<(&'static str, String)>, String> {
    let mut results = Vec::new();
    if let Some(mut summary) = summary {
        if summary.chosen.is_empty() {
            return Err("there is nothing to summarise: it has no sentence".into());
        }
        if let Some(rewrite) = task.rewrite {
            let all = translations.as_deref().unwrap_or_default();
            summary = rewrite(name, article, &summary, all).map_err(|error| error.to_string())?;
        }
        let style = task.order.summary.unwrap_or_default().style;
        results.push(("summary", report::summary(&summary, style)));
    }
    if let Some(translations) = translations.filter(|_| task.shows_all) {
        let file = report::file(article, &translations).map_err(|error| error.to_string())?;
        let text = String::from_utf8(file).map_err(|_| "the result is no text".to_owned())?;
        results.push(("translation", text));
    }
    Ok(results)
}

/// A record with the results behind its own fields.
fn to_line(fields: &[(String, String)], results: &[(&str, String)]) -> String {
    let own = (fields.iter())
        .filter(|(name, _)| results.iter().all(|(result, _)| result != name))
        .map(|(name, raw)| format!("{}:{raw}", json!(name)));
    let added = results
        .iter()
        .map(|(name, text)| format!("{}:{}", json!(name), json!(text)));
    format!("{{{}}}\n", own.chain(added).collect::<Vec<_>>().join(","))
}
