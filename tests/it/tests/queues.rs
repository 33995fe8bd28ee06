//! The queues as their operator sees them: `/metrics`, `/readyz`, pauses, the doorbell.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use it::{Almanac, Answer, Call, eventually, eventually_within, private, shared, workspace};
use serde_json::{Value, json};

fn echo(text: &str) -> Value {
    json!({"analysis": "echo", "params": {"text": text}})
}

/// In so many milliseconds, as `run_at` takes it.
fn soon(milliseconds: u64) -> Value {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = since.expect("a clock").as_millis() as u64;
    (now + milliseconds).into()
}

fn submit(almanac: &Almanac, body: &Value) -> Value {
    almanac
        .send(Call::post("/jobs").json(body))
        .expect(202)
        .json()
}

/// How many jobs are in a status. Unlike a look at one job, this wakes no worker.
fn count(almanac: &Almanac, status: &str) -> u64 {
    let list = almanac.get("/jobs?limit=1");
    list["counts"][status]
        .as_u64()
        .unwrap_or_else(|| panic!("{list}"))
}

/// `make doorbell`, at the Redis of an Almanac.
fn ring(almanac: &mut Almanac) -> String {
    let run = Command::new("scripts/doorbell.sh")
        .current_dir(workspace())
        .env("REDIS_URL", almanac.redis().url())
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{said}");
    said
}

fn paused(almanac: &Almanac, analysis: &str) -> bool {
    let known = almanac.get(&format!("/analyses/{analysis}"));
    known["paused"]
        .as_bool()
        .unwrap_or_else(|| panic!("{known}"))
}

#[test]
fn jobs_queued_before_a_restart_begin_when_the_doorbell_rings() {
    let Some(mut almanac) = private(&[]) else {
        return;
    };
    let jobs: Vec<Value> = (0..10)
        .map(|at| {
            let mut job = echo(&format!("Number {at}"));
            job["run_at"] = soon(1500);
            job
        })
        .collect();
    submit(&almanac, &jobs.into());
    almanac.kill_app();
    sleep(Duration::from_millis(1500));
    almanac.restart_app();
    // Their time has come, and nobody has told the workers.
    sleep(Duration::from_secs(1));
    assert_eq!(count(&almanac, "submitted"), 10);
    let said = ring(&mut almanac);
    for analysis in ["plot", "sleep", "echo"] {
        let line = format!("almanac.doorbell.{analysis}: rung");
        assert!(said.contains(&line), "{said}");
    }
    eventually("every job is complete", || {
        (count(&almanac, "complete") == 10).then_some(())
    });
}

#[test]
fn jobs_that_a_dead_app_had_begun_are_done_after_a_restart_and_a_ring() {
    let Some(mut almanac) = private(&[]) else {
        return;
    };
    let jobs: Vec<Value> = (0..5)
        .map(|_| json!({"analysis": "sleep", "params": {"seconds": 1}}))
        .collect();
    let answer = almanac.send(
        Call::post("/jobs")
            .header("cache-control", "no-cache")
            .json(&jobs.into()),
    );
    assert_eq!(
        answer.expect(202).json()["jobs"].as_array().map(Vec::len),
        Some(5)
    );
    eventually("a job is in progress", || {
        (count(&almanac, "in progress") > 0).then_some(())
    });
    almanac.kill_app();
    almanac.restart_app();
    ring(&mut almanac);
    // One lease has to run out first.
    eventually_within(Duration::from_secs(60), "every job is complete", || {
        (count(&almanac, "complete") == 5).then_some(())
    });
}

