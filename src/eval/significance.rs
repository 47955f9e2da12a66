//! Whether one system is better than another, or a number tells of another.

/// Resamples of a corpus that a test draws.
const SAMPLES: usize = 1000;
/// Where the draws begin: the same corpus gives the same answer every time.
const SEED: u64 = 12345;

/// The result of a paired bootstrap of a system against a baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The score's mean over resamples, and half the width of its 95 % interval.
    pub mean: f64,
    /// See `mean`.
    pub half_width: f64,
    /// The p-value: how often chance alone would make the difference as large as it is.
    pub p_value: f64,
}

/// Paired bootstrap resampling (Koehn 2004), with the p-value as sacreBLEU's `--paired-bs` computes it. `score` gives the
/// corpus score of a selection of segments; its difference between the two systems is put to the test.
///
/// # Panics
/// When the systems have different numbers of segments, or none.
pub fn paired_bootstrap<S: Copy>(
    baseline: &[S],
    system: &[S],
    score: impl Fn(&mut dyn Iterator<Item = S>) -> f64,
) -> Comparison {
    assert_eq!(baseline.len(), system.len(), "the same segments");
    assert!(!system.is_empty(), "there are segments");
    let whole = |segments: &[S]| score(&mut segments.iter().copied());
    let difference = (whole(system) - whole(baseline)).abs();
    let mut random = Random(SEED);
    let (mut scores, mut differences) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let selection: Vec<usize> = (0..system.len())
            .map(|_| random.below(system.len()))
            .collect();
        let of = |segments: &[S]| score(&mut selection.iter().map(|&i| segments[i]));
        let (of_system, of_baseline) = (of(system), of(baseline));
        scores.push(of_system);
        differences.push((of_system - of_baseline).abs());
    }
    scores.sort_by(f64::total_cmp);
    let edge = SAMPLES / 40;
    let mean_difference = differences.iter().sum::<f64>() / SAMPLES as f64;
    let larger = differences
        .iter()
        .filter(|&&sample| sample - mean_difference > difference);
    Comparison {
        mean: scores.iter().sum::<f64>() / SAMPLES as f64,
        half_width: (scores[SAMPLES - edge - 1] - scores[edge]) / 2.0,
        p_value: (larger.count() + 1) as f64 / (SAMPLES + 1) as f64,
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        // The upper half of the product is even enough for resampling.
        ((u128::from(z) * end as u128) >> 64) as usize
    }
}

/// Spearman's rank correlation of two lists of the same length, −1 to 1; equal values share the mean of their ranks. NaN
/// where one list has only one value.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        for &i in equal {
            ranks[i] = rank;
        }
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_share_ties() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    #[test]
    fn spearman_is_that_of_scipy() {
        // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).statistic
        let rho = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]);
        assert!((rho - 0.820_782_681_668_123_3).abs() < 1e-12, "{rho}");
        assert_eq!(spearman(&[1.0, 2.0], &[4.0, 3.0]), -1.0);
    }

    #[test]
    fn a_better_system_is_told_from_an_equal_one() {
        let baseline: Vec<f64> = (0..200).map(|i| f64::from(i % 7)).collect();
        let better: Vec<f64> = baseline.iter().map(|x| x + 1.0).collect();
        let shuffled: Vec<f64> = baseline.iter().rev().copied().collect();
        let mean = |all: &mut dyn Iterator<Item = f64>| {
            let all: Vec<f64> = all.collect();
            all.iter().sum::<f64>() / all.len() as f64
        };
        assert!(paired_bootstrap(&baseline, &better, mean).p_value < 0.01);
        assert!(paired_bootstrap(&baseline, &shuffled, mean).p_value > 0.2);
    }
}
