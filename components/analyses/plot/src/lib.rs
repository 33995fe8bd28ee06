//! The analysis `plot`: lines, marks, areas, bars, boxes, histograms and heat maps as SVG and PNG.
//!
//! [`params`] reads what to draw, for the figure and for each panel, with the help of [`reader`] and of
//! [`style`]; [`columns`] finds the columns, [`groups`] sorts points by a field or a part of their time, and
//! [`statistics`] sums up the groups. Each module of [`kinds`] makes a panel of the crate `drawing` of
//! them; [`figure`] puts the panels together. [`task`] runs these in steps.

pub mod columns;
pub mod figure;
pub mod groups;
pub mod kinds;
pub mod params;
pub mod reader;
pub mod statistics;
pub mod style;
pub mod task;

use std::cell::RefCell;

use analyst::types::{Description, Field, Outcome, Request, Table};
use analyst::{Guest, GuestTask};

/// What the analysis says of itself: name, title, version, summary, the JSON Schema of its
/// parameters and an example, as one JSON object.
pub const DESCRIPTION: &str = include_str!("../description.json");

pub struct Plot;

impl Guest for Plot {
    type Task = Running;

    fn describe() -> Description {
        analyst::describe(DESCRIPTION)
    }

    fn select(parameters: String, fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        task::select(&parameters, &fields)
    }
}

pub struct Running(RefCell<task::Task>);

impl GuestTask for Running {
    fn new(request: Request, data: Table) -> Self {
        Self(RefCell::new(task::Task::new(request, data)))
    }

    fn step(&self) -> Outcome {
        // Calls do not overlap, so the borrow cannot fail; a trap would be worse than a word.
        self.0.try_borrow_mut().map_or_else(
            |_| Outcome::Failed("The plot is being drawn already.".into()),
            |mut task| task.step(),
        )
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Plot);
