//! The legend: a row of colours and names between heading and plot, where it hides nothing.

use crate::layout::{Style, Type, column};
use crate::params::Kind;
use crate::scene::{Anchor, Item, Paint, units};
use crate::text::LINE_HEIGHT;
use crate::theme::Rgb;

/// One series in the legend.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub colour: Rgb,
    pub kind: Kind,
}

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
        let swatch = match entry.kind {
            Kind::Line => size * 1.5,
            Kind::Scatter => size * 0.65,
        };
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
        let middle = y + size * LINE_HEIGHT / 2.0;
        let paint = Paint::solid(entry.colour);
        items.push(match entry.kind {
            Kind::Line => Item::Line {
                points: vec![
                    (units(x), units(middle)),
                    (units(x + swatch), units(middle)),
                ],
                width: units(size * 0.2).unsigned_abs(),
                paint,
            },
            Kind::Scatter => Item::Dots {
                centres: vec![(units(x + swatch / 2.0), units(middle))],
                diameter: units(swatch).unsigned_abs(),
                paint,
            },
        });
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
