//! Analyses, and jobs that run them.

use almanac::app::analyses::Description;
use almanac::app::jobs::MAX_BULK;
use almanac::http::job_json::IMAGES;
use serde_json::{Value as Json, json};

use super::operation::Operation;
use super::schema::{
    answered, between, count, described, flag, given_time, list, map, members, named, nullable,
    number, requested, short_text, text, time, uuid, words,
};

const TAG: &str = "jobs";
const STATUSES: [&str; 5] = [
    "submitted",
    "in progress",
    "complete",
    "failed",
    "cancelled",
];

pub(super) fn operations() -> Vec<Operation> {
    let on = |method, path| Operation::new(TAG, method, path);
    let wait = "`wait=N`: wait up to N seconds, at most 60, for the job to end.";
    let change = |path| on("POST", path).answers(200, "The analysis.", named("Analysis"));
    vec![
        on("GET", "/analyses").answers(
            200,
            "Every analysis, in order of name.",
            answered([("analyses", list(named("Analysis")))]),
        ),
        on("GET", "/analyses/:name").answers(200, "The analysis.", named("Analysis")),
        change("/analyses/:name/pause"),
        change("/analyses/:name/resume"),
        submission(wait),
        listing(),
        on("GET", "/jobs/:id")
            .header("Prefer", text(), wait)
            .answers(200, "The job.", named("Job")),
        on("DELETE", "/jobs/:id")
            .answers(200, "The job is cancelled.", named("Job"))
            .answers_nothing(204, "A job that had ended is gone, with its files."),
        on("GET", "/jobs/:id/events").answers_kinds(
            200,
            "Events `progress`, `log` and at last `end`, with JSON.",
            [("text/event-stream", text())],
        ),
        on("GET", "/jobs/:id/files/:name")
            .answers_kinds(
                200,
                "The file, of its own media type.",
                [("*/*", json!({}))],
            )
            .tagged()
            .refuses(&[409]),
        on("GET", "/download/:id")
            .query(
                "format",
                words(["png", "svg"]),
                "The kind of picture; PNG where there is one by default.",
            )
            .answers_kinds(200, "The picture.", IMAGES.map(|kind| (kind, json!({}))))
            .tagged()
            .refuses(&[409]),
        on("POST", "/callbacks/deliver").answers(
            200,
            "How many callbacks were accepted, and how many were not.",
            answered([("delivered", count(0)), ("failed", count(0))]),
        ),
    ]
}

fn submission(wait: &str) -> Operation {
    let one = || named("Submission");
    let many = json!({"type": "array", "items": one(), "minItems": 1, "maxItems": MAX_BULK});
    let answer = || json!({"anyOf": [named("Job"), named("JobList")]});
    Operation::new(TAG, "POST", "/jobs")
        .header("Prefer", text(), wait)
        .header(
            "Idempotency-Key",
            json!({"type": "string", "minLength": 1, "maxLength": 255}),
            "Makes it safe to send a submission again: the same key gives the same job.",
        )
        .header(
            "Cache-Control",
            text(),
            "`no-cache`: do not reuse a stored result.",
        )
        .takes(json!({"anyOf": [one(), many]}))
        .answers(200, "The job has ended already.", answer())
        .answers(
            202,
            "The job waits, at the address in `Location`.",
            answer(),
        )
        .refuses(&[409, 429, 507])
}

fn listing() -> Operation {
    Operation::new(TAG, "GET", "/jobs")
        .query("status", words(STATUSES), "Only jobs that are so.")
        .query("analysis", text(), "Only jobs of an analysis.")
        .query("dataset", text(), "Only jobs on a dataset.")
        .query("start", given_time(), "Submitted then or later.")
        .query("end", given_time(), "Submitted earlier.")
        .query("limit", between(1, 1000), "Jobs of a page; 100 by default.")
        .query("cursor", text(), "`next` of the page before.")
        .answers(200, "A page of jobs, the latest first.", named("Jobs"))
}

