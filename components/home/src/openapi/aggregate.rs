//! Points taken together.

use serde_json::json;

use super::operation::{CSV, JSON, NDJSON, Operation};
use super::points::selected;
use super::schema::{answered, list, map, named, text, words};

pub(super) fn operations() -> Vec<Operation> {
    let buckets = answered([("buckets", list(map(named("Value"))))]);
    let every = json!({
        "type": "string",
        "pattern": "^([1-9][0-9]*(ms|s|m|h|d|w|mo|y)|all)$",
        "examples": ["500ms", "1h", "7d", "1mo", "all"],
    });
    vec![
        selected(Operation::new("points", "GET", "/datasets/:name/aggregate"))
            .required_query(
                "every",
                every,
                "The length of a bucket, at most 1000 years. Buckets are counted from 1970-01-01T00:00 in `tz`, weeks from Monday, years from the year 0.",
            )
            .query(
                "fn",
                text(),
                "`mean`, `min`, `max`, `sum`, `count`, `stddev` (of a sample), `median`, `first`, `last`, or a percentile such as `p95`; several with commas. `mean` by default.",
            )
            .query("fields", text(), "The fields wanted, separated by commas; a name with commas in double quotes.")
            .query("by", text(), "A text, boolean or integer field: a row for each of its values.")
            .query(
                "fill",
                words(["none", "null", "previous", "linear", "0"]),
                "What stands in buckets without values of the field; `none`, the default, leaves out buckets without points.",
            )
            .query("format", words(["json", "csv", "ndjson"]), "Else `Accept` says.")
            .answers_kinds(
                200,
                "A row for each bucket; `time` is when it begins, and `<field>_<fn>` its values.",
                [(JSON, buckets), (CSV, text()), (NDJSON, text())],
            )
            .tagged()
            .refuses(&[413]),
    ]
}
