//! The analysis `echo`: returns its parameters at once, for trying the machinery of jobs.

use analyst::types::{Description, Field, Outcome, Report, Request, Table};
use analyst::{Guest, GuestTask};

pub struct Echo;

impl Guest for Echo {
    type Task = Task;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(_parameters: String, _fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        Ok(Vec::new())
    }
}

/// The parameters.
pub struct Task(String);

impl GuestTask for Task {
    fn new(request: Request, _data: Table) -> Self {
        Self(request.parameters)
    }

    fn step(&self) -> Outcome {
        Outcome::Done(Report {
            result: self.0.clone(),
            files: Vec::new(),
        })
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Echo);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_back_as_they_are() {
        let parameters = "{\"a\": [1, null]}".to_owned();
        let Outcome::Done(report) = Task(parameters.clone()).step() else {
            panic!("not done")
        };
        assert_eq!(report.result, parameters);
    }
}