#[test]
fn a_paused_queue_accepts_jobs_and_begins_them_when_it_is_resumed() {
    let Some(almanac) = private(&[]) else {
        return;
    };
    assert!(!paused(&almanac, "echo"));
    for _ in 0..2 {
        let answer = almanac.send(Call::post("/analyses/echo/pause")).expect(200);
        assert_eq!(answer.json()["paused"], true, "{}", answer.describe());
    }
    assert!(paused(&almanac, "echo") && !paused(&almanac, "plot"));
    let call = Call::post("/jobs").header("prefer", "wait=2");
    let job = almanac
        .send(call.json(&echo("patience")))
        .expect(202)
        .json();
    assert_eq!(
        (&job["status"], &job["attempts"]),
        (&json!("submitted"), &json!(0))
    );
    let metrics = almanac.send(Call::get("/metrics")).expect(200);
    assert!(
        metrics
            .text()
            .contains("almanac_paused{analysis=\"echo\"} 1\n")
    );
    for _ in 0..2 {
        let answer = almanac
            .send(Call::post("/analyses/echo/resume"))
            .expect(200);
        assert_eq!(answer.json()["paused"], false, "{}", answer.describe());
    }
    let done = almanac.wait_for_job(job["id"].as_str().expect("an id"));
    assert_eq!(done["status"], "complete", "{done}");
}

#[test]
fn a_pause_needs_an_analysis_and_a_post() {
    for verb in ["pause", "resume"] {
        let nobody = shared().send(Call::post(&format!("/analyses/nobody/{verb}")));
        nobody.expect_problem(&[404], "nobody");
        let get = shared().send(Call::get(&format!("/analyses/echo/{verb}")));
        get.expect_problem(&[405], "POST");
        let more = shared().send(Call::post(&format!("/analyses/echo/{verb}?for=1h")));
        more.expect_problem(&[400], "for");
    }
}

#[test]
fn metrics_count_what_waits_and_what_was_done() {
    let Some(almanac) = private(&[]) else {
        return;
    };
    for at in 0..3 {
        almanac.run_job(&echo(&format!("Number {at}")));
    }
    let mut later = echo("later");
    later["run_at"] = soon(3_600_000);
    submit(&almanac, &later);
    let metrics = almanac.send(Call::get("/metrics")).expect(200);
    assert_eq!(
        metrics.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    for line in [
        "# TYPE almanac_jobs gauge",
        "almanac_jobs{analysis=\"echo\",status=\"waiting\"} 0",
        "almanac_jobs{analysis=\"echo\",status=\"due\"} 1",
        "almanac_jobs{analysis=\"echo\",status=\"in progress\"} 0",
        "almanac_jobs{analysis=\"plot\",status=\"waiting\"} 0",
        "almanac_jobs_finished_total{analysis=\"echo\",status=\"complete\"} 3",
        "almanac_attempts_lost_total{analysis=\"echo\"} 0",
        "almanac_dead_total{analysis=\"echo\"} 0",
        "almanac_oldest_waiting_seconds{analysis=\"echo\"} 0",
        "almanac_job_duration_seconds_count{analysis=\"echo\"} 3",
        "almanac_job_duration_seconds_bucket{analysis=\"echo\",le=\"+Inf\"} 3",
        "almanac_datasets 0",
    ] {
        let is_there = metrics.text().lines().any(|known| known == line);
        assert!(is_there, "{line}\n{}", metrics.text());
    }
}

#[test]
fn a_queue_that_waits_in_vain_is_not_ready_until_a_worker_is_rung() {
    let Some(mut almanac) = private(&[("max_wait_seconds", "1")]) else {
        return;
    };
    let mut job = echo("in vain");
    job["run_at"] = soon(200);
    submit(&almanac, &job);
    let ready = |almanac: &Almanac| -> Answer { almanac.send(Call::get("/readyz")) };
    let stalled = eventually("the queue is stalled", || {
        Some(ready(&almanac)).filter(|answer| answer.status != 200)
    });
    let problem = stalled.expect_problem(&[503], "`echo`");
    assert_eq!(problem["type"], "/help#stalled", "{problem}");
    assert!(!stalled.header("retry-after").is_empty());
    // What was paused on purpose is no reason to complain.
    let _ = almanac.send(Call::post("/analyses/echo/pause")).expect(200);
    let _ = ready(&almanac).expect(200);
    let _ = almanac
        .send(Call::post("/analyses/echo/resume"))
        .expect(200);
    ring(&mut almanac);
    eventually("the queue is ready", || {
        (ready(&almanac).status == 200).then_some(())
    });
}
