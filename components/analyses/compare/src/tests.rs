use analyst::trial::{run, table};
use analyst::types::Values;
use serde_json::{Value, json};
use statistics::step::DAY;

use super::*;

const NAN: f64 = f64::NAN;

fn compared(parameters: Value, one: Vec<f64>, two: Vec<f64>) -> Result<Value, String> {
    let times = (0..one.len() as i64).map(|i| i * DAY).collect();
    let mut parameters = parameters;
    parameters["field"] = json!("one");
    let columns = vec![("one", Values::Numbers(one)), ("two", Values::Numbers(two))];
    let (result, files) = run::<Run<task::Stage>>(&parameters, table(times, columns))?;
    assert_eq!(files.len(), 2);
    Ok(result)
}

#[test]
fn two_fields_are_compared_as_sets_and_as_pairs() {
    let one = vec![1.0, 4.0, 2.0, NAN, 3.0, 6.0];
    let two = vec![1.5, 4.6, 2.4, 9.0, 3.5, NAN];
    let result = compared(json!({"other": "two"}), one, two).expect("done");
    assert_eq!(
        (&result["first"]["count"], &result["second"]["count"]),
        (&json!(5), &json!(5))
    );
    assert_eq!(result["welch"]["difference"], 1.0);
    assert_eq!(result["paired"]["difference"], 0.5);
    assert!(result["paired"]["p"].as_f64() < Some(0.01), "{result}");
    assert!(result["welch"]["p"].as_f64() > Some(0.3), "{result}");
    assert_eq!(result["mann_whitney"]["is_exact"], true);
}

#[test]
fn two_periods_of_a_field_are_compared() {
    let one: Vec<f64> = (0..20)
        .map(|i| f64::from(i % 5) + if i < 10 { 0.0 } else { 30.0 })
        .collect();
    let first = json!({"start": "1970-01-01", "end": "1970-01-11"});
    let second = json!({"start": "1970-01-11T00:00:00Z", "end": "1971"});
    let result = compared(
        json!({"first": first, "second": second}),
        one,
        vec![0.0; 20],
    )
    .expect("done");
    assert_eq!(result["welch"]["difference"], 30.0);
    assert_eq!(result["paired"], Value::Null);
    assert_eq!(result["kolmogorov_smirnov"]["d"], 1.0);
    assert_eq!(result["mann_whitney"]["superiority"], 1.0);
}

#[test]
fn extreme_magnitudes_are_compared_like_others_or_refused() {
    let one = [1.0, 4.0, 2.0, 5.0, 3.0, 6.0];
    let two = [1.5, 4.6, 2.4, 9.0, 3.5, 5.0];
    let of = |unit: f64| {
        let scaled = |values: [f64; 6]| values.map(|value| value * unit).to_vec();
        compared(json!({"other": "two"}), scaled(one), scaled(two)).expect("done")
    };
    let usual = of(1.0);
    for unit in [1e-310, 1e-200, 1e200, 1e307] {
        let result = of(unit);
        for (part, figure, power) in [
            ("welch", "difference", unit),
            ("welch", "t", 1.0),
            ("welch", "df", 1.0),
            ("welch", "p", 1.0),
            ("paired", "t", 1.0),
            ("first", "sd", unit),
            ("mann_whitney", "p", 1.0),
        ] {
            let at = |result: &Value| result[part][figure].as_f64().expect("a number");
            assert!(
                (at(&result) / power / at(&usual) - 1.0).abs() < 1e-4,
                "{unit} {part} {figure}: {result}"
            );
        }
        let g = |result: &Value| result["hedges_g"].as_f64().expect("a number");
        assert!((g(&result) - g(&usual)).abs() < 1e-4, "{unit}");
    }
    let far = |sign: f64| vec![sign * 1.7e308, sign * 1.6e308, sign * 1.5e308];
    let why = compared(json!({"other": "two"}), far(1.0), far(-1.0)).expect_err("out of range");
    assert!(why.contains("outside the range"), "{why}");
    let shifted = compared(
        json!({"other": "two"}),
        vec![1.0, 2.0, 4.0],
        vec![2.0, 3.0, 5.0],
    )
    .expect("done");
    assert_eq!(shifted["paired"]["t"], Value::Null);
    assert!(
        shifted["notes"].to_string().contains("the same"),
        "{shifted}"
    );
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_reason() {
    let period = |start: &str, end: &str| json!({"start": start, "end": end});
    let good = || vec![1.0, 2.0, 4.0, 3.0];
    for (parameters, one, two, reason) in [
        (json!({"other": "two"}), vec![], vec![], "no points"),
        (
            json!({"other": "two"}),
            vec![1.0],
            vec![1.0],
            "only one value",
        ),
        (
            json!({"other": "two"}),
            good(),
            vec![NAN; 4],
            "`two`: All 4 values",
        ),
        (
            json!({"other": "two"}),
            vec![5.0; 4],
            vec![5.0; 4],
            "constant",
        ),
        (
            json!({"other": "two"}),
            good(),
            vec![6.0; 4],
            "`two`: The series is constant: every value is 6",
        ),
        (json!({}), good(), good(), "either `other`"),
        (json!({"other": "one"}), good(), good(), "another field"),
        (
            json!({"first": period("1970", "1971"), "second": period("1980", "1981")}),
            good(),
            good(),
            "1980 to 1981",
        ),
        (
            json!({"first": period("1970", "soon"), "second": period("1980", "1981")}),
            good(),
            good(),
            "`soon` is no time",
        ),
        (
            json!({"first": period("1970", "1969"), "second": period("1980", "1981")}),
            good(),
            good(),
            "not after",
        ),
    ] {
        let why = compared(parameters, one, two).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}
