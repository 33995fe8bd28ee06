//! The analysis `forecast`: the next steps of a series, with intervals.
//!
//! [`plan`] reads the parameters and says what is forecast, how far and with which season; [`task`] back-tests the methods
//! of the crate `statistics`, fits the best one to the whole series and reports; [`picture`] draws it.

mod picture;
mod plan;
mod task;

use analyst::stages::Run;
use analyst::types::{Description, Field};
use analyst::{Guest, input};

pub struct Forecast;

impl Guest for Forecast {
    type Task = Run<task::Stage>;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(parameters: String, fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        let params = plan::Params::read(&parameters).map_err(|fault| vec![fault])?;
        input::number_fields(&fields, vec![params.field])
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Forecast);

#[cfg(test)]
mod tests;
