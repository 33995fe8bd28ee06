//! A run: the series without its season, the search, the report.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::decomposed::decompose;
use statistics::figures::estimate;
use statistics::magnitude::{Scale, largest};
use statistics::notes::{self, Notes};
use statistics::pelt::{Change, Pelt, noise};
use statistics::series::Series;
use statistics::step::{Step, words_of};
use statistics::summary::{deviation, mean};
use statistics::{Refusal, refusal, seasons};

use crate::picture;

/// Steps that a series may have.
const MOST_STEPS: usize = 50_000;
/// Two segments of the least length that is usual.
const LEAST_VALUES: usize = 4;
/// Rounding errors, as a share of the largest value.
const ROUNDING: f64 = 1e-12;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    #[serde(default)]
    change: What,
    penalty: Option<f64>,
    #[serde(default = "usual_least")]
    least: usize,
    #[serde(default)]
    season: Value,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    #[default]
    Mean,
    MeanVariance,
    Line,
}

impl What {
    fn change(self) -> Change {
        match self {
            Self::Mean => Change::Mean,
            Self::MeanVariance => Change::MeanAndVariance,
            Self::Line => Change::Line,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::MeanVariance => "mean_variance",
            Self::Line => "line",
        }
    }
}

fn usual_least() -> usize {
    5
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

    fn least(&self) -> usize {
        self.least.max(self.change.change().least())
    }

    /// In units of log n.
    fn penalty(&self) -> f64 {
        self.penalty.unwrap_or(self.change.change().penalty())
    }
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Search(Box<Work>, Box<Pelt>),
    Report(Box<Work>, Vec<usize>),
}

pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) field: Field,
    pub(crate) series: Series,
    /// Without gaps and season.
    pub(crate) values: Vec<f64>,
    /// The same, scaled.
    scaled: Vec<f64>,
    scale: Scale,
    notes: Notes,
    /// 1 without a season.
    pub(crate) period: usize,
    noise: f64,
}

/// A stretch without a change.
pub(crate) struct Segment {
    pub(crate) begin: usize,
    /// The place after its last value.
    pub(crate) end: usize,
    pub(crate) mean: f64,
    sd: f64,
    /// The change of the level with each step, where a line is what changes.
    pub(crate) slope: Option<f64>,
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
                let pelt = Box::new(work.search());
                Ok(Next::Stage(
                    Self(Inner::Search(work, pelt)),
                    0.1,
                    "searching",
                ))
            }
            Inner::Search(work, mut pelt) => {
                let is_running = pelt.advance();
                let fraction = 0.1 + 0.7 * pelt.fraction();
                let inner = if is_running {
                    Inner::Search(work, pelt)
                } else {
                    Inner::Report(work, pelt.changes())
                };
                Ok(Next::Stage(Self(inner), fraction, "searching"))
            }
            Inner::Report(work, changes) => {
                let segments = work.segments(&changes);
                let figure = picture::figure(&work, &segments);
                let mut files = work.params.look.files("changepoints", figure)?;
                files.push(work.csv(&segments));
                let result = work.result(&segments).to_string();
                Ok(Next::Done(Report { result, files }))
            }
        }
    }
}

