//! Imports: many points become visible at once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::rewrite::rewrite;
use super::scan::{self, Wanted};
use super::snapshot::Snapshot;
use super::swap::{Commit, swap};
use super::{keys, write};
use crate::args;
use crate::domain::{DatasetName, PointId, Table};
use crate::store::connection::{Arg, Connection, Error, Replies};
use crate::store::script::Script;

static RESERVE: Script = Script::new(
    "if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then return -1 end
     return redis.call('HINCRBY', KEYS[1], 'sequence', ARGV[2]) - ARGV[2]",
);

/// How often a rewrite is tried again when somebody else rewrote first.
const TRIES: usize = 20;
/// Keys of one reply.
const KEYS_AT_ONCE: usize = 5000;

/// What to do with a point whose key belongs to a stored point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Import nothing.
    Refuse,
    /// Leave the stored point.
    Skip,
    /// Put the new point in its place.
    Replace,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    Done {
        version: u64,
        inserted: usize,
        replaced: usize,
        skipped: usize,
    },
    Missing,
    /// The description has changed since the points were made for it.
    Again,
    /// Keys that are taken (the first hundred), with [`Conflict::Refuse`].
    Taken {
        rows: Vec<(usize, String)>,
    },
    /// The version is not the one that the caller demanded.
    Changed {
        version: u64,
    },
}

/// Adds points, visible all at once. They come in any order, with values checked against the
/// description of `revision`; their sequence numbers are handed out here, in the order of the rows.
///
/// `row_keys` has a key for each row if the dataset has a key field, and is empty otherwise; no key
/// occurs twice.
pub async fn import(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    mut table: Table,
    row_keys: &[String],
    conflict: Conflict,
) -> Result<Imported, Error> {
    let hash = keys::dataset(name);
    let mut reply = RESERVE
        .run(connection, &[&hash], args![revision, table.len()])
        .await?;
    let Ok(first) = u64::try_from(reply.int("a sequence")?) else {
        return Ok(Imported::Again);
    };
    table.sequences = (first..).take(table.len()).collect();
    if row_keys.is_empty() {
        table = sorted(table);
    }
    for _ in 0..TRIES {
        let Some(snapshot) = Snapshot::whole(connection, name).await? else {
            return Ok(Imported::Missing);
        };
        if snapshot.revision != revision {
            return Ok(Imported::Again);
        }
        if if_version.is_some_and(|demanded| demanded != snapshot.version) {
            return Ok(Imported::Changed {
                version: snapshot.version,
            });
        }
        let plan = match plan(connection, name, &snapshot, &table, row_keys, conflict).await? {
            Ok(plan) => plan,
            Err(rows) => return Ok(Imported::Taken { rows }),
        };
        if plan.added.is_empty() {
            let (version, skipped) = (snapshot.version, plan.skipped);
            return Ok(Imported::Done {
                version,
                inserted: 0,
                replaced: 0,
                skipped,
            });
        }
        let rewritten = rewrite(connection, name, &snapshot, &plan.added, &plan.removed).await?;
        let replaced = plan.removed.len();
        let (inserted, skipped) = (
            plan.added.len() - replaced.min(plan.added.len()),
            plan.skipped,
        );
        let commit = Commit::Import {
            keys: plan.index,
            demands_version: if_version.is_some(),
        };
        if let Some(version) = swap(connection, name, &snapshot, rewritten, commit).await? {
            return Ok(Imported::Done {
                version,
                inserted,
                replaced,
                skipped,
            });
        }
    }
    Err(Error::Unavailable(format!(
        "{name} is being rewritten by others all the time"
    )))
}

/// The table with its rows in order of id.
fn sorted(table: Table) -> Table {
    let rows = table.sorted_rows();
    if rows.is_sorted() {
        return table;
    }
    let mut sorted = table.empty_like();
    sorted.append_rows(&table, &rows);
    sorted
}

/// What an import adds and takes away.
struct Plan<'a> {
    /// Sorted by id.
    added: Cow<'a, Table>,
    /// Stored points that are replaced.
    removed: BTreeSet<PointId>,
    skipped: usize,
    /// Keys that come, with their holders.
    index: Vec<(String, PointId)>,
}

/// Looks up which keys are taken, and decides on each row; the rows that are in the way otherwise.
async fn plan<'a>(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    table: &'a Table,
    row_keys: &[String],
    conflict: Conflict,
) -> Result<Result<Plan<'a>, Vec<(usize, String)>>, Error> {
    if row_keys.is_empty() {
        let (removed, index) = (BTreeSet::new(), Vec::new());
        return Ok(Ok(Plan {
            added: Cow::Borrowed(table),
            removed,
            skipped: 0,
            index,
        }));
    }
    let mut added = table.clone();
    let (mut removed, mut kept, mut index) = (BTreeSet::new(), Vec::new(), Vec::new());
    let mut taken = Vec::new();
    let holders = holders(connection, name, snapshot, row_keys).await?;
    for (row, key) in row_keys.iter().enumerate() {
        let Some(mut id) = table.id(row) else {
            continue;
        };
        match (holders.get(row).copied().flatten(), conflict) {
            (None, _) => {}
            (Some(_), Conflict::Refuse) => taken.push((row, key.clone())),
            (Some(_), Conflict::Skip) => continue,
            (Some(holder), Conflict::Replace) => {
                removed.insert(holder);
                // At the same time the point keeps its id; else it is another point.
                if holder.time == id.time {
                    id = holder;
                }
            }
        }
        if let Some(slot) = added.sequences.get_mut(row) {
            *slot = id.sequence;
        }
        index.push((key.clone(), id));
        kept.push(row);
    }
    if !taken.is_empty() {
        taken.truncate(100);
        return Ok(Err(taken));
    }
    let mut chosen = added.empty_like();
    chosen.append_rows(&added, &kept);
    let skipped = table.len() - kept.len();
    Ok(Ok(Plan {
        added: Cow::Owned(sorted(chosen)),
        removed,
        skipped,
        index,
    }))
}

/// The living holder of each key.
async fn holders(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    row_keys: &[String],
) -> Result<Vec<Option<PointId>>, Error> {
    let mut holders = Vec::with_capacity(row_keys.len());
    for part in row_keys.chunks(KEYS_AT_ONCE) {
        let mut args = args![keys::index(name)];
        args.extend(part.iter().map(Arg::from));
        let mut replies = Replies::new(connection.command("HMGET", args).await?);
        for _ in part {
            let text = replies.optional_text("a holder")?;
            holders.push(text.as_deref().and_then(write::parse_holder));
        }
    }
    if snapshot.tombstones > 0 && holders.iter().any(Option::is_some) {
        // A range was deleted at some time: a key may be left over from a point that is gone.
        let living = living(connection, name, snapshot, &holders).await?;
        for holder in &mut holders {
            *holder = holder.filter(|id| living.contains(id));
        }
    }
    Ok(holders)
}

async fn living(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    candidates: &[Option<PointId>],
) -> Result<HashSet<PointId>, Error> {
    let wanted_ids: HashSet<PointId> = candidates.iter().flatten().copied().collect();
    let mut living = HashSet::new();
    for segment in scan::segments(snapshot, false) {
        let table = scan::read(connection, name, snapshot, &Wanted::default(), &segment).await?;
        let ids = (0..table.len()).filter_map(|row| table.id(row));
        living.extend(ids.filter(|id| wanted_ids.contains(id)));
    }
    Ok(living)
}
