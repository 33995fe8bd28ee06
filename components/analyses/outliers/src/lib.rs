//! The analysis `outliers`: values far from the median, from a trend, or from trend and season.
//!
//! [`points`] puts the values in order, as logarithms where their changes grow with their level; [`expected`] says what was to be
//! expected of each; [`task`] marks what is further from that than a threshold, and [`picture`] draws it.

mod expected;
mod picture;
mod points;
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
