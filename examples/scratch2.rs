#![allow(clippy::all, missing_docs)]
use degist::{Article, DecodeOptions, Length, Method, Model, hub};
use std::time::Instant;
fn main() {
    let threads: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .unwrap();
    let m = Model::load(&hub::embedded()).unwrap();
    let seed = std::fs::read_dir("seeds")
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(seed).unwrap();
    for beam in [1, 4] {
        let o = DecodeOptions {
            beam,
            ..Default::default()
        };
        for copies in [1usize, 1, 10, 100] {
            let t: String = (0..copies)
                .map(|i| text.replace(". ", &format!(" {i}. ")) + "\n\n")
                .collect();
            let s = Instant::now();
            let a = Article::read(t.as_bytes()).unwrap();
            let read = s.elapsed();
            let s = Instant::now();
            let n = a
                .summarize(&m, Length::Ratio(0.2), Method::Centroid, o)
                .unwrap();
            let ts = s.elapsed();
            let s = Instant::now();
            a.translate(&m, o, &|_| ()).unwrap();
            let tt = s.elapsed();
            println!(
                "beam {beam} copies {copies} read {read:?} summary {ts:?} ({} of {}) translation {tt:?} ratio {:.2}",
                n.chosen.len(),
                a.segments.len(),
                ts.as_secs_f64() / tt.as_secs_f64()
            );
        }
    }
}
