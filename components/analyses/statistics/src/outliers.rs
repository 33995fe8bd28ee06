//! Values that are far from what others are.

use crate::summary::{mean, median};

/// Makes the median absolute deviation that of a normal distribution.
const OF_MEDIAN: f64 = 1.482_602_218_505_602;
/// Likewise the mean absolute deviation.
const OF_MEAN: f64 = 1.253_314_137_315_500_3;

/// How far each value is from the median, in standard deviations estimated by the median absolute deviation (MAD), or by the mean
/// absolute deviation where more than half of the values are the same: the modified z-scores of B. Iglewicz and D. C. Hoaglin,
/// How to Detect and Handle Outliers, 1993. Missing values have NaN, and so do all where nothing deviates.
pub fn scores(values: &[f64]) -> Vec<f64> {
    let present: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    let middle = median(&present);
    let deviations: Vec<f64> = present.iter().map(|value| (value - middle).abs()).collect();
    let spread = match OF_MEDIAN * median(&deviations) {
        none if none <= 0.0 => OF_MEAN * mean(&deviations),
        spread => spread,
    };
    values
        .iter()
        .map(|value| (value - middle) / spread)
        .collect()
}

/// The spread that [`scores`] uses where more than half of the values differ.
pub fn mad(values: &[f64]) -> f64 {
    let middle = median(values);
    let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    OF_MEDIAN * median(&deviations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_do_not_depend_on_the_outlier_itself() {
        let ours = scores(&[1.0, 2.0, 3.0, 4.0, 1000.0, f64::NAN]);
        assert!((ours[4] - 997.0 / OF_MEDIAN).abs() < 1e-9);
        assert!((ours[0] + 2.0 / OF_MEDIAN).abs() < 1e-9);
        assert!(ours[5].is_nan());
        let mostly_same = scores(&[5.0, 5.0, 5.0, 5.0, 9.0]);
        assert!((mostly_same[4] - 4.0 / (OF_MEAN * 0.8)).abs() < 1e-9);
        assert!(scores(&[5.0, 5.0]).iter().all(|score| score.is_nan()));
    }
}
