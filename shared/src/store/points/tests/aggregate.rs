//! Aggregates of random points, compared with what a plain loop over all points tells.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Random, create, dataset, read_all, time};
use crate::app::aggregate::{Question, aggregate};
use crate::app::points as app;
use crate::domain::aggregate::{Buckets, Every, Fill, Function, Plan};
use crate::domain::time::parse_zone;
use crate::domain::{
    Comparison, Dataset, DatasetName, FieldType, Filter, PointId, Table, TimeRange, Timestamp,
    Value,
};
use crate::store::native::NativeConnection;
use crate::store::points::{self, Conflict, Imported};
use crate::store::test_server::RedisServer;

/// Position of the field of numbers, and of that of words.
const NUMBER: usize = 0;
const WORD: usize = 1;

fn functions(names: &[&str]) -> Vec<Function> {
    names
        .iter()
        .map(|name| Function::parse(name).unwrap())
        .collect()
}

fn question(dataset: &Dataset, every: &str, names: &[&str]) -> Question {
    let plan = Plan {
        every: Every::parse(every).unwrap(),
        zone: TimeZone::UTC,
        range: TimeRange::default(),
        fields: vec![dataset.fields[NUMBER].clone()],
        functions: functions(names),
        by: None,
        fill: Fill::None,
        limit: 100_000,
    };
    Question {
        plan,
        filters: Vec::new(),
        fields: vec![NUMBER],
        by: None,
    }
}

fn random_question(random: &mut Random, dataset: &Dataset) -> Question {
    let pick =
        |random: &mut Random, list: &[&'static str]| list[random.below(list.len() as u64) as usize];
    let every = pick(
        random,
        &[
            "1m", "5m", "15m", "1h", "6h", "1d", "1w", "1mo", "all", "7m", "90m", "5h", "7d",
            "2500ms",
        ],
    );
    let summarised = ["count", "sum", "mean", "min", "max"];
    let others = ["stddev", "median", "p95", "first", "last"];
    let mut question = question(dataset, every, &summarised);
    if random.chance(30) {
        question.plan.functions.extend(functions(&others));
    }
    let zone = pick(
        random,
        &["UTC", "Europe/Berlin", "Asia/Kathmandu", "+00:07"],
    );
    question.plan.zone = parse_zone(zone).unwrap();
    if random.chance(50) {
        // Now at a full minute, now not.
        let step = if random.chance(50) { 60_000 } else { 1 };
        let edge =
            |random: &mut Random| time((random.below(4_000_000) as i64 - 2_000_000) / step * step);
        let (a, b) = (edge(random), edge(random));
        question.plan.range.start = random.chance(80).then_some(a.min(b));
        question.plan.range.end = (a != b && random.chance(80)).then_some(a.max(b));
    }
    if random.chance(30) {
        let comparison = Comparison::Greater(Value::Number(0.0));
        question.filters.push(Filter {
            field: NUMBER,
            comparison,
        });
    }
    if random.chance(30) {
        question.by = Some(WORD);
        question.plan.by = Some(dataset.fields[WORD].clone());
    }
    question
}

/// What the answer should be: for each bucket and group the values in order, missing ones too.
fn expected(
    question: &Question,
    points: &[(i64, u64, Vec<Value>)],
) -> BTreeMap<(i64, String), Vec<Value>> {
    let origin = question.plan.range.start.map(Timestamp::milliseconds);
    let mut buckets = Buckets::new(question.plan.every, question.plan.zone.clone(), origin);
    let mut expected: BTreeMap<(i64, String), Vec<Value>> = BTreeMap::new();
    for (time, _, values) in points {
        let passes = |filter: &Filter| filter.comparison.admits(&values[filter.field]);
        if question.plan.range.contains(*time) && question.filters.iter().all(passes) {
            let group = question
                .by
                .map_or(String::new(), |by| format!("{:?}", values[by]));
            let bucket = (buckets.around(*time).time(), group);
            expected
                .entry(bucket)
                .or_default()
                .push(values[NUMBER].clone());
        }
    }
    expected
}

fn naive(function: Function, values: &[Value]) -> Value {
    let number = |value: &Value| match value {
        Value::Number(number) => Some(*number),
        _ => None,
    };
    let mut numbers: Vec<f64> = values.iter().filter_map(number).collect();
    let count = numbers.len() as f64;
    let (first, last) = (numbers.first().copied(), numbers.last().copied());
    let sum: f64 = numbers.iter().sum();
    let mean = sum / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    numbers.sort_by(f64::total_cmp);
    let quantile = |fraction: f64| {
        let at = fraction * (numbers.len().checked_sub(1)?) as f64;
        let (low, high) = (numbers[at.floor() as usize], numbers[at.ceil() as usize]);
        Some(low + (at - at.floor()) * (high - low))
    };
    let result = match function {
        Function::Count => return Value::Integer(numbers.len() as i64),
        _ if numbers.is_empty() => None,
        Function::Sum => Some(sum),
        Function::Mean => Some(mean),
        Function::Min => numbers.first().copied(),
        Function::Max => numbers.last().copied(),
        Function::Stddev => (count > 1.0).then(|| (squares / (count - 1.0)).sqrt()),
        Function::Median => quantile(0.5),
        Function::Percentile(thousandths) => quantile(f64::from(thousandths) / 1e5),
        Function::First => first,
        Function::Last => last,
    };
    result.map_or(Value::Missing, Value::Number)
}

fn is_close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
        _ => a == b,
    }
}

