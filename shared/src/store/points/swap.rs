//! The one script that makes rewritten chunks visible.

use uuid::Uuid;

use super::chunk::Description;
use super::claims::Claims;
use super::keys;
use super::rewrite::Rewritten;
use super::snapshot::Snapshot;
use crate::args;
use crate::domain::DatasetName;
use crate::store::connection::{Arg, Connection, Error};
use crate::store::datasets::demanded;
use crate::store::script::Script;

static SWAP: Script = Script::new(include_str!("swap.lua"));

/// What a swap stands for.
pub(super) enum Commit<'a> {
    /// The same points, stored otherwise.
    Compaction,
    /// New points.
    Import {
        /// Keys that come into the index.
        claims: Option<&'a Claims>,
        demands_version: bool,
        /// Mutation and version at which it was decided which points are replaced, if there are keys.
        seen: Option<Seen>,
    },
}

/// The state that a decision was made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) mutation: u64,
    pub(super) version: u64,
}

impl Seen {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        Self {
            mutation: snapshot.mutation,
            version: snapshot.version,
        }
    }
}

impl Commit<'_> {
    fn claims(&self) -> Option<&Claims> {
        match self {
            Self::Compaction => None,
            Self::Import { claims, .. } => *claims,
        }
    }
}

/// What came of a swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swapped {
    /// The new version.
    Done { version: u64 },
    /// Others were faster.
    Late,
    /// Others have keys by now that nobody was to have.
    Taken,
}

/// Makes a rewrite visible.
pub(super) async fn swap(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    rewritten: &Rewritten,
    commit: Commit<'_>,
) -> Result<Swapped, Error> {
    let mut keys = vec![
        keys::dataset(name),
        keys::log(name),
        keys::chunks(name),
        keys::index(name),
    ];
    keys.extend(commit.claims().map(|claims| claims.key().to_owned()));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let args = args_of(name, snapshot, rewritten, &commit);
    let mut reply = SWAP.run(connection, &keys, args).await?;
    match reply.text("an outcome")?.as_str() {
        "done" => Ok(Swapped::Done {
            version: reply.unsigned("the version")?,
        }),
        "taken" => Ok(Swapped::Taken),
        _ => Ok(Swapped::Late),
    }
}

fn args_of(
    name: &DatasetName,
    snapshot: &Snapshot,
    rewritten: &Rewritten,
    commit: &Commit<'_>,
) -> Vec<Arg> {
    let count = |chunks: &[Description]| chunks.iter().map(|chunk| chunk.count as i64).sum::<i64>();
    let delta = count(&rewritten.new) - count(&rewritten.gone);
    let (tombstones, version, seen, is_new_version) = match *commit {
        Commit::Compaction => (None, None, None, "0"),
        Commit::Import {
            demands_version,
            seen,
            ..
        } => {
            // A deletion by range that came meanwhile would take the new points with it.
            let tombstones = Some(snapshot.tombstones);
            let version = demands_version.then_some(snapshot.version);
            (tombstones, version, seen, "1")
        }
    };
    let mut args = args![
        snapshot.epoch.as_str(),
        Uuid::new_v4().simple().to_string(),
        demanded(tombstones),
        demanded(version),
        demanded(seen.map(|seen| seen.mutation)),
        snapshot.log_entries.to_string(),
        snapshot.log_bytes.to_string(),
        delta,
        is_new_version,
        keys::chunk_prefix(name),
        rewritten.gone.len().to_string(),
    ];
    let gone = rewritten.gone.iter();
    args.extend(gone.map(|chunk| Arg::from(chunk.member.clone())));
    args.push(Arg::from(demanded(seen.map(|seen| seen.version))));
    let are_new = commit.claims().is_some_and(Claims::are_new);
    args.push(Arg::from(if are_new { "1" } else { "0" }));
    for chunk in &rewritten.new {
        args.extend(args![chunk.first.time.milliseconds(), chunk.member.clone()]);
    }
    args
}
