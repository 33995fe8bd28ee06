//! Rewriting chunks: new ones are stored beside the old, and named by nobody until the swap.

use std::collections::HashSet;
use std::ops::Bound;
use std::rc::Rc;

use super::arrivals::{Added, Arrival, Arrivals};
use super::chunk::Description;
use super::scan::{self, Segment, Wanted};
use super::snapshot::Snapshot;
use super::writer::ChunkWriter;
use crate::domain::{DatasetName, PointId, Table};
use crate::store::connection::{Connection, Error};

/// New chunks, stored but not named yet, and the old ones in whose place they come.
#[derive(Default)]
pub(super) struct Rewritten {
    pub(super) gone: Vec<Description>,
    pub(super) new: Vec<Description>,
}

/// Rewrites every stretch that the log, `added` or `removed` touches; of `removed` only the ids count.
pub(super) async fn rewrite(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    added: Added<'_>,
    removed: Added<'_>,
) -> Result<Rewritten, Error> {
    let fields = &snapshot.dataset.fields;
    let everything = Wanted::everything(fields.len());
    let mut arrivals = Arrivals::new(name, fields, added);
    let mut removals = Arrivals::new(name, &[], removed);
    let mut writer = ChunkWriter::new(name);
    let mut gone = Vec::new();
    for segment in scan::segments(snapshot, false) {
        let is_clean = !arrivals.has_before(&segment.to)
            && !removals.has_before(&segment.to)
            && scan::is_untouched(snapshot, &segment);
        let chunk_count = segment.chunk.as_ref().map_or(0, |chunk| chunk.count);
        if is_clean && !writer.would_merge(chunk_count) {
            writer.flush(connection).await?;
            continue;
        }
        let table = scan::read(connection, name, snapshot, &everything, &segment).await?;
        let removed = ids_before(connection, &mut removals, &segment.to).await?;
        let table = without(Rc::unwrap_or_clone(table), &removed);
        merge(connection, &mut writer, table, &mut arrivals, &segment).await?;
        gone.extend(segment.chunk);
    }
    let new = writer.finish(connection).await?;
    Ok(Rewritten { gone, new })
}

/// The ids of what comes before a bound.
async fn ids_before(
    connection: &impl Connection,
    arrivals: &mut Arrivals<'_>,
    to: &Bound<PointId>,
) -> Result<HashSet<PointId>, Error> {
    let mut ids = HashSet::new();
    while let Some(arrival) = arrivals.next_before(connection, to).await? {
        let table = arrivals.rows(connection, arrival).await?;
        ids.extend((0..table.len()).filter_map(|row| table.id(row)));
    }
    Ok(ids)
}

fn without(table: Table, removed: &HashSet<PointId>) -> Table {
    if removed.is_empty() {
        return table;
    }
    let is_kept = |row: &usize| table.id(*row).is_none_or(|id| !removed.contains(&id));
    let rows: Vec<usize> = (0..table.len()).filter(is_kept).collect();
    let mut kept = table.empty_like();
    kept.append_rows(&table, &rows);
    kept
}

/// Writes the points of a segment, those of `table` and those that come. Millions may come between
/// two of them, so they are taken portion by portion.
async fn merge(
    connection: &impl Connection,
    writer: &mut ChunkWriter,
    table: Table,
    arrivals: &mut Arrivals<'_>,
    segment: &Segment,
) -> Result<(), Error> {
    let mut written = 0;
    while let Some(arrival) = arrivals.next_before(connection, &segment.to).await? {
        let upto = arrival
            .last()
            .map_or(written, |last| table.rows_up_to(last));
        if upto == written
            && let Arrival::Chunk(chunk) = &arrival
            && writer.can_adopt(chunk)
        {
            writer.adopt(connection, chunk.clone()).await?;
            continue;
        }
        let mut rows = arrivals.rows(connection, arrival).await?;
        if upto > written {
            rows.append_range(&table, written..upto);
            rows = rows.sorted();
        }
        writer.append(connection, &rows, 0..rows.len()).await?;
        written = upto;
    }
    writer
        .append(connection, &table, written..table.len())
        .await
}
