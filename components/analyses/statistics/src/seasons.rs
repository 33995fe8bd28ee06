//! After how many steps a series may repeat itself.

use crate::magnitude::largest;
use crate::step::{DAY, Step, WEEK};

/// The share of the variance that a season must explain, of series with many of it and with few, in which chance looks like a season more
/// easily.
const LEAST_EXPLAINED: (f64, f64) = (0.1, 0.4);
/// Rounding errors of a line, as a share of its values.
const ROUNDING: f64 = 1e-12;
/// So many seasons are many.
const MANY: usize = 4;

/// The seasons that the calendar suggests for a step, shortest first: the day and the week for steps shorter than
/// these, the year for days, weeks and months. A week has 5 business days, and a year 261.
pub fn of_step(step: Step) -> Vec<usize> {
    let candidates: Vec<i64> = match step {
        Step::Months(months) if 12 % months == 0 => vec![12 / months],
        Step::Months(_) => Vec::new(),
        Step::BusinessDay => vec![5, 261],
        Step::Length(DAY) => vec![7, 365],
        Step::Length(WEEK) => vec![52],
        Step::Length(length) => [DAY, WEEK]
            .into_iter()
            .filter(|whole| whole % length == 0)
            .map(|whole| whole / length)
            .collect(),
    };
    let usable = candidates.into_iter().filter(|season| *season >= 2);
    usable
        .filter_map(|season| usize::try_from(season).ok())
        .collect()
}

/// The season of the calendar that explains most of the series: of those of which there are two, the one whose means by phase
/// leave the least variance of what a straight line leaves, corrected for their number (the adjusted R²). `None` when none explains
/// a tenth, or four tenths where there are fewer than four of it.
pub fn found(values: &[f64], step: Step) -> Option<usize> {
    best(&detrended(values)?, &of_step(step))
}

/// All seasons of the calendar that explain so much, each of what the shorter ones leave; shortest first.
pub fn all_found(values: &[f64], step: Step) -> Vec<usize> {
    let Some(mut left) = detrended(values) else {
        return Vec::new();
    };
    let mut seasons = of_step(step);
    seasons.retain(|season| {
        let is_season = best(&left, &[*season]).is_some();
        if is_season {
            let means = phase_means(&left, *season);
            for (value, (mean, _)) in left.iter_mut().zip(means.iter().cycle()) {
                *value -= mean;
            }
        }
        is_season
    });
    seasons
}

fn best(detrended: &[f64], candidates: &[usize]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for season in candidates
        .iter()
        .copied()
        .filter(|season| 2 * season <= detrended.len())
    {
        let is_many = MANY * season <= detrended.len();
        let least = if is_many {
            LEAST_EXPLAINED.0
        } else {
            LEAST_EXPLAINED.1
        };
        let explained = explained(detrended, season);
        if explained > best.map_or(least, |(_, best)| best.max(least)) {
            best = Some((season, explained));
        }
    }
    best.map(|(season, _)| season)
}

/// What the least-squares line leaves; `None` where that is no more than rounding errors.
fn detrended(values: &[f64]) -> Option<Vec<f64>> {
    let left = without_line(values);
    (largest(&left) > ROUNDING * largest(values)).then_some(left)
}

/// What the least-squares line against the position leaves.
pub fn without_line(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let offsets = || {
        values
            .iter()
            .enumerate()
            .map(|(i, v)| (i as f64 - middle, v))
    };
    let across: f64 = offsets().map(|(x, _)| x * x).sum();
    let along: f64 = offsets().map(|(x, value)| x * (value - mean)).sum();
    let slope = if across > 0.0 { along / across } else { 0.0 };
    offsets()
        .map(|(x, value)| value - mean - slope * x)
        .collect()
}

/// The adjusted R² of the means by phase.
fn explained(values: &[f64], season: usize) -> f64 {
    let n = values.len() as f64;
    let total: f64 = values.iter().map(|value| value * value).sum();
    let means = phase_means(values, season);
    let between: f64 = means.iter().map(|(mean, count)| mean * mean * count).sum();
    1.0 - (1.0 - between / total) * (n - 1.0) / (n - season as f64)
}

/// Mean and count of the values of each phase.
fn phase_means(values: &[f64], season: usize) -> Vec<(f64, f64)> {
    let mut phases = vec![(0.0, 0.0); season];
    for (position, value) in values.iter().enumerate() {
        if let Some((sum, count)) = phases.get_mut(position % season) {
            *sum += value;
            *count += 1.0;
        }
    }
    let mean = |(sum, count): (f64, f64)| (sum / count.max(1.0), count);
    phases.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(length: usize, season: f64) -> Vec<f64> {
        let value = |i: usize| {
            let phase = i as f64 / season * std::f64::consts::TAU;
            3.0 * phase.sin() + 0.01 * i as f64 + ((i * 7919) % 13) as f64 / 13.0
        };
        (0..length).map(value).collect()
    }

    #[test]
    fn the_season_that_explains_most_is_found() {
        let day = Step::Length(DAY);
        assert_eq!(found(&wave(800, 7.0), day), Some(7));
        assert_eq!(found(&wave(800, 365.0), day), Some(365));
        assert_eq!(found(&wave(700, 365.0), day), None, "less than two years");
        assert_eq!(found(&wave(100, 12.0), Step::Months(1)), Some(12));
        assert_eq!(found(&wave(100, 31.7), Step::Months(1)), None);
        let line: Vec<f64> = (0..500).map(|i| 0.1 * f64::from(i)).collect();
        assert_eq!(found(&line, day), None, "a line");
    }

    #[test]
    fn two_seasons_are_found_one_after_the_other() {
        let both: Vec<f64> = wave(1500, 7.0)
            .iter()
            .zip(wave(1500, 365.0))
            .map(|(a, b)| a + 2.0 * b)
            .collect();
        assert_eq!(all_found(&both, Step::Length(DAY)), [7, 365]);
        assert_eq!(all_found(&wave(1500, 365.0), Step::Length(DAY)), [365]);
        assert_eq!(all_found(&wave(150, 31.7), Step::Months(1)), [0; 0]);
    }

    #[test]
    fn the_calendar_suggests_days_weeks_and_years() {
        for (step, seasons) in [
            ("1h", vec![24, 168]),
            ("15m", vec![96, 672]),
            ("1d", vec![7, 365]),
            ("1w", vec![52]),
            ("1mo", vec![12]),
            ("3mo", vec![4]),
            ("1y", vec![]),
            ("7m", vec![1440]),
            ("business_day", vec![5, 261]),
        ] {
            assert_eq!(of_step(Step::parse(step).expect(step)), seasons, "{step}");
        }
    }
}
