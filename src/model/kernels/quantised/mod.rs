//! 8-bit matrix products on one thread, the same to the last bit on every CPU.
//!
//! Weights have one scale for each row; inputs are quantised to 8 bits with one scale for each of theirs. The sums of
//! products are exact integers, and each result is scaled, rounded and added to its bias in one fixed way. So the
//! kernels differ in speed only, and a golden file holds on every CPU. candle's own 8-bit product is not used because
//! it quantises inputs differently from CPU to CPU and lets only one batch in at a time.

mod gather;
mod kernel;

pub use gather::Candidates;

use crate::model::error::{NetworkResult, bail};

use super::cpu::{Cpu, LANES, for_each_cpu};

/// Added to an input to store it unsigned, as the dot-product instructions want it.
const OFFSET: i32 = 128;
/// Matrix rows that are computed side by side.
const TILE: usize = 16;
/// Neighbouring columns of a row that stand together in a tile.
const GROUP: usize = 4;
/// Most columns of a matrix, above every published network: with more, sums of products could leave `i32`.
const MOST_COLUMNS: usize = 1 << 16;
const _: () = assert!(128 * 255 * MOST_COLUMNS <= i32::MAX as usize);

/// A weight matrix `[rows, columns]`: `w ≈ scale · q`.
#[derive(Debug, Clone)]
pub struct QuantisedMatrix {
    columns: usize,
    /// Row by row.
    values: Vec<i8>,
    /// One for each row.
    scales: Vec<f32>,
}

impl QuantisedMatrix {
    /// Takes the rows one after the other.
    ///
    /// # Errors
    /// When the sizes do not fit each other, or the number of columns is not a multiple of 32 or beyond 65,536.
    pub fn new(columns: usize, values: Vec<i8>, scales: Vec<f32>) -> NetworkResult<Self> {
        if columns > MOST_COLUMNS {
            bail!("rows of {columns} weights are not supported: {MOST_COLUMNS} are the most")
        }
        if columns == 0 || !columns.is_multiple_of(32) || values.len() != scales.len() * columns {
            bail!(
                "{} weights are not {} rows of {columns} columns, a multiple of 32",
                values.len(),
                scales.len()
            )
        }
        Ok(Self {
            columns,
            values,
            scales,
        })
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Puts matrices with the same columns below each other.
    ///
    /// # Errors
    /// When they have not.
    pub fn stack(matrices: &[&Self]) -> NetworkResult<Self> {
        let columns = matrices.first().map_or(0, |matrix| matrix.columns);
        if matrices.iter().any(|matrix| matrix.columns != columns) {
            bail!("matrices of different widths cannot be joined")
        }
        Self::new(
            columns,
            matrices.iter().flat_map(|m| &m.values).copied().collect(),
            matrices.iter().flat_map(|m| &m.scales).copied().collect(),
        )
    }

    /// Row `row` as f32, into `out` `[columns]`.
    pub fn row(&self, row: usize, out: &mut [f32]) {
        let scale = self.scales[row];
        for (out, &value) in out.iter_mut().zip(self.values_of(row)) {
            *out = f32::from(value) * scale;
        }
    }

    fn values_of(&self, row: usize) -> &[i8] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// Takes off the sum of a row what [`OFFSET`] adds to it, whatever the input.
    fn correction(&self, row: usize) -> i32 {
        -OFFSET * sum(self.values_of(row))
    }
}

fn sum(values: &[i8]) -> i32 {
    values.iter().map(|&value| i32::from(value)).sum()
}

/// A [`QuantisedMatrix`] laid out for products `x Wᵀ + b`.
pub struct PackedMatrix {
    rows: usize,
    columns: usize,
    /// `[tile][group of columns][row in tile][column in group]`; rows that fill up the last tile are zeros.
    values: Vec<i8>,
    /// The next three `[tile][row in tile]`.
    scales: Vec<f32>,
    corrections: Vec<i32>,
    bias: Vec<f32>,
}

impl PackedMatrix {
    /// Lays out `matrix` with a `bias` for each of its rows.
    pub fn new(matrix: &QuantisedMatrix, bias: &[f32]) -> Self {
        let (rows, columns) = (matrix.rows(), matrix.columns);
        let padded = rows.div_ceil(TILE) * TILE;
        let mut values = vec![0i8; padded * columns];
        let tiles = values.chunks_exact_mut(TILE * columns);
        for (tile, rows) in tiles.zip(matrix.values.chunks(TILE * columns)) {
            for (lane, row) in rows.chunks_exact(columns).enumerate() {
                let places = tile.chunks_exact_mut(TILE * GROUP);
                for (place, group) in places.zip(row.as_chunks::<GROUP>().0) {
                    place[lane * GROUP..][..GROUP].copy_from_slice(group);
                }
            }
        }
        let pad = |mut numbers: Vec<f32>| {
            numbers.resize(padded, 0.);
            numbers
        };
        let mut corrections: Vec<i32> = (0..rows).map(|row| matrix.correction(row)).collect();
        corrections.resize(padded, 0);
        Self {
            rows,
            columns,
            values,
            scales: pad(matrix.scales.clone()),
            corrections,
            bias: pad(bias.to_vec()),
        }
    }

