//! Compaction: working the log into the chunks.

use super::arrivals::Added;
use super::rewrite::rewrite;
use super::snapshot::Snapshot;
use super::swap::{Commit, Swapped, swap};
use crate::domain::DatasetName;
use crate::store::connection::{Connection, Error};

/// Works the log into the chunks. Nothing anybody sees changes. `false` when somebody else was
/// faster, which is as good.
pub async fn compact(connection: &impl Connection, name: &DatasetName) -> Result<bool, Error> {
    let Some(snapshot) = Snapshot::whole(connection, name).await? else {
        return Ok(false);
    };
    if snapshot.log_entries == 0 {
        return Ok(true);
    }
    let nothing = Added::Chunks(&[]);
    let rewritten = rewrite(connection, name, &snapshot, nothing, nothing).await?;
    let swapped = swap(connection, name, &snapshot, &rewritten, Commit::Compaction).await?;
    Ok(swapped != Swapped::Late)
}
