//! Powers of two by which values are divided before squares and differences are taken.
//!
//! Statistics of values near 1e-310 or 1e300 exist as often as those of values near 1, but their squares do not fit into
//! a 64-bit float. Division by a power of two is exact, so that figures of ordinary values stay as they are, bit for bit.

/// A power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale(i32);

/// Sizes, as powers of two, within which sums of squares neither overflow nor underflow.
const SQUARES: i32 = 200;
/// Likewise for differences, and their quotients by times.
const DIFFERENCES: i32 = 900;
/// Below this size a float does not hold six significant digits.
const LEAST: f64 = 1e-317;

impl Scale {
    /// No change.
    pub const ONE: Self = Self(0);

    /// Brings the largest value to a size from 0.5 to 1.
    pub fn unit(values: &[f64]) -> Self {
        let largest = largest(values);
        if largest > 0.0 {
            Self(libm::frexp(largest).1)
        } else {
            Self::ONE
        }
    }

    /// As [`Self::unit`] where squares of the values would leave the range of floats, else no change.
    pub fn for_squares(values: &[f64]) -> Self {
        Self::unit(values).beyond(SQUARES)
    }

    /// As [`Self::unit`] where differences of the values, or their slopes, could leave the range of floats, else no change.
    pub fn for_differences(values: &[f64]) -> Self {
        Self::unit(values).beyond(DIFFERENCES)
    }

    fn beyond(self, limit: i32) -> Self {
        if self.0.abs() > limit {
            self
        } else {
            Self::ONE
        }
    }

    pub fn down(self, value: f64) -> f64 {
        if self.0 == 0 {
            value
        } else {
            libm::scalbn(value, -self.0)
        }
    }

    pub fn all_down(self, values: &[f64]) -> Vec<f64> {
        values.iter().map(|value| self.down(*value)).collect()
    }

    /// Turns a figure of scaled values into one of the values. NaN where a float cannot hold it with six digits.
    pub fn up(self, figure: f64) -> f64 {
        if self.0 == 0 {
            return figure;
        }
        let value = libm::scalbn(figure, self.0);
        let is_lost = value.is_infinite() || (figure != 0.0 && value.abs() < LEAST);
        if is_lost { f64::NAN } else { value }
    }

    /// As [`Self::up`], but the nearest float of what is too small or too large.
    pub fn nearest(self, figure: f64) -> f64 {
        libm::scalbn(figure, self.0)
    }

    pub fn all_nearest(self, figures: &[f64]) -> Vec<f64> {
        figures.iter().map(|figure| self.nearest(*figure)).collect()
    }

    /// The natural logarithm of the power.
    pub fn log(self) -> f64 {
        f64::from(self.0) * std::f64::consts::LN_2
    }

    /// Both, one after the other.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// The largest size of the values that are finite, 0 without any.
pub fn largest(values: &[f64]) -> f64 {
    let sizes = values.iter().map(|value| value.abs());
    sizes.filter(|size| size.is_finite()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_is_exact_and_says_where_a_figure_is_lost() {
        let scale = Scale::unit(&[3e300, -1.7e308, f64::NAN]);
        assert_eq!(scale.up(scale.down(1.7e308)), 1.7e308);
        assert!(scale.down(1.7e308) < 1.0 && scale.up(1.5).is_nan());
        let tiny = Scale::unit(&[5e-324]);
        assert_eq!(tiny.down(5e-324), 0.5);
        assert!(tiny.up(0.25).is_nan() && tiny.up(0.0) == 0.0);
        assert_eq!(Scale::unit(&[0.0]), Scale::ONE);
        assert_eq!(Scale::for_squares(&[1e60]), Scale::ONE);
        assert_ne!(Scale::for_squares(&[1e-61]), Scale::ONE);
        assert_eq!(Scale::for_differences(&[1e-270]), Scale::ONE);
    }
}
