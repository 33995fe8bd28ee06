//! The analysis from parameters and columns to files, without a component around it.

mod axes;
mod layout;
mod parameters;
mod pictures;
mod runs;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use plot::data::Data;
use plot::figure::compose;
use plot::input::{Column, Field, FieldType, Request, Table};
use plot::params::Params;
use plot::scene::Scene;
use plot::task::{File, Outcome, Task};

fn field(name: &str, unit: Option<&str>) -> Field {
    Field {
        name: name.into(),
        kind: FieldType::Number,
        unit: unit.map(str::to_owned),
    }
}

/// A table of columns without units, one point each day from a date on.
fn days(first: Date, columns: &[(&str, &[f64])]) -> Table {
    let rows = columns
        .iter()
        .map(|(_, numbers)| numbers.len())
        .max()
        .unwrap_or(0);
    let start = millis(first.at(0, 0, 0, 0));
    Table {
        times: (0..rows as i64)
            .map(|day| start + day * 86_400_000)
            .collect(),
        columns: columns
            .iter()
            .map(|(name, numbers)| Column {
                field: field(name, None),
                numbers: numbers.to_vec(),
            })
            .collect(),
    }
}

fn millis(when: DateTime) -> i64 {
    Offset::UTC
        .to_timestamp(when)
        .expect("a date of these millennia")
        .as_millisecond()
}

fn request(parameters: &str, title: &str) -> Request {
    Request {
        parameters: parameters.into(),
        dataset: "set".into(),
        dataset_title: title.into(),
    }
}

/// The scene that a run would draw, or why it would not.
fn scene(parameters: &str, title: &str, table: &Table) -> Result<Scene, String> {
    let params = Params::parse(parameters).map_err(|faults| faults.join(" "))?;
    Ok(compose(
        &request(parameters, title),
        &params,
        &Data::new(table, &params)?,
    ))
}

/// Runs to the end: result and files, or the reason.
fn run(
    parameters: &str,
    title: &str,
    table: Table,
) -> Result<(serde_json::Value, Vec<File>), String> {
    let mut task = Task::new(request(parameters, title), table);
    for _ in 0..10 {
        match task.step() {
            Outcome::Running(fraction, note) => {
                assert!((0.0..1.0).contains(&fraction) && !note.is_empty());
            }
            Outcome::Done(result, files) => {
                return Ok((
                    serde_json::from_str(&result).expect("the result is JSON"),
                    files,
                ));
            }
            Outcome::Failed(reason) => return Err(reason),
        }
    }
    panic!("the task does not end");
}

/// Random-looking numbers from 0 to 1 (Knuth's MMIX generator), the same each time.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 1u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    (0..count).map(next).collect()
}
