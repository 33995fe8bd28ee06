//! The straight line of least squares.

use crate::student;
use crate::summary::{Offsets, mean};

/// A line through points, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    pub slope: f64,
    pub intercept: f64,
    /// The share of the variance that the line explains.
    pub r2: f64,
    /// Of the slope, of 95 %, for errors that are independent of each other.
    pub interval: (f64, f64),
    pub p: f64,
    /// How many steps apart errors may depend on each other for what follows.
    pub lags: usize,
    /// The slope's standard error for such errors.
    pub robust_error: f64,
    pub robust_interval: (f64, f64),
    pub robust_p: f64,
}

impl Line {
    /// Fits a line to points in their order. The robust figures are those of W. K. Newey and K. D. West, Econometrica 55 (1987), with
    /// Bartlett's weights, corrected by n / (n - 2), for errors correlated over floor(4 (n/100)^(2/9)) steps (Newey and West,
    /// Review of Economic Studies 61, 1994); all intervals and probabilities by the t distribution. `None` for fewer than three points, or
    /// all of one x. A figure that a float cannot hold is NaN.
    pub fn fit(x: &[f64], y: &[f64]) -> Option<Self> {
        let n = x.len() as f64;
        let middle_x = mean(x);
        let Offsets {
            mean: middle_y,
            offsets,
            scale,
        } = Offsets::new(y);
        let across: f64 = x.iter().map(|x| (x - middle_x) * (x - middle_x)).sum();
        if x.len() < 3 || across.is_nan() || across <= 0.0 {
            return None;
        }
        let pairs = || x.iter().zip(&offsets).map(|(x, y)| (x - middle_x, *y));
        let slope = pairs().map(|(x, y)| x * y).sum::<f64>() / across;
        let errors: Vec<f64> = pairs().map(|(x, y)| y - slope * x).collect();
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        let total: f64 = pairs().map(|(_, y)| y * y).sum();
        let freedom = n - 2.0;
        let width = student::two_sided(0.95, freedom);
        let error = (squares / freedom / across).sqrt();
        let lags = (4.0 * libm::pow(n / 100.0, 2.0 / 9.0)).floor() as usize;
        let scores: Vec<f64> = pairs()
            .zip(&errors)
            .map(|((x, _), error)| x * error)
            .collect();
        let robust_error = (long_run(&scores, lags) * n / freedom).max(0.0).sqrt() / across;
        let around = |error: f64| {
            let width = width * error;
            (scale.up(slope - width), scale.up(slope + width))
        };
        Some(Self {
            slope: scale.up(slope),
            intercept: middle_y - scale.up(slope * middle_x),
            r2: 1.0 - squares / total,
            interval: around(error),
            p: student::two_sided_p(slope / error, freedom),
            lags,
            robust_error: scale.up(robust_error),
            robust_interval: around(robust_error),
            robust_p: student::two_sided_p(slope / robust_error, freedom),
        })
    }
}

/// The sum of products of scores up to `lags` steps apart, by Bartlett's weights.
fn long_run(scores: &[f64], lags: usize) -> f64 {
    let product = |lag: usize| -> f64 {
        let later = scores.iter().skip(lag);
        scores
            .iter()
            .zip(later)
            .map(|(one, later)| one * later)
            .sum()
    };
    let weight = |lag: usize| 1.0 - lag as f64 / (lags as f64 + 1.0);
    product(0)
        + 2.0
            * (1..=lags)
                .map(|lag| weight(lag) * product(lag))
                .sum::<f64>()
}
