//! What was to be expected of each value: the median, a trend, or trend and season.

use analyst::input;
use statistics::Refusal;
use statistics::decomposed::decompose;
use statistics::local::{Trend, usual_window};
use statistics::magnitude::largest;
use statistics::notes::Notes;
use statistics::outliers::{Usual, rounding, running_rounding};
use statistics::seasons;
use statistics::series::{Series, interpolated};

use crate::points::Points;
use crate::task::{Choice, Params};

/// Steps that a series may have to be decomposed robustly, which looks at it fifteen times.
const MOST_STEPS: usize = 20_000;
/// Values that a trend may be fitted to, and those that it needs.
const MOST_VALUES: usize = 50_000;
const LEAST_VALUES: usize = 12;
/// A trend is removed by default where that leaves less than this share of the spread.
const LEFT: f64 = 0.75;
/// How often a pattern must come to be taken for a period that the calendar does not suggest.
const REPEATS: usize = 3;

/// Neighbours that a value near an end is compared with.
const NEIGHBOURS: usize = 3;
/// A series is nearly all trend and season if they leave less than this share of its spread.
const NEARLY: f64 = 1e-2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Mad,
    /// With so many values in a window.
    Trend(usize),
    /// With so many steps in a season.
    Seasonal(usize),
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mad => "mad",
            Self::Trend(_) => "trend",
            Self::Seasonal(_) => "seasonal",
        }
    }
}

pub(crate) struct Expected {
    pub(crate) method: Method,
    pub(crate) values: Vec<f64>,
    /// A standard deviation for each value: that of what is left, and what the trend is uncertain by.
    pub(crate) spreads: Vec<f64>,
    /// A standard deviation of what is left.
    pub(crate) spread: f64,
    /// Whether nothing is left but rounding errors.
    pub(crate) is_exact: bool,
    pub(crate) notes: Notes,
}

impl Expected {
    /// What was expected by the method that was asked for, else by the first that serves: with a season by [`seasonal`],
    /// with a trend by [`trend`], else by the median.
    ///
    /// # Errors
    /// When the method does not serve the series.
    pub(crate) fn new(params: &Params, points: Points) -> Result<(Points, Self), Refusal> {
        let mut found = match params.method {
            Choice::Mad => None,
            Choice::Trend => Some(trend(&points)?),
            Choice::Seasonal => Some(seasonal(&points, period(params, &points)?)?),
            Choice::Auto => match period(params, &points) {
                Ok(period) => Some(seasonal(&points, period)?),
                Err(_) => shrinking(&points),
            },
        };
        let points = if found.is_some() || params.step().is_ok_and(|step| step.is_some()) {
            points
        } else {
            points.for_median()
        };
        let mut expected = match found.take() {
            Some(expected) => expected,
            None => plain(&points)?,
        };
        expected.notes = points.notes.clone();
        let is_long = points.values.len() > MOST_VALUES;
        expected.notes.add((is_long && params.method == Choice::Auto).then(|| {
            format!("More than {MOST_VALUES} values are compared with their median, without a trend: `every` makes longer steps.")
        }));
        expected.notes.add(expected.is_exact.then(|| {
            "Half of the values or more are exactly as expected; deviations of the size of rounding errors were not counted.".to_owned()
        }));
        Ok((points, expected))
    }

    fn of(method: Method, values: Vec<f64>, doubts: &[f64], usual: Usual) -> Self {
        let spread = |doubt: &f64| libm::hypot(usual.spread, *doubt);
        Self {
            method,
            values: values.iter().map(|value| value + usual.middle).collect(),
            spreads: doubts.iter().map(spread).collect(),
            spread: usual.spread,
            is_exact: usual.is_exact,
            notes: Notes::default(),
        }
    }
}

/// The median of all values.
fn plain(points: &Points) -> Result<Expected, Refusal> {
    let present = points.present();
    let usual = Usual::new(&present, rounding(&present)).ok_or(Refusal::Numerical)?;
    let count = points.values.len();
    Ok(Expected::of(
        Method::Mad,
        vec![0.0; count],
        &vec![0.0; count],
        usual,
    ))
}

/// A local trend.
fn trend(points: &Points) -> Result<Expected, Refusal> {
    let have = points.worked.len();
    if have > MOST_VALUES {
        let most = MOST_VALUES;
        return Err(Refusal::TooMany { have, most });
    }
    let present = points.present();
    if present.len() < LEAST_VALUES {
        let (have, need) = (present.len(), LEAST_VALUES);
        return Err(Refusal::TooFew { have, need });
    }
    let window = usual_window(present.len()).min(present.len());
    local(points, &points.worked, window, rounding(&present)).ok_or(Refusal::Numerical)
}

/// What the trend is uncertain by: how far the parabola is from the line, twice; and towards the ends, where a bend of the series
/// looks like values that are far from the trend, what the neighbours on the side of the middle are off by.
fn doubts(found: &Trend, left: &[f64], window: usize) -> Vec<f64> {
    let count = left.len();
    let doubt = |(place, bend): (usize, &f64)| {
        let neighbours = if place < window {
            left.get(place + 1..(place + 1 + NEIGHBOURS).min(count))
        } else if place + window >= count {
            left.get(place.saturating_sub(NEIGHBOURS)..place)
        } else {
            None
        };
        libm::hypot(2.0 * bend, largest(neighbours.unwrap_or_default()))
    };
    found.bends.iter().enumerate().map(doubt).collect()
}

