//! Student's t distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The two-sided quantile: t is within ± this with probability `level`. NaN for degrees of freedom that are not above nought.
pub fn two_sided(level: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| -t.inverse_cdf(0.5 - level / 2.0))
}

/// The probability that t is further from nought than `t`, on either side.
pub fn two_sided_p(t: f64, freedom: f64) -> f64 {
    if t.is_nan() {
        return f64::NAN;
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |known| (2.0 * known.cdf(-t.abs())).min(1.0))
}
