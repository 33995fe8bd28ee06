//! A run: the two sets, the tests, the report.

use analyst::input;
use analyst::stages::Next;
use analyst::types::{Field, Report, Request, Table};
use charts::{Look, label};
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::compare::{KolmogorovSmirnov, MannWhitney, MeanDifference, hedges_g};
use statistics::figures::{estimate, probability, within};
use statistics::notes::Notes;
use statistics::step::time_of;
use statistics::summary::Summary;
use statistics::{Refusal, refusal};

use crate::picture;

/// Values that each set needs: a variance needs two.
const LEAST_VALUES: usize = 3;

const EITHER: &str = "Give either `other`, or both `first` and `second`.";

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    field: String,
    other: Option<String>,
    first: Option<Period>,
    second: Option<Period>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Deserialize)]
struct Period {
    start: String,
    end: String,
}

impl Period {
    /// # Errors
    /// When a time cannot be read, or the end is not after the start.
    fn range(&self, name: &str) -> Result<(i64, i64), String> {
        let read = |text: &str| {
            time_of(text).ok_or_else(|| {
                format!("`{name}`: `{text}` is no time such as `2012`, `2012-04`, `2012-04-01` or `2012-04-01T06:00:00Z`.")
            })
        };
        let (start, end) = (read(&self.start)?, read(&self.end)?);
        if end <= start {
            return Err(format!(
                "`{name}`: the end `{}` is not after the start.",
                self.end
            ));
        }
        Ok((start, end))
    }

    fn name(&self) -> String {
        format!("{} to {}", self.start, self.end)
    }
}

impl Params {
    /// # Errors
    /// A fault that the schema does not know.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let params: Self = input::parameters(text)?;
        params.look.check()?;
        match (&params.other, &params.first, &params.second) {
            (Some(other), None, None) if *other == params.field => {
                Err("`other` must be another field.".to_owned())
            }
            (Some(_), None, None) => Ok(params),
            (None, Some(first), Some(second)) => {
                first.range("first")?;
                second.range("second")?;
                Ok(params)
            }
            _ => Err(EITHER.to_owned()),
        }
    }

    pub(crate) fn fields(self) -> Vec<String> {
        std::iter::once(self.field).chain(self.other).collect()
    }
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Report(Box<Work>),
}

/// One of the two sets.
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

impl Set {
    /// Without what is missing.
    fn present(self) -> Result<Self, String> {
        let Self { name, values } = self;
        match refusal::present(&values, LEAST_VALUES) {
            Ok(values) => Ok(Self { name, values }),
            Err(why) => Err(format!("`{name}`: {why}")),
        }
    }

    /// Refuses a set without any variance: what is compared with it is then one number, for which
    /// `outliers` and `summary` are made.
    fn varied(&self) -> Result<(), String> {
        let varied = refusal::varied(&self.values, LEAST_VALUES);
        varied
            .map(|_| ())
            .map_err(|why| format!("`{}`: {why}", self.name))
    }
}

/// What is compared.
struct Found {
    sets: [Set; 2],
    label: String,
    pairs: Option<Pairs>,
}

type Pairs = (Vec<f64>, Vec<f64>);

fn two_fields(field: &str, other: &str, table: &Table) -> Result<Found, String> {
    let (field, first) = input::numbers(table, field)?;
    let (other, second) = input::numbers(table, other)?;
    let set = |field: &Field, values: &[f64]| Set {
        name: field.name.clone(),
        values: values.to_vec(),
    };
    let unit = field.unit.clone().filter(|_| field.unit == other.unit);
    let both = first.iter().zip(second);
    Ok(Found {
        sets: [set(field, first), set(other, second)],
        label: unit.unwrap_or_else(|| "value".to_owned()),
        pairs: Some(both.filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip()),
    })
}

