//! Values that are far from what others are.

use crate::magnitude::largest;
use crate::ranks::ranks;
use crate::summary::{mean, median, quantile};

/// Makes the median absolute deviation that of a normal distribution.
const OF_MEDIAN: f64 = 1.482_602_218_505_602;
/// Likewise the mean absolute deviation.
const OF_MEAN: f64 = 1.253_314_137_315_500_3;
/// Rounding errors, as a share of the values and of the range in which they usually are.
const ROUNDING: (f64, f64) = (1e-14, 1e-12);
/// Values of a block whose level and spread are looked at, and blocks.
const BLOCK: usize = 8;
const BLOCKS: (usize, usize) = (5, 40);
/// How much larger the highest level is than the lowest where logarithms are worth while.
const GROWTH: f64 = 2.0;

/// What is usual: the median, and a standard deviation that outliers do not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub middle: f64,
    /// At least the size of rounding errors.
    pub spread: f64,
    /// Whether nothing deviates by more than rounding errors do.
    pub is_exact: bool,
}

impl Usual {
    /// The standard deviation is estimated by the median absolute deviation (MAD), or by the mean absolute deviation where more than
    /// half of the values are the same to within `rounding`. `None` when it is not within the range of floats.
    pub fn new(values: &[f64], rounding: f64) -> Option<Self> {
        let middle = median(values);
        let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let robust = OF_MEDIAN * median(&deviations);
        let spread = if robust > rounding {
            robust
        } else {
            OF_MEAN * mean(&deviations)
        };
        let is_exact = spread <= rounding;
        let spread = spread.max(rounding);
        (spread > 0.0 && spread.is_finite()).then_some(Self {
            middle,
            spread,
            is_exact,
        })
    }

    /// How far from usual a value is, in standard deviations: the modified z-score of B. Iglewicz and D. C. Hoaglin, How to Detect
    /// and Handle Outliers, 1993.
    pub fn score(&self, value: f64) -> f64 {
        (value - self.middle) / self.spread
    }
}

/// The size of rounding errors of sums that each have a few of the values.
pub fn rounding(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let range = quantile(&sorted, 0.9) - quantile(&sorted, 0.1);
    let sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    (ROUNDING.0 * median(&sizes) + ROUNDING.1 * range).max(f64::MIN_POSITIVE)
}

/// The size of rounding errors of running sums over all values, in which the largest leaves its error behind.
pub fn running_rounding(values: &[f64]) -> f64 {
    rounding(values).max(ROUNDING.1 * largest(values))
}

/// Whether the changes of a series grow with its level as those of its logarithms would not: by the slope of the logarithm of the
/// spread against that of the level over blocks of the series (J. W. Tukey, Exploratory Data Analysis, 1977, chapter 4), which is 0 for
/// values and 1 for logarithms, the nearer of the two; and by a rank correlation, so that a few blocks do not decide. Only of positive values of
/// which the highest level is at least twice the lowest.
pub fn grows_with_level(values: &[f64]) -> bool {
    if values.iter().any(|value| *value <= 0.0) {
        return false;
    }
    let count = (values.len() / BLOCK).min(BLOCKS.1);
    if count < BLOCKS.0 {
        return false;
    }
    let (mut levels, mut spreads) = (Vec::new(), Vec::new());
    for block in values.chunks(values.len().div_ceil(count)) {
        let changes = block.iter().zip(block.iter().skip(1));
        let changes: Vec<f64> = changes.map(|(one, next)| (next - one).abs()).collect();
        let spread = median(&changes);
        if changes.len() >= 3 && spread > 0.0 {
            levels.push(libm::log(median(block)));
            spreads.push(libm::log(spread));
        }
    }
    let ends = levels
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), level| {
            (low.min(*level), high.max(*level))
        });
    if levels.len() < BLOCKS.0 || ends.1 - ends.0 < libm::log(GROWTH) {
        return false;
    }
    let slope = slope(&levels, &spreads);
    let order = crate::correlation::pearson(&ranks(&levels), &ranks(&spreads));
    slope > 0.5 && order > 0.5
}

/// The median of the slopes of all pairs.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let mut slopes = Vec::new();
    for (place, (x1, y1)) in x.iter().zip(y).enumerate() {
        let later = x.iter().zip(y).skip(place + 1);
        let later = later.filter(|(x2, _)| (*x2 - x1).abs() > 1e-9);
        slopes.extend(later.map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
    }
    median(&slopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::Deviates;

    #[test]
    fn scores_do_not_depend_on_the_outlier_itself() {
        let usual = Usual::new(&[1.0, 2.0, 3.0, 4.0, 1000.0], 0.0).expect("a spread");
        assert!((usual.score(1000.0) - 997.0 / OF_MEDIAN).abs() < 1e-9);
        assert!((usual.score(1.0) + 2.0 / OF_MEDIAN).abs() < 1e-9);
        let mostly_same = Usual::new(&[5.0, 5.0, 5.0, 5.0, 9.0], 0.0).expect("a spread");
        assert!((mostly_same.score(9.0) - 4.0 / (OF_MEAN * 0.8)).abs() < 1e-9);
        assert_eq!(Usual::new(&[5.0, 5.0], 0.0), None);
    }

    #[test]
    fn rounding_errors_are_not_a_spread() {
        let noise = [0.0, 1e-15, -1e-15, 2e-15, 0.0, -2e-15, 4e-15];
        let usual = Usual::new(&noise, 1e-13).expect("a spread");
        assert!(usual.is_exact && usual.score(4e-15) < 1.0);
        let one_is_wrong = [0.0, 1e-15, -1e-15, 2e-15, 0.0, -2e-15, 4.0];
        let usual = Usual::new(&one_is_wrong, 1e-13).expect("a spread");
        assert!(!usual.is_exact && usual.score(4.0) > 5.0);
    }

    #[test]
    fn logarithms_are_taken_where_the_spread_grows_with_the_level() {
        let mut deviates = Deviates::new(3);
        let mut level = 0.0;
        let mut walk = |_| {
            level += 0.003 + 0.02 * deviates.draw();
            level
        };
        let logs: Vec<f64> = (0..1000).map(&mut walk).collect();
        let grown: Vec<f64> = logs.iter().map(|log| 50.0 * libm::exp(*log)).collect();
        assert!(grows_with_level(&grown));
        let plain: Vec<f64> = logs.iter().map(|log| 50.0 + 10.0 * log).collect();
        assert!(!grows_with_level(&plain));
        let below: Vec<f64> = grown.iter().map(|value| value - 60.0).collect();
        assert!(!grows_with_level(&below));
        let line: Vec<f64> = (1..200).map(f64::from).collect();
        assert!(!grows_with_level(&line));
    }
}
