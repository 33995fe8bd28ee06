//! How two fields go together.

use crate::normal;
use crate::ranks::ranks;
use crate::student;
use crate::summary::Offsets;

/// Which coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coefficient {
    /// Of the values.
    Pearson,
    /// Of their ranks.
    Spearman,
}

/// A correlation of pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    pub count: usize,
    pub r: f64,
    /// Of r being this far from nought by chance, by the t distribution, for pairs that are independent of each other.
    pub p: f64,
    /// Of 95 %, by Fisher's transformation.
    pub interval: (f64, f64),
    /// How many independent pairs say as much as these, which follow one another in time (C. S. Bretherton and others, Journal of
    /// Climate 12, 1999, equation 31): `n (1 - ab) / (1 + ab)` for correlations a and b of each field with its own next value. Not
    /// more than the count.
    pub effective: f64,
    /// As `p`, for so many pairs.
    pub effective_p: f64,
}

impl Correlation {
    /// Of two fields of the same length without missing values; r is NaN where one of them is constant.
    pub fn new(coefficient: Coefficient, x: &[f64], y: &[f64]) -> Self {
        let (x, y) = match coefficient {
            Coefficient::Pearson => (x.to_vec(), y.to_vec()),
            Coefficient::Spearman => (ranks(x), ranks(y)),
        };
        let r = pearson(&x, &y);
        let n = x.len() as f64;
        let product = autocorrelation(&x) * autocorrelation(&y);
        let share = (1.0 - product) / (1.0 + product);
        let effective = if share.is_finite() {
            n * share.clamp(0.0, 1.0)
        } else {
            n
        };
        // The ranks' coefficient varies a little more (D. G. Bonett and T. A. Wright, Psychometrika 65, 2000).
        let spread = match coefficient {
            Coefficient::Pearson => 1.0,
            Coefficient::Spearman => 1.0 + r * r / 2.0,
        };
        Self {
            count: x.len(),
            r,
            p: p_value(r, n),
            interval: interval(r, (spread / (n - 3.0)).sqrt()),
            effective,
            effective_p: p_value(r, effective),
        }
    }
}

/// The product-moment coefficient. NaN where one of the fields is constant.
pub fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (Offsets::new(x), Offsets::new(y));
    let pairs = x.offsets.iter().zip(&y.offsets);
    let products: f64 = pairs.map(|(x, y)| x * y).sum();
    (products / (x.squares().sqrt() * y.squares().sqrt())).clamp(-1.0, 1.0)
}

/// The correlation of `x` with the `y` that is `lag` steps later, over the pairs of which both are there. NaN for
/// fewer than three.
pub fn lagged(coefficient: Coefficient, x: &[f64], y: &[f64], lag: isize) -> f64 {
    let (skip_x, skip_y) = (lag.min(0).unsigned_abs(), lag.max(0).unsigned_abs());
    let pairs = x.iter().skip(skip_x).zip(y.iter().skip(skip_y));
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip();
    if x.len() < 3 {
        return f64::NAN;
    }
    match coefficient {
        Coefficient::Pearson => pearson(&x, &y),
        Coefficient::Spearman => pearson(&ranks(&x), &ranks(&y)),
    }
}

/// The correlation of each value with the next.
pub fn autocorrelation(values: &[f64]) -> f64 {
    let found = Offsets::new(values);
    let next = found.offsets.iter().skip(1);
    let along: f64 = found
        .offsets
        .iter()
        .zip(next)
        .map(|(one, next)| one * next)
        .sum();
    along / found.squares()
}

fn p_value(r: f64, n: f64) -> f64 {
    let freedom = n - 2.0;
    if freedom <= 0.0 {
        return f64::NAN;
    }
    student::two_sided_p(r * (freedom / ((1.0 - r) * (1.0 + r))).sqrt(), freedom)
}

fn interval(r: f64, error: f64) -> (f64, f64) {
    let width = normal::two_sided(0.95) * error;
    let middle = libm::atanh(r);
    (libm::tanh(middle - width), libm::tanh(middle + width))
}
