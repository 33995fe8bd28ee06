//! Reading points out of a snapshot, chunk by chunk.

use std::ops::Bound;
use std::rc::Rc;

use super::cache;
use super::chunk::Description;
use super::snapshot::Snapshot;
use crate::domain::{Column, DatasetName, Filter, PointId, Table, TimeRange, Timestamp, Value};
use crate::store::connection::{Connection, Error};

/// Which points and which of their fields.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub range: TimeRange,
    pub filters: Vec<Filter>,
    /// Positions among the dataset's fields, in the order of the resulting columns.
    pub fields: Vec<usize>,
    /// Only points that come after this one in the order of reading.
    pub after: Option<PointId>,
    pub is_descending: bool,
}

impl Wanted {
    /// Every field of every point.
    pub fn everything(fields: usize) -> Self {
        Self { fields: (0..fields).collect(), ..Self::default() }
    }

    /// The range with the point to begin after taken into account.
    pub fn reach(&self) -> TimeRange {
        let mut range = self.range;
        let Some(after) = self.after else { return range };
        if self.is_descending {
            let end = Timestamp::from_milliseconds(after.time.milliseconds() + 1)
                .unwrap_or(Timestamp::MAX);
            range.end = Some(range.end.map_or(end, |given| given.min(end)));
        } else {
            range.start = Some(range.start.map_or(after.time, |given| given.max(after.time)));
        }
        range
    }

    fn admits(&self, id: PointId) -> bool {
        self.range.contains(id.time.milliseconds())
            && match self.after {
                None => true,
                Some(after) if self.is_descending => id < after,
                Some(after) => id > after,
            }
    }
}

/// A stretch of ids: a chunk, if there is one, and the log's changes around it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) chunk: Option<Description>,
    pub(super) from: Bound<PointId>,
    pub(super) to: Bound<PointId>,
}

/// A read in progress: gives one table for each segment, in order.
#[derive(Debug)]
pub struct Scan {
    name: DatasetName,
    pub snapshot: Snapshot,
    wanted: Wanted,
    /// In the order of reading.
    segments: std::vec::IntoIter<Segment>,
}

impl Scan {
    /// A read of `snapshot`, which must have been taken with the range [`Wanted::reach`] or more.
    pub fn new(snapshot: Snapshot, wanted: Wanted) -> Self {
        let mut segments = segments(&snapshot, wanted.is_descending);
        if wanted.is_descending {
            segments.reverse();
        }
        let name = snapshot.dataset.name.clone();
        Self { name, snapshot, wanted, segments: segments.into_iter() }
    }

    /// Whether points may be left that this scan cannot reach, because its snapshot was cut.
    pub fn is_cut(&self) -> bool {
        self.snapshot.is_cut
    }

    /// The points of the next segment, in the order of reading; none may be in it. `None` at the
    /// end.
    pub async fn next(&mut self, connection: &impl Connection) -> Result<Option<Table>, Error> {
        let Some(segment) = self.segments.next() else { return Ok(None) };
        let table = read(connection, &self.name, &self.snapshot, &self.wanted, &segment).await?;
        Ok(Some(table))
    }
}

/// Cuts the line of ids at the first point of each chunk. What lies before the first chunk goes
/// with it, unless the snapshot was cut there.
pub(super) fn segments(snapshot: &Snapshot, is_descending: bool) -> Vec<Segment> {
    let chunks = &snapshot.chunks;
    if chunks.is_empty() {
        return vec![Segment { chunk: None, from: Bound::Unbounded, to: Bound::Unbounded }];
    }
    let last = chunks.len() - 1;
    chunks
        .iter()
        .enumerate()
        .map(|(at, chunk)| {
            let from = match at {
                0 if snapshot.is_cut && is_descending => Bound::Included(chunk.first),
                0 => Bound::Unbounded,
                _ => Bound::Included(chunk.first),
            };
            let to = match chunks.get(at + 1) {
                Some(next) => Bound::Excluded(next.first),
                None if at == last && snapshot.is_cut && !is_descending => Bound::Included(chunk.last),
                None => Bound::Unbounded,
            };
            Segment { chunk: Some(chunk.clone()), from, to }
        })
        .collect()
}