async fn compare(
    connection: &NativeConnection,
    name: &DatasetName,
    question: &Question,
    when: &str,
) {
    let points = read_all(connection, name).await;
    let expected = expected(question, &points);
    let answered = aggregate(connection, name, |_| Ok(question.clone()))
        .await
        .unwrap();
    let answer = answered.answer;
    let group = |row| {
        answer
            .groups
            .as_ref()
            .map_or(String::new(), |groups| format!("{:?}", groups.value(row)))
    };
    let rows: BTreeMap<(i64, String), usize> = answer
        .times
        .iter()
        .enumerate()
        .map(|(row, time)| ((*time, group(row)), row))
        .collect();
    assert_eq!(
        rows.len(),
        answer.times.len(),
        "{when}: a bucket comes twice"
    );
    assert!(answer.times.is_sorted(), "{when}");
    assert!(
        rows.keys().eq(expected.keys()),
        "{when}\n{rows:?}\n{expected:?}\n{question:?}"
    );
    for (key, values) in &expected {
        for (function, column) in question.plan.functions.iter().zip(&answer.columns) {
            let (told, naive) = (column.value(rows[key]), naive(*function, values));
            assert!(
                is_close(&told, &naive),
                "{when}: {function:?} of {key:?} is {told:?}, not {naive:?}\n{question:?}"
            );
        }
    }
}

fn values(random: &mut Random) -> Vec<Value> {
    let number = match random.below(8) {
        0 => Value::Missing,
        _ => Value::Number(random.below(2000) as f64 / 10.0 - 100.0),
    };
    let word = match random.below(4) {
        0 => Value::Missing,
        at => Value::Text(["rain", "sun", "snow"][at as usize - 1].to_owned()),
    };
    vec![number, word, Value::Missing]
}

fn instant(random: &mut Random) -> i64 {
    random.below(3_600_000) as i64 - 1_800_000
}

async fn import(connection: &NativeConnection, dataset: &Dataset, random: &mut Random, count: u64) {
    let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
    for _ in 0..count {
        table.push(instant(random), 0, &values(random));
    }
    import_table(connection, dataset, table).await;
}

pub(super) async fn import_table(connection: &NativeConnection, dataset: &Dataset, table: Table) {
    let revision = crate::store::datasets::get(connection, &dataset.name)
        .await
        .unwrap()
        .unwrap()
        .revision;
    let imported = points::import(
        connection,
        &dataset.name,
        &revision,
        None,
        table,
        &[],
        Conflict::Refuse,
    )
    .await;
    assert!(
        matches!(imported, Ok(Imported::Done { .. })),
        "{imported:?}"
    );
}

