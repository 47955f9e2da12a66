//! The exponential function, the same to the last bit on every CPU and with every C library.

/// `e^x` for `x ≤ 0`, to about seven digits: `2^n · e^r` with the polynomial of Cephes' `expf` for `e^r`,
/// `|r| ≤ ln 2 / 2`. Zero below -87.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23
    let clamped = if x > -87. { x } else { -87. };
    let whole = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = whole - ROUND;
    // ln 2 in two parts, so that the difference keeps its digits.
    let r = clamped - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 5e-1;
    let p = p * r * r + r + 1.;
    let power = f32::from_bits((whole.to_bits() << 23).wrapping_add(0x3f80_0000));
    if x > -87. { p * power } else { 0. }
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    (if x < 0. { e } else { 1. }) / (1. + e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_exact_one() {
        for i in 0..=87_000 {
            let x = -(i as f32) / 1000.;
            let exact = f64::from(x).exp();
            let relative = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(
                i == 87_000 || relative < 3e-7,
                "e^{x}: {} for {exact}",
                exp(x)
            );
        }
        assert_eq!(exp(f32::NEG_INFINITY), 0.);
    }
}
