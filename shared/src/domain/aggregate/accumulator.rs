//! The functions of one field over one bucket, fed value by value or part by part.

use std::ops::Range;

use super::functions::Function;
use super::moments::Moments;
use super::sum::{Sum, Summary, summarise, summarise_integers};
use crate::domain::column::MISSING_INTEGER;
use crate::domain::{Column, FieldType, Value};

/// What some functions need beyond a summary.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    moments: bool,
    pub(super) values: bool,
    ends: bool,
}

impl Needs {
    pub(super) fn of(functions: &[Function]) -> Self {
        Self {
            moments: functions.contains(&Function::Stddev),
            values: functions
                .iter()
                .any(|function| function.fraction().is_some()),
            ends: functions.contains(&Function::First) || functions.contains(&Function::Last),
        }
    }
}

/// What the functions need to know of one field in one bucket.
#[derive(Debug, Clone)]
pub(super) struct Accumulator {
    present: usize,
    sum: Sum,
    /// The sum of integers.
    whole_sum: i128,
    min: f64,
    max: f64,
    moments: Moments,
    values: Vec<f64>,
    first: Value,
    last: Value,
}

impl Default for Accumulator {
    fn default() -> Self {
        let Summary { min, max, .. } = Summary::default();
        Self {
            present: 0,
            sum: Sum::default(),
            whole_sum: 0,
            min,
            max,
            moments: Moments::default(),
            values: Vec::new(),
            first: Value::Missing,
            last: Value::Missing,
        }
    }
}

impl Accumulator {
    /// Adds the values of a column at `rows`, which come later than those before.
    pub(super) fn add(&mut self, column: &Column, rows: Range<usize>, needs: Needs) {
        let summary = match column {
            Column::Integer(values) => {
                let values = values.get(rows.clone()).unwrap_or_default();
                let (summary, whole) = summarise_integers(values);
                self.whole_sum += whole;
                summary
            }
            _ => summarise(column, rows.clone()),
        };
        let before = self.sum;
        self.take(summary);
        if summary.present == 0 {
            return;
        }
        let mut mean = summary.sum / summary.present as f64;
        if !summary.sum.is_finite() {
            self.sum = sum_from(before, column, rows.clone());
            mean = sum_from(Sum::default(), column, rows.clone()).mean(summary.present);
        }
        if needs.moments {
            self.moments.merge(Moments::around(
                mean,
                summary.present,
                numbers(column, rows.clone()),
            ));
        }
        if needs.values {
            self.values.extend(numbers(column, rows.clone()));
        }
        if needs.ends {
            self.add_ends(column, rows);
        }
    }

    /// Adds one value, as [`Self::add`] would.
    pub(super) fn add_one(&mut self, column: &Column, row: usize, needs: Needs) {
        let number = match column {
            Column::Number(values) if !needs.ends => values.get(row).copied(),
            _ => return self.add(column, row..row + 1, needs),
        };
        let Some(number) = number.filter(|number| !number.is_nan()) else {
            return;
        };
        self.take(Summary {
            present: 1,
            min: number,
            max: number,
            sum: number,
        });
        if needs.moments {
            self.moments.merge(Moments::of(number));
        }
        if needs.values {
            self.values.push(number);
        }
    }

    /// Adds values by their summary. Where sums are wanted, [`Summary::has_safe_sums`].
    pub(super) fn add_summary(&mut self, summary: Summary) {
        self.take(summary);
        // Safe sums of integers fit, and those of floats do not matter here.
        self.whole_sum += i128::from(summary.sum as i64);
    }

    #[inline]
    fn take(&mut self, summary: Summary) {
        if summary.present > 0 {
            self.present += summary.present;
            // Not `f64::min`, which WebAssembly makes a call for the sake of NaN.
            if summary.min < self.min {
                self.min = summary.min;
            }
            if summary.max > self.max {
                self.max = summary.max;
            }
            self.sum.add(summary.sum);
        }
    }

