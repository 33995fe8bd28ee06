//! The picture: the points, both lines, and how sure the first is.

use charts::{label, time_axis};
use drawing::{Axis, Entry, Figure, Layer, Panel, Shape, Stroke, Swatch, Values};
use statistics::figures::rounded;
use statistics::kendall::Sen;

use crate::task::Work;

pub(crate) fn figure(work: &Work, sen: &Sen) -> Figure<'static> {
    let theme = work.params.look.theme();
    let [points, line, slope] = [0, 1, 2].map(|place| theme.colour(place));
    let across = || {
        Values::from(
            work.times
                .iter()
                .map(|time| *time as f64)
                .collect::<Vec<f64>>(),
        )
    };
    let ends = |intercept: f64, slope: f64| {
        let at = |place: Option<&f64>| intercept + slope * place.copied().unwrap_or_default();
        let last = work.times.last().map_or(f64::NAN, |time| *time as f64);
        let first = work.times.first().map_or(f64::NAN, |time| *time as f64);
        let y = vec![at(work.x.first()), at(work.x.last())];
        (Values::from(vec![first, last]), Values::from(y))
    };
    let straight = |intercept, slope, stroke| {
        let (x, y) = ends(intercept, slope);
        Layer::Line { x, y, stroke }
    };
    // The slope's interval turns the line around the middle of the points.
    let middle = work.x.iter().sum::<f64>() / work.x.len() as f64;
    let height = work.line.intercept + work.line.slope * middle;
    let (low, high) = work.line.robust_interval;
    let turned = |slope: f64| -> Vec<f64> {
        work.x
            .iter()
            .map(|x| height + slope * (x - middle))
            .collect()
    };
    let pairs = || turned(low).into_iter().zip(turned(high));
    let band = Layer::Band {
        x: across(),
        low: pairs()
            .map(|(one, other)| one.min(other))
            .collect::<Vec<f64>>()
            .into(),
        high: pairs()
            .map(|(one, other)| one.max(other))
            .collect::<Vec<f64>>()
            .into(),
        colour: line,
        alpha: 0.2,
    };
    let name = |what: &str, slope: f64| format!("{what}: {} {}", rounded(slope, 3), work.per());
    let legend = [
        (work.field.name.clone(), Swatch::Mark(Shape::Disc, points)),
        (
            name("least squares", work.line.slope),
            Swatch::Line(Stroke::solid(line)),
        ),
        (
            name("Theil and Sen", sen.slope),
            Swatch::Line(Stroke::dashed(slope)),
        ),
        ("slope within 95 %".to_owned(), Swatch::Block(line, 0.2)),
    ];
    Figure {
        description: format!(
            "{} over time, with a line of least squares of {} {} and Theil and Sen's of {}.",
            label(&work.field),
            rounded(work.line.slope, 3),
            work.per(),
            rounded(sen.slope, 3),
        ),
        panels: vec![Panel {
            x: time_axis(),
            y: Axis::number(label(&work.field)),
            layers: vec![
                band,
                Layer::Marks {
                    x: across(),
                    y: Values::from(work.values.clone()),
                    shape: Shape::Disc,
                    colour: points,
                    diameter: None,
                },
                straight(work.line.intercept, work.line.slope, Stroke::solid(line)),
                straight(sen.intercept, sen.slope, Stroke::dashed(slope)),
            ],
            legend: legend.map(|(name, swatch)| Entry { name, swatch }).to_vec(),
            ..Panel::default()
        }],
        ..work.params.look.figure(&work.request)
    }
}