pub(super) fn schemas(analyses: &[Description]) -> Vec<(&'static str, Json)> {
    vec![
        ("Analysis", analysis()),
        ("Submission", each_analysis(analyses)),
        ("Job", job()),
        ("JobSummary", summary()),
        ("JobList", answered([("jobs", list(submitted()))])),
        (
            "Jobs",
            answered([
                ("jobs", list(named("JobSummary"))),
                ("truncated", flag()),
                ("next", nullable(text())),
                ("counts", map(count(0))),
            ]),
        ),
        (
            "Callback",
            answered([
                ("url", text()),
                ("attempts", count(0)),
                ("delivered", nullable(time())),
                ("error", nullable(text())),
            ]),
        ),
        ("Worker", answered([("address", text()), ("name", text())])),
        (
            "Attempt",
            answered([
                ("worker", named("Worker")),
                ("started", time()),
                ("ended", time()),
                ("error", text()),
            ]),
        ),
        (
            "File",
            answered([
                ("name", text()),
                ("media_type", text()),
                ("bytes", count(0)),
                ("url", text()),
            ]),
        ),
    ]
}

fn analysis() -> Json {
    answered([
        ("name", text()),
        ("title", text()),
        ("version", text()),
        ("summary", text()),
        ("needs_dataset", flag()),
        (
            "parameters",
            described(members(), "JSON Schema of its parameters."),
        ),
        (
            "example",
            described(members(), "Parameters that the schema accepts."),
        ),
        ("paused", flag()),
    ])
}

/// A submission has the parameters of its analysis.
fn each_analysis(analyses: &[Description]) -> Json {
    let one = |known: &Description| {
        let mut parameters = known.parameters.clone();
        if let Some(members) = parameters.as_object_mut() {
            members.remove("$schema");
        }
        let mut schema = requested([
            ("analysis!", json!({"const": known.name})),
            ("dataset", nullable(text())),
            ("start", nullable(given_time())),
            ("end", nullable(given_time())),
            (
                "filter",
                described(
                    nullable(map(json!({"anyOf": [text(), list(text())]}))),
                    "Conditions by field.",
                ),
            ),
            ("params", parameters),
            ("priority", nullable(words(["high", "normal", "low"]))),
            (
                "run_at",
                described(nullable(given_time()), "Not to be begun before."),
            ),
            (
                "limit_seconds",
                described(nullable(count(1)), "How long an attempt may take."),
            ),
            (
                "callback",
                described(
                    nullable(text()),
                    "Where the end of the job is told: on the host that the operator allows.",
                ),
            ),
        ]);
        schema["title"] = known.title.as_str().into();
        if known.needs_dataset
            && let Some(required) = schema["required"].as_array_mut()
        {
            required.push("dataset".into());
        }
        schema
    };
    json!({"oneOf": analyses.iter().map(one).collect::<Vec<_>>()})
}

fn job() -> Json {
    let mut job = extended(
        summary(),
        "result",
        described(json!({}), "What the analysis says; `null` before."),
    );
    job = extended(job, "history", list(named("Attempt")));
    job = extended(
        job,
        "log",
        described(
            list(short_text(500)),
            "What the analysis said of its last attempt, up to a hundred lines.",
        ),
    );
    job["properties"]["reused"] = reused();
    job
}

/// A job of a list that was submitted.
fn submitted() -> Json {
    extended(summary(), "reused", reused())
}

fn reused() -> Json {
    described(
        flag(),
        "Whether it is an earlier job with the same input, and its result.",
    )
}

/// With one member more.
fn extended(mut schema: Json, name: &str, member: Json) -> Json {
    schema["properties"][name] = member;
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(name.into());
    }
    schema
}

fn summary() -> Json {
    answered([
        ("id", uuid()),
        ("status", words(STATUSES)),
        ("analysis", text()),
        ("dataset", nullable(text())),
        ("dataset_version", nullable(count(1))),
        ("start", nullable(time())),
        ("end", nullable(time())),
        ("filter", map(text())),
        ("params", members()),
        ("priority", words(["high", "normal", "low"])),
        ("progress", number()),
        ("note", nullable(short_text(200))),
        ("position", nullable(count(1))),
        ("worker", nullable(named("Worker"))),
        ("attempts", count(0)),
        ("submitted", time()),
        ("due", nullable(time())),
        ("started", nullable(time())),
        ("finished", nullable(time())),
        ("error", nullable(text())),
        ("callback", nullable(named("Callback"))),
        ("request_id", nullable(text())),
        ("image", nullable(text())),
        ("files", list(named("File"))),
    ])
}
