//! Count, least, greatest and sum of values: what can be told of parts and put together.

use std::ops::Range;

use crate::domain::column::{MISSING_BOOLEAN, MISSING_INTEGER};
use crate::domain::{Column, Value};

/// What is known of some values of a field without keeping them. For texts and booleans only
/// `present` has a meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Values that are not missing.
    pub present: usize,
    /// Infinity when there is none.
    pub min: f64,
    /// Negative infinity when there is none.
    pub max: f64,
    pub sum: f64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            present: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
        }
    }
}

/// Summaries of successive stretches of points, none of which reaches into two buckets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summaries {
    /// A time in each stretch.
    pub times: Vec<i64>,
    /// How many points each stretch has.
    pub points: Vec<usize>,
    /// For each field asked for, the summary of each stretch.
    pub columns: Vec<Vec<Summary>>,
}

impl Summary {
    /// Whether `sum` is exact for integers, and finite for numbers, not only for all of these values but
    /// for any part of them.
    pub fn has_safe_sums(&self, is_integer: bool) -> bool {
        let limit = if is_integer {
            Value::MAX_INTEGER as f64
        } else {
            // The bound itself is rounded.
            f64::MAX / 2.0
        };
        self.present == 0 || self.present as f64 * self.min.abs().max(self.max.abs()) <= limit
    }
}

/// A sum that keeps track of its rounding error, so that the order and grouping of the values hardly
/// matter. Beyond the range of a float it goes on with scaled values. Source: A. Neumaier,
/// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    error: f64,
    /// Whether `sum` and `error` are multiplied by [`Self::SCALE`].
    is_scaled: bool,
}

impl Sum {
    /// 2^-64: no number of values can exceed the range of a float again.
    const SCALE: f64 = 1.0 / (1_u128 << 64) as f64;

    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        if self.is_scaled {
            return self.add_here(value * Self::SCALE);
        }
        if (self.sum + value).is_infinite() {
            return self.add_scaled(value);
        }
        self.add_here(value);
    }

    /// Adds a value that is scaled as the sum is.
    #[inline]
    fn add_here(&mut self, value: f64) {
        let sum = self.sum + value;
        self.error += if self.sum.abs() >= value.abs() {
            (self.sum - sum) + value
        } else {
            (value - sum) + self.sum
        };
        self.sum = sum;
    }

    #[cold]
    fn add_scaled(&mut self, value: f64) {
        *self = Self {
            sum: self.sum * Self::SCALE,
            error: self.error * Self::SCALE,
            is_scaled: true,
        };
        self.add_here(value * Self::SCALE);
    }

    /// Infinite when it is beyond the range of a float.
    pub(super) fn total(self) -> f64 {
        if self.is_scaled {
            return self.sum_scaled() / Self::SCALE;
        }
        self.sum_scaled()
    }

    /// The mean of `count` values, which cannot be beyond the range of a float.
    pub(super) fn mean(self, count: usize) -> f64 {
        let mean = self.sum_scaled() / count as f64;
        if self.is_scaled {
            return (mean / Self::SCALE).clamp(f64::MIN, f64::MAX);
        }
        mean
    }

    fn sum_scaled(self) -> f64 {
        self.sum + self.error
    }
}

/// Summarises a column's values at `rows`.
pub fn summarise(column: &Column, rows: Range<usize>) -> Summary {
    match column {
        Column::Number(values) => summarise_numbers(values.get(rows).unwrap_or_default()),
        Column::Integer(values) => summarise_integers(values.get(rows).unwrap_or_default()).0,
        Column::Text(text) => {
            let known = text.words().len();
            let codes = text.codes().get(rows).unwrap_or_default().iter();
            let present = codes.filter(|code| (**code as usize) < known).count();
            Summary {
                present,
                ..Summary::default()
            }
        }
        Column::Boolean(values) => {
            let values = values.get(rows).unwrap_or_default().iter();
            let present = values.filter(|value| **value < MISSING_BOOLEAN).count();
            Summary {
                present,
                ..Summary::default()
            }
        }
    }
}

/// With the exact sum.
pub(super) fn summarise_integers(values: &[i64]) -> (Summary, i128) {
    /// So many integers of up to 53 bits fit into 64.
    const BLOCK: usize = 512;
    let (mut present, mut whole) = (0, 0_i128);
    let (mut min, mut max) = (i64::MAX, i64::MIN);
    for block in values.chunks(BLOCK) {
        let mut sum = 0_i64;
        for value in block {
            // Without branches, which a processor guesses wrong.
            let is_present = *value != MISSING_INTEGER;
            present += usize::from(is_present);
            sum = sum.wrapping_add(if is_present { *value } else { 0 });
            min = min.min(if is_present { *value } else { i64::MAX });
            max = max.max(*value);
        }
        whole += i128::from(sum);
    }
    if present == 0 {
        return (Summary::default(), 0);
    }
    let summary = Summary {
        present,
        min: min as f64,
        max: max as f64,
        sum: i64::try_from(whole).map_or(whole as f64, |whole| whole as f64),
    };
    (summary, whole)
}

