//! The picture: the latest part of the series, the forecast, its intervals.

use charts::{label, time_axis};
use drawing::{Axis, Entry, Figure, Layer, Panel, Stroke, Swatch, Values};
use statistics::forecast::{Fitted, Forecast};

use crate::task::{Work, times};

/// How many horizons of the past are drawn, so that the forecast is not a dot at the end of a long line.
const PAST: usize = 6;
/// Values of the past that are drawn in any case.
const LEAST_PAST: usize = 60;

pub(crate) fn figure(work: &Work, fitted: &Fitted, forecast: &Forecast) -> Figure<'static> {
    let theme = work.params.look.theme();
    let (past, ahead) = (theme.colour(0), theme.colour(1));
    let series = &work.plan.series;
    let shown = (PAST * work.plan.horizon).max(LEAST_PAST);
    let begin = series.len().saturating_sub(shown);
    let history = Layer::Line {
        x: positions(&series.times(), begin),
        y: Values::from(series.values.get(begin..).unwrap_or_default().to_vec()),
        stroke: Stroke::solid(past),
    };
    // The line and the bands begin at the last value, so that there is no gap.
    let last = series.len().saturating_sub(1);
    let mut across = vec![series.time(last)];
    across.extend(times(work));
    let anchor = work.plan.values.last().copied().unwrap_or(f64::NAN);
    let anchor = work.plan.scale.nearest(anchor);
    let from_last =
        |values: Vec<f64>| -> Vec<f64> { std::iter::once(anchor).chain(values).collect() };
    let band = |interval: &[(f64, f64)], alpha| Layer::Band {
        x: positions(&across, 0),
        low: from_last(interval.iter().map(|(low, _)| *low).collect()).into(),
        high: from_last(interval.iter().map(|(_, high)| *high).collect()).into(),
        colour: ahead,
        alpha,
    };
    let [narrow, wide] = &forecast.intervals;
    let line = Layer::Line {
        x: positions(&across, 0),
        y: from_last(forecast.means.clone()).into(),
        stroke: Stroke::solid(ahead),
    };
    let name = name(work, fitted);
    Figure {
        description: description(work, forecast, &name),
        panels: vec![Panel {
            x: time_axis(),
            y: Axis::number(label(&work.field)),
            layers: vec![band(wide, 0.18), band(narrow, 0.3), history, line],
            legend: vec![
                entry(&work.field.name, Swatch::Line(Stroke::solid(past))),
                entry(&name, Swatch::Line(Stroke::solid(ahead))),
                // The wider band is seen through the narrower.
                entry("80 %", Swatch::Block(ahead, 0.43)),
                entry("95 %", Swatch::Block(ahead, 0.18)),
            ],
            ..Panel::default()
        }],
        ..work.params.look.figure(&work.request)
    }
}

fn entry(name: &str, swatch: Swatch) -> Entry {
    Entry {
        name: name.to_owned(),
        swatch,
    }
}

fn positions(times: &[i64], begin: usize) -> Values<'static> {
    let positions = times.iter().skip(begin).map(|time| *time as f64);
    Values::from(positions.collect::<Vec<f64>>())
}

/// How the forecast is called in the legend.
fn name(work: &Work, fitted: &Fitted) -> String {
    match fitted {
        Fitted::Repeating { period: 1, .. } => "naive forecast".to_owned(),
        Fitted::Repeating { .. } => format!("seasonal naive forecast ({} steps)", work.plan.period),
        Fitted::Ets(model) => format!("forecast by {}", model.form.name()),
        Fitted::StlEts(seasoned) => format!("forecast by STL + {}", seasoned.model.form.name()),
    }
}

fn description(work: &Work, forecast: &Forecast, name: &str) -> String {
    let last = forecast.means.last().copied().unwrap_or(f64::NAN);
    let (low, high) = forecast.intervals[1]
        .last()
        .copied()
        .unwrap_or((last, last));
    let rounded = |value| statistics::figures::rounded(value, 4);
    format!(
        "The latest values of {}, and a {name} of {} steps, which ends at {} with an interval of 95 % from {} to {}.",
        label(&work.field),
        work.plan.horizon,
        rounded(last),
        rounded(low),
        rounded(high),
    )
}
