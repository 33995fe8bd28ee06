use analyst::trial::{run, table};
use analyst::types::Values;
use serde_json::{Value, json};
use statistics::step::{DAY, Step};

use super::*;

fn marked(parameters: Value, times: Vec<i64>, values: Values) -> Result<Value, String> {
    let mut parameters = parameters;
    parameters["field"] = json!("level");
    let (result, files) =
        run::<Run<task::Stage>>(&parameters, table(times, vec![("level", values)]))?;
    assert_eq!(files.len(), 3);
    Ok(result)
}

fn months(count: i64) -> (Vec<i64>, Vec<f64>) {
    let value = |i: i64| {
        (i as f64 / 12.0 * std::f64::consts::TAU).sin() * 10.0 + ((i * 7919) % 13) as f64 / 13.0
    };
    (
        (0..count).map(|i| Step::Months(1).after(0, i)).collect(),
        (0..count).map(value).collect(),
    )
}

#[test]
fn a_value_usual_in_summer_is_an_outlier_in_winter() {
    let (times, mut values) = months(120);
    values[57] = 9.0;
    let found = |result: &Value| -> Vec<String> {
        let rows = result["outliers"].as_array().expect("rows");
        rows.iter()
            .map(|row| row["time"].as_str().expect("a time").to_owned())
            .collect()
    };
    let result = marked(json!({}), times.clone(), Values::Numbers(values.clone())).expect("done");
    assert_eq!(
        (&result["method"], &result["season"]),
        (&json!("seasonal"), &json!(12))
    );
    assert_eq!(found(&result), ["1974-10-01T00:00:00Z"]);
    let result = marked(
        json!({"method": "mad"}),
        times.clone(),
        Values::Numbers(values.clone()),
    )
    .expect("done");
    assert_eq!(
        (&result["method"], &result["count"]),
        (&json!("mad"), &json!(0))
    );
    values[3] = 99.0;
    let result = marked(json!({"season": 1}), times, Values::Numbers(values)).expect("done");
    assert_eq!(found(&result), ["1970-04-01T00:00:00Z"]);
}

#[test]
fn what_has_no_outliers_to_look_for_is_refused_with_a_reason() {
    let days = |count: i64| (0..count).map(|i| i * DAY).collect::<Vec<i64>>();
    let (_, some) = months(20);
    for (parameters, times, values, reason) in [
        (json!({}), vec![], Values::Numbers(vec![]), "no points"),
        (
            json!({}),
            days(1),
            Values::Numbers(vec![1.0]),
            "only one value",
        ),
        (
            json!({}),
            days(3),
            Values::Numbers(vec![f64::NAN; 3]),
            "All 3 values",
        ),
        (
            json!({}),
            days(9),
            Values::Numbers(vec![4.0; 9]),
            "constant",
        ),
        (
            json!({"method": "seasonal", "season": 11}),
            days(20),
            Values::Numbers(some.clone()),
            "season of 11 steps",
        ),
        (
            json!({"method": "seasonal"}),
            days(10),
            Values::Numbers(some[..10].to_vec()),
            "no season",
        ),
        (
            json!({}),
            days(2),
            Values::Booleans(vec![1, 0]),
            "no numbers",
        ),
    ] {
        let why = marked(parameters, times, values).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}
