//! How fast the parts are, natively: `make bench` runs these first. A million minutes with two
//! measurements of one decimal and a word, in a redis-server of their own.

mod redis;
mod series;

use std::hint::black_box;
use std::time::Duration;

use almanac::app::aggregate::{Question, aggregate};
use almanac::app::import::{Format, Importer, Options};
use almanac::app::imports::{self, Terms};
use almanac::app::points::thin::thin;
use almanac::app::points::{Query, page};
use almanac::app::quotas::Quotas;
use almanac::domain::aggregate::{Every, Fill, Function, Plan};
use almanac::domain::{
    Comparison, Dataset, DatasetName, Filter, Table, TimeRange, Timestamp, Value,
};
use almanac::store::native::NativeConnection;
use almanac::store::points::{Conflict, Wanted, chunk};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use redis::RedisServer;
use series::ROWS;

criterion_group! {
    name = points;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(10)
        .without_plots();
    targets = codec, parse, queries, pictures
}
criterion_main!(points);

/// One chunk: written, read with one of its columns, read whole.
fn codec(criterion: &mut Criterion) {
    let dataset = series::dataset();
    let table = series::table(0..chunk::FULL as u64);
    let encode = || chunk::encode("0123456789abcdef", &table).expect("a chunk");
    let blob = encode().blob;
    println!(
        "one chunk: {} points, {:.2} bytes each",
        table.len(),
        blob.len() as f64 / table.len() as f64
    );
    let mut group = criterion.benchmark_group("chunk");
    group.throughput(Throughput::Elements(table.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(encode));
    for (name, wanted) in [("decode one column", &[0][..]), ("decode all", &[0, 1, 2])] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| chunk::decode(black_box(&blob), &dataset.fields, wanted));
        });
    }
    group.bench_function("decode summaries", |bencher| {
        bencher.iter(|| chunk::decode_cells(black_box(&blob), &dataset.fields, &[0, 1], false));
    });
    group.finish();
}

/// A tenth of the file, read into columns.
fn parse(criterion: &mut Criterion) {
    let files = [
        ("csv", Format::Csv, series::csv(0..ROWS / 10)),
        ("ndjson", Format::Ndjson, series::ndjson(0..ROWS / 10)),
    ];
    let mut group = criterion.benchmark_group("import");
    for (name, format, file) in files {
        group.throughput(Throughput::Elements(ROWS / 10));
        group.bench_function(name, |bencher| {
            bencher.iter(|| parsed(format, black_box(&file)));
        });
    }
    group.finish();
}

fn parsed(format: Format, file: &str) -> almanac::app::import::Parsed {
    let mut importer = Importer::new(format, Options::default(), None).expect("options");
    importer.push(file.as_bytes()).expect("a file");
    importer.finish().expect("rows")
}

/// Pages, scans and aggregates of the whole series, the round trips to Redis included.
fn queries(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = RedisServer::start();
    let connection = NativeConnection::new(server.address());
    let dataset = series::dataset();
    runtime.block_on(store(&connection, &dataset, series::table(0..ROWS)));
    let mut group = criterion.benchmark_group("a million points");
    for (name, query) in pages() {
        group.bench_function(name, |bencher| {
            let run = || page(&connection, &dataset.name, |_| Ok(query.clone()));
            bencher.iter(|| runtime.block_on(run()).expect("a page"));
        });
    }
    for (name, every, zone, function, by) in [
        ("hourly mean", "1h", "UTC", "mean", None),
        ("daily mean", "1d", "UTC", "mean", None),
        ("daily mean in Berlin", "1d", "Europe/Berlin", "mean", None),
        ("daily median", "1d", "UTC", "median", None),
        ("daily deviation", "1d", "UTC", "stddev", None),
        ("daily mean by word", "1d", "UTC", "mean", Some(2)),
        ("mean of all", "all", "UTC", "mean", None),
    ] {
        let question = question(&dataset, every, zone, function, by);
        group.bench_function(name, |bencher| {
            bencher.iter(|| ask(&runtime, &connection, &dataset.name, &question));
        });
    }
    group.finish();
}

