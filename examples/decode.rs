//! Decodes token ids, one source a line as a JSON list: `decode MODEL IDS.jsonl BEAM THREADS` prints seconds and target
//! tokens. `benches/ctranslate2.py` compares with it.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use anyhow::Context;
use degist::decode::{DecodeOptions, decode};
use degist::{Model, hub};

fn main() -> anyhow::Result<()> {
    let usage = "decode MODEL IDS.jsonl BEAM THREADS";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, ids, beam, threads] = arguments.as_slice() else {
        anyhow::bail!("usage: {usage}");
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.parse().context(usage)?)
        .build_global()?;
    let model = Model::load(&hub::find(model)?)?;
    let text = std::fs::read_to_string(ids).with_context(|| ids.clone())?;
    let sources = (text.lines())
        .map(serde_json::from_str)
        .collect::<Result<Vec<Vec<u32>>, _>>()?;
    let options = DecodeOptions {
        beam: beam.parse().context(usage)?,
        guard: false,
        ..DecodeOptions::default()
    };
    // What is laid out once is not counted.
    decode(&model, &sources[..1], options)?;
    let begun = Instant::now();
    let targets = decode(&model, &sources, options)?;
    let seconds = begun.elapsed().as_secs_f64();
    let tokens: usize = targets.iter().map(|target| target.ids.len()).sum();
    println!("{seconds:.3} {tokens}");
    Ok(())
}
