//! The analysis `template-rust`: mean and range of a field of numbers.
//!
//! docs/your-own-analysis.md explains how an analysis is written, built and tried. What it is given and
//! what it returns are the types of wit/analysis.wit, here in [`analyst::types`]; what it says of
//! itself is in description.json.

use std::cell::RefCell;

use analyst::types::{
    Column, Description, Field, FieldType, Outcome, Progress, Report, Request, Table, Values,
};
use analyst::{Guest, GuestTask};
use serde_json::{Value, json};

/// Points in one step: a step is to take a tenth of a second or less.
const STEP: usize = 1_000_000;

pub struct Analysis;

impl Guest for Analysis {
    type Task = Task;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(parameters: String, fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        let parameters: Value = serde_json::from_str(&parameters).unwrap_or_default();
        let name = parameters.get("field").and_then(Value::as_str);
        let name = name.ok_or_else(|| vec!["`field` is missing".to_owned()])?;
        match fields.iter().find(|field| field.name == name) {
            None => Err(vec![format!("there is no field `{name}`")]),
            Some(field) if !matches!(field.type_, FieldType::Number | FieldType::Integer) => {
                Err(vec![format!("the field `{name}` has no numbers")])
            }
            Some(_) => Ok(vec![name.to_owned()]),
        }
    }
}

/// One run.
pub struct Task {
    column: Option<Column>,
    state: RefCell<State>,
}

/// What has been read so far.
struct State {
    /// How many values, with the missing ones.
    read: usize,
    count: usize,
    sum: f64,
    min: f64,
    max: f64,
}

impl GuestTask for Task {
    fn new(_request: Request, data: Table) -> Self {
        Self {
            column: data.columns.into_iter().next(),
            state: RefCell::new(State {
                read: 0,
                count: 0,
                sum: 0.0,
                min: f64::INFINITY,
                max: f64::NEG_INFINITY,
            }),
        }
    }

    fn step(&self) -> Outcome {
        let Some(Column { field, values }) = &self.column else {
            return Outcome::Failed("There is no field to take the mean of.".to_owned());
        };
        let Values::Numbers(values) = values else {
            return Outcome::Failed(format!("The field `{}` has no numbers.", field.name));
        };
        // Calls do not overlap, so the borrow cannot fail; a trap would be worse than a word.
        let Ok(mut state) = self.state.try_borrow_mut() else {
            return Outcome::Failed("The values are being read already.".to_owned());
        };
        if values.is_empty() {
            return Outcome::Failed("There are no points to take the mean of.".to_owned());
        }
        if state.read < values.len() {
            state.read_some(values);
            return Outcome::Running(Progress {
                fraction: state.read as f64 / values.len() as f64,
                note: "reading".to_owned(),
                pause: 0,
                log: vec![format!("read {} of {} points", state.read, values.len())],
            });
        }
        state.report(field)
    }
}

impl State {
    fn read_some(&mut self, values: &[f64]) {
        let part = values.iter().skip(self.read).take(STEP);
        self.read += part.len();
        // A missing value is NaN.
        for value in part.filter(|value| !value.is_nan()) {
            self.count += 1;
            self.sum += value;
            self.min = self.min.min(*value);
            self.max = self.max.max(*value);
        }
    }

    fn report(&self, field: &Field) -> Outcome {
        if self.count == 0 {
            return Outcome::Failed(format!(
                "All {} values of the field `{}` are missing.",
                self.read, field.name
            ));
        }
        let result = json!({
            "field": field.name,
            "unit": field.unit,
            "count": self.count,
            "missing": self.read - self.count,
            "mean": self.sum / self.count as f64,
            "min": self.min,
            "max": self.max,
        });
        Outcome::Done(Report {
            result: result.to_string(),
            files: Vec::new(),
        })
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Analysis);

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, type_: FieldType) -> Field {
        Field {
            name: name.to_owned(),
            type_,
            unit: None,
        }
    }

    /// Runs over a column of these values, and returns the result or the refusal.
    fn run(values: Values) -> Result<Value, String> {
        let request = Request {
            job: String::new(),
            parameters: "{\"field\": \"average\"}".to_owned(),
            dataset: String::new(),
            dataset_title: String::new(),
            dataset_version: 0,
        };
        let column = Column {
            field: field("average", FieldType::Number),
            values,
        };
        let task = Task::new(
            request,
            Table {
                times: Vec::new(),
                columns: vec![column],
            },
        );
        loop {
            match task.step() {
                Outcome::Running(progress) => assert!(progress.fraction <= 1.0),
                Outcome::Done(report) => {
                    return Ok(serde_json::from_str(&report.result).expect("JSON"));
                }
                Outcome::Failed(why) => return Err(why),
            }
        }
    }

    #[test]
    fn mean_and_range_leave_out_what_is_missing() {
        let mut values = vec![2.0; STEP + 1];
        values.extend([f64::NAN, 5.0, -1.0]);
        let result = run(Values::Numbers(values)).expect("a result");
        assert_eq!([&result["count"], &result["missing"]], [STEP as u64 + 3, 1]);
        assert_eq!([&result["min"], &result["max"]], [-1.0, 5.0]);
        let mean = result["mean"].as_f64().expect("a number");
        assert!((mean - 2.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn what_has_no_mean_is_refused_with_a_reason() {
        for (values, reason) in [
            (Values::Numbers(Vec::new()), "no points"),
            (Values::Numbers(vec![f64::NAN; 2]), "All 2 values"),
            (Values::Booleans(vec![0]), "no numbers"),
        ] {
            let why = run(values).expect_err(reason);
            assert!(why.contains(reason), "{why}");
        }
    }

    #[test]
    fn a_field_that_is_not_there_or_has_no_numbers_is_refused() {
        let fields = || {
            vec![
                field("average", FieldType::Number),
                field("weather", FieldType::Text),
            ]
        };
        let select = |parameters: &str| Analysis::select(parameters.to_owned(), fields());
        assert_eq!(
            select("{\"field\": \"average\"}"),
            Ok(vec!["average".to_owned()])
        );
        for (parameters, reason) in [
            ("{\"field\": \"averag\"}", "no field `averag`"),
            ("{\"field\": \"weather\"}", "has no numbers"),
            ("{}", "is missing"),
        ] {
            let faults = select(parameters).expect_err(reason).concat();
            assert!(faults.contains(reason), "{faults}");
        }
    }
}
