//! A run of the analysis, in steps.

use analyst::types::{Field, File, Outcome, Progress, Report, Request, Table};
use drawing::scene::Scene;
use drawing::{compose, png, svg};

use crate::figure::figure;
use crate::params::Params;

/// The fields whose columns the parameters call for.
///
/// # Errors
/// Every fault of the parameters, for a dataset with these fields.
pub fn select(parameters: &str, fields: &[Field]) -> Result<Vec<String>, Vec<String>> {
    Params::parse(parameters)?.columns(fields)
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
        let next = match std::mem::replace(&mut self.stage, ended) {
            Stage::Prepare(request, table) => prepare(&request, &table)
                .map(|drawing| (Stage::Draw(drawing), running(0.4, "drawing the SVG"))),
            Stage::Draw(drawing) => svg::draw(&drawing.scene).map(|svg| {
                (
                    Stage::Rasterise(drawing, svg),
                    running(0.6, "drawing the PNG"),
                )
            }),
            Stage::Rasterise(drawing, svg) => png::draw(&drawing.scene, drawing.scale).map(|png| {
                let files = vec![
                    file("plot.svg", "image/svg+xml", svg.into_bytes()),
                    file("plot.png", "image/png", png),
                ];
                (
                    Stage::Finish(drawing.result, files),
                    running(0.95, "handing over the files"),
                )
            }),
            Stage::Finish(result, files) => return Outcome::Done(Report { result, files }),
            Stage::Failed(reason) => Err(reason),
        };
        let (stage, outcome) =
            next.unwrap_or_else(|reason| (Stage::Failed(reason.clone()), Outcome::Failed(reason)));
        self.stage = stage;
        outcome
    }
}

fn running(fraction: f64, note: &str) -> Outcome {
    Outcome::Running(Progress {
        fraction,
        note: note.to_owned(),
        pause: 0,
        log: Vec::new(),
    })
}

fn file(name: &str, media_type: &str, bytes: Vec<u8>) -> File {
    File {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes,
    }
}

fn prepare(request: &Request, table: &Table) -> Result<Drawing, String> {
    let params = Params::parse(&request.parameters).map_err(|faults| faults.join(" "))?;
    let (figure, result) = figure(request, &params, table)?;
    Ok(Drawing {
        scene: compose(figure),
        scale: params.scale,
        result: result.to_string(),
    })
}
