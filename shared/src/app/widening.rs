//! Fields of integers that become fields of numbers, because a value with decimals came.

use std::rc::Rc;

use super::error::Error;
use crate::domain::{Dataset, Field, FieldType, Value};
use crate::store::Connection;
use crate::store::datasets::{self as store, Written};

/// A description that is stored, with its revision.
pub(super) struct Widened {
    pub dataset: Rc<Dataset>,
    pub revision: String,
    pub version: u64,
}

/// The fields that a dataset needs for rows of values; `None` when it has them.
pub(super) fn fields_for<'a>(
    dataset: &Dataset,
    rows: impl Iterator<Item = &'a [Value]>,
) -> Option<Vec<Field>> {
    let mut fields = dataset.fields.clone();
    let mut is_wider = false;
    for values in rows {
        for (field, value) in fields.iter_mut().zip(values) {
            if matches!(value, Value::Number(_)) && field.can_widen() {
                field.kind = FieldType::Number;
                is_wider = true;
            }
        }
    }
    is_wider.then_some(fields)
}

/// Stores the description with other fields, in the place of `revision`; `None` when that is no
/// longer the one there is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`] when the version is not `if_version`.
pub(super) async fn store(
    connection: &impl Connection,
    dataset: &Dataset,
    fields: Vec<Field>,
    revision: &str,
    if_version: Option<u64>,
) -> Result<Option<Widened>, Error> {
    let name = &dataset.name;
    let dataset = Dataset {
        fields,
        ..dataset.clone()
    };
    let next = uuid::Uuid::new_v4().to_string();
    match store::update(connection, &dataset, revision, &next, if_version).await? {
        Written::Done { version } => Ok(Some(Widened {
            dataset: Rc::new(dataset),
            revision: next,
            version,
        })),
        Written::Missing => Err(Error::not_found("dataset", name)),
        Written::Changed { version } => Err(Error::Changed { version }),
        Written::Again | Written::Exists => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::import::{Format, Importer, Options};
    use crate::app::imports::{self, Terms};
    use crate::app::quotas::Quotas;
    use crate::app::{datasets, points};
    use crate::domain::{Constraints, DatasetName, Fault, FieldName, Timestamp};
    use crate::store::native::NativeConnection;
    use crate::store::points::{Conflict, compact};
    use crate::store::test_server::RedisServer;

    async fn create(connection: &NativeConnection, constraints: Constraints) -> DatasetName {
        let name = DatasetName::new("counts").unwrap();
        let field = Field {
            constraints,
            ..Field::new(FieldName::new("n").unwrap(), FieldType::Integer)
        };
        let dataset = Dataset {
            name: name.clone(),
            title: None,
            description: None,
            licence: None,
            source: None,
            fields: vec![field],
            key: None,
            is_public: false,
            created_on: Timestamp::MIN,
        };
        datasets::create(connection, dataset, "first", 10)
            .await
            .unwrap();
        name
    }

    /// Inserts one value at a time of the dataset's type.
    async fn insert(connection: &NativeConnection, name: &DatasetName, time: i64, number: f64) {
        let make = |dataset: &Dataset| {
            let kind = dataset.fields.first().unwrap().kind;
            let value = match kind {
                FieldType::Integer if number.fract() == 0.0 => Value::Integer(number as i64),
                _ => Value::Number(number),
            };
            let time = Timestamp::from_milliseconds(time).unwrap();
            Ok::<_, Vec<Fault>>(vec![(time, vec![value])])
        };
        points::insert(connection, name, None, make).await.unwrap();
    }

    async fn values(connection: &NativeConnection, name: &DatasetName) -> Vec<Value> {
        let wanted = crate::store::points::Wanted::everything(1);
        let mut scan = crate::store::points::Scan::new(
            crate::store::points::Snapshot::whole(connection, name)
                .await
                .unwrap()
                .unwrap(),
            wanted,
        );
        let mut values = Vec::new();
        while let Some(table) = scan.next(connection).await.unwrap() {
            values.extend((0..table.len()).flat_map(|row| table.row(row)));
        }
        values
    }

    async fn import(
        connection: &NativeConnection,
        name: &DatasetName,
        file: &str,
        if_version: Option<u64>,
    ) -> Result<imports::Outcome, Error> {
        let target = imports::target(connection, name.clone()).await.unwrap();
        let schema = target
            .existing
            .as_ref()
            .map(|(dataset, _)| dataset.fields.clone());
        let mut importer =
            Importer::new(Format::Csv, Options::default(), schema.as_deref()).unwrap();
        importer.push(file.as_bytes()).unwrap();
        let terms = Terms {
            conflict: Conflict::Refuse,
            if_version,
            now: Timestamp::MIN,
            revision: "r",
            max_datasets: 10,
            quotas: Quotas::NONE,
        };
        imports::commit(connection, &target, importer.finish().unwrap(), terms).await
    }

    #[tokio::test]
    async fn integers_become_numbers_wherever_they_are_kept() {
        let server = RedisServer::start();
        let connection = server.connect();
        let name = create(&connection, Constraints::default()).await;
        // Most go into chunks, the last stay in the log.
        for time in 0..40 {
            insert(&connection, &name, time, time as f64).await;
        }
        compact(&connection, &name).await.unwrap();
        insert(&connection, &name, 40, 40.0).await;
        assert_eq!(
            values(&connection, &name).await.last(),
            Some(&Value::Integer(40))
        );

        insert(&connection, &name, 41, 41.5).await;
        let expected: Vec<Value> = (0..41)
            .map(|number| Value::Number(f64::from(number)))
            .chain([Value::Number(41.5)])
            .collect();
        assert_eq!(values(&connection, &name).await, expected);
        compact(&connection, &name).await.unwrap();
        assert_eq!(values(&connection, &name).await, expected);
        let described = datasets::get(&connection, &name).await.unwrap();
        assert_eq!(described.dataset.fields[0].kind, FieldType::Number);
    }

    #[tokio::test]
    async fn files_with_decimals_make_numbers_of_integers() {
        let server = RedisServer::start();
        let connection = server.connect();
        let name = create(&connection, Constraints::default()).await;
        import(&connection, &name, "time,n\n1990,1\n", None)
            .await
            .unwrap();
        assert_eq!(values(&connection, &name).await, [Value::Integer(1)]);
        let version = datasets::get(&connection, &name).await.unwrap().version;
        let refused = import(&connection, &name, "time,n\n1991,2.5\n", Some(version + 9)).await;
        assert!(matches!(refused, Err(Error::Changed { .. })), "{refused:?}");
        assert_eq!(values(&connection, &name).await, [Value::Integer(1)]);
        let file = "time,n\n1991,2.5\n1992,3\n";
        let outcome = import(&connection, &name, file, Some(version))
            .await
            .unwrap();
        assert_eq!(outcome.inserted, 2);
        let expected = [1.0, 2.5, 3.0].map(Value::Number);
        assert_eq!(values(&connection, &name).await, expected);
    }

    #[test]
    fn constraints_keep_a_field_one_of_integers() {
        let with_minimum = Constraints {
            min: Some(0.0),
            ..Constraints::default()
        };
        for (constraints, can_widen) in [(Constraints::default(), true), (with_minimum, false)] {
            let field = Field {
                constraints,
                ..Field::new(FieldName::new("n").unwrap(), FieldType::Integer)
            };
            assert_eq!(field.can_widen(), can_widen);
            assert_eq!(field.check(&Value::Number(1.5)).is_ok(), can_widen);
        }
    }
}