/// A local trend of values, NaN where there are none: there it is on lines between its neighbours.
fn local(points: &Points, values: &[f64], window: usize, rounding: f64) -> Option<Expected> {
    let positions = points.positions();
    let pairs = positions.iter().zip(values);
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.filter(|(_, value)| !value.is_nan()).unzip();
    let found = Trend::fit(&x, &y, window, rounding)?;
    let left: Vec<f64> = y
        .iter()
        .zip(&found.values)
        .map(|(y, trend)| y - trend)
        .collect();
    let usual = Usual::new(&left, rounding)?;
    let everywhere = |part: &[f64]| -> Vec<f64> {
        let mut places = part.iter();
        let next = |value: &f64| {
            let there = (!value.is_nan()).then(|| places.next().copied());
            there.flatten().unwrap_or(f64::NAN)
        };
        interpolated(&values.iter().map(next).collect::<Vec<f64>>())
    };
    let doubts = everywhere(&doubts(&found, &left, window));
    let trend = everywhere(&found.values);
    Some(Expected::of(Method::Trend(window), trend, &doubts, usual))
}

/// A trend, if there is one.
fn shrinking(points: &Points) -> Option<Expected> {
    let found = trend(points).ok()?;
    let present = points.present();
    let before = Usual::new(&present, rounding(&present))?;
    (found.spread < LEFT * before.spread).then_some(found)
}

/// Trend and season: by robust STL, or [`strict`] where that leaves next to nothing.
fn seasonal(points: &Points, period: usize) -> Result<Expected, Refusal> {
    let series = points.series.as_ref().ok_or(Refusal::NoSeason)?;
    let filled = points.filled(series)?;
    let middle = statistics::summary::median(&filled);
    let offsets: Vec<f64> = filled.iter().map(|value| value - middle).collect();
    let rounding = running_rounding(&offsets).max(1e-14 * largest(&filled));
    let whole = Usual::new(&offsets, rounding).ok_or(Refusal::Numerical)?;
    let strict = strict(points, &offsets, middle, period, rounding);
    if let Some(strict) = strict.filter(|strict| strict.spread < NEARLY * whole.spread) {
        return Ok(strict);
    }
    let parts = decompose(&offsets, &[period], true).ok_or(Refusal::Numerical)?;
    let rest = parts.rest.iter().zip(&points.worked);
    let present: Vec<f64> = rest
        .filter(|(_, value)| !value.is_nan())
        .map(|(rest, _)| *rest)
        .collect();
    let usual = Usual::new(&present, rounding).ok_or(Refusal::Numerical)?;
    let expected = filled
        .iter()
        .zip(&parts.rest)
        .map(|(value, rest)| value - rest);
    let none = vec![0.0; filled.len()];
    Ok(Expected::of(
        Method::Seasonal(period),
        expected.collect(),
        &none,
        usual,
    ))
}

/// A season that is always the same, and a local trend. The passes of STL leave errors of their own at the ends, and its robust
/// weights are of no use where half of the rest is 0; the moving average over a period and the medians of what it leaves, phase by phase, are
/// exact for a line with a season (the classical decomposition, with medians).
fn strict(
    points: &Points,
    offsets: &[f64],
    middle: f64,
    period: usize,
    rounding: f64,
) -> Option<Expected> {
    let season = phases(offsets, period)?;
    let adjusted: Vec<f64> = points
        .worked
        .iter()
        .zip(season.iter().cycle())
        .map(|(value, season)| value - middle - season)
        .collect();
    let count = adjusted.len();
    let window = usual_window(count).max(2 * period).min(count);
    let mut found = local(points, &adjusted, window, rounding)?;
    for (value, season) in found.values.iter_mut().zip(season.iter().cycle()) {
        *value += middle + season;
    }
    found.method = Method::Seasonal(period);
    Some(found)
}

/// For each phase of a season the median of what the values there differ from the moving average over a period. `None` where a phase
/// has none.
fn phases(values: &[f64], period: usize) -> Option<Vec<f64>> {
    let half = period / 2;
    let mut phases = vec![Vec::new(); period];
    for (begin, window) in values.windows(2 * half + 1).enumerate() {
        let ends = window.first()? + window.last()?;
        let sum: f64 = window.iter().sum();
        // Of an even period both ends count half.
        let sum = if period.is_multiple_of(2) {
            sum - ends / 2.0
        } else {
            sum
        };
        let place = begin + half;
        let value = values.get(place)?;
        phases
            .get_mut(place % period)?
            .push(value - sum / period as f64);
    }
    let is_whole = phases.iter().all(|phase| !phase.is_empty());
    is_whole.then(|| {
        phases
            .iter()
            .map(|phase| statistics::summary::median(phase))
            .collect()
    })
}

/// The season that was given, which must fit, else one that is found.
fn period(params: &Params, points: &Points) -> Result<usize, Refusal> {
    let series = points.series.as_ref().ok_or(Refusal::NoSeason)?;
    let have = series.len();
    if have > MOST_STEPS {
        let most = MOST_STEPS;
        return Err(Refusal::TooMany { have, most });
    }
    let period = match input::steps(&params.season) {
        Some(period) => period,
        None => found(points, series)?,
    };
    match period {
        0 | 1 => Err(Refusal::NoSeason),
        season if 2 * season > have => Err(Refusal::TooShortForSeason {
            have,
            season,
            need: 2 * season,
        }),
        _ => Ok(period),
    }
}

fn found(points: &Points, series: &Series) -> Result<usize, Refusal> {
    let exact = exact_period(&series.values);
    if let Some(period) = exact {
        return Ok(period);
    }
    seasons::found(&points.filled(series)?, series.step).ok_or(Refusal::NoSeason)
}

/// After how many steps all values are the same again.
fn exact_period(values: &[f64]) -> Option<usize> {
    let repeats = |period: &usize| {
        let later = values.iter().skip(*period);
        values
            .iter()
            .zip(later)
            .all(|(value, later)| value == later)
    };
    (2..=values.len() / REPEATS).find(repeats)
}
