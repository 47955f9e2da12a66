use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::kernel::Kernel;
use super::{QuantisedMatrix, QuantisedRows};

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

fn tensor(rows: usize, columns: usize, seed: u32) -> Tensor {
    Tensor::from_vec(numbers(rows * columns, seed), (rows, columns), &Device::Cpu).unwrap()
}

#[test]
fn every_kernel_gives_the_same_bits() {
    for (rows, columns, inputs) in [(16, 32, 1), (48, 256, 9), (37, 1536, 5), (1, 64, 17)] {
        let weights = QTensor::quantize(&tensor(rows, columns, 1), GgmlDType::Q8_0).unwrap();
        let matrix = QuantisedMatrix::new(&weights).unwrap();
        let mut x = numbers(inputs * columns, 2);
        x[..columns].fill(1.0); // extreme sums
        let x = QuantisedRows::new(&x, columns);
        let products: Vec<Vec<u32>> = Kernel::available()
            .into_iter()
            .map(|kernel| {
                let mut out = vec![0.; inputs * rows];
                kernel.product(&matrix, &x, &mut out);
                out.into_iter().map(f32::to_bits).collect()
            })
            .collect();
        for product in &products[1..] {
            assert_eq!(
                product, &products[0],
                "[{rows}, {columns}] with {inputs} rows"
            );
        }
    }
}

#[test]
fn products_are_close_to_those_in_f32() {
    let (rows, columns) = (40, 256);
    let weights = QTensor::quantize(&tensor(rows, columns, 3), GgmlDType::Q8_0).unwrap();
    let x = tensor(7, columns, 4);
    let exact = x
        .matmul(&weights.dequantize(&Device::Cpu).unwrap().t().unwrap())
        .unwrap();
    let bias = numbers(rows, 5);
    let bias_tensor = Tensor::from_slice(&bias, rows, &Device::Cpu).unwrap();
    let exact = exact.broadcast_add(&bias_tensor).unwrap().relu().unwrap();

    let matrix = QuantisedMatrix::new(&weights).unwrap();
    let product = matrix.forward(&x, Some(&bias), true).unwrap();

    let worst = (exact - product).unwrap().abs().unwrap().max_all().unwrap();
    // Rounding inputs to 1/254 of the largest, 256 times with random sign.
    assert!(worst.to_scalar::<f32>().unwrap() < 0.1, "{worst}");
}

#[test]
fn embeddings_are_the_dequantised_rows() {
    let weights = QTensor::quantize(&tensor(21, 64, 6), GgmlDType::Q8_0).unwrap();
    let ids = Tensor::new(&[[20u32, 0], [3, 20]], &Device::Cpu).unwrap();
    let rows = QuantisedMatrix::new(&weights)
        .unwrap()
        .embedding(&ids)
        .unwrap();
    let expected = weights.embedding(&ids).unwrap();
    assert_eq!(rows.dims(), expected.dims());
    let difference = (rows - expected).unwrap().abs().unwrap().max_all().unwrap();
    assert_eq!(difference.to_scalar::<f32>().unwrap(), 0.);
}

#[test]
fn an_id_outside_the_vocabulary_is_an_error() {
    let weights = QTensor::quantize(&tensor(21, 64, 6), GgmlDType::Q8_0).unwrap();
    let matrix = QuantisedMatrix::new(&weights).unwrap();
    let ids = Tensor::new(&[21u32], &Device::Cpu).unwrap();
    assert!(matrix.embedding(&ids).is_err());
}
