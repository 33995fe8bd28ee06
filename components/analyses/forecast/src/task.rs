//! A run: the back-test, the fit to the whole series, the report.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use serde_json::{Value, json};
use statistics::backtest::{Backtest, Score};
use statistics::ets::Model;
use statistics::figures::{digits, estimate, rounded};
use statistics::forecast::{Fitted, Fitting, Forecast, Method};
use statistics::magnitude::Scale;
use statistics::step::words_of;
use statistics::{Refusal, refusal};

use crate::picture;
use crate::plan::{Params, Plan};

/// What stays the same during a run.
pub(crate) struct Work {
    pub(crate) request: Request,
    pub(crate) params: Params,
    pub(crate) field: Field,
    pub(crate) plan: Plan,
}

pub struct Stage(Inner);

enum Inner {
    Begin(Box<(Request, Params, Table)>),
    Backtest(Box<Work>, Box<Backtest>),
    Fit(Box<Work>, Box<Backtest>, Method, Box<Fitting>),
    Report(Box<Work>, Box<Backtest>, Method, Box<Fitted>),
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
                begin(request, params, &table)
            }
            Inner::Backtest(work, mut test) => {
                if test.advance() {
                    let fraction = 0.8 * test.fraction();
                    let stage = Self(Inner::Backtest(work, test));
                    return Ok(Next::Stage(stage, fraction, "testing on the past"));
                }
                choose(work, test)
            }
            Inner::Fit(work, test, method, mut fitting) => {
                let inner = if fitting.advance() {
                    Inner::Fit(work, test, method, fitting)
                } else {
                    let fitted = fitting.finish().ok_or(Refusal::Numerical)?;
                    Inner::Report(work, test, method, Box::new(fitted))
                };
                Ok(Next::Stage(Self(inner), 0.85, "fitting"))
            }
            Inner::Report(work, test, method, fitted) => {
                report(&work, &test, method, &fitted).map(Next::Done)
            }
        }
    }
}

fn begin(request: Request, params: Params, table: &Table) -> Result<Next<Stage>, String> {
    let plan = Plan::new(&params, table)?;
    let (field, _) = input::numbers(table, &params.field)?;
    let test = Backtest::new(plan.values.clone(), plan.period, plan.horizon);
    let work = Work {
        request,
        field: field.clone(),
        params,
        plan,
    };
    let stage = Stage(Inner::Backtest(Box::new(work), Box::new(test)));
    Ok(Next::Stage(stage, 0.01, "testing on the past"))
}

/// The method that was asked for, else the best of the back-test.
fn choose(work: Box<Work>, test: Box<Backtest>) -> Result<Next<Stage>, String> {
    let best = test.scores().first().map(|(method, _)| *method);
    let method = work.plan.method.or(best).ok_or(Refusal::Numerical)?;
    let fitting = Fitting::new(method, &work.plan.values, work.plan.period);
    let fitting = fitting.ok_or(Refusal::Numerical)?;
    let stage = Stage(Inner::Fit(work, test, method, Box::new(fitting)));
    Ok(Next::Stage(stage, 0.85, "fitting"))
}

fn report(work: &Work, test: &Backtest, method: Method, fitted: &Fitted) -> Result<Report, String> {
    let plan = &work.plan;
    let scaled = fitted.forecast(plan.horizon).ok_or(Refusal::Numerical)?;
    let forecast = scaled.unscaled(plan.scale);
    refusal::finite(&forecast.figures())?;
    let result = json!({
        "field": work.field.name,
        "unit": work.field.unit,
        "every": plan.series.step.words(),
        "steps": plan.series.len(),
        "filled": plan.series.missing(),
        "season": (plan.period > 1).then_some(plan.period),
        "method": method.name(),
        "model": fitted.model().map(|fitted| model(fitted, plan.scale, plan.series.len())),
        "backtest": backtest(work, test, method),
        "forecast": rows(work, &forecast),
        "notes": plan.notes.to_json(),
    });
    let figure = picture::figure(work, fitted, &forecast);
    let mut files = work.params.look.files("forecast", figure)?;
    files.push(table(work, &forecast));
    Ok(Report {
        result: result.to_string(),
        files,
    })
}

