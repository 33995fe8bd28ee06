//! The legend: a row of signs and names between heading and plot, where it hides nothing.

use crate::figure::{Entry, Shape, Stroke, Swatch};
use crate::layout::{Style, Type, column};
use crate::markers::{dashes, marks};
use crate::scene::{Anchor, Item, Paint, units};
use crate::text::LINE_HEIGHT;

/// Sets the entries in rows from `left` and `top`, at most `room` wide and `most` rows high;
/// says how many were left out. Returns where the legend ends.
pub fn place(
    entries: &[Entry],
    set: &Type,
    [left, top, room]: [f64; 3],
    most: usize,
    items: &mut Vec<Item>,
) -> f64 {
    let size = set.sizes.label;
    let (space, between) = (size * 0.45, size * 1.4);
    let line = size * LINE_HEIGHT * 1.15;
    let width_of = |name: &str| set.regular.width(name, size);
    let style = Style {
        size,
        bold: false,
        colour: set.theme.text,
    };

    let (mut x, mut row) = (left, 0);
    for (index, entry) in entries.iter().enumerate() {
        let swatch = width(&entry.swatch, size);
        let left_out = entries.len() - index;
        let more = format!("+ {left_out} more");
        // The last row keeps room to say that there are more.
        let end = |row: usize| match row + 1 == most && left_out > 1 {
            true => left + room - width_of(&more) - between,
            false => left + room,
        };
        if x > left && x + swatch + space + width_of(&entry.name) > end(row) {
            if row + 1 == most {
                let y = top + row as f64 * line;
                column(&[more], &set.regular, &style, x, Anchor::Start, y, items);
                break;
            }
            (x, row) = (left, row + 1);
        }
        let name = set
            .regular
            .shorten(&entry.name, size, end(row) - x - swatch - space);
        let wide = swatch + space + width_of(&name);
        let y = top + row as f64 * line;
        sign(
            &entry.swatch,
            [x, y + size * LINE_HEIGHT / 2.0],
            size,
            items,
        );
        column(
            &[name],
            &set.regular,
            &style,
            x + swatch + space,
            Anchor::Start,
            y,
            items,
        );
        x += wide + between;
    }
    top + (row + 1) as f64 * line + set.sizes.gap * 0.7
}

/// How wide a sign is for letters of this size.
fn width(swatch: &Swatch, size: f64) -> f64 {
    match swatch {
        Swatch::Line(stroke) | Swatch::LineAndMark(stroke, _) if !stroke.dash.is_empty() => {
            size * 2.2
        }
        Swatch::Line(_) | Swatch::LineAndMark(..) => size * 1.5,
        Swatch::Mark(..) => size * 0.65,
        Swatch::Block(..) => size * 0.9,
    }
}

fn sign(swatch: &Swatch, [x, middle]: [f64; 2], size: f64, items: &mut Vec<Item>) {
    let wide = width(swatch, size);
    let centre = [(units(x + wide / 2.0), units(middle))];
    let mut line = |stroke: &Stroke| {
        let ends = vec![(units(x), units(middle)), (units(x + wide), units(middle))];
        let pieces = match stroke.dash {
            [] => vec![ends],
            pattern => dashes(ends, pattern),
        };
        items.extend(pieces.into_iter().map(|points| Item::Line {
            points,
            width: units(size * 0.2).unsigned_abs(),
            paint: Paint::solid(stroke.colour),
        }));
    };
    match swatch {
        Swatch::Line(stroke) => line(stroke),
        Swatch::LineAndMark(stroke, shape) => {
            line(stroke);
            marks(
                *shape,
                &centre,
                size * 0.6,
                Paint::solid(stroke.colour),
                items,
            );
        }
        Swatch::Mark(shape, colour) => {
            // A point is too small to show its colour.
            let shape = if *shape == Shape::Point {
                Shape::Disc
            } else {
                *shape
            };
            marks(shape, &centre, wide, Paint::solid(*colour), items);
        }
        Swatch::Block(colour, alpha) => items.push(Item::Rect {
            from: (units(x), units(middle - wide / 2.0)),
            to: (units(x + wide), units(middle + wide / 2.0)),
            paint: Paint {
                colour: *colour,
                alpha: *alpha,
            },
        }),
    }
}
