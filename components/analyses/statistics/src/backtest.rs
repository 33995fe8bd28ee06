//! How well a method would have forecast: rolling origins.

use std::collections::VecDeque;

use crate::forecast::{Fitted, Fitting, Forecast, Method};
use crate::naive::mean_change;

/// Origins at most.
const MOST_ORIGINS: usize = 5;
/// Values that a method is given at least.
const LEAST_TRAINING: usize = 12;

/// How many values a series of a season needs, so that a back-test is possible: what a method is given, and the horizon.
pub fn least(period: usize, horizon: usize) -> usize {
    training(period) + horizon
}

/// Two seasons and what the models with the most states need besides.
fn training(period: usize) -> usize {
    if period > 1 {
        (2 * period + 8).max(LEAST_TRAINING)
    } else {
        LEAST_TRAINING
    }
}

/// The origins: how many values are given to the method before it forecasts `horizon` of the rest. Up to five, a horizon apart,
/// or nearer to each other in a short series; the last forecasts end with the series. Empty when it is too short.
pub fn origins(length: usize, period: usize, horizon: usize) -> Vec<usize> {
    let (Some(last), first) = (length.checked_sub(horizon), training(period)) else {
        return Vec::new();
    };
    let Some(room) = last.checked_sub(first) else {
        return Vec::new();
    };
    let apart = (room / (MOST_ORIGINS - 1)).clamp(1, horizon.max(1));
    let count = (room / apart + 1).min(MOST_ORIGINS);
    (0..count).rev().map(|back| last - back * apart).collect()
}

/// A back-test of the methods that serve a season, one part of a fit at a time.
#[derive(Debug)]
pub struct Backtest {
    values: Vec<f64>,
    period: usize,
    horizon: usize,
    origins: Vec<usize>,
    todo: VecDeque<(usize, Method)>,
    fitting: Option<(usize, Method, Fitting)>,
    /// `None` for a method that failed at an origin.
    scores: Vec<(Method, Option<Score>)>,
}

impl Backtest {
    /// See [`origins`]; with a series that is too short nothing is tried.
    pub fn new(values: Vec<f64>, period: usize, horizon: usize) -> Self {
        let methods = Method::candidates(period);
        let origins = origins(values.len(), period, horizon);
        let pairs = |origin: &usize| {
            let origin = *origin;
            methods.iter().map(move |method| (origin, *method))
        };
        Self {
            todo: origins.iter().flat_map(pairs).collect(),
            values,
            period,
            horizon,
            origins,
            fitting: None,
            scores: methods
                .iter()
                .map(|method| (*method, Some(Score::default())))
                .collect(),
        }
    }

    /// Does the next part; false when there is none left.
    pub fn advance(&mut self) -> bool {
        if let Some((origin, method, mut fitting)) = self.fitting.take() {
            if fitting.advance() {
                self.fitting = Some((origin, method, fitting));
            } else {
                self.score(origin, method, fitting.finish());
            }
            return true;
        }
        let Some((origin, method)) = self.todo.pop_front() else {
            return false;
        };
        match Fitting::new(method, self.given(origin), self.period) {
            Some(fitting) => self.fitting = Some((origin, method, fitting)),
            None => self.score(origin, method, None),
        }
        true
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f64 {
        let all = self.origins.len() * self.scores.len();
        1.0 - self.todo.len() as f64 / all.max(1) as f64
    }

    pub fn origins(&self) -> &[usize] {
        &self.origins
    }

    /// The scores of the methods that could forecast from every origin, the best first: by the scaled error, by the
    /// absolute where there is none, and of equals the simpler.
    pub fn scores(&self) -> Vec<(Method, Score)> {
        let tried = self.scores.iter();
        let mut scores: Vec<(Method, Score)> = tried
            .filter_map(|(method, score)| score.map(|score| (*method, score)))
            .filter(|(_, score)| score.mae().is_finite())
            .collect();
        let rank = |score: &Score| {
            let mase = score.mase();
            if mase.is_finite() { mase } else { score.mae() }
        };
        scores.sort_by(|(_, one), (_, other)| rank(one).total_cmp(&rank(other)));
        scores
    }

    fn given(&self, origin: usize) -> &[f64] {
        self.values.get(..origin).unwrap_or_default()
    }

    fn score(&mut self, origin: usize, method: Method, fitted: Option<Fitted>) {
        let forecast = fitted.and_then(|fitted| fitted.forecast(self.horizon));
        let given = self.values.get(..origin).unwrap_or_default();
        let came = self
            .values
            .get(origin..origin + self.horizon)
            .unwrap_or_default();
        for (_, score) in self.scores.iter_mut().filter(|(tried, _)| *tried == method) {
            match (score.as_mut(), &forecast) {
                (Some(score), Some(forecast)) => score.add(given, came, forecast, self.period),
                _ => *score = None,
            }
        }
    }
}

/// Errors of a method's forecasts over the origins.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    forecasts: f64,
    absolute: f64,
    squares: f64,
    scaled: f64,
    in_units: f64,
    within: [f64; 2],
}

impl Score {
    /// Takes in a forecast made from `given`, and what came then.
    pub fn add(&mut self, given: &[f64], came: &[f64], forecast: &Forecast, period: usize) {
        let scale = mean_change(given, period);
        for (position, (came, mean)) in came.iter().zip(&forecast.means).enumerate() {
            let error = (came - mean).abs();
            self.forecasts += 1.0;
            self.absolute += error;
            self.squares += error * error;
            if scale > 0.0 {
                self.scaled += error / scale;
                self.in_units += 1.0;
            }
            for (count, interval) in self.within.iter_mut().zip(&forecast.intervals) {
                let is_within = interval
                    .get(position)
                    .is_some_and(|(low, high)| low <= came && came <= high);
                *count += f64::from(u8::from(is_within));
            }
        }
    }

    /// Mean absolute error.
    pub fn mae(&self) -> f64 {
        self.absolute / self.forecasts
    }

    /// Root of the mean squared error.
    pub fn rmse(&self) -> f64 {
        (self.squares / self.forecasts).sqrt()
    }

    /// Mean absolute scaled error (R. J. Hyndman and A. B. Koehler, International Journal of Forecasting 22, 2006): in units of the mean
    /// size of the changes over a season, or over a step without one, in what the method was given. NaN where nothing changed there.
    pub fn mase(&self) -> f64 {
        self.scaled / self.in_units
    }

    /// The share of what came that was within the intervals.
    pub fn coverage(&self) -> [f64; 2] {
        self.within.map(|count| count / self.forecasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_end_with_the_series_and_leave_enough_to_learn_from() {
        assert_eq!(origins(200, 12, 24), [80, 104, 128, 152, 176]);
        assert_eq!(origins(60, 12, 12), [32, 36, 40, 44, 48]);
        assert_eq!(origins(33, 12, 1), [32]);
        assert_eq!(origins(32, 12, 1), [0; 0]);
        assert_eq!(origins(13, 1, 1), [12]);
        assert_eq!(origins(5, 1, 10), [0; 0]);
        assert_eq!(least(12, 1), 33);
    }

    #[test]
    fn a_score_is_the_errors_of_all_forecasts() {
        let given = [1.0, 3.0, 5.0, 7.0];
        let forecast = Forecast::normal(vec![7.0, 7.0], &[1.0, 2.0]);
        let mut score = Score::default();
        score.add(&given, &[8.0, 10.0], &forecast, 1);
        assert_eq!((score.mae(), score.mase()), (2.0, 1.0));
        assert!((score.rmse() - 5.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(score.coverage(), [0.5, 1.0]);
    }
}
