use crate::field;
use analyst::types::{Field, FieldType};
use plot::task::select;
use serde_json::Value;

fn fields() -> Vec<Field> {
    let text = Field {
        type_: FieldType::Text,
        ..field("wind", None)
    };
    vec![
        field("average", Some("ppm")),
        field("trend", None),
        text,
        field("a \"b\" <c>", None),
    ]
}

#[test]
fn the_needed_columns_are_named_once() {
    let columns = |parameters: &str| select(parameters, &fields()).expect("valid parameters");
    assert_eq!(columns(r#"{"y":"average"}"#), ["average"]);
    assert_eq!(
        columns(r#"{"y":["trend","average"],"x":"average"}"#),
        ["average", "trend"]
    );
    assert_eq!(
        columns(r#"{"y":"a \"b\" <c>","x":"time","kind":"scatter"}"#),
        ["a \"b\" <c>"]
    );
    assert_eq!(
        columns(r#"{"y":["trend"],"width":200.0,"scale":0.5,"legend":false}"#),
        ["trend"]
    );
}

#[test]
fn faults_are_named() {
    let table: &[(&str, &[&str])] = &[
        ("", &["The parameters are not valid JSON"]),
        ("[]", &["The parameters must be a JSON object."]),
        ("{}", &["`y` is required"]),
        (r#"{"y":[]}"#, &["`y` must not be empty."]),
        (
            r#"{"y":5}"#,
            &["`y` must be a field name or a list of them."],
        ),
        (
            r#"{"y":["trend",5]}"#,
            &["`y` must be a field name or a list of them."],
        ),
        (
            r#"{"y":["trend","trend"]}"#,
            &["`y` names the field `trend` twice."],
        ),
        (
            r#"{"y":["a","b","c","d","e","f","g","h","i"]}"#,
            &["`y` names 9 of them; the most is 8."],
        ),
        (r#"{"y":"trend","x":1}"#, &["`x` must be a text."]),
        (
            r#"{"y":"trend","kind":"pie"}"#,
            &[
                "`kind` must be one of \"line\", \"scatter\", \"area\", \"bar\", \"histogram\", \"box\", \"heatmap\".",
            ],
        ),
        (
            r#"{"y":"trend","tilte":"A"}"#,
            &["There is no parameter `tilte`. Did you mean `title`?"],
        ),
        (
            r#"{"y":"trend","bananas":1}"#,
            &["There is no parameter `bananas`. The parameters are `title`,"],
        ),
        (
            r#"{"y":"trend","width":199}"#,
            &["`width` must be a whole number from 200 to 4000."],
        ),
        (
            r#"{"y":"trend","height":300.5}"#,
            &["`height` must be a whole number"],
        ),
        (
            r#"{"y":"trend","height":"tall"}"#,
            &["`height` must be a whole number"],
        ),
        (
            r#"{"y":"trend","scale":1e99}"#,
            &["`scale` must be a number from 0.5 to 4."],
        ),
        (
            r#"{"y":"trend","legend":"yes"}"#,
            &["`legend` must be true or false."],
        ),
        (r#"{"y":"trend","title":7}"#, &["`title` must be a text."]),
        (
            r#"{"y":"trend","width":4000,"height":4000,"scale":4}"#,
            &[
                "`width`, `height` and `scale` make a PNG of 256 million pixels; the most is 20 million.",
            ],
        ),
        (
            r#"{"y":"avarage"}"#,
            &[
                "the dataset has no field `avarage`. Its number fields are `average`, `trend`, `a \"b\" <c>`. Did you mean `average`?",
            ],
        ),
        (
            r#"{"y":"wind"}"#,
            &["`y`: numbers are needed, but the field `wind` is text."],
        ),
        (
            r#"{"y":["wind","nothing"],"x":"wind"}"#,
            &[
                "`x`: numbers are needed",
                "`y`: numbers are needed",
                "no field `nothing`",
            ],
        ),
        (
            r#"{"kind":1,"width":0,"height":-1,"scale":"big","color":"red"}"#,
            &[
                "no parameter `color`. Did you mean `colour`?",
                "`width`",
                "`height`",
                "`scale`",
                "`kind`",
                "`y` is required",
            ],
        ),
    ];
    for (parameters, expected) in table {
        let faults = select(parameters, &fields()).expect_err(parameters);
        assert_eq!(faults.len(), expected.len(), "{parameters}: {faults:?}");
        for (fault, part) in faults.iter().zip(*expected) {
            assert!(
                fault.contains(part),
                "{parameters}: {fault:?} says nothing of {part:?}"
            );
        }
    }
}

#[test]
fn long_texts_are_refused() {
    let parameters = format!(r#"{{"y":"trend","title":"{}"}}"#, "a".repeat(301));
    assert_eq!(
        select(&parameters, &fields()),
        Err(vec!["`title` is longer than 300 characters.".into()])
    );
}

#[test]
fn a_dataset_without_numbers_says_so() {
    let text = Field {
        type_: FieldType::Text,
        ..field("word", None)
    };
    let faults = select(r#"{"y":"price"}"#, &[text]).expect_err("no such field");
    assert_eq!(
        faults,
        ["`y`: the dataset has no field `price`. It has no such number fields."]
    );
}

/// The description is read by people and programs; it must say what the parser does.
#[test]
fn the_description_agrees_with_the_parser() {
    let description: Value = serde_json::from_str(plot::DESCRIPTION).expect("JSON");
    let schema = &description["parameters"];
    assert_eq!(schema["additionalProperties"], false);
    let properties = schema["properties"].as_object().expect("properties");
    for (name, property) in properties {
        assert!(
            property["description"].is_string(),
            "{name} has no description"
        );
        let wrong = format!(r#"{{"{name}":[{{}}]}}"#);
        let faults = select(&wrong, &fields()).expect_err("a wrong type");
        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with(&format!("`{name}`"))
                    || fault.starts_with(&format!("`{name}[0]"))),
            "{faults:?}"
        );
    }
    assert_eq!(
        properties["y"]["anyOf"][1]["maxItems"],
        plot::params::MAX_SERIES
    );
    let columns = select(&description["example"].to_string(), &fields());
    assert_eq!(columns, Ok(vec!["average".to_owned()]));
}
