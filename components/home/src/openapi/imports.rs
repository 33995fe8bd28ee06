//! Imports of files.

use almanac::app::import::PARAMETERS;
use serde_json::{Value as Json, json};

use super::operation::Operation;
use super::schema::{answered, count, flag, list, map, named, text, words};

const TAG: &str = "datasets";

pub(super) fn operations() -> Vec<Operation> {
    let mut import = Operation::new(TAG, "POST", "/datasets/:name/import");
    for (name, meaning) in PARAMETERS {
        import = import.query(name, text(), meaning);
    }
    let file = || json!({"type": "string", "format": "binary"});
    vec![
        import
            .query(
                "format",
                words(["csv", "ndjson", "json"]),
                "The format of the file. Without it `Content-Type` and the content tell.",
            )
            .query(
                "on_conflict",
                words(["error", "skip", "replace"]),
                "What becomes of a point whose key is taken; `error` by default.",
            )
            .query(
                "dry_run",
                flag(),
                "Whether only to say what would be done, with the first rows as they were read.",
            )
            .takes_kinds([
                ("text/csv", file()),
                ("application/x-ndjson", file()),
                ("application/json", file()),
            ])
            .answers(
                200,
                "The points were added; or what would be done.",
                json!({"anyOf": [named("Import"), named("DryRun")]}),
            )
            .answers(201, "A new dataset was made of the file.", named("Import"))
            .guarded()
            .refuses(&[409, 507]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Json)> {
    let fault = || answered([("at", text()), ("detail", text())]);
    vec![
        (
            "ImportTime",
            answered([
                ("columns", list(text())),
                ("form", text()),
                (
                    "resolution",
                    words([
                        "year",
                        "quarter",
                        "month",
                        "week",
                        "day",
                        "hour",
                        "minute",
                        "second",
                        "millisecond",
                    ]),
                ),
            ]),
        ),
        (
            "Import",
            answered([
                ("dataset", text()),
                ("created", flag()),
                ("imported", count(0)),
                ("replaced", count(0)),
                ("kept", count(0)),
                ("count", count(0)),
                ("version", count(1)),
                ("fields", list(named("Field"))),
                ("skipped", count(0)),
                ("time_columns", list(text())),
                ("time", named("ImportTime")),
                ("missing", map(count(1))),
                ("notes", list(text())),
                ("errors", list(fault())),
            ]),
        ),
        (
            "DryRun",
            answered([
                ("dry_run", json!({"const": true})),
                ("dataset", text()),
                ("creates", flag()),
                ("imported", count(0)),
                ("fields", list(named("Field"))),
                ("sample", list(map(named("Value")))),
                ("skipped", count(0)),
                ("time_columns", list(text())),
                ("time", named("ImportTime")),
                ("missing", map(count(1))),
                ("notes", list(text())),
                ("errors", list(fault())),
            ]),
        ),
    ]
}
