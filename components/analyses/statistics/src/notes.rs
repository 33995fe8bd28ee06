//! Sentences about the data that a result carries, for what a reader would not expect.

use serde_json::Value;

use crate::series::Series;
use crate::step::{DAY, Step, is_weekend, words_of};

/// Points that a series must have before the lack of values at weekends is remarked on: two weeks.
const WORKDAYS: usize = 10;

/// The sentences, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notes(Vec<String>);

impl Notes {
    pub fn add(&mut self, note: Option<String>) {
        self.0.extend(note);
    }

    /// As the member `notes` of a result.
    pub fn to_json(&self) -> Value {
        Value::from(self.0.clone())
    }
}

/// How many points have a value and share their time with another one that has; times are ascending.
pub fn sharing(times: &[i64], values: &[f64]) -> usize {
    let points = times.iter().zip(values);
    let present: Vec<i64> = points
        .filter(|(_, value)| value.is_finite())
        .map(|(time, _)| *time)
        .collect();
    present
        .chunk_by(|one, other| one == other)
        .map(<[i64]>::len)
        .filter(|count| *count > 1)
        .sum()
}

/// Of points that share their time, what was `done` with them.
pub fn shared_times(times: &[i64], values: &[f64], done: &str) -> Option<String> {
    let sharing = sharing(times, values);
    let all = values.iter().filter(|value| value.is_finite()).count();
    let first = times
        .iter()
        .zip(times.iter().skip(1))
        .find(|(one, next)| one == next)
        .map_or_else(String::new, |(time, _)| words_of(*time));
    (sharing > 0).then(|| {
        format!(
            "{sharing} of {all} values share their time with another, the first at {first}: {done} If the field has several series, such as one per station, choose one with `filter`."
        )
    })
}

/// Of a series whose values are the means of several points each.
pub fn averaged(
    series: &Series,
    times: &[i64],
    values: &[f64],
    is_step_given: bool,
) -> Option<String> {
    let shared = shared_times(times, values, "the mean of each time was used.");
    if shared.is_some() || is_step_given || series.merged == 0 {
        return shared;
    }
    Some(format!(
        "{} steps of {} have several values: the mean of each step was used.",
        series.merged,
        series.step.words()
    ))
}

/// Of a series of days that has no values at weekends.
pub fn without_weekends(series: &Series) -> Option<String> {
    if series.step != Step::Length(DAY) {
        return None;
    }
    let places = || (0..series.len()).map(|place| series.time(place));
    let mut weekends = places().filter(|time| is_weekend(*time)).count();
    let present = places()
        .zip(&series.values)
        .filter(|(_, value)| !value.is_nan());
    let mut count = 0;
    for (time, _) in present {
        count += 1;
        if is_weekend(time) {
            weekends = 0;
        }
    }
    (weekends > 1 && count >= WORKDAYS).then(|| {
        "The series has no values at weekends, which were filled with straight lines: `\"every\": \"business_day\"` leaves them out.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_share_their_time_are_counted() {
        let nan = f64::NAN;
        assert_eq!(sharing(&[1, 1, 2, 3, 3, 3], &[1.0; 6]), 5);
        assert_eq!(sharing(&[1, 1, 2], &[1.0, nan, 2.0]), 0);
        let note = shared_times(&[0, 0, DAY], &[1.0; 3], "the mean of each time was used.");
        let note = note.expect("a note");
        assert!(
            note.contains("2 of 3") && note.contains("1970-01-01"),
            "{note}"
        );
        assert_eq!(shared_times(&[0, DAY], &[1.0; 2], ""), None);
    }

    #[test]
    fn a_series_without_weekends_is_remarked_on() {
        let days = |skip: bool| -> Vec<i64> {
            let days = (0..30).map(|day| day * DAY);
            days.filter(|day| !(skip && is_weekend(*day))).collect()
        };
        let series = |times: &[i64]| {
            let values: Vec<f64> = (0..times.len()).map(|i| i as f64).collect();
            Series::new(times, &values, None, 2).expect("a series")
        };
        assert!(without_weekends(&series(&days(true))).is_some());
        assert_eq!(without_weekends(&series(&days(false))), None);
        assert_eq!(without_weekends(&series(&days(true)[..7])), None);
    }
}