    fn add_ends(&mut self, column: &Column, rows: Range<usize>) {
        let present = |row: usize| Some(column.value(row)).filter(|value| *value != Value::Missing);
        if self.first == Value::Missing {
            self.first = rows.clone().find_map(present).unwrap_or(Value::Missing);
        }
        if let Some(last) = rows.rev().find_map(present) {
            self.last = last;
        }
    }

    /// How many values are held.
    pub(super) fn held(&self) -> usize {
        self.values.len()
    }

    /// Whether there are values, be it only texts.
    pub(super) fn has_values(&self) -> bool {
        self.present > 0
    }

    /// The result of a function of a field of a kind, as a number where it is one; missing where there
    /// is none. `None` when it is beyond the range of a float or of 64-bit integers.
    pub(super) fn result(&mut self, function: Function, kind: FieldType) -> Option<Value> {
        let number = match function {
            Function::Count => return Some(Value::Integer(self.present as i64)),
            Function::First => return Some(self.first.clone()),
            Function::Last => return Some(self.last.clone()),
            _ if self.present == 0 => return Some(Value::Missing),
            Function::Sum if kind == FieldType::Integer => {
                let sum = i64::try_from(self.whole_sum).ok();
                // The least stands for a missing value.
                let sum = sum.filter(|sum| *sum != MISSING_INTEGER);
                return sum.map(Value::Integer);
            }
            Function::Sum => self.sum.total(),
            Function::Mean => self.sum.mean(self.present),
            Function::Min => self.min,
            Function::Max => self.max,
            Function::Stddev => self.moments.sample_deviation(),
            Function::Median | Function::Percentile(_) => {
                percentile(&mut self.values, function.fraction().unwrap_or(0.5))
            }
        };
        match number {
            number if number.is_nan() => Some(Value::Missing),
            number => number.is_finite().then_some(Value::Number(number)),
        }
    }

    /// Forgets everything but the room it has.
    pub(super) fn clear(&mut self) {
        let Summary { min, max, .. } = Summary::default();
        self.present = 0;
        self.sum = Sum::default();
        self.whole_sum = 0;
        (self.min, self.max) = (min, max);
        self.moments = Moments::default();
        self.values.clear();
        self.first = Value::Missing;
        self.last = Value::Missing;
    }
}

/// A sum with values added whose own sum is beyond the range of a float.
#[cold]
fn sum_from(mut sum: Sum, column: &Column, rows: Range<usize>) -> Sum {
    numbers(column, rows).for_each(|number| sum.add(number));
    sum
}

/// The numbers that are not missing.
fn numbers(column: &Column, rows: Range<usize>) -> impl Iterator<Item = f64> + Clone + '_ {
    let (floats, integers) = match column {
        Column::Number(values) => (values.get(rows), None),
        Column::Integer(values) => (None, values.get(rows)),
        Column::Text(_) | Column::Boolean(_) => (None, None),
    };
    let floats = floats
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|value| !value.is_nan());
    let integers = integers.unwrap_or_default().iter();
    floats.chain(
        integers
            .filter(|value| **value != MISSING_INTEGER)
            .map(|value| *value as f64),
    )
}

