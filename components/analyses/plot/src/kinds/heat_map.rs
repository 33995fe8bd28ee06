//! A cell for each pair of groups, coloured by a figure of the points in both.

use drawing::{Axis, Cell, ColourBar, ColourMap, Layer, Panel};
use serde_json::{Map, json};

use super::{Drawn, all_missing};
use crate::columns::{Input, range};
use crate::groups::Groups;
use crate::statistics::Function;

const MOST_COLUMNS: usize = 400;
const MOST_ROWS: usize = 200;

pub(super) fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let params = input.params;
    let ([name], Some(across), Some(down)) = (params.y.as_slice(), &params.columns, &params.by)
    else {
        return Err("A heat map has one field `y`, columns `x` and rows `by`.".into());
    };
    let columns = Groups::new(across, input.table, input.zone, MOST_COLUMNS)?;
    let rows = Groups::new(down, input.table, input.zone, MOST_ROWS)?;
    let numbers = input.numbers(name)?;
    let mut members = vec![Vec::new(); columns.names.len() * rows.names.len()];
    for ((column, row), number) in columns.of.iter().zip(&rows.of).zip(numbers) {
        if let (Some(column), Some(row), true) = (column, row, number.is_finite())
            && let Some(cell) = members.get_mut(row * columns.names.len() + column)
        {
            cell.push(*number);
        }
    }
    let value = |cell: &Vec<f64>| {
        if cell.is_empty() {
            f64::NAN
        } else {
            params.function.of(cell)
        }
    };
    let values: Vec<f64> = members.iter().map(value).collect();
    let (low, high) = range(values.iter().copied());
    if low > high {
        return Err(all_missing(&[name], numbers.len(), false));
    }
    let place = |value: f64| {
        if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        }
    };
    let cells = values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
        .map(|(at, value)| {
            let (column, row) = (
                (at % columns.names.len()) as f64,
                (at / columns.names.len()) as f64,
            );
            Cell {
                x: [column - 0.5, column + 0.5],
                y: [row - 0.5, row + 0.5],
                colour: ColourMap::Sequential.at(place(*value)),
            }
        });
    let label = match params.function {
        Function::Count => "points".to_owned(),
        function => format!("{} of {}", function.name(), input.y_label()?),
    };
    let (x_label, y_label) = (input.key_label(across)?, input.key_label(down)?);
    let description =
        format!("Heat map: {label} by {x_label} across and {y_label} down, from {low} to {high}.");
    let mut figures = Map::new();
    figures.insert("columns".into(), json!(columns.names));
    figures.insert("rows".into(), json!(rows.names));
    figures.insert("function".into(), json!(params.function.name()));
    let by_row: Vec<&[f64]> = values.chunks(columns.names.len().max(1)).collect();
    figures.insert("values".into(), json!(by_row));
    let panel = Panel {
        title: params.title.clone().unwrap_or_default(),
        layers: vec![Layer::Cells {
            cells: cells.collect(),
        }],
        x: Axis::categories(
            params.x_label.clone().unwrap_or(x_label),
            columns.names.clone(),
        ),
        y: Axis::categories(
            params.y_label.clone().unwrap_or(y_label),
            rows.names.clone(),
        ),
        colour_bar: Some(ColourBar {
            label,
            range: [low, high],
            map: ColourMap::Sequential,
        }),
        ..Panel::default()
    };
    Ok(Drawn {
        panel,
        figures,
        description,
    })
}
