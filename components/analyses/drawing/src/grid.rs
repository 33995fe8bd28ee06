//! Panels in rows and columns below the figure's heading, their plots in line and of one size.

use crate::axis::Quantity;
use crate::extent::{Reach, domain, reach};
use crate::figure::{Axis, Figure, Panel, Shows};
use crate::layout::{Allowance, Area, Content, Layout, Margins, Style, Type, arrange, column};
use crate::scene::{Anchor, Item};
use crate::theme::Sizes;

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
/// Without the axes' labels.
const BARE: Allowance = Allowance {
    title: 1,
    labels: 0,
    legend: 1,
};
/// Pixels below which a plot is none.
const LEAST_PLOT: f64 = 14.0;
/// The part of its panel's height that a plot gets before texts get more lines.
const PLOT_PART: f64 = 0.45;
/// Part of the axis that marks keep clear of at each end.
const CLEAR: f64 = 0.02;

/// The layout of each panel, and the heading.
pub fn place(figure: &Figure, set: &Type) -> (Vec<Layout>, Vec<Item>) {
    let grid = Grid::new(figure, set);
    let mut best = (Vec::new(), Vec::new());
    for allowance in ALLOWANCES {
        let (layouts, items) = grid.with(allowance);
        let is_roomy = layouts.iter().all(|layout| {
            let plot = layout.bottom - layout.top;
            plot >= (plot + layout.margins.top + layout.margins.bottom) * PLOT_PART
        });
        best = (layouts, items);
        if is_roomy {
            return best;
        }
    }
    // Many panels on a small picture: rather no labels than labels over one another.
    let has_plots = best
        .0
        .iter()
        .all(|layout| layout.bottom - layout.top > LEAST_PLOT);
    if has_plots { best } else { grid.with(BARE) }
}

struct Grid<'a> {
    figure: &'a Figure<'a>,
    set: &'a Type<'a>,
    columns: usize,
    rows: usize,
    reaches: Vec<Reach>,
}

impl<'a> Grid<'a> {
    fn new(figure: &'a Figure<'a>, set: &'a Type<'a>) -> Self {
        let panels = figure.panels.len().max(1);
        let columns = figure.columns.clamp(1, panels);
        let mut reaches: Vec<Reach> = figure.panels.iter().map(reach).collect();
        let all = |of: fn(&Reach) -> crate::extent::Extent| {
            reaches.iter().map(of).reduce(crate::extent::Extent::with)
        };
        let (x, y) = (all(|reach| reach.x), all(|reach| reach.y));
        for reach in &mut reaches {
            if let (true, Some(x)) = (figure.share.x, x) {
                reach.x = x;
            }
            if let (true, Some(y)) = (figure.share.y, y) {
                reach.y = y;
            }
        }
        Self {
            figure,
            set,
            columns,
            rows: panels.div_ceil(columns),
            reaches,
        }
    }

    fn with(&self, allowance: Allowance) -> (Vec<Layout>, Vec<Item>) {
        let mut items = Vec::new();
        (self.attempt(allowance, &mut items), items)
    }

    fn attempt(&self, allowance: Allowance, items: &mut Vec<Item>) -> Vec<Layout> {
        let top = self.title(allowance.title, items);
        let first = self.pass(top, allowance, None);
        if self.figure.panels.len() < 2 {
            return first;
        }
        // The margins of each row and column are those of its neediest panel.
        let mut lines = Lines {
            rows: vec![(0.0, 0.0); self.rows],
            columns: vec![(0.0, 0.0); self.columns],
        };
        for (at, layout) in first.iter().enumerate() {
            let Margins {
                left,
                top,
                right,
                bottom,
            } = layout.margins;
            if let Some((above, below)) = lines.rows.get_mut(at / self.columns) {
                (*above, *below) = (above.max(top), below.max(bottom));
            }
            if let Some((before, after)) = lines.columns.get_mut(at % self.columns) {
                (*before, *after) = (before.max(left), after.max(right));
            }
        }
        self.pass(top, allowance, Some(&lines))
    }

    /// Lays every panel out, in cells of one size, or so that plots are of one size.
    fn pass(&self, top: f64, allowance: Allowance, lines: Option<&Lines>) -> Vec<Layout> {
        let Sizes { border, gap, .. } = self.set.sizes;
        let right = f64::from(self.figure.size.width) - border;
        let bottom = f64::from(self.figure.size.height) - border * 0.6;
        let none = |count: usize| vec![(0.0, 0.0); count];
        let (no_rows, no_columns) = (none(self.rows), none(self.columns));
        let (row_margins, column_margins) = lines.map_or((&no_rows, &no_columns), |lines| {
            (&lines.rows, &lines.columns)
        });
        let rows = spans([top, bottom], gap * 1.2, row_margins);
        let columns = spans([border, right], border * 1.2, column_margins);
        let panels = self.figure.panels.iter().zip(&self.reaches).enumerate();
        panels
            .map(|(at, (panel, reach))| {
                let (row, column) = (at / self.columns, at % self.columns);
                let [top, bottom] = rows.get(row).copied().unwrap_or([top, bottom]);
                let [left, right] = columns.get(column).copied().unwrap_or([border, right]);
                let (above, below) = row_margins.get(row).copied().unwrap_or_default();
                let (before, after) = column_margins.get(column).copied().unwrap_or_default();
                let mut content = self.content(panel, reach, at);
                content.area = Area {
                    left,
                    top,
                    right,
                    bottom,
                };
                content.least = Margins {
                    left: before,
                    top: above,
                    right: after,
                    bottom: below,
                };
                arrange(&content, self.set, allowance)
            })
            .collect()
    }

