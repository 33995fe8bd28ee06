//! Figures of a group of numbers.

use statistics::summary::{mean, median, quantile, variance};

/// What becomes of the numbers of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Mean,
    Median,
    Sum,
    Count,
    Min,
    Max,
}

impl Function {
    pub const ALL: [(&'static str, Self); 6] = [
        ("mean", Self::Mean),
        ("median", Self::Median),
        ("sum", Self::Sum),
        ("count", Self::Count),
        ("min", Self::Min),
        ("max", Self::Max),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, function)| *function == self)
            .map_or("", |(name, _)| name)
    }

    /// Of nothing, the count is 0, and all else not a number.
    pub fn of(self, numbers: &[f64]) -> f64 {
        if numbers.is_empty() && self != Self::Count {
            return f64::NAN;
        }
        let count = numbers.len() as f64;
        match self {
            Self::Mean => mean(numbers),
            Self::Median => median(numbers),
            Self::Sum => numbers.iter().sum(),
            Self::Count => count,
            Self::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            Self::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

pub fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// A box plot's figures after Tukey (1977): the whiskers end with the last value within one and a half
/// times the box's height.
#[derive(Clone, Debug, PartialEq)]
pub struct Box {
    pub low: f64,
    pub lower_quartile: f64,
    pub median: f64,
    pub upper_quartile: f64,
    pub high: f64,
    /// Values beyond the whiskers.
    pub beyond: Vec<f64>,
}

impl Box {
    /// None of no numbers.
    pub fn of(numbers: &[f64]) -> Option<Self> {
        let all = sorted(numbers);
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|part| quantile(&all, part));
        let reach = 1.5 * (upper - lower);
        let is_within = |value: &&f64| (lower - reach..=upper + reach).contains(*value);
        Some(Self {
            low: all.iter().find(is_within).copied()?.min(lower),
            lower_quartile: lower,
            median,
            upper_quartile: upper,
            high: all.iter().rev().find(is_within).copied()?.max(upper),
            beyond: all
                .iter()
                .filter(|value| !is_within(value))
                .copied()
                .collect(),
        })
    }
}

/// How wide the bins of a histogram are best (Freedman and Diaconis 1981): twice the quartiles' distance by
/// the cube root of the count. Where half of the values are the same, by Scott (1979) instead.
pub fn bin_width(ascending: &[f64]) -> f64 {
    let root = libm::cbrt(ascending.len() as f64);
    let width = 2.0 * (quantile(ascending, 0.75) - quantile(ascending, 0.25)) / root;
    if width > 0.0 {
        width
    } else {
        3.49 * libm::sqrt(variance(ascending)) / root
    }
}
