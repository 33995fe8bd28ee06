use analyst::trial::{run, table};
use analyst::types::Values;
use serde_json::{Value, json};
use statistics::step::{DAY, Step};

use super::*;

fn trend(parameters: Value, times: Vec<i64>, values: Values) -> Result<Value, String> {
    let mut parameters = parameters;
    parameters["field"] = json!("level");
    let (result, files) =
        run::<Run<task::Stage>>(&parameters, table(times, vec![("level", values)]))?;
    assert_eq!(files.len(), 2);
    Ok(result)
}

#[test]
fn a_slope_is_per_unit_of_time_and_an_outlier_turns_one_of_the_lines() {
    let times: Vec<i64> = (0..40).map(|i| Step::Months(12).after(0, i)).collect();
    let mut values: Vec<f64> = (0..40)
        .map(|i| 2.0 * f64::from(i) + f64::from(i * 7 % 5) / 10.0)
        .collect();
    values[39] = 500.0;
    values[7] = f64::NAN;
    let result = trend(json!({}), times.clone(), Values::Numbers(values.clone())).expect("done");
    assert_eq!(
        (&result["per"], &result["missing"]),
        (&json!("year"), &json!(1))
    );
    let slope = |result: &Value, which: &str| result[which]["slope"].as_f64().expect("a slope");
    assert!((slope(&result, "theil_sen") - 2.0).abs() < 0.01, "{result}");
    assert!(slope(&result, "linear") > 3.0, "{result}");
    assert!(result["mann_kendall"]["p"].as_f64() < Some(1e-6));
    let daily = trend(json!({"per": "day"}), times, Values::Numbers(values)).expect("done");
    assert!((slope(&daily, "theil_sen") * 365.2425 - slope(&result, "theil_sen")).abs() < 1e-4);
}

#[test]
fn many_points_are_averaged_when_asked() {
    let times: Vec<i64> = (0..6000).map(|i| i * DAY / 4).collect();
    let values: Vec<f64> = (0..6000)
        .map(|i| f64::from(i % 4) + f64::from(i) / 1000.0)
        .collect();
    let refused =
        trend(json!({}), times.clone(), Values::Numbers(values.clone())).expect_err("many");
    assert!(
        refused.contains("6000 steps") && refused.contains("`every`"),
        "{refused}"
    );
    let result = trend(json!({"every": "1d"}), times, Values::Numbers(values)).expect("done");
    assert_eq!(result["points"], 1500);
}

#[test]
fn what_has_no_trend_is_refused_with_a_reason() {
    let times = |count: i64| (0..count).collect::<Vec<i64>>();
    for (times, values, reason) in [
        (times(0), Values::Numbers(vec![]), "no points"),
        (times(1), Values::Numbers(vec![1.0]), "only one value"),
        (times(5), Values::Numbers(vec![f64::NAN; 5]), "All 5 values"),
        (times(5), Values::Numbers(vec![4.0; 5]), "constant"),
        (
            vec![3; 5],
            Values::Numbers(vec![1.0, 2.0, 3.0, 4.0, 5.0]),
            "the same time",
        ),
        (times(2), Values::Booleans(vec![1, 0]), "no numbers"),
    ] {
        let why = trend(json!({}), times, values).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}
