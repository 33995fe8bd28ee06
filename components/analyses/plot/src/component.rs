//! The glue between the component's interface and [`crate::task`].

use std::cell::RefCell;

use analyst::{Guest, GuestTask, types as wit};

use crate::{input, task};

struct Plot;

impl Guest for Plot {
    type Task = Task;

    fn describe() -> wit::Description {
        analyst::describe(crate::DESCRIPTION)
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
                pause: 0,
                log: Vec::new(),
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

analyst::export!(Plot);
