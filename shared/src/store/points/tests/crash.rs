//! A process that dies between any two commands of a compaction or an import.

use std::cell::Cell;

use super::{check_index, create, dataset, read_all, time};
use crate::app::points as app;
use crate::domain::{Dataset, Table, Value};
use crate::store::connection::{Arg, Connection, Error, Reply};
use crate::store::native::NativeConnection;
use crate::store::points;
use crate::store::test_server::RedisServer;

/// Runs so many commands, and then nothing any more, as a process does that was killed. The last one
/// may or may not have reached Redis: with `is_last_lost` it has, and its answer is lost.
struct Mortal<'a> {
    inner: &'a NativeConnection,
    commands: Cell<usize>,
    is_last_lost: bool,
}

impl Connection for Mortal<'_> {
    async fn command(&self, name: &str, args: Vec<Arg>) -> Result<Vec<Reply>, Error> {
        let killed = || Err(Error::Unavailable("killed".to_owned()));
        match self.commands.get() {
            0 => return killed(),
            1 if self.is_last_lost => {
                self.commands.set(0);
                self.inner.command(name, args).await?;
                return killed();
            }
            left => self.commands.set(left - 1),
        }
        self.inner.command(name, args).await
    }

    async fn blob(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        if self.commands.get() == 0 {
            return Err(Error::Unavailable("killed".to_owned()));
        }
        self.inner.blob(key).await
    }
}

#[tokio::test]
async fn a_death_between_any_two_commands_leaves_the_old_state_or_the_new() {
    let server = RedisServer::start();
    let connection = server.connect();
    for deaths in 1..40 {
        for is_last_lost in [false, true] {
            let dataset = dataset(&format!("mortal-{deaths}-{is_last_lost}"), false);
            create(&connection, &dataset).await;
            let name = &dataset.name;
            let old: Vec<_> = (0..30)
                .map(|at| (time(at), vec![Value::Number(0.0)]))
                .collect();
            app::insert(&connection, name, None, |_| Ok(old.clone()))
                .await
                .unwrap();
            let before = read_all(&connection, name).await;
            let mortal = || Mortal {
                inner: &connection,
                commands: Cell::new(deaths),
                is_last_lost,
            };

            let _ = points::compact(&mortal(), name).await;
            assert_eq!(read_all(&connection, name).await, before);

            let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
            for at in 0..50 {
                table.push(at, 0, &[Value::Number(1.0)]);
            }
            let revision = crate::store::datasets::get(&connection, name)
                .await
                .unwrap()
                .unwrap()
                .revision;
            let conflict = points::Conflict::Refuse;
            let done = points::import(&mortal(), name, &revision, None, table, &[], conflict).await;
            let after = read_all(&connection, name).await;
            let old = after
                .iter()
                .filter(|(_, _, values)| values[0] == Value::Number(0.0))
                .count();
            let new = after.len() - old;
            assert_eq!(old, 30);
            assert!(
                new == 0 || new == 50,
                "{new} of 50 points after {deaths} commands"
            );
            assert!(done.is_err() || new == 50);

            // Whoever comes next finds everything in order.
            points::compact(&connection, name).await.unwrap();
            assert_eq!(read_all(&connection, name).await, after);
            let described = crate::app::datasets::get(&connection, name).await.unwrap();
            assert_eq!(described.count as usize, after.len());
        }
    }
}

/// Imports fifty points that come in five parts, which lie among each other.
async fn import_in_parts(
    connection: &impl Connection,
    dataset: &Dataset,
    revision: &str,
) -> Result<points::Imported, Error> {
    let name = &dataset.name;
    let mut stage = match dataset.key_index() {
        None => points::Stage::new(name, Some(revision)),
        Some(at) => points::Stage::with_keys(name, revision, at, points::Conflict::Replace),
    };
    for part in 0..5 {
        let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
        let mut keys = Vec::new();
        for at in 0..10 {
            let key = format!("key {}", part + at * 5);
            let values = [Value::Number(1.0), Value::Missing, Value::Text(key.clone())];
            table.push(part + at * 5, 0, &values);
            keys.extend(dataset.key.is_some().then_some(Some(key)));
        }
        let fields = &dataset.fields;
        stage.push(connection, fields, table, &keys).await?;
    }
    let arranged = stage.arrange(connection, &dataset.fields).await?;
    points::import_staged(connection, name, revision, None, arranged).await
}

#[tokio::test]
async fn a_death_while_parts_come_leaves_the_old_state_or_the_new() {
    die_while_parts_come(false).await;
}

#[tokio::test]
async fn a_death_while_parts_with_keys_come_leaves_the_old_state_or_the_new() {
    die_while_parts_come(true).await;
}

