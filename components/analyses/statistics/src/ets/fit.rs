//! Estimating a model by maximum likelihood, and choosing one by Akaike's criterion.

use super::form::{Error, Form, Season, Trend};
use super::parameters::{self, Smoothing};
use super::recursion::{State, likelihood, run};
use super::start;
use crate::bfgs;

/// Alphas that the search begins with: the likelihood may have several maxima.
const BEGINNINGS: [f64; 2] = [0.1, 0.6];
/// The variance that errors have at least, for values whose mean size is 1: a series that a model follows exactly
/// has a likelihood too.
const LEAST_VARIANCE: f64 = 1e-20;

/// A model fitted to a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub form: Form,
    pub smoothing: Smoothing,
    pub initial: State,
    /// The state after the last value.
    pub last: State,
    /// Of the errors, which are shares of the forecast where they are multiplicative; their squares over the number of
    /// values less that of estimated figures.
    pub variance: f64,
    pub log_likelihood: f64,
    /// Akaike's criterion, corrected for short series.
    pub aicc: f64,
    pub fitted: Vec<f64>,
    pub errors: Vec<f64>,
}

impl Model {
    /// Fits a form by maximum likelihood over the smoothing parameters and the initial states, which begin at
    /// estimates from the first values. `None` when the series is too short for the form or the form is not
    /// defined for it.
    pub fn fit(form: Form, values: &[f64]) -> Option<Self> {
        let estimated = form.estimated() + 1;
        if values.len() < estimated + 2 || values.len() < 2 * form.period {
            return None;
        }
        let scale = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
        if !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let scaled: Vec<f64> = values.iter().map(|value| value / scale).collect();
        let search = Search::new(form, &scaled);
        let (best, value) = BEGINNINGS
            .into_iter()
            .map(|alpha| search.run(alpha))
            .min_by(|(_, one), (_, other)| one.total_cmp(other))?;
        value.is_finite().then_some(())?;
        let smoothing = parameters::smoothing(form, &best);
        Self::of(
            form,
            smoothing,
            search.state(&best).scaled(form, scale),
            values,
        )
    }

    /// A model with given parameters, not fitted. `None` where it is not defined.
    pub fn of(form: Form, smoothing: Smoothing, initial: State, values: &[f64]) -> Option<Self> {
        let ran = run(form, smoothing, &initial, values)?;
        let n = values.len() as f64;
        let estimated = form.estimated() as f64;
        let unit = match form.error {
            Error::Additive => values.iter().map(|value| value.abs()).sum::<f64>() / n,
            Error::Multiplicative => 1.0,
        };
        let squares = ran.errors.iter().map(|error| error * error).sum::<f64>()
            + n * LEAST_VARIANCE * unit * unit;
        let logarithms: f64 = match form.error {
            Error::Additive => 0.0,
            Error::Multiplicative => ran.fitted.iter().map(|forecast| libm::log(*forecast)).sum(),
        };
        let around = libm::log(std::f64::consts::TAU * squares / n) + 1.0;
        let log_likelihood = -0.5 * n * around - logarithms;
        let figures = estimated + 1.0;
        let correction = 2.0 * figures * (figures + 1.0) / (n - figures - 1.0);
        log_likelihood.is_finite().then_some(Self {
            form,
            smoothing,
            initial,
            last: ran.last,
            variance: squares / (n - estimated).max(1.0),
            log_likelihood,
            aicc: -2.0 * log_likelihood + 2.0 * figures + correction,
            fitted: ran.fitted,
            errors: ran.errors,
        })
    }
}

impl State {
    fn scaled(mut self, form: Form, scale: f64) -> Self {
        self.level *= scale;
        self.slope *= scale;
        if form.season == Season::Additive {
            self.season.iter_mut().for_each(|state| *state *= scale);
        }
        self
    }
}

/// The optimiser's variables: those of the smoothing, then level, slope, and the season's states but the last, which
/// follows from their sum; states as distances from the first estimate in units of the series' usual change.
struct Search<'a> {
    form: Form,
    values: &'a [f64],
    begin: State,
    unit: f64,
}

