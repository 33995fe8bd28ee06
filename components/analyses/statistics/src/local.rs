//! A trend that follows the values, and is not altered by outliers.

use crate::summary::{mean, median};

/// Passes that give values far from the trend less weight.
const PASSES: usize = 4;
/// Values of the shortest and the longest window.
const WINDOW: (usize, usize) = (21, 501);
/// Windows that a series has, if they are neither too short nor too long.
const WINDOWS: usize = 20;
/// Parabolas fitted for each window's length: they are evaluated at the places around their middles.
const PER_WINDOW: usize = 40;

/// A smooth curve through values.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub values: Vec<f64>,
    /// How far the parabola is from the straight line through the same values: what the trend is uncertain by.
    pub bends: Vec<f64>,
}

/// How many values a window has by default.
pub fn usual_window(count: usize) -> usize {
    (count / WINDOWS).clamp(WINDOW.0, WINDOW.1)
}

impl Trend {
    /// Fits parabolas to the `window` values nearest to each place by least squares with tricube weights, and again with
    /// bisquare weights that grow smaller with the distance of a value from the trend: the robust locally weighted regression
    /// of W. S. Cleveland, Journal of the American Statistical Association 74 (1979), of degree 2. `x` is ascending; `floor` is the size
    /// of rounding errors. `None` for fewer than four different x, or values that are not finite.
    pub fn fit(x: &[f64], y: &[f64], window: usize, floor: f64) -> Option<Self> {
        let count = x.len().min(y.len());
        let is_finite = x.iter().chain(y).all(|value| value.is_finite());
        let different = x
            .windows(2)
            .filter(|pair| pair.first() < pair.last())
            .count()
            + 1;
        if !is_finite || different < 4 {
            return None;
        }
        let window = window.clamp(4, count);
        let mut weights = vec![1.0; count];
        let mut trend = Self::pass(x, y, &weights, window)?;
        for _ in 1..PASSES {
            let errors: Vec<f64> = y
                .iter()
                .zip(&trend.values)
                .map(|(y, t)| (y - t).abs())
                .collect();
            let reach = (6.0 * median(&errors)).max(floor);
            for (weight, error) in weights.iter_mut().zip(&errors) {
                let share = (error / reach).min(1.0);
                *weight = (1.0 - share * share) * (1.0 - share * share);
            }
            trend = Self::pass(x, y, &weights, window)?;
        }
        Some(trend)
    }

    fn pass(x: &[f64], y: &[f64], weights: &[f64], window: usize) -> Option<Self> {
        let count = x.len();
        let apart = (window / PER_WINDOW).max(1);
        let mut trend = Self {
            values: Vec::with_capacity(count),
            bends: Vec::with_capacity(count),
        };
        let mut begin = 0;
        for from in (0..count).step_by(apart) {
            let to = (from + apart).min(count);
            let at = *x.get(from + (to - from) / 2)?;
            // The nearest values: the window moves on while what it would gain is nearer than what it would lose.
            while let (Some(first), Some(next)) = (x.get(begin), x.get(begin + window)) {
                if next - at >= at - first {
                    break;
                }
                begin += 1;
            }
            let end = (begin + window).min(count);
            let near = Near {
                x: x.get(begin..end)?,
                y: y.get(begin..end)?,
                weights: weights.get(begin..end)?,
            };
            let curve = near.curve(at).or_else(|| near.without_weights(at))?;
            for x in x.get(from..to)? {
                let (value, bend) = curve.at(*x);
                trend.values.push(value);
                trend.bends.push(bend);
            }
        }
        Some(trend)
    }
}

/// The values of a window.
struct Near<'a> {
    x: &'a [f64],
    y: &'a [f64],
    weights: &'a [f64],
}

/// A parabola by orthogonal polynomials: a mean, a line, a bend.
struct Curve {
    middle: f64,
    width: f64,
    level: f64,
    slope: f64,
    bend: f64,
    /// What makes the square orthogonal to line and mean.
    tilt: f64,
    square: f64,
}

impl Near<'_> {
    fn without_weights(&self, at: f64) -> Option<Curve> {
        let weights = vec![1.0; self.x.len()];
        Near {
            weights: &weights,
            ..*self
        }
        .curve(at)
    }

    /// `None` where fewer than three different places have a weight.
    fn curve(&self, at: f64) -> Option<Curve> {
        let (first, last) = (self.x.first()?, self.x.last()?);
        let reach = (at - first).max(last - at) * 1.001;
        let width = last - first;
        if width <= 0.0 {
            return None;
        }
        let weights: Vec<f64> = self
            .x
            .iter()
            .zip(self.weights)
            .map(|(x, weight)| {
                let share = ((x - at) / reach).abs();
                let rest = 1.0 - share * share * share;
                weight * rest * rest * rest
            })
            .collect();
        let total: f64 = weights.iter().sum();
        let weighted = |part: &dyn Fn(f64, f64) -> f64| -> f64 {
            let points = self.x.iter().zip(self.y).zip(&weights);
            points
                .map(|((x, y), weight)| weight * part(*x, *y))
                .sum::<f64>()
        };
        if total <= 0.0 {
            return None;
        }
        // Around values in the middle of the window, so that differences are small.
        let (x0, y0) = (at, mean(self.y));
        let middle = x0 + weighted(&|x, _| x - x0) / total;
        let level = y0 + weighted(&|_, y| y - y0) / total;
        let across = |x: f64| (x - middle) / width;
        let second = weighted(&|x, _| across(x) * across(x));
        let third = weighted(&|x, _| across(x) * across(x) * across(x));
        if second <= 1e-12 * total {
            return None;
        }
        let slope = weighted(&|x, y| across(x) * (y - level)) / second;
        let (tilt, square) = (third / second, second / total);
        let bent = |x: f64| across(x) * across(x) - tilt * across(x) - square;
        let fourth = weighted(&|x, _| bent(x) * bent(x));
        if fourth <= 1e-12 * total {
            return None;
        }
        let bend = weighted(&|x, y| bent(x) * (y - level - slope * across(x))) / fourth;
        Some(Curve {
            middle,
            width,
            level,
            slope,
            bend,
            tilt,
            square,
        })
    }
}

impl Curve {
    /// The parabola's value, and how far it is from the line.
    fn at(&self, x: f64) -> (f64, f64) {
        let across = (x - self.middle) / self.width;
        let bend = self.bend * (across * across - self.tilt * across - self.square);
        (self.level + self.slope * across + bend, bend.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_followed_to_its_ends_and_an_outlier_is_not() {
        let x: Vec<f64> = (0..300).map(f64::from).collect();
        let exact = |x: &f64| 3.0 + 0.5 * x - 0.01 * x * x;
        let mut y: Vec<f64> = x.iter().map(exact).collect();
        y[150] += 1e6;
        y[299] -= 50.0;
        let trend = Trend::fit(&x, &y, 21, 1e-9).expect("a trend");
        for (place, (x, found)) in x.iter().zip(&trend.values).enumerate() {
            assert!((exact(x) - found).abs() < 1e-6, "{place}: {found}");
        }
    }

    #[test]
    fn what_has_no_trend_has_none() {
        assert_eq!(Trend::fit(&[1.0; 9], &[2.0; 9], 9, 0.0), None);
        assert_eq!(
            Trend::fit(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, f64::NAN, 4.0], 4, 0.0),
            None
        );
        assert!(Trend::fit(&[1.0, 1.0, 2.0, 3.0, 4.0], &[1.0; 5], 4, 0.0).is_some());
    }
}
