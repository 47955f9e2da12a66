//! `degist eval`: scores of a model on test sets, or of existing translations.
#![allow(clippy::print_stdout)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};

use super::options::{ModelOptions, SearchOptions, refuse_overwriting};
use super::outcome::{CommandError, Outcome};
use super::printer::{Printer, TalkOptions};
use crate::Model;
use crate::document::{json_fields, words};
use crate::eval::{
    self, BleuStatistics, ChrfStatistics, Score, TerStatistics, paired_bootstrap, spearman,
    statistics_per_segment,
};
use crate::files;

const EXAMPLES: &str = "\
Examples:
  degist eval wmt18.de wmt18.en                        translate and score
  degist eval --sets tests/ --set wmt17 --set wmt18    a table of test sets, NAME.de and NAME.en in a folder
  degist eval wmt18.en --system a.en --system b.en     score translations, and the second against the first
  degist eval 'set.jsonl#ref' --system 'set.jsonl#hyp' fields of JSON Lines; columns of TSV files by number
  degist eval gold.en --system mine.en --summaries     ROUGE";

/// Score translations or summaries against references
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Eval {
    /// German sentences and their English references, one a line; with --system the references only
    #[arg(value_name = "FILE[#FIELD]", num_args = 0..=2)]
    pub files: Vec<String>,
    /// Translations to score instead of a model's; the first is the baseline that the others are compared with
    #[arg(long, value_name = "FILE[#FIELD]")]
    pub system: Vec<String>,
    /// Score summaries, by ROUGE
    #[arg(long, requires = "system")]
    pub summaries: bool,
    /// A folder of test sets, NAME.de and NAME.en
    #[arg(long, value_name = "DIR", conflicts_with_all = ["files", "system"])]
    pub sets: Option<PathBuf>,
    /// Only this set of the folder; may be given several times
    #[arg(long, value_name = "NAME", requires = "sets")]
    pub set: Vec<String>,
    /// Read only the first N lines
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Write the translations to this file
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["sets", "system"])]
    pub output: Option<PathBuf>,
    /// Score the network's own output, without the checks of numbers, addresses and names
    #[arg(long)]
    pub raw: bool,

    #[command(flatten)]
    pub talk: TalkOptions,
    #[command(flatten)]
    pub search: SearchOptions,
    #[command(flatten)]
    pub model: ModelOptions,
}

pub fn run(command: &Eval, printer: &Printer) -> Result<Outcome, CommandError> {
    if !command.system.is_empty() {
        let [reference] = command.files.as_slice() else {
            let error = "name one file of references beside --system";
            return Err(CommandError::usage(error));
        };
        return Ok(score_systems(command, reference)?);
    }
    let sets = match (&command.sets, command.files.as_slice()) {
        (Some(folder), _) => sets_in(folder, &command.set)?,
        (None, [source, reference]) => vec![Set {
            name: Path::new(source)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
            source: source.clone(),
            reference: reference.clone(),
        }],
        _ => {
            let error = "name a file of German and one of English sentences, or --sets or --system";
            return Err(CommandError::usage(error));
        }
    };
    if let Some(output) = &command.output {
        refuse_overwriting(output, command.files.iter().map(Path::new))?;
    }
    let model = command.model.load()?;
    let mut rows = Vec::new();
    for set in &sets {
        rows.push(run_model(command, set, model, printer)?);
    }
    let mut stdout = std::io::stdout().lock();
    for signature in rows.first().into_iter().flat_map(|row| &row.scores) {
        writeln!(stdout, "{}  {}", signature.metric, signature.signature)?;
    }
    writeln!(
        stdout,
        "\n{}, beam {}, {} threads{}\n",
        model.name,
        command.search.decode(0).width(model),
        rayon::current_num_threads(),
        if command.raw { ", raw" } else { "" }
    )?;
    writeln!(
        stdout,
        "| set | lines | BLEU | chrF2 | chrF2++ | TER | score ~ chrF2 | coverage ~ chrF2 | words/s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for row in rows {
        let scores: Vec<String> = (row.scores.iter())
            .map(|score| format!("{:.2}", score.value))
            .collect();
        let correlation = match row.correlation {
            Some([score, coverage]) => format!("{score:.3} | {coverage:.3}"),
            None => "– | –".into(),
        };
        let (name, lines, speed) = (row.name, row.lines, row.words as f64 / row.seconds);
        writeln!(
            stdout,
            "| {name} | {lines} | {} | {correlation} | {speed:.0} |",
            scores.join(" | ")
        )?;
    }
    Ok(Outcome::Done)
}

