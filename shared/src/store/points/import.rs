//! Imports: many points become visible at once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::arrivals::Added;
use super::chunk::Description;
use super::rewrite::{Rewritten, rewrite};
use super::scan::{self, Wanted};
use super::snapshot::Snapshot;
use super::stage::{Arranged, discard};
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
    let Some(first) = reserve(connection, name, revision, table.len()).await? else {
        return Ok(Imported::Again);
    };
    table.sequences = (first..).take(table.len()).collect();
    if row_keys.is_empty() {
        table = table.sorted();
    }
    let incoming = Incoming::Rows {
        table: &table,
        row_keys,
        conflict,
    };
    add(connection, name, revision, if_version, incoming).await
}

/// Adds points that are staged, visible all at once: to a dataset without a key field and with the
/// fields for which they were arranged.
pub async fn import_staged(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    arranged: Arranged,
) -> Result<Imported, Error> {
    let outcome = add_staged(connection, name, revision, if_version, &arranged).await;
    if !matches!(outcome, Ok(Imported::Done { .. })) {
        arranged.discard(connection, name).await;
    }
    outcome
}

async fn add_staged(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    arranged: &Arranged,
) -> Result<Imported, Error> {
    // In a new dataset the staged points have the first sequence numbers: should somebody have been
    // faster, then they have not.
    let is_taken =
        arranged.is_new && reserve(connection, name, revision, arranged.points).await? != Some(0);
    if arranged.is_late || is_taken {
        return Ok(Imported::Again);
    }
    let incoming = Incoming::Staged(&arranged.chunks);
    add(connection, name, revision, if_version, incoming).await
}

/// The first of so many new sequence numbers; `None` when the description has changed.
pub(super) async fn reserve(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    count: usize,
) -> Result<Option<u64>, Error> {
    let hash = keys::dataset(name);
    let mut reply = RESERVE
        .run(connection, &[&hash], args![revision, count])
        .await?;
    Ok(u64::try_from(reply.int("a sequence")?).ok())
}

/// What is to be added.
#[derive(Clone, Copy)]
enum Incoming<'a> {
    /// In order of id, unless there are keys.
    Rows {
        table: &'a Table,
        row_keys: &'a [String],
        conflict: Conflict,
    },
    Staged(&'a [Description]),
}

async fn add(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    incoming: Incoming<'_>,
) -> Result<Imported, Error> {
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
        let plan = match plan(connection, name, &snapshot, incoming).await? {
            Ok(plan) => plan,
            Err(rows) => return Ok(Imported::Taken { rows }),
        };
        if plan.points == 0 {
            let (version, skipped) = (snapshot.version, plan.skipped);
            return Ok(Imported::Done {
                version,
                inserted: 0,
                replaced: 0,
                skipped,
            });
        }
        let added = match &plan.added {
            AddedRows::Table(table) => Added::Rows(table),
            AddedRows::Chunks(chunks) => Added::Chunks(chunks),
        };
        let rewritten = rewrite(connection, name, &snapshot, added, &plan.removed).await?;
        let unused = unused(added, &rewritten);
        let replaced = plan.removed.len();
        let (inserted, skipped) = (plan.points.saturating_sub(replaced), plan.skipped);
        let commit = Commit::Import {
            keys: plan.index,
            demands_version: if_version.is_some(),
        };
        if let Some(version) = swap(connection, name, &snapshot, rewritten, commit).await? {
            discard(connection, name, &unused).await;
            return Ok(Imported::Done {
                version,
                inserted,
                replaced,
                skipped,
            });
        }
    }
    Err(Error::Unavailable(format!(
        "{name} is being rewritten by others all the time, or the file took longer than an hour"
    )))
}

/// The staged chunks that went into others.
fn unused(added: Added<'_>, rewritten: &Rewritten) -> Vec<Description> {
    let Added::Chunks(chunks) = added else {
        return Vec::new();
    };
    let used: HashSet<&str> = rewritten
        .new
        .iter()
        .map(|chunk| chunk.id.as_str())
        .collect();
    let is_unused = |chunk: &&Description| !used.contains(chunk.id.as_str());
    chunks.iter().filter(is_unused).cloned().collect()
}

/// What an import adds and takes away.
struct Plan<'a> {
    added: AddedRows<'a>,
    points: usize,
    /// Stored points that are replaced.
    removed: BTreeSet<PointId>,
    skipped: usize,
    /// Keys that come, with their holders.
    index: Vec<(String, PointId)>,
}

/// In order of id.
enum AddedRows<'a> {
    Table(Cow<'a, Table>),
    Chunks(&'a [Description]),
}

impl<'a> Plan<'a> {
    /// Of points without keys: nothing can be in their way.
    fn without_keys(added: AddedRows<'a>, points: usize) -> Self {
        Self {
            added,
            points,
            removed: BTreeSet::new(),
            skipped: 0,
            index: Vec::new(),
        }
    }
}

/// Looks up which keys are taken, and decides on each row; the rows that are in the way otherwise.
async fn plan<'a>(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    incoming: Incoming<'a>,
) -> Result<Result<Plan<'a>, Vec<(usize, String)>>, Error> {
    let (table, row_keys, conflict) = match incoming {
        Incoming::Staged(chunks) => {
            let points = chunks.iter().map(|chunk| chunk.count).sum();
            return Ok(Ok(Plan::without_keys(AddedRows::Chunks(chunks), points)));
        }
        Incoming::Rows {
            table,
            row_keys: [],
            ..
        } => {
            let added = AddedRows::Table(Cow::Borrowed(table));
            return Ok(Ok(Plan::without_keys(added, table.len())));
        }
        Incoming::Rows {
            table,
            row_keys,
            conflict,
        } => (table, row_keys, conflict),
    };
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
        added: AddedRows::Table(Cow::Owned(chosen.sorted())),
        points: kept.len(),
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