/// As [`summarise_each`] would, but in lanes that the processor works on at once.
fn summarise_numbers(values: &[f64]) -> Summary {
    let mut lanes = [Lane::default(); 4];
    let mut blocks = values.chunks_exact(lanes.len());
    for block in &mut blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            lane.add(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(blocks.remainder()) {
        lane.add(*value);
    }
    let mut sum = Sum::default();
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for lane in lanes {
        sum.add_here(lane.sum);
        sum.add_here(lane.error);
        min = min.min(lane.min);
        max = max.max(lane.max);
    }
    if !sum.sum.is_finite() {
        // A value is missing, or the sum of a lane is beyond a float's range.
        return summarise_each(values.iter().copied().filter(|value| !value.is_nan()));
    }
    let sum = sum.total();
    Summary {
        present: values.len(),
        min,
        max,
        sum,
    }
}

/// Every fourth of some values.
#[derive(Clone, Copy)]
struct Lane {
    sum: f64,
    error: f64,
    min: f64,
    max: f64,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            sum: 0.0,
            error: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Lane {
    /// The error of the addition without a branch. Source: D. E. Knuth, "The Art of Computer
    /// Programming", volume 2, section 4.2.2, theorem B.
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let added = sum - self.sum;
        self.error += (self.sum - (sum - added)) + (value - added);
        self.sum = sum;
        self.min = if value < self.min { value } else { self.min };
        self.max = if value > self.max { value } else { self.max };
    }
}

fn summarise_each(present: impl Iterator<Item = f64> + Clone) -> Summary {
    let mut summary = Summary::default();
    let mut sum = Sum::default();
    for value in present.clone() {
        summary.present += 1;
        summary.min = summary.min.min(value);
        summary.max = summary.max.max(value);
        sum.add_here(value);
    }
    if !sum.sum.is_finite() {
        sum = Sum::default();
        present.for_each(|value| sum.add(value));
    }
    Summary {
        sum: sum.total(),
        ..summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TextColumn;

    #[test]
    fn sums_do_not_depend_on_their_parts() {
        let values: Vec<f64> = (0..10_000)
            .map(|at| f64::from(at % 97) / 10.0 - 3.3)
            .collect();
        let exact = (0..10_000_i64).map(|at| at % 97 - 33).sum::<i64>() as f64 / 10.0;
        for part in [1, 7, 64, 999, 10_000] {
            let mut sum = Sum::default();
            for values in values.chunks(part) {
                sum.add(summarise_numbers(values).sum);
            }
            assert!(
                (sum.total() - exact).abs() < 1e-10,
                "{part}: {}",
                sum.total()
            );
        }
        assert_eq!(summarise_numbers(&[1e308, 1e308]).sum, f64::INFINITY);
        let back = summarise_numbers(&[1e308, 1.0, 1e308, -1e308, -1e308]);
        assert_eq!(back.sum, 1.0);
        assert_eq!(summarise_numbers(&[1e16, 1.0, -1e16]).present, 3);
    }

    #[test]
    fn sums_of_integers_are_exact_in_any_parts() {
        let values: Vec<i64> = (0..5000)
            .map(|at| match at % 7 {
                0 => MISSING_INTEGER,
                1 => -1,
                _ => Value::MAX_INTEGER - at,
            })
            .collect();
        let present = values.iter().filter(|value| **value != MISSING_INTEGER);
        let expected: i128 = present.map(|value| i128::from(*value)).sum();
        for part in [1, 511, 512, 513, 5000] {
            let parts = values.chunks(part).map(summarise_integers);
            let sum: i128 = parts.map(|(_, whole)| whole).sum();
            assert_eq!(sum, expected, "{part}");
        }
        let (summary, _) = summarise_integers(&values);
        let max = Value::MAX_INTEGER - 2;
        assert_eq!(
            (summary.present, summary.min, summary.max),
            (4285, -1.0, max as f64)
        );
        assert_eq!(summary.sum, expected as f64);
        assert_eq!(
            summarise_integers(&[MISSING_INTEGER]),
            (Summary::default(), 0)
        );
    }

    #[test]
    fn summaries_say_where_their_sums_are_safe() {
        let summary = |present, min: f64, max: f64| Summary {
            present,
            min,
            max,
            sum: 0.0,
        };
        assert!(Summary::default().has_safe_sums(true));
        assert!(summary(1024, 0.0, 8e12).has_safe_sums(true));
        assert!(!summary(1025, -9e12, 8e12).has_safe_sums(true));
        assert!(summary(1025, -9e12, 8e12).has_safe_sums(false));
        assert!(!summary(2, -1.0, 1.7e308).has_safe_sums(false));
    }

    #[test]
    fn means_are_within_the_range_of_a_float_even_if_sums_are_not() {
        let mean = |values: &[f64]| {
            let mut sum = Sum::default();
            values.iter().for_each(|value| sum.add(*value));
            sum.mean(values.len())
        };
        assert_eq!(mean(&[1.7e308, 1.7e308]), 1.7e308);
        assert_eq!(mean(&[f64::MAX; 3]), f64::MAX);
        assert_eq!(mean(&[f64::MAX, f64::MAX, f64::MIN, f64::MIN]), 0.0);
        assert_eq!(mean(&[5e-324, 5e-324]), 5e-324);
    }

    #[test]
    fn missing_values_are_left_out() {
        let nan = f64::NAN;
        for (column, present, min, max, sum) in [
            (
                Column::Number(vec![nan, 2.0, -1.0, nan, 4.0]),
                3,
                -1.0,
                4.0,
                5.0,
            ),
            (
                Column::Number(vec![nan, nan]),
                0,
                f64::INFINITY,
                f64::NEG_INFINITY,
                0.0,
            ),
            (Column::Integer(vec![i64::MIN, 7, 3]), 2, 3.0, 7.0, 10.0),
        ] {
            let summary = summarise(&column, 0..column.len());
            assert_eq!(
                summary,
                Summary {
                    present,
                    min,
                    max,
                    sum
                }
            );
        }
        let text = Column::Text(TextColumn::from_parts(
            vec!["a".into()],
            vec![0, u32::MAX, 0],
        ));
        assert_eq!(summarise(&text, 0..3).present, 2);
        assert_eq!(summarise(&text, 0..9).present, 0);
        assert_eq!(summarise(&Column::Boolean(vec![2, 1, 0]), 0..2).present, 1);
    }
}