/// A test set: its name and the files of its two sides.
struct Set {
    name: String,
    source: String,
    reference: String,
}

fn sets_in(folder: &Path, wanted: &[String]) -> anyhow::Result<Vec<Set>> {
    let cannot_read = || format!("cannot read the folder {}", files::display(folder));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot_read)? {
        let path = entry.with_context(cannot_read)?.path();
        let is_set = path.extension().is_some_and(|ending| ending == "de");
        if is_set && path.with_extension("en").is_file() {
            names.extend(
                path.file_stem()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    if let Some(missing) = wanted.iter().find(|name| !names.contains(name)) {
        bail!(
            "there is no set {missing} in {}: it has {}",
            files::display(folder),
            names.join(", ")
        );
    }
    names.retain(|name| wanted.is_empty() || wanted.contains(name));
    if names.is_empty() {
        bail!(
            "there are no sets NAME.de, NAME.en in {}",
            files::display(folder)
        );
    }
    let path = |name: &str, ending: &str| {
        folder
            .join(format!("{name}.{ending}"))
            .to_string_lossy()
            .into_owned()
    };
    Ok((names.into_iter())
        .map(|name| Set {
            source: path(&name, "de"),
            reference: path(&name, "en"),
            name,
        })
        .collect())
}

/// Scores and speed of a model on one test set.
struct Row {
    name: String,
    lines: usize,
    words: usize,
    seconds: f64,
    scores: Vec<Score>,
    /// Spearman's, of what the model itself says of a sentence, its score and its coverage, with the sentence's chrF.
    correlation: Option<[f64; 2]>,
}

fn run_model(command: &Eval, set: &Set, model: &Model, printer: &Printer) -> anyhow::Result<Row> {
    let sources = read(&set.source, command.limit)?;
    let references = read(&set.reference, command.limit)?;
    let options = command.search.decode(0);
    let words = |lines: &[String]| lines.iter().map(|line| words::count(line)).sum();
    let total = words(&sources);
    let progress = printer.word_bar(&set.name, total);
    let start = Instant::now();
    let mut hypotheses = Vec::with_capacity(sources.len());
    let mut confidence = [Vec::new(), Vec::new()];
    for lines in sources.chunks(4096) {
        if command.raw {
            hypotheses.extend(crate::translate::raw(model, lines, options)?);
            progress.advance(words(lines));
        } else {
            let advance = |words| progress.advance(words);
            let sources: Vec<_> = lines.iter().map(Into::into).collect();
            for translation in crate::translate::translate(model, &sources, options, &advance)? {
                confidence[0].push(f64::from(translation.score));
                confidence[1].push(f64::from(translation.coverage));
                hypotheses.push(translation.text);
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    drop(progress);
    if let Some(path) = &command.output {
        let text = hypotheses.join("\n") + "\n";
        files::write_whole(path, text.as_bytes())
            .with_context(|| format!("cannot write {}", files::display(path)))?;
    }
    let of_segment = ChrfStatistics::of_segment;
    let chrf: Vec<f64> = (statistics_per_segment(&hypotheses, &references, of_segment)?.iter())
        .map(|segment| segment.chrf().value)
        .collect();
    Ok(Row {
        name: set.name.clone(),
        lines: sources.len(),
        words: total,
        seconds,
        scores: translation_scores(&hypotheses, &references)?,
        correlation: (!command.raw).then(|| confidence.map(|of| spearman(&of, &chrf))),
    })
}

fn translation_scores(hypotheses: &[String], references: &[String]) -> anyhow::Result<Vec<Score>> {
    Ok(vec![
        eval::bleu(hypotheses, references)?,
        eval::chrf(hypotheses, references)?,
        eval::chrf_plus_plus(hypotheses, references)?,
        eval::ter(hypotheses, references)?,
    ])
}

fn score_systems(command: &Eval, reference: &str) -> anyhow::Result<Outcome> {
    let references = read(reference, command.limit)?;
    let systems = (command.system.iter())
        .map(|system| read(system, command.limit))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut stdout = std::io::stdout().lock();
    for (i, (name, system)) in command.system.iter().zip(&systems).enumerate() {
        let scores = match command.summaries {
            true => eval::rouge(system, &references)?.to_vec(),
            false => translation_scores(system, &references)?,
        };
        if systems.len() > 1 {
            writeln!(stdout, "{name}{}", if i == 0 { " (baseline)" } else { "" })?;
        }
        for score in &scores {
            let p_value = match i {
                0 => String::new(),
                _ => tested(score, &systems[0], system, &references)?,
            };
            writeln!(stdout, "{score}{p_value}")?;
        }
    }
    Ok(Outcome::Done)
}

/// Compares a score with the baseline's, by paired bootstrap.
fn tested(
    score: &Score,
    baseline: &[String],
    system: &[String],
    references: &[String],
) -> anyhow::Result<String> {
    fn compare<S: Copy>(
        [baseline, system, references]: [&[String]; 3],
        of_segment: fn(&str, &str) -> S,
        score: impl Fn(&mut dyn Iterator<Item = S>) -> f64,
    ) -> anyhow::Result<eval::Comparison> {
        let baseline = statistics_per_segment(baseline, references, of_segment)?;
        let system = statistics_per_segment(system, references, of_segment)?;
        Ok(paired_bootstrap(&baseline, &system, score))
    }
    let texts = [baseline, system, references];
    let rouge = |pick: fn(eval::Rouge) -> f64| {
        compare(texts, eval::Rouge::of_segment, move |segments| {
            let (mut sum, mut count) = (0.0, 0.0);
            for segment in segments {
                sum += pick(segment);
                count += 1.0;
            }
            100.0 * sum / count
        })
    };
    let comparison = match score.metric {
        "BLEU" => compare(texts, BleuStatistics::of_segment, |segments| {
            segments.sum::<BleuStatistics>().bleu().value
        }),
        "chrF2" => compare(texts, ChrfStatistics::of_segment, |segments| {
            segments.sum::<ChrfStatistics>().chrf().value
        }),
        "chrF2++" => compare(texts, ChrfStatistics::of_segment, |segments| {
            segments.sum::<ChrfStatistics>().chrf_plus_plus().value
        }),
        "TER" => compare(texts, TerStatistics::of_segment, |segments| {
            segments.sum::<TerStatistics>().ter().value
        }),
        "ROUGE-1" => rouge(|rouge| rouge.rouge_1),
        "ROUGE-2" => rouge(|rouge| rouge.rouge_2),
        _ => rouge(|rouge| rouge.rouge_l),
    }?;
    Ok(format!(
        "  (μ = {:.2} ± {:.2}, p = {:.4})",
        comparison.mean, comparison.half_width, comparison.p_value
    ))
}

/// Reads the lines of a file, or with `#FIELD` after its name the values of a column or a field.
fn read(name: &str, limit: Option<usize>) -> anyhow::Result<Vec<String>> {
    let (path, field) = match name.rsplit_once('#') {
        Some((path, field)) if !Path::new(name).exists() => (path, Some(field)),
        _ => (name, None),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let lines = text.trim_start_matches('\u{feff}').lines();
    let lines = lines.take(limit.unwrap_or(usize::MAX));
    let Some(field) = field else {
        return Ok(lines.map(str::to_owned).collect());
    };
    let is_json = path.ends_with(".jsonl") || path.ends_with(".ndjson");
    let of_line = |(i, line): (usize, &str)| -> anyhow::Result<String> {
        let found = match is_json {
            true => (json_fields(line).ok())
                .and_then(|fields| fields.into_iter().find(|(name, _)| name == field))
                .and_then(|(_, raw)| serde_json::from_str(raw).ok()),
            false => (field.parse::<usize>().ok())
                .and_then(|column| line.split('\t').nth(column.checked_sub(1)?))
                .map(str::to_owned),
        };
        found.with_context(|| format!("line {} of {path} has no text in field {field}", i + 1))
    };
    lines.enumerate().map(of_line).collect()
}
