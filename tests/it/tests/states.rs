//! The states of the USA: constraints on texts, and an import that names each row that fails.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

/// A dataset with the fields of the sample.
fn states() -> String {
    let name = fresh("states");
    let mut description: Value = serde_json::from_str(&file("data/states.json")).expect("JSON");
    description["name"] = name.as_str().into();
    let create = Call::post("/datasets").json(&description);
    let made = shared().send(create).expect(201).json();
    assert_eq!(
        made["fields"],
        shared().get(&format!("/datasets/{name}"))["fields"]
    );
    assert_eq!(made["fields"][1]["pattern"], "[A-Z]{2}");
    assert_eq!(made["fields"][1]["initial_of"], "state");
    name
}

fn import(name: &str, query: &str, csv: &str) -> it::Answer {
    shared().send(Call::post(&format!("/datasets/{name}/import?time=admitted{query}")).csv(csv))
}

#[test]
fn the_list_is_right_and_usable_by_abbreviation() {
    let name = states();
    let report = import(&name, "", &file("data/states.csv"))
        .expect(200)
        .json();
    assert_eq!(report["imported"], 50, "{report}");
    let texas = shared().get(&format!("/datasets/{name}/points/TX"));
    assert_eq!(
        (&texas["state"], &texas["time"]),
        (&json!("Texas"), &json!("1845-12-29T00:00:00Z"))
    );
}

#[test]
fn a_broken_copy_names_each_row_and_rule() {
    let name = states();
    let broken = file("data/states.csv")
        .replace("Texas,TX", "Texas,Tx")
        .replace("Ohio,OH", "Ohio,O")
        .replace("Utah,UT", "Utah,TU")
        .replace("Iowa,IA", "Iowa,IOW")
        .replace("Maine,ME", "maine,ME")
        .replace("Kansas,KS", "Kansas,");
    let answer = import(&name, "", &broken);
    let problem = answer.expect_problem(&[422], "6 faults");
    let errors = problem["errors"].as_array().expect("errors");
    let expected = [
        (
            18,
            "abbreviation",
            "`O` does not match the pattern `[A-Z]{2}`",
        ),
        (24, "state", "`maine` does not match the pattern"),
        (29, "abbreviation", "`Tx` does not match"),
        (30, "abbreviation", "`IOW` does not match"),
        (35, "abbreviation", "required"),
        (
            46,
            "abbreviation",
            "`TU` does not begin with the first letter of the state `Utah`",
        ),
    ];
    assert_eq!(errors.len(), expected.len(), "{problem}");
    for (error, (line, column, rule)) in errors.iter().zip(expected) {
        assert_eq!(
            error["at"],
            format!("line {line}, column \"{column}\""),
            "{problem}"
        );
        let detail = error["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(rule), "{problem}");
    }
    assert_eq!(shared().get(&format!("/datasets/{name}"))["count"], 0);
    let report = import(&name, "&on_error=skip", &broken).expect(200).json();
    assert_eq!(
        (&report["imported"], &report["skipped"]),
        (&json!(44), &json!(6))
    );
}

#[test]
fn single_points_obey_as_well() {
    let name = states();
    let points = format!("/datasets/{name}/points");
    let state = |state: &str, abbreviation: &str| {
        let body = json!({"time": "1845-12-29", "state": state, "abbreviation": abbreviation});
        shared().send(Call::post(&points).json(&body))
    };
    state("Texas", "tx").expect_problem(&[422], "pattern");
    state("Texas", "AX").expect_problem(&[422], "first letter");
    state("Texas", "TX").expect(201).json();
    let one = format!("{points}/TX");
    let edit = |body: Value| shared().send(Call::new("PATCH", &one).json(&body));
    edit(json!({"state": "Utah"})).expect_problem(&[422], "first letter");
    edit(json!({"state": "Tejas"})).expect(200).json();
}

#[test]
fn constraints_that_make_no_sense_are_refused() {
    let field = |field: Value| {
        let fields = [field, json!({"name": "n", "type": "number"})];
        shared().send(Call::post("/datasets").json(&json!({"name": "nobody", "fields": fields})))
    };
    for (more, culprit) in [
        (json!({"type": "text", "pattern": "("}), "pattern"),
        (json!({"type": "text", "pattern": "a)(b"}), "pattern"),
        (
            json!({"type": "text", "pattern": "((a{99}){99}){99}"}),
            "pattern",
        ),
        (json!({"type": "text", "pattern": "a".repeat(201)}), "200"),
        (json!({"type": "text", "pattern": 5}), "pattern"),
        (json!({"type": "number", "pattern": "a"}), "texts only"),
        (json!({"type": "text", "initial_of": "nobody"}), "nobody"),
        (
            json!({"type": "text", "initial_of": "n"}),
            "another text field",
        ),
        (
            json!({"type": "text", "initial_of": "x"}),
            "another text field",
        ),
        (json!({"type": "integer", "multiple_of": 0}), "multiple_of"),
        (
            json!({"type": "integer", "multiple_of": 1.5}),
            "multiple_of",
        ),
        (json!({"type": "number", "multiple_of": 2}), "integers only"),
        (json!({"type": "number", "sum_of": ["m"]}), "`m`"),
        (
            json!({"type": "text", "sum_of": ["n"]}),
            "numbers and integers only",
        ),
        (json!({"type": "number", "sum_of": "n"}), "list"),
    ] {
        let mut body = more;
        body["name"] = "x".into();
        field(body).expect_problem(&[422], culprit);
    }
}
