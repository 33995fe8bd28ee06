//! Whether two sets of values differ.

use crate::normal;
use crate::ranks::{ranks, ties};
use crate::student;
use crate::summary::{deviation, mean};

/// Products of the sizes up to which probabilities are counted out.
const COUNTED_RANKS: usize = 2_500;
const COUNTED_STEPS: usize = 1_000_000;

/// The difference of two means, second less first, for variances that may differ (B. L. Welch, Biometrika 34, 1947).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanDifference {
    pub difference: f64,
    /// Of 95 %.
    pub interval: (f64, f64),
    pub t: f64,
    /// Degrees of freedom.
    pub freedom: f64,
    pub p: f64,
}

impl MeanDifference {
    /// Of sets that are independent of each other, of two values or more each.
    pub fn welch(first: &[f64], second: &[f64]) -> Self {
        let error = |values: &[f64]| deviation(values) / (values.len() as f64).sqrt();
        let (one, two) = (error(first), error(second));
        let both = libm::hypot(one, two);
        // The shares of the variance of both, which are within the range of floats where variances are not.
        let part = |error: f64, values: &[f64]| {
            let share = (error / both) * (error / both);
            share * share / (values.len() as f64 - 1.0)
        };
        let freedom = 1.0 / (part(one, first) + part(two, second));
        Self::of(mean(second) - mean(first), both, freedom)
    }

    /// Of pairs: the t test of their differences.
    pub fn paired(first: &[f64], second: &[f64]) -> Self {
        let differences: Vec<f64> = first
            .iter()
            .zip(second)
            .map(|(one, two)| two - one)
            .collect();
        let n = differences.len() as f64;
        Self::of(
            mean(&differences),
            deviation(&differences) / n.sqrt(),
            n - 1.0,
        )
    }

    fn of(difference: f64, error: f64, freedom: f64) -> Self {
        let width = student::two_sided(0.95, freedom) * error;
        let t = difference / error;
        Self {
            difference,
            interval: (difference - width, difference + width),
            t,
            freedom,
            p: student::two_sided_p(t, freedom),
        }
    }
}

/// The difference of the means in units of the standard deviation, corrected for small sets: g of L. V. Hedges, Journal of Educational
/// Statistics 6 (1981).
pub fn hedges_g(first: &[f64], second: &[f64]) -> f64 {
    let (n, m) = (first.len() as f64, second.len() as f64);
    let freedom = n + m - 2.0;
    let part = |values: &[f64], n: f64| ((n - 1.0) / freedom).sqrt() * deviation(values);
    let pooled = libm::hypot(part(first, n), part(second, m));
    (mean(second) - mean(first)) / pooled * (1.0 - 3.0 / (4.0 * freedom - 1.0))
}

/// Whether values of one set tend to be larger (H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18, 1947).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// In how many pairs the first set's value is the larger; half of those that are equal count.
    pub u: f64,
    /// The probability that a value of the second set is larger than one of the first, and half of that of being equal.
    pub superiority: f64,
    pub p: f64,
    /// Whether p was counted out; else it is that of the normal distribution, with ties and continuity taken into account.
    pub is_exact: bool,
}

impl MannWhitney {
    pub fn new(first: &[f64], second: &[f64]) -> Self {
        let all: Vec<f64> = first.iter().chain(second).copied().collect();
        let (n, m) = (first.len() as f64, second.len() as f64);
        let sum: f64 = ranks(&all).iter().take(first.len()).sum();
        let u = sum - n * (n + 1.0) / 2.0;
        let ties = ties(&all);
        let is_exact = ties.is_empty() && first.len() * second.len() <= COUNTED_RANKS;
        let p = if is_exact {
            counted(first.len(), second.len(), u)
        } else {
            let total = n + m;
            let tied = ties.iter().map(|t| t * t * t - t).sum::<f64>() / (total * (total - 1.0));
            let deviation = (n * m / 12.0 * (total + 1.0 - tied)).sqrt();
            let away = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
            normal::two_sided_p(away / deviation)
        };
        Self {
            u,
            superiority: 1.0 - u / (n * m),
            p,
            is_exact,
        }
    }
}

