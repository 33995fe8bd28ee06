//! Benchmarks: what the last value says, or that of a season ago.

use crate::forecast::Forecast;

/// Repeats the last `period` values: the naive forecast for a period of 1, else the seasonal naive one. The variance grows by that of
/// the changes with every repetition (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition,
/// section 5.5). `None` for a series that is not longer than the period.
pub fn forecast(values: &[f64], period: usize, horizon: usize) -> Option<Forecast> {
    let begin = values
        .len()
        .checked_sub(period)
        .filter(|begin| *begin > 0)?;
    let last = values.get(begin..).filter(|last| !last.is_empty())?;
    let squares = changes(values, period).map(|change| change * change);
    let variance = squares.sum::<f64>() / begin as f64;
    let means = last.iter().copied().cycle().take(horizon).collect();
    let deviations: Vec<f64> = (0..horizon)
        .map(|ahead| (variance * (ahead / period + 1) as f64).sqrt())
        .collect();
    Some(Forecast::normal(means, &deviations))
}

/// The mean size of the changes over a period: the scale of the mean absolute scaled error.
pub fn mean_change(values: &[f64], period: usize) -> f64 {
    let count = values.len().saturating_sub(period);
    changes(values, period).map(f64::abs).sum::<f64>() / count as f64
}

fn changes(values: &[f64], period: usize) -> impl Iterator<Item = f64> {
    values
        .iter()
        .zip(values.iter().skip(period))
        .map(|(before, after)| after - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_season_is_repeated_and_its_interval_grows_by_seasons() {
        let forecast = forecast(&[1.0, 5.0, 2.0, 7.0], 2, 5).expect("a forecast");
        assert_eq!(forecast.means, [2.0, 7.0, 2.0, 7.0, 2.0]);
        // The changes over a season are 1 and 2.
        let width = |ahead: usize| {
            let (low, high) = forecast.intervals[1][ahead];
            (high - low) / 2.0 / 1.959_963_984_540_054
        };
        assert!((width(0) - 2.5_f64.sqrt()).abs() < 1e-9);
        assert!((width(4) - 7.5_f64.sqrt()).abs() < 1e-9);
        assert_eq!(mean_change(&[1.0, 5.0, 2.0, 7.0], 2), 1.5);
        assert_eq!(super::forecast(&[1.0], 1, 3), None);
    }
}
