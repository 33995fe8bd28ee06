//! Trying an analysis without a worker, for its tests.

use serde_json::Value;

use crate::GuestTask;
use crate::types::{Column, Field, FieldType, File, Outcome, Request, Table, Values};

/// A table of these columns: a field's name and its values. The unit of all is the metre.
pub fn table(times: Vec<i64>, columns: Vec<(&str, Values)>) -> Table {
    let column = |(name, values): (&str, Values)| Column {
        field: field(name, &values),
        values,
    };
    Table {
        times,
        columns: columns.into_iter().map(column).collect(),
    }
}

fn field(name: &str, values: &Values) -> Field {
    let type_ = match values {
        Values::Numbers(_) => FieldType::Number,
        Values::Text(_) => FieldType::Text,
        Values::Booleans(_) => FieldType::Boolean,
    };
    let unit = matches!(type_, FieldType::Number).then(|| "m".to_owned());
    Field {
        name: name.to_owned(),
        type_,
        unit,
    }
}

/// Runs a task to its end.
///
/// # Errors
/// The reason of the refusal.
///
/// # Panics
/// When the progress goes backwards or the result is no JSON.
pub fn run<T: GuestTask>(parameters: &Value, table: Table) -> Result<(Value, Vec<File>), String> {
    let request = Request {
        job: String::new(),
        parameters: parameters.to_string(),
        dataset: "river".to_owned(),
        dataset_title: "The river".to_owned(),
        dataset_version: 1,
    };
    let task = T::new(request, table);
    let mut fraction = 0.0;
    loop {
        match task.step() {
            Outcome::Running(progress) => {
                assert!((fraction..=1.0).contains(&progress.fraction));
                fraction = progress.fraction;
            }
            Outcome::Done(report) => {
                let result = serde_json::from_str(&report.result).expect("JSON");
                return Ok((result, report.files));
            }
            Outcome::Failed(why) => return Err(why),
        }
    }
}
