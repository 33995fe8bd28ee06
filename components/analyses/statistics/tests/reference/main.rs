//! The methods against the figures of other implementations, see README.md here.

mod ets;
mod mstl;
mod others;
mod summary;

use serde_json::Value;

/// A table of this folder.
#[track_caller]
fn table(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    serde_json::from_str(&text).expect(&path)
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[track_caller]
fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(number)
        .collect()
}

/// Whether a figure is that of the table, to a share of its size; what is smaller than 1e-12 is nought.
#[track_caller]
fn must_be(what: &str, ours: f64, theirs: f64, tolerance: f64) {
    let error = (ours - theirs).abs();
    assert!(
        error <= tolerance * theirs.abs() + 1e-12,
        "{what}: {ours}, and {theirs} elsewhere"
    );
}

#[track_caller]
fn all_must_be(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (position, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        must_be(&format!("{what}[{position}]"), *ours, *theirs, tolerance);
    }
}
