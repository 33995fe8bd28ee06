//! Points that come into a dataset, in order of id and in portions, wherever they are until then.

use std::collections::VecDeque;
use std::ops::Bound;

use super::chunk::{self, Description};
use super::fetch::{Fetched, Part};
use crate::domain::{DatasetName, Field, PointId, Table};
use crate::store::connection::{Connection, Error};

/// What comes, in order of id.
#[derive(Debug, Clone, Copy)]
pub(super) enum Added<'a> {
    Rows(&'a Table),
    /// Chunks that do not overlap, stored and named by nobody yet.
    Chunks(&'a [Description]),
}

/// The next of what comes.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A chunk that lies before the bound with all its points.
    Chunk(Description),
    /// Not empty.
    Rows(Table),
}

/// Gives what comes stretch by stretch.
#[derive(Debug)]
pub(super) struct Arrivals<'a> {
    name: &'a DatasetName,
    fields: &'a [Field],
    rest: Rest<'a>,
}

#[derive(Debug)]
enum Rest<'a> {
    Rows {
        table: &'a Table,
        next: usize,
    },
    Chunks {
        /// What is left of a chunk that reaches over a bound.
        loaded: Option<Table>,
        chunks: VecDeque<&'a Description>,
    },
}

impl<'a> Arrivals<'a> {
    /// `fields` are those of the dataset, and of all that comes.
    pub(super) fn new(name: &'a DatasetName, fields: &'a [Field], added: Added<'a>) -> Self {
        let rest = match added {
            Added::Rows(table) => Rest::Rows { table, next: 0 },
            Added::Chunks(chunks) => Rest::Chunks {
                loaded: None,
                chunks: chunks.iter().collect(),
            },
        };
        Self { name, fields, rest }
    }

    /// Whether anything comes before a bound.
    pub(super) fn has_before(&self, to: &Bound<PointId>) -> bool {
        let next = match &self.rest {
            Rest::Rows { table, next } => table.id(*next),
            Rest::Chunks { loaded, chunks } => match loaded {
                Some(table) => table.id(0),
                None => chunks.front().map(|chunk| chunk.first),
            },
        };
        next.is_some_and(|id| is_before(id, to))
    }

    /// The next points before a bound, about as many as a chunk has; `None` when there are no more.
    pub(super) async fn next_before(
        &mut self,
        connection: &impl Connection,
        to: &Bound<PointId>,
    ) -> Result<Option<Arrival>, Error> {
        if !self.has_before(to) {
            return Ok(None);
        }
        match &mut self.rest {
            Rest::Rows { table, next } => {
                let end = rows_before(table, to).min(*next + chunk::FULL);
                let mut rows = table.empty_like();
                rows.append_range(table, *next..end);
                *next = end;
                Ok(Some(Arrival::Rows(rows)))
            }
            Rest::Chunks { loaded, chunks } => {
                let table = match loaded.take() {
                    Some(table) => table,
                    None => match chunks.pop_front() {
                        Some(chunk) if is_before(chunk.last, to) => {
                            return Ok(Some(Arrival::Chunk(chunk.clone())));
                        }
                        Some(chunk) => load(connection, self.name, self.fields, chunk).await?,
                        None => return Ok(None),
                    },
                };
                let end = rows_before(&table, to);
                let (mut before, mut rest) = (table.empty_like(), table.empty_like());
                before.append_range(&table, 0..end);
                rest.append_range(&table, end..table.len());
                *loaded = Some(rest).filter(|rest| !rest.is_empty());
                Ok(Some(Arrival::Rows(before)))
            }
        }
    }

    /// The points of an arrival.
    pub(super) async fn rows(
        &self,
        connection: &impl Connection,
        arrival: Arrival,
    ) -> Result<Table, Error> {
        match arrival {
            Arrival::Rows(table) => Ok(table),
            Arrival::Chunk(chunk) => load(connection, self.name, self.fields, &chunk).await,
        }
    }
}

impl Arrival {
    pub(super) fn last(&self) -> Option<PointId> {
        match self {
            Self::Chunk(chunk) => Some(chunk.last),
            Self::Rows(table) => table.id(table.len().saturating_sub(1)),
        }
    }
}

/// All of a chunk, of which `fields` are the columns.
pub(super) async fn load(
    connection: &impl Connection,
    name: &DatasetName,
    fields: &[Field],
    chunk: &Description,
) -> Result<Table, Error> {
    let later = std::iter::empty();
    let blob = Fetched::new(false)
        .take(connection, name, Part::Whole, chunk, later)
        .await?;
    let every: Vec<usize> = (0..fields.len()).collect();
    chunk::decode(&blob, fields, &every)
}

fn is_before(id: PointId, to: &Bound<PointId>) -> bool {
    match to {
        Bound::Unbounded => true,
        Bound::Excluded(to) => id < *to,
        Bound::Included(to) => id <= *to,
    }
}

/// How many rows of a table that is sorted by id come before a bound.
fn rows_before(table: &Table, to: &Bound<PointId>) -> usize {
    match to {
        Bound::Unbounded => table.len(),
        Bound::Included(to) => table.rows_up_to(*to),
        Bound::Excluded(to) => {
            let upto = table.rows_up_to(*to);
            let is_it = upto
                .checked_sub(1)
                .is_some_and(|row| table.id(row) == Some(*to));
            upto - usize::from(is_it)
        }
    }
}
