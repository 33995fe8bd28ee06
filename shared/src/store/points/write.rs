//! Writing single changes: each is one script that appends to the log.

use super::index::parse_holder;
use super::{compact, keys, log};
use crate::args;
use crate::domain::{DatasetName, PointId, Timestamp, Value};
use crate::store::connection::{Arg, Connection, Error};
use crate::store::script::Script;

static APPEND: Script = Script::new(concat!(
    include_str!("index.lua"),
    include_str!("append.lua")
));

/// Entries and bytes of the log at which it is compacted. A reader replays at most so much.
const LOG_ENTRIES: u64 = if cfg!(test) { 40 } else { 1024 };
const LOG_BYTES: u64 = 512 * 1024;

/// A change to be appended.
pub enum Change<'a> {
    /// New points, each with its key if the dataset has a key field.
    Insert {
        points: &'a [(Timestamp, Vec<Value>)],
        keys: Vec<&'a str>,
    },
    /// New values of a point that the writer has read at `mutation`; `key` is its old and its new
    /// key.
    Put {
        id: PointId,
        values: &'a [Value],
        key: Option<(&'a str, &'a str)>,
        mutation: u64,
    },
    /// The end of points that the writer has read at `mutation`, and of their keys.
    Delete {
        ids: &'a [PointId],
        keys: Vec<String>,
        mutation: u64,
    },
}

/// What an attempt to append came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Done: the dataset's new version, and the sequence number of the first new point.
    Done {
        version: u64,
        sequence: u64,
    },
    Missing,
    Changed {
        version: u64,
    },
    /// The description or a point has changed since it was read: read anew and try again.
    Again,
    /// The key belongs to another point.
    Taken {
        key: String,
        holder: Option<PointId>,
    },
}

/// Appends a change made for the description of `revision`, if the version is the demanded one, and
/// compacts the log when this change has filled it.
pub async fn append(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    change: Change<'_>,
) -> Result<Appended, Error> {
    let keys = [keys::dataset(name), keys::log(name), keys::index(name)];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let body = body(&change);
    // The script puts a number of up to twenty letters before it.
    let body_bytes = body.len() as u64 + 20;
    let mut reply = APPEND
        .run(
            connection,
            &keys,
            args_of(revision, if_version, change, body),
        )
        .await?;
    let appended = match reply.text("an outcome")?.as_str() {
        "done" => {
            let version = reply.unsigned("the version")?;
            let sequence = reply.unsigned("the sequence")?;
            let entries = reply.unsigned("the length of the log")?;
            let bytes = reply.unsigned("the bytes of the log")?;
            if fills(entries, 1, LOG_ENTRIES) || fills(bytes, body_bytes, LOG_BYTES) {
                // The write is done, whatever becomes of this; the next one to fill tries again.
                let _ = compact::compact(connection, name).await;
            }
            Appended::Done { version, sequence }
        }
        "missing" => Appended::Missing,
        "changed" => Appended::Changed {
            version: reply.unsigned("the version")?,
        },
        "again" => Appended::Again,
        "taken" => {
            let key = reply.text("a key")?;
            Appended::Taken {
                key,
                holder: parse_holder(&reply.text("a holder")?),
            }
        }
        other => return Err(Error::Corrupt(format!("a script answered {other}"))),
    };
    Ok(appended)
}

/// Whether a quantity that has grown by `step` has passed a multiple of `full`: of many writers
/// only one sees that.
fn fills(now: u64, step: u64, full: u64) -> bool {
    now / full != now.saturating_sub(step) / full
}

fn body(change: &Change) -> Vec<u8> {
    match change {
        Change::Insert { points, .. } => log::encode_insert(
            points
                .iter()
                .map(|(time, values)| (*time, values.as_slice())),
        ),
        Change::Put { id, values, .. } => log::encode_put(*id, values),
        Change::Delete { ids, .. } => log::encode_delete(ids),
    }
}

fn args_of(revision: &str, if_version: Option<u64>, change: Change, body: Vec<u8>) -> Vec<Arg> {
    let demanded = crate::store::datasets::demanded(if_version);
    let head = |mutation: Option<u64>, count: usize| {
        let mutates = if mutation.is_some() { "1" } else { "0" };
        let mutation = crate::store::datasets::demanded(mutation);
        args![
            revision,
            demanded,
            mutation,
            count.to_string(),
            mutates,
            body
        ]
    };
    match change {
        Change::Insert { points, keys } => {
            let mut args = head(None, points.len());
            args.push(Arg::from("0"));
            for (key, (time, _)) in keys.iter().zip(points) {
                args.extend(args![*key, time.milliseconds(), ""]);
            }
            args
        }
        Change::Put {
            id, key, mutation, ..
        } => {
            let mut args = head(Some(mutation), 0);
            match key.filter(|(old, new)| old != new) {
                None => args.push(Arg::from("0")),
                Some((old, new)) => {
                    args.extend(args!["1", old]);
                    args.extend(args![new, id.time.milliseconds(), id.sequence.to_string()]);
                }
            }
            args
        }
        Change::Delete { keys, mutation, .. } => {
            let mut args = head(Some(mutation), 0);
            args.push(Arg::from(keys.len().to_string()));
            args.extend(keys.into_iter().map(Arg::from));
            args
        }
    }
}
