//! Continuing a model, with intervals.

use super::fit::Model;
use super::form::{Error, Season, Trend};
use super::recursion::State;
use crate::forecast::{Forecast, LEVELS};
use crate::normal::Deviates;
use crate::summary::quantile;

/// Futures drawn where the variance has no closed form.
const PATHS: usize = 5_000;
const SEED: u64 = 2_008;

impl Model {
    /// Forecasts of the next steps. The intervals are those of a normal distribution with the variance of Hyndman and others
    /// 2008, chapter 6 (classes 1 and 2); for multiplicative seasons they are percentiles of 5,000 futures drawn from a fixed seed.
    pub fn forecast(&self, horizon: usize) -> Forecast {
        let means = self.means(horizon);
        match self.form.season {
            Season::Multiplicative => {
                let intervals = self.simulated(horizon);
                Forecast { means, intervals }
            }
            Season::None | Season::Additive => {
                let deviations = self.deviations(&means);
                Forecast::normal(means, &deviations)
            }
        }
    }

    fn means(&self, horizon: usize) -> Vec<f64> {
        let mut level_and_slope = self.last.level;
        let mut slope = self.last.slope;
        (0..horizon)
            .map(|ahead| {
                if self.form.trend != Trend::None {
                    slope *= self.smoothing.phi;
                    level_and_slope += slope;
                }
                let season = self
                    .last
                    .season
                    .get(ahead % self.form.period.max(1))
                    .copied();
                match (self.form.season, season) {
                    (Season::Additive, Some(season)) => level_and_slope + season,
                    (Season::Multiplicative, Some(season)) => level_and_slope * season,
                    _ => level_and_slope,
                }
            })
            .collect()
    }

    /// Standard deviations of the forecasts of a form whose trend and season are additive.
    fn deviations(&self, means: &[f64]) -> Vec<f64> {
        let weights = self.weights(means.len());
        match self.form.error {
            Error::Additive => {
                let mut sum = 1.0;
                let with_next = |weight: &f64| {
                    let now: f64 = sum;
                    sum += weight * weight;
                    (self.variance * now).sqrt()
                };
                weights.iter().map(with_next).collect()
            }
            Error::Multiplicative => {
                let mut thetas: Vec<f64> = Vec::with_capacity(means.len());
                for mean in means {
                    let earlier: f64 = weights
                        .iter()
                        .zip(thetas.iter().rev())
                        .map(|(weight, theta)| weight * weight * theta)
                        .sum();
                    thetas.push(mean * mean + self.variance * earlier);
                }
                let variance = |(theta, mean): (&f64, &f64)| {
                    let variance = (1.0 + self.variance) * theta - mean * mean;
                    variance.max(0.0).sqrt()
                };
                thetas.iter().zip(means).map(variance).collect()
            }
        }
    }

    /// How much an error of today is in the value one, two, ... steps later.
    fn weights(&self, count: usize) -> Vec<f64> {
        let mut damped = 0.0;
        let mut power = 1.0;
        (1..=count)
            .map(|ahead| {
                power *= self.smoothing.phi;
                damped += power;
                let is_season = self.form.season != Season::None && ahead % self.form.period == 0;
                let season = if is_season { self.smoothing.gamma } else { 0.0 };
                self.smoothing.alpha + self.smoothing.beta * damped + season
            })
            .collect()
    }

    fn simulated(&self, horizon: usize) -> [Vec<(f64, f64)>; 2] {
        let mut deviates = Deviates::new(SEED);
        let mut ends = vec![Vec::with_capacity(PATHS); horizon];
        for _ in 0..PATHS {
            let mut state = self.last.clone();
            for (ahead, values) in ends.iter_mut().enumerate() {
                values.push(self.draw(&mut state, ahead, deviates.draw()));
            }
        }
        ends.iter_mut()
            .for_each(|values| values.sort_unstable_by(f64::total_cmp));
        LEVELS.map(|level| {
            let tail = (1.0 - level) / 2.0;
            let interval =
                |values: &Vec<f64>| (quantile(values, tail), quantile(values, 1.0 - tail));
            ends.iter().map(interval).collect()
        })
    }

    /// A value of a form with multiplicative errors and seasons, and the state after it.
    fn draw(&self, state: &mut State, ahead: usize, deviate: f64) -> f64 {
        let error = self.variance.sqrt() * deviate;
        let slot = ahead % self.form.period.max(1);
        let slope = self.smoothing.phi * state.slope;
        let base = match self.form.trend {
            Trend::None => state.level,
            Trend::Additive | Trend::Damped => state.level + slope,
        };
        state.level = base * (1.0 + self.smoothing.alpha * error);
        state.slope = slope + self.smoothing.beta * base * error;
        state.season.get_mut(slot).map_or(base, |season| {
            let value = base * *season * (1.0 + error);
            *season *= 1.0 + self.smoothing.gamma * error;
            value
        })
    }
}