/// The probability of a u at least as far from the middle, counted over all orders: how many orders have each u follows from those of
/// sets that are one smaller, which as a polynomial is a product and a quotient of 1 - q^k.
fn counted(n: usize, m: usize, u: f64) -> f64 {
    let most = n * m;
    let mut orders = vec![0.0; most + 1];
    if let Some(first) = orders.first_mut() {
        *first = 1.0;
    }
    for k in 1..=n {
        // Times 1 - q^(m+k), from above; over 1 - q^k, from below.
        for at in (m + k..=most).rev() {
            let lower = orders.get(at - m - k).copied().unwrap_or_default();
            if let Some(slot) = orders.get_mut(at) {
                *slot -= lower;
            }
        }
        for at in k..=most {
            let lower = orders.get(at - k).copied().unwrap_or_default();
            if let Some(slot) = orders.get_mut(at) {
                *slot += lower;
            }
        }
    }
    let all: f64 = orders.iter().sum();
    let smaller = u.min(most as f64 - u);
    let tail: f64 = orders
        .iter()
        .zip(0_u32..)
        .filter(|(_, at)| f64::from(*at) <= smaller)
        .map(|(count, _)| count)
        .sum();
    (2.0 * tail / all).min(1.0)
}

/// How far apart two distributions are at most (A. N. Kolmogorov 1933, N. V. Smirnov 1939).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// The largest difference of the shares of values up to a point.
    pub d: f64,
    pub p: f64,
    /// Whether p was counted out; else it is that of very large sets.
    pub is_exact: bool,
}

impl KolmogorovSmirnov {
    pub fn new(first: &[f64], second: &[f64]) -> Self {
        let d = distance(first, second);
        let (n, m) = (first.len(), second.len());
        let is_exact = n.saturating_mul(m) <= COUNTED_STEPS;
        let p = if is_exact {
            1.0 - inside(n.min(m), n.max(m), d)
        } else {
            let (n, m) = (n as f64, m as f64);
            kolmogorov(d * (n * m / (n + m)).sqrt())
        };
        Self {
            d,
            p: p.clamp(0.0, 1.0),
            is_exact,
        }
    }
}

fn distance(first: &[f64], second: &[f64]) -> f64 {
    let steps = |values: &[f64], sign: f64| {
        let step = sign / values.len() as f64;
        values
            .iter()
            .map(|value| (*value, step))
            .collect::<Vec<_>>()
    };
    let mut all = steps(first, 1.0);
    all.extend(steps(second, -1.0));
    all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (mut height, mut most) = (0.0_f64, 0.0_f64);
    for equal in all.chunk_by(|one, other| one.0 == other.0) {
        height += equal.iter().map(|(_, step)| step).sum::<f64>();
        most = most.max(height.abs());
    }
    most
}

/// The probability of a smaller distance than d: the share of the ways through a grid of n by m that never stray so far from its diagonal
/// (J. L. Hodges, Arkiv för Matematik 3, 1958).
fn inside(n: usize, m: usize, d: f64) -> f64 {
    let (rows, columns) = (n as f64, m as f64);
    // Distances are multiples of 1 / (n m): half of one below d is clear of rounding.
    let bound = ((d * rows * columns).round() - 0.5) / (rows * columns);
    let strays = |row: f64, column: f64| (row / rows - column / columns).abs() > bound;
    let mut ways: Vec<f64> = (0..=m)
        .map(|column| if strays(0.0, column as f64) { 0.0 } else { 1.0 })
        .collect();
    for row in (1..=n).map(|row| row as f64) {
        let weight = row / (row + columns);
        let mut before = 0.0;
        for (slot, column) in ways.iter_mut().zip((0..=m).map(|column| column as f64)) {
            let here = if strays(row, column) {
                0.0
            } else {
                weight * *slot + before
            };
            *slot = here;
            before = here;
        }
    }
    ways.last().copied().unwrap_or(f64::NAN)
}

/// The probability that Kolmogorov's distribution is above x.
pub fn kolmogorov(x: f64) -> f64 {
    if x < 0.2 {
        return 1.0;
    }
    let term = |k: u32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        let k = f64::from(k);
        sign * libm::exp(-2.0 * k * k * x * x)
    };
    (1..=20).map(term).sum::<f64>().clamp(0.0, 1.0)
}
