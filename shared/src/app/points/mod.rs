//! Reading, creating, editing and deleting points.
//!
//! What a request means depends on the dataset's fields, so each use case takes a function from the
//! description to what is wanted. It is called with the description that this instance remembers,
//! and again should that turn out to be old: as a rule a read or write is one round trip.

pub mod export;
mod page;
pub mod thin;

use std::rc::Rc;

pub use page::{Page, Query, page};

use super::datasets::{TRIES, contended};
use super::error::Error;
use super::widening;
use crate::domain::{
    Dataset, DatasetName, Fault, Faults, Filter, Point, PointId, Table, TimeRange, Timestamp,
    Value, fault,
};
use crate::store::points::{
    self as store, Appended, Change, Deleted, Reach, Scan, Snapshot as View, Wanted,
};
use crate::store::{Connection, datasets};

/// Which points of a dataset, and which of their fields by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    pub range: TimeRange,
    pub filters: Vec<Filter>,
    pub fields: Vec<String>,
}

/// Points read at one version.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub dataset: Rc<Dataset>,
    pub version: u64,
    /// In ascending order of time, the columns in the order of the selection's fields.
    pub table: Table,
}

/// Reads all points of a selection.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] for an unknown field, [`Error::TooMuch`] beyond
/// `max_points`.
pub async fn table(
    connection: &impl Connection,
    name: &DatasetName,
    selection: &Selection,
    max_points: usize,
) -> Result<Snapshot, Error> {
    let query = |dataset: &Dataset| {
        let fields = positions(dataset, &selection.fields)?;
        let (range, filters) = (selection.range, selection.filters.clone());
        Ok(Query {
            wanted: Wanted {
                range,
                filters,
                fields,
                ..Wanted::default()
            },
            limit: max_points,
            counts: false,
        })
    };
    let page = page(connection, name, query).await?;
    if page.next.is_some() {
        return Err(Error::TooMuch {
            what: "points".to_owned(),
            limit: max_points as u64,
        });
    }
    Ok(Snapshot {
        dataset: page.dataset,
        version: page.version,
        table: page.table,
    })
}

/// The positions of fields by name.
///
/// # Errors
/// A fault for each unknown name.
pub fn positions(dataset: &Dataset, names: &[String]) -> Result<Vec<usize>, Vec<Fault>> {
    let mut faults = Faults::new();
    let mut positions = Vec::new();
    for name in names {
        match dataset.field(name) {
            Some((position, _)) => positions.push(position),
            None => {
                let known = dataset.fields.iter().map(|field| field.name.as_str());
                faults.add("fields", fault::unknown_name("field", name, known));
            }
        }
    }
    faults.check().map(|()| positions)
}

/// Takes a view of a dataset for a question that is made for its description. `reach` says how much
/// of the dataset the question is about.
///
/// # Errors
/// [`Error::NotFound`], and what `question` complains about.
pub(super) async fn view<T>(
    connection: &impl Connection,
    name: &DatasetName,
    question: impl Fn(&Dataset) -> Result<T, Vec<Fault>>,
    reach: impl Fn(&T) -> Reach,
) -> Result<(View, T), Error> {
    let mut known = remembered(connection, name).await?;
    for _ in 0..TRIES {
        let question = question(&known.1)?;
        let view = View::take(connection, name, reach(&question)).await?;
        let view = view.ok_or_else(|| Error::not_found("dataset", name))?;
        if view.revision == known.0 {
            return Ok((view, question));
        }
        known = (view.revision.clone(), view.dataset.clone());
    }
    Err(contended(name))
}

/// The description that this instance remembers, or the present one, with its revision.
async fn remembered(
    connection: &impl Connection,
    name: &DatasetName,
) -> Result<(String, Rc<Dataset>), Error> {
    if let Some(known) = datasets::known(name) {
        return Ok(known);
    }
    present(connection, name).await
}

async fn present(
    connection: &impl Connection,
    name: &DatasetName,
) -> Result<(String, Rc<Dataset>), Error> {
    let described = datasets::get(connection, name).await?;
    let described = described.ok_or_else(|| Error::not_found("dataset", name))?;
    Ok((described.revision, described.dataset))
}

/// New points, and the dataset's version with them.
#[derive(Debug, Clone)]
pub struct Created {
    pub dataset: Rc<Dataset>,
    pub version: u64,
    pub points: Vec<Point>,
}

