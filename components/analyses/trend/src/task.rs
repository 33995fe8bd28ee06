//! A run: the line, then the slopes of all pairs.

use analyst::input;
use analyst::stages::Next;
use analyst::types::{Field, Report, Request, Table};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::figures::{estimate, probability};
use statistics::kendall::{MannKendall, Sen};
use statistics::line::Line;
use statistics::notes::{self, Notes};
use statistics::series::{Series, averaged};
use statistics::step::{DAY, Step, words_of};
use statistics::{Refusal, refusal};

use crate::picture;

/// Points of which all pairs can be looked at.
const MOST_POINTS: usize = 5_000;
/// Points that a line with an interval needs.
const LEAST_POINTS: usize = 4;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    #[serde(default)]
    per: Unit,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[default]
    Auto,
    Year,
    Day,
    Hour,
    Second,
}

impl Unit {
    /// In milliseconds.
    fn length(self) -> f64 {
        let day = DAY as f64;
        match self {
            Self::Auto | Self::Year => 365.2425 * day,
            Self::Day => day,
            Self::Hour => day / 24.0,
            Self::Second => 1000.0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Auto | Self::Year => "year",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Second => "second",
        }
    }

    /// The longest of which a length of time has two; the shortest if it has none.
    fn of_span(self, span: f64) -> Self {
        if self != Self::Auto {
            return self;
        }
        let units = [Self::Year, Self::Day, Self::Hour];
        let fits = units.into_iter().find(|unit| 2.0 * unit.length() <= span);
        fits.unwrap_or(Self::Second)
    }
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
    Pairs(Box<Work>),
    Report(Box<Work>, Sen, MannKendall),
}

/// The points and the line through them.
pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) field: Field,
    pub(crate) times: Vec<i64>,
    pub(crate) values: Vec<f64>,
    missing: usize,
    unit: Unit,
    /// The times since the first, in units.
    pub(crate) x: Vec<f64>,
    pub(crate) line: Line,
    notes: Notes,
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
                Ok(Next::Stage(
                    Self(Inner::Pairs(work)),
                    0.1,
                    "comparing all pairs",
                ))
            }
            Inner::Pairs(work) => {
                let sen = Sen::fit(&work.x, &work.values).ok_or(Refusal::OneInstant)?;
                let (low, high) = sen.interval;
                refusal::finite(&[sen.slope, sen.intercept, low, high])?;
                // By position, as the test takes values at equal distances.
                let span = work.x.last().copied().unwrap_or_default();
                let per_step = sen.slope * span / (work.x.len() as f64 - 1.0);
                let kendall = MannKendall::new(&work.values, per_step);
                Ok(Next::Stage(
                    Self(Inner::Report(work, sen, kendall)),
                    0.7,
                    "drawing",
                ))
            }
            Inner::Report(work, sen, kendall) => {
                let figure = picture::figure(&work, &sen);
                let files = work.params.look.files("trend", figure)?;
                let result = work.result(&sen, &kendall).to_string();
                Ok(Next::Done(Report { result, files }))
            }
        }
    }
}

impl Work {
    fn new(request: Request, params: Params, table: &Table) -> Result<Self, String> {
        let (field, column) = input::numbers(table, &params.field)?;
        let present = refusal::varied(column, LEAST_POINTS)?;
        let done = "the mean of each time was used.";
        let mut notes = Notes::default();
        notes.add(notes::shared_times(&table.times, column, done));
        let (times, values) = match Step::asked(params.every.as_deref())? {
            None => averaged(&table.times, column),
            step => {
                let series = Series::new(&table.times, column, step, LEAST_POINTS)?;
                averaged(&series.times(), &series.values)
            }
        };
        if values.len() > MOST_POINTS {
            let (have, most) = (values.len(), MOST_POINTS);
            return Err(Refusal::TooMany { have, most }.into());
        }
        let first = times.first().copied().unwrap_or_default();
        let since = |time: &i64| time.saturating_sub(first) as f64;
        let span = times.last().map_or(0.0, since);
        if span <= 0.0 {
            return Err(Refusal::OneInstant.into());
        }
        refusal::varied(&values, LEAST_POINTS)?;
        let unit = params.per.of_span(span);
        let x: Vec<f64> = times
            .iter()
            .map(|time| since(time) / unit.length())
            .collect();
        let line = Line::fit(&x, &values).ok_or(Refusal::Numerical)?;
        let ((low, high), (robust_low, robust_high)) = (line.interval, line.robust_interval);
        refusal::finite(&[
            line.slope,
            line.intercept,
            low,
            high,
            robust_low,
            robust_high,
        ])?;
        Ok(Self {
            field: field.clone(),
            missing: column.len() - present.len(),
            request,
            params,
            times,
            values,
            unit,
            x,
            line,
            notes,
        })
    }

    /// `ppm a year`.
    pub(crate) fn per(&self) -> String {
        let per = format!("a {}", self.unit.name());
        match self.field.unit.as_deref().filter(|unit| !unit.is_empty()) {
            Some(unit) => format!("{unit} {per}"),
            None => per,
        }
    }

    fn result(&self, sen: &Sen, kendall: &MannKendall) -> Value {
        let line = &self.line;
        let interval = |(low, high): (f64, f64)| json!([estimate(low), estimate(high)]);
        let time = |time: Option<&i64>| time.map(|time| words_of(*time));
        json!({
            "field": self.field.name,
            "unit": self.field.unit,
            "per": self.unit.name(),
            "points": self.values.len(),
            "missing": self.missing,
            "first": time(self.times.first()),
            "last": time(self.times.last()),
            "linear": {
                "slope": estimate(line.slope),
                "interval_95": interval(line.interval),
                "p": probability(line.p),
                "intercept": estimate(line.intercept),
                "r2": estimate(line.r2),
                "newey_west": {
                    "lags": line.lags,
                    "interval_95": interval(line.robust_interval),
                    "p": probability(line.robust_p),
                },
            },
            "theil_sen": {
                "slope": estimate(sen.slope),
                "interval_95": interval(sen.interval),
                "intercept": estimate(sen.intercept),
            },
            "mann_kendall": {
                "s": kendall.s,
                "tau": estimate(kendall.tau),
                "p": probability(kendall.p),
                "hamed_rao_p": probability(kendall.dependent_p),
            },
            "notes": self.notes.to_json(),
        })
    }
}
