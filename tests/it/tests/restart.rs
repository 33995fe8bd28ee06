//! What survives: stops, crashes of the app, crashes of Redis.

use std::time::Duration;

use it::{Almanac, Call, eventually_within, file, private};
use serde_json::{Value, json};

/// Imports the sample data and plots it.
fn fill(almanac: &Almanac) -> Value {
    almanac.import_csv("co2", "time=month", file("data/co2.csv"));
    let point = json!({"time": "2030", "average": 450.5});
    almanac
        .send(Call::post("/datasets/co2/points").json(&point))
        .expect(201)
        .json();
    almanac.run_job(&json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}}))
}

/// Everything that one can see of it.
fn everything(almanac: &Almanac, job: &Value) -> Vec<Vec<u8>> {
    let id = job["id"].as_str().expect("an id");
    [
        "/datasets",
        "/datasets/co2",
        "/datasets/co2/points?limit=1000",
        "/jobs",
    ]
    .iter()
    .map(|path| (*path).to_owned())
    .chain([format!("/jobs/{id}"), format!("/download/{id}")])
    .map(|path| almanac.send(Call::get(&path)).expect(200).body)
    .collect()
}

#[test]
fn nothing_is_lost_when_app_and_redis_die() {
    let Some(mut almanac) = private(&[]) else {
        return;
    };
    let job = fill(&almanac);
    let before = everything(&almanac, &job);

    almanac.kill_app();
    almanac.restart_app();
    assert!(
        everything(&almanac, &job) == before,
        "after the app's death"
    );

    // The app ends when its Redis is gone, as Spin does; `make up` starts both again.
    almanac.redis().kill();
    almanac.wait_for_end();
    almanac.redis().restart();
    almanac.restart_app();
    assert!(
        everything(&almanac, &job) == before,
        "after the death of Redis"
    );

    let point = json!({"time": "2031", "average": 451});
    almanac
        .send(Call::post("/datasets/co2/points").json(&point))
        .expect(201)
        .json();
    assert_eq!(almanac.get("/datasets/co2")["count"], 822);
}

#[test]
fn jobs_survive_the_death_of_the_app_while_it_works_on_them() {
    let Some(mut almanac) = private(&[]) else {
        return;
    };
    almanac.import_csv("co2", "time=month", file("data/co2.csv"));
    let ids: Vec<String> = (0..12)
        .map(|at| {
            let params = json!({"y": "average", "title": format!("Number {at}"), "scale": 3});
            let body = json!({"analysis": "plot", "dataset": "co2", "params": params});
            let job = almanac
                .send(Call::post("/jobs").json(&body))
                .expect(202)
                .json();
            job["id"].as_str().expect("an id").to_owned()
        })
        .collect();
    let statuses = |almanac: &Almanac| -> Vec<String> {
        let status = |id| {
            almanac.get(&format!("/jobs/{id}"))["status"]
                .as_str()
                .map(str::to_owned)
        };
        ids.iter().filter_map(status).collect()
    };
    eventually_within(Duration::from_secs(30), "a job is in progress", || {
        statuses(&almanac)
            .iter()
            .any(|status| status == "in progress")
            .then_some(())
    });
    almanac.kill_app();
    almanac.restart_app();
    let unfinished = statuses(&almanac)
        .iter()
        .filter(|status| *status != "complete")
        .count();
    assert!(unfinished > 0, "the app died too late for this test");
    for id in &ids {
        let job = almanac.wait_for_job(id);
        assert_eq!(job["status"], "complete", "{job}");
        assert!(job["attempts"].as_u64() <= Some(2), "{job}");
    }
}
