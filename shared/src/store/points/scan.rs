//! Reading points out of a snapshot, chunk by chunk.

use std::collections::VecDeque;
use std::ops::{Bound, Range};
use std::rc::Rc;

use super::cache;
use super::chunk::{self, Description};
use super::fetch::{Fetched, Part};
use super::snapshot::Snapshot;
use crate::domain::aggregate::Summaries;
use crate::domain::{
    Column, DatasetName, FieldType, Filter, PointId, Table, TimeRange, Timestamp, Value,
};
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
    /// Whether summaries are to tell the least and greatest values.
    pub extremes: bool,
    /// Whether sums are wanted: then summaries whose sums may be rounded or infinite are no good.
    pub sums: bool,
}

impl Wanted {
    /// Every field of every point.
    pub fn everything(fields: usize) -> Self {
        Self {
            fields: (0..fields).collect(),
            ..Self::default()
        }
    }

    /// The range with the point to begin after taken into account.
    pub fn reach(&self) -> TimeRange {
        let mut range = self.range;
        let Some(after) = self.after else {
            return range;
        };
        if self.is_descending {
            let end = Timestamp::from_milliseconds(after.time.milliseconds() + 1)
                .unwrap_or(Timestamp::MAX);
            range.end = Some(range.end.map_or(end, |given| given.min(end)));
        } else {
            range.start = Some(
                range
                    .start
                    .map_or(after.time, |given| given.max(after.time)),
            );
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

/// What a reader is given of a segment.
#[derive(Debug)]
pub enum Piece {
    /// Its points, in the order of reading; there may be none.
    Points(Rc<Table>),
    /// Summaries of them, of the wanted fields.
    Summaries(Summaries),
}

/// What is needed of a segment's chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Points,
    /// The summaries within the chunk.
    Cells,
    /// The description, which is one summary of all.
    Description,
}

/// A read in progress: gives a piece for each segment, in order.
#[derive(Debug)]
pub struct Scan {
    name: DatasetName,
    pub snapshot: Snapshot,
    wanted: Wanted,
    /// In the order of reading.
    segments: VecDeque<(Segment, Need)>,
    fetched: Fetched,
    is_eager: bool,
}

impl Scan {
    /// A read of `snapshot`, which must have been taken with the range [`Wanted::reach`] or more, by
    /// somebody who may stop early.
    pub fn new(snapshot: Snapshot, wanted: Wanted) -> Self {
        Self::plan(snapshot, wanted, false, &mut |_, _, _| false)
    }

    /// A read of all of `snapshot` by somebody to whom, where `takes` says so, summaries are as good
    /// as points. `takes` is asked whether points from a first to a last time may come as summaries
    /// of stretches that do not cross multiples of a step or, without a step, of any stretches.
    pub fn summarised(
        snapshot: Snapshot,
        wanted: Wanted,
        takes: &mut impl FnMut(i64, i64, Option<i64>) -> bool,
    ) -> Self {
        Self::plan(snapshot, wanted, true, takes)
    }

    /// A read of those segments of `snapshot` that `reads` says, by their numbers. Of others there may be
    /// a summary instead.
    pub fn chosen(snapshot: Snapshot, wanted: Wanted, reads: impl Fn(usize) -> bool) -> Self {
        let mut scan = Self::plan(snapshot, wanted, true, &mut |_, _, _| false);
        for (number, (segment, need)) in scan.segments.iter_mut().enumerate() {
            if segment.chunk.is_some() && *need == Need::Points && !reads(number) {
                *need = Need::Description;
            }
        }
        scan
    }

    /// A read of all of `snapshot`.
    pub fn whole(snapshot: Snapshot, wanted: Wanted) -> Self {
        Self::plan(snapshot, wanted, true, &mut |_, _, _| false)
    }

    fn plan(
        snapshot: Snapshot,
        wanted: Wanted,
        is_eager: bool,
        takes: &mut impl FnMut(i64, i64, Option<i64>) -> bool,
    ) -> Self {
        let mut segments = segments(&snapshot, wanted.is_descending);
        if wanted.is_descending {
            segments.reverse();
        }
        let need = |segment: Segment| {
            let need = need(&snapshot, &wanted, &segment, takes);
            (segment, need)
        };
        let segments = segments.into_iter().map(need).collect();
        let name = snapshot.dataset.name.clone();
        let fetched = Fetched::new(is_eager);
        Self {
            name,
            snapshot,
            wanted,
            segments,
            fetched,
            is_eager,
        }
    }

    /// Whether points may be left that this scan cannot reach, because its snapshot was cut.
    pub fn is_cut(&self) -> bool {
        self.snapshot.is_cut
    }

    /// The points of the next segment, in the order of reading; none may be in it. `None` at the
    /// end.
    pub async fn next(&mut self, connection: &impl Connection) -> Result<Option<Rc<Table>>, Error> {
        match self.next_piece(connection).await? {
            Some(Piece::Points(table)) => Ok(Some(table)),
            Some(Piece::Summaries(_)) => Err(Error::Corrupt("summaries, not asked for".to_owned())),
            None => Ok(None),
        }
    }

    /// The next segment as points or summaries; `None` at the end.
    pub async fn next_piece(
        &mut self,
        connection: &impl Connection,
    ) -> Result<Option<Piece>, Error> {
        let Some((segment, need)) = self.segments.pop_front() else {
            return Ok(None);
        };
        let piece = match (&segment.chunk, need) {
            (Some(chunk), Need::Description) => Piece::Summaries(describe(chunk, &self.wanted)),
            (Some(chunk), Need::Cells) => {
                let head = self.fetch(connection, Part::Head, chunk).await?;
                let fields = &self.snapshot.dataset.fields;
                let cells =
                    chunk::decode_cells(&head, fields, &self.wanted.fields, self.wanted.extremes)?;
                Piece::Summaries(within(cells, chunk, self.wanted.range))
            }
            (Some(chunk), Need::Points) => {
                let loaded = loaded_fields(&self.snapshot, &self.wanted, &segment);
                let table = self.load(connection, chunk, &loaded).await?;
                Piece::Points(assemble(
                    &self.snapshot,
                    &self.wanted,
                    &segment,
                    table,
                    &loaded,
                ))
            }
            _ => Piece::Points(without_chunk(&self.snapshot, &self.wanted, &segment)),
        };
        Ok(Some(piece))
    }

    async fn load(
        &mut self,
        connection: &impl Connection,
        chunk: &Description,
        loaded: &[usize],
    ) -> Result<Rc<Table>, Error> {
        if let Some(table) = cache::recall(&chunk.id, loaded, &self.snapshot.dataset.fields) {
            return Ok(table);
        }
        let blob = self.fetch(connection, Part::Whole, chunk).await?;
        let table = Rc::new(chunk::decode(&blob, &self.snapshot.dataset.fields, loaded)?);
        if !self.is_eager {
            // A read of everything would push out what others read again.
            cache::remember(&chunk.id, loaded, table.clone());
        }
        Ok(table)
    }

    async fn fetch(
        &mut self,
        connection: &impl Connection,
        part: Part,
        chunk: &Description,
    ) -> Result<Vec<u8>, Error> {
        let need = if part == Part::Head {
            Need::Cells
        } else {
            Need::Points
        };
        let later = self.segments.iter().filter(|(_, other)| *other == need);
        let later = later.filter_map(|(segment, _)| segment.chunk.as_ref());
        self.fetched
            .take(connection, &self.name, part, chunk, later)
            .await
    }
}

fn need(
    snapshot: &Snapshot,
    wanted: &Wanted,
    segment: &Segment,
    takes: &mut impl FnMut(i64, i64, Option<i64>) -> bool,
) -> Need {
    let Some(chunk) = &segment.chunk else {
        return Need::Nothing;
    };
    let (first, last) = (
        chunk.first.time.milliseconds(),
        chunk.last.time.milliseconds(),
    );
    if !wanted.reach().overlaps(first, last) {
        return Need::Nothing;
    }
    let is_clean = wanted.filters.is_empty()
        && wanted.after.is_none()
        && !wanted.is_descending
        && is_untouched(snapshot, segment)
        && (!wanted.sums || has_safe_sums(snapshot, wanted, chunk));
    if !is_clean {
        return Need::Points;
    }
    let is_whole = wanted.range.contains(first) && wanted.range.contains(last);
    if is_whole && takes(first, last, None) {
        return Need::Description;
    }
    let is_cut_between = |step: i64| {
        let edges = [wanted.range.start, wanted.range.end].into_iter().flatten();
        let mut edges = edges.map(|edge| edge.milliseconds());
        edges.all(|edge| edge <= first || edge > last || edge % step == 0)
    };
    let is_taken = |step: i64| is_cut_between(step) && takes(first, last, Some(step));
    match chunk.cells.map(|cells| cells.step).is_some_and(is_taken) {
        true => Need::Cells,
        false => Need::Points,
    }
}

fn has_safe_sums(snapshot: &Snapshot, wanted: &Wanted, chunk: &Description) -> bool {
    wanted.fields.iter().all(|position| {
        let field = snapshot.dataset.fields.get(*position);
        let is_integer = field.is_some_and(|field| field.kind == FieldType::Integer);
        let column = chunk.columns.get(*position);
        // Of texts a summary has neither least nor greatest value.
        column.is_none_or(|column| column.min > column.max || column.has_safe_sums(is_integer))
    })
}

/// Whether the log says nothing about a segment.
pub(super) fn is_untouched(snapshot: &Snapshot, segment: &Segment) -> bool {
    let overlay = &snapshot.overlay;
    let deletes = |chunk: &Description| overlay.may_delete(chunk.first, chunk.last);
    overlay.changes(segment.from, segment.to).next().is_none()
        && !segment.chunk.as_ref().is_some_and(deletes)
}

/// A chunk's description as the one summary of all its points.
fn describe(chunk: &Description, wanted: &Wanted) -> Summaries {
    let column = |field: &usize| vec![chunk.columns.get(*field).copied().unwrap_or_default()];
    Summaries {
        times: vec![chunk.first.time.milliseconds()],
        points: vec![chunk.count],
        columns: wanted.fields.iter().map(column).collect(),
    }
}

/// The summaries of a chunk's stretches in a range that cuts none of them.
fn within(summaries: Summaries, chunk: &Description, range: TimeRange) -> Summaries {
    let step = chunk.cells.map_or(0, |cells| cells.step);
    let Summaries {
        mut times,
        mut points,
        mut columns,
    } = summaries;
    if let Some(end) = range.end {
        let count = times.partition_point(|time| *time < end.milliseconds());
        times.truncate(count);
        points.truncate(count);
        columns.iter_mut().for_each(|column| column.truncate(count));
    }
    if let Some(start) = range.start {
        let count = times.partition_point(|time| time + step <= start.milliseconds());
        times.drain(..count);
        points.drain(..count);
        columns
            .iter_mut()
            .for_each(|column| drop(column.drain(..count)));
    }
    // The first stretch may begin long before its first point, in another bucket.
    if let Some(first) = times.first_mut() {
        *first = (*first).max(chunk.first.time.milliseconds());
    }
    Summaries {
        times,
        points,
        columns,
    }
}

/// Cuts the line of ids at the first point of each chunk. What lies before the first chunk goes
/// with it, unless the snapshot was cut there.
pub(super) fn segments(snapshot: &Snapshot, is_descending: bool) -> Vec<Segment> {
    let chunks = &snapshot.chunks;
    if chunks.is_empty() {
        return vec![Segment {
            chunk: None,
            from: Bound::Unbounded,
            to: Bound::Unbounded,
        }];
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
                None if at == last && snapshot.is_cut && !is_descending => {
                    Bound::Included(chunk.last)
                }
                None => Bound::Unbounded,
            };
            Segment {
                chunk: Some(chunk.clone()),
                from,
                to,
            }
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
) -> Result<Rc<Table>, Error> {
    let need = need(snapshot, wanted, segment, &mut |_, _, _| false);
    let Some(chunk) = segment.chunk.as_ref().filter(|_| need == Need::Points) else {
        return Ok(without_chunk(snapshot, wanted, segment));
    };
    let loaded = loaded_fields(snapshot, wanted, segment);
    let table = match cache::recall(&chunk.id, &loaded, &snapshot.dataset.fields) {
        Some(table) => table,
        None => {
            let mut fetched = Fetched::new(false);
            let later = std::iter::empty();
            let blob = fetched
                .take(connection, name, Part::Whole, chunk, later)
                .await?;
            Rc::new(chunk::decode(&blob, &snapshot.dataset.fields, &loaded)?)
        }
    };
    Ok(assemble(snapshot, wanted, segment, table, &loaded))
}

/// What the log puts into a segment of which no chunk is read.
fn without_chunk(snapshot: &Snapshot, wanted: &Wanted, segment: &Segment) -> Rc<Table> {
    let fields = &snapshot.dataset.fields;
    let kind = |position: &usize| fields.get(*position).map(|field| field.kind);
    let empty = Rc::new(Table::new(wanted.fields.iter().filter_map(kind)));
    assemble(snapshot, wanted, segment, empty, &wanted.fields)
}

/// The wanted fields, and after them those that conditions look at.
fn loaded_fields(snapshot: &Snapshot, wanted: &Wanted, segment: &Segment) -> Vec<usize> {
    let mut loaded = wanted.fields.clone();
    let mut add = |field: usize| {
        if !loaded.contains(&field) {
            loaded.push(field);
        }
    };
    wanted.filters.iter().for_each(|filter| add(filter.field));
    if deletes(snapshot, segment) {
        snapshot.overlay.filter_fields().for_each(add);
    }
    loaded
}

/// Whether ranges deleted since reach into a segment's chunk.
fn deletes(snapshot: &Snapshot, segment: &Segment) -> bool {
    let chunk = segment.chunk.as_ref();
    chunk.is_some_and(|chunk| snapshot.overlay.may_delete(chunk.first, chunk.last))
}

/// What is wanted of a segment whose chunk has the points of `table`, with the fields `loaded`.
fn assemble(
    snapshot: &Snapshot,
    wanted: &Wanted,
    segment: &Segment,
    table: Rc<Table>,
    loaded: &[usize],
) -> Rc<Table> {
    let rows = rows_within(&table, wanted);
    // Which rows stay, as soon as not all of them do.
    let mut keep: Option<Vec<bool>> = None;
    if !wanted.filters.is_empty() {
        apply_filters(&table, wanted, loaded, all_of(&table, &rows, &mut keep));
    }
    if deletes(snapshot, segment) {
        drop_deleted(snapshot, &table, loaded, all_of(&table, &rows, &mut keep));
    }
    let added = apply_changes(snapshot, wanted, segment, |id| {
        if let Some(row) = table.row_of(id)
            && let Some(slot) = all_of(&table, &rows, &mut keep).get_mut(row)
        {
            *slot = false;
        }
    });
    let columns = wanted.fields.len();
    let is_all = keep.is_none() && rows.len() == table.len() && columns == table.columns.len();
    if is_all && added.is_empty() && !wanted.is_descending {
        return table;
    }
    let mut table = match keep {
        None => table.slice(rows, columns),
        Some(keep) => gather(&table, columns, &keep),
    };
    if !added.is_empty() {
        table = merge(table, &added, &wanted.fields);
    }
    if wanted.is_descending {
        let rows: Vec<usize> = (0..table.len()).rev().collect();
        let mut reversed = table.empty_like();
        reversed.append_rows(&table, &rows);
        table = reversed;
    }
    Rc::new(table)
}

/// The marks, made when first needed: true for all of `rows`.
fn all_of<'a>(
    table: &Table,
    rows: &Range<usize>,
    keep: &'a mut Option<Vec<bool>>,
) -> &'a mut Vec<bool> {
    keep.get_or_insert_with(|| (0..table.len()).map(|row| rows.contains(&row)).collect())
}

