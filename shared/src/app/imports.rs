//! Bringing the points of a file into a dataset, all at once or not at all.

use std::rc::Rc;

use super::datasets::{self, Described};
use super::error::Error;
use super::import::Parsed;
use super::intake::Read;
use super::quotas::Quotas;
use super::row_keys::KeyField;
use super::widening;
use crate::domain::{Dataset, DatasetName, Field, FieldType, Table, Timestamp};
use crate::store::Connection;
use crate::store::datasets as store;
use crate::store::points::{self, Arranged, Conflict, Imported};

/// The dataset that a file is for, as it was when reading the file began.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: DatasetName,
    /// `None`: the file makes the dataset.
    pub existing: Option<(Rc<Dataset>, String)>,
}

/// What came of an import.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub described: Described,
    pub created: bool,
    pub inserted: usize,
    /// Points that took the place of those with the same key.
    pub replaced: usize,
    /// Rows left out because their key was taken.
    pub kept: usize,
}

/// Looks at where a file is to go.
pub async fn target(connection: &impl Connection, name: DatasetName) -> Result<Target, Error> {
    let existing = store::get(connection, &name).await?;
    let existing = existing.map(|described| (described.dataset, described.revision));
    Ok(Target { name, existing })
}

/// Who imports, and under which conditions.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    pub conflict: Conflict,
    pub if_version: Option<u64>,
    pub now: Timestamp,
    /// A fresh UUID.
    pub revision: &'a str,
    pub max_datasets: usize,
    pub quotas: Quotas,
}

/// Commits a file's points, making the dataset where there is none.
///
/// # Errors
/// [`Error::Conflict`] when keys are taken (with [`Conflict::Refuse`]) or the dataset changed its
/// fields meanwhile, [`Error::Invalid`] for keys that are missing or occur twice, and those of
/// [`datasets::create`] and [`Quotas::admit`].
pub async fn commit(
    connection: &impl Connection,
    target: &Target,
    read: impl Into<Read>,
    terms: Terms<'_>,
) -> Result<Outcome, Error> {
    let Read { mut parsed, stage } = read.into();
    let created = target.existing.is_none();
    let fresh = created.then(|| new_dataset(target.name.clone(), &parsed, terms.now));
    let incoming = match stage {
        None => Incoming::Rows(std::mem::replace(&mut parsed.table, Table::new([]))),
        Some(stage) => Incoming::Staged(stage.arrange(connection, &parsed.fields).await?),
    };
    let rows = parsed.rows;
    if let Err(error) = terms.quotas.admit(connection, rows, terms.now).await {
        incoming.discard(connection, &target.name).await;
        return Err(error);
    }
    let made = match (&target.existing, fresh) {
        (Some((dataset, revision)), _) => Ok((dataset.clone(), revision.clone())),
        (None, Some(dataset)) => {
            datasets::create(connection, dataset, terms.revision, terms.max_datasets)
                .await
                .map(|described| (described.dataset, terms.revision.to_owned()))
        }
        (None, None) => Err(Error::not_found("dataset", &target.name)),
    };
    let (dataset, revision) = match made {
        Ok(made) => made,
        Err(error) => {
            incoming.discard(connection, &target.name).await;
            return Err(error);
        }
    };
    let mut terms = terms;
    let widened = match fields_to_widen(&dataset, &parsed.fields) {
        None => None,
        Some(fields) => {
            let stored =
                widening::store(connection, &dataset, fields, &revision, terms.if_version).await;
            match stored {
                Ok(Some(widened)) => {
                    terms.if_version = terms.if_version.map(|_| widened.version);
                    Some(widened)
                }
                Ok(None) => {
                    incoming.discard(connection, &target.name).await;
                    return Err(fields_changed(&target.name));
                }
                Err(error) => {
                    incoming.discard(connection, &target.name).await;
                    return Err(error);
                }
            }
        }
    };
    let imported = match &widened {
        None => insert(connection, &dataset, &revision, incoming, &terms).await,
        Some(widened) => {
            insert(
                connection,
                &widened.dataset,
                &widened.revision,
                incoming,
                &terms,
            )
            .await
        }
    };
    if created && imported.is_err() {
        // Not at all: the dataset goes again, should that still be possible.
        let _ = datasets::delete(connection, &target.name, Some(1)).await;
    }
    if let (Some(widened), Err(_)) = (&widened, &imported) {
        // Nothing was imported: the fields are as they were, unless somebody changed them since.
        let fields = dataset.fields.clone();
        let (wider, revision) = (&widened.dataset, &widened.revision);
        let _ = widening::store(connection, wider, fields, revision, None).await;
    }
    let (inserted, replaced, kept) = imported?;
    terms.quotas.note_import(connection).await;
    let described = datasets::get(connection, &target.name).await?;
    Ok(Outcome {
        described,
        created,
        inserted,
        replaced,
        kept,
    })
}