async fn die_while_parts_come(has_key: bool) {
    let server = RedisServer::start();
    let connection = server.connect();
    let mut outcomes = [0, 0];
    for deaths in 1..60 {
        for is_last_lost in [false, true] {
            let dataset = dataset(&format!("parts-{deaths}-{is_last_lost}"), has_key);
            create(&connection, &dataset).await;
            let name = &dataset.name;
            let old = |at: i64| {
                let key = Value::Text(format!("key {at}"));
                (time(at), vec![Value::Number(0.0), Value::Missing, key])
            };
            // With keys the file moves the one, replaces the other, and has nothing to do with the third.
            let old = [old(3), (time(7000), old(4).1), old(60)];
            app::insert(&connection, name, None, |_| Ok(old.to_vec()))
                .await
                .unwrap();
            let described = crate::store::datasets::get(&connection, name).await;
            let revision = described.unwrap().unwrap().revision;
            let mortal = Mortal {
                inner: &connection,
                commands: Cell::new(deaths),
                is_last_lost,
            };
            let done = import_in_parts(&mortal, &dataset, &revision).await;
            let all = read_all(&connection, name).await;
            let is_old = |values: &[Value]| values[0] == Value::Number(0.0);
            let left = all.iter().filter(|(_, _, values)| is_old(values)).count();
            let new = all.len() - left;
            let after = if has_key { (50, 1) } else { (50, 3) };
            assert!(
                (new, left) == (0, 3) || (new, left) == after,
                "{new} of 50 points and {left} of 3 after {deaths} commands"
            );
            assert!(done.is_err() || new == 50);
            outcomes[usize::from(new == 50)] += 1;
            if has_key {
                assert_eq!(check_index(&connection, name).await, 3.max(1 + new));
            }
            points::compact(&connection, name).await.unwrap();
            assert_eq!(read_all(&connection, name).await, all);
        }
    }
    assert!(outcomes[0] > 20 && outcomes[1] > 20, "{outcomes:?}");
}

/// The keys of a file may be on their way into the index for long: whoever was to move them can die.
#[tokio::test]
async fn keys_that_are_not_in_the_index_yet_can_be_used_like_others() {
    let server = RedisServer::start();
    let connection = server.connect();
    let mut count = 0;
    for deaths in 1..60 {
        let dataset = dataset(&format!("entering-{deaths}"), true);
        create(&connection, &dataset).await;
        let name = &dataset.name;
        let point = |at: i64, key: &str| {
            let key = Value::Text(key.to_owned());
            (time(at), vec![Value::Number(0.0), Value::Missing, key])
        };
        let insert = async |at: i64, key: &str| {
            let point = point(at, key);
            app::insert(&connection, name, None, |_| Ok(vec![point.clone()])).await
        };
        insert(70, "key 7").await.unwrap();
        let described = crate::store::datasets::get(&connection, name).await;
        let revision = described.unwrap().unwrap().revision;
        let mortal = Mortal {
            inner: &connection,
            commands: Cell::new(deaths),
            is_last_lost: true,
        };
        let _ = import_in_parts(&mortal, &dataset, &revision).await;
        let entering = crate::args![points::keys::dataset(name), "entering"];
        let entering = connection.command("HEXISTS", entering).await;
        if entering != Ok(vec![Reply::Int(1)]) {
            continue;
        }
        count += 1;
        for key in ["key 7", "key 30"] {
            let taken = insert(1, key).await;
            assert!(
                matches!(taken, Err(crate::app::Error::Conflict(_))),
                "{taken:?}"
            );
        }
        app::delete(&connection, name, "key 10", None)
            .await
            .unwrap();
        insert(99, "key 10").await.unwrap();
        let renamed = |_: &_, _: &_| Ok(point(0, "other").1);
        app::edit(&connection, name, "key 20", None, renamed)
            .await
            .unwrap();
        insert(98, "key 20").await.unwrap();
        let range = crate::domain::TimeRange {
            start: Some(time(40)),
            end: Some(time(50)),
        };
        let deleted = app::delete_range(&connection, name, None, |_| Ok((range, Vec::new())));
        assert_eq!(deleted.await.unwrap(), 10);
        insert(45, "key 45").await.unwrap();
        assert_eq!(check_index(&connection, name).await, 50 - 10 + 2);
        let again = import_in_parts(&connection, &dataset, &revision).await;
        assert!(
            matches!(
                again,
                Ok(points::Imported::Done {
                    inserted: 9,
                    replaced: 41,
                    ..
                })
            ),
            "{again:?}"
        );
        assert_eq!(check_index(&connection, name).await, 51);
    }
    assert!(count > 0);
}
