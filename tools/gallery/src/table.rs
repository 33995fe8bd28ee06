//! Sample data as the worker would hand them over.

use std::error::Error;
use std::path::Path;

use analyst::types::{Column, Field, FieldType, Table, TextValues, Values};
use jiff::civil::Date;
use jiff::tz::Offset;

/// Reads a CSV file without quoted cells whose first column is the time, a date or a month. Columns of
/// which every cell is empty or a number are numbers. Rows from `end` on are left out.
pub(crate) fn read(
    path: &Path,
    end: &str,
    units: &[(&str, &str)],
) -> Result<Table, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines
        .next()
        .ok_or("the file is empty")?
        .split(',')
        .collect();
    let rows: Vec<Vec<&str>> = lines
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|row| end.is_empty() || row.first().is_some_and(|time| *time < end))
        .collect();
    let times = rows
        .iter()
        .map(|row| time(row.first().copied().unwrap_or_default()));
    let column = |(at, name): (usize, &&str)| {
        let cells = rows
            .iter()
            .map(|row| row.get(at).copied().unwrap_or_default())
            .collect::<Vec<_>>();
        let unit = units
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, unit)| (*unit).to_owned());
        typed(name, unit, &cells)
    };
    Ok(Table {
        times: times.collect::<Result<_, _>>()?,
        columns: names.iter().enumerate().skip(1).map(column).collect(),
    })
}

fn time(cell: &str) -> Result<i64, Box<dyn Error>> {
    let day = if cell.len() == 7 {
        format!("{cell}-01")
    } else {
        cell.to_owned()
    };
    let day: Date = day.parse()?;
    Ok(Offset::UTC
        .to_timestamp(day.at(0, 0, 0, 0))?
        .as_millisecond())
}

fn typed(name: &str, unit: Option<String>, cells: &[&str]) -> Column {
    let number = |cell: &&str| {
        if cell.is_empty() {
            Some(f64::NAN)
        } else {
            cell.parse::<f64>().ok()
        }
    };
    let numbers: Option<Vec<f64>> = cells.iter().map(number).collect();
    let (type_, values) = match numbers {
        Some(numbers) => (FieldType::Number, Values::Numbers(numbers)),
        None => {
            let mut words: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
            words.sort();
            words.dedup();
            let code = |cell: &&str| {
                words
                    .iter()
                    .position(|word| word == cell)
                    .unwrap_or_default() as u32
            };
            let codes = cells.iter().map(code).collect();
            (FieldType::Text, Values::Text(TextValues { words, codes }))
        }
    };
    let field = Field {
        name: name.to_owned(),
        type_,
        unit,
    };
    Column { field, values }
}
