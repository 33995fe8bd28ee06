//! The analysis `outliers`: values far from the median, or from trend and season.

mod picture;
mod task;

use analyst::stages::Run;
use analyst::types::{Description, Field};
use analyst::{Guest, input};

pub struct Outliers;

impl Guest for Outliers {
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
analyst::export!(Outliers);

#[cfg(test)]
mod tests;
