//! The picture: a bar for each bin.

use analyst::types::{Field, Request};
use charts::label;
use drawing::{Axis, Bar, Figure, Layer, Panel};
use statistics::bins::Bins;

use crate::task::Params;

pub(crate) fn figure(
    params: &Params,
    request: &Request,
    field: &Field,
    bins: &Bins,
) -> Figure<'static> {
    let sides = bins
        .edges
        .iter()
        .zip(bins.edges.iter().skip(1))
        .zip(&bins.counts);
    let bar = |((from, to), count): ((&f64, &f64), &usize)| Bar {
        x: [*from, *to],
        y: [0.0, *count as f64],
    };
    let bars = Layer::Bars {
        bars: sides.filter(|(_, count)| **count > 0).map(bar).collect(),
        colour: params.look.theme().colour(0),
        alpha: 1.0,
    };
    let most = bins.counts.iter().max().copied().unwrap_or_default();
    Figure {
        description: format!(
            "Histogram of {} in {} bins, the fullest of which has {most} values.",
            label(field),
            bins.counts.len()
        ),
        panels: vec![Panel {
            x: Axis::number(label(field)),
            y: Axis::number("values"),
            layers: vec![bars],
            ..Panel::default()
        }],
        ..params.look.figure(request)
    }
}
