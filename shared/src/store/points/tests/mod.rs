//! The store of points against a real redis-server: compared with a plain model, under concurrency,
//! and with crashes at every command.

mod aggregate;
mod concurrent;
mod crash;
mod keyed;
mod model;
mod stage;
mod thin;

use crate::app::points as app;
use crate::domain::{Dataset, DatasetName, Field, FieldName, FieldType, Timestamp, Value};
use crate::store::connection::{Connection, Replies};
use crate::store::native::NativeConnection;
use crate::store::points::{self, Wanted};

/// A small deterministic source of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds).unwrap()
}

fn dataset(name: &str, key: bool) -> Dataset {
    let field = |name: &str, kind| Field::new(FieldName::new(name).unwrap(), kind);
    Dataset {
        name: DatasetName::new(name).unwrap(),
        title: None,
        description: None,
        licence: None,
        source: None,
        fields: vec![
            field("number", FieldType::Number),
            field("word", FieldType::Text),
            field("code", FieldType::Text),
        ],
        key: key.then(|| FieldName::new("code").unwrap()),
        is_public: false,
        created_on: time(0),
    }
}

async fn create(connection: &NativeConnection, dataset: &Dataset) {
    let revision = uuid::Uuid::new_v4().to_string();
    crate::app::datasets::create(connection, dataset.clone(), &revision, 1000)
        .await
        .unwrap();
}

/// Every point, in order.
async fn read_all(
    connection: &impl crate::store::Connection,
    name: &DatasetName,
) -> Vec<(i64, u64, Vec<Value>)> {
    let page = app::page(connection, name, |dataset| {
        Ok(app::Query {
            wanted: Wanted::everything(dataset.fields.len()),
            limit: 1_000_000,
            counts: false,
        })
    })
    .await
    .unwrap();
    let table = &page.table;
    (0..table.len())
        .map(|row| (table.times[row], table.sequences[row], table.row(row)))
        .collect()
}

/// Holds that each point is found by its key, before and after the keys of the last file are in the
/// index; how many keys that has.
async fn check_index(connection: &NativeConnection, name: &DatasetName) -> usize {
    check_keys(connection, name).await;
    points::index::settle(connection, name).await.unwrap();
    check_keys(connection, name).await;
    let length = crate::args![points::keys::index(name)];
    let length = connection.command("HLEN", length).await.unwrap();
    let keys = Replies::new(length).unsigned("a number of keys");
    keys.unwrap() as usize
}

async fn check_keys(connection: &NativeConnection, name: &DatasetName) {
    for (at, sequence, values) in read_all(connection, name).await {
        let Value::Text(key) = &values[2] else {
            panic!("a point without a key");
        };
        let holder = points::by_key(connection, name, key).await.unwrap();
        let holder = holder.map(|id| (id.time, id.sequence));
        assert_eq!(holder, Some((time(at), sequence)), "{key}");
    }
}
