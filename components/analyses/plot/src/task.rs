//! A run of the analysis, in steps.

use crate::data::{Data, missing};
use crate::figure;
use crate::input::{Field, Request, Table};
use crate::params::{Across, Params};
use crate::scene::Scene;
use crate::{png, svg};
use serde_json::{Map, Value, json};

/// The fields whose columns the parameters call for.
///
/// # Errors
/// Every fault of the parameters, for a dataset with these fields.
pub fn select(parameters: &str, fields: &[Field]) -> Result<Vec<String>, Vec<String>> {
    Params::parse(parameters)?.columns(fields)
}

/// A result file.
#[derive(Clone, Debug)]
pub struct File {
    pub name: &'static str,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// One step's outcome; see `outcome` in `wit/analysis.wit`.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Fraction done, and what comes next.
    Running(f64, &'static str),
    /// The result, a JSON object, and the files.
    Done(String, Vec<File>),
    /// A reason for the user.
    Failed(String),
}

/// The run: what is left to do, and what has been done.
pub struct Task {
    stage: Stage,
}

enum Stage {
    Prepare(Request, Table),
    Draw(Drawing),
    Rasterise(Drawing, String),
    Finish(String, Vec<File>),
    Failed(String),
}

struct Drawing {
    scene: Scene,
    scale: f32,
    result: String,
}

impl Task {
    pub fn new(request: Request, table: Table) -> Self {
        Self {
            stage: Stage::Prepare(request, table),
        }
    }

    /// Does the next part of the work. After the end it fails: the files have been handed out.
    pub fn step(&mut self) -> Outcome {
        let ended = Stage::Failed("The plot is already finished.".into());
        let (stage, outcome) = match std::mem::replace(&mut self.stage, ended) {
            Stage::Prepare(request, table) => match prepare(&request, &table) {
                Ok(drawing) => (
                    Stage::Draw(drawing),
                    Outcome::Running(0.4, "drawing the SVG"),
                ),
                Err(reason) => (Stage::Failed(reason.clone()), Outcome::Failed(reason)),
            },
            Stage::Draw(drawing) => match svg::draw(&drawing.scene) {
                Ok(svg) => (
                    Stage::Rasterise(drawing, svg),
                    Outcome::Running(0.6, "drawing the PNG"),
                ),
                Err(reason) => (Stage::Failed(reason.clone()), Outcome::Failed(reason)),
            },
            Stage::Rasterise(drawing, svg) => match png::draw(&drawing.scene, drawing.scale) {
                Ok(png) => {
                    let file = |name, media_type, bytes| File {
                        name,
                        media_type,
                        bytes,
                    };
                    let files = vec![
                        file("plot.svg", "image/svg+xml", svg.into_bytes()),
                        file("plot.png", "image/png", png),
                    ];
                    let stage = Stage::Finish(drawing.result, files);
                    (stage, Outcome::Running(0.95, "handing over the files"))
                }
                Err(reason) => (Stage::Failed(reason.clone()), Outcome::Failed(reason)),
            },
            Stage::Finish(result, files) => return Outcome::Done(result, files),
            Stage::Failed(reason) => (Stage::Failed(reason.clone()), Outcome::Failed(reason)),
        };
        self.stage = stage;
        outcome
    }
}

fn prepare(request: &Request, table: &Table) -> Result<Drawing, String> {
    let params = Params::parse(&request.parameters).map_err(|faults| faults.join(" "))?;
    let data = Data::new(table, &params)?;
    let scene = figure::compose(request, &params, &data);
    Ok(Drawing {
        scene,
        scale: params.scale,
        result: result(&params, table, &data).to_string(),
    })
}

/// The job's result: what was drawn, from how many points, over which range.
fn result(params: &Params, table: &Table, data: &Data) -> Value {
    let x = match &params.x {
        Across::Time => "time",
        Across::Field(name) => name,
    };
    let across = match &params.x {
        Across::Time => {
            let (from, to) = data.across_words();
            json!([from, to])
        }
        Across::Field(_) => json!([data.across.0, data.across.1]),
    };
    let absent: Map<String, Value> = table
        .columns
        .iter()
        .map(|column| (column.field.name.clone(), json!(missing(column))))
        .collect();
    let drawn: Map<String, Value> = data
        .series
        .iter()
        .map(|series| {
            let (low, high) = series.range;
            // A field without values has no range: JSON has no infinity.
            let range = if series.points > 0 {
                json!([low, high])
            } else {
                Value::Null
            };
            (series.column.field.name.clone(), range)
        })
        .collect();
    json!({
        "kind": params.kind.name(),
        "x": x,
        "y": params.y,
        "points": table.times.len(),
        "missing": absent,
        "range": { "x": across, "y": drawn },
        "width": params.width,
        "height": params.height,
        "scale": params.scale,
    })
}
