//! What is forecast: the series in its steps, the season, the horizon.

use analyst::input;
use analyst::types::Table;
use charts::Look;
use serde::Deserialize;
use serde_json::Value;
use statistics::backtest::least;
use statistics::ets::LONGEST_SEASON;
use statistics::forecast::Method;
use statistics::magnitude::Scale;
use statistics::notes::{self, Notes};
use statistics::series::Series;
use statistics::step::Step;
use statistics::{Refusal, refusal, seasons};

/// Steps that a series may have.
const MOST_STEPS: usize = 20_000;
/// Steps to forecast without a season.
const USUAL_HORIZON: usize = 10;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    horizon: Option<usize>,
    /// Steps, or the word `auto`.
    #[serde(default)]
    season: Value,
    #[serde(default)]
    method: Choice,
    every: Option<String>,
    #[serde(flatten)]
    pub(crate) look: Look,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    #[default]
    Auto,
    Naive,
    SeasonalNaive,
    Ets,
    StlEts,
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

    fn method(&self) -> Option<Method> {
        match self.method {
            Choice::Auto => None,
            Choice::Naive => Some(Method::Naive),
            Choice::SeasonalNaive => Some(Method::SeasonalNaive),
            Choice::Ets => Some(Method::Ets),
            Choice::StlEts => Some(Method::StlEts),
        }
    }
}

/// What to do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) series: Series,
    /// The series without gaps, scaled.
    pub(crate) values: Vec<f64>,
    pub(crate) scale: Scale,
    pub(crate) notes: Notes,
    /// 1 without a season.
    pub(crate) period: usize,
    pub(crate) horizon: usize,
    /// The method that was asked for, if one was.
    pub(crate) method: Option<Method>,
}

impl Plan {
    /// # Errors
    /// Why there is nothing to forecast.
    pub(crate) fn new(params: &Params, table: &Table) -> Result<Self, String> {
        let (_, column) = input::numbers(table, &params.field)?;
        refusal::varied(column, 2)?;
        let step = Step::asked(params.every.as_deref())?;
        let series = Series::new(&table.times, column, step, 2)?;
        let mut notes = Notes::default();
        notes.add(notes::averaged(
            &series,
            &table.times,
            column,
            step.is_some(),
        ));
        notes.add(notes::without_weekends(&series));
        if series.len() > MOST_STEPS {
            let (have, most) = (series.len(), MOST_STEPS);
            return Err(Refusal::TooMany { have, most }.into());
        }
        let filled = series.filled()?;
        let scale = Scale::for_squares(&filled);
        let values = scale.all_down(&filled);
        refusal::varied(&values, least(1, params.horizon.unwrap_or(1)))?;
        let period = period(params, &series, &values)?;
        let method = params.method();
        if period == 1 && matches!(method, Some(Method::SeasonalNaive | Method::StlEts)) {
            return Err(Refusal::NoSeason.into());
        }
        let horizon = params
            .horizon
            .unwrap_or_else(|| usual_horizon(period, values.len()));
        Ok(Self {
            series,
            values,
            scale,
            notes,
            period,
            horizon,
            method,
        })
    }
}

/// The season that was given, which must fit; else one that is found and fits, else none.
fn period(params: &Params, series: &Series, values: &[f64]) -> Result<usize, Refusal> {
    let have = values.len();
    let horizon = params.horizon.unwrap_or(1);
    match input::steps(&params.season) {
        Some(season) => {
            let need = least(season, horizon);
            let refusal = Refusal::TooShortForSeason { have, season, need };
            if have < need {
                Err(refusal)
            } else {
                Ok(season)
            }
        }
        None => Ok(seasons::found(values, series.step)
            .filter(|season| least(*season, horizon) <= have)
            .unwrap_or(1)),
    }
}

fn usual_horizon(period: usize, length: usize) -> usize {
    let usual = match period {
        1 => USUAL_HORIZON,
        short if short <= LONGEST_SEASON => 2 * short,
        long => long,
    };
    let room = length.saturating_sub(least(period, 0));
    usual.min(length / 5).min(room).max(1)
}
