//! `/openapi.json`. That every answer keeps to it is checked with every request of these tests.

use std::process::Command;

use it::{Call, private, shared, workspace};
use serde_json::json;

#[test]
fn limits_and_analyses_are_those_in_force() {
    let Some(almanac) = private(&[("max_page_points", "77")]) else {
        return;
    };
    let document = almanac.get("/openapi.json");
    let parameters = &document["paths"]["/datasets/{name}/points"]["get"]["parameters"];
    let parameters = parameters.as_array().expect("parameters");
    let limit = parameters.iter().find(|one| one["name"] == "limit");
    assert_eq!(limit.expect("limit")["schema"]["maximum"], 77);
    let submissions = &document["components"]["schemas"]["Submission"]["oneOf"];
    let described: Vec<_> = submissions
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["properties"]["analysis"]["const"].clone())
        .collect();
    let analyses = almanac.get("/analyses");
    let analyses = analyses["analyses"].as_array().expect("a list");
    let names: Vec<_> = analyses.iter().map(|one| one["name"].clone()).collect();
    assert_eq!(described, names);
}

#[test]
fn the_page_and_what_it_loads_are_served_here() {
    let page = shared().send(Call::get("/docs")).expect(200);
    for part in page.text().split(['"', '\'']) {
        if part.starts_with('/') && part.contains('.') {
            let _ = shared().send(Call::get(part)).expect(200);
        }
    }
}

/// Requests made up from the document, valid ones and broken ones, by schemathesis: no answer is an
/// Almanac's own failure, and none is outside the document.
#[test]
fn schemathesis_finds_nothing() {
    let Some(almanac) = private(&[]) else {
        return;
    };
    let sample = std::fs::read(workspace().join("data/co2.csv")).expect("the sample");
    almanac.import_csv("co2", "", sample);
    almanac.run_job(&json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}}));
    let seconds = std::env::var("SCHEMATHESIS_SECONDS").unwrap_or_else(|_| "30".to_owned());
    let folder = workspace().join("tests/schemathesis");
    let output = Command::new(workspace().join("target/schemathesis/bin/schemathesis"))
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("{}/openapi.json", almanac.url()))
        .args(["--checks", "all", "--continue-on-failure", "--seed", "1"])
        .args(["--max-time", &seconds, "--no-color"])
        // A stream of events ends with its job, which may be never; who takes may wait.
        .args(["--exclude-path-regex", "/(events|get)$"])
        .current_dir(folder)
        .output()
        .expect("schemathesis, which `scripts/require.sh schemathesis` installs");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{report}\n{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        almanac.log_tail()
    );
}
