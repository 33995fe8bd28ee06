//! The normal distribution: quantiles of the intervals, and pseudo-random deviates from a fixed seed.

use statrs::distribution::{ContinuousCDF, Normal};

/// The two-sided quantile: the standard normal is within ± this with probability `level`.
pub fn two_sided(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + level / 2.0)
}

/// The probability that a standard normal is further from nought than `z`, on either side.
pub fn two_sided_p(z: f64) -> f64 {
    (2.0 * Normal::standard().cdf(-z.abs())).min(1.0)
}

/// Standard normal deviates, the same ones from the same seed.
pub struct Deviates {
    source: fastrand::Rng,
    spare: Option<f64>,
}

impl Deviates {
    pub fn new(seed: u64) -> Self {
        Self {
            source: fastrand::Rng::with_seed(seed),
            spare: None,
        }
    }

    /// By the polar method of G. Marsaglia and T. A. Bray, SIAM Review 6 (1964).
    pub fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (2.0 * self.source.f64() - 1.0, 2.0 * self.source.f64() - 1.0);
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert!((two_sided(0.95) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((two_sided(0.80) - 1.281_551_565_544_600_4).abs() < 1e-9);
        assert!((two_sided_p(1.96) - 0.049_995_790_296_440_9).abs() < 1e-10);
    }

    #[test]
    fn deviates_repeat_themselves_and_are_normal() {
        let draw = || {
            let mut deviates = Deviates::new(1);
            (0..20_000).map(|_| deviates.draw()).collect::<Vec<f64>>()
        };
        let sample = draw();
        assert_eq!(sample, draw());
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let variance = sample.iter().map(|x| x * x).sum::<f64>() / n;
        let within = sample.iter().filter(|x| x.abs() < 1.96).count() as f64 / n;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.04, "{variance}");
        assert!((within - 0.95).abs() < 0.01, "{within}");
    }
}
