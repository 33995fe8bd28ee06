//! `/schedules`: jobs that are submitted again and again.

use std::time::Duration;

use it::{App, Call, Redis, eventually_within, shared};
use serde_json::{Value, json};

#[test]
fn a_schedule_is_made_listed_described_and_taken_away() {
    let wish = json!({
        "name": "every morning", "cron": "0 6 * * *", "tz": "Europe/Berlin",
        "job": {"analysis": "echo", "params": {"a": 1}, "priority": "low"},
    });
    let answer = shared()
        .send(Call::post("/schedules").json(&wish))
        .expect(201);
    let made = answer.json();
    let path = answer.header("location").to_owned();
    assert_eq!(made["job"]["params"], json!({"a": 1}));
    assert_eq!(made["last"], Value::Null);
    let next = made["next"].as_str().expect("a time");
    assert!(
        next.ends_with("T05:00:00Z") || next.ends_with("T04:00:00Z"),
        "{made}"
    );
    assert_eq!(shared().get(&path), made);
    let listed = shared().get("/schedules");
    assert!(
        listed["schedules"]
            .as_array()
            .expect("a list")
            .contains(&made)
    );
    let _ = shared().send(Call::new("DELETE", &path)).expect(204);
    shared()
        .send(Call::get(&path))
        .expect_problem(&[404], "schedule");
}

#[test]
fn every_fault_of_a_schedule_is_named_at_once() {
    let wish = json!({
        "every": "5s", "name": "x".repeat(101), "when": "now",
        "job": {"analysis": "plot", "params": {}, "run_at": "2030"},
    });
    let refused = shared().send(Call::post("/schedules").json(&wish));
    for culprit in [
        "5s",
        "\"name\"",
        "when",
        "job.run_at",
        "job.dataset",
        "job.params",
    ] {
        refused.expect_problem(&[422], culprit);
    }
    let job = json!({"analysis": "echo"});
    for (wish, culprit) in [
        (json!({"job": job}), "every"),
        (
            json!({"every": "1h", "cron": "0 0 * * *", "job": job}),
            "contradicts",
        ),
        (json!({"cron": "0 0 30 2 *", "job": job}), "never"),
        (
            json!({"cron": "0 0 * * *", "tz": "Mars", "job": job}),
            "Mars",
        ),
        (json!({"every": "1h"}), "job"),
    ] {
        let refused = shared().send(Call::post("/schedules").json(&wish));
        refused.expect_problem(&[422], culprit);
    }
}

/// Two apps with their workers, rung all the time, around the minute at which a schedule fires.
#[test]
fn a_schedule_fires_once_however_many_workers_are_rung() {
    let redis = Redis::start();
    let apps = ["one", "two"].map(|name| App::start_ready(&redis.url(), name, &[]));
    let client = apps[0].client();
    let wish = json!({"every": "1m", "job": {"analysis": "echo", "params": {"from": "schedule"}}});
    let made = client
        .send(&Call::post("/schedules").json(&wish))
        .expect(201)
        .json();
    let path = format!("/schedules/{}", made["id"].as_str().expect("an id"));
    let fired = eventually_within(Duration::from_secs(90), "it fires", || {
        redis
            .client()
            .ask(&["PUBLISH", "almanac.doorbell.echo", "ring"]);
        redis
            .client()
            .ask(&["PUBLISH", "almanac.doorbell.plot", "ring"]);
        let now = client.send(&Call::get(&path)).expect(200).json();
        now["last_job"].is_string().then_some(now)
    });
    assert_eq!(fired["last"], made["next"], "{fired}");
    let job = fired["last_job"].as_str().expect("a job");
    eventually_within(Duration::from_secs(10), "its job is complete", || {
        let job = client.send(&Call::get(job)).expect(200).json();
        (job["status"] == "complete").then_some(())
    });
    for _ in 0..20 {
        redis
            .client()
            .ask(&["PUBLISH", "almanac.doorbell.echo", "ring"]);
    }
    let jobs = client
        .send(&Call::get("/jobs?analysis=echo"))
        .expect(200)
        .json();
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1), "{jobs}");
}
