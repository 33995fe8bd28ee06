//! The analysis `summary`: count, mean, spread and quartiles of fields, by group.
//!
//! [`groups`] sorts the points by a field, [`task`] sums up one field in a step.

mod groups;
mod task;

use analyst::stages::Run;
use analyst::types::{Description, Field, FieldType};
use analyst::{Guest, input};

pub struct Summary;

impl Guest for Summary {
    type Task = Run<task::Stage>;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(parameters: String, fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        let params: task::Params = input::parameters(&parameters).map_err(|fault| vec![fault])?;
        let names = params.fields.unwrap_or_else(|| with_numbers(&fields));
        if names.is_empty() {
            return Err(vec!["the dataset has no field of numbers".to_owned()]);
        }
        let mut names = input::number_fields(&fields, names)?;
        if let Some(by) = params.by {
            if fields.iter().all(|field| field.name != by) {
                return Err(vec![format!("there is no field `{by}`")]);
            }
            if !names.contains(&by) {
                names.push(by);
            }
        }
        Ok(names)
    }
}

fn with_numbers(fields: &[Field]) -> Vec<String> {
    let has_numbers =
        |field: &&Field| matches!(field.type_, FieldType::Number | FieldType::Integer);
    fields
        .iter()
        .filter(has_numbers)
        .map(|field| field.name.clone())
        .collect()
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Summary);

#[cfg(test)]
mod tests;
