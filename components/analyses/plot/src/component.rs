//! The glue between the component's interface and [`crate::task`].

use crate::{input, task};
use serde_json::Value;
use std::cell::RefCell;

wit_bindgen::generate!({ world: "analyst", path: "../../../wit" });

use almanac::analysis::types as wit;
use exports::almanac::analysis::analysis::{Guest, GuestTask};

struct Plot;

impl Guest for Plot {
    type Task = Task;

    fn describe() -> wit::Description {
        let all: Value = serde_json::from_str(crate::DESCRIPTION).unwrap_or_default();
        let word = |name: &str| {
            all.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let json = |name: &str| all.get(name).map(Value::to_string).unwrap_or_default();
        wit::Description {
            name: word("name"),
            title: word("title"),
            version: word("version"),
            summary: word("summary"),
            parameters: json("parameters"),
            example: json("example"),
            needs_dataset: true,
        }
    }

    fn select(parameters: String, fields: Vec<wit::Field>) -> Result<Vec<String>, Vec<String>> {
        let fields: Vec<input::Field> = fields.into_iter().map(field).collect();
        task::select(&parameters, &fields)
    }
}

struct Task(RefCell<task::Task>);

impl GuestTask for Task {
    fn new(request: wit::Request, data: wit::Table) -> Self {
        let request = input::Request {
            parameters: request.parameters,
            dataset: request.dataset,
            dataset_title: request.dataset_title,
        };
        let columns = data.columns.into_iter().map(column).collect();
        let table = input::Table {
            times: data.times,
            columns,
        };
        Self(RefCell::new(task::Task::new(request, table)))
    }

    fn step(&self) -> wit::Outcome {
        // Calls do not overlap, so the borrow cannot fail; a trap would be worse than a word.
        let Ok(mut task) = self.0.try_borrow_mut() else {
            return wit::Outcome::Failed("The plot is being drawn already.".into());
        };
        match task.step() {
            task::Outcome::Running(fraction, note) => wit::Outcome::Running(wit::Progress {
                fraction,
                note: note.into(),
            }),
            task::Outcome::Done(result, files) => {
                let files = files.into_iter().map(file).collect();
                wit::Outcome::Done(wit::Report { result, files })
            }
            task::Outcome::Failed(reason) => wit::Outcome::Failed(reason),
        }
    }
}

fn field(field: wit::Field) -> input::Field {
    let kind = match field.type_ {
        wit::FieldType::Number => input::FieldType::Number,
        wit::FieldType::Integer => input::FieldType::Integer,
        wit::FieldType::Text => input::FieldType::Text,
        wit::FieldType::Boolean => input::FieldType::Boolean,
    };
    input::Field {
        name: field.name,
        kind,
        unit: field.unit,
    }
}

fn column(column: wit::Column) -> input::Column {
    let numbers = match column.values {
        wit::Values::Numbers(numbers) => numbers,
        wit::Values::Text(_) | wit::Values::Booleans(_) => Vec::new(),
    };
    input::Column {
        field: field(column.field),
        numbers,
    }
}

fn file(file: task::File) -> wit::File {
    wit::File {
        name: file.name.into(),
        media_type: file.media_type.into(),
        bytes: file.bytes,
    }
}

export!(Plot);
