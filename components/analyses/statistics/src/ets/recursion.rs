//! Running a model over a series, and back for the derivatives of its likelihood.

use super::form::{Error, Form, Season, Trend};
use super::parameters::Smoothing;

/// Level, slope, and the states of a season's steps; the one of the next step first in `season`.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub level: f64,
    pub slope: f64,
    pub season: Vec<f64>,
}

/// What a run leaves: for each value the forecast of one step before, and the state after the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub fitted: Vec<f64>,
    /// Innovations: value less forecast, for multiplicative errors as a share of the forecast.
    pub errors: Vec<f64>,
    pub last: State,
}

/// One step of the recursion, and what its derivatives need.
#[derive(Clone, Copy)]
struct Moment {
    slope: f64,
    /// Level and slope joined: the forecast without the season.
    base: f64,
    season: f64,
    forecast: f64,
    /// The seasonally adjusted value less `base`.
    surprise: f64,
    /// The value without `base`.
    detrended: f64,
    error: f64,
}

impl Moment {
    fn new(form: Form, phi: f64, level: f64, slope: f64, season: f64, value: f64) -> Self {
        let base = match form.trend {
            Trend::None => level,
            Trend::Additive | Trend::Damped => level + phi * slope,
        };
        let (forecast, adjusted, detrended) = match form.season {
            Season::None => (base, value, 0.0),
            Season::Additive => (base + season, value - season, value - base),
            Season::Multiplicative => (base * season, value / season, value / base),
        };
        let error = match form.error {
            Error::Additive => value - forecast,
            Error::Multiplicative => (value - forecast) / forecast,
        };
        Self {
            slope,
            base,
            season,
            forecast,
            surprise: adjusted - base,
            detrended,
            error,
        }
    }

    /// Whether a form with multiplicative parts is defined here.
    fn is_sound(&self, form: Form) -> bool {
        let is_sound = match (form.error, form.season) {
            (_, Season::Multiplicative) => self.base > 0.0 && self.season > 0.0,
            (Error::Multiplicative, _) => self.forecast > 0.0,
            (Error::Additive, _) => true,
        };
        is_sound && self.error.is_finite()
    }
}

/// Runs a model over a series; `None` where it is not defined, such as forecasts below nought of a form with
/// multiplicative errors.
pub fn run(form: Form, smoothing: Smoothing, initial: &State, values: &[f64]) -> Option<Run> {
    let mut state = initial.clone();
    let (mut fitted, mut errors) = (Vec::new(), Vec::new());
    let moments = forward(form, smoothing, &mut state, values)?;
    for moment in moments {
        fitted.push(moment.forecast);
        errors.push(moment.error);
    }
    if form.season != Season::None {
        let period = form.period.max(1);
        state.season.rotate_left(values.len() % period);
    }
    Some(Run {
        fitted,
        errors,
        last: state,
    })
}

/// Leaves in `state` the last one, with the season's states where they were.
fn forward(
    form: Form,
    smoothing: Smoothing,
    state: &mut State,
    values: &[f64],
) -> Option<Vec<Moment>> {
    let Smoothing {
        alpha,
        beta,
        gamma,
        phi,
    } = smoothing;
    let mut moments = Vec::with_capacity(values.len());
    let mut none = [0.0];
    let seasons = if form.season == Season::None {
        &mut none[..]
    } else {
        &mut state.season[..]
    };
    let mut values = values.iter();
    while !values.as_slice().is_empty() {
        for (season, value) in seasons.iter_mut().zip(values.by_ref()) {
            let (level, slope) = (state.level, state.slope);
            let moment = Moment::new(form, phi, level, slope, *season, *value);
            if !moment.is_sound(form) {
                return None;
            }
            state.level = moment.base + alpha * moment.surprise;
            state.slope = phi * slope + beta * moment.surprise;
            *season += gamma * (moment.detrended - *season);
            moments.push(moment);
        }
        if seasons.is_empty() {
            return None;
        }
    }
    Some(moments)
}

/// Twice the negative logarithm of the likelihood, but for a constant, with the variance at its best (Hyndman and
/// others 2008, section 5.1), and its derivatives.
pub(super) struct Likelihood {
    pub(super) value: f64,
    pub(super) smoothing: Smoothing,
    pub(super) initial: State,
}

/// `None` where the model is not defined. `least_variance` is added to that of the errors.
///
/// The derivatives are exact: the recursion is gone through backwards (reverse accumulation).
pub(super) fn likelihood(
    form: Form,
    smoothing: Smoothing,
    initial: &State,
    values: &[f64],
    least_variance: f64,
) -> Option<Likelihood> {
    let mut state = initial.clone();
    let moments = forward(form, smoothing, &mut state, values)?;
    let n = values.len() as f64;
    let squares = moments
        .iter()
        .map(|moment| moment.error * moment.error)
        .sum::<f64>()
        + n * least_variance;
    let logarithms: f64 = match form.error {
        Error::Additive => 0.0,
        Error::Multiplicative => moments
            .iter()
            .map(|moment| libm::log(moment.forecast))
            .sum(),
    };
    let value = n * libm::log(squares) + 2.0 * logarithms;
    if !value.is_finite() {
        return None;
    }
    let backward = Backward {
        form,
        smoothing,
        per_square: 2.0 * n / squares,
    };
    let (smoothing, initial) = backward.run(&moments, values);
    Some(Likelihood {
        value,
        smoothing,
        initial,
    })
}