fn two_periods(field: &str, periods: [&Period; 2], table: &Table) -> Result<Found, String> {
    let (field, column) = input::numbers(table, field)?;
    let set = |period: &Period, name: &str| {
        let (start, end) = period.range(name)?;
        let points = table.times.iter().zip(column);
        let points = points.filter(|(time, _)| (start..end).contains(*time));
        Ok::<Set, String>(Set {
            name: period.name(),
            values: points.map(|(_, value)| *value).collect(),
        })
    };
    let [first, second] = periods;
    Ok(Found {
        sets: [set(first, "first")?, set(second, "second")?],
        label: label(field),
        pairs: None,
    })
}

pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) sets: [Set; 2],
    /// What both are called and measured in.
    pub(crate) label: String,
    /// Of two fields, the points that have both.
    pairs: Option<Pairs>,
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
                Ok(Next::Stage(Self(Inner::Report(work)), 0.3, "comparing"))
            }
            Inner::Report(work) => {
                let result = work.result()?.to_string();
                let files = work
                    .params
                    .look
                    .files("comparison", picture::figure(&work))?;
                Ok(Next::Done(Report { result, files }))
            }
        }
    }
}

impl Work {
    fn new(request: Request, params: Params, table: &Table) -> Result<Self, String> {
        if table.times.is_empty() {
            return Err(Refusal::NoPoints.into());
        }
        let found = match (&params.other, &params.first, &params.second) {
            (Some(other), ..) => two_fields(&params.field, other, table)?,
            (None, Some(first), Some(second)) => {
                two_periods(&params.field, [first, second], table)?
            }
            _ => return Err(EITHER.to_owned()),
        };
        let [first, second] = found.sets;
        let sets = [first.present()?, second.present()?];
        sets.iter().try_for_each(Set::varied)?;
        Ok(Self {
            request,
            params,
            sets,
            label: found.label,
            pairs: found.pairs,
        })
    }

    pub(crate) fn kolmogorov_smirnov(&self) -> KolmogorovSmirnov {
        let [first, second] = &self.sets;
        KolmogorovSmirnov::new(&first.values, &second.values)
    }

    fn result(&self) -> Result<Value, Refusal> {
        let [first, second] = &self.sets;
        let set = |set: &Set| {
            let summary = Summary::new(&set.values).ok_or(Refusal::NoPoints)?;
            Ok(json!({
                "name": set.name,
                "count": summary.count,
                "mean": within(summary.mean, summary.sd),
                "sd": estimate(summary.sd),
                "median": within(summary.median, summary.sd),
            }))
        };
        let (x, y) = (&first.values, &second.values);
        let welch = MeanDifference::welch(x, y);
        let pairs = self.pairs.as_ref().filter(|(x, _)| x.len() >= LEAST_VALUES);
        let paired = pairs.map(|(x, y)| MeanDifference::paired(x, y));
        let mut notes = Notes::default();
        for found in std::iter::once(&welch).chain(&paired) {
            refusal::finite(&[found.difference, found.interval.0, found.interval.1])?;
        }
        let is_same = paired.is_some_and(|found| !found.t.is_finite());
        notes.add(is_same.then(|| {
            "The differences of all pairs are the same, so that `t` of `paired` is not defined."
                .to_owned()
        }));
        let ranks = MannWhitney::new(x, y);
        let distance = self.kolmogorov_smirnov();
        Ok(json!({
            "first": set(first)?,
            "second": set(second)?,
            "welch": difference(&welch),
            "paired": paired.as_ref().map(difference),
            "notes": notes.to_json(),
            "hedges_g": estimate(hedges_g(x, y)),
            "mann_whitney": {
                "u": ranks.u,
                "superiority": estimate(ranks.superiority),
                "p": probability(ranks.p),
                "is_exact": ranks.is_exact,
            },
            "kolmogorov_smirnov": {
                "d": estimate(distance.d),
                "p": probability(distance.p),
                "is_exact": distance.is_exact,
            },
        }))
    }
}

fn difference(found: &MeanDifference) -> Value {
    let (low, high) = found.interval;
    json!({
        "difference": estimate(found.difference),
        "interval_95": [estimate(low), estimate(high)],
        "t": estimate(found.t),
        "df": estimate(found.freedom),
        "p": probability(found.p),
    })
}