/// Pictures of a million and of ten million points.
fn pictures(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut group = criterion.benchmark_group("thin");
    for rows in [ROWS, 10 * ROWS] {
        let server = RedisServer::start();
        let connection = NativeConnection::new(server.address());
        let dataset = series::dataset();
        runtime.block_on(store(&connection, &dataset, series::table(0..rows)));
        for (fields, count) in [(vec![0], 500), (vec![0], 1000), (vec![0, 1], 1000)] {
            let name = format!("{} fields of {rows} points to {count}", fields.len());
            let query = Query {
                wanted: Wanted {
                    fields,
                    ..Wanted::default()
                },
                ..Query::default()
            };
            group.bench_function(name, |bencher| {
                let run = || thin(&connection, &dataset.name, count, |_| Ok(query.clone()));
                bencher.iter(|| runtime.block_on(run()).expect("points"));
            });
        }
    }
    group.finish();
}

fn ask(runtime: &Runtime, connection: &NativeConnection, name: &DatasetName, question: &Question) {
    let answer = runtime.block_on(aggregate(connection, name, |_| Ok(question.clone())));
    black_box(answer.expect("an answer"));
}

async fn store(connection: &NativeConnection, dataset: &Dataset, table: Table) {
    let parsed = almanac::app::import::Parsed {
        fields: dataset.fields.clone(),
        rows: table.len() as u64,
        table,
        skipped: 0,
        faults: Vec::new(),
        time: almanac::app::import::FoundTime::default(),
        missing: Vec::new(),
        notes: Vec::new(),
    };
    let target = imports::target(connection, dataset.name.clone())
        .await
        .expect("a target");
    let terms = Terms {
        conflict: Conflict::Refuse,
        if_version: None,
        now: Timestamp::MIN,
        revision: "of the benchmark",
        max_datasets: 1,
        quotas: Quotas::NONE,
    };
    imports::commit(connection, &target, parsed, terms)
        .await
        .expect("an import");
}

fn pages() -> [(&'static str, Query); 3] {
    let everything = Wanted::everything(3);
    let start = Timestamp::from_milliseconds(series::time(ROWS / 2)).ok();
    let range = TimeRange { start, end: None };
    let rare = Filter {
        field: 0,
        comparison: Comparison::Greater(Value::Number(1e6)),
    };
    let word = Filter {
        field: 2,
        comparison: Comparison::Equal(Value::Text("storm".to_owned())),
    };
    let page = |wanted, limit| Query {
        wanted,
        limit,
        counts: false,
    };
    [
        (
            "1,000 in a range",
            page(
                Wanted {
                    range,
                    ..everything.clone()
                },
                1000,
            ),
        ),
        (
            "a filter over all that nothing passes",
            page(
                Wanted {
                    filters: vec![rare],
                    ..everything.clone()
                },
                1000,
            ),
        ),
        (
            "a filter over all that an eighth passes",
            page(
                Wanted {
                    filters: vec![word],
                    ..everything
                },
                1_000_000,
            ),
        ),
    ]
}

fn question(
    dataset: &Dataset,
    every: &str,
    zone: &str,
    function: &str,
    by: Option<usize>,
) -> Question {
    let plan = Plan {
        every: Every::parse(every).expect("a length"),
        zone: TimeZone::get(zone).expect("a zone"),
        range: TimeRange::default(),
        fields: dataset.fields.iter().take(2).cloned().collect(),
        functions: vec![Function::parse(function).expect("a function")],
        by: by.and_then(|at| dataset.fields.get(at).cloned()),
        fill: Fill::None,
        limit: 100_000,
    };
    Question {
        plan,
        filters: Vec::new(),
        fields: vec![0, 1],
        by,
    }
}
