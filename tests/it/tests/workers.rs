//! Several workers, none, and workers that die: who works on what, and when.

use std::time::{Duration, Instant};

use it::{App, Call, Client, Proxy, Redis, RedisClient, eventually, eventually_within};
use serde_json::{Value, json};

/// The components that answer HTTP, without any worker.
const NO_WORKERS: [&str; 2] = ["home", "jobs"];

/// A Redis of one's own, unless the tests run against a given Almanac.
fn redis() -> Option<Redis> {
    if std::env::var_os("ALMANAC_URL").is_some() {
        eprintln!("skipped: this test needs apps of its own, and ALMANAC_URL is set");
        return None;
    }
    Some(Redis::start())
}

fn sleep(seconds: f64) -> Value {
    json!({"analysis": "sleep", "params": {"seconds": seconds}})
}

/// Submits a job that is run whatever ran before.
#[track_caller]
fn submit(client: &Client, body: &Value) -> String {
    let call = Call::post("/jobs").header("cache-control", "no-cache");
    let job = client.send(&call.json(body)).expect(202).json();
    job["id"].as_str().expect("an id").to_owned()
}

#[track_caller]
fn look(client: &Client, id: &str) -> Value {
    let answer = client.send(&Call::get(&format!("/jobs/{id}")));
    answer.expect(200).json()
}

#[track_caller]
fn wait_for(client: &Client, id: &str, status: &str) -> Value {
    let what = format!("the job is {status}");
    eventually_within(Duration::from_secs(60), &what, || {
        Some(look(client, id)).filter(|job| job["status"] == status)
    })
}

/// Rings as the `CronJob` does.
fn ring(asker: RedisClient, analysis: &str) {
    asker.ask(&["PUBLISH", &format!("almanac.doorbell.{analysis}"), ""]);
}

fn key(rest: &str) -> String {
    format!("almanac:{{jobs}}:{rest}")
}

/// Lets a lease run out now instead of in up to 15 seconds.
fn expire_lease(asker: RedisClient, id: &str) {
    let changed = asker.ask(&["ZADD", &key("leases:sleep"), "XX", "CH", "1", id]);
    assert_eq!(changed, ["1"], "nobody has a lease on {id}");
}

#[test]
fn two_workers_share_ten_jobs() {
    let Some(redis) = redis() else { return };
    let mut apps = ["one", "two"].map(|name| App::start(&redis.url(), name, &[]));
    for app in &mut apps {
        app.wait_until_ready();
    }
    let client = apps[0].client();
    let ids: Vec<String> = (0..10).map(|_| submit(&client, &sleep(1.0))).collect();
    let mut counts = [0; 2];
    for id in &ids {
        let job = wait_for(&client, id, "complete");
        assert_eq!(job["attempts"], 1, "{job}");
        let is_whose =
            |app: &App| job["worker"] == json!({"address": app.address(), "name": app.name()});
        let at = apps.iter().position(is_whose);
        counts[at.unwrap_or_else(|| panic!("whose is {job}?"))] += 1;
    }
    assert!(counts[0] > 1 && counts[1] > 1, "{counts:?}");
    let total = redis
        .client()
        .number(&["HGET", &key("totals"), "sleep complete"]);
    assert_eq!(total, 10);
}

#[test]
fn jobs_wait_for_a_worker_and_then_run_in_order() {
    let Some(redis) = redis() else { return };
    let asker = redis.client();
    let app = App::start_ready(&redis.url(), "idle", &NO_WORKERS);
    let client = app.client();
    let ids: Vec<String> = (0..100)
        .map(|at| submit(&client, &json!({"analysis": "echo", "params": {"at": at}})))
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let first = look(&client, &ids[0]);
    assert_eq!(
        [&first["status"], &first["position"]],
        [&json!("submitted"), &json!(1)]
    );
    let last = look(&client, &ids[99]);
    assert_eq!(
        [&last["status"], &last["position"]],
        [&json!("submitted"), &json!(100)]
    );

    let mut busy = App::start(&redis.url(), "busy", &[]);
    busy.wait_until_ready();
    eventually("a worker listens", || {
        let listening = asker.ask(&["PUBSUB", "NUMSUB", "almanac.doorbell.echo"]);
        (listening[1] == "1").then_some(())
    });
    ring(asker, "echo");
    // Asks Redis, since asking for the job would ring.
    eventually("all are complete", || {
        (asker.number(&["ZCARD", &key("status:complete")]) == 100).then_some(())
    });
    let tokens: Vec<u64> = ids
        .iter()
        .map(|id| asker.number(&["HGET", &key(&format!("job:{id}")), "token"]))
        .collect();
    assert!(tokens.is_sorted(), "not in order of submission: {tokens:?}");
    for id in &ids {
        let job = look(&client, id);
        assert_eq!(
            [&job["attempts"], &job["worker"]["name"]],
            [&json!(1), &json!("busy")]
        );
    }
}

