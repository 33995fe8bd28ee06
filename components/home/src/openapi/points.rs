//! Points: queries, edits, exports.

use almanac::app::Config;
use serde_json::{Value as Json, json};

use super::operation::{CSV, JSON, NDJSON, Operation};
use super::schema::{
    answered, between, count, described, flag, given_time, list, named, nullable, text, time, uuid,
    words,
};

const TAG: &str = "points";

pub(super) fn operations(config: &Config) -> Vec<Operation> {
    let on = |method, path| Operation::new(TAG, method, path);
    let written = json!({"anyOf": [named("Point"), named("Created")]});
    vec![
        query(config),
        on("POST", "/datasets/:name/points")
            .takes(json!({"anyOf": [named("NewPoint"), named("NewPoints")]}))
            .answers(
                201,
                "The new point; or how many there are of a list.",
                written,
            )
            .guarded()
            .refuses(&[409, 507]),
        selected(on("DELETE", "/datasets/:name/points"))
            .answers(
                200,
                "How many points are gone.",
                answered([("deleted", count(0))]),
            )
            .guarded()
            .refuses(&[507]),
        on("GET", "/datasets/:name/points/:id")
            .answers(200, "The point.", named("Point"))
            .tagged(),
        edit("PUT"),
        edit("PATCH"),
        on("DELETE", "/datasets/:name/points/:id")
            .answers_nothing(204, "It is gone.")
            .guarded()
            .refuses(&[507]),
        selected(on("GET", "/datasets/:name/export"))
            .query(
                "fields",
                text(),
                "The fields wanted, separated by commas; a name with commas in double quotes.",
            )
            .query("ids", flag(), "Whether the points' ids are wanted.")
            .query("format", words(["csv", "ndjson"]), "The form of the file.")
            .answers_kinds(200, "All the points.", [(CSV, text()), (NDJSON, text())])
            .tagged(),
    ]
}

fn query(config: &Config) -> Operation {
    selected(Operation::new(TAG, "GET", "/datasets/:name/points"))
        .query(
            "order",
            words(["asc", "desc"]),
            "By time; `asc` by default.",
        )
        .query(
            "limit",
            between(1, config.max_page_points),
            "Points of a page; 1000 by default.",
        )
        .query("cursor", uuid(), "`next` of the page before.")
        .query(
            "fields",
            text(),
            "The fields wanted, separated by commas; a name with commas in double quotes.",
        )
        .query(
            "thin",
            between(3, config.max_page_points),
            "At most this many points, chosen so that the curve of each field of numbers keeps its shape; not with `limit` or `cursor`.",
        )
        .query(
            "count",
            words(["exact"]),
            "Also say how many points there are in all.",
        )
        .query(
            "format",
            words(["json", "csv", "ndjson"]),
            "Else `Accept` says.",
        )
        .answers_kinds(
            200,
            "A page of points. In CSV and NDJSON the cursor is in the header `x-next-cursor`.",
            [(JSON, named("Points")), (CSV, text()), (NDJSON, text())],
        )
        .tagged()
}

fn edit(method: &'static str) -> Operation {
    Operation::new(TAG, method, "/datasets/:name/points/:id")
        .takes(named("Values"))
        .answers(200, "The changed point.", named("Point"))
        .guarded()
        .refuses(&[409, 507])
}

/// The parameters that say which points are meant.
pub(super) fn selected(operation: Operation) -> Operation {
    operation
        .query("start", given_time(), "The first time of the range.")
        .query("end", given_time(), "The first time beyond the range.")
        .query(
            "tz",
            text(),
            "The zone of `start` and `end` where they state none: `Europe/Berlin`, `+05:30`; `UTC` by default.",
        )
        .parameter(json!({
            "name": "conditions",
            "in": "query",
            "style": "form",
            "explode": true,
            "schema": {"type": "object", "additionalProperties": text()},
            "description": "Conditions by the name of a field, such as `temp_max=gt.20`, `weather=in.(rain,snow)` or `wind=is.null`; `where.` stands before the name where a parameter is called the same.",
        }))
}

pub(super) fn schemas(config: &Config) -> Vec<(&'static str, Json)> {
    let values = || {
        let mut schema = described(
            json!({"type": "object", "additionalProperties": named("Value")}),
            "The values of a point, by the names of its fields.",
        );
        schema["minProperties"] = 0.into();
        schema
    };
    let mut new_point = values();
    new_point["properties"] = json!({"time": described(
        json!({"anyOf": [given_time(), {"type": "number"}]}),
        "When it is; a number is read as its digits are.",
    )});
    new_point["required"] = json!(["time"]);
    let mut point = values();
    point["properties"] = json!({"id": uuid(), "time": time()});
    point["required"] = json!(["id", "time"]);
    let mut new_points = list(named("NewPoint"));
    new_points["minItems"] = 1.into();
    new_points["maxItems"] = config.max_write_points.into();
    vec![
        (
            "Value",
            json!({"type": ["number", "string", "boolean", "null"]}),
        ),
        ("Values", values()),
        ("NewPoint", new_point),
        ("NewPoints", new_points),
        ("Point", point),
        (
            "Created",
            answered([("created", count(1)), ("version", count(1))]),
        ),
        (
            "Points",
            answered([
                ("points", list(named("Point"))),
                ("truncated", flag()),
                ("next", nullable(uuid())),
                ("count?", count(0)),
            ]),
        ),
    ]
}
