//! Files that come in parts: what is staged comes to the same as what is imported at once.

use super::{Random, create, dataset, read_all, time};
use crate::app::points as app;
use crate::domain::{Field, FieldType, Table, Value};
use crate::store::connection::Connection;
use crate::store::native::NativeConnection;
use crate::store::points::{self, Imported, Stage};
use crate::store::test_server::RedisServer;

/// How a part's times lie to those of the part before.
#[derive(Debug, Clone, Copy)]
enum Order {
    After,
    Among,
    Before,
}

fn part(random: &mut Random, order: Order, at: i64, kinds: &[FieldType]) -> Table {
    let mut table = Table::new(kinds.iter().copied());
    for row in 0..random.below(70) as i64 {
        let time = match order {
            Order::After => at * 1000 + row * 7,
            Order::Among => random.below(5000) as i64,
            Order::Before => (20 - at) * 1000 - row,
        };
        let number = random.below(9);
        let number = match kinds.first() {
            Some(FieldType::Integer) => Value::Integer(number as i64),
            _ => Value::Number(number as f64 + 0.5),
        };
        let word = Value::Text(format!("word {}", random.below(5)));
        table.push(time, 0, &[number, word]);
    }
    table
}

/// Keys of chunks, named or not.
async fn chunk_keys(connection: &NativeConnection, name: &crate::domain::DatasetName) -> usize {
    let pattern = format!("{}*", points::keys::chunk_prefix(name));
    let replies = connection
        .command("KEYS", crate::args![pattern])
        .await
        .unwrap();
    replies.len()
}

#[tokio::test]
async fn what_is_staged_comes_to_the_same_as_what_is_imported_at_once() {
    let server = RedisServer::start();
    let connection = server.connect();
    for seed in 0..60 {
        let mut random = Random(seed);
        let order = [Order::After, Order::Among, Order::Before][random.below(3) as usize];
        let dataset = dataset(&format!("staged-{seed}"), false);
        create(&connection, &dataset).await;
        let name = &dataset.name;
        let old: Vec<_> = (0..random.below(60))
            .map(|at| (time(at as i64 * 100), vec![Value::Number(-1.0)]))
            .collect();
        app::insert(&connection, name, None, |_| Ok(old.clone()))
            .await
            .unwrap();
        if random.chance(50) {
            points::compact(&connection, name).await.unwrap();
        }
        let mut expected = read_all(&connection, name).await;
        let revision = crate::store::datasets::get(&connection, name)
            .await
            .unwrap()
            .unwrap()
            .revision;

        let mut stage = Stage::new(name, Some(&revision));
        let mut sequence = old.len() as u64;
        for at in 0..1 + random.below(6) as i64 {
            // The first parts can have integers where the dataset will have numbers, and fewer columns.
            let mut fields: Vec<Field> = dataset.fields.iter().take(2).cloned().collect();
            if at < 2 && random.chance(50) {
                fields[0].kind = FieldType::Integer;
            }
            let kinds: Vec<FieldType> = fields.iter().map(|field| field.kind).collect();
            let table = part(&mut random, order, at, &kinds);
            let fitted = table.clone().fitted(&fields, &dataset.fields);
            for row in 0..fitted.len() {
                expected.push((fitted.times[row], sequence, fitted.row(row)));
                sequence += 1;
            }
            stage.push(&connection, &fields, table, &[]).await.unwrap();
        }
        expected.sort_by_key(|(time, sequence, _)| (*time, *sequence));
        let arranged = stage.arrange(&connection, &dataset.fields).await.unwrap();
        let outcome = points::import_staged(&connection, name, &revision, None, arranged).await;
        assert!(matches!(outcome, Ok(Imported::Done { .. })), "{outcome:?}");
        assert_eq!(
            read_all(&connection, name).await,
            expected,
            "seed {seed}, {order:?}"
        );
        points::compact(&connection, name).await.unwrap();
        assert_eq!(
            read_all(&connection, name).await,
            expected,
            "seed {seed}, {order:?}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_leaves_no_chunk() {
    let server = RedisServer::start();
    let connection = server.connect();
    let dataset = dataset("refused", false);
    create(&connection, &dataset).await;
    let name = &dataset.name;
    let revision = crate::store::datasets::get(&connection, name)
        .await
        .unwrap()
        .unwrap()
        .revision;
    let kinds: Vec<FieldType> = dataset.fields.iter().map(|field| field.kind).collect();
    let staged = async || {
        let mut random = Random(7);
        let mut stage = Stage::new(name, Some(&revision));
        for at in 0..5 {
            let table = part(&mut random, Order::Among, at, &kinds);
            stage
                .push(&connection, &dataset.fields, table, &[])
                .await
                .unwrap();
        }
        stage
    };
    staged().await.discard(&connection).await;
    assert_eq!(chunk_keys(&connection, name).await, 0);

    let arranged = staged()
        .await
        .arrange(&connection, &dataset.fields)
        .await
        .unwrap();
    assert!(chunk_keys(&connection, name).await > 0);
    let outcome = points::import_staged(&connection, name, &revision, Some(17), arranged).await;
    assert!(
        matches!(outcome, Ok(Imported::Changed { .. })),
        "{outcome:?}"
    );
    assert_eq!(chunk_keys(&connection, name).await, 0);

    // And what is done leaves those that are named.
    let arranged = staged()
        .await
        .arrange(&connection, &dataset.fields)
        .await
        .unwrap();
    points::import_staged(&connection, name, &revision, None, arranged)
        .await
        .unwrap();
    let snapshot = points::Snapshot::whole(&connection, name)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(chunk_keys(&connection, name).await, snapshot.chunks.len());
}
