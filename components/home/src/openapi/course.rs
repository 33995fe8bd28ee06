//! The services of the course: degrees, animals, queues, proteins.

use almanac::domain::creature::{ARMS, HEADS, LEGS};
use serde_json::{Value as Json, json};

use super::operation::{JSON, Operation, TEXT};
use super::schema::{
    answered, between, count, described, flag, given_time, list, map, named, nullable, number,
    requested, text, time, uuid, words,
};

const TAG: &str = "course";
/// The longest wait for an item, in seconds.
const MAX_WAIT: usize = 60;

pub(super) fn operations() -> Vec<Operation> {
    let all = [degrees(), herd(), animals(), queues(), jobs()];
    all.into_iter().flatten().collect()
}

fn on(method: &'static str, path: &'static str) -> Operation {
    Operation::new(TAG, method, path)
}

fn degrees() -> Vec<Operation> {
    let entry = answered([("id", count(0)), ("year", count(0)), ("degrees", count(0))]);
    let degrees = on("GET", "/degrees")
        .query("start", between(0, 6000), "The first year.")
        .query("limit", count(1), "Entries at most.")
        .query("offset", between(0, 1_000_000), "Entries passed over.")
        .answers(200, "The entries.", list(entry))
        .refuses(&[409, 413]);
    vec![degrees]
}

/// What is about many animals. A dataset of another kind may be in the way (409), or one that may
/// not be made (413).
fn herd() -> Vec<Operation> {
    let get = |path| on("GET", path).refuses(&[409, 413]);
    let paged = |operation: Operation| {
        operation
            .query("limit", count(1), "Animals at most.")
            .query("cursor", text(), "`next` of the page before.")
            .answers(200, "The animals.", named("Herd"))
    };
    let of_range = |operation: Operation| {
        operation
            .query("start", given_time(), "Created at this time or later.")
            .query("end", given_time(), "Created before this time.")
            .query("tz", text(), "The zone of times without one.")
    };
    let count_of = || answered([("count", count(0))]);
    let average = answered([("average_legs", nullable(number())), ("count", count(0))]);
    let deleted = answered([("deleted", count(0))]);
    vec![
        paged(of_range(get("/animals"))),
        on("POST", "/animals")
            .takes(
                json!({"anyOf": [named("NewHerd"), list(named("NewAnimal")), named("NewAnimal")]}),
            )
            .answers(
                201,
                "How many were loaded.",
                answered([("created", count(1))]),
            )
            .refuses(&[409]),
        of_range(on("DELETE", "/animals"))
            .answers(200, "How many there were.", deleted)
            .refuses(&[409, 413]),
        paged(get("/animals/head/:head")),
        paged(get("/animals/legs/:n")),
        get("/animals/count").answers(200, "How many there are.", count_of()),
        get("/animals/average-legs").answers(200, "Their mean number of legs.", average),
        get("/animals/summary").answers(200, "All taken together.", named("Summary")),
    ]
}

/// What is about one animal.
fn animals() -> Vec<Operation> {
    let one = |method| on(method, "/animals/:uid").refuses(&[409, 413]);
    let edit = |method| {
        one(method)
            .takes(named("AnimalChanges"))
            .answers(200, "The animal.", named("Animal"))
    };
    let random = || json!({"anyOf": [named("Animal"), named("Herd")]});
    let bred = answered([
        ("child", named("Animal")),
        ("parents", list(named("Animal"))),
    ]);
    vec![
        on("GET", "/animals/random")
            .answers(200, "An animal.", named("Animal"))
            .refuses(&[404, 409, 413]),
        on("POST", "/animals/random")
            .query("count", count(1), "So many instead of one.")
            .answers(201, "The new animal, or animals.", random())
            .refuses(&[409, 413]),
        on("POST", "/animals/breed")
            .takes(named("Parents"))
            .or_nothing()
            .answers(201, "The child and its parents.", bred)
            .refuses(&[404, 409]),
        one("GET").answers(200, "The animal.", named("Animal")),
        edit("PUT"),
        edit("PATCH"),
        one("DELETE").answers_nothing(204, "It is gone."),
    ]
}

