//! Minimising a smooth function of some tens of variables.

/// Steps at most.
const MOST_STEPS: usize = 300;
/// The search ends when two steps in succession gain less than this share of the value.
const TOLERANCE: f64 = 1e-10;
/// Share of the gain that the slope promises which a step must bring (Armijo's condition).
const SUFFICIENT: f64 = 1e-4;
/// How often a step is halved.
const HALVINGS: usize = 40;

/// Minimises by the method of Broyden, Fletcher, Goldfarb and Shanno, with backtracking (J. Nocedal and S. Wright,
/// Numerical Optimization, 2006, chapter 6). `evaluate` gives the value and writes the gradient; infinity
/// marks where the function is not defined. Returns the best point and its value, the start's if nothing
/// is better.
pub fn minimise(
    start: &[f64],
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> (Vec<f64>, f64) {
    let size = start.len();
    let mut point = start.to_vec();
    let mut gradient = vec![0.0; size];
    let mut value = evaluate(&point, &mut gradient);
    let mut inverse = Inverse::new(size);
    let mut idle = 0;
    for step in 0..MOST_STEPS {
        let mut direction = inverse.times(&gradient);
        direction.iter_mut().for_each(|part| *part = -*part);
        let mut slope = dot(&direction, &gradient);
        if !(slope < 0.0 && slope.is_finite()) {
            inverse = Inverse::new(size);
            direction = gradient.iter().map(|part| -part).collect();
            slope = dot(&direction, &gradient);
        }
        if !(slope < 0.0 && slope.is_finite()) {
            break;
        }
        // Before anything is known of the curvature, a step of length one at most.
        let mut length = if step == 0 {
            (1.0 / dot(&gradient, &gradient).sqrt()).min(1.0)
        } else {
            1.0
        };
        let mut next_gradient = vec![0.0; size];
        let mut found = None;
        for _ in 0..HALVINGS {
            let next: Vec<f64> = point
                .iter()
                .zip(&direction)
                .map(|(from, along)| from + length * along)
                .collect();
            let next_value = evaluate(&next, &mut next_gradient);
            if next_value <= value + SUFFICIENT * length * slope {
                found = Some((next, next_value));
                break;
            }
            length /= 2.0;
        }
        let Some((next, next_value)) = found else {
            break;
        };
        let moved = difference(&next, &point);
        let turned = difference(&next_gradient, &gradient);
        inverse.update(&moved, &turned, step == 0);
        idle = if value - next_value <= TOLERANCE * value.abs().max(1.0) {
            idle + 1
        } else {
            0
        };
        (point, value, gradient) = (next, next_value, next_gradient);
        if idle == 2 {
            break;
        }
    }
    (point, value)
}

/// The approximation of the inverse of the second derivatives, row by row.
struct Inverse {
    size: usize,
    rows: Vec<f64>,
}

impl Inverse {
    fn new(size: usize) -> Self {
        let mut rows = vec![0.0; size * size];
        rows.iter_mut()
            .step_by(size + 1)
            .for_each(|cell| *cell = 1.0);
        Self { size, rows }
    }

    fn times(&self, vector: &[f64]) -> Vec<f64> {
        let rows = self.rows.chunks_exact(self.size.max(1));
        rows.map(|row| dot(row, vector)).collect()
    }

    /// Takes in how the gradient turned where the point moved; skipped where that tells of no curvature.
    fn update(&mut self, moved: &[f64], turned: &[f64], is_first: bool) {
        let curvature = dot(moved, turned);
        let turned_square = dot(turned, turned);
        if curvature <= 1e-12 * (dot(moved, moved) * turned_square).sqrt() {
            return;
        }
        if is_first {
            let scale = curvature / turned_square;
            self.rows.iter_mut().for_each(|cell| *cell *= scale);
        }
        let image = self.times(turned);
        let factor = (1.0 + dot(turned, &image) / curvature) / curvature;
        for ((row, m), i) in self
            .rows
            .chunks_exact_mut(self.size.max(1))
            .zip(moved)
            .zip(&image)
        {
            for ((cell, n), j) in row.iter_mut().zip(moved).zip(&image) {
                *cell += factor * m * n - (i * n + m * j) / curvature;
            }
        }
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn difference(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_rosenbrocks_valley_is_found() {
        let (point, value) = minimise(&[-1.2, 1.0, -1.2, 1.0], |x, gradient| {
            let mut value = 0.0;
            gradient.fill(0.0);
            for i in 0..3 {
                let (a, b) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
                value += a * a + 100.0 * b * b;
                gradient[i] += -2.0 * a - 400.0 * b * x[i];
                gradient[i + 1] += 200.0 * b;
            }
            value
        });
        assert!(value < 1e-12, "{value}");
        assert!(point.iter().all(|x| (x - 1.0).abs() < 1e-5), "{point:?}");
    }

    #[test]
    fn where_the_function_is_not_defined_is_kept_clear_of() {
        let (point, _) = minimise(&[3.0], |x, gradient| {
            gradient[0] = 1.0 - 1.0 / x[0];
            if x[0] > 0.0 {
                x[0] - x[0].ln()
            } else {
                f64::INFINITY
            }
        });
        assert!((point[0] - 1.0).abs() < 1e-4, "{point:?}");
    }
}
