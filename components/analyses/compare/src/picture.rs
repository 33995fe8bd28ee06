//! The picture: for each set, the share of values up to a value.

use drawing::{Axis, Entry, Figure, Layer, Panel, Stroke, Swatch, Values};
use statistics::figures::rounded;

use crate::task::{Set, Work};

pub(crate) fn figure(work: &Work) -> Figure<'static> {
    let theme = work.params.look.theme();
    let stroke = |place| Stroke::solid(theme.colour(place));
    let layers = work
        .sets
        .iter()
        .enumerate()
        .map(|(place, set)| steps(set, stroke(place)));
    let legend = work.sets.iter().enumerate().map(|(place, set)| Entry {
        name: format!("{} ({})", set.name, set.values.len()),
        swatch: Swatch::Line(stroke(place)),
    });
    let [first, second] = &work.sets;
    Figure {
        description: format!(
            "The shares of values up to a value, of {} and of {}; they are {} apart at most.",
            first.name,
            second.name,
            rounded(work.kolmogorov_smirnov().d, 3),
        ),
        panels: vec![Panel {
            x: Axis::number(work.label.clone()),
            y: Axis::number("share of values up to this"),
            layers: layers.collect(),
            legend: legend.collect(),
            ..Panel::default()
        }],
        ..work.params.look.figure(&work.request)
    }
}

/// The empirical distribution function: a step at each value.
fn steps(set: &Set, stroke: Stroke) -> Layer<'static> {
    let mut sorted = set.values.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut below = 0.0;
    for equal in sorted.chunk_by(|one, other| one == other) {
        let value = equal.first().copied().unwrap_or(f64::NAN);
        x.extend([value, value]);
        y.push(below / count);
        below += equal.len() as f64;
        y.push(below / count);
    }
    Layer::Line {
        x: Values::from(x),
        y: Values::from(y),
        stroke,
    }
}
