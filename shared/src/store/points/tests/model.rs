//! Random sequences of all operations, compared step by step with a plain map.

use std::collections::BTreeMap;

use super::{Random, create, dataset, read_all, time};
use crate::app::imports::{self, Target, Terms};
use crate::app::quotas::Quotas;
use crate::app::{Error, datasets, import::Parsed, points as app};
use crate::domain::{
    Comparison, Dataset, DatasetName, Filter, PointId, Table, TimeRange, Timestamp, Value,
};
use crate::store::native::NativeConnection;
use crate::store::points::{self, Conflict, Wanted};
use crate::store::test_server::RedisServer;

type Model = BTreeMap<PointId, Vec<Value>>;

struct Trial<'a> {
    connection: &'a NativeConnection,
    dataset: Dataset,
    model: Model,
    random: Random,
}

#[tokio::test]
async fn any_sequence_of_operations_does_what_the_model_does() {
    let server = RedisServer::start();
    let connection = server.connect();
    for seed in 0..12 {
        let dataset = dataset(&format!("model-{seed}"), seed % 2 == 1);
        create(&connection, &dataset).await;
        let random = Random(seed);
        let mut trial = Trial {
            connection: &connection,
            dataset,
            model: Model::new(),
            random,
        };
        for step in 0..250 {
            trial.step().await;
            if step % 10 == 0 {
                trial.compare(&format!("seed {seed}, step {step}")).await;
            }
        }
        trial.compare(&format!("seed {seed}, end")).await;
        let key = format!("almanac:{{model-{seed}}}:keys");
        let stored =
            crate::store::Connection::command(&connection, "HLEN", crate::args![key]).await;
        let expected = if trial.has_keys() {
            trial.model.len() as i64
        } else {
            0
        };
        assert_eq!(
            stored,
            Ok(vec![crate::store::Reply::Int(expected)]),
            "seed {seed}"
        );
    }
}

