//! A run: one pair of fields in each step.

use analyst::stages::Next;
use analyst::types::{Report, Request, Table};
use analyst::{csv, input};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::correlation::{Coefficient, Correlation, lagged};
use statistics::figures::{estimate, probability};
use statistics::notes::{self, Notes};
use statistics::refusal;
use statistics::series::{Series, aligned};
use statistics::step::Step;

use crate::picture;

/// Pairs that a correlation needs: its interval has a degree of freedom for each above three.
const LEAST_PAIRS: usize = 4;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) fields: Vec<String>,
    #[serde(default)]
    method: Method,
    #[serde(default)]
    pub(crate) lags: isize,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    #[default]
    Pearson,
    Spearman,
}

impl Method {
    fn coefficient(self) -> Coefficient {
        match self {
            Self::Pearson => Coefficient::Pearson,
            Self::Spearman => Coefficient::Spearman,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pearson => "pearson",
            Self::Spearman => "spearman",
        }
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

    pub(crate) fn method(&self) -> &'static str {
        self.method.name()
    }
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Correlate(Box<Work>),
}

pub(crate) struct Work {
    request: Request,
    pub(crate) params: Params,
    /// The values of each field, of the same points.
    columns: Vec<Vec<f64>>,
    /// The length of a step, where the points were put into steps.
    step: Option<Step>,
    notes: Notes,
    /// The pairs of fields that are left, by their places, and those that are done.
    todo: Vec<(usize, usize)>,
    pub(crate) done: Vec<Pair>,
}

/// Two fields and what was found.
pub(crate) struct Pair {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) correlation: Correlation,
    /// By the delay of `y`, if delays were asked for.
    pub(crate) lagged: Vec<(isize, f64)>,
}

impl analyst::stages::Stage for Stage {
    fn begin(request: Request, data: Table) -> Result<Self, String> {
        let params = Params::read(&request.parameters)?;
        Ok(Self(Inner::Begin(Box::new((request, params, data)))))
    }

    fn advance(self) -> Result<Next<Self>, String> {
        let work = match self.0 {
            Inner::Begin(input) => {
                let (request, params, table) = *input;
                Box::new(Work::new(request, params, &table)?)
            }
            Inner::Correlate(work) => match work.advance()? {
                Ok(work) => work,
                Err(report) => return Ok(Next::Done(report)),
            },
        };
        let (done, left) = (work.done.len() as f64, work.todo.len() as f64);
        let fraction = 0.05 + 0.85 * done / (done + left).max(1.0);
        Ok(Next::Stage(
            Self(Inner::Correlate(work)),
            fraction,
            "correlating",
        ))
    }
}

impl Work {
    fn new(request: Request, params: Params, table: &Table) -> Result<Self, String> {
        let mut columns = Vec::new();
        for name in &params.fields {
            let (_, values) = input::numbers(table, name)?;
            refusal::varied(values, LEAST_PAIRS).map_err(|why| format!("`{name}`: {why}"))?;
            columns.push(values.to_vec());
        }
        let every = Step::asked(params.every.as_deref())?;
        let mut step = None;
        let mut notes = Notes::default();
        let is_stepped = params.lags > 0 || every.is_some();
        let done = if is_stepped {
            "the mean of each time was used."
        } else {
            "each point was a pair of its own."
        };
        let any = vec![0.0; table.times.len()];
        notes.add(notes::shared_times(&table.times, &any, done));
        if is_stepped {
            let series: Result<Vec<Series>, _> = columns
                .iter()
                .map(|column| Series::new(&table.times, column, every, LEAST_PAIRS))
                .collect();
            let series = series?;
            step = series.first().map(|series| series.step);
            columns = aligned(&series);
        }
        let places = 0..columns.len();
        let mut todo: Vec<(usize, usize)> = places
            .clone()
            .flat_map(|x| places.clone().skip(x + 1).map(move |y| (x, y)))
            .collect();
        todo.reverse();
        Ok(Self {
            request,
            params,
            columns,
            step,
            notes,
            todo,
            done: Vec::new(),
        })
    }

