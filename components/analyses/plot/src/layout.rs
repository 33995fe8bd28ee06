//! Where everything goes: heading, legend, labels and axes take what their text needs, the
//! plot gets the rest.

use crate::axis::{Axis, Quantity};
use crate::legend::{self, Entry};
use crate::scale::Domain;
use crate::scene::{Anchor, Item, Text, units};
use crate::text::{ASCENT, DESCENT, Font, LINE_HEIGHT};
use crate::theme::{Rgb, Sizes, Theme};

/// What is to be laid out.
pub struct Content<'a> {
    pub width: f64,
    pub height: f64,
    pub title: &'a str,
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// Empty for no legend.
    pub legend: &'a [Entry],
    pub across: Quantity,
    pub up: Domain,
}

/// The finished layout.
pub struct Layout {
    /// The plot's edges, whole pixels.
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub across: Axis,
    pub up: Axis,
    /// Title, legend and axis labels.
    pub items: Vec<Item>,
}

/// The two weights and the sizes and colours they are set in.
pub struct Type<'a> {
    pub regular: Font,
    pub bold: Font,
    pub sizes: Sizes,
    pub theme: &'a Theme,
}

/// How many lines the texts around the plot may take.
#[derive(Clone, Copy)]
struct Allowance {
    title: usize,
    labels: usize,
    legend: usize,
}

/// From generous to frugal.
const ALLOWANCES: [Allowance; 5] = [
    Allowance {
        title: 3,
        labels: 2,
        legend: 4,
    },
    Allowance {
        title: 2,
        labels: 2,
        legend: 3,
    },
    Allowance {
        title: 2,
        labels: 1,
        legend: 2,
    },
    Allowance {
        title: 2,
        labels: 1,
        legend: 1,
    },
    Allowance {
        title: 1,
        labels: 1,
        legend: 1,
    },
];
/// The part of the picture's height that the plot gets before texts get more lines.
const PLOT_PART: f64 = 0.45;

/// Lays the picture out, with the most generous texts that leave the plot its part.
pub fn arrange(content: &Content, set: &Type) -> Layout {
    let mut best = None;
    for allowance in ALLOWANCES {
        let layout = attempt(content, set, allowance);
        let roomy = layout.bottom - layout.top >= content.height * PLOT_PART;
        best = Some(layout);
        if roomy {
            break;
        }
    }
    best.unwrap_or_else(|| {
        attempt(
            content,
            set,
            Allowance {
                title: 1,
                labels: 1,
                legend: 1,
            },
        )
    })
}

fn attempt(content: &Content, set: &Type, allowance: Allowance) -> Layout {
    let Sizes {
        label,
        tick,
        border,
        gap,
        mark,
        ..
    } = set.sizes;
    let room = content.width - 2.0 * border;
    let mut items = Vec::new();

    let mut top = title(content, set, allowance.title, &mut items);
    if !content.legend.is_empty() {
        top = legend::place(
            content.legend,
            set,
            [border, top, room],
            allowance.legend,
            &mut items,
        );
    }
    let lines = set
        .regular
        .wrap(content.y_label, label, room, allowance.labels);
    if !lines.is_empty() {
        let style = Style {
            size: label,
            bold: false,
            colour: set.theme.text,
        };
        top = column(
            &lines,
            &set.regular,
            &style,
            border,
            Anchor::Start,
            top,
            &mut items,
        ) + gap;
    }
    // The topmost tick label is centred on the plot's edge.
    top = (top + tick * 0.6).round();

    let lines = set
        .regular
        .wrap(content.x_label, label, room, allowance.labels);
    let label_height = lines.len() as f64 * label * LINE_HEIGHT;
    let below = if lines.is_empty() {
        border * 0.6
    } else {
        border * 0.8 + label_height + gap * 0.6
    };

    // Margins depend on the tick labels, which depend on the margins: a few rounds settle it.
    let (mut left, mut right) = (border + tick * 3.0, content.width - border);
    let (mut across, mut up, mut bottom);
    let mut tick_lines = 1.0;
    let mut rounds = 0;
    loop {
        let tick_height = mark + gap * 0.4 + tick_lines * tick * LINE_HEIGHT;
        bottom = (content.height - below - tick_height)
            .round()
            .max(top + 10.0);
        up = Axis::vertical(content.up, top, bottom, tick);
        let widest = up
            .ticks
            .iter()
            .map(|t| set.regular.width(&t.label, tick))
            .fold(0.0, f64::max);
        left = (border + widest + gap)
            .max(left.min(content.width / 3.0) * f64::from(rounds > 0))
            .round();
        right = right.max(left + 10.0).round();
        across = Axis::horizontal(content.across, left, right, &set.regular, tick);
        let (first, last) = across.extent(&set.regular, tick);
        let excess = (last - (content.width - border * 0.6)).max(0.0);
        let lack = (border * 0.6 - first).max(0.0);
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
        x - half >= 0.0 && x + half <= content.width
    });

    if !lines.is_empty() {
        let widest = lines
            .iter()
            .map(|l| set.regular.width(l, label))
            .fold(0.0, f64::max);
        let middle = ((left + right) / 2.0).min(content.width - border - widest / 2.0);
        let style = Style {
            size: label,
            bold: false,
            colour: set.theme.text,
        };
        let start = content.height - border * 0.8 - label_height;
        column(
            &lines,
            &set.regular,
            &style,
            middle,
            Anchor::Middle,
            start,
            &mut items,
        );
    }
    Layout {
        left,
        top,
        right,
        bottom,
        across,
        up,
        items,
    }
}

/// The heading: as large as fits into at most two lines, else somewhat smaller, then shortened.
/// Returns where it ends.
fn title(content: &Content, set: &Type, most: usize, items: &mut Vec<Item>) -> f64 {
    let Sizes {
        title, border, gap, ..
    } = set.sizes;
    let top = border * 0.9;
    if content.title.is_empty() {
        return top;
    }
    let room = content.width - 2.0 * border;
    let wrapped = |part: f64, most: usize| set.bold.wrap(content.title, title * part, room, most);
    let part = [1.0, 0.9, 0.8]
        .into_iter()
        .find(|part| wrapped(*part, 99).len() <= most.min(2));
    let part = part.unwrap_or(0.8);
    let style = Style {
        size: title * part,
        bold: true,
        colour: set.theme.title,
    };
    let lines = set
        .bold
        .wrap_evenly(content.title, title * part, room, most);
    column(&lines, &set.bold, &style, border, Anchor::Start, top, items) + gap
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
