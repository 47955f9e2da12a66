//! Start-up, memory and speed of the programs as a user meets them: `cargo bench --bench start`.
//!
//! Prints the time until the model is ready (second and later runs, files warm), the time and peak memory of a summary of
//! the seed article, what summaries and translations of 1, 10 and 100 copies of it cost, words per second of `translate` on
//! one thread and on two, all as medians of several runs, and the peak memory of translating 10 MB.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use degist::{Article, DecodeOptions, Length, Method, Model, hub};

const RUNS: usize = 7;
/// Copies of the seed article that make the text for words per second.
const COPIES: usize = 20;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn measure(mut work: impl FnMut()) -> Duration {
    median(
        (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed()
            })
            .collect(),
    )
}

/// Peak resident memory of a command in MB, where the system tells (`/usr/bin/time` of GNU).
fn peak_memory(program: &str, input: &Path) -> Option<f64> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M", program])
        .arg(input)
        .stdout(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stderr).ok()?;
    Some(text.lines().last()?.trim().parse::<f64>().ok()? / 1000.)
}

fn run(program: &str, arguments: &[&str], input: &Path) {
    let status = Command::new(program)
        .args(arguments)
        .arg(input)
        .stdout(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (summarize, translate) = (
        env!("CARGO_BIN_EXE_summarize"),
        env!("CARGO_BIN_EXE_translate"),
    );
    let seed = std::fs::read_dir(root.join("seeds"))
        .ok()
        .and_then(|mut seeds| seeds.next()?.ok())
        .map(|seed| seed.path())
        .expect("seeds/ has an article");

    let ready = measure(|| {
        let model = Model::load(&hub::embedded());
        assert!(model.is_ok());
    });
    println!(
        "model ready                 {:>8.0} ms",
        ready.as_secs_f64() * 1e3
    );

    let folder = tempfile::tempdir().expect("a temporary folder");
    let short = folder.path().join("short.txt");
    std::fs::write(&short, "Guten Tag.\n").expect("a temporary file");
    let hello = measure(|| run(translate, &[], &short));
    println!(
        "translate \"Guten Tag.\"      {:>8.0} ms",
        hello.as_secs_f64() * 1e3
    );

    let summary = measure(|| run(summarize, &[], &seed));
    println!(
        "summarize the seed article  {:>8.0} ms",
        summary.as_secs_f64() * 1e3
    );
    if let Some(peak) = peak_memory(summarize, &seed) {
        println!("peak memory of that summary {peak:>8.0} MB");
    }

    let text = std::fs::read_to_string(&seed).expect("the seed is text");
    let model = Model::load(&hub::embedded()).expect("the embedded model is whole");
    for copies in [1, 10, 100] {
        costs(&model, &copies_of(&text, copies), copies);
    }

    let long = folder.path().join("long.txt");
    let copies = copies_of(&text, COPIES);
    let words = copies.split_whitespace().count();
    std::fs::write(&long, copies).expect("a temporary file");
    for threads in ["1", "2"] {
        let time = measure(|| run(translate, &["--threads", threads], &long));
        println!(
            "translate, {threads} thread(s)      {:>8.0} words/s ({words} words)",
            words as f64 / time.as_secs_f64()
        );
    }
    let ten = folder.path().join("ten.txt");
    let copies = copies_of(&text, 10_000_000 / text.len());
    std::fs::write(&ten, &copies).expect("a temporary file");
    if let Some(peak) = peak_memory(translate, &ten) {
        println!("peak memory of translating 10 MB {peak:>3.0} MB");
    }
}

/// The text many times over, every copy with words of its own, so that no sentence is translated once for all.
fn copies_of(text: &str, copies: usize) -> String {
    let copies = (0..copies).map(|i| text.replace(". ", &format!(" {i}. ")) + "\n\n");
    copies.collect()
}

/// What a summary of a fifth and a translation cost, with the same search and without start-up.
fn costs(model: &Model, text: &str, copies: usize) {
    let article = Article::read(text.as_bytes()).expect("the seed is text");
    let options = DecodeOptions {
        beam: 4,
        ..DecodeOptions::default()
    };
    let summary = measure(|| {
        let length = Length::Ratio(0.2);
        let summary = article.summarize(model, length, Method::default(), options);
        assert!(summary.is_ok());
    });
    let translation = measure(|| assert!(article.translate(model, options, &|_| ()).is_ok()));
    println!(
        "{copies:>3} x the seed: summary {:>6.0} ms, translation {:>6.0} ms, ratio {:.2}",
        summary.as_secs_f64() * 1e3,
        translation.as_secs_f64() * 1e3,
        summary.as_secs_f64() / translation.as_secs_f64()
    );
}
