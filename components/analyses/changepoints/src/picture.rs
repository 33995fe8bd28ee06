//! The picture: the series, the level of each segment, and a line where one begins.

use charts::{label, time_axis};
use drawing::{Axis, Direction, Entry, Figure, Layer, Panel, Stroke, Swatch, Values};

use crate::task::{Segment, Work};

pub(crate) fn figure(work: &Work, segments: &[Segment]) -> Figure<'static> {
    let theme = work.params.look.theme();
    let [line, level, change] = [0, 1, 3].map(|place| theme.colour(place));
    let times: Vec<f64> = work
        .series
        .times()
        .iter()
        .map(|time| *time as f64)
        .collect();
    let begins = segments
        .iter()
        .skip(1)
        .filter_map(|segment| times.get(segment.begin));
    let rule = |at: &f64| Layer::Rule {
        direction: Direction::Vertical,
        at: *at,
        stroke: Stroke::dashed(change),
    };
    let mut layers: Vec<Layer> = begins.map(rule).collect();
    layers.push(Layer::Line {
        x: Values::from(times.clone()),
        y: Values::from(work.values.clone()),
        stroke: Stroke::solid(line),
    });
    layers.extend(
        segments
            .iter()
            .map(|segment| levels(segment, &times, level)),
    );
    let seasonally = if work.period > 1 {
        ", seasonally adjusted"
    } else {
        ""
    };
    let count = segments.len().saturating_sub(1);
    let legend = [
        (
            format!("{}{seasonally}", work.field.name),
            Swatch::Line(Stroke::solid(line)),
        ),
        ("segments".to_owned(), Swatch::Line(Stroke::solid(level))),
        (
            format!("changes ({count})"),
            Swatch::Line(Stroke::dashed(change)),
        ),
    ];
    Figure {
        description: format!(
            "{}{seasonally}, over time, with {count} changes.",
            label(&work.field)
        ),
        panels: vec![Panel {
            x: time_axis(),
            y: Axis::number(label(&work.field)),
            layers,
            legend: legend.map(|(name, swatch)| Entry { name, swatch }).to_vec(),
            ..Panel::default()
        }],
        ..work.params.look.figure(&work.request)
    }
}

/// The mean of a segment, or its line, from its first to its last value.
fn levels(segment: &Segment, times: &[f64], colour: drawing::Rgb) -> Layer<'static> {
    let last = segment.end.saturating_sub(1);
    let at = |place: usize| times.get(place).copied().unwrap_or(f64::NAN);
    let half = segment.slope.unwrap_or_default() * (last - segment.begin) as f64 / 2.0;
    Layer::Line {
        x: Values::from(vec![at(segment.begin), at(last)]),
        y: Values::from(vec![segment.mean - half, segment.mean + half]),
        stroke: Stroke {
            width: Some(2.5),
            ..Stroke::solid(colour)
        },
    }
}
