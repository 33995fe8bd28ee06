use analyst::trial::{run, table};
use analyst::types::Values;
use serde_json::{Value, json};
use statistics::step::DAY;

use super::*;

fn changes(parameters: Value, values: Values) -> Result<Value, String> {
    let count = match &values {
        Values::Numbers(numbers) => numbers.len() as i64,
        Values::Text(_) | Values::Booleans(_) => 2,
    };
    let times = (0..count).map(|i| i * DAY).collect();
    let mut parameters = parameters;
    parameters["field"] = json!("level");
    let (result, files) =
        run::<Run<task::Stage>>(&parameters, table(times, vec![("level", values)]))?;
    assert_eq!(files.len(), 3);
    Ok(result)
}

/// Something like noise, without a pattern of seven days.
fn noise(i: u32) -> f64 {
    f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0 - 0.5
}

#[test]
fn a_jump_is_found_where_it_is() {
    let values: Vec<f64> = (0..100)
        .map(|i| noise(i) + if i < 40 { 0.0 } else { 2.0 })
        .collect();
    let result = changes(json!({}), Values::Numbers(values.clone())).expect("done");
    assert_eq!(result["changes"], json!(["1970-02-10T00:00:00Z"]));
    let segments = result["segments"].as_array().expect("segments");
    assert_eq!(
        (&segments[0]["steps"], &segments[1]["steps"]),
        (&json!(40), &json!(60))
    );
    assert!((segments[1]["mean"].as_f64().expect("a mean") - 2.0).abs() < 0.2);
    let none = changes(json!({"penalty": 1000}), Values::Numbers(values)).expect("done");
    assert_eq!(none["changes"], json!([]));
}

#[test]
fn a_bend_is_a_change_of_the_line_and_a_season_is_none() {
    let bend = |i: u32| {
        if i < 60 {
            f64::from(i)
        } else {
            120.0 - f64::from(i)
        }
    };
    let values: Vec<f64> = (0..120).map(|i| bend(i) + noise(i)).collect();
    let result = changes(json!({"change": "line"}), Values::Numbers(values)).expect("done");
    assert_eq!(
        result["changes"].as_array().map(Vec::len),
        Some(1),
        "{result}"
    );
    assert!((result["segments"][1]["slope"].as_f64().expect("a slope") + 1.0).abs() < 0.05);
    let week = |i: u32| f64::from(i % 7) * 5.0;
    let values: Vec<f64> = (0..210).map(|i| week(i) + noise(i)).collect();
    let result = changes(json!({}), Values::Numbers(values)).expect("done");
    assert_eq!(
        (&result["season"], &result["changes"]),
        (&json!(7), &json!([]))
    );
}

#[test]
fn a_change_of_the_variance_alone_is_found_when_asked_for() {
    let values: Vec<f64> = (0..200)
        .map(|i| noise(i) * if i < 100 { 1.0 } else { 20.0 })
        .collect();
    let result = changes(
        json!({"change": "mean_variance", "season": 1}),
        Values::Numbers(values),
    )
    .expect("done");
    assert_eq!(
        result["changes"].as_array().map(Vec::len),
        Some(1),
        "{result}"
    );
}

#[test]
fn extreme_magnitudes_change_where_others_do() {
    let shape: Vec<f64> = (0..100)
        .map(|i| 7.0 + noise(i) + if i < 40 { 0.0 } else { 2.0 })
        .collect();
    for change in ["mean", "mean_variance", "line"] {
        let of = |unit: f64| {
            let values = shape.iter().map(|value| value * unit).collect();
            changes(
                json!({"change": change, "width": 300}),
                Values::Numbers(values),
            )
            .expect("done")
        };
        let usual = of(1.0);
        for unit in [1e-310, 1e-200, 1e200, 1e307] {
            let result = of(unit);
            assert_eq!(result["changes"], usual["changes"], "{unit}");
            for figure in ["mean", "sd"] {
                let at = |result: &Value| result["segments"][0][figure].as_f64().expect("a number");
                assert!(
                    (at(&result) / unit / at(&usual) - 1.0).abs() < 1e-4,
                    "{unit} {result}"
                );
            }
        }
    }
}

#[test]
fn rounding_errors_do_not_change() {
    let week = [10.1, 20.3, 30.7, 20.2, 10.9, 5.5, 3.3];
    let values: Vec<f64> = (0..140).map(|i| week[i % 7]).collect();
    for change in ["mean", "line", "mean_variance"] {
        let result =
            changes(json!({"change": change}), Values::Numbers(values.clone())).expect("done");
        assert_eq!(result["changes"], json!([]), "{change} {result}");
    }
}

#[test]
fn what_has_no_changes_to_look_for_is_refused_with_a_reason() {
    let some: Vec<f64> = (0..20).map(noise).collect();
    for (parameters, values, reason) in [
        (json!({}), Values::Numbers(vec![]), "no points"),
        (json!({}), Values::Numbers(vec![1.0]), "only one value"),
        (
            json!({}),
            Values::Numbers(vec![f64::NAN; 3]),
            "All 3 values",
        ),
        (json!({}), Values::Numbers(vec![4.0; 30]), "constant"),
        (
            json!({}),
            Values::Numbers(some[..7].to_vec()),
            "at least 10",
        ),
        (
            json!({"season": 12}),
            Values::Numbers(some),
            "season of 12 steps",
        ),
        (json!({}), Values::Booleans(vec![1, 0]), "no numbers"),
    ] {
        let why = changes(parameters, values).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}
