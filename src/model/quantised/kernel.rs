//! The inner loops: portable Rust, AVX2, and AVX-512 VNNI, chosen when a matrix is made.
#![allow(unsafe_code)]

use super::{BLOCK, QuantisedMatrix, QuantisedRows, TILE, TILE_BLOCK};

/// A way to compute the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
}

impl Kernel {
    /// The fastest that this CPU has.
    pub(super) fn detect() -> Self {
        *Self::available().last().unwrap_or(&Self::Portable)
    }

    /// All that this CPU has, slowest first.
    pub(super) fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut kernels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                kernels.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni")
            {
                kernels.push(Self::Avx512Vnni);
            }
        }
        kernels
    }

    /// Writes the unscaled products of all rows of `x` with all rows of `matrix` to `out` `[rows of x, rows of matrix]`.
    pub(super) fn product(self, matrix: &QuantisedMatrix, x: &QuantisedRows, out: &mut [f32]) {
        let blocks = matrix.columns / BLOCK;
        assert_eq!(x.values.len(), x.scales.len() * matrix.columns);
        assert_eq!(x.corrections.len(), x.scales.len() * blocks);
        assert_eq!(out.len(), x.scales.len() * matrix.rows);
        let tiles = matrix
            .weights
            .chunks_exact(blocks * TILE_BLOCK)
            .zip(matrix.scales.chunks_exact(blocks * TILE));
        for (i, (weights, scales)) in tiles.enumerate() {
            let tile = Tile { weights, scales };
            let first = i * TILE;
            let width = TILE.min(matrix.rows - first);
            let mut write = |row: usize, sums: &[f32; TILE]| {
                let at = row * matrix.rows + first;
                out[at..at + width].copy_from_slice(&sums[..width]);
            };
            match self {
                Self::Portable => tile.portable(x, &mut write),
                // SAFETY: `available` saw the CPU features that these functions are compiled for.
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => unsafe { tile.avx2(x, &mut write) },
                #[cfg(target_arch = "x86_64")]
                Self::Avx512Vnni => unsafe { tile.avx512_vnni(x, &mut write) },
            }
        }
    }
}

/// Sixteen rows of a matrix.
struct Tile<'a> {
    /// `[block][group][lane][4]`.
    weights: &'a [u8],
    /// `[block][lane]`.
    scales: &'a [f32],
}

/// What takes the sums of a row of `x` with the rows of a tile.
type Write<'a> = dyn FnMut(usize, &[f32; TILE]) + 'a;

