//! The cases of the importer's own tests, over HTTP: see the README beside them.

use it::{Call, fresh, shared, workspace};
use serde_json::Value;

fn texts(json: &Value) -> Vec<&str> {
    json.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// A query string as clients send it.
fn encoded(query: &str) -> String {
    let mut text = String::new();
    for byte in query.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'=' | b'&' => {
                text.push(char::from(byte));
            }
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[test]
fn every_case_does_what_it_says() {
    let folder = workspace().join("shared/src/app/import/tests/cases");
    let cases = std::fs::read_to_string(folder.join("imports.jsonl")).expect("the cases");
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let file = case["file"].as_str().expect("a file");
        let body = std::fs::read(folder.join("files").join(file)).expect(file);
        let name = fresh("case");
        let query = encoded(case["query"].as_str().expect("a query"));
        let call = Call::post(&format!("/datasets/{name}/import?{query}"));
        let media_type = "application/x-www-form-urlencoded";
        let answer = shared().send(call.body(media_type, body));
        let answers = texts(&case["answers"]);
        let says = case["says"].as_str().unwrap_or("");
        if answer.status >= 300 {
            assert!(
                answers.contains(&"refused"),
                "{file}: {}",
                answer.describe()
            );
            answer.expect_problem(&[400, 415, 422], says);
            continue;
        }
        assert!(
            answers.contains(&"accepted"),
            "{file}: {}",
            answer.describe()
        );
        let report = answer.json();
        assert!(
            report["notes"].to_string().contains(says),
            "{file}: {report}"
        );
        let points = shared().points(&name, "");
        for time in texts(&case["times"]) {
            let has_time = points.iter().any(|point| point["time"] == time);
            assert!(has_time, "{file}: no {time} among {points:?}");
        }
        for (field, kind) in case["fields"].as_object().into_iter().flatten() {
            let fields = report["fields"].as_array().expect("fields");
            let found = fields.iter().find(|known| known["name"] == field.as_str());
            let found = found.map_or(&Value::Null, |field| &field["type"]);
            let fits = found == kind || found == "number" && kind == "integer";
            assert!(fits, "{file}: {field} is {found}");
        }
    }
}