/// The value below which a fraction of the values lies, between neighbours by linear
/// interpolation: type 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages",
/// American Statistician 50 (1996), as NumPy, R and spreadsheets have it. Reorders the values.
fn percentile(values: &mut [f64], fraction: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = last as f64 * fraction;
    let below = (position.floor() as usize).min(last);
    let (_, low, rest) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = rest.iter().copied().fold(f64::INFINITY, f64::min);
    let weight = position - below as f64;
    if weight > 0.0 && high.is_finite() {
        super::fill::between(low, high, weight)
    } else {
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accumulate(values: &[f64], parts: usize, functions: &[Function]) -> Vec<Value> {
        let needs = Needs::of(functions);
        let mut accumulator = Accumulator::default();
        for part in values.chunks(parts) {
            accumulator.add(&Column::Number(part.to_vec()), 0..part.len(), needs);
        }
        functions
            .iter()
            .map(|function| accumulator.result(*function, FieldType::Number))
            .map(|result| result.unwrap_or(Value::Text("out of range".into())))
            .collect()
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy.percentile([1, 2, 4, 8, 16], ...)
        let values = [16.0, 1.0, 8.0, 2.0, 4.0, f64::NAN];
        for (name, expected) in [
            ("p0", 1.0),
            ("p10", 1.4),
            ("median", 4.0),
            ("p75", 8.0),
            ("p95", 14.4),
            ("p100", 16.0),
        ] {
            let result = accumulate(&values, 2, &[Function::parse(name).unwrap()]);
            let [Value::Number(number)] = result[..] else {
                panic!("{result:?}")
            };
            assert!((number - expected).abs() < 1e-12, "{name}: {number}");
        }
    }

    #[test]
    fn deviations_are_exact_where_the_naive_way_is_not() {
        // Sample standard deviation of 4, 7, 13, 16 is sqrt(30), however far from zero they are.
        for shift in [0.0, 1e6, 1e9] {
            let values: Vec<f64> = [4.0, 7.0, 13.0, 16.0].map(|value| value + shift).to_vec();
            for parts in 1..=4 {
                let result = accumulate(&values, parts, &[Function::Stddev]);
                let [Value::Number(number)] = result[..] else {
                    panic!("{result:?}")
                };
                assert!(
                    (number - 30.0_f64.sqrt()).abs() < 1e-6,
                    "{shift}, {parts}: {number}"
                );
            }
        }
        assert_eq!(accumulate(&[5.0], 1, &[Function::Stddev]), [Value::Missing]);
    }

    #[test]
    fn large_values_have_means_and_percentiles_and_no_sum() {
        let functions = ["mean", "median", "stddev", "sum"];
        let functions = functions.map(|name| Function::parse(name).unwrap());
        let (number, out) = (Value::Number, Value::Text("out of range".into()));
        for parts in 1..=3 {
            let results = accumulate(&[1.7e308, 1.7e308], parts, &functions);
            let large = || number(1.7e308);
            let expected = [large(), large(), number(0.0), out.clone()];
            assert_eq!(results, expected);
            let results = accumulate(&[-1.7e308, 1.7e308], parts, &functions[..2]);
            assert_eq!(results, [number(0.0), number(0.0)]);
        }
    }

    #[test]
    fn sums_of_integers_are_exact_or_out_of_range() {
        let sum = |values: &[i64], parts: usize| {
            let mut accumulator = Accumulator::default();
            let needs = Needs::default();
            for part in values.chunks(parts) {
                let column = Column::Integer(part.to_vec());
                accumulator.add(&column, 0..part.len(), needs);
            }
            accumulator.result(Function::Sum, FieldType::Integer)
        };
        let large = Value::MAX_INTEGER;
        for parts in 1..=4 {
            let exact = Some(Value::Integer(2 * large + 1));
            assert_eq!(sum(&[large, 1, large, MISSING_INTEGER], parts), exact);
            assert_eq!(
                sum(&[large; 1024], parts),
                Some(Value::Integer(1024 * large))
            );
            assert_eq!(sum(&[large; 1025], parts), None);
        }
    }

    #[test]
    fn nothing_gives_a_count_of_zero_and_else_nothing() {
        let functions = [
            "count", "sum", "mean", "min", "max", "stddev", "median", "first", "last",
        ];
        let functions: Vec<Function> = functions
            .map(|name| Function::parse(name).unwrap())
            .to_vec();
        let results = accumulate(&[f64::NAN], 1, &functions);
        assert_eq!(results[0], Value::Integer(0));
        assert!(
            results[1..].iter().all(|value| *value == Value::Missing),
            "{results:?}"
        );
    }

    #[test]
    fn first_and_last_pass_over_missing_values() {
        let values = [f64::NAN, 3.0, 1.0, 2.0, f64::NAN];
        for parts in 1..=5 {
            let ends = accumulate(&values, parts, &[Function::First, Function::Last]);
            assert_eq!(ends, [Value::Number(3.0), Value::Number(2.0)]);
        }
    }
}
