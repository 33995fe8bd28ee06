//! The server itself.

use serde_json::{Value as Json, json};

use super::operation::{JSON, Operation, TEXT};
use super::schema::{answered, count, map, named, text, words};

const TAG: &str = "server";

pub(super) fn operations() -> Vec<Operation> {
    let get = |path| Operation::new(TAG, "GET", path);
    vec![
        get("/")
            .answers_kinds(200, "A greeting.", [(TEXT, text())])
            .answers_nothing(303, "To `/ui`, for browsers."),
        get("/ui").answers_kinds(200, "A page.", [("text/html; charset=utf-8", text())]),
        get("/docs").answers_kinds(200, "A page.", [("text/html; charset=utf-8", text())]),
        get("/help").answers_kinds(
            200,
            "Every route and every kind of problem.",
            [(TEXT, text())],
        ),
        get("/openapi.json").answers(200, "This document.", json!({"type": "object"})),
        get("/healthz").answers(200, "It runs.", named("Health")),
        get("/readyz").answers(200, "It is ready.", named("Health")),
        get("/metrics").answers_kinds(
            200,
            "Queues, ends and durations, for Prometheus.",
            [("text/plain; version=0.0.4; charset=utf-8", text())],
        ),
        get("/limits").answers_kinds(200, "Every limit, by name.", [(JSON, named("Limits"))]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Json)> {
    let limit = answered([("value", count(0)), ("meaning", text())]);
    vec![
        ("Health", answered([("status", words(["ok", "ready"]))])),
        ("Limits", map(limit)),
    ]
}
