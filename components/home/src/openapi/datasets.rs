//! Datasets.

use almanac::domain::{Dataset, Pattern};
use serde_json::{Value as Json, json};

use super::operation::Operation;
use super::schema::{
    answered, between, count, described, flag, list, named, nullable, number, requested,
    short_text, text, time, words,
};

const TAG: &str = "datasets";
const TYPES: [&str; 4] = ["number", "integer", "text", "boolean"];
/// Characters of a unit.
const MAX_UNIT: usize = 50;

pub(super) fn operations() -> Vec<Operation> {
    let on = |method, path| Operation::new(TAG, method, path);
    vec![
        on("GET", "/datasets")
            .query(
                "limit",
                between(1, 1000),
                "Datasets of a page; 100 by default.",
            )
            .query("cursor", text(), "`next` of the page before.")
            .answers(
                200,
                "A page of datasets, in order of name.",
                named("Datasets"),
            ),
        on("POST", "/datasets")
            .takes(named("NewDataset"))
            .answers(201, "The new dataset.", named("Dataset"))
            .refuses(&[409, 507]),
        on("GET", "/datasets/:name")
            .answers(200, "The dataset.", named("Dataset"))
            .tagged(),
        on("PATCH", "/datasets/:name")
            .takes(named("DatasetChanges"))
            .answers(200, "The changed dataset.", named("Dataset"))
            .guarded()
            .refuses(&[409, 507]),
        on("DELETE", "/datasets/:name")
            .answers_nothing(204, "It is gone, with all its points.")
            .guarded(),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Json)> {
    let line = || nullable(short_text(Dataset::MAX_LINE));
    let about = || {
        [
            ("title", line()),
            (
                "description",
                nullable(short_text(Dataset::MAX_DESCRIPTION)),
            ),
            ("licence", line()),
            ("source", line()),
        ]
    };
    let [title, description, licence, source] = about();
    let [new_title, new_description, new_licence, new_source] = about();
    let [other_title, other_description, other_licence, other_source] = about();
    vec![
        ("Field", field()),
        ("NewField", new_field()),
        (
            "Dataset",
            answered([
                ("name", name()),
                title,
                description,
                licence,
                source,
                ("fields", list(named("Field"))),
                (
                    "key",
                    described(nullable(text()), "The text field whose values are unique."),
                ),
                (
                    "version",
                    described(count(1), "Grows by one with every change."),
                ),
                ("count", described(count(0), "How many points there are.")),
                (
                    "first",
                    described(nullable(time()), "The time of the first point."),
                ),
                (
                    "last",
                    described(nullable(time()), "The time of the last point."),
                ),
                ("created_on", time()),
                (
                    "public?",
                    described(
                        flag(),
                        "Whether everybody may read it, also where tokens are needed.",
                    ),
                ),
            ]),
        ),
        (
            "Datasets",
            answered([
                ("datasets", list(named("Dataset"))),
                ("truncated", flag()),
                ("next", nullable(text())),
            ]),
        ),
        (
            "NewDataset",
            requested([
                ("name!", name()),
                new_title,
                new_description,
                new_licence,
                new_source,
                ("fields!", fields()),
                ("key", nullable(text())),
                ("public", nullable(flag())),
            ]),
        ),
        (
            "DatasetChanges",
            requested([
                other_title,
                other_description,
                other_licence,
                other_source,
                ("public", nullable(flag())),
                ("fields", fields()),
            ]),
        ),
    ]
}

fn fields() -> Json {
    let mut fields = list(named("NewField"));
    fields["minItems"] = 1.into();
    fields["maxItems"] = Dataset::MAX_FIELDS.into();
    fields
}

fn name() -> Json {
    json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"})
}

fn field() -> Json {
    answered([
        ("name", text()),
        ("type", words(TYPES)),
        ("unit", nullable(short_text(MAX_UNIT))),
        ("required?", flag()),
        ("min?", number()),
        ("max?", number()),
        ("multiple_of?", count(1)),
        ("one_of?", list(text())),
        ("pattern?", text()),
        ("sum_of?", list(text())),
        ("initial_of?", text()),
    ])
}

fn new_field() -> Json {
    requested([
        (
            "name!",
            json!({"type": "string", "minLength": 1, "maxLength": 100}),
        ),
        ("type!", words(TYPES)),
        ("unit", nullable(short_text(MAX_UNIT))),
        ("required", nullable(flag())),
        (
            "min",
            described(nullable(number()), "Of a number or an integer."),
        ),
        (
            "max",
            described(nullable(number()), "Of a number or an integer."),
        ),
        (
            "one_of",
            described(nullable(list(text())), "The only texts allowed."),
        ),
        (
            "multiple_of",
            described(nullable(count(1)), "Of integers: each is a multiple of it."),
        ),
        (
            "pattern",
            described(
                nullable(short_text(Pattern::MAX_LENGTH)),
                "A regular expression that whole texts match.",
            ),
        ),
        (
            "sum_of",
            described(nullable(list(text())), "The fields of which it is the sum."),
        ),
        (
            "initial_of",
            described(
                nullable(text()),
                "The text field whose first letter it begins with.",
            ),
        ),
    ])
}
