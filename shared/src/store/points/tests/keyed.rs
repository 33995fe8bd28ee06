//! Files that come in parts for a dataset with a key field.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use super::{Random, check_index, create, dataset, read_all, time};
use crate::app::points as app;
use crate::domain::{Dataset, DatasetName, PointId, Table, TimeRange, Value};
use crate::store::connection::{Arg, Connection, Error, Reply};
use crate::store::native::NativeConnection;
use crate::store::points::{self, Conflict, Imported, Stage};
use crate::store::test_server::RedisServer;

type Model = BTreeMap<PointId, Vec<Value>>;

struct Trial<'a> {
    connection: &'a NativeConnection,
    dataset: Dataset,
    revision: String,
    model: Model,
    random: Random,
    sequence: u64,
    conflict: Conflict,
}

/// What the file comes to in the model.
enum Expected {
    Repeated,
    Taken,
    Done {
        inserted: usize,
        replaced: usize,
        skipped: usize,
    },
}

#[tokio::test]
async fn what_is_staged_with_keys_does_what_the_model_does() {
    let server = RedisServer::start();
    let connection = server.connect();
    let mut seen = [0; 3];
    for seed in 0..200 {
        let mut trial = Trial::new(&connection, seed).await;
        let file = trial.file();
        let expected = trial.expect(&file);
        let outcome = trial.import(&file).await;
        let when = format!("seed {seed}, {:?}", trial.conflict);
        match expected {
            Expected::Repeated => assert!(outcome.is_none(), "{when}"),
            Expected::Taken => {
                assert!(
                    matches!(outcome, Some(Imported::Taken { .. })),
                    "{when}: {outcome:?}"
                );
                seen[0] += 1;
            }
            Expected::Done {
                inserted,
                replaced,
                skipped,
            } => {
                let Some(Imported::Done {
                    inserted: i,
                    replaced: r,
                    skipped: s,
                    ..
                }) = outcome
                else {
                    panic!("{when}: {outcome:?}");
                };
                assert_eq!((i, r, s), (inserted, replaced, skipped), "{when}");
                seen[1] += usize::from(replaced > 0);
                seen[2] += usize::from(skipped > 0);
            }
        }
        trial.compare(&when).await;
        points::compact(&connection, &trial.dataset.name)
            .await
            .unwrap();
        trial.compare(&when).await;
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

impl<'a> Trial<'a> {
    /// A dataset with some points, of which the index may have one that is gone.
    async fn new(connection: &'a NativeConnection, seed: u64) -> Self {
        let mut random = Random(seed);
        let dataset = dataset(&format!("keyed-{seed}"), true);
        create(connection, &dataset).await;
        let name = &dataset.name;
        let revision = revision(connection, name).await;
        let count = [0, 3, 60][random.below(3) as usize];
        let old: Vec<_> = (0..count)
            .map(|at| {
                let key = Value::Text(format!("key {}", at * 5));
                let time = time(random.below(60) as i64 * 100);
                (time, vec![Value::Number(-1.0), Value::Missing, key])
            })
            .collect();
        let mut model = Model::new();
        if !old.is_empty() {
            let made = app::insert(connection, name, None, |_| Ok(old.clone())).await;
            for point in made.unwrap().points {
                model.insert(point.id, point.values);
            }
        }
        if random.chance(50) {
            points::compact(connection, name).await.unwrap();
        }
        if random.chance(30) {
            let nothing = TimeRange {
                start: Some(time(-9)),
                end: Some(time(-8)),
            };
            let gone = app::delete_range(connection, name, None, |_| Ok((nothing, Vec::new())));
            assert_eq!(gone.await.unwrap(), 0);
            let args = crate::args![points::keys::index(name), "key 7", "100:77"];
            connection.command("HSET", args).await.unwrap();
        }
        let conflict = [Conflict::Refuse, Conflict::Skip, Conflict::Replace];
        let conflict = conflict[random.below(3) as usize];
        Self {
            connection,
            revision,
            model,
            sequence: count,
            conflict,
            random,
            dataset,
        }
    }

    /// Parts of a file; of some files the keys are all different, and of some all new.
    fn file(&mut self) -> Vec<Table> {
        let is_fresh = self.random.chance(30);
        let is_distinct = is_fresh || self.random.chance(30);
        let mut next = if is_fresh { 1000 } else { 0 };
        let kinds: Vec<_> = self.dataset.fields.iter().map(|field| field.kind).collect();
        let parts = 1 + self.random.below(6);
        let mut part = |at: u64| {
            let mut table = Table::new(kinds.iter().copied());
            for row in 0..self.random.below(70) {
                let key = if is_distinct {
                    next += 1 + self.random.below(3);
                    next
                } else {
                    self.random.below(300)
                };
                let time = match self.random.below(4) {
                    0 => self.random.below(60) * 100,
                    _ => at * 1000 + row * 10,
                };
                let values = [
                    Value::Number(self.random.below(9) as f64),
                    Value::Missing,
                    Value::Text(format!("key {key}")),
                ];
                table.push(time as i64, 0, &values);
            }
            table
        };
        (0..parts).map(&mut part).collect()
    }

    /// Does to the model what the file should do to the dataset.
    fn expect(&mut self, file: &[Table]) -> Expected {
        let mut rows: Vec<(PointId, Vec<Value>)> = Vec::new();
        for table in file {
            for row in 0..table.len() {
                let id = PointId {
                    time: time(table.times[row]),
                    sequence: self.sequence,
                };
                self.sequence += 1;
                rows.push((id, table.row(row)));
            }
        }
        let mut chosen: HashMap<String, usize> = HashMap::new();
        for (at, (_, values)) in rows.iter().enumerate() {
            let key = key_of(values);
            if self.conflict == Conflict::Replace || !chosen.contains_key(&key) {
                chosen.insert(key, at);
            }
        }
        if self.conflict == Conflict::Refuse && chosen.len() < rows.len() {
            return Expected::Repeated;
        }
        let holders: HashMap<String, PointId> = self
            .model
            .iter()
            .map(|(id, values)| (key_of(values), *id))
            .collect();
        if self.conflict == Conflict::Refuse && chosen.keys().any(|key| holders.contains_key(key)) {
            return Expected::Taken;
        }
        let (mut inserted, mut replaced, mut skipped) = (0, 0, 0);
        for (key, at) in chosen {
            let (mut id, values) = rows[at].clone();
            match holders.get(&key) {
                Some(_) if self.conflict == Conflict::Skip => {
                    skipped += 1;
                    continue;
                }
                Some(holder) => {
                    replaced += 1;
                    self.model.remove(holder);
                    if holder.time == id.time {
                        id = *holder;
                    }
                }
                None => inserted += 1,
            }
            self.model.insert(id, values);
        }
        Expected::Done {
            inserted,
            replaced,
            skipped,
        }
    }

    /// `None` when keys are repeated and that is a fault.
    async fn import(&self, file: &[Table]) -> Option<Imported> {
        let (connection, name) = (self.connection, &self.dataset.name);
        let mut stage = Stage::with_keys(name, &self.revision, 2, self.conflict);
        for table in file {
            let keys: Vec<Option<String>> = (0..table.len())
                .map(|row| Some(key_of(&table.row(row))))
                .collect();
            let pushed = stage.push(connection, &self.dataset.fields, table.clone(), &keys);
            if !pushed.await.unwrap().is_empty() {
                stage.discard(connection).await;
                return None;
            }
        }
        let arranged = stage.arrange(connection, &self.dataset.fields).await;
        let (revision, arranged) = (&self.revision, arranged.unwrap());
        let imported = points::import_staged(connection, name, revision, None, arranged).await;
        Some(imported.unwrap())
    }

    async fn compare(&self, when: &str) {
        let (connection, name) = (self.connection, &self.dataset.name);
        let expected: Vec<_> = self
            .model
            .iter()
            .map(|(id, values)| (id.time.milliseconds(), id.sequence, values.clone()))
            .collect();
        assert_eq!(read_all(connection, name).await, expected, "{when}");
        let over = check_index(connection, name).await - self.model.len();
        assert!(over <= 1, "{when}: {over} keys too many");
        let pattern = points::keys::claims(name, "*");
        let claims = connection.command("KEYS", crate::args![pattern]).await;
        assert_eq!(claims, Ok(Vec::new()), "{when}");
    }
}

fn key_of(values: &[Value]) -> String {
    match &values[2] {
        Value::Text(key) => key.clone(),
        other => panic!("{other:?} is no key"),
    }
}

async fn revision(connection: &NativeConnection, name: &DatasetName) -> String {
    let described = crate::store::datasets::get(connection, name).await;
    described.unwrap().unwrap().revision
}

/// Somebody writes just before an import looks up who has its keys, and so after its snapshot.
struct Intruded<'a> {
    inner: &'a NativeConnection,
    name: &'a DatasetName,
    is_done: Cell<bool>,
}

impl Connection for Intruded<'_> {
    async fn command(&self, command: &str, args: Vec<Arg>) -> Result<Vec<Reply>, Error> {
        if command == "HMGET" && !self.is_done.replace(true) {
            let old = [point(3, "key 3"), point(7000, "key 4")];
            let inserted = app::insert(self.inner, self.name, None, |_| Ok(old.to_vec())).await;
            assert_eq!(inserted.unwrap().points.len(), 2);
        }
        self.inner.command(command, args).await
    }

    async fn blob(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.blob(key).await
    }
}

