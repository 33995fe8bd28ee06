use analyst::trial::{run, table};
use analyst::types::Values;
use serde_json::{Value, json};

use super::*;

fn binned(parameters: Value, values: Values) -> Result<Value, String> {
    let times = (0..100).collect();
    let mut parameters = parameters;
    parameters["field"] = json!("level");
    let (result, files) =
        run::<Run<task::Stage>>(&parameters, table(times, vec![("level", values)]))?;
    assert_eq!(files.len(), 3);
    Ok(result)
}

#[test]
fn every_value_is_in_one_bin() {
    let values: Vec<f64> = (0..100)
        .map(|i| f64::from(i * i % 37))
        .chain([f64::NAN])
        .collect();
    for bins in [
        json!("freedman_diaconis"),
        json!("scott"),
        json!("sturges"),
        json!(1),
        json!(7),
    ] {
        let result = binned(json!({"bins": bins}), Values::Numbers(values.clone())).expect("done");
        let counts: u64 = result["counts"]
            .as_array()
            .expect("counts")
            .iter()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!((counts, &result["missing"]), (100, &json!(1)));
        let edges = result["edges"].as_array().expect("edges");
        assert_eq!(
            edges.len() as u64,
            result["bins"].as_u64().expect("a count") + 1
        );
        assert!(bins.is_string() || bins == result["bins"]);
    }
}

#[test]
fn extreme_magnitudes_are_counted_or_refused() {
    let shape: Vec<f64> = (0..100).map(|i| f64::from(i * i % 37)).collect();
    for unit in [1e-310, 1e300, 4e306] {
        for bins in [
            json!("freedman_diaconis"),
            json!("scott"),
            json!("sturges"),
            json!(7),
        ] {
            let of = |values| binned(json!({"bins": bins}), Values::Numbers(values)).expect("done");
            let usual = of(shape.clone());
            let result = of(shape.iter().map(|value| value * unit).collect());
            assert_eq!(result["counts"], usual["counts"], "{unit} {bins}");
            let ratio = result["edges"][1].as_f64().expect("an edge") / unit;
            assert!((ratio / usual["edges"][1].as_f64().expect("an edge") - 1.0).abs() < 1e-4);
        }
    }
    // Values between which there are but two floats.
    let close: Vec<f64> = (0..50)
        .map(|i| 1.0 + f64::from(i % 3) * f64::EPSILON)
        .collect();
    let result = binned(json!({}), Values::Numbers(close.clone())).expect("done");
    let counts = result["counts"].as_array().expect("counts").iter();
    assert_eq!(
        counts.filter_map(Value::as_u64).sum::<u64>(),
        50,
        "{result}"
    );
    let edges = result["edges"].as_array().expect("edges");
    assert_ne!(edges[0], edges[1]);
    for (bins, values) in [(json!(10), close), (json!(3), vec![-1.7e308, 1.0, 1.7e308])] {
        let why = binned(json!({"bins": bins}), Values::Numbers(values)).expect_err("refused");
        assert!(why.contains("too close"), "{why}");
    }
}

#[test]
fn what_has_no_histogram_is_refused_with_a_reason() {
    for (values, reason) in [
        (Values::Numbers(vec![]), "no points"),
        (Values::Numbers(vec![1.0]), "only one value"),
        (Values::Numbers(vec![f64::NAN; 3]), "All 3 values"),
        (Values::Numbers(vec![4.0; 3]), "every value is 4"),
        (Values::Booleans(vec![1, 0]), "no numbers"),
    ] {
        let why = binned(json!({}), values).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}
