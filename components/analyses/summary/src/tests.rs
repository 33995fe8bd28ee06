use analyst::trial::{run, table};
use analyst::types::{FieldType, TextValues, Values};
use serde_json::{Value, json};

use super::*;

const NAN: f64 = f64::NAN;

fn summed(parameters: Value, columns: Vec<(&str, Values)>) -> Result<(Value, String), String> {
    let points = match &columns[0].1 {
        Values::Numbers(numbers) => numbers.len(),
        Values::Booleans(values) => values.len(),
        Values::Text(text) => text.codes.len(),
    };
    let times = (0..points as i64).collect();
    let (result, files) = run::<Run<task::Stage>>(&parameters, table(times, columns))?;
    let csv = String::from_utf8(files[0].bytes.clone()).expect("UTF-8");
    Ok((result, csv))
}

#[test]
fn missing_values_are_counted_and_left_out() {
    let columns = vec![("level", Values::Numbers(vec![1.0, NAN, 2.0, 6.0]))];
    let (result, csv) = summed(json!({}), columns).expect("done");
    let level = &result["fields"]["level"];
    assert_eq!((&level["count"], &level["missing"]), (&json!(3), &json!(1)));
    assert_eq!(
        (&level["mean"], &level["median"]),
        (&json!(3.0), &json!(2.0))
    );
    assert_eq!(level["sd"], 2.64575);
    assert_eq!(
        csv.lines().nth(1).map(|line| &line[..12]),
        Some(",level,3,1,3")
    );
}

#[test]
fn groups_are_in_order_and_the_missing_last() {
    let words = TextValues {
        words: vec!["rain".into(), "fog, thick".into()],
        codes: vec![0, u32::MAX, 1, 0],
    };
    let columns = vec![
        ("level", Values::Numbers(vec![1.0, 5.0, NAN, 3.0])),
        ("sky", Values::Text(words)),
    ];
    let (result, csv) = summed(json!({"by": "sky"}), columns).expect("done");
    let groups = result["groups"].as_array().expect("groups");
    let names: Vec<&Value> = groups.iter().map(|group| &group["group"]).collect();
    assert_eq!(names, [&json!("fog, thick"), &json!("rain"), &Value::Null]);
    assert_eq!(groups[0]["fields"]["level"]["mean"], Value::Null);
    assert_eq!(groups[1]["fields"]["level"]["mean"], 2.0);
    assert!(csv.contains("\"fog, thick\",level,0,1,,"), "{csv}");
    let numbers = vec![
        ("level", Values::Numbers(vec![1.0, 2.0, 3.0])),
        ("n", Values::Numbers(vec![10.0, -2.0, 1.5])),
    ];
    let (result, _) = summed(json!({"by": "n", "fields": ["level"]}), numbers).expect("done");
    let names: Vec<&Value> = result["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| &g["group"])
        .collect();
    assert_eq!(names, [&json!(-2), &json!(1.5), &json!(10)]);
}

#[test]
fn a_constant_and_a_single_value_have_figures_and_a_note_on_those_that_they_lack() {
    for value in [5.0, 0.1, 1e-310, 1.7e308] {
        let columns = vec![
            ("b", Values::Numbers(vec![value; 4])),
            ("c", Values::Numbers(vec![NAN, value, NAN, NAN])),
        ];
        let (result, _) = summed(json!({}), columns).expect("done");
        let constant = &result["fields"]["b"];
        for figure in [
            "mean",
            "min",
            "lower_quartile",
            "median",
            "upper_quartile",
            "max",
        ] {
            assert_eq!(constant[figure], value, "{figure}");
            assert_eq!(result["fields"]["c"][figure], value, "{figure}");
        }
        assert_eq!(
            (&constant["sd"], &constant["count"]),
            (&json!(0.0), &json!(4))
        );
        assert_eq!(constant["skewness"], Value::Null);
        assert_eq!(result["fields"]["c"]["sd"], Value::Null);
        let notes = result["notes"].as_array().expect("notes");
        assert_eq!(notes.len(), 2, "{result}");
        assert!(
            notes[0]
                .as_str()
                .is_some_and(|note| note.contains("`b`: every value is the same"))
        );
        assert!(
            notes[1]
                .as_str()
                .is_some_and(|note| note.contains("`c`: there is one value"))
        );
    }
}

#[test]
fn extreme_magnitudes_have_figures_too() {
    for (unit, sd) in [
        (1e-310, 1.58114e-310),
        (1e300, 1.58114e300),
        (5e307, 7.90569e307),
        (1.0, 1.58114),
    ] {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| unit * (value - 2.0));
        let (result, _) =
            summed(json!({}), vec![("v", Values::Numbers(values.into()))]).expect("done");
        let figures = &result["fields"]["v"];
        let near = |name: &str, expected: f64| {
            let found = figures[name].as_f64().expect(name);
            assert!((found / expected - 1.0).abs() < 1e-5, "{name}: {figures}");
        };
        near("sd", sd);
        near("mean", unit);
        near("kurtosis", -1.2);
        assert_eq!(result["notes"], json!([]));
    }
    let far = vec![("v", Values::Numbers(vec![-1.7e308, 1.7e308]))];
    let (result, _) = summed(json!({}), far).expect("done");
    assert_eq!(
        (&result["fields"]["v"]["sd"], &result["fields"]["v"]["mean"]),
        (&Value::Null, &json!(0.0))
    );
    assert!(
        result["notes"].to_string().contains("outside the range"),
        "{result}"
    );
    let close = vec![("v", Values::Numbers(vec![1e9, 1e9 + 1.0, 1e9 + 2.0]))];
    let (result, _) = summed(json!({}), close).expect("done");
    assert_eq!(result["fields"]["v"]["mean"], 1_000_000_001.0);
}

#[test]
fn what_cannot_be_summed_up_is_refused_with_a_reason() {
    let many = Values::Numbers((0..2000).map(f64::from).collect());
    for (parameters, columns, reason) in [
        (
            json!({}),
            vec![("level", Values::Numbers(vec![]))],
            "no points",
        ),
        (
            json!({}),
            vec![("level", Values::Numbers(vec![NAN; 4]))],
            "All 4 values",
        ),
        (
            json!({"by": "level"}),
            vec![("level", many)],
            "more than 1000 groups",
        ),
        (
            json!({"fields": ["sky"]}),
            vec![("sky", Values::Booleans(vec![1]))],
            "no numbers",
        ),
    ] {
        let why = summed(parameters, columns).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}

#[test]
fn the_fields_are_all_of_numbers_or_those_named() {
    let field = |name: &str, type_| Field {
        name: name.to_owned(),
        type_,
        unit: None,
    };
    let fields = || {
        vec![
            field("level", FieldType::Number),
            field("sky", FieldType::Text),
            field("n", FieldType::Integer),
        ]
    };
    let select = |parameters: Value| Summary::select(parameters.to_string(), fields());
    assert_eq!(select(json!({})), Ok(vec!["level".into(), "n".into()]));
    assert_eq!(
        select(json!({"fields": ["n"], "by": "sky"})),
        Ok(vec!["n".into(), "sky".into()])
    );
    assert!(select(json!({"fields": ["sky", "m"]})).is_err_and(|faults| faults.len() == 2));
    assert!(select(json!({"by": "m"})).is_err());
    let none = Summary::select("{}".into(), vec![field("sky", FieldType::Text)]);
    assert!(none.is_err_and(|faults| faults[0].contains("no field of numbers")));
}
