//! Undergraduate degrees awarded by year: the course's first dataset.

use jiff::tz::TimeZone;

use super::error::Error;
use super::points::{self, Query};
use super::presets::{self, Making};
use crate::domain::time::calendar;
use crate::domain::{
    Constraints, Dataset, DatasetName, Field, FieldName, FieldType, TimeRange, Timestamp, Value,
};
use crate::store::Connection;
use crate::store::points::Wanted;

/// The number that the course gives to a year, from 0. (`id` is the name of every point's own.)
const NUMBER: &str = "number";
const DEGREES: &str = "degrees";

/// Year and degrees, in the order of their numbers.
const FIRST: [(i16, i64); 5] = [
    (1990, 5818),
    (1991, 5725),
    (1992, 6005),
    (1993, 6123),
    (1994, 6096),
];

/// The degrees of one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub year: i16,
    pub degrees: i64,
}

/// Which entries.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The first year.
    pub start: Option<i16>,
    /// Entries passed over.
    pub offset: usize,
    /// Entries at most.
    pub limit: usize,
}

/// The entries of a page, in the order of the years.
///
/// # Errors
/// Those of [`presets::ensure`].
pub async fn list(
    connection: &impl Connection,
    page: Page,
    making: Making<'_>,
) -> Result<Vec<Entry>, Error> {
    let dataset = presets::ensure(connection, preset(making.now)?, making, first).await?;
    let query = |dataset: &Dataset| {
        Ok(Query {
            wanted: Wanted {
                range: TimeRange {
                    start: page.start.and_then(new_year),
                    end: None,
                },
                ..Wanted::everything(dataset.fields.len())
            },
            limit: page.offset.saturating_add(page.limit),
            counts: false,
        })
    };
    let found = points::page(connection, &dataset.name, query).await?;
    let entries = (page.offset..found.table.len()).filter_map(|row| {
        entry(
            &found.dataset,
            *found.table.times.get(row)?,
            &found.table.row(row),
        )
    });
    Ok(entries.collect())
}

fn entry(dataset: &Dataset, time: i64, values: &[Value]) -> Option<Entry> {
    let whole = |name: &str| match presets::value(dataset, values, name)? {
        Value::Integer(number) => Some(*number),
        _ => None,
    };
    let time = Timestamp::from_milliseconds(time).ok()?;
    Some(Entry {
        id: whole(NUMBER)?,
        year: TimeZone::UTC.to_datetime(time.instant()).year(),
        degrees: whole(DEGREES)?,
    })
}

fn new_year(year: i16) -> Option<Timestamp> {
    Timestamp::from_milliseconds(calendar::date(year.into(), 1, 1)?).ok()
}

fn preset(now: Timestamp) -> Result<Dataset, Error> {
    let field = |name: &str| {
        let name = FieldName::new(name).map_err(|why| Error::invalid("fields", why))?;
        Ok::<_, Error>(Field {
            constraints: Constraints {
                required: true,
                min: Some(0.0),
                ..Constraints::default()
            },
            ..Field::new(name, FieldType::Integer)
        })
    };
    Ok(Dataset {
        name: DatasetName::new("degrees").map_err(|why| Error::invalid("name", why))?,
        title: Some("Undergraduate degrees awarded by year".to_owned()),
        description: Some(
            "A year's time is its first day. `number` is the id that /degrees shows.".to_owned(),
        ),
        licence: None,
        source: None,
        fields: vec![field(NUMBER)?, field(DEGREES)?],
        key: None,
        is_public: false,
        created_on: now,
    })
}

fn first(dataset: &Dataset) -> Vec<(Timestamp, Vec<Value>)> {
    let numbered = (0..).zip(FIRST);
    let point = |(number, (year, degrees))| {
        let given = [
            (NUMBER, Value::Integer(number)),
            (DEGREES, Value::Integer(degrees)),
        ];
        Some((new_year(year)?, presets::values(dataset, &[], &given)))
    };
    numbered.filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::datasets;
    use crate::store::test_server::RedisServer;

    async fn list_from(
        connection: &impl Connection,
        start: Option<i16>,
        offset: usize,
    ) -> Vec<Entry> {
        let page = Page {
            start,
            offset,
            limit: 3,
        };
        let making = Making {
            now: Timestamp::MIN,
            revision: "r",
            max_datasets: 10,
        };
        list(connection, page, making).await.unwrap()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_list_is_there_at_once_and_stays_as_it_is_changed() {
        let server = RedisServer::start();
        let connection = server.connect();
        let years = |entries: Vec<Entry>| {
            entries
                .into_iter()
                .map(|entry| entry.year)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            years(list_from(&connection, None, 0).await),
            [1990, 1991, 1992]
        );
        let found = list_from(&connection, Some(1993), 1).await;
        let last = Entry {
            id: 4,
            year: 1994,
            degrees: 6096,
        };
        assert_eq!(found, [last]);
        assert!(list_from(&connection, Some(1995), 0).await.is_empty());
        let name = DatasetName::new("degrees").unwrap();
        let all = |_: &Dataset| Ok((TimeRange::default(), Vec::new()));
        points::delete_range(&connection, &name, None, all)
            .await
            .unwrap();
        assert!(list_from(&connection, None, 0).await.is_empty());
        datasets::delete(&connection, &name, None).await.unwrap();
        assert_eq!(years(list_from(&connection, None, 3).await), [1993, 1994]);
    }
}
