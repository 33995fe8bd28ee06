//! What all datasets hold together.
//!
//! | key | type | what |
//! |---|---|---|
//! | `almanac:usage` | hash | `points` and `bytes` of all datasets when they were last counted, plus the points that were let in since; `at`: when that was, in milliseconds since 1970 |
//!
//! The keys of a dataset are in a slot of their own, so no script can keep a sum over all of them.
//! They are counted one by one, in turn; a dataset whose chunks are those of the last time costs no more
//! than two fields of its hash.

use super::connection::{Connection, Error, Replies};
use super::datasets;
use super::points::keys;
use super::script::Script;
use crate::args;
use crate::domain::{DatasetName, Timestamp};

const USAGE: &str = "almanac:usage";
/// Names of one reply.
const NAMES_AT_ONCE: usize = 1000;

static OF_ONE: Script = Script::new(include_str!("usage.lua"));

/// What datasets hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Points. Those in a log that were deleted again count until the log is worked into the chunks.
    pub points: u64,
    /// Bytes of compressed chunks and of logs, as Redis keeps them, without its own overhead.
    pub bytes: u64,
}

/// What was counted last, and when; `None` when nothing ever was.
pub async fn last(connection: &impl Connection) -> Result<Option<(Usage, Timestamp)>, Error> {
    let args = args![USAGE, "points", "bytes", "at"];
    let mut replies = Replies::new(connection.command("HMGET", args).await?);
    let mut number = |what| -> Result<Option<i64>, Error> {
        let text = replies.optional_text(what)?;
        Ok(text.and_then(|text| text.parse().ok()))
    };
    let (points, bytes, at) = (number("points")?, number("bytes")?, number("a time")?);
    let (Some(points), Some(bytes), Some(at)) = (points, bytes, at) else {
        return Ok(None);
    };
    let usage = Usage {
        points: u64::try_from(points).unwrap_or(0),
        bytes: u64::try_from(bytes).unwrap_or(0),
    };
    Ok(Timestamp::from_milliseconds(at).ok().map(|at| (usage, at)))
}

/// Counts what every dataset holds, and notes it.
pub async fn count(connection: &impl Connection, now: Timestamp) -> Result<Usage, Error> {
    let mut usage = Usage::default();
    let mut after: Option<DatasetName> = None;
    loop {
        let last = after.as_ref().map(DatasetName::as_str);
        let names = datasets::names(connection, last, NAMES_AT_ONCE).await?;
        for name in &names {
            let one = of_one(connection, name).await?;
            usage.points = usage.points.saturating_add(one.points);
            usage.bytes = usage.bytes.saturating_add(one.bytes);
        }
        match names.into_iter().last() {
            Some(name) => after = Some(name),
            None => break,
        }
    }
    let args = args![
        USAGE,
        "points",
        usage.points,
        "bytes",
        usage.bytes,
        "at",
        now.milliseconds()
    ];
    connection.command("HSET", args).await?;
    Ok(usage)
}

async fn of_one(connection: &impl Connection, name: &DatasetName) -> Result<Usage, Error> {
    let keys = [keys::dataset(name), keys::log(name), keys::chunks(name)];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let args = args![keys::chunk_prefix(name)];
    let mut reply = OF_ONE.run(connection, &keys, args).await?;
    Ok(Usage {
        points: reply.unsigned("points")?,
        bytes: reply.unsigned("bytes")?,
    })
}

/// Forgets what was counted last.
pub async fn forget(connection: &impl Connection) -> Result<(), Error> {
    connection.command("DEL", args![USAGE]).await?;
    Ok(())
}

/// Notes that so many points were let in.
pub async fn add(connection: &impl Connection, points: u64) -> Result<(), Error> {
    connection
        .command("HINCRBY", args![USAGE, "points", points])
        .await?;
    Ok(())
}
