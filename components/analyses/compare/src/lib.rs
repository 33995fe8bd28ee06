//! The analysis `compare`: two fields, or two periods of one.

mod picture;
mod task;

use analyst::stages::Run;
use analyst::types::{Description, Field};
use analyst::{Guest, input};

pub struct Compare;

impl Guest for Compare {
    type Task = Run<task::Stage>;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(parameters: String, fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        let params = task::Params::read(&parameters).map_err(|fault| vec![fault])?;
        input::number_fields(&fields, params.fields())
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Compare);

#[cfg(test)]
mod tests;
