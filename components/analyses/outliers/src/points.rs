//! The values to look at: as they are or in steps, as numbers that can be squared or as logarithms.

use serde::Deserialize;
use statistics::Refusal;
use statistics::magnitude::Scale;
use statistics::notes::{self, Notes};
use statistics::outliers::grows_with_level;
use statistics::series::{Series, averaged};
use statistics::step::Step;

use crate::task::{Choice, LEAST_VALUES, Params};

/// Whether logarithms are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transform {
    #[default]
    Auto,
    None,
    Log,
}

/// Values by time.
pub(crate) struct Points {
    pub(crate) times: Vec<i64>,
    /// As they were, NaN where they are missing.
    pub(crate) values: Vec<f64>,
    /// The same, scaled or as logarithms.
    pub(crate) worked: Vec<f64>,
    pub(crate) scale: Scale,
    pub(crate) is_log: bool,
    /// The series in regular steps, where there is one: [`Self::values`] are its values.
    pub(crate) series: Option<Series>,
    /// The points as they were, which the median needs no order of, and a note on them.
    plain: (Vec<i64>, Vec<f64>),
    plain_note: Option<String>,
    is_log_asked: bool,
    pub(crate) step: Option<Step>,
    pub(crate) notes: Notes,
}

impl Points {
    /// # Errors
    /// When the series is too irregular for the step, or has no logarithms.
    pub(crate) fn new(params: &Params, times: &[i64], column: &[f64]) -> Result<Self, String> {
        let asked = params.step()?;
        let is_plain = params.method == Choice::Mad && asked.is_none();
        let found = Series::new(times, column, asked, LEAST_VALUES);
        let must_be = asked.is_some() || params.method == Choice::Seasonal;
        let series = match found {
            Ok(_) if is_plain => None,
            Ok(series) => Some(series),
            Err(refusal) if must_be => return Err(refusal.into()),
            Err(_) => None,
        };
        let mut notes = Notes::default();
        let (own, values) = match &series {
            Some(series) => {
                notes.add(notes::averaged(series, times, column, asked.is_some()));
                (series.times(), series.values.clone())
            }
            None if is_plain => (times.to_vec(), column.to_vec()),
            None => {
                let done = "the mean of each time was used.";
                notes.add(notes::shared_times(times, column, done));
                averaged(times, column)
            }
        };
        let done = "each was compared with the median of all values.";
        let plain_note = notes::shared_times(times, column, done);
        if is_plain {
            notes.add(plain_note.clone());
        }
        let present: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let is_log = match params.transform {
            Transform::None => false,
            Transform::Auto => params.method != Choice::Mad && grows_with_level(&present),
            Transform::Log => true,
        };
        if is_log && present.iter().any(|value| *value <= 0.0) {
            return Err("`transform`: only values greater than 0 have logarithms.".to_owned());
        }
        if is_log && params.transform == Transform::Auto {
            notes.add(Some("The changes of the values grow with their level: logarithms were used, and `sd` is a share of what was expected. `\"transform\": \"none\"` uses the values.".to_owned()));
        }
        let mut points = Self {
            times: own,
            values,
            worked: Vec::new(),
            scale: Scale::for_squares(&present),
            is_log,
            step: series.as_ref().map(|series| series.step),
            series,
            plain: (times.to_vec(), column.to_vec()),
            plain_note,
            is_log_asked: params.transform == Transform::Log,
            notes,
        };
        points.worked = points
            .values
            .iter()
            .map(|value| points.work(*value))
            .collect();
        Ok(points)
    }

    fn work(&self, value: f64) -> f64 {
        if self.is_log {
            libm::log(value)
        } else {
            self.scale.down(value)
        }
    }

    /// A figure of [`Self::worked`] in the unit of the values; NaN beyond the range of floats.
    pub(crate) fn back(&self, figure: f64) -> f64 {
        let value = if self.is_log {
            libm::exp(figure)
        } else {
            self.scale.nearest(figure)
        };
        if value.is_finite() { value } else { f64::NAN }
    }

    /// Where each value is along the series, in steps or as a share of the whole time.
    pub(crate) fn positions(&self) -> Vec<f64> {
        if self.series.is_some() {
            return (0..self.values.len()).map(|place| place as f64).collect();
        }
        let first = self.times.first().copied().unwrap_or_default();
        let since = |time: &i64| time.saturating_sub(first) as f64;
        let whole = self.times.last().map_or(1.0, since).max(1.0);
        self.times.iter().map(|time| since(time) / whole).collect()
    }

    /// The points as they were, for the median.
    pub(crate) fn for_median(mut self) -> Self {
        let (times, values) = std::mem::take(&mut self.plain);
        (self.times, self.values, self.series, self.step) = (times, values, None, None);
        self.is_log = self.is_log_asked;
        self.worked = self.values.iter().map(|value| self.work(*value)).collect();
        self.notes = Notes::default();
        self.notes.add(self.plain_note.take());
        self
    }

    /// The worked values without those that are missing.
    pub(crate) fn present(&self) -> Vec<f64> {
        let values = self.worked.iter().copied();
        values.filter(|value| !value.is_nan()).collect()
    }

    /// The worked values, the missing ones on straight lines.
    pub(crate) fn filled(&self, series: &Series) -> Result<Vec<f64>, Refusal> {
        let worked = Series {
            values: self.worked.clone(),
            ..series.clone()
        };
        worked.filled()
    }
}
