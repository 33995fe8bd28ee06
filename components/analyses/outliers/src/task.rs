//! A run: what was to be expected, and what is far from it.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::figures::{digits, estimate, rounded};
use statistics::refusal;
use statistics::step::{Step, words_of};

use crate::expected::{Expected, Method};
use crate::picture;
use crate::points::{Points, Transform};

/// Values without which the median says nothing.
pub(crate) const LEAST_VALUES: usize = 4;
/// Outliers that the result lists; the file has all.
const MOST_LISTED: usize = 1_000;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    #[serde(default)]
    pub(crate) method: Choice,
    #[serde(default)]
    pub(crate) transform: Transform,
    #[serde(default = "usual_threshold")]
    pub(crate) threshold: f64,
    #[serde(default)]
    pub(crate) season: Value,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Choice {
    #[default]
    Auto,
    Mad,
    Trend,
    Seasonal,
}

fn usual_threshold() -> f64 {
    3.5
}

impl Params {
    /// # Errors
    /// A fault that the schema does not know.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let params: Self = input::parameters(text)?;
        params.look.check()?;
        params.step()?;
        Ok(params)
    }

    pub(crate) fn step(&self) -> Result<Option<Step>, String> {
        Step::asked(self.every.as_deref())
    }
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Expect(Box<(Request, Params, Field, Points)>),
    Report(Box<Work>),
}

/// The values, and what was to be expected of each.
pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) field: Field,
    pub(crate) points: Points,
    pub(crate) expected: Expected,
}

impl analyst::stages::Stage for Stage {
    fn begin(request: Request, data: Table) -> Result<Self, String> {
        let params = Params::read(&request.parameters)?;
        Ok(Self(Inner::Begin(Box::new((request, params, data)))))
    }

    fn advance(self) -> Result<Next<Self>, String> {
        match self.0 {
            Inner::Begin(input) => {
                let (request, params, table) = *input;
                let (field, column) = input::numbers(&table, &params.field)?;
                refusal::varied(column, LEAST_VALUES)?;
                let points = Points::new(&params, &table.times, column)?;
                let ready = Box::new((request, params, field.clone(), points));
                Ok(Next::Stage(Self(Inner::Expect(ready)), 0.2, "computing"))
            }
            Inner::Expect(ready) => {
                let (request, params, field, points) = *ready;
                let (points, expected) = Expected::new(&params, points)?;
                let work = Box::new(Work {
                    request,
                    params,
                    field,
                    points,
                    expected,
                });
                Ok(Next::Stage(Self(Inner::Report(work)), 0.6, "drawing"))
            }
            Inner::Report(work) => {
                let figure = picture::figure(&work);
                let mut files = work.params.look.files("outliers", figure)?;
                files.push(work.csv());
                let result = work.result().to_string();
                Ok(Next::Done(Report { result, files }))
            }
        }
    }
}

impl Work {
    /// Place and score of each outlier, in order of time.
    pub(crate) fn outliers(&self) -> Vec<(usize, f64)> {
        let pairs = self.points.worked.iter().zip(&self.expected.values);
        let scores = pairs
            .zip(&self.expected.spreads)
            .map(|((value, expected), spread)| (value - expected) / spread);
        scores
            .enumerate()
            .filter(|(_, score)| score.abs() > self.params.threshold)
            .collect()
    }

    /// What was expected, and so many standard deviations more, in the unit of the field.
    pub(crate) fn around(&self, deviations: f64) -> Vec<f64> {
        let pairs = self.expected.values.iter().zip(&self.expected.spreads);
        pairs
            .map(|(expected, spread)| self.points.back(expected + deviations * spread))
            .collect()
    }

    fn row(&self, place: usize, score: f64) -> Option<[Value; 4]> {
        let time = self.points.times.get(place).map(|time| words_of(*time))?;
        let (value, expected) = (
            self.points.values.get(place)?,
            self.expected.values.get(place)?,
        );
        let expected = self.points.back(*expected);
        let digits = digits(expected, value - expected);
        Some([
            json!(time),
            json!(value),
            json!(rounded(expected, digits)),
            estimate(score),
        ])
    }

    fn result(&self) -> Value {
        let outliers = self.outliers();
        let values = &self.points.values;
        let present = values.iter().filter(|value| !value.is_nan()).count();
        let listed = outliers
            .iter()
            .take(MOST_LISTED)
            .filter_map(|(place, score)| {
                let [time, value, expected, score] = self.row(*place, *score)?;
                Some(json!({"time": time, "value": value, "expected": expected, "score": score}))
            });
        let expected = &self.expected;
        let (season, window) = match expected.method {
            Method::Seasonal(period) => (Some(period), None),
            Method::Trend(window) => (None, Some(window)),
            Method::Mad => (None, None),
        };
        json!({
            "field": self.field.name,
            "unit": self.field.unit,
            "method": expected.method.name(),
            "transform": if self.points.is_log { "log" } else { "none" },
            "season": season,
            "window": window,
            "every": self.points.step.map(Step::words),
            "threshold": self.params.threshold,
            "values": present,
            "missing": values.len() - present,
            "sd": estimate(self.sd()),
            "count": outliers.len(),
            "outliers": listed.collect::<Value>(),
            "is_complete": outliers.len() <= MOST_LISTED,
            "notes": expected.notes.to_json(),
        })
    }

    /// Of what is left; of logarithms a share of what was expected.
    fn sd(&self) -> f64 {
        match (self.expected.is_exact, self.points.is_log) {
            (true, _) => 0.0,
            (false, true) => self.expected.spread,
            (false, false) => self.points.scale.up(self.expected.spread),
        }
    }

    fn csv(&self) -> File {
        let header = ["time", "value", "expected", "score"];
        let outliers = self.outliers().into_iter();
        let rows = outliers.filter_map(|(place, score)| self.row(place, score).map(Vec::from));
        csv::file("outliers.csv", &header, rows)
    }
}
