//! The inner loops of products with packed matrices.
#![allow(unsafe_code)]

use super::{GROUP, PackedMatrix, QuantisedInputs, TILE, finish};
use crate::model::kernels::cpu::{Cpu, Kind};

/// Writes the products of all rows of `x` with all rows of `matrix` to `out` `[rows of x, rows of matrix]`. The sizes
/// fit each other.
pub(super) fn product(
    cpu: Cpu,
    matrix: &PackedMatrix,
    x: &QuantisedInputs,
    relu: bool,
    out: &mut [f32],
) {
    match cpu.kind() {
        Kind::Portable => portable(matrix, x, relu, out),
        // SAFETY: only `Cpu::available` makes a `Cpu`, and it saw the features that this function is compiled for.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { x86::avx2(matrix, x, relu, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kind::AvxVnni => unsafe { x86::avx_vnni::product(matrix, x, relu, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512Vnni => unsafe { x86::avx512_vnni::product(matrix, x, relu, out) },
    }
}

/// Scales the sums of tile `tile` with row `row` of `x` and writes them.
fn write(
    matrix: &PackedMatrix,
    x: &QuantisedInputs,
    (row, tile): (usize, usize),
    sums: &[i32; TILE],
    relu: bool,
    out: &mut [f32],
) {
    let first = tile * TILE;
    let width = TILE.min(matrix.rows - first);
    let out = &mut out[row * matrix.rows + first..][..width];
    for (lane, out) in out.iter_mut().enumerate() {
        let at = first + lane;
        let y = finish(
            sums[lane],
            matrix.scales[at],
            x.scales[row],
            matrix.bias[at],
        );
        *out = if relu { y.max(0.) } else { y };
    }
}

