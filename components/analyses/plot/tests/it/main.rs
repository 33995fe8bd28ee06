//! The analysis from parameters and columns to files, without a component around it.

mod layout;
mod parameters;
mod pictures;
mod runs;

use analyst::types::{
    Column, Field, FieldType, File, Outcome, Report, Request, Table, TextValues, Values,
};
use drawing::compose;
use drawing::scene::Scene;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use plot::figure::figure;
use plot::params::Params;
use plot::task::Task;

fn field(name: &str, unit: Option<&str>) -> Field {
    Field {
        name: name.into(),
        type_: FieldType::Number,
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
                values: Values::Numbers(numbers.to_vec()),
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
        dataset_version: 1,
        job: String::new(),
    }
}

/// The scene that a run would draw, or why it would not.
fn scene(parameters: &str, title: &str, table: &Table) -> Result<Scene, String> {
    let params = Params::parse(parameters).map_err(|faults| faults.join(" "))?;
    let (figure, _) = figure(&request(parameters, title), &params, table)?;
    Ok(compose(figure))
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
            Outcome::Running(progress) => {
                assert!((0.0..1.0).contains(&progress.fraction) && !progress.note.is_empty());
            }
            Outcome::Done(Report { result, files }) => {
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

/// A column of texts, each of the words by turns.
fn words(name: &str, words: &[&str], rows: usize) -> Column {
    Column {
        field: Field {
            name: name.into(),
            type_: FieldType::Text,
            unit: None,
        },
        values: Values::Text(TextValues {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            codes: (0..rows).map(|row| (row % words.len()) as u32).collect(),
        }),
    }
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
