//! Products with a few chosen rows of a matrix: the output layer of a network, restricted to a shortlist.
#![allow(unsafe_code)]

use super::{QuantisedInputs, QuantisedMatrix, finish};
#[cfg(target_arch = "x86_64")]
use crate::model::kernels::cpu::Kind;
use crate::model::kernels::cpu::{Cpu, LANES, for_each_cpu};

/// Rows of a matrix that a source may want, with what a product needs to know about them.
pub struct Candidates {
    /// The rows, ascending. The last is repeated to fill up a register.
    ids: Vec<u32>,
    count: usize,
    scales: Vec<f32>,
    corrections: Vec<i32>,
    bias: Vec<f32>,
}

impl Candidates {
    /// Takes row numbers that exist, at least one.
    pub fn new(matrix: &QuantisedMatrix, bias: &[f32], ids: &[u32]) -> Self {
        let count = ids.len();
        let mut ids = ids.to_vec();
        ids.resize(count.next_multiple_of(LANES), ids[count - 1]);
        let rows = || ids.iter().map(|&id| id as usize);
        Self {
            scales: rows().map(|row| matrix.scales[row]).collect(),
            corrections: rows().map(|row| matrix.correction(row)).collect(),
            bias: rows().map(|row| bias[row]).collect(),
            ids,
            count,
        }
    }

    /// The rows.
    pub fn ids(&self) -> &[u32] {
        &self.ids[..self.count]
    }

    /// Adds to `out` the products of row `row` of `x` with the rows of `matrix` that were chosen from it.
    pub fn forward(
        &self,
        cpu: Cpu,
        matrix: &QuantisedMatrix,
        x: &QuantisedInputs,
        row: usize,
        out: &mut Vec<f32>,
    ) {
        let (x, scale) = x.row(row, matrix.columns);
        let start = out.len();
        out.resize(start + self.ids.len(), 0.);
        let known = (self.corrections.as_chunks().0.iter())
            .zip(self.scales.as_chunks().0)
            .zip(self.bias.as_chunks().0);
        let blocks = self.ids.as_chunks().0.iter().zip(known);
        let out_blocks = out[start..].as_chunks_mut().0.iter_mut();
        for ((ids, ((corrections, scales), bias)), out) in blocks.zip(out_blocks) {
            let mut sums = [0; LANES];
            dots(cpu, matrix, ids, x, &mut sums);
            finish_lanes(cpu, &sums, corrections, scales, scale, bias, out);
        }
        out.truncate(start + self.count);
    }
}

for_each_cpu! {
    fn finish_lanes(
        sums: &[i32; LANES],
        corrections: &[i32; LANES],
        scales: &[f32; LANES],
        scale: f32,
        bias: &[f32; LANES],
        out: &mut [f32; LANES],
    ) {
        for lane in 0..LANES {
            out[lane] = finish(sums[lane] + corrections[lane], scales[lane], scale, bias[lane]);
        }
    }
}

/// Sums of products of `x` with sixteen rows.
fn dots(cpu: Cpu, matrix: &QuantisedMatrix, ids: &[u32; LANES], x: &[u8], sums: &mut [i32; LANES]) {
    #[cfg(target_arch = "x86_64")]
    if cpu.kind() == Kind::Avx512Vnni && matrix.columns.is_multiple_of(64) {
        // SAFETY: only `Cpu::available` makes a `Cpu`, and it saw the features that this function is compiled for.
        unsafe { x86::dots(matrix, ids, x, sums) };
        return;
    }
    plain_dots(cpu, matrix, ids, x, sums);
}

for_each_cpu! {
    fn plain_dots(matrix: &QuantisedMatrix, ids: &[u32; LANES], x: &[u8], sums: &mut [i32; LANES]) {
        for (sum, &id) in sums.iter_mut().zip(ids) {
            let row = &matrix.values[id as usize * matrix.columns..][..matrix.columns];
            *sum = row.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{LANES, QuantisedMatrix};

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    pub(super) fn dots(
        matrix: &QuantisedMatrix,
        ids: &[u32; LANES],
        x: &[u8],
        sums: &mut [i32; LANES],
    ) {
        let columns = matrix.columns;
        let (x, rest) = x[..columns].as_chunks::<64>();
        assert!(rest.is_empty(), "rows are whole registers");
        let mut parts = [_mm512_setzero_si512(); LANES];
        for (part, &id) in parts.iter_mut().zip(ids) {
            let row = &matrix.values[id as usize * columns..][..columns];
            let mut sums = _mm512_setzero_si512();
            for (x, weights) in x.iter().zip(row.as_chunks::<64>().0) {
                // SAFETY: `x` and `weights` are the 64 bytes of a register.
                let (x, weights) = unsafe {
                    (
                        _mm512_loadu_si512(x.as_ptr().cast()),
                        _mm512_loadu_si512(weights.as_ptr().cast()),
                    )
                };
                sums = _mm512_dpbusd_epi32(sums, x, weights);
            }
            *part = sums;
        }
        // The sixteen lanes of each register are added up by adding registers lane by lane in a tree: numbers, pairs,
        // then quarters of registers.
        let mut fours = [_mm512_setzero_si512(); 4];
        for (four, part) in fours.iter_mut().zip(parts.as_chunks::<4>().0) {
            let (a, b) = (pairs(part[0], part[1]), pairs(part[2], part[3]));
            *four = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
        }
        let all = quarters(quarters(fours[0], fours[1]), quarters(fours[2], fours[3]));
        // SAFETY: `sums` holds the sixteen numbers of a register.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), all) };
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn pairs(a: __m512i, b: __m512i) -> __m512i {
        _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b))
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn quarters(a: __m512i, b: __m512i) -> __m512i {
        _mm512_add_epi32(
            _mm512_shuffle_i32x4::<0b10_00_10_00>(a, b),
            _mm512_shuffle_i32x4::<0b11_01_11_01>(a, b),
        )
    }
}
