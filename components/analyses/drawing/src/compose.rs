//! A figure as a scene: what to draw in, shapes out.

use crate::extent::reach;
use crate::figure::{Figure, Panel, Shows};
use crate::grid;
use crate::layers;
use crate::layout::{Layout, Type};
use crate::scene::{Anchor, Item, Paint, Point, Scene, Text, units};
use crate::text::{CAP_HEIGHT, Font, LINE_HEIGHT, clean};
use crate::theme::{Rgb, Sizes, Theme};

/// Composes the scene.
pub fn compose(figure: Figure) -> Scene {
    let rows = figure.panels.len().div_ceil(figure.columns.max(1)).max(1);
    // Many panels have smaller letters, but not as much smaller as the panels are.
    let part = |length: u32, count: usize| f64::from(length) / (count.max(1) as f64).sqrt();
    let set = Type {
        regular: Font::regular(),
        bold: Font::bold(),
        sizes: Sizes::for_picture(
            part(figure.size.width, figure.columns.min(figure.panels.len())),
            part(figure.size.height, rows),
        ),
        theme: figure.theme,
    };
    let figure = cleaned(figure);
    let (layouts, mut items) = grid::place(&figure, &set);
    for (at, (panel, layout)) in figure.panels.iter().zip(layouts).enumerate() {
        let words = Words {
            x: !figure.share.x || at + figure.columns >= figure.panels.len(),
            y: !figure.share.y || at.is_multiple_of(figure.columns.max(1)),
        };
        draw_panel(panel, layout, &set, &words, &mut items);
    }
    Scene {
        width: figure.size.width,
        height: figure.size.height,
        background: figure.theme.background,
        description: clean(&figure.description),
        title: figure.title,
        items,
    }
}

/// Whether the ticks of each axis have labels here.
struct Words {
    x: bool,
    y: bool,
}

/// The figure with its users' texts as single lines.
fn cleaned(mut figure: Figure) -> Figure {
    figure.title = clean(&figure.title);
    for panel in &mut figure.panels {
        panel.title = clean(&panel.title);
        for axis in [&mut panel.x, &mut panel.y] {
            axis.label = clean(&axis.label);
            if let Shows::Categories(names) = &mut axis.shows {
                for name in names {
                    *name = clean(name);
                }
            }
        }
        for entry in &mut panel.legend {
            entry.name = clean(&entry.name);
        }
        if let Some(bar) = &mut panel.colour_bar {
            bar.label = clean(&bar.label);
        }
    }
    figure
}

fn draw_panel(panel: &Panel, layout: Layout, set: &Type, words: &Words, items: &mut Vec<Item>) {
    let reach = reach(panel);
    let is_upright = match panel.x.shows {
        Shows::Categories(_) => false,
        Shows::Time(_) => reach.keeps_clear,
        Shows::Number | Shows::Logarithm => true,
    };
    let lines = Lines {
        across: is_upright && !reach.fills,
        up: !matches!(panel.y.shows, Shows::Categories(_)) && !reach.fills,
    };
    grid_lines(&layout, set, &lines, items);
    for layer in &panel.layers {
        layers::draw(layer, &layout, set.theme, items);
    }
    base_line(&layout, set.theme, items);
    tick_labels(&layout, set, words, items);
    items.extend(layout.items);
}

/// The middle of a pixel, so that a line of one pixel is sharp.
fn crisp(pixels: f64) -> i32 {
    units(pixels.floor() + 0.5)
}

fn hair(from: Point, to: Point, colour: Rgb) -> Item {
    Item::Line {
        points: vec![from, to],
        width: 10,
        paint: Paint::solid(colour),
    }
}

/// Which grid lines are drawn.
struct Lines {
    across: bool,
    up: bool,
}

fn grid_lines(layout: &Layout, set: &Type, lines: &Lines, items: &mut Vec<Item>) {
    let (left, right) = (units(layout.left), units(layout.right));
    let (top, bottom) = (units(layout.top), crisp(layout.bottom));
    for tick in layout.up.ticks.iter().filter(|_| lines.up) {
        let y = crisp(layout.up.scale.at(tick.value));
        // Where an axis passes through zero, zero is worth a darker line.
        let is_zero = tick.value == 0.0 && y != bottom;
        let colour = if is_zero {
            set.theme.axis
        } else {
            set.theme.grid
        };
        items.push(hair((left, y), (right, y), colour));
    }
    for tick in &layout.across.ticks {
        let x = crisp(layout.across.scale.at(tick.value));
        if lines.across {
            items.push(hair((x, top), (x, bottom), set.theme.grid));
        }
        let end = bottom + units(set.sizes.mark);
        items.push(hair((x, bottom), (x, end), set.theme.axis));
    }
}

/// The axis line, over the feet of bars and bands.
fn base_line(layout: &Layout, theme: &Theme, items: &mut Vec<Item>) {
    let bottom = crisp(layout.bottom);
    items.push(hair(
        (units(layout.left), bottom),
        (units(layout.right), bottom),
        theme.axis,
    ));
}

fn tick_labels(layout: &Layout, set: &Type, words: &Words, items: &mut Vec<Item>) {
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
    for tick in layout.up.ticks.iter().filter(|_| words.y) {
        let middle = layout.up.scale.at(tick.value) + CAP_HEIGHT * size / 2.0;
        label(&tick.label, layout.left - gap, middle, Anchor::End);
    }
    let baseline = layout.bottom + mark + gap * 0.4 + size * 0.95;
    for tick in layout.across.ticks.iter().filter(|_| words.x) {
        let x = layout.across.scale.at(tick.value);
        label(&tick.label, x, baseline, Anchor::Middle);
        if let Some(context) = &tick.context {
            label(context, x, baseline + size * LINE_HEIGHT, Anchor::Middle);
        }
    }
}
