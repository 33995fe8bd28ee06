//! Count, least, greatest and sum of values: what can be told of parts and put together.

use std::ops::Range;

use crate::domain::Column;
use crate::domain::column::{MISSING_BOOLEAN, MISSING_INTEGER};

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

/// A sum that carries the error of its additions along, so that it does not matter much in which
/// parts the values came. Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur
/// Summation endlicher Summen", ZAMM 54 (1974).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    error: f64,
}

impl Sum {
    pub(super) fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.error += if self.sum.abs() >= value.abs() {
            (self.sum - sum) + value
        } else {
            (value - sum) + self.sum
        };
        self.sum = sum;
    }

    pub(super) fn total(self) -> f64 {
        let total = self.sum + self.error;
        // Beyond a float's range the error is no number.
        if total.is_nan() { self.sum } else { total }
    }
}

/// Summarises a column's values at `rows`.
pub fn summarise(column: &Column, rows: Range<usize>) -> Summary {
    match column {
        Column::Number(values) => summarise_numbers(values.get(rows).unwrap_or_default()),
        Column::Integer(values) => {
            let values = values.get(rows).unwrap_or_default().iter();
            let present = values.filter(|value| **value != MISSING_INTEGER);
            summarise_each(present.map(|value| *value as f64))
        }
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
        sum.add(lane.sum);
        sum.add(lane.error);
        min = min.min(lane.min);
        max = max.max(lane.max);
    }
    if sum.sum.is_nan() {
        // A value is missing (or the sum is beyond a float's range): numbers that are there are
        // finite.
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

fn summarise_each(present: impl Iterator<Item = f64>) -> Summary {
    let mut summary = Summary::default();
    let mut sum = Sum::default();
    for value in present {
        summary.present += 1;
        summary.min = summary.min.min(value);
        summary.max = summary.max.max(value);
        sum.add(value);
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
        assert_eq!(summarise_numbers(&[1e16, 1.0, -1e16]).present, 3);
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
