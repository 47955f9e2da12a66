//! Weight matrices in f32 or 8 bits: embedding look-up, linear layers, and logits of shortlists.

use crate::model::error::{NetworkResult, bail};
use rayon::prelude::*;

use super::cpu::Cpu;
use super::float::PackedFloats;
use super::quantised::{Candidates, PackedMatrix, QuantisedInputs, QuantisedMatrix};

/// A weight matrix `[rows, columns]`, row by row.
#[derive(Debug, Clone)]
pub enum Matrix {
    /// f32.
    Float(FloatMatrix),
    /// 8 bits.
    Quantised(QuantisedMatrix),
}

/// A weight matrix in f32.
#[derive(Debug, Clone)]
pub struct FloatMatrix {
    columns: usize,
    values: Vec<f32>,
}

impl FloatMatrix {
    /// Takes the rows one after the other, each of `columns` values.
    pub fn new(columns: usize, values: Vec<f32>) -> Self {
        Self { columns, values }
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// Rounds each row to 8 bits with one scale, that of its largest number. Matrices whose rows are no multiple of 32
    /// stay as they are.
    ///
    /// # Errors
    /// When the matrix is empty.
    pub fn quantise(self) -> NetworkResult<Matrix> {
        if !self.columns.is_multiple_of(32) {
            return Ok(Matrix::Float(self));
        }
        let mut values = vec![0i8; self.values.len()];
        let mut scales = vec![0f32; values.len() / self.columns];
        (values.par_chunks_mut(self.columns))
            .zip(self.values.par_chunks(self.columns))
            .zip(&mut scales)
            .for_each(|((steps, row), scale)| {
                let largest = row.iter().fold(0f32, |most, x| most.max(x.abs()));
                // A row of zeros has no scale.
                let inverse = if largest > 0. { 127. / largest } else { 0. };
                for (step, x) in steps.iter_mut().zip(row) {
                    *step = (x * inverse).round_ties_even() as i8;
                }
                *scale = largest / 127.;
            });
        QuantisedMatrix::new(self.columns, values, scales).map(Matrix::Quantised)
    }
}

impl Matrix {
    /// Rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Float(matrix) => matrix.values.len() / matrix.columns,
            Self::Quantised(matrix) => matrix.rows(),
        }
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        match self {
            Self::Float(matrix) => matrix.columns,
            Self::Quantised(matrix) => matrix.columns(),
        }
    }

    /// Its values in f32, row by row.
    pub fn floats(self) -> Vec<f32> {
        match self {
            Self::Float(matrix) => matrix.values,
            Self::Quantised(matrix) => {
                let mut values = vec![0.; matrix.rows() * matrix.columns()];
                for (row, out) in values.chunks_exact_mut(matrix.columns()).enumerate() {
                    matrix.row(row, out);
                }
                values
            }
        }
    }

    /// Row `id`, an embedding, into `out` `[columns]`.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn embed(&self, id: u32, out: &mut [f32]) -> NetworkResult<()> {
        let row = id as usize;
        if row >= self.rows() {
            bail!("the id {id} lies outside a vocabulary of {}", self.rows())
        }
        match self {
            Self::Float(matrix) => out.copy_from_slice(matrix.row(row)),
            Self::Quantised(matrix) => matrix.row(row, out),
        }
        Ok(())
    }

    /// Stacks matrices with the same columns.
    fn stack(matrices: &[Self]) -> NetworkResult<Self> {
        let floats: Vec<&FloatMatrix> = (matrices.iter())
            .filter_map(|matrix| match matrix {
                Self::Float(matrix) => Some(matrix),
                Self::Quantised(_) => None,
            })
            .collect();
        if floats.is_empty() {
            let quantised: Vec<&QuantisedMatrix> = (matrices.iter())
                .filter_map(|matrix| match matrix {
                    Self::Quantised(matrix) => Some(matrix),
                    Self::Float(_) => None,
                })
                .collect();
            return QuantisedMatrix::stack(&quantised).map(Self::Quantised);
        }
        let columns = floats[0].columns;
        if floats.len() < matrices.len() || floats.iter().any(|matrix| matrix.columns != columns) {
            bail!("matrices of different kinds or widths cannot be joined")
        }
        Ok(Self::Float(FloatMatrix {
            columns,
            values: floats.iter().flat_map(|m| &m.values).copied().collect(),
        }))
    }
}

