//! The 8-bit products on every kind of CPU that this one is: `cargo bench --bench kernels`.
//!
//! Items are multiplications with an addition. `[inputs, output, input]` are those of de-en-tiny: projections of a batch in
//! the decoder and in the encoder, both halves of the feed-forward block, and the output layer for one row.

use degist::model::Cpu;
use degist::model::kernels::quantised::{
    Candidates, PackedMatrix, QuantisedInputs, QuantisedMatrix,
};
use divan::{Bencher, counter::ItemsCount};

fn main() {
    divan::main();
}

fn matrix(rows: usize, columns: usize) -> QuantisedMatrix {
    let values = (0..rows * columns).map(|i| (i * 37 % 251) as i8).collect();
    QuantisedMatrix::new(columns, values, vec![0.01; rows]).expect("the sizes fit")
}

fn inputs(cpu: Cpu, rows: usize, columns: usize) -> QuantisedInputs {
    let x: Vec<f32> = (0..rows * columns).map(|i| (i as f32).sin()).collect();
    let mut quantised = QuantisedInputs::default();
    quantised.quantise(cpu, &x, columns);
    quantised
}

const SHAPES: [[usize; 3]; 4] = [
    [48, 256, 256],
    [48, 768, 256],
    [48, 1536, 256],
    [48, 256, 1536],
];

#[divan::bench(args = cases())]
fn product(bencher: Bencher, (cpu, [rows, output, input]): (Cpu, [usize; 3])) {
    let packed = PackedMatrix::new(&matrix(output, input), &vec![0.; output]);
    let x = inputs(cpu, rows, input);
    let mut out = vec![0.; rows * output];
    bencher
        .counter(ItemsCount::new(rows * output * input))
        .bench_local(|| packed.forward(cpu, &x, false, &mut out));
}

fn cases() -> Vec<(Cpu, [usize; 3])> {
    let cpus = Cpu::available();
    (cpus.iter())
        .flat_map(|&cpu| SHAPES.map(|shape| (cpu, shape)))
        .collect()
}

/// Six hundred of the rows of the output layer.
#[divan::bench(args = Cpu::available())]
fn shortlist(bencher: Bencher, cpu: Cpu) {
    let (vocabulary, width) = (19_404, 256);
    let matrix = matrix(vocabulary, width);
    let ids: Vec<u32> = (0..600).map(|i| i * 31).collect();
    let candidates = Candidates::new(&matrix, &vec![0.; vocabulary], &ids);
    let x = inputs(cpu, 1, width);
    let mut out = Vec::new();
    bencher
        .counter(ItemsCount::new(ids.len() * width))
        .bench_local(|| {
            out.clear();
            candidates.forward(cpu, &matrix, &x, 0, &mut out);
        });
}

#[divan::bench(args = Cpu::available())]
fn quantise(bencher: Bencher, cpu: Cpu) {
    let (rows, width) = (48, 1536);
    let x: Vec<f32> = (0..rows * width).map(|i| (i as f32).sin()).collect();
    let mut quantised = QuantisedInputs::default();
    bencher
        .counter(ItemsCount::new(rows * width))
        .bench_local(|| quantised.quantise(cpu, &x, width));
}
