//! How fast jobs are taken in, run and reported. Every job has a parameter of its own, because a job like
//! an earlier one has its result at once.

use std::time::{Duration, Instant};

use it::{Almanac, Call};
use serde_json::{Value, json};

use crate::connection::Load;
use crate::series::time;
use crate::{CONNECTIONS, SPAN, print_heading, print_row};

/// Jobs of one submission in bulk, and how many of these.
const BULK: u64 = 1000;
const BULKS: u64 = 10;
/// Jobs that are submitted one after the other, each once the last is complete.
const SINGLES: u64 = 300;
const PLOTS: u64 = 20;
const PLOT_POINTS: u64 = 10_000;
/// How often it is asked whether all jobs are complete; each question costs the app a little.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Submits to a queue that is paused, so that nothing but the submission is measured.
pub(crate) fn submissions(almanac: &Almanac) {
    post(almanac, "/analyses/echo/pause");
    let host = almanac.url().trim_start_matches("http://");
    print_heading();
    for connections in CONNECTIONS {
        let request = move |n: u64| {
            let body = echo(&format!("{connections} {n}")).to_string();
            format!(
                "POST /jobs HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let load = Load {
            host,
            connections,
            span: SPAN,
        };
        print_row("one job submitted", connections, &load.run(&request));
    }
    let started = Instant::now();
    let waiting = unfinished(almanac);
    post(almanac, "/analyses/echo/resume");
    wait_for_all(almanac);
    println!();
    print_rate("trivial jobs that waited, by one worker", waiting, started);
}

/// Submits trivial jobs in bulk while one worker runs them.
pub(crate) fn throughput(almanac: &Almanac) {
    let bulks: Vec<Value> = (0..BULKS)
        .map(|bulk| {
            (0..BULK)
                .map(|at| echo(&format!("bulk {bulk} {at}")))
                .collect()
        })
        .collect();
    let started = Instant::now();
    for bulk in &bulks {
        let call = Call::post("/jobs").json(bulk);
        almanac.send(call).expect(202).json();
    }
    wait_for_all(almanac);
    let name = "trivial jobs from submission in bulk to completion";
    print_rate(name, BULKS * BULK, started);
}

/// Runs trivial jobs one by one on an Almanac that has nothing else to do.
pub(crate) fn latency(almanac: &Almanac) {
    let name = "trivial job, from submission to completion";
    print_spans(name, SINGLES, |at| {
        run(almanac, &echo(&format!("single {at}")))
    });
}

pub(crate) fn plots(almanac: &Almanac) {
    let name = format!("scatter plot of {PLOT_POINTS} points, from submission to completion");
    print_spans(&name, PLOTS, |at| {
        let body = json!({
            "analysis": "plot",
            "dataset": "bench",
            "start": time(0),
            "end": time(PLOT_POINTS),
            "params": {
                "kind": "scatter", "x": "temperature", "y": "pressure",
                "title": format!("Run {at}"),
            },
        });
        run(almanac, &body);
    });
}

fn echo(word: &str) -> Value {
    json!({"analysis": "echo", "params": {"word": word}})
}

fn post(almanac: &Almanac, path: &str) {
    almanac.send(Call::post(path)).expect(200).json();
}

fn run(almanac: &Almanac, body: &Value) {
    let call = Call::post("/jobs").header("prefer", "wait=30").json(body);
    let record = almanac.send(call).expect(200).json();
    assert_eq!(record["status"], "complete", "{record}");
}

fn unfinished(almanac: &Almanac) -> u64 {
    let counts = &almanac.get("/jobs?limit=1")["counts"];
    ["submitted", "in progress"]
        .iter()
        .map(|status| {
            counts[status]
                .as_u64()
                .unwrap_or_else(|| panic!("no count of {status}: {counts}"))
        })
        .sum()
}

fn wait_for_all(almanac: &Almanac) {
    while unfinished(almanac) > 0 {
        std::thread::sleep(ASK_EVERY);
    }
}

fn print_rate(name: &str, jobs: u64, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!("{name}: {jobs} in {seconds:.2} s");
    println!("  {:>10.0} jobs/s", jobs as f64 / seconds);
}

fn print_spans(name: &str, times: u64, run: impl Fn(u64)) {
    let mut spans: Vec<Duration> = (0..times)
        .map(|at| {
            let started = Instant::now();
            run(at);
            started.elapsed()
        })
        .collect();
    spans.sort();
    let at = |percent: usize| {
        let span = spans.get(spans.len() * percent / 100);
        span.copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    println!("{name}, {times} times");
    println!("  {:>10.1} ms p50", at(50));
    println!("  {:>10.1} ms p99", at(99));
}
