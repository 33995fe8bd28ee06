//! The index of a dataset with a key field: which point has which key.

use std::collections::{HashSet, VecDeque};
use std::ops::RangeBounds;

use super::keys;
use super::scan::{self, Wanted};
use super::snapshot::Snapshot;
use crate::args;
use crate::domain::{DatasetName, PointId, Timestamp};
use crate::store::connection::{Arg, Connection, Error, Replies};
use crate::store::script::Script;

/// Keys of one command.
pub(super) const KEYS_AT_ONCE: usize = 2000;

static LOOK_UP: Script = Script::new(concat!(
    include_str!("index.lua"),
    "return holder_of(KEYS[2], redis.call('HGET', KEYS[1], 'entering'), ARGV[1])"
));

static FORGET: Script = Script::new(concat!(
    include_str!("index.lua"),
    "local entering = redis.call('HGET', KEYS[1], 'entering')
     for at = 1, #ARGV, 2 do
       if holder_of(KEYS[2], entering, ARGV[at]) == ARGV[at + 1] then
         forget(KEYS[2], entering, ARGV[at])
       end
     end
     return 0"
));

static SETTLE: Script = Script::new(include_str!("settle.lua"));

/// What the index has of a point: `milliseconds:sequence`.
pub(super) fn holder(id: PointId) -> String {
    format!("{}:{}", id.time.milliseconds(), id.sequence)
}

/// The point of which the index has `text`.
pub(super) fn parse_holder(text: &str) -> Option<PointId> {
    let (time, sequence) = text.split_once(':')?;
    let time = Timestamp::from_milliseconds(time.parse().ok()?).ok()?;
    Some(PointId {
        time,
        sequence: sequence.parse().ok()?,
    })
}

/// The id that a key stands for, if it is in the index.
pub async fn by_key(
    connection: &impl Connection,
    name: &DatasetName,
    key: &str,
) -> Result<Option<PointId>, Error> {
    let keys = [keys::dataset(name), keys::index(name)];
    let keys = keys.each_ref().map(String::as_str);
    let mut reply = LOOK_UP.run(connection, &keys, args![key]).await?;
    let text = reply.optional_text("a key")?;
    Ok(text.as_deref().and_then(parse_holder))
}

/// Takes keys out of the index whose points are gone, unless they belong to other points by now.
pub async fn forget_keys(
    connection: &impl Connection,
    name: &DatasetName,
    keys_and_ids: &[(String, PointId)],
) -> Result<(), Error> {
    let keys = [keys::dataset(name), keys::index(name)];
    let keys = keys.each_ref().map(String::as_str);
    for part in keys_and_ids.chunks(KEYS_AT_ONCE) {
        let mut args = Vec::new();
        for (key, id) in part {
            args.extend(args![key.as_str(), holder(*id)]);
        }
        FORGET.run(connection, &keys, args).await?;
    }
    Ok(())
}

/// Moves the keys of the last file into the index, where they are not yet: a file's keys come in with one
/// command, as a hash of their own, and are moved in steps that keep nobody waiting.
pub(super) async fn settle(connection: &impl Connection, name: &DatasetName) -> Result<(), Error> {
    let keys = [keys::dataset(name), keys::index(name)];
    let keys = keys.each_ref().map(String::as_str);
    let (mut entering, mut cursor) = (String::new(), String::new());
    loop {
        let args = args![entering.as_str(), cursor.as_str()];
        let mut reply = SETTLE.run(connection, &keys, args).await?;
        if reply.remaining() == 0 {
            return Ok(());
        }
        entering = reply.text("a hash")?;
        cursor = reply.text("a cursor")?;
    }
}

/// Whether no key is in the index.
pub(super) async fn is_empty(
    connection: &impl Connection,
    name: &DatasetName,
) -> Result<bool, Error> {
    let replies = connection.command("HLEN", args![keys::index(name)]).await?;
    Ok(Replies::new(replies).unsigned("a number of keys")? == 0)
}

/// Which points have keys in a hash, the index or one like it.
pub(super) async fn holders(
    connection: &impl Connection,
    hash: &str,
    row_keys: &[String],
) -> Result<Vec<Option<PointId>>, Error> {
    let mut holders = Vec::with_capacity(row_keys.len());
    for part in row_keys.chunks(KEYS_AT_ONCE) {
        let mut args = args![hash];
        args.extend(part.iter().map(Arg::from));
        let mut replies = Replies::new(connection.command("HMGET", args).await?);
        for _ in part {
            let text = replies.optional_text("a holder")?;
            holders.push(text.as_deref().and_then(parse_holder));
        }
    }
    Ok(holders)
}

/// Which of `candidates` are points of the dataset. After a range was deleted the index has keys of
/// points that are gone, until they are cleared away.
pub(super) async fn living(
    connection: &impl Connection,
    snapshot: &Snapshot,
    candidates: impl Iterator<Item = PointId>,
) -> Result<HashSet<PointId>, Error> {
    let mut rest: VecDeque<PointId> = candidates.collect();
    if snapshot.tombstones == 0 {
        return Ok(rest.into_iter().collect());
    }
    rest.make_contiguous().sort_unstable();
    let mut living = HashSet::new();
    let name = &snapshot.dataset.name;
    for segment in scan::segments(snapshot, false) {
        let stretch = (segment.from, segment.to);
        let end = rest.partition_point(|id| stretch.contains(id));
        if end == 0 {
            continue;
        }
        let table = scan::read(connection, name, snapshot, &Wanted::default(), &segment).await?;
        living.extend(rest.drain(..end).filter(|id| table.row_of(*id).is_some()));
    }
    Ok(living)
}