fn point(at: i64, key: &str) -> (crate::domain::Timestamp, Vec<Value>) {
    let key = Value::Text(key.to_owned());
    (time(at), vec![Value::Number(1.0), Value::Missing, key])
}

#[tokio::test]
async fn keys_that_are_taken_while_an_import_decides_are_noticed() {
    let server = RedisServer::start();
    let connection = server.connect();
    for (conflict, name, of_file) in [
        (Conflict::Skip, "skipping", 48),
        (Conflict::Replace, "replacing", 50),
    ] {
        let dataset = dataset(name, true);
        create(&connection, &dataset).await;
        let name = &dataset.name;
        // With a key in the index, the import has to look up its own.
        let first = point(9000, "first");
        app::insert(&connection, name, None, |_| Ok(vec![first.clone()]))
            .await
            .unwrap();
        let revision = revision(&connection, name).await;
        let mut stage = Stage::with_keys(name, &revision, 2, conflict);
        let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
        let keys: Vec<Option<String>> = (0..50).map(|row| Some(format!("key {row}"))).collect();
        for (row, key) in keys.iter().flatten().enumerate() {
            let values = [Value::Number(2.0), Value::Missing, Value::Text(key.clone())];
            table.push(row as i64, 0, &values);
        }
        let intruded = Intruded {
            inner: &connection,
            name,
            is_done: Cell::new(false),
        };
        stage
            .push(&intruded, &dataset.fields, table, &keys)
            .await
            .unwrap();
        let arranged = stage.arrange(&intruded, &dataset.fields).await.unwrap();
        points::import_staged(&intruded, name, &revision, None, arranged)
            .await
            .unwrap();
        let all = read_all(&connection, name).await;
        let new = all
            .iter()
            .filter(|(_, _, values)| values[0] == Value::Number(2.0));
        assert_eq!((all.len(), new.count()), (51, of_file), "{conflict:?}");
        assert_eq!(check_index(&connection, name).await, 51);
    }
}
