//! One plot as a scene: data and parameters in, shapes out.

use crate::axis::Quantity;
use crate::data::{Data, Series};
use crate::input::Request;
use crate::layout::{Content, Layout, Type, arrange};
use crate::params::{Kind, Params};
use crate::scale::Domain;
use crate::scene::{Anchor, Item, Paint, Point, Scene, Text, units};
use crate::text::{CAP_HEIGHT, Font, LINE_HEIGHT};
use crate::theme::{LIGHT, Rgb, Sizes};
use crate::thin;
use crate::words::Words;

/// Composes the scene.
pub fn compose(request: &Request, params: &Params, data: &Data) -> Scene {
    let theme = &LIGHT;
    let (width, height) = (f64::from(params.width), f64::from(params.height));
    let set = Type {
        regular: Font::regular(),
        bold: Font::bold(),
        sizes: Sizes::for_picture(width, height),
        theme,
    };
    let words = Words::new(request, params, data);
    let layout = arrange(
        &Content {
            width,
            height,
            title: &words.title,
            x_label: &words.x,
            y_label: &words.y,
            legend: &words.legend,
            across: quantity(params, data),
            up: Domain::around(data.up.0, data.up.1),
        },
        &set,
    );

    let mut items = Vec::new();
    grid(
        &layout,
        &set,
        !data.positions.is_time() || params.kind == Kind::Scatter,
        &mut items,
    );
    for (series, colour) in data.series.iter().zip(theme.palette) {
        match params.kind {
            Kind::Line => draw_line(data, series, colour, &layout, &mut items),
            Kind::Scatter => draw_marks(data, series, colour, &layout, &mut items),
        }
    }
    tick_labels(&layout, &set, &mut items);
    items.extend(layout.items);
    Scene {
        width: params.width,
        height: params.height,
        background: theme.background,
        description: words.description(params, data),
        title: words.title,
        items,
    }
}

/// The horizontal axis: a line fills its width, marks keep clear of its ends.
fn quantity(params: &Params, data: &Data) -> Quantity {
    let (low, high) = data.across;
    let pad = match params.kind {
        Kind::Line if data.positions.is_time() => 0.0,
        Kind::Line | Kind::Scatter => 0.02,
    };
    if !data.positions.is_time() {
        Quantity::Number(Domain::around(low, high).padded(pad))
    } else if low < high {
        Quantity::Time(Domain { low, high }.padded(pad))
    } else {
        Quantity::Instant(low)
    }
}

/// The middle of a pixel, so that a line of one pixel is sharp.
fn crisp(pixels: f64) -> i32 {
    units(pixels.floor() + 0.5)
}

fn grid(layout: &Layout, set: &Type, upright: bool, items: &mut Vec<Item>) {
    let (left, right) = (units(layout.left), units(layout.right));
    let (top, bottom) = (units(layout.top), crisp(layout.bottom));
    let mut line = |from: Point, to: Point, colour: Rgb| {
        items.push(Item::Line {
            points: vec![from, to],
            width: 10,
            paint: Paint::solid(colour),
        });
    };
    for tick in &layout.up.ticks {
        let y = crisp(layout.up.scale.at(tick.value));
        // Where an axis passes through zero, zero is worth a darker line.
        let zero = tick.value == 0.0 && y != bottom;
        line(
            (left, y),
            (right, y),
            if zero { set.theme.axis } else { set.theme.grid },
        );
    }
    for tick in &layout.across.ticks {
        let x = crisp(layout.across.scale.at(tick.value));
        if upright {
            line((x, top), (x, bottom), set.theme.grid);
        }
        line(
            (x, bottom),
            (x, bottom + units(set.sizes.mark)),
            set.theme.axis,
        );
    }
    line((left, bottom), (right, bottom), set.theme.axis);
}

fn tick_labels(layout: &Layout, set: &Type, items: &mut Vec<Item>) {
    let Sizes {
        tick: size,
        gap,
        mark,
        ..
    } = set.sizes;
    let mut label = |content: &str, x: f64, baseline: f64, anchor: Anchor| {
        items.push(Item::Text(Text {
            content: content.to_owned(),
            at: (units(x), units(baseline)),
            size,
            width: set.regular.width(content, size),
            bold: false,
            anchor,
            colour: set.theme.muted,
        }));
    };
    for tick in &layout.up.ticks {
        let middle = layout.up.scale.at(tick.value) + CAP_HEIGHT * size / 2.0;
        label(&tick.label, layout.left - gap, middle, Anchor::End);
    }
    let baseline = layout.bottom + mark + gap * 0.4 + size * 0.95;
    for tick in &layout.across.ticks {
        let x = layout.across.scale.at(tick.value);
        label(&tick.label, x, baseline, Anchor::Middle);
        if let Some(context) = &tick.context {
            label(context, x, baseline + size * LINE_HEIGHT, Anchor::Middle);
        }
    }
}

fn draw_line(data: &Data, series: &Series, colour: Rgb, layout: &Layout, items: &mut Vec<Item>) {
    let (across, up) = (&layout.across.scale, &layout.up.scale);
    let columns = layout.right - layout.left;
    let points = data
        .points(series)
        .map(|point| point.map(|(x, y)| (across.at(x), up.at(y))));
    let crowded = series.points as f64 / columns.max(1.0);
    // A dense line is a texture: thinner strokes keep it from becoming a blot.
    let width = match crowded {
        c if c < 0.5 => 20,
        c if c < 2.0 => 15,
        _ => 12,
    };
    let paint = Paint::solid(colour);
    let mut lone = Vec::new();
    for piece in thin::line(points, columns) {
        match piece.as_slice() {
            [point] => lone.push(*point),
            _ => items.push(Item::Line {
                points: piece,
                width,
                paint,
            }),
        }
    }
    if !lone.is_empty() {
        let diameter = if series.points == 1 { 70 } else { width * 2 };
        items.push(Item::Dots {
            centres: lone,
            diameter,
            paint,
        });
    }
}

fn draw_marks(data: &Data, series: &Series, colour: Rgb, layout: &Layout, items: &mut Vec<Item>) {
    let (across, up) = (&layout.across.scale, &layout.up.scale);
    let points = data
        .points(series)
        .flatten()
        .map(|(x, y)| (across.at(x), up.at(y)));
    let diameter: u32 = match series.points {
        0..=60 => 70,
        61..=300 => 58,
        301..=1_000 => 48,
        1_001..=4_000 => 40,
        4_001..=20_000 => 32,
        _ => 26,
    };
    let plot = [
        layout.left,
        layout.top,
        layout.right - layout.left,
        layout.bottom - layout.top,
    ];
    let marks = thin::scatter(points, plot, f64::from(diameter) / 40.0);
    // Points drawn over each other darken: a mark is as opaque as the points it stands for.
    let shades: &[(u32, f64)] = match series.points {
        0..=1_000 => &[(u32::MAX, 0.8)],
        _ => &[(1, 0.5), (3, 0.7), (7, 0.85), (u32::MAX, 1.0)],
    };
    let mut above = 0;
    for &(most, alpha) in shades {
        let shade = marks
            .iter()
            .filter(|mark| mark.points > above && mark.points <= most);
        let centres: Vec<Point> = shade.map(|mark| mark.at).collect();
        above = most;
        if !centres.is_empty() {
            items.push(Item::Dots {
                centres,
                diameter,
                paint: Paint { colour, alpha },
            });
        }
    }
}