    /// The next pair, or the report when there is none left.
    fn advance(mut self: Box<Self>) -> Result<Result<Box<Self>, Report>, String> {
        let Some((x, y)) = self.todo.pop() else {
            return self.report().map(Err);
        };
        let pair = self.pair(x, y)?;
        self.done.push(pair);
        Ok(Ok(self))
    }

    fn pair(&self, x: usize, y: usize) -> Result<Pair, String> {
        let column = |place: usize| self.columns.get(place).map_or(&[][..], Vec::as_slice);
        let pairs = column(x).iter().zip(column(y));
        let both = pairs.filter(|(x, y)| !x.is_nan() && !y.is_nan());
        let (xs, ys): (Vec<f64>, Vec<f64>) = both.unzip();
        let of_pair = |why: refusal::Refusal| {
            format!(
                "`{}` and `{}`, where both have values: {why}",
                self.name(x),
                self.name(y)
            )
        };
        refusal::varied(&xs, LEAST_PAIRS).map_err(of_pair)?;
        refusal::varied(&ys, LEAST_PAIRS).map_err(of_pair)?;
        let method = self.params.method.coefficient();
        let lags = self.params.lags;
        let delays = (-lags..=lags).filter(|_| lags > 0);
        let lagged = delays.map(|lag| (lag, lagged(method, column(x), column(y), lag)));
        Ok(Pair {
            x,
            y,
            correlation: Correlation::new(method, &xs, &ys),
            lagged: lagged.collect(),
        })
    }

    pub(crate) fn name(&self, place: usize) -> &str {
        self.params.fields.get(place).map_or("", String::as_str)
    }

    /// The coefficient of two fields, 1 of one with itself.
    pub(crate) fn r(&self, one: usize, other: usize) -> f64 {
        let places = (one.min(other), one.max(other));
        let pair = self.done.iter().find(|pair| (pair.x, pair.y) == places);
        pair.map_or(1.0, |pair| pair.correlation.r)
    }

    fn report(&self) -> Result<Report, String> {
        let places = || 0..self.params.fields.len();
        let row = |one| {
            places()
                .map(|other| estimate(self.r(one, other)))
                .collect::<Value>()
        };
        let result = json!({
            "fields": self.params.fields,
            "method": self.params.method(),
            "every": self.step.map(Step::words),
            "matrix": places().map(row).collect::<Value>(),
            "pairs": self.done.iter().map(|pair| self.figures(pair)).collect::<Value>(),
            "notes": self.notes.to_json(),
        });
        let figure = picture::figure(self, &self.request);
        let mut files = self.params.look.files("correlation", figure)?;
        let rows = self.done.iter().flat_map(|pair| {
            let own = [(0, pair.correlation.r)];
            let lags = if pair.lagged.is_empty() {
                own.to_vec()
            } else {
                pair.lagged.clone()
            };
            let names = [self.name(pair.x), self.name(pair.y)].map(Value::from);
            lags.into_iter().map(move |(lag, r)| {
                let [x, y] = names.clone();
                vec![x, y, json!(lag), estimate(r)]
            })
        });
        files.push(csv::file("correlation.csv", &["x", "y", "lag", "r"], rows));
        Ok(Report {
            result: result.to_string(),
            files,
        })
    }

    fn figures(&self, pair: &Pair) -> Value {
        let found = &pair.correlation;
        let size = |(_, r): &&(isize, f64)| if r.is_nan() { -1.0 } else { r.abs() };
        let best = pair
            .lagged
            .iter()
            .max_by(|one, other| size(one).total_cmp(&size(other)));
        let mut figures = json!({
            "x": self.name(pair.x),
            "y": self.name(pair.y),
            "count": found.count,
            "r": estimate(found.r),
            "low_95": estimate(found.interval.0),
            "high_95": estimate(found.interval.1),
            "p": probability(found.p),
            "effective_count": estimate(found.effective),
            "effective_p": probability(found.effective_p),
        });
        if let Some((lag, r)) = best {
            figures["best_lag"] = json!({"lag": lag, "r": estimate(*r)});
            let rows = pair
                .lagged
                .iter()
                .map(|(lag, r)| json!({"lag": lag, "r": estimate(*r)}));
            figures["lags"] = rows.collect();
        }
        figures
    }
}