/// The parameters of a model of the scaled series, in the unit of the series.
fn model(model: &Model, scale: Scale, steps: usize) -> Value {
    let sigma = match model.form.error {
        statistics::ets::Error::Additive => scale.up(model.variance.sqrt()),
        statistics::ets::Error::Multiplicative => model.variance.sqrt(),
    };
    // The density of a value is that of the scaled one over the scale.
    let densities = scale.log() * steps as f64;
    let smoothing = model.smoothing;
    let has = |value: f64, is_there: bool| is_there.then(|| estimate(value));
    let (trend, season) = (model.form.trend, model.form.season);
    json!({
        "form": model.form.name(),
        "alpha": estimate(smoothing.alpha),
        "beta": has(smoothing.beta, trend != statistics::ets::Trend::None),
        "gamma": has(smoothing.gamma, season != statistics::ets::Season::None),
        "phi": has(smoothing.phi, trend == statistics::ets::Trend::Damped),
        "sigma": estimate(sigma),
        "log_likelihood": estimate(model.log_likelihood - densities),
        "aicc": estimate(model.aicc + 2.0 * densities),
    })
}

/// The scores, best first, and how much less the error of the chosen method is than that of the benchmark.
fn backtest(work: &Work, test: &Backtest, chosen: Method) -> Value {
    let scores = test.scores();
    let of = |method: Method| scores.iter().find(|(tried, _)| *tried == method);
    let benchmark = if work.plan.period > 1 {
        Method::SeasonalNaive
    } else {
        Method::Naive
    };
    let skill = of(chosen)
        .zip(of(benchmark))
        .map(|((_, ours), (_, theirs))| estimate(1.0 - ours.mae() / theirs.mae()));
    let row = |(method, score): &(Method, Score)| {
        let [within_80, within_95] = score.coverage();
        json!({
            "method": method.name(),
            "mase": estimate(score.mase()),
            "mae": estimate(work.plan.scale.up(score.mae())),
            "rmse": estimate(work.plan.scale.up(score.rmse())),
            "within_80": estimate(within_80),
            "within_95": estimate(within_95),
        })
    };
    json!({
        "origins": test
            .origins()
            .iter()
            .map(|origin| words_of(work.plan.series.time(origin.saturating_sub(1))))
            .collect::<Vec<_>>(),
        "horizon": work.plan.horizon,
        "benchmark": benchmark.name(),
        "skill": skill,
        "scores": scores.iter().map(row).collect::<Vec<_>>(),
    })
}

/// The times of the forecast.
pub(crate) fn times(work: &Work) -> Vec<i64> {
    let begin = work.plan.series.len();
    let positions = begin..begin.saturating_add(work.plan.horizon);
    positions
        .map(|position| work.plan.series.time(position))
        .collect()
}

/// Time, forecast, and the ends of both intervals.
fn lines(work: &Work, forecast: &Forecast) -> Vec<(i64, [f64; 5])> {
    let [narrow, wide] = &forecast.intervals;
    let figures = forecast.means.iter().zip(narrow.iter().zip(wide));
    times(work)
        .into_iter()
        .zip(figures.map(|(mean, (narrow, wide))| [*mean, narrow.0, narrow.1, wide.0, wide.1]))
        .map(|(time, figures)| {
            // With as many digits as tell the ends of the narrower interval apart.
            let [_, low, high, ..] = figures;
            (
                time,
                figures.map(|figure| rounded(figure, digits(figure, high - low))),
            )
        })
        .collect()
}

fn rows(work: &Work, forecast: &Forecast) -> Value {
    let row = |(time, [mean, low_80, high_80, low_95, high_95]): (i64, [f64; 5])| {
        json!({
            "time": words_of(time),
            "mean": mean,
            "low_80": low_80,
            "high_80": high_80,
            "low_95": low_95,
            "high_95": high_95,
        })
    };
    lines(work, forecast).into_iter().map(row).collect()
}

/// The same rows as CSV.
fn table(work: &Work, forecast: &Forecast) -> File {
    let header = ["time", "mean", "low_80", "high_80", "low_95", "high_95"];
    let row = |(time, figures): (i64, [f64; 5])| {
        let time = Value::from(words_of(time));
        std::iter::once(time)
            .chain(figures.map(Value::from))
            .collect()
    };
    csv::file(
        "forecast.csv",
        &header,
        lines(work, forecast).into_iter().map(row),
    )
}