/// Creates points, all or none. `points` makes them from the description and has checked them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] for a key that is taken, [`Error::Changed`], and what
/// `points` complains about.
pub async fn insert(
    connection: &impl Connection,
    name: &DatasetName,
    if_version: Option<u64>,
    points: impl Fn(&Dataset) -> Result<Vec<(Timestamp, Vec<Value>)>, Vec<Fault>>,
) -> Result<Created, Error> {
    let mut known = remembered(connection, name).await?;
    let mut if_version = if_version;
    for _ in 0..TRIES {
        let (revision, dataset) = &known;
        let new = points(dataset)?;
        let rows = new.iter().map(|(_, values)| values.as_slice());
        if let Some(fields) = widening::fields_for(dataset, rows) {
            known = match widening::store(connection, dataset, fields, revision, if_version).await?
            {
                Some(widened) => {
                    if_version = if_version.map(|_| widened.version);
                    (widened.revision, widened.dataset)
                }
                None => present(connection, name).await?,
            };
            continue;
        }
        let keys = keys_of(dataset, new.iter().map(|(_, values)| values.as_slice()))?;
        let change = Change::Insert { points: &new, keys };
        match store::append(connection, name, revision, if_version, change).await? {
            Appended::Done { version, sequence } => {
                let ids = new
                    .iter()
                    .zip(sequence..)
                    .map(|((time, _), sequence)| PointId {
                        time: *time,
                        sequence,
                    });
                let ids: Vec<PointId> = ids.collect();
                let points = ids
                    .into_iter()
                    .zip(new)
                    .map(|(id, (_, values))| Point { id, values });
                return Ok(Created {
                    dataset: dataset.clone(),
                    version,
                    points: points.collect(),
                });
            }
            Appended::Missing => return Err(Error::not_found("dataset", name)),
            Appended::Changed { version } => return Err(Error::Changed { version }),
            Appended::Again => known = present(connection, name).await?,
            Appended::Taken { key, holder } => {
                release(connection, name, dataset, &key, holder).await?;
            }
        }
    }
    Err(contended(name))
}

/// The keys of points, of a dataset with a key field.
fn keys_of<'a>(
    dataset: &Dataset,
    rows: impl Iterator<Item = &'a [Value]>,
) -> Result<Vec<&'a str>, Error> {
    let Some(at) = dataset.key_index() else {
        return Ok(Vec::new());
    };
    let mut keys = Vec::new();
    for values in rows {
        match values.get(at) {
            Some(Value::Text(key)) => keys.push(key.as_str()),
            _ => {
                let key = dataset.key.as_ref().map_or("key", |key| key.as_str());
                return Err(Error::invalid(
                    key,
                    "is the key of this dataset and must not be missing",
                ));
            }
        }
    }
    Ok(keys)
}

/// A key is in the way. If the point that has it is gone (it went with a deleted range, and its key
/// has not been cleared away yet), frees the key.
///
/// # Errors
/// [`Error::Conflict`] when the key is rightly taken.
async fn release(
    connection: &impl Connection,
    name: &DatasetName,
    dataset: &Dataset,
    key: &str,
    holder: Option<PointId>,
) -> Result<(), Error> {
    let taken = || {
        let field = dataset.key.as_ref().map_or("key", |key| key.as_str());
        Error::Conflict(format!(
            "There is a point with the {field} `{key}` already."
        ))
    };
    // Without a holder the key occurs twice among the new points.
    let Some(id) = holder else {
        return Err(taken());
    };
    if read_point(connection, name, id).await?.is_some() {
        return Err(taken());
    }
    Ok(store::forget_keys(connection, name, &[(key.to_owned(), id)]).await?)
}

/// A point as it was read, with what a writer needs to replace it.
struct Found {
    dataset: Rc<Dataset>,
    revision: String,
    version: u64,
    mutation: u64,
    point: Point,
}

async fn read_point(
    connection: &impl Connection,
    name: &DatasetName,
    id: PointId,
) -> Result<Option<Found>, Error> {
    let end = Timestamp::from_milliseconds(id.time.milliseconds() + 1).ok();
    let range = TimeRange {
        start: Some(id.time),
        end,
    };
    let view = View::take(
        connection,
        name,
        Reach {
            range,
            ..Reach::default()
        },
    )
    .await?;
    let view = view.ok_or_else(|| Error::not_found("dataset", name))?;
    let wanted = Wanted {
        range,
        ..Wanted::everything(view.dataset.fields.len())
    };
    let mut scan = Scan::new(view, wanted);
    while let Some(table) = scan.next(connection).await? {
        let Some(row) = table.row_of(id) else {
            continue;
        };
        let View {
            dataset,
            revision,
            version,
            mutation,
            ..
        } = scan.snapshot;
        let point = Point {
            id,
            values: table.row(row),
        };
        return Ok(Some(Found {
            dataset,
            revision,
            version,
            mutation,
            point,
        }));
    }
    Ok(None)
}

/// Finds a point by its id or, in a dataset with a key field, by its key.
async fn locate(
    connection: &impl Connection,
    name: &DatasetName,
    id_or_key: &str,
) -> Result<Found, Error> {
    let id = match PointId::parse(id_or_key) {
        Some(id) => Some(id),
        None => store::by_key(connection, name, id_or_key).await?,
    };
    let found = match id {
        Some(id) => read_point(connection, name, id).await?,
        None => {
            present(connection, name).await?;
            None
        }
    };
    found.ok_or_else(|| Error::not_found("point", id_or_key))
}

