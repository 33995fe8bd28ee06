//! Whole predictions: against the training framework's own numbers, and for what they promise.

use analyst::types::{Outcome, Report, Request, Table};
use analyst::{Guest, GuestTask};
use pssp::network::{MEMBRANE, Network, Running, STRUCTURE};
use pssp::sequence::Sequence;
use pssp::{Pssp, Task};
use serde_json::{Value, json};

/// What PyTorch says of fixed sequences, of every seventh residue; `training/export.py` wrote it.
const SAID: &str = include_str!("logits.json");

fn logits(weights: &[u8], sequence: &str) -> Vec<f32> {
    let network = Network::read(weights).expect("a network");
    let sequence = Sequence::parse(sequence).expect("a sequence");
    let mut running = Running::new(network, sequence.codes());
    loop {
        if let Some(logits) = running.step() {
            return logits;
        }
    }
}

#[test]
fn the_networks_say_what_the_training_framework_says() {
    let table: Value = serde_json::from_str(SAID).expect("a table");
    for row in table.as_array().expect("rows") {
        let sequence = row["sequence"].as_str().expect("a sequence");
        for (name, weights, outputs) in [("structure", STRUCTURE, 12), ("membrane", MEMBRANE, 5)] {
            let ours = logits(weights, sequence);
            let ours = ours.chunks(outputs).step_by(7).flatten();
            let theirs: Vec<f64> = row[name]
                .as_array()
                .expect("residues")
                .iter()
                .flat_map(|residue| residue.as_array().expect("numbers"))
                .map(|number| number.as_f64().expect("a number"))
                .collect();
            let mut compared = 0;
            for (ours, theirs) in ours.zip(&theirs) {
                let difference = (f64::from(*ours) - theirs).abs();
                assert!(
                    difference < 2e-3,
                    "{name} of {sequence}: {ours}, not {theirs}"
                );
                compared += 1;
            }
            assert_eq!(compared, theirs.len());
        }
    }
}

fn run(sequence: &str) -> Result<Report, String> {
    let request = Request {
        job: String::new(),
        parameters: json!({"sequence": sequence}).to_string(),
        dataset: String::new(),
        dataset_title: String::new(),
        dataset_version: 0,
    };
    let data = Table {
        times: Vec::new(),
        columns: Vec::new(),
    };
    let task: Task = GuestTask::new(request, data);
    let mut before = 0.0;
    loop {
        match task.step() {
            Outcome::Running(progress) => {
                assert!(progress.fraction >= before && progress.fraction < 1.0);
                before = progress.fraction;
            }
            Outcome::Done(report) => return Ok(report),
            Outcome::Failed(why) => return Err(why),
        }
    }
}

#[test]
fn every_line_has_a_letter_of_its_own_for_each_residue() {
    for sequence in ["M", "TESTTESTTEST", &"ACDEFGHIKLMNPQRSTVWYX".repeat(8)] {
        let report = run(sequence).expect("a prediction");
        let result: Value = serde_json::from_str(&report.result).expect("JSON");
        for (name, letters) in [
            ("sequence", "ACDEFGHIKLMNPQRSTVWYX"),
            ("ss3", "HEC"),
            ("ss8", "HGIEBTSL"),
            ("acc", "BME"),
            ("dis", "*."),
            ("tm2", "H_"),
            ("tm8", "HI_"),
        ] {
            let line = result[name].as_str().expect("a line");
            assert_eq!(line.len(), sequence.len(), "{name}");
            assert!(
                line.chars().all(|letter| letters.contains(letter)),
                "{name}: {line}"
            );
        }
        let helix = &result["probabilities"]["ss8"]["H"];
        assert_eq!(helix.as_array().map(Vec::len), Some(sequence.len()));
    }
}

#[test]
fn a_known_repeat_is_coil_and_a_known_membrane_protein_crosses_it() {
    let result = |sequence: &str| -> Value {
        serde_json::from_str(&run(sequence).expect("a prediction").result).expect("JSON")
    };
    assert_eq!(result("TESTTESTTEST")["ss3"], "CCCCCCCCCCCC");
    let table: Value = serde_json::from_str(SAID).expect("a table");
    let bacteriorhodopsin = table[4]["sequence"].as_str().expect("a sequence");
    let tm2 = result(bacteriorhodopsin)["tm2"]
        .as_str()
        .expect("a line")
        .to_owned();
    let helices = tm2.split('_').filter(|run| !run.is_empty()).count();
    assert!((6..=7).contains(&helices), "{tm2}");
    let ubiquitin = table[3]["sequence"].as_str().expect("a sequence");
    assert!(
        !result(ubiquitin)["tm2"]
            .as_str()
            .expect("a line")
            .contains('H')
    );
}

#[test]
fn the_same_sequence_gives_the_same_bytes() {
    let bytes = |report: Report| (report.result, report.files[0].bytes.clone());
    let sequence = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV";
    assert_eq!(
        bytes(run(sequence).expect("a prediction")),
        bytes(run(&sequence.to_lowercase()).expect("a prediction"))
    );
}

#[test]
fn what_is_no_protein_is_refused_with_the_reason() {
    for (wrong, culprit) in [("", "no letters"), ("  ", "no letters"), ("AC7", "'7'")] {
        let why = run(wrong).expect_err("a refusal");
        assert!(why.contains(culprit), "{why}");
        let parameters = json!({"sequence": wrong}).to_string();
        assert!(Pssp::select(parameters, Vec::new()).is_err());
    }
    assert!(
        run(&"A".repeat(10_001))
            .expect_err("a refusal")
            .contains("10001")
    );
}
