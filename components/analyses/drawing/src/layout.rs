//! Where everything of a panel goes: heading, legend, labels and axes take what their text needs, the
//! plot gets the rest.

use crate::axis::{Axis, Quantity};
use crate::colour_bar;
use crate::figure::{ColourBar, Entry};
use crate::legend;
use crate::scene::{Anchor, Item, Text, units};
use crate::text::{ASCENT, DESCENT, Font, LINE_HEIGHT};
use crate::theme::{Rgb, Sizes, Theme};

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Pixels between a panel's edges and its plot's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Margins {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// A panel to be laid out.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    pub area: Area,
    pub title: &'a str,
    /// Empty also where another panel has it.
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// Empty for no legend.
    pub legend: &'a [Entry],
    pub bar: Option<&'a ColourBar>,
    pub across: Quantity<'a>,
    pub up: Quantity<'a>,
    /// Whether ticks have labels here.
    pub has_x_words: bool,
    pub has_y_words: bool,
    /// Margins of the panels that this one stands in line with.
    pub least: Margins,
}

/// The finished layout.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The plot's edges, whole pixels.
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub across: Axis,
    pub up: Axis,
    pub margins: Margins,
    /// Title, legend, axis labels and colour bar.
    pub items: Vec<Item>,
}

/// The two weights and the sizes and colours they are set in.
pub struct Type<'a> {
    pub regular: Font,
    pub bold: Font,
    pub sizes: Sizes,
    pub theme: &'a Theme,
}

impl Type<'_> {
    fn label(&self) -> Style {
        Style {
            size: self.sizes.label,
            bold: false,
            colour: self.theme.text,
        }
    }
}

/// How many lines the texts around the plot may take.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    pub title: usize,
    pub labels: usize,
    pub legend: usize,
}

/// Lays the panel out.
pub fn arrange(content: &Content, set: &Type, allowance: Allowance) -> Layout {
    let mut items = Vec::new();
    let top = above(content, set, allowance, &mut items)
        .max(content.area.top + content.least.top)
        .ceil();
    let lines = set.regular.wrap(
        content.x_label,
        set.sizes.label,
        content.area.right - content.area.left,
        allowance.labels,
    );
    let axes = axes(content, set, top, lines.len());
    if !lines.is_empty() {
        x_label(content, set, &lines, &axes, &mut items);
    }
    if let Some(bar) = content.bar {
        let room = (content.area.right - content.area.left) * 0.45;
        let label = top - set.sizes.tick * 0.6 - set.sizes.gap - set.sizes.label * LINE_HEIGHT;
        colour_bar::place(
            bar,
            set,
            [axes.right + set.sizes.gap * 1.5, axes.top, axes.bottom],
            [content.area.right, room, label],
            &mut items,
        );
    }
    Layout { items, ..axes }
}

/// Sets what is above the plot; returns where that begins.
fn above(content: &Content, set: &Type, allowance: Allowance, items: &mut Vec<Item>) -> f64 {
    let Sizes {
        label, tick, gap, ..
    } = set.sizes;
    let Area { left, right, .. } = content.area;
    let room = right - left;
    let mut top = content.area.top;
    let lines = set
        .bold
        .wrap(content.title, label * 1.08, room, allowance.labels);
    if !lines.is_empty() {
        let style = Style {
            size: label * 1.08,
            bold: true,
            colour: set.theme.title,
        };
        top = column(&lines, &set.bold, &style, left, Anchor::Start, top, items) + gap * 0.7;
    }
    if !content.legend.is_empty() {
        top = legend::place(
            content.legend,
            set,
            [left, top, room],
            allowance.legend,
            items,
        );
    }
    // The colour bar's label stands at the right of the same line.
    let bar_label = content.bar.is_some_and(|bar| !bar.label.is_empty());
    let room = if bar_label { room * 0.5 } else { room };
    let mut lines = set
        .regular
        .wrap(content.y_label, label, room, allowance.labels);
    if bar_label && lines.is_empty() {
        lines.push(String::new());
    }
    if !lines.is_empty() {
        top = column(
            &lines,
            &set.regular,
            &set.label(),
            left,
            Anchor::Start,
            top,
            items,
        ) + gap;
    }
    // The topmost tick label is centred on the plot's edge.
    top + tick * 0.6
}