/// Reads one segment.
pub(super) async fn read(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    wanted: &Wanted,
    segment: &Segment,
) -> Result<Table, Error> {
    let fields = &snapshot.dataset.fields;
    let deletes =
        segment.chunk.as_ref().is_some_and(|chunk| snapshot.overlay.may_delete(chunk.first, chunk.last));
    let loaded = loaded_fields(snapshot, wanted, deletes);
    let untouched =
        segment.chunk.as_ref().filter(|chunk| wanted.reach().overlaps(
            chunk.first.time.milliseconds(),
            chunk.last.time.milliseconds(),
        ));
    let table = match untouched {
        Some(chunk) => cache::decoded(connection, name, chunk, fields, &loaded).await?,
        None => {
            let kind = |position: &usize| fields.get(*position).map(|field| field.kind);
            Rc::new(Table::new(loaded.iter().filter_map(kind)))
        }
    };
    let mut keep = kept_rows(&table, wanted, &loaded);
    if deletes {
        drop_deleted(snapshot, &table, &loaded, &mut keep);
    }
    let added = apply_changes(snapshot, wanted, segment, &table, &mut keep);
    let mut table = gather(&table, wanted.fields.len(), &keep);
    if !added.is_empty() {
        table = merge(table, &added, &wanted.fields);
    }
    if wanted.is_descending {
        let rows: Vec<usize> = (0..table.len()).rev().collect();
        let mut reversed = table.empty_like();
        reversed.append_rows(&table, &rows);
        table = reversed;
    }
    Ok(table)
}

/// The wanted fields, and after them those that conditions look at.
fn loaded_fields(snapshot: &Snapshot, wanted: &Wanted, deletes: bool) -> Vec<usize> {
    let mut loaded = wanted.fields.clone();
    let mut add = |field: usize| {
        if !loaded.contains(&field) {
            loaded.push(field);
        }
    };
    wanted.filters.iter().for_each(|filter| add(filter.field));
    if deletes {
        snapshot.overlay.filter_fields().for_each(add);
    }
    loaded
}

/// Which rows of the chunk the bounds and conditions admit.
fn kept_rows(table: &Table, wanted: &Wanted, loaded: &[usize]) -> Vec<bool> {
    let mut keep: Vec<bool> = if wanted.after.is_none() && wanted.range.is_unbounded() {
        vec![true; table.len()]
    } else {
        ids(table).map(|id| id.is_some_and(|id| wanted.admits(id))).collect()
    };
    for filter in &wanted.filters {
        let column = loaded
            .iter()
            .position(|field| *field == filter.field)
            .and_then(|at| table.columns.get(at));
        match column {
            Some(column) => filter.narrow(column, &mut keep),
            None => keep.fill(false),
        }
    }
    keep
}

fn ids(table: &Table) -> impl Iterator<Item = Option<PointId>> + '_ {
    (0..table.len()).map(|row| table.id(row))
}

/// Takes out the rows that a deletion by range covers. Rows that the log changed one by one are
/// dealt with after this, whatever it says of them.
fn drop_deleted(snapshot: &Snapshot, table: &Table, loaded: &[usize], keep: &mut [bool]) {
    let mut values = vec![Value::Missing; snapshot.dataset.fields.len()];
    for (row, id) in ids(table).enumerate() {
        let Some(slot) = keep.get_mut(row).filter(|slot| **slot) else { continue };
        for (field, column) in loaded.iter().zip(&table.columns) {
            if let Some(value) = values.get_mut(*field) {
                *value = column.value(row);
            }
        }
        *slot = id.is_some_and(|id| !snapshot.overlay.has_deleted(id, &values));
    }
}

/// Takes out the rows that the log has changed, and returns the points that it puts there.
fn apply_changes<'a>(
    snapshot: &'a Snapshot,
    wanted: &Wanted,
    segment: &Segment,
    table: &Table,
    keep: &mut [bool],
) -> Vec<(PointId, &'a [Value])> {
    let mut added = Vec::new();
    for (id, values) in snapshot.overlay.changes(segment.from, segment.to) {
        if let Some(slot) = table.row_of(id).and_then(|row| keep.get_mut(row)) {
            *slot = false;
        }
        let Some(values) = values.filter(|_| wanted.admits(id)) else { continue };
        let passes = wanted.filters.iter().all(|filter| {
            filter.comparison.admits(values.get(filter.field).unwrap_or(&Value::Missing))
        });
        if passes {
            added.push((id, values));
        }
    }
    added
}

/// The kept rows of the first `columns` columns.
fn gather(table: &Table, columns: usize, keep: &[bool]) -> Table {
    let rows: Vec<usize> =
        keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row).collect();
    let mut kept = Table::new(table.columns.iter().take(columns).map(Column::kind));
    kept.append_rows(table, &rows);
    kept
}

/// Adds points to a table sorted by id.
fn merge(mut table: Table, added: &[(PointId, &[Value])], fields: &[usize]) -> Table {
    for (id, values) in added {
        let values: Vec<Value> = fields
            .iter()
            .map(|field| values.get(*field).cloned().unwrap_or(Value::Missing))
            .collect();
        table.push(id.time.milliseconds(), id.sequence, &values);
    }
    let rows = table.sorted_rows();
    if rows.is_sorted() {
        return table;
    }
    let mut sorted = table.empty_like();
    sorted.append_rows(&table, &rows);
    sorted
}
