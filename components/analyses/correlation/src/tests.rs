use analyst::trial::{run, table};
use analyst::types::{FieldType, Values};
use serde_json::{Value, json};
use statistics::step::DAY;

use super::*;

const NAN: f64 = f64::NAN;

fn correlated(parameters: Value, columns: &[(&str, Vec<f64>)]) -> Result<Value, String> {
    let times = (0..columns[0].1.len() as i64).map(|i| i * DAY).collect();
    let columns = columns
        .iter()
        .map(|(name, values)| (*name, Values::Numbers(values.clone())));
    let (result, files) = run::<Run<task::Stage>>(&parameters, table(times, columns.collect()))?;
    assert_eq!(files.len(), 3);
    Ok(result)
}

fn wave(count: usize, delay: usize) -> Vec<f64> {
    let value = |i: usize| {
        (((i + 100 - delay) * 7919) % 101) as f64 + ((i + 100 - delay) as f64 / 5.0).sin() * 80.0
    };
    (0..count).map(value).collect()
}

#[test]
fn a_delay_is_found() {
    let columns = [("one", wave(200, 0)), ("two", wave(200, 4))];
    let parameters = json!({"fields": ["one", "two"], "lags": 10});
    let result = correlated(parameters, &columns).expect("done");
    let pair = &result["pairs"][0];
    assert_eq!(pair["best_lag"], json!({"lag": 4, "r": 1.0}));
    assert_eq!(pair["lags"].as_array().map(Vec::len), Some(21));
    assert!(pair["effective_count"].as_f64() < pair["count"].as_f64());
}

#[test]
fn missing_values_leave_out_their_pairs_alone() {
    let columns = [
        ("one", vec![1.0, 2.0, NAN, 4.0, 5.0, 7.0]),
        ("two", vec![2.0, 4.0, 1.0, 8.0, 10.0, 14.0]),
        ("three", vec![5.0, NAN, 3.0, 2.0, 2.5, 0.0]),
    ];
    let parameters = json!({"fields": ["one", "two", "three"], "method": "spearman"});
    let result = correlated(parameters, &columns).expect("done");
    assert_eq!(result["pairs"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&result["pairs"][0]["count"], &result["pairs"][0]["r"]),
        (&json!(5), &json!(1.0))
    );
    assert_eq!(result["matrix"][0][2], result["matrix"][2][0]);
    assert_eq!(result["matrix"][1][1], 1.0);
}

#[test]
fn extreme_magnitudes_are_correlated_like_others() {
    let (one, two) = (wave(60, 0), wave(60, 3));
    for method in ["pearson", "spearman"] {
        let of = |units: [f64; 2]| {
            let scaled =
                |values: &[f64], unit: f64| values.iter().map(|value| value * unit).collect();
            let columns = [
                ("one", scaled(&one, units[0])),
                ("two", scaled(&two, units[1])),
            ];
            let parameters = json!({"fields": ["one", "two"], "method": method, "lags": 4});
            correlated(parameters, &columns).expect("done")["pairs"].clone()
        };
        let usual = of([1.0, 1.0]);
        for units in [[1e-310, 1e300], [1e305, 1e305], [1e-200, 1e-200]] {
            let pairs = of(units);
            for figure in ["r", "p", "low_95", "effective_count"] {
                let at = |pairs: &Value| pairs[0][figure].as_f64().expect("a number");
                assert!(
                    (at(&pairs) - at(&usual)).abs() < 1e-5,
                    "{units:?} {figure}: {pairs}"
                );
            }
        }
    }
}

#[test]
fn what_cannot_be_correlated_is_refused_with_a_reason() {
    let good = || vec![1.0, 3.0, 2.0, 5.0];
    for (other, reason) in [
        (vec![], "no points"),
        (vec![1.0], "only one value"),
        (vec![NAN; 4], "All 4 values"),
        (vec![2.0; 4], "`two`: The series is constant"),
        (vec![1.0, 2.0, 3.0, NAN], "only 3 values"),
    ] {
        let one = good().into_iter().take(other.len()).collect();
        let columns = [("two", other), ("one", one)];
        let why = correlated(json!({"fields": ["two", "one"]}), &columns).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
    let apart = [
        ("one", vec![1.0, 2.0, 3.0, 4.0, NAN, NAN, NAN, NAN]),
        ("two", vec![NAN, NAN, NAN, NAN, 1.0, 2.0, 3.0, 4.0]),
    ];
    let why = correlated(json!({"fields": ["one", "two"]}), &apart).expect_err("no pairs");
    assert!(why.contains("where both have values"), "{why}");
    let text = vec![Field {
        name: "sky".into(),
        type_: FieldType::Text,
        unit: None,
    }];
    let faults = Correlation::select(json!({"fields": ["sky", "level"]}).to_string(), text);
    assert!(faults.is_err_and(|faults| faults.len() == 2));
}