/// The axes and the plot's edges, below `top` and above an axis label of `lines` lines.
fn axes(content: &Content, set: &Type, top: f64, lines: usize) -> Layout {
    let Sizes {
        label,
        tick,
        border,
        gap,
        mark,
        ..
    } = set.sizes;
    let Area {
        left: start,
        right: end,
        bottom: floor,
        ..
    } = content.area;
    let label_height = lines as f64 * label * LINE_HEIGHT;
    let below = if lines == 0 {
        0.0
    } else {
        border * 0.2 + label_height + gap * 0.6
    };
    // Labels of ticks may reach a little beyond the panel.
    let (first_pixel, last_pixel) = (start - border * 0.4, end + border * 0.4);

    // Every margin is rounded up, so that it is enough for its panel where another's is taken as well.
    // Margins depend on the tick labels, which depend on the margins: a few rounds settle it.
    let (mut left, mut right) = (start + tick * 3.0, end - content.least.right);
    let (mut across, mut up, mut bottom);
    let mut tick_lines = 1.0;
    let mut rounds = 0;
    loop {
        let words = if content.has_x_words {
            gap * 0.4 + tick_lines * tick * LINE_HEIGHT
        } else {
            0.0
        };
        bottom = (floor - (below + mark + words).max(content.least.bottom))
            .floor()
            .max(top + 10.0);
        let room = (end - start) / 3.0;
        up = Axis::vertical(content.up, [top, bottom], &set.regular, tick, room);
        let widths = up.ticks.iter().map(|t| set.regular.width(&t.label, tick));
        let widest = if content.has_y_words {
            widths.fold(0.0, f64::max)
        } else {
            -gap
        };
        let bar = content
            .bar
            .map_or(0.0, |bar| colour_bar::width(bar, set, bottom - top));
        left = (start + (widest + gap).max(content.least.left))
            .max(left.min(start + room) * f64::from(rounds > 0))
            .ceil();
        right = right.min(end - bar).floor().max(left + 10.0);
        across = Axis::horizontal(content.across, left, right, &set.regular, tick);
        if !content.has_x_words {
            break;
        }
        let (first, last) = across.extent(&set.regular, tick);
        let room_right = if content.bar.is_some() {
            right + gap
        } else {
            last_pixel
        };
        let excess = (last - room_right).max(0.0);
        let lack = (first_pixel - first).max(0.0);
        let lines = if across.has_context() {
            2.0
        } else {
            tick_lines
        };
        rounds += 1;
        if rounds > 4 || excess <= 0.0 && lack <= 0.0 && lines == tick_lines {
            break;
        }
        tick_lines = lines;
        left += lack.ceil();
        right -= excess.ceil();
    }
    // On a picture too narrow for its labels, those that still do not fit are left out.
    across.ticks.retain(|t| {
        let x = across.scale.at(t.value);
        let widths = [Some(&t.label), t.context.as_ref()].into_iter().flatten();
        let half = widths
            .map(|text| set.regular.width(text, tick))
            .fold(0.0, f64::max)
            / 2.0;
        !content.has_x_words || x - half >= start - border && x + half <= end + border
    });
    Layout {
        left,
        top,
        right,
        bottom,
        across,
        up,
        margins: Margins {
            left: left - start,
            top: top - content.area.top,
            right: end - right,
            bottom: floor - bottom,
        },
        items: Vec::new(),
    }
}

/// The horizontal axis' label, in the middle of the axis where it fits there.
fn x_label(content: &Content, set: &Type, lines: &[String], axes: &Layout, items: &mut Vec<Item>) {
    let label = set.sizes.label;
    let widths = lines.iter().map(|line| set.regular.width(line, label));
    let half = widths.fold(0.0, f64::max) / 2.0;
    let middle = ((axes.left + axes.right) / 2.0).min(content.area.right - half);
    let height = lines.len() as f64 * label * LINE_HEIGHT;
    let start = content.area.bottom - set.sizes.border * 0.2 - height;
    column(
        lines,
        &set.regular,
        &set.label(),
        middle,
        Anchor::Middle,
        start,
        items,
    );
}

/// How a column of lines is set.
pub struct Style {
    pub size: f64,
    pub bold: bool,
    pub colour: Rgb,
}

/// Sets lines one below the other from `top`; returns where they end.
pub fn column(
    lines: &[String],
    font: &Font,
    style: &Style,
    x: f64,
    anchor: Anchor,
    top: f64,
    items: &mut Vec<Item>,
) -> f64 {
    let line = style.size * LINE_HEIGHT;
    let lead = (line - style.size * (ASCENT + DESCENT)) / 2.0;
    let mut y = top;
    for content in lines {
        items.push(Item::Text(Text {
            content: content.clone(),
            at: (units(x), units(y + lead + style.size * ASCENT)),
            size: style.size,
            width: font.width(content, style.size),
            bold: style.bold,
            anchor,
            colour: style.colour,
        }));
        y += line;
    }
    y
}