impl Work {
    fn new(request: Request, params: Params, table: &Table) -> Result<Self, String> {
        let (field, column) = input::numbers(table, &params.field)?;
        refusal::varied(column, LEAST_VALUES)?;
        let step = Step::asked(params.every.as_deref())?;
        let series = Series::new(&table.times, column, step, LEAST_VALUES)?;
        let have = series.len();
        if have > MOST_STEPS {
            let most = MOST_STEPS;
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
        let filled = scale.all_down(&filled);
        refusal::varied(&filled, 2 * params.least())?;
        let period = period(&params, &series, &filled)?;
        let rounding = ROUNDING * largest(&filled);
        let scaled = if period > 1 {
            without_season(&filled, period).ok_or(Refusal::Numerical)?
        } else {
            filled
        };
        // Changes of rounding errors are no changes.
        let least = rounding * rounding;
        let found = noise(&scaled);
        notes.add((found < least).then(|| {
            "The values change by no more than rounding errors from one to the next, which were not counted.".to_owned()
        }));
        let noise = found.max(least);
        if !(noise > 0.0 && noise.is_finite()) {
            return Err(Refusal::Numerical.into());
        }
        Ok(Self {
            field: field.clone(),
            request,
            params,
            series,
            values: scale.all_nearest(&scaled),
            scaled,
            scale,
            notes,
            period,
            noise,
        })
    }

    fn search(&self) -> Pelt {
        let penalty = self.params.penalty() * libm::log(self.scaled.len() as f64);
        let change = self.params.change.change();
        Pelt::new(
            &self.scaled,
            change,
            self.noise,
            penalty,
            self.params.least(),
        )
    }

    fn segments(&self, changes: &[usize]) -> Vec<Segment> {
        let begins = std::iter::once(0).chain(changes.iter().copied());
        let ends = changes.iter().copied().chain([self.values.len()]);
        let is_line = self.params.change == What::Line;
        begins
            .zip(ends)
            .map(|(begin, end)| {
                let values = self.scaled.get(begin..end).unwrap_or_default();
                let slope = slope(values);
                let around = |(place, value): (usize, &f64)| value - slope * place as f64;
                let flat: Vec<f64> = values.iter().enumerate().map(around).collect();
                Segment {
                    begin,
                    end,
                    mean: self.scale.nearest(mean(values)),
                    sd: self
                        .scale
                        .up(deviation(if is_line { &flat } else { values })),
                    slope: is_line.then(|| self.scale.up(slope)),
                }
            })
            .collect()
    }

    fn row(&self, segment: &Segment) -> [Value; 6] {
        let time = |place| json!(words_of(self.series.time(place)));
        [
            time(segment.begin),
            time(segment.end.saturating_sub(1)),
            json!(segment.end - segment.begin),
            estimate(segment.mean),
            estimate(segment.sd),
            segment.slope.map_or(Value::Null, estimate),
        ]
    }

    fn result(&self, segments: &[Segment]) -> Value {
        let changes = segments
            .iter()
            .skip(1)
            .map(|segment| json!(words_of(self.series.time(segment.begin))));
        let row = |segment: &Segment| {
            let [first, last, steps, mean, sd, slope] = self.row(segment);
            json!({"first": first, "last": last, "steps": steps, "mean": mean, "sd": sd, "slope": slope})
        };
        json!({
            "field": self.field.name,
            "unit": self.field.unit,
            "method": "pelt",
            "change": self.params.change.name(),
            "penalty": self.params.penalty(),
            "least": self.params.least(),
            "every": self.series.step.words(),
            "steps": self.series.len(),
            "filled": self.series.missing(),
            "season": (self.period > 1).then_some(self.period),
            "noise_sd": estimate(self.scale.up(self.noise.sqrt())),
            "changes": changes.collect::<Value>(),
            "segments": segments.iter().map(row).collect::<Value>(),
            "notes": self.notes.to_json(),
        })
    }

    fn csv(&self, segments: &[Segment]) -> File {
        let header = ["first", "last", "steps", "mean", "sd", "slope"];
        csv::file(
            "segments.csv",
            &header,
            segments.iter().map(|segment| self.row(segment).to_vec()),
        )
    }
}

/// The season that was given, which must fit, else one that is found, else 1.
fn period(params: &Params, series: &Series, values: &[f64]) -> Result<usize, Refusal> {
    let have = values.len();
    match input::steps(&params.season) {
        Some(season) if season > 1 && 2 * season > have => Err(Refusal::TooShortForSeason {
            have,
            season,
            need: 2 * season,
        }),
        Some(season) => Ok(season),
        None => Ok(seasons::found(values, series.step).unwrap_or(1)),
    }
}

fn without_season(values: &[f64], period: usize) -> Option<Vec<f64>> {
    let season = decompose(values, &[period], true)?.seasons.pop()?;
    Some(
        values
            .iter()
            .zip(season)
            .map(|(value, season)| value - season)
            .collect(),
    )
}

/// Of the line of least squares against the place; 0 for fewer than two values.
fn slope(values: &[f64]) -> f64 {
    let (middle, average) = ((values.len() as f64 - 1.0) / 2.0, mean(values));
    let offsets = || {
        values
            .iter()
            .enumerate()
            .map(|(place, value)| (place as f64 - middle, value))
    };
    let across: f64 = offsets().map(|(x, _)| x * x).sum();
    let along: f64 = offsets().map(|(x, value)| x * (value - average)).sum();
    if across > 0.0 { along / across } else { 0.0 }
}