/// Reads one point; and the dataset's version.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    connection: &impl Connection,
    name: &DatasetName,
    id_or_key: &str,
) -> Result<(Rc<Dataset>, u64, Point), Error> {
    let found = locate(connection, name, id_or_key).await?;
    Ok((found.dataset, found.version, found.point))
}

/// Edits one point: `edit` makes its new values from the old ones, again and again while others
/// edit at the same time, so that no edit is lost.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`], [`Error::Conflict`] for a key that is taken, and what
/// `edit` complains about.
pub async fn edit(
    connection: &impl Connection,
    name: &DatasetName,
    id_or_key: &str,
    if_version: Option<u64>,
    edit: impl Fn(&Dataset, &Point) -> Result<Vec<Value>, Vec<Fault>>,
) -> Result<(Rc<Dataset>, u64, Point), Error> {
    let mut if_version = if_version;
    for _ in 0..TRIES {
        let found = locate(connection, name, id_or_key).await?;
        let Found {
            dataset,
            revision,
            mutation,
            point,
            ..
        } = found;
        let values = edit(&dataset, &point)?;
        let rows = std::iter::once(values.as_slice());
        if let Some(fields) = widening::fields_for(&dataset, rows) {
            let stored = widening::store(connection, &dataset, fields, &revision, if_version);
            if let Some(widened) = stored.await? {
                if_version = if_version.map(|_| widened.version);
            }
            continue;
        }
        let old = keys_of(&dataset, std::iter::once(point.values.as_slice()))?;
        let new = keys_of(&dataset, std::iter::once(values.as_slice()))?;
        let key = old.first().copied().zip(new.first().copied());
        let change = Change::Put {
            id: point.id,
            values: &values,
            key,
            mutation,
        };
        match store::append(connection, name, &revision, if_version, change).await? {
            Appended::Done { version, .. } => {
                return Ok((
                    dataset,
                    version,
                    Point {
                        id: point.id,
                        values,
                    },
                ));
            }
            Appended::Missing => return Err(Error::not_found("dataset", name)),
            Appended::Changed { version } => return Err(Error::Changed { version }),
            Appended::Again => {}
            Appended::Taken { key, holder } => {
                release(connection, name, &dataset, &key, holder).await?;
            }
        }
    }
    Err(contended(name))
}

/// Deletes one point.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`].
pub async fn delete(
    connection: &impl Connection,
    name: &DatasetName,
    id_or_key: &str,
    if_version: Option<u64>,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let found = locate(connection, name, id_or_key).await?;
        let keys = keys_of(
            &found.dataset,
            std::iter::once(found.point.values.as_slice()),
        )?;
        let keys = keys.into_iter().map(str::to_owned).collect();
        let change = Change::Delete {
            ids: &[found.point.id],
            keys,
            mutation: found.mutation,
        };
        match store::append(connection, name, &found.revision, if_version, change).await? {
            Appended::Done { .. } => return Ok(()),
            Appended::Missing => return Err(Error::not_found("dataset", name)),
            Appended::Changed { version } => return Err(Error::Changed { version }),
            Appended::Again | Appended::Taken { .. } => {}
        }
    }
    Err(contended(name))
}

/// Deletes all points of a range that fulfil conditions; how many those were.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`], and what `selection` complains about.
pub async fn delete_range(
    connection: &impl Connection,
    name: &DatasetName,
    if_version: Option<u64>,
    selection: impl Fn(&Dataset) -> Result<(TimeRange, Vec<Filter>), Vec<Fault>>,
) -> Result<u64, Error> {
    let mut known = remembered(connection, name).await?;
    for _ in 0..TRIES {
        let (revision, dataset) = &known;
        let (range, filters) = selection(dataset)?;
        let deleted =
            store::delete_range(connection, name, revision, if_version, range, &filters).await?;
        match deleted {
            Deleted::Done(before) => {
                return count_deleted(connection, name, *before, range, filters).await;
            }
            Deleted::Missing => return Err(Error::not_found("dataset", name)),
            Deleted::Changed { version } => return Err(Error::Changed { version }),
            Deleted::Again => known = present(connection, name).await?,
        }
    }
    Err(contended(name))
}

/// Counts what a deletion covers, in the view of just before, and clears the keys of those points.
async fn count_deleted(
    connection: &impl Connection,
    name: &DatasetName,
    before: View,
    range: TimeRange,
    filters: Vec<Filter>,
) -> Result<u64, Error> {
    let fields: Vec<usize> = before.dataset.key_index().into_iter().collect();
    let mut scan = Scan::new(
        before,
        Wanted {
            range,
            filters,
            fields,
            ..Wanted::default()
        },
    );
    let mut count = 0;
    while let Some(table) = scan.next(connection).await? {
        count += table.len() as u64;
        let keys: Vec<(String, PointId)> = (0..table.len())
            .filter_map(|row| match table.columns.first()?.value(row) {
                Value::Text(key) => Some((key, table.id(row)?)),
                _ => None,
            })
            .collect();
        if !keys.is_empty() {
            store::forget_keys(connection, name, &keys).await?;
        }
    }
    Ok(count)
}
