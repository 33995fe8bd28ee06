//! A series with a value at every step.

use crate::refusal::{Refusal, present};
use crate::step::{Step, is_weekend};
use crate::summary::mean;

/// Values at regular steps, from the first to the last that is there; NaN where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub step: Step,
    /// The time of the first value, in milliseconds since 1970.
    pub start: i64,
    pub values: Vec<f64>,
    /// How many steps have several points, whose mean is their value.
    pub merged: usize,
}

impl Series {
    /// Puts points into steps; where several fall into one, their mean counts. Without a step given the one
    /// found in the times is taken, beginning at the first point.
    ///
    /// # Errors
    /// [`Refusal`] for fewer than `need` values, and for points that are too irregular.
    pub fn new(
        times: &[i64],
        values: &[f64],
        step: Option<Step>,
        need: usize,
    ) -> Result<Self, Refusal> {
        present(values, need)?;
        let points: Vec<(i64, f64)> = times
            .iter()
            .copied()
            .zip(values.iter().copied())
            .filter(|(_, value)| value.is_finite())
            .collect();
        let found = || Step::found(times).ok_or(Refusal::OneInstant);
        let (is_given, step) = (step.is_some(), step.map_or_else(found, Ok)?);
        let first = points.first().map_or(0, |(time, _)| *time);
        if step == Step::BusinessDay
            && let Some((time, _)) = points.iter().find(|(time, _)| is_weekend(*time))
        {
            return Err(Refusal::Weekend(*time));
        }
        let start = if is_given { step.floor(first) } else { first };
        let place = |time: i64| step.between(start, time, !is_given).max(0);
        let last = points.last().map_or(0, |(time, _)| place(*time));
        let steps = usize::try_from(last)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if steps > 4 * points.len() + 1000 {
            return Err(Refusal::Sparse {
                steps,
                points: points.len(),
            });
        }
        let mut means = vec![f64::NAN; steps];
        let mut merged = 0;
        for equal in points.chunk_by(|one, other| place(one.0) == place(other.0)) {
            let values: Vec<f64> = equal.iter().map(|(_, value)| *value).collect();
            let slot = equal
                .first()
                .and_then(|(time, _)| usize::try_from(place(*time)).ok());
            if let Some(slot) = slot.and_then(|slot| means.get_mut(slot)) {
                *slot = mean(&values);
            }
            merged += usize::from(equal.len() > 1);
        }
        let values = means;
        present(&values, need)?;
        Ok(Self {
            step,
            start,
            values,
            merged,
        })
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The time of a value, also of those after the end.
    pub fn time(&self, position: usize) -> i64 {
        let steps = i64::try_from(position).unwrap_or(i64::MAX);
        self.step.after(self.start, steps)
    }

    /// The times of all values.
    pub fn times(&self) -> Vec<i64> {
        (0..self.len())
            .map(|position| self.time(position))
            .collect()
    }

    /// How many steps have no value.
    pub fn missing(&self) -> usize {
        self.values.iter().filter(|value| value.is_nan()).count()
    }

    /// The values, the missing ones on straight lines between their neighbours.
    ///
    /// # Errors
    /// [`Refusal::Sparse`] when more than half are missing.
    pub fn filled(&self) -> Result<Vec<f64>, Refusal> {
        let missing = self.missing();
        if 2 * missing > self.len() {
            return Err(Refusal::Sparse {
                steps: self.len(),
                points: self.len() - missing,
            });
        }
        Ok(interpolated(&self.values))
    }
}

/// The values of series with the same step, from the earliest beginning to the latest end, NaN where one of them has none.
pub fn aligned(series: &[Series]) -> Vec<Vec<f64>> {
    let start = series
        .iter()
        .map(|series| series.start)
        .min()
        .unwrap_or_default();
    let shifted = series.iter().map(|series| {
        let shift = series.step.between(start, series.start, true);
        let before = usize::try_from(shift).unwrap_or_default();
        let mut values = vec![f64::NAN; before];
        values.extend(&series.values);
        values
    });
    let mut columns: Vec<Vec<f64>> = shifted.collect();
    let length = columns.iter().map(Vec::len).max().unwrap_or_default();
    for column in &mut columns {
        column.resize(length, f64::NAN);
    }
    columns
}

/// The points whose values are there, those of one time as their mean. Times are ascending.
pub fn averaged(times: &[i64], values: &[f64]) -> (Vec<i64>, Vec<f64>) {
    let points: Vec<(i64, f64)> = times
        .iter()
        .copied()
        .zip(values.iter().copied())
        .filter(|(_, value)| value.is_finite())
        .collect();
    let mean = |equal: &[(i64, f64)]| {
        let values: Vec<f64> = equal.iter().map(|(_, value)| *value).collect();
        (equal.first().map_or(0, |(time, _)| *time), mean(&values))
    };
    points
        .chunk_by(|one, other| one.0 == other.0)
        .map(mean)
        .unzip()
}

/// Straight lines over what is missing between two values.
pub fn interpolated(values: &[f64]) -> Vec<f64> {
    let mut filled = values.to_vec();
    let mut last: Option<(usize, f64)> = None;
    for (position, value) in values.iter().copied().enumerate() {
        if value.is_nan() {
            continue;
        }
        if let Some((before, left)) = last {
            let width = (position - before) as f64;
            for (offset, gap) in filled
                .iter_mut()
                .take(position)
                .skip(before + 1)
                .enumerate()
            {
                let share = (offset + 1) as f64 / width;
                *gap = if (value - left).is_finite() {
                    left + (value - left) * (offset + 1) as f64 / width
                } else {
                    left * (1.0 - share) + value * share
                };
            }
        }
        last = Some((position, value));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::DAY;

    const NAN: f64 = f64::NAN;

    #[test]
    fn gaps_become_missing_values_and_are_filled_with_lines() {
        let times = [0, DAY, 2 * DAY, 5 * DAY, 6 * DAY];
        let series = Series::new(&times, &[1.0, NAN, 3.0, 6.0, 7.0], None, 2).expect("a series");
        assert_eq!(series.step, Step::Length(DAY));
        assert_eq!((series.len(), series.missing()), (7, 3));
        assert_eq!(series.filled(), Ok(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]));
        assert_eq!(series.time(9), 9 * DAY);
    }

    #[test]
    fn points_of_one_step_have_their_mean() {
        let times = [DAY, DAY + 1, 2 * DAY, 3 * DAY];
        let series = Series::new(&times, &[1.0, 3.0, 5.0, 6.0], Step::parse("2d"), 2);
        let series = series.expect("a series");
        assert_eq!(
            (series.start, series.values, series.merged),
            (0, vec![2.0, 5.5], 2)
        );
    }

    #[test]
    fn business_days_have_no_gap_at_the_weekend() {
        // 1970-01-01 was a Thursday.
        let times = [0, DAY, 4 * DAY, 6 * DAY].map(|time| time + 3_600_000);
        let series = Series::new(&times, &[1.0, 2.0, 3.0, 5.0], Some(Step::BusinessDay), 2);
        let series = series.expect("a series");
        assert_eq!((series.start, series.len(), series.missing()), (0, 5, 1));
        assert_eq!(series.time(7), 11 * DAY);
        let weekend = Series::new(&[0, 2 * DAY], &[1.0, 2.0], Some(Step::BusinessDay), 2);
        assert_eq!(weekend, Err(Refusal::Weekend(2 * DAY)));
    }

    #[test]
    fn series_are_aligned_by_their_times() {
        let times = [0, DAY, 2 * DAY, 3 * DAY];
        let series = [[NAN, 2.0, 3.0, 4.0], [5.0, 6.0, NAN, NAN]]
            .map(|values| Series::new(&times, &values, None, 2).expect("a series"));
        let columns = aligned(&series);
        assert_eq!(columns[0][1..], [2.0, 3.0, 4.0]);
        assert_eq!(columns[1][..2], [5.0, 6.0]);
        assert!(columns[0][0].is_nan() && columns[1][3].is_nan());
    }

    #[test]
    fn points_of_one_time_are_averaged() {
        let averaged = averaged(&[1, 1, 2, 3], &[1.0, 2.0, NAN, 5.0]);
        assert_eq!(averaged, (vec![1, 3], vec![1.5, 5.0]));
    }

    #[test]
    fn what_is_no_series_is_refused() {
        let refusal = |times: &[i64], values: &[f64]| Series::new(times, values, None, 2);
        assert_eq!(refusal(&[], &[]), Err(Refusal::NoPoints));
        assert_eq!(refusal(&[0], &[NAN]), Err(Refusal::AllMissing(1)));
        assert_eq!(refusal(&[7, 7], &[1.0, 2.0]), Err(Refusal::OneInstant));
        let far = [0, 1, 2, 1_000_000_000];
        let sparse = refusal(&far, &[1.0, 2.0, 3.0, 4.0]);
        assert!(matches!(sparse, Err(Refusal::Sparse { .. })), "{sparse:?}");
    }
}
