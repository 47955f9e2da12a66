//! Weight matrices in f32 or 8 bits, behind the three things that networks do with them.

use candle_core::{Device, Result, Tensor, bail};

use super::cpu::Cpu;
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
    /// Takes a tensor `[rows, columns]` of f32.
    ///
    /// # Errors
    /// When it has another rank or type.
    pub fn new(tensor: &Tensor) -> Result<Self> {
        let (_, columns) = tensor.dims2()?;
        Ok(Self {
            columns,
            values: tensor.flatten_all()?.to_vec1()?,
        })
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    fn tensor(&self) -> Result<Tensor> {
        let rows = self.values.len() / self.columns;
        Tensor::from_slice(&self.values, (rows, self.columns), &Device::Cpu)
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

    /// Row `id`, an embedding, into `out` `[columns]`.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn embed(&self, id: u32, out: &mut [f32]) -> Result<()> {
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

    /// Puts matrices with the same columns below each other.
    fn stack(matrices: &[Self]) -> Result<Self> {
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
    Float { transposed: Tensor, bias: Vec<f32> },
    Packed(PackedMatrix),
}

impl Linear {
    /// Puts a matrix `[out, input]` and a bias `[out]` together.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn new(matrix: &Matrix, bias: &[f32]) -> Result<Self> {
        let output = matrix.rows();
        assert_eq!(output, bias.len());
        Ok(match matrix {
            Matrix::Float(matrix) => Self {
                weight: Weight::Float {
                    transposed: matrix.tensor()?.t()?.contiguous()?,
                    bias: bias.to_vec(),
                },
                input: matrix.columns,
                output,
            },
            Matrix::Quantised(matrix) => Self {
                weight: Weight::Packed(PackedMatrix::new(matrix, bias)),
                input: matrix.columns(),
                output,
            },
        })
    }

    /// Several projections of the same input as one, their outputs side by side.
    ///
    /// # Errors
    /// When the matrices have not the same input.
    pub fn joined(parts: Vec<(Matrix, Vec<f32>)>) -> Result<Self> {
        let (matrices, biases): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        Self::new(&Matrix::stack(&matrices)?, &biases.concat())
    }

    /// Numbers that a row becomes.
    pub fn output(&self) -> usize {
        self.output
    }

    /// `x` `[rows, input]` to `out` `[rows, output]`, `max(0, ·)` of it if asked. What a quantised matrix makes of `x`
    /// goes through `quantised`, which keeps its memory from call to call.
    ///
    /// # Errors
    /// When a tensor operation fails.
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
    ) -> Result<()> {
        match &self.weight {
            Weight::Packed(matrix) => {
                quantised.quantise(cpu, x, self.input);
                matrix.forward(cpu, quantised, relu, out);
            }
            Weight::Float { transposed, bias } => {
                let rows = x.len() / self.input;
                let x = Tensor::from_slice(x, (rows, self.input), &Device::Cpu)?;
                let y = x.matmul(transposed)?.flatten_all()?.to_vec1::<f32>()?;
                for (out, y) in out
                    .chunks_exact_mut(self.output)
                    .zip(y.chunks_exact(self.output))
                {
                    for ((out, y), bias) in out.iter_mut().zip(y).zip(bias) {
                        *out = if relu { (y + bias).max(0.) } else { y + bias };
                    }
                }
            }
        }
        Ok(())
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
