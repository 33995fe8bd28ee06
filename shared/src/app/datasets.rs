//! Creating, describing, listing, changing and deleting datasets.

use std::rc::Rc;

use super::error::Error;
use crate::domain::{Dataset, DatasetName, Faults, Field, Timestamp};
use crate::store::datasets::{self as store, Written};
use crate::store::points::{self, Scan, Snapshot, Summary, Wanted};
use crate::store::{self as redis, Connection};

/// How often an edit is tried again when others edit the same thing at the same time.
pub(super) const TRIES: usize = 50;

/// A dataset with what its points come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    pub dataset: Rc<Dataset>,
    pub version: u64,
    /// Number of points.
    pub count: u64,
    /// Times of the first and the last point.
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// What may change about a dataset; `None` leaves as it is, `Some(None)` takes away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    pub title: Option<Option<String>>,
    pub description: Option<Option<String>>,
    pub licence: Option<Option<String>>,
    pub source: Option<Option<String>>,
    pub is_public: Option<bool>,
    /// Fields by name: those that exist get the given unit and constraints, new ones are added at
    /// the end. A field's type cannot change, but from integer to number.
    pub fields: Vec<Field>,
}

/// Makes a dataset without points.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken, [`Error::Invalid`] for a description with faults,
/// [`Error::TooMuch`] beyond `limit` datasets.
pub async fn create(
    connection: &impl Connection,
    dataset: Dataset,
    revision: &str,
    limit: usize,
) -> Result<Described, Error> {
    let mut faults = Faults::new();
    dataset.check(&mut faults);
    faults.check()?;
    if store::count(connection).await? >= limit as u64 {
        return Err(Error::TooMuch {
            what: "datasets".to_owned(),
            limit: limit as u64,
        });
    }
    match store::create(connection, &dataset, revision).await? {
        Written::Exists => Err(Error::Conflict(format!(
            "There is a dataset `{}` already.",
            dataset.name
        ))),
        _ => Ok(Described {
            dataset: Rc::new(dataset),
            version: 1,
            count: 0,
            first: None,
            last: None,
        }),
    }
}

/// Describes a dataset.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(connection: &impl Connection, name: &DatasetName) -> Result<Described, Error> {
    find(connection, name)
        .await?
        .ok_or_else(|| Error::not_found("dataset", name))
}

/// Describes a dataset, if there is one.
pub async fn find(
    connection: &impl Connection,
    name: &DatasetName,
) -> Result<Option<Described>, Error> {
    for _ in 0..3 {
        let Some(snapshot) = Snapshot::ends(connection, name).await? else {
            return Ok(None);
        };
        if let Some(summary) = snapshot.summary() {
            return Ok(Some(described(&snapshot, summary)));
        }
        points::compact(connection, name).await?;
    }
    // Others delete all the time: count.
    let Some(snapshot) = Snapshot::whole(connection, name).await? else {
        return Ok(None);
    };
    let mut scan = Scan::new(snapshot, Wanted::default());
    let mut summary = Summary::default();
    while let Some(table) = scan.next(connection).await? {
        let time = |milliseconds: Option<&i64>| Timestamp::from_milliseconds(*milliseconds?).ok();
        summary.count += table.len() as u64;
        summary.first = summary.first.or(time(table.times.first()));
        summary.last = time(table.times.last()).or(summary.last);
    }
    Ok(Some(described(&scan.snapshot, summary)))
}

fn described(snapshot: &Snapshot, summary: Summary) -> Described {
    let Summary { count, first, last } = summary;
    Described {
        dataset: snapshot.dataset.clone(),
        version: snapshot.version,
        count,
        first,
        last,
    }
}

/// How many datasets there are.
///
/// # Errors
/// [`Error::Store`].
pub async fn count(connection: &impl Connection) -> Result<u64, Error> {
    Ok(store::count(connection).await?)
}

/// Whether everybody may read a dataset; one that is not there is nobody's.
///
/// # Errors
/// [`Error::Store`].
pub async fn is_public(connection: &impl Connection, name: &DatasetName) -> Result<bool, Error> {
    let known = store::get(connection, name).await?;
    Ok(known.is_some_and(|known| known.dataset.is_public))
}

/// The datasets after the name `after`, in order of name, at most `limit`; and whether there are
/// more.
pub async fn list(
    connection: &impl Connection,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<Described>, bool), Error> {
    let mut names = store::names(connection, after, limit + 1).await?;
    let is_more = names.len() > limit;
    names.truncate(limit);
    let mut list = Vec::with_capacity(names.len());
    for name in &names {
        list.extend(find(connection, name).await?);
    }
    Ok((list, is_more))
}

/// Changes a description.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`] when the version is not `if_version`,
/// [`Error::Invalid`].
pub async fn update(
    connection: &impl Connection,
    name: &DatasetName,
    changes: &Changes,
    revision: &str,
    if_version: Option<u64>,
) -> Result<Described, Error> {
    for _ in 0..TRIES {
        let known = store::get(connection, name).await?;
        let known = known.ok_or_else(|| Error::not_found("dataset", name))?;
        let dataset = apply(&known.dataset, changes)?;
        match store::update(connection, &dataset, &known.revision, revision, if_version).await? {
            Written::Done { .. } => return get(connection, name).await,
            Written::Missing => return Err(Error::not_found("dataset", name)),
            Written::Changed { version } => return Err(Error::Changed { version }),
            Written::Again | Written::Exists => {}
        }
    }
    Err(contended(name))
}

pub(super) fn contended(name: &DatasetName) -> Error {
    redis::Error::Unavailable(format!("{name} is changed by others all the time")).into()
}

fn apply(dataset: &Dataset, changes: &Changes) -> Result<Dataset, Error> {
    let mut dataset = dataset.clone();
    let mut faults = Faults::new();
    for (text, change) in [
        (&mut dataset.title, &changes.title),
        (&mut dataset.description, &changes.description),
        (&mut dataset.licence, &changes.licence),
        (&mut dataset.source, &changes.source),
    ] {
        if let Some(change) = change {
            text.clone_from(change);
        }
    }
    dataset.is_public = changes.is_public.unwrap_or(dataset.is_public);
    for (at, field) in changes.fields.iter().enumerate() {
        match dataset
            .fields
            .iter_mut()
            .find(|known| known.name == field.name)
        {
            Some(known) if known.kind == field.kind || known.can_become(field.kind) => {
                *known = field.clone();
            }
            Some(known) => faults.add(
                format!("fields[{at}].type"),
                format!(
                    "`{}` is of type {} and cannot change it",
                    known.name,
                    known.kind.name()
                ),
            ),
            None if field.constraints.required => faults.add(
                format!("fields[{at}].required"),
                format!(
                    "`{}` is new, and the points there are do not have it",
                    field.name
                ),
            ),
            None => dataset.fields.push(field.clone()),
        }
    }
    dataset.check(&mut faults);
    faults.check()?;
    Ok(dataset)
}

/// Deletes a dataset with all its points.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`] when the version is not `if_version`.
pub async fn delete(
    connection: &impl Connection,
    name: &DatasetName,
    if_version: Option<u64>,
) -> Result<(), Error> {
    match store::delete(connection, name, if_version).await? {
        Written::Missing => Err(Error::not_found("dataset", name)),
        Written::Changed { version } => Err(Error::Changed { version }),
        _ => Ok(()),
    }
}
