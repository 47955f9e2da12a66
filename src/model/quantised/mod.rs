//! 8-bit matrix products on one thread, the same to the last bit on every CPU.
//!
//! Weights are Q8_0 blocks (32 numbers, one scale); inputs are quantised to 8 bits with one scale for each row. Sums
//! within a block are exact integers; blocks are added up in f32 in one fixed order, multiplication and addition rounded
//! apart. So the kernels below differ in speed only, and a golden file holds on every CPU. candle's own 8-bit product is
//! not used because it quantises inputs differently from CPU to CPU and lets only one batch in at a time.

mod kernel;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use half::f16;
use kernel::Kernel;

/// Numbers that share a scale.
const BLOCK: usize = 32;
/// Output rows that are computed side by side.
const TILE: usize = 16;
/// Bytes of one block of a tile.
const TILE_BLOCK: usize = TILE * BLOCK;
/// What is added to a weight to store it unsigned, as the dot-product instructions want it.
const OFFSET: i32 = 128;

/// A weight matrix `[rows, columns]` for products `x Wᵀ` and for embedding look-ups.
pub struct QuantisedMatrix {
    rows: usize,
    columns: usize,
    /// `[tile][block][group of four columns][row in tile][column in group]`: weight + [`OFFSET`].
    weights: Vec<u8>,
    /// `[tile][block][row in tile]`.
    scales: Vec<f32>,
    kernel: Kernel,
}

impl QuantisedMatrix {
    /// Repacks a Q8_0 tensor of rank 2.
    ///
    /// # Errors
    /// When the tensor has another type or rank.
    pub fn new(tensor: &QTensor) -> Result<Self> {
        let (rows, columns) = tensor.shape().dims2()?;
        if tensor.dtype() != GgmlDType::Q8_0 {
            bail!("matrices must be Q8_0, not {:?}", tensor.dtype())
        }
        let tiles = rows.div_ceil(TILE);
        let blocks = columns / BLOCK;
        // Rows that fill up the last tile are zeros with a zero scale.
        let mut weights = vec![OFFSET as u8; tiles * blocks * TILE_BLOCK];
        let mut scales = vec![0f32; tiles * blocks * TILE];
        // A block in the file: one f16 scale, then 32 signed bytes.
        let data = tensor.data()?;
        for (i, block) in data.chunks_exact(2 + BLOCK).enumerate() {
            let (row, at) = (i / blocks, i % blocks);
            let tile = (row / TILE) * blocks + at;
            let lane = row % TILE;
            scales[tile * TILE + lane] = f16::from_le_bytes([block[0], block[1]]).to_f32();
            let out = &mut weights[tile * TILE_BLOCK..(tile + 1) * TILE_BLOCK];
            for (column, &weight) in block[2..].iter().enumerate() {
                out[place(lane, column)] = (i32::from(weight as i8) + OFFSET) as u8;
            }
        }
        Ok(Self {
            rows,
            columns,
            weights,
            scales,
            kernel: Kernel::detect(),
        })
    }

    /// Rows `ids` as f32: ids of any shape give `[.., columns]`.
    ///
    /// # Errors
    /// When an id is not below the number of rows.
    pub fn embedding(&self, ids: &Tensor) -> Result<Tensor> {
        let blocks = self.columns / BLOCK;
        let flat = ids.flatten_all()?.to_vec1::<u32>()?;
        let mut out = Vec::with_capacity(flat.len() * self.columns);
        for id in flat {
            let row = id as usize;
            if row >= self.rows {
                bail!("the id {id} lies outside a vocabulary of {}", self.rows)
            }
            for block in 0..blocks {
                let tile = (row / TILE) * blocks + block;
                let scale = self.scales[tile * TILE + row % TILE];
                let weights = &self.weights[tile * TILE_BLOCK..(tile + 1) * TILE_BLOCK];
                out.extend((0..BLOCK).map(|column| {
                    (i32::from(weights[place(row % TILE, column)]) - OFFSET) as f32 * scale
                }));
            }
        }
        let mut shape = ids.dims().to_vec();
        shape.push(self.columns);
        Tensor::from_vec(out, shape, ids.device())
    }

