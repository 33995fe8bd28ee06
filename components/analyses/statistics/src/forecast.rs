//! Forecasts with intervals, and the methods that make them.

use crate::decomposed::{SeasonedModel, StlEts};
use crate::ets::{Model, Selection};
use crate::magnitude::Scale;
use crate::naive;
use crate::normal::two_sided;

/// The probabilities of the two intervals.
pub const LEVELS: [f64; 2] = [0.80, 0.95];

/// What the next steps will be.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub means: Vec<f64>,
    /// Lower and upper ends for each of [`LEVELS`].
    pub intervals: [Vec<(f64, f64)>; 2],
}

impl Forecast {
    /// Normal distributions with these standard deviations.
    pub fn normal(means: Vec<f64>, deviations: &[f64]) -> Self {
        let intervals = LEVELS.map(|level| {
            let width = two_sided(level);
            let interval = |(mean, deviation): (&f64, &f64)| {
                (mean - width * deviation, mean + width * deviation)
            };
            means.iter().zip(deviations).map(interval).collect()
        });
        Self { means, intervals }
    }

    /// Of the values whose scaled ones were forecast.
    pub fn unscaled(&self, scale: Scale) -> Self {
        let ends = |interval: &Vec<(f64, f64)>| {
            let pairs = interval.iter();
            pairs
                .map(|(low, high)| (scale.nearest(*low), scale.nearest(*high)))
                .collect()
        };
        let [narrow, wide] = &self.intervals;
        Self {
            means: scale.all_nearest(&self.means),
            intervals: [ends(narrow), ends(wide)],
        }
    }

    /// The means, and all ends of intervals.
    pub fn figures(&self) -> Vec<f64> {
        let ends = self.intervals.iter().flatten();
        let ends = ends.flat_map(|(low, high)| [*low, *high]);
        self.means.iter().copied().chain(ends).collect()
    }
}

/// A way to forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The last value.
    Naive,
    /// The value a season ago.
    SeasonalNaive,
    /// Exponential smoothing, its form chosen by Akaike's corrected criterion.
    Ets,
    /// Decomposition by loess, and exponential smoothing of what is not season.
    StlEts,
}

impl Method {
    /// Those that serve a season of so many steps, the simplest first; without a season the period is 1.
    pub fn candidates(period: usize) -> Vec<Self> {
        if period > 1 {
            vec![Self::Naive, Self::SeasonalNaive, Self::Ets, Self::StlEts]
        } else {
            vec![Self::Naive, Self::Ets]
        }
    }

    /// `seasonal_naive`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::SeasonalNaive => "seasonal_naive",
            Self::Ets => "ets",
            Self::StlEts => "stl_ets",
        }
    }
}

/// A method being fitted to a series, one form at a time.
#[derive(Debug)]
pub enum Fitting {
    Repeating { values: Vec<f64>, period: usize },
    Ets(Selection),
    StlEts(StlEts),
}

impl Fitting {
    /// `None` when the series is too short for the method.
    pub fn new(method: Method, values: &[f64], period: usize) -> Option<Self> {
        let repeating = |period| Self::Repeating {
            values: values.to_vec(),
            period,
        };
        match method {
            Method::Naive => Some(repeating(1)),
            Method::SeasonalNaive => Some(repeating(period)),
            Method::Ets => Some(Self::Ets(Selection::new(values.to_vec(), period))),
            Method::StlEts => StlEts::new(values, period).map(Self::StlEts),
        }
    }

    /// Does the next part; false when there is none left.
    pub fn advance(&mut self) -> bool {
        match self {
            Self::Repeating { .. } => false,
            Self::Ets(selection) => selection.advance(),
            Self::StlEts(fitting) => fitting.advance(),
        }
    }

    /// What was found; `None` when nothing could be fitted.
    pub fn finish(self) -> Option<Fitted> {
        match self {
            Self::Repeating { values, period } => Some(Fitted::Repeating { values, period }),
            Self::Ets(selection) => selection.best().map(Fitted::Ets),
            Self::StlEts(fitting) => fitting.best().map(Fitted::StlEts),
        }
    }
}

/// A fitted method.
#[derive(Debug, Clone)]
pub enum Fitted {
    Repeating { values: Vec<f64>, period: usize },
    Ets(Model),
    StlEts(SeasonedModel),
}

impl Fitted {
    /// `None` when there is nothing to repeat, or a figure is out of range.
    pub fn forecast(&self, horizon: usize) -> Option<Forecast> {
        let forecast = match self {
            Self::Repeating { values, period } => naive::forecast(values, *period, horizon)?,
            Self::Ets(model) => model.forecast(horizon),
            Self::StlEts(model) => model.forecast(horizon),
        };
        let is_finite = forecast.figures().iter().all(|figure| figure.is_finite());
        is_finite.then_some(forecast)
    }

    /// The model of exponential smoothing in it.
    pub fn model(&self) -> Option<&Model> {
        match self {
            Self::Repeating { .. } => None,
            Self::Ets(model) => Some(model),
            Self::StlEts(seasoned) => Some(&seasoned.model),
        }
    }
}