    /// A panel's content, its place aside.
    fn content<'b>(&'b self, panel: &'b Panel<'b>, reach: &Reach, at: usize) -> Content<'b> {
        // The lowest of its column has the words of a shared axis, the first of its row the others.
        let has_x_words = !self.figure.share.x || at + self.columns >= self.figure.panels.len();
        let has_y_words = !self.figure.share.y || at.is_multiple_of(self.columns);
        Content {
            area: Area {
                left: 0.0,
                top: 0.0,
                right: 0.0,
                bottom: 0.0,
            },
            title: &panel.title,
            x_label: if has_x_words { &panel.x.label } else { "" },
            y_label: if has_y_words { &panel.y.label } else { "" },
            legend: &panel.legend,
            bar: panel.colour_bar.as_ref(),
            across: across(&panel.x, reach),
            up: up(&panel.y, reach),
            has_x_words,
            has_y_words,
            least: Margins::default(),
        }
    }

    /// The heading: as large as fits into at most two lines, else somewhat smaller, then shortened.
    /// Returns where it ends.
    fn title(&self, most: usize, items: &mut Vec<Item>) -> f64 {
        let Sizes {
            title, border, gap, ..
        } = self.set.sizes;
        let (text, bold) = (&self.figure.title, &self.set.bold);
        let top = border * 0.9;
        if text.is_empty() {
            return top;
        }
        let room = f64::from(self.figure.size.width) - 2.0 * border;
        let part = [1.0, 0.9, 0.8]
            .into_iter()
            .find(|part| bold.wrap(text, title * part, room, 99).len() <= most.min(2))
            .unwrap_or(0.8);
        let style = Style {
            size: title * part,
            bold: true,
            colour: self.set.theme.title,
        };
        let lines = bold.wrap_evenly(text, title * part, room, most);
        column(&lines, bold, &style, border, Anchor::Start, top, items) + gap
    }
}

/// Margins before and after the plots of each row and column.
struct Lines {
    rows: Vec<(f64, f64)>,
    columns: Vec<(f64, f64)>,
}

/// Cuts a length into cells, `gap` apart, whose insides are of one size.
fn spans([from, to]: [f64; 2], gap: f64, margins: &[(f64, f64)]) -> Vec<[f64; 2]> {
    let count = margins.len().max(1) as f64;
    let taken: f64 = margins.iter().map(|(before, after)| before + after).sum();
    let inside = ((to - from - taken - gap * (count - 1.0)) / count).max(1.0);
    let mut at = from;
    margins
        .iter()
        .map(|(before, after)| {
            let start = at;
            at += before + inside + after;
            let span = [start, at];
            at += gap;
            span
        })
        .collect()
}

/// The horizontal axis: lines fill its width in time, marks keep clear of its ends.
fn across<'a>(axis: &'a Axis, reach: &Reach) -> Quantity<'a> {
    let is_time = matches!(axis.shows, Shows::Time(_));
    let pad = if reach.fills || is_time && !reach.keeps_clear {
        0.0
    } else {
        CLEAR
    };
    let domain = domain(axis, reach.x, pad);
    match &axis.shows {
        Shows::Time(zone) if reach.x.low < reach.x.high => Quantity::Time(domain, zone),
        Shows::Time(zone) => {
            Quantity::Instant(if reach.x.is_empty() { 0.0 } else { reach.x.low }, zone)
        }
        _ => number(axis, domain),
    }
}

fn up<'a>(axis: &'a Axis, reach: &Reach) -> Quantity<'a> {
    let domain = domain(axis, reach.y, 0.0);
    match &axis.shows {
        Shows::Time(zone) => Quantity::Time(domain, zone),
        _ => number(axis, domain),
    }
}

fn number(axis: &Axis, domain: crate::scale::Domain) -> Quantity<'_> {
    match &axis.shows {
        Shows::Logarithm => Quantity::Logarithm(domain),
        Shows::Categories(names) => Quantity::Categories(domain, names),
        Shows::Number | Shows::Time(_) => Quantity::Number(domain),
    }
}
