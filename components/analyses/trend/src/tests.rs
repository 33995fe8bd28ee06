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
fn extreme_magnitudes_have_the_trend_of_others_or_are_refused() {
    let times: Vec<i64> = (0..40).map(|i| Step::Months(12).after(0, i)).collect();
    let shape: Vec<f64> = (0..40)
        .map(|i| 2.0 * f64::from(i) + f64::from(i * 7 % 5))
        .collect();
    let of = |values: Vec<f64>| trend(json!({}), times.clone(), Values::Numbers(values));
    let usual = of(shape.clone()).expect("done");
    for unit in [1e-310, 1e-200, 1e200, 1e300, 2e306] {
        let result = of(shape.iter().map(|value| value * unit).collect()).expect("done");
        for (part, figure, power) in [
            ("linear", "slope", unit),
            ("linear", "intercept", unit),
            ("linear", "r2", 1.0),
            ("linear", "p", 1.0),
            ("theil_sen", "slope", unit),
            ("mann_kendall", "hamed_rao_p", 1.0),
        ] {
            let (found, expected) = (&result[part][figure], &usual[part][figure]);
            let quotient = found.as_f64().expect(figure) / power / expected.as_f64().expect(figure);
            assert!(
                (quotient - 1.0).abs() < 1e-4,
                "{unit} {part} {figure}: {found} {expected}"
            );
        }
    }
    let steep: Vec<f64> = (0..40)
        .map(|i| if i < 20 { -1.7e308 } else { 1.7e308 })
        .collect();
    let days = (0..40).map(|i| i * DAY).collect();
    let steep = trend(json!({"per": "year"}), days, Values::Numbers(steep));
    let tiny = of((0..40).map(|i| f64::from(i) * 5e-324).collect());
    for refused in [steep, tiny] {
        let why = refused.expect_err("out of range");
        assert!(why.contains("outside the range"), "{why}");
    }
    let exact = of((0..40).map(|i| 3.0 * f64::from(i)).collect()).expect("done");
    assert!(exact["mann_kendall"]["p"].as_f64() < Some(1e-6), "{exact}");
}

#[test]
fn points_of_one_time_are_averaged_with_a_note() {
    let times: Vec<i64> = (0..40).map(|i| i / 2 * DAY).collect();
    let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 7)).collect();
    let result = trend(json!({}), times, Values::Numbers(values)).expect("done");
    assert_eq!(result["points"], 20);
    assert!(
        result["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("40 of 40")),
        "{result}"
    );
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
