//! The hints of sentences, one on a line, as the network gets them: what training is prepared with.
//!
//! ```sh
//! cargo run --release --example hints -- lexicon.bin target.spm 1000 < german.txt > hints.tsv
//! ```
//!
//! Each line has, for each hint of the sentence, four cells: where its word begins and ends (in characters), the frequency,
//! and the candidates: ids of the target vocabulary, with `|` between one candidate and the next. How fast hints
//! were found is said in the end.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use anyhow::Context;
use degist::lexicon::Lexicon;
use sha2::{Digest, Sha256};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [lexicon, vocabulary, threshold] = &arguments[..] else {
        anyhow::bail!("usage: hints LEXICON VOCABULARY THRESHOLD < TEXT");
    };
    let vocabulary = std::fs::read(vocabulary).with_context(|| vocabulary.clone())?;
    let bytes = std::fs::read(lexicon).with_context(|| lexicon.clone())?;
    let lexicon = Lexicon::read(bytes.into(), Sha256::digest(&vocabulary).into())?;
    let threshold = threshold.parse()?;
    let (mut words, mut time) = (0, Duration::ZERO);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lines() {
        let line = line?;
        let characters = |byte: usize| line[..byte].chars().count();
        let start = Instant::now();
        let hints = lexicon.hints(&line, threshold);
        time += start.elapsed();
        words += line.split_whitespace().count();
        let cells = hints.into_iter().map(|hint| {
            let candidates: Vec<String> = (hint.candidates.iter())
                .map(|ids| ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" "))
                .collect();
            let (start, end) = (characters(hint.span.start), characters(hint.span.end));
            format!(
                "{start}\t{end}\t{}\t{}",
                hint.frequency,
                candidates.join("|")
            )
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("\t"))?;
    }
    let rate = words as f64 / time.as_secs_f64();
    eprintln!("{words} words, {rate:.0} words/s");
    Ok(())
}
