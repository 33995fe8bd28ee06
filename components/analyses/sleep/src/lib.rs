//! The analysis `sleep`: sleeps for some seconds, with progress, for trying the machinery of jobs.
//!
//! An analysis has no clock. It asks the worker for a pause before its next step, and counts.

use std::cell::Cell;

use analyst::types::{Description, Field, Outcome, Progress, Report, Request, Table};
use analyst::{Guest, GuestTask};
use serde_json::{Value, json};

/// The pause between two steps, in milliseconds.
const STEP: u32 = 250;

pub struct Sleep;

impl Guest for Sleep {
    type Task = Task;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(_parameters: String, _fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        Ok(Vec::new())
    }
}

/// One sleep.
pub struct Task {
    /// Milliseconds in all.
    total: u32,
    /// Milliseconds asked for so far.
    slept: Cell<u32>,
}

impl GuestTask for Task {
    fn new(request: Request, _data: Table) -> Self {
        let parameters: Value = serde_json::from_str(&request.parameters).unwrap_or_default();
        let seconds = parameters
            .get("seconds")
            .and_then(Value::as_f64)
            .unwrap_or(0.0);
        // Saturates, whatever the number.
        Self {
            total: (seconds * 1000.0) as u32,
            slept: Cell::new(0),
        }
    }

    fn step(&self) -> Outcome {
        let slept = self.slept.get();
        if slept >= self.total {
            let seconds = f64::from(self.total) / 1000.0;
            let result = json!({"slept": seconds}).to_string();
            return Outcome::Done(Report {
                result,
                files: Vec::new(),
            });
        }
        let pause = STEP.min(self.total - slept);
        self.slept.set(slept + pause);
        let fraction = f64::from(slept) / f64::from(self.total);
        Outcome::Running(Progress {
            fraction,
            note: "sleeping".to_owned(),
            pause,
            log: vec![format!("slept {} s", f64::from(slept) / 1000.0)],
        })
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Sleep);

#[cfg(test)]
mod tests {
    use super::*;

    fn task(parameters: &str) -> Task {
        let request = Request {
            job: String::new(),
            parameters: parameters.to_owned(),
            dataset: String::new(),
            dataset_title: String::new(),
            dataset_version: 0,
        };
        GuestTask::new(
            request,
            Table {
                times: Vec::new(),
                columns: Vec::new(),
            },
        )
    }

    #[test]
    fn the_pauses_add_up_to_the_seconds() {
        for (parameters, expected) in [
            ("{\"seconds\": 1.1}", 1100),
            ("{\"seconds\": 0}", 0),
            ("{}", 0),
            ("nonsense", 0),
        ] {
            let task = task(parameters);
            let mut pauses = 0;
            while let Outcome::Running(progress) = task.step() {
                assert!((0.0..1.0).contains(&progress.fraction));
                pauses += progress.pause;
            }
            assert_eq!(pauses, expected, "{parameters}");
        }
    }
}