/// One random write.
pub(super) async fn write(connection: &NativeConnection, dataset: &Dataset, random: &mut Random) {
    let name = &dataset.name;
    match random.below(10) {
        0..6 => {
            let new = vec![(time(instant(random)), values(random))];
            app::insert(connection, name, None, |_| Ok(new.clone()))
                .await
                .unwrap();
        }
        6..8 => {
            let points = read_all(connection, name).await;
            let (at, sequence, _) = &points[random.below(points.len() as u64) as usize];
            let id = PointId {
                time: time(*at),
                sequence: *sequence,
            }
            .to_string();
            if random.chance(50) {
                app::delete(connection, name, &id, None).await.unwrap();
            } else {
                let new = values(random);
                app::edit(connection, name, &id, None, |_, _| Ok(new.clone()))
                    .await
                    .unwrap();
            }
        }
        8 => {
            let start = instant(random);
            let range = TimeRange {
                start: Some(time(start)),
                end: Some(time(start + 90_000)),
            };
            let comparison = Comparison::Less(Value::Number(0.0));
            let filters = vec![Filter {
                field: NUMBER,
                comparison,
            }];
            app::delete_range(connection, name, None, |_| Ok((range, filters.clone())))
                .await
                .unwrap();
        }
        _ => drop(points::compact(connection, name).await.unwrap()),
    }
}

#[tokio::test]
async fn aggregates_are_those_of_a_plain_loop_whatever_the_log_says() {
    let server = RedisServer::start();
    let connection = server.connect();
    for seed in 0..6 {
        let mut random = Random(seed);
        let dataset = dataset(&format!("aggregate-{seed}"), false);
        create(&connection, &dataset).await;
        import(&connection, &dataset, &mut random, 600).await;
        for step in 0..60 {
            let question = random_question(&mut random, &dataset);
            compare(
                &connection,
                &dataset.name,
                &question,
                &format!("seed {seed}, step {step}"),
            )
            .await;
            write(&connection, &dataset, &mut random).await;
        }
    }
}

#[tokio::test]
async fn buckets_of_whole_stretches_are_told_without_reading_points() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("clean", false);
    create(&connection, &dataset).await;
    import(&connection, &dataset, &mut Random(1), 2000).await;
    let names = ["count", "sum", "mean", "min", "max"];
    let ask = async |every: &str| {
        let question = question(&dataset, every, &names);
        aggregate(&connection, &dataset.name, |_| Ok(question.clone()))
            .await
            .unwrap();
        connection.take_log()
    };
    ask("all").await;
    ask("1m").await;
    assert_eq!(ask("all").await, ["EVALSHA"], "the descriptions are enough");
    let reads_points = |log: &[String]| log.iter().any(|command| command != "EVALSHA");
    for every in ["1h", "15m", "1m"] {
        let log = ask(every).await;
        assert!(
            log.len() > 1 && !reads_points(&log),
            "{every}: the summaries are enough: {log:?}"
        );
    }
    assert!(reads_points(&ask("10s").await), "the points are needed");
}

#[tokio::test]
async fn counts_are_exact_on_every_page() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("counted", false);
    create(&connection, &dataset).await;
    let mut random = Random(7);
    import(&connection, &dataset, &mut random, 500).await;
    for _ in 0..40 {
        write(&connection, &dataset, &mut random).await;
        let points = read_all(&connection, &dataset.name).await;
        let question = random_question(&mut random, &dataset);
        let passes = |(time, _, values): &&(i64, u64, Vec<Value>)| {
            let passes = |filter: &Filter| filter.comparison.admits(&values[filter.field]);
            question.plan.range.contains(*time) && question.filters.iter().all(passes)
        };
        let expected = points.iter().filter(passes).count() as u64;
        for is_descending in [false, true] {
            let wanted = points::Wanted {
                range: question.plan.range,
                filters: question.filters.clone(),
                is_descending,
                ..points::Wanted::default()
            };
            let mut query = app::Query {
                wanted,
                limit: 100,
                counts: true,
            };
            let mut read = 0;
            loop {
                let page = app::page(&connection, &dataset.name, |_| Ok(query.clone()))
                    .await
                    .unwrap();
                assert_eq!(page.count, Some(expected));
                read += page.table.len() as u64;
                query.wanted.after = page.next;
                if page.next.is_none() {
                    break;
                }
            }
            assert_eq!(read, expected);
        }
    }
}

