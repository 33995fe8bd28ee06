//! Imports: many points become visible at once.

use super::chunk::Description;
use super::keys;
use super::plan::{Incoming, Plan};
use super::rewrite::rewrite;
use super::snapshot::Snapshot;
use super::stage::Arranged;
use super::swap::{Commit, Swapped, swap};
use super::verdict::Objection;
use crate::args;
use crate::domain::{DatasetName, Table};
use crate::store::connection::{Connection, Error};
use crate::store::script::Script;

static RESERVE: Script = Script::new(
    "if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then return -1 end
     return redis.call('HINCRBY', KEYS[1], 'sequence', ARGV[2]) - ARGV[2]",
);

/// How often a rewrite is tried again when somebody else rewrote first.
const TRIES: usize = 100;

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
        keys: Vec<String>,
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

/// Adds points that are staged, visible all at once, to a dataset with the fields for which they were
/// arranged.
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
    let incoming = Incoming::Staged {
        chunks: &arranged.chunks,
        keys: arranged.keys.as_ref(),
    };
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

async fn add(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    incoming: Incoming<'_>,
) -> Result<Imported, Error> {
    let mut plan = None;
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
        let current = match renewed(connection, plan.take(), &snapshot, incoming).await? {
            Ok(current) => current,
            Err(Objection::Taken(keys)) => return Ok(Imported::Taken { keys }),
            Err(Objection::Late) => continue,
        };
        match attempt(connection, &snapshot, &current, if_version.is_some()).await? {
            Attempt::Done { version, new } => {
                let done = Imported::Done {
                    version,
                    inserted: current.points.saturating_sub(current.replaced),
                    replaced: current.replaced,
                    skipped: current.skipped,
                };
                current.finish(connection, name, incoming, &new).await;
                return Ok(done);
            }
            // What was decided may still hold, or not.
            Attempt::Late => plan = Some(current),
            Attempt::Taken => current.retire(connection, name, incoming).await,
        }
    }
    Err(Error::Unavailable(format!(
        "{name} is being rewritten by others all the time, or the file took longer than an hour"
    )))
}

/// A plan for a snapshot: the one that there is, if it still holds.
async fn renewed<'a>(
    connection: &impl Connection,
    plan: Option<Plan<'a>>,
    snapshot: &Snapshot,
    incoming: Incoming<'a>,
) -> Result<Result<Plan<'a>, Objection>, Error> {
    match plan {
        Some(plan) if plan.holds_for(snapshot) => return Ok(Ok(plan)),
        Some(outdated) => {
            let name = &snapshot.dataset.name;
            outdated.retire(connection, name, incoming).await;
        }
        None => {}
    }
    Plan::new(connection, snapshot, incoming).await
}

/// What came of trying to make a plan come true.
enum Attempt {
    Done {
        version: u64,
        /// The chunks that were made or used.
        new: Vec<Description>,
    },
    /// Others changed something first.
    Late,
    /// Others have taken keys that nobody had.
    Taken,
}

async fn attempt(
    connection: &impl Connection,
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    demands_version: bool,
) -> Result<Attempt, Error> {
    let name = &snapshot.dataset.name;
    if plan.points == 0 {
        return Ok(Attempt::Done {
            version: snapshot.version,
            new: Vec::new(),
        });
    }
    let (added, removed) = (plan.added.as_added(), plan.removed.as_added());
    let rewritten = rewrite(connection, name, snapshot, added, removed).await?;
    let commit = Commit::Import {
        claims: plan.claims(),
        demands_version,
        seen: plan.seen,
    };
    match swap(connection, name, snapshot, &rewritten, commit).await? {
        Swapped::Done { version } => Ok(Attempt::Done {
            version,
            new: rewritten.new,
        }),
        Swapped::Late => Ok(Attempt::Late),
        Swapped::Taken => Ok(Attempt::Taken),
    }
}
