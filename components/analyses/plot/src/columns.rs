//! The columns that a panel draws.

use std::borrow::Cow;

use analyst::types::{Column, Field, Table, Values as Cells};
use drawing::{Axis, Shows, Theme, Values};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::groups::Key;
use crate::params::{Across, PanelParams};

/// What one panel is made of.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub params: &'a PanelParams,
    pub table: &'a Table,
    pub zone: &'a TimeZone,
    pub zone_name: &'a str,
    pub theme: &'static Theme,
}

impl<'a> Input<'a> {
    pub fn column(&self, name: &str) -> Result<&'a Column, String> {
        let found = self
            .table
            .columns
            .iter()
            .find(|column| column.field.name == name);
        found.ok_or_else(|| format!("The field `{name}` was not among the data."))
    }

    /// The numbers of a field.
    pub fn numbers(&self, name: &str) -> Result<&'a [f64], String> {
        match &self.column(name)?.values {
            Cells::Numbers(numbers) => Ok(numbers),
            Cells::Text(_) | Cells::Booleans(_) => {
                Err(format!("The field `{name}` does not hold numbers."))
            }
        }
    }

    /// The positions along the horizontal axis.
    pub fn x(&self) -> Result<Values<'a>, String> {
        match &self.params.x {
            Across::Time => Ok(Values::Times(&self.table.times)),
            Across::Field(name) => Ok(Values::Numbers(Cow::Borrowed(self.numbers(name)?))),
        }
    }

    pub fn x_axis(&self) -> Result<Axis, String> {
        let label = |own: String| self.params.x_label.clone().unwrap_or(own);
        Ok(match &self.params.x {
            Across::Time => Axis::time(
                label(format!("time ({})", self.zone_name)),
                self.zone.clone(),
            ),
            Across::Field(name) => Axis {
                label: label(with_unit(&self.column(name)?.field)),
                shows: shows(self.params.is_x_log),
            },
        })
    }

    /// The vertical axis of number fields.
    pub fn y_axis(&self, own: String) -> Axis {
        Axis {
            label: self.params.y_label.clone().unwrap_or(own),
            shows: shows(self.params.is_y_log),
        }
    }

    /// The panel's fields.
    pub fn fields(&self) -> Result<Vec<&'a Field>, String> {
        self.params
            .y
            .iter()
            .map(|name| Ok(&self.column(name)?.field))
            .collect()
    }

    /// Whether fields are named beside their colours.
    pub fn has_legend(&self) -> bool {
        self.params.legend.unwrap_or(self.params.y.len() > 1)
    }

    /// What the vertical axis of these fields is called.
    pub fn y_label(&self) -> Result<String, String> {
        let fields = self.fields()?;
        let unit = common_unit(&fields);
        Ok(match fields.as_slice() {
            [field] => with_unit(field),
            _ if self.has_legend() => unit.unwrap_or_default(),
            _ => {
                let names: Vec<String> = fields
                    .iter()
                    .map(|field| name_among(field, &fields))
                    .collect();
                unit_after(&names.join(", "), unit.as_deref())
            }
        })
    }

    /// What groups are called.
    pub fn key_label(&self, key: &Key) -> Result<String, String> {
        match key {
            Key::Time(part) if self.zone_name == "UTC" => Ok(part.label().to_owned()),
            Key::Time(part) => Ok(format!("{} ({})", part.label(), self.zone_name)),
            Key::Field(name) => Ok(with_unit(&self.column(name)?.field)),
        }
    }

    /// A position of the horizontal axis, in JSON.
    pub fn x_word(&self, value: f64) -> Value {
        match self.params.x {
            Across::Time => json!(rfc3339(value)),
            Across::Field(_) => json!(value),
        }
    }
}

fn shows(is_log: bool) -> Shows {
    if is_log {
        Shows::Logarithm
    } else {
        Shows::Number
    }
}

/// The unit that all fields have, if they have one.
fn common_unit(fields: &[&Field]) -> Option<String> {
    let first = fields.first()?.unit.clone()?;
    fields
        .iter()
        .all(|field| field.unit.as_ref() == Some(&first))
        .then_some(first)
}

/// A field's name in a legend: with its unit where the others have another.
pub fn name_among(field: &Field, fields: &[&Field]) -> String {
    let is_common = fields.iter().all(|other| other.unit == field.unit);
    if is_common {
        field.name.clone()
    } else {
        with_unit(field)
    }
}

pub fn with_unit(field: &Field) -> String {
    unit_after(&field.name, field.unit.as_deref())
}

pub fn unit_after(name: &str, unit: Option<&str>) -> String {
    match unit.map(str::trim) {
        Some(unit) if !unit.is_empty() => format!("{name} ({unit})"),
        _ => name.to_owned(),
    }
}

/// Smallest and largest finite number; infinite ones where there is none.
pub fn range(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers
        .filter(|number| number.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        })
}

pub fn missing(numbers: &[f64]) -> usize {
    numbers.iter().filter(|number| !number.is_finite()).count()
}

/// A time as RFC 3339 in UTC.
fn rfc3339(milliseconds: f64) -> String {
    Timestamp::from_millisecond(milliseconds as i64)
        .map_or_else(|_| milliseconds.to_string(), |instant| instant.to_string())
}
