//! What `make bench` prints: how fast an Almanac of its own answers over HTTP. Every part is bounded
//! in time; the whole takes about two minutes at most.

mod connection;
mod jobs;
mod series;

use std::time::{Duration, Instant};

use it::{Almanac, Call};
use serde_json::{Value, json};

use connection::{Load, Measured};
use series::{ROWS, csv, time};

/// How long each kind of request is measured.
const SPAN: Duration = Duration::from_secs(2);
const CONNECTIONS: [usize; 2] = [1, 8];
/// More waiting jobs than a part submits.
const MAX_WAITING: &str = "1000000";

fn main() {
    let mut almanac = Almanac::start(&[("max_waiting_jobs", MAX_WAITING)]);
    import(&mut almanac);
    import_with_keys(&almanac);
    requests(&almanac);
    scans(&almanac);
    jobs::latency(&almanac);
    jobs::plots(&almanac);
    println!();
    jobs::submissions(&almanac);
    jobs::throughput(&almanac);
}

fn import(almanac: &mut Almanac) {
    let before = almanac.redis().info("used_memory");
    let report = timed_import(almanac, "bench", csv(false), 201);
    assert_eq!(report["imported"], ROWS, "{report}");
    let bytes = almanac.redis().info("used_memory").saturating_sub(before);
    println!(
        "  {:>10.2} bytes of Redis per point",
        bytes as f64 / ROWS as f64
    );
    println!();
}

/// The same rows with a key each: first all new, then all in the place of what is there.
fn import_with_keys(almanac: &Almanac) {
    let fields = [
        ("name", "text"),
        ("temperature", "number"),
        ("pressure", "number"),
        ("weather", "text"),
    ];
    let fields = fields.map(|(name, kind)| json!({"name": name, "type": kind}));
    let dataset = json!({"name": "keyed", "key": "name", "fields": fields});
    almanac
        .send(Call::post("/datasets").json(&dataset))
        .expect(201)
        .json();
    for outcome in ["imported", "replaced"] {
        let report = timed_import(almanac, "keyed", csv(true), 200);
        assert_eq!(report[outcome], ROWS, "{report}");
    }
    println!();
}

fn timed_import(almanac: &Almanac, dataset: &str, file: String, status: u16) -> Value {
    let megabytes = file.len() as f64 / 1e6;
    let started = Instant::now();
    let path = format!("/datasets/{dataset}/import?time=time&on_conflict=replace");
    let report = almanac.send(Call::post(&path).csv(file)).expect(status);
    let report = report.json();
    let seconds = started.elapsed().as_secs_f64();
    println!("import of a CSV of {ROWS} rows, {megabytes:.1} MB, into {dataset}");
    println!("  {:>10.0} rows/s, {seconds:.2} s", ROWS as f64 / seconds);
    report
}

/// Questions to all points at once, by one who asks them one after the other.
fn scans(almanac: &Almanac) {
    let mean = |every: &str| format!("/datasets/bench/aggregate?every={every}&fn=mean");
    let filter = "/datasets/bench/points?temperature=gt.15&weather=eq.rain&count=exact&limit=1";
    print_heading();
    for (name, path) in [
        ("hourly means of all", mean("1h")),
        ("daily means of all", mean("1d")),
        ("a filter over all", filter.to_owned()),
    ] {
        almanac.send(Call::get(&path)).expect(200).json();
        let load = Load {
            host: almanac.url().trim_start_matches("http://"),
            connections: 1,
            span: SPAN,
        };
        print_row(name, 1, &load.run(&|_| get(&path)));
    }
    println!();
}

fn requests(almanac: &Almanac) {
    almanac
        .send(Call::post("/datasets").json(&json!({
            "name": "written",
            "fields": [{"name": "value", "type": "number"}],
        })))
        .expect(201)
        .json();
    let ids: Vec<String> = (0..100)
        .map(|at| {
            let from = at * (ROWS / 100);
            let page = almanac.points("bench", &format!("start={}&limit=1", time(from)));
            page[0]["id"]
                .as_str()
                .unwrap_or_else(|| panic!("no id: {page:?}"))
                .to_owned()
        })
        .collect();
    let by_id = |n: u64| {
        get(&format!(
            "/datasets/bench/points/{}",
            ids[n as usize % ids.len()]
        ))
    };
    let range = |points: u64| {
        move |n: u64| {
            // A prime stride spreads the ranges over the whole series.
            let from = (n * 7919 * points) % (ROWS - points);
            let (start, end) = (time(from), time(from + points));
            get(&format!("/datasets/bench/points?start={start}&end={end}"))
        }
    };
    let write = |n: u64| {
        let body = json!({"time": time(n), "value": n as f64 / 10.0}).to_string();
        format!(
            "POST /datasets/written/points HTTP/1.1\r\nhost: bench\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let host = almanac.url().trim_start_matches("http://");
    let measure = |name: &str, request: &(dyn Fn(u64) -> String + Sync)| {
        for connections in CONNECTIONS {
            let measured = Load {
                host,
                connections,
                span: SPAN,
            }
            .run(request);
            print_row(name, connections, &measured);
        }
    };
    print_heading();
    measure("GET /healthz", &|_| get("/healthz"));
    measure("one point by id", &by_id);
    measure("100 points by range", &range(100));
    measure("1,000 points as JSON", &range(1000));
    measure("one point written", &write);
    println!();
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n")
}

fn print_heading() {
    println!(
        "{:<24} {:>11} {:>12} {:>9} {:>9}",
        "request", "connections", "requests/s", "p50 ms", "p99 ms"
    );
}

fn print_row(name: &str, connections: usize, measured: &Measured) {
    println!(
        "{name:<24} {connections:>11} {:>12.0} {:>9.2} {:>9.2}",
        measured.per_second(),
        measured.percentile(50).as_secs_f64() * 1e3,
        measured.percentile(99).as_secs_f64() * 1e3,
    );
}
