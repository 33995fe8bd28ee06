//! Jobs that are submitted again and again.

use serde_json::{Value as Json, json};

use super::operation::Operation;
use super::schema::{
    answered, described, list, members, named, nullable, requested, short_text, text, time,
};

const TAG: &str = "jobs";

pub(super) fn operations() -> Vec<Operation> {
    let on = |method, path| Operation::new(TAG, method, path);
    vec![
        on("GET", "/schedules").answers(
            200,
            "Every schedule.",
            answered([("schedules", list(named("Schedule")))]),
        ),
        on("POST", "/schedules")
            .takes(named("NewSchedule"))
            .answers(201, "The new schedule.", named("Schedule")),
        on("GET", "/schedules/:id").answers(200, "The schedule.", named("Schedule")),
        on("DELETE", "/schedules/:id")
            .answers_nothing(204, "It is gone; the jobs that came of it stay."),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Json)> {
    let every = || {
        described(
            nullable(json!({"type": "string", "pattern": "^[1-9][0-9]*[mhdw]$"})),
            "A period from a minute to a year, such as `15m`, `6h`, `1d` or `2w`.",
        )
    };
    let cron = || {
        described(
            nullable(text()),
            "Minute, hour, day of the month, month, day of the week.",
        )
    };
    vec![
        (
            "Schedule",
            answered([
                ("id", text()),
                ("name", nullable(text())),
                ("every", every()),
                ("cron", cron()),
                ("tz", text()),
                ("job", described(members(), "What is submitted.")),
                ("created_on", time()),
                ("next", nullable(time())),
                ("last", nullable(time())),
                (
                    "last_job",
                    described(nullable(text()), "The address of the last job."),
                ),
            ]),
        ),
        (
            "NewSchedule",
            requested([
                ("name", nullable(short_text(100))),
                ("every", every()),
                ("cron", cron()),
                (
                    "tz",
                    described(nullable(text()), "The zone of `cron`; `UTC` by default."),
                ),
                ("job!", named("Submission")),
            ]),
        ),
    ]
}
