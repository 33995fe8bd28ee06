//! Reading parameters and columns.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::types::{Field, FieldType, Table, Values};

/// Reads the parameters.
///
/// # Errors
/// The first fault; the submission has been checked against the schema before.
pub fn parameters<P: DeserializeOwned>(text: &str) -> Result<P, String> {
    serde_json::from_str(text).map_err(|error| format!("The parameters cannot be read: {error}."))
}

/// The names of fields, all of which must be there and have numbers.
///
/// # Errors
/// Every fault.
pub fn number_fields(fields: &[Field], names: Vec<String>) -> Result<Vec<String>, Vec<String>> {
    let fault = |name: &String| match fields.iter().find(|field| field.name == *name) {
        None => Some(format!("there is no field `{name}`")),
        Some(field) if !matches!(field.type_, FieldType::Number | FieldType::Integer) => {
            Some(format!("the field `{name}` has no numbers"))
        }
        Some(_) => None,
    };
    let faults: Vec<String> = names.iter().filter_map(fault).collect();
    if faults.is_empty() {
        Ok(names)
    } else {
        Err(faults)
    }
}

/// A field and its values, NaN where they are missing.
///
/// # Errors
/// When the table has no such field, or one without numbers.
pub fn numbers<'a>(table: &'a Table, name: &str) -> Result<(&'a Field, &'a [f64]), String> {
    let column = table
        .columns
        .iter()
        .find(|column| column.field.name == name);
    match column.map(|column| (&column.field, &column.values)) {
        Some((field, Values::Numbers(values))) => Ok((field, values)),
        Some(_) => Err(format!("The field `{name}` has no numbers.")),
        None => Err(format!("There is no field `{name}`.")),
    }
}

/// A number of steps, at least 1; `None` for a word such as `auto`.
pub fn steps(value: &Value) -> Option<usize> {
    let steps = usize::try_from(value.as_u64()?).ok()?;
    Some(steps.max(1))
}