    /// `x Wᵀ + bias`, then `max(0, ·)` if asked: `[.., columns]` to `[.., rows]`.
    ///
    /// # Errors
    /// When the last dimension of `x` is not the number of columns.
    pub fn forward(&self, x: &Tensor, bias: Option<&[f32]>, relu: bool) -> Result<Tensor> {
        x.contiguous()?.apply_op1_no_bwd(&Product {
            matrix: self,
            bias,
            relu,
        })
    }
}

/// Where a weight stands in its block of a tile.
const fn place(lane: usize, column: usize) -> usize {
    (column / 4) * (TILE * 4) + lane * 4 + column % 4
}

/// Inputs quantised row by row: `x ≈ scale · q`, `|q| ≤ 127`.
struct QuantisedRows {
    /// `[rows, columns]`.
    values: Vec<i8>,
    /// One for each row.
    scales: Vec<f32>,
    /// `[rows, blocks]`: what the weights' [`OFFSET`] adds to a block's sum, negated.
    corrections: Vec<i32>,
}

impl QuantisedRows {
    fn new(x: &[f32], columns: usize) -> Self {
        let rows = x.len() / columns;
        let mut values = vec![0i8; x.len()];
        let mut scales = Vec::with_capacity(rows);
        let mut corrections = Vec::with_capacity(x.len() / BLOCK);
        for (x, q) in x
            .chunks_exact(columns)
            .zip(values.chunks_exact_mut(columns))
        {
            let largest = largest_magnitude(x);
            // Not finite only if the network already went wrong; zeros then keep the result defined.
            let inverse = if largest > 0. && largest.is_finite() {
                127. / largest
            } else {
                0.
            };
            for (q, x) in q.iter_mut().zip(x) {
                *q = round(x * inverse);
            }
            scales.push(largest / 127.);
            corrections.extend(
                q.chunks_exact(BLOCK)
                    .map(|block| -OFFSET * block.iter().map(|&q| i32::from(q)).sum::<i32>()),
            );
        }
        Self {
            values,
            scales,
            corrections,
        }
    }
}

/// `max |x|` of a row whose length is a multiple of [`BLOCK`], over lanes that the compiler makes vectors of.
fn largest_magnitude(x: &[f32]) -> f32 {
    let mut most = [0f32; BLOCK];
    for block in x.chunks_exact(BLOCK) {
        for (most, x) in most.iter_mut().zip(block) {
            *most = if x.abs() > *most { x.abs() } else { *most };
        }
    }
    most.into_iter().fold(0., f32::max)
}

/// The nearest whole number, ties to even, for `|x| ≤ 127`.
fn round(x: f32) -> i8 {
    // In a sum with 1.5 · 2^23 the lowest bits are the whole number. A library call per number would cost more than the
    // products themselves.
    (x + 12_582_912.0).to_bits() as i8
}

/// One product, as an operation on candle tensors.
struct Product<'a> {
    matrix: &'a QuantisedMatrix,
    bias: Option<&'a [f32]>,
    relu: bool,
}

impl CustomOp1 for Product<'_> {
    fn name(&self) -> &'static str {
        "quantised-product"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let matrix = self.matrix;
        let mut dims = layout.dims().to_vec();
        if dims.pop() != Some(matrix.columns) {
            bail!(
                "a product of {:?} with [{}, {}]",
                layout.dims(),
                matrix.rows,
                matrix.columns
            )
        }
        let start = layout.start_offset();
        let x = &storage.as_slice::<f32>()?[start..start + layout.shape().elem_count()];
        let x = QuantisedRows::new(x, matrix.columns);
        let mut out = vec![0f32; x.scales.len() * matrix.rows];
        matrix.kernel.product(matrix, &x, &mut out);
        self.finish(&x, &mut out);
        dims.push(matrix.rows);
        Ok((CpuStorage::F32(out), Shape::from(dims)))
    }
}

impl Product<'_> {
    /// Scales the sums, adds the bias and rectifies.
    fn finish(&self, x: &QuantisedRows, out: &mut [f32]) {
        for (row, scale) in out.chunks_exact_mut(self.matrix.rows).zip(&x.scales) {
            match self.bias {
                Some(bias) => row
                    .iter_mut()
                    .zip(bias)
                    .for_each(|(y, bias)| *y = *y * scale + bias),
                None => row.iter_mut().for_each(|y| *y *= scale),
            }
            if self.relu {
                row.iter_mut().for_each(|y| *y = y.max(0.));
            }
        }
    }
}

#[cfg(test)]
mod tests;