impl Trial<'_> {
    fn name(&self) -> &DatasetName {
        &self.dataset.name
    }

    fn has_keys(&self) -> bool {
        self.dataset.key.is_some()
    }

    async fn step(&mut self) {
        match self.random.below(100) {
            0..30 => self.insert().await,
            30..40 => self.import().await,
            40..55 => self.edit().await,
            55..68 => self.delete().await,
            68..75 => self.delete_range().await,
            75..85 => drop(points::compact(self.connection, self.name()).await.unwrap()),
            _ => self.query().await,
        }
    }

    /// Few different times, so that many points share one.
    fn time(&mut self) -> Timestamp {
        time(self.random.below(60) as i64 * 1000 - 30_000)
    }

    fn values(&mut self) -> Vec<Value> {
        let number = match self.random.below(5) {
            0 => Value::Missing,
            n => Value::Number(n as f64 / 10.0),
        };
        let word = Value::Text(["rain", "sun", "snow"][self.random.below(3) as usize].to_owned());
        let code = if self.has_keys() {
            Value::Text(format!("key {}", self.random.below(80)))
        } else {
            Value::Missing
        };
        vec![number, word, code]
    }

    fn holder(&self, values: &[Value]) -> Option<PointId> {
        self.has_keys()
            .then(|| self.model.iter().find(|(_, old)| old[2] == values[2]))?
            .map(|(id, _)| *id)
    }

    fn any_id(&mut self) -> Option<PointId> {
        let at = self.random.below(self.model.len().max(1) as u64) as usize;
        self.model.keys().nth(at).copied()
    }

    async fn insert(&mut self) {
        let count = 1 + self.random.below(8);
        let mut new: Vec<(Timestamp, Vec<Value>)> = Vec::new();
        for _ in 0..count {
            new.push((self.time(), self.values()));
        }
        let is_taken = new.iter().enumerate().any(|(at, (_, values))| {
            self.holder(values).is_some()
                || self.has_keys() && new[..at].iter().any(|(_, other)| other[2] == values[2])
        });
        let created = app::insert(self.connection, self.name(), None, |_| Ok(new.clone())).await;
        if is_taken {
            assert!(matches!(created, Err(Error::Conflict(_))), "{created:?}");
            return;
        }
        for point in created.unwrap().points {
            self.model.insert(point.id, point.values);
        }
    }

    async fn import(&mut self) {
        let mut table = Table::new(self.dataset.fields.iter().map(|field| field.kind));
        for at in 0..self.random.below(60) {
            let (time, mut values) = (self.time(), self.values());
            if self.has_keys() {
                values[2] = Value::Text(format!("key {}", at + self.random.below(2) * 100));
            }
            table.push(time.milliseconds(), 0, &values);
        }
        let conflict =
            [Conflict::Refuse, Conflict::Skip, Conflict::Replace][self.random.below(3) as usize];
        let target = imports::target(self.connection, self.name().clone())
            .await
            .unwrap();
        let rows: Vec<(i64, Vec<Value>)> = (0..table.len())
            .map(|row| (table.times[row], table.row(row)))
            .collect();
        let before = self.sequence().await;
        let outcome = self.commit(&target, table, conflict).await;
        if conflict == Conflict::Refuse
            && rows.iter().any(|(_, values)| self.holder(values).is_some())
        {
            assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
            return;
        }
        outcome.unwrap();
        for (at, (milliseconds, values)) in rows.into_iter().enumerate() {
            let mut id = PointId {
                time: time(milliseconds),
                sequence: before + at as u64,
            };
            match self.holder(&values) {
                Some(_) if conflict == Conflict::Skip => continue,
                Some(holder) => {
                    self.model.remove(&holder);
                    if holder.time == id.time {
                        id = holder;
                    }
                }
                None => {}
            }
            self.model.insert(id, values);
        }
    }

    async fn sequence(&self) -> u64 {
        let args = crate::args![points::keys::dataset(self.name()), "sequence"];
        let replies = crate::store::Connection::command(self.connection, "HGET", args)
            .await
            .unwrap();
        crate::store::connection::Replies::new(replies)
            .unsigned("the sequence")
            .unwrap()
    }

    async fn commit(
        &self,
        target: &Target,
        table: Table,
        conflict: Conflict,
    ) -> Result<imports::Outcome, Error> {
        let parsed = Parsed {
            fields: self.dataset.fields.clone(),
            rows: table.len() as u64,
            table,
            skipped: 0,
            faults: Vec::new(),
            time: crate::app::import::FoundTime::default(),
            missing: Vec::new(),
            notes: Vec::new(),
        };
        let terms = Terms {
            conflict,
            if_version: None,
            now: time(0),
            revision: "unused",
            max_datasets: 1000,
            quotas: Quotas::NONE,
        };
        imports::commit(self.connection, target, parsed, terms).await
    }

    async fn edit(&mut self) {
        let Some(id) = self.any_id() else { return };
        let values = self.values();
        let is_taken = self.holder(&values).is_some_and(|holder| holder != id);
        let edited = app::edit(
            self.connection,
            self.name(),
            &id.to_string(),
            None,
            |_, _| Ok(values.clone()),
        )
        .await;
        if is_taken {
            assert!(matches!(edited, Err(Error::Conflict(_))), "{edited:?}");
        } else {
            edited.unwrap();
            self.model.insert(id, values);
        }
    }

    async fn delete(&mut self) {
        let Some(id) = self.any_id() else { return };
        let by_key = match &self.model[&id][2] {
            Value::Text(key) => key.clone(),
            _ => id.to_string(),
        };
        app::delete(self.connection, self.name(), &by_key, None)
            .await
            .unwrap();
        self.model.remove(&id);
        let again = app::delete(self.connection, self.name(), &id.to_string(), None).await;
        assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
    }

    async fn delete_range(&mut self) {
        let wanted = self.wanted();
        let (range, filters) = (wanted.range, wanted.filters);
        let gone: Vec<PointId> = self
            .model
            .iter()
            .filter(|(id, values)| is_in(**id, values, &range, &filters))
            .map(|(id, _)| *id)
            .collect();
        let deleted = app::delete_range(self.connection, self.name(), None, |_| {
            Ok((range, filters.clone()))
        });
        assert_eq!(deleted.await.unwrap(), gone.len() as u64);
        for id in gone {
            self.model.remove(&id);
        }
    }

    fn wanted(&mut self) -> Wanted {
        let mut wanted = Wanted::everything(3);
        if self.random.chance(70) {
            let start = self.time();
            let end = time(start.milliseconds() + 1000 + self.random.below(20) as i64 * 1000);
            wanted.range.start = self.random.chance(80).then_some(start);
            wanted.range.end = self.random.chance(80).then_some(end);
        }
        if wanted.range.is_unbounded() || self.random.chance(50) {
            let comparison = match self.random.below(4) {
                0 => Comparison::Greater(Value::Number(0.2)),
                1 => Comparison::IsMissing,
                2 => Comparison::NotEqual(Value::Number(0.3)),
                _ => Comparison::In(vec![Value::Number(0.1), Value::Number(0.4)]),
            };
            wanted.filters.push(Filter {
                field: 0,
                comparison,
            });
        }
        if self.random.chance(30) {
            let comparison = Comparison::Equal(Value::Text("rain".into()));
            wanted.filters.push(Filter {
                field: 1,
                comparison,
            });
        }
        wanted
    }

    /// Pages through a random selection.
    async fn query(&mut self) {
        let mut wanted = self.wanted();
        if self.random.chance(50) {
            wanted.filters.clear();
        }
        wanted.is_descending = self.random.chance(50);
        wanted.fields = vec![2, 0];
        let limit = 1 + self.random.below(40) as usize;
        let mut expected: Vec<PointId> = self
            .model
            .iter()
            .filter(|(id, values)| is_in(**id, values, &wanted.range, &wanted.filters))
            .map(|(id, _)| *id)
            .collect();
        if wanted.is_descending {
            expected.reverse();
        }
        let mut read = Vec::new();
        loop {
            let page = app::page(self.connection, self.name(), |_| {
                Ok(app::Query {
                    wanted: wanted.clone(),
                    limit,
                    counts: false,
                })
            });
            let page = page.await.unwrap();
            assert!(page.table.len() <= limit);
            for row in 0..page.table.len() {
                let id = page.table.id(row).unwrap();
                let values = &self.model[&id];
                assert_eq!(page.table.row(row), [values[2].clone(), values[0].clone()]);
                read.push(id);
            }
            match page.next {
                Some(next) => wanted.after = Some(next),
                None => break,
            }
        }
        assert_eq!(read, expected, "{wanted:?}, limit {limit}");
    }

    async fn compare(&mut self, when: &str) {
        let read = read_all(self.connection, self.name()).await;
        let expected: Vec<_> = self
            .model
            .iter()
            .map(|(id, values)| (id.time.milliseconds(), id.sequence, values.clone()))
            .collect();
        assert_eq!(read, expected, "{when}");
        let described = datasets::get(self.connection, self.name()).await.unwrap();
        let ends = (self.model.keys().next(), self.model.keys().next_back());
        assert_eq!(described.count, expected.len() as u64, "{when}");
        assert_eq!(
            (described.first, described.last),
            (ends.0.map(|id| id.time), ends.1.map(|id| id.time)),
            "{when}"
        );
        if let Some(id) = self.any_id() {
            let (_, _, point) = app::get(self.connection, self.name(), &id.to_string())
                .await
                .unwrap();
            assert_eq!(point.values, self.model[&id], "{when}");
        }
    }
}

fn is_in(id: PointId, values: &[Value], range: &TimeRange, filters: &[Filter]) -> bool {
    range.contains(id.time.milliseconds())
        && filters
            .iter()
            .all(|filter| filter.comparison.admits(&values[filter.field]))
}
