use super::*;

/// Numbers between -1 and 1 that are the same on every run.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.
        })
        .collect()
}

fn matrix(rows: usize, columns: usize, seed: u32) -> QuantisedMatrix {
    let values = numbers(rows * columns, seed);
    let values = values.iter().map(|x| (x * 127.5) as i8).collect();
    let scales = numbers(rows, seed + 1).iter().map(|x| x / 100.).collect();
    QuantisedMatrix::new(columns, values, scales).unwrap()
}

fn inputs(cpu: Cpu, rows: usize, columns: usize, seed: u32) -> (Vec<f32>, QuantisedInputs) {
    let mut x = numbers(rows * columns, seed);
    x[..columns].fill(1.0); // extreme sums
    x[columns / 2..columns].fill(-1.0);
    let mut quantised = QuantisedInputs::default();
    quantised.quantise(cpu, &x, columns);
    (x, quantised)
}

/// The product of the kernels, value by value in f64.
fn exact(matrix: &QuantisedMatrix, bias: &[f32], x: &QuantisedInputs, row: usize) -> Vec<f64> {
    let (x, scale) = x.row(row, matrix.columns);
    (0..matrix.rows())
        .map(|row| {
            let products = matrix.values_of(row).iter().zip(x);
            let sum: i64 = products
                .map(|(&w, &x)| i64::from(w) * (i64::from(x) - i64::from(OFFSET)))
                .sum();
            sum as f64 * f64::from(matrix.scales[row]) * f64::from(scale) + f64::from(bias[row])
        })
        .collect()
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn every_cpu_gives_the_same_bits_and_they_are_right() {
    for (rows, columns, count) in [(16, 32, 1), (80, 256, 9), (37, 1536, 5), (1, 64, 17)] {
        let matrix = matrix(rows, columns, 1);
        let bias = numbers(rows, 5);
        let packed = PackedMatrix::new(&matrix, &bias);
        let mut all = Vec::new();
        for cpu in Cpu::available() {
            let (_, x) = inputs(cpu, count, columns, 2);
            let mut out = vec![0.; count * rows];
            packed.forward(cpu, &x, false, &mut out);
            for (i, out) in out.chunks(rows).enumerate() {
                for (y, exact) in out.iter().zip(exact(&matrix, &bias, &x, i)) {
                    assert!((f64::from(*y) - exact).abs() < 1e-4, "{y} is not {exact}");
                }
            }
            let mut positive = vec![0.; count * rows];
            packed.forward(cpu, &x, true, &mut positive);
            assert!(positive.iter().zip(&out).all(|(p, y)| *p == y.max(0.)));
            all.push(bits(&out));
        }
        assert!(all.iter().all(|out| *out == all[0]), "{rows} x {columns}");
    }
}

#[test]
fn candidates_are_rows_of_the_whole_product() {
    let (rows, count) = (77, 3);
    for columns in [64, 96] {
        let matrix = matrix(rows, columns, 3);
        let bias = numbers(rows, 5);
        let packed = PackedMatrix::new(&matrix, &bias);
        let ids: Vec<u32> = (0..rows as u32).step_by(3).collect();
        for cpu in Cpu::available() {
            let (_, x) = inputs(cpu, count, columns, 4);
            let mut whole = vec![0.; count * rows];
            packed.forward(cpu, &x, false, &mut whole);
            let candidates = Candidates::new(&matrix, &bias, &ids);
            for (row, whole) in whole.chunks(rows).enumerate() {
                let mut chosen = Vec::new();
                candidates.forward(cpu, &matrix, &x, row, &mut chosen);
                let expected: Vec<f32> = ids.iter().map(|&id| whole[id as usize]).collect();
                assert_eq!(bits(&chosen), bits(&expected), "{cpu:?}");
            }
        }
    }
}

#[test]
fn inputs_are_off_by_half_a_step_at_most() {
    let columns = 256;
    for cpu in Cpu::available() {
        let (x, quantised) = inputs(cpu, 3, columns, 7);
        for (row, x) in x.chunks(columns).enumerate() {
            let (values, scale) = quantised.row(row, columns);
            for (x, &q) in x.iter().zip(values) {
                let back = (f32::from(q) - OFFSET as f32) * scale;
                assert!((x - back).abs() <= scale * 0.501, "{x} became {back}");
            }
        }
    }
}

#[test]
fn nan_and_infinity_do_not_panic() {
    let mut quantised = QuantisedInputs::default();
    for cpu in Cpu::available() {
        quantised.quantise(cpu, &[f32::NAN, f32::INFINITY, -1e38, 0.].repeat(8), 32);
    }
}

#[test]
fn stacked_matrices_keep_their_rows() {
    let (a, b) = (matrix(5, 32, 8), matrix(3, 32, 9));
    let stacked = QuantisedMatrix::stack(&[&a, &b]).unwrap();
    let (mut row, mut expected) = ([0.; 32], [0.; 32]);
    stacked.row(6, &mut row);
    b.row(1, &mut expected);
    assert_eq!(row, expected);
    assert!(QuantisedMatrix::stack(&[&a, &matrix(3, 64, 9)]).is_err());
}

#[test]
fn sums_stay_whole_numbers_of_32_bits() {
    let extreme = |columns: usize| QuantisedMatrix::new(columns, vec![-128; columns], vec![1.]);
    let matrix = extreme(MOST_COLUMNS).unwrap();
    let packed = PackedMatrix::new(&matrix, &[0.]);
    for cpu in Cpu::available() {
        let mut x = QuantisedInputs::default();
        x.quantise(cpu, &vec![1.; MOST_COLUMNS], MOST_COLUMNS);
        let mut out = [0.];
        packed.forward(cpu, &x, false, &mut out);
        let exact = exact(&matrix, &[0.], &x, 0)[0];
        assert!(
            (f64::from(out[0]) / exact - 1.).abs() < 1e-6,
            "{cpu:?}: {out:?}"
        );
    }
    assert!(extreme(MOST_COLUMNS + 32).is_err());
}
