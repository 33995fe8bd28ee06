//! Many writers, compactors, importers and readers at once: nothing lost, nothing doubled, no
//! import half seen.

use std::collections::HashSet;

use futures::future::join_all;

use super::{check_index, create, dataset, read_all, time};
use crate::app::points as app;
use crate::domain::{Table, TimeRange, Value};
use crate::store::native::NativeConnection;
use crate::store::points;
use crate::store::test_server::RedisServer;

const WRITERS: usize = 8;
const WRITES: usize = 60;
const IMPORTS: usize = 12;
const ROWS: usize = 50;

#[tokio::test]
async fn concurrent_work_loses_and_doubles_nothing() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("busy", false);
    create(&connection, &dataset).await;
    let name = &dataset.name;
    let connect = || NativeConnection::new(server.address());

    let writers = (0..WRITERS).map(|writer| async move {
        let connection = connect();
        for write in 0..WRITES {
            let values = vec![
                Value::Number(write as f64),
                text(&format!("writer {writer}")),
                Value::Missing,
            ];
            let point = (time((write * WRITERS + writer) as i64), values);
            app::insert(&connection, name, None, |_| Ok(vec![point.clone()]))
                .await
                .unwrap();
        }
    });
    let compactors = (0..3).map(|_| async move {
        let connection = connect();
        for _ in 0..60 {
            points::compact(&connection, name).await.unwrap();
        }
    });
    let importer = async {
        let connection = connect();
        let revision = crate::store::datasets::get(&connection, name)
            .await
            .unwrap()
            .unwrap()
            .revision;
        for import in 0..IMPORTS {
            let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
            for row in 0..ROWS {
                let values = [Value::Number(row as f64), text(&format!("import {import}"))];
                table.push((row * 10) as i64, 0, &values);
            }
            let conflict = points::Conflict::Refuse;
            let done =
                points::import(&connection, name, &revision, None, table, &[], conflict).await;
            assert!(
                matches!(done, Ok(points::Imported::Done { inserted: ROWS, .. })),
                "{done:?}"
            );
        }
    };
    let readers = (0..3).map(|_| async move {
        let connection = connect();
        let mut seen = 0;
        for _ in 0..40 {
            let all = read_all(&connection, name).await;
            assert!(
                all.len() >= seen,
                "a reader saw {seen} points, then {}",
                all.len()
            );
            seen = all.len();
            let ids: HashSet<u64> = all.iter().map(|(_, sequence, _)| *sequence).collect();
            assert_eq!(ids.len(), all.len(), "a point was seen twice");
            for import in 0..IMPORTS {
                let word = text(&format!("import {import}"));
                let rows = all
                    .iter()
                    .filter(|(_, _, values)| values[1] == word)
                    .count();
                assert!(
                    rows == 0 || rows == ROWS,
                    "import {import} was seen with {rows} rows"
                );
            }
        }
    });
    tokio::join!(
        join_all(writers),
        join_all(compactors),
        importer,
        join_all(readers)
    );

    let all = read_all(&connection, name).await;
    assert_eq!(all.len(), WRITERS * WRITES + IMPORTS * ROWS);
    for writer in 0..WRITERS {
        let word = text(&format!("writer {writer}"));
        let mut numbers: Vec<f64> = all
            .iter()
            .filter(|(_, _, values)| values[1] == word)
            .filter_map(|(_, _, values)| match values[0] {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .collect();
        numbers.sort_by(f64::total_cmp);
        let expected: Vec<f64> = (0..WRITES).map(|write| write as f64).collect();
        assert_eq!(numbers, expected, "writer {writer}");
    }
}

#[tokio::test]
async fn edits_of_one_point_and_deletions_of_ranges_are_all_counted() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("edited", false);
    create(&connection, &dataset).await;
    let name = &dataset.name;
    let connect = || NativeConnection::new(server.address());
    let zero = vec![Value::Number(0.0), Value::Missing, Value::Missing];
    let created = app::insert(&connection, name, None, |_| {
        Ok(vec![(time(-1), zero.clone())])
    })
    .await;
    let id = &created.unwrap().points[0].id.to_string();

    let editors = (0..4).map(|_| async move {
        let connection = connect();
        for _ in 0..10 {
            let add = |_: &_, old: &crate::domain::Point| {
                let Value::Number(number) = old.values[0] else {
                    panic!()
                };
                Ok(vec![
                    Value::Number(number + 1.0),
                    Value::Missing,
                    Value::Missing,
                ])
            };
            app::edit(&connection, name, id, None, add).await.unwrap();
        }
    });
    let inserters = (0..4).map(|_| async move {
        let connection = connect();
        for at in 0..50 {
            let point = (time(at), vec![Value::Number(1.0)]);
            app::insert(&connection, name, None, |_| Ok(vec![point.clone()]))
                .await
                .unwrap();
        }
    });
    let deleters = (0..3).map(|_| async move {
        let connection = connect();
        let range = TimeRange {
            start: Some(time(0)),
            end: None,
        };
        let mut deleted = 0;
        for _ in 0..15 {
            deleted += app::delete_range(&connection, name, None, |_| Ok((range, vec![])))
                .await
                .unwrap();
        }
        deleted
    });
    let (_, _, deleted) = tokio::join!(join_all(editors), join_all(inserters), join_all(deleters));

    let all = read_all(&connection, name).await;
    assert_eq!(all[0].2[0], Value::Number(40.0), "an edit was lost");
    assert_eq!(deleted.iter().sum::<u64>() as usize + all.len() - 1, 200);
}

