//! Trends by order alone: the slope of Theil and Sen, the test of Mann and Kendall.

use crate::magnitude::Scale;
use crate::normal;
use crate::ranks::{ranks, ties};
use crate::summary::{mean, median, quantile};

/// The median of the slopes between all pairs of points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sen {
    pub slope: f64,
    /// The median of what the slope leaves.
    pub intercept: f64,
    /// Of 95 % (P. K. Sen, Journal of the American Statistical Association 63, 1968).
    pub interval: (f64, f64),
}

impl Sen {
    /// Of points in ascending order of x. `None` when no two have different x. A figure that a float cannot hold is
    /// NaN.
    pub fn fit(x: &[f64], y: &[f64]) -> Option<Self> {
        let scale = Scale::for_differences(y);
        let Self {
            slope,
            intercept,
            interval: (low, high),
        } = Self::of_scaled(x, &scale.all_down(y))?;
        Some(Self {
            slope: scale.up(slope),
            intercept: scale.up(intercept),
            interval: (scale.up(low), scale.up(high)),
        })
    }

    fn of_scaled(x: &[f64], y: &[f64]) -> Option<Self> {
        let mut slopes: Vec<f64> = Vec::with_capacity(x.len() * x.len().saturating_sub(1) / 2);
        for (position, (x1, y1)) in x.iter().zip(y).enumerate() {
            let later = x.iter().zip(y).skip(position + 1);
            let later = later.filter(|(x2, _)| *x2 > x1);
            slopes.extend(later.map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
        }
        if slopes.is_empty() {
            return None;
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let slope = quantile(&slopes, 0.5);
        let left: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - slope * x).collect();
        let count = slopes.len() as f64;
        let variance = variance(y) - ties(x).into_iter().map(of_ties).sum::<f64>() / 18.0;
        let width = normal::two_sided(0.95) * variance.max(0.0).sqrt();
        let at = |place: f64| {
            let place = place.round_ties_even().clamp(0.0, count - 1.0) as usize;
            slopes.get(place).copied().unwrap_or(f64::NAN)
        };
        let low = ((count - width) / 2.0).round_ties_even() - 1.0;
        Some(Self {
            slope,
            intercept: median(&left),
            interval: (at(low), at((count + width) / 2.0)),
        })
    }
}

/// The test whether values rise or fall (H. B. Mann, Econometrica 13, 1945; M. G. Kendall, Rank Correlation Methods, 1975).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// How many more pairs rise than fall.
    pub s: f64,
    /// Of s when there is no trend, with ties taken into account.
    pub variance: f64,
    /// Of s, as a share of the pairs that are not tied (tau-b).
    pub tau: f64,
    pub p: f64,
    /// The variance for values that depend on those before (K. H. Hamed and A. R. Rao, Journal of Hydrology 204, 1998), from the
    /// autocorrelations of the ranks of what Sen's slope leaves that are significant at 5 %.
    pub dependent_variance: f64,
    /// NaN where that variance is not above nought.
    pub dependent_p: f64,
}

impl MannKendall {
    /// Of values at equal distances, with the slope of [`Sen`] by position.
    pub fn new(values: &[f64], slope: f64) -> Self {
        let scale = Scale::for_differences(values);
        let (values, slope) = (&scale.all_down(values)[..], scale.down(slope));
        let n = values.len() as f64;
        let mut s = 0.0;
        for (position, value) in values.iter().enumerate() {
            for later in values.iter().skip(position + 1) {
                s += f64::from(i8::from(later > value) - i8::from(later < value));
            }
        }
        let pairs = n * (n - 1.0) / 2.0;
        let tied: f64 = ties(values).into_iter().map(|t| t * (t - 1.0) / 2.0).sum();
        let variance = variance(values);
        let dependent_variance = variance * dependence(values, slope);
        Self {
            s,
            variance,
            tau: s / (pairs * (pairs - tied)).sqrt(),
            p: p_value(s, variance),
            dependent_variance,
            dependent_p: p_value(s, dependent_variance),
        }
    }
}

/// Of the number of rising less falling pairs.
fn variance(values: &[f64]) -> f64 {
    let tied: f64 = ties(values).into_iter().map(of_ties).sum();
    (of_ties(values.len() as f64) - tied) / 18.0
}

fn of_ties(count: f64) -> f64 {
    count * (count - 1.0) * (2.0 * count + 5.0)
}

/// Corrected for continuity.
fn p_value(s: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return f64::NAN;
    }
    let towards = (s.abs() - 1.0).max(0.0);
    normal::two_sided_p(towards / variance.sqrt())
}

/// By which factor dependence makes the variance larger.
fn dependence(values: &[f64], slope: f64) -> f64 {
    let n = values.len() as f64;
    let steps = || (0..values.len()).map(|step| step as f64);
    let left: Vec<f64> = values
        .iter()
        .zip(steps())
        .map(|(value, step)| value - slope * step)
        .collect();
    let ranks = ranks(&left);
    let middle = mean(&ranks);
    let offsets: Vec<f64> = ranks.iter().map(|rank| rank - middle).collect();
    let total: f64 = offsets.iter().map(|offset| offset * offset).sum();
    let bound = normal::two_sided(0.95) / n.sqrt();
    let mut sum = 0.0;
    for (lag, apart) in (1..values.len()).zip(steps().skip(1)) {
        let later = offsets.iter().skip(lag);
        let along: f64 = offsets
            .iter()
            .zip(later)
            .map(|(one, later)| one * later)
            .sum();
        if (along / total).abs() > bound {
            sum += (n - apart) * (n - apart - 1.0) * (n - apart - 2.0) * along / total;
        }
    }
    1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum
}
