//! The cases of `cases/imports.jsonl`: see the README there.

use serde_json::Value as Json;

use super::*;
use crate::app::import::detect;

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/import/tests/cases")
}

fn texts(json: &Json) -> Vec<&str> {
    json.as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

#[test]
fn every_case_does_what_it_says() {
    let cases = std::fs::read_to_string(folder().join("imports.jsonl")).expect("the cases");
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).expect("JSON");
        if let Err(reason) = run(&case) {
            wrong.push(format!("{}: {reason}", case["file"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(case: &Json) -> Result<(), String> {
    let name = case["file"].as_str().expect("a file");
    let file = std::fs::read(folder().join("files").join(name)).expect(name);
    let query = case["query"].as_str().expect("a query");
    let parameters: Vec<(&str, &str)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let format = detect(None, &file, None).expect("a format");
    let answers = texts(&case["answers"]);
    let says = case["says"].as_str().unwrap_or("");
    match import(format, &parameters, &file) {
        Ok(parsed) => {
            let notes = parsed.notes.join("\n");
            if !answers.contains(&"accepted") {
                return Err(format!("was accepted: {:?}", lines(&parsed)));
            }
            let time = |time: &i64| {
                Timestamp::from_milliseconds(*time)
                    .expect("a time")
                    .to_string()
            };
            let times: Vec<String> = parsed.table.times.iter().map(time).collect();
            for expected in texts(&case["times"]) {
                if !times.iter().any(|time| time == expected) {
                    return Err(format!("no {expected} among {times:?}"));
                }
            }
            for (name, kind) in case["fields"].as_object().into_iter().flatten() {
                let field = parsed
                    .fields
                    .iter()
                    .find(|field| field.name.as_str() == name);
                let found = field.map_or("no field", |field| field.kind.name());
                let fits = Some(found) == kind.as_str() || found == "number" && kind == "integer";
                if !fits {
                    return Err(format!("{name} is {found}"));
                }
            }
            match notes.contains(says) {
                true => Ok(()),
                false => Err(format!("the notes do not say `{says}`: {notes}")),
            }
        }
        Err(Failure::Invalid { faults, .. }) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let faults = faults.join("\n");
            if !answers.contains(&"refused") {
                return Err(format!("was refused: {faults}"));
            }
            match faults.contains(says) {
                true => Ok(()),
                false => Err(format!("the faults do not say `{says}`: {faults}")),
            }
        }
        Err(failure) => Err(format!("{failure:?}")),
    }
}
