//! Standard deviations of values that come part by part.

/// Count, mean, and sum of squared deviations from the mean.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    count: f64,
    mean: f64,
    /// In the unit of `scale`.
    squares: f64,
    scale: Scale,
}

/// By what deviations are multiplied before they are squared, so that their squares stay within the
/// range of a float.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Scale {
    /// Of deviations below about 1e-140.
    Tiny,
    #[default]
    Ordinary,
    /// Of deviations above about 1e140.
    Huge,
}

impl Scale {
    /// Below it, squares have lost digits.
    const SMALL: f64 = 1e-280;

    fn factor(self) -> f64 {
        const FOURTH: f64 = (1_u128 << 127) as f64 * 256.0;
        // 2^540 and its inverse.
        const FACTOR: f64 = FOURTH * FOURTH * FOURTH * FOURTH;
        match self {
            Self::Tiny => FACTOR,
            Self::Ordinary => 1.0,
            Self::Huge => 1.0 / FACTOR,
        }
    }

    /// The scale that suits better, if sums of squares come out as `squares` in this one.
    fn better(self, squares: f64) -> Option<Self> {
        match self {
            Self::Ordinary | Self::Tiny if !squares.is_finite() => Some(Self::Huge),
            Self::Ordinary if squares < Self::SMALL => Some(Self::Tiny),
            _ => None,
        }
    }
}

impl Moments {
    /// Of a single value.
    pub(super) fn of(value: f64) -> Self {
        Self {
            count: 1.0,
            mean: value,
            ..Self::default()
        }
    }

    /// Of values whose mean is known: the squares in a second pass, corrected for the rounding of
    /// the mean. Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance",
    /// American Statistician 37 (1983), equation 1.7.
    pub(super) fn around(
        mean: f64,
        count: usize,
        values: impl Iterator<Item = f64> + Clone,
    ) -> Self {
        let count = count as f64;
        let squares = |scale: Scale| {
            let (mut squares, mut rest) = (0.0, 0.0);
            let factor = scale.factor();
            for value in values.clone() {
                let deviation = if scale == Scale::Huge {
                    value * factor - mean * factor
                } else {
                    (value - mean) * factor
                };
                squares += deviation * deviation;
                rest += deviation;
            }
            squares - rest * rest / count
        };
        let ordinary = Self {
            count,
            mean,
            squares: squares(Scale::Ordinary),
            scale: Scale::Ordinary,
        };
        ordinary.rescaled(squares)
    }

    /// In a better scale, if there is one in which the squares are finite.
    fn rescaled(self, squares: impl Fn(Scale) -> f64) -> Self {
        let Some(scale) = self.scale.better(self.squares) else {
            return self;
        };
        let better = Self {
            squares: squares(scale),
            scale,
            ..self
        };
        if better.squares.is_finite() {
            better
        } else {
            self
        }
    }

    /// Takes in the moments of other values; of single ones it is Welford's method. Source: as
    /// above, equation 2.1.
    pub(super) fn merge(&mut self, other: Self) {
        if self.count == 0.0 {
            *self = other;
            return;
        }
        let count = self.count + other.count;
        if self.scale == Scale::Ordinary && other.scale == Scale::Ordinary {
            let apart = other.mean - self.mean;
            let squares =
                self.squares + other.squares + apart * apart * self.count * other.count / count;
            if squares.is_finite() && squares >= Scale::SMALL {
                self.mean += apart * other.count / count;
                (self.count, self.squares) = (count, squares);
                return;
            }
        }
        self.merge_scaled(other, count);
    }

    #[cold]
    fn merge_scaled(&mut self, other: Self, count: f64) {
        let (before, share) = (*self, other.count / count);
        let squares = |scale: Scale| {
            let factor = scale.factor();
            let apart = if scale == Scale::Huge {
                other.mean * factor - before.mean * factor
            } else {
                (other.mean - before.mean) * factor
            };
            let both = before.squares_in(scale) + other.squares_in(scale);
            both + apart * apart * before.count * share
        };
        let scale = self.scale.max(other.scale).max(Scale::Ordinary);
        let apart = other.mean - self.mean;
        let mean = if apart.is_finite() {
            self.mean + apart * share
        } else {
            self.mean * (1.0 - share) + other.mean * share
        };
        let merged = Self {
            count,
            mean,
            squares: squares(scale),
            scale,
        };
        *self = merged.rescaled(squares);
    }

    fn squares_in(self, scale: Scale) -> f64 {
        // Not the square of the quotient, which a float cannot hold.
        let factor = scale.factor() / self.scale.factor();
        self.squares * factor * factor
    }

    /// Of a sample (n - 1); NaN of fewer than two values.
    pub(super) fn sample_deviation(self) -> f64 {
        if self.count < 2.0 {
            return f64::NAN;
        }
        (self.squares.max(0.0) / (self.count - 1.0)).sqrt() / self.scale.factor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All at once, one by one, and in two parts.
    fn deviations(values: &[f64]) -> [f64; 3] {
        let around = |values: &[f64]| {
            let count = values.len();
            let mean = values.iter().map(|value| value / count as f64).sum();
            Moments::around(mean, count, values.iter().copied())
        };
        let mut single = Moments::default();
        for value in values {
            single.merge(Moments::of(*value));
        }
        let (left, right) = values.split_at(values.len() / 2);
        let mut parts = around(left);
        parts.merge(around(right));
        [around(values), single, parts].map(Moments::sample_deviation)
    }

    #[test]
    fn deviations_are_right_at_any_magnitude() {
        for magnitude in [1e-310, 1e-200, 1e-140, 1.0, 1e140, 1e200, 1e306] {
            let values = [4.0, 7.0, 13.0, 16.0].map(|value| value * magnitude);
            for deviation in deviations(&values) {
                let relative = deviation / 30_f64.sqrt() / magnitude;
                assert!((relative - 1.0).abs() < 1e-9, "{magnitude}: {deviation}");
            }
        }
        // numpy.std([1e200, 1e200, 1, 2], ddof=1) overflows; it is 1e200 / sqrt(3).
        for deviation in deviations(&[1e200, 1e200, 1.0, 2.0]) {
            assert!((deviation / 1e200 * 3_f64.sqrt() - 1.0).abs() < 1e-9);
        }
        for deviation in deviations(&[f64::MAX, f64::MIN, f64::MAX, f64::MIN]) {
            assert_eq!(deviation, f64::INFINITY);
        }
        assert_eq!(deviations(&[1e-300; 4]), [0.0; 3]);
        assert_eq!(deviations(&[5.0; 4]), [0.0; 3]);
    }
}