fn portable(matrix: &PackedMatrix, x: &QuantisedInputs, relu: bool, out: &mut [f32]) {
    let tiles = matrix
        .values
        .chunks_exact(matrix.columns * TILE)
        .zip(matrix.corrections.as_chunks::<TILE>().0);
    for (tile, (weights, corrections)) in tiles.enumerate() {
        for (row, x_row) in x.values.chunks_exact(matrix.columns).enumerate() {
            let mut sums = *corrections;
            let groups = weights.as_chunks::<{ TILE * GROUP }>().0;
            for (weights, x) in groups.iter().zip(x_row.as_chunks::<GROUP>().0) {
                // Written out, so that the compiler makes vectors of it.
                let x = x.map(i32::from);
                for (sum, weights) in sums.iter_mut().zip(weights.as_chunks::<GROUP>().0) {
                    let [a, b, c, d] = weights.map(i32::from);
                    *sum += (a * x[0] + b * x[1]) + (c * x[2] + d * x[3]);
                }
            }
            write(matrix, x, (row, tile), &sums, relu, out);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{GROUP, PackedMatrix, QuantisedInputs, TILE, write};

    /// A product with 8-bit dot-product instructions: blocks of `$rows` inputs by `$vectors` registers of matrix rows,
    /// so that each load serves several instructions.
    macro_rules! vnni {
        (
            $module:ident, $features:literal, lanes $lanes:literal, rows $most_rows:literal $($fewer:literal)*,
            vectors $most_vectors:literal $tile_vectors:literal,
            $integers:ty, $load:ident, $broadcast:ident, $dot:ident,
            $convert:ident, $load_ps:ident, $broadcast_ps:ident, $mul:ident, $add:ident, $max:ident, $store:ident
        ) => {
            pub(super) mod $module {
                use super::*;

                // What the bounds of the reads below rest on: registers fill a tile, and tiles the widest block.
                const _: () = assert!($tile_vectors * $lanes == TILE);
                const _: () = assert!($most_vectors / $tile_vectors * $tile_vectors == $most_vectors);

                #[target_feature(enable = $features)]
                pub fn product(matrix: &PackedMatrix, x: &QuantisedInputs, relu: bool, out: &mut [f32]) {
                    let tiles = matrix.scales.len() / TILE;
                    let most = $most_vectors / $tile_vectors;
                    let mut tile = 0;
                    while tile + most <= tiles {
                        columns::<$most_vectors>(matrix, x, tile, relu, out);
                        tile += most;
                    }
                    while tile < tiles {
                        columns::<$tile_vectors>(matrix, x, tile, relu, out);
                        tile += 1;
                    }
                }

                #[target_feature(enable = $features)]
                fn columns<const V: usize>(
                    matrix: &PackedMatrix,
                    x: &QuantisedInputs,
                    tile: usize,
                    relu: bool,
                    out: &mut [f32],
                ) {
                    let rows = x.scales.len();
                    let mut row = 0;
                    while row + $most_rows <= rows {
                        block::<$most_rows, V>(matrix, x, (row, tile), relu, out);
                        row += $most_rows;
                    }
                    match rows - row {
                        $($fewer => block::<$fewer, V>(matrix, x, (row, tile), relu, out),)*
                        _ => {}
                    }
                }

                #[target_feature(enable = $features)]
                #[inline]
                #[allow(clippy::modulo_one)] // a tile may be one register
                fn block<const R: usize, const V: usize>(
                    matrix: &PackedMatrix,
                    x: &QuantisedInputs,
                    (row, tile): (usize, usize),
                    relu: bool,
                    out: &mut [f32],
                ) {
                    const VECTORS: usize = $tile_vectors; // registers for a tile
                    let columns = matrix.columns;
                    let values = &matrix.values[tile * TILE * columns..][..V / VECTORS * TILE * columns];
                    let inputs = &x.values[row * columns..][..R * columns];
                    let first = tile * TILE;
                    let scales = &matrix.scales[first..][..V * $lanes];
                    let corrections = &matrix.corrections[first..][..V * $lanes];
                    let bias = &matrix.bias[first..][..V * $lanes];

                    let mut sums: [[$integers; V]; R] = [std::array::from_fn(|v| {
                        // SAFETY: `v < V` and `corrections` holds `V` registers.
                        unsafe { $load(corrections.as_ptr().add(v * $lanes).cast()) }
                    }); R];
                    for group in 0..columns / GROUP {
                        let four: [$integers; R] = std::array::from_fn(|r| {
                            // SAFETY: `r < R`, so that the last byte read is at most number `R * columns` of `inputs`.
                            let four = unsafe {
                                inputs.as_ptr().add(r * columns + group * GROUP).cast::<i32>().read_unaligned()
                            };
                            $broadcast(four)
                        });
                        for v in 0..V {
                            let at = (v / VECTORS) * TILE * columns
                                + group * TILE * GROUP
                                + (v % VECTORS) * $lanes * GROUP;
                            // SAFETY: within the group of this tile, and `values` holds all groups of the tiles.
                            let weights = unsafe { $load(values.as_ptr().add(at).cast()) };
                            for r in 0..R {
                                sums[r][v] = $dot(sums[r][v], four[r], weights);
                            }
                        }
                    }
                    for (r, sums) in sums.iter().enumerate() {
                        let scale = $broadcast_ps(x.scales[row + r]);
                        for (v, &sum) in sums.iter().enumerate() {
                            // SAFETY: `v < V`; `scales` and `bias` hold `V` registers.
                            let (scales, bias) = unsafe {
                                (
                                    $load_ps(scales.as_ptr().add(v * $lanes)),
                                    $load_ps(bias.as_ptr().add(v * $lanes)),
                                )
                            };
                            // Not fused, as in `finish`.
                            let mut y = $add($mul($convert(sum), $mul(scales, scale)), bias);
                            if relu {
                                y = $max(y, $broadcast_ps(0.));
                            }
                            let at = first + v * $lanes;
                            if at + $lanes <= matrix.rows {
                                let out = &mut out[(row + r) * matrix.rows + at..][..$lanes];
                                // SAFETY: `out` has the length of a register.
                                unsafe { $store(out.as_mut_ptr(), y) };
                            } else if at < matrix.rows {
                                let mut last = [0f32; $lanes];
                                // SAFETY: so has `last`.
                                unsafe { $store(last.as_mut_ptr(), y) };
                                let width = matrix.rows - at;
                                out[(row + r) * matrix.rows + at..][..width].copy_from_slice(&last[..width]);
                            }
                        }
                    }
                }
            }
        };
    }

    vnni!(
        avx512_vnni, "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni", lanes 16, rows 6 1 2 3 4 5, vectors 4 1,
        __m512i, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_dpbusd_epi32,
        _mm512_cvtepi32_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_mul_ps, _mm512_add_ps, _mm512_max_ps, _mm512_storeu_ps
    );
    vnni!(
        avx_vnni, "avx2,avxvnni", lanes 8, rows 3 1 2, vectors 4 2,
        __m256i, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_dpbusd_avx_epi32,
        _mm256_cvtepi32_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_mul_ps, _mm256_add_ps, _mm256_max_ps, _mm256_storeu_ps
    );

    // Four registers of four rows and groups of four bytes, below.
    const _: () = assert!(TILE == 16 && GROUP == 4);

    /// Without dot products of bytes: both sides are widened to 16 bits.
    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(matrix: &PackedMatrix, x: &QuantisedInputs, relu: bool, out: &mut [f32]) {
        let rows = x.scales.len();
        for tile in 0..matrix.scales.len() / TILE {
            let mut row = 0;
            while row + 2 <= rows {
                avx2_block::<2>(matrix, x, (row, tile), relu, out);
                row += 2;
            }
            if row < rows {
                avx2_block::<1>(matrix, x, (row, tile), relu, out);
            }
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn avx2_block<const R: usize>(
        matrix: &PackedMatrix,
        x: &QuantisedInputs,
        (row, tile): (usize, usize),
        relu: bool,
        out: &mut [f32],
    ) {
        let columns = matrix.columns;
        let values = &matrix.values[tile * TILE * columns..][..TILE * columns];
        let inputs = &x.values[row * columns..][..R * columns];
        // Lanes hold half sums: two for each matrix row, four rows in each register.
        let mut halves = [[_mm256_setzero_si256(); 4]; R];
        for (group, weights) in values.as_chunks::<{ TILE * GROUP }>().0.iter().enumerate() {
            let four: [__m256i; R] = std::array::from_fn(|r| {
                let at = r * columns + group * GROUP;
                let four = [inputs[at], inputs[at + 1], inputs[at + 2], inputs[at + 3]];
                let four = _mm_cvtsi32_si128(i32::from_le_bytes(four));
                _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(four))
            });
            for (quarter, weights) in weights.as_chunks::<16>().0.iter().enumerate() {
                // SAFETY: sixteen bytes.
                let weights = unsafe { _mm_loadu_si128(weights.as_ptr().cast()) };
                let weights = _mm256_cvtepi8_epi16(weights);
                for (halves, &four) in halves.iter_mut().zip(&four) {
                    let products = _mm256_madd_epi16(weights, four);
                    halves[quarter] = _mm256_add_epi32(halves[quarter], products);
                }
            }
        }
        let corrections = &matrix.corrections.as_chunks::<TILE>().0[tile];
        for (r, halves) in halves.iter().enumerate() {
            let mut sums = [0i32; TILE];
            for side in 0..2 {
                let pairs = _mm256_hadd_epi32(halves[side * 2], halves[side * 2 + 1]);
                let dots = _mm256_permute4x64_epi64::<0b11_01_10_00>(pairs);
                // SAFETY: eight of the sixteen sums.
                unsafe { _mm256_storeu_si256(sums.as_mut_ptr().add(side * 8).cast(), dots) };
            }
            for (sum, correction) in sums.iter_mut().zip(corrections) {
                *sum += correction;
            }
            write(matrix, x, (row + r, tile), &sums, relu, out);
        }
    }
}