#[test]
fn a_cancelled_job_stops_within_two_seconds() {
    let Some(redis) = redis() else { return };
    let app = App::start_ready(&redis.url(), "only", &[]);
    let client = app.client();
    let long = submit(&client, &sleep(60.0));
    wait_for(&client, &long, "in progress");
    // The only worker is busy: this one waits until the other has stopped in truth.
    let next = submit(&client, &sleep(0.0));
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(look(&client, &next)["status"], "submitted");

    let begun = Instant::now();
    let call = Call::new("DELETE", &format!("/jobs/{long}"));
    let cancelled = client.send(&call).expect(200).json();
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    wait_for(&client, &next, "complete");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "it stopped after {took:?}");
    assert_eq!(look(&client, &long)["status"], "cancelled");
}

#[test]
fn a_job_over_its_limit_fails_and_says_so() {
    let Some(redis) = redis() else { return };
    let app = App::start_ready(&redis.url(), "only", &[]);
    let client = app.client();
    let mut body = sleep(60.0);
    body["limit_seconds"] = 1.into();
    let begun = Instant::now();
    let job = wait_for(&client, &submit(&client, &body), "failed");
    assert!(begun.elapsed() < Duration::from_secs(5), "{job}");
    let error = job["error"].as_str().unwrap_or_default();
    assert!(error.contains("longer than its limit of 1 second"), "{job}");
    assert_eq!(job["attempts"], 1, "{job}");
}

#[test]
fn a_job_that_kills_its_worker_three_times_fails_and_blocks_nobody() {
    let Some(redis) = redis() else { return };
    let asker = redis.client();
    let mut app = App::start_ready(&redis.url(), "victim", &[]);
    let client = app.client();
    let deadly = submit(&client, &sleep(60.0));
    let mut others = Vec::new();
    for attempt in 1..=3 {
        let job = eventually("the next attempt", || {
            let job = look(&client, &deadly);
            (job["status"] == "in progress" && job["attempts"] == attempt).then_some(job)
        });
        assert_eq!(
            job["history"].as_array().map(Vec::len),
            Some(attempt - 1),
            "{job}"
        );
        app.kill();
        expire_lease(asker, &deadly);
        app.restart();
        app.wait_until_ready();
        // The queue goes on before the deadly job has its turn again.
        let other = submit(&client, &sleep(0.0));
        let job = wait_for(&client, &other, "complete");
        assert_eq!(job["attempts"], 1, "{job}");
        others.push(other);
    }
    let job = wait_for(&client, &deadly, "failed");
    assert_eq!(job["attempts"], 3, "{job}");
    let history = job["history"].as_array().expect("a history");
    assert_eq!(history.len(), 3, "{job}");
    assert!(
        history
            .iter()
            .all(|attempt| attempt["worker"]["name"] == "victim"),
        "{job}"
    );
    let error = job["error"].as_str().unwrap_or_default();
    assert!(error.contains("after 3 attempts"), "{job}");
    for set in ["queue", "due", "leases"] {
        assert_eq!(
            asker.number(&["ZCARD", &key(&format!("{set}:sleep"))]),
            0,
            "{set}"
        );
    }
}

#[test]
fn a_late_worker_changes_nothing() {
    let Some(redis) = redis() else { return };
    let asker = redis.client();
    // Without faults; it counts.
    let proxy = Proxy::start(redis.port(), 0);
    let late = App::start_ready(&proxy.url(), "late", &[]);
    let (id, record) = freeze_at_work(&late, asker);
    let prompt = App::start_ready(&redis.url(), "prompt", &[]);
    expire_lease(asker, &id);
    ring(asker, "sleep");
    let client = prompt.client();
    let job = wait_for(&client, &id, "complete");
    assert_eq!(job["worker"]["name"], "prompt", "{job}");
    let before = asker.ask(&["HGETALL", &record]);

    late.thaw();
    // Once it works again, it has been told that the job is no longer its own.
    let both: Vec<String> = (0..4)
        .map(|_| submit(&late.client(), &sleep(1.0)))
        .collect();
    let workers: Vec<Value> = both
        .iter()
        .map(|id| wait_for(&client, id, "complete")["worker"]["name"].clone())
        .collect();
    assert!(workers.contains(&json!("late")), "{workers:?}");
    assert_eq!(asker.ask(&["HGETALL", &record]), before);
    let tally = proxy.tally();
    assert_eq!(tally.refused, 1, "{tally:?}");
    assert!(!tally.finished.contains_key(&id), "{tally:?}");
    let count = |set: &str| asker.number(&["ZCARD", &key(set)]);
    let total = asker.number(&["HGET", &key("totals"), "sleep complete"]);
    assert_eq!([total, count("status:complete")], [count("all"); 2]);
}

/// Freezes an app while it has a job in hand, and returns the job's id and key. It is a job of one step,
/// which ends without asking for the lease again.
#[track_caller]
fn freeze_at_work(app: &App, asker: RedisClient) -> (String, String) {
    // On a busy machine the job may end before the app is frozen.
    for _ in 0..20 {
        let id = submit(&app.client(), &sleep(0.25));
        let record = key(&format!("job:{id}"));
        let status = || asker.ask(&["HGET", &record, "status"]).concat();
        eventually("it is begun", || (status() != "submitted").then_some(()));
        app.freeze();
        // What it sent has arrived.
        std::thread::sleep(Duration::from_millis(20));
        if status() == "in progress" {
            return (id, record);
        }
        app.thaw();
    }
    panic!("every job ended before its app could be frozen");
}
