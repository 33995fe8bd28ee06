//! The analysis that this worker is bound to, between the contract in `wit/` and the library's own
//! types.

use std::time::Duration;

use almanac::app::analyses::Description;
use almanac::app::jobs::work::{Analysis, Data, File, Report, Request, Step, Task};
use almanac::domain::column::MISSING_INTEGER;
use almanac::domain::{Column, Field, FieldType};

use bindings::almanac::analysis::analysis as imported;
use bindings::almanac::analysis::types as wit;

mod bindings {
    #![allow(unsafe_op_in_unsafe_fn, unreachable_pub)]
    spin_sdk::wit_bindgen::generate!({
        path: "../../wit",
        world: "worker",
        runtime_path: "::spin_sdk::wit_bindgen::rt",
    });
}

/// What the analysis says of itself.
///
/// # Errors
/// When it names itself or its parameters in a way that Almanac cannot use.
pub(crate) fn describe() -> Result<Description, String> {
    let wit::Description {
        name,
        title,
        version,
        summary,
        parameters,
        example,
        needs_dataset,
    } = imported::describe();
    let json = |what: &str, text: &str| {
        serde_json::from_str::<serde_json::Value>(text)
            .map_err(|error| format!("the {what} of analysis {name} are not JSON: {error}"))
    };
    let description = serde_json::json!({
        "name": name,
        "title": title,
        "version": version,
        "summary": summary,
        "parameters": json("parameters", &parameters)?,
        "example": json("example parameters", &example)?,
        "needs_dataset": needs_dataset,
    });
    Description::parse(&description.to_string())
        .ok_or_else(|| format!("the description of analysis `{name}` cannot be used"))
}

/// The analysis bound by spin.toml.
pub(crate) struct Bound;

impl Analysis for Bound {
    type Task = imported::Task;

    fn select(&self, parameters: &str, fields: &[Field]) -> Result<Vec<String>, Vec<String>> {
        let fields: Vec<wit::Field> = fields.iter().map(field).collect();
        imported::select(parameters, &fields)
    }

    fn begin(&self, request: Request, data: Data) -> imported::Task {
        let request = wit::Request {
            job: request.job,
            parameters: request.parameters,
            dataset: request.dataset,
            dataset_title: request.dataset_title,
            dataset_version: request.dataset_version,
        };
        imported::Task::new(&request, &table(data))
    }
}

impl Task for imported::Task {
    fn step(&mut self) -> Step {
        match imported::Task::step(self) {
            wit::Outcome::Running(progress) => Step::Running {
                fraction: progress.fraction,
                note: progress.note,
                pause: Duration::from_millis(progress.pause.into()),
                log: progress.log,
            },
            wit::Outcome::Done(report) => Step::Done(Report {
                result: report.result,
                files: report.files.into_iter().map(file).collect(),
            }),
            wit::Outcome::Failed(why) => Step::Failed(why),
        }
    }
}

fn file(file: wit::File) -> File {
    File {
        name: file.name,
        media_type: file.media_type,
        bytes: file.bytes,
    }
}

fn field(field: &Field) -> wit::Field {
    wit::Field {
        name: field.name.to_string(),
        type_: match field.kind {
            FieldType::Number => wit::FieldType::Number,
            FieldType::Integer => wit::FieldType::Integer,
            FieldType::Text => wit::FieldType::Text,
            FieldType::Boolean => wit::FieldType::Boolean,
        },
        unit: field.unit.clone(),
    }
}

fn table(data: Data) -> wit::Table {
    let columns = data.fields.iter().zip(data.table.columns);
    wit::Table {
        times: data.table.times,
        columns: columns
            .map(|(known, column)| wit::Column {
                field: field(known),
                values: values(column),
            })
            .collect(),
    }
}

fn values(column: Column) -> wit::Values {
    match column {
        Column::Number(values) => wit::Values::Numbers(values),
        Column::Integer(values) => wit::Values::Numbers(values.into_iter().map(number).collect()),
        Column::Text(text) => {
            // The code of a missing text is the same here and there: the greatest.
            let (words, codes) = text.into_parts();
            wit::Values::Text(wit::TextValues { words, codes })
        }
        Column::Boolean(values) => wit::Values::Booleans(values),
    }
}

fn number(value: i64) -> f64 {
    if value == MISSING_INTEGER {
        f64::NAN
    } else {
        value as f64
    }
}
