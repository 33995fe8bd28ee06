//! A run: what was to be expected, and what is far from it.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::decomposed::decompose;
use statistics::figures::estimate;
use statistics::outliers::Usual;
use statistics::series::Series;
use statistics::step::{Step, words_of};
use statistics::{Refusal, refusal, seasons};

use crate::picture;

/// Steps that a series may have to be decomposed robustly, which looks at it fifteen times.
const MOST_STEPS: usize = 20_000;
/// Values without which the median says nothing.
const LEAST_VALUES: usize = 4;
/// Outliers that the result lists; the file has all.
const MOST_LISTED: usize = 1_000;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    #[serde(default)]
    method: Method,
    #[serde(default = "usual_threshold")]
    pub(crate) threshold: f64,
    #[serde(default)]
    season: Value,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    #[default]
    Auto,
    Mad,
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
        Step::asked(params.every.as_deref())?;
        Ok(params)
    }
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Report(Box<Work>),
}

/// The values, and what was to be expected of each.
pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) field: Field,
    pub(crate) times: Vec<i64>,
    pub(crate) values: Vec<f64>,
    /// The median, or trend and season.
    pub(crate) expected: Vec<f64>,
    /// A standard deviation of what is left.
    pub(crate) spread: f64,
    /// The season, and the step that it is counted in; `None` where the median is what was expected.
    season: Option<(usize, Step)>,
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
                let work = Box::new(Work::new(request, params, &table)?);
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
    fn new(request: Request, params: Params, table: &Table) -> Result<Self, String> {
        let (field, column) = input::numbers(table, &params.field)?;
        let present = refusal::varied(column, LEAST_VALUES)?;
        let step = Step::asked(params.every.as_deref())?;
        let series = || Series::new(&table.times, column, step, LEAST_VALUES);
        let season = match params.method {
            Method::Mad => None,
            Method::Auto => series()
                .ok()
                .and_then(|series| season(&params, series).ok()),
            Method::Seasonal => Some(season(&params, series()?)?),
        };
        if let Some((series, period)) = season {
            return Self::seasonal(request, params, field, &series, period);
        }
        let (times, values) = match step {
            None => (table.times.clone(), column.to_vec()),
            Some(_) => {
                let series = series()?;
                (series.times(), series.values)
            }
        };
        let usual = Usual::new(&present).ok_or(Refusal::Numerical)?;
        Ok(Self {
            field: field.clone(),
            request,
            params,
            times,
            expected: vec![usual.middle; values.len()],
            values,
            spread: usual.spread,
            season: None,
        })
    }

    fn seasonal(
        request: Request,
        params: Params,
        field: &Field,
        series: &Series,
        period: usize,
    ) -> Result<Self, String> {
        let filled = series.filled()?;
        let parts = decompose(&filled, &[period], true).ok_or(Refusal::Numerical)?;
        let rest = parts.rest.iter().zip(&series.values);
        let rest: Vec<f64> = rest
            .filter(|(_, value)| !value.is_nan())
            .map(|(rest, _)| *rest)
            .collect();
        let usual = Usual::new(&rest).ok_or(Refusal::Numerical)?;
        let expected = filled
            .iter()
            .zip(&parts.rest)
            .map(|(value, rest)| value - rest + usual.middle);
        Ok(Self {
            field: field.clone(),
            request,
            params,
            times: series.times(),
            values: series.values.clone(),
            expected: expected.collect(),
            spread: usual.spread,
            season: Some((period, series.step)),
        })
    }

    /// Place and score of each outlier, in order of time.
    pub(crate) fn outliers(&self) -> Vec<(usize, f64)> {
        let pairs = self.values.iter().zip(&self.expected);
        let scores = pairs.map(|(value, expected)| (value - expected) / self.spread);
        scores
            .enumerate()
            .filter(|(_, score)| score.abs() > self.params.threshold)
            .collect()
    }

    fn row(&self, place: usize, score: f64) -> Option<[Value; 4]> {
        let time = self.times.get(place).map(|time| words_of(*time))?;
        let (value, expected) = (self.values.get(place)?, self.expected.get(place)?);
        Some([
            json!(time),
            json!(value),
            estimate(*expected),
            estimate(score),
        ])
    }

    fn result(&self) -> Value {
        let outliers = self.outliers();
        let present = self.values.iter().filter(|value| !value.is_nan()).count();
        let listed = outliers
            .iter()
            .take(MOST_LISTED)
            .filter_map(|(place, score)| {
                let [time, value, expected, score] = self.row(*place, *score)?;
                Some(json!({"time": time, "value": value, "expected": expected, "score": score}))
            });
        json!({
            "field": self.field.name,
            "unit": self.field.unit,
            "method": if self.season.is_some() { "seasonal" } else { "mad" },
            "season": self.season.map(|(period, _)| period),
            "every": self.season.map(|(_, step)| step.words()),
            "threshold": self.params.threshold,
            "values": present,
            "missing": self.values.len() - present,
            "sd": estimate(self.spread),
            "count": outliers.len(),
            "outliers": listed.collect::<Value>(),
            "is_complete": outliers.len() <= MOST_LISTED,
        })
    }

    fn csv(&self) -> File {
        let header = ["time", "value", "expected", "score"];
        let outliers = self.outliers().into_iter();
        let rows = outliers.filter_map(|(place, score)| self.row(place, score).map(Vec::from));
        csv::file("outliers.csv", &header, rows)
    }
}

/// The season that was given, which must fit, else one that is found.
fn season(params: &Params, series: Series) -> Result<(Series, usize), Refusal> {
    let have = series.len();
    if have > MOST_STEPS {
        let most = MOST_STEPS;
        return Err(Refusal::TooMany { have, most });
    }
    let asked = input::steps(&params.season);
    let period = match asked {
        Some(period) => period,
        None => seasons::found(&series.filled()?, series.step).ok_or(Refusal::NoSeason)?,
    };
    match period {
        0 | 1 => Err(Refusal::NoSeason),
        season if 2 * season > have => Err(Refusal::TooShortForSeason {
            have,
            season,
            need: 2 * season,
        }),
        _ => Ok((series, period)),
    }
}
