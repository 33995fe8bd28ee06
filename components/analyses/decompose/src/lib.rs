//! The analysis `decompose`: trend, seasons and rest.

mod picture;
mod task;

use analyst::stages::Run;
use analyst::types::{Description, Field};
use analyst::{Guest, input};

pub struct Decompose;

impl Guest for Decompose {
    type Task = Run<task::Stage>;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(parameters: String, fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        let params = task::Params::read(&parameters).map_err(|fault| vec![fault])?;
        input::number_fields(&fields, vec![params.field])
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Decompose);

#[cfg(test)]
mod tests;