#[tokio::test]
async fn files_and_writers_that_want_the_same_keys_get_each_key_once() {
    let server = RedisServer::start();
    for (conflict, name) in [
        (points::Conflict::Skip, "skipped"),
        (points::Conflict::Replace, "replaced"),
    ] {
        want_the_same_keys(&server, conflict, name).await;
    }
}

/// Writers compact as they fill the log, and take some of the files' keys if they are faster.
async fn want_the_same_keys(server: &RedisServer, conflict: points::Conflict, name: &str) {
    let connection = server.connect();
    let dataset = dataset(name, true);
    create(&connection, &dataset).await;
    let (name, fields) = (&dataset.name, &dataset.fields);
    let connect = || NativeConnection::new(server.address());
    let described = crate::store::datasets::get(&connection, name).await;
    let revision = &described.unwrap().unwrap().revision;

    let writers = (0..4).map(|writer| async move {
        let connection = connect();
        let mut written = Vec::new();
        for write in 0..200 {
            let key = match write % 2 {
                0 => format!("file {} {}", write % 3, (writer * 37 + write * 5) % 200),
                _ => format!("writer {writer} {write}"),
            };
            let values = vec![Value::Number(1.0), Value::Missing, text(&key)];
            let point = (time(write), values);
            let inserted = app::insert(&connection, name, None, |_| Ok(vec![point.clone()])).await;
            match inserted {
                Ok(_) => written.push(key),
                Err(crate::app::Error::Conflict(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        written
    });
    let importers = (0..3).map(|file| async move {
        let connection = connect();
        for _ in 0..3 {
            let mut stage = points::Stage::with_keys(name, revision, 2, conflict);
            for part in 0..4 {
                let mut table = Table::new(fields.iter().map(|field| field.kind));
                let keys: Vec<Option<String>> = (0..50)
                    .map(|row| Some(format!("file {file} {}", part * 50 + row)))
                    .collect();
                for (row, key) in keys.iter().flatten().enumerate() {
                    let values = [Value::Number(2.0), Value::Missing, text(key)];
                    table.push((row * 10) as i64, 0, &values);
                }
                let pushed = stage.push(&connection, fields, table, &keys);
                assert!(pushed.await.unwrap().is_empty());
            }
            let arranged = stage.arrange(&connection, fields).await.unwrap();
            match points::import_staged(&connection, name, revision, None, arranged).await {
                Ok(points::Imported::Done {
                    inserted,
                    replaced,
                    skipped,
                    ..
                }) => assert_eq!(inserted + replaced + skipped, 200),
                other => panic!("{other:?}"),
            }
        }
    });
    let (written, _) = tokio::join!(join_all(writers), join_all(importers));

    let mut expected: HashSet<String> = written.into_iter().flatten().collect();
    for file in 0..3 {
        expected.extend((0..200).map(|row| format!("file {file} {row}")));
    }
    let all = read_all(&connection, name).await;
    let keys: HashSet<String> = all
        .iter()
        .filter_map(|(_, _, values)| match &values[2] {
            Value::Text(key) => Some(key.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(keys.len(), all.len(), "a key was given twice");
    assert_eq!(keys, expected);
    assert_eq!(check_index(&connection, name).await, all.len());
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
