//! Bins of a histogram.

use crate::summary::{deviation, quantile};

/// Bins at most that a rule may ask for.
const MOST: usize = 1_000;

/// How wide bins are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// By the quartiles: `2 IQR / n^(1/3)` (D. Freedman and P. Diaconis, Zeitschrift für Wahrscheinlichkeitstheorie 57, 1981); Scott's where
    /// half of the values are the same.
    FreedmanDiaconis,
    /// By the standard deviation: `(24 sqrt(pi) / n)^(1/3) s` (D. W. Scott, Biometrika 66, 1979).
    Scott,
    /// By the count alone: `log2(n) + 1` of them (H. A. Sturges, Journal of the American Statistical Association 21, 1926).
    Sturges,
    /// So many.
    Count(usize),
}

/// Bins of one width from the least to the largest value.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// One more than there are bins.
    pub edges: Vec<f64>,
    /// Values of each bin: its lower edge is in it, its upper in the next, but for the last.
    pub counts: Vec<usize>,
}

impl Bins {
    /// `None` when there are no values, or all are the same, or they are too close to each other for so many bins as were
    /// asked for. A rule gets fewer bins in that case.
    pub fn new(values: &[f64], rule: Rule) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = (*sorted.first()?, *sorted.last()?);
        let width = high - low;
        if !(width > 0.0 && width.is_finite()) {
            return None;
        }
        let mut count = count(&sorted, width, rule).clamp(1, MOST);
        let mut edges = edges(low, high, count);
        while edges.windows(2).any(|pair| pair.first() >= pair.last()) {
            if count == 1 || matches!(rule, Rule::Count(_)) {
                return None;
            }
            count /= 2;
            edges = self::edges(low, high, count);
        }
        let mut counts = vec![0; count];
        let below = |edge: f64| sorted.partition_point(|value| *value < edge);
        for (slot, pair) in counts.iter_mut().zip(edges.windows(2)) {
            if let [from, to] = pair {
                let end = if *to == high {
                    sorted.len()
                } else {
                    below(*to)
                };
                *slot = end - below(*from);
            }
        }
        Some(Self { edges, counts })
    }
}

fn edges(low: f64, high: f64, count: usize) -> Vec<f64> {
    let edge = |place: usize| {
        if place == count {
            high
        } else {
            low + (high - low) * (place as f64 / count as f64)
        }
    };
    (0..=count).map(edge).collect()
}

fn count(sorted: &[f64], width: f64, rule: Rule) -> usize {
    let n = sorted.len() as f64;
    let of_width = |bin: f64| {
        if bin > 0.0 {
            (width / bin).ceil() as usize
        } else {
            1
        }
    };
    let scott = || {
        let whole = deviation(sorted) * ((n - 1.0) / n).sqrt();
        libm::cbrt(24.0 * std::f64::consts::PI.sqrt() / n) * whole
    };
    match rule {
        Rule::FreedmanDiaconis => {
            let quartiles = quantile(sorted, 0.75) - quantile(sorted, 0.25);
            let bin = quartiles * (2.0 / libm::cbrt(n));
            of_width(if bin > 0.0 { bin } else { scott() })
        }
        Rule::Scott => of_width(scott()),
        Rule::Sturges => of_width(width / (libm::log2(n) + 1.0)),
        Rule::Count(count) => count,
    }
}
