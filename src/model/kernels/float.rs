//! f32 matrix products on one thread, the same to the last bit on every CPU and for every number of rows.
//!
//! Each result is a sum over the columns in their order, whatever is computed beside it, so that neighbours in a batch
//! cannot change it. A general matrix routine chooses its order by the shapes.

use super::cpu::{Cpu, LANES, for_each_cpu};

/// A weight matrix `[rows, columns]` laid out for products `x Wᵀ + b`.
pub struct PackedFloats {
    rows: usize,
    columns: usize,
    /// `[tile][column][row in tile]`; rows that fill up the last tile are zeros.
    values: Vec<f32>,
    bias: Vec<f32>,
}

impl PackedFloats {
    /// Lays out `values`, row by row, with a `bias` for each row.
    pub fn new(columns: usize, values: &[f32], bias: &[f32]) -> Self {
        let rows = bias.len();
        assert_eq!(values.len(), rows * columns);
        let mut packed = vec![0f32; rows.div_ceil(LANES) * LANES * columns];
        let tiles = packed.chunks_exact_mut(LANES * columns);
        for (tile, rows) in tiles.zip(values.chunks(LANES * columns)) {
            for (lane, row) in rows.chunks_exact(columns).enumerate() {
                for (place, value) in tile.as_chunks_mut::<LANES>().0.iter_mut().zip(row) {
                    place[lane] = *value;
                }
            }
        }
        Self {
            rows,
            columns,
            values: packed,
            bias: bias.to_vec(),
        }
    }

    /// `x Wᵀ + b`, then `max(0, ·)` if asked: `[inputs, columns]` to `out` `[inputs, rows]`.
    ///
    /// # Panics
    /// When the sizes do not fit.
    pub fn forward(&self, cpu: Cpu, x: &[f32], relu: bool, out: &mut [f32]) {
        assert_eq!(x.len() / self.columns * self.rows, out.len());
        product(cpu, self, x, relu, out);
    }
}

/// Inputs that go through a tile together.
const INPUTS: usize = 4;

for_each_cpu! {
    fn product(matrix: &PackedFloats, x: &[f32], relu: bool, out: &mut [f32]) {
        let (rows, columns) = (matrix.rows, matrix.columns);
        let inputs = x.len() / columns;
        let tiles = matrix.values.chunks_exact(LANES * columns).zip(matrix.bias.chunks(LANES));
        for (tile, (weights, bias)) in tiles.enumerate() {
            let weights = weights.as_chunks::<LANES>().0;
            let mut write = |input: usize, sums: &[f32; LANES]| {
                let out = &mut out[input * rows + tile * LANES..][..bias.len()];
                for ((out, sum), bias) in out.iter_mut().zip(sums).zip(bias) {
                    *out = if relu { (sum + bias).max(0.) } else { sum + bias };
                }
            };
            let together = inputs - inputs % INPUTS;
            for input in (0..together).step_by(INPUTS) {
                let row = |i: usize| &x[(input + i) * columns..][..columns];
                let inputs = row(0).iter().zip(row(1)).zip(row(2)).zip(row(3));
                // Sums in variables of their own: the compiler keeps them in registers.
                let (mut a, mut b) = ([0f32; LANES], [0f32; LANES]);
                let (mut c, mut d) = ([0f32; LANES], [0f32; LANES]);
                for (weights, (((x0, x1), x2), x3)) in weights.iter().zip(inputs) {
                    for lane in 0..LANES {
                        a[lane] += x0 * weights[lane];
                        b[lane] += x1 * weights[lane];
                        c[lane] += x2 * weights[lane];
                        d[lane] += x3 * weights[lane];
                    }
                }
                write(input, &a);
                write(input + 1, &b);
                write(input + 2, &c);
                write(input + 3, &d);
            }
            for input in together..inputs {
                let mut sums = [0f32; LANES];
                for (weights, x) in weights.iter().zip(&x[input * columns..][..columns]) {
                    for lane in 0..LANES {
                        sums[lane] += x * weights[lane];
                    }
                }
                write(input, &sums);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_exact_and_do_not_depend_on_the_batch() {
        let (rows, columns, inputs) = (37, 21, 7);
        let number = |i: usize| ((i * 7919) % 1000) as f32 / 500. - 1.;
        let weights: Vec<f32> = (0..rows * columns).map(number).collect();
        let bias: Vec<f32> = (0..rows).map(|i| number(i + 5)).collect();
        let x: Vec<f32> = (0..inputs * columns).map(|i| number(i + 77)).collect();
        let matrix = PackedFloats::new(columns, &weights, &bias);
        let mut portable = vec![0.; inputs * rows];
        matrix.forward(Cpu::available()[0], &x, false, &mut portable);
        for (i, found) in portable.iter().enumerate() {
            let (input, row) = (&x[i / rows * columns..], &weights[i % rows * columns..]);
            let exact: f64 = (input.iter().zip(row).take(columns))
                .map(|(x, w)| f64::from(*x) * f64::from(*w))
                .sum();
            let exact = exact + f64::from(bias[i % rows]);
            assert!((f64::from(*found) - exact).abs() < 1e-5);
        }
        for cpu in Cpu::available() {
            let mut all = vec![0.; inputs * rows];
            matrix.forward(cpu, &x, false, &mut all);
            assert_eq!(all, portable, "{cpu:?}");
            for (x, expected) in x.chunks_exact(columns).zip(all.chunks_exact(rows)) {
                let mut one = vec![0.; rows];
                matrix.forward(cpu, x, false, &mut one);
                assert_eq!(one, expected, "{cpu:?}");
            }
        }
    }
}
