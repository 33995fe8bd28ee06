//! The colour bar: a strip of a panel's colours with a scale, right of the plot.

use crate::axis::{Axis, Quantity};
use crate::figure::ColourBar;
use crate::layout::{Style, Type, column};
use crate::scale::Domain;
use crate::scene::{Anchor, Item, Paint, units};
use crate::text::{CAP_HEIGHT, LINE_HEIGHT};

/// Steps of colour in a strip.
const STEPS: usize = 64;

/// How wide the strip is, and with its labels.
fn strip(set: &Type) -> f64 {
    (set.sizes.label * 1.1).round()
}

/// The scale from `top` to `bottom`.
fn scale(bar: &ColourBar, set: &Type, [top, bottom]: [f64; 2]) -> Axis {
    let [low, high] = bar.range;
    let domain = Domain::around(low, high);
    let mut axis = Axis::vertical(
        Quantity::Number(domain),
        [top, bottom],
        &set.regular,
        set.sizes.tick,
        f64::INFINITY,
    );
    // The strip ends with the colours; an axis would go on to a whole step.
    axis.scale = crate::scale::Scale::Linear(crate::scale::Linear::new(domain, bottom, top));
    axis.ticks
        .retain(|tick| tick.value >= domain.low && tick.value <= domain.high);
    axis
}

/// Pixels that the bar takes at the right of a plot that is so high.
pub fn width(bar: &ColourBar, set: &Type, height: f64) -> f64 {
    let labels = scale(bar, set, [0.0, height.max(1.0)]).ticks;
    let widest = labels
        .iter()
        .map(|tick| set.regular.width(&tick.label, set.sizes.tick));
    set.sizes.gap * 2.5 + strip(set) + widest.fold(0.0, f64::max)
}

/// Draws the bar: its strip from `left` on, its label above, ending at `right` and `room` wide at most.
pub fn place(
    bar: &ColourBar,
    set: &Type,
    [left, top, bottom]: [f64; 3],
    [right, room, label_top]: [f64; 3],
    items: &mut Vec<Item>,
) {
    let (left, end) = (left.round(), (left + strip(set)).round());
    let part = |step: usize| top + (bottom - top) * step as f64 / STEPS as f64;
    for step in 0..STEPS {
        let place = 1.0 - (step as f64 + 0.5) / STEPS as f64;
        items.push(Item::Rect {
            from: (units(left), units(part(step).round())),
            to: (units(end), units(part(step + 1).round())),
            paint: Paint::solid(bar.map.at(place)),
        });
    }
    let size = set.sizes.tick;
    let style = Style {
        size,
        bold: false,
        colour: set.theme.muted,
    };
    let axis = scale(bar, set, [top, bottom]);
    for tick in &axis.ticks {
        let y = axis.scale.at(tick.value);
        items.push(Item::Line {
            points: vec![
                (units(end), units(y.floor() + 0.5)),
                (units(end + set.sizes.mark), units(y.floor() + 0.5)),
            ],
            width: 10,
            paint: Paint::solid(set.theme.axis),
        });
        // Centred on the tick, by the height of its capitals.
        let above = size * LINE_HEIGHT / 2.0 + (CAP_HEIGHT - 0.71) * size / 2.0;
        let x = end + set.sizes.gap;
        column(
            std::slice::from_ref(&tick.label),
            &set.regular,
            &style,
            x,
            Anchor::Start,
            y - above,
            items,
        );
    }
    let style = Style {
        size: set.sizes.label,
        bold: false,
        colour: set.theme.text,
    };
    let label = set.regular.shorten(&bar.label, style.size, room);
    if !label.is_empty() {
        column(
            &[label],
            &set.regular,
            &style,
            right,
            Anchor::End,
            label_top,
            items,
        );
    }
}
