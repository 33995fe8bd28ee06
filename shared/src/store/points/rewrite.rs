//! Rewriting chunks: new ones are stored beside the old, and named by nobody until the swap.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::rc::Rc;

use uuid::Uuid;

use super::chunk::{self, Description};
use super::keys;
use super::scan::{self, Segment, Wanted};
use super::snapshot::Snapshot;
use crate::args;
use crate::domain::{DatasetName, PointId, Table};
use crate::store::connection::{Connection, Error};

/// Seconds for which a chunk that nobody names yet lives: the longest that a rewrite may take.
const UNNAMED_SECONDS: i64 = 3600;

/// New chunks, stored but not named yet, and the old ones in whose place they come.
#[derive(Default)]
pub(super) struct Rewritten {
    pub(super) gone: Vec<Description>,
    pub(super) new: Vec<Description>,
}

/// Rewrites every stretch that the log, `added` or `removed` touches. `added` is sorted by id.
pub(super) async fn rewrite(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    added: &Table,
    removed: &BTreeSet<PointId>,
) -> Result<Rewritten, Error> {
    let everything = Wanted::everything(snapshot.dataset.fields.len());
    let mut writer = ChunkWriter {
        connection,
        name,
        pending: None,
        new: Vec::new(),
    };
    let mut gone = Vec::new();
    let mut next_row = 0;
    for segment in scan::segments(snapshot, false) {
        let rows = rows_within(added, next_row, &segment.to);
        next_row = rows.end;
        let is_clean = is_clean(snapshot, &segment, rows.is_empty(), removed);
        let chunk_count = segment.chunk.as_ref().map_or(0, |chunk| chunk.count);
        if is_clean && !writer.would_merge(chunk_count) {
            writer.flush().await?;
            continue;
        }
        let table = scan::read(connection, name, snapshot, &everything, &segment).await?;
        let mut table = Rc::unwrap_or_clone(table);
        if !removed.is_empty() {
            let is_kept = |row: &usize| table.id(*row).is_none_or(|id| !removed.contains(&id));
            let rows: Vec<usize> = (0..table.len()).filter(is_kept).collect();
            let mut kept = table.empty_like();
            kept.append_rows(&table, &rows);
            table = kept;
        }
        gone.extend(segment.chunk);
        writer.push(table, added, rows).await?;
    }
    writer.flush().await?;
    Ok(Rewritten {
        gone,
        new: writer.new,
    })
}

/// The rows of `added` from `first` on that come before `to`.
fn rows_within(added: &Table, first: usize, to: &Bound<PointId>) -> std::ops::Range<usize> {
    let is_before = |row: usize| match (to, added.id(row)) {
        (Bound::Unbounded, _) => true,
        (Bound::Excluded(to), Some(id)) => id < *to,
        (Bound::Included(to), Some(id)) => id <= *to,
        (_, None) => false,
    };
    // Binary search: the rows are sorted.
    let (mut low, mut high) = (first, added.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    first..low
}

fn is_clean(
    snapshot: &Snapshot,
    segment: &Segment,
    adds_nothing: bool,
    removed: &BTreeSet<PointId>,
) -> bool {
    let chunk = segment.chunk.as_ref();
    let removes = |chunk: &Description| removed.range(chunk.first..=chunk.last).next().is_some();
    adds_nothing && scan::is_untouched(snapshot, segment) && !chunk.is_some_and(removes)
}

/// Gathers points in order of id and stores them in full chunks.
struct ChunkWriter<'a, C: Connection> {
    connection: &'a C,
    name: &'a DatasetName,
    pending: Option<Table>,
    new: Vec<Description>,
}

impl<C: Connection> ChunkWriter<'_, C> {
    /// Adds the points of a stretch: those of `table` and the rows of `added`, merged.
    async fn push(
        &mut self,
        table: Table,
        added: &Table,
        rows: std::ops::Range<usize>,
    ) -> Result<(), Error> {
        let mut rest = rows;
        if !table.is_empty() {
            let mut merged = table;
            // The other rows of a stretch without a chunk may be millions: those go on below.
            let part: Vec<usize> = rest.clone().collect();
            merged.append_rows(added, &part);
            rest = 0..0;
            let order = merged.sorted_rows();
            if order.is_sorted() {
                self.append(&merged, &(0..merged.len()).collect::<Vec<_>>())
                    .await?;
            } else {
                self.append(&merged, &order).await?;
            }
        }
        while !rest.is_empty() {
            let end = rest.end.min(rest.start + chunk::FULL);
            let part: Vec<usize> = (rest.start..end).collect();
            self.append(added, &part).await?;
            rest.start = end;
        }
        Ok(())
    }

    async fn append(&mut self, table: &Table, rows: &[usize]) -> Result<(), Error> {
        for part in rows.chunks(chunk::FULL) {
            let pending = self.pending.get_or_insert_with(|| table.empty_like());
            pending.append_rows(table, part);
            if self
                .pending
                .as_ref()
                .is_some_and(|pending| pending.len() >= 2 * chunk::FULL)
            {
                self.store_first(chunk::FULL).await?;
            }
        }
        Ok(())
    }

    /// Stores the first `count` pending points.
    async fn store_first(&mut self, count: usize) -> Result<(), Error> {
        let Some(mut first) = self.pending.take() else {
            return Ok(());
        };
        let rest: Vec<usize> = (count..first.len()).collect();
        let mut pending = first.empty_like();
        pending.append_rows(&first, &rest);
        first.truncate(count);
        self.pending = Some(pending);
        self.store(&first).await
    }

    /// Stores what is pending. Up to one and a half chunks stay together and more is halved, so
    /// that a full chunk that grows by a few points does not leave a tiny one beside it.
    async fn flush(&mut self) -> Result<(), Error> {
        let pending = self.pending.as_ref().map_or(0, Table::len);
        if pending > chunk::FULL + chunk::FULL / 2 {
            self.store_first(pending / 2).await?;
        }
        match self.pending.take() {
            Some(pending) if !pending.is_empty() => self.store(&pending).await,
            _ => Ok(()),
        }
    }

    /// Whether an untouched chunk of so many points is better merged with what is pending.
    fn would_merge(&self, count: usize) -> bool {
        let pending = self.pending.as_ref().map_or(0, Table::len);
        count > 0 && pending > 0 && pending + count <= chunk::FULL / 2
    }

    async fn store(&mut self, table: &Table) -> Result<(), Error> {
        let random = Uuid::new_v4().simple().to_string();
        let id = random.get(..16).unwrap_or_default();
        let encoded = chunk::encode(id, table)?;
        let key = format!("{}{id}", keys::chunk_prefix(self.name));
        let args = args![key, encoded.blob, "EX", UNNAMED_SECONDS];
        self.connection.command("SET", args).await?;
        self.new.push(encoded.description);
        Ok(())
    }
}