/// The rows that the wanted range and the point to begin after admit: they are successive, since
/// the table is sorted by id.
fn rows_within(table: &Table, wanted: &Wanted) -> Range<usize> {
    let times = &table.times;
    let mut rows = 0..times.len();
    if let Some(start) = wanted.range.start {
        rows.start = times.partition_point(|time| *time < start.milliseconds());
    }
    if let Some(end) = wanted.range.end {
        rows.end = times.partition_point(|time| *time < end.milliseconds());
    }
    if let Some(after) = wanted.after {
        let time = after.time.milliseconds();
        let earlier = times.partition_point(|other| *other < time);
        let same = times.partition_point(|other| *other <= time);
        let sequences = table.sequences.get(earlier..same).unwrap_or_default();
        if wanted.is_descending {
            let before = sequences.partition_point(|sequence| *sequence < after.sequence);
            rows.end = rows.end.min(earlier + before);
        } else {
            let upto = sequences.partition_point(|sequence| *sequence <= after.sequence);
            rows.start = rows.start.max(earlier + upto);
        }
    }
    rows.start..rows.end.max(rows.start)
}

fn apply_filters(table: &Table, wanted: &Wanted, loaded: &[usize], keep: &mut [bool]) {
    for filter in &wanted.filters {
        let at = loaded.iter().position(|field| *field == filter.field);
        match at.and_then(|at| table.columns.get(at)) {
            Some(column) => filter.narrow(column, keep),
            None => keep.fill(false),
        }
    }
}

