//! Initial states to begin the search with (Hyndman and others 2008, section 2.6).

use super::form::{Form, Season, Trend};
use super::recursion::State;

/// Seasons that the first estimate of the seasonal states looks at.
const SEASONS: usize = 5;
/// Values that the first level and slope are estimated from, or a season if that is longer.
const BEGINNING: usize = 10;

/// Level and slope from the line through the first seasonally adjusted values; a season's states from what the first
/// years differ from their moving average.
pub(super) fn initial(form: Form, values: &[f64]) -> State {
    let season = season(form, values);
    let adjusted: Vec<f64> = values
        .iter()
        .take(BEGINNING.max(form.period))
        .enumerate()
        .map(|(position, value)| {
            let state = season.get(position % form.period.max(1)).copied();
            match (form.season, state) {
                (Season::Additive, Some(state)) => value - state,
                (Season::Multiplicative, Some(state)) => value / state,
                _ => *value,
            }
        })
        .collect();
    let (level, slope) = match form.trend {
        Trend::None => (mean(adjusted.iter().copied()), 0.0),
        Trend::Additive | Trend::Damped => line(&adjusted),
    };
    State {
        level,
        slope,
        season,
    }
}

fn season(form: Form, values: &[f64]) -> Vec<f64> {
    if form.season == Season::None {
        return Vec::new();
    }
    let period = form.period.max(1);
    let first = values.get(..SEASONS * period).unwrap_or(values);
    let mut phases = vec![(0.0, 0.0); period];
    for (position, average) in moving_average(first, period) {
        let slot = phases.get_mut(position % period);
        if let (Some((sum, count)), Some(value)) = (slot, first.get(position)) {
            *sum += match form.season {
                Season::Multiplicative => value / average,
                Season::None | Season::Additive => value - average,
            };
            *count += 1.0;
        }
    }
    let means: Vec<f64> = phases
        .iter()
        .map(|(sum, count)| sum / f64::max(*count, 1.0))
        .collect();
    let whole = mean(means.iter().copied());
    let normal = |state: f64| match form.season {
        // Far off values would be a bad start: a season is at least a tenth of the mean.
        Season::Multiplicative => (state / whole).max(0.1),
        Season::None | Season::Additive => state - whole,
    };
    means.into_iter().map(normal).collect()
}

/// The moving average over a period, centred on each value that has half a period on both sides.
fn moving_average(values: &[f64], period: usize) -> Vec<(usize, f64)> {
    let half = period / 2;
    let weight = |offset: usize| {
        let is_end = period.is_multiple_of(2) && (offset == 0 || offset == period);
        if is_end { 0.5 } else { 1.0 }
    };
    values
        .windows(2 * half + 1)
        .enumerate()
        .map(|(begin, window)| {
            let sum: f64 = window.iter().enumerate().map(|(i, v)| weight(i) * v).sum();
            (begin + half, sum / period as f64)
        })
        .collect()
}

/// The least-squares line, as its value one step before the first, and its slope.
fn line(values: &[f64]) -> (f64, f64) {
    let middle = (values.len() as f64 + 1.0) / 2.0;
    let average = mean(values.iter().copied());
    let offsets = || (1..).map(|step| f64::from(step) - middle).zip(values);
    let across: f64 = offsets().map(|(x, _)| x * x).sum();
    let along: f64 = offsets().map(|(x, value)| x * (value - average)).sum();
    let slope = if across > 0.0 { along / across } else { 0.0 };
    (average - slope * middle, slope)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}
