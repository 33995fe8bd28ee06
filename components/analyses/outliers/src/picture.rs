//! The picture: the values, the band of what is usual, and marks on the outliers.

use charts::{label, time_axis};
use drawing::{Axis, Entry, Figure, Layer, Panel, Shape, Stroke, Swatch, Values};

use crate::task::Work;

/// The diameter of a mark in pixels.
const MARK: f64 = 9.0;

pub(crate) fn figure(work: &Work) -> Figure<'static> {
    let theme = work.params.look.theme();
    let [line, marked, band] = [0, 1, 2].map(|place| theme.colour(place));
    let outliers = work.outliers();
    let times: Vec<f64> = work.points.times.iter().map(|time| *time as f64).collect();
    let threshold = work.params.threshold;
    let places = || outliers.iter().map(|(place, _)| *place);
    let of = |values: &[f64]| -> Vec<f64> {
        places()
            .filter_map(|place| values.get(place).copied())
            .collect()
    };
    let layers = vec![
        Layer::Band {
            x: Values::from(times.clone()),
            low: work.around(-threshold).into(),
            high: work.around(threshold).into(),
            colour: band,
            alpha: 0.25,
        },
        Layer::Line {
            x: Values::from(times.clone()),
            y: Values::from(work.points.values.clone()),
            stroke: Stroke::solid(line),
        },
        Layer::Marks {
            x: Values::from(of(&times)),
            y: Values::from(of(&work.points.values)),
            shape: Shape::Disc,
            colour: marked,
            diameter: Some(MARK),
        },
    ];
    let legend = [
        (work.field.name.clone(), Swatch::Line(Stroke::solid(line))),
        (
            format!("outliers ({})", outliers.len()),
            Swatch::Mark(Shape::Disc, marked),
        ),
        (
            format!("within {} sd", work.params.threshold),
            Swatch::Block(band, 0.25),
        ),
    ];
    Figure {
        description: format!(
            "{} over time, with {} outliers marked.",
            label(&work.field),
            outliers.len()
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
