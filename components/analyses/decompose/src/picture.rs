//! The picture: a panel each for the series, the trend, the seasons, the rest.

use charts::{label, time_axis};
use drawing::{Axis, Direction, Figure, Layer, Panel, Share, Stroke, Values};
use statistics::decomposed::Decomposition;
use statistics::figures::rounded;

use crate::task::Work;

pub(crate) fn figure(work: &Work, parts: &Decomposition) -> Figure<'static> {
    let theme = work.params.look.theme();
    let times: Vec<f64> = work
        .series
        .times()
        .iter()
        .map(|time| *time as f64)
        .collect();
    let panel = |name: String, values: &[f64], colour: usize, is_around_nought: bool| {
        let mut layers = vec![Layer::Line {
            x: Values::from(times.clone()),
            y: Values::from(values.to_vec()),
            stroke: Stroke::solid(theme.colour(colour)),
        }];
        if is_around_nought {
            let nought = Layer::Rule {
                direction: Direction::Horizontal,
                at: 0.0,
                stroke: Stroke::solid(theme.axis),
            };
            layers.insert(0, nought);
        }
        Panel {
            x: time_axis(),
            y: Axis::number(name),
            layers,
            ..Panel::default()
        }
    };
    let mut panels = vec![
        panel(label(&work.field), &work.series.values, 0, false),
        panel("trend".to_owned(), &parts.trend, 1, false),
    ];
    for (period, season) in work.periods.iter().zip(&parts.seasons) {
        panels.push(panel(format!("season of {period} steps"), season, 2, true));
    }
    panels.push(panel("rest".to_owned(), &parts.rest, 3, true));
    let seasons: Vec<String> = work.periods.iter().map(usize::to_string).collect();
    Figure {
        description: format!(
            "{} taken apart into a trend, which goes from {} to {}, a season of {} steps, and a rest.",
            label(&work.field),
            rounded(parts.trend.first().copied().unwrap_or(f64::NAN), 4),
            rounded(parts.trend.last().copied().unwrap_or(f64::NAN), 4),
            seasons.join(" and "),
        ),
        panels,
        share: Share { x: true, y: false },
        ..work.params.look.figure(&work.request)
    }
}