impl<'a> Search<'a> {
    fn new(form: Form, values: &'a [f64]) -> Self {
        let changes = values
            .iter()
            .zip(values.iter().skip(1))
            .map(|(a, b)| (b - a).abs());
        let unit = changes.sum::<f64>() / values.len() as f64;
        Self {
            form,
            values,
            begin: start::initial(form, values),
            unit: unit.max(1e-6),
        }
    }

    fn run(&self, alpha: f64) -> (Vec<f64>, f64) {
        let mut begin = parameters::begin(self.form, alpha);
        let states = 1
            + usize::from(self.form.trend != Trend::None)
            + self.begin.season.len().saturating_sub(1);
        begin.resize(begin.len() + states, 0.0);
        bfgs::minimise(&begin, |variables, gradient| {
            self.evaluate(variables, gradient)
        })
    }

    fn evaluate(&self, variables: &[f64], gradient: &mut [f64]) -> f64 {
        let smoothing = parameters::smoothing(self.form, variables);
        let state = self.state(variables);
        let Some(found) = likelihood(self.form, smoothing, &state, self.values, LEAST_VARIANCE)
        else {
            return f64::INFINITY;
        };
        parameters::chain(self.form, variables, found.smoothing, gradient);
        let of_states = gradient.iter_mut().skip(parameters::variables(self.form));
        let slope = (self.form.trend != Trend::None).then_some(found.initial.slope);
        let last = found.initial.season.last().copied().unwrap_or_default();
        let seasons = found.initial.season.iter().map(|by| by - last);
        let by = std::iter::once(found.initial.level)
            .chain(slope)
            .chain(seasons);
        for (derivative, by) in of_states.zip(by) {
            *derivative = by * self.unit;
        }
        found.value
    }

    fn state(&self, variables: &[f64]) -> State {
        let mut state = self.begin.clone();
        let mut moves = variables.iter().skip(parameters::variables(self.form));
        let mut next = || moves.next().copied().unwrap_or_default() * self.unit;
        state.level += next();
        if self.form.trend != Trend::None {
            state.slope += next();
        }
        if let Some((last, free)) = state.season.split_last_mut() {
            let mut left = self.form.season_sum();
            for season in free {
                *season += next();
                left -= *season;
            }
            *last = left;
        }
        state
    }
}

/// The choice of a form, one fit at a time.
#[derive(Debug)]
pub struct Selection {
    values: Vec<f64>,
    forms: std::vec::IntoIter<Form>,
    tried: usize,
    best: Option<Model>,
}

impl Selection {
    /// Of all forms with a season of `period` steps, and those without one; those without only for a period of 1 or one
    /// longer than [`super::LONGEST_SEASON`].
    pub fn new(values: Vec<f64>, period: usize) -> Self {
        let are_positive = values.iter().all(|value| *value > 0.0);
        let period = if period > super::LONGEST_SEASON {
            1
        } else {
            period
        };
        Self {
            values,
            forms: Form::candidates(period, are_positive).into_iter(),
            tried: 0,
            best: None,
        }
    }

    /// Fits the next form; false when there is none left.
    pub fn advance(&mut self) -> bool {
        let Some(form) = self.forms.next() else {
            return false;
        };
        self.tried += 1;
        let best = self.best.as_ref().map_or(f64::INFINITY, |best| best.aicc);
        if let Some(model) = Model::fit(form, &self.values).filter(|model| model.aicc < best) {
            self.best = Some(model);
        }
        true
    }

    /// The model with the least corrected criterion of Akaike of those tried; `None` when none could be fitted.
    pub fn best(self) -> Option<Model> {
        self.best
    }

    /// How many forms have been tried.
    pub fn tried(&self) -> usize {
        self.tried
    }
}

/// The best model of all forms, see [`Selection`].
pub fn select(values: &[f64], period: usize) -> Option<Model> {
    let mut selection = Selection::new(values.to_vec(), period);
    while selection.advance() {}
    selection.best()
}