fn ids(table: &Table) -> impl Iterator<Item = Option<PointId>> + '_ {
    (0..table.len()).map(|row| table.id(row))
}

/// Takes out the rows that a deletion by range covers. Rows that the log changed one by one are
/// dealt with after this, whatever it says of them.
fn drop_deleted(snapshot: &Snapshot, table: &Table, loaded: &[usize], keep: &mut [bool]) {
    let mut values = vec![Value::Missing; snapshot.dataset.fields.len()];
    for (row, id) in ids(table).enumerate() {
        let Some(slot) = keep.get_mut(row).filter(|slot| **slot) else {
            continue;
        };
        for (field, column) in loaded.iter().zip(&table.columns) {
            if let Some(value) = values.get_mut(*field) {
                *value = column.value(row);
            }
        }
        *slot = id.is_some_and(|id| !snapshot.overlay.has_deleted(id, &values));
    }
}

/// Calls `hide` for the points of a segment that the log has changed, and returns those that it puts
/// there.
fn apply_changes<'a>(
    snapshot: &'a Snapshot,
    wanted: &Wanted,
    segment: &Segment,
    mut hide: impl FnMut(PointId),
) -> Vec<(PointId, &'a [Value])> {
    let mut added = Vec::new();
    for (id, values) in snapshot.overlay.changes(segment.from, segment.to) {
        hide(id);
        let Some(values) = values.filter(|_| wanted.admits(id)) else {
            continue;
        };
        let passes = wanted.filters.iter().all(|filter| {
            let value = values.get(filter.field).unwrap_or(&Value::Missing);
            filter.comparison.admits(value)
        });
        if passes {
            added.push((id, values));
        }
    }
    added
}

/// The kept rows of the first `columns` columns.
fn gather(table: &Table, columns: usize, keep: &[bool]) -> Table {
    let kept = keep.iter().enumerate().filter(|(_, keep)| **keep);
    let rows: Vec<usize> = kept.map(|(row, _)| row).collect();
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
    table.sorted()
}