    /// `x Wᵀ + b`, then `max(0, ·)` if asked: `[inputs, columns]` to `out` `[inputs, rows]`.
    ///
    /// # Panics
    /// When the sizes do not fit.
    pub fn forward(&self, cpu: Cpu, x: &QuantisedInputs, relu: bool, out: &mut [f32]) {
        assert_eq!(x.values.len(), x.scales.len() * self.columns);
        assert_eq!(out.len(), x.scales.len() * self.rows);
        kernel::product(cpu, self, x, relu, out);
    }
}

/// Inputs quantised row by row: `x ≈ scale · (q - 128)`, `1 ≤ q ≤ 255`.
#[derive(Debug, Default)]
pub struct QuantisedInputs {
    /// `[rows, columns]`.
    values: Vec<u8>,
    /// One for each row.
    scales: Vec<f32>,
}

impl QuantisedInputs {
    /// Replaces what is there by `x` `[rows, columns]`.
    pub fn quantise(&mut self, cpu: Cpu, x: &[f32], columns: usize) {
        self.values.resize(x.len(), 0);
        self.scales.resize(x.len() / columns, 0.);
        quantise_rows(cpu, x, columns, &mut self.values, &mut self.scales);
    }

    fn row(&self, row: usize, columns: usize) -> (&[u8], f32) {
        (&self.values[row * columns..][..columns], self.scales[row])
    }
}

for_each_cpu! {
    fn quantise_rows(x: &[f32], columns: usize, values: &mut [u8], scales: &mut [f32]) {
        let rows = x.chunks_exact(columns).zip(values.chunks_exact_mut(columns));
        for ((x, values), scale) in rows.zip(scales) {
            let largest = largest_magnitude(x);
            // Not finite only if the network already went wrong; zeros then keep the result defined.
            let inverse = if largest > 0. && largest.is_finite() {
                127. / largest
            } else {
                0.
            };
            for (value, x) in values.iter_mut().zip(x) {
                *value = round(x * inverse).wrapping_add(OFFSET as u8);
            }
            *scale = largest / 127.;
        }
    }
}

/// `max |x|` of a row.
#[inline(always)]
fn largest_magnitude(x: &[f32]) -> f32 {
    let mut most = [0f32; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (most, x) in most.iter_mut().zip(chunk) {
            *most = if x.abs() > *most { x.abs() } else { *most };
        }
    }
    most.into_iter()
        .chain(rest.iter().map(|x| x.abs()))
        .fold(0., f32::max)
}

/// The nearest whole number, ties to even, for `|x| ≤ 127`, in two's complement.
#[inline(always)]
fn round(x: f32) -> u8 {
    // In a sum with 1.5 · 2^23 the lowest bits are the whole number. A library call per number would cost more than the
    // products themselves.
    (x + 12_582_912.0).to_bits() as u8
}

/// The result of a row: the sum of its products, scaled, with its bias.
#[inline(always)]
fn finish(sum: i32, row_scale: f32, input_scale: f32, bias: f32) -> f32 {
    sum as f32 * (row_scale * input_scale) + bias
}

#[cfg(test)]
mod tests;