struct Backward {
    form: Form,
    smoothing: Smoothing,
    /// The derivative of the likelihood's first part by an error, for each unit of that error.
    per_square: f64,
}

impl Backward {
    /// The derivatives by the parameters and by the initial state.
    fn run(&self, moments: &[Moment], values: &[f64]) -> (Smoothing, State) {
        let Smoothing {
            alpha,
            beta,
            gamma,
            phi,
        } = self.smoothing;
        let mut by = Smoothing {
            alpha: 0.0,
            beta: 0.0,
            gamma: 0.0,
            phi: 0.0,
        };
        let (mut by_level, mut by_slope) = (0.0, 0.0);
        let period = self.form.period.max(1);
        let mut by_season = vec![0.0; period];
        let has_trend = self.form.trend != Trend::None;
        for (position, (moment, value)) in moments.iter().zip(values).enumerate().rev() {
            let by_forecast = self.by_forecast(moment, *value);
            let mut nothing = 0.0;
            let slot = by_season.get_mut(position % period).unwrap_or(&mut nothing);
            by.alpha += by_level * moment.surprise;
            by.beta += by_slope * moment.surprise;
            by.gamma += *slot * (moment.detrended - moment.season);
            let by_surprise = alpha * by_level + beta * by_slope;
            let by_detrended = gamma * *slot;
            let mut by_base = by_level - by_surprise;
            match self.form.season {
                Season::None => by_base += by_forecast,
                Season::Additive => {
                    by_base += by_forecast - by_detrended;
                    *slot = *slot * (1.0 - gamma) - by_surprise + by_forecast;
                }
                Season::Multiplicative => {
                    let Moment { base, season, .. } = moment;
                    by_base += by_forecast * season - by_detrended * value / (base * base);
                    *slot = *slot * (1.0 - gamma) - by_surprise * value / (season * season)
                        + by_forecast * base;
                }
            }
            if has_trend {
                by.phi += (by_slope + by_base) * moment.slope;
                by_slope = phi * (by_slope + by_base);
            }
            by_level = by_base;
        }
        let initial = State {
            level: by_level,
            slope: by_slope,
            season: by_season,
        };
        (by, initial)
    }

    fn by_forecast(&self, moment: &Moment, value: f64) -> f64 {
        let by_error = self.per_square * moment.error;
        match self.form.error {
            Error::Additive => -by_error,
            Error::Multiplicative => {
                let forecast = moment.forecast;
                2.0 / forecast - by_error * value / (forecast * forecast)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The derivatives against differences, of every form.
    #[test]
    fn derivatives_are_those_of_the_likelihood() {
        let values: Vec<f64> = (0..37)
            .map(|i| 20.0 + 0.3 * f64::from(i) + f64::from((i * 7) % 5) + f64::from(i % 4))
            .collect();
        for form in Form::candidates(4, true) {
            let has = |trend: bool, value: f64| if trend { value } else { 0.0 };
            let smoothing = Smoothing {
                alpha: 0.4,
                beta: has(form.trend != Trend::None, 0.1),
                gamma: has(form.season != Season::None, 0.2),
                phi: if form.trend == Trend::Damped {
                    0.9
                } else {
                    1.0
                },
            };
            let season = match form.season {
                Season::None => vec![],
                Season::Additive => vec![-1.0, 0.5, 1.0, -0.5],
                Season::Multiplicative => vec![0.9, 1.05, 1.1, 0.95],
            };
            let initial = State {
                level: 21.0,
                slope: has(form.trend != Trend::None, 0.25),
                season,
            };
            let at = |smoothing: Smoothing, state: &State| {
                likelihood(form, smoothing, state, &values, 0.0).expect("defined")
            };
            let exact = at(smoothing, &initial);
            let step = 1e-6;
            let check = |what: &str, derivative: f64, up: f64, down: f64| {
                let difference = (up - down) / (2.0 * step);
                let error = (difference - derivative).abs() / difference.abs().max(1.0);
                assert!(
                    error < 1e-5,
                    "{} {what}: {derivative} {difference}",
                    form.name()
                );
            };
            let nudge = |change: fn(&mut Smoothing, &mut State, f64)| {
                let values = [step, -step].map(|by| {
                    let (mut smoothing, mut state) = (smoothing, initial.clone());
                    change(&mut smoothing, &mut state, by);
                    at(smoothing, &state).value
                });
                (values[0], values[1])
            };
            let (up, down) = nudge(|s, _, by| s.alpha += by);
            check("alpha", exact.smoothing.alpha, up, down);
            let (up, down) = nudge(|_, state, by| state.level += by);
            check("level", exact.initial.level, up, down);
            if form.trend != Trend::None {
                let (up, down) = nudge(|s, _, by| s.beta += by);
                check("beta", exact.smoothing.beta, up, down);
                let (up, down) = nudge(|s, _, by| s.phi += by);
                check("phi", exact.smoothing.phi, up, down);
                let (up, down) = nudge(|_, state, by| state.slope += by);
                check("slope", exact.initial.slope, up, down);
            }
            if form.season != Season::None {
                let (up, down) = nudge(|s, _, by| s.gamma += by);
                check("gamma", exact.smoothing.gamma, up, down);
                let (up, down) = nudge(|_, state, by| state.season[2] += by);
                check("season", exact.initial.season[2], up, down);
            }
        }
    }
}