impl Tile<'_> {
    fn portable(&self, x: &QuantisedRows, write: &mut Write<'_>) {
        let blocks = self.scales.len() / TILE;
        let rows = x
            .values
            .chunks_exact(blocks * BLOCK)
            .zip(x.corrections.chunks_exact(blocks));
        for (row, (values, corrections)) in rows.enumerate() {
            let mut sums = [0f32; TILE];
            let blocks = self
                .weights
                .chunks_exact(TILE_BLOCK)
                .zip(self.scales.chunks_exact(TILE))
                .zip(values.chunks_exact(BLOCK))
                .zip(corrections);
            for (((weights, scales), values), &correction) in blocks {
                let mut dots = [correction; TILE];
                for (weights, values) in weights.chunks_exact(TILE * 4).zip(values.chunks_exact(4))
                {
                    for (dot, weights) in dots.iter_mut().zip(weights.chunks_exact(4)) {
                        for (&weight, &value) in weights.iter().zip(values) {
                            *dot += i32::from(weight) * i32::from(value);
                        }
                    }
                }
                for ((sum, dot), scale) in sums.iter_mut().zip(dots).zip(scales) {
                    *sum += dot as f32 * scale;
                }
            }
            write(row, &sums);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{BLOCK, QuantisedRows, TILE, TILE_BLOCK, Tile, Write};

    /// Rows of `x` that share each load of weights.
    const ROWS: usize = 8;

    impl Tile<'_> {
        #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
        pub(super) fn avx512_vnni(&self, x: &QuantisedRows, write: &mut Write<'_>) {
            let rows = x.scales.len();
            let mut row = 0;
            while row + ROWS <= rows {
                self.avx512_vnni_rows::<ROWS>(x, row, write);
                row += ROWS;
            }
            match rows - row {
                0 => {}
                1 => self.avx512_vnni_rows::<1>(x, row, write),
                2 => self.avx512_vnni_rows::<2>(x, row, write),
                3 => self.avx512_vnni_rows::<3>(x, row, write),
                4 => self.avx512_vnni_rows::<4>(x, row, write),
                5 => self.avx512_vnni_rows::<5>(x, row, write),
                6 => self.avx512_vnni_rows::<6>(x, row, write),
                _ => self.avx512_vnni_rows::<7>(x, row, write),
            }
        }

        #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
        #[inline]
        fn avx512_vnni_rows<const R: usize>(
            &self,
            x: &QuantisedRows,
            first: usize,
            write: &mut Write<'_>,
        ) {
            let blocks = self.scales.len() / TILE;
            let columns = blocks * BLOCK;
            let values = &x.values[first * columns..(first + R) * columns];
            let corrections = &x.corrections[first * blocks..(first + R) * blocks];
            assert_eq!(self.weights.len(), blocks * TILE_BLOCK);

            let mut sums = [_mm512_setzero_ps(); R];
            for block in 0..blocks {
                let mut dots = [_mm512_setzero_si512(); R];
                for (r, dot) in dots.iter_mut().enumerate() {
                    *dot = _mm512_set1_epi32(corrections[r * blocks + block]);
                }
                for group in 0..BLOCK / 4 {
                    let at = block * TILE_BLOCK + group * TILE * 4;
                    // SAFETY: `at + 64 <= blocks * TILE_BLOCK`, the length of `weights` (asserted above).
                    let weights =
                        unsafe { _mm512_loadu_si512(self.weights.as_ptr().add(at).cast()) };
                    for (r, dot) in dots.iter_mut().enumerate() {
                        let at = r * columns + block * BLOCK + group * 4;
                        // SAFETY: `at + 4 <= R * columns`, the length of `values`.
                        let four =
                            unsafe { values.as_ptr().add(at).cast::<i32>().read_unaligned() };
                        *dot = _mm512_dpbusd_epi32(*dot, weights, _mm512_set1_epi32(four));
                    }
                }
                // SAFETY: `scales` holds `blocks * TILE` numbers.
                let scales = unsafe { _mm512_loadu_ps(self.scales.as_ptr().add(block * TILE)) };
                for (sum, dot) in sums.iter_mut().zip(dots) {
                    // Not fused: the product is rounded before it is added, as on every other path.
                    *sum = _mm512_add_ps(*sum, _mm512_mul_ps(_mm512_cvtepi32_ps(dot), scales));
                }
            }
            for (r, sum) in sums.into_iter().enumerate() {
                let mut out = [0f32; TILE];
                // SAFETY: `out` holds the sixteen numbers of a register.
                unsafe { _mm512_storeu_ps(out.as_mut_ptr(), sum) };
                write(first + r, &out);
            }
        }

        #[target_feature(enable = "avx2")]
        pub(super) fn avx2(&self, x: &QuantisedRows, write: &mut Write<'_>) {
            let blocks = self.scales.len() / TILE;
            let columns = blocks * BLOCK;
            assert_eq!(self.weights.len(), blocks * TILE_BLOCK);
            let rows = x
                .values
                .chunks_exact(columns)
                .zip(x.corrections.chunks_exact(blocks));
            for (row, (values, corrections)) in rows.enumerate() {
                let mut sums = [_mm256_setzero_ps(); 2];
                for (block, &correction) in corrections.iter().enumerate() {
                    // Lanes hold half sums: two for each output row, four rows in each register.
                    let mut halves = [_mm256_setzero_si256(); 4];
                    for group in 0..BLOCK / 4 {
                        let at = block * BLOCK + group * 4;
                        let four = [values[at], values[at + 1], values[at + 2], values[at + 3]];
                        let four = i32::from_le_bytes(four.map(|value| value as u8));
                        let four = _mm_cvtepi8_epi16(_mm_cvtsi32_si128(four));
                        let four = _mm256_broadcastq_epi64(four);
                        for (quarter, half) in halves.iter_mut().enumerate() {
                            let at = block * TILE_BLOCK + group * TILE * 4 + quarter * 16;
                            // SAFETY: `at + 16 <= blocks * TILE_BLOCK`, the length of `weights` (asserted above).
                            let weights =
                                unsafe { _mm_loadu_si128(self.weights.as_ptr().add(at).cast()) };
                            let weights = _mm256_cvtepu8_epi16(weights);
                            *half = _mm256_add_epi32(*half, _mm256_madd_epi16(weights, four));
                        }
                    }
                    let correction = _mm256_set1_epi32(correction);
                    for (side, sum) in sums.iter_mut().enumerate() {
                        let pairs = _mm256_hadd_epi32(halves[side * 2], halves[side * 2 + 1]);
                        let dots = _mm256_permute4x64_epi64::<0b11_01_10_00>(pairs);
                        let dots = _mm256_cvtepi32_ps(_mm256_add_epi32(dots, correction));
                        let at = block * TILE + side * 8;
                        // SAFETY: `scales` holds `blocks * TILE` numbers.
                        let scales = unsafe { _mm256_loadu_ps(self.scales.as_ptr().add(at)) };
                        *sum = _mm256_add_ps(*sum, _mm256_mul_ps(dots, scales));
                    }
                }
                let mut out = [0f32; TILE];
                // SAFETY: `out` holds the sixteen numbers of two registers.
                unsafe {
                    _mm256_storeu_ps(out.as_mut_ptr(), sums[0]);
                    _mm256_storeu_ps(out.as_mut_ptr().add(8), sums[1]);
                }
                write(row, &out);
            }
        }
    }
}