fn queues() -> Vec<Operation> {
    let queue = |method| on(method, "/queues/:name").refuses(&[422]);
    vec![
        queue("POST")
            .takes(json!({}))
            .answers(201, "The queue with the item.", named("Queue")),
        queue("GET").answers(200, "The queue.", named("Queue")),
        queue("DELETE").answers_nothing(204, "It has no items."),
        on("POST", "/queues/:name/get")
            .query("wait", between(0, MAX_WAIT), "Seconds to wait for an item.")
            .answers(200, "The oldest item, which is taken.", json!({}))
            .answers_nothing(204, "There is none.")
            .refuses(&[422]),
    ]
}

fn jobs() -> Vec<Operation> {
    let range = requested([("start!", moment()), ("end!", moment())]);
    let sequence = || requested([("seq!", text())]);
    vec![
        on("POST", "/submit")
            .takes_kinds([(JSON, range)])
            .answers_kinds(202, "`Job ID successfully submitted`", [(TEXT, text())])
            .refuses(&[404, 409]),
        on("GET", "/run").answers_kinds(200, "An explanation.", [(TEXT, text())]),
        on("POST", "/run")
            .takes_kinds([
                ("application/x-www-form-urlencoded", sequence()),
                (JSON, sequence()),
                ("text/plain", text()),
            ])
            .answers_kinds(
                202,
                "`Job ID successfully submitted`, a line each",
                [(TEXT, text())],
            ),
        on("GET", "/run/:id")
            .answers_kinds(200, "The prediction, as eight lines.", [(TEXT, text())])
            .refuses(&[409]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Json)> {
    let spread = || {
        answered([
            ("mean", nullable(number())),
            ("min", nullable(count(0))),
            ("max", nullable(count(0))),
        ])
    };
    let tail = || described(count(0), "Always arms + legs.");
    vec![
        (
            "Animal",
            answered([
                ("uid", uuid()),
                ("head", words(HEADS)),
                ("body", text()),
                ("arms", json!({"enum": ARMS})),
                ("legs", json!({"enum": LEGS})),
                ("tail", tail()),
                ("created_on", time()),
            ]),
        ),
        (
            "Herd",
            answered([
                ("animals", list(named("Animal"))),
                ("truncated?", flag()),
                ("next?", nullable(text())),
            ]),
        ),
        (
            "NewAnimal",
            requested([
                ("uid", nullable(uuid())),
                ("head!", words(HEADS)),
                ("body!", body()),
                ("arms!", json!({"enum": ARMS})),
                ("legs!", json!({"enum": LEGS})),
                ("tail", nullable(tail())),
                ("created_on", nullable(moment())),
            ]),
        ),
        (
            "NewHerd",
            json!({
                "type": "object",
                "required": ["animals"],
                "properties": {"animals": {"type": "array", "items": named("NewAnimal"), "minItems": 1}},
            }),
        ),
        (
            "AnimalChanges",
            requested([
                ("uid", nullable(uuid())),
                ("head", nullable(words(HEADS))),
                ("body", nullable(body())),
                ("arms", nullable(json!({"enum": ARMS}))),
                ("legs", nullable(json!({"enum": LEGS}))),
                ("tail", nullable(tail())),
                ("created_on", nullable(moment())),
            ]),
        ),
        (
            "Parents",
            requested([(
                "parents",
                nullable(
                    json!({"type": "array", "items": uuid(), "minItems": 2, "maxItems": 2, "uniqueItems": true}),
                ),
            )]),
        ),
        (
            "Summary",
            answered([
                ("count", count(0)),
                ("heads", map(count(0))),
                ("arms", spread()),
                ("legs", spread()),
                ("tail", spread()),
            ]),
        ),
        ("Queue", answered([("queue", text()), ("length", count(0))])),
    ]
}

/// A time in JSON, where milliseconds may be a number.
fn moment() -> Json {
    let mut moment = given_time();
    moment["type"] = json!(["string", "integer"]);
    moment
}

fn body() -> Json {
    json!({"type": "string", "pattern": "^[a-z]{1,40}-[a-z]{1,40}$"})
}
