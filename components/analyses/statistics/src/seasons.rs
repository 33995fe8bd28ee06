//! After how many steps a series may repeat itself.

use crate::step::{DAY, Step, WEEK};

/// How much better than by chance a season must explain the series, as a share of its variance.
const LEAST_EXPLAINED: f64 = 0.1;

/// The seasons that the calendar suggests for a step, shortest first: the day and the week for steps shorter than
/// these, the year for days, weeks and months.
pub fn of_step(step: Step) -> Vec<usize> {
    let candidates: Vec<i64> = match step {
        Step::Months(months) if 12 % months == 0 => vec![12 / months],
        Step::Months(_) => Vec::new(),
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

/// The season of the calendar that explains most of the series: of those of which there are two and a half, the one
/// whose means by phase leave the least variance of what a straight line leaves, corrected for their number (the
/// adjusted R²). `None` when none explains a tenth.
pub fn found(values: &[f64], step: Step) -> Option<usize> {
    let detrended = without_line(values);
    let mut best: Option<(usize, f64)> = None;
    for season in of_step(step) {
        if 2 * values.len() < 5 * season {
            continue;
        }
        let explained = explained(&detrended, season);
        if explained > best.map_or(LEAST_EXPLAINED, |(_, best)| best) {
            best = Some((season, explained));
        }
    }
    best.map(|(season, _)| season)
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
    let mut phases = vec![(0.0, 0.0); season];
    for (position, value) in values.iter().enumerate() {
        if let Some((sum, count)) = phases.get_mut(position % season) {
            *sum += value;
            *count += 1.0;
        }
    }
    let n = values.len() as f64;
    let total: f64 = values.iter().map(|value| value * value).sum();
    let between: f64 = phases
        .iter()
        .map(|(sum, count)| sum * sum / f64::max(*count, 1.0))
        .sum();
    1.0 - (1.0 - between / total) * (n - 1.0) / (n - season as f64)
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
        assert_eq!(found(&wave(1100, 365.0), day), Some(365));
        assert_eq!(
            found(&wave(900, 365.0), day),
            None,
            "less than two and a half years"
        );
        assert_eq!(found(&wave(100, 12.0), Step::Months(1)), Some(12));
        assert_eq!(found(&wave(100, 31.7), Step::Months(1)), None);
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
        ] {
            assert_eq!(of_step(Step::parse(step).expect(step)), seasons, "{step}");
        }
    }
}
