//! The one script that makes rewritten chunks visible.

use uuid::Uuid;

use super::chunk::Description;
use super::keys;
use super::rewrite::Rewritten;
use super::snapshot::Snapshot;
use crate::args;
use crate::domain::{DatasetName, PointId};
use crate::store::connection::{Arg, Connection, Error};
use crate::store::script::Script;

static SWAP: Script = Script::new(include_str!("swap.lua"));

/// What a swap stands for.
pub(super) enum Commit {
    /// The same points, stored otherwise.
    Compaction,
    /// New points; with their keys, if the dataset has a key field.
    Import {
        keys: Vec<(String, PointId)>,
        demands_version: bool,
    },
}

/// Makes a rewrite visible; `None` when it came too late. The new version otherwise.
pub(super) async fn swap(
    connection: &impl Connection,
    name: &DatasetName,
    snapshot: &Snapshot,
    rewritten: Rewritten,
    commit: Commit,
) -> Result<Option<u64>, Error> {
    let count = |chunks: &[Description]| chunks.iter().map(|chunk| chunk.count as i64).sum::<i64>();
    let delta = count(&rewritten.new) - count(&rewritten.gone);
    let (keys_in, tombstones, version, is_new_version) = match commit {
        Commit::Compaction => (Vec::new(), String::new(), String::new(), "0"),
        Commit::Import {
            keys,
            demands_version,
        } => {
            // A deletion by range that came meanwhile would take the new points with it; and which
            // keys are taken was decided by the snapshot.
            let tombstones = snapshot.tombstones.to_string();
            let is_bound = demands_version || !keys.is_empty();
            let version = if is_bound {
                snapshot.version.to_string()
            } else {
                String::new()
            };
            (keys, tombstones, version, "1")
        }
    };
    let mut args = args![
        snapshot.epoch.as_str(),
        Uuid::new_v4().simple().to_string(),
        tombstones,
        version,
        snapshot.log_entries.to_string(),
        snapshot.log_bytes.to_string(),
        delta,
        is_new_version,
        keys::chunk_prefix(name),
        rewritten.gone.len().to_string(),
    ];
    args.extend(
        rewritten
            .gone
            .iter()
            .map(|chunk| Arg::from(chunk.member.clone())),
    );
    args.push(Arg::from(rewritten.new.len().to_string()));
    for chunk in rewritten.new {
        args.extend(args![chunk.first.time.milliseconds(), chunk.member]);
    }
    for (key, id) in keys_in {
        args.extend(args![
            key,
            format!("{}:{}", id.time.milliseconds(), id.sequence)
        ]);
    }
    let keys = [
        keys::dataset(name),
        keys::log(name),
        keys::chunks(name),
        keys::index(name),
    ];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut reply = SWAP.run(connection, &keys, args).await?;
    match reply.text("an outcome")?.as_str() {
        "done" => Ok(Some(reply.unsigned("the version")?)),
        _ => Ok(None),
    }
}