/// `y = x Wᵀ + b`, for many rows `x` at once.
pub struct Linear {
    weight: Weight,
    input: usize,
    output: usize,
}

enum Weight {
    Float(PackedFloats),
    Packed(PackedMatrix),
}

impl Linear {
    /// Puts a matrix `[out, input]` and a bias `[out]` together.
    ///
    /// # Panics
    /// When they do not fit each other.
    pub fn new(matrix: &Matrix, bias: &[f32]) -> Self {
        let output = matrix.rows();
        assert_eq!(output, bias.len());
        match matrix {
            Matrix::Float(matrix) => Self {
                weight: Weight::Float(PackedFloats::new(matrix.columns, &matrix.values, bias)),
                input: matrix.columns,
                output,
            },
            Matrix::Quantised(matrix) => Self {
                weight: Weight::Packed(PackedMatrix::new(matrix, bias)),
                input: matrix.columns(),
                output,
            },
        }
    }

    /// Several projections of the same input as one, their outputs side by side.
    ///
    /// # Errors
    /// When the matrices have not the same input.
    pub fn joined(parts: Vec<(Matrix, Vec<f32>)>) -> NetworkResult<Self> {
        let (matrices, biases): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        Ok(Self::new(&Matrix::stack(&matrices)?, &biases.concat()))
    }

    /// Values of an input row.
    pub fn input(&self) -> usize {
        self.input
    }

    /// Values of an output row.
    pub fn output(&self) -> usize {
        self.output
    }

    /// `x` `[rows, input]` to `out` `[rows, output]`, `max(0, ·)` of it if asked. A quantised matrix quantises `x`
    /// to `quantised`, a buffer that is reused from call to call.
    ///
    /// # Panics
    /// When the sizes do not fit.
    pub fn forward(
        &self,
        cpu: Cpu,
        x: &[f32],
        relu: bool,
        quantised: &mut QuantisedInputs,
        out: &mut [f32],
    ) {
        match &self.weight {
            Weight::Float(matrix) => matrix.forward(cpu, x, relu, out),
            Weight::Packed(matrix) => {
                quantised.quantise(cpu, x, self.input);
                matrix.forward(cpu, quantised, relu, out);
            }
        }
    }
}

/// Logits of chosen target tokens for one source.
pub enum Shortlisted {
    /// Of an f32 matrix: only their ids.
    Float(Vec<u32>),
    /// Of an 8-bit matrix.
    Quantised(Candidates),
}

impl Shortlisted {
    /// Takes rows of `matrix` that exist, at least one, with their `bias`.
    pub fn new(matrix: &Matrix, bias: &[f32], ids: &[u32]) -> Self {
        match matrix {
            Matrix::Float(_) => Self::Float(ids.to_vec()),
            Matrix::Quantised(matrix) => Self::Quantised(Candidates::new(matrix, bias, ids)),
        }
    }

    /// The rows.
    pub fn ids(&self) -> &[u32] {
        match self {
            Self::Float(ids) => ids,
            Self::Quantised(candidates) => candidates.ids(),
        }
    }

    /// Adds to `out` the products of row `row` of `x` (`quantised` if the matrix is) with the chosen rows of `matrix`.
    pub fn forward(
        &self,
        cpu: Cpu,
        (matrix, bias): (&Matrix, &[f32]),
        (x, quantised): (&[f32], &QuantisedInputs),
        row: usize,
        out: &mut Vec<f32>,
    ) {
        match (self, matrix) {
            (Self::Quantised(candidates), Matrix::Quantised(matrix)) => {
                candidates.forward(cpu, matrix, quantised, row, out);
            }
            (_, Matrix::Float(matrix)) => {
                let x = &x[row * matrix.columns..][..matrix.columns];
                out.extend(self.ids().iter().map(|&id| {
                    let weights = matrix.row(id as usize);
                    weights.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + bias[id as usize]
                }));
            }
            (Self::Float(_), Matrix::Quantised(_)) => unreachable!("made for the same matrix"),
        }
    }
}
