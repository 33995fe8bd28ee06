//! What the plot says: title, labels, legend, and a description.

use crate::data::{Data, Positions};
use crate::input::{Field, Request};
use crate::legend::Entry;
use crate::params::{Across, Kind, Params};
use crate::text::clean;
use crate::theme::{LIGHT, Rgb};

/// The texts of the plot, cleaned of control characters.
pub struct Words {
    pub title: String,
    pub x: String,
    pub y: String,
    pub legend: Vec<Entry>,
}

impl Words {
    pub fn new(request: &Request, params: &Params, data: &Data) -> Self {
        let fields: Vec<&Field> = data
            .series
            .iter()
            .map(|series| &series.column.field)
            .collect();
        let unit = fields.first().and_then(|first| first.unit.clone());
        let one_unit = fields.iter().all(|field| field.unit == unit);
        let shown = params.legend.unwrap_or(fields.len() > 1);
        let name = |field: &&Field| {
            if one_unit {
                field.name.clone()
            } else {
                with_unit(field)
            }
        };

        let title = [&request.dataset_title, &request.dataset];
        let title = title
            .into_iter()
            .find(|text| !text.trim().is_empty())
            .cloned();
        let y = match fields.as_slice() {
            [field] => with_unit(field),
            _ if !shown => {
                let names: Vec<String> = fields.iter().map(name).collect();
                unit_after(&names.join(", "), unit.as_deref().filter(|_| one_unit))
            }
            _ => unit.filter(|_| one_unit).unwrap_or_default(),
        };
        let x = match data.positions {
            Positions::Times(_) => "time (UTC)".to_owned(),
            Positions::Numbers(column) => with_unit(&column.field),
        };
        let entry = |(field, colour): (&&Field, Rgb)| Entry {
            name: clean(&name(field)),
            colour,
            kind: params.kind,
        };
        let entries = fields.iter().zip(LIGHT.palette).map(entry);
        Self {
            title: clean(&params.title.clone().or(title).unwrap_or_default()),
            x: clean(&params.x_label.clone().unwrap_or(x)),
            y: clean(&params.y_label.clone().unwrap_or(y)),
            legend: if shown { entries.collect() } else { Vec::new() },
        }
    }

    /// A sentence for those who do not see the picture.
    pub fn description(&self, params: &Params, data: &Data) -> String {
        let what = match params.kind {
            Kind::Line => "Line plot",
            Kind::Scatter => "Scatter plot",
        };
        let against = match &params.x {
            Across::Time => "time",
            Across::Field(name) => name,
        };
        let points: usize = data
            .series
            .iter()
            .map(|series| series.points)
            .max()
            .unwrap_or(0);
        let (from, to) = data.across_words();
        clean(&format!(
            "{what} of {} against {against}, from {from} to {to}; {points} points; values from {} to {}.",
            params.y.join(", "),
            data.up.0,
            data.up.1,
        ))
    }
}

fn with_unit(field: &Field) -> String {
    unit_after(&field.name, field.unit.as_deref())
}

fn unit_after(name: &str, unit: Option<&str>) -> String {
    match unit.map(str::trim) {
        Some(unit) if !unit.is_empty() => format!("{name} ({unit})"),
        _ => name.to_owned(),
    }
}
