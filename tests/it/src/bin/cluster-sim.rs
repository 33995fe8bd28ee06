//! The topology of k8s/ on one machine: two API apps behind a balancer and two apps of workers, on one Redis
//! with a password.
//!
//!     cargo run -p it --bin cluster-sim
//!
//! Ten jobs must be worked on by both workers. Then the integration tests run against the balancer, and while
//! they run one API app and one app of workers are killed. A test that was speaking with the killed API
//! may fail; it is run again, against what is left, and must pass.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use it::{App, Balancer, Call, Client, Redis, eventually_within, workspace};
use serde_json::{Value, json};

const PASSWORD: &str = "cluster-sim-password";
/// Tests that have begun when the two are killed.
const TESTS_BEFORE: usize = 25;
/// Tests at a time, and so the most that the kill can take with it.
const THREADS: usize = 2;

fn main() -> ExitCode {
    let redis = Redis::start_protected(&[], PASSWORD);
    let (api, workers) = components();
    let api: Vec<&str> = api.iter().map(String::as_str).collect();
    let workers: Vec<&str> = workers.iter().map(String::as_str).collect();
    say(&format!("Redis with a password at port {}", redis.port()));
    let mut apis = ["api-0", "api-1"].map(|name| App::start_ready(&redis.url(), name, &api));
    let mut worker_apps =
        ["worker-0", "worker-1"].map(|name| App::start(&redis.url(), name, &workers));
    let balancer = Balancer::start(&apis.each_ref().map(App::port));
    say(&format!(
        "two APIs behind {}, and two apps of workers",
        balancer.url()
    ));
    let client = Client::to(&balancer.url());

    spread(&client);
    let [killed_api, _] = &mut apis;
    let [killed_worker, _] = &mut worker_apps;
    let ran = suite(&balancer.url(), &[], || {
        say("killing api-0 and worker-0");
        killed_api.kill();
        killed_worker.kill();
    });
    say(&format!(
        "{} tests passed, {} failed",
        ran.passed,
        ran.failed.len()
    ));
    if ran.passed == 0 || ran.failed.len() > THREADS {
        say(&format!(
            "not only what was in flight: {}",
            ran.failed.join(", ")
        ));
        return ExitCode::FAILURE;
    }
    if !ran.failed.is_empty() {
        say("again, on what is left, those that spoke with the killed API");
        let again = suite(&balancer.url(), &ran.failed, || ());
        if !again.failed.is_empty() {
            say(&format!("failed again: {}", again.failed.join(", ")));
            return ExitCode::FAILURE;
        }
    }
    say("every test passed, with one API and one app of workers killed among them");
    ExitCode::SUCCESS
}

fn say(what: &str) {
    println!("cluster-sim: {what}");
}

/// The components of spin.toml that answer requests, and those that run jobs.
fn components() -> (Vec<String>, Vec<String>) {
    let text = it::file("spin.toml");
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("[component.")?.strip_suffix(']'));
    let names = names.filter(|name| !name.contains('.')).map(str::to_owned);
    let (workers, api): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with("-worker"));
    assert!(
        !workers.is_empty() && !api.is_empty(),
        "components of spin.toml"
    );
    (api, workers)
}

/// Ten jobs, with both apps of workers there: each runs once, and both have a part of them.
fn spread(client: &Client) {
    let order = json!({"analysis": "sleep", "params": {"seconds": 0.5}});
    // Both apps subscribe before the first ring.
    eventually_within(Duration::from_secs(120), "both workers work", || {
        let ids: Vec<String> = (0..10).map(|_| submit(client, &order)).collect();
        let jobs: Vec<Value> = ids.iter().map(|id| finished(client, id)).collect();
        let count = |name: &str| {
            jobs.iter()
                .filter(|job| job["worker"]["name"] == name)
                .count()
        };
        let (first, second) = (count("worker-0"), count("worker-1"));
        say(&format!(
            "ten jobs: {first} by worker-0, {second} by worker-1"
        ));
        let is_once = jobs
            .iter()
            .all(|job| job["attempts"] == 1 && job["status"] == "complete");
        (is_once && first + second == 10 && first > 0 && second > 0).then_some(())
    });
}

fn submit(client: &Client, order: &Value) -> String {
    let call = Call::post("/jobs")
        .header("cache-control", "no-cache")
        .json(order);
    let job = client.send(&call).expect(202).json();
    job["id"].as_str().expect("an id").to_owned()
}

fn finished(client: &Client, id: &str) -> Value {
    let call = Call::get(&format!("/jobs/{id}")).header("prefer", "wait=5");
    eventually_within(Duration::from_secs(60), "the job ends", || {
        let job = client.send(&call).expect(200).json();
        job["finished"].is_string().then_some(job)
    })
}

/// What became of a run of the tests.
struct Ran {
    passed: usize,
    failed: Vec<String>,
}

/// Runs the integration tests, all or those named, against an address; `halfway` is called when some of them
/// have ended.
fn suite(url: &str, only: &[String], halfway: impl FnOnce()) -> Ran {
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "test",
        "-p",
        "it",
        "--test",
        "it",
        "--",
        "--test-threads",
        &THREADS.to_string(),
    ]);
    if !only.is_empty() {
        command.arg("--exact").args(only);
    }
    let started = Instant::now();
    let mut child = command
        .env("ALMANAC_URL", url)
        .current_dir(workspace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo");
    let output = child.stdout.take().expect("its output");
    let mut ran = Ran {
        passed: 0,
        failed: Vec::new(),
    };
    let mut halfway = Some(halfway);
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        match line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            Some((_, "ok")) => ran.passed += 1,
            Some((name, "FAILED")) => {
                println!("{line}");
                ran.failed.push(name.to_owned());
            }
            _ => {}
        }
        if ran.passed >= TESTS_BEFORE
            && let Some(halfway) = halfway.take()
        {
            halfway();
        }
        if line.contains("panicked at") || line.starts_with("test result") {
            println!("{line}");
        }
    }
    let status = child.wait().expect("the tests end");
    say(&format!(
        "the tests ended after {} s: {status}",
        started.elapsed().as_secs()
    ));
    assert!(
        status.success() || !ran.failed.is_empty(),
        "the tests did not run"
    );
    ran
}