#[tokio::test]
async fn sums_are_exact_where_summaries_would_round_them() {
    let server = RedisServer::start();
    let connection = server.connect();
    let mut dataset = dataset("large", false);
    dataset.fields[NUMBER].kind = FieldType::Integer;
    dataset.fields[WORD].kind = FieldType::Number;
    create(&connection, &dataset).await;
    let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
    let (mut sum, mut random) = (0_i64, Random(2));
    for at in 0..200 {
        let whole = Value::MAX_INTEGER - random.below(1000) as i64;
        sum += whole;
        let values = [
            Value::Integer(whole),
            Value::Number(1.7e308),
            Value::Missing,
        ];
        table.push(at * 1000, 0, &values);
    }
    import_table(&connection, &dataset, table).await;
    let mut question = question(&dataset, "all", &["sum", "mean"]);
    let ask = async |question: &Question| {
        let answered = aggregate(&connection, &dataset.name, |_| Ok(question.clone())).await;
        answered.map(|answered| answered.answer.columns)
    };
    let columns = ask(&question).await.unwrap();
    assert_eq!(columns[0].value(0), Value::Integer(sum));
    question.fields = vec![WORD];
    question.plan.fields = vec![dataset.fields[WORD].clone()];
    let refused = ask(&question).await.unwrap_err();
    assert!(
        matches!(refused, crate::app::Error::Invalid(faults) if faults[0].detail.contains("word_sum"))
    );
    question.plan.functions = functions(&["mean", "max"]);
    let columns = ask(&question).await.unwrap();
    assert_eq!(columns[0].value(0), Value::Number(1.7e308));
}

#[tokio::test]
async fn an_export_gives_every_point_also_when_its_chunks_vanish() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("exported", false);
    create(&connection, &dataset).await;
    let mut random = Random(5);
    import(&connection, &dataset, &mut random, 5_000).await;
    let all = read_all(&connection, &dataset.name).await;
    let query = |_: &Dataset| {
        Ok(app::Query {
            wanted: points::Wanted::everything(3),
            ..app::Query::default()
        })
    };
    for vanish in [false, true] {
        let mut export = app::export::begin(&connection, &dataset.name, query)
            .await
            .unwrap();
        let mut read = Vec::new();
        while let Some(table) = export.next(&connection).await.unwrap() {
            read.extend(
                (0..table.len())
                    .map(|row| (table.times[row], table.sequences[row], table.row(row))),
            );
            if vanish && read.len() % 1600 < 16 {
                // As if a minute had passed since all chunks were replaced.
                rewrite_everything(&connection, &dataset).await;
            }
        }
        assert_eq!(read.len(), all.len());
        assert_eq!(read, all);
    }
}

/// Touches every chunk, compacts, and drops the chunks that were replaced.
async fn rewrite_everything(connection: &NativeConnection, dataset: &Dataset) {
    use crate::store::Connection;
    let before = crate::args![format!("almanac:{{{}}}:chunk:*", dataset.name)];
    let old = connection.command("KEYS", before).await.unwrap();
    let range = TimeRange::default();
    let filters = vec![Filter {
        field: NUMBER,
        comparison: Comparison::Greater(Value::Number(1e9)),
    }];
    app::delete_range(connection, &dataset.name, None, |_| {
        Ok((range, filters.clone()))
    })
    .await
    .unwrap();
    points::compact(connection, &dataset.name).await.unwrap();
    for key in old {
        let crate::store::Reply::Bytes(key) = key else {
            continue;
        };
        let alive = connection
            .command("TTL", crate::args![key.clone()])
            .await
            .unwrap();
        if alive != [crate::store::Reply::Int(-1)] {
            connection.command("DEL", crate::args![key]).await.unwrap();
        }
    }
}
