//! Values that are far from what others are.

use crate::summary::{mean, median};

/// Makes the median absolute deviation that of a normal distribution.
const OF_MEDIAN: f64 = 1.482_602_218_505_602;
/// Likewise the mean absolute deviation.
const OF_MEAN: f64 = 1.253_314_137_315_500_3;

/// What is usual: the median, and a standard deviation that outliers do not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub middle: f64,
    pub spread: f64,
}

impl Usual {
    /// The standard deviation is estimated by the median absolute deviation (MAD), or by the mean absolute deviation where more than
    /// half of the values are the same. `None` when nothing deviates.
    pub fn new(values: &[f64]) -> Option<Self> {
        let middle = median(values);
        let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let robust = OF_MEDIAN * median(&deviations);
        let spread = if robust > 0.0 {
            robust
        } else {
            OF_MEAN * mean(&deviations)
        };
        (spread > 0.0 && spread.is_finite()).then_some(Self { middle, spread })
    }

    /// How far from usual a value is, in standard deviations: the modified z-score of B. Iglewicz and D. C. Hoaglin, How to Detect
    /// and Handle Outliers, 1993.
    pub fn score(&self, value: f64) -> f64 {
        (value - self.middle) / self.spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_do_not_depend_on_the_outlier_itself() {
        let usual = Usual::new(&[1.0, 2.0, 3.0, 4.0, 1000.0]).expect("a spread");
        assert!((usual.score(1000.0) - 997.0 / OF_MEDIAN).abs() < 1e-9);
        assert!((usual.score(1.0) + 2.0 / OF_MEDIAN).abs() < 1e-9);
        let mostly_same = Usual::new(&[5.0, 5.0, 5.0, 5.0, 9.0]).expect("a spread");
        assert!((mostly_same.score(9.0) - 4.0 / (OF_MEAN * 0.8)).abs() < 1e-9);
        assert_eq!(Usual::new(&[5.0, 5.0]), None);
    }
}
