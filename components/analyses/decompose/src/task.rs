//! A run: the series, the decomposition, the report.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::decomposed::{Decomposition, decompose};
use statistics::figures::estimate;
use statistics::magnitude::Scale;
use statistics::notes::{self, Notes};
use statistics::series::Series;
use statistics::step::{Step, words_of};
use statistics::{Refusal, refusal, seasons};

use crate::picture;

/// Steps that a series may have.
const MOST_STEPS: usize = 200_000;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    #[serde(default)]
    seasons: Value,
    #[serde(default)]
    robust: bool,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
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

    /// The seasons that were asked for, shortest first; `None` if none were.
    fn seasons(&self) -> Option<Vec<usize>> {
        let mut asked = match &self.seasons {
            Value::Array(list) => list.iter().filter_map(input::steps).collect(),
            one => vec![input::steps(one)?],
        };
        asked.sort_unstable();
        asked.dedup();
        Some(asked)
    }
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Decompose(Box<Work>),
    Report(Box<Work>, Decomposition),
}

pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) field: Field,
    pub(crate) series: Series,
    /// Without gaps, scaled.
    values: Vec<f64>,
    scale: Scale,
    notes: Notes,
    pub(crate) periods: Vec<usize>,
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
                    Self(Inner::Decompose(work)),
                    0.1,
                    "decomposing",
                ))
            }
            Inner::Decompose(work) => {
                let parts = decompose(&work.values, &work.periods, work.params.robust);
                let parts = parts.ok_or(Refusal::Numerical)?;
                Ok(Next::Stage(
                    Self(Inner::Report(work, parts)),
                    0.7,
                    "drawing",
                ))
            }
            Inner::Report(work, parts) => {
                let shown = parts.unscaled(work.scale);
                refusal::finite(&shown.trend)?;
                let figure = picture::figure(&work, &shown);
                let mut files = work.params.look.files("decomposition", figure)?;
                files.push(work.csv(&shown));
                let result = work.result(&parts).to_string();
                Ok(Next::Done(Report { result, files }))
            }
        }
    }
}

impl Work {
    fn new(request: Request, params: Params, table: &Table) -> Result<Self, String> {
        let (field, column) = input::numbers(table, &params.field)?;
        refusal::varied(column, 2)?;
        let step = Step::asked(params.every.as_deref())?;
        let series = Series::new(&table.times, column, step, 2)?;
        if series.len() > MOST_STEPS {
            let (have, most) = (series.len(), MOST_STEPS);
            return Err(Refusal::TooMany { have, most }.into());
        }
        let mut notes = Notes::default();
        notes.add(notes::averaged(
            &series,
            &table.times,
            column,
            step.is_some(),
        ));
        notes.add(notes::without_weekends(&series));
        let filled = series.filled()?;
        let scale = Scale::for_squares(&filled);
        let values = scale.all_down(&filled);
        refusal::varied(&values, 2)?;
        let periods = periods(&params, &series, &values)?;
        Ok(Self {
            field: field.clone(),
            request,
            params,
            series,
            values,
            scale,
            notes,
            periods,
        })
    }

    /// Of the parts of the scaled series.
    fn result(&self, parts: &Decomposition) -> Value {
        let estimate_up = |figure: f64| estimate(self.scale.nearest(figure));
        let season = |(period, season): (&usize, &Vec<f64>)| {
            let (low, high) = parts.last_range(season, *period);
            json!({
                "steps": period,
                "strength": estimate(parts.strength(season)),
                "last_low": estimate_up(low),
                "last_high": estimate_up(high),
            })
        };
        let ends = (parts.trend.first(), parts.trend.last());
        json!({
            "field": self.field.name,
            "unit": self.field.unit,
            "method": if self.periods.len() > 1 { "mstl" } else { "stl" },
            "robust": self.params.robust,
            "every": self.series.step.words(),
            "steps": self.series.len(),
            "filled": self.series.missing(),
            "trend": {
                "strength": estimate(parts.strength(&parts.trend)),
                "first": ends.0.copied().map(estimate_up),
                "last": ends.1.copied().map(estimate_up),
            },
            "seasons": self.periods.iter().zip(&parts.seasons).map(season).collect::<Value>(),
            "rest": { "sd": estimate_up(statistics::summary::deviation(&parts.rest)) },
            "notes": self.notes.to_json(),
        })
    }

    /// Everything by time. A filled value is empty in the series.
    fn csv(&self, parts: &Decomposition) -> File {
        let names: Vec<String> = self
            .periods
            .iter()
            .map(|period| format!("season_{period}"))
            .collect();
        let mut header = vec!["time", "value", "trend"];
        header.extend(names.iter().map(String::as_str));
        header.push("rest");
        let row = |(position, (value, trend)): (usize, (&f64, &f64))| {
            let at = |part: &Vec<f64>| part.get(position).copied().map_or(Value::Null, estimate);
            let time = Value::from(words_of(self.series.time(position)));
            let mut row = vec![time, json!(value), estimate(*trend)];
            row.extend(parts.seasons.iter().map(at));
            row.push(at(&parts.rest));
            row
        };
        let rows = self
            .series
            .values
            .iter()
            .zip(&parts.trend)
            .enumerate()
            .map(row);
        csv::file("decomposition.csv", &header, rows)
    }
}

/// The seasons asked for, which must fit, else those of the calendar that are found.
fn periods(params: &Params, series: &Series, values: &[f64]) -> Result<Vec<usize>, Refusal> {
    let have = values.len();
    let Some(asked) = params.seasons() else {
        let found = seasons::all_found(values, series.step);
        return if found.is_empty() {
            Err(none(series, have))
        } else {
            Ok(found)
        };
    };
    match asked.last() {
        Some(longest) if 2 * longest > have => Err(Refusal::TooShortForSeason {
            have,
            season: *longest,
            need: 2 * longest,
        }),
        _ => Ok(asked),
    }
}

/// Why no season was found: there is too little of the shortest that the calendar suggests, or there is none in it.
fn none(series: &Series, have: usize) -> Refusal {
    match seasons::of_step(series.step).first() {
        Some(season) if 2 * season > have => Refusal::TooShortForSeason {
            have,
            season: *season,
            need: 2 * season,
        },
        _ => Refusal::NoSeason,
    }
}
