//! Thinned points, whatever the log says, with chunks read and chunks left out.

use super::aggregate::{import_table, write};
use super::{Random, create, dataset, read_all, time};
use crate::app::points as app;
use crate::domain::{Comparison, Dataset, FieldType, Filter, Table, TimeRange, Value};
use crate::store::native::NativeConnection;
use crate::store::points;
use crate::store::test_server::RedisServer;

type Point = (i64, u64, Vec<Value>);

async fn thin(
    connection: &NativeConnection,
    dataset: &Dataset,
    count: usize,
    wanted: &points::Wanted,
) -> Vec<Point> {
    let query = app::Query {
        wanted: wanted.clone(),
        counts: true,
        ..app::Query::default()
    };
    let page = app::thin::thin(connection, &dataset.name, count, |_| Ok(query.clone()));
    let page = page.await.unwrap();
    let table = page.table;
    let point = |row: usize| (table.times[row], table.sequences[row], table.row(row));
    (0..table.len()).map(point).collect()
}

async fn filled(connection: &NativeConnection, name: &str, random: &mut Random) -> Dataset {
    let mut dataset = dataset(name, false);
    dataset.fields[2].kind = FieldType::Integer;
    create(connection, &dataset).await;
    let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
    for _ in 0..700 {
        let number = match random.below(8) {
            0 => Value::Missing,
            _ => Value::Number(random.below(2000) as f64 / 10.0 - 100.0),
        };
        let word = Value::Text("word".to_owned());
        let whole = Value::Integer(random.below(1_000_000) as i64);
        let at = random.below(3_600_000) as i64 - 1_800_000;
        table.push(at, 0, &[number, word, whole]);
    }
    import_table(connection, &dataset, table).await;
    dataset
}

/// The extremes of a field.
fn extremes(points: &[Point], field: usize) -> Option<(f64, f64)> {
    let number = |(_, _, values): &Point| match values[field] {
        Value::Number(number) => Some(number),
        Value::Integer(number) => Some(number as f64),
        _ => None,
    };
    let numbers = || points.iter().filter_map(number);
    Some((numbers().reduce(f64::min)?, numbers().reduce(f64::max)?))
}

#[tokio::test]
async fn thinned_points_are_some_of_all_with_both_ends_and_all_extremes() {
    let server = RedisServer::start();
    let connection = server.connect();
    let mut random = Random(3);
    let dataset = filled(&connection, "thinned", &mut random).await;
    let edge = |random: &mut Random| time(random.below(3_600_000) as i64 - 1_800_000);
    for step in 0..40 {
        write(&connection, &dataset, &mut random).await;
        let mut wanted = points::Wanted::everything(3);
        wanted.is_descending = step % 3 == 0;
        if step % 4 == 1 {
            let (a, b) = (edge(&mut random), edge(&mut random));
            (wanted.range.start, wanted.range.end) = (Some(a.min(b)), Some(a.max(b)));
        }
        if step % 5 == 2 {
            let comparison = Comparison::Greater(Value::Number(0.0));
            wanted.filters = vec![Filter {
                field: 0,
                comparison,
            }];
        }
        let mut all = read_all(&connection, &dataset.name).await;
        all.retain(|(time, _, values)| {
            let passes = |filter: &Filter| filter.comparison.admits(&values[filter.field]);
            wanted.range.contains(*time) && wanted.filters.iter().all(passes)
        });
        if wanted.is_descending {
            all.reverse();
        }
        for count in [3, 8, 20, 50, 500, 10_000] {
            let thinned = thin(&connection, &dataset, count, &wanted).await;
            if all.len() <= count {
                assert_eq!(thinned, all);
                continue;
            }
            assert!(
                thinned.len() <= count && thinned.len() * 3 > count,
                "{step}, {count}"
            );
            assert_eq!((thinned.first(), thinned.last()), (all.first(), all.last()));
            let mut rest = all.iter();
            assert!(thinned.iter().all(|point| rest.any(|other| other == point)));
            if count > 5 {
                for field in [0, 2] {
                    assert_eq!(
                        extremes(&thinned, field),
                        extremes(&all, field),
                        "{step}, {count}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_few_of_many_points_read_few_chunks() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("many", false);
    create(&connection, &dataset).await;
    let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
    let mut random = Random(9);
    for at in 0..16 * 1000 {
        let number = match at {
            8_000 => Value::Number(1e6),
            _ if (3_000..6_000).contains(&at) => Value::Missing,
            _ => Value::Number(random.below(1000) as f64),
        };
        table.push(at * 1000, 0, &[number]);
    }
    import_table(&connection, &dataset, table).await;
    let wanted = points::Wanted {
        fields: vec![0],
        range: TimeRange::default(),
        ..points::Wanted::default()
    };
    let thinned = thin(&connection, &dataset, 40, &wanted).await;
    assert!(thinned.len() <= 40);
    assert!(thinned.iter().any(|(time, ..)| *time == 8_000_000));
    let is_gap = |(time, _, values): &&Point| {
        values[0] == Value::Missing && (3_000_000..6_000_000).contains(time)
    };
    assert_eq!(thinned.iter().filter(is_gap).count(), 1);
    connection.take_log();
    thin(&connection, &dataset, 40, &wanted).await;
    let log = connection.take_log();
    assert!(log.len() < 20, "{log:?}");
}
