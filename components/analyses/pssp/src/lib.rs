//! The analysis `pssp`: secondary structure, accessibility, disorder and membrane segments of a protein
//! from its sequence alone.
//!
//! Two convolutional [`network`]s, trained by `training/`, say for each residue how likely each class
//! is; [`prediction`] decides, with a Viterbi pass through a [`grammar`] for membrane segments;
//! [`picture`] draws a track for each property. The arithmetic is 32-bit floats in a fixed order, and
//! exponentials from `libm`, so the same sequence gives the same bytes everywhere.

pub mod grammar;
pub mod network;
pub mod picture;
pub mod prediction;
pub mod sequence;

use std::cell::RefCell;

use analyst::types::{Description, Field, File, Outcome, Progress, Report, Request, Table};
use analyst::{Guest, GuestTask};
use serde_json::Value;

use network::{MEMBRANE, Network, Running, STRUCTURE};
use prediction::Prediction;
use sequence::Sequence;

pub struct Pssp;

impl Guest for Pssp {
    type Task = Task;

    fn describe() -> Description {
        analyst::describe(include_str!("../description.json"))
    }

    fn select(parameters: String, _fields: Vec<Field>) -> Result<Vec<String>, Vec<String>> {
        sequence_of(&parameters)
            .map(|_| Vec::new())
            .map_err(|why| vec![why])
    }
}

fn sequence_of(parameters: &str) -> Result<Sequence, String> {
    let parameters: Value = serde_json::from_str(parameters).unwrap_or_default();
    let text = parameters.get("sequence").and_then(Value::as_str);
    Sequence::parse(text.ok_or("`sequence` is required: the letters of a protein.")?)
}

/// One prediction, in steps.
pub struct Task {
    stage: RefCell<Stage>,
}

enum Stage {
    Begin(Result<Sequence, String>),
    Structure(Sequence, Box<Running>),
    Membrane(Sequence, Vec<f32>, Box<Running>),
    Decide(Sequence, Vec<f32>, Vec<f32>),
    Ended,
}

impl GuestTask for Task {
    fn new(request: Request, _data: Table) -> Self {
        Self {
            stage: RefCell::new(Stage::Begin(sequence_of(&request.parameters))),
        }
    }

    /// A step is a layer of a network.
    fn step(&self) -> Outcome {
        let stage = self.stage.replace(Stage::Ended);
        match advance(stage) {
            Ok((next, progress)) => {
                self.stage.replace(next);
                Outcome::Running(progress)
            }
            Err(outcome) => outcome,
        }
    }
}

fn advance(stage: Stage) -> Result<(Stage, Progress), Outcome> {
    match stage {
        Stage::Begin(Err(why)) => Err(Outcome::Failed(why)),
        Stage::Begin(Ok(sequence)) => {
            let running = begin(STRUCTURE, &sequence)?;
            let log = vec![format!("{} residues", sequence.len())];
            Ok((
                Stage::Structure(sequence, running),
                progress(0.02, "secondary structure", log),
            ))
        }
        Stage::Structure(sequence, mut running) => {
            let fraction = running.fraction();
            match running.step() {
                None => Ok((
                    Stage::Structure(sequence, running),
                    progress(0.02 + 0.73 * fraction, "secondary structure", Vec::new()),
                )),
                Some(logits) => {
                    let running = begin(MEMBRANE, &sequence)?;
                    Ok((
                        Stage::Membrane(sequence, logits, running),
                        progress(0.75, "membrane segments", Vec::new()),
                    ))
                }
            }
        }
        Stage::Membrane(sequence, structure, mut running) => {
            let fraction = running.fraction();
            match running.step() {
                None => Ok((
                    Stage::Membrane(sequence, structure, running),
                    progress(0.75 + 0.2 * fraction, "membrane segments", Vec::new()),
                )),
                Some(logits) => Ok((
                    Stage::Decide(sequence, structure, logits),
                    progress(0.95, "drawing", Vec::new()),
                )),
            }
        }
        Stage::Decide(sequence, structure, membrane) => {
            let prediction = Prediction::new(&sequence, &structure, &membrane);
            Err(Outcome::Done(report(&prediction)))
        }
        Stage::Ended => Err(Outcome::Failed("The prediction has ended already.".into())),
    }
}

fn begin(weights: &[u8], sequence: &Sequence) -> Result<Box<Running>, Outcome> {
    let network = Network::read(weights)
        .ok_or_else(|| Outcome::Failed("The weights of a network cannot be read.".into()))?;
    Ok(Box::new(Running::new(network, sequence.codes())))
}

fn progress(fraction: f64, note: &str, log: Vec<String>) -> Progress {
    Progress {
        fraction,
        note: note.to_owned(),
        pause: 0,
        log,
    }
}

fn report(prediction: &Prediction) -> Report {
    Report {
        result: prediction.to_json().to_string(),
        files: vec![File {
            name: "tracks.svg".to_owned(),
            media_type: "image/svg+xml".to_owned(),
            bytes: picture::draw(prediction).into_bytes(),
        }],
    }
}

#[cfg(target_arch = "wasm32")]
analyst::export!(Pssp);
