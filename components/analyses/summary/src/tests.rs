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
            json!({}),
            vec![("level", Values::Numbers(vec![NAN, 3.0]))],
            "only one value",
        ),
        (
            json!({}),
            vec![
                ("level", Values::Numbers(vec![3.0; 4])),
                ("other", Values::Numbers(vec![5.0; 4])),
            ],
            "constant: every value is 3",
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
