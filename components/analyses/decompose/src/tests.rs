use analyst::trial::{run, table};
use analyst::types::{File, Values};
use serde_json::{Value, json};
use statistics::step::DAY;

use super::*;

fn decomposed(
    parameters: Value,
    times: Vec<i64>,
    values: Values,
) -> Result<(Value, Vec<File>), String> {
    let mut parameters = parameters;
    parameters["field"] = json!("level");
    run::<Run<task::Stage>>(&parameters, table(times, vec![("level", values)]))
}

/// Hours with a day and a week in them.
fn hours(count: usize) -> (Vec<i64>, Vec<f64>) {
    let value = |i: usize| {
        let day = (i as f64 / 24.0 * std::f64::consts::TAU).sin() * 5.0;
        let week = if i % 168 > 120 { 4.0 } else { 0.0 };
        day + week + i as f64 / 100.0 + ((i * 7919) % 17) as f64 / 17.0
    };
    let times = (0..count as i64).map(|i| i * DAY / 24).collect();
    (times, (0..count).map(value).collect())
}

#[test]
fn both_seasons_are_found_and_all_parts_add_up() {
    let (times, mut values) = hours(24 * 7 * 5);
    values[100] = f64::NAN;
    let (result, files) =
        decomposed(json!({}), times, Values::Numbers(values.clone())).expect("done");
    let periods: Vec<&Value> = result["seasons"]
        .as_array()
        .expect("seasons")
        .iter()
        .map(|s| &s["steps"])
        .collect();
    assert_eq!(periods, [24, 168]);
    assert_eq!(
        (&result["filled"], &result["method"]),
        (&json!(1), &json!("mstl"))
    );
    assert!(
        result["seasons"][0]["strength"].as_f64() > Some(0.9),
        "{result}"
    );
    assert!(result["trend"]["strength"].as_f64() > Some(0.8), "{result}");
    let csv = String::from_utf8(files[2].bytes.clone()).expect("UTF-8");
    assert_eq!(
        csv.lines().next(),
        Some("time,value,trend,season_24,season_168,rest")
    );
    for (line, value) in csv.lines().skip(1).zip(&values) {
        let cells: Vec<&str> = line.split(',').collect();
        let sum: f64 = cells[2..]
            .iter()
            .map(|cell| cell.parse::<f64>().expect("a number"))
            .sum();
        assert!(
            value.is_nan() && cells[1].is_empty() || (sum - value).abs() < 1e-3,
            "{line}"
        );
    }
}

#[test]
fn extreme_magnitudes_are_taken_apart_like_others() {
    let (times, values) = hours(24 * 14);
    let of = |unit: f64| {
        let values = values.iter().map(|value| value * unit).collect();
        let parameters = json!({"width": 300, "height": 200, "seasons": 24});
        decomposed(parameters, times.clone(), Values::Numbers(values))
            .expect("done")
            .0
    };
    let usual = of(1.0);
    for unit in [1e-310, 1e300, 1e307] {
        let result = of(unit);
        assert_eq!(
            result["seasons"][0]["strength"],
            usual["seasons"][0]["strength"]
        );
        for (part, figure) in [("trend", "last"), ("rest", "sd")] {
            let at = |result: &Value| result[part][figure].as_f64().expect("a number");
            assert!(
                (at(&result) / unit / at(&usual) - 1.0).abs() < 1e-4,
                "{unit} {result}"
            );
        }
    }
}

#[test]
fn values_of_one_time_are_averaged_with_a_note() {
    let (times, values) = hours(24 * 14);
    let times = times.into_iter().flat_map(|time| [time, time]).collect();
    let values = values
        .into_iter()
        .flat_map(|value| [value - 1.0, value + 1.0])
        .collect();
    let (result, _) =
        decomposed(json!({"seasons": 24}), times, Values::Numbers(values)).expect("done");
    assert!(
        result["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("672 of 672")),
        "{result}"
    );
}

#[test]
fn what_cannot_be_taken_apart_is_refused_with_a_reason() {
    let (times, values) = hours(40);
    let days: Vec<i64> = (0..40).map(|i| i * DAY).collect();
    for (parameters, times, values, reason) in [
        (json!({}), vec![], Values::Numbers(vec![]), "no points"),
        (
            json!({}),
            vec![0],
            Values::Numbers(vec![1.0]),
            "only one value",
        ),
        (
            json!({}),
            vec![0, 1],
            Values::Numbers(vec![f64::NAN; 2]),
            "All 2 values",
        ),
        (
            json!({}),
            times.clone(),
            Values::Numbers(vec![1.0; 40]),
            "constant",
        ),
        (
            json!({}),
            times.clone(),
            Values::Numbers(values.clone()),
            "season of 24 steps",
        ),
        (
            json!({"seasons": [5, 30]}),
            times.clone(),
            Values::Numbers(values.clone()),
            "season of 30 steps",
        ),
        (
            json!({}),
            days,
            Values::Numbers((0..40).map(f64::from).collect()),
            "no season",
        ),
        (
            json!({}),
            vec![0, 1],
            Values::Booleans(vec![0, 1]),
            "no numbers",
        ),
    ] {
        let why = decomposed(parameters, times, values).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}
