//! One module for each way to draw: from the columns to a panel.

mod bar;
mod boxes;
mod bubbles;
mod grouped;
mod heat_map;
mod histogram;
mod series;

use drawing::{Entry, Panel, Swatch};
use serde_json::{Map, Value, json};

use crate::columns::{Input, missing, name_among};
use crate::params::Kind;

/// A panel, and what the job's result says of it.
pub struct Drawn<'a> {
    pub panel: Panel<'a>,
    pub figures: Map<String, Value>,
    /// For those who do not see the picture: a sentence.
    pub description: String,
}

/// Draws the panel of one kind.
///
/// # Errors
/// A reason for the user why there is nothing to draw.
pub fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let mut drawn = match input.params.kind {
        Kind::Scatter if input.params.size.is_some() || input.params.colour.is_some() => {
            bubbles::draw(input)
        }
        Kind::Line | Kind::Scatter | Kind::Area => series::draw(input),
        Kind::Bar => bar::draw(input),
        Kind::Histogram => histogram::draw(input),
        Kind::Box => boxes::draw(input),
        Kind::HeatMap => heat_map::draw(input),
    }?;
    let mut absent = Map::new();
    for name in &input.params.y {
        absent.insert(name.clone(), json!(missing(input.numbers(name)?)));
    }
    drawn
        .figures
        .insert("kind".to_owned(), json!(input.params.kind.name()));
    drawn.figures.insert("y".to_owned(), json!(input.params.y));
    drawn
        .figures
        .insert("missing".to_owned(), Value::Object(absent));
    Ok(drawn)
}

/// The legend of blocks of colour, one for each field.
fn blocks(input: &Input, alpha: f64) -> Result<Vec<Entry>, String> {
    if !input.has_legend() {
        return Ok(Vec::new());
    }
    let fields = input.fields()?;
    let entry = |(at, field): (usize, &&analyst::types::Field)| Entry {
        name: name_among(field, &fields),
        swatch: Swatch::Block(input.params.style(at).colour(input.theme, at), alpha),
    };
    Ok(fields.iter().enumerate().map(entry).collect())
}

/// Why there is nothing to draw of these fields.
fn all_missing(names: &[&String], rows: usize, is_log: bool) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let why = if is_log {
        "missing, or not above 0 as a logarithmic axis needs"
    } else {
        "missing"
    };
    format!(
        "There is nothing to draw: in each of the {rows} points of this range, {} is {why}.",
        names.join(" or ")
    )
}