/// The dataset's fields as a file needs them, if it has decimals where they are integers.
fn fields_to_widen(dataset: &Dataset, of_file: &[Field]) -> Option<Vec<Field>> {
    let mut fields = dataset.fields.clone();
    for field in &mut fields {
        let is_number = |other: &Field| other.name == field.name && other.kind == FieldType::Number;
        if field.can_widen() && of_file.iter().any(is_number) {
            field.kind = FieldType::Number;
        }
    }
    (fields != dataset.fields).then_some(fields)
}

fn fields_changed(name: &DatasetName) -> Error {
    Error::Conflict(format!(
        "The fields of `{name}` were changed while the file was read: nothing was imported, try again."
    ))
}

/// What the dataset of an inferred schema would be.
pub fn new_dataset(name: DatasetName, parsed: &Parsed, now: Timestamp) -> Dataset {
    Dataset {
        name,
        title: None,
        description: None,
        licence: None,
        source: None,
        fields: parsed.fields.clone(),
        key: None,
        is_public: false,
        created_on: now,
    }
}

/// The points of a file.
enum Incoming {
    Rows(Table),
    Staged(Arranged),
}

impl Incoming {
    async fn discard(&self, connection: &impl Connection, name: &DatasetName) {
        if let Self::Staged(arranged) = self {
            arranged.discard(connection, name).await;
        }
    }
}

async fn insert(
    connection: &impl Connection,
    dataset: &Dataset,
    revision: &str,
    incoming: Incoming,
    terms: &Terms<'_>,
) -> Result<(usize, usize, usize), Error> {
    let name = &dataset.name;
    let (if_version, conflict) = (terms.if_version, terms.conflict);
    let rows;
    let imported = match incoming {
        Incoming::Staged(arranged) => {
            rows = arranged.points();
            points::import_staged(connection, name, revision, if_version, arranged).await
        }
        Incoming::Rows(mut table) => {
            let keys = match KeyField::of(dataset) {
                None => Vec::new(),
                Some(field) => field
                    .distinct(&mut table, conflict)
                    .map_err(Error::Invalid)?,
            };
            rows = table.len();
            points::import(
                connection, name, revision, if_version, table, &keys, conflict,
            )
            .await
        }
    };
    match imported? {
        Imported::Done {
            inserted,
            replaced,
            skipped,
            ..
        } => Ok((inserted, replaced, skipped)),
        Imported::Missing => Err(Error::not_found("dataset", name)),
        Imported::Changed { version } => Err(Error::Changed { version }),
        Imported::Again => Err(fields_changed(name)),
        Imported::Taken { keys } => {
            let shown: Vec<&str> = keys.iter().take(5).map(String::as_str).collect();
            Err(Error::Conflict(format!(
                "Of {rows} points some have keys that are taken ({}{}): nothing was imported; ?on_conflict=skip or ?on_conflict=replace would.",
                shown.join(", "),
                if keys.len() > shown.len() {
                    ", ..."
                } else {
                    ""
                },
            )))
        }
    }
}
