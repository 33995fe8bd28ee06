//! Figures that describe values.

use crate::magnitude::Scale;

/// Mean, spread and order of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub count: usize,
    pub mean: f64,
    /// Of a sample: the squares are divided by `count - 1`. NaN for one value.
    pub sd: f64,
    pub min: f64,
    /// Type 7 of Hyndman and Fan 1996, as are the median and the upper quartile.
    pub lower_quartile: f64,
    pub median: f64,
    pub upper_quartile: f64,
    pub max: f64,
    /// The third standardised moment, corrected for a sample (the adjusted Fisher-Pearson coefficient, G1 of D. N. Joanes and C. A. Gill,
    /// The Statistician 47, 1998). NaN for fewer than three values or when all are the same.
    pub skewness: f64,
    /// The excess of the fourth, likewise (G2). NaN for fewer than four values.
    pub kurtosis: f64,
}

impl Summary {
    /// `None` without values. Missing ones must have been left out.
    pub fn new(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let n = sorted.len() as f64;
        let Offsets {
            mean,
            offsets,
            scale,
        } = Offsets::new(&sorted);
        let moment = |power: i32| offsets.iter().map(|offset| offset.powi(power)).sum::<f64>() / n;
        let (second, third, fourth) = (moment(2), moment(3), moment(4));
        let varies = min < max;
        let skewness = if sorted.len() > 2 && varies {
            (n * (n - 1.0)).sqrt() / (n - 2.0) * third / (second * second.sqrt())
        } else {
            f64::NAN
        };
        let kurtosis = if sorted.len() > 3 && varies {
            let excess = fourth / (second * second) - 3.0;
            (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0)
        } else {
            f64::NAN
        };
        Some(Self {
            count: sorted.len(),
            mean,
            sd: scale.up((second * n / (n - 1.0)).sqrt()),
            min,
            lower_quartile: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            upper_quartile: quantile(&sorted, 0.75),
            max,
            skewness,
            kurtosis,
        })
    }
}

/// What values differ from their mean, the largest of it about 1.
pub(crate) struct Offsets {
    /// In the unit of the values.
    pub(crate) mean: f64,
    pub(crate) offsets: Vec<f64>,
    /// What the offsets were divided by.
    pub(crate) scale: Scale,
}

impl Offsets {
    pub(crate) fn new(values: &[f64]) -> Self {
        let outer = Scale::for_differences(values);
        let scaled = outer.all_down(values);
        let middle = mean(&scaled);
        let mut offsets: Vec<f64> = scaled.iter().map(|value| value - middle).collect();
        let inner = Scale::unit(&offsets);
        for offset in &mut offsets {
            *offset = inner.down(*offset);
        }
        Self {
            mean: outer.nearest(middle),
            offsets,
            scale: outer.and(inner),
        }
    }

    pub(crate) fn squares(&self) -> f64 {
        self.offsets.iter().map(|offset| offset * offset).sum()
    }
}

/// The mean, from the sum and once more from what differs from it, which takes the error of rounding away. The mean of
/// equal values is that value. NaN without values.
pub fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let rough = values.iter().sum::<f64>() / n;
    let mean = rough + values.iter().map(|value| value - rough).sum::<f64>() / n;
    if mean.is_finite() || values.is_empty() {
        return mean;
    }
    // The sum overflows: of values that are at most 1 it does not.
    let scale = Scale::unit(values);
    if scale == Scale::ONE {
        return mean;
    }
    scale.nearest(self::mean(&scale.all_down(values)))
}

/// The standard deviation of a sample; NaN of fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    let offsets = Offsets::new(values);
    let variance = offsets.squares() / (values.len() as f64 - 1.0);
    offsets.scale.up(variance.sqrt())
}

/// The variance of a sample whose squares are within the range of floats; see [`deviation`].
pub fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    squares / (values.len() as f64 - 1.0)
}

/// A quantile of ascending values, interpolated linearly: type 7 of R. J. Hyndman and Y. Fan, The American Statistician 50
/// (1996). NaN without values.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let below = place.floor() as usize;
    let low = sorted.get(below).copied().unwrap_or(f64::NAN);
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    let share = place - place.floor();
    let width = high - low;
    if width.is_finite() {
        low + width * share
    } else {
        low * (1.0 - share) + high * share
    }
}

/// The median of values in any order.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_no_spread() {
        let one = Summary::new(&[3.0]).expect("a summary");
        assert_eq!(
            (one.count, one.mean, one.median, one.max),
            (1, 3.0, 3.0, 3.0)
        );
        assert!(one.sd.is_nan() && one.skewness.is_nan());
        assert_eq!(Summary::new(&[]), None);
    }

    #[test]
    fn large_values_close_to_each_other_keep_their_spread() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect();
        let summary = Summary::new(&values).expect("a summary");
        assert!(
            (summary.sd - 0.500_250_187_6).abs() < 1e-9,
            "{}",
            summary.sd
        );
        assert_eq!(summary.mean, 1e9 + 0.5);
    }

    #[test]
    fn a_constant_has_no_spread_at_any_magnitude() {
        for value in [0.1, 1e-310, 1.7e308, -1.7e308, 0.0] {
            let summary = Summary::new(&[value; 7]).expect("a summary");
            assert_eq!((summary.mean, summary.sd), (value, 0.0), "{value}");
            assert!(summary.skewness.is_nan() && summary.kurtosis.is_nan());
        }
    }

    #[test]
    fn figures_grow_with_the_values_and_neither_overflow_nor_vanish() {
        let values = [-3.0, 1.0, 2.0, 7.0, 7.5];
        let usual = Summary::new(&values).expect("a summary");
        for exponent in [-1020, -700, 700, 1020] {
            let power = libm::scalbn(1.0, exponent);
            let scaled = values.map(|value| value * power);
            let summary = Summary::new(&scaled).expect("a summary");
            assert_eq!(summary.mean, usual.mean * power);
            assert_eq!(summary.sd, usual.sd * power);
            assert_eq!(deviation(&scaled), usual.sd * power);
            assert_eq!(summary.lower_quartile, usual.lower_quartile * power);
            assert_eq!(summary.skewness, usual.skewness);
            assert_eq!(summary.kurtosis, usual.kurtosis);
        }
        let far = [-1.7e308, 1.7e308];
        assert_eq!((mean(&far), median(&far)), (0.0, 0.0));
        assert!(
            Summary::new(&far).expect("a summary").sd.is_nan(),
            "above 1.8e308"
        );
    }
}
