//! The picture: a coloured cell for each pair, or with delays a line for each.

use analyst::types::Request;
use drawing::{
    Axis, Cell, ColourBar, ColourMap, Direction, Entry, Figure, Layer, Panel, Stroke, Swatch,
    Values,
};

use crate::task::{Pair, Work};

/// Pairs of which the lines are drawn; more could not be told apart.
const MOST_LINES: usize = 8;

pub(crate) fn figure(work: &Work, request: &Request) -> Figure<'static> {
    let panel = if work.params.lags > 0 {
        lines(work)
    } else {
        cells(work)
    };
    let strongest = work.done.iter().max_by(|one, other| {
        let size = |pair: &Pair| pair.correlation.r.abs();
        size(one).total_cmp(&size(other))
    });
    let strongest = strongest.map_or_else(String::new, |pair| {
        let r = statistics::figures::rounded(pair.correlation.r, 3);
        format!(
            " The strongest is {r}, of {} and {}.",
            work.name(pair.x),
            work.name(pair.y)
        )
    });
    let method = method(work);
    Figure {
        description: format!(
            "{method}'s correlation of {}.{strongest}",
            work.params.fields.join(", ")
        ),
        panels: vec![panel],
        ..work.params.look.figure(request)
    }
}

fn method(work: &Work) -> &'static str {
    match work.params.method() {
        "spearman" => "Spearman",
        _ => "Pearson",
    }
}

fn cells(work: &Work) -> Panel<'static> {
    let count = work.params.fields.len();
    let cell = |place: usize| {
        let (column, row) = (place % count, place / count);
        let (across, down) = (column as f64, row as f64);
        Cell {
            x: [across - 0.5, across + 0.5],
            y: [down - 0.5, down + 0.5],
            colour: ColourMap::Diverging.at((work.r(row, column) + 1.0) / 2.0),
        }
    };
    let names = work.params.fields.clone();
    Panel {
        x: Axis::categories("", names.clone()),
        y: Axis::categories("", names),
        layers: vec![Layer::Cells {
            cells: (0..count * count).map(cell).collect(),
        }],
        colour_bar: Some(ColourBar {
            label: format!("{}'s correlation", method(work)),
            range: [-1.0, 1.0],
            map: ColourMap::Diverging,
        }),
        ..Panel::default()
    }
}

fn lines(work: &Work) -> Panel<'static> {
    let theme = work.params.look.theme();
    let nought = |direction| Layer::Rule {
        direction,
        at: 0.0,
        stroke: Stroke::solid(theme.axis),
    };
    let mut layers = vec![nought(Direction::Horizontal), nought(Direction::Vertical)];
    let mut legend = Vec::new();
    for (place, pair) in work.done.iter().take(MOST_LINES).enumerate() {
        let (x, y): (Vec<f64>, Vec<f64>) =
            pair.lagged.iter().map(|(lag, r)| (*lag as f64, *r)).unzip();
        let stroke = Stroke::solid(theme.colour(place));
        layers.push(Layer::Line {
            x: Values::from(x),
            y: Values::from(y),
            stroke: stroke.clone(),
        });
        legend.push(Entry {
            name: format!("{}, then {}", work.name(pair.x), work.name(pair.y)),
            swatch: Swatch::Line(stroke),
        });
    }
    Panel {
        x: Axis::number("delay of the second field (steps)"),
        y: Axis::number(format!("{}'s correlation", method(work))),
        layers,
        legend,
        ..Panel::default()
    }
}
