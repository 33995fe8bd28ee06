//! Seasons taken off by loess.

use crate::ets::{Model, Selection};
use crate::forecast::Forecast;
use crate::magnitude::Scale;
use crate::summary::variance;

/// A series as a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    pub trend: Vec<f64>,
    /// For each period, in the order that they were given.
    pub seasons: Vec<Vec<f64>>,
    pub rest: Vec<f64>,
}

impl Decomposition {
    /// How strong a part is, from 0 to 1: by how much its variance with the rest exceeds that of the rest (X. Wang, K. Smith and
    /// R. J. Hyndman, Data Mining and Knowledge Discovery 13, 2006).
    pub fn strength(&self, part: &[f64]) -> f64 {
        let both: Vec<f64> = part
            .iter()
            .zip(&self.rest)
            .map(|(part, rest)| part + rest)
            .collect();
        (1.0 - variance(&self.rest) / variance(&both)).max(0.0)
    }

    /// The parts of the values whose scaled ones were decomposed.
    pub fn unscaled(&self, scale: Scale) -> Self {
        let seasons = self.seasons.iter();
        Self {
            trend: scale.all_nearest(&self.trend),
            seasons: seasons.map(|season| scale.all_nearest(season)).collect(),
            rest: scale.all_nearest(&self.rest),
        }
    }

    /// The least and the largest value of the last `period` of a season.
    pub fn last_range(&self, season: &[f64], period: usize) -> (f64, f64) {
        let last = season.iter().rev().take(period);
        last.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
    }
}

/// Decomposes a series by MSTL (K. Bandara, R. J. Hyndman and C. Bergmeir 2021, arXiv:2107.13462), which for one period is
/// the STL of R. B. Cleveland and others, Journal of Official Statistics 6 (1990): two passes over the periods, the
/// windows of the seasons 11, 15, ... values long; `robust` gives outliers less weight. `None` when there are fewer than two
/// of the longest period, or no period.
pub fn decompose(values: &[f64], periods: &[usize], robust: bool) -> Option<Decomposition> {
    let mut inner = stlrs::Stl::params();
    inner.robust(robust);
    let result = stlrs::Mstl::params()
        .stl_params(inner)
        .fit(values, periods)
        .ok()?;
    let (seasons, trend, rest) = result.into_parts();
    Some(Decomposition {
        trend,
        seasons,
        rest,
    })
}

/// Exponential smoothing of a series without its season, which then is added again as it last was.
#[derive(Debug)]
pub struct StlEts {
    season: Vec<f64>,
    selection: Selection,
}

impl StlEts {
    /// `None` when there are fewer than two seasons.
    pub fn new(values: &[f64], period: usize) -> Option<Self> {
        let season = decompose(values, &[period], false)?.seasons.pop()?;
        let adjusted: Vec<f64> = values
            .iter()
            .zip(&season)
            .map(|(all, part)| all - part)
            .collect();
        let last = season.get(season.len().checked_sub(period)?..)?.to_vec();
        Some(Self {
            season: last,
            selection: Selection::new(adjusted, 1),
        })
    }

    /// Fits the next form; false when there is none left.
    pub fn advance(&mut self) -> bool {
        self.selection.advance()
    }

    /// The best model of the adjusted series, and the season.
    pub fn best(self) -> Option<SeasonedModel> {
        Some(SeasonedModel {
            season: self.season,
            model: self.selection.best()?,
        })
    }
}

/// What [`StlEts`] finds.
#[derive(Debug, Clone)]
pub struct SeasonedModel {
    /// The last season.
    pub season: Vec<f64>,
    /// Of the seasonally adjusted series.
    pub model: Model,
}

impl SeasonedModel {
    /// The intervals are those of the adjusted series: the season is taken as known.
    pub fn forecast(&self, horizon: usize) -> Forecast {
        let mut forecast = self.model.forecast(horizon);
        let seasons = || self.season.iter().cycle();
        for (mean, season) in forecast.means.iter_mut().zip(seasons()) {
            *mean += season;
        }
        for interval in &mut forecast.intervals {
            for ((low, high), season) in interval.iter_mut().zip(seasons()) {
                *low += season;
                *high += season;
            }
        }
        forecast
    }
}
